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
		.threads = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL,
						 g_free),
	};
}

void starved_clear(struct starved *starved)
{
	g_clear_pointer(&starved->threads, g_hash_table_unref);
}

/* What a thread, or all of them, did since the last sample; nothing if it is new. */
struct times {
	guint64 ran, waited; /* ns */
};

static struct times times_of(struct starved *starved, const char *pid, const char *thread)
{
	g_autofree char *path =
		g_strdup_printf("/proc/%s/task/%s/schedstat", pid, thread);
	g_autofree char *text = NULL;
	gpointer key = GINT_TO_POINTER(atoi(thread));
	struct times *before, now, since;

	if (!g_file_get_contents(path, &text, NULL, NULL) ||
	    sscanf(text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &now.ran,
		   &now.waited) != 2)
		return (struct times){0};
	before = g_hash_table_lookup(starved->threads, key);
	if (!before) {
		g_hash_table_insert(starved->threads, key, g_memdup2(&now, sizeof(now)));
		return (struct times){0};
	}
	since.ran = now.ran - MIN(now.ran, before->ran);
	since.waited = now.waited - MIN(now.waited, before->waited);
	*before = now;
	return since;
}

static struct times all_times(struct starved *starved, pid_t pid)
{
	g_autofree char *number = g_strdup_printf("%d", (int)pid);
	g_autofree char *path = g_build_filename("/proc", number, "task", NULL);
	g_autoptr(GDir) threads = pid ? g_dir_open(path, 0, NULL) : NULL;
	struct times sum = {0};
	const char *thread;

	while (threads && (thread = g_dir_read_name(threads))) {
		struct times one = times_of(starved, number, thread);

		sum.ran += one.ran;
		sum.waited += one.waited;
	}
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
	double passed = (double)(now - starved->sampled) / 1e6;
	struct times all = all_times(starved, pid);
	double wanted = (double)(all.ran + all.waited);
	double part = wanted > 0 ? passed * (double)all.waited / wanted : 0;
	double found = MIN((double)all.waited / 1e9, part) + stolen(starved);

	starved->sampled = now;
	starved->seconds += MIN(found, passed * AT_MOST);
}
