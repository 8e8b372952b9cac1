// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xf86drm.h>

#include "virtgpu_helper.h"

/**
 * TEST: virtgpu hotunplug
 * Category: Core
 * Description: The device goes away while tasks use it, and comes back
 *
 * SUBTEST: unbind-busy
 * Description: Unbinding the driver ends transfers, submissions and mode setting
 *
 * SUBTEST: unbind-silent
 * Description: It does so, and ends every wait for a fence, if the host answers no more
 *
 * SUBTEST: remove-busy
 * Description: Removing the PCI device ends transfers, submissions and mode setting
 *
 * SUBTEST: remove-silent
 * Description: It does so, and ends every wait for a fence, if the host answers no more
 *
 * SUBTEST: shared-pages
 * Description: Another device keeps the pages of an exported buffer, and their bytes
 *
 * SUBTEST: no-leak
 * Description: Commands that find no room in the queue do not keep their buffers
 *
 * SUBTEST: reload
 * Description: The module can be unloaded and loaded afterwards
 */

IGT_TEST_DESCRIPTION("Test that virtio-gpu can be unplugged while it is used.");

#define WIDTH 801u
#define HEIGHT 37u
#define STRIDE (WIDTH * 4)
#define BOUND 12 /* seconds in which a task has to be back; under emulation, too */
#define FILES "/sys/bus/virtio/drivers/virtio_gpu/"
#define DMA_FILTER "/sys/kernel/debug/dma-api/driver_filter"

/* The device as sysfs knows it; the names outlive it. */
static char virtio_name[32], pci_path[256];

static struct scene {
	int fd, vgem, dmabuf, sync_file;
	bool has_3d, has_layout;
	uint32_t syncobj, vgem_handle;
	struct virtgpu_screen screen;
	struct virtgpu_resource resource;
} scene;

/* A task that uses the device. Returns NULL if all was as it should be, or why not. */
struct task {
	const char *name;
	const char *(*run)(void);
	const bool *needs; /* what it is for is there; NULL: always */
	pid_t pid;
	char *complaint; /* shared memory */
};

#define COMPLAINT_SIZE 128

/* Also called by tasks, which must not fail the test themselves. */
static const char *write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	const char *complaint = done ? NULL : strerror(errno);

	if (fd >= 0)
		close(fd);
	return complaint;
}

static bool find_device(void)
{
	char name[32] = "", link[320], real[PATH_MAX];
	DIR *dir = opendir(FILES);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, "virtio", 6))
			snprintf(name, sizeof(name), "%.31s", entry->d_name);
	if (dir)
		closedir(dir);
	if (!name[0])
		return false;
	strcpy(virtio_name, name);
	snprintf(link, sizeof(link), FILES "%s/..", virtio_name);
	if (!realpath(link, real))
		return false;
	snprintf(pci_path, sizeof(pci_path), "/sys/bus/pci/devices/%s",
		 strrchr(real, '/') + 1);
	return true;
}

/*
 * A PCI device that is not bus master cannot read its queue: every command stays
 * there, as if the host had gone.
 */
