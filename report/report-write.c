// SPDX-License-Identifier: MIT
/* The output of the report: text that tests and kernels wrote, made harmless. */
#include <string.h>

#include "report.h"

#define EXCERPT_LINES 60
#define LINES_BEFORE 5

/* XML has no other control characters, not even as references. */
static gboolean is_text(gunichar c)
{
	return c >= 0x20 ? c != 0x7f && c != 0xfffe && c != 0xffff
			 : c == '\t' || c == '\n';
}

void report_escape(GString *to, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);
		const char *entity = c == '<'	 ? "&lt;"
				     : c == '>'	 ? "&gt;"
				     : c == '&'	 ? "&amp;"
				     : c == '"'	 ? "&quot;"
				     : c == '\'' ? "&#39;"
						 : NULL;

		if (entity)
			g_string_append(to, entity);
		else if (c != '\r')
			g_string_append_unichar(to, is_text(c) ? c : 0xfffd);
	}
}

/* "<3> [17.5] text": does it fail a test (igt_runner's --dmesg-warn-level=3)? */
static gboolean matters(const char *line)
{
	return line[0] == '<' && line[1] >= '0' && line[1] <= '3' && line[2] == '>';
}

static gboolean has_warning(const char *log)
{
	g_auto(GStrv) lines = g_strsplit(log, "\n", -1);

	for (char **line = lines; *line; line++)
		if (matters(*line))
			return TRUE;
	return FALSE;
}

char *report_excerpt(const char *log)
{
	g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
	guint length = g_strv_length(lines), from = 0, first;
	GString *text = g_string_new(NULL);

	while (length && !*lines[length - 1])
		length--;
	if (length > EXCERPT_LINES) {
		for (first = 0; first < length && !matters(lines[first]); first++)
			;
		from = first == length	      ? length - EXCERPT_LINES
		       : first > LINES_BEFORE ? first - LINES_BEFORE
					      : 0;
	}
	if (from)
		g_string_append_printf(text, "[%u lines before]\n", from);
	for (guint i = from; i < length && i < from + EXCERPT_LINES; i++)
		g_string_append_printf(text, "%s\n", lines[i]);
	if (length > from + EXCERPT_LINES)
		g_string_append_printf(text, "[%u lines after]\n",
				       length - from - EXCERPT_LINES);
	return g_string_free(text, FALSE);
}

static gboolean is_plain(const char *name)
{
	return name[strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "@_-")] == 0;
}

char *report_repeat(const struct run *run, const struct test *test)
{
	const char *tests =
		test && strcmp(test->name, "machine") ? test->name : run->tests_wanted;
	g_autofree char *quoted = NULL;

	if (!run->repeat || !*run->repeat)
		return NULL;
	if (!tests)
		return g_strdup(run->repeat);
	quoted = is_plain(tests) ? g_strdup(tests) : g_shell_quote(tests);
	return g_strdup_printf("%s TESTS=%s", run->repeat, quoted);
}

static const char style[] =
	":root{color-scheme:light dark;--line:#8886;--bad:#c62828;--good:#2e7d32;--soft:#8881}"
	"@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--good:#81c784}}"
	"body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}"
	"h1{margin-bottom:0}h2{margin-top:2.5rem}h3{margin-bottom:.3rem;overflow-wrap:anywhere}"
	"table{border-collapse:collapse;width:100%}"
	"th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line);"
	"vertical-align:top;overflow-wrap:anywhere}"
	".sums th:first-child{width:20rem}"
	"td.n,th.n{text-align:right;width:5rem;font-variant-numeric:tabular-nums}"
	".bad{color:var(--bad);font-weight:600}.good{color:var(--good)}.none{opacity:.45}"
	"pre,code{font:13px/1.45 ui-monospace,monospace}"
	"pre{background:var(--soft);padding:.6rem .8rem;overflow:auto;max-height:30rem;margin:.4rem 0}"
	"pre.cmd{border-left:3px solid var(--line)}summary{cursor:pointer}"
	".pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:1rem}"
	"figure{margin:0}img{width:100%;height:10rem;object-fit:contain;background:var(--soft)}"
	"figcaption{font-size:13px;overflow-wrap:anywhere}";

