// SPDX-License-Identifier: MIT
#include <string.h>

#include "igt-verdict.h"

/* Calls @take for every line that is neither empty nor a comment, with the comment above
 * it. */
static void each_line(const char *prefix, const char *suffix,
		      void (*take)(char *line, const char *comment,
				   struct expectations *expectations),
		      struct expectations *expectations)
{
	g_autofree char *path = g_strconcat(prefix, suffix, NULL);
	g_autoptr(GString) comment = g_string_new(NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	gboolean taken = FALSE;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return;
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++) {
		g_strstrip(*line);
		if (!**line || (**line == '#' && taken))
			g_string_truncate(comment, 0);
		taken = **line && **line != '#';
		if (**line == '#')
			g_string_append_printf(comment, "%s\n", *line);
		if (taken)
			take(*line, comment->str, expectations);
	}
}

/* What a comment says of a result: each of its lines # Warns "TEXT", or of a test's
 * alone, # Warns SUBTEST "TEXT".
 */
static char **texts_behind(const char *comment, const char *start)
{
	g_autoptr(GStrvBuilder) texts = g_strv_builder_new();
	g_auto(GStrv) lines = g_strsplit(comment, "\n", -1);

	for (char **line = lines; *line; line++) {
		size_t length = strlen(*line), skip = strlen(start);

		if (!g_str_has_prefix(*line, start) || length < skip + 2)
			continue;
		(*line)[length - 1] = 0; /* the other quote */
		g_strv_builder_add(texts, *line + skip);
	}
	return g_strv_builder_end(texts);
}

/* Those of its own, if there are some. */
static char **texts_of(const char *comment, const char *word, const char *name)
{
	const char *at = strchr(name, '@');
	g_autofree char *all = g_strconcat("# ", word, "s \"", NULL);
	g_autofree char *own =
		g_strconcat("# ", word, "s ", at ? at + 1 : name, " \"", NULL);
	char **texts = texts_behind(comment, own);

	if (*texts)
		return texts;
	g_strfreev(texts);
	return texts_behind(comment, all);
}

static void take_fail(char *line, const char *comment, struct expectations *expectations)
{
	char *comma = strrchr(line, ',');

	if (!comma)
		return;
	*comma = 0;
	g_hash_table_replace(expectations->fails, g_strdup(line), g_strdup(comma + 1));
	g_hash_table_replace(expectations->texts, g_strdup(line),
			     texts_of(comment, comma + 1, line));
}

struct expectations expectations_load(const char *prefix)
{
	struct expectations expectations = {
		.fails = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
		.texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					       (GDestroyNotify)g_strfreev),
	};

	each_line(prefix, "-fails.txt", take_fail, &expectations);
	return expectations;
}

