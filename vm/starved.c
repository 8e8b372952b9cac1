// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "starved.h"

#define AT_MOST 0.98 /* of the time between two samples */

void starved_init(struct starved *starved)
{
	*starved = (struct starved){
		.sampled = g_get_monotonic_time(),
		.waited = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL,
						g_free),
	};
}

void starved_clear(struct starved *starved)
{
	g_clear_pointer(&starved->waited, g_hash_table_unref);
}

/* Returns what a thread has waited since the last sample, in seconds; 0 for a new one. */
static double waited(struct starved *starved, const char *pid, const char *thread)
{
	g_autofree char *path =
		g_strdup_printf("/proc/%s/task/%s/schedstat", pid, thread);
	g_autofree char *text = NULL;
	gpointer key = GINT_TO_POINTER(atoi(thread));
	guint64 *before, now;

	if (!g_file_get_contents(path, &text, NULL, NULL) ||
	    sscanf(text, "%*u %" G_GUINT64_FORMAT, &now) != 1)
		return 0;
	before = g_hash_table_lookup(starved->waited, key);
	if (!before) {
		g_hash_table_insert(starved->waited, key, g_memdup2(&now, sizeof(now)));
		return 0;
	}
	now -= MIN(now, *before);
	*before += now;
	return (double)now / 1e9;
}

static double all_waits(struct starved *starved, pid_t pid)
{
	g_autofree char *number = g_strdup_printf("%d", (int)pid);
	g_autofree char *path = g_build_filename("/proc", number, "task", NULL);
	g_autoptr(GDir) threads = pid ? g_dir_open(path, 0, NULL) : NULL;
	const char *thread;
	double sum = 0;

	while (threads && (thread = g_dir_read_name(threads)))
		sum += waited(starved, number, thread);
	return sum;
}

/* Seconds that a hypervisor took of one processor since the last sample. */
static double stolen(struct starved *starved)
{
	g_autofree char *text = NULL;
	guint64 now, before = starved->stolen;

	if (!g_file_get_contents("/proc/stat", &text, NULL, NULL) ||
	    sscanf(text, "cpu %*u %*u %*u %*u %*u %*u %*u %" G_GUINT64_FORMAT, &now) != 1)
		return 0;
	starved->stolen = now;
	return before ? (double)(now - before) / (double)(sysconf(_SC_CLK_TCK) *
							  sysconf(_SC_NPROCESSORS_ONLN))
		      : 0;
}

void starved_sample(struct starved *starved, pid_t pid)
{
	gint64 now = g_get_monotonic_time();
	double most = (double)(now - starved->sampled) / 1e6 * AT_MOST;
	double found = all_waits(starved, pid) + stolen(starved);

	starved->sampled = now;
	starved->seconds += MIN(found, most);
}
