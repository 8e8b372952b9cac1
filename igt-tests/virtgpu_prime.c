// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "virtgpu_helper.h"

/**
 * TEST: virtgpu prime
 * Category: Display
 * Description: Dma-bufs from virtio-gpu to others, and from others to virtio-gpu
 *
 * SUBTEST: export
 * Description: What is written through a dma-buf or its importer reaches the host,
 *	and what comes back is seen there (control: the stock driver can do it)
 *
 * SUBTEST: export-screen
 * Description: What an importer writes to a dumb buffer is on the host's screen, with and
 *	without 3D (control)
 *
 * SUBTEST: read-back
 * Description: Who may look at the screen finds its framebuffer, and another device
 *	reads what is shown: dumb buffers as they are, textures after a transfer,
 *	which gets an errno where it can bring nothing
 *
 * SUBTEST: export-stride
 * Description: The same with the row pitch that another GPU asked for
 *
 * SUBTEST: export-again
 * Description: An object gives a working dma-buf as often as it is asked (control)
 *
 * SUBTEST: self-import
 * Description: A file gets its own handle back, another the same resource (control)
 *
 * SUBTEST: before-context
 * Description: What a file has before it has a context can be used with it
 *
 * SUBTEST: close-orders
 * Description: Pixels outlive handle, dma-buf, mappings and importer, in any order
 *	of their ends (control)
 *
 * SUBTEST: many
 * Description: 256 shared buffers at once do not get mixed up (control)
 *
 * SUBTEST: cycles
 * Description: 10000 times export, import and close leave nothing behind (control);
 *	1000 times on kernels with kmemleak
 *
 * SUBTEST: threads
 * Description: Threads share one object and objects of their own (control)
 *
 * SUBTEST: import-refused
 * Description: Where the device cannot use foreign buffers their import is ENODEV,
 *	and the context works afterwards, or without 3D the screen (control)
 *
 * SUBTEST: import-blob
 * Description: Where it can they are guest blobs that can be shown
 *
 * SUBTEST: import-3d
 * Description: Contexts read them, and write those with a pitch that GPUs take, where
 *	the host makes handles of pages
 *
 * SUBTEST: import-limits
 * Description: What is too much for such a handle is refused, and does no harm
 *
 * SUBTEST: guest-handle
 * Description: Contexts use virtio-gpu's own pages like imported ones, not when they
 *	are somebody else's, and who wants too many of them gets an error and no blob
 *
 * SUBTEST: host-3d
 * Description: Contexts read and write linear buffers of the host; the pixels are
 *	those that the guest's mapping has
 */

IGT_TEST_DESCRIPTION("Test dma-bufs between virtio-gpu and other devices.");

/* From the virgl protocol: draw to a surface, give a blob a type, and copy pixels. */
#define VIRGL_CCMD_CREATE_OBJECT 1
#define VIRGL_OBJECT_SURFACE 8
#define VIRGL_CCMD_SET_FRAMEBUFFER_STATE 5
#define VIRGL_CCMD_CLEAR 7
#define PIPE_CLEAR_COLOR0 (1 << 2)
#define VIRGL_CCMD_RESOURCE_COPY_REGION 17
#define VIRGL_CCMD_PIPE_RESOURCE_SET_TYPE 49

/* Of the host's udmabuf: runner/lanes/nested.lane */
#define UDMABUF_SIZE_LIMIT (64u << 20) /* bytes */
#define UDMABUF_LIST_LIMIT 4096 /* entries */

#define MANY 256
#define THREADS 4

/* Of four bytes a pixel. */
struct shape {
	const char *name;
	uint32_t width, height, pitch;
};

static const struct shape tight[] = {
	{"801x601", 801, 601, 3204},
	{"1366x768", 1366, 768, 5464},
	{"one-page", 32, 32, 128},
};
static const struct shape padded[] = {
	{"801x601-3328", 801, 601, 3328},
	{"1366x768-5632", 1366, 768, 5632},
};
static const struct shape *const one_page = &tight[2];

static int fd = -1, vgem = -1;

/* The host makes handles of guest pages, which its contexts can use. */
static bool has_handles(void)
{
	return virtgpu_getparam(fd, VIRTGPU_PARAM_CREATE_GUEST_HANDLE) == 1;
}

/* Foreign buffers are guest blobs, which need no handles without 3D. */
static bool takes_imports(void)
{
	return virtgpu_getparam(fd, VIRTGPU_PARAM_RESOURCE_BLOB) == 1 &&
	       (!virtgpu_has_3d(fd) || has_handles());
}

static size_t whole_pages(size_t bytes)
{
	return (bytes + 4095) & ~(size_t)4095;
}

static uint32_t pixel(uint32_t x, uint32_t y, uint32_t seed)
{
	return (x * 2654435761u) ^ (y * 40503u) ^ (seed * 2246822519u);
}

static void paint(void *map, const struct shape *shape, uint32_t seed)
{
	for (uint32_t y = 0; y < shape->height; y++)
		for (uint32_t x = 0; x < shape->width; x++)
			((uint32_t *)map)[y * shape->pitch / 4 + x] = pixel(x, y, seed);
}

/* Pixels that differ in the bits of @mask: what X holds is up to the host. */
static size_t wrong_pixels(const void *map, const struct shape *shape, uint32_t seed,
			   uint32_t mask)
{
	const uint32_t *pixels = map;
	size_t wrong = 0;

	for (uint32_t y = 0; y < shape->height; y++)
		for (uint32_t x = 0; x < shape->width; x++)
			wrong += ((pixels[y * shape->pitch / 4 + x] ^ pixel(x, y, seed)) &
				  mask) != 0;
	return wrong;
}

static void check(const void *map, const struct shape *shape, uint32_t seed,
		  uint32_t mask)
{
	size_t wrong = wrong_pixels(map, shape, seed, mask);

	igt_assert_f(!wrong, "%zu of %u pixels are wrong\n", wrong,
		     shape->width * shape->height);
}

/* The kernel makes a file's context when it first needs one. */
static void create_context(int device)
{
	struct virtgpu_resource first = virtgpu_resource_create(
		device, VIRGL_FORMAT_B8G8R8A8_UNORM, 4, 1, 1, 4096);

	virtgpu_resource_destroy(&first);
}

static int open_with_context(void)
{
	int device = drm_open_driver(DRIVER_VIRTIO);

	create_context(device);
	return device;
}

static struct virtgpu_resource create(const struct shape *shape)
{
	return virtgpu_resource_create(fd, VIRGL_FORMAT_B8G8R8A8_UNORM, 4, shape->width,
				       shape->height, shape->pitch * shape->height);
}

