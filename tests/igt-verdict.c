// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>

#include "igt-verdict.h"

static const char results_text[] =
	"{\"tests\":{"
	"\"igt@a@pass\":{\"result\":\"pass\",\"out\":\"\"},"
	"\"igt@a@fail\":{\"result\":\"fail\",\"out\":\"\","
	"\"err\":\"Failed assertion: !wrong\\n7 of 8 pixels are wrong\\n\"},"
	"\"igt@a@dmesg\":{\"result\":\"dmesg-fail\",\"out\":\"\"},"
	"\"igt@a@warn\":{\"result\":\"dmesg-warn\",\"out\":\"\","
	"\"dmesg\":\"<6> [1.0] hello\\n<3> [1.1] it broke\\n<3> [1.2] it broke again\"},"
	"\"igt@a@two\":{\"result\":\"pass\",\"out\":\"\"},"
	"\"igt@a@two@done\":{\"result\":\"pass\",\"out\":\"\"},"
	"\"igt@a@two@left\":{\"result\":\"skip\",\"out\":\"SKIP: not here\"},"
	"\"igt@a@crash\":{\"result\":\"incomplete\",\"out\":\"\"},"
	"\"igt@a@notrun\":{\"result\":\"notrun\",\"out\":\"\"},"
	"\"igt@a@parent\":{\"result\":\"fail\",\"out\":\"\"},"
	"\"igt@a@parent@child\":{\"result\":\"fail\",\"out\":\"\"},"
	"\"igt@b@skip\":{\"result\":\"skip\",\"out\":\"Test requirement: x\\nno such thing\\n\"},"
	"\"igt@b@after\":{\"result\":\"skip\",\"out\":\"\"}}}";

struct fixture {
	char *dir, *prefix;
	struct json_object *results;
	GString *report, *tap;
};

static int set_up(void **state)
{
	struct fixture *f = g_new0(struct fixture, 1);

	f->dir = g_dir_make_tmp("verdict-XXXXXX", NULL);
	f->prefix = g_build_filename(f->dir, "lane", NULL);
	f->results = json_tokener_parse(results_text);
	f->report = g_string_new(NULL);
	f->tap = g_string_new(NULL);
	*state = f;
	return f->dir && f->results ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	g_autofree char *fails = g_strconcat(f->prefix, "-fails.txt", NULL);

	g_unlink(fails);
	g_rmdir(f->dir);
	json_object_put(f->results);
	g_string_free(f->report, TRUE);
	g_string_free(f->tap, TRUE);
	g_free(f->prefix);
	g_free(f->dir);
	g_free(f);
	return 0;
}

