// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "starved.h"

static void *spin(void *data)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
	return data;
}

static int tasks(pid_t pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/task", (int)pid);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	int n = 0;

	while (dir && g_dir_read_name(dir))
		n++;
	return n;
}

/* A process of so many threads that all want the one processor that this one is on. */
static pid_t spinning(int threads)
{
	pid_t pid = fork();
	pthread_t thread;
	cpu_set_t one;

	if (pid) {
		while (tasks(pid) < threads)
			usleep(10000);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	while (--threads > 0)
		pthread_create(&thread, NULL, spin, NULL);
	spin(NULL);
	_exit(1);
}

static pid_t sleeping(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

/* Seconds of processors that a process has had. */
static double processor(pid_t pid)
{
	struct timespec time = {0};
	clockid_t clock;

	if (!pid || clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &time))
		return 0;
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Of the time of some samples: the part that a process was starved for, and that it ran.
 */
struct parts {
	double starved, ran;
};

static struct parts parts(pid_t pid)
{
	struct starved starved;
	struct parts parts;
	double seconds;
	gint64 start;

	starved_init(&starved);
	starved_sample(&starved, pid);
	starved.seconds = 0;
	parts.ran = processor(pid);
	start = starved.sampled;
	for (int i = 0; i < 8; i++) {
		usleep(200000);
		starved_sample(&starved, pid);
	}
	seconds = (double)(starved.sampled - start) / 1e6;
	parts.ran = (processor(pid) - parts.ran) / seconds;
	parts.starved = starved.seconds / seconds;
	starved_clear(&starved);
	if (pid) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return parts;
}

/* Threads that always want to run are slowed down by what each of them misses of it. */
static void who_waits_for_a_processor_is_starved(void **state)
{
	static const int threads[] = {2, 4, 8};

	(void)state;
	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		struct parts p = parts(spinning(threads[i]));
		double missed = 1 - p.ran / threads[i];

		print_message("%d threads: starved %.2f, missed %.2f\n", threads[i],
			      p.starved, missed);
		/* A wait counts when it is over: the last one is missing. */
		assert_true(p.starved > MIN(missed, 0.98) - 0.2);
		assert_true(p.starved < missed + 0.2); /* more was stolen from all */
	}
}

static void a_fiftieth_always_counts(void **state)
{
	(void)state;
	assert_true(parts(spinning(100)).starved <= 0.981);
}

static void who_sleeps_is_not(void **state)
{
	(void)state;
	assert_true(parts(sleeping()).starved < 0.2); /* more was stolen from all of us */
	assert_true(parts(0).starved < 0.2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_for_a_processor_is_starved),
		cmocka_unit_test(a_fiftieth_always_counts),
		cmocka_unit_test(who_sleeps_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