static void set_bus_master(bool on)
{
	char path[320];
	uint16_t command;
	int fd;

	snprintf(path, sizeof(path), "%s/config", pci_path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	igt_assert_fd(fd);
	igt_assert_eq(pread(fd, &command, sizeof(command), 4), sizeof(command));
	command = (uint16_t)(on ? command | 4 : command & ~4);
	igt_assert_eq(pwrite(fd, &command, sizeof(command), 4), sizeof(command));
	close(fd);
}

static const char *unbind(void)
{
	return write_file(FILES "unbind", virtio_name);
}

static const char *remove_pci(void)
{
	const char *complaint;
	char path[320];

	snprintf(path, sizeof(path), "%s/remove", pci_path);
	/*
	 * What GEM has mapped for the device stays mapped for as long as the
	 * object lives, which DMA_API_DEBUG reports if it is there.
	 */
	write_file(DMA_FILTER, "nobody");
	complaint = write_file(path, "1");
	write_file(DMA_FILTER, "\n");
	return complaint;
}

/* Brings the device back, whatever became of it. */
static void plug(void)
{
	const char *complaint = NULL;

	if (access(pci_path, F_OK)) {
		complaint = write_file("/sys/bus/pci/rescan", "1");
	} else if (!find_device()) {
		set_bus_master(true);
		complaint = write_file(FILES "bind", virtio_name);
	}
	igt_assert_f(!complaint, "the device does not come back: %s\n", complaint);
}

/* ----- what tasks do with the device; each ends when the device has gone */

static const char *send_pixels(void)
{
	struct virtgpu_transfer whole = virtgpu_whole(&scene.resource, 0);
	int ret;

	do
		ret = virtgpu_to_host(scene.fd, scene.resource.handle, &whole);
	while (!ret);
	return ret == -ENODEV ? NULL : strerror(-ret);
}

static int submit(int *sync_file)
{
	uint32_t nop = 0, handles[] = {scene.resource.handle};
	struct drm_virtgpu_execbuffer_syncobj out = {.handle = scene.syncobj};
	struct drm_virtgpu_execbuffer exec = {
		.flags = sync_file ? VIRTGPU_EXECBUF_FENCE_FD_OUT : 0,
		.command = (uintptr_t)&nop,
		.size = sizeof(nop),
		.bo_handles = (uintptr_t)handles,
		.num_bo_handles = 1,
		.fence_fd = -1,
		.syncobj_stride = sizeof(out),
		.num_out_syncobjs = sync_file ? 1 : 0,
		.out_syncobjs = (uintptr_t)&out,
	};
	int ret = ioctl(scene.fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec) ? -errno : 0;

	if (sync_file)
		*sync_file = exec.fence_fd;
	return ret;
}

static const char *submit_commands(void)
{
	int ret;

	do
		ret = submit(NULL);
	while (!ret);
	return ret == -ENODEV ? NULL : strerror(-ret);
}

static const char *show_frames(void)
{
	int ret;

	do
		ret = virtgpu_screen_flush(&scene.screen);
	while (!ret);
	return ret == -ENODEV ? NULL : strerror(-ret);
}

/* A wait that began before is as good as over when the device has gone. */
static const char *wait_resource(void)
{
	struct drm_virtgpu_3d_wait wait = {.handle = scene.resource.handle};
	int ret;

	do
		ret = ioctl(scene.fd, DRM_IOCTL_VIRTGPU_WAIT, &wait) ? -errno : 0;
	while (!ret);
	return ret == -ENODEV || ret == -EBUSY ? NULL : strerror(-ret);
}

static const char *wait_syncobj(void)
{
	int ret = drmSyncobjWait(scene.fd, &scene.syncobj, 1, INT64_MAX, 0, NULL);

	return ret ? strerror(-ret) : NULL;
}

/* A frame that the host never got is not complete. */
static const char *wait_sync_file(void)
{
	struct pollfd signaled = {.fd = scene.sync_file, .events = POLLIN};
	struct sync_file_info info = {0};

	if (poll(&signaled, 1, -1) != 1)
		return "poll failed";
	if (ioctl(scene.sync_file, SYNC_IOC_FILE_INFO, &info))
		return "no SYNC_IOC_FILE_INFO";
	return info.status < 0 ? NULL : "signaled without an error";
}

/* What another device, or a compositor, does before it touches the pages. */
static const char *wait_dmabuf(void)
{
	struct pollfd idle = {.fd = scene.dmabuf, .events = POLLOUT};

	return poll(&idle, 1, -1) == 1 ? NULL : "poll failed";
}

static void wake_up(int signal)
{
	(void)signal;
}

/* A query is given up for a signal, after five seconds, and with the device. */
static const char *query_layout(void)
{
	struct drm_virtgpu_resource_query_layout query = {.bo_handle =
								  scene.resource.handle};
	struct sigaction action = {.sa_handler = wake_up}; /* and does not restart */
	const struct itimerval each_second = {{.tv_sec = 1}, {.tv_sec = 1}}, none = {0};
	int ret;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &each_second, NULL); /* the first may come too early */
	if (!ioctl(scene.fd, DRM_IOCTL_VIRTGPU_RESOURCE_QUERY_LAYOUT, &query) ||
	    errno != EINTR)
		return "a signal does not end the query";
	setitimer(ITIMER_REAL, &none, NULL);
	do
		ret = ioctl(scene.fd, DRM_IOCTL_VIRTGPU_RESOURCE_QUERY_LAYOUT, &query)
			      ? -errno
			      : 0;
	while (ret == -ETIMEDOUT);
	return ret == -ENODEV ? NULL : strerror(-ret);
}