void expectations_clear(struct expectations *expectations)
{
	g_hash_table_unref(expectations->fails);
	g_hash_table_unref(expectations->texts);
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

/* "<3> [17.5] text": a line for which igt_runner says dmesg-warn (--dmesg-warn-level=3).
 */
static gboolean kernel_warns(const char *line)
{
	return line[0] == '<' && line[1] >= '0' && line[1] <= '3' && line[2] == '>';
}

static gboolean has_one(const char *output, char **texts)
{
	for (char **text = texts; *text; text++)
		if (strstr(output, *text))
			return TRUE;
	return FALSE;
}

/* Did it warn of @texts, and of nothing else? */
static gboolean warns_only(struct json_object *test, char **texts)
{
	g_auto(GStrv) lines = g_strsplit(text_of(test, "dmesg"), "\n", -1);
	gboolean found = FALSE;

	for (char **line = lines; *line; line++) {
		if (!kernel_warns(*line))
			continue;
		if (!has_one(*line, texts))
			return FALSE;
		found = TRUE;
	}
	return found || has_one(text_of(test, "err"), texts);
}

/* Is what it came to what is expected, and for the reason that is? */
static gboolean as_expected(const char *name, struct json_object *test, const char *word,
			    const struct expectations *expectations)
{
	const char *expected = g_hash_table_lookup(expectations->fails, name);
	char **texts = g_hash_table_lookup(expectations->texts, name);

	if (!expected || strcmp(word, expected))
		return FALSE;
	if (!strcmp(word, "Warn"))
		return warns_only(test, texts);
	return strcmp(word, "Fail") || !*texts || has_one(text_of(test, "err"), texts);
}

static void say_tap(GString *tap, const char *result, const char *name,
		    const char *directive, const char *why)
{
	if (tap)
		g_string_append_printf(tap, "%s %s%s%s%s\n", result, name, directive,
				       *why ? " " : "", why);
}

static void judge_one(const char *name, struct json_object *test, char **last_reason,
		      const struct expectations *expectations, struct counts *counts,
		      GString *report, GString *tap)
{
	const char *word = result_word(test ? text_of(test, "result") : NULL);
	const char *expected = g_hash_table_lookup(expectations->fails, name);
	gboolean skipped = !strcmp(word, "Skip");
	const char *reason = skipped ? reason_of(test, last_reason) : "";

	if (as_expected(name, test, word, expectations)) {
		g_string_append_printf(report, "known %s,%s %s\n", name, word, reason);
		*(skipped ? &counts->skipped : &counts->expected) += 1;
		say_tap(tap, skipped ? "ok" : "not ok", name,
			skipped ? " # SKIP" : " # TODO", skipped ? reason : word);
	} else if (!expected && !strcmp(word, "Pass")) {
		counts->passed++;
		say_tap(tap, "ok", name, "", "");
	} else {
		/* a skip that nobody expects hides a missing device */
		if (expected && !strcmp(word, "Pass"))
			word = "UnexpectedPass";
		else if (expected && !strcmp(word, expected))
			reason = "of something else than it has to";
		g_string_append_printf(report, "FAIL  %s,%s %s\n", name, word, reason);
		counts->failed++;
		say_tap(tap, "not ok", name, " #", word);
	}
}

/* Those that were skipped are judged, as what did not run shows nothing. */
static void judge_dynamic(struct json_object *tests, const char *parent, gboolean known,
			  char **last_reason, const struct expectations *expectations,
			  struct counts *counts, GString *report, GString *tap)
{
	g_autofree char *prefix = g_strconcat(parent, "@", NULL);

	json_object_object_foreach(tests, name, test)
	{
		const char *word = result_word(text_of(test, "result"));

		if (!g_str_has_prefix(name, prefix))
			continue;
		if (!strcmp(word, "Skip"))
			judge_one(name + strlen("igt@"), test, last_reason, expectations,
				  counts, report, tap);
		else if (strcmp(word, "Pass") && !known)
			g_string_append_printf(report, "      %s,%s\n",
					       name + strlen("igt@"), word);
	}
}

struct counts igt_judge(struct json_object *results, char **wanted,
			const struct expectations *expectations, GString *report,
			GString *tap)
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
			  &counts, report, tap);
		if (tests)
			judge_dynamic(tests, *name, known, &last_reason, expectations,
				      &counts, report, tap);
	}
	return counts;
}

void machine_judge(int status, const struct expectations *expectations,
		   struct counts *counts, GString *report, GString *tap)
{
	gboolean expected = g_hash_table_contains(expectations->fails, "machine");
	g_autofree char *why = g_strdup_printf("it ended with status %d", status);

	if (expected && status == 1) {
		g_string_append(report, "known machine,Fail\n");
		counts->expected++;
		say_tap(tap, "not ok", "machine", " # TODO", "Fail");
	} else if (expected && !status) {
		g_string_append(report, "FAIL  machine,UnexpectedPass\n");
		counts->failed++;
		say_tap(tap, "not ok", "machine", " #", "UnexpectedPass");
	} else if (status) {
		g_string_append_printf(report, "FAIL  the machine ended with status %d\n",
				       status);
		counts->failed++;
		say_tap(tap, "not ok", "machine", " #", why);
	}
}
