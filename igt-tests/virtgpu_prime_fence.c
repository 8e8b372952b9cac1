// SPDX-License-Identifier: MIT
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <xf86drm.h>

#include "vgem_drm.h"
#include "virtgpu_helper.h"

/**
 * TEST: virtgpu prime fence
 * Category: Display
 * Description: Accesses of the host wait for implicit fences of other devices
 *
 * SUBTEST: to-host
 * Description: The host gets what the page holds when the writer's fence signals
 *
 * SUBTEST: to-host-readers
 * Description: A transfer to the host does not wait for readers
 *
 * SUBTEST: from-host
 * Description: A transfer from the host waits for readers, and then overwrites
 *
 * SUBTEST: execbuffer
 * Description: A command buffer waits for the fences of each of its buffers
 *
 * SUBTEST: execbuffer-hints
 * Description: A command buffer that only reads does not wait for readers, one that
 *	user space synchronizes for nobody
 *
 * SUBTEST: later-fence
 * Description: The wait holds no lock, and goes on for a fence that came meanwhile
 *
 * SUBTEST: interrupt
 * Description: A signal ends the wait within a second, with nothing queued
 */

IGT_TEST_DESCRIPTION(
	"Test that virtio-gpu waits for the fences of devices that share its buffers.");

#define WIDTH 333u
#define HEIGHT 37u

static int fd = -1, vgem = -1;

/* A buffer of virtio-gpu that vgem, in the role of the other GPU, has too. */
struct shared {
	struct virtgpu_resource resource;
	uint32_t vgem_handle;
};

static struct shared share(void)
{
	struct shared shared = {
		.resource = virtgpu_resource_create(fd, VIRGL_FORMAT_B8G8R8A8_UNORM, 4,
						    WIDTH, HEIGHT, WIDTH * HEIGHT * 4),
	};
	int dmabuf = virtgpu_export(&shared.resource);

	igt_assert_eq(drmPrimeFDToHandle(vgem, dmabuf, &shared.vgem_handle), 0);
	close(dmabuf);
	virtgpu_wait(&shared.resource); /* vgem adds no fence where others are at work */
	return shared;
}

static void unshare_buffer(struct shared *shared)
{
	gem_close(vgem, shared->vgem_handle);
	virtgpu_resource_destroy(&shared->resource);
}

/* Work of the other GPU that ends with signal_fence(). */
static uint32_t attach_fence(const struct shared *shared, uint32_t flags)
{
	struct drm_vgem_fence_attach attach = {.handle = shared->vgem_handle,
					       .flags = flags};

	do_ioctl(vgem, DRM_IOCTL_VGEM_FENCE_ATTACH, &attach);
	return attach.out_fence;
}

/* vgem ends a fence by itself after 10 s. What was seen until then on a machine that is
 * so busy says nothing: the test is repeated, see again().
 */
static bool expired;

static void signal_fence(uint32_t fence)
{
	struct drm_vgem_fence_signal done = {.fence = fence};

	if (!ioctl(vgem, DRM_IOCTL_VGEM_FENCE_SIGNAL, &done))
		return;
	igt_assert_eq(errno, ETIMEDOUT);
	expired = true;
}

/* Once, and then until the fences of the test ended when it said so. */
static bool again(int *tries)
{
	if (*tries && !expired)
		return false;
	igt_assert_f(*tries < 5, "vgem ended its fences by itself in each try\n");
	if ((*tries)++)
		igt_info("vgem ended a fence by itself: again\n");
	expired = false;
	return true;
}

/* What holds unless a fence ended by itself. */
#define assert_unexpired(condition) igt_assert(expired || (condition))

/* The three ways to make the host touch the pages; 0 or a negative errno. */
static int call_to_host(const struct shared *shared)
{
	struct virtgpu_transfer whole = virtgpu_whole(&shared->resource, 0);

	return virtgpu_to_host(fd, shared->resource.handle, &whole);
}

static int call_from_host(const struct shared *shared)
{
	struct virtgpu_transfer whole = virtgpu_whole(&shared->resource, 0);

	return virtgpu_from_host(fd, shared->resource.handle, &whole);
}

