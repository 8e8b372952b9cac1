// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <drm/drm_fourcc.h>
#include <drm/virtgpu_drm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "prime.h"
#include "frame.h"

#define UPLOADS 8
#define FENCED_SIZE 256u /* pixels; a row is a pitch that any driver takes */
#define FENCED_DELAY 100 /* ms */
#define GL_PICTURE 3
#define VULKAN_PICTURE 4

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A file of the other GPU. vgem is one without any owner, as are render nodes. */
static int open_other(const struct prime_facts *facts)
{
	int fd = open(facts->gpus[facts->other].render, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static bool share(struct prime_check *check, struct prime_frame *frame, int display,
		  int other, const char *driver)
{
	int ret = prime_frame_create(frame, display, check->width, check->height,
				     check->pitch);

	if (ret) {
		prime_step(check, "allocate", PRIME_STEP_FAILED,
			   "virtio-gpu does not make or export the buffer: %s",
			   strerror(-ret));
		return false;
	}
	prime_step(check, "allocate", PRIME_STEP_OK,
		   "virtio-gpu has made the screen buffer, and exported it");
	ret = prime_frame_share(frame, other);
	if (ret) {
		prime_step(check, "share", PRIME_STEP_FAILED, "%s does not import it: %s",
			   driver, strerror(-ret));
		return false;
	}
	prime_step(check, "share", PRIME_STEP_OK, "%s has imported it", driver);
	return true;
}

static bool upload(struct prime_check *check, struct prime_frame *frame)
{
	int ret = prime_frame_draw(frame, 1);
	double start;

	if (!ret) /* the first one has the host set things up */
		ret = prime_frame_upload(frame);
	start = seconds();
	for (int i = 0; i < UPLOADS && !ret; i++)
		ret = prime_frame_upload(frame);
	if (ret) {
		prime_step(check, "upload", PRIME_STEP_FAILED, "%s: %s",
			   ret == -EOPNOTSUPP ? "the driver does not take this pitch"
					      : "the host does not get the frame",
			   strerror(-ret));
		return false;
	}
	check->upload = (seconds() - start) / UPLOADS;
	prime_step(check, "upload", PRIME_STEP_OK, "%.2f ms for a frame, %.0f MB/s",
		   check->upload * 1e3,
		   (double)check->width * check->height * 4 / check->upload / 1e6);
	return true;
}

static bool fetch(struct prime_check *check, struct prime_frame *frame)
{
	int ret;

	memset(frame->pages, 0, frame->size);
	ret = prime_frame_fetch(frame);
	check->pixels = (uint64_t)check->width * check->height;
	check->right = ret ? 0 : prime_frame_compare(frame, 1);
	if (ret)
		prime_step(check, "fetch", PRIME_STEP_FAILED, "nothing comes back: %s",
			   strerror(-ret));
	else
		prime_step(check, "fetch",
			   check->right == check->pixels ? PRIME_STEP_OK
							 : PRIME_STEP_FAILED,
			   "%llu of %llu pixels came back right",
			   (unsigned long long)check->right,
			   (unsigned long long)check->pixels);
	return check->right == check->pixels;
}

static int draw_behind_fence(struct prime_frame *frame, int display, int other,
			     uint64_t *right)
{
	int uploaded = 0, ret;

	ret = prime_frame_create(frame, display, FENCED_SIZE, FENCED_SIZE,
				 FENCED_SIZE * 4);
	if (!ret)
		ret = prime_frame_share(frame, other);
	if (!ret)
		ret = prime_frame_draw(frame, 1);
	if (!ret)
		ret = prime_frame_draw_later(frame, 2, FENCED_DELAY, &uploaded);
	if (!ret)
		ret = uploaded;
	if (ret)
		return ret;
	memset(frame->pages, 0, frame->size);
	ret = prime_frame_fetch(frame);
	*right = ret ? 0 : prime_frame_compare(frame, 2);
	return ret;
}

/* Whether the host only gets a frame that the other GPU is done with. */
static bool fence(struct prime_check *check, int display, int other, const char *driver)
{
	struct prime_frame frame = PRIME_FRAME_NONE;
	uint64_t right = 0, all = (uint64_t)FENCED_SIZE * FENCED_SIZE;
	int ret;

	if (strcmp(driver, "vgem")) {
		prime_step(check, "fence", PRIME_STEP_SKIPPED,
			   "of the drivers, only vgem lets a program make fences");
		return true;
	}
	ret = draw_behind_fence(&frame, display, other, &right);
	prime_frame_destroy(&frame);
	if (ret)
		prime_step(check, "fence", PRIME_STEP_FAILED, "%s", strerror(-ret));
	else if (right != all)
		prime_step(
			check, "fence", PRIME_STEP_FAILED,
			"the host got the frame before the other GPU was done: it tears");
	else
		prime_step(check, "fence", PRIME_STEP_OK,
			   "the host got the frame when the other GPU was done");
	return !ret && right == all;
}

/* A buffer of the other GPU, as a dma-buf */
static int foreign_buffer(const struct prime_facts *facts, uint32_t width,
			  uint32_t height, uint32_t *pitch)
{
	struct drm_mode_create_dumb create = {
		.width = width,
		.height = height,
		.bpp = 32,
	};
	int fd = open(facts->gpus[facts->other].card, O_RDWR | O_CLOEXEC);
	int dmabuf = -1, error = 0;

	if (fd < 0)
		return -errno;
	drmDropMaster(fd); /* if nobody was, we are now */
	if (drmIoctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &create) ||
	    drmPrimeHandleToFD(fd, create.handle, DRM_CLOEXEC | DRM_RDWR, &dmabuf))
		error = errno;
	close(fd);
	*pitch = create.pitch;
	return error ? -error : dmabuf;
}

static int import(int card, int dmabuf, uint32_t width, uint32_t height, uint32_t pitch)
{
	uint32_t handles[4] = {0}, pitches[4] = {pitch}, offsets[4] = {0}, framebuffer;

	if (drmPrimeFDToHandle(card, dmabuf, &handles[0]) ||
	    drmModeAddFB2(card, width, height, DRM_FORMAT_XRGB8888, handles, pitches,
			  offsets, &framebuffer, 0))
		return -errno;
	drmModeRmFB(card, framebuffer);
	return 0;
}

/*
 * On a file of its own without a context, and on the primary node, as a
 * compositor does: there the driver takes more than elsewhere. What is imported
 * goes with the file.
 */
static int import_foreign(const struct prime_facts *facts, uint32_t width,
			  uint32_t height)
{
	uint32_t pitch = 0;
	int dmabuf = foreign_buffer(facts, width, height, &pitch), card, ret;

	if (dmabuf < 0)
		return dmabuf;
	card = open(facts->gpus[facts->display].card, O_RDWR | O_CLOEXEC);
	if (card < 0) {
		ret = -errno;
	} else {
		drmDropMaster(card);
		ret = import(card, dmabuf, width, height, pitch);
		close(card);
	}
	close(dmabuf);
	return ret;
}

static bool zero_copy(struct prime_check *check, const struct prime_facts *facts,
		      enum prime_path path)
{
	int ret;

	if (path != PRIME_ZERO_COPY && path != PRIME_ZERO_COPY_DISPLAY) {
		prime_step(check, "zero-copy", PRIME_STEP_SKIPPED,
			   "driver and host do not offer it");
		return false;
	}
	ret = import_foreign(facts, check->width, check->height);
	if (ret == -EACCES || ret == -EPERM) {
		prime_step(check, "zero-copy", PRIME_STEP_SKIPPED,
			   "you may not open the primary nodes: %s", strerror(-ret));
		return false;
	}
	if (ret)
		prime_step(check, "zero-copy", PRIME_STEP_FAILED,
			   "a buffer of the other GPU can not be displayed where it is: "
			   "%s",
			   strerror(-ret));
	else
		prime_step(check, "zero-copy", PRIME_STEP_OK,
			   "a buffer of the other GPU is imported, and can be displayed");
	return !ret;
}

/* What the other GPU has drawn goes to the host and back. */
static bool round_trip(struct prime_frame *frame)
{
	if (prime_frame_upload(frame))
		return false;
	memset(frame->pages, 0, frame->size);
	return !prime_frame_fetch(frame);
}

static uint64_t right_pixels(struct prime_frame *frame, uint32_t seed, bool has_host)
{
	return !has_host || round_trip(frame) ? prime_frame_compare(frame, seed) : 0;
}

static bool draw_with(const char *program, const struct prime_facts *facts,
		      const struct prime_frame *frame, uint32_t seed, struct prime_gl *gl)
{
	return prime_gl_draw(program, facts->gpus[facts->other].render, frame->dmabuf,
			     frame->width, frame->height, frame->pitch, seed, gl);
}

/* Another picture in the same buffer, after GL's. */
static void vulkan(struct prime_check *check, const struct prime_facts *facts,
		   struct prime_frame *frame, bool has_host)
{
	uint64_t right = 0;

	if (draw_with("prime-vulkan", facts, frame, VULKAN_PICTURE, &check->vulkan))
		right = right_pixels(frame, VULKAN_PICTURE, has_host);
	prime_step_vulkan(check, right);
}

static void draw_and_compare(struct prime_check *check, const struct prime_facts *facts,
			     struct prime_frame *frame, bool has_host)
{
	bool drawn = draw_with("prime-draw", facts, frame, GL_PICTURE, &check->gl);

	prime_step_mesa(check, facts->gpus[facts->other].driver);
	if (!drawn)
		return;
	check->pixels = (uint64_t)check->width * check->height;
	check->right = right_pixels(frame, GL_PICTURE, has_host);
	prime_step(check, "frame",
		   check->right == check->pixels ? PRIME_STEP_OK : PRIME_STEP_FAILED,
		   has_host
			   ? "%llu of %llu pixels that the GPU drew are right on the host"
			   : "%llu of %llu pixels are as the GPU drew them",
		   (unsigned long long)check->right, (unsigned long long)check->pixels);
	vulkan(check, facts, frame, has_host);
}

static bool transfers(struct prime_check *check, const struct prime_facts *facts,
		      int display, int other)
{
	const char *driver = facts->gpus[facts->other].driver;
	struct prime_frame frame = PRIME_FRAME_NONE;
	bool works;

	works = share(check, &frame, display, other, driver) && upload(check, &frame) &&
		fetch(check, &frame);
	if (works)
		draw_and_compare(check, facts, &frame, true);
	prime_frame_destroy(&frame);
	return fence(check, display, other, driver) && works;
}

/* Without 3D nothing can be had back from the host: it is the buffer that is looked at.
 */
static void draw_alone(struct prime_check *check, const struct prime_facts *facts)
{
	struct prime_frame frame = PRIME_FRAME_NONE;
	void *pages;

	frame.dmabuf = foreign_buffer(facts, check->width, check->height, &frame.pitch);
	if (frame.dmabuf < 0) {
		prime_step(check, "mesa", PRIME_STEP_SKIPPED,
			   "no buffer of the other GPU: %s", strerror(-frame.dmabuf));
		return;
	}
	frame.width = check->width;
	frame.height = check->height;
	frame.size = (size_t)frame.pitch * frame.height;
	pages = mmap(NULL, frame.size, PROT_READ, MAP_SHARED, frame.dmabuf, 0);
	if (pages == MAP_FAILED) {
		prime_step(check, "mesa", PRIME_STEP_SKIPPED,
			   "a buffer of the other GPU can not be mapped: %s",
			   strerror(errno));
	} else {
		frame.pages = pages;
		draw_and_compare(check, facts, &frame, false);
		munmap(pages, frame.size);
	}
	close(frame.dmabuf);
}

enum prime_status prime_check(const struct prime_facts *facts, uint32_t width,
			      uint32_t height, struct prime_check *check)
{
	bool has_3d = facts->params[VIRTGPU_PARAM_3D_FEATURES] > 0, works = false;
	struct prime_verdict verdict;
	int display, other;

	memset(check, 0, sizeof(*check));
	check->width = width;
	check->height = height;
	check->pitch = (width * 4 + 255) & ~255u;
	prime_decide(facts, &verdict);
	display = open(facts->gpus[facts->display].render, O_RDWR | O_CLOEXEC);
	other = open_other(facts);
	if (display < 0 || other < 0) {
		prime_step(check, "open", PRIME_STEP_FAILED,
			   "a render node can not be opened");
	} else {
		if (has_3d)
			works = transfers(check, facts, display, other);
		else
			prime_step(check, "upload", PRIME_STEP_SKIPPED,
				   "without 3D there are no transfers with a pitch");
		works = zero_copy(check, facts, verdict.path) || works;
		if (works && !has_3d)
			draw_alone(check, facts);
	}
	if (display >= 0)
		close(display);
	if (other >= 0)
		close(other);
	return prime_judge(check, &verdict, works);
}
