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
	GHashTable
		*waited; /* thread -> ns that it had waited for a processor until then */
};

void starved_init(struct starved *starved);
void starved_clear(struct starved *starved);

/**
 * starved_sample() - add what the process has waited for since the last sample
 * @pid: the process; 0 if there is none at the moment
 *
 * Its threads wait for each other, so that what one waited for a processor the others
 * slept: the sum of all counts, but for a fiftieth of the time. So what hangs and burns
 * processors on a busy machine comes to an end, too. Without CONFIG_SCHED_INFO the kernel
 * tells no waits, and nothing but stolen time is added.
 */
void starved_sample(struct starved *starved, pid_t pid);

#endif
