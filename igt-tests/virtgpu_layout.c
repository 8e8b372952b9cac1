// SPDX-License-Identifier: MIT
#include <string.h>

#include <xf86drm.h>

#include "drm_fourcc.h"
#include "virtgpu_helper.h"

/**
 * TEST: virtgpu layout
 * Category: Core
 * Description: Querying how the host stores a resource
 *
 * SUBTEST: param
 * Description: The parameter says whether there is a query
 *
 * SUBTEST: not-offered
 * Description: A device without the command returns EOPNOTSUPP, whatever it is asked
 *
 * SUBTEST: refuse
 * Description: Every way of asking wrongly has its errno
 *
 * SUBTEST: object
 * Description: The layout of an object makes sense for its size and format
 *
 * SUBTEST: description
 * Description: So does the one of an object that is only described
 *
 * SUBTEST: short-struct
 * Description: A shorter struct of other user space gets as much as it has room for
 */

IGT_TEST_DESCRIPTION("Test DRM_IOCTL_VIRTGPU_RESOURCE_QUERY_LAYOUT.");

typedef struct drm_virtgpu_resource_query_layout query_t;

static const struct {
	uint32_t width, height;
} sizes[] = {{1, 1}, {64, 64}, {333, 7}, {801, 601}, {1366, 768}, {1920, 1080}};

static int fd = -1;
static bool offered;

static int query(query_t *args)
{
	return igt_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_QUERY_LAYOUT, args) ? -errno : 0;
}

static query_t describe(uint32_t width, uint32_t height)
{
	return (query_t){
		.target = VIRGL_TARGET_2D,
		.width = width,
		.height = height,
		.format = VIRGL_FORMAT_B8G8R8A8_UNORM,
		.bind = VIRGL_BIND_RENDER_TARGET,
	};
}

static struct virtgpu_resource create(uint32_t width, uint32_t height)
{
	return virtgpu_resource_create(fd, VIRGL_FORMAT_B8G8R8A8_UNORM, 4, width, height,
				       width * height * 4);
}

/* Without 3D the host stores rows one behind the other, and promises that. */
static void check_linear(const query_t *layout, uint32_t width, uint32_t height)
{
	igt_assert_eq(layout->layout_flags, VIRTGPU_LAYOUT_EXACT);
	igt_assert(layout->modifier == DRM_FORMAT_MOD_LINEAR);
	igt_assert_eq(layout->num_planes, 1);
	igt_assert_eq(layout->planes[0].stride, width * 4);
	igt_assert(layout->planes[0].offset == 0);
	igt_assert(layout->planes[0].size == (uint64_t)width * 4 * height);
}

/*
 * Anything that the host can store such a picture in, and nothing left behind. A renderer
 * promises nothing about an object that it has not made; where it knows no modifier, its
 * stride is that of rows of pixels.
 */
static void check_layout(const query_t *layout, uint32_t width, uint32_t height,
			 bool described)
{
	static const struct drm_virtgpu_layout_plane none;

	if (!virtgpu_has_3d(fd))
		check_linear(layout, width, height);
	else if (described)
		igt_assert_eq(layout->layout_flags, VIRTGPU_LAYOUT_HINT);
	else if (virtgpu_getparam(fd, VIRTGPU_PARAM_CREATE_GUEST_HANDLE) == 1)
		/* that host has EGL, which tells what it has made */
		igt_assert_eq(layout->layout_flags, VIRTGPU_LAYOUT_EXACT);
	if (layout->modifier == DRM_FORMAT_MOD_INVALID) {
		igt_assert_eq(layout->layout_flags, VIRTGPU_LAYOUT_HINT);
		igt_assert_eq(layout->planes[0].stride, width * 4);
	}
	igt_assert(layout->layout_flags == VIRTGPU_LAYOUT_EXACT ||
		   layout->layout_flags == VIRTGPU_LAYOUT_HINT);
	igt_assert(layout->num_planes >= 1 &&
		   layout->num_planes <= VIRTGPU_LAYOUT_MAX_PLANES);
	igt_info("%ux%u: %s, modifier 0x%llx, %u planes, stride %u\n", width, height,
		 layout->layout_flags == VIRTGPU_LAYOUT_EXACT ? "exact" : "hint",
		 (unsigned long long)layout->modifier, layout->num_planes,
		 layout->planes[0].stride);
	if (layout->modifier == DRM_FORMAT_MOD_LINEAR) {
		igt_assert(layout->planes[0].stride >= width * 4);
		igt_assert(!layout->planes[0].size ||
			   layout->planes[0].size >=
				   (uint64_t)layout->planes[0].stride * (height - 1) +
					   width * 4ull);
	}
	for (uint32_t i = 0; i < VIRTGPU_LAYOUT_MAX_PLANES; i++) {
		igt_assert_eq(layout->planes[i].pad, 0);
		if (i >= layout->num_planes)
			igt_assert_eq(memcmp(&layout->planes[i], &none, sizeof(none)), 0);
	}
}

