// SPDX-License-Identifier: MIT
/*
 * The driver tells the host the pages of a resource as a list of struct
 * virtio_gpu_mem_entry, one for each run of consecutive pages. Its length shows
 * nowhere; a kprobe reads it from the call that queues ATTACH_BACKING.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define TRACING "/sys/kernel/tracing/"
#define EVENT "bench/attach_backing"
#define BUFFERS 31
#define WIDTH 1920u
#define HEIGHT 1080u
#define SIZE (WIDTH * HEIGHT * 4)
#define ENTRY_BYTES 16u /* __le64, __le32, __le32 */
#define PAGE 4096u
#define MAX_PIPES 1400 /* pairs, 2 MiB each */
#define RESERVE_KIB (100 * 1024)

static void write_file(const char *path, const char *text, int flags)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		errx(1, "%s: %s", path, strerror(errno));
	close(fd);
}

static int compare(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return (x > y) - (x < y);
}

static unsigned int microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned int)(now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

/* Returns how many buffers the trace tells of. */
static size_t read_trace(unsigned int *entries, size_t size)
{
	FILE *trace = fopen(TRACING "trace", "re");
	char line[512];
	size_t count = 0;

	while (trace && count < size && fgets(line, sizeof(line), trace)) {
		const char *value = strstr(line, " nents=");

		if (value && line[0] != '#')
			entries[count++] = (unsigned int)strtoul(value + 7, NULL, 0);
	}
	if (trace)
		fclose(trace);
	return count;
}

/* @times: of each creation, microseconds */
static size_t trace_buffers(int fd, unsigned int *entries, unsigned int *times)
{
	uint32_t handles[BUFFERS];
	size_t count;

	write_file(TRACING "kprobe_events",
		   "p:" EVENT " virtio_gpu_object_attach nents=$arg4:u32\n", O_APPEND);
	write_file(TRACING "trace", "", O_TRUNC);
	write_file(TRACING "events/" EVENT "/enable", "1", 0);
	/* all at once: freed pages would come back in the next one */
	for (size_t i = 0; i < BUFFERS; i++) {
		times[i] = microseconds();
		handles[i] = create_resource(fd, WIDTH, HEIGHT, SIZE);
		times[i] = microseconds() - times[i];
	}
	write_file(TRACING "events/" EVENT "/enable", "0", 0);
	count = read_trace(entries, BUFFERS);
	write_file(TRACING "kprobe_events", "-:" EVENT "\n", O_APPEND);
	for (size_t i = 0; i < BUFFERS; i++)
		close_resource(fd, handles[i]);
	return count;
}

static unsigned long free_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long kib = 0;
	char line[80];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "MemFree: %lu", &kib) == 1)
			break;
	}
	if (file)
		fclose(file);
	return kib;
}

/* Returns whether there was room for a page in each of two new pipes. */
static bool fill_pipes(int pipes[2][2], const uint8_t *page)
{
	for (int i = 0; i < 2; i++) {
		if (pipe2(pipes[i], O_CLOEXEC | O_NONBLOCK))
			return false;
		fcntl(pipes[i][1], F_SETPIPE_SZ, 256 * PAGE);
	}
	for (int n = 0; n < 256; n++) {
		for (int i = 0; i < 2; i++) {
			if (write(pipes[i][1], page, PAGE) != PAGE)
				return true;
		}
	}
	return true;
}

/*
 * Leave free memory of the kind that drivers get, which cannot be moved, in
 * single pages: pipes take it in turn, then every other one goes.
 */
void fragment_memory(void)
{
	struct rlimit files = {MAX_PIPES * 4 + 64, MAX_PIPES * 4 + 64};
	static int pipes[MAX_PIPES][2][2];
	static uint8_t page[PAGE];
	int n = 0;

	if (setrlimit(RLIMIT_NOFILE, &files))
		errx(1, "RLIMIT_NOFILE: %s", strerror(errno));
	while (n < MAX_PIPES && free_kib() > RESERVE_KIB && fill_pipes(pipes[n], page))
		n++;
	for (int i = 0; i < n; i++) {
		close(pipes[i][0][0]);
		close(pipes[i][0][1]);
	}
	printf("          %d MiB of memory in single pages, %lu MiB free\n", n,
	       free_kib() / 1024);
}

void count_entries(int fd)
{
	unsigned int entries[BUFFERS], times[BUFFERS];
	size_t count = trace_buffers(fd, entries, times);

	if (count != BUFFERS)
		errx(1, "%d buffers, but %zu calls in the trace", BUFFERS, count);
	qsort(entries, count, sizeof(*entries), compare);
	qsort(times, count, sizeof(*times), compare);
	printf("entries   %ux%ux4, %u pages: median %u (%u to %u), %u bytes of command\n",
	       WIDTH, HEIGHT, SIZE / PAGE, entries[count / 2], entries[0],
	       entries[count - 1], entries[count / 2] * ENTRY_BYTES);
	printf("          made in %u us each, the slowest in %u us\n", times[count / 2],
	       times[count - 1]);
}
