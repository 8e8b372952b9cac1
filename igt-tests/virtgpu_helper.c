// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <png.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "drm_fourcc.h"
#include "virtgpu_helper.h"

#define TRACING "/sys/kernel/tracing/"

int virtgpu_getparam(int fd, uint64_t param)
{
	int value = 0;
	struct drm_virtgpu_getparam get = {.param = param, .value = (uintptr_t)&value};

	return igt_ioctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &get) ? -errno : value;
}

bool virtgpu_has_3d(int fd)
{
	return virtgpu_getparam(fd, VIRTGPU_PARAM_3D_FEATURES) == 1;
}

struct virtgpu_resource virtgpu_resource_create(int fd, uint32_t format, uint32_t cpp,
						uint32_t width, uint32_t height,
						uint32_t size)
{
	struct drm_virtgpu_resource_create create = {
		.target = VIRGL_TARGET_2D,
		.format = format,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW,
		.width = width,
		.height = height,
		.depth = 1,
		.array_size = 1,
		.size = size,
	};
	struct drm_virtgpu_map map = {0};
	struct virtgpu_resource resource = {
		.fd = fd,
		.format = format,
		.cpp = cpp,
		.width = width,
		.height = height,
		.size = (size + 4095u) & ~4095u,
	};

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create);
	resource.handle = map.handle = create.bo_handle;
	do_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &map);
	resource.map = mmap(NULL, resource.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			    (off_t)map.offset);
	igt_assert(resource.map != MAP_FAILED);
	return resource;
}

void virtgpu_resource_destroy(struct virtgpu_resource *resource)
{
	munmap(resource->map, resource->size);
	gem_close(resource->fd, resource->handle);
	resource->map = NULL;
}

int virtgpu_to_host(int fd, uint32_t handle, const struct virtgpu_transfer *transfer)
{
	struct drm_virtgpu_3d_transfer_to_host args = {
		.bo_handle = handle,
		.box = transfer->box,
		.level = transfer->level,
		.offset = transfer->offset,
		.stride = transfer->stride,
		.layer_stride = transfer->layer_stride,
	};

	return ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &args) ? -errno : 0;
}

int virtgpu_from_host(int fd, uint32_t handle, const struct virtgpu_transfer *transfer)
{
	struct drm_virtgpu_3d_transfer_from_host args = {
		.bo_handle = handle,
		.box = transfer->box,
		.level = transfer->level,
		.offset = transfer->offset,
		.stride = transfer->stride,
		.layer_stride = transfer->layer_stride,
	};

	return ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &args) ? -errno : 0;
}

void virtgpu_wait(const struct virtgpu_resource *resource)
{
	struct drm_virtgpu_3d_wait wait = {.handle = resource->handle};
	int ret = igt_ioctl(resource->fd, DRM_IOCTL_VIRTGPU_WAIT, &wait) ? -errno : 0;

	/* The driver gives up after 15 s, which a busy host may take for a shader. */
	if (ret == -EBUSY) {
		struct virtgpu_limit limit = virtgpu_limit(45);

		do
			ret = igt_ioctl(resource->fd, DRM_IOCTL_VIRTGPU_WAIT, &wait)
				      ? -errno
				      : 0;
		while (ret == -EBUSY && !virtgpu_limit_over(&limit));
	}
	igt_assert_eq(ret, 0);
}

struct virtgpu_transfer virtgpu_whole(const struct virtgpu_resource *resource,
				      uint32_t stride)
{
	return (struct virtgpu_transfer){
		.box = {.w = resource->width, .h = resource->height, .d = 1},
		.stride = stride,
	};
}

int virtgpu_export(const struct virtgpu_resource *resource)
{
	int dmabuf = -1;

	igt_assert_eq(drmPrimeHandleToFD(resource->fd, resource->handle,
					 DRM_CLOEXEC | DRM_RDWR, &dmabuf),
		      0);
	return dmabuf;
}

static drmModeConnectorPtr find_connector(int fd, const drmModeRes *resources)
{
	for (int i = 0; i < resources->count_connectors; i++) {
		drmModeConnectorPtr connector =
			drmModeGetConnector(fd, resources->connectors[i]);

		if (connector && connector->connection == DRM_MODE_CONNECTED &&
		    connector->count_modes)
			return connector;
		drmModeFreeConnector(connector);
	}
	return NULL;
}

