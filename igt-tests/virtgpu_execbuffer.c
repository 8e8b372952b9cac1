// SPDX-License-Identifier: MIT
#include <xf86drm.h>

#include "virtgpu_helper.h"

/**
 * TEST: virtgpu execbuffer
 * Category: Core
 * Description: What EXECBUFFER promises about fences and syncobjs
 *
 * SUBTEST: reset-syncobj
 * Description: A submission resets the in-syncobjs that ask for it
 *
 * SUBTEST: failed-reset-syncobj
 * Description: A submission that fails leaves them alone, so that it can be repeated
 */

IGT_TEST_DESCRIPTION("Test fences and syncobjs of virtio-gpu's EXECBUFFER.");

static int fd = -1;

/* A command that does nothing, after @syncobj, which it resets. 0 or -errno. */
static int submit_after(uint32_t syncobj, uint32_t flags)
{
	uint32_t nop = 0;
	struct drm_virtgpu_execbuffer_syncobj in = {
		.handle = syncobj,
		.flags = VIRTGPU_EXECBUF_SYNCOBJ_RESET,
	};
	struct drm_virtgpu_execbuffer exec = {
		.flags = flags,
		.command = (uintptr_t)&nop,
		.size = sizeof(nop),
		.fence_fd = -1, /* no good one, for who says FENCE_FD_IN */
		.syncobj_stride = sizeof(in),
		.num_in_syncobjs = 1,
		.in_syncobjs = (uintptr_t)&in,
	};

	return igt_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec) ? -errno : 0;
}

static uint32_t create_signaled(void)
{
	uint32_t syncobj;

	igt_assert_eq(drmSyncobjCreate(fd, DRM_SYNCOBJ_CREATE_SIGNALED, &syncobj), 0);
	return syncobj;
}

/* A syncobj without a fence cannot be waited for: -EINVAL. */
static int wait_for(uint32_t syncobj)
{
	return drmSyncobjWait(fd, &syncobj, 1, 0, 0, NULL);
}

static void test_reset(void)
{
	uint32_t syncobj = create_signaled();

	igt_assert_eq(wait_for(syncobj), 0);
	igt_assert_eq(submit_after(syncobj, 0), 0);
	igt_assert_eq(wait_for(syncobj), -EINVAL);
	drmSyncobjDestroy(fd, syncobj);
}

static void test_failed_reset(void)
{
	uint32_t syncobj = create_signaled();

	igt_assert_eq(submit_after(syncobj, VIRTGPU_EXECBUF_FENCE_FD_IN), -EINVAL);
	igt_assert_eq(wait_for(syncobj), 0);
	igt_assert_eq(submit_after(syncobj, 0), 0);
	igt_assert_eq(wait_for(syncobj), -EINVAL);
	drmSyncobjDestroy(fd, syncobj);
}

int igt_main()
{
	igt_fixture () {
		fd = drm_open_driver(DRIVER_VIRTIO);
		igt_require_f(virtgpu_has_3d(fd), "the device has no 3D\n");
	}

	igt_describe("A submission resets the in-syncobjs that ask for it.");
	igt_subtest ("reset-syncobj")
		test_reset();

	igt_describe("A submission that fails leaves them alone.");
	igt_subtest ("failed-reset-syncobj")
		test_failed_reset();

	igt_fixture ()
		drm_close_driver(fd);
}
