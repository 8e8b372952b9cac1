// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xf86drm.h>

#include "virtgpu_helper.h"

/**
 * TEST: virtgpu blob
 * Category: Core
 * Description: Mapping and sharing memory of the host
 *
 * SUBTEST: mmap
 * Description: A mappable blob keeps what is written to it
 *
 * SUBTEST: deferred
 * Description: So does one that is mapped when it is used first
 *
 * SUBTEST: no-room
 * Description: mmap of a blob that does not fit returns, and says why
 *
 * SUBTEST: export-deferred
 * Description: A dma-buf of a blob that was never mapped shows the same memory
 *
 * SUBTEST: info
 * Description: A blob's memory and flags are told, and old user space gets no more
 *	than it asks for
 */

IGT_TEST_DESCRIPTION("Test blobs of the host's memory.");

/* From the virgl protocol: a buffer that can stay mapped. */
#define VIRGL_CCMD_PIPE_RESOURCE_CREATE 48
#define VIRGL_FORMAT_R8_UNORM 64
#define VIRGL_BIND_VERTEX_BUFFER (1 << 4)
#define VIRGL_RESOURCE_FLAG_MAP_PERSISTENT (1 << 1)
#define VIRGL_RESOURCE_FLAG_MAP_COHERENT (1 << 2)

#define BLOB_SIZE (801 * 4096)
#define REGION_SIZE (256u << 20) /* hostmem, in runner/lanes/direct.lane */

static int fd = -1;

/* A buffer of the host as a mappable blob. Returns its handle. */
static uint32_t create_blob(uint32_t size, uint32_t hints)
{
	static uint32_t id;
	uint32_t command[] = {
		11 << 16 | VIRGL_CCMD_PIPE_RESOURCE_CREATE,
		0, /* PIPE_BUFFER */
		VIRGL_FORMAT_R8_UNORM,
		VIRGL_BIND_VERTEX_BUFFER,
		size,
		1,
		1,
		1,
		0,
		0,
		VIRGL_RESOURCE_FLAG_MAP_PERSISTENT | VIRGL_RESOURCE_FLAG_MAP_COHERENT,
		++id,
	};
	struct drm_virtgpu_resource_create_blob blob = {
		.blob_mem = VIRTGPU_BLOB_MEM_HOST3D,
		.blob_flags =
			VIRTGPU_BLOB_FLAG_USE_MAPPABLE | VIRTGPU_BLOB_FLAG_USE_SHAREABLE,
		.size = size,
		.blob_hints = hints,
		.cmd_size = sizeof(command),
		.cmd = (uintptr_t)command,
		.blob_id = id,
	};

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &blob);
	return blob.bo_handle;
}

/* Returns MAP_FAILED and errno if it cannot be mapped. */
static uint8_t *map_blob(uint32_t handle, size_t size)
{
	struct drm_virtgpu_map map = {.handle = handle};

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &map);
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    (off_t)map.offset);
}

static void check_memory(uint8_t *map)
{
	for (size_t i = 0; i < BLOB_SIZE; i += 4096)
		memset(map + i, (int)(i / 4096 % 251), 4096);
	for (size_t i = 0; i < BLOB_SIZE; i++)
		igt_assert_eq(map[i], i / 4096 % 251);
}

static void test_mmap(uint32_t hints)
{
	uint32_t handle = create_blob(BLOB_SIZE, hints);
	uint8_t *map = map_blob(handle, BLOB_SIZE);

	igt_assert_f(map != MAP_FAILED, "mmap: %m\n");
	check_memory(map);
	munmap(map, BLOB_SIZE);
	gem_close(fd, handle);
}

/* In a child: who gets stuck in mmap cannot be killed. */
static void test_no_room(void)
{
	uint32_t handle =
		create_blob(REGION_SIZE * 2, DRM_VIRTGPU_BLOB_FLAG_HINT_DEFER_MAPPING);
	int link[2], error = 0;
	pid_t child;

	igt_assert_eq(pipe(link), 0);
	child = fork();
	igt_assert(child >= 0);
	if (!child) {
		/* the stock driver keeps it, which is not to keep the screen */
		drmDropMaster(fd);
		for (int i = 0; i < 64; i++) {
			if (i != fd && i != link[1])
				close(i); /* igt_runner waits for who has them */
		}
		error = map_blob(handle, 4096) == MAP_FAILED ? errno : 0;
		_exit(write(link[1], &error, sizeof(error)) != sizeof(error));
	}
	igt_assert_f(virtgpu_readable(link[0], 10), "mmap does not come back\n");
	igt_assert_eq(read(link[0], &error, sizeof(error)), sizeof(error));
	igt_assert_eq(error, ENOSPC);
	igt_assert_eq(waitpid(child, NULL, 0), child);
	close(link[0]);
	close(link[1]);
	gem_close(fd, handle);
}

