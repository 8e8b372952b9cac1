/* SPDX-License-Identifier: MIT */
/* The animated scene of the demo, drawn by software EGL into a dma-buf. */
#ifndef SCENE_H
#define SCENE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * scene_open() - import a linear XRGB8888 dma-buf as the render target
 * @dmabuf: file descriptor; stays the caller's
 * @width, @height: pixels
 * @pitch: bytes from row to row
 *
 * Returns false, with a line on stderr, if EGL does not do it.
 */
bool scene_open(int dmabuf, uint32_t width, uint32_t height, uint32_t pitch);

/* The GL renderer's name for itself. */
const char *scene_renderer(void);

/**
 * scene_draw() - draw one frame and wait until it is in the buffer
 * @phase: position in the animation, 0 to 1
 *
 * May be called by one thread at a time, any thread.
 */
void scene_draw(float phase);

#endif
