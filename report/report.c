// SPDX-License-Identifier: MIT
/*
 * report: what the last runs came to.
 *
 *   report [--parts "NAME ..."] OUT
 *
 * reads OUT/run, OUT/check and OUT/log, writes OUT/report/index.html and
 * OUT/report/junit.xml. Exits with 0 if both are written, whatever they say.
 */
#include <stdio.h>

#include "report.h"

static char *parts_text;

static const GOptionEntry options[] = {
	{"parts", 0, 0, G_OPTION_ARG_STRING, &parts_text,
	 "Parts of the check that have to have ended", "NAMES"},
	{0},
};

static gboolean save(const char *dir, const char *name, char *text, GError **error)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *owned = text;

	return g_file_set_contents(path, owned, -1, error);
}

static gboolean write_all(struct report *report, const char *dir, GError **error)
{
	return report_copy_pictures(report, dir, error) &&
	       save(dir, "index.html", report_html(report), error) &&
	       save(dir, "junit.xml", report_junit(report), error);
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) context = g_option_context_new("OUT");
	g_autoptr(GError) error = NULL;
	g_autofree char *dir = NULL;
	g_auto(GStrv) parts = NULL;
	struct report report;
	gboolean written;

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2) {
		fprintf(stderr, "report: %s\n",
			error ? error->message : "which directory?");
		return 2;
	}
	if (!g_file_test(argv[1], G_FILE_TEST_IS_DIR)) {
		fprintf(stderr, "report: %s is no directory\n", argv[1]);
		return 2;
	}
	parts = g_strsplit(parts_text ? parts_text : "", " ", -1);
	dir = g_build_filename(argv[1], "report", NULL);
	g_mkdir_with_parents(dir, 0777);
	report = report_read(argv[1], parts);
	written = write_all(&report, dir, &error);
	if (!written)
		fprintf(stderr, "report: %s\n", error->message);
	report_clear(&report);
	return written ? 0 : 1;
}