static void expect(struct fixture *f, const char *suffix, const char *text)
{
	g_autofree char *path = g_strconcat(f->prefix, suffix, NULL);

	assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void judge_all(struct fixture *f, char *list, unsigned int passed,
		      unsigned int failed, unsigned int skipped, unsigned int expected)
{
	struct expectations expectations = expectations_load(f->prefix);
	g_auto(GStrv) wanted = g_strsplit(list, " ", -1);
	struct counts counts;

	g_string_truncate(f->tap, 0);
	counts = igt_judge(f->results, wanted, &expectations, f->report, f->tap);
	expectations_clear(&expectations);
	assert_int_equal(counts.passed, passed);
	assert_int_equal(counts.failed, failed);
	assert_int_equal(counts.skipped, skipped);
	assert_int_equal(counts.expected, expected);
}

static void judge(struct fixture *f, char *list, unsigned int passed, unsigned int failed,
		  unsigned int skipped)
{
	judge_all(f, list, passed, failed, skipped, 0);
}

static void everything_but_a_pass_fails(void **state)
{
	judge(*state, "igt@a@pass igt@a@fail igt@a@dmesg igt@a@warn igt@a@crash", 1, 4,
	      0);
}

static void what_did_not_run_fails(void **state)
{
	judge(*state, "igt@a@notrun igt@a@never-heard-of", 0, 2, 0);
	assert_non_null(strstr(((struct fixture *)*state)->report->str,
			       "a@never-heard-of,Missing"));
}

static void no_results_fail(void **state)
{
	struct fixture *f = *state;

	json_object_put(f->results);
	f->results = NULL;
	judge(f, "igt@a@pass", 0, 1, 0);
}

static void dynamic_subtests_are_named(void **state)
{
	judge(*state, "igt@a@parent", 0, 1, 0);
	assert_non_null(
		strstr(((struct fixture *)*state)->report->str, "a@parent@child,Fail"));
}

static void skips_have_reasons(void **state)
{
	struct fixture *f = *state;

	expect(f, "-fails.txt", "# why\nb@skip,Skip\nb@after,Skip\n");
	judge(f, "igt@b@skip igt@b@after", 0, 0, 2);
	assert_non_null(strstr(f->report->str, "b@skip,Skip no such thing"));
	assert_non_null(strstr(f->report->str, "b@after,Skip no such thing"));
}

static void skips_nobody_expects_fail(void **state)
{
	judge(*state, "igt@b@skip", 0, 1, 0);
}

static void known_fails_are_expected_and_surprises_fail(void **state)
{
	struct fixture *f = *state;

	expect(f, "-fails.txt",
	       "# why\na@fail,Fail\na@pass,Fail\na@crash,Fail\nb@skip,Fail\n");
	judge_all(f, "igt@a@fail igt@a@pass igt@a@crash igt@b@skip", 0, 3, 0, 1);
	assert_non_null(strstr(f->report->str, "a@pass,UnexpectedPass"));
	assert_string_equal(f->tap->str,
			    "not ok a@fail # TODO Fail\n"
			    "not ok a@pass # UnexpectedPass\n"
			    "not ok a@crash # Crash\nnot ok b@skip # Skip\n");
}

static void every_test_is_a_line(void **state)
{
	struct fixture *f = *state;

	expect(f, "-fails.txt", "# why\nb@skip,Skip\n");
	judge(f, "igt@a@pass igt@b@skip igt@a@never", 1, 1, 1);
	assert_string_equal(f->tap->str, "ok a@pass\nok b@skip # SKIP no such thing\n"
					 "not ok a@never # Missing\n");
}

static void warnings_are_expected_by_their_text(void **state)
{
	struct fixture *f = *state;

	expect(f, "-fails.txt", "# It says so. Warns \"it broke\"\na@warn,Warn\n");
	judge_all(f, "igt@a@warn", 0, 1, 0, 0); /* no comment that begins so */
	expect(f, "-fails.txt", "# Why.\n# Warns \"it broke\"\na@warn,Warn\n");
	judge_all(f, "igt@a@warn", 0, 0, 0, 1);
	expect(f, "-fails.txt", "# Warns \"it broke again\"\na@warn,Warn\n");
	judge_all(f, "igt@a@warn", 0, 1, 0, 0); /* the first line is not that */
	expect(f, "-fails.txt",
	       "# Warns \"broke again\"\n# Warns \"] it broke\"\na@warn,Warn\n");
	judge_all(f, "igt@a@warn", 0, 0, 0, 1);
	expect(f, "-fails.txt",
	       "# Warns \"it broke\"\na@fail,Fail\n\n# Why.\na@warn,Warn\n");
	judge_all(f, "igt@a@warn", 0, 1, 0, 0); /* said of others */
	assert_non_null(strstr(f->report->str, "a@warn,Warn of something else"));
}

static void failures_are_expected_by_their_text(void **state)
{
	struct fixture *f = *state;

	expect(f, "-fails.txt", "# Why.\n# Fails \"pixels are wrong\"\na@fail,Fail\n");
	judge_all(f, "igt@a@fail", 0, 0, 0, 1);
	expect(f, "-fails.txt",
	       "# Fails \"denied\"\n# Fails \"8 pixels\"\na@fail,Fail\n");
	judge_all(f, "igt@a@fail", 0, 0, 0, 1); /* one of them is enough */
	expect(f, "-fails.txt", "# Fails \"denied\"\na@fail,Fail\n");
	judge_all(f, "igt@a@fail", 0, 1, 0, 0);
	assert_non_null(strstr(f->report->str, "a@fail,Fail of something else"));
	expect(f, "-fails.txt", "# Fails \"8 pixels\"\na@dmesg,Fail\n");
	judge_all(f, "igt@a@dmesg", 0, 1, 0, 0); /* which says nothing */
}

static void tests_have_texts_of_their_own(void **state)
{
	struct fixture *f = *state;

	expect(f, "-fails.txt",
	       "# Fails \"denied\"\n# Fails fail \"8 pixels\"\na@other,Fail\na@fail,Fail\n");
	judge_all(f, "igt@a@fail", 0, 0, 0, 1);
	expect(f, "-fails.txt",
	       "# Fails other \"8 pixels\"\na@other,Fail\na@fail,Fail\n"
	       "# Fails fai \"8 pixels\"\na@none,Fail\n");
	judge_all(f, "igt@a@fail", 0, 0, 0, 1); /* nothing is asked of it */
	expect(f, "-fails.txt",
	       "# Fails \"8 pixels\"\n# Fails fail \"denied\"\na@other,Fail\na@fail,Fail\n");
	judge_all(f, "igt@a@fail", 0, 1, 0, 0); /* what others say is not enough */
	expect(f, "-fails.txt",
	       "# Fails fail \"denied\"\n# Fails fail \"8 pixels\"\n"
	       "a@fail,Fail\n");
	judge_all(f, "igt@a@fail", 0, 0, 0, 1);
	expect(f, "-fails.txt", "# Warns warn \"it broke\"\na@warn,Warn\n");
	judge_all(f, "igt@a@warn", 0, 0, 0, 1);
}

static void dynamic_skips_are_judged(void **state)
{
	struct fixture *f = *state;

	judge(f, "igt@a@two", 1, 1, 0);
	assert_non_null(strstr(f->report->str, "FAIL  a@two@left,Skip SKIP: not here"));
	expect(f, "-fails.txt", "# why\na@two@left,Skip\n");
	judge(f, "igt@a@two", 1, 0, 1);
}

static void judge_machine(struct fixture *f, int status, unsigned int failed)
{
	struct expectations expectations = expectations_load(f->prefix);
	struct counts counts = {0};

	machine_judge(status, &expectations, &counts, f->report, NULL);
	assert_int_equal(counts.failed, failed);
	expectations_clear(&expectations);
}

static void machines_fail_unless_expected(void **state)
{
	judge_machine(*state, 0, 0);
	judge_machine(*state, 1, 1);
	judge_machine(*state, 124, 1);
	expect(*state, "-fails.txt", "machine,Fail\n");
	judge_machine(*state, 0, 1);
	judge_machine(*state, 1, 0);
	judge_machine(*state, 124, 1);
}

static void updates(struct fixture *f, const char *old, int machine, char *list,
		    const char *expected)
{
	g_auto(GStrv) wanted = g_strsplit(list, " ", -1);
	g_autofree char *text = igt_update(old, f->results, wanted, machine);

	assert_string_equal(text, expected);
}

static void news_ask_for_reasons(void **state)
{
	updates(*state, "", 0, "igt@a@pass igt@a@fail igt@a@warn igt@b@skip igt@b@after",
		"# REASON?\na@fail,Fail\na@warn,Warn\n\n"
		"# REASON? no such thing\nb@skip,Skip\nb@after,Skip\n");
	updates(*state, "# old\nz@z,Fail\n", 1, "igt@a@pass",
		"# old\nz@z,Fail\n\n# REASON?\nmachine,Fail\n");
}

static void reasons_stay_with_their_lines(void **state)
{
	static const char kept[] = "# About all.\n\n# one\n# two lines\na@fail,Fail\n";

	updates(*state, kept, 0, "igt@a@fail", kept);
	updates(*state, kept, 0, "igt@a@pass", kept);
	updates(*state,
		"# About all.\n\n# one\na@fail,Fail\na@pass,Fail\n# gone\na@pass,Skip\n"
		"\n# gone\nmachine,Fail\n\n\n# last\nb@skip,Skip\n",
		0, "igt@a@pass igt@a@fail igt@b@skip",
		"# About all.\n\n# one\na@fail,Fail\n\n# last\nb@skip,Skip\n");
}

static void other_results_are_news(void **state)
{
	updates(*state, "# why\na@crash,Fail\n", 0, "igt@a@crash",
		"# REASON?\na@crash,Crash\n");
}

static void what_did_not_run_stays(void **state)
{
	static const char old[] = "# why\na@notrun,Fail\na@unheard,Skip\nno comma\n";

	updates(*state, old, 0, "igt@a@notrun igt@a@unheard igt@a@missing", old);
}

static void the_canary_is_never_expected_to_fail(void **state)
{
	struct fixture *f = *state;

	json_object_put(f->results);
	f->results = json_tokener_parse(
		"{\"tests\":{\"igt@core_getversion\":{\"result\":\"fail\"}}}");
	updates(f, "", 0, "igt@core_getversion", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(everything_but_a_pass_fails),
		TEST(what_did_not_run_fails),
		TEST(no_results_fail),
		TEST(dynamic_subtests_are_named),
		TEST(skips_have_reasons),
		TEST(skips_nobody_expects_fail),
		TEST(known_fails_are_expected_and_surprises_fail),
		TEST(every_test_is_a_line),
		TEST(warnings_are_expected_by_their_text),
		TEST(failures_are_expected_by_their_text),
		TEST(tests_have_texts_of_their_own),
		TEST(dynamic_skips_are_judged),
		TEST(machines_fail_unless_expected),
		TEST(news_ask_for_reasons),
		TEST(reasons_stay_with_their_lines),
		TEST(other_results_are_news),
		TEST(what_did_not_run_stays),
		TEST(the_canary_is_never_expected_to_fail),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
