// SPDX-License-Identifier: MIT
/* Expectations that follow what a run showed, with their reasons kept. */
#include <string.h>

#include "igt-verdict.h"

/* What a test came to in this run. */
struct found {
	const char *word;
	char *reason;
	gboolean listed; /* by a line that stays */
};

static void found_free(void *data)
{
	struct found *found = data;

	g_free(found->reason);
	g_free(found);
}

static void add_found(GHashTable *all, const char *name, const char *word,
		      const char *reason)
{
	struct found *found = g_new0(struct found, 1);

	found->word = word;
	found->reason = g_strdup(reason);
	g_hash_table_replace(all, g_strdup(name), found);
}

static GHashTable *find_all(struct json_object *results, char **wanted, int machine)
{
	GHashTable *all =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, found_free);
	g_autofree char *reason = NULL;

	for (char **name = wanted; *name; name++) {
		const char *word;

		if (!**name)
			continue;
		word = igt_result(results, *name, &reason);
		add_found(all, *name + strlen("igt@"), word,
			  strcmp(word, "Skip") ? "" : reason);
	}
	add_found(all, "machine", machine ? "Fail" : "Pass", "");
	return all;
}

/* A comment with the lines it is about. */
struct group {
	GString *text;
	unsigned int lines, kept;
};

static void group_end(struct group *group, GString *to)
{
	/* with its last line goes the reason */
	if (group->kept || !group->lines)
		g_string_append(to, group->text->str);
	g_string_truncate(group->text, 0);
	group->lines = group->kept = 0;
}

/* Does the line still say what is, or what this run did not ask? */
static gboolean still_right(const char *line, GHashTable *all)
{
	const char *comma = strrchr(line, ',');
	g_autofree char *name = NULL;
	struct found *found;

	if (!comma)
		return TRUE;
	name = g_strndup(line, comma - line);
	found = g_hash_table_lookup(all, name);
	if (!found)
		return TRUE;
	if (strcmp(found->word, comma + 1) && strcmp(found->word, "Missing"))
		return FALSE;
	found->listed = TRUE;
	return TRUE;
}

static void take_line(struct group *group, const char *line, GHashTable *all, GString *to)
{
	gboolean comment = *line == '#';

	if (!*line || (comment && group->lines))
		group_end(group, to);
	if (!*line) {
		if (to->len && !g_str_has_suffix(to->str, "\n\n"))
			g_string_append_c(to, '\n');
		return;
	}
	if (!comment) {
		group->lines++;
		if (!still_right(line, all))
			return;
		group->kept++;
	}
	g_string_append_printf(group->text, "%s\n", line);
}

static void keep_old(const char *old, GHashTable *all, GString *to)
{
	g_auto(GStrv) lines = g_strsplit(old, "\n", -1);
	struct group group = {.text = g_string_new(NULL)};

	for (char **line = lines; *line; line++)
		take_line(&group, g_strchomp(*line), all, to);
	group_end(&group, to);
	g_string_free(group.text, TRUE);
	while (g_str_has_suffix(to->str, "\n\n"))
		g_string_truncate(to, to->len - 1);
}

/* core_getversion proves that the driver is there: it is never expected to fail. */
static gboolean is_news(const char *name, const struct found *found)
{
	return !found->listed && strcmp(found->word, "Pass") &&
	       strcmp(found->word, "Missing") && strcmp(name, "core_getversion");
}

static void add_news(const char *name, GHashTable *all, const char **last, GString *to)
{
	struct found *found = g_hash_table_lookup(all, name);

	if (!is_news(name, found))
		return;
	found->listed = TRUE;
	if (!*last || strcmp(*last, found->reason)) {
		g_autofree char *hint = g_strescape(found->reason, NULL);

		g_string_append_printf(to, "%s%s%s%s\n", to->len ? "\n" : "",
				       IGT_ASK_REASON, *hint ? " " : "", hint);
	}
	*last = found->reason;
	g_string_append_printf(to, "%s,%s\n", name, found->word);
}

char *igt_update(const char *old, struct json_object *results, char **wanted, int machine)
{
	GHashTable *all = find_all(results, wanted, machine);
	GString *text = g_string_new(NULL);
	const char *last = NULL;

	keep_old(old, all, text);
	for (char **name = wanted; *name; name++)
		if (**name)
			add_news(*name + strlen("igt@"), all, &last, text);
	add_news("machine", all, &last, text);
	g_hash_table_unref(all);
	return g_string_free(text, FALSE);
}