static struct task busy[] = {
	{"transfer", send_pixels, NULL, 0, NULL},
	{"execbuffer", submit_commands, &scene.has_3d, 0, NULL},
	{"mode setting", show_frames, NULL, 0, NULL},
};

/* The order matters: the queue is full only after the first ones. */
static struct task silent[] = {
	{"wait", wait_resource, &scene.has_3d, 0, NULL},
	{"dma-buf", wait_dmabuf, &scene.has_3d, 0, NULL},
	{"syncobj", wait_syncobj, &scene.has_3d, 0, NULL},
	{"sync file", wait_sync_file, &scene.has_3d, 0, NULL},
	{"layout", query_layout, &scene.has_layout, 0, NULL},
	{"transfer", send_pixels, NULL, 0, NULL},
	{"execbuffer", submit_commands, &scene.has_3d, 0, NULL},
	{"mode setting", show_frames, NULL, 0, NULL},
};

static void start(struct task *task)
{
	const char *complaint;

	if (task->needs && !*task->needs)
		return;
	task->complaint = mmap(NULL, COMPLAINT_SIZE, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	igt_assert(task->complaint != MAP_FAILED);
	strcpy(task->complaint, "it died");
	task->pid = fork();
	igt_assert(task->pid >= 0);
	if (task->pid)
		return;
	complaint = task->run();
	snprintf(task->complaint, COMPLAINT_SIZE, "%s", complaint ? complaint : "");
	_exit(0);
}

static bool came_back(struct task *task)
{
	if (task->pid && waitpid(task->pid, NULL, WNOHANG) == task->pid)
		task->pid = 0;
	return !task->pid;
}

/* Waits for tasks; kills what is late, and says so. Returns how many failed. */
static int finish(struct task *tasks, size_t count, double seconds)
{
	struct virtgpu_limit limit = virtgpu_limit(seconds);
	int failed = 0;

	for (size_t back = 0; back < count && !virtgpu_limit_over(&limit);) {
		back = 0;
		for (size_t i = 0; i < count; i++)
			back += came_back(&tasks[i]);
		usleep(50000);
	}
	for (size_t i = 0; i < count; i++) {
		if (tasks[i].pid) {
			kill(tasks[i].pid, SIGKILL);
			sleep(1);
			igt_info("%s: not back, %s\n", tasks[i].name,
				 came_back(&tasks[i]) ? "killed" : "unkillable");
			failed++;
		} else if (tasks[i].complaint && tasks[i].complaint[0]) {
			igt_info("%s: %s\n", tasks[i].name, tasks[i].complaint);
			failed++;
		}
	}
	return failed;
}

/* ----- the scene */

/*
 * A fork locks the buffers that are mapped; one whose transfer waits for room in
 * the queue stays locked.
 */
static void keep_private(const struct virtgpu_resource *resource)
{
	igt_assert_eq(madvise(resource->map, resource->size, MADV_DONTFORK), 0);
}

static void open_scene(void)
{
	uint32_t bytes = STRIDE * HEIGHT;

	scene = (struct scene){
		.fd = drm_open_driver(DRIVER_VIRTIO), .vgem = -1, .sync_file = -1};
	igt_assert(find_device());
	scene.has_3d = virtgpu_has_3d(scene.fd);
	scene.has_layout =
		virtgpu_getparam(scene.fd, VIRTGPU_PARAM_RESOURCE_QUERY_LAYOUT) == 1;
	scene.resource = virtgpu_resource_create(scene.fd, VIRGL_FORMAT_B8G8R8A8_UNORM, 4,
						 WIDTH, HEIGHT, bytes);
	memset(scene.resource.map, 0x5a, bytes);
	keep_private(&scene.resource);
	scene.dmabuf = virtgpu_export(&scene.resource);
	igt_assert_eq(drmSyncobjCreate(scene.fd, 0, &scene.syncobj), 0);
	scene.screen = virtgpu_screen_create(scene.fd);
	igt_assert_eq(madvise(scene.screen.map, scene.screen.size, MADV_DONTFORK), 0);
	virtgpu_wait(&scene.resource);
}

static void close_scene(void)
{
	munmap(scene.screen.map, scene.screen.size);
	munmap(scene.resource.map, scene.resource.size);
	close(scene.dmabuf);
	if (scene.sync_file >= 0)
		close(scene.sync_file);
	close(scene.fd);
}

/* The device is there again and does what it is for. */
static void check_device(void)
{
	struct virtgpu_transfer whole;

	scene.fd = drm_open_driver(DRIVER_VIRTIO);
	scene.resource = virtgpu_resource_create(scene.fd, VIRGL_FORMAT_B8G8R8A8_UNORM, 4,
						 WIDTH, HEIGHT, STRIDE * HEIGHT);
	whole = virtgpu_whole(&scene.resource, 0);
	memset(scene.resource.map, 0xa5, STRIDE * HEIGHT);
	igt_assert_eq(virtgpu_to_host(scene.fd, scene.resource.handle, &whole), 0);
	virtgpu_wait(&scene.resource);
	if (virtgpu_has_3d(scene.fd)) {
		memset(scene.resource.map, 0, STRIDE * HEIGHT);
		igt_assert_eq(virtgpu_from_host(scene.fd, scene.resource.handle, &whole),
			      0);
		virtgpu_wait(&scene.resource);
		for (size_t i = 0; i < STRIDE * HEIGHT; i++)
			igt_assert_eq(scene.resource.map[i], 0xa5);
	}
	virtgpu_resource_destroy(&scene.resource);
	drm_close_driver(scene.fd);
}

/* Unplugs in a task of its own: it may hang, too. */
static int unplug(const char *(*way)(void))
{
	struct task task = {way == unbind ? "unbind" : "remove", way, NULL, 0, NULL};

	start(&task);
	return finish(&task, 1, BOUND);
}

static void test_busy(const char *(*way)(void))
{
	const size_t count = sizeof(busy) / sizeof(busy[0]);
	int failed;

	open_scene();
	for (size_t i = 0; i < count; i++)
		start(&busy[i]);
	usleep(500000);
	failed = unplug(way);
	igt_assert_eq(failed, 0);
	failed = finish(busy, count, BOUND);
	close_scene();
	plug();
	igt_assert_eq(failed, 0);
	check_device();
}

static void test_silent(const char *(*way)(void))
{
	const size_t count = sizeof(silent) / sizeof(silent[0]);
	int failed;

	open_scene();
	set_bus_master(false);
	if (scene.has_3d)
		igt_assert_eq(submit(&scene.sync_file), 0);
	for (size_t i = 0; i < count; i++) {
		start(&silent[i]);
		usleep(200000);
	}
	failed = unplug(way);
	igt_assert_eq(failed, 0);
	failed = finish(silent, count, BOUND);
	close_scene();
	plug();
	igt_assert_eq(failed, 0);
	check_device();
}

static void test_shared_pages(void)
{
	const size_t bytes = STRIDE * HEIGHT;
	uint8_t *map;
	int again;

	open_scene();
	scene.vgem = drm_open_driver(DRIVER_VGEM);
	igt_assert_eq(drmPrimeFDToHandle(scene.vgem, scene.dmabuf, &scene.vgem_handle),
		      0);
	map = scene.resource.map;
	igt_assert_eq(unplug(unbind), 0);
	close(scene.dmabuf);
	close(scene.fd);
	for (size_t i = 0; i < bytes; i++) /* of a device that is no more */
		igt_assert_eq(map[i], 0x5a);
	munmap(map, scene.resource.size);
	munmap(scene.screen.map, scene.screen.size);
	igt_assert_eq(drmPrimeHandleToFD(scene.vgem, scene.vgem_handle,
					 DRM_CLOEXEC | DRM_RDWR, &again),
		      0);
	map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, again, 0);
	igt_assert(map != MAP_FAILED);
	for (size_t i = 0; i < bytes; i++)
		igt_assert_eq(map[i], 0x5a);
	munmap(map, bytes);
	close(again);
	drm_close_driver(scene.vgem);
	plug();
	check_device();
}

