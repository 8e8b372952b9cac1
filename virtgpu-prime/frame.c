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
#include <drm/virtgpu_drm.h>
#include <linux/dma-buf.h>
#include <xf86drm.h>

#include "frame.h"
#include "virgl.h"

static int call(int fd, unsigned long request, void *argument)
{
	return drmIoctl(fd, request, argument) ? -errno : 0;
}

static int allocate(struct prime_frame *frame)
{
	struct drm_virtgpu_resource_create create = {
		.target = VIRGL_TARGET_2D,
		.format = VIRGL_FORMAT_B8G8R8X8_UNORM,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW |
			VIRGL_BIND_SCANOUT,
		.width = frame->width,
		.height = frame->height,
		.depth = 1,
		.array_size = 1,
		.flags = VIRGL_RESOURCE_Y_0_TOP,
		.size = (uint32_t)frame->size,
	};
	int ret = call(frame->display, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create);

	frame->handle = ret ? 0 : create.bo_handle;
	return ret;
}

static int map(struct prime_frame *frame)
{
	struct drm_virtgpu_map args = {.handle = frame->handle};
	int ret = call(frame->display, DRM_IOCTL_VIRTGPU_MAP, &args);
	void *pages;

	if (ret)
		return ret;
	pages = mmap(NULL, frame->size, PROT_READ | PROT_WRITE, MAP_SHARED,
		     frame->display, (off_t)args.offset);
	if (pages == MAP_FAILED)
		return -errno;
	frame->pages = pages;
	return 0;
}

static int export(struct prime_frame *frame)
{
	void *shared;

	if (drmPrimeHandleToFD(frame->display, frame->handle, DRM_CLOEXEC | DRM_RDWR,
			       &frame->dmabuf)) {
		frame->dmabuf = -1;
		return -errno;
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

	frame->display = display;
	frame->width = width;
	frame->height = height;
	frame->pitch = pitch;
	if ((uint64_t)pitch * height > INT32_MAX)
		return -EOVERFLOW;
	frame->size = (size_t)pitch * height;
	ret = allocate(frame);
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
		munmap(frame->pages, frame->size);
	if (frame->dmabuf >= 0)
		close(frame->dmabuf);
	close_handle(frame->other, frame->other_handle);
	close_handle(frame->display, frame->handle);
	*frame = (struct prime_frame)PRIME_FRAME_NONE;
}

uint32_t prime_frame_pixel(uint32_t x, uint32_t y, uint32_t seed)
{
	uint32_t bar = ((x + seed * 16) / 64) & 7;
	uint32_t colour =
		(bar & 1 ? 0xff : 0) | (bar & 2 ? 0xff00 : 0) | (bar & 4 ? 0xff0000 : 0);

	return (colour ^ (x * 7 + y * 0x1300 + seed * 0x50000)) & 0xffffff;
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

static int wait_for_host(struct prime_frame *frame)
{
	struct drm_virtgpu_3d_wait wait = {.handle = frame->handle};

	return call(frame->display, DRM_IOCTL_VIRTGPU_WAIT, &wait);
}

/* A stride that is tight anyway is one that any driver takes: none. */
static int transfer(struct prime_frame *frame, unsigned long request)
{
	struct drm_virtgpu_3d_transfer_to_host args = {
		.bo_handle = frame->handle,
		.box = {.w = frame->width, .h = frame->height, .d = 1},
		.stride = frame->pitch == frame->width * 4 ? 0 : frame->pitch,
	};
	int ret = call(frame->display, request, &args);

	return ret ? ret : wait_for_host(frame);
}

int prime_frame_upload(struct prime_frame *frame)
{
	return transfer(frame, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST);
}

int prime_frame_fetch(struct prime_frame *frame)
{
	_Static_assert(sizeof(struct drm_virtgpu_3d_transfer_from_host) ==
			       sizeof(struct drm_virtgpu_3d_transfer_to_host),
		       "one struct serves both directions");

	return transfer(frame, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST);
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
