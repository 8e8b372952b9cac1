// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#include "drm_fourcc.h"
#include "virtgpu_helper.h"

/**
 * TEST: virtgpu scanout
 * Category: Display
 * Description: Buffers of another device on the screen, without a transfer
 *
 * SUBTEST: import
 * Description: An imported buffer is shown right, with any pitch and offset
 *
 * SUBTEST: format
 * Description: So are its colours
 *
 * SUBTEST: frames
 * Description: What its owner draws is shown with the next flush
 *
 * SUBTEST: damage
 * Description: A flush of some rectangle shows that rectangle
 *
 * SUBTEST: flip
 * Description: Imported and native buffers take turns on the screen
 *
 * SUBTEST: resize
 * Description: So do imported buffers of different sizes
 *
 * SUBTEST: free
 * Description: A buffer that is shown can be let go of, by all of its owners
 *
 * SUBTEST: host
 * Description: What is drawn to a linear buffer of the host is shown with the next flush
 *
 * SUBTEST: cursor
 * Description: With 3D, an imported cursor image is refused and does no harm
 */

IGT_TEST_DESCRIPTION("Test the scanout of imported buffers.");

struct shape {
	const char *name;
	uint32_t width, height, pitch, offset; /* pixels, bytes */
};

static const struct shape shapes[] = {
	{"801x601", 801, 601, 3204, 0},
	{"801x601-pitch", 801, 601, 3328, 0},
	{"801x601-offset", 801, 601, 3204, 64},
	{"801x601-pitch-offset", 801, 601, 3328, 12292},
	{"801x601-last-pixel", 801, 601, 4096, 892}, /* ends with the buffer */
	{"1366x768", 1366, 768, 5464, 0},
	{"1366x768-pitch", 1366, 768, 5632, 0},
	{"1366x768-pitch-offset", 1366, 768, 5632, 1048580},
	{"33x32", 33, 32, 256, 0},
};
static const struct shape *const odd = &shapes[3], *const full = &shapes[7];

/* A framebuffer, and what the screen should show of it. */
struct buffer {
	struct shape shape;
	int device; /* who allocated it */
	uint32_t owner, handle, framebuffer; /* handles there and here */
	size_t size; /* bytes */
	uint8_t *map;
	uint32_t *expected; /* width * height pixels */
};

static int fd = -1, vgem = -1;
static uint32_t connector, crtc;
static drmModeModeInfo preferred;

static uint32_t pixel(uint32_t x, uint32_t y, uint32_t seed)
{
	return (x * 2654435761u ^ y * 40503u ^ seed * 73856093u) & 0xffffff;
}

/* The top byte is not shown. */
static void put(struct buffer *buffer, uint32_t x, uint32_t y, uint32_t value)
{
	value |= (x ^ y) << 24;
	memcpy(buffer->map + buffer->shape.offset + (size_t)y * buffer->shape.pitch +
		       x * 4,
	       &value, 4);
}

static void paint_rect(struct buffer *buffer, uint32_t x0, uint32_t y0, uint32_t width,
		       uint32_t height, uint32_t seed)
{
	for (uint32_t y = y0; y < y0 + height; y++)
		for (uint32_t x = x0; x < x0 + width; x++) {
			put(buffer, x, y, pixel(x, y, seed));
			buffer->expected[y * buffer->shape.width + x] = pixel(x, y, seed);
		}
}

static void paint(struct buffer *buffer, uint32_t seed)
{
	paint_rect(buffer, 0, 0, buffer->shape.width, buffer->shape.height, seed);
}

static void create_dumb(struct buffer *buffer, uint32_t width, uint32_t height)
{
	uint64_t size, offset;
	uint32_t pitch;

	igt_assert_eq(drmModeCreateDumbBuffer(buffer->device, width, height, 32, 0,
					      &buffer->owner, &pitch, &size),
		      0);
	buffer->size = size;
	igt_assert_eq(drmModeMapDumbBuffer(buffer->device, buffer->owner, &offset), 0);
	buffer->map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, buffer->device,
			   (off_t)offset);
	igt_assert(buffer->map != MAP_FAILED);
	memset(buffer->map, 0x5a, size);
}

