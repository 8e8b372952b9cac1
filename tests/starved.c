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
#include <unistd.h>

#include "starved.h"

static void *spin(void *data)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
	return data;
}

/* A process of so many threads that all want the one processor that this one is on. */
static pid_t spinning(int threads)
{
	pid_t pid = fork();
	pthread_t thread;
	cpu_set_t one;

	if (pid)
		return pid;
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

/* The part of the time that the process was starved for, of some samples. */
static double part(pid_t pid)
{
	struct starved starved;
	gint64 start;
	double seconds;

	starved_init(&starved);
	starved_sample(&starved, pid);
	starved.seconds = 0;
	start = starved.sampled;
	for (int i = 0; i < 8; i++) {
		usleep(200000);
		starved_sample(&starved, pid);
	}
	seconds = (double)(starved.sampled - start) / 1e6;
	starved_clear(&starved);
	if (pid) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return starved.seconds / seconds;
}

static void who_waits_for_a_processor_is_starved(void **state)
{
	(void)state;
	assert_true(part(spinning(4)) > 0.3);
}

static void a_fiftieth_always_counts(void **state)
{
	(void)state;
	assert_true(part(spinning(100)) <= 0.981);
}

/* Two threads that have work in turn wait in turn, too. */
static void waits_of_all_threads_count(void **state)
{
	(void)state;
	assert_true(part(spinning(2)) > 0.5);
}

static void who_sleeps_is_not(void **state)
{
	(void)state;
	assert_true(part(sleeping()) < 0.2); /* more was stolen from all of us */
	assert_true(part(0) < 0.2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_for_a_processor_is_starved),
		cmocka_unit_test(waits_of_all_threads_count),
		cmocka_unit_test(a_fiftieth_always_counts),
		cmocka_unit_test(who_sleeps_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