static void block(GString *html, const char *class, const char *text)
{
	g_string_append_printf(html, "<pre%s>", class);
	report_escape(html, text);
	g_string_append(html, "</pre>\n");
}

static void folded(GString *html, const char *title, const char *text, gboolean open)
{
	g_autofree char *excerpt = NULL;

	if (!*text)
		return;
	excerpt = report_excerpt(text);
	g_string_append_printf(html, "<details%s><summary>%s</summary>",
			       open ? " open" : "", title);
	block(html, "", excerpt);
	g_string_append(html, "</details>\n");
}

static void cell(GString *html, unsigned int n, const char *class)
{
	g_string_append_printf(html, "<td class=\"n %s\">%u</td>", n ? class : "none", n);
}

static void count_cells(GString *html, const struct counts *counts)
{
	cell(html, counts->passed, "good");
	cell(html, counts->failed, "bad");
	cell(html, counts->expected, "");
	cell(html, counts->cached, "");
	cell(html, counts->skipped, "");
}

static void table_head(GString *html, const char *what, const char *last)
{
	g_string_append_printf(
		html,
		"<table class=sums><tr><th>%s<th class=n>passed<th class=n>failed"
		"<th class=n>failed as expected<th class=n>cached<th class=n>skipped<th>%s</tr>\n",
		what, last);
}

static void part_row(GString *html, const struct part *part)
{
	g_string_append(html, "<tr><td>");
	report_escape(html, part->name);
	if (!part->ended)
		g_string_append(html, " <span class=bad>did not get to an end</span>");
	g_string_append(html, "</td>");
	count_cells(html, &part->counts);
	g_string_append(html, "<td><code>make check-");
	report_escape(html, part->name);
	g_string_append(html, "</code></td></tr>\n");
}

static char *when(double start, const char *format)
{
	g_autoptr(GDateTime) time = NULL;

	if (start > 0 && start < 1e11)
		time = g_date_time_new_from_unix_utc((gint64)start);
	return time ? g_date_time_format(time, format) : g_strdup("");
}

static void run_row(GString *html, const struct run *run)
{
	g_autofree char *repeat = report_repeat(run, NULL);
	g_autofree char *start = when(run->start, "%F %R UTC");

	g_string_append(html, "<tr><td>");
	report_escape(html, run->name);
	g_string_append_printf(html, "<br><small class=none>%s</small></td>", start);
	count_cells(html, &run->counts);
	g_string_append(html, "<td><code>");
	report_escape(html, repeat ? repeat : "not known");
	g_string_append(html, "</code></td></tr>\n");
}

static void tables(GString *html, const struct report *report)
{
	g_string_append(html, "<h2>Parts of the check</h2>\n");
	if (report->parts->len) {
		table_head(html, "part", "repeat with");
		for (guint i = 0; i < report->parts->len; i++)
			part_row(html, g_ptr_array_index(report->parts, i));
		g_string_append(html, "</table>\n");
	} else {
		g_string_append(html, "<p>None was run.</p>\n");
	}
	g_string_append(html, "<h2>Runs of IGT</h2>\n");
	if (report->runs->len) {
		table_head(html, "run", "repeat with");
		for (guint i = 0; i < report->runs->len; i++)
			run_row(html, g_ptr_array_index(report->runs, i));
		g_string_append(html, "</table>\n");
	} else {
		g_string_append(html, "<p>There is none.</p>\n");
	}
}

static void slowest(GString *html, const struct report *report)
{
	static const char *const titles[] = {"Slowest parts", "Slowest boots"};

	for (size_t i = 0; i < G_N_ELEMENTS(titles); i++) {
		if (!*report->slowest[i])
			continue;
		g_string_append_printf(
			html,
			"<h2>%s</h2>\n<p>Seconds, seconds of processors.</p>\n"
			"<pre>",
			titles[i]);
		report_escape(html, report->slowest[i]);
		g_string_append(html, "</pre>\n");
	}
	if (report->boots)
		g_string_append_printf(
			html,
			"<p>%u boots, %u of them again after one that did not come up.</p>\n",
			report->boots, report->again);
}