static void add_framebuffer(struct buffer *buffer, uint32_t format)
{
	const struct shape *shape = &buffer->shape;
	uint32_t handles[4] = {buffer->handle}, pitches[4] = {shape->pitch},
		 offsets[4] = {shape->offset};

	igt_assert_eq(drmModeAddFB2(fd, shape->width, shape->height, format, handles,
				    pitches, offsets, &buffer->framebuffer, 0),
		      0);
	buffer->expected = calloc((size_t)shape->width * shape->height, 4);
	igt_assert(buffer->expected);
}

/* 0 or a negative errno */
static int try_import(int dmabuf, uint32_t *handle)
{
	return drmPrimeFDToHandle(fd, dmabuf, handle) ? -errno : 0;
}

static struct buffer import(const struct shape *shape, uint32_t format)
{
	struct buffer buffer = {.shape = *shape, .device = vgem};
	size_t size = shape->offset + (size_t)shape->pitch * (shape->height - 1) +
		      shape->width * 4;
	int dmabuf;

	create_dumb(&buffer, 1024, (uint32_t)((size + 4095) / 4096));
	igt_assert_eq(drmPrimeHandleToFD(vgem, buffer.owner, DRM_CLOEXEC | DRM_RDWR,
					 &dmabuf),
		      0);
	igt_assert_eq(try_import(dmabuf, &buffer.handle), 0);
	close(dmabuf);
	add_framebuffer(&buffer, format);
	return buffer;
}

static struct buffer native(uint32_t width, uint32_t height)
{
	struct buffer buffer = {
		.shape = {"native", width, height, width * 4, 0},
		.device = fd,
	};

	create_dumb(&buffer, width, height);
	buffer.handle = buffer.owner;
	add_framebuffer(&buffer, DRM_FORMAT_XRGB8888);
	return buffer;
}

static void destroy(struct buffer *buffer)
{
	munmap(buffer->map, buffer->size);
	if (buffer->framebuffer)
		drmModeRmFB(fd, buffer->framebuffer);
	if (buffer->device != fd)
		gem_close(buffer->device, buffer->owner);
	if (buffer->handle)
		gem_close(fd, buffer->handle);
	free(buffer->expected);
}

/* The screen of a virtual machine has any size. */
static drmModeModeInfo mode_for(const struct shape *shape)
{
	drmModeModeInfo mode = {
		.hdisplay = (uint16_t)shape->width,
		.hsync_start = (uint16_t)(shape->width + 8),
		.hsync_end = (uint16_t)(shape->width + 16),
		.htotal = (uint16_t)(shape->width + 24),
		.vdisplay = (uint16_t)shape->height,
		.vsync_start = (uint16_t)(shape->height + 1),
		.vsync_end = (uint16_t)(shape->height + 2),
		.vtotal = (uint16_t)(shape->height + 3),
		.vrefresh = 60,
		.clock = (shape->width + 24) * (shape->height + 3) * 60 / 1000,
		.name = "test",
	};

	return shape->width == preferred.hdisplay && shape->height == preferred.vdisplay
		       ? preferred
		       : mode;
}

static void show(const struct buffer *buffer)
{
	drmModeModeInfo mode = mode_for(&buffer->shape);

	igt_assert_eq(drmModeSetCrtc(fd, crtc, buffer->framebuffer, 0, 0, &connector, 1,
				     &mode),
		      0);
}

static void flush(const struct buffer *buffer, uint32_t x, uint32_t y, uint32_t width,
		  uint32_t height)
{
	drmModeClip clip = {
		.x1 = (uint16_t)x,
		.y1 = (uint16_t)y,
		.x2 = (uint16_t)(x + width),
		.y2 = (uint16_t)(y + height),
	};

	igt_assert_eq(drmModeDirtyFB(fd, buffer->framebuffer, &clip, 1), 0);
}

/* How many pixels of the host's screen are wrong; all if it has another size. */
static size_t wrong_pixels(const char *name, const struct buffer *buffer)
{
	size_t pixels = (size_t)buffer->shape.width * buffer->shape.height, wrong = 0;
	uint32_t width, height, *screen = virtgpu_screenshot(name, &width, &height);

	if (width != buffer->shape.width || height != buffer->shape.height)
		wrong = pixels;
	for (size_t i = 0; !wrong && i < pixels; i++)
		wrong += (screen[i] & 0xffffff) != buffer->expected[i];
	if (wrong && wrong != pixels) {
		wrong = 0;
		for (size_t i = 0; i < pixels; i++)
			wrong += (screen[i] & 0xffffff) != buffer->expected[i];
	}
	free(screen);
	return wrong;
}

