// SPDX-License-Identifier: MIT
/* The report as a page for people. */
#include <string.h>

#include "report-text.h"

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

static void end_line(xmlTextWriter *to)
{
	report_end(to);
	report_say(to, "\n");
}

static void line(xmlTextWriter *to, const char *name, const char *class, const char *text)
{
	report_start(to, name, class);
	report_say(to, text);
	end_line(to);
}

static void heading(xmlTextWriter *to, const char *name, const char *bad)
{
	report_start(to, "h3", NULL);
	report_say(to, name);
	report_say(to, " ");
	report_element(to, "span", "bad", bad);
	end_line(to);
}

static void folded(xmlTextWriter *to, const char *title, const char *text, gboolean open)
{
	g_autofree char *excerpt = NULL;

	if (!*text)
		return;
	excerpt = report_excerpt(text);
	report_start(to, "details", NULL);
	if (open)
		report_attribute(to, "open", "");
	report_element(to, "summary", NULL, title);
	report_element(to, "pre", NULL, excerpt);
	end_line(to);
}

static void cell(xmlTextWriter *to, unsigned int n, const char *class)
{
	g_autofree char *classes = g_strdup_printf("n %s", n ? class : "none");
	g_autofree char *number = g_strdup_printf("%u", n);

	report_element(to, "td", classes, number);
}

static void count_cells(xmlTextWriter *to, const struct counts *counts)
{
	cell(to, counts->passed, "good");
	cell(to, counts->failed, "bad");
	cell(to, counts->expected, "");
	cell(to, counts->cached, "");
	cell(to, counts->skipped, "");
}

static void table_head(xmlTextWriter *to, const char *what)
{
	static const char *const counted[] = {"passed", "failed", "failed as expected",
					      "cached", "skipped"};

	report_start(to, "table", "sums");
	report_start(to, "tr", NULL);
	report_element(to, "th", NULL, what);
	for (size_t i = 0; i < G_N_ELEMENTS(counted); i++)
		report_element(to, "th", "n", counted[i]);
	report_element(to, "th", NULL, "repeat with");
	end_line(to);
}

static void command_cell(xmlTextWriter *to, const char *command)
{
	report_start(to, "td", NULL);
	report_element(to, "code", NULL, command);
	report_end(to);
	end_line(to);
}

static void part_row(xmlTextWriter *to, const struct part *part)
{
	g_autofree char *repeat = g_strdup_printf("make check-%s", part->name);

	report_start(to, "tr", NULL);
	report_start(to, "td", NULL);
	report_say(to, part->name);
	if (!part->ended) {
		report_say(to, " ");
		report_element(to, "span", "bad", "did not get to an end");
	}
	report_end(to);
	count_cells(to, &part->counts);
	command_cell(to, repeat);
}

static void run_row(xmlTextWriter *to, const struct run *run)
{
	g_autofree char *repeat = report_repeat(run, NULL);
	g_autofree char *start = report_when(run->start, "%F %R UTC");

	report_start(to, "tr", NULL);
	report_start(to, "td", NULL);
	report_say(to, run->name);
	report_say(to, " ");
	report_element(to, "small", "none", start);
	report_end(to);
	count_cells(to, &run->counts);
	command_cell(to, repeat ? repeat : "not known");
}

static void add_counts(struct counts *sum, const struct counts *counts)
{
	sum->passed += counts->passed;
	sum->failed += counts->failed;
	sum->skipped += counts->skipped;
	sum->expected += counts->expected;
	sum->cached += counts->cached;
}

static unsigned int all_of(const struct counts *counts)
{
	return counts->passed + counts->failed + counts->skipped + counts->expected +
	       counts->cached;
}

static struct counts parts_sum(const struct report *report)
{
	struct counts sum = {0};

	for (guint i = 0; i < report->parts->len; i++)
		add_counts(&sum,
			   &((struct part *)g_ptr_array_index(report->parts, i))->counts);
	return sum;
}

/* "CONTEXT: TEST" is one test in each of its contexts; scripts/make/sum-counts, too. */
static const char *without_context(const char *name)
{
	size_t context = strcspn(name, " ");

	return context > 1 && name[context] && name[context - 1] == ':'
		       ? name + context + 1
		       : name;
}

static unsigned int distinct_tests(const struct report *report)
{
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < report->parts->len; i++) {
		const struct part *part = g_ptr_array_index(report->parts, i);

		for (guint j = 0; j < part->tests->len; j++) {
			const struct test *test = g_ptr_array_index(part->tests, j);

			g_hash_table_add(names, (char *)without_context(test->name));
		}
	}
	return g_hash_table_size(names);
}