static int execbuffer(const struct shared *shared, uint32_t flags)
{
	struct virtgpu_resource idle =
		virtgpu_resource_create(fd, VIRGL_FORMAT_B8G8R8A8_UNORM, 4, 1, 1, 4096);
	uint32_t nop = 0, handles[] = {idle.handle, shared->resource.handle};
	struct drm_virtgpu_execbuffer exec = {
		.flags = flags,
		.command = (uintptr_t)&nop,
		.size = sizeof(nop),
		.bo_handles = (uintptr_t)handles,
		.num_bo_handles = 2,
	};
	int ret;

	ret = ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec) ? -errno : 0;
	virtgpu_resource_destroy(&idle);
	return ret;
}

static int call_execbuffer(const struct shared *shared)
{
	return execbuffer(shared, 0);
}

static int call_reading(const struct shared *shared)
{
	return execbuffer(shared, VIRTGPU_EXECBUF_BO_READ);
}

static int call_explicit(const struct shared *shared)
{
	return execbuffer(shared, VIRTGPU_EXECBUF_EXPLICIT_SYNC);
}

/* A kernel without a flag refuses it in a submission of nothing, too. */
static bool takes_flags(uint32_t flags)
{
	struct drm_virtgpu_execbuffer exec = {.flags = flags};

	return !ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec);
}

/* A call in a thread of its own, so that the test can look whether it waits. */
struct waiter {
	const struct shared *shared;
	int (*call)(const struct shared *shared);
	pthread_t thread;
	atomic_int id;
	atomic_bool done;
	int result;
};

static void *run_waiter(void *data)
{
	struct waiter *waiter = data;

	waiter->id = gettid();
	waiter->result = waiter->call(waiter->shared);
	waiter->done = true;
	return NULL;
}

static void start_waiter(struct waiter *waiter)
{
	waiter->id = 0;
	waiter->done = false;
	igt_assert_eq(pthread_create(&waiter->thread, NULL, run_waiter, waiter), 0);
}

/* Whether the thread sleeps in an ioctl; one that runs has no number there. */
static bool sleeps(const struct waiter *waiter)
{
	char path[64];
	long number = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", waiter->id);
	file = fopen(path, "re");
	if (file && fscanf(file, "%ld", &number) != 1)
		number = -1;
	if (file)
		fclose(file);
	return number == SYS_ioctl;
}

/* It waits if it sleeps in its call for a while; what just takes long comes to its end.
 */
static bool still_waits(const struct waiter *waiter)
{
	struct virtgpu_limit end = virtgpu_limit(10), asleep;
	bool slept = false, now;

	while (!waiter->done && !virtgpu_limit_over(&end)) {
		now = sleeps(waiter);
		if (now && !slept)
			asleep = virtgpu_limit(0.3);
		else if (now && virtgpu_limit_over(&asleep))
			return true;
		slept = now;
		usleep(20000);
	}
	return !waiter->done;
}

static int join(struct waiter *waiter)
{
	pthread_join(waiter->thread, NULL);
	return waiter->result;
}

static void fill(const struct shared *shared, uint8_t value)
{
	memset(shared->resource.map, value, shared->resource.size);
}

static size_t differ(const struct shared *shared, uint8_t value)
{
	size_t wrong = 0;

	for (size_t i = 0; i < WIDTH * HEIGHT * 4; i++)
		wrong += shared->resource.map[i] != value;
	return wrong;
}

static void check(const struct shared *shared, uint8_t value)
{
	size_t wrong = differ(shared, value);

	igt_assert_f(!wrong, "%zu of %u bytes are not 0x%02x\n", wrong,
		     WIDTH * HEIGHT * 4, value);
}

/* What the host has, in the guest pages. */
static void fetch(const struct shared *shared)
{
	fill(shared, 0);
	igt_assert_eq(call_from_host(shared), 0);
	virtgpu_wait(&shared->resource);
}

