// SPDX-License-Identifier: MIT
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "screen.h"

#define PATH "/tmp/test-screen.png"

/* An odd width: 1280 and 1920 would hide a wrong pitch. */
static struct picture pattern(uint32_t width, uint32_t height)
{
	struct picture picture = {.width = width, .height = height};

	picture.rgb = malloc((size_t)width * height * 3);
	assert_non_null(picture.rgb);
	for (size_t i = 0; i < (size_t)width * height * 3; i++)
		picture.rgb[i] = (uint8_t)(i * 7 + i / 251);
	return picture;
}

static void saved_and_loaded_is_the_same(void **state)
{
	struct picture a = pattern(801, 37), b;

	(void)state;
	assert_int_equal(picture_save(&a, PATH), 0);
	assert_int_equal(picture_load(&b, PATH), 0);
	assert_int_equal(picture_differing(&a, &b), 0);
	picture_clear(&a);
	picture_clear(&b);
	unlink(PATH);
}

static void differences_are_counted(void **state)
{
	struct picture a = pattern(333, 5), b = pattern(333, 5), c = pattern(5, 333);

	(void)state;
	b.rgb[0] ^= 2;
	b.rgb[1] ^= 2; /* the same pixel */
	b.rgb[333 * 5 * 3 - 1] ^= 4;
	assert_int_equal(picture_differing(&a, &b), 2);
	assert_true(picture_differing(&a, &c) == SIZE_MAX);
	picture_clear(&a);
	picture_clear(&b);
	picture_clear(&c);
}

static void broken_files_are_errors(void **state)
{
	struct picture picture;
	FILE *file = fopen(PATH, "w");

	(void)state;
	assert_non_null(file);
	fputs("this is not a picture", file);
	fclose(file);
	assert_int_equal(picture_load(&picture, PATH), -EINVAL);
	assert_null(picture.rgb);
	unlink(PATH);
	assert_int_equal(picture_load(&picture, PATH), -ENOENT);
}

static void truncated_files_are_errors(void **state)
{
	struct picture a = pattern(64, 64), b;

	(void)state;
	assert_int_equal(picture_save(&a, PATH), 0);
	assert_int_equal(truncate(PATH, 200), 0);
	assert_int_equal(picture_load(&b, PATH), -EINVAL);
	assert_null(b.rgb);
	picture_clear(&a);
	unlink(PATH);
}

static void unwritable_places_leave_nothing(void **state)
{
	struct picture a = pattern(1, 1);

	(void)state;
	assert_int_equal(picture_save(&a, "/nonexistent/x.png"), -ENOENT);
	picture_clear(&a);
}

static void no_display_is_an_error(void **state)
{
	struct picture picture;

	(void)state;
	assert_int_equal(screen_grab(":987", &picture), -ECONNREFUSED);
	assert_null(picture.rgb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(saved_and_loaded_is_the_same),
		cmocka_unit_test(differences_are_counted),
		cmocka_unit_test(broken_files_are_errors),
		cmocka_unit_test(truncated_files_are_errors),
		cmocka_unit_test(unwritable_places_leave_nothing),
		cmocka_unit_test(no_display_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