/* A host's window is drawn some time after the flush. */
static void check_screen(const char *name, const struct buffer *buffer)
{
	struct virtgpu_limit limit = virtgpu_limit(3);
	size_t wrong = 1;

	for (int tries = 0; wrong && (tries < 15 || !virtgpu_limit_over(&limit));
	     tries++) {
		usleep(tries ? 200000 : 50000);
		wrong = wrong_pixels(name, buffer);
	}
	igt_assert_f(!wrong, "%zu of %u pixels are wrong in %s\n", wrong,
		     buffer->shape.width * buffer->shape.height, name);
}

static void test_import(const struct shape *shape)
{
	struct buffer buffer = import(shape, DRM_FORMAT_XRGB8888);

	paint(&buffer, 1);
	virtgpu_count_transfers();
	show(&buffer);
	check_screen("scanout-import", &buffer);
	igt_assert_eq(virtgpu_transfers(), 0);
	destroy(&buffer);
}

static void test_format(void)
{
	/* one colour a quarter, so that swapped channels are seen */
	static const uint32_t colours[] = {0xff2010, 0x30ff20, 0x4010ff, 0x7f3fbf};
	struct buffer buffer = import(odd, DRM_FORMAT_XRGB8888);

	for (uint32_t y = 0; y < odd->height; y++)
		for (uint32_t x = 0; x < odd->width; x++) {
			uint32_t colour =
				colours[(x * 2 / odd->width) + (y * 2 / odd->height) * 2];

			put(&buffer, x, y, colour);
			buffer.expected[y * odd->width + x] = colour;
		}
	show(&buffer);
	check_screen("scanout-format", &buffer);
	destroy(&buffer);
}

static void test_frames(void)
{
	struct buffer buffer = import(full, DRM_FORMAT_XRGB8888);

	paint(&buffer, 0);
	virtgpu_count_transfers();
	show(&buffer);
	for (uint32_t frame = 1; frame <= 8; frame++) {
		paint(&buffer, frame);
		flush(&buffer, 0, 0, full->width, full->height);
		check_screen("scanout-frames", &buffer);
	}
	igt_assert_eq(virtgpu_transfers(), 0);
	destroy(&buffer);
}

/* Memory of the host, mapped as whoever gets its dma-buf would do it. */
static struct buffer create_host(uint32_t width, uint32_t height)
{
	struct buffer buffer = {.shape = {"host", width, height, 0, 0}, .device = fd};
	int dmabuf;