static struct virtgpu_screen create_framebuffer(int fd, uint32_t width, uint32_t height)
{
	struct drm_mode_create_dumb dumb = {.width = width, .height = height, .bpp = 32};
	struct drm_mode_map_dumb where = {0};
	struct virtgpu_screen screen = {.fd = fd, .width = width, .height = height};

	do_ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb);
	screen.handle = where.handle = dumb.handle;
	screen.stride = dumb.pitch;
	screen.size = dumb.size;
	do_ioctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &where);
	screen.map = mmap(NULL, screen.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  (off_t)where.offset);
	igt_assert(screen.map != MAP_FAILED);
	igt_assert_eq(drmModeAddFB(fd, width, height, 24, 32, dumb.pitch, dumb.handle,
				   &screen.framebuffer),
		      0);
	return screen;
}

/* A mode of any size: nobody measures the time that its lines take. */
static drmModeModeInfo make_mode(uint32_t width, uint32_t height)
{
	drmModeModeInfo mode = {.vrefresh = 60, .type = DRM_MODE_TYPE_USERDEF};

	mode.hdisplay = (uint16_t)width;
	mode.hsync_start = (uint16_t)(width + 8);
	mode.hsync_end = (uint16_t)(width + 16);
	mode.htotal = (uint16_t)(width + 32);
	mode.vdisplay = (uint16_t)height;
	mode.vsync_start = (uint16_t)(height + 2);
	mode.vsync_end = (uint16_t)(height + 4);
	mode.vtotal = (uint16_t)(height + 8);
	mode.clock = (uint32_t)mode.htotal * mode.vtotal * mode.vrefresh / 1000;
	return mode;
}

void virtgpu_screen_show(struct virtgpu_screen *screen)
{
	drmModeResPtr resources = drmModeGetResources(screen->fd);

	igt_assert(resources);
	igt_assert_eq(drmModeSetCrtc(screen->fd, resources->crtcs[0], screen->framebuffer,
				     0, 0, &screen->connector, 1, &screen->mode),
		      0);
	drmModeFreeResources(resources);
}

struct virtgpu_screen virtgpu_screen_create_sized(int fd, uint32_t width, uint32_t height)
{
	drmModeResPtr resources = drmModeGetResources(fd);
	drmModeConnectorPtr connector = resources ? find_connector(fd, resources) : NULL;
	struct virtgpu_screen screen;
	drmModeModeInfo mode;

	igt_assert_f(connector, "no screen is connected\n");
	mode = width ? make_mode(width, height) : connector->modes[0];
	screen = create_framebuffer(fd, mode.hdisplay, mode.vdisplay);
	screen.connector = connector->connector_id;
	screen.mode = mode;
	virtgpu_screen_show(&screen);
	drmModeFreeConnector(connector);
	drmModeFreeResources(resources);
	return screen;
}

uint32_t virtgpu_host_pitch(int fd, uint32_t width, uint32_t height)
{
	struct drm_virtgpu_resource_query_layout layout = {
		.target = VIRGL_TARGET_2D,
		.width = width,
		.height = height,
		.format = VIRGL_FORMAT_B8G8R8X8_UNORM,
		.bind = VIRGL_BIND_SAMPLER_VIEW | VIRGL_BIND_LINEAR,
	};

	/* for what is only described virgl has hints, if anything, of its own */
	if (!virtgpu_has_3d(fd) ||
	    igt_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_QUERY_LAYOUT, &layout) ||
	    layout.layout_flags != VIRTGPU_LAYOUT_EXACT)
		return 0;
	igt_assert(layout.modifier == DRM_FORMAT_MOD_LINEAR);
	igt_assert_eq(layout.num_planes, 1);
	igt_assert(layout.planes[0].offset == 0);
	igt_assert(layout.planes[0].stride >= width * 4);
	igt_info("%ux%u: stride %u\n", width, height, layout.planes[0].stride);
	return layout.planes[0].stride;
}

uint32_t virtgpu_host_create(int fd, size_t size)
{
	struct drm_virtgpu_resource_create_blob blob = {
		.blob_mem = VIRTGPU_BLOB_MEM_HOST3D,
		.blob_flags =
			VIRTGPU_BLOB_FLAG_USE_MAPPABLE | VIRTGPU_BLOB_FLAG_USE_SHAREABLE,
		.size = (size + 4095) & ~4095ul,
	};

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &blob);
	return blob.bo_handle;
}

