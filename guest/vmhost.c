// SPDX-License-Identifier: MIT
/*
 * vmhost: ask the runner on the host for something, from inside the guest.
 *
 *   vmhost screenshot NAME     store the screen as NAME.png with the results
 *   vmhost processor           print the seconds of processors that the machine took
 *   vmhost instructions        print how many the guest has executed, and of these
 *                              in its kernel, where somebody counts
 *   vmhost memory              print the kB that the machine has beside the guest's own
 *   vmhost starved             print the seconds in which others had its processors
 *   vmhost booted              the guest that runs in this one is up
 *
 * Exit status: 0 done, 1 refused (the reason is printed), 2 usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HOST_PORT "/run/prime.host"

/* The port can be open once only; others wait for their turn. */
static int open_host(void)
{
	char path[64] = "/dev/";
	ssize_t length = readlink(HOST_PORT, path + 5, sizeof(path) - 6);
	int fd;

	if (length < 0)
		return -1;
	path[5 + length] = 0;
	for (;;) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 || errno != EBUSY)
			return fd;
		usleep(100000);
	}
}

static int read_answer(int fd)
{
	char answer[65536];
	size_t used = 0;
	ssize_t got;

	while (used < sizeof(answer) - 1 &&
	       (got = read(fd, answer + used, sizeof(answer) - 1 - used)) > 0) {
		used += (size_t)got;
		if (answer[used - 1] == '\n')
			break;
	}
	answer[used] = 0;
	if (strncmp(answer, "ok", 2)) {
		fprintf(stderr, "vmhost: %s", used ? answer : "no answer\n");
		return 1;
	}
	if (answer[2] == ' ')
		fputs(answer + 3, stdout);
	return 0;
}

static int ask(int fd, const char *what, const char *argument)
{
	dprintf(fd, "%s%s%s\n", what, argument ? " " : "", argument ? argument : "");
	return read_answer(fd);
}

/*
 * By a name that was never used: where init has 9p cache (prime.cache=loose), a file
 * that the host writes again is read as it was.
 */
static int screenshot(int fd, const char *name)
{
	const char *dir = getenv("PRIME_DIR");
	char fresh[256], from[4096], to[4096];
	struct timespec now;

	if (!dir)
		return ask(fd, "screenshot", name);
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(fresh, sizeof(fresh), "%s.%lld%09ld", name, (long long)now.tv_sec,
		 now.tv_nsec);
	if (ask(fd, "screenshot", fresh))
		return 1;
	snprintf(from, sizeof(from), "%s/%s.png", dir, fresh);
	snprintf(to, sizeof(to), "%s/%s.png", dir, name);
	if (!rename(from, to))
		return 0;
	fprintf(stderr, "vmhost: %s: %s\n", from, strerror(errno));
	return 1;
}

static int is_request(const char *word)
{
	static const char *const words[] = {"booted", "instructions", "memory",
					    "processor", "starved"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i]))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	int fd, status;

	if (!(argc == 2 && is_request(argv[1])) &&
	    !(argc == 3 && !strcmp(argv[1], "screenshot"))) {
		fprintf(stderr, "usage: vmhost screenshot NAME | vmhost processor | "
				"vmhost instructions | vmhost memory | "
				"vmhost starved | vmhost booted\n");
		return 2;
	}
	fd = open_host();
	if (fd < 0) {
		fprintf(stderr, "vmhost: %s: %s\n", HOST_PORT, strerror(errno));
		return 1;
	}
	status = argc == 2 ? ask(fd, argv[1], NULL) : screenshot(fd, argv[2]);
	close(fd);
	return status;
}
