// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "functions.h"

struct start { /* of a function, which ends where the next one starts */
	uint64_t address;
	const char *name;
};

struct names {
	GStringChunk *text;
	GArray *starts; /* sorted */
};

static int by_address(const void *left, const void *right)
{
	const struct start *a = left, *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

struct names *names_new(FILE *kallsyms)
{
	struct names *names = g_new0(struct names, 1);
	char line[1024], function[512], module[256];

	names->text = g_string_chunk_new(65536);
	names->starts = g_array_new(FALSE, FALSE, sizeof(struct start));
	while (fgets(line, sizeof(line), kallsyms)) {
		g_autofree char *text = NULL;
		struct start start;
		char type;
		int words = sscanf(line, "%" SCNx64 " %c %511s [%255[^]]", &start.address,
				   &type, function, module);

		if (words < 3 || !strchr("tTwW", type))
			continue;
		text = words > 3 ? g_strdup_printf("%s [%s]", function, module)
				 : g_strdup(function);
		start.name = g_string_chunk_insert(names->text, text);
		g_array_append_val(names->starts, start);
	}
	g_array_sort(names->starts, by_address);
	return names;
}

void names_free(struct names *names)
{
	g_array_unref(names->starts);
	g_string_chunk_free(names->text);
	g_free(names);
}

const char *names_at(const struct names *names, uint64_t address)
{
	guint low = 0, high = names->starts->len; /* the first start behind it */

	if (!(address >> 63))
		return "programs";
	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (g_array_index(names->starts, struct start, middle).address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? g_array_index(names->starts, struct start, low - 1).name
		   : "the kernel";
}

GHashTable *functions_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
}

static void count(GHashTable *functions, const char *name, double executed)
{
	struct function *function = g_hash_table_lookup(functions, name);

	if (!function) {
		function = g_new0(struct function, 1);
		function->name = name;
		g_hash_table_insert(functions, (char *)name, function);
	}
	function->executed += executed;
}

bool functions_add(GHashTable *functions, const struct names *names, FILE *blocks,
		   double factor)
{
	uint64_t address, executed;
	int words;

	while ((words = fscanf(blocks, "%" SCNx64 " %" SCNx64, &address, &executed)) == 2)
		count(functions, names_at(names, address), factor * (double)executed);
	return words == EOF && !ferror(blocks);
}

static int by_executed(const void *left, const void *right)
{
	const struct function *a = left, *b = right;

	if (fabs(a->executed) != fabs(b->executed))
		return fabs(a->executed) < fabs(b->executed) ? 1 : -1;
	return strcmp(a->name, b->name);
}

GArray *functions_sorted(GHashTable *functions)
{
	GArray *sorted = g_array_new(FALSE, FALSE, sizeof(struct function));
	GHashTableIter iter;
	void *function;

	g_hash_table_iter_init(&iter, functions);
	while (g_hash_table_iter_next(&iter, NULL, &function))
		g_array_append_vals(sorted, function, 1);
	g_array_sort(sorted, by_executed);
	return sorted;
}
