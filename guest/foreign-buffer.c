// SPDX-License-Identifier: MIT
/*
 * foreign-buffer: offer a server a buffer of the other GPU, as PRIME does where the
 * display GPU allocates none.
 *
 *   foreign-buffer x11|wayland
 *
 * The buffer is linear, 801x601, of vgem. Prints "taken", or "refused" and what the
 * server says; exit status 0 taken, 1 refused or no vgem, 2 something else is wrong.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <drm_fourcc.h>
#include <wayland-client.h>
#include <xcb/dri3.h>
#include <xcb/xcb.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "device.h"
#include "linux-dmabuf-client.h"

#define WIDTH 801
#define HEIGHT 601
#define PITCH 3328

static int make_buffer(void)
{
	int vgem = open_device("card", 0, "vgem"), fd;
	uint32_t handle, pitch;
	uint64_t size;

	if (drmModeCreateDumbBuffer(vgem, PITCH / 4, HEIGHT, 32, 0, &handle, &pitch,
				    &size))
		err(2, "vgem");
	if (pitch != PITCH)
		errx(2, "vgem has a pitch of %u", pitch);
	if (drmPrimeHandleToFD(vgem, handle, DRM_CLOEXEC | DRM_RDWR, &fd))
		err(2, "vgem");
	return fd;
}

static int offer_x11(int buffer)
{
	xcb_connection_t *x = xcb_connect(NULL, NULL);
	xcb_generic_error_t *error;
	xcb_screen_t *screen;
	xcb_pixmap_t pixmap;

	if (xcb_connection_has_error(x))
		errx(2, "no X server");
	screen = xcb_setup_roots_iterator(xcb_get_setup(x)).data;
	pixmap = xcb_generate_id(x);
	error = xcb_request_check(x, xcb_dri3_pixmap_from_buffer_checked(
					     x, pixmap, screen->root, PITCH * HEIGHT,
					     WIDTH, HEIGHT, PITCH, 24, 32, buffer));
	if (error)
		printf("refused: X error %d\n", error->error_code);
	else
		puts("taken");
	xcb_disconnect(x);
	return error != NULL;
}

static void global_appears(void *data, struct wl_registry *registry, uint32_t name,
			   const char *interface, uint32_t version)
{
	(void)version;
	if (!strcmp(interface, zwp_linux_dmabuf_v1_interface.name))
		*(struct zwp_linux_dmabuf_v1 **)data = wl_registry_bind(
			registry, name, &zwp_linux_dmabuf_v1_interface, 3);
}

static void global_goes(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data, (void)registry, (void)name;
}

static int offer_wayland(int buffer)
{
	static const struct wl_registry_listener listener = {global_appears, global_goes};
	struct wl_display *wayland = wl_display_connect(NULL);
	struct zwp_linux_dmabuf_v1 *dmabuf = NULL;
	struct zwp_linux_buffer_params_v1 *params;
	const struct wl_interface *interface = NULL;
	uint32_t id, code;

	if (!wayland)
		errx(2, "no Wayland compositor");
	wl_registry_add_listener(wl_display_get_registry(wayland), &listener, &dmabuf);
	wl_display_roundtrip(wayland);
	if (!dmabuf)
		errx(2, "the compositor takes no dma-bufs");
	params = zwp_linux_dmabuf_v1_create_params(dmabuf);
	zwp_linux_buffer_params_v1_add(params, buffer, 0, 0, PITCH,
				       DRM_FORMAT_MOD_LINEAR >> 32,
				       DRM_FORMAT_MOD_LINEAR & UINT32_MAX);
	zwp_linux_buffer_params_v1_create_immed(params, WIDTH, HEIGHT,
						DRM_FORMAT_XRGB8888, 0);
	if (wl_display_roundtrip(wayland) >= 0) {
		puts("taken");
		return 0;
	}
	code = wl_display_get_protocol_error(wayland, &interface, &id);
	printf("refused: error %u of %s\n", code,
	       interface ? interface->name : "nothing");
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "x11"))
		return offer_x11(make_buffer());
	if (argc == 2 && !strcmp(argv[1], "wayland"))
		return offer_wayland(make_buffer());
	fprintf(stderr, "usage: foreign-buffer x11|wayland\n");
	return 2;
}
