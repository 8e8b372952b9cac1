// SPDX-License-Identifier: MIT
#include "klog.h"

#include <stddef.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define WARNING 4

static bool has_one(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

bool klog_out_of_tree(const char *text)
{
	static const char *const notes[] = {
		"loading out-of-tree module taints kernel",
		"module verification failed: signature and/or required key missing",
	};

	return has_one(text, notes, ARRAY_SIZE(notes));
}

static bool is_splat(const char *line)
{
	static const char *const words[] = {
		"WARNING:",	  "BUG:",	"Oops",
		"KASAN:",	  "UBSAN:",	"refcount_t:",
		"INFO: possible", "INFO: task", "kmemleak: unref",
	};

	return has_one(line, words, ARRAY_SIZE(words));
}

/* Both where DRM itself waits. The words before ("vblank wait timed out") have no word of
 * is_splat(). */
static bool is_late(const char *line)
{
	return strstr(line, "WARNING:") &&
	       ((strstr(line, " drivers/gpu/drm/drm_atomic_helper.c:") &&
		 strstr(line, " drm_atomic_helper_wait_for_vblanks")) ||
		(strstr(line, " drivers/gpu/drm/drm_vblank.c:") &&
		 strstr(line, " drm_crtc_wait_one_vblank")));
}

/* What follows a splat names each module, and is no complaint of its own; nor is what DRM
 * says of late vblanks. */
static bool of_splat(const char *line)
{
	static const char *const words[] = {
		"Modules linked in:",
		" [virtio_gpu]",
		" [virtio_gpu(",
		"vblank wait timed out",
	};

	return !strstr(line, "*ERROR*") && has_one(line, words, ARRAY_SIZE(words));
}

enum klog klog_line(const char *line, int level)
{
	static const char *const ours[] = {"virtio_gpu", "virtio-gpu", "[drm] *ERROR*"};

	if (is_late(line))
		return KLOG_LATE;
	if (is_splat(line))
		return KLOG_SPLAT;
	if (level > WARNING || klog_out_of_tree(line) || of_splat(line))
		return KLOG_NOTHING;
	return has_one(line, ours, ARRAY_SIZE(ours)) ? KLOG_ERROR : KLOG_NOTHING;
}

enum klog klog_line_outside(struct klog_igt *igt, const char *line, int level)
{
	enum klog klog = klog_line(line, level);
	const char *test = strstr(line, "[IGT] ");

	if (test && strstr(test, ": executing"))
		igt->runs = true;
	if (test && strstr(test, ": exiting"))
		igt->runs = false;
	return klog == KLOG_ERROR && igt->runs ? KLOG_NOTHING : klog;
}

bool klog_excused(unsigned int late, double starved)
{
	return late * 10 <= starved;
}
