// SPDX-License-Identifier: MIT
/*
 * igt-verdict: judge a run of IGT in the guest.
 *
 *   igt-verdict --run DIR --expectations PREFIX --machine STATUS
 *		[--counts FILE] [--update] [--shared]
 *
 * DIR is what the runner left: testlist, igt/results.json. STATUS is how the
 * runner ended: a kernel with findings, or a lost machine, fails the run.
 * What every test came to goes to DIR/results.txt.
 * --update rewrites PREFIX-fails.txt, and judges by what it says then.
 * --shared is for igt-run -m: igt_runner then takes stderr of one subtest for
 * that of another, and that for a warning. What the kernel says still counts.
 * --counts gets a line of TAP for each test, for scripts/make/sum-counts. The last line
 * is "N passed, N failed, N skipped"; the one before it says how many failed as expected.
 */
#include <stdio.h>
#include <string.h>

#include "igt-verdict.h"

static char *run_dir, *prefix, *counts_file;
static int machine;
static gboolean update, shared;

static const GOptionEntry options[] = {
	{"run", 0, 0, G_OPTION_ARG_FILENAME, &run_dir, "Directory of the run", "DIR"},
	{"expectations", 0, 0, G_OPTION_ARG_FILENAME, &prefix, "Expectation files",
	 "PREFIX"},
	{"counts", 0, 0, G_OPTION_ARG_FILENAME, &counts_file,
	 "Store what each test came to here, as TAP", "FILE"},
	{"machine", 0, 0, G_OPTION_ARG_INT, &machine, "Exit status of the runner",
	 "STATUS"},
	{"update", 0, 0, G_OPTION_ARG_NONE, &update, "Rewrite the expectations", NULL},
	{"shared", 0, 0, G_OPTION_ARG_NONE, &shared,
	 "Subtests shared a process: IGT's warnings don't count", NULL},
	{0},
};

static gboolean save(const char *path, const char *text)
{
	g_autoptr(GError) error = NULL;

	if (g_file_set_contents(path, text, -1, &error))
		return TRUE;
	fprintf(stderr, "igt-verdict: %s\n", error->message);
	return FALSE;
}

static void update_expectations(struct json_object *results, char **wanted,
				struct expectations *expectations)
{
	g_autofree char *path = g_strconcat(prefix, "-fails.txt", NULL);
	g_autofree char *old = NULL, *text = NULL;

	if (machine > 1 || !results) {
		fprintf(stderr, "igt-verdict: %s stays: the run did not end\n", path);
		return;
	}
	g_file_get_contents(path, &old, NULL, NULL);
	text = igt_update(old ? old : "", results, wanted, machine);
	if (!g_strcmp0(text, old ? old : "") || !save(path, text))
		return;
	fprintf(stderr, "igt-verdict: wrote %s%s\n", path,
		strstr(text, IGT_ASK_REASON) ? ": give reasons where it asks for them"
					     : "");
	expectations_clear(expectations);
	*expectations = expectations_load(prefix);
}

static void forgive_warnings(struct json_object *results)
{
	struct json_object *tests, *result;

	if (!json_object_object_get_ex(results, "tests", &tests))
		return;
	json_object_object_foreach(tests, name, test)
	{
		(void)name;
		if (json_object_object_get_ex(test, "result", &result) &&
		    !g_strcmp0(json_object_get_string(result), "warn"))
			json_object_object_add(test, "result",
					       json_object_new_string("pass"));
	}
}

/* A line "binary@subtest,Result" for each test, to be compared with another run's. */
static void save_results(struct json_object *results, char **wanted)
{
	g_autofree char *path = g_build_filename(run_dir, "results.txt", NULL);
	g_autofree char *reason = NULL;
	g_autoptr(GString) text = g_string_new(NULL);

	for (char **name = wanted; *name; name++)
		if (**name)
			g_string_append_printf(text, "%s,%s\n", *name + strlen("igt@"),
					       igt_result(results, *name, &reason));
	save(path, text->str);
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GString) report = g_string_new(NULL), tap = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *list = NULL, *results_path = NULL, *text = NULL, *counted = NULL;
	g_autofree char *report_path = NULL;
	g_auto(GStrv) wanted = NULL;
	struct expectations expectations;
	struct json_object *results;
	struct counts counts;

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || !run_dir ||
	    !prefix) {
		fprintf(stderr, "igt-verdict: %s\n",
			error ? error->message : "--run and --expectations");
		return 2;
	}
	list = g_build_filename(run_dir, "testlist", NULL);
	results_path = g_build_filename(run_dir, "igt", "results.json", NULL);
	if (!g_file_get_contents(list, &text, NULL, &error)) {
		fprintf(stderr, "igt-verdict: the run has no list of tests: %s\n",
			error->message);
		return machine ? machine : 1;
	}
	report_path = g_build_filename(run_dir, "report.txt", NULL);
	wanted = g_strsplit(text, "\n", -1);
	results = json_object_from_file(results_path);
	expectations = expectations_load(prefix);
	if (shared)
		forgive_warnings(results);
	if (update)
		update_expectations(results, wanted, &expectations);
	counts = igt_judge(results, wanted, &expectations, report, tap);
	machine_judge(machine, &expectations, &counts, report, tap);
	save_results(results, wanted);
	expectations_clear(&expectations);
	json_object_put(results);
	counted = g_strdup_printf("%u failed as expected\n", counts.expected);
	save(report_path, report->str);
	if (counts_file)
		save(counts_file, tap->str);
	printf("%s%s%u passed, %u failed, %u skipped\n", report->str,
	       counts.expected ? counted : "", counts.passed, counts.failed,
	       counts.skipped);
	return counts.failed ? 1 : counts.passed + counts.expected ? 0 : 77;
}
