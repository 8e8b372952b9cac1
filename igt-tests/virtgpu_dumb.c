// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#include "drm_fourcc.h"
#include "virtgpu_helper.h"

/**
 * TEST: virtgpu dumb
 * Category: Display
 * Description: Dumb buffers that another GPU can render into, on the screen
 *
 * SUBTEST: pitch
 * Description: Rows are 256 bytes apart, or a multiple, where the host can do it
 *
 * SUBTEST: pixels
 * Description: What is in the buffer is shown, at widths with and without padding
 *
 * SUBTEST: damage
 * Description: A part of the buffer is uploaded to where it belongs
 *
 * SUBTEST: imported
 * Description: What another device writes to the buffer, with its pitch, is shown
 *
 * SUBTEST: linear
 * Description: A framebuffer can be called linear, and nothing else
 *
 * SUBTEST: overflow
 * Description: Sizes that padding makes too large are refused
 */

IGT_TEST_DESCRIPTION("Test dumb buffers of virtio-gpu that other devices share.");

/* What users of other GPUs have as their screens; the height is the least. */
static const uint32_t widths[] = {1024, 1366, 1440, 1680, 3440};
#define N_WIDTHS (sizeof(widths) / sizeof(widths[0]))
#define HEIGHT 96u

#define CAPSETS_VIRGL 6 /* bits 1 and 2 */

static int fd = -1;

static bool pads_rows(void)
{
	return virtgpu_has_3d(fd)
		       ? virtgpu_getparam(fd, VIRTGPU_PARAM_SUPPORTED_CAPSET_IDs) &
				 CAPSETS_VIRGL
		       : virtgpu_getparam(fd, VIRTGPU_PARAM_RESOURCE_BLOB) == 1;
}

static uint32_t expected_pitch(uint32_t width)
{
	return pads_rows() ? (width * 4 + 255) & ~255u : width * 4;
}

static uint32_t pixel(uint32_t x, uint32_t y, uint32_t seed)
{
	return 0xff000000u |
	       ((x * 2654435761u ^ y * 40503u ^ seed * 73856093u) & 0xffffff);
}

/* A part of a picture of @seed. */
static void fill(uint8_t *map, uint32_t stride, const drmModeClip *part, uint32_t seed)
{
	for (uint32_t y = part->y1; y < part->y2; y++)
		for (uint32_t x = part->x1; x < part->x2; x++) {
			uint32_t value = pixel(x, y, seed);

			memcpy(map + (size_t)y * stride + x * 4, &value, 4);
		}
}

static bool is_in(const drmModeClip *part, uint32_t x, uint32_t y)
{
	return x >= part->x1 && x < part->x2 && y >= part->y1 && y < part->y2;
}

/* How many pixels of the screen don't have @seed, or @other in a part of it. */
static uint32_t count_wrong(const struct virtgpu_screen *screen, uint32_t seed,
			    const drmModeClip *part, uint32_t other)
{
	uint32_t width, height, wrong = 0;
	uint32_t *pixels = virtgpu_screenshot("dumb", &width, &height);

	igt_assert_eq(width, screen->width);
	igt_assert_eq(height, screen->height);
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++) {
			uint32_t now = is_in(part, x, y) ? other : seed;

			wrong += (pixels[y * width + x] ^ pixel(x, y, now)) << 8 != 0;
		}
	free(pixels);
	return wrong;
}

/* The host shows in its own time what it has been sent. */
static void check_screen(const struct virtgpu_screen *screen, uint32_t seed,
			 const drmModeClip *part, uint32_t other)
{
	struct virtgpu_limit limit = virtgpu_limit(5);
	uint32_t wrong = count_wrong(screen, seed, part, other);

	while (wrong && !virtgpu_limit_over(&limit)) {
		usleep(100000);
		wrong = count_wrong(screen, seed, part, other);
	}
	igt_assert_f(!wrong, "%u of %u pixels are wrong at a width of %u\n", wrong,
		     screen->width * screen->height, screen->width);
}

static drmModeClip whole(const struct virtgpu_screen *screen)
{
	return (drmModeClip){.x2 = (uint16_t)screen->width,
			     .y2 = (uint16_t)screen->height};
}

static const drmModeClip nothing;

/*
 * Shows a picture before it is there, so that it is the flush that brings it. A
 * window of the host that changes its size loses some of them (findings.md).
 */
static struct virtgpu_screen show(uint32_t width, uint32_t seed)
{
	struct virtgpu_screen screen = virtgpu_screen_create_sized(fd, width, HEIGHT);
	struct virtgpu_limit limit = virtgpu_limit(10);
	drmModeClip all = whole(&screen);

	fill(screen.map, screen.stride, &all, seed);
	do {
		igt_assert_eq(virtgpu_screen_flush(&screen), 0);
		usleep(200000);
	} while (count_wrong(&screen, seed, &nothing, 0) && !virtgpu_limit_over(&limit));
	check_screen(&screen, seed, &nothing, 0);
	return screen;
}

static void test_pitch(void)
{
	for (size_t i = 0; i < N_WIDTHS; i++) {
		struct drm_mode_create_dumb dumb = {
			.width = widths[i], .height = HEIGHT, .bpp = 32};

		do_ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb);
		igt_assert_eq(dumb.pitch, expected_pitch(widths[i]));
		igt_assert(dumb.size >= (uint64_t)dumb.pitch * HEIGHT);
		gem_close(fd, dumb.handle);
	}
}