/* Pages of files in memory, buffers among them, in KiB. */
static long shmem_used(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	long used = -1;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Shmem: %ld", &used) == 1)
			break;
	if (file)
		fclose(file);
	return used;
}

/* A task fills the queue and waits for room, with a large buffer in its hands. */
static void test_no_leak(void)
{
	struct task task = {"transfer", send_pixels, NULL, 0, NULL};
	const uint32_t size = 64u << 20;
	long before = shmem_used(), after;
	struct virtgpu_limit limit;

	scene = (struct scene){.fd = drm_open_driver(DRIVER_VIRTIO)};
	igt_assert(find_device());
	scene.resource = virtgpu_resource_create(scene.fd, VIRGL_FORMAT_B8G8R8A8_UNORM, 4,
						 WIDTH, HEIGHT, size);
	memset(scene.resource.map, 0x5a, size);
	keep_private(&scene.resource);
	virtgpu_wait(&scene.resource);
	set_bus_master(false);
	start(&task);
	sleep(1);
	igt_assert(!came_back(&task));
	igt_assert_eq(unplug(unbind) + finish(&task, 1, BOUND), 0);
	munmap(scene.resource.map, size);
	close(scene.fd);
	limit = virtgpu_limit(5);
	do {
		usleep(100000);
		after = shmem_used();
	} while (after - before >= size / 2048 && !virtgpu_limit_over(&limit));
	plug();
	igt_assert_f(after - before < size / 2048, "%ld KiB of %u are still in use\n",
		     after - before, size / 1024);
	check_device();
}

