// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib/gstdio.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report-text.h"

#define RUN "run/igt-lane/"

struct fixture {
	char *out;
	struct report report;
	char *html, *junit;
};

static int set_up(void **state)
{
	struct fixture *f = g_new0(struct fixture, 1);

	f->out = g_dir_make_tmp("report-XXXXXX", NULL);
	*state = f;
	return f->out ? 0 : -1;
}

static void forget(struct fixture *f)
{
	if (f->report.runs)
		report_clear(&f->report);
	g_clear_pointer(&f->html, g_free);
	g_clear_pointer(&f->junit, g_free);
}

static void remove_tree(const char *path)
{
	g_autoptr(GDir) dir = NULL;
	const char *name;

	if (!g_file_test(path, G_FILE_TEST_IS_SYMLINK))
		dir = g_dir_open(path, 0, NULL);
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *full = g_build_filename(path, name, NULL);

		remove_tree(full);
	}
	g_remove(path);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	forget(f);
	remove_tree(f->out);
	g_free(f->out);
	g_free(f);
	return 0;
}

static char *path_of(struct fixture *f, const char *name)
{
	char *path = g_build_filename(f->out, name, NULL);
	g_autofree char *dir = g_path_get_dirname(path);

	assert_int_equal(g_mkdir_with_parents(dir, 0777), 0);
	return path;
}

static void put(struct fixture *f, const char *name, const char *text)
{
	g_autofree char *path = path_of(f, name);

	assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void put_results(struct fixture *f, const char *tests)
{
	g_autofree char *text =
		g_strdup_printf("{\"time_elapsed\":{\"start\":1795535236.6},"
				"\"tests\":{%s}}",
				tests);

	put(f, RUN "igt/results.json", text);
}

static void read_all(struct fixture *f)
{
	forget(f);
	f->report = report_read(f->out, NULL);
	f->html = report_html(&f->report);
	f->junit = report_junit(&f->report);
}

static const struct run *only_run(struct fixture *f)
{
	assert_int_equal(f->report.runs->len, 1);
	return g_ptr_array_index(f->report.runs, 0);
}

static void has_counts(const struct counts *counts, unsigned int passed,
		       unsigned int failed, unsigned int skipped)
{
	assert_int_equal(counts->passed, passed);
	assert_int_equal(counts->failed, failed);
	assert_int_equal(counts->skipped, skipped);
}

#define assert_has(text, part) assert_non_null(strstr(text, part))
#define assert_hasnt(text, part) assert_null(strstr(text, part))

/* A parser of glib's, stricter about entities than about names: enough here. */
static void assert_xml(const char *xml)
{
	const GMarkupParser parser = {0};
	GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, NULL, NULL);

	assert_true(g_markup_parse_context_parse(context, xml, -1, NULL));
	assert_true(g_markup_parse_context_end_parse(context, NULL));
	g_markup_parse_context_free(context);
}

static void nothing_was_run(void **state)
{
	struct fixture *f = *state;

	read_all(f);
	assert_has(f->html, "<title>0 passed, 0 failed, 0 skipped</title>");
	assert_xml(f->junit);
	assert_hasnt(f->junit, "<testsuite ");
}

static void every_outcome_is_shown(void **state)
{
	struct fixture *f = *state;

	put(f, RUN "testlist", "igt@a@good\nigt@a@bad\nigt@a@known\nigt@a@skip\nigt@b\n");
	put(f, RUN "report.txt",
	    "FAIL  a@bad,Fail \n      a@bad@dynamic,Fail\nknown a@known,Fail \n"
	    "known a@skip,Skip no such thing\n");
	put(f, RUN "repeat", "make check-igt GPU=gl\n\n");
	put_results(
		f,
		"\"igt@a@bad\":{\"result\":\"fail\",\"out\":\"o\",\"err\":\"it broke\","
		"\"dmesg\":\"<3> [1.0] oh\","
		"\"time\":{\"start\":0.0,\"end\":1.5}}");
	read_all(f);
	has_counts(&only_run(f)->counts, 2, 1, 1);
	assert_int_equal(only_run(f)->counts.expected, 1);
	assert_has(f->html, "2026-11-24");
	assert_has(f->html, "it broke");
	assert_has(f->html, "&lt;3&gt; [1.0] oh");
	assert_has(f->html, "make check-igt GPU=gl TESTS=a@bad</pre>");
	assert_has(f->html, "no such thing");
	assert_xml(f->junit);
	assert_has(f->junit, "tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"2\"");
	assert_has(f->junit,
		   "classname=\"igt-lane.a\" name=\"bad\" time=\"1.500\">\n<failure");
	assert_has(f->junit, "<skipped message=\"no such thing\"/>");
}