static void failed_test(GString *html, const struct run *run, const struct test *test)
{
	gboolean machine = !strcmp(test->name, "machine");
	g_autofree char *repeat = report_repeat(run, test);

	g_string_append(html, "<h3>");
	report_escape(html, test->name);
	g_string_append(html, " <span class=bad>");
	report_escape(html, test->word);
	g_string_append(html, "</span></h3>\n<p>");
	report_escape(html, !strcmp(test->word, "UnexpectedPass")
				    ? "expected to fail, and did not"
				    : test->reason);
	g_string_append(html, " <span class=none>in ");
	report_escape(html, run->name);
	g_string_append(html, "</span></p>\n");
	if (repeat)
		block(html, " class=cmd", repeat);
	folded(html, machine ? "What the runner said" : "What it said",
	       *test->err ? test->err : test->out, !strcmp(test->word, "Fail"));
	folded(html, machine ? "The end of the console" : "The kernel's log", test->dmesg,
	       machine || has_warning(test->dmesg));
}

static void failed_part(GString *html, const struct part *part)
{
	g_string_append(html, "<h3>");
	report_escape(html, part->name);
	g_string_append(html, " <span class=bad>");
	if (part->ended)
		g_string_append_printf(html, "%u failed", part->counts.failed);
	else
		g_string_append(html, "did not get to an end");
	g_string_append(html, "</span></h3>\n<pre class=cmd>make check-");
	report_escape(html, part->name);
	g_string_append(html, " V=1</pre>\n");
	folded(html, "The end of its log", part->log, TRUE);
}

static void failures(GString *html, const struct report *report)
{
	gsize before;

	g_string_append(html, "<h2>Failures</h2>\n");
	before = html->len;
	for (guint i = 0; i < report->runs->len; i++) {
		const struct run *run = g_ptr_array_index(report->runs, i);

		for (guint j = 0; j < run->tests->len; j++) {
			const struct test *test = g_ptr_array_index(run->tests, j);

			if (test->outcome == FAILED)
				failed_test(html, run, test);
		}
	}
	for (guint i = 0; i < report->parts->len; i++) {
		const struct part *part = g_ptr_array_index(report->parts, i);

		if (part->counts.failed)
			failed_part(html, part);
	}
	if (html->len == before)
		g_string_append(html, "<p>None.</p>\n");
}

static void test_rows(GString *html, const struct run *run, enum outcome outcome)
{
	for (guint i = 0; i < run->tests->len; i++) {
		const struct test *test = g_ptr_array_index(run->tests, i);

		if (test->outcome != outcome)
			continue;
		g_string_append(html, "<tr><td>");
		report_escape(html, test->name);
		g_string_append(html, "<td>");
		report_escape(html, *test->reason ? test->reason : test->word);
		g_string_append(html, "<td class=none>");
		report_escape(html, run->name);
		g_string_append(html, "</tr>\n");
	}
}

static void listed(GString *html, const struct report *report, enum outcome outcome,
		   const char *title, const char *column)
{
	gsize before;

	g_string_append_printf(html,
			       "<h2>%s</h2>\n<table><tr><th>test<th>%s<th>run</tr>\n",
			       title, column);
	before = html->len;
	for (guint i = 0; i < report->runs->len; i++)
		test_rows(html, g_ptr_array_index(report->runs, i), outcome);
	if (html->len == before)
		g_string_append(html, "<tr><td colspan=3>None.</tr>\n");
	g_string_append(html, "</table>\n");
}

