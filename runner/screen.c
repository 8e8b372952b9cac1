// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <png.h>
#include <xcb/xcb.h>

#include "screen.h"

/* What covers it would be on its picture. There is no window manager that might mind. */
static void raise_window(xcb_connection_t *xcb, xcb_window_t window)
{
	const uint32_t above = XCB_STACK_MODE_ABOVE;

	xcb_configure_window(xcb, window, XCB_CONFIG_WINDOW_STACK_MODE, &above);
}

static xcb_window_t largest_window(xcb_connection_t *xcb, uint32_t *width,
				   uint32_t *height)
{
	xcb_window_t root = xcb_setup_roots_iterator(xcb_get_setup(xcb)).data->root;
	xcb_query_tree_reply_t *tree =
		xcb_query_tree_reply(xcb, xcb_query_tree(xcb, root), NULL);
	xcb_window_t best = XCB_NONE;
	uint64_t best_area = 1; /* helper windows of toolkits are 1x1 */

	for (int i = 0; tree && i < xcb_query_tree_children_length(tree); i++) {
		xcb_window_t window = xcb_query_tree_children(tree)[i];
		xcb_get_window_attributes_reply_t *attributes =
			xcb_get_window_attributes_reply(
				xcb, xcb_get_window_attributes(xcb, window), NULL);
		xcb_get_geometry_reply_t *geometry =
			xcb_get_geometry_reply(xcb, xcb_get_geometry(xcb, window), NULL);

		if (attributes && geometry &&
		    attributes->map_state == XCB_MAP_STATE_VIEWABLE &&
		    (uint64_t)geometry->width * geometry->height > best_area) {
			best = window;
			best_area = (uint64_t)geometry->width * geometry->height;
			*width = geometry->width;
			*height = geometry->height;
		}
		free(attributes);
		free(geometry);
	}
	free(tree);
	if (best != XCB_NONE)
		raise_window(xcb, best);
	return best;
}

static xcb_window_t root_window(xcb_connection_t *xcb, uint32_t *width, uint32_t *height)
{
	const xcb_screen_t *screen = xcb_setup_roots_iterator(xcb_get_setup(xcb)).data;

	*width = screen->width_in_pixels;
	*height = screen->height_in_pixels;
	return screen->root;
}

/* The size of the picture is that of the window. */
static int copy_window(xcb_connection_t *xcb, xcb_window_t window,
		       struct picture *picture)
{
	xcb_get_image_reply_t *image;
	size_t pixels;
	uint8_t *bgrx;
	int ret = -EIO;

	image = xcb_get_image_reply(xcb,
				    xcb_get_image(xcb, XCB_IMAGE_FORMAT_Z_PIXMAP, window,
						  0, 0, picture->width, picture->height,
						  ~0u),
				    NULL);
	pixels = (size_t)picture->width * picture->height;
	if (!image || (size_t)xcb_get_image_data_length(image) < pixels * 4)
		goto out;
	ret = -EINVAL; /* eight bits a colour, blue first, is what is read below */
	if (image->depth != 24 && image->depth != 32)
		goto out;
	picture->rgb = malloc(pixels * 3);
	ret = -ENOMEM;
	if (!picture->rgb)
		goto out;
	bgrx = xcb_get_image_data(image);
	for (size_t i = 0; i < pixels; i++) {
		picture->rgb[3 * i] = bgrx[4 * i + 2];
		picture->rgb[3 * i + 1] = bgrx[4 * i + 1];
		picture->rgb[3 * i + 2] = bgrx[4 * i];
	}
	ret = 0;
out:
	free(image);
	return ret;
}

static int grab(const char *display, struct picture *picture,
		xcb_window_t (*choose)(xcb_connection_t *, uint32_t *, uint32_t *))
{
	xcb_connection_t *xcb = xcb_connect(display, NULL);
	int ret = -ECONNREFUSED;

	memset(picture, 0, sizeof(*picture));
	if (!xcb_connection_has_error(xcb)) {
		xcb_window_t window = choose(xcb, &picture->width, &picture->height);

		ret = window == XCB_NONE ? -ENOENT : copy_window(xcb, window, picture);
	}
	xcb_disconnect(xcb);
	if (ret)
		picture_clear(picture);
	return ret;
}

int screen_grab(const char *display, struct picture *picture)
{
	return grab(display, picture, largest_window);
}

int screen_grab_root(const char *display, struct picture *picture)
{
	return grab(display, picture, root_window);
}

int picture_save(const struct picture *picture, const char *path)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = picture->width,
		.height = picture->height,
		.format = PNG_FORMAT_RGB,
	};

	char part[4096];
	FILE *file = NULL;
	int fd, ret = 0;

	if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd >= 0)
		file = fdopen(fd, "wb");
	if (!file)
		return -errno;
	if (!png_image_write_to_stdio(&image, file, 0, picture->rgb, 0, NULL))
		ret = -EIO;
	if (fclose(file) && !ret)
		ret = -errno;
	if (!ret && rename(part, path))
		ret = -errno;
	if (ret)
		unlink(part);
	return ret;
}

int picture_load(struct picture *picture, const char *path)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	FILE *file = fopen(path, "rb");
	int ret;

	memset(picture, 0, sizeof(*picture));
	if (!file)
		return -errno;
	ret = -EINVAL;
	if (!png_image_begin_read_from_stdio(&image, file))
		goto out;
	image.format = PNG_FORMAT_RGB;
	ret = -ENOMEM;
	picture->rgb = malloc(PNG_IMAGE_SIZE(image));
	if (!picture->rgb)
		goto out;
	picture->width = image.width;
	picture->height = image.height;
	ret = 0;
	if (!png_image_finish_read(&image, NULL, picture->rgb, 0, NULL)) {
		picture_clear(picture);
		ret = -EINVAL;
	}
out:
	png_image_free(&image);
	fclose(file);
	return ret;
}

void picture_clear(struct picture *picture)
{
	free(picture->rgb);
	memset(picture, 0, sizeof(*picture));
}

size_t picture_differing(const struct picture *a, const struct picture *b)
{
	size_t differing = 0;

	if (a->width != b->width || a->height != b->height)
		return SIZE_MAX;
	for (size_t i = 0; i < (size_t)a->width * a->height; i++)
		differing += memcmp(a->rgb + 3 * i, b->rgb + 3 * i, 3) != 0;
	return differing;
}
