// SPDX-License-Identifier: MIT
/*
 * klog STARVED: what this kernel's log has against the driver, on a machine that waited
 * for processors for STARVED seconds (vmhost starved).
 *
 * Exit status: 0 nothing, 1 what was printed, 2 usage, or the log cannot be read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../runner/klog.h"

struct count {
	unsigned int late, complaints;
};

/* "4,123,5000,-;text", and what follows in lines that begin with a space is for programs.
 */
static void judge(char *record, struct count *count)
{
	int level = atoi(record) & 7;
	char *text = strchr(record, ';');
	enum klog klog;

	if (!text)
		return;
	*strchrnul(++text, '\n') = 0;
	klog = klog_line(text, level);
	count->late += klog == KLOG_LATE;
	count->complaints += klog == KLOG_ERROR || klog == KLOG_SPLAT;
	if (klog != KLOG_NOTHING)
		printf("%s: %s\n", klog == KLOG_LATE ? "late" : "complaint", text);
}

int main(int argc, char **argv)
{
	struct count count = {0};
	char record[8192];
	ssize_t got;
	int fd;

	if (argc != 2) {
		fputs("usage: klog STARVED\n", stderr);
		return 2;
	}
	fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	while (fd >= 0 &&
	       ((got = read(fd, record, sizeof(record) - 1)) > 0 || errno == EPIPE)) {
		record[got > 0 ? got : 0] = 0; /* EPIPE: some were lost, read on */
		judge(record, &count);
	}
	if (errno != EAGAIN) {
		perror("klog: /dev/kmsg");
		return 2;
	}
	if (count.late)
		printf("%u vblanks late, %s s starved\n", count.late, argv[1]);
	return count.complaints || !klog_excused(count.late, strtod(argv[1], NULL));
}