static void pictures(GString *html, const struct report *report)
{
	if (!report->pictures->len)
		return;
	g_string_append(html, "<h2>Pictures</h2>\n<div class=pictures>\n");
	for (guint i = 0; i < report->pictures->len; i++) {
		const struct picture *picture = g_ptr_array_index(report->pictures, i);

		if (!picture->file)
			continue;
		g_string_append(html, "<figure><a href=\"");
		report_escape(html, picture->file);
		g_string_append(html, "\"><img loading=lazy alt=\"\" src=\"");
		report_escape(html, picture->file);
		g_string_append(html, "\"></a><figcaption>");
		report_escape(html, picture->title);
		g_string_append(html, "</figcaption></figure>\n");
	}
	g_string_append(html, "</div>\n");
}

static void add_counts(struct counts *sum, const struct counts *counts)
{
	sum->passed += counts->passed;
	sum->failed += counts->failed;
	sum->skipped += counts->skipped;
	sum->expected += counts->expected;
	sum->cached += counts->cached;
}

/* The sum of the parts is what make check says; runs may be later ones, by hand. */
static char *headline(const struct report *report, gboolean *good)
{
	struct counts parts = {0}, runs = {0};
	const struct counts *sum = report->parts->len ? &parts : &runs;
	g_autofree char *more = NULL, *other = NULL;

	for (guint i = 0; i < report->parts->len; i++)
		add_counts(&parts,
			   &((struct part *)g_ptr_array_index(report->parts, i))->counts);
	for (guint i = 0; i < report->runs->len; i++)
		add_counts(&runs,
			   &((struct run *)g_ptr_array_index(report->runs, i))->counts);
	*good = !parts.failed && !runs.failed;
	if (sum == &parts && runs.failed)
		more = g_strdup_printf("; in the runs of IGT: %u failed", runs.failed);
	if (sum->expected || sum->cached)
		other = g_strdup_printf("; %u failed as expected, %u cached",
					sum->expected, sum->cached);
	return g_strdup_printf("%u passed, %u failed, %u skipped%s%s", sum->passed,
			       sum->failed, sum->skipped, other ? other : "",
			       more ? more : "");
}

char *report_html(const struct report *report)
{
	GString *html = g_string_new(NULL);
	gboolean good;
	g_autofree char *text = headline(report, &good);

	g_string_append_printf(html,
			       "<!DOCTYPE html>\n<html lang=en><meta charset=utf-8>"
			       "<meta name=viewport content=\"width=device-width\">"
			       "<title>%s</title>\n<style>%s</style>\n"
			       "<h1>virtio-gpu dGPU PRIME</h1>\n<p class=%s>%s</p>\n",
			       text, style, good ? "good" : "bad", text);
	tables(html, report);
	failures(html, report);
	slowest(html, report);
	listed(html, report, SKIPPED, "Skipped", "why");
	listed(html, report, KNOWN, "Failed as expected", "result");
	listed(html, report, FLAKE, "Known to be unstable", "result");
	pictures(html, report);
	g_string_append(html, "</html>\n");
	return g_string_free(html, FALSE);
}

static void attribute(GString *xml, const char *name, const char *value)
{
	g_string_append_printf(xml, " %s=\"", name);
	report_escape(xml, value);
	g_string_append_c(xml, '"');
}

static void element(GString *xml, const char *name, const char *text)
{
	if (!*text)
		return;
	g_string_append_printf(xml, "<%s>", name);
	report_escape(xml, text);
	g_string_append_printf(xml, "</%s>\n", name);
}

static void junit_outcome(GString *xml, const char *repeat, const struct test *test)
{
	g_autofree char *dmesg = report_excerpt(test->dmesg);
	g_autofree char *message = g_strdup_printf(
		"%s%s%s", test->word, *test->reason ? ": " : "", test->reason);

	if (test->outcome == SKIPPED) {
		g_string_append(xml, "<skipped");
		attribute(xml, "message", *test->reason ? test->reason : test->word);
		g_string_append(xml, "/>\n");
	} else if (test->outcome == FAILED) {
		g_string_append(xml, "<failure");
		attribute(xml, "type", test->word);
		attribute(xml, "message", message);
		g_string_append_c(xml, '>');
		report_escape(xml, repeat);
		g_string_append(xml, "</failure>\n");
		element(xml, "system-out", dmesg);
		element(xml, "system-err", test->err);
	} else if (test->outcome != PASSED) {
		g_string_append_printf(xml, "<system-out>%s: ",
				       test->outcome == KNOWN	 ? "as expected"
				       : test->outcome == CACHED ? "of an earlier run"
								 : "flake");
		report_escape(xml, message);
		g_string_append(xml, "</system-out>\n");
	}
}