/* The last lines of make check, in a row. */
static void sum_row(xmlTextWriter *to, const struct report *report)
{
	const struct counts sum = parts_sum(report);
	g_autofree char *all = g_strdup_printf("%u tests, %u results",
					       distinct_tests(report), all_of(&sum));

	report_start(to, "tr", NULL);
	report_element(to, "th", NULL, all);
	count_cells(to, &sum);
	command_cell(to, "make check");
}

static void tables(xmlTextWriter *to, const struct report *report)
{
	line(to, "h2", NULL, "Parts of the check");
	table_head(to, "part");
	for (guint i = 0; i < report->parts->len; i++)
		part_row(to, g_ptr_array_index(report->parts, i));
	sum_row(to, report);
	end_line(to);
	line(to, "h2", NULL, "Runs of IGT");
	table_head(to, "run");
	for (guint i = 0; i < report->runs->len; i++)
		run_row(to, g_ptr_array_index(report->runs, i));
	end_line(to);
}

/* Of tests, as scripts/make/slowest has it. */
static void tried_again(xmlTextWriter *to, const struct report *report)
{
	GString *names = g_string_new(NULL);
	g_autofree char *title = NULL;
	guint times = 0;

	for (guint i = 0; i < report->parts->len; i++) {
		const struct part *part = g_ptr_array_index(report->parts, i);

		times += part->again->len;
		for (guint j = 0; j < part->again->len; j++)
			g_string_append_printf(
				names, "%s: %s\n", part->name,
				(const char *)g_ptr_array_index(part->again, j));
	}
	title = g_strdup_printf("%u tests tried again after a failure.", times);
	if (report->parts->len)
		line(to, "p", NULL, title);
	if (times)
		line(to, "pre", NULL, names->str);
	g_string_free(names, TRUE);
}

static void slowest(xmlTextWriter *to, const struct report *report)
{
	static const char *const titles[] = {"Slowest parts", "Slowest boots"};
	g_autofree char *boots = g_strdup_printf(
		"%u boots, %u of them again after one that did not come up.",
		report->boots, report->again);

	for (size_t i = 0; i < G_N_ELEMENTS(titles); i++) {
		if (!*report->slowest[i])
			continue;
		line(to, "h2", NULL, titles[i]);
		line(to, "p", NULL, "Seconds, seconds of processors.");
		line(to, "pre", NULL, report->slowest[i]);
	}
	if (report->boots)
		line(to, "p", NULL, boots);
	tried_again(to, report);
}

static void failed_test(xmlTextWriter *to, const struct run *run, const struct test *test)
{
	gboolean machine = !strcmp(test->name, "machine");
	gboolean unexpected = !strcmp(test->word, "UnexpectedPass");
	g_autofree char *repeat = report_repeat(run, test);
	g_autofree char *where = g_strdup_printf(" in %s", run->name);

	heading(to, test->name, test->word);
	report_start(to, "p", NULL);
	report_say(to, unexpected ? "expected to fail, and did not" : test->reason);
	report_element(to, "span", "none", where);
	end_line(to);
	if (repeat)
		line(to, "pre", "cmd", repeat);
	folded(to, machine ? "What the runner said" : "What it said",
	       *test->err ? test->err : test->out, !strcmp(test->word, "Fail"));
	folded(to, machine ? "The end of the console" : "The kernel's log", test->dmesg,
	       machine || report_has_warning(test->dmesg));
}

static void failed_part(xmlTextWriter *to, const struct part *part)
{
	g_autofree char *repeat = g_strdup_printf("make check-%s V=1", part->name);
	g_autofree char *failed = g_strdup_printf("%u failed", part->counts.failed);

	heading(to, part->name, part->ended ? failed : "did not get to an end");
	line(to, "pre", "cmd", repeat);
	folded(to, "The end of its log", part->log, TRUE);
}

static guint failed_tests(xmlTextWriter *to, const struct run *run)
{
	guint failed = 0;

	for (guint i = 0; i < run->tests->len; i++) {
		const struct test *test = g_ptr_array_index(run->tests, i);

		if (test->outcome != FAILED)
			continue;
		failed_test(to, run, test);
		failed++;
	}
	return failed;
}

static void failures(xmlTextWriter *to, const struct report *report)
{
	guint failed = 0;

	line(to, "h2", NULL, "Failures");
	for (guint i = 0; i < report->runs->len; i++)
		failed += failed_tests(to, g_ptr_array_index(report->runs, i));
	for (guint i = 0; i < report->parts->len; i++) {
		const struct part *part = g_ptr_array_index(report->parts, i);

		if (!part->counts.failed)
			continue;
		failed_part(to, part);
		failed++;
	}
	if (!failed)
		line(to, "p", NULL, "None.");
}

