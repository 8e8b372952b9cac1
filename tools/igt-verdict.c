// SPDX-License-Identifier: MIT
#include <string.h>

#include "igt-verdict.h"

/* Calls @take for every line that is neither empty nor a comment. */
static void each_line(const char *prefix, const char *suffix,
		      void (*take)(char *line, void *data), void *data)
{
	g_autofree char *path = g_strconcat(prefix, suffix, NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return;
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		if (*g_strstrip(*line) && **line != '#')
			take(*line, data);
}

static void take_fail(char *line, void *data)
{
	char *comma = strrchr(line, ',');

	if (!comma)
		return;
	*comma = 0;
	g_hash_table_replace(data, g_strdup(line), g_strdup(comma + 1));
}

static void take_flake(char *line, void *data)
{
	g_hash_table_add(data, g_strdup(line));
}

struct expectations expectations_load(const char *prefix)
{
	struct expectations expectations = {
		.fails = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
		.flakes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
	};

	each_line(prefix, "-fails.txt", take_fail, expectations.fails);
	each_line(prefix, "-flakes.txt", take_flake, expectations.flakes);
	return expectations;
}

void expectations_clear(struct expectations *expectations)
{
	g_hash_table_unref(expectations->fails);
	g_hash_table_unref(expectations->flakes);
}

/* The word that drm/ci uses for a result of igt_runner. */
static const char *result_word(const char *result)
{
	static const char *const words[][2] = {
		{"pass", "Pass"},	 {"skip", "Skip"},   {"fail", "Fail"},
		{"dmesg-fail", "Fail"},	 {"warn", "Warn"},   {"dmesg-warn", "Warn"},
		{"timeout", "Timeout"},	 {"crash", "Crash"}, {"abort", "Crash"},
		{"incomplete", "Crash"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (!g_strcmp0(result, words[i][0]))
			return words[i][1];
	return "Missing";
}

static const char *text_of(struct json_object *test, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(test, key, &value)
		       ? json_object_get_string(value)
		       : "";
}

/* Why a test was skipped: the line of its output that says so, NULL if none does. */
static char *skip_reason(struct json_object *test)
{
	static const char *const starts[] = {
		"Test requirement: ", "SKIP: ", "Last errno: "};
	g_auto(GStrv) lines = g_strsplit(text_of(test, "out"), "\n", -1);

	/* the message behind the requirement says more than its code */
	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, starts[0]) && line[1] && *line[1] &&
		    !g_str_has_prefix(line[1], "Subtest") &&
		    !g_str_has_prefix(line[1], starts[2]))
			return g_strdup(line[1]);
	for (char **line = lines; *line; line++)
		for (size_t i = 0; i < G_N_ELEMENTS(starts); i++)
			if (g_str_has_prefix(*line, starts[i]))
				return g_strdup(*line);
	return NULL;
}

/* A fixture that skips says so once, for all subtests that follow. */
static const char *reason_of(struct json_object *test, char **last)
{
	char *reason = skip_reason(test);

	if (reason) {
		g_free(*last);
		*last = reason;
	}
	return *last ? *last : "no reason given";
}

const char *igt_result(struct json_object *results, const char *name, char **reason)
{
	struct json_object *tests, *test;
	const char *word;

	if (!json_object_object_get_ex(results, "tests", &tests) ||
	    !json_object_object_get_ex(tests, name, &test))
		return "Missing";
	word = result_word(text_of(test, "result"));
	if (!strcmp(word, "Skip") && reason_of(test, reason) != *reason)
		*reason = g_strdup("no reason given");
	return word;
}

static gboolean came_to_an_end(const char *word)
{
	return strcmp(word, "Missing") && strcmp(word, "Crash") &&
	       strcmp(word, "Timeout");
}

static void judge_one(const char *name, struct json_object *test, char **last_reason,
		      const struct expectations *expectations, struct counts *counts,
		      GString *report)
{
	const char *word = result_word(test ? text_of(test, "result") : NULL);
	const char *expected = g_hash_table_lookup(expectations->fails, name);
	gboolean skipped = !strcmp(word, "Skip");
	const char *reason = skipped ? reason_of(test, last_reason) : "";

	if (expected && !strcmp(word, expected)) {
		g_string_append_printf(report, "known %s,%s %s\n", name, word, reason);
		*(skipped ? &counts->skipped : &counts->passed) += 1;
	} else if (g_hash_table_contains(expectations->flakes, name) &&
		   came_to_an_end(word)) {
		g_string_append_printf(report, "flake %s,%s\n", name, word);
		counts->passed++;
	} else if (!expected && !strcmp(word, "Pass")) {
		counts->passed++;
	} else {
		/* a skip that nobody expects hides a missing device */
		g_string_append_printf(
			report, "FAIL  %s,%s %s\n", name,
			expected && !strcmp(word, "Pass") ? "UnexpectedPass" : word,
			reason);
		counts->failed++;
	}
}

static void report_dynamic(struct json_object *tests, const char *parent, GString *report)
{
	g_autofree char *prefix = g_strconcat(parent, "@", NULL);

	json_object_object_foreach(tests, name, test)
	{
		const char *word = result_word(text_of(test, "result"));

		if (g_str_has_prefix(name, prefix) && strcmp(word, "Pass"))
			g_string_append_printf(report, "      %s,%s\n",
					       name + strlen("igt@"), word);
	}
}

struct counts igt_judge(struct json_object *results, char **wanted,
			const struct expectations *expectations, GString *report)
{
	struct counts counts = {0};
	struct json_object *tests = NULL, *test;
	g_autofree char *last_reason = NULL;

	json_object_object_get_ex(results, "tests", &tests);
	for (char **name = wanted; *name; name++) {
		gboolean known;

		if (!**name)
			continue;
		if (!tests || !json_object_object_get_ex(tests, *name, &test))
			test = NULL;
		known = g_hash_table_contains(expectations->fails,
					      *name + strlen("igt@"));
		judge_one(*name + strlen("igt@"), test, &last_reason, expectations,
			  &counts, report);
		if (tests && !known)
			report_dynamic(tests, *name, report);
	}
	return counts;
}

void machine_judge(int status, const struct expectations *expectations,
		   struct counts *counts, GString *report)
{
	gboolean expected = g_hash_table_contains(expectations->fails, "machine");

	if (expected && status == 1) {
		g_string_append(report, "known machine,Fail\n");
	} else if (expected && !status) {
		g_string_append(report, "FAIL  machine,UnexpectedPass\n");
		counts->failed++;
	} else if (status) {
		g_string_append_printf(report, "FAIL  the machine ended with status %d\n",
				       status);
		counts->failed++;
	}
}