static void a_lost_machine_is_a_failure(void **state)
{
	struct fixture *f = *state;

	put(f, RUN "console.log", "Booting\nKernel panic\n");
	put(f, RUN "repeat", "make check-igt\na@b c\n");
	read_all(f);
	has_counts(&only_run(f)->counts, 0, 1, 0);
	assert_has(f->html, "the machine was lost");
	assert_has(f->html, "Kernel panic");
	assert_has(f->html, "make check-igt TESTS='a@b c'</pre>");
	assert_has(f->junit, "make check-igt TESTS='a@b c'</failure>");
	assert_has(f->junit, "failures=\"1\"");
}

static void a_run_nobody_judged_is_a_failure(void **state)
{
	struct fixture *f = *state;

	put(f, RUN "testlist", "igt@a@b\n");
	put_results(f, "");
	read_all(f);
	has_counts(&only_run(f)->counts, 1, 1, 0);
	assert_has(f->html, "nobody judged this run");
}

static void the_machine_is_judged(void **state)
{
	struct fixture *f = *state;

	put(f, RUN "testlist", "igt@a@b\n");
	put(f, RUN "report.txt", "FAIL  the machine ended with status 1\n");
	put(f, RUN "machine.log", "runner: kernel: a finding\n");
	put_results(f, "");
	read_all(f);
	has_counts(&only_run(f)->counts, 1, 1, 0);
	assert_has(f->html, "the machine ended with status 1");
	assert_has(f->html, "kernel: a finding");
	put(f, RUN "report.txt", "known machine,Fail\n");
	read_all(f);
	has_counts(&only_run(f)->counts, 1, 0, 0);
}

static void broken_results_are_a_failure(void **state)
{
	static const char *const broken[] = {
		"",
		"{",
		"[]",
		"7",
		"null",
		"{\"tests\":[]}",
		"{\"tests\":{\"igt@a@b\":",
		"\xff\xfe{}",
	};
	struct fixture *f = *state;

	put(f, RUN "testlist", "igt@a@b\n");
	put(f, RUN "report.txt", "FAIL  a@b,Missing \n");
	for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
		put(f, RUN "igt/results.json", broken[i]);
		read_all(f);
		has_counts(&only_run(f)->counts, 0, 2, 0);
		assert_has(f->html, "igt/results.json: ");
		assert_xml(f->junit);
	}
}

static void members_of_the_wrong_type_are_ignored(void **state)
{
	static const char *const tests[] = {
		"\"igt@a@b\":7",
		"\"igt@a@b\":null",
		"\"igt@a@b\":{\"out\":7,\"err\":[],\"dmesg\":{},\"time\":\"now\"}",
		"\"igt@a@b\":{\"time\":{\"start\":\"x\",\"end\":[]}}",
	};
	struct fixture *f = *state;

	put(f, RUN "testlist", "igt@a@b\n");
	put(f, RUN "report.txt", "FAIL  a@b,Fail\n");
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		put_results(f, tests[i]);
		read_all(f);
		has_counts(&only_run(f)->counts, 0, 1, 0);
		assert_has(f->junit, "time=\"0.000\"");
	}
}

