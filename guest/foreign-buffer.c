// SPDX-License-Identifier: MIT
/*
 * foreign-buffer: offer a server a buffer of the other GPU, as PRIME does where the
 * display GPU allocates none.
 *
 *   foreign-buffer x11|wayland
 *   foreign-buffer window vgem|udmabuf FILE.png [XR24|XR30|RG16|NV12]
 *
 * The buffer is linear, 801x601, of vgem. Prints "taken", or "refused" and what the
 * server says; exit status 0 taken, 1 refused or no vgem, 2 something else is wrong.
 *
 * A window is of Wayland and as large as the screen. Its buffer is of vgem, or of memory
 * of the client's own by /dev/udmabuf, and it is asked for in the way that a client
 * survives a refusal of: then "refused" and status 1; "refused: not offered" where the
 * compositor has not said that it takes linear ones of this format. Else "shown",
 * FILE.png is what has to be seen, and it stays until somebody ends it. A picture of
 * NV12 is of BT.601 in its narrow range, without any colour that RGB does not have.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>
#include <wayland-client.h>
#include <xcb/dri3.h>
#include <xcb/xcb.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "../runner/screen.h"
#include "device.h"
#include "linux-dmabuf-client.h"
#include "xdg-shell-client.h"

#define WIDTH 801
#define HEIGHT 601
#define PITCH 3328

static const struct format {
	const char *name;
	uint32_t fourcc, bytes; /* of a pixel of the first plane */
	bool chroma; /* a second one, of half the height */
} formats[] = {
	{"XR24", DRM_FORMAT_XRGB8888, 4, false},
	{"XR30", DRM_FORMAT_XRGB2101010, 4, false},
	{"RG16", DRM_FORMAT_RGB565, 2, false},
	{"NV12", DRM_FORMAT_NV12, 1, true},
};

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	errx(2, "%s: no format", name);
}

static int make_buffer_of(uint32_t wanted, uint32_t height)
{
	int vgem = open_device("card", 0, "vgem"), fd;
	uint32_t handle, pitch;
	uint64_t size;

	if (drmModeCreateDumbBuffer(vgem, wanted / 4, height, 32, 0, &handle, &pitch,
				    &size))
		err(2, "vgem");
	if (pitch != wanted)
		errx(2, "vgem has a pitch of %u", pitch);
	if (drmPrimeHandleToFD(vgem, handle, DRM_CLOEXEC | DRM_RDWR, &fd))
		err(2, "vgem");
	return fd;
}

static int make_buffer(void)
{
	return make_buffer_of(PITCH, HEIGHT);
}

/* Of memory that this program has allocated. */
static int make_udmabuf(uint32_t pitch, uint32_t height)
{
	long page = sysconf(_SC_PAGESIZE);
	struct udmabuf_create create = {.flags = UDMABUF_FLAGS_CLOEXEC};
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), fd;
	int memory = memfd_create("buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	create.size = (pitch * height + (uint64_t)page - 1) & ~((uint64_t)page - 1);
	create.memfd = (uint32_t)memory;
	if (device < 0 || memory < 0 || ftruncate(memory, (off_t)create.size) ||
	    fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK))
		err(2, "/dev/udmabuf");
	fd = ioctl(device, UDMABUF_CREATE, &create);
	if (fd < 0)
		err(2, "/dev/udmabuf");
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

struct screen {
	struct wl_compositor *compositor;
	struct xdg_wm_base *shell;
	struct zwp_linux_dmabuf_v1 *dmabuf;
	struct wl_output *output;
	int32_t width, height; /* of the window, once it has been told */
	struct {
		int32_t width, height;
	} mode; /* of the output */
	const struct format *format;
	bool configured, offered, refused;
	struct wl_buffer *buffer;
};