static void test_param(void)
{
	query_t layout = describe(64, 64);

	igt_assert_eq(query(&layout), offered ? 0 : -EOPNOTSUPP);
}

static void test_not_offered(void)
{
	query_t unknown = {.bo_handle = 0xdeadbeef}, wrong = {.flags = 1};
	query_t right = describe(64, 64);

	igt_require_f(!offered, "the device has the command\n");
	igt_assert_eq(query(&right), -EOPNOTSUPP);
	igt_assert_eq(query(&unknown), -EOPNOTSUPP);
	igt_assert_eq(query(&wrong), -EOPNOTSUPP);
}

static void test_refuse(void)
{
	struct virtgpu_resource resource = create(64, 64);
	query_t good = {.bo_handle = resource.handle},
		cases[] = {
			{.bo_handle = resource.handle, .flags = 1},
			{.bo_handle = resource.handle, .pad = 1},
			{.bo_handle = resource.handle, .target = 2},
			{.bo_handle = resource.handle, .width = 64},
			{.bo_handle = resource.handle, .height = 64},
			{.bo_handle = resource.handle, .format = 1},
			{.bo_handle = resource.handle, .bind = 1},
			{.flags = 0x80000000,
			 .target = 2,
			 .width = 1,
			 .height = 1,
			 .format = 1},
			{.pad = 0x80000000,
			 .target = 2,
			 .width = 1,
			 .height = 1,
			 .format = 1},
			{.target = 2, .height = 1, .format = 1},
			{.target = 2, .width = 1, .format = 1},
			{.target = 2, .width = 1, .height = 1},
			{0},
		};
	query_t unknown = {.bo_handle = 0xdeadbeef};

	igt_require_f(offered, "the device does not have the command\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		igt_assert_f(query(&cases[i]) == -EINVAL, "case %zu\n", i);
	igt_assert_eq(query(&unknown), -ENOENT);
	igt_assert_eq(query(&good), 0);
	virtgpu_resource_destroy(&resource);
}

static void test_object(uint32_t width, uint32_t height)
{
	struct virtgpu_resource resource = create(width, height);
	query_t first = {.bo_handle = resource.handle}, second = first;

	memset(first.planes, 0xa5, sizeof(first.planes)); /* out only */
	igt_assert_eq(query(&first), 0);
	check_layout(&first, width, height, false);
	igt_assert_eq(query(&second), 0);
	igt_assert_eq(memcmp(&first, &second, sizeof(first)), 0);
	virtgpu_resource_destroy(&resource);
}

static void test_description(uint32_t width, uint32_t height)
{
	query_t layout = describe(width, height);

	igt_assert_eq(query(&layout), 0);
	check_layout(&layout, width, height, true);
}

/* The kernel copies as much as the size in the number of the ioctl says. */
static void test_short_struct(void)
{
	query_t whole = describe(801, 601), part = whole;
	size_t size = offsetof(query_t, planes) + sizeof(whole.planes[0]);
	unsigned long request =
		DRM_IOWR(DRM_COMMAND_BASE + DRM_VIRTGPU_RESOURCE_QUERY_LAYOUT, uint32_t);

	igt_require_f(offered, "the device does not have the command\n");
	request = (request & ~((unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT)) |
		  size << _IOC_SIZESHIFT;
	memset(&part.planes[1], 0xa5, sizeof(part) - size);
	igt_assert_eq(igt_ioctl(fd, request, &part), 0);
	igt_assert_eq(query(&whole), 0);
	igt_assert_eq(memcmp(&part, &whole, size), 0);
	for (size_t i = size; i < sizeof(part); i++)
		igt_assert_eq(((uint8_t *)&part)[i], 0xa5);
}

/* A dynamic subtest for each size. */
static void with_sizes(void (*test)(uint32_t width, uint32_t height))
{
	igt_require_f(offered, "the device does not have the command\n");
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		igt_dynamic_f ("%ux%u", sizes[i].width, sizes[i].height)
			test(sizes[i].width, sizes[i].height);
	}
}

int igt_main()
{
	igt_fixture () {
		fd = drm_open_driver(DRIVER_VIRTIO);
		offered = virtgpu_getparam(fd, VIRTGPU_PARAM_RESOURCE_QUERY_LAYOUT) == 1;
	}

	igt_describe("The parameter says whether there is a query.");
	igt_subtest ("param")
		test_param();

	igt_describe("A device without the command returns EOPNOTSUPP.");
	igt_subtest ("not-offered")
		test_not_offered();

	igt_describe("Every way of asking wrongly has its errno.");
	igt_subtest ("refuse")
		test_refuse();

	igt_describe("The layout of an object makes sense.");
	igt_subtest_with_dynamic ("object")
		with_sizes(test_object);

	igt_describe("The layout of what is only described makes sense.");
	igt_subtest_with_dynamic ("description")
		with_sizes(test_description);

	igt_describe("A shorter struct gets as much as it has room for.");
	igt_subtest ("short-struct")
		test_short_struct();

	igt_fixture ()
		drm_close_driver(fd);
}