static void markup_is_text(void **state)
{
	struct fixture *f = *state;

	put(f, "run/igt-<b>/testlist",
	    "igt@a@<script>alert(1)</script>\nigt@\"onload='x\n");
	put(f, "run/igt-<b>/report.txt",
	    "FAIL  a@<script>alert(1)</script>,Fail </pre><script>\n"
	    "known \"onload='x,Skip <img src=x onerror=alert(1)>\n");
	put(f, "run/igt-<b>/repeat", "make <i>\n");
	put(f, "run/igt-<b>/igt/results.json",
	    "{\"tests\":{\"igt@a@<script>alert(1)</script>\":{\"dmesg\":\"<3> </pre><script>"
	    "\\u0001\\u001b[31m]]>\\ud800\",\"err\":\"&lt;&amp;\"}}}");
	put(f, "check/<u>", "not ok <script>\nok <img> # SKIP <script>\n");
	put(f, "log/<u>.log", "</pre><script>\n");
	read_all(f);
	assert_hasnt(f->html, "<script");
	assert_hasnt(f->html, "<img");
	assert_hasnt(f->html, "<b>");
	assert_hasnt(f->html, "<i>");
	assert_hasnt(f->html, "<u>");
	assert_hasnt(f->html, "\x1b");
	assert_has(f->html, "&amp;lt;&amp;amp;");
	assert_has(f->html, "TESTS='a@&lt;script&gt;alert(1)&lt;/script&gt;'");
	assert_xml(f->html);
	assert_xml(f->junit);
	assert_hasnt(f->junit, "<script");
	assert_hasnt(f->junit, "]]>");
	assert_hasnt(f->junit, "\x01");
}

static void what_is_no_text_is_replaced(void **state)
{
	g_autofree char *text = report_clean("a\xff\x01\t\r\n\xef\xbf\xbf\x7f'");
	g_autofree char *nothing = report_clean(NULL);

	(void)state;
	assert_string_equal(text, "a\xef\xbf\xbd\xef\xbf\xbd\t\n\xef\xbf\xbd"
				  "\xef\xbf\xbd'");
	assert_string_equal(nothing, "");
}

static void parts_have_to_end(void **state)
{
	struct fixture *f = *state;
	char *parts[] = {"lint", "", "unit", "lint", NULL};

	put(f, "check/lint", "ok a\nok b # SKIP\n");
	put(f, "check/igt-2d", "ok a\nnot ok b\nFAILED c\n");
	put(f, "check/empty", "");
	put(f, "check/talk", "no result\n");
	put(f, "check/notes.txt", "not counts\n");
	put(f, "log/check-igt-2d.log", "FAIL  a@b\n");
	f->report = report_read(f->out, parts);
	f->html = report_html(&f->report);
	assert_int_equal(f->report.parts->len, 5);
	f->junit = report_junit(&f->report);
	assert_has(f->html, "<title>2 passed, 5 failed, 1 skipped</title>");
	assert_has(f->html, "unit <span class=\"bad\">did not get to an end");
	assert_has(f->html, "empty <span class=\"bad\">did not get to an end");
	assert_has(f->html, "FAIL  a@b");
	assert_has(f->html, "not ok unit did not get to an end");
	assert_hasnt(f->html, "notes");
	assert_has(f->junit, "<testsuite name=\"unit\" tests=\"1\" failures=\"1\" ");
	assert_has(f->junit, "message=\"Fail: did not get to an end\"");
}

static void parts_have_tests(void **state)
{
	struct fixture *f = *state;

	put(f, "check/gl",
	    "ok a: one\nnot ok a: two\nok a: three # SKIP no <GPU>\nnot ok a@four # TODO Fail\n"
	    "ok a: five # cached\nok a: six # SKIP x # cached\nok b: one\n"
	    "not ok a: seven # TODO nothing was cached\n"
	    "not ok a@eight # TODO Timeout # cached\n");
	put(f, "check/lint", "ok lint\n");
	put(f, "log/check-gl.guest-1.log", "two is wrong\n");
	put(f, "log/check-gl-full.log", "not this one\n");
	read_all(f);
	assert_has(
		f->html,
		"<title>3 passed, 1 failed, 1 skipped; 2 failed as expected, 3 cached</title>");
	/* a: one and b: one are the same test */
	assert_has(f->html, "<th>9 tests, 10 results</th><td class=\"n good\">3</td>");
	assert_has(f->html, "not ok a: two \n--- check-gl.guest-1.log\ntwo is wrong\n");
	assert_hasnt(f->html, "not this one");
	assert_xml(f->junit);
	assert_has(
		f->junit,
		"<testsuite name=\"gl\" tests=\"9\" failures=\"1\" errors=\"0\" skipped=\"6\">");
	assert_has(f->junit, "name=\"a: two\" time=\"0.000\">\n<failure");
	assert_has(f->junit, "<skipped message=\"no &lt;GPU&gt;\"/>");
	assert_has(f->junit, "name=\"four\" time=\"0.000\">\n"
			     "<skipped type=\"failed as expected\" message=\"Fail\"/>");
	assert_has(f->junit, "<skipped type=\"cached\" message=\"passed\"/>");
	assert_has(f->junit, "<skipped type=\"cached\" message=\"skipped: x\"/>");
	assert_has(f->junit, "<skipped type=\"cached\" message=\"failed as expected: "
			     "Timeout\"/>");
	assert_has(f->junit, "<testsuite name=\"lint\" tests=\"1\" failures=\"0\" "
			     "errors=\"0\" skipped=\"0\">");
}

