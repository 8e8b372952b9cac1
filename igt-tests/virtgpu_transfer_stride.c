// SPDX-License-Identifier: MIT
#include <string.h>

#include "virtgpu_helper.h"

/**
 * TEST: virtgpu transfer stride
 * Category: Display
 * Description: Transfers between guest pages and host with explicit strides
 *
 * SUBTEST: param
 * Description: The driver says that it takes strides where there is 3D
 *
 * SUBTEST: roundtrip
 * Description: Rows 256 bytes aligned arrive, come back, and padding is left alone
 *
 * SUBTEST: sub-box
 * Description: A box at an offset changes that part of the resource and no other
 *
 * SUBTEST: mixed-strides
 * Description: What was sent with one stride is read back with others
 *
 * SUBTEST: zero-stride
 * Description: Without a stride the host derives a tight one, as ever
 *
 * SUBTEST: refuse
 * Description: Every broken rule is EINVAL, and the context works afterwards
 */

IGT_TEST_DESCRIPTION("Test explicit strides of guest-backed virtio-gpu resources.");

#define HEIGHT 37u
#define PADDING 0xa5

static const struct format {
	const char *name;
	uint32_t format, cpp;
} formats[] = {
	{"rgb565", VIRGL_FORMAT_B5G6R5_UNORM, 2},
	{"argb8888", VIRGL_FORMAT_B8G8R8A8_UNORM, 4},
	{"abgr16161616f", VIRGL_FORMAT_R16G16B16A16_FLOAT, 8},
};

static const uint32_t widths[] = {1, 64, 333, 801, 1366, 1920};

static int fd = -1;

static uint32_t align256(uint32_t bytes)
{
	return (bytes + 255) & ~255u;
}

/*
 * A byte of the pattern. The high bytes of half floats are kept where every
 * value is a normal number: the host may rewrite others.
 */
static uint8_t pattern(const struct virtgpu_resource *resource, uint32_t x, uint32_t y,
		       uint32_t byte, uint8_t seed)
{
	uint32_t mixed = (x * 2654435761u) ^ (y * 40503u) ^ (byte * 97u) ^ (seed * 193u);
	uint8_t value = (uint8_t)(mixed >> 7);

	if (resource->cpp == 8 && byte % 2)
		return 0x30 | (value & 0x0b);
	return value;
}

static void fill(const struct virtgpu_resource *resource, uint32_t offset,
		 uint32_t stride, uint8_t seed)
{
	memset(resource->map, PADDING, resource->size);
	for (uint32_t y = 0; y < resource->height; y++)
		for (uint32_t x = 0; x < resource->width; x++)
			for (uint32_t b = 0; b < resource->cpp; b++)
				resource->map[offset + y * stride + x * resource->cpp +
					      b] = pattern(resource, x, y, b, seed);
}

/* The pattern in the box and nothing but padding around it. */
static void check(const struct virtgpu_resource *resource,
		  const struct virtgpu_transfer *transfer, uint32_t stride, uint8_t seed)
{
	const struct drm_virtgpu_3d_box *box = &transfer->box;
	size_t wrong_pixels = 0, wrong_padding = 0;

	for (size_t i = 0; i < resource->size; i++) {
		size_t at = i - transfer->offset;
		uint32_t y = (uint32_t)(at / stride),
			 x = (uint32_t)(at % stride) / resource->cpp;

		if (i < transfer->offset || y >= box->h || x >= box->w)
			wrong_padding += resource->map[i] != PADDING;
		else
			wrong_pixels +=
				resource->map[i] !=
				pattern(resource, box->x + x, box->y + y,
					(uint32_t)(at % stride) % resource->cpp, seed);
	}
	igt_assert_f(!wrong_pixels, "%zu bytes of pixels are wrong\n", wrong_pixels);
	igt_assert_f(!wrong_padding, "%zu bytes of padding were written\n",
		     wrong_padding);
}

static void send(const struct virtgpu_resource *resource,
		 const struct virtgpu_transfer *transfer)
{
	igt_assert_eq(virtgpu_to_host(fd, resource->handle, transfer), 0);
	virtgpu_wait(resource);
}

static void fetch(const struct virtgpu_resource *resource,
		  const struct virtgpu_transfer *transfer)
{
	memset(resource->map, PADDING, resource->size);
	igt_assert_eq(virtgpu_from_host(fd, resource->handle, transfer), 0);
	virtgpu_wait(resource);
}

static struct virtgpu_resource create(const struct format *format, uint32_t width,
				      uint32_t size)
{
	return virtgpu_resource_create(fd, format->format, format->cpp, width, HEIGHT,
				       size);
}

