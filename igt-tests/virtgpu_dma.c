// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#include "edu/edu-dma.h"
#include "virtgpu_helper.h"

/**
 * TEST: virtgpu dma
 * Category: PRIME
 * Description: A device of the host, assigned to the guest, and its DMA into buffers of
 * virtio-gpu
 *
 * SUBTEST: write
 * Description: The device writes to an exported buffer, and nowhere else
 *
 * SUBTEST: read
 * Description: It reads what the CPU wrote there
 *
 * SUBTEST: screen
 * Description: What it writes to a buffer on the screen is shown after a flush
 *
 * SUBTEST: screen-imported
 * Description: So is what it writes to an imported buffer, without a transfer
 */

IGT_TEST_DESCRIPTION(
	"Test buffers that a device assigned to the guest reads and writes.");

#define PAGE 4096u

/* A buffer with its dma-buf. */
struct buffer {
	int device, dmabuf; /* who allocated it */
	uint32_t handle, pitch; /* bytes */
	size_t size; /* bytes */
	uint8_t *map;
};

static int fd = -1, vgem = -1, edu = -1;

static struct buffer create(int device, uint32_t width, uint32_t height)
{
	struct buffer buffer = {.device = device};
	uint64_t size, offset;

	igt_assert_eq(drmModeCreateDumbBuffer(device, width, height, 32, 0,
					      &buffer.handle, &buffer.pitch, &size),
		      0);
	buffer.size = size;
	igt_assert_eq(drmModeMapDumbBuffer(device, buffer.handle, &offset), 0);
	buffer.map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, device,
			  (off_t)offset);
	igt_assert(buffer.map != MAP_FAILED);
	memset(buffer.map, 0x5a, size);
	igt_assert_eq(drmPrimeHandleToFD(device, buffer.handle, DRM_CLOEXEC | DRM_RDWR,
					 &buffer.dmabuf),
		      0);
	return buffer;
}

static void destroy(struct buffer *buffer)
{
	close(buffer->dmabuf);
	munmap(buffer->map, buffer->size);
	gem_close(buffer->device, buffer->handle);
}

static uint8_t pattern(size_t offset, uint32_t seed)
{
	return (uint8_t)((offset * 2654435761u + seed * 40503u) >> 11);
}

static void paint(struct buffer *buffer, size_t offset, size_t length, uint32_t seed)
{
	for (size_t i = offset; i < offset + length; i++)
		buffer->map[i] = pattern(i, seed);
}

/* One DMA of the device each way. */
static int try_copy(const struct buffer *src, size_t src_offset, const struct buffer *dst,
		    size_t dst_offset, size_t length)
{
	struct edu_dma_copy copy = {
		.src = src->dmabuf,
		.dst = dst->dmabuf,
		.length = (uint32_t)length,
		.src_offset = src_offset,
		.dst_offset = dst_offset,
	};

	return igt_ioctl(edu, EDU_DMA_COPY, &copy) ? -errno : 0;
}

static void copy(const struct buffer *src, const struct buffer *dst, size_t offset,
		 size_t length)
{
	igt_assert_eq(try_copy(src, offset, dst, offset, length), 0);
}

/* What the device touches: a start, a whole page, an end, all at odd addresses but one.
 */
static const struct {
	uint32_t offset, length;
} spans[] = {
	{1, 3},
	{PAGE, PAGE},
	{3 * PAGE - 3204, 3204},
	{4 * PAGE + 777, 1366},
};

static void check_spans(const struct buffer *buffer, uint32_t seed)
{
	size_t span = 0;

	for (size_t i = 0; i < buffer->size; i++) {
		bool touched;

		while (span < ARRAY_SIZE(spans) &&
		       i >= spans[span].offset + spans[span].length)
			span++;
		touched = span < ARRAY_SIZE(spans) && i >= spans[span].offset;
		igt_assert_f(buffer->map[i] == (touched ? pattern(i, seed) : 0x5a),
			     "byte %zu is %#x, %s\n", i, buffer->map[i],
			     touched ? "not what was written" : "which nobody wrote");
	}
}

static void test_copy(int from, int to, uint32_t seed)
{
	struct buffer src = create(from, 801, 9), dst = create(to, 801, 9);

	for (size_t i = 0; i < ARRAY_SIZE(spans); i++)
		paint(&src, spans[i].offset, spans[i].length, seed);
	for (size_t i = 0; i < ARRAY_SIZE(spans); i++)
		copy(&src, &dst, spans[i].offset, spans[i].length);
	check_spans(&dst, seed);
	igt_assert_eq(try_copy(&src, 0, &dst, dst.size, 1), -EINVAL);
	destroy(&src);
	destroy(&dst);
}

/* How many of the screen's pixels are not what @map has. */
static size_t wrong_pixels(const char *name, const struct virtgpu_screen *screen,
			   const uint8_t *map)
{
	uint32_t width, height, *shown = virtgpu_screenshot(name, &width, &height);
	size_t wrong = 0;

	igt_assert(width == screen->width && height == screen->height);
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++) {
			uint32_t pixel;

			memcpy(&pixel, map + (size_t)y * screen->stride + x * 4, 4);
			wrong += (shown[y * width + x] ^ pixel) & 0xffffff ? 1 : 0;
		}
	free(shown);
	return wrong;
}

