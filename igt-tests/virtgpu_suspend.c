// SPDX-License-Identifier: MIT
#include <linux/sync_file.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <png.h>
#include <xf86drm.h>

#include "virtgpu_helper.h"

/**
 * TEST: virtgpu suspend
 * Category: Core
 * Description: What is left of buffers and contexts after a suspend to RAM
 *
 * SUBTEST: scanout
 * Description: A dumb buffer that was on the screen is there again, untouched
 *
 * SUBTEST: transfer
 * Description: A resource of before takes and returns pixels after it
 *
 * SUBTEST: exported
 * Description: The same for a buffer that another device has too
 *
 * SUBTEST: submit
 * Description: A context of before takes command buffers, and their fences signal
 */

IGT_TEST_DESCRIPTION("Test virtio-gpu across a suspend to RAM.");

#define WIDTH 801u
#define HEIGHT 37u
#define STRIDE (WIDTH * 4)

static int fd = -1;

/* Every driver suspends and resumes; the machine itself stays on, for 5 s. */
static void suspend(void)
{
	igt_system_suspend_autoresume(SUSPEND_STATE_MEM, SUSPEND_TEST_DEVICES);
}

static uint32_t pixel(uint32_t x, uint32_t y)
{
	return 0xff000000u | ((x * 2654435761u ^ y * 40503u) & 0xffffff);
}

static void fill(uint8_t *map, uint32_t width, uint32_t height, uint32_t stride)
{
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++) {
			uint32_t value = pixel(x, y);

			memcpy(map + (size_t)y * stride + x * 4, &value, 4);
		}
}

static void check(const uint8_t *map, uint32_t width, uint32_t height, uint32_t stride)
{
	size_t wrong = 0;

	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++) {
			uint32_t value = pixel(x, y);

			wrong += !!memcmp(map + (size_t)y * stride + x * 4, &value, 4);
		}
	igt_assert_f(!wrong, "%zu of %u pixels are wrong\n", wrong, width * height);
}

/* Counts the pixels in which the host's screen is not the pattern. */
static void check_screen(const char *name, uint32_t width, uint32_t height)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	char command[64], path[4096];
	uint8_t *map;

	snprintf(command, sizeof(command), "vmhost screenshot %s", name);
	igt_assert_eq(system(command), 0);
	snprintf(path, sizeof(path), "%s/%s.png", getenv("PRIME_DIR"), name);
	igt_assert_f(png_image_begin_read_from_file(&image, path), "%s: %s\n", path,
		     image.message);
	igt_assert_eq(image.width, width);
	igt_assert_eq(image.height, height);
	image.format = PNG_FORMAT_BGRA;
	map = malloc(PNG_IMAGE_SIZE(image));
	igt_assert(map && png_image_finish_read(&image, NULL, map, 0, NULL));
	check(map, width, height, width * 4);
	free(map);
}

static void test_scanout(void)
{
	struct virtgpu_screen screen = virtgpu_screen_create(fd);

	fill(screen.map, screen.width, screen.height, screen.stride);
	igt_assert_eq(virtgpu_screen_flush(&screen), 0);
	check_screen("suspend-before", screen.width, screen.height);
	suspend();
	check_screen("suspend-after", screen.width, screen.height);
	virtgpu_screen_destroy(&screen);
}

static struct virtgpu_resource create(void)
{
	struct virtgpu_resource resource = virtgpu_resource_create(
		fd, VIRGL_FORMAT_B8G8R8A8_UNORM, 4, WIDTH, HEIGHT, STRIDE * HEIGHT);
	struct virtgpu_transfer whole = virtgpu_whole(&resource, 0);

	fill(resource.map, WIDTH, HEIGHT, STRIDE);
	igt_assert_eq(virtgpu_to_host(fd, resource.handle, &whole), 0);
	virtgpu_wait(&resource);
	return resource;
}

/* Pages survive; the host gets them again, and where it can, gives them back. */
static void check_transfers(const struct virtgpu_resource *resource)
{
	struct virtgpu_transfer whole = virtgpu_whole(resource, 0);

	check(resource->map, WIDTH, HEIGHT, STRIDE);
	igt_assert_eq(virtgpu_to_host(fd, resource->handle, &whole), 0);
	virtgpu_wait(resource);
	if (!virtgpu_has_3d(fd))
		return;
	memset(resource->map, 0, resource->size);
	igt_assert_eq(virtgpu_from_host(fd, resource->handle, &whole), 0);
	virtgpu_wait(resource);
	check(resource->map, WIDTH, HEIGHT, STRIDE);
}

static void test_transfer(void)
{
	struct virtgpu_resource resource = create();

	suspend();
	check_transfers(&resource);
	virtgpu_resource_destroy(&resource);
}

static void test_exported(void)
{
	struct virtgpu_resource resource = create();
	int vgem = drm_open_driver(DRIVER_VGEM), dmabuf = virtgpu_export(&resource);
	uint32_t handle;

	igt_assert_eq(drmPrimeFDToHandle(vgem, dmabuf, &handle), 0);
	suspend();
	check_transfers(&resource);
	gem_close(vgem, handle);
	close(dmabuf);
	drm_close_driver(vgem);
	virtgpu_resource_destroy(&resource);
}

/* An empty command buffer. Returns 0 if its fence signals without an error. */
static int submit(void)
{
	uint32_t nop = 0;
	struct drm_virtgpu_execbuffer exec = {
		.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT,
		.command = (uintptr_t)&nop,
		.size = sizeof(nop),
		.fence_fd = -1,
	};
	struct sync_file_info info = {0};
	struct pollfd signaled = {.events = POLLIN};

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec);
	signaled.fd = exec.fence_fd;
	igt_assert_eq(poll(&signaled, 1, 10000), 1);
	do_ioctl(exec.fence_fd, SYNC_IOC_FILE_INFO, &info);
	close(exec.fence_fd);
	return info.status == 1 ? 0 : info.status;
}

static void test_submit(void)
{
	igt_assert_eq(submit(), 0);
	suspend();
	igt_assert_eq(submit(), 0);
}

int igt_main()
{
	igt_fixture ()
		fd = drm_open_driver(DRIVER_VIRTIO);

	igt_describe("A dumb buffer that was on the screen is there again, untouched.");
	igt_subtest ("scanout")
		test_scanout();

	igt_describe("A resource of before takes and returns pixels after it.");
	igt_subtest ("transfer")
		test_transfer();

	igt_describe("The same for a buffer that another device has too.");
	igt_subtest ("exported")
		test_exported();

	igt_describe("A context of before takes command buffers, their fences signal.");
	igt_subtest ("submit") {
		igt_require_f(virtgpu_has_3d(fd), "the device has no 3D\n");
		test_submit();
	}

	igt_fixture ()
		drm_close_driver(fd);
}