/* Those that came to that, now or in an earlier run. */
static void test_rows(xmlTextWriter *to, const char *where, const GPtrArray *tests,
		      enum outcome outcome)
{
	for (guint i = 0; i < tests->len; i++) {
		const struct test *test = g_ptr_array_index(tests, i);
		gboolean cached = test->outcome == CACHED;

		if (test->outcome != outcome && !(cached && test->earlier == outcome))
			continue;
		report_start(to, "tr", NULL);
		report_element(to, "td", NULL, test->name);
		report_element(to, "td", NULL,
			       outcome == CACHED ? report_earlier(test)
			       : *test->reason	 ? test->reason
						 : test->word);
		report_start(to, "td", "none");
		report_say(to, where);
		report_say(to, cached && outcome != CACHED ? ", cached" : "");
		report_end(to);
		end_line(to);
	}
}

/* The runs of IGT are parts of a check, and listed only where there is none. */
static void listed(xmlTextWriter *to, const struct report *report, enum outcome outcome,
		   const char *title, const char *column)
{
	line(to, "h2", NULL, title);
	report_start(to, "table", NULL);
	report_start(to, "tr", NULL);
	report_element(to, "th", NULL, "test");
	report_element(to, "th", NULL, column);
	report_element(to, "th", NULL, report->parts->len ? "part" : "run");
	end_line(to);
	for (guint i = 0; i < report->parts->len; i++) {
		const struct part *part = g_ptr_array_index(report->parts, i);

		test_rows(to, part->name, part->tests, outcome);
	}
	for (guint i = 0; i < report->runs->len && !report->parts->len; i++) {
		const struct run *run = g_ptr_array_index(report->runs, i);

		test_rows(to, run->name, run->tests, outcome);
	}
	end_line(to);
}

static void show(xmlTextWriter *to, const struct picture *picture)
{
	report_start(to, "figure", NULL);
	report_start(to, "a", NULL);
	report_attribute(to, "href", picture->file);
	report_start(to, "img", NULL);
	report_attribute(to, "loading", "lazy");
	report_attribute(to, "alt", "");
	report_attribute(to, "src", picture->file);
	xmlTextWriterEndElement(to);
	report_end(to);
	report_element(to, "figcaption", NULL, picture->title);
	end_line(to);
}

static void pictures(xmlTextWriter *to, const struct report *report)
{
	if (!report->pictures->len)
		return;
	line(to, "h2", NULL, "Pictures");
	report_start(to, "div", "pictures");
	for (guint i = 0; i < report->pictures->len; i++) {
		const struct picture *picture = g_ptr_array_index(report->pictures, i);

		if (picture->file)
			show(to, picture);
	}
	end_line(to);
}

/* The sum of the parts is what make check says; runs may be later ones, by hand. */
static char *headline(const struct report *report, gboolean *good)
{
	struct counts parts = parts_sum(report), runs = {0};
	const struct counts *sum = report->parts->len ? &parts : &runs;
	g_autofree char *more = NULL, *other = NULL;

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

static void page_head(xmlTextWriter *to, const char *title)
{
	report_start(to, "head", NULL);
	report_start(to, "meta", NULL);
	report_attribute(to, "charset", "utf-8");
	xmlTextWriterEndElement(to);
	report_start(to, "meta", NULL);
	report_attribute(to, "name", "viewport");
	report_attribute(to, "content", "width=device-width");
	xmlTextWriterEndElement(to);
	report_element(to, "title", NULL, title);
	report_start(to, "style", NULL);
	xmlTextWriterWriteRaw(to, BAD_CAST style);
	report_end(to);
	end_line(to);
}

static void page(xmlTextWriter *to, const struct report *report)
{
	gboolean good;
	g_autofree char *text = headline(report, &good);

	xmlTextWriterWriteDTD(to, BAD_CAST "html", NULL, NULL, NULL);
	report_start(to, "html", NULL);
	report_attribute(to, "lang", "en");
	page_head(to, text);
	report_start(to, "body", NULL);
	line(to, "h1", NULL, "virtio-gpu dGPU PRIME");
	line(to, "p", good ? "good" : "bad", text);
	tables(to, report);
	failures(to, report);
	slowest(to, report);
	listed(to, report, SKIPPED, "Skipped", "why");
	listed(to, report, KNOWN, "Failed as expected", "result");
	pictures(to, report);
	listed(to, report, CACHED, "Cached", "what the earlier run says");
}

char *report_html(const struct report *report)
{
	return report_document(page, report);
}
