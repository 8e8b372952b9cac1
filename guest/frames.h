/* SPDX-License-Identifier: MIT */
/*
 * Windows whose every pixel is known, on X11 or Wayland, drawn by whom includes this.
 *
 * A frame is a grid of cells, each of a colour that follows from window, column and
 * the frame in which its row changed last; with -o the frame is one cell. On X11 the
 * window is read back and compared with that; on Wayland, which has no way to do so, what
 * the host shows in the middle of its screen, where a kiosk's shell puts a window, with
 * -T at its top left, where sway does, or with -A wherever it is. Of several windows
 * there each is looked for in turn, and closes when it was seen. With -H the last frame
 * is compared with the host's screen on X11, too; with -E N each Nth one is, there and
 * on Wayland, and on X11 the one after it has another window above it, which has the
 * focus. Each window has a thread and a connection.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <X11/Xlib.h>
#include <wayland-client.h>

#define CELL_WIDTH 37
#define CELL_HEIGHT 29
#define MAX_ROWS (4096 / CELL_HEIGHT + 1)
#define MAX_WINDOWS 8
#define WARM_UP_FRAMES 5 /* with -m, before those that are measured */

struct frame_options {
	bool wayland, damage, compare_all, measure, stay, host, top_left, anywhere;
	bool one_colour, blind;
	int width, height, frames, resizes, windows;
	int each; /* so many frames the host's screen is looked at */
	const char *expected;
	const char *leak; /* on purpose: file, buffer, memory */
	int leak_card; /* whose buffers these are */
};
extern struct frame_options frame_options;

/* Of several windows on Wayland each is shown alone in the end. */
enum turn { TURN_DRAWS, TURN_WAITS, TURN_SHOW, TURN_SHOWN, TURN_SEEN };

struct window {
	pthread_t thread;
	int number, width, height;
	int left, top; /* on X11 */
	bool failed;
	int compared; /* pictures */
	_Atomic enum turn turn; /* of several on Wayland */

	Display *x;
	Window xid, above; /* the other is what covers it */
	bool covered;
	struct wl_display *wl;
	struct wl_compositor *compositor;
	struct xdg_wm_base *shell;
	struct wl_surface *surface;
	struct xdg_surface *xdg_surface;
	struct xdg_toplevel *toplevel;
	bool configured;

	int changed[MAX_ROWS]; /* the frame in which a row of cells did */
	void *renderer; /* the renderer's own */
};

struct box {
	int x, y, width, height;
};

struct renderer {
	const char *name, *usage; /* of its own options */
	const char *options; /* for getopt */
	bool (*option)(int option, const char *argument);
	/* Make the window, if not by Xlib or the compositor's own, and end it. */
	void (*open)(struct window *window);
	void (*close)(struct window *window);
	void (*start)(struct window *window);
	/* The window has another size; there is a frame after that. */
	void (*resize)(struct window *window);
	/* Draws all cells and shows them; damage is what differs from the frame before.
	 */
	void (*frame)(struct window *window, const struct box *damage);
	void (*finish)(struct window *window); /* all frames are drawn */
	void (*stop)(struct window *window);
};

/* Pixels: of the grid, or of the whole window with -o. */
int frame_cell_width(const struct window *window);
int frame_cell_height(const struct window *window);
/* Row 0 is at the top, as on the screen. */
uint32_t frame_pixel(const struct window *window, int x, int y);

/* What main() is. Prints two lines for each window; 1 if pixels are wrong, descriptors
 * or buffers leak or something refuses, 2 usage. */
int frames_main(int argc, char **argv, const struct renderer *renderer);

#endif
