// SPDX-License-Identifier: MIT
/* The report as JUnit, for machines. */
#include <string.h>

#include "report-text.h"

static void number(xmlTextWriter *to, const char *name, unsigned int n)
{
	xmlTextWriterWriteFormatAttribute(to, BAD_CAST name, "%u", n);
}

static void failure(xmlTextWriter *to, const char *repeat, const struct test *test,
		    const char *message)
{
	g_autofree char *dmesg = report_excerpt(test->dmesg);

	report_start(to, "failure", NULL);
	report_attribute(to, "type", test->word);
	report_attribute(to, "message", message);
	report_say(to, repeat);
	report_end(to);
	if (*dmesg)
		report_element(to, "system-out", NULL, dmesg);
	if (*test->err)
		report_element(to, "system-err", NULL, test->err);
}

/* What did not pass now is no pass, and JUnit knows no other element for it. */
static void skipped(xmlTextWriter *to, const struct test *test)
{
	g_autofree char *cached = g_strdup_printf(
		"%s%s%s", report_earlier(test), *test->reason ? ": " : "", test->reason);
	const char *why = *test->reason ? test->reason : test->word;

	report_start(to, "skipped", NULL);
	if (test->outcome != SKIPPED)
		report_attribute(to, "type",
				 test->outcome == CACHED ? "cached"
							 : "failed as expected");
	report_attribute(to, "message", test->outcome == CACHED ? cached : why);
	xmlTextWriterEndElement(to);
}

static void outcome(xmlTextWriter *to, const char *repeat, const struct test *test)
{
	g_autofree char *message = g_strdup_printf(
		"%s%s%s", test->word, *test->reason ? ": " : "", test->reason);

	if (test->outcome == FAILED)
		failure(to, repeat, test, message);
	else if (test->outcome != PASSED)
		skipped(to, test);
}

static void testcase(xmlTextWriter *to, const char *suite, const char *repeat,
		     const struct test *test)
{
	g_auto(GStrv) name = g_strsplit(test->name, "@", 2);
	g_autofree char *class =
		g_strdup_printf("%s.%s", suite, name[1] ? name[0] : suite);
	char seconds[G_ASCII_DTOSTR_BUF_SIZE];

	g_ascii_formatd(seconds, sizeof(seconds), "%.3f", test->seconds);
	report_start(to, "testcase", NULL);
	report_attribute(to, "classname", class);
	report_attribute(to, "name", name[1] ? name[1] : name[0]);
	report_attribute(to, "time", seconds);
	outcome(to, repeat, test);
	report_end(to);
}

static void start_suite(xmlTextWriter *to, const char *name, double started,
			unsigned int tests, const struct counts *counts)
{
	g_autofree char *start = report_when(started, "%FT%T");

	report_start(to, "testsuite", NULL);
	report_attribute(to, "name", name);
	if (*start)
		report_attribute(to, "timestamp", start);
	number(to, "tests", tests);
	number(to, "failures", counts->failed);
	number(to, "errors", 0);
	number(to, "skipped", counts->skipped + counts->expected + counts->cached);
}

static void run_suite(xmlTextWriter *to, const struct run *run)
{
	start_suite(to, run->name, run->start, run->tests->len, &run->counts);
	for (guint i = 0; i < run->tests->len; i++) {
		const struct test *test = g_ptr_array_index(run->tests, i);
		g_autofree char *repeat = report_repeat(run, test);

		testcase(to, run->name, repeat, test);
	}
	report_end(to);
}

static void part_suite(xmlTextWriter *to, const struct part *part)
{
	g_autofree char *repeat = g_strdup_printf("make check-%s V=1", part->name);

	start_suite(to, part->name, 0, part->tests->len, &part->counts);
	for (guint i = 0; i < part->tests->len; i++)
		testcase(to, part->name, repeat, g_ptr_array_index(part->tests, i));
	report_end(to);
}

/* The runs of IGT are parts of a check; alone they are what was run by hand. */
static void suites(xmlTextWriter *to, const struct report *report)
{
	xmlTextWriterSetIndent(to, 1);
	xmlTextWriterSetIndentString(to, BAD_CAST "");
	xmlTextWriterStartDocument(to, NULL, "UTF-8", NULL);
	report_start(to, "testsuites", NULL);
	report_attribute(to, "name", "virtio-gpu dGPU PRIME");
	for (guint i = 0; i < report->parts->len; i++)
		part_suite(to, g_ptr_array_index(report->parts, i));
	for (guint i = 0; i < report->runs->len && !report->parts->len; i++)
		run_suite(to, g_ptr_array_index(report->runs, i));
}

char *report_junit(const struct report *report)
{
	return report_document(suites, report);
}