static void screen_global(void *data, struct wl_registry *registry, uint32_t name,
			  const char *interface, uint32_t version)
{
	struct screen *screen = data;

	global_appears(&screen->dmabuf, registry, name, interface, version);
	if (!strcmp(interface, wl_compositor_interface.name))
		screen->compositor =
			wl_registry_bind(registry, name, &wl_compositor_interface, 4);
	else if (!strcmp(interface, xdg_wm_base_interface.name))
		screen->shell =
			wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
	else if (!strcmp(interface, wl_output_interface.name))
		screen->output =
			wl_registry_bind(registry, name, &wl_output_interface, 1);
}

static void output_geometry(void *data, struct wl_output *output, int32_t x, int32_t y,
			    int32_t width, int32_t height, int32_t subpixel,
			    const char *make, const char *model, int32_t transform)
{
	(void)data, (void)output, (void)x, (void)y, (void)width, (void)height;
	(void)subpixel, (void)make, (void)model, (void)transform;
}

static void output_mode(void *data, struct wl_output *output, uint32_t flags,
			int32_t width, int32_t height, int32_t refresh)
{
	struct screen *screen = data;

	(void)output, (void)refresh;
	if (flags & WL_OUTPUT_MODE_CURRENT) {
		screen->mode.width = width;
		screen->mode.height = height;
	}
}

static void format_offered(void *data, struct zwp_linux_dmabuf_v1 *dmabuf,
			   uint32_t format)
{
	(void)data, (void)dmabuf, (void)format; /* the next one says more */
}

static void modifier_offered(void *data, struct zwp_linux_dmabuf_v1 *dmabuf,
			     uint32_t format, uint32_t high, uint32_t low)
{
	struct screen *screen = data;
	const uint64_t modifier = (uint64_t)high << 32 | low;

	(void)dmabuf;
	screen->offered |=
		format == screen->format->fourcc &&
		(modifier == DRM_FORMAT_MOD_LINEAR || modifier == DRM_FORMAT_MOD_INVALID);
}

static void ping(void *data, struct xdg_wm_base *shell, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(shell, serial);
}

static void configured(void *data, struct xdg_surface *surface, uint32_t serial)
{
	struct screen *screen = data;

	xdg_surface_ack_configure(surface, serial);
	screen->configured = true;
}

static void toplevel_configured(void *data, struct xdg_toplevel *toplevel, int32_t width,
				int32_t height, struct wl_array *states)
{
	struct screen *screen = data;

	(void)toplevel, (void)states;
	screen->width = width;
	screen->height = height;
}

static void toplevel_closed(void *data, struct xdg_toplevel *toplevel)
{
	(void)data, (void)toplevel;
}

static void created(void *data, struct zwp_linux_buffer_params_v1 *params,
		    struct wl_buffer *buffer)
{
	struct screen *screen = data;

	(void)params;
	screen->buffer = buffer;
}

static void failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	struct screen *screen = data;

	(void)params;
	screen->refused = true;
}

/* What no single colour, shift or swapped channel is the same as. */
static uint32_t pixel(uint32_t x, uint32_t y)
{
	return (x * 7 & 255) << 16 | (y * 5 & 255) << 8 | ((x ^ y) & 255);
}

static uint8_t channel(double value)
{
	return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value + 0.5);
}

/* Colours change so slowly that it is all the same how they are filtered. */
static uint32_t luma(uint32_t x, uint32_t y)
{
	return 80 + pixel(x, y) % 96;
}

static uint32_t blue(const struct screen *screen, uint32_t y)
{
	return 104 + 48 * y / (uint32_t)screen->height;
}

static uint32_t red(const struct screen *screen, uint32_t x)
{
	return 104 + 48 * x / (uint32_t)screen->width;
}