static void test_to_host(void)
{
	struct shared shared = share();
	struct waiter waiter = {.shared = &shared, .call = call_to_host};
	bool waited;
	uint32_t fence;

	fill(&shared, 0x11);
	fence = attach_fence(&shared, VGEM_FENCE_WRITE);
	start_waiter(&waiter);
	waited = still_waits(&waiter);
	fill(&shared, 0x22); /* the frame is complete only now */
	signal_fence(fence);
	igt_assert_eq(join(&waiter), 0);
	if (virtgpu_has_3d(fd) && !expired) {
		virtgpu_wait(&shared.resource);
		fetch(&shared);
		check(&shared, 0x22);
	}
	assert_unexpired(waited);
	unshare_buffer(&shared);
}

static void test_to_host_readers(void)
{
	struct shared shared = share();
	struct waiter waiter = {.shared = &shared, .call = call_to_host};
	uint32_t fence = attach_fence(&shared, 0);
	bool waited;

	start_waiter(&waiter);
	waited = still_waits(&waiter);
	signal_fence(fence);
	igt_assert_eq(join(&waiter), 0);
	assert_unexpired(!waited);
	unshare_buffer(&shared);
}

static void test_from_host(void)
{
	struct shared shared = share();
	struct waiter waiter = {.shared = &shared, .call = call_from_host};
	uint32_t fence;
	size_t wrong;
	bool waited;

	fill(&shared, 0x33);
	igt_assert_eq(call_to_host(&shared), 0);
	virtgpu_wait(&shared.resource);
	fill(&shared, 0x44);
	fence = attach_fence(&shared, 0);
	start_waiter(&waiter);
	waited = still_waits(&waiter);
	wrong = differ(&shared, 0x44); /* the reader still sees its frame */
	signal_fence(fence);
	igt_assert_eq(join(&waiter), 0);
	assert_unexpired(waited && !wrong);
	virtgpu_wait(&shared.resource);
	check(&shared, 0x33);
	unshare_buffer(&shared);
}

static void test_execbuffer(void)
{
	struct shared shared = share();
	struct waiter waiter = {.shared = &shared, .call = call_execbuffer};

	for (uint32_t flags = 0; flags <= VGEM_FENCE_WRITE; flags++) {
		uint32_t fence = attach_fence(&shared, flags);
		bool waited;

		start_waiter(&waiter);
		waited = still_waits(&waiter);
		signal_fence(fence);
		igt_assert_eq(join(&waiter), 0);
		assert_unexpired(waited);
		virtgpu_wait(&shared.resource);
	}
	unshare_buffer(&shared);
}

static void test_execbuffer_hints(void)
{
	static const struct {
		int (*call)(const struct shared *shared);
		uint32_t fence; /* of the other device */
		bool waits;
	} cases[] = {
		{call_reading, 0, false},
		{call_reading, VGEM_FENCE_WRITE, true},
		{call_explicit, 0, false},
		{call_explicit, VGEM_FENCE_WRITE, false},
	};
	struct shared shared = share();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct waiter waiter = {.shared = &shared, .call = cases[i].call};
		uint32_t fence = attach_fence(&shared, cases[i].fence);
		bool waited;

		start_waiter(&waiter);
		waited = still_waits(&waiter);
		signal_fence(fence);
		igt_assert_eq(join(&waiter), 0);
		igt_assert_f(expired || waited == cases[i].waits, "case %zu\n", i);
		virtgpu_wait(&shared.resource);
	}
	unshare_buffer(&shared);
}

static void test_later_fence(void)
{
	struct shared shared = share();
	struct waiter waiter = {.shared = &shared, .call = call_from_host};
	struct drm_vgem_fence_attach later = {.handle = shared.vgem_handle};
	uint32_t first = attach_fence(&shared, 0);
	bool waited[2] = {false};
	int error;

	start_waiter(&waiter);
	waited[0] = still_waits(&waiter);
	/* needs the lock of the buffer; EBUSY if the call went on for want of the first
	 */
	error = ioctl(vgem, DRM_IOCTL_VGEM_FENCE_ATTACH, &later) ? errno : 0;
	signal_fence(first);
	if (!error) {
		waited[1] = still_waits(&waiter);
		signal_fence(later.out_fence);
	}
	igt_assert_eq(join(&waiter), 0);
	assert_unexpired(waited[0] && waited[1]);
	igt_assert(!error || (expired && error == EBUSY));
	virtgpu_wait(&shared.resource);
	unshare_buffer(&shared);
}

