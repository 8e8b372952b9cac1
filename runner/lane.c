// SPDX-License-Identifier: MIT
#include <string.h>

#include "lane.h"

#define MAX_LIKE 3 /* files deep; a lane that is like itself ends there */

static GKeyFile *load(const char *path, int depth, GError **error);

/* What @file does not say is as in the lane that it says it is like. */
static GKeyFile *inherit(GKeyFile *file, const char *path, int depth, GError **error)
{
	g_autofree char *like = g_key_file_get_string(file, "lane", "like", NULL);
	g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
	GKeyFile *result;

	if (!like)
		return g_key_file_ref(file);
	if (depth == MAX_LIKE) {
		g_set_error(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
			    "%s: like=%s: too many, one like the other", path, like);
		return NULL;
	}
	result = load(like, depth + 1, error);
	if (!result)
		return NULL;
	for (char **group = groups; *group; group++) {
		g_auto(GStrv) keys = g_key_file_get_keys(file, *group, NULL, NULL);

		for (char **key = keys; *key; key++) {
			g_autofree char *value =
				g_key_file_get_value(file, *group, *key, NULL);

			g_key_file_set_value(result, *group, *key, value);
		}
	}
	return result;
}

static GKeyFile *load(const char *path, int depth, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();

	if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, error)) {
		g_prefix_error(error, "%s: ", path);
		return NULL;
	}
	return inherit(file, path, depth, error);
}

struct lane *lane_open(const char *path, GError **error)
{
	GKeyFile *file = load(path, 0, error);
	struct lane *lane;

	if (!file)
		return NULL;
	lane = g_new0(struct lane, 1);
	lane->file = file;
	lane->path = g_strdup(path);
	return lane;
}

void lane_free(struct lane *lane)
{
	if (!lane)
		return;
	g_key_file_unref(lane->file);
	g_free(lane->path);
	g_free(lane);
}

static char *lane_value(const struct lane *lane, const char *group, const char *key,
			GError **error)
{
	char *value = g_key_file_get_string(lane->file, group, key, NULL);

	if (!value)
		g_set_error(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND,
			    "%s has no %s=%s", lane->path, group, key);
	return value;
}

/* Appends the words of @text, with @blob@ replaced, to @argv. */
static gboolean append_words(GPtrArray *argv, const char *text, const char *blob,
			     GError **error)
{
	g_auto(GStrv) halves = g_strsplit(text, "@blob@", -1);
	g_autofree char *line = g_strjoinv(blob, halves);
	g_auto(GStrv) words = NULL;

	if (!*line)
		return TRUE;
	if (!g_shell_parse_argv(line, NULL, &words, error))
		return FALSE;
	for (char **word = words; *word; word++)
		g_ptr_array_add(argv, g_strdup(*word));
	return TRUE;
}

GPtrArray *lane_argv(const struct lane *lane, const struct lane_axes *axes,
		     GError **error)
{
	const char *parts[][2] = {
		{"qemu", axes->qemu},
		{"common", "args"},
		{"accel", axes->accel},
		{"gpu", axes->gpu},
	};
	g_autofree char *devices = lane_common(lane, "devices");
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *blob = lane_value(lane, "blob", axes->blob, error);

	if (!blob)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autofree char *text = lane_value(lane, parts[i][0], parts[i][1], error);

		if (!text || !append_words(argv, text, blob, error))
			return NULL;
	}
	if (devices && !append_words(argv, devices, blob, error))
		return NULL;
	return g_steal_pointer(&argv);
}

char *lane_common(const struct lane *lane, const char *key)
{
	return g_key_file_get_string(lane->file, "common", key, NULL);
}

gboolean lane_needs_display(const struct lane *lane, const struct lane_axes *axes)
{
	return g_key_file_get_boolean(lane->file, "xvfb", axes->gpu, NULL);
}

char *lane_outer(const struct lane *lane, const char *key)
{
	return g_key_file_get_string(lane->file, "outer", key, NULL);
}

unsigned int lane_seconds(const struct lane *lane, const struct lane_axes *axes,
			  const char *key)
{
	g_autofree char *own = g_strdup_printf("%s-%s", key, axes->qemu);
	gboolean has_own = g_key_file_has_key(lane->file, "seconds", own, NULL);
	int seconds =
		g_key_file_get_integer(lane->file, "seconds", has_own ? own : key, NULL);
	int factor = 1;

	if (!strcmp(axes->accel, "tcg"))
		factor =
			g_key_file_get_integer(lane->file, "seconds", "tcg-factor", NULL);
	return MAX(seconds, 1) * MAX(factor, 1);
}