/* 0, or a negative errno; libdrm's own returns -1. */
static int try_import(int device, int dmabuf, uint32_t *handle)
{
	return drmPrimeFDToHandle(device, dmabuf, handle) ? -errno : 0;
}

static uint32_t import(int device, int dmabuf)
{
	uint32_t handle = 0;

	igt_assert_eq(try_import(device, dmabuf, &handle), 0);
	return handle;
}

static uint8_t *map_dmabuf(int dmabuf, size_t size)
{
	uint8_t *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);

	igt_assert(map != MAP_FAILED);
	return map;
}

/* No device maps what it imported; it passes on a dma-buf that can be mapped. */
static uint8_t *map_imported(int device, uint32_t handle, size_t size)
{
	int dmabuf = -1;
	uint8_t *map;

	igt_assert_eq(drmPrimeHandleToFD(device, handle, DRM_CLOEXEC | DRM_RDWR, &dmabuf),
		      0);
	map = map_dmabuf(dmabuf, size);
	close(dmabuf);
	return map;
}

/* Of the shape, whose pitch is the driver's then: virtio-gpu pads rows. */
static struct virtgpu_resource create_dumb(int device, struct shape *shape)
{
	struct virtgpu_resource dumb = {.fd = device,
					.format = VIRGL_FORMAT_B8G8R8X8_UNORM,
					.cpp = 4,
					.width = shape->width,
					.height = shape->height};
	uint64_t size;
	uint64_t offset;
	uint32_t pitch;

	igt_assert_eq(drmModeCreateDumbBuffer(device, shape->width, shape->height, 32, 0,
					      &dumb.handle, &pitch, &size),
		      0);
	igt_assert(pitch >= shape->width * 4);
	shape->pitch = pitch;
	dumb.size = size;
	igt_assert_eq(drmModeMapDumbBuffer(device, dumb.handle, &offset), 0);
	dumb.map = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, device,
			(off_t)offset);
	igt_assert(dumb.map != MAP_FAILED);
	return dumb;
}

/* A guest blob, whose pages the host uses as they are: there are no transfers. With
 * 3D dumb buffers are none.
 */
static bool is_blob(const struct virtgpu_resource *resource)
{
	return resource->format == VIRGL_FORMAT_B8G8R8X8_UNORM && takes_imports() &&
	       !virtgpu_has_3d(fd);
}

static uint32_t mask_of(const struct virtgpu_resource *resource)
{
	return resource->format == VIRGL_FORMAT_B8G8R8X8_UNORM ? 0xffffff : ~0u;
}

/* The pages to the host, other bytes into them, and the pages from the host. */
static void round_trip(const struct virtgpu_resource *resource, uint32_t stride)
{
	struct virtgpu_transfer whole = virtgpu_whole(resource, stride);

	if (is_blob(resource))
		return;
	igt_assert_eq(virtgpu_to_host(resource->fd, resource->handle, &whole), 0);
	if (!virtgpu_has_3d(fd))
		return; /* nothing comes back from such a host */
	virtgpu_wait(resource);
	memset(resource->map, 0xa5, resource->size);
	igt_assert_eq(virtgpu_from_host(resource->fd, resource->handle, &whole), 0);
}

/* Pixels of the host's screen that are not those of paint(). */
static size_t wrong_on_screen(const struct shape *shape, uint32_t seed)
{
	uint32_t width, height, *shown;
	size_t wrong = 0;

	shown = virtgpu_screenshot("prime-export", &width, &height);
	igt_assert(width == shape->width && height == shape->height);
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++)
			wrong += ((shown[y * width + x] ^ pixel(x, y, seed)) &
				  0xffffff) != 0;
	free(shown);
	return wrong;
}

/* Without 3D nothing comes back from the host: what it shows is what reached it. */
static void test_export_screen(void)
{
	struct virtgpu_screen screen = virtgpu_screen_create(fd);
	const struct shape shape = {"screen", screen.width, screen.height, screen.stride};
	struct virtgpu_limit limit;
	uint32_t imported;
	size_t wrong;
	uint8_t *map;
	int dmabuf = -1;

	igt_assert_eq(drmPrimeHandleToFD(fd, screen.handle, DRM_CLOEXEC | DRM_RDWR,
					 &dmabuf),
		      0);
	imported = import(vgem, dmabuf);
	map = map_imported(vgem, imported, screen.size);
	for (uint32_t seed = 1; seed <= 2; seed++) {
		paint(map, &shape, seed);
		igt_assert_eq(virtgpu_screen_flush(&screen), 0);
		limit = virtgpu_limit(3);
		do
			wrong = wrong_on_screen(&shape, seed);
		while (wrong && !virtgpu_limit_over(&limit));
		igt_assert_f(!wrong, "%zu of %u pixels are wrong on the host's screen\n",
			     wrong, shape.width * shape.height);
	}
	munmap(map, screen.size);
	close(dmabuf);
	gem_close(vgem, imported);
	virtgpu_screen_destroy(&screen);
}

/* What another device sees of the pages that a screenshot finds by the framebuffer. */
struct capture {
	int fd, dmabuf;
	uint32_t handle, imported;
	struct shape shape;
	uint8_t *map;
};

/* In a file that has nothing to do with what it shows, nor a context. */
static struct capture capture(const struct virtgpu_screen *screen)
{
	struct capture capture = {.fd = drm_open_driver(DRIVER_VIRTIO), .dmabuf = -1};
	drmModeFB2Ptr found = drmModeGetFB2(capture.fd, screen->framebuffer);

	igt_assert(found && found->handles[0]);
	capture.handle = found->handles[0];
	capture.shape =
		(struct shape){"screen", found->width, found->height, found->pitches[0]};
	drmModeFreeFB2(found);
	igt_assert_eq(drmPrimeHandleToFD(capture.fd, capture.handle,
					 DRM_CLOEXEC | DRM_RDWR, &capture.dmabuf),
		      0);
	capture.imported = import(vgem, capture.dmabuf);
	capture.map = map_imported(vgem, capture.imported,
				   (size_t)capture.shape.pitch * capture.shape.height);
	return capture;
}

static int bring(const struct capture *capture)
{
	struct virtgpu_transfer whole = {
		.box = {.w = capture->shape.width, .h = capture->shape.height, .d = 1}};
	int ret = virtgpu_from_host(capture->fd, capture->handle, &whole);

	/* the other device waits for who writes to the buffer */
	igt_assert(virtgpu_readable(capture->dmabuf, 20));
	return ret;
}

static void end_capture(struct capture *capture)
{
	munmap(capture->map, (size_t)capture->shape.pitch * capture->shape.height);
	close(capture->dmabuf);
	gem_close(vgem, capture->imported);
	drm_close_driver(capture->fd);
}

