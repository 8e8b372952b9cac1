// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "verdict.h"

/* The code for a guest that said these lines, ended by NULL. */
static int code_of(gboolean timed_out, gboolean panicked, const char *const *lines)
{
	struct verdict verdict;
	int code;

	verdict_init(&verdict);
	for (; *lines; lines++)
		assert_true(verdict_line(&verdict, *lines));
	code = verdict_code(&verdict, timed_out, panicked);
	verdict_clear(&verdict);
	return code;
}

#define SAYS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void status_is_passed_on(void **state)
{
	(void)state;
	assert_int_equal(code_of(FALSE, FALSE, SAYS("boot 7.3.4", "exit 0", "end")),
			 VERDICT_PASS);
	assert_int_equal(code_of(FALSE, FALSE, SAYS("boot 7.3.4", "exit 77", "end")), 77);
	assert_int_equal(code_of(FALSE, FALSE, SAYS("boot 7.3.4", "exit 255", "end")),
			 255);
}

static void findings_fail_what_passed(void **state)
{
	(void)state;
	assert_int_equal(code_of(FALSE, FALSE,
				 SAYS("boot r", "exit 0", "finding taint 0x200", "end")),
			 VERDICT_FAIL);
	assert_int_equal(code_of(FALSE, FALSE,
				 SAYS("boot r", "exit 3", "finding WARNING:", "end")),
			 3);
}

static void late_vblanks_want_an_excuse(void **state)
{
	struct verdict verdict;

	(void)state;
	verdict_init(&verdict);
	assert_true(verdict_line(&verdict, "boot r"));
	assert_true(verdict_line(&verdict, "late WARNING: one"));
	assert_true(verdict_line(&verdict, "late WARNING: two"));
	assert_true(verdict_line(&verdict, "exit 0"));
	assert_true(verdict_line(&verdict, "end"));
	assert_int_equal(verdict_excuse(&verdict, 25), 2);
	assert_int_equal(verdict_code(&verdict, FALSE, FALSE), VERDICT_PASS);
	assert_int_equal(verdict_excuse(&verdict, 15), 0);
	assert_int_equal(verdict.findings->len, 2);
	assert_int_equal(verdict_code(&verdict, FALSE, FALSE), VERDICT_FAIL);
	verdict_clear(&verdict);
}

static void silence_is_lost(void **state)
{
	(void)state;
	assert_int_equal(code_of(FALSE, FALSE, SAYS("boot r")), VERDICT_LOST);
	assert_int_equal(code_of(FALSE, FALSE, SAYS("boot r", "exit 0")), VERDICT_LOST);
	assert_int_equal(code_of(FALSE, FALSE, SAYS("boot r", "end")), VERDICT_LOST);
}

static void worse_things_win(void **state)
{
	(void)state;
	assert_int_equal(code_of(TRUE, FALSE, SAYS("boot r", "exit 0", "end")),
			 VERDICT_TIMEOUT);
	assert_int_equal(code_of(TRUE, TRUE, SAYS("boot r", "exit 0", "end")),
			 VERDICT_PANIC);
}

static void nonsense_is_refused(void **state)
{
	static const char *const lines[] = {"",	       "boot",	   "exit",    "exit ",
					    "exit -1", "exit 256", "exit 0 ", "exit zero",
					    "end ",    "hello"};
	struct verdict verdict;

	(void)state;
	verdict_init(&verdict);
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
		assert_false(verdict_line(&verdict, lines[i]));
	assert_int_equal(verdict.status, -1);
	assert_false(verdict.ended);
	verdict_clear(&verdict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_is_passed_on),
		cmocka_unit_test(findings_fail_what_passed),
		cmocka_unit_test(late_vblanks_want_an_excuse),
		cmocka_unit_test(silence_is_lost),
		cmocka_unit_test(worse_things_win),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