static void test_export_deferred(void)
{
	uint32_t handle =
		create_blob(BLOB_SIZE, DRM_VIRTGPU_BLOB_FLAG_HINT_DEFER_MAPPING);
	uint8_t *shared, *map;
	int dmabuf;

	igt_assert_eq(drmPrimeHandleToFD(fd, handle, DRM_CLOEXEC | DRM_RDWR, &dmabuf), 0);
	shared = mmap(NULL, BLOB_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	igt_assert_f(shared != MAP_FAILED, "mmap of the dma-buf: %m\n");
	check_memory(shared);
	map = map_blob(handle, BLOB_SIZE);
	igt_assert_f(map != MAP_FAILED, "mmap: %m\n");
	igt_assert_eq(memcmp(map, shared, BLOB_SIZE), 0);
	munmap(map, BLOB_SIZE);
	munmap(shared, BLOB_SIZE);
	close(dmabuf);
	gem_close(fd, handle);
}

/* As user space before the flags had it. */
struct old_resource_info {
	uint32_t bo_handle, res_handle, size, blob_mem;
};
#define OLD_RESOURCE_INFO \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_VIRTGPU_RESOURCE_INFO, struct old_resource_info)

static void expect_info(uint32_t handle, uint32_t mem, uint32_t flags)
{
	struct drm_virtgpu_resource_info info = {.bo_handle = handle};
	struct {
		struct old_resource_info info;
		uint32_t beyond;
	} old = {{.bo_handle = handle}, 0xa5a5a5a5};

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info);
	igt_assert_eq(info.blob_mem, mem);
	igt_assert_eq(info.blob_flags, flags);
	igt_assert_eq(info.pad, 0);
	do_ioctl(fd, OLD_RESOURCE_INFO, &old);
	igt_assert_eq(old.info.res_handle, info.res_handle);
	igt_assert_eq(old.info.blob_mem, mem);
	igt_assert_eq(old.beyond, 0xa5a5a5a5);
}

static void test_info(void)
{
	struct virtgpu_resource classic = virtgpu_resource_create(
		fd, VIRGL_FORMAT_B8G8R8A8_UNORM, 4, 801, 601, 4096);
	struct drm_virtgpu_resource_create_blob guest = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
		.size = 4096,
	};
	uint32_t host = create_blob(BLOB_SIZE, 0);

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &guest);
	expect_info(classic.handle, 0, 0);
	expect_info(guest.bo_handle, guest.blob_mem, guest.blob_flags);
	expect_info(host, VIRTGPU_BLOB_MEM_HOST3D,
		    VIRTGPU_BLOB_FLAG_USE_MAPPABLE | VIRTGPU_BLOB_FLAG_USE_SHAREABLE);
	gem_close(fd, host);
	gem_close(fd, guest.bo_handle);
	virtgpu_resource_destroy(&classic);
}

int igt_main()
{
	igt_fixture () {
		fd = drm_open_driver(DRIVER_VIRTIO);
		igt_require_f(virtgpu_has_3d(fd), "the device has no 3D\n");
		igt_require_f(virtgpu_getparam(fd, VIRTGPU_PARAM_HOST_VISIBLE) == 1,
			      "the device has no host visible memory\n");
	}

	igt_describe("A mappable blob keeps what is written to it.");
	igt_subtest ("mmap")
		test_mmap(0);

	igt_describe("So does one that is mapped when it is used first.");
	igt_subtest ("deferred")
		test_mmap(DRM_VIRTGPU_BLOB_FLAG_HINT_DEFER_MAPPING);

	igt_describe("A dma-buf of a blob that was never mapped shows the same memory.");
	igt_subtest ("export-deferred")
		test_export_deferred();

	igt_describe("A blob's memory and flags are told.");
	igt_subtest ("info")
		test_info();

	igt_describe("mmap of a blob that does not fit returns.");
	igt_subtest ("no-room")
		test_no_room();

	igt_fixture ()
		drm_close_driver(fd);
}
