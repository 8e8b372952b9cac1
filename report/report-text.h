/* SPDX-License-Identifier: MIT */
/* What the page and JUnit share: elements, written by libxml2, and text. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <libxml/xmlwriter.h>

#include "report.h"

/* @text without what is no text in XML, whatever is in it; the caller frees it. */
char *report_clean(const char *text);

/* Is there a line in a kernel log for which igt_runner fails a test? */
gboolean report_has_warning(const char *log);

/* What an earlier run says of a test that is CACHED. */
const char *report_earlier(const struct test *test);

/* @start in seconds since 1970, "" if that is not known; the caller frees it. */
char *report_when(double start, const char *format);

/* Elements: @class may be NULL, and any text is made harmless. */
void report_start(xmlTextWriter *to, const char *name, const char *class);
void report_attribute(xmlTextWriter *to, const char *name, const char *value);
void report_say(xmlTextWriter *to, const char *text);
void report_end(xmlTextWriter *to);
void report_element(xmlTextWriter *to, const char *name, const char *class,
		    const char *text);

/* What @write makes of @report, as text that the caller frees. */
char *report_document(void (*write)(xmlTextWriter *to, const struct report *report),
		      const struct report *report);

#endif