static void test_read_back_dumb(void)
{
	struct virtgpu_screen screen = virtgpu_screen_create(fd);
	const struct shape shape = {"screen", screen.width, screen.height, screen.stride};
	struct capture shot;
	int ret;

	paint(screen.map, &shape, 1);
	igt_assert_eq(virtgpu_screen_flush(&screen), 0);
	shot = capture(&screen);
	check(shot.map, &shot.shape, 1, 0xffffff);
	ret = bring(&shot);
	igt_info("from the host: %d\n", ret);
	igt_assert(virtgpu_has_3d(fd) ? !ret : ret == -ENOSYS || ret == -EINVAL);
	check(shot.map, &shot.shape, 1, 0xffffff);
	end_capture(&shot);
	virtgpu_screen_destroy(&screen);
}

/* A texture is in the host, and its pages have what was last brought there. */
static void test_read_back_texture(void)
{
	struct virtgpu_screen screen = virtgpu_screen_create(fd), shown = screen;
	struct virtgpu_resource texture =
		virtgpu_resource_create(fd, VIRGL_FORMAT_B8G8R8X8_UNORM, 4, screen.width,
					screen.height, screen.width * screen.height * 4);
	const struct shape shape = {"texture", screen.width, screen.height,
				    screen.width * 4};
	struct virtgpu_transfer whole = virtgpu_whole(&texture, 0);
	struct capture shot;

	igt_assert_eq(drmModeAddFB(fd, screen.width, screen.height, 24, 32, shape.pitch,
				   texture.handle, &shown.framebuffer),
		      0);
	virtgpu_screen_show(&shown);
	for (uint32_t seed = 1; seed <= 2; seed++) {
		paint(texture.map, &shape, seed);
		igt_assert_eq(virtgpu_to_host(fd, texture.handle, &whole), 0);
		virtgpu_wait(&texture);
		memset(texture.map, 0, texture.size);
		shot = capture(&shown);
		igt_assert_eq(bring(&shot), 0);
		check(shot.map, &shot.shape, seed, 0xffffff);
		end_capture(&shot);
	}
	virtgpu_screen_show(&screen);
	drmModeRmFB(fd, shown.framebuffer);
	virtgpu_resource_destroy(&texture);
	virtgpu_screen_destroy(&screen);
}

/* Begins or ends accesses through a mapping of the dma-buf. */
static void sync_cpu(int dmabuf, uint64_t flags)
{
	struct dma_buf_sync sync = {.flags = flags};

	do_ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
}

/* The number that follows @word in a file of the kernel's statistics. */
static long kernel_count(const char *path, const char *word)
{
	FILE *file = fopen(path, "re");
	char line[256];
	long value = -1;

	igt_assert_f(file, "cannot open %s: %m\n", path);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, word, strlen(word)))
			value = strtol(line + strlen(word), NULL, 10);
	fclose(file);
	igt_assert_f(value >= 0, "%s has no %s\n", path, word);
	return value;
}

static long count_dmabufs(void)
{
	return kernel_count("/sys/kernel/debug/dma_buf/bufinfo", "Total ");
}

/* An imported buffer goes when the host says that it has let go of it. */
static long dmabufs(void)
{
	long count = count_dmabufs(), last = -1;

	while (count != last) {
		usleep(has_handles() ? 200000 : 50000);
		last = count;
		count = count_dmabufs();
	}
	return count;
}

static void expect_dmabufs(long before)
{
	struct virtgpu_limit limit;

	if (count_dmabufs() == before)
		return;
	limit = virtgpu_limit(5);
	while (count_dmabufs() != before && !virtgpu_limit_over(&limit))
		usleep(10000);
	igt_assert_eq(count_dmabufs(), before);
}

