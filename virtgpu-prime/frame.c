// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <drm/vgem_drm.h>
#include <linux/dma-buf.h>
#include <virtgpu.h>
#include <xf86drm.h>

#include "frame.h"
#include "virgl.h"

static int call(int fd, unsigned long request, void *argument)
{
	return drmIoctl(fd, request, argument) ? -errno : 0;
}

static int allocate(struct prime_frame *frame, int display)
{
	const struct virtgpu_bo_params params = {
		.target = VIRGL_TARGET_2D,
		.format = VIRGL_FORMAT_B8G8R8X8_UNORM,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW |
			VIRGL_BIND_SCANOUT,
		.width = frame->width,
		.height = frame->height,
		.flags = VIRGL_RESOURCE_Y_0_TOP,
		.stride = frame->pitch,
		.size = (uint32_t)frame->size,
	};
	struct virtgpu_device *device;
	struct virtgpu_bo_info info;
	int ret = virtgpu_device_open_fd(display, &device);

	if (ret)
		return ret;
	ret = virtgpu_bo_create(device, &params, &frame->bo);
	virtgpu_device_unref(device); /* the buffer has it */
	if (ret) {
		frame->bo = NULL;
		return ret;
	}
	virtgpu_bo_get_info(frame->bo, &info);
	frame->handle = info.handle;
	return 0;
}

static int map(struct prime_frame *frame)
{
	void *pages;
	int ret = virtgpu_bo_map(frame->bo, &pages);

	if (!ret)
		frame->pages = pages;
	return ret;
}

static int export(struct prime_frame *frame)
{
	void *shared;
	int ret = virtgpu_bo_export(frame->bo, &frame->dmabuf);

	if (ret) {
		frame->dmabuf = -1;
		return ret;
	}
	shared = mmap(NULL, frame->size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      frame->dmabuf, 0);
	if (shared == MAP_FAILED)
		return -errno;
	frame->shared = shared;
	return 0;
}

int prime_frame_create(struct prime_frame *frame, int display, uint32_t width,
		       uint32_t height, uint32_t pitch)
{
	int ret;

	frame->width = width;
	frame->height = height;
	frame->pitch = pitch;
	if ((uint64_t)pitch * height > INT32_MAX)
		return -EOVERFLOW;
	frame->size = (size_t)pitch * height;
	ret = allocate(frame, display);
	if (!ret)
		ret = map(frame);
	return ret ? ret : export(frame);
}

int prime_frame_share(struct prime_frame *frame, int other)
{
	uint32_t handle;

	if (drmPrimeFDToHandle(other, frame->dmabuf, &handle))
		return -errno;
	frame->other = other;
	frame->other_handle = handle;
	return 0;
}

static void close_handle(int fd, uint32_t handle)
{
	struct drm_gem_close args = {.handle = handle};

	if (handle)
		call(fd, DRM_IOCTL_GEM_CLOSE, &args);
}

void prime_frame_destroy(struct prime_frame *frame)
{
	if (frame->shared)
		munmap(frame->shared, frame->size);
	if (frame->pages)
		virtgpu_bo_unmap(frame->bo);
	if (frame->dmabuf >= 0)
		close(frame->dmabuf);
	close_handle(frame->other, frame->other_handle);
	if (frame->bo)
		virtgpu_bo_unref(frame->bo);
	*frame = (struct prime_frame)PRIME_FRAME_NONE;
}

/* What others read is only there when the access is over. */
static int sync_dmabuf(struct prime_frame *frame, uint64_t flags)
{
	struct dma_buf_sync args = {.flags = flags | DMA_BUF_SYNC_RW};

	return call(frame->dmabuf, DMA_BUF_IOCTL_SYNC, &args);
}

static void draw(struct prime_frame *frame, uint32_t seed)
{
	for (uint32_t y = 0; y < frame->height; y++) {
		uint32_t *row =
			(uint32_t *)(void *)(frame->shared + (size_t)y * frame->pitch);

		for (uint32_t x = 0; x < frame->width; x++)
			row[x] = prime_frame_pixel(x, y, seed);
	}
}

int prime_frame_draw(struct prime_frame *frame, uint32_t seed)
{
	int ret = sync_dmabuf(frame, DMA_BUF_SYNC_START);

	if (ret)
		return ret;
	draw(frame, seed);
	return sync_dmabuf(frame, DMA_BUF_SYNC_END);
}

uint64_t prime_frame_compare(const struct prime_frame *frame, uint32_t seed)
{
	uint64_t right = 0;

	for (uint32_t y = 0; y < frame->height; y++)
		for (uint32_t x = 0; x < frame->width; x++) {
			uint32_t pixel;

			memcpy(&pixel,
			       frame->pages + (size_t)y * frame->pitch + (size_t)x * 4,
			       sizeof(pixel));
			right += (pixel & 0xffffff) == prime_frame_pixel(x, y, seed);
		}
	return right;
}

int prime_frame_upload(struct prime_frame *frame)
{
	int ret = virtgpu_bo_transfer_to_host(frame->bo, NULL, NULL);

	return ret ? ret : virtgpu_bo_wait(frame->bo, -1);
}

int prime_frame_fetch(struct prime_frame *frame)
{
	int ret = virtgpu_bo_transfer_from_host(frame->bo, NULL, NULL);

	return ret ? ret : virtgpu_bo_wait(frame->bo, -1);
}

struct later {
	struct prime_frame *frame;
	uint32_t seed, fence;
	unsigned int milliseconds;
};

/* The other GPU. Not with the dma-buf's sync, which would wait for the fence. */
static void *draw_thread(void *data)
{
	struct later *later = data;
	struct drm_vgem_fence_signal done = {.fence = later->fence};
	struct timespec pause = {
		.tv_sec = later->milliseconds / 1000,
		.tv_nsec = (long)(later->milliseconds % 1000) * 1000000,
	};

	while (nanosleep(&pause, &pause) && errno == EINTR)
		continue;
	draw(later->frame, later->seed);
	call(later->frame->other, DRM_IOCTL_VGEM_FENCE_SIGNAL, &done);
	return NULL;
}

int prime_frame_draw_later(struct prime_frame *frame, uint32_t seed,
			   unsigned int milliseconds, int *upload)
{
	struct drm_vgem_fence_attach attach = {
		.handle = frame->other_handle,
		.flags = VGEM_FENCE_WRITE,
	};
	struct later later = {
		.frame = frame,
		.seed = seed,
		.milliseconds = milliseconds,
	};
	pthread_t thread;
	int ret = call(frame->other, DRM_IOCTL_VGEM_FENCE_ATTACH, &attach);

	if (ret)
		return ret;
	later.fence = attach.out_fence;
	ret = -pthread_create(&thread, NULL, draw_thread, &later);
	if (ret) {
		draw_thread(&later); /* or the fence is there for ten seconds */
		return ret;
	}
	*upload = prime_frame_upload(frame);
	pthread_join(thread, NULL);
	return 0;
}