static void test_roundtrip(const struct format *format, uint32_t width)
{
	uint32_t stride = align256(width * format->cpp);
	struct virtgpu_resource resource = create(format, width, stride * HEIGHT);
	struct virtgpu_transfer whole = virtgpu_whole(&resource, stride);

	fill(&resource, 0, stride, 1);
	send(&resource, &whole);
	fetch(&resource, &whole);
	check(&resource, &whole, stride, 1);
	virtgpu_resource_destroy(&resource);
}

/* A stride that both directions ignored would pass a round trip, but not this. */
static void test_mixed(const struct format *format, uint32_t width)
{
	uint32_t tight = width * format->cpp;
	uint32_t stride = align256(tight + 1), odd = tight + 3 * format->cpp;
	struct virtgpu_resource resource = create(format, width, (stride + odd) * HEIGHT);
	struct virtgpu_transfer whole = virtgpu_whole(&resource, stride);
	struct virtgpu_transfer last = virtgpu_whole(&resource, odd);

	fill(&resource, 0, stride, 2);
	send(&resource, &whole);
	whole.stride = tight;
	fetch(&resource, &whole);
	check(&resource, &whole, tight, 2);

	last.offset = stride;
	fetch(&resource, &last);
	check(&resource, &last, odd, 2);

	whole.stride = 0;
	fetch(&resource, &whole);
	check(&resource, &whole, tight, 2);
	virtgpu_resource_destroy(&resource);
}

static void test_sub_box(const struct format *format, uint32_t width)
{
	uint32_t stride = align256(width * format->cpp);
	struct virtgpu_resource resource = create(format, width, stride * HEIGHT * 2);
	struct virtgpu_transfer whole = virtgpu_whole(&resource, stride), part = whole;
	const struct drm_virtgpu_3d_box *box = &part.box;

	part.box = (struct drm_virtgpu_3d_box){
		.x = width / 3, .y = 5, .w = (width + 1) / 2, .h = 17, .d = 1};
	part.offset = HEIGHT * stride + box->y * stride + box->x * format->cpp;
	fill(&resource, 0, stride, 3);
	send(&resource, &whole);
	fill(&resource, HEIGHT * stride, stride, 4);
	send(&resource, &part);

	fetch(&resource, &part);
	check(&resource, &part, stride, 4);
	fetch(&resource, &whole);
	for (uint32_t y = 0; y < HEIGHT; y++)
		for (uint32_t x = 0; x < width; x++) {
			bool inside = x >= box->x && x < box->x + box->w && y >= box->y &&
				      y < box->y + box->h;
			uint8_t wanted = pattern(&resource, x, y, 0, inside ? 4 : 3);

			igt_assert_f(resource.map[y * stride + x * format->cpp] == wanted,
				     "pixel %u, %u is not the %s one\n", x, y,
				     inside ? "new" : "old");
		}
	virtgpu_resource_destroy(&resource);
}

static void test_zero_stride(const struct format *format, uint32_t width)
{
	uint32_t tight = width * format->cpp;
	struct virtgpu_resource resource = create(format, width, tight * HEIGHT);
	struct virtgpu_transfer whole = virtgpu_whole(&resource, 0);

	fill(&resource, 0, tight, 5);
	send(&resource, &whole);
	fetch(&resource, &whole);
	check(&resource, &whole, tight, 5);
	virtgpu_resource_destroy(&resource);
}

/* Changes of a good transfer of a 333x37 resource with a stride of 1536. */
static const struct {
	const char *name;
	struct virtgpu_transfer change; /* added to the good one, modulo 2^32 */
} refusals[] = {
	{"stride-pixel-short", {.stride = -(1536u - 333 * 4 + 4)}},
	{"stride-byte-short", {.stride = -(1536u - 333 * 4 + 1)}},
	{"stride-not-pixels", {.stride = 2}},
	{"stride-too-long", {.stride = 256}},
	{"stride-wraps", {.stride = 0x80000000u - 1536}},
	{"stride-largest", {.stride = 0xfffffffcu - 1536}},
	{"layer-stride", {.layer_stride = 1536 * HEIGHT}},
	{"level", {.level = 1}},
	{"offset", {.offset = 4096}},
	{"offset-largest", {.offset = 0xffffffff}},
	{"box-x", {.box = {.x = 1}}},
	{"box-x-wraps", {.box = {.x = 0xffffffff}}},
	{"box-y", {.box = {.y = 1}}},
	{"box-y-wraps", {.box = {.y = 0xffffffff}}},
	{"box-z", {.box = {.z = 1}}},
	{"box-width", {.box = {.w = 1}}},
	{"box-no-width", {.box = {.w = -333u}}},
	{"box-height", {.box = {.h = 1}}},
	{"box-no-height", {.box = {.h = -HEIGHT}}},
	{"box-depth", {.box = {.d = 1}}},
	{"box-no-depth", {.box = {.d = -1u}}},
};