	buffer.shape.pitch = virtgpu_host_pitch(fd, width, height);
	buffer.size = (size_t)buffer.shape.pitch * height;
	buffer.handle = virtgpu_host_create(fd, buffer.size);
	igt_assert_eq(drmPrimeHandleToFD(fd, buffer.handle, DRM_CLOEXEC | DRM_RDWR,
					 &dmabuf),
		      0);
	buffer.map =
		mmap(NULL, buffer.size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	igt_assert_f(buffer.map != MAP_FAILED, "mmap: %m\n");
	close(dmabuf);
	memset(buffer.map, 0x5a, buffer.size);
	add_framebuffer(&buffer, DRM_FORMAT_XRGB8888);
	return buffer;
}

static void test_host(const struct shape *shape)
{
	struct buffer buffer = create_host(shape->width, shape->height);

	paint(&buffer, 0);
	virtgpu_count_transfers();
	show(&buffer);
	check_screen("scanout-host", &buffer);
	for (uint32_t frame = 1; frame <= 2; frame++) {
		paint(&buffer, frame);
		flush(&buffer, 0, 0, shape->width, shape->height);
		check_screen("scanout-host", &buffer);
	}
	igt_assert_eq(virtgpu_transfers(), 0);
	destroy(&buffer);
}

static void test_damage(const struct shape *shape)
{
	const struct {
		uint32_t x, y, width, height;
	} rects[] = {
		{0, 0, 1, 1},
		{7, 5, 333, 7},
		{shape->width - 1, shape->height - 1, 1, 1},
		{0, shape->height / 2, shape->width, 1},
		{shape->width / 2, 0, 1, shape->height},
		{shape->width / 3, shape->height / 3, shape->width / 2,
		 shape->height / 2},
	};
	struct buffer buffer = import(shape, DRM_FORMAT_XRGB8888);

	paint(&buffer, 100);
	virtgpu_count_transfers();
	show(&buffer);
	check_screen("scanout-damage", &buffer);
	for (uint32_t i = 0; i < ARRAY_SIZE(rects); i++) {
		paint_rect(&buffer, rects[i].x, rects[i].y, rects[i].width,
			   rects[i].height, 101 + i);
		flush(&buffer, rects[i].x, rects[i].y, rects[i].width, rects[i].height);
		check_screen("scanout-damage", &buffer);
	}
	igt_assert_eq(virtgpu_transfers(), 0);
	destroy(&buffer);
}

static void on_flip(int device, unsigned int frame, unsigned int sec, unsigned int usec,
		    void *data)
{
	(void)device, (void)frame, (void)sec, (void)usec;
	*(bool *)data = true;
}

static void flip_to(const struct buffer *buffer)
{
	drmEventContext events = {.version = 2, .page_flip_handler = on_flip};
	bool flipped = false;

	igt_assert_eq(drmModePageFlip(fd, crtc, buffer->framebuffer,
				      DRM_MODE_PAGE_FLIP_EVENT, &flipped),
		      0);
	igt_assert(virtgpu_readable(fd, 5));
	igt_assert_eq(drmHandleEvent(fd, &events), 0);
	igt_assert(flipped);
}

static void test_flip(void)
{
	struct buffer buffers[] = {
		import(full, DRM_FORMAT_XRGB8888),
		native(full->width, full->height),
		import(&shapes[5], DRM_FORMAT_XRGB8888),
	};

	for (uint32_t i = 0; i < ARRAY_SIZE(buffers); i++)
		paint(&buffers[i], 200 + i);
	show(&buffers[0]);
	check_screen("scanout-flip", &buffers[0]);
	for (uint32_t i = 1; i <= 12; i++) {
		struct buffer *buffer = &buffers[i % ARRAY_SIZE(buffers)];

		paint(buffer, 210 + i);
		flip_to(buffer);
		check_screen("scanout-flip", buffer);
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(buffers); i++)
		destroy(&buffers[i]);
}

static void test_resize(void)
{
	struct buffer buffers[] = {
		import(full, DRM_FORMAT_XRGB8888),
		import(odd, DRM_FORMAT_XRGB8888),
		native(odd->width, odd->height),
	};

	for (uint32_t i = 0; i < 6; i++) {
		struct buffer *buffer = &buffers[i % ARRAY_SIZE(buffers)];

		paint(buffer, 300 + i);
		show(buffer);
		check_screen("scanout-resize", buffer);
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(buffers); i++)
		destroy(&buffers[i]);
}

static void test_free(void)
{
	struct buffer shown = import(full, DRM_FORMAT_XRGB8888);
	struct buffer next = import(odd, DRM_FORMAT_XRGB8888);

	paint(&shown, 400);
	show(&shown);
	check_screen("scanout-free", &shown);

	/* the framebuffer is all that is left of it, and still right */
	gem_close(vgem, shown.owner);
	gem_close(fd, shown.handle);
	shown.handle = 0;
	paint(&shown, 401);
	flush(&shown, 0, 0, full->width, full->height);
	check_screen("scanout-free", &shown);
	munmap(shown.map, shown.size);
	free(shown.expected);

	/* this turns the screen off */
	igt_assert_eq(drmModeRmFB(fd, shown.framebuffer), 0);
	paint(&next, 402);
	show(&next);
	check_screen("scanout-free", &next);
	destroy(&next);
}

/* A compositor falls back when either the import or the cursor is refused. */
static void test_cursor(void)
{
	struct buffer screen = native(full->width, full->height);
	struct buffer image = {.device = vgem, .shape = {"cursor", 64, 64, 256, 0}};
	int dmabuf, compositor = -1, error;

	paint(&screen, 500);
	show(&screen);
	create_dumb(&image, 64, 64);
	igt_assert_eq(drmPrimeHandleToFD(vgem, image.owner, DRM_CLOEXEC, &dmabuf), 0);
	if (virtgpu_has_3d(fd)) {
		struct virtgpu_resource resource;
		uint32_t handle;

		/* whoever renders here has a context in the file */
		compositor = drm_open_driver(DRIVER_VIRTIO);
		resource = virtgpu_resource_create(
			compositor, VIRGL_FORMAT_B8G8R8A8_UNORM, 4, 64, 64, 16384);
		error = drmPrimeFDToHandle(compositor, dmabuf, &handle) ? errno : 0;
		igt_assert(!error || error == ENODEV);
		for (uint32_t i = 0; i < 64 * 64 * 4; i++)
			resource.map[i] = (uint8_t)(i * 7);
		struct virtgpu_transfer whole = virtgpu_whole(&resource, 0);

		igt_assert_eq(virtgpu_to_host(compositor, resource.handle, &whole), 0);
		virtgpu_wait(&resource);
		memset(resource.map, 0, resource.size);
		igt_assert_eq(virtgpu_from_host(compositor, resource.handle, &whole), 0);
		virtgpu_wait(&resource);
		for (uint32_t i = 0; i < 64 * 64 * 4; i++)
			igt_assert_eq(resource.map[i], (uint8_t)(i * 7));
		virtgpu_resource_destroy(&resource);
		drm_close_driver(compositor);
	}
	igt_assert_eq(try_import(dmabuf, &image.handle), 0);
	igt_assert_eq(!drmModeSetCursor(fd, crtc, image.handle, 64, 64),
		      !virtgpu_has_3d(fd));
	close(dmabuf);
	paint(&screen, 501);
	flush(&screen, 0, 0, full->width, full->height);
	check_screen("scanout-cursor", &screen);
	destroy(&image);
	destroy(&screen);
}

static void find_output(void)
{
	drmModeRes *resources = drmModeGetResources(fd);

	igt_assert(resources && resources->count_crtcs);
	crtc = resources->crtcs[0];
	for (int i = 0; i < resources->count_connectors && !connector; i++) {
		drmModeConnector *found =
			drmModeGetConnector(fd, resources->connectors[i]);

		if (found && found->connection == DRM_MODE_CONNECTED &&
		    found->count_modes) {
			connector = found->connector_id;
			preferred = found->modes[0];
		}
		drmModeFreeConnector(found);
	}
	drmModeFreeResources(resources);
	igt_require_f(connector, "nothing is connected\n");
}

/* What this file imports: as it has no context, that is for display. */
static bool can_show_imports(void)
{
	return virtgpu_getparam(fd, VIRTGPU_PARAM_RESOURCE_BLOB) == 1 &&
	       (!virtgpu_has_3d(fd) ||
		virtgpu_getparam(fd, VIRTGPU_PARAM_SCANOUT_GUEST_BLOB) == 1);
}

int igt_main()
{
	igt_fixture () {
		fd = drm_open_driver(DRIVER_VIRTIO);
		vgem = drm_open_driver(DRIVER_VGEM);
		igt_require_f(can_show_imports(),
			      "the device shows no foreign buffers\n");
		find_output();
	}

	igt_describe("An imported buffer is shown right, with any pitch and offset.");
	igt_subtest_with_dynamic ("import")
		for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
			igt_dynamic_f ("%s", shapes[i].name)
				test_import(&shapes[i]);

	igt_describe("So are its colours.");
	igt_subtest ("format")
		test_format();

	igt_describe("What its owner draws is shown with the next flush.");
	igt_subtest ("frames")
		test_frames();

	igt_describe("A flush of some rectangle shows that rectangle.");
	igt_subtest_with_dynamic ("damage") {
		igt_dynamic_f ("%s", odd->name)
			test_damage(odd);
		igt_dynamic_f ("%s", full->name)
			test_damage(full);
	}

	igt_describe("Imported and native buffers take turns on the screen.");
	igt_subtest ("flip")
		test_flip();

	igt_describe("So do imported buffers of different sizes.");
	igt_subtest ("resize")
		test_resize();

	igt_describe("A buffer that is shown can be let go of by all of its owners.");
	igt_subtest ("free")
		test_free();

	igt_describe("What is drawn to a linear buffer of the host is shown.");
	igt_subtest_with_dynamic ("host") {
		igt_require_f(virtgpu_host_pitch(fd, 64, 64),
			      "the host makes no linear buffers\n");
		for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
			if (!strchr(shapes[i].name, '-'))
				igt_dynamic_f ("%s", shapes[i].name)
					test_host(&shapes[i]);
	}

	igt_describe("With 3D, an imported cursor image is refused and does no harm.");
	igt_subtest ("cursor")
		test_cursor();

	igt_fixture () {
		drm_close_driver(vgem);
		drm_close_driver(fd);
	}
}
