/* SPDX-License-Identifier: MIT */
/*
 * The part of IGT's API that our tests use, for the libigt.so.0 of Debian's
 * igt-gpu-tools 2.5, which comes without headers. Inside an IGT tree the tests
 * find IGT's own igt.h instead.
 */
#ifndef IGT_H
#define IGT_H

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define __noreturn __attribute__((noreturn))
#define IGT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

extern jmp_buf igt_subtest_jmpbuf;
extern jmp_buf igt_dynamic_jmpbuf;

int igt_subtest_init_parse_opts(int *argc, char **argv, const char *short_options,
				const void *long_options, const char *help,
				int (*handler)(int option, int index, void *data),
				void *data);
__noreturn void igt_exit(void);
bool __igt_fixture(void);
void __igt_fixture_complete(void);
bool __igt_run_subtest(const char *name, const char *file, int line);
bool __igt_enter_dynamic_container(void);
bool __igt_run_dynamic_subtest(const char *name);
void igt_success(void);
void igt_emit_ignore_dmesg_regex(const char *regex);
IGT_PRINTF(1, 2) void igt_describe_f(const char *format, ...);
IGT_PRINTF(3, 4) void igt_log(const char *domain, int level, const char *format, ...);
__noreturn IGT_PRINTF(5, 6) void __igt_skip_check(const char *file, int line,
						  const char *function, const char *check,
						  const char *format, ...);
__noreturn IGT_PRINTF(6, 7) void __igt_fail_assert(const char *domain, const char *file,
						   int line, const char *function,
						   const char *assertion,
						   const char *format, ...);

#define IGT_TEST_DESCRIPTION(text) const char *__igt_test_description = text

#define igt_main()                                                                      \
	main(int argc, char **argv);                                                    \
	static void igt_test_body(void);                                                \
	int main(int argc, char **argv)                                                 \
	{                                                                               \
		igt_subtest_init_parse_opts(&argc, argv, NULL, NULL, NULL, NULL, NULL); \
		igt_test_body();                                                        \
		igt_exit();                                                             \
	}                                                                               \
	static void igt_test_body(void)

/* A failing or skipping block jumps back to the head of its loop, which ends it. */
#define IGT_CAT_(a, b) a##b
#define IGT_CAT(a, b) IGT_CAT_(a, b)
#define IGT_ONCE IGT_CAT(igt_once_, __LINE__)
#define igt_fixture()                                                               \
	for (volatile int IGT_ONCE = 0;                                             \
	     !IGT_ONCE && __igt_fixture() && sigsetjmp(igt_subtest_jmpbuf, 1) == 0; \
	     IGT_ONCE++, __igt_fixture_complete())
#define igt_subtest(name)                                     \
	for (; __igt_run_subtest(name, __FILE__, __LINE__) && \
	       sigsetjmp(igt_subtest_jmpbuf, 1) == 0;         \
	     igt_success())
#define igt_subtest_with_dynamic(name)                                                   \
	for (; __igt_run_subtest(name, __FILE__, __LINE__) &&                            \
	       __igt_enter_dynamic_container() && sigsetjmp(igt_subtest_jmpbuf, 1) == 0; \
	     igt_success())
#define igt_dynamic(name)                                                                \
	for (; __igt_run_dynamic_subtest(name) && sigsetjmp(igt_dynamic_jmpbuf, 1) == 0; \
	     igt_success())
#define igt_dynamic_f(...)                                                          \
	for (char IGT_ONCE[128]; snprintf(IGT_ONCE, sizeof(IGT_ONCE), __VA_ARGS__), \
				 __igt_run_dynamic_subtest(IGT_ONCE) &&             \
					 sigsetjmp(igt_dynamic_jmpbuf, 1) == 0;     \
	     igt_success())
#define igt_describe(text) igt_describe_f("%s", text)

#define igt_debug(...) igt_log("", 0, __VA_ARGS__)
#define igt_info(...) igt_log("", 1, __VA_ARGS__)

#define igt_fail_assert_(text, ...) \
	__igt_fail_assert("", __FILE__, __LINE__, __func__, text, __VA_ARGS__)
#define igt_assert(condition)                               \
	do {                                                \
		if (!(condition))                           \
			igt_fail_assert_(#condition, NULL); \
	} while (0)
#define igt_assert_f(condition, ...)                               \
	do {                                                       \
		if (!(condition))                                  \
			igt_fail_assert_(#condition, __VA_ARGS__); \
	} while (0)
#define igt_assert_eq(a, b)                                                            \
	do {                                                                           \
		long long igt_a = (a), igt_b = (b);                                    \
		if (igt_a != igt_b)                                                    \
			igt_fail_assert_(#a " == " #b, "error: %lld != %lld\n", igt_a, \
					 igt_b);                                       \
	} while (0)
#define igt_assert_fd(fd) igt_assert_f((fd) >= 0, "file descriptor " #fd " failed\n")
#define igt_require_f(condition, ...)                                              \
	do {                                                                       \
		if (!(condition))                                                  \
			__igt_skip_check(__FILE__, __LINE__, __func__, #condition, \
					 __VA_ARGS__);                             \
	} while (0)
#define igt_require(condition) igt_require_f(condition, NULL)

/* drmtest.h and ioctl_wrappers.h */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define DRIVER_VGEM (1 << 2)
#define DRIVER_VIRTIO (1 << 10)

int drm_open_driver(int chipset);
int drm_close_driver(int fd);
void gem_close(int fd, uint32_t handle);

#define do_ioctl(fd, request, argument) \
	igt_assert_f(!igt_ioctl(fd, request, argument), #request " failed: %m\n")

/* ioctl() that goes on after a signal; a variable, so that tests can hook it */
extern _Thread_local int (*igt_ioctl)(int fd, unsigned long request, void *argument);

#endif
