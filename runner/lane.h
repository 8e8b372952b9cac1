/* SPDX-License-Identifier: MIT */
/*
 * A lane: how a machine is started, read from runner/lanes/NAME.lane. A file with like=
 * in a group [lane] names another, and says what is different.
 */
#ifndef LANE_H
#define LANE_H

#include <glib.h>

/* The axes that the make variables of the same name choose. */
struct lane_axes {
	const char *qemu; /* stock or patched */
	const char *gpu; /* gl, 2d or none */
	const char *blob; /* on or off */
	const char *accel; /* kvm or tcg */
};

struct lane {
	GKeyFile *file;
	char *path;
};

/**
 * lane_open() - read a lane file
 * @path: file to read
 * @error: where to store what is wrong with it
 *
 * Returns the lane, to be freed with lane_free(), or NULL with @error set.
 */
struct lane *lane_open(const char *path, GError **error);
void lane_free(struct lane *lane);

/**
 * lane_argv() - the command line of QEMU for a point on the axes
 * @lane: the lane
 * @axes: the point; a value that the lane does not know is an error
 * @error: where to store what is wrong
 *
 * Returns the arguments without the ones that the runner adds (kernel, shares,
 * ports), the program first, the devices= of [common] last, or NULL with @error set.
 */
GPtrArray *lane_argv(const struct lane *lane, const struct lane_axes *axes,
		     GError **error);

/**
 * lane_common() - what all machines of the lane have in common
 * @key: "append", what the lane adds to the kernel's command line; "hypervisor", the
 *       file that boots instead of the kernel and starts that, and
 *       "hypervisor-append", its own command line; "bus", "pci" if the machine has
 *       no PCI express
 *
 * Returns the text, to be freed, or NULL for nothing.
 */
char *lane_common(const struct lane *lane, const char *key);

/**
 * lane_needs_display() - whether the GPU axis wants an X display
 *
 * Returns TRUE if the lane sets xvfb=true for this value of GPU.
 */
gboolean lane_needs_display(const struct lane *lane, const struct lane_axes *axes);

/**
 * lane_outer() - what the lane says of the machine that its own one runs in
 * @key: "lane", the file of that machine; "prepare", the shell command that makes
 *       it a host; "tries", how often to boot until the inner guest is up
 *
 * Returns the text, to be freed, or NULL if the lane runs on this machine.
 */
char *lane_outer(const struct lane *lane, const char *key);

/**
 * lane_seconds() - a time limit of the lane
 * @key: "boot" or "shutdown"; "boot-QEMU" in the lane is for that QEMU alone
 *
 * Returns seconds, already multiplied by the lane's factor for TCG.
 */
unsigned int lane_seconds(const struct lane *lane, const struct lane_axes *axes,
			  const char *key);

#endif
