/* SPDX-License-Identifier: MIT */
/* What the tests of virtio-gpu share: resources, transfers, dma-bufs. */
#ifndef VIRTGPU_HELPER_H
#define VIRTGPU_HELPER_H

#include <sys/ioctl.h>

#include <xf86drmMode.h>

#include "igt.h"
#include "virtgpu_drm.h"

/* From the virgl protocol: enum virgl_formats, pipe targets and bindings. */
#define VIRGL_FORMAT_B8G8R8A8_UNORM 1
#define VIRGL_FORMAT_B8G8R8X8_UNORM 2
#define VIRGL_FORMAT_B5G6R5_UNORM 7
#define VIRGL_FORMAT_R16G16B16A16_FLOAT 94
#define VIRGL_TARGET_2D 2
#define VIRGL_BIND_RENDER_TARGET (1 << 1)
#define VIRGL_BIND_SAMPLER_VIEW (1 << 3)
#define VIRGL_BIND_LINEAR (1 << 22)

/* A classic resource with its guest pages mapped. */
struct virtgpu_resource {
	int fd; /* of virtio-gpu */
	uint32_t handle, format, cpp; /* bytes per pixel */
	uint32_t width, height; /* pixels */
	size_t size; /* bytes of the guest pages */
	uint8_t *map;
};

/* A strided transfer: everything that the ioctls take beside the handle. */
struct virtgpu_transfer {
	struct drm_virtgpu_3d_box box;
	uint32_t level, offset, stride, layer_stride;
};

/* Returns the value of a parameter, or a negative errno. */
int virtgpu_getparam(int fd, uint64_t param);
bool virtgpu_has_3d(int fd);

/**
 * virtgpu_resource_create - create and map a 2D resource
 * @fd: device
 * @format: virgl format
 * @cpp: its bytes per pixel
 * @size: bytes of guest pages; rounded up to pages by the driver
 *
 * Fails the test on error. Free with virtgpu_resource_destroy().
 */
struct virtgpu_resource virtgpu_resource_create(int fd, uint32_t format, uint32_t cpp,
						uint32_t width, uint32_t height,
						uint32_t size);
void virtgpu_resource_destroy(struct virtgpu_resource *resource);

/* The transfer ioctls, once: a signal ends them. Return 0 or a negative errno. */
int virtgpu_to_host(int fd, uint32_t handle, const struct virtgpu_transfer *transfer);
int virtgpu_from_host(int fd, uint32_t handle, const struct virtgpu_transfer *transfer);

/* Waits until the host is done with the resource. */
void virtgpu_wait(const struct virtgpu_resource *resource);

/* The whole of a resource with rows @stride bytes apart (0: tight). */
struct virtgpu_transfer virtgpu_whole(const struct virtgpu_resource *resource,
				      uint32_t stride);

/* Returns a dma-buf of a resource. */
int virtgpu_export(const struct virtgpu_resource *resource);

/*
 * The pitch that the host's GPU has for rows of 4 bytes a pixel, which it promises, or 0
 * if the host makes no linear buffers.
 */
uint32_t virtgpu_host_pitch(int fd, uint32_t width, uint32_t height);
/* Such a buffer, a blob of the host's memory. Returns its handle; fails the test on
 * error. */
uint32_t virtgpu_host_create(int fd, size_t size);

/* A dumb buffer as large as the screen, on the screen. */
struct virtgpu_screen {
	int fd; /* of virtio-gpu */
	uint32_t handle, framebuffer;
	uint32_t width, height, stride;
	size_t size; /* bytes */
	uint8_t *map;
	uint32_t connector;
	drmModeModeInfo mode;
};

/* Fails the test on error. The caller has to be the device's master. */
struct virtgpu_screen virtgpu_screen_create(int fd);
/* The same of any size, which need not be one that the screen asks for. */
struct virtgpu_screen virtgpu_screen_create_sized(int fd, uint32_t width,
						  uint32_t height);
/* Puts the framebuffer on the screen, after it was changed for another. */
void virtgpu_screen_show(struct virtgpu_screen *screen);
void virtgpu_screen_destroy(struct virtgpu_screen *screen);

/**
 * virtgpu_screenshot - what the host shows
 * @name: of the picture that is left with the results
 * @width, @height: where to store the size in pixels
 *
 * Fails the test on error. Returns the pixels as B, G, R and an A that means
 * nothing, row by row; to be freed with free().
 */
uint32_t *virtgpu_screenshot(const char *name, uint32_t *width, uint32_t *height);

/* Has the host show what is in the buffer. Returns 0 or a negative errno. */
int virtgpu_screen_flush(const struct virtgpu_screen *screen);

/*
 * A limit of time in which this machine could run: what it stood in line for the host's
 * processors does not count, so that a busy host breaks no test. Elsewhere, where there
 * is no vmhost to ask, it is one of time alone.
 */
struct virtgpu_limit {
	double seconds, start, starved;
};
struct virtgpu_limit virtgpu_limit(double seconds);
bool virtgpu_limit_over(const struct virtgpu_limit *limit);

/* Whether a descriptor has something to read, or a fence has signaled, within such a
 * limit. */
bool virtgpu_readable(int fd, double seconds);

/*
 * Counts the transfers to the host that the driver queues from now on; the second
 * function ends that and returns their number. Fail the test on error, and if one
 * that the first function makes itself is not counted.
 */
void virtgpu_count_transfers(void);
unsigned int virtgpu_transfers(void);

#endif
