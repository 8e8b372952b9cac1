// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

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
 * SUBTEST: exported
 * Description: What another device writes afterwards to a buffer of before is shown
 *
 * SUBTEST: resource
 * Description: Without 3D, a resource of before is one that the host still knows
 *
 * SUBTEST: context
 * Description: A 3D context is what it was: a device that loses it stays awake, one
 * that says that it keeps it sleeps
 *
 * SUBTEST: killed
 * Description: A client of 3D that was killed is in nobody's way
 *
 * SUBTEST: again
 * Description: 20 times in a row, with a client that goes on updating the screen
 */

IGT_TEST_DESCRIPTION("Test virtio-gpu across a suspend to RAM.");

#define WIDTH 801u
#define HEIGHT 37u
#define STRIDE (WIDTH * 4)

static int fd = -1;

static int write_file(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	igt_assert_f(file >= 0, "%s: %m\n", path);
	if (write(file, text, strlen(text)) < 0)
		ret = -errno;
	close(file);
	return ret;
}

/*
 * All drivers suspend and resume; the machine itself stays on, for a second.
 * Returns 0 or a negative errno.
 */
static int suspend(void)
{
	int ret;

	igt_assert_eq(write_file("/sys/module/suspend/parameters/pm_test_delay", "1"), 0);
	igt_assert_eq(write_file("/sys/power/pm_test", "devices"), 0);
	ret = write_file("/sys/power/state", "mem");
	igt_assert_eq(write_file("/sys/power/pm_test", "none"), 0);
	return ret;
}

static uint32_t pixel(uint32_t x, uint32_t y, uint32_t seed)
{
	return 0xff000000u |
	       ((x * 2654435761u ^ y * 40503u ^ seed * 73856093u) & 0xffffff);
}

static void fill(uint8_t *map, const struct virtgpu_screen *screen, uint32_t seed)
{
	for (uint32_t y = 0; y < screen->height; y++)
		for (uint32_t x = 0; x < screen->width; x++) {
			uint32_t value = pixel(x, y, seed);

			memcpy(map + (size_t)y * screen->stride + x * 4, &value, 4);
		}
}

static uint8_t *take_screenshot(const char *name, const struct virtgpu_screen *screen)
{
	uint32_t width, height, *pixels = virtgpu_screenshot(name, &width, &height);

	igt_assert_eq(width, screen->width);
	igt_assert_eq(height, screen->height);
	return (uint8_t *)pixels;
}

static size_t count_wrong(const char *name, const struct virtgpu_screen *screen,
			  uint32_t seed)
{
	uint8_t *map = take_screenshot(name, screen);
	size_t wrong = 0;

	for (uint32_t y = 0; y < screen->height; y++)
		for (uint32_t x = 0; x < screen->width; x++) {
			uint32_t value = pixel(x, y, seed);

			wrong += !!memcmp(map + ((size_t)y * screen->width + x) * 4,
					  &value, 4);
		}
	free(map);
	return wrong;
}

/* A window of the host's may still be about to show it. */
static void check_screen(const char *name, const struct virtgpu_screen *screen,
			 uint32_t seed)
{
	struct virtgpu_limit limit = virtgpu_limit(5);
	size_t wrong = count_wrong(name, screen, seed);

	while (wrong && !virtgpu_limit_over(&limit)) {
		usleep(100000);
		wrong = count_wrong(name, screen, seed);
	}
	igt_assert_f(!wrong, "%zu of %u pixels are wrong in %s\n", wrong,
		     screen->width * screen->height, name);
}

static struct virtgpu_screen show(uint32_t seed)
{
	struct virtgpu_screen screen = virtgpu_screen_create(fd);

	fill(screen.map, &screen, seed);
	igt_assert_eq(virtgpu_screen_flush(&screen), 0);
	check_screen("suspend-before", &screen, seed);
	return screen;
}

static void test_scanout(void)
{
	struct virtgpu_screen screen = show(1);

	igt_assert_eq(suspend(), 0);
	/* With GL the host's window is black up to the next flush (findings.md). */
	if (virtgpu_has_3d(fd))
		igt_assert_eq(virtgpu_screen_flush(&screen), 0);
	check_screen("suspend-after", &screen, 1);
	virtgpu_screen_destroy(&screen);
}

