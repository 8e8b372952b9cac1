// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

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
 *
 * SUBTEST: full-events
 * Description: A submission that finds no room for its event leaves all files open
 *
 * SUBTEST: second-ring
 * Description: A fence on a ring that virgl does not have ends, too
 *
 * SUBTEST: limits
 * Description: Numbers beyond all memory get an errno, and no word in the kernel's log
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

/* A context whose ring 0 sends an event for each fence. 0 or -errno. */
static int init_polling_context(int file)
{
	struct drm_virtgpu_context_set_param params[] = {
		{VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 1},
		{VIRTGPU_CONTEXT_PARAM_POLL_RINGS_MASK, 1},
	};
	struct drm_virtgpu_context_init init = {
		.num_params = 2,
		.ctx_set_params = (uintptr_t)params,
	};

	return igt_ioctl(file, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &init) ? -errno : 0;
}

/* Leaves the events of a ring unread until there is no room for more. -errno. */
static int fill_events(int file)
{
	uint32_t nop = 0;
	struct drm_virtgpu_execbuffer exec = {
		.flags = VIRTGPU_EXECBUF_RING_IDX,
		.command = (uintptr_t)&nop,
		.size = sizeof(nop),
	};

	for (int i = 0; i < 4096; i++) {
		if (igt_ioctl(file, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec))
			return -errno;
	}
	return 0;
}

/* In a child, which may lose its files. Returns a string that says what is wrong. */
static const char *use_up_events(void)
{
	int file;

	close(STDIN_FILENO);
	if (open("/dev/null", O_RDONLY) != STDIN_FILENO)
		return "stdin is not the first file";
	file = drm_open_driver(DRIVER_VIRTIO);
	if (init_polling_context(file))
		return "no context with a polled ring";
	if (fill_events(file) != -ENOMEM)
		return "events did not run out with ENOMEM";
	if (open("/dev/zero", O_RDONLY) == STDIN_FILENO)
		return "stdin was given away while it is open";
	return NULL;
}

static void test_full_events(void)
{
	char text[80] = "the child died\n";
	int link[2], status;
	pid_t child;

	igt_require_f(virtgpu_getparam(fd, VIRTGPU_PARAM_CONTEXT_INIT) == 1,
		      "the device has no CONTEXT_INIT\n");
	igt_assert_eq(pipe(link), 0);
	child = fork();
	igt_assert(child >= 0);
	if (!child) {
		const char *wrong = use_up_events();

		snprintf(text, sizeof(text), "%s\n", wrong ?: "");
		_exit(write(link[1], text, sizeof(text)) != sizeof(text));
	}
	close(link[1]);
	igt_assert(read(link[0], text, sizeof(text)) >= 0);
	igt_assert_eq(waitpid(child, &status, 0), child);
	close(link[0]);
	igt_assert_f(text[0] == '\n', "%s", text);
}

/* virgl has one ring. What the host makes of others is its thing, but it answers. */
static void test_second_ring(void)
{
	struct drm_virtgpu_context_set_param rings = {VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 2};
	struct drm_virtgpu_context_init init = {
		.num_params = 1,
		.ctx_set_params = (uintptr_t)&rings,
	};
	uint32_t nop = 0;
	struct drm_virtgpu_execbuffer exec = {
		.flags = VIRTGPU_EXECBUF_RING_IDX | VIRTGPU_EXECBUF_FENCE_FD_OUT,
		.command = (uintptr_t)&nop,
		.size = sizeof(nop),
		.ring_idx = 1,
	};
	bool ended;
	int other;

	igt_require_f(virtgpu_getparam(fd, VIRTGPU_PARAM_CONTEXT_INIT) == 1,
		      "the device has no CONTEXT_INIT\n");
	other = drm_open_driver(DRIVER_VIRTIO);
	do_ioctl(other, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &init);
	do_ioctl(other, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec);
	ended = virtgpu_readable(exec.fence_fd, 10);
	close(exec.fence_fd);
	drm_close_driver(other);
	igt_assert_f(ended, "the fence is still pending after 10 s\n");
}

static void test_limits(void)
{
	struct {
		struct drm_virtgpu_execbuffer exec;
		int error;
	} cases[] = {
		{{.size = 0x80000000}, ENOMEM},
		{{.size = UINT32_MAX}, ENOMEM},
		{{.num_bo_handles = 65537}, EINVAL},
		{{.num_bo_handles = 0x20000000}, EINVAL},
		{{.num_in_syncobjs = 65537}, EINVAL},
		{{.num_in_syncobjs = 0x10000000}, EINVAL},
		{{.num_out_syncobjs = 65537}, EINVAL},
		{{.num_out_syncobjs = 0x10000000}, EINVAL},
	};
	struct drm_virtgpu_context_set_param no_rings = {
		VIRTGPU_CONTEXT_PARAM_NUM_RINGS,
		0,
	};
	struct drm_virtgpu_context_init init = {
		.num_params = 1,
		.ctx_set_params = (uintptr_t)&no_rings,
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		igt_assert_f(igt_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER,
				       &cases[i].exec) &&
				     errno == cases[i].error,
			     "case %zu: %m\n", i);
	if (virtgpu_getparam(fd, VIRTGPU_PARAM_CONTEXT_INIT) == 1) {
		int other = drm_open_driver(DRIVER_VIRTIO);

		igt_assert(igt_ioctl(other, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &init) &&
			   errno == EINVAL);
		drm_close_driver(other);
	}
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

	igt_describe("A submission without room for its event leaves all files open.");
	igt_subtest ("full-events")
		test_full_events();

	igt_describe("A fence on a ring that virgl does not have ends, too.");
	igt_subtest ("second-ring")
		test_second_ring();

	igt_describe("Numbers beyond all memory get an errno, and no word in the log.");
	igt_subtest ("limits")
		test_limits();

	igt_fixture ()
		drm_close_driver(fd);
}
