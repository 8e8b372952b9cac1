/* SPDX-License-Identifier: MIT */
/* What a line of a guest's kernel log says about the driver. */
#ifndef KLOG_H
#define KLOG_H

#include <stdbool.h>

#define KLOG_DEBUG 7 /* the level of what nobody need see */

enum klog {
	KLOG_NOTHING,
	/* A wait for a vblank ended without one. A timer of DRM's stands in for
	 * virtio-gpu's vblanks: where the machine stood still it comes late, with any
	 * driver (findings.md). */
	KLOG_LATE,
	KLOG_ERROR, /* the driver's word, of a level that an administrator reads */
	KLOG_SPLAT,
};

/* Whether a log, or a line of one, says that a driver which is not the kernel's own is in
 * it. */
bool klog_out_of_tree(const char *text);

/**
 * klog_line() - judge one line
 * @line: as the kernel wrote it, without level and time or with
 * @level: 0 to 7; above 4 only splats count
 */
enum klog klog_line(const char *line, int level);

/* Which lines are said while a test of IGT runs, whose judge reads them as well. */
struct klog_igt {
	bool runs;
};

/**
 * klog_line_outside() - judge one line, errors that IGT judges left out
 * @igt: zero before the first line
 */
enum klog klog_line_outside(struct klog_igt *igt, const char *line, int level);

/**
 * klog_excused() - whether the machine was held up enough for so many late vblanks
 * @starved: seconds that it waited for processors (vmhost starved)
 *
 * A driver whose vblanks never come is late once a second, whatever the load.
 */
bool klog_excused(unsigned int late, double starved);

#endif
