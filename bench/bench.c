// SPDX-License-Identifier: MIT
/*
 * bench: what the patches cost, as ratios of times of one run.
 *
 * Prints a line for each. Exit status: 0 no ratio is beyond its limit, 1 one is
 * (or something failed), 2 usage. Times themselves say nothing under emulation
 * and are not judged.
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <drm/virtgpu_drm.h>
#include <xf86drm.h>

#include "../guest/device.h"
#include "../virtgpu-prime/virgl.h"
#include "bench.h"
#include "ratio.h"

#define ROUNDS 200

int get_parameter(int fd, uint64_t parameter)
{
	int value = 0;
	struct drm_virtgpu_getparam get = {.param = parameter,
					   .value = (uintptr_t)&value};

	return drmIoctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &get) ? 0 : value;
}

uint32_t create_resource(int fd, uint32_t width, uint32_t height, uint32_t size)
{
	struct drm_virtgpu_resource_create create = {
		.target = VIRGL_TARGET_2D,
		.format = VIRGL_FORMAT_B8G8R8X8_UNORM,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW,
		.width = width,
		.height = height,
		.depth = 1,
		.array_size = 1,
		.size = size,
	};

	call(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create, "RESOURCE_CREATE");
	return create.bo_handle;
}

void close_resource(int fd, uint32_t handle)
{
	drmCloseBufferHandle(fd, handle);
}

/* Prints what came of it. Returns whether the ratio is not beyond its limit. */
static bool report(const char *what, const struct ratio *ratio, double limit)
{
	static const char *const word[] = {
		[RATIO_HOLDS] = "holds",
		[RATIO_OPEN] = "open",
		[RATIO_BROKEN] = "BROKEN",
	};
	enum ratio_verdict verdict = ratio_judge(ratio, limit);

	printf("%s: ratio %.3f (quartiles %.3f, %.3f), median within %.3f to %.3f, limit %.2f %s\n",
	       what, ratio->median, ratio->low_quartile, ratio->high_quartile,
	       ratio->at_least, ratio->at_most, limit, word[verdict]);
	return verdict != RATIO_BROKEN;
}

/* A resource, sent to the host whole. */
struct sending {
	int fd;
	uint32_t handle, width, height, stride;
};

/* Each transfer is complete before the next. */
static void send_with(const struct sending *sending, uint32_t stride)
{
	struct drm_virtgpu_3d_transfer_to_host transfer = {
		.bo_handle = sending->handle,
		.box = {.w = sending->width, .h = sending->height, .d = 1},
		.stride = stride,
	};
	struct drm_virtgpu_3d_wait wait = {.handle = sending->handle};

	call(sending->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &transfer,
	     "TRANSFER_TO_HOST");
	call(sending->fd, DRM_IOCTL_VIRTGPU_WAIT, &wait, "WAIT");
}

static void send_tight(void *data)
{
	send_with(data, 0);
}

static void send_strided(void *data)
{
	const struct sending *sending = data;

	send_with(sending, sending->stride);
}

static bool compare_strides(int fd, uint32_t width, uint32_t height, uint32_t stride)
{
	struct sending sending = {.fd = fd,
				  .width = width,
				  .height = height,
				  .stride = stride,
				  .handle = create_resource(fd, width, height,
							    stride * height)};
	struct ratio ratio = ratio_measure(send_tight, send_strided, &sending, ROUNDS);
	char what[96];

	close_resource(fd, sending.handle);
	snprintf(what, sizeof(what), "transfer  %ux%u, stride %u against %u", width,
		 height, stride, width * 4);
	return report(what, &ratio, 1.05);
}

/* Without 3D transfers have no strides. */
static bool compare_all_strides(int fd)
{
	bool good;

	if (!get_parameter(fd, VIRTGPU_PARAM_3D_FEATURES)) {
		puts("transfer  no strides without 3D");
		return true;
	}
	if (!get_parameter(fd, VIRTGPU_PARAM_TRANSFER_STRIDE)) {
		puts("transfer  this driver takes no strides (VIRTGPU_PARAM_TRANSFER_STRIDE)");
		return false;
	}
	good = compare_strides(fd, 1366, 768, 5632);
	good &= compare_strides(fd, 1920, 1080, 7936);
	return good;
}

int main(int argc, char **argv)
{
	bool good;
	int fd;

	(void)argv;
	if (argc != 1) {
		fprintf(stderr, "usage: bench\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = open_device("renderD", 128, "virtio_gpu");
	good = compare_all_strides(fd);
	count_entries(fd);
	fragment_memory();
	count_entries(fd);
	close(fd);
	return !good;
}
