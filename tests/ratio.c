// SPDX-License-Identifier: MIT
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "ratio.h"

/* 1.00, 1.01, 1.02 ... in no order; @step is prime to @rounds. */
static void scatter(double *ratios, size_t rounds, size_t step)
{
	for (size_t i = 0; i < rounds; i++)
		ratios[i] = 1 + (double)(i * step % rounds) / 100;
}

static void quartiles_are_those_of_the_sorted_ratios(void **state)
{
	double ratios[21];
	struct ratio ratio;

	(void)state;
	scatter(ratios, 21, 8);
	ratio = ratio_from(ratios, 21);
	assert_float_equal(ratio.median, 1.10, 1e-9);
	assert_float_equal(ratio.low_quartile, 1.05, 1e-9);
	assert_float_equal(ratio.high_quartile, 1.15, 1e-9);
}

static void even_numbers_of_rounds_interpolate(void **state)
{
	double ratios[] = {4, 1, 2, 3};
	struct ratio ratio = ratio_from(ratios, 4);

	(void)state;
	assert_float_equal(ratio.median, 2.5, 1e-9);
	assert_float_equal(ratio.low_quartile, 1.75, 1e-9);
	assert_float_equal(ratio.high_quartile, 3.25, 1e-9);
}

/* Of 20 fair coins 2 heads or fewer: 2.0e-4; 3 or fewer: 1.3e-3. */
static void bounds_are_order_statistics(void **state)
{
	double ratios[20];
	struct ratio ratio;

	(void)state;
	scatter(ratios, 20, 7);
	ratio = ratio_from(ratios, 20);
	assert_float_equal(ratio.at_least, 1.02, 1e-9);
	assert_float_equal(ratio.at_most, 1.17, 1e-9);
}

/* Of 9 coins none: 2.0e-3; of 10: 9.8e-4. */
static void few_rounds_bound_nothing(void **state)
{
	double ratios[10];
	struct ratio ratio;

	(void)state;
	scatter(ratios, 9, 2);
	ratio = ratio_from(ratios, 9);
	assert_int_equal(ratio_judge(&ratio, 0.5), RATIO_OPEN);
	assert_true(ratio.at_least <= 0 && isinf(ratio.at_most));
	scatter(ratios, 10, 3);
	ratio = ratio_from(ratios, 10);
	assert_float_equal(ratio.at_least, 1.00, 1e-9);
	assert_float_equal(ratio.at_most, 1.09, 1e-9);
}

static void a_thousand_rounds_are_bounded_closely(void **state)
{
	static double ratios[1000];
	struct ratio ratio;

	(void)state;
	scatter(ratios, 1000, 7);
	ratio = ratio_from(ratios, 1000);
	/* 3.1 standard deviations, of 15.8 rounds, around the middle */
	assert_float_equal(ratio.at_least, 1 + 4.51, 0.03);
	assert_float_equal(ratio.at_most, 1 + 5.48, 0.03);
}

static void only_a_lower_bound_beyond_the_limit_breaks_it(void **state)
{
	const struct ratio ratio = {.median = 1.06, .at_least = 1.04, .at_most = 1.08};

	(void)state;
	assert_int_equal(ratio_judge(&ratio, 1.03), RATIO_BROKEN);
	assert_int_equal(ratio_judge(&ratio, 1.05), RATIO_OPEN);
	assert_int_equal(ratio_judge(&ratio, 1.08), RATIO_HOLDS);
}

static void append_b(void *data)
{
	strcat(data, "b");
}

static void append_o(void *data)
{
	strcat(data, "o");
}

static void rounds_favour_neither(void **state)
{
	char order[256] = "";

	(void)state;
	ratio_measure(append_b, append_o, order, 3);
	assert_int_equal(strlen(order) % 4, 0);
	assert_true(strlen(order) >= 3 * 4);
	for (const char *round = order; *round; round += 4)
		assert_memory_equal(round, "boob", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quartiles_are_those_of_the_sorted_ratios),
		cmocka_unit_test(even_numbers_of_rounds_interpolate),
		cmocka_unit_test(bounds_are_order_statistics),
		cmocka_unit_test(few_rounds_bound_nothing),
		cmocka_unit_test(a_thousand_rounds_are_bounded_closely),
		cmocka_unit_test(only_a_lower_bound_beyond_the_limit_breaks_it),
		cmocka_unit_test(rounds_favour_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
