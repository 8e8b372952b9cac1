// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>

#include "lane.h"

static const char text[] = "[qemu]\nstock=qemu -a 'b c'\n"
			   "[common]\nargs=-m 1G\n"
			   "[accel]\ntcg=-accel tcg\nkvm=-accel kvm\n"
			   "[gpu]\ngl=-device gl,x=1@blob@\n2d=-device plain@blob@\n"
			   "[blob]\noff=\non=,blob=on\n"
			   "[xvfb]\ngl=true\n"
			   "[seconds]\nboot=10\ntcg-factor=6\n";

static struct lane *open_text(const char *contents)
{
	g_autofree char *path = NULL;
	struct lane *lane;
	int fd = g_file_open_tmp("lane-XXXXXX", &path, NULL);

	assert_true(fd >= 0);
	g_close(fd, NULL);
	assert_true(g_file_set_contents(path, contents, -1, NULL));
	lane = lane_open(path, NULL);
	g_unlink(path);
	return lane;
}

static struct lane_axes axes(void)
{
	return (struct lane_axes){
		.qemu = "stock", .gpu = "gl", .blob = "on", .accel = "tcg"};
}

static void assert_words(const GPtrArray *argv, const char *const *wanted, guint count)
{
	assert_non_null(argv);
	assert_int_equal(argv->len, count);
	for (guint i = 0; i < count; i++)
		assert_string_equal(g_ptr_array_index(argv, i), wanted[i]);
}

static void words_in_order(void **state)
{
	const char *const wanted[] = {"qemu", "-a",	 "b c",
				      "-m",   "1G",	 "-accel",
				      "tcg",  "-device", "gl,x=1,blob=on"};
	struct lane *lane = open_text(text);
	struct lane_axes at = axes();
	g_autoptr(GPtrArray) argv = lane_argv(lane, &at, NULL);

	(void)state;
	assert_words(argv, wanted, G_N_ELEMENTS(wanted));
	lane_free(lane);
}

static void blob_off_leaves_nothing(void **state)
{
	struct lane *lane = open_text(text);
	struct lane_axes at = axes();
	g_autoptr(GPtrArray) argv = NULL;

	(void)state;
	at.blob = "off";
	argv = lane_argv(lane, &at, NULL);
	assert_string_equal(g_ptr_array_index(argv, argv->len - 1), "gl,x=1");
	lane_free(lane);
}

static void unknown_values_are_errors(void **state)
{
	struct lane *lane = open_text(text);

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct lane_axes at = axes();
		const char **value[] = {&at.qemu, &at.gpu, &at.blob, &at.accel};
		g_autoptr(GError) error = NULL;

		*value[i] = "nonsense";
		assert_null(lane_argv(lane, &at, &error));
		assert_non_null(strstr(error->message, "nonsense"));
	}
	lane_free(lane);
}

static void broken_quotes_are_an_error(void **state)
{
	struct lane *lane =
		open_text("[qemu]\nstock=qemu 'a\n[common]\nargs=\n[blob]\non=\n");
	struct lane_axes at = axes();
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_null(lane_argv(lane, &at, &error));
	assert_non_null(error);
	lane_free(lane);
}

static void limits_and_display(void **state)
{
	struct lane *lane = open_text(text);
	struct lane_axes at = axes();

	(void)state;
	assert_true(lane_needs_display(lane, &at));
	assert_int_equal(lane_seconds(lane, &at, "boot"), 60);
	assert_int_equal(lane_seconds(lane, &at, "never-heard-of"), 6);
	at.accel = "kvm";
	at.gpu = "2d";
	assert_false(lane_needs_display(lane, &at));
	assert_int_equal(lane_seconds(lane, &at, "boot"), 10);
	lane_free(lane);
}

static void outer_machine(void **state)
{
	struct lane *plain = open_text(text);
	struct lane *nested = open_text("[outer]\nlane=host.lane\nprepare=a && b\n"
					"[common]\nappend=quiet\n");
	char *at[] = {lane_outer(nested, "lane"), lane_outer(nested, "prepare"),
		      lane_common(nested, "append")};

	(void)state;
	assert_string_equal(at[0], "host.lane");
	assert_string_equal(at[1], "a && b");
	assert_string_equal(at[2], "quiet");
	for (size_t i = 0; i < G_N_ELEMENTS(at); i++)
		g_free(at[i]);
	assert_null(lane_outer(plain, "lane"));
	assert_null(lane_common(plain, "append"));
	lane_free(plain);
	lane_free(nested);
}

/* A lane like one with @contents, in a file of its own. */
static struct lane *open_like(const char *contents, const char *own, GError **error)
{
	g_autofree char *base = NULL, *path = NULL, *like = NULL;
	struct lane *lane;

	g_close(g_file_open_tmp("lane-XXXXXX", &base, NULL), NULL);
	g_close(g_file_open_tmp("lane-XXXXXX", &path, NULL), NULL);
	assert_true(g_file_set_contents(base, contents ? contents : "", -1, NULL));
	like = g_strdup_printf("[lane]\nlike=%s\n%s", contents ? base : path, own);
	assert_true(g_file_set_contents(path, like, -1, NULL));
	lane = lane_open(path, error);
	g_unlink(path);
	g_unlink(base);
	return lane;
}

static void like_another(void **state)
{
	static const char own[] = "[common]\ndevices=-device edu\n[gpu]\n2d=-vga none\n";
	const char *const wanted[] = {"qemu", "-a",   "b c",  "-m",	 "1G", "-accel",
				      "tcg",  "-vga", "none", "-device", "edu"};
	struct lane *lane = open_like(text, own, NULL);
	struct lane_axes at = axes();
	g_autoptr(GPtrArray) argv = NULL;

	(void)state;
	assert_non_null(lane);
	assert_true(lane_needs_display(lane, &at));
	at.gpu = "2d";
	argv = lane_argv(lane, &at, NULL);
	assert_words(argv, wanted, G_N_ELEMENTS(wanted));
	lane_free(lane);
}

static void like_itself_is_an_error(void **state)
{
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_null(open_like(NULL, "", &error));
	assert_non_null(strstr(error->message, "one like the other"));
}

static void missing_file_is_named(void **state)
{
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_null(lane_open("/nonexistent.lane", &error));
	assert_non_null(strstr(error->message, "/nonexistent.lane"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_in_order),
		cmocka_unit_test(blob_off_leaves_nothing),
		cmocka_unit_test(unknown_values_are_errors),
		cmocka_unit_test(broken_quotes_are_an_error),
		cmocka_unit_test(limits_and_display),
		cmocka_unit_test(outer_machine),
		cmocka_unit_test(like_another),
		cmocka_unit_test(like_itself_is_an_error),
		cmocka_unit_test(missing_file_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