static void test_export(const struct shape *shape, bool dumb, bool through_vgem,
			uint32_t stride)
{
	struct shape own = *shape;
	struct virtgpu_resource resource = dumb ? create_dumb(fd, &own) : create(&own);
	int dmabuf = virtgpu_export(&resource);
	uint32_t handle = through_vgem ? import(vgem, dmabuf) : 0;
	uint8_t *view = through_vgem ? map_imported(vgem, handle, resource.size)
				     : map_dmabuf(dmabuf, resource.size);

	igt_assert_eq(lseek(dmabuf, 0, SEEK_END), (off_t)resource.size);
	sync_cpu(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	paint(view, &own, 1);
	sync_cpu(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
	round_trip(&resource, stride);
	sync_cpu(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ); /* waits for the host */
	check(view, &own, 1, mask_of(&resource));
	check(resource.map, &own, 1, mask_of(&resource));
	sync_cpu(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	munmap(view, resource.size);
	if (through_vgem)
		gem_close(vgem, handle);
	close(dmabuf);
	virtgpu_resource_destroy(&resource);
}

static void test_export_again(void)
{
	struct virtgpu_resource resource = create(one_page);

	paint(resource.map, one_page, 2);
	for (int i = 0; i < 3; i++) {
		int first = virtgpu_export(&resource), second = virtgpu_export(&resource);
		uint32_t handle = import(vgem, first);
		struct stat stats[2];
		uint8_t *view;

		/* while one lives it is the same */
		igt_assert_eq(fstat(first, &stats[0]) | fstat(second, &stats[1]), 0);
		igt_assert_eq(stats[0].st_ino, stats[1].st_ino);
		igt_assert_eq(import(vgem, second), handle);
		close(first);
		view = map_dmabuf(second, resource.size);
		check(view, one_page, 2, ~0u);
		munmap(view, resource.size);
		gem_close(vgem, handle);
		close(second);
	}
	round_trip(&resource, 0);
	virtgpu_wait(&resource);
	check(resource.map, one_page, 2, ~0u);
	virtgpu_resource_destroy(&resource);
}

static uint32_t host_resource(int device, uint32_t handle)
{
	struct drm_virtgpu_resource_info info = {.bo_handle = handle};

	do_ioctl(device, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info);
	return info.res_handle;
}

/* @context_first: whether the other file has a context when it imports */
static void test_self_import(bool context_first)
{
	struct virtgpu_resource resource = create(&tight[0]), other = resource;
	struct virtgpu_transfer whole = virtgpu_whole(&resource, 0);
	int dmabuf = virtgpu_export(&resource);

	igt_assert_eq(import(fd, dmabuf), resource.handle);
	other.fd = drm_open_driver(DRIVER_VIRTIO);
	if (context_first)
		create_context(other.fd);
	other.handle = import(other.fd, dmabuf);
	close(dmabuf);
	igt_assert_eq(host_resource(other.fd, other.handle),
		      host_resource(fd, resource.handle));
	paint(resource.map, &tight[0], 3);
	igt_assert_eq(virtgpu_to_host(other.fd, other.handle, &whole), 0);
	virtgpu_wait(&other);
	drm_close_driver(other.fd);
	if (virtgpu_has_3d(fd)) {
		memset(resource.map, 0, resource.size);
		igt_assert_eq(virtgpu_from_host(fd, resource.handle, &whole), 0);
		virtgpu_wait(&resource);
		check(resource.map, &tight[0], 3, ~0u);
	}
	virtgpu_resource_destroy(&resource);
}

static void test_early_dumb(void)
{
	int device = drm_open_driver(DRIVER_VIRTIO);
	struct shape shape = *one_page;
	struct virtgpu_resource dumb = create_dumb(device, &shape);

	paint(dumb.map, &shape, 6);
	round_trip(&dumb, 0);
	virtgpu_wait(&dumb);
	check(dumb.map, &shape, 6, mask_of(&dumb));
	virtgpu_resource_destroy(&dumb);
	drm_close_driver(device);
}

/* What refers to the pages of a shared buffer, and may end in any order. */
enum reference { HANDLE, MAP, DMABUF, DMABUF_MAP, IMPORTER, IMPORTER_MAP, REFERENCES };

struct shared {
	struct virtgpu_resource resource;
	int dmabuf, importer;
	uint8_t *maps[REFERENCES]; /* NULL: none, or gone */
};

static struct shared share(void)
{
	struct shared shared = {.resource = create(one_page)};
	size_t size = shared.resource.size;
	char importer[32];

	snprintf(importer, sizeof(importer), "/proc/self/fd/%d", vgem);
	shared.maps[MAP] = shared.resource.map;
	shared.dmabuf = virtgpu_export(&shared.resource);
	shared.maps[DMABUF_MAP] = map_dmabuf(shared.dmabuf, size);
	shared.importer = open(importer, O_RDWR | O_CLOEXEC); /* a new file */
	igt_assert_fd(shared.importer);
	shared.maps[IMPORTER_MAP] = map_imported(
		shared.importer, import(shared.importer, shared.dmabuf), size);
	return shared;
}

static void end_reference(struct shared *shared, enum reference reference)
{
	switch (reference) {
	case HANDLE:
		gem_close(fd, shared->resource.handle);
		break;
	case DMABUF:
		close(shared->dmabuf);
		break;
	case IMPORTER:
		close(shared->importer);
		break;
	default:
		munmap(shared->maps[reference], shared->resource.size);
		shared->maps[reference] = NULL;
	}
}

/* What is written through one of the mappings that are left is in all of them. */
static void check_shared(const struct shared *shared, uint32_t seed)
{
	bool painted = false;

	for (size_t i = 0; i < REFERENCES; i++) {
		if (!shared->maps[i])
			continue;
		if (!painted)
			paint(shared->maps[i], one_page, seed);
		painted = true;
		check(shared->maps[i], one_page, seed, ~0u);
	}
}

/* The order with number @number of the REFERENCES! that there are. */
static void test_close_order(unsigned int number)
{
	enum reference left[REFERENCES] = {HANDLE,     MAP,	 DMABUF,
					   DMABUF_MAP, IMPORTER, IMPORTER_MAP};
	struct shared shared = share();

	for (unsigned int n = REFERENCES; n; n--) {
		unsigned int next = number % n;

		number /= n;
		end_reference(&shared, left[next]);
		left[next] = left[n - 1];
		check_shared(&shared, number + n);
	}
}

static void test_close_orders(void)
{
	long before = dmabufs();

	for (unsigned int number = 0; number < 720; number++)
		test_close_order(number);
	expect_dmabufs(before);
}

static void test_many(void)
{
	static struct virtgpu_resource resources[MANY];
	static uint32_t handles[MANY];
	static uint8_t *views[MANY];
	long before = dmabufs();

	for (uint32_t i = 0; i < MANY; i++) {
		int dmabuf;

		resources[i] = create(one_page);
		dmabuf = virtgpu_export(&resources[i]);
		handles[i] = import(vgem, dmabuf);
		close(dmabuf);
		views[i] = map_imported(vgem, handles[i], resources[i].size);
		paint(views[i], one_page, i);
	}
	expect_dmabufs(before + MANY);
	for (uint32_t i = 0; i < MANY; i++)
		round_trip(&resources[i], 0);
	for (uint32_t i = 0; i < MANY; i++) {
		virtgpu_wait(&resources[i]);
		check(views[i], one_page, i, ~0u);
		check(resources[i].map, one_page, i, ~0u);
		munmap(views[i], resources[i].size);
		gem_close(vgem, handles[i]);
		virtgpu_resource_destroy(&resources[i]);
	}
	expect_dmabufs(before);
}

static void cycle(unsigned int count)
{
	while (count--) {
		struct virtgpu_resource resource = create(one_page);
		int dmabuf = virtgpu_export(&resource);

		gem_close(vgem, import(vgem, dmabuf));
		close(dmabuf);
		virtgpu_resource_destroy(&resource);
	}
}

static long shmem(void)
{
	return kernel_count("/proc/meminfo", "Shmem:");
}

static long slab(void)
{
	return kernel_count("/proc/meminfo", "SUnreclaim:");
}

/* Kernels with kmemleak look for leaks in slab themselves, and are ten times slower. */
static bool has_kmemleak(void)
{
	return access("/sys/kernel/debug/kmemleak", F_OK) == 0;
}

/*
 * A page leaked in each of 10000 cycles would be 40000 kB of shared memory, 192
 * bytes 1900 kB of slab. KASAN keeps what was freed, so slab says nothing with it.
 */
static void test_cycles(void)
{
	unsigned int cycles = has_kmemleak() ? 1000 : 10000;
	long buffers = dmabufs(), pages, slabs, grown_pages = 0, grown_slabs = 0;
	struct virtgpu_limit limit;

	cycle(cycles / 10); /* what is allocated once */
	pages = shmem();
	slabs = slab();
	cycle(cycles);
	/* the host answers, and workers free, a little later */
	limit = virtgpu_limit(5);
	while (!virtgpu_limit_over(&limit)) {
		grown_pages = shmem() - pages;
		grown_slabs = slab() - slabs;
		if (grown_pages < 1024 && grown_slabs < 1024)
			break;
		usleep(100000);
	}
	igt_info("%u cycles, grown by %ld kB of shared memory, %ld kB of slab\n", cycles,
		 grown_pages, grown_slabs);
	expect_dmabufs(buffers);
	igt_assert_f(grown_pages < 1024, "%ld kB of pages leaked\n", grown_pages);
	igt_assert_f(grown_slabs < 1024 || has_kmemleak(), "%ld kB of slab leaked\n",
		     grown_slabs);
}

struct worker {
	const struct virtgpu_resource *common;
	pthread_t thread;
	int vgem;
	const char *failure; /* what went wrong, NULL if nothing */
};

/* No assertions here: they would jump out of another thread. */
static const char *share_once(const struct worker *worker)
{
	const struct virtgpu_resource *common = worker->common;
	uint32_t handle, again;
	size_t wrong;
	void *view;
	int dmabuf;

	if (drmPrimeHandleToFD(fd, common->handle, DRM_CLOEXEC | DRM_RDWR, &dmabuf))
		return "export";
	if (drmPrimeFDToHandle(fd, dmabuf, &again) || again != common->handle)
		return "self-import";
	if (drmPrimeFDToHandle(worker->vgem, dmabuf, &handle))
		return "import";
	close(dmabuf);
	if (drmPrimeHandleToFD(worker->vgem, handle, DRM_CLOEXEC | DRM_RDWR, &dmabuf))
		return "pass on";
	view = mmap(NULL, common->size, PROT_READ, MAP_SHARED, dmabuf, 0);
	close(dmabuf);
	if (view == MAP_FAILED)
		return "map";
	wrong = wrong_pixels(view, one_page, 4, ~0u);
	munmap(view, common->size);
	if (drmCloseBufferHandle(worker->vgem, handle))
		return "close";
	return wrong ? "pixels" : NULL;
}

/* A buffer of this thread's own, known to no other. */
static const char *share_own(const struct worker *worker)
{
	struct drm_virtgpu_resource_create args = {.target = VIRGL_TARGET_2D,
						   .format = VIRGL_FORMAT_B8G8R8A8_UNORM,
						   .bind = VIRGL_BIND_RENDER_TARGET,
						   .width = 32,
						   .height = 32,
						   .depth = 1,
						   .array_size = 1,
						   .size = 4096};
	uint32_t handle;
	int dmabuf;

	if (drmIoctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &args))
		return "create own";
	if (drmPrimeHandleToFD(fd, args.bo_handle, DRM_CLOEXEC, &dmabuf))
		return "export own";
	if (drmCloseBufferHandle(fd, args.bo_handle))
		return "close own";
	if (drmPrimeFDToHandle(worker->vgem, dmabuf, &handle))
		return "import own";
	close(dmabuf);
	return drmCloseBufferHandle(worker->vgem, handle) ? "close imported own" : NULL;
}

static void *work(void *data)
{
	struct worker *worker = data;

	for (int i = 0; i < 250 && !worker->failure; i++) {
		worker->failure = share_once(worker);
		if (!worker->failure)
			worker->failure = share_own(worker);
	}
	return NULL;
}

static void test_threads(void)
{
	struct virtgpu_resource common = create(one_page);
	struct worker workers[THREADS] = {0};
	long before = dmabufs();

	paint(common.map, one_page, 4);
	for (int i = 0; i < THREADS; i++) {
		workers[i].common = &common;
		workers[i].vgem = drm_open_driver(DRIVER_VGEM);
		igt_assert_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]),
			      0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		drm_close_driver(workers[i].vgem);
	}
	for (int i = 0; i < THREADS; i++)
		igt_assert_f(!workers[i].failure, "thread %d failed to %s\n", i,
			     workers[i].failure);
	round_trip(&common, 0);
	virtgpu_wait(&common);
	check(common.map, one_page, 4, ~0u);
	virtgpu_resource_destroy(&common);
	expect_dmabufs(before);
}

