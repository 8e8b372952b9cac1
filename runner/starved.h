/* SPDX-License-Identifier: MIT */
/* How long a process could have run and did not get a processor. */
#ifndef STARVED_H
#define STARVED_H

#include <glib.h>
#include <sys/types.h>

struct starved {
	double seconds; /* in all samples so far */
	gint64 sampled; /* time of the last one, of g_get_monotonic_time() */
	guint64 stolen; /* ticks that a hypervisor below this machine took until then */
	GHashTable *threads; /* thread -> what it had run and waited until then */
};

void starved_init(struct starved *starved);
void starved_clear(struct starved *starved);

/**
 * starved_sample() - add what the process has waited for since the last sample
 * @pid: the process; 0 if there is none at the moment
 *
 * Its threads wait for each other, so that what one waited for a processor the others
 * slept: what all waited is taken, but of the time no larger part than they waited of
 * what they wanted to run, as four threads on one processor are slowed down by four, and
 * not for ever; and a fiftieth of the time always counts. So what hangs and burns
 * processors on a busy machine comes to an end, too. Without CONFIG_SCHED_INFO the kernel
 * tells no waits, and nothing but stolen time is added.
 */
void starved_sample(struct starved *starved, pid_t pid);

#endif
