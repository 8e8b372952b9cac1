/* SPDX-License-Identifier: MIT */
/*
 * A frame as PRIME render offload has it: allocated by virtio-gpu with the pitch
 * that other GPUs want, shared as a dma-buf, and copied by the host. Functions
 * return 0 or a negative error number.
 */
#ifndef PRIME_FRAME_H
#define PRIME_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct virtgpu_bo;

/* Status of a helper that draws: there is no driver to draw with. */
#define PRIME_NO_DRIVER 3

struct prime_frame {
	struct virtgpu_bo *bo; /* of libdrm_virtgpu */
	int other; /* file of the other GPU */
	uint32_t width, height, pitch;
	size_t size;
	uint32_t handle, other_handle; /* of the buffer, in each */
	int dmabuf;
	uint8_t *pages; /* mapped by virtio-gpu */
	uint8_t *shared; /* mapped from the dma-buf, as the other GPU has it */
};

/* What a frame has to be before anything else is done with it. */
#define PRIME_FRAME_NONE {.other = -1, .dmabuf = -1}

/**
 * prime_frame_create() - have virtio-gpu allocate a frame, and export it
 * @frame: the frame; destroy it whether this succeeds or not
 * @display: file of virtio-gpu, the caller's
 * @width: pixels
 * @height: pixels
 * @pitch: bytes between rows
 */
int prime_frame_create(struct prime_frame *frame, int display, uint32_t width,
		       uint32_t height, uint32_t pitch);

/* Have the other GPU import the frame. Its file stays the caller's. */
int prime_frame_share(struct prime_frame *frame, int other);

void prime_frame_destroy(struct prime_frame *frame);

/* The colour of a pixel of picture number @seed */
uint32_t prime_frame_pixel(uint32_t x, uint32_t y, uint32_t seed);

/* Draw a picture into the dma-buf. */
int prime_frame_draw(struct prime_frame *frame, uint32_t seed);

/* How many pixels are those of the picture. */
uint64_t prime_frame_compare(const struct prime_frame *frame, uint32_t seed);

/* Have the host copy the frame, or write its copy back; and wait for it. */
int prime_frame_upload(struct prime_frame *frame);
int prime_frame_fetch(struct prime_frame *frame);

/**
 * prime_frame_draw_later() - draw in another thread, behind a fence
 * @frame: the frame; the other GPU has to be vgem
 * @seed: which picture
 * @milliseconds: to wait before it is drawn
 * @upload: the return value of prime_frame_upload(), which is called meanwhile
 */
int prime_frame_draw_later(struct prime_frame *frame, uint32_t seed,
			   unsigned int milliseconds, int *upload);

/* Tell "mesa DIRECTORY": where the library that this process has loaded is. */
void prime_print_mesa(const char *library);

#endif