/* Foreign dma-bufs; sizes that are no whole pages are rounded up by each. */
static int dmabuf_of_vgem(size_t size)
{
	uint32_t handle, pitch;
	uint64_t real;
	int dmabuf;

	igt_assert_eq(drmModeCreateDumbBuffer(vgem, (uint32_t)size, 1, 8, 0, &handle,
					      &pitch, &real),
		      0);
	igt_assert_eq(drmPrimeHandleToFD(vgem, handle, DRM_CLOEXEC | DRM_RDWR, &dmabuf),
		      0);
	gem_close(vgem, handle);
	return dmabuf;
}

static int dmabuf_of_udmabuf(size_t size)
{
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int memory = memfd_create("virtgpu_prime", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct udmabuf_create args = {.memfd = (uint32_t)memory,
				      .flags = UDMABUF_FLAGS_CLOEXEC,
				      .size = whole_pages(size)};
	int dmabuf;

	igt_require_f(device >= 0, "there is no /dev/udmabuf\n");
	igt_assert_eq(ftruncate(memory, (off_t)args.size), 0);
	igt_assert_eq(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	dmabuf = ioctl(device, UDMABUF_CREATE, &args);
	igt_assert_fd(dmabuf);
	close(memory);
	close(device);
	return dmabuf;
}

static int dmabuf_of_heap(size_t size)
{
	int device = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
	struct dma_heap_allocation_data args = {.len = size,
						.fd_flags = O_RDWR | O_CLOEXEC};

	igt_require_f(device >= 0, "there is no /dev/dma_heap/system\n");
	do_ioctl(device, DMA_HEAP_IOCTL_ALLOC, &args);
	close(device);
	return (int)args.fd;
}

static const struct exporter {
	const char *name;
	int (*create)(size_t size);
} exporters[] = {
	{"vgem", dmabuf_of_vgem},
	{"udmabuf", dmabuf_of_udmabuf},
	{"heap", dmabuf_of_heap},
};

static void test_import_refused(const struct exporter *exporter,
				const struct shape *shape)
{
	struct virtgpu_resource resource = create(shape);
	long before = dmabufs();
	int dmabuf = exporter->create((size_t)shape->pitch * shape->height);
	uint32_t handle;

	for (int i = 0; i < 20; i++)
		igt_assert_eq(try_import(fd, dmabuf, &handle), -ENODEV);
	close(dmabuf);
	expect_dmabufs(before);
	paint(resource.map, shape, 5);
	round_trip(&resource, 0);
	virtgpu_wait(&resource);
	check(resource.map, shape, 5, ~0u);
	virtgpu_resource_destroy(&resource);
}

static void test_import_blob(const struct exporter *exporter, const struct shape *shape)
{
	size_t size = (size_t)shape->pitch * shape->height;
	/* contexts keep handles of pages until they end, so this has its own */
	int device = open_with_context();
	long before = dmabufs();
	int dmabuf = exporter->create(size), again;
	uint32_t handle = import(device, dmabuf);
	struct drm_virtgpu_resource_info info = {.bo_handle = handle};
	struct stat stats[2];

	do_ioctl(device, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info);
	igt_assert_eq(info.size, whole_pages(size));
	igt_assert_eq(import(device, dmabuf), handle);
	/* what it is exported as is what was imported */
	igt_assert_eq(drmPrimeHandleToFD(device, handle, DRM_CLOEXEC, &again), 0);
	igt_assert_eq(fstat(dmabuf, &stats[0]) | fstat(again, &stats[1]), 0);
	igt_assert_eq(stats[0].st_ino, stats[1].st_ino);
	close(again);
	close(dmabuf);
	expect_dmabufs(before + 1);
	gem_close(device, handle);
	if (!has_handles())
		expect_dmabufs(before);
	drm_close_driver(device);
	expect_dmabufs(before);
	igt_assert_eq(info.blob_mem, VIRTGPU_BLOB_MEM_GUEST);
}

/* Commands of virgl, which use @handle. */
static void submit(uint32_t *commands, uint32_t size, uint32_t handle)
{
	struct drm_virtgpu_execbuffer exec = {
		.size = size,
		.command = (uintptr_t)commands,
		.bo_handles = (uintptr_t)&handle,
		.num_bo_handles = 1,
	};

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec);
}

static void set_type(uint32_t handle, const struct shape *shape)
{
	uint32_t commands[] = {
		10 << 16 | VIRGL_CCMD_PIPE_RESOURCE_SET_TYPE,
		host_resource(fd, handle),
		VIRGL_FORMAT_B8G8R8A8_UNORM,
		VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW,
		shape->width,
		shape->height,
		0, /* usage */
		0, /* DRM_FORMAT_MOD_LINEAR, */
		0, /* its other half */
		shape->pitch,
		0, /* offset */
	};

	submit(commands, sizeof(commands), handle);
}

static void copy(uint32_t to, uint32_t from, const struct shape *shape)
{
	uint32_t commands[] = {
		13 << 16 | VIRGL_CCMD_RESOURCE_COPY_REGION,
		host_resource(fd, to),
		0, /* level, x, y, z */
		0,
		0,
		0,
		host_resource(fd, from),
		0, /* level, x, y, z */
		0,
		0,
		0,
		shape->width,
		shape->height,
		1,
	};

	submit(commands, sizeof(commands), to);
}

/*
 * A host without a GPU draws blocks of 4x4 pixels, with stores of 16 bytes: it faults
 * where rows have another alignment, and writes beyond what has fewer rows.
 */
static void test_import_3d(const struct exporter *exporter, const struct shape *shape)
{
	size_t size = (size_t)shape->pitch * ((shape->height + 3) & ~3u);
	uint32_t stride = shape->pitch == shape->width * 4 ? 0 : shape->pitch;
	struct virtgpu_resource resource = create(shape);
	struct virtgpu_transfer whole = virtgpu_whole(&resource, stride);
	int dmabuf = exporter->create(size);
	uint8_t *map = map_dmabuf(dmabuf, size);
	struct virtgpu_resource imported = {.fd = fd, .handle = import(fd, dmabuf)};

	set_type(imported.handle, shape);
	sync_cpu(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
	paint(map, shape, 6);
	sync_cpu(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
	copy(resource.handle, imported.handle, shape);
	igt_assert_eq(virtgpu_from_host(fd, resource.handle, &whole), 0);
	virtgpu_wait(&resource);
	check(resource.map, shape, 6, ~0u);

	if (shape->pitch % 16 == 0) {
		paint(resource.map, shape, 7);
		igt_assert_eq(virtgpu_to_host(fd, resource.handle, &whole), 0);
		copy(imported.handle, resource.handle, shape);
		virtgpu_wait(&imported);
		sync_cpu(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
		check(map, shape, 7, ~0u);
		sync_cpu(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	}

	munmap(map, size);
	close(dmabuf);
	gem_close(fd, imported.handle);
	virtgpu_resource_destroy(&resource);
}

static int dmabuf_of_host(size_t size)
{
	uint32_t handle = virtgpu_host_create(fd, size);
	int dmabuf;

	igt_assert_eq(drmPrimeHandleToFD(fd, handle, DRM_CLOEXEC | DRM_RDWR, &dmabuf), 0);
	gem_close(fd, handle);
	return dmabuf;
}

static const struct exporter host = {"host", dmabuf_of_host};

static void test_host_3d(const struct exporter *exporter, const struct shape *tight_shape)
{
	struct shape shape = *tight_shape;

	shape.pitch = virtgpu_host_pitch(fd, shape.width, shape.height);
	igt_assert(shape.pitch);
	test_import_3d(exporter, &shape);
}

/* A blob of virtio-gpu's own pages with a handle. Returns 0 or a negative errno. */
static int create_handle(size_t size, uint32_t *handle)
{
	struct drm_virtgpu_resource_create_blob blob = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE |
			      VIRTGPU_BLOB_FLAG_USE_SHAREABLE |
			      VIRTGPU_BLOB_FLAG_CREATE_GUEST_HANDLE,
		.size = whole_pages(size),
	};
	struct drm_virtgpu_resource_info info = {0};

	if (drmIoctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &blob))
		return -errno;
	info.bo_handle = *handle = blob.bo_handle;
	do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info);
	igt_assert_eq(info.blob_mem, blob.blob_mem);
	igt_assert_eq(info.blob_flags, blob.blob_flags);
	return 0;
}

/* Who imports that has the handle again, and closes it. */
static int dmabuf_of_handle(size_t size)
{
	uint32_t handle;
	int dmabuf;

	igt_assert_eq(create_handle(size, &handle), 0);
	igt_assert_eq(drmPrimeHandleToFD(fd, handle, DRM_CLOEXEC | DRM_RDWR, &dmabuf), 0);
	return dmabuf;
}

static const struct exporter own_handle = {"own", dmabuf_of_handle};

/* Makes what a context draws to of a blob; there is one of these per context. */
static void draw_to(uint32_t handle)
{
	const uint32_t surface = 1;
	uint32_t commands[] = {
		5 << 16 | VIRGL_OBJECT_SURFACE << 8 | VIRGL_CCMD_CREATE_OBJECT,
		surface,
		host_resource(fd, handle),
		VIRGL_FORMAT_B8G8R8A8_UNORM,
		0, /* level */
		0, /* layers */
		3 << 16 | VIRGL_CCMD_SET_FRAMEBUFFER_STATE,
		1, /* colour buffer */
		0, /* no depth buffer */
		surface,
	};

	submit(commands, sizeof(commands), handle);
}

/* Draws white or black, and waits for that. */
static void draw(bool white, const struct virtgpu_resource *fence)
{
	const uint32_t value = white ? 0x3f800000 : 0; /* 1.0f, 0.0f */
	uint32_t commands[] = {
		8 << 16 | VIRGL_CCMD_CLEAR,
		PIPE_CLEAR_COLOR0,
		value, /* red, green, blue, alpha */
		value,
		value,
		value,
		0, /* depth */
		0,
		0, /* stencil */
	};

	submit(commands, sizeof(commands), fence->handle);
	virtgpu_wait(fence);
}

static uint8_t *map_handle(uint32_t handle, size_t size)
{
	struct drm_virtgpu_map map = {.handle = handle};
	uint8_t *pixels;

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &map);
	pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		      (off_t)map.offset);
	igt_assert(pixels != MAP_FAILED);
	return pixels;
}