/* A host's window is drawn some time after the flush. */
static void check_screen(const char *name, const struct virtgpu_screen *screen,
			 const uint8_t *map)
{
	struct virtgpu_limit limit = virtgpu_limit(3);
	size_t wrong = 1;

	igt_assert_eq(virtgpu_screen_flush(screen), 0);
	for (int tries = 0; wrong && (tries < 15 || !virtgpu_limit_over(&limit));
	     tries++) {
		usleep(tries ? 200000 : 50000);
		wrong = wrong_pixels(name, screen, map);
	}
	igt_assert_f(!wrong, "%zu of %u pixels are wrong in %s\n", wrong,
		     screen->width * screen->height, name);
}

/* The screen shows @handle from now on. */
static void flip_to(struct virtgpu_screen *screen, uint32_t handle)
{
	drmModeRes *resources = drmModeGetResources(fd);

	igt_assert(resources && resources->count_crtcs);
	drmModeRmFB(fd, screen->framebuffer);
	igt_assert_eq(drmModeAddFB(fd, screen->width, screen->height, 24, 32,
				   screen->stride, handle, &screen->framebuffer),
		      0);
	igt_assert_eq(drmModeSetCrtc(fd, resources->crtcs[0], screen->framebuffer, 0, 0,
				     &screen->connector, 1, &screen->mode),
		      0);
	drmModeFreeResources(resources);
}

/* What the screen showed before, but for what the device wrote. */
static void write_to_screen(struct virtgpu_screen *screen, const struct buffer *dst,
			    const uint8_t *map, const char *name)
{
	const size_t middle =
		(screen->height / 2 * (size_t)screen->stride) & ~(PAGE - 1ul);
	const size_t end = (size_t)screen->stride * screen->height;
	const struct {
		size_t offset, length;
	} parts[] = {
		{middle, PAGE},
		{middle + PAGE, 1366},
		{(end - 1) & ~(PAGE - 1ul), ((end - 1) & (PAGE - 1)) + 1},
	};
	struct buffer src = create(vgem, 1024, (uint32_t)((dst->size + PAGE - 1) / PAGE));
	size_t wrong = 0;

	check_screen(name, screen, map);
	paint(&src, 0, src.size, 3);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		copy(&src, dst, parts[i].offset, parts[i].length);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		wrong += memcmp(map + parts[i].offset, src.map + parts[i].offset,
				parts[i].length) != 0;
	igt_assert_eq(wrong, 0);
	check_screen(name, screen, map);
	destroy(&src);
}

static void test_screen(void)
{
	struct virtgpu_screen screen = virtgpu_screen_create(fd);
	struct buffer dst = {.size = screen.size};

	memset(screen.map, 0x33, screen.size);
	igt_assert_eq(drmPrimeHandleToFD(fd, screen.handle, DRM_CLOEXEC | DRM_RDWR,
					 &dst.dmabuf),
		      0);
	write_to_screen(&screen, &dst, screen.map, "dma-screen");
	close(dst.dmabuf);
	virtgpu_screen_destroy(&screen);
}

static void test_screen_imported(void)
{
	struct virtgpu_screen screen = virtgpu_screen_create(fd);
	struct buffer dst = create(vgem, screen.stride / 4, screen.height);
	uint32_t handle;

	igt_assert_eq(dst.pitch, screen.stride);
	igt_assert_eq(drmPrimeFDToHandle(fd, dst.dmabuf, &handle), 0);
	flip_to(&screen, handle);
	virtgpu_count_transfers();
	write_to_screen(&screen, &dst, dst.map, "dma-screen-imported");
	igt_assert_eq(virtgpu_transfers(), 0);
	virtgpu_screen_destroy(&screen);
	gem_close(fd, handle);
	destroy(&dst);
}

int igt_main()
{
	igt_fixture () {
		fd = drm_open_driver(DRIVER_VIRTIO);
		vgem = drm_open_driver(DRIVER_VGEM);
		edu = open(EDU_DMA_NODE, O_RDWR | O_CLOEXEC);
		igt_require_f(edu >= 0, "no device is assigned to this guest\n");
	}

	igt_describe("The device writes to an exported buffer, and nowhere else.");
	igt_subtest ("write")
		test_copy(vgem, fd, 1);

	igt_describe("It reads what the CPU wrote there.");
	igt_subtest ("read")
		test_copy(fd, vgem, 2);

	igt_describe("What it writes to a buffer on the screen is shown after a flush.");
	igt_subtest ("screen")
		test_screen();

	igt_describe("So is what it writes to an imported buffer, without a transfer.");
	igt_subtest ("screen-imported")
		test_screen_imported();

	igt_fixture () {
		close(edu);
		drm_close_driver(vgem);
		drm_close_driver(fd);
	}
}