static void test_exported(void)
{
	struct virtgpu_screen screen = show(2);
	int vgem = drm_open_driver(DRIVER_VGEM), dmabuf, again;
	uint32_t handle;
	uint8_t *map;

	igt_assert_eq(drmPrimeHandleToFD(fd, screen.handle, DRM_CLOEXEC | DRM_RDWR,
					 &dmabuf),
		      0);
	igt_assert_eq(drmPrimeFDToHandle(vgem, dmabuf, &handle), 0);
	close(dmabuf);
	igt_assert_eq(suspend(), 0);
	igt_assert_eq(drmPrimeHandleToFD(vgem, handle, DRM_CLOEXEC | DRM_RDWR, &again),
		      0);
	map = mmap(NULL, screen.size, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0);
	igt_assert(map != MAP_FAILED);
	igt_assert(!memcmp(map, screen.map, screen.size));
	fill(map, &screen, 3);
	munmap(map, screen.size);
	igt_assert_eq(virtgpu_screen_flush(&screen), 0);
	check_screen("suspend-exported", &screen, 3);
	close(again);
	drm_close_driver(vgem);
	virtgpu_screen_destroy(&screen);
}

static struct virtgpu_resource create(void)
{
	struct virtgpu_resource resource = virtgpu_resource_create(
		fd, VIRGL_FORMAT_B8G8R8A8_UNORM, 4, WIDTH, HEIGHT, STRIDE * HEIGHT);
	struct virtgpu_transfer whole = virtgpu_whole(&resource, 0);

	memset(resource.map, 0x5a, STRIDE * HEIGHT);
	igt_assert_eq(virtgpu_to_host(fd, resource.handle, &whole), 0);
	virtgpu_wait(&resource);
	return resource;
}

/* A resource that the host does not know makes the driver complain in its log. */
static void test_resource(void)
{
	struct virtgpu_resource resource = create();
	struct virtgpu_transfer whole = virtgpu_whole(&resource, 0);

	igt_assert_eq(suspend(), 0);
	for (size_t i = 0; i < STRIDE * HEIGHT; i++)
		igt_assert_eq(resource.map[i], 0x5a);
	igt_assert_eq(virtgpu_to_host(fd, resource.handle, &whole), 0);
	virtgpu_wait(&resource);
	virtgpu_resource_destroy(&resource);
}

/* An empty command buffer, and a fence that signals without an error. */
static void submit(void)
{
	uint32_t nop = 0;
	struct drm_virtgpu_execbuffer exec = {
		.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT,
		.command = (uintptr_t)&nop,
		.size = sizeof(nop),
		.fence_fd = -1,
	};
	struct sync_file_info info = {0};

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec);
	igt_assert(virtgpu_readable(exec.fence_fd, 10));
	do_ioctl(exec.fence_fd, SYNC_IOC_FILE_INFO, &info);
	close(exec.fence_fd);
	igt_assert_eq(info.status, 1);
}

/* A PCI device that says so with No_Soft_Reset, in its capability of power management. */
static bool keeps_state(void)
{
	char path[64];
	uint8_t config[256] = {0};
	struct stat node;
	int file;

	igt_assert_eq(fstat(fd, &node), 0);
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/config",
		 major(node.st_rdev), minor(node.st_rdev));
	file = open(path, O_RDONLY | O_CLOEXEC);
	igt_assert_f(file >= 0, "%s: %m\n", path);
	igt_assert_eq(read(file, config, sizeof(config)), (ssize_t)sizeof(config));
	close(file);
	for (unsigned int at = config[0x34]; at >= 0x40 && at < 0xf8;
	     at = config[at + 1]) {
		if (config[at] == 1)
			return config[at + 4] & 8;
	}
	return false;
}

/*
 * Only a device that keeps its state may sleep. Both the driver and the PM core
 * report a refusal in the log.
 */
