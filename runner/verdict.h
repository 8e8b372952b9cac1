/* SPDX-License-Identifier: MIT */
/* What a run of the machine came to. Documentation/machine.md has the table. */
#ifndef VERDICT_H
#define VERDICT_H

#include <glib.h>

enum {
	VERDICT_PASS = 0,
	VERDICT_FAIL = 1,
	VERDICT_USAGE = 2,
	VERDICT_TIMEOUT = 124,
	VERDICT_LOST = 128,
	VERDICT_PANIC = 255,
};

/* Filled line by line from the guest's verdict port. */
struct verdict {
	gboolean booted; /* init reached the port */
	gboolean ended; /* init said everything it had to say */
	int status; /* exit status of the job, -1 before it ended */
	GPtrArray *findings; /* what the kernel has to complain about */
	GPtrArray *late; /* vblanks that were, which a busy host excuses */
};

void verdict_init(struct verdict *verdict);
void verdict_clear(struct verdict *verdict);

/**
 * verdict_line() - take in one line of the guest
 * @line: without newline: "boot RELEASE", "exit N", "finding TEXT",
 *	"late TEXT", "now TEXT" (what comes next, as a sign of life) or "end"
 *
 * Returns FALSE if the line is none of these; the guest is then broken.
 */
gboolean verdict_line(struct verdict *verdict, const char *line);

/**
 * verdict_excuse() - make findings of late vblanks, unless the host was so busy
 * @starved: seconds that the machine waited for processors
 *
 * Returns how many were excused.
 */
guint verdict_excuse(struct verdict *verdict, double starved);

/**
 * verdict_code() - the exit code for a run that is over
 * @timed_out: a time limit struck
 * @panicked: the console shows a panic
 *
 * A job that passed in a kernel with findings failed.
 */
int verdict_code(const struct verdict *verdict, gboolean timed_out, gboolean panicked);

#endif
