// SPDX-License-Identifier: MIT
/* Text that tests and kernels wrote: made harmless, and the part of it that matters. */
#include <string.h>

#include "report-text.h"

#define EXCERPT_LINES 60
#define LINES_BEFORE 5

/* XML has no other control characters, not even as references. */
static gboolean is_text(gunichar c)
{
	return c >= 0x20 ? c != 0x7f && c != 0xfffe && c != 0xffff
			 : c == '\t' || c == '\n';
}

char *report_clean(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
	GString *clean = g_string_new(NULL);

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (c != '\r')
			g_string_append_unichar(clean, is_text(c) ? c : 0xfffd);
	}
	return g_string_free(clean, FALSE);
}

/* "<3> [17.5] text": does it fail a test (igt_runner's --dmesg-warn-level=3)? */
static gboolean matters(const char *line)
{
	return line[0] == '<' && line[1] >= '0' && line[1] <= '3' && line[2] == '>';
}

gboolean report_has_warning(const char *log)
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

const char *report_earlier(const struct test *test)
{
	static const char *const words[] = {
		[PASSED] = "passed",
		[KNOWN] = "failed as expected",
		[SKIPPED] = "skipped",
		[FAILED] = "failed",
	};

	return words[test->earlier];
}

char *report_when(double start, const char *format)
{
	g_autoptr(GDateTime) time = NULL;

	if (start > 0 && start < 1e11)
		time = g_date_time_new_from_unix_utc((gint64)start);
	return time ? g_date_time_format(time, format) : g_strdup("");
}

/* An empty element would be <b/>, which is an open <b> to who reads HTML. */
void report_end(xmlTextWriter *to)
{
	xmlTextWriterFullEndElement(to);
}

void report_start(xmlTextWriter *to, const char *name, const char *class)
{
	xmlTextWriterStartElement(to, BAD_CAST name);
	if (class && *class)
		report_attribute(to, "class", class);
}

void report_attribute(xmlTextWriter *to, const char *name, const char *value)
{
	g_autofree char *clean = report_clean(value);

	xmlTextWriterWriteAttribute(to, BAD_CAST name, BAD_CAST clean);
}

void report_say(xmlTextWriter *to, const char *text)
{
	g_autofree char *clean = report_clean(text);

	xmlTextWriterWriteString(to, BAD_CAST clean);
}

void report_element(xmlTextWriter *to, const char *name, const char *class,
		    const char *text)
{
	report_start(to, name, class);
	report_say(to, text);
	report_end(to);
}

char *report_document(void (*write)(xmlTextWriter *to, const struct report *report),
		      const struct report *report)
{
	xmlBuffer *buffer = xmlBufferCreate();
	xmlTextWriter *to = xmlNewTextWriterMemory(buffer, 0);
	char *text;

	write(to, report);
	xmlTextWriterEndDocument(to);
	xmlFreeTextWriter(to);
	text = g_strdup((const char *)xmlBufferContent(buffer));
	xmlBufferFree(buffer);
	return text;
}