/* Writes a pixel, and what is to be seen of it. */
static void fill_pixel(uint8_t *pixels, const struct screen *screen, uint32_t pitch,
		       uint32_t x, uint32_t y, uint8_t *seen)
{
	uint32_t rgb = pixel(x, y), r = rgb >> 16, g = rgb >> 8 & 255, b = rgb & 255,
		 packed;
	uint8_t *to = pixels + (size_t)y * pitch + (size_t)x * screen->format->bytes;

	switch (screen->format->fourcc) {
	case DRM_FORMAT_NV12: {
		double l = 1.164384 * ((double)luma(x, y) - 16);
		double u = (double)blue(screen, y) - 128,
		       v = (double)red(screen, x) - 128;

		*to = (uint8_t)luma(x, y);
		if (!(x & 1) && !(y & 1)) {
			to = pixels + ((size_t)screen->height + y / 2) * pitch + x;
			to[0] = (uint8_t)blue(screen, y);
			to[1] = (uint8_t)red(screen, x);
		}
		seen[0] = channel(l + 1.596027 * v);
		seen[1] = channel(l - 0.391762 * u - 0.812968 * v);
		seen[2] = channel(l + 2.017232 * u);
		return;
	}
	case DRM_FORMAT_RGB565:
		packed = (r >> 3) << 11 | (g >> 2) << 5 | b >> 3;
		to[0] = (uint8_t)packed;
		to[1] = (uint8_t)(packed >> 8);
		r = (r >> 3) * 255 / 31;
		g = (g >> 2) * 255 / 63;
		b = (b >> 3) * 255 / 31;
		break;
	case DRM_FORMAT_XRGB2101010:
		packed = (r << 2 | r >> 6) << 20 | (g << 2 | g >> 6) << 10 |
			 (b << 2 | b >> 6);
		memcpy(to, &packed, sizeof(packed));
		break;
	default:
		memcpy(to, &rgb, sizeof(rgb));
	}
	seen[0] = (uint8_t)r;
	seen[1] = (uint8_t)g;
	seen[2] = (uint8_t)b;
}

static void fill(int buffer, const struct screen *screen, uint32_t pitch, uint32_t rows,
		 const char *path)
{
	uint32_t width = (uint32_t)screen->width, height = (uint32_t)screen->height;
	struct picture picture = {.width = width, .height = height};
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE};
	uint8_t *pixels = mmap(NULL, (size_t)pitch * rows, PROT_READ | PROT_WRITE,
			       MAP_SHARED, buffer, 0);

	picture.rgb = malloc((size_t)width * height * 3);
	if (pixels == MAP_FAILED || !picture.rgb)
		err(2, "the buffer");
	ioctl(buffer, DMA_BUF_IOCTL_SYNC, &sync);
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++)
			fill_pixel(pixels, screen, pitch, x, y,
				   picture.rgb + 3 * ((size_t)y * width + x));
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE;
	ioctl(buffer, DMA_BUF_IOCTL_SYNC, &sync);
	if (picture_save(&picture, path))
		errx(2, "%s: cannot be written", path);
	picture_clear(&picture);
}