static void on_alarm(int number)
{
	(void)number;
}

static void test_interrupt(int (*call)(const struct shared *shared))
{
	struct shared shared = share();
	struct sigaction action = {.sa_handler = on_alarm}, before;
	/* again and again, as the first may come before the call */
	struct itimerspec at = {{.tv_nsec = 200000000}, {.tv_nsec = 200000000}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
	uint32_t fence = attach_fence(&shared, VGEM_FENCE_WRITE);
	struct virtgpu_limit limit;
	timer_t timer;
	bool late;
	int result;

	sigaction(SIGUSR2, &action, &before); /* without SA_RESTART */
	igt_assert_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	limit = virtgpu_limit(5);
	timer_settime(timer, 0, &at, NULL);
	result = call(&shared);
	late = virtgpu_limit_over(&limit);
	timer_delete(timer);
	sigaction(SIGUSR2, &before, NULL);
	signal_fence(fence);
	igt_assert(result == -EINTR || (expired && !result));
	igt_assert_f(expired || !late, "the signal at 0.2 s took longer than %.1f s\n",
		     limit.seconds);

	/* the same call goes through afterwards */
	igt_assert_eq(call(&shared), 0);
	virtgpu_wait(&shared.resource);
	unshare_buffer(&shared);
}

int igt_main()
{
	static const struct {
		const char *name;
		int (*call)(const struct shared *shared);
		bool needs_3d;
	} calls[] = {
		{"sending", call_to_host, false},
		{"fetching", call_from_host, true},
		{"submitting", call_execbuffer, true},
	};

	igt_fixture () {
		fd = drm_open_driver(DRIVER_VIRTIO);
		vgem = drm_open_driver(DRIVER_VGEM);
	}

	igt_describe(
		"The host gets what the page holds when the writer's fence signals.");
	igt_subtest ("to-host")
		for (int tries = 0; again(&tries);)
			test_to_host();

	igt_describe("A transfer to the host does not wait for readers.");
	igt_subtest ("to-host-readers")
		for (int tries = 0; again(&tries);)
			test_to_host_readers();

	igt_describe("A transfer from the host waits for readers, and then overwrites.");
	igt_subtest ("from-host") {
		igt_require_f(virtgpu_has_3d(fd), "the device has no 3D\n");
		for (int tries = 0; again(&tries);)
			test_from_host();
	}

	igt_describe("A command buffer waits for the fences of each of its buffers.");
	igt_subtest ("execbuffer") {
		igt_require_f(virtgpu_has_3d(fd), "the device has no 3D\n");
		for (int tries = 0; again(&tries);)
			test_execbuffer();
	}

	igt_describe("User space can say what a command buffer has to wait for.");
	igt_subtest ("execbuffer-hints") {
		igt_require_f(virtgpu_has_3d(fd), "the device has no 3D\n");
		igt_require_f(takes_flags(VIRTGPU_EXECBUF_BO_READ) &&
				      takes_flags(VIRTGPU_EXECBUF_EXPLICIT_SYNC),
			      "the driver takes no hints\n");
		for (int tries = 0; again(&tries);)
			test_execbuffer_hints();
	}

	igt_describe(
		"The wait holds no lock, and goes on for a fence that came meanwhile.");
	igt_subtest ("later-fence") {
		igt_require_f(virtgpu_has_3d(fd), "the device has no 3D\n");
		for (int tries = 0; again(&tries);)
			test_later_fence();
	}

	igt_describe("A signal ends the wait, with nothing queued.");
	igt_subtest_with_dynamic ("interrupt")
		for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
			if (virtgpu_has_3d(fd) || !calls[i].needs_3d)
				igt_dynamic (calls[i].name)
					for (int tries = 0; again(&tries);)
						test_interrupt(calls[i].call);

	igt_fixture () {
		drm_close_driver(vgem);
		drm_close_driver(fd);
	}
}
