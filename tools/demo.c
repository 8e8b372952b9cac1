// SPDX-License-Identifier: MIT
/*
 * demo: what PRIME render offload comes down to, in one program.
 *
 * virtio-gpu allocates a linear buffer with the 256-byte pitch that other GPUs
 * want and exports it. A second device imports it: vgem, which stands for the
 * GPU that is passed through and provides the fences, and software EGL, which
 * draws for it. For each frame virtio-gpu is told to update the host while the
 * other side still draws: the driver has to wait for the fence, and to take the
 * stride. The screen shows the host's copy.
 *
 * Leaves DIR/expected.png, the last frame as the guest's buffer holds it, for
 * the comparison with a screenshot. Exit status: 0 shown, 1 failed.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <drm/drm_fourcc.h>
#include <drm/vgem_drm.h>
#include <drm/virtgpu_drm.h>
#include <png.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "device.h"
#include "scene.h"
#include "virgl.h"

#define WIDTH 1366u
#define HEIGHT 768u
#define PITCH ((WIDTH * 4 + 255) & ~255u)
#define FRAMES 12

static struct {
	int display, other; /* virtio-gpu and vgem */
	uint32_t handle, other_handle; /* of the buffer, on each */
	int dmabuf;
	uint8_t *map;
	uint32_t framebuffer, crtc;
	uint32_t fence; /* of the drawing in progress, vgem's number */
	unsigned int frame; /* that is being drawn */
} demo = {.display = -1, .other = -1};

static void allocate_buffer(void)
{
	struct drm_virtgpu_resource_create create = {
		.target = VIRGL_TARGET_2D,
		.format = VIRGL_FORMAT_B8G8R8X8_UNORM,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW |
			VIRGL_BIND_SCANOUT,
		.width = WIDTH,
		.height = HEIGHT,
		.depth = 1,
		.array_size = 1,
		.flags = VIRGL_RESOURCE_Y_0_TOP,
		.size = PITCH * HEIGHT,
	};
	struct drm_virtgpu_map map = {0};
	int strides = 0;
	struct drm_virtgpu_getparam get = {
		.param = VIRTGPU_PARAM_TRANSFER_STRIDE,
		.value = (uintptr_t)&strides,
	};

	if (drmIoctl(demo.display, DRM_IOCTL_VIRTGPU_GETPARAM, &get) || !strides)
		errx(1,
		     "this driver takes no strides in transfers (VIRTGPU_PARAM_TRANSFER_STRIDE)");
	call(demo.display, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create, "RESOURCE_CREATE");
	demo.handle = map.handle = create.bo_handle;
	call(demo.display, DRM_IOCTL_VIRTGPU_MAP, &map, "MAP");
	demo.map = mmap(NULL, PITCH * HEIGHT, PROT_READ, MAP_SHARED, demo.display,
			(off_t)map.offset);
	if (demo.map == MAP_FAILED)
		errx(1, "mmap: %s", strerror(errno));
	printf("buffer   %ux%u of virtio-gpu, pitch %u (tight: %u)\n", WIDTH, HEIGHT,
	       PITCH, WIDTH * 4);
}

static void hand_over(void)
{
	if (drmPrimeHandleToFD(demo.display, demo.handle, DRM_CLOEXEC | DRM_RDWR,
			       &demo.dmabuf) ||
	    drmPrimeFDToHandle(demo.other, demo.dmabuf, &demo.other_handle))
		errx(1, "export to the second device: %s", strerror(errno));
	if (!scene_open(demo.dmabuf, WIDTH, HEIGHT, PITCH))
		errx(1, "software EGL does not import the dma-buf");
	printf("dma-buf  imported by vgem, drawn to by %s\n", scene_renderer());
}

static drmModeConnectorPtr find_connector(drmModeResPtr resources)
{
	for (int i = 0; i < resources->count_connectors; i++) {
		drmModeConnectorPtr connector =
			drmModeGetConnector(demo.display, resources->connectors[i]);

		if (connector && connector->connection == DRM_MODE_CONNECTED)
			return connector;
		drmModeFreeConnector(connector);
	}
	errx(1, "no screen is connected");
}