static size_t count_other(const uint8_t *bytes, size_t size, uint8_t value)
{
	size_t other = 0;

	for (size_t i = 0; i < size; i++)
		other += bytes[i] != value;
	return other;
}

/* What a context made of the pages lives on, and must not get at those of others. */
static void test_draw_after_close(void)
{
	static const struct shape shape = {"1024x1024", 1024, 1024, 4096};
	const size_t size = (size_t)shape.pitch * shape.height, others = 16 * size;
	struct virtgpu_resource fence = create(one_page);
	uint32_t handle;
	uint8_t *map;

	igt_assert_eq(create_handle(size, &handle), 0);
	set_type(handle, &shape);
	draw_to(handle);
	draw(true, &fence);
	map = map_handle(handle, size);
	igt_assert_eq(count_other(map, size, 0xff), 0);
	munmap(map, size);
	gem_close(fd, handle);
	draw(true, &fence); /* the host has answered that the blob is gone */

	/* whatever was given back last is used first */
	map = mmap(NULL, others, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	igt_assert(map != MAP_FAILED);
	memset(map, 0xa5, others);
	draw(false, &fence);
	igt_assert_eq(count_other(map, others, 0xa5), 0);
	munmap(map, others);
	virtgpu_resource_destroy(&fence);
}

static void test_handle_limit(void)
{
	uint32_t handle = 0;

	igt_assert_eq(create_handle(UDMABUF_SIZE_LIMIT + 4096, &handle), -ENOMEM);
	igt_assert_eq(handle, 0);
	/* the context works on */
	test_import_3d(&own_handle, one_page);
}

/* Every second page of a file: neighbours are few. */
static int scattered_dmabuf(uint32_t entries)
{
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int memory = memfd_create("virtgpu_prime", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct udmabuf_create_list *list =
		calloc(1, sizeof(*list) + entries * sizeof(list->list[0]));
	int dmabuf;

	igt_require_f(device >= 0, "there is no /dev/udmabuf\n");
	igt_assert(list);
	igt_assert_eq(posix_fallocate(memory, 0, (off_t)entries * 2 * 4096), 0);
	igt_assert_eq(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	list->flags = UDMABUF_FLAGS_CLOEXEC;
	list->count = entries;
	for (uint32_t i = 0; i < entries; i++)
		list->list[i] = (struct udmabuf_create_item){
			.memfd = (uint32_t)memory,
			.offset = (uint64_t)i * 2 * 4096,
			.size = 4096,
		};
	dmabuf = ioctl(device, UDMABUF_CREATE_LIST, list);
	igt_assert_fd(dmabuf);
	free(list);
	close(memory);
	close(device);
	return dmabuf;
}

/* Takes it, or refuses with @error; a context works afterwards. */
static void expect_import(int dmabuf, int error)
{
	struct virtgpu_resource resource = create(one_page);
	int device = open_with_context();
	long before = dmabufs();
	uint32_t handle;

	igt_assert_eq(try_import(device, dmabuf, &handle), error);
	if (!error)
		gem_close(device, handle);
	drm_close_driver(device);
	close(dmabuf);
	expect_dmabufs(before - 1);
	paint(resource.map, one_page, 8);
	round_trip(&resource, 0);
	virtgpu_wait(&resource);
	check(resource.map, one_page, 8, ~0u);
	virtgpu_resource_destroy(&resource);
}

static void test_entries(void)
{
	FILE *limit = fopen("/sys/module/udmabuf/parameters/list_limit", "we");

	igt_require_f(limit, "udmabuf's limit cannot be raised: %m\n");
	fprintf(limit, "%d\n", 4 * UDMABUF_LIST_LIMIT);
	igt_assert_eq(fclose(limit), 0);
	expect_import(scattered_dmabuf(UDMABUF_LIST_LIMIT / 2), 0);
	expect_import(scattered_dmabuf(2 * UDMABUF_LIST_LIMIT), -ENOMEM);
}

/* The first connector's first mode, on a CRTC that can drive it. */
struct output {
	uint32_t connector, crtc;
	drmModeModeInfo mode;
};

static struct output find_output(void)
{
	drmModeRes *resources = drmModeGetResources(fd);
	struct output output = {0};

	igt_assert(resources && resources->count_crtcs);
	output.crtc = resources->crtcs[0];
	for (int i = 0; i < resources->count_connectors && !output.connector; i++) {
		drmModeConnector *connector =
			drmModeGetConnector(fd, resources->connectors[i]);

		if (connector && connector->connection == DRM_MODE_CONNECTED &&
		    connector->count_modes) {
			output.connector = connector->connector_id;
			output.mode = connector->modes[0];
		}
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(resources);
	igt_require_f(output.connector, "nothing is connected\n");
	return output;
}

static void on_flip(int device, unsigned int frame, unsigned int sec, unsigned int usec,
		    void *data)
{
	(void)device, (void)frame, (void)sec, (void)usec;
	*(bool *)data = true;
}

static void flip_to(const struct output *output, uint32_t framebuffer)
{
	drmEventContext events = {.version = 2, .page_flip_handler = on_flip};
	bool flipped = false;

	igt_assert_eq(drmModePageFlip(fd, output->crtc, framebuffer,
				      DRM_MODE_PAGE_FLIP_EVENT, &flipped),
		      0);
	igt_assert(virtgpu_readable(fd, 5));
	igt_assert_eq(drmHandleEvent(fd, &events), 0);
	igt_assert(flipped);
}

static void test_import_flip(const struct exporter *exporter)
{
	struct output output = find_output();
	uint32_t width = output.mode.hdisplay, height = output.mode.vdisplay;
	uint32_t pitch = (width * 4 + 255) & ~255u, handles[2], framebuffers[2];

	for (int i = 0; i < 2; i++) {
		int dmabuf = exporter->create((size_t)pitch * height);

		handles[i] = import(fd, dmabuf);
		close(dmabuf);
		igt_assert_eq(drmModeAddFB(fd, width, height, 24, 32, pitch, handles[i],
					   &framebuffers[i]),
			      0);
	}
	igt_assert_eq(drmModeSetCrtc(fd, output.crtc, framebuffers[0], 0, 0,
				     &output.connector, 1, &output.mode),
		      0);
	for (int i = 1; i <= 10; i++)
		flip_to(&output, framebuffers[i % 2]);
	igt_assert_eq(drmModeSetCrtc(fd, output.crtc, 0, 0, 0, NULL, 0, NULL), 0);
	for (int i = 0; i < 2; i++) {
		drmModeRmFB(fd, framebuffers[i]);
		gem_close(fd, handles[i]);
	}
}

typedef void shape_test(const struct exporter *exporter, const struct shape *shape);

static void for_shapes(const struct exporter *exporter, const struct shape *shapes,
		       size_t count, shape_test *test)
{
	for (size_t i = 0; i < count; i++)
		igt_dynamic_f ("%s-%s", exporter->name, shapes[i].name)
			test(exporter, &shapes[i]);
}

static void for_tight(const struct exporter *exporter, shape_test *test)
{
	for_shapes(exporter, tight, sizeof(tight) / sizeof(tight[0]), test);
}

static void for_all(const struct exporter *exporter, shape_test *test)
{
	for_tight(exporter, test);
	for_shapes(exporter, padded, sizeof(padded) / sizeof(padded[0]), test);
}

int igt_main()
{
	igt_fixture () {
		fd = drm_open_driver(DRIVER_VIRTIO);
		vgem = drm_open_driver(DRIVER_VGEM);
		create_context(fd);
	}

	igt_describe("What is written through a dma-buf or its importer reaches the "
		     "host and comes back.");
	igt_subtest_with_dynamic ("export")
		for (size_t i = 0; i < sizeof(tight) / sizeof(tight[0]) * 4; i++)
			igt_dynamic_f ("%s-%s-%s", i & 1 ? "dumb" : "resource",
				       i & 2 ? "vgem" : "mmap", tight[i / 4].name)
				test_export(&tight[i / 4], i & 1, i & 2, 0);

	igt_describe("What an importer writes is on the host's screen, 3D or not.");
	igt_subtest ("export-screen")
		test_export_screen();

	igt_describe("What is shown can be read back by another device.");
	igt_subtest_with_dynamic ("read-back") {
		igt_dynamic ("dumb")
			test_read_back_dumb();
		if (virtgpu_has_3d(fd))
			igt_dynamic ("texture")
				test_read_back_texture();
	}

	igt_describe("The same with the row pitch that another GPU asked for.");
	igt_subtest_with_dynamic ("export-stride") {
		igt_require_f(virtgpu_has_3d(fd), "the device has no 3D\n");
		for (size_t i = 0; i < sizeof(padded) / sizeof(padded[0]) * 2; i++)
			igt_dynamic_f ("%s-%s", i & 1 ? "vgem" : "mmap",
				       padded[i / 2].name)
				test_export(&padded[i / 2], false, i & 1,
					    padded[i / 2].pitch);
	}

	igt_describe("An object gives a working dma-buf as often as it is asked.");
	igt_subtest ("export-again")
		test_export_again();

	igt_describe("A file gets its own handle back, another the same resource.");
	igt_subtest ("self-import")
		test_self_import(true);

	igt_describe("What a file has before it has a context can be used with it.");
	igt_subtest_with_dynamic ("before-context") {
		igt_dynamic ("import")
			test_self_import(false);
		igt_dynamic ("dumb")
			test_early_dumb();
	}

	igt_describe("Pixels outlive what refers to them, in any order.");
	igt_subtest ("close-orders")
		test_close_orders();

	igt_describe("256 shared buffers at once do not get mixed up.");
	igt_subtest ("many")
		test_many();

	igt_describe("10000 times export, import and close leave nothing behind.");
	igt_subtest ("cycles")
		test_cycles();

	igt_describe("Threads share one object and objects of their own.");
	igt_subtest ("threads")
		test_threads();

	igt_describe("Where the device cannot use foreign buffers, ENODEV.");
	igt_subtest_with_dynamic ("import-refused") {
		igt_require_f(!takes_imports(), "the device takes foreign buffers\n");
		for (size_t i = 0; i < sizeof(exporters) / sizeof(exporters[0]); i++)
			for_tight(&exporters[i], test_import_refused);
		if (!virtgpu_has_3d(fd)) /* nothing came back from the host */
			igt_dynamic ("screen")
				test_export_screen();
	}

	igt_describe("Where it can they are guest blobs that can be shown.");
	igt_subtest_with_dynamic ("import-blob") {
		igt_require_f(takes_imports(), "the device takes no foreign buffers\n");
		for (size_t i = 0; i < sizeof(exporters) / sizeof(exporters[0]); i++) {
			for_all(&exporters[i], test_import_blob);
			igt_dynamic_f ("flip-%s", exporters[i].name)
				test_import_flip(&exporters[i]);
		}
	}

	igt_describe("Contexts read and write them.");
	igt_subtest_with_dynamic ("import-3d") {
		igt_require_f(has_handles(), "the host makes no handles of pages\n");
		for (size_t i = 0; i < sizeof(exporters) / sizeof(exporters[0]); i++)
			for_all(&exporters[i], test_import_3d);
	}

	igt_describe("What is too much for a handle is refused, and does no harm.");
	igt_subtest_with_dynamic ("import-limits") {
		igt_require_f(has_handles(), "the host makes no handles of pages\n");
		igt_dynamic ("largest")
			expect_import(dmabuf_of_heap(UDMABUF_SIZE_LIMIT), 0);
		igt_dynamic ("too-large")
			expect_import(dmabuf_of_heap(UDMABUF_SIZE_LIMIT + 4096), -ENOMEM);
		igt_dynamic ("too-scattered")
			test_entries();
	}

	igt_describe("Contexts use virtio-gpu's own pages like imported ones.");
	igt_subtest_with_dynamic ("guest-handle") {
		igt_require_f(has_handles(), "the host makes no handles of pages\n");
		for_all(&own_handle, test_import_3d);
		igt_dynamic ("too-large")
			test_handle_limit();
		igt_dynamic ("draw-after-close")
			test_draw_after_close();
	}

	igt_describe("Contexts read and write linear buffers of the host.");
	igt_subtest_with_dynamic ("host-3d") {
		igt_require_f(virtgpu_host_pitch(fd, 64, 64),
			      "the host makes no linear buffers\n");
		for_tight(&host, test_host_3d);
	}

	igt_fixture () {
		drm_close_driver(vgem);
		drm_close_driver(fd);
	}
}