/* The rows of a list of the page, an "|" between what was in two elements. */
static char *rows(const char *html, const char *title)
{
	g_autofree char *heading = g_strdup_printf("<h2>%s</h2>", title);
	const char *at = strstr(html, heading), *end = at ? strstr(at, "</table>") : NULL;
	GString *text = g_string_new(NULL);

	assert_non_null(end);
	for (at += strlen(heading); at < end; at++) {
		if (*at == '<') {
			at = strchr(at, '>');
			if (text->len && text->str[text->len - 1] != '|')
				g_string_append_c(text, '|');
		} else if (*at != '\n') {
			g_string_append_c(text, *at);
		}
	}
	return g_string_free(text, FALSE);
}

static void assert_rows(const char *html, const char *title, const char *wanted)
{
	g_autofree char *found = rows(html, title);

	assert_string_equal(found, wanted);
}

static void what_did_not_pass_now_is_listed(void **state)
{
	struct fixture *f = *state;

	put(f, RUN "testlist", "igt@a@skip\n");
	put(f, RUN "report.txt", "known a@skip,Skip no such thing\n");
	put_results(f, "");
	read_all(f);
	assert_rows(f->html, "Skipped", "test|why|run|a@skip|no such thing|igt-lane|");
	put(f, "check/gl",
	    "ok a\nok b # SKIP no <GPU>\nnot ok c # TODO Fail\nok d # cached\n");
	put(f, "check/igt-2d",
	    "ok a@skip # SKIP no such thing # cached\nnot ok a@e # TODO Crash # cached\n");
	read_all(f);
	assert_rows(f->html, "Skipped",
		    "test|why|part|b|no &lt;GPU&gt;|gl|"
		    "a@skip|no such thing|igt-2d, cached|");
	assert_rows(f->html, "Failed as expected",
		    "test|result|part|c|Fail|gl|a@e|Crash|igt-2d, cached|");
	assert_rows(f->html, "Cached",
		    "test|what the earlier run says|part|d|passed|gl|"
		    "a@skip|skipped|igt-2d|a@e|failed as expected|igt-2d|");
}

struct numbers {
	unsigned int tests, results, passed, failed, expected, cached, skipped;
};

static struct numbers numbers_of_sum(struct fixture *f)
{
	char *argv[] = {"scripts/make/sum-counts",
			NULL,
			"gl",
			"igt-2d",
			"empty",
			"talk",
			"unit",
			NULL};
	g_autofree char *dir = path_of(f, "check/"), *said = NULL;
	struct numbers n = {0};
	const char *line;

	argv[1] = dir;
	assert_true(
		g_spawn_sync(NULL, argv, NULL, 0, NULL, NULL, &said, NULL, NULL, NULL));
	line = strstr(said, " results: ");
	assert_non_null(line);
	while (line > said && line[-1] != '\n')
		line--;
	assert_int_equal(
		sscanf(line,
		       "%u tests, %u results: %u passed, %u failed, %u failed as "
		       "expected, %u cached, %u skipped",
		       &n.tests, &n.results, &n.passed, &n.failed, &n.expected, &n.cached,
		       &n.skipped),
		7);
	return n;
}

static struct numbers numbers_of_page(const char *html)
{
	g_autofree char *all = rows(html, "Parts of the check");
	const char *line = strstr(all, " results|");
	struct numbers n = {0};

	assert_non_null(line);
	while (line > all && line[-1] != '|')
		line--;
	assert_int_equal(sscanf(line, "%u tests, %u results|%u|%u|%u|%u|%u|", &n.tests,
				&n.results, &n.passed, &n.failed, &n.expected, &n.cached,
				&n.skipped),
			 7);
	return n;
}

static unsigned int sum_of(const char *xml, const char *attribute)
{
	unsigned int sum = 0;

	for (const char *at = strstr(xml, attribute); at; at = strstr(at + 1, attribute))
		sum += atoi(at + strlen(attribute));
	return sum;
}