static void test_pixels(void)
{
	for (size_t i = 0; i < N_WIDTHS; i++) {
		struct virtgpu_screen screen = show(widths[i], (uint32_t)i);

		virtgpu_screen_destroy(&screen);
	}
}

static void test_damage(void)
{
	struct virtgpu_screen screen = show(1366, 1);
	drmModeClip part = {.x1 = 701, .y1 = 31, .x2 = 1301, .y2 = 77};
	drmModeClip all = whole(&screen);

	/* all of it is another picture, but only a part is flushed */
	fill(screen.map, screen.stride, &all, 2);
	igt_assert_eq(drmModeDirtyFB(fd, screen.framebuffer, &part, 1), 0);
	check_screen(&screen, 1, &part, 2);
	virtgpu_screen_destroy(&screen);
}

static void import(uint32_t width)
{
	struct virtgpu_screen screen = show(width, 3);
	int vgem = drm_open_driver(DRIVER_VGEM), dmabuf, again;
	drmModeClip all = whole(&screen);
	uint32_t handle;
	uint8_t *map;

	igt_assert_eq(drmPrimeHandleToFD(fd, screen.handle, DRM_CLOEXEC | DRM_RDWR,
					 &dmabuf),
		      0);
	igt_assert_eq(drmPrimeFDToHandle(vgem, dmabuf, &handle), 0);
	close(dmabuf);
	igt_assert_eq(drmPrimeHandleToFD(vgem, handle, DRM_CLOEXEC | DRM_RDWR, &again),
		      0);
	map = mmap(NULL, screen.size, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0);
	igt_assert(map != MAP_FAILED);
	/* another GPU takes the pitch that it is given, if it can */
	igt_assert_eq(screen.stride % 256, 0);
	fill(map, screen.stride, &all, 4);
	igt_assert_eq(virtgpu_screen_flush(&screen), 0);
	check_screen(&screen, 4, &nothing, 0);
	munmap(map, screen.size);
	close(again);
	drm_close_driver(vgem);
	virtgpu_screen_destroy(&screen);
}

static void test_imported(void)
{
	for (size_t i = 0; i < N_WIDTHS; i++)
		import(widths[i]);
}

static int add_framebuffer(const struct virtgpu_screen *screen, uint64_t modifier,
			   uint32_t *framebuffer)
{
	uint32_t handles[4] = {screen->handle}, pitches[4] = {screen->stride};
	uint32_t offsets[4] = {0};
	uint64_t modifiers[4] = {modifier};

	return drmModeAddFB2WithModifiers(fd, screen->width, screen->height,
					  DRM_FORMAT_XRGB8888, handles, pitches, offsets,
					  modifiers, framebuffer, DRM_MODE_FB_MODIFIERS);
}

static void test_linear(void)
{
	struct virtgpu_screen screen = show(1366, 5);
	drmModeClip all = whole(&screen);
	uint32_t linear, tiled, old = screen.framebuffer;
	uint64_t has = 0;

	igt_assert_eq(drmGetCap(fd, DRM_CAP_ADDFB2_MODIFIERS, &has), 0);
	igt_assert_eq(has, 1);
	igt_assert_eq(add_framebuffer(&screen, I915_FORMAT_MOD_X_TILED, &tiled), -EINVAL);
	igt_assert_eq(add_framebuffer(&screen, DRM_FORMAT_MOD_LINEAR, &linear), 0);
	fill(screen.map, screen.stride, &all, 6);
	screen.framebuffer = linear;
	virtgpu_screen_show(&screen);
	igt_assert_eq(virtgpu_screen_flush(&screen), 0);
	check_screen(&screen, 6, &nothing, 0);
	drmModeRmFB(fd, old);
	virtgpu_screen_destroy(&screen);
}

static void test_overflow(void)
{
	static const struct {
		uint32_t width, height;
	} sizes[] = {
		{UINT32_MAX / 4, 1}, {UINT32_MAX / 4 - 10, 1},	{1u << 29, 2},
		{1, UINT32_MAX / 4}, {65, UINT32_MAX / 65 / 4},
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct drm_mode_create_dumb dumb = {
			.width = sizes[i].width, .height = sizes[i].height, .bpp = 32};

		igt_assert(igt_ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb));
		igt_assert_f(errno == EINVAL || errno == ENOMEM, "%u x %u: %m\n",
			     dumb.width, dumb.height);
	}
}

int igt_main()
{
	igt_fixture ()
		fd = drm_open_driver(DRIVER_VIRTIO);

	igt_describe(
		"Rows are 256 bytes apart, or a multiple, where the host can do it.");
	igt_subtest ("pitch")
		test_pitch();

	igt_describe(
		"What is in the buffer is shown, at widths with padding and without.");
	igt_subtest ("pixels")
		test_pixels();

	igt_describe("A part of the buffer is uploaded to where it belongs.");
	igt_subtest ("damage")
		test_damage();

	igt_describe(
		"What another device writes to the buffer, with its pitch, is shown.");
	igt_subtest ("imported") {
		igt_require_f(pads_rows(), "the host takes rows for tight\n");
		test_imported();
	}

	igt_describe("A framebuffer can be called linear, and nothing else.");
	igt_subtest ("linear")
		test_linear();

	igt_describe("Sizes that padding makes too large are refused.");
	igt_subtest ("overflow")
		test_overflow();

	igt_fixture ()
		drm_close_driver(fd);
}
