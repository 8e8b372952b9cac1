/* SPDX-License-Identifier: MIT */
/* What the last runs came to, as a page for people and as JUnit for machines. */
#ifndef REPORT_H
#define REPORT_H

#include "igt-verdict.h"

enum outcome {
	PASSED,
	KNOWN, /* failed as expected */
	CACHED, /* an earlier run says so */
	SKIPPED,
	FAILED,
};

/* A test of a run, or its "machine". The strings are never NULL. */
struct test {
	char *name; /* binary@subtest */
	char *word; /* result in drm/ci's words */
	char *reason;
	char *out, *err, *dmesg;
	double seconds;
	enum outcome outcome;
	enum outcome earlier; /* if it is CACHED, what the earlier run says */
};

/* A run of IGT: a directory of out/run. */
struct run {
	char *name;
	char *repeat; /* a command line without TESTS=, NULL if not known */
	char *tests_wanted; /* what TESTS= was, NULL if it was not given */
	GPtrArray *tests; /* of struct test */
	struct counts counts;
	double start; /* seconds since 1970, 0 if not known */
};

/* A part of make check: a file of out/check. */
struct part {
	char *name;
	char *log; /* end of what it said if it failed, else NULL */
	GPtrArray *tests; /* of struct test; if it did not end, one of its own name */
	GPtrArray *again; /* names of tests, for each time that one was tried again */
	struct counts counts;
	gboolean ended;
};

struct picture {
	char *title, *path;
	char *file; /* name in the report's directory, once copied */
};

struct report {
	GPtrArray *runs, *parts, *pictures;
	char *slowest[2]; /* lines about parts and boots, the longest first */
	unsigned int boots, again; /* of these, after one that did not come up */
};

/**
 * report_read() - collect what is under @out
 * @out: the directory that make calls O
 * @parts: names of parts that have to be there, beside those that are; or NULL. If there
 *	are some, runs that are older than the check are left out
 *
 * Never fails: what cannot be read is a failed test or part that says why.
 */
struct report report_read(const char *out, char **parts);
void report_clear(struct report *report);

/* Copies the pictures to @dir, except for those that are none (which it drops). */
gboolean report_copy_pictures(struct report *report, const char *dir, GError **error);

/* Both are complete documents; the caller frees them. */
char *report_html(const struct report *report);
char *report_junit(const struct report *report);

/* The command that repeats a test of a run (NULL or "machine": all of it), or NULL. */
char *report_repeat(const struct run *run, const struct test *test);

/* The lines of a kernel log around the first that matters; the caller frees it. */
char *report_excerpt(const char *log);

#endif