static void test_context(void)
{
	struct virtgpu_resource resource = create();
	struct virtgpu_transfer whole = virtgpu_whole(&resource, 0);
	int ret;

	igt_emit_ignore_dmesg_regex("can't suspend: 3D contexts|failed to suspend|"
				    "returns -16");
	submit();
	ret = suspend();
	igt_assert_f(!ret || (ret == -EBUSY && !keeps_state()), "%s\n", strerror(-ret));
	memset(resource.map, 0, resource.size);
	igt_assert_eq(virtgpu_from_host(fd, resource.handle, &whole), 0);
	virtgpu_wait(&resource);
	for (size_t i = 0; i < STRIDE * HEIGHT; i++)
		igt_assert_eq(resource.map[i], 0x5a);
	submit();
	virtgpu_resource_destroy(&resource);
}

/* A client that renders until it is killed, at the latest with the test. */
static pid_t start_client(void)
{
	int ready[2];
	pid_t pid;
	char byte;

	igt_assert_eq(pipe(ready), 0);
	pid = fork();
	igt_assert(pid >= 0);
	if (!pid) {
		int file = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
		uint32_t nop = 0;
		struct drm_virtgpu_execbuffer exec = {.command = (uintptr_t)&nop,
						      .size = sizeof(nop)};

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (bool first = true;; first = false) {
			if (igt_ioctl(file, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec))
				_exit(1);
			if (first && write(ready[1], "", 1) != 1)
				_exit(1);
			usleep(1000);
		}
	}
	close(ready[1]);
	igt_assert_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void test_killed(void)
{
	pid_t pid = start_client();

	igt_emit_ignore_dmesg_regex("can't suspend: 3D contexts|failed to suspend|"
				    "returns -16");
	if (keeps_state())
		igt_assert_eq(suspend(), 0);
	else
		igt_assert_eq(suspend(), -EBUSY);
	kill(pid, SIGKILL);
	igt_assert_eq(waitpid(pid, NULL, 0), pid);
	igt_assert_eq(suspend(), 0);
}

static atomic_bool stop;

static void *update_screen(void *data)
{
	const struct virtgpu_screen *screen = data;

	while (!stop) {
		int ret = virtgpu_screen_flush(screen);

		if (ret)
			return (void *)(intptr_t)ret;
		usleep(5000);
	}
	return NULL;
}

static void test_again(void)
{
	struct virtgpu_screen screen = show(4);
	pthread_t thread;
	void *result;

	stop = false;
	igt_assert_eq(pthread_create(&thread, NULL, update_screen, &screen), 0);
	for (int i = 0; i < 20; i++)
		igt_assert_eq(suspend(), 0);
	stop = true;
	pthread_join(thread, &result);
	igt_assert_eq((intptr_t)result, 0);
	fill(screen.map, &screen, 5);
	igt_assert_eq(virtgpu_screen_flush(&screen), 0);
	check_screen("suspend-again", &screen, 5);
	virtgpu_screen_destroy(&screen);
}

int igt_main()
{
	igt_fixture ()
		fd = drm_open_driver(DRIVER_VIRTIO);

	igt_describe("A dumb buffer that was on the screen is there again, untouched.");
	igt_subtest ("scanout")
		test_scanout();

	igt_describe("What another device writes afterwards to a buffer is shown.");
	igt_subtest ("exported")
		test_exported();

	igt_describe("Without 3D, the host still knows a resource of before.");
	igt_subtest ("resource") {
		igt_require_f(!virtgpu_has_3d(fd), "resources are of a 3D context\n");
		test_resource();
	}

	igt_describe("A 3D context is what it was: a device that loses it stays awake.");
	igt_subtest ("context") {
		igt_require_f(virtgpu_has_3d(fd), "the device has no 3D\n");
		test_context();
	}

	igt_describe("A client of 3D that was killed is in nobody's way.");
	igt_subtest ("killed") {
		igt_require_f(virtgpu_has_3d(fd), "the device has no 3D\n");
		test_killed();
	}

	igt_describe("20 times in a row, with a client that updates the screen.");
	igt_subtest ("again")
		test_again();

	igt_fixture ()
		drm_close_driver(fd);
}