struct virtgpu_screen virtgpu_screen_create(int fd)
{
	return virtgpu_screen_create_sized(fd, 0, 0);
}

void virtgpu_screen_destroy(struct virtgpu_screen *screen)
{
	munmap(screen->map, screen->size);
	drmModeRmFB(screen->fd, screen->framebuffer);
	gem_close(screen->fd, screen->handle);
	screen->map = NULL;
}

int virtgpu_screen_flush(const struct virtgpu_screen *screen)
{
	drmModeClip whole = {.x2 = (uint16_t)screen->width,
			     .y2 = (uint16_t)screen->height};

	return drmModeDirtyFB(screen->fd, screen->framebuffer, &whole, 1);
}

uint32_t *virtgpu_screenshot(const char *name, uint32_t *width, uint32_t *height)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	const char *dir = getenv("PRIME_DIR");
	char command[96], path[4096];
	uint32_t *pixels;

	igt_require_f(dir, "the host takes no screenshots\n");
	snprintf(command, sizeof(command), "vmhost screenshot %s", name);
	igt_assert_eq(system(command), 0);
	snprintf(path, sizeof(path), "%s/%s.png", dir, name);
	igt_assert_f(png_image_begin_read_from_file(&image, path), "%s: %s\n", path,
		     image.message);
	image.format = PNG_FORMAT_BGRA;
	pixels = malloc(PNG_IMAGE_SIZE(image));
	igt_assert(pixels && png_image_finish_read(&image, NULL, pixels, 0, NULL));
	*width = image.width;
	*height = image.height;
	return pixels;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Seconds so far in which others had the host's processors. */
static double starved(void)
{
	FILE *file = popen("vmhost starved 2>/dev/null", "r");
	double seconds = 0;

	if (!file || fscanf(file, "%lf", &seconds) != 1)
		seconds = 0;
	if (file)
		pclose(file);
	return seconds;
}

struct virtgpu_limit virtgpu_limit(double seconds)
{
	return (struct virtgpu_limit){
		.seconds = seconds, .starved = starved(), .start = now()};
}

bool virtgpu_limit_over(const struct virtgpu_limit *limit)
{
	double passed = now() - limit->start;

	return passed >= limit->seconds &&
	       passed - (starved() - limit->starved) >= limit->seconds;
}

bool virtgpu_readable(int fd, double seconds)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	struct virtgpu_limit limit;
	int got = poll(&ready, 1, 0);

	if (got == 1)
		return true;
	limit = virtgpu_limit(seconds);
	do
		got = poll(&ready, 1, 1000);
	while (got != 1 && !virtgpu_limit_over(&limit));
	return got == 1;
}

static void write_tracing(const char *name, const char *text)
{
	char path[128];
	int file;

	snprintf(path, sizeof(path), TRACING "%s", name);
	file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	igt_assert_f(file >= 0, "%s: %m\n", path);
	igt_assert_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
	close(file);
}

static unsigned int counted(void)
{
	FILE *file = fopen(TRACING "trace", "re");
	unsigned int count = 0;
	char line[512];

	igt_assert(file);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, "virtio_gpu_cmd_queue:") != NULL;
	fclose(file);
	return count;
}

void virtgpu_count_transfers(void)
{
	/* not in a file of the test: what that imports would be for its context */
	int fd = drm_open_driver(DRIVER_VIRTIO);
	struct virtgpu_resource one;
	struct virtgpu_transfer whole;

	write_tracing("events/virtio_gpu/virtio_gpu_cmd_queue/filter",
		      "type == 0x105 || type == 0x205"); /* TRANSFER_TO_HOST_2D, _3D */
	write_tracing("trace", "");
	write_tracing("events/virtio_gpu/virtio_gpu_cmd_queue/enable", "1");
	/* whoever finds none later has to know that there would be one */
	one = virtgpu_resource_create(fd, VIRGL_FORMAT_B8G8R8A8_UNORM, 4, 1, 1, 4096);
	whole = virtgpu_whole(&one, 0);
	igt_assert_eq(virtgpu_to_host(fd, one.handle, &whole), 0);
	virtgpu_wait(&one);
	igt_assert(counted() >= 1);
	virtgpu_resource_destroy(&one);
	write_tracing("trace", "");
}

unsigned int virtgpu_transfers(void)
{
	unsigned int count = counted();

	write_tracing("events/virtio_gpu/virtio_gpu_cmd_queue/enable", "0");
	return count;
}
