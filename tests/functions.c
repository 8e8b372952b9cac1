// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "functions.h"

static const char kallsyms[] = "ffffffff81000000 T _text\n"
			       "ffffffff81000100 t clear_page\n"
			       "ffffffff81000180 D some_data\n"
			       "ffffffff81000200 T copy_page\n"
			       "ffffffffc0000040 t ioctl\t[virtio_gpu]\n"
			       "ffffffffc0000000 t probe\t[virtio_gpu]\n";

static FILE *file_of(const char *text)
{
	FILE *file = fmemopen((char *)text, strlen(text), "r");

	assert_non_null(file);
	return file;
}

static struct names *some_names(void)
{
	FILE *kernel = file_of(kallsyms);
	struct names *names = names_new(kernel);

	fclose(kernel);
	return names;
}

static void assert_name(const struct names *names, uint64_t address, const char *name)
{
	assert_string_equal(names_at(names, address), name);
}

static void functions_reach_to_the_next_one(void **state)
{
	struct names *names = some_names();

	(void)state;
	assert_name(names, 0xffffffff80ffffff, "the kernel");
	assert_name(names, 0xffffffff81000100, "clear_page");
	assert_name(names, 0xffffffff810001ff, "clear_page");
	assert_name(names, 0xffffffff81000200, "copy_page");
	assert_name(names, 0x7fffffffffffffff, "programs");
	names_free(names);
}

static void modules_are_named_and_in_no_order(void **state)
{
	struct names *names = some_names();

	(void)state;
	assert_name(names, 0xffffffffc000003f, "probe [virtio_gpu]");
	assert_name(names, 0xffffffffc0000041, "ioctl [virtio_gpu]");
	names_free(names);
}

static bool add(GHashTable *functions, const struct names *names, const char *text,
		double factor)
{
	FILE *blocks = file_of(text);
	bool added = functions_add(functions, names, blocks, factor);

	fclose(blocks);
	return added;
}

static void assert_function(const GArray *sorted, guint i, const char *name,
			    double executed)
{
	const struct function *function = &g_array_index(sorted, struct function, i);

	assert_true(i < sorted->len);
	assert_string_equal(function->name, name);
	assert_float_equal(function->executed, executed, 1e-9);
}

static void blocks_are_added_by_name(void **state)
{
	struct names *names = some_names();
	GHashTable *functions = functions_new();
	GArray *sorted;

	(void)state;
	assert_true(add(functions, names,
			"ffffffff81000100 10\n0 100\n"
			"ffffffff81000140 1\nffffffff81000200 ff\n",
			1));
	assert_true(add(functions, names,
			"0 40\nffffffff81000200 10\nffffffff81000000 80\n", -0.5));
	sorted = functions_sorted(functions);
	assert_int_equal(sorted->len, 4);
	assert_function(sorted, 0, "copy_page", 255 - 8);
	assert_function(sorted, 1, "programs", 256 - 32);
	assert_function(sorted, 2, "_text", -64);
	assert_function(sorted, 3, "clear_page", 17);
	g_array_unref(sorted);
	g_hash_table_unref(functions);
	names_free(names);
}

static void what_are_no_blocks_is_refused(void **state)
{
	struct names *names = some_names();
	GHashTable *functions = functions_new();

	(void)state;
	assert_false(add(functions, names, "ffffffff81000100 10\nno block\n", 1));
	g_hash_table_unref(functions);
	names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_reach_to_the_next_one),
		cmocka_unit_test(modules_are_named_and_in_no_order),
		cmocka_unit_test(blocks_are_added_by_name),
		cmocka_unit_test(what_are_no_blocks_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