static void junit_test(GString *xml, const char *suite, const char *repeat,
		       const struct test *test)
{
	g_auto(GStrv) name = g_strsplit(test->name, "@", 2);
	g_autofree char *class =
		g_strdup_printf("%s.%s", suite, name[1] ? name[0] : suite);
	char seconds[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(xml, "<testcase");
	attribute(xml, "classname", class);
	attribute(xml, "name", name[1] ? name[1] : name[0]);
	attribute(xml, "time",
		  g_ascii_formatd(seconds, sizeof(seconds), "%.3f", test->seconds));
	g_string_append(xml, ">\n");
	junit_outcome(xml, repeat, test);
	g_string_append(xml, "</testcase>\n");
}

static void junit_suite(GString *xml, const char *name, double started,
			unsigned int tests, const struct counts *counts)
{
	g_autofree char *start = when(started, "%FT%T");

	g_string_append(xml, "<testsuite");
	attribute(xml, "name", name);
	if (*start)
		attribute(xml, "timestamp", start);
	g_string_append_printf(
		xml, " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\">\n",
		tests, counts->failed, counts->skipped);
}

static void junit_run(GString *xml, const struct run *run)
{
	junit_suite(xml, run->name, run->start, run->tests->len, &run->counts);
	for (guint i = 0; i < run->tests->len; i++) {
		const struct test *test = g_ptr_array_index(run->tests, i);
		g_autofree char *repeat = report_repeat(run, test);

		junit_test(xml, run->name, repeat, test);
	}
	g_string_append(xml, "</testsuite>\n");
}

/* A part that only counts, or left nothing, is one test. */
static void junit_part(GString *xml, const struct part *part)
{
	g_autofree char *repeat = g_strdup_printf("make check-%s V=1", part->name);
	g_autofree char *sum =
		g_strdup_printf("%u passed, %u failed, %u skipped", part->counts.passed,
				part->counts.failed, part->counts.skipped);
	char empty[] = "", fail[] = "Fail", pass[] = "Pass",
	     no_end[] = "did not get to an end";
	struct test whole = {.name = part->name,
			     .word = part->counts.failed ? fail : pass,
			     .reason = part->ended ? sum : no_end,
			     .out = empty,
			     .err = part->log ? part->log : empty,
			     .dmesg = empty,
			     .outcome = part->counts.failed ? FAILED : PASSED};
	struct counts one = {.failed = part->counts.failed > 0};

	if (part->tests->len)
		one = part->counts;
	junit_suite(xml, part->name, 0, MAX(part->tests->len, 1), &one);
	for (guint i = 0; i < part->tests->len; i++)
		junit_test(xml, part->name, repeat, g_ptr_array_index(part->tests, i));
	if (!part->tests->len)
		junit_test(xml, part->name, repeat, &whole);
	g_string_append(xml, "</testsuite>\n");
}

/* The runs of IGT are parts of a check; alone they are what was run by hand. */
char *report_junit(const struct report *report)
{
	GString *xml = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
				    "<testsuites name=\"virtio-gpu dGPU PRIME\">\n");

	for (guint i = 0; i < report->parts->len; i++)
		junit_part(xml, g_ptr_array_index(report->parts, i));
	for (guint i = 0; i < report->runs->len && !report->parts->len; i++)
		junit_run(xml, g_ptr_array_index(report->runs, i));
	g_string_append(xml, "</testsuites>\n");
	return g_string_free(xml, FALSE);
}