/* One file is the same to both that read it. */
static void numbers_are_those_of_the_sum(void **state)
{
	struct fixture *f = *state;
	char *parts[] = {"gl", "igt-2d", "empty", "talk", "unit", NULL};
	struct numbers sum, page;

	put(f, "check/gl",
	    "noise\nok a: one\nok b: one\nok 1 - b: one\nok a: 40 sizes\nok 20 sizes\n"
	    "ok 40 sizes\nok two: words: one\n: ok no\nok : x\nFAILED a: two\n# again a: two\n"
	    "ok x # TODO works\nnot ok y # TODO\nnot ok z #TODO\nok w #1 # SKIP\n");
	put(f, "check/igt-2d",
	    "not ok a@b # TODO Fail # cached\nnot ok a@c # TODO Fail\nok a@d # SKIP why\n"
	    "not ok a@e # SKIP why\nok a@f # SKIP why # cached\nok a@g # cached \n"
	    "not ok a@h # Crash\nok a@b # of it # SKIP\nnot ok a@i # cached by others\n");
	put(f, "check/empty", "");
	put(f, "check/talk", "12 passed, 0 failed, 0 skipped\n");
	forget(f);
	f->report = report_read(f->out, parts);
	f->html = report_html(&f->report);
	f->junit = report_junit(&f->report);
	sum = numbers_of_sum(f);
	page = numbers_of_page(f->html);
	assert_memory_equal(&sum, &page, sizeof(sum));
	assert_int_equal(sum_of(f->junit, " tests=\""), sum.results);
	assert_int_equal(sum_of(f->junit, " failures=\""), sum.failed);
	assert_int_equal(sum_of(f->junit, " skipped=\""),
			 sum.expected + sum.cached + sum.skipped);
}