static struct virtgpu_transfer changed(struct virtgpu_transfer good,
				       const struct virtgpu_transfer *change)
{
	good.box.x += change->box.x;
	good.box.y += change->box.y;
	good.box.z += change->box.z;
	good.box.w += change->box.w;
	good.box.h += change->box.h;
	good.box.d += change->box.d;
	good.level += change->level;
	good.offset += change->offset;
	good.stride += change->stride;
	good.layer_stride += change->layer_stride;
	return good;
}

static void expect_refused(const struct virtgpu_resource *resource,
			   const struct virtgpu_transfer *transfer)
{
	igt_assert_eq(virtgpu_to_host(fd, resource->handle, transfer), -EINVAL);
	igt_assert_eq(virtgpu_from_host(fd, resource->handle, transfer), -EINVAL);
}

static void test_refuse(const struct virtgpu_transfer *change)
{
	/* the last row ends with the page that holds it */
	struct virtgpu_resource resource = create(&formats[1], 333, 1536 * HEIGHT - 200);
	struct virtgpu_transfer good = virtgpu_whole(&resource, 1536);
	struct virtgpu_transfer bad = changed(good, change);

	expect_refused(&resource, &bad);

	/* a transfer that the host refuses would have killed the context */
	fill(&resource, 0, 1536, 6);
	send(&resource, &good);
	fetch(&resource, &good);
	check(&resource, &good, 1536, 6);
	virtgpu_resource_destroy(&resource);
}

/* Resources whose layout is more than rows of pixels. */
static void test_refuse_resource(struct drm_virtgpu_resource_create create)
{
	struct virtgpu_resource resource = {.fd = fd, .width = 4, .height = 4};
	struct virtgpu_transfer transfer = virtgpu_whole(&resource, 256);

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create);
	resource.handle = create.bo_handle;
	expect_refused(&resource, &transfer);
	gem_close(fd, create.bo_handle);
}

static const struct {
	const char *name;
	struct drm_virtgpu_resource_create create;
} odd_resources[] = {
#define ODD(the_target, the_format, the_depth, layers) \
	{.target = the_target,                         \
	 .format = the_format,                         \
	 .depth = the_depth,                           \
	 .array_size = layers,                         \
	 .width = 4,                                   \
	 .height = 4,                                  \
	 .size = 65536,                                \
	 .bind = VIRGL_BIND_SAMPLER_VIEW}
	{"format", ODD(VIRGL_TARGET_2D, 31 /* R32G32B32A32_FLOAT */, 1, 1)},
	{"array", ODD(7, VIRGL_FORMAT_B8G8R8A8_UNORM, 1, 2)},
	{"cube", ODD(4, VIRGL_FORMAT_B8G8R8A8_UNORM, 1, 6)},
	{"volume", ODD(3, VIRGL_FORMAT_B8G8R8A8_UNORM, 4, 1)},
#undef ODD
};

static void for_all(void (*test)(const struct format *format, uint32_t width))
{
	for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++)
		for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++)
			igt_dynamic_f ("%s-%u", formats[f].name, widths[w])
				test(&formats[f], widths[w]);
}

int igt_main()
{
	igt_fixture () {
		fd = drm_open_driver(DRIVER_VIRTIO);
		igt_require_f(virtgpu_has_3d(fd), "the device has no 3D\n");
	}

	igt_describe("The driver says that it takes strides where there is 3D.");
	igt_subtest ("param")
		igt_assert_eq(virtgpu_getparam(fd, VIRTGPU_PARAM_TRANSFER_STRIDE), 1);

	igt_describe(
		"Rows 256 bytes aligned arrive, come back, and padding is left alone.");
	igt_subtest_with_dynamic ("roundtrip")
		for_all(test_roundtrip);

	igt_describe("What was sent with one stride is read back with others.");
	igt_subtest_with_dynamic ("mixed-strides")
		for_all(test_mixed);

	igt_describe(
		"A box at an offset changes that part of the resource and no other.");
	igt_subtest_with_dynamic ("sub-box")
		for_all(test_sub_box);

	igt_describe("Without a stride the host derives a tight one, as ever.");
	igt_subtest_with_dynamic ("zero-stride")
		for_all(test_zero_stride);

	igt_describe("Every broken rule is EINVAL, and the context works afterwards.");
	igt_subtest_with_dynamic ("refuse") {
		for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
			igt_dynamic (refusals[i].name)
				test_refuse(&refusals[i].change);
		for (size_t i = 0; i < sizeof(odd_resources) / sizeof(odd_resources[0]);
		     i++)
			igt_dynamic_f ("resource-%s", odd_resources[i].name)
				test_refuse_resource(odd_resources[i].create);
	}

	igt_fixture ()
		drm_close_driver(fd);
}
