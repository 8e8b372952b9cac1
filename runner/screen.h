/* SPDX-License-Identifier: MIT */
/* Pictures: a grab of an X display, PNG files, comparison of two of them. */
#ifndef SCREEN_H
#define SCREEN_H

#include <stddef.h>
#include <stdint.h>

/* 8-bit RGB, rows without padding. */
struct picture {
	uint32_t width, height; /* pixels */
	uint8_t *rgb; /* width * height * 3 bytes */
};

/**
 * screen_grab() - read the largest window of an X display
 * @display: name of the display, such as ":1"
 * @picture: filled on success; free with picture_clear()
 *
 * Returns 0, -ENOENT if there is no window yet, or another negative errno.
 */
int screen_grab(const char *display, struct picture *picture);

/**
 * screen_grab_root() - read a whole X display, windows and all
 * @display: name of the display; NULL: the one of $DISPLAY
 * @picture: filled on success; free with picture_clear()
 *
 * Returns 0 or a negative errno.
 */
int screen_grab_root(const char *display, struct picture *picture);

/**
 * picture_save() - write a PNG file
 * Returns 0 or a negative errno; no half-written file is left.
 */
int picture_save(const struct picture *picture, const char *path);

/**
 * picture_load() - read a PNG file of any kind as 8-bit RGB
 * Returns 0 or a negative errno (-EINVAL: not a PNG).
 */
int picture_load(struct picture *picture, const char *path);

void picture_clear(struct picture *picture);

/**
 * picture_differing() - count pixels that differ
 * @a, @b: pictures of the same size
 *
 * Returns the number of differing pixels, SIZE_MAX if the sizes differ.
 */
size_t picture_differing(const struct picture *a, const struct picture *b);

#endif