static void light_screen(void)
{
	uint32_t handles[4] = {demo.handle}, pitches[4] = {PITCH}, offsets[4] = {0};
	drmModeResPtr resources = drmModeGetResources(demo.display);
	drmModeConnectorPtr connector;
	drmModeModeInfoPtr mode = NULL;

	if (!resources || resources->count_crtcs < 1)
		errx(1, "virtio-gpu drives no screen");
	connector = find_connector(resources);
	for (int i = 0; i < connector->count_modes; i++)
		if (connector->modes[i].hdisplay == WIDTH &&
		    connector->modes[i].vdisplay == HEIGHT)
			mode = &connector->modes[i];
	if (!mode)
		errx(1, "the screen has no mode of %ux%u", WIDTH, HEIGHT);
	demo.crtc = resources->crtcs[0];
	if (drmModeAddFB2(demo.display, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, handles,
			  pitches, offsets, &demo.framebuffer, 0) ||
	    drmModeSetCrtc(demo.display, demo.crtc, demo.framebuffer, 0, 0,
			   &connector->connector_id, 1, mode))
		errx(1, "mode setting: %s", strerror(errno));
	printf("screen   %s\n", mode->name);
	drmModeFreeConnector(connector);
	drmModeFreeResources(resources);
}

/* The second device: draw, then signal the fence that it attached before. */
static void *draw(void *unused)
{
	struct drm_vgem_fence_signal done = {.fence = demo.fence};

	(void)unused;
	scene_draw((float)demo.frame / FRAMES);
	call(demo.other, DRM_IOCTL_VGEM_FENCE_SIGNAL, &done, "FENCE_SIGNAL");
	return NULL;
}

static void show_frame(void)
{
	struct drm_vgem_fence_attach attach = {
		.handle = demo.other_handle,
		.flags = VGEM_FENCE_WRITE,
	};
	struct drm_virtgpu_3d_transfer_to_host transfer = {
		.bo_handle = demo.handle,
		.box = {.w = WIDTH, .h = HEIGHT, .d = 1},
		.stride = PITCH,
	};
	struct drm_virtgpu_3d_wait wait = {.handle = demo.handle};
	drmModeClip whole = {.x2 = WIDTH, .y2 = HEIGHT};
	pthread_t thread;

	call(demo.other, DRM_IOCTL_VGEM_FENCE_ATTACH, &attach, "FENCE_ATTACH");
	demo.fence = attach.out_fence;
	if (pthread_create(&thread, NULL, draw, NULL))
		errx(1, "no thread");
	/* not told when drawing ends: that is the fence's business */
	call(demo.display, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &transfer,
	     "TRANSFER_TO_HOST");
	pthread_join(thread, NULL);
	if (drmModeDirtyFB(demo.display, demo.framebuffer, &whole, 1))
		errx(1, "DIRTYFB: %s", strerror(errno));
	call(demo.display, DRM_IOCTL_VIRTGPU_WAIT, &wait, "WAIT");
}

static void save_expected(const char *dir)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = WIDTH,
		.height = HEIGHT,
		.format = PNG_FORMAT_RGB,
	};
	uint8_t *rgb = malloc(WIDTH * HEIGHT * 3), *to = rgb;
	char path[4096];

	snprintf(path, sizeof(path), "%s/expected.png", dir);
	for (uint32_t y = 0; rgb && y < HEIGHT; y++)
		for (uint32_t x = 0; x < WIDTH; x++, to += 3) {
			const uint8_t *bgrx = demo.map + y * PITCH + x * 4;

			to[0] = bgrx[2];
			to[1] = bgrx[1];
			to[2] = bgrx[0];
		}
	if (!rgb || !png_image_write_to_file(&image, path, 0, rgb, 0, NULL))
		errx(1, "%s: %s", path, image.message);
	free(rgb);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double start;

	if (argc != 2) {
		fprintf(stderr, "usage: demo DIR\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	demo.display = open_device("card", 0, "virtio_gpu");
	demo.other = open_device("card", 0, "vgem");
	allocate_buffer();
	hand_over();
	light_screen();
	start = seconds();
	for (demo.frame = 1; demo.frame <= FRAMES; demo.frame++)
		show_frame();
	printf("frames   %d, %.1f a second\n", FRAMES, FRAMES / (seconds() - start));
	save_expected(argv[1]);
	if (system("vmhost screenshot frame"))
		errx(1, "no screenshot");
	return 0;
}
