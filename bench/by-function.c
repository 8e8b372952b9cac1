// SPDX-License-Identifier: MIT
/*
 * by-function: in which functions of the kernel most instructions of a frame are
 * executed.
 *
 *   by-function FRAMES KALLSYMS +BLOCKS|-BLOCKS ...
 *
 * BLOCKS are files that the plugin of QEMU leaves (instructions.c), to be added or taken
 * off. Prints thousands of instructions a frame, the ten functions that have most, and
 * the sum of the others.
 */
#include <err.h>
#include <stdlib.h>

#include "functions.h"

#define MOST 10

static FILE *open_file(const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file)
		err(1, "%s", path);
	return file;
}

static struct names *read_names(const char *kallsyms)
{
	FILE *file = open_file(kallsyms);
	struct names *names = names_new(file);

	fclose(file);
	return names;
}

static void add_file(GHashTable *functions, const struct names *names,
		     const char *argument, double frames)
{
	FILE *blocks = open_file(argument + 1);

	if (!functions_add(functions, names, blocks,
			   (*argument == '-' ? -1 : 1) / frames))
		errx(1, "%s has no blocks", argument + 1);
	fclose(blocks);
}

static void print(const GArray *sorted)
{
	double all = 0, others = 0;

	for (guint i = 0; i < sorted->len; i++)
		all += g_array_index(sorted, struct function, i).executed;
	for (guint i = 0; i < sorted->len; i++) {
		const struct function *function =
			&g_array_index(sorted, struct function, i);

		if (i < MOST)
			printf("%10.0f %5.1f%%  %s\n", function->executed / 1000,
			       100 * function->executed / all, function->name);
		else
			others += function->executed;
	}
	printf("%10.0f %5.1f%%  all others\n", others / 1000, 100 * others / all);
}

int main(int argc, char **argv)
{
	double frames = argc > 1 ? strtod(argv[1], NULL) : 0;
	GHashTable *functions = functions_new();
	struct names *names;
	GArray *sorted;

	if (argc < 4 || frames < 1) {
		fprintf(stderr,
			"usage: by-function FRAMES KALLSYMS +BLOCKS|-BLOCKS ...\n");
		return 2;
	}
	names = read_names(argv[2]);
	for (int i = 3; i < argc; i++)
		add_file(functions, names, argv[i], frames);
	sorted = functions_sorted(functions);
	print(sorted);
	g_array_unref(sorted);
	g_hash_table_unref(functions);
	names_free(names);
	return 0;
}