static void test_reload(void)
{
	open_scene();
	igt_assert_eq(unplug(unbind), 0);
	close_scene();
	igt_assert_f(!syscall(SYS_delete_module, "virtio_gpu", O_NONBLOCK),
		     "rmmod virtio_gpu: %m\n");
	set_bus_master(true);
	igt_assert_eq(system("modprobe virtio-gpu"), 0);
	check_device();
}

int igt_main()
{
	igt_describe("Unbinding the driver ends what tasks do with the device.");
	igt_subtest ("unbind-busy")
		test_busy(unbind);

	igt_describe("So it does, and ends waits, if the host answers no more.");
	igt_subtest ("unbind-silent")
		test_silent(unbind);

	igt_describe("Removing the PCI device ends what tasks do with it.");
	igt_subtest ("remove-busy")
		test_busy(remove_pci);

	igt_describe("So it does, and ends waits, if the host answers no more.");
	igt_subtest ("remove-silent")
		test_silent(remove_pci);

	igt_describe("Another device keeps the pages of an exported buffer.");
	igt_subtest ("shared-pages")
		test_shared_pages();

	igt_describe("Commands that find no room in the queue keep no buffers.");
	igt_subtest ("no-leak")
		test_no_leak();

	igt_describe("The module can be unloaded and loaded afterwards.");
	igt_subtest ("reload")
		test_reload();
}