static void set_time(struct fixture *f, const char *name, int seconds)
{
	g_autofree char *path = path_of(f, name);
	const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* What a check did not run is none of its results. */
static void old_runs_are_no_part_of_a_check(void **state)
{
	struct fixture *f = *state;

	put(f, RUN "testlist", "igt@a@b\n");
	put(f, RUN "report.txt", "FAIL  a@b,Fail\n");
	put(f, RUN "repeat", "make check-igt\n");
	put_results(f, "");
	put(f, "check/start.log", "");
	put(f, "check/lint", "ok a\n");
	set_time(f, RUN "repeat", 1000);
	set_time(f, "check/start.log", 2000);
	read_all(f);
	assert_int_equal(f->report.runs->len, 0);
	assert_hasnt(f->junit, "igt-lane");
	set_time(f, RUN "repeat", 3000);
	read_all(f);
	assert_int_equal(f->report.runs->len, 1);
	assert_has(f->html, "igt-lane");
	assert_hasnt(f->junit, "igt-lane");
}

static void the_slowest_are_shown(void **state)
{
	struct fixture *f = *state;

	put(f, "check/times.log", "9.5 1.0 nine\n100.0 2.0 hundred\n");
	for (int i = 0; i < 2; i++) {
		read_all(f);
		assert_has(f->html, "<pre>100.0 2.0 hundred\n9.5 1.0 nine\n</pre>");
		put(f, "check/boots.log",
		    "7.0 5.0 <b>: boot 3.0, try 2, status 0\n"
		    "7.0 5.0 a: boot 3.0, try 1, status 0\n");
	}
	assert_has(f->html, "&lt;b&gt;: boot 3.0, try 2");
	assert_has(f->html, "2 boots, 1 of them again");
}

static void what_was_tried_again_is_shown(void **state)
{
	struct fixture *f = *state;

	put(f, "check/gl",
	    "# again a: one <b>\nok a: one <b>\n# again a: two\n# again a: two\nnot ok a: two\n"
	    "# again a: three\nok a: three # cached\n# picture a 0\n");
	read_all(f);
	has_counts(&((struct part *)g_ptr_array_index(f->report.parts, 0))->counts, 1, 1,
		   0);
	assert_has(f->html, "<p>3 tests tried again after a failure.</p>");
	assert_has(f->html, "<pre>gl: a: one &lt;b&gt;\ngl: a: two\ngl: a: two\n</pre>");
	put(f, "check/gl", "ok a: one\n");
	read_all(f);
	assert_has(f->html, "<p>0 tests tried again after a failure.</p>");
}

static void excerpts_show_what_matters(void **state)
{
	g_autoptr(GString) log = g_string_new(NULL);
	g_autofree char *first = NULL, *second = NULL, *third = NULL;

	(void)state;
	first = report_excerpt("");
	assert_string_equal(first, "");
	for (int i = 0; i < 500; i++)
		g_string_append_printf(log, "<%d> [%d.0] line\n", i == 200 ? 2 : 6, i);
	second = report_excerpt(log->str);
	assert_true(g_str_has_prefix(second, "[195 lines before]\n<6> [195.0] line\n"));
	assert_has(second, "<2> [200.0]");
	assert_true(g_str_has_suffix(second, "[254.0] line\n[245 lines after]\n"));
	log->str[strstr(log->str, "<2>") - log->str + 1] = '6';
	third = report_excerpt(log->str);
	assert_true(g_str_has_prefix(third, "[440 lines before]\n"));
	assert_true(g_str_has_suffix(third, "<6> [499.0] line\n"));
	g_string_append(log, "<3> the last\n");
	g_free(third);
	third = report_excerpt(log->str);
	assert_true(g_str_has_prefix(third, "[495 lines before]\n<6> [495.0] line\n"));
	assert_true(g_str_has_suffix(third, "<3> the last\n"));
}

static void runs_by_hand_are_in_the_headline(void **state)
{
	struct fixture *f = *state;

	put(f, "check/lint", "ok a\n");
	read_all(f);
	assert_has(f->html, "<p class=\"good\">1 passed, 0 failed, 0 skipped</p>");
	put(f, RUN "console.log", "");
	read_all(f);
	assert_has(f->html,
		   "<p class=\"bad\">1 passed, 0 failed, 0 skipped; in the runs of "
		   "IGT: 1 failed</p>");
}

static void put_link(struct fixture *f, const char *name, const char *target)
{
	g_autofree char *path = path_of(f, name);

	assert_int_equal(symlink(target, path), 0);
}

static void only_pictures_are_copied(void **state)
{
	struct fixture *f = *state;
	g_autofree char *to = path_of(f, "report/x"), *fifo = path_of(f, RUN "fifo.png");
	const struct picture *picture;

	to[strlen(to) - 2] = 0;
	put(f, RUN "desktop/\"><b>.png", "\x89PNG\r\n\x1a\n...");
	put(f, RUN "text.png", "<html>");
	put(f, RUN "empty.png", "");
	put_link(f, RUN "link.png", "/etc/passwd");
	put_link(f, RUN "loop", ".");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	read_all(f);
	assert_true(report_copy_pictures(&f->report, to, NULL));
	assert_int_equal(f->report.pictures->len, 1);
	picture = g_ptr_array_index(f->report.pictures, 0);
	assert_string_equal(picture->file, "000-run_igt-lane_desktop____b__png.png");
	g_free(f->html);
	f->html = report_html(&f->report);
	assert_has(f->html, "src=\"000-run_igt-lane_desktop____b__png.png\"");
	assert_hasnt(f->html, "<b>");
}

static void links_are_not_followed(void **state)
{
	struct fixture *f = *state;

	put(f, "secret", "igt@a@secret\n");
	put_link(f, RUN "testlist", "../../secret");
	read_all(f);
	assert_hasnt(f->html, "a@secret");
	has_counts(&only_run(f)->counts, 0, 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(nothing_was_run),
		TEST(every_outcome_is_shown),
		TEST(a_lost_machine_is_a_failure),
		TEST(a_run_nobody_judged_is_a_failure),
		TEST(the_machine_is_judged),
		TEST(broken_results_are_a_failure),
		TEST(members_of_the_wrong_type_are_ignored),
		TEST(markup_is_text),
		TEST(what_is_no_text_is_replaced),
		TEST(parts_have_to_end),
		TEST(parts_have_tests),
		TEST(what_did_not_pass_now_is_listed),
		TEST(numbers_are_those_of_the_sum),
		TEST(old_runs_are_no_part_of_a_check),
		TEST(the_slowest_are_shown),
		TEST(what_was_tried_again_is_shown),
		TEST(excerpts_show_what_matters),
		TEST(runs_by_hand_are_in_the_headline),
		TEST(only_pictures_are_copied),
		TEST(links_are_not_followed),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