static int show_window(int (*make)(uint32_t pitch, uint32_t height), const char *path,
		       const struct format *format)
{
	static const struct wl_registry_listener listener = {screen_global, global_goes};
	static const struct xdg_wm_base_listener shell_listener = {ping};
	static const struct xdg_surface_listener surface_listener = {configured};
	static const struct wl_output_listener output_listener = {
		.geometry = output_geometry, .mode = output_mode};
	static const struct xdg_toplevel_listener toplevel_listener = {
		.configure = toplevel_configured, .close = toplevel_closed};
	static const struct zwp_linux_buffer_params_v1_listener params_listener = {
		created, failed};
	struct wl_display *wayland = wl_display_connect(NULL);
	struct zwp_linux_buffer_params_v1 *params;
	struct xdg_toplevel *toplevel;
	struct xdg_surface *shell_surface;
	struct wl_surface *surface;
	static const struct zwp_linux_dmabuf_v1_listener formats_listener = {
		.format = format_offered, .modifier = modifier_offered};
	struct screen screen = {.format = format};
	uint32_t pitch, rows;
	int buffer;

	if (!wayland)
		errx(2, "no Wayland compositor");
	wl_registry_add_listener(wl_display_get_registry(wayland), &listener, &screen);
	wl_display_roundtrip(wayland);
	if (!screen.compositor || !screen.shell || !screen.dmabuf || !screen.output)
		errx(2, "the compositor takes no dma-bufs, or has no windows");
	wl_output_add_listener(screen.output, &output_listener, &screen);
	zwp_linux_dmabuf_v1_add_listener(screen.dmabuf, &formats_listener, &screen);
	wl_display_roundtrip(wayland);
	xdg_wm_base_add_listener(screen.shell, &shell_listener, &screen);
	surface = wl_compositor_create_surface(screen.compositor);
	shell_surface = xdg_wm_base_get_xdg_surface(screen.shell, surface);
	xdg_surface_add_listener(shell_surface, &surface_listener, &screen);
	toplevel = xdg_surface_get_toplevel(shell_surface);
	xdg_toplevel_add_listener(toplevel, &toplevel_listener, &screen);
	xdg_toplevel_set_fullscreen(toplevel, NULL);
	wl_surface_commit(surface);
	while (!screen.configured)
		if (wl_display_dispatch(wayland) < 0)
			errx(2, "the compositor has gone");
	if (screen.width <= 0) { /* some don't say it before there is a picture */
		screen.width = screen.mode.width;
		screen.height = screen.mode.height;
	}
	if (!screen.offered) {
		puts("refused: not offered");
		return 1;
	}
	pitch = ((uint32_t)screen.width * format->bytes + 255) & ~255u;
	rows = (uint32_t)screen.height * (format->chroma ? 3 : 2) / 2;
	buffer = make(pitch, rows);
	fill(buffer, &screen, pitch, rows, path);
	params = zwp_linux_dmabuf_v1_create_params(screen.dmabuf);
	zwp_linux_buffer_params_v1_add_listener(params, &params_listener, &screen);
	zwp_linux_buffer_params_v1_add(params, buffer, 0, 0, pitch,
				       DRM_FORMAT_MOD_LINEAR >> 32,
				       DRM_FORMAT_MOD_LINEAR & UINT32_MAX);
	if (format->chroma)
		zwp_linux_buffer_params_v1_add(params, buffer, 1,
					       pitch * (uint32_t)screen.height, pitch,
					       DRM_FORMAT_MOD_LINEAR >> 32,
					       DRM_FORMAT_MOD_LINEAR & UINT32_MAX);
	zwp_linux_buffer_params_v1_create(params, screen.width, screen.height,
					  format->fourcc, 0);
	while (!screen.buffer && !screen.refused)
		if (wl_display_dispatch(wayland) < 0)
			errx(2, "the compositor has gone, or ended us");
	if (screen.refused) {
		if (wl_display_roundtrip(wayland) < 0)
			errx(2, "the compositor has ended us");
		puts("refused");
		return 1;
	}
	wl_surface_attach(surface, screen.buffer, 0, 0);
	wl_surface_damage(surface, 0, 0, screen.width, screen.height);
	wl_surface_commit(surface);
	if (wl_display_roundtrip(wayland) < 0)
		errx(2, "the compositor has ended us");
	puts("shown");
	while (wl_display_dispatch(wayland) >= 0)
		;
	errx(2, "the compositor has gone, or ended us");
}

int main(int argc, char **argv)
{
	bool window = (argc == 4 || argc == 5) && !strcmp(argv[1], "window");

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && !strcmp(argv[1], "x11"))
		return offer_x11(make_buffer());
	if (argc == 2 && !strcmp(argv[1], "wayland"))
		return offer_wayland(make_buffer());
	if (window && (!strcmp(argv[2], "vgem") || !strcmp(argv[2], "udmabuf")))
		return show_window(argv[2][0] == 'v' ? make_buffer_of : make_udmabuf,
				   argv[3], find_format(argc == 5 ? argv[4] : "XR24"));
	fprintf(stderr, "usage: foreign-buffer x11|wayland\n"
			"       foreign-buffer window vgem|udmabuf FILE.png "
			"[XR24|XR30|RG16|NV12]\n");
	return 2;
}
