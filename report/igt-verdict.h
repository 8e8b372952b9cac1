/* SPDX-License-Identifier: MIT */
/* Results of IGT against what is expected of them. */
#ifndef IGT_VERDICT_H
#define IGT_VERDICT_H

#include <glib.h>
#include <json-c/json.h>

/* Files in the format of the kernel's drivers/gpu/drm/ci/xfails. */
struct expectations {
	GHashTable *fails; /* test -> expected result, such as Fail */
	GHashTable *texts; /* test -> what its failure, or each warning, has to contain */
};

struct counts {
	unsigned int passed, failed, skipped;
	unsigned int expected; /* failed, and had to */
	unsigned int cached; /* of an earlier run with the same of everything */
};

/**
 * expectations_load() - read PREFIX-fails.txt
 *
 * A file that is not there is an empty one. Lines # Warns "TEXT" and # Fails "TEXT" of a
 * comment are about the lines "test,Warn" and "test,Fail" below it, up to an empty one:
 * one of the texts has to be in each warning, and in what a test says of its failure.
 * # Fails SUBTEST "TEXT" is about that one of them, for which others then don't count.
 */
struct expectations expectations_load(const char *prefix);
void expectations_clear(struct expectations *expectations);

/**
 * igt_result() - what a test came to, in drm/ci's word; "Missing" if to nothing
 * @name: as "igt@binary@subtest"
 * @reason: if it was skipped, why; the one of the last skip if it doesn't say,
 *	as a fixture that skips says so once. The caller frees it at the end.
 */
const char *igt_result(struct json_object *results, const char *name, char **reason);

/**
 * igt_judge() - compare results with expectations
 * @results: contents of IGT's results.json
 * @wanted: tests that were to run, as "igt@binary@subtest"; a missing one fails
 * @expectations: what may fail
 * @report: gets a line for each test that did not simply pass
 * @tap: gets a line of TAP for each test, for scripts/make/sum-counts; may be NULL
 *
 * Only a skip that the expectations list ("test,Skip") counts as one, and only a warning
 * of which they name the text. A failure may be any, if they name none. Of dynamic
 * subtests those that were skipped are tests of their own; for all others their parent is
 * counted, which fails where one of them does.
 */
struct counts igt_judge(struct json_object *results, char **wanted,
			const struct expectations *expectations, GString *report,
			GString *tap);

/**
 * machine_judge() - the same for the machine that the tests ran in
 * @status: how it ended. 1 is a kernel with findings, which the expectations may
 *	list as "machine,Fail"; anything else but 0 fails.
 */
void machine_judge(int status, const struct expectations *expectations,
		   struct counts *counts, GString *report, GString *tap);

/* Above a line that nobody gave a reason for yet; lint refuses it. */
#define IGT_ASK_REASON "# REASON?"

/**
 * igt_update() - PREFIX-fails.txt after a run: what does not fail any more goes,
 * what fails anew comes at the end, below IGT_ASK_REASON
 * @old: contents of the file; comments stay for as long as a line of theirs does
 * @machine: whether the kernel complained
 *
 * A test without a result changes nothing. The caller frees the result.
 */
char *igt_update(const char *old, struct json_object *results, char **wanted,
		 int machine);

#endif
