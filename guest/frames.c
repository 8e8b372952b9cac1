// SPDX-License-Identifier: MIT
#include "frames.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <X11/Xutil.h>
#include <drm/drm.h>

#include "../runner/screen.h"
#include "xdg-shell-client.h"

#define DEFAULT_WIDTH 801
#define DEFAULT_HEIGHT 601
#define LEAK_AFTER 16 /* resizes, until caches are full */
#define LEAK_ROUNDS 3 /* of all resizes after those: who leaks does so in each */
#define LEAK_FRAMES 4 /* of one size, which take all buffers of a window */
#define LEAK_SECONDS 3 /* for the server, to free something */
#define SETTLE_SECONDS 20 /* for the server, to show something */
#define COVER 64 /* pixels, of a window above ours */
#define COVER_COLOUR 0x30c060
#define OPTIONS "p:s:n:r:w:dcme:kHTAobl:E:"

struct frame_options frame_options = {.frames = 60, .windows = 1};
static const struct renderer *renderer;

static uint32_t colour(const struct window *window, int column, int row)
{
	uint32_t mixed = (uint32_t)column * 2654435761u ^ (uint32_t)row * 40503u ^
			 (uint32_t)window->changed[row] * 2246822519u ^
			 (uint32_t)window->number * 3266489917u;

	mixed ^= mixed >> 15;
	return mixed * 2654435761u >> 8;
}

int frame_cell_width(const struct window *window)
{
	return frame_options.one_colour ? window->width : CELL_WIDTH;
}

int frame_cell_height(const struct window *window)
{
	return frame_options.one_colour ? window->height : CELL_HEIGHT;
}

uint32_t frame_pixel(const struct window *window, int x, int y)
{
	return colour(window, x / frame_cell_width(window),
		      y / frame_cell_height(window));
}

static int rows(const struct window *window)
{
	const int cell = frame_cell_height(window);

	return (window->height + cell - 1) / cell;
}

/* A frame: all rows change, or one, of which the damage is told. */
static void frame(struct window *window, int number)
{
	int row = number % rows(window);
	bool part = frame_options.damage && number;
	struct box damage = {0, 0, window->width, window->height};

	for (int i = 0; i < rows(window); i++)
		if (!part || i == row)
			window->changed[i] = number;
	if (part) {
		damage.height = frame_cell_height(window);
		damage.y = row * damage.height;
		if (damage.y + damage.height > window->height)
			damage.height = window->height - damage.y;
	}
	renderer->frame(window, &damage);
}

static size_t wrong_of_window(const struct window *window)
{
	XImage *image =
		XGetImage(window->x, window->xid, 0, 0, (unsigned int)window->width,
			  (unsigned int)window->height, AllPlanes, ZPixmap);
	size_t wrong = 0;

	if (!image)
		errx(1, "X does not return the window");
	for (int y = 0; y < window->height; y++)
		for (int x = 0; x < window->width; x++)
			wrong += (XGetPixel(image, x, y) & 0xffffff) !=
				 frame_pixel(window, x, y);
	XDestroyImage(image);
	return wrong;
}

/* What the screen has to show there. */
static uint32_t shown_pixel(const struct window *window, int x, int y)
{
	return window->covered && x < COVER && y < COVER ? COVER_COLOUR
							 : frame_pixel(window, x, y);
}

static uint32_t screen_pixel(const struct picture *screen, uint32_t x, uint32_t y)
{
	const uint8_t *rgb = screen->rgb + 3 * (y * screen->width + x);

	return (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
}

/* Corners and middle are enough to know a window by; all of it is compared then. */
static bool looks_like(const struct window *window, const struct picture *screen,
		       uint32_t left, uint32_t top)
{
	int right = window->width - 1, bottom = window->height - 1;
	const int at[][2] = {{0, 0},
			     {right, 0},
			     {0, bottom},
			     {right, bottom},
			     {right / 2, bottom / 2}};

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		if (screen_pixel(screen, left + (uint32_t)at[i][0],
				 top + (uint32_t)at[i][1]) !=
		    frame_pixel(window, at[i][0], at[i][1]))
			return false;
	return true;
}

/* Where a shell has put it; if it is nowhere, where it was asked for. */
static void locate(const struct window *window, const struct picture *screen,
		   uint32_t *left, uint32_t *top)
{
	for (uint32_t y = 0; y <= screen->height - (uint32_t)window->height; y++)
		for (uint32_t x = 0; x <= screen->width - (uint32_t)window->width; x++)
			if (looks_like(window, screen, x, y)) {
				*left = x;
				*top = y;
				return;
			}
}

static size_t wrong_of_screen(const struct window *window)
{
	const char *directory = getenv("PRIME_DIR");
	char command[64];
	struct picture screen = {0};
	size_t wrong = 0;
	uint32_t left = (uint32_t)window->left, top = (uint32_t)window->top;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s.png", directory ? directory : ".",
		 renderer->name);
	snprintf(command, sizeof(command), "vmhost screenshot %s", renderer->name);
	if (system(command) || picture_load(&screen, path))
		errx(1, "the host does not show its screen");
	if (screen.width < (uint32_t)window->width ||
	    screen.height < (uint32_t)window->height)
		errx(1, "the window is larger than the screen");
	if (window->wl && !frame_options.top_left) {
		left = (screen.width - (uint32_t)window->width) / 2;
		top = (screen.height - (uint32_t)window->height) / 2;
	}
	if (frame_options.anywhere)
		locate(window, &screen, &left, &top);
	for (int y = 0; y < window->height; y++)
		for (int x = 0; x < window->width; x++)
			wrong += screen_pixel(&screen, left + (uint32_t)x,
					      top + (uint32_t)y) !=
				 shown_pixel(window, x, y);
	picture_clear(&screen);
	return wrong;
}

/* The shell shows the window that was mapped last: compare_in_turn() has each be that. */
static bool takes_turns(void)
{
	return frame_options.wayland && frame_options.windows > 1;
}

static bool can_compare(const struct window *window)
{
	if (window->failed || frame_options.blind)
		return false;
	if (window->wl)
		return !takes_turns();
	/* What is beyond the screen cannot be read back. */
	return window->width <= DisplayWidth(window->x, 0) &&
	       window->height <= DisplayHeight(window->x, 0);
}

/*
 * A time to settle in. Of its second half does not count what others had the host's
 * processors for, as vmhost says: who is right at once does not ask.
 */
struct settling {
	time_t start;
	double seconds;
	double starved; /* before the second half; below 0: that is to come */
};

static double starved(void)
{
	FILE *file = popen("vmhost starved 2>/dev/null", "r");
	double seconds = 0;

	if (!file || fscanf(file, "%lf", &seconds) != 1)
		seconds = 0;
	if (file)
		pclose(file);
	return seconds;
}

static struct settling settle(double seconds)
{
	return (struct settling){.start = time(NULL), .seconds = seconds, .starved = -1};
}

static bool still_settles(struct settling *settling)
{
	double passed = (double)(time(NULL) - settling->start);

	if (passed < settling->seconds / 2)
		return true;
	if (settling->starved < 0)
		settling->starved = starved();
	return passed < settling->seconds ||
	       passed - (starved() - settling->starved) < settling->seconds;
}

/* The server, or the host, may still be about to show the frame. */
static void compare_with(struct window *window, int number,
			 size_t (*wrong_of)(const struct window *window))
{
	struct settling settling = settle(SETTLE_SECONDS);
	size_t wrong;

	do {
		if (window->wl && !takes_turns()) /* its own thread does */
			wl_display_roundtrip(window->wl);
		wrong = wrong_of(window);
		window->compared++;
		if (!wrong)
			return;
		usleep(20000);
	} while (still_settles(&settling));
	printf("window %d: %zu of %d pixels of frame %d are wrong, at %dx%d\n",
	       window->number, wrong, window->width * window->height, number,
	       window->width, window->height);
	window->failed = true;
}

static void compare(struct window *window, int number)
{
	if (can_compare(window))
		compare_with(window, number,
			     window->wl ? wrong_of_screen : wrong_of_window);
}

static void compare_last(struct window *window)
{
	compare(window, frame_options.frames - 1);
	if (frame_options.host && window->x && can_compare(window))
		compare_with(window, frame_options.frames - 1, wrong_of_screen);
}

/* Another one is raised above the window, and has the focus. */
static void cover(struct window *window)
{
	XSetWindowAttributes attributes = {.override_redirect = True,
					   .background_pixel = COVER_COLOUR,
					   .event_mask = ExposureMask};
	XEvent event;

	window->above = XCreateWindow(window->x, DefaultRootWindow(window->x),
				      window->left, window->top, COVER, COVER, 0,
				      CopyFromParent, InputOutput, CopyFromParent,
				      CWOverrideRedirect | CWBackPixel | CWEventMask,
				      &attributes);
	XMapRaised(window->x, window->above);
	XWindowEvent(window->x, window->above, ExposureMask, &event);
	XSetInputFocus(window->x, window->above, RevertToPointerRoot, CurrentTime);
	XSync(window->x, False);
	window->covered = true;
}

static void uncover(struct window *window)
{
	XSetInputFocus(window->x, window->xid, RevertToPointerRoot, CurrentTime);
	XDestroyWindow(window->x, window->above);
	XSync(window->x, False);
	window->covered = false;
}

/* Every so many frames; on X11 the next one is under another window. */
static void compare_each(struct window *window, int number)
{
	if (!frame_options.each || !can_compare(window))
		return;
	if (number % frame_options.each == frame_options.each - 1) {
		compare_with(window, number, wrong_of_screen);
		if (window->x)
			cover(window);
	} else if (window->covered) {
		compare_with(window, number, wrong_of_screen);
		uncover(window);
	}
}

static void open_x11(struct window *window)
{
	XSetWindowAttributes attributes = {.override_redirect = True,
					   .event_mask = ExposureMask};
	XEvent event;
	int columns;

	window->x = XOpenDisplay(NULL);
	if (!window->x)
		errx(1, "no X server");
	/* Side by side: what is covered cannot be read back. */
	columns = DisplayWidth(window->x, 0) / window->width;
	window->left = columns ? window->number % columns * window->width : 0;
	window->top = columns ? window->number / columns * window->height : 0;
	window->xid = XCreateWindow(window->x, DefaultRootWindow(window->x), window->left,
				    window->top, (unsigned int)window->width,
				    (unsigned int)window->height, 0, CopyFromParent,
				    InputOutput, CopyFromParent,
				    CWOverrideRedirect | CWEventMask, &attributes);
	XMapRaised(window->x, window->xid);
	XWindowEvent(window->x, window->xid, ExposureMask, &event);
}

static void global_appears(void *data, struct wl_registry *registry, uint32_t name,
			   const char *interface, uint32_t version)
{
	struct window *window = data;

	(void)version;
	if (!strcmp(interface, wl_compositor_interface.name))
		window->compositor =
			wl_registry_bind(registry, name, &wl_compositor_interface, 4);
	else if (!strcmp(interface, xdg_wm_base_interface.name))
		window->shell =
			wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
}

static void global_goes(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_listener = {global_appears,
							      global_goes};

static void ping(void *data, struct xdg_wm_base *shell, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(shell, serial);
}

static const struct xdg_wm_base_listener shell_listener = {ping};

static void surface_configured(void *data, struct xdg_surface *surface, uint32_t serial)
{
	struct window *window = data;

	xdg_surface_ack_configure(surface, serial);
	window->configured = true;
}

static const struct xdg_surface_listener surface_listener = {surface_configured};

/* A shell that wants the window to be as large as the screen gets that. */
static void toplevel_configured(void *data, struct xdg_toplevel *toplevel, int32_t width,
				int32_t height, struct wl_array *states)
{
	struct window *window = data;

	(void)toplevel, (void)states;
	if (width > 0 && height > 0 && !window->configured && !frame_options.width) {
		window->width = width;
		window->height = height;
	}
}

static void toplevel_closed(void *data, struct xdg_toplevel *toplevel)
{
	(void)data, (void)toplevel;
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = toplevel_configured, .close = toplevel_closed};

/* As large as it wants to be, whatever the shell proposes. */
static void map_wayland(struct window *window)
{
	window->configured = false;
	window->xdg_surface = xdg_wm_base_get_xdg_surface(window->shell, window->surface);
	xdg_surface_add_listener(window->xdg_surface, &surface_listener, window);
	window->toplevel = xdg_surface_get_toplevel(window->xdg_surface);
	xdg_toplevel_add_listener(window->toplevel, &toplevel_listener, window);
	wl_surface_commit(window->surface);
	while (!window->configured && wl_display_dispatch(window->wl) >= 0)
		;
}

static void open_wayland(struct window *window)
{
	struct wl_registry *registry;

	window->wl = wl_display_connect(NULL);
	if (!window->wl)
		errx(1, "no Wayland compositor");
	registry = wl_display_get_registry(window->wl);
	wl_registry_add_listener(registry, &registry_listener, window);
	wl_display_roundtrip(window->wl);
	if (!window->compositor || !window->shell)
		errx(1, "the compositor has no xdg_wm_base");
	xdg_wm_base_add_listener(window->shell, &shell_listener, window);
	window->surface = wl_compositor_create_surface(window->compositor);
	map_wayland(window);
}

static void close_wayland(struct window *window)
{
	xdg_toplevel_destroy(window->toplevel);
	xdg_surface_destroy(window->xdg_surface);
	wl_surface_attach(window->surface, NULL, 0, 0);
	wl_surface_commit(window->surface);
	wl_display_roundtrip(window->wl);
}

/* The renderer is told in a frame's time. */
static void set_size(struct window *window, int width, int height)
{
	window->width = width;
	window->height = height;
	if (window->x) {
		XResizeWindow(window->x, window->xid, (unsigned int)width,
			      (unsigned int)height);
		XSync(window->x, False);
	}
	renderer->resize(window);
	/* The buffer of this frame may still have the old size. */
	frame(window, 0);
}

static void resize(struct window *window, int number)
{
	/* To and fro by one: buffers of an earlier size are used again. */
	static const int sizes[][2] = {{801, 601},  {333, 217}, {640, 480}, {1, 1},
				       {2, 2},	    {1, 600},	{600, 1},   {65, 5},
				       {1365, 767}, {257, 700}, {800, 601}, {801, 601},
				       {800, 601}};
	size_t known = sizeof(sizes) / sizeof(sizes[0]);

	if ((size_t)number < known)
		set_size(window, sizes[number][0], sizes[number][1]);
	else /* of any remainder, and no larger than the screen */
		set_size(window, 1 + number * 613 % 1366, 1 + number * 389 % 768);
}

/* What a client that leaks has ever more of. */
struct held {
	int files, buffers; /* dma-bufs, of all processes */
	long kilobytes; /* of shared memory, where buffers of virtio-gpu are */
};

static long number_after(const char *path, const char *word)
{
	FILE *file = fopen(path, "r");
	char line[256];
	long number = -1;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, word, strlen(word)))
			number = strtol(line + strlen(word), NULL, 10);
	if (number < 0)
		errx(1, "%s has no number after \"%s\"", path, word);
	fclose(file);
	return number;
}

static struct held held(void)
{
	DIR *directory = opendir("/proc/self/fd");
	struct held held = {0};

	while (directory && readdir(directory))
		held.files++;
	if (directory)
		closedir(directory);
	held.buffers = (int)number_after("/sys/kernel/debug/dma_buf/bufinfo", "Total ");
	held.kilobytes = number_after("/proc/meminfo", "Shmem:");
	return held;
}

/*
 * What may be there more at the end of all rounds than at the start. Of a round nothing
 * may, but some memory, a quarter of a buffer in 24 resizes: once there may be one more,
 * as of a thread that was late, or a cache, and so there is another round.
 */
static const struct held of_all = {.files = 2, .buffers = 2, .kilobytes = 8192};

static struct held of_round(void)
{
	long kilobytes = 256L * (frame_options.resizes - LEAK_AFTER) / 24;

	if (kilobytes < 256)
		kilobytes = 256;
	if (kilobytes > of_all.kilobytes)
		kilobytes = of_all.kilobytes;
	return (struct held){.kilobytes = kilobytes};
}

/* A buffer of a window has a file, and one more or less hides no other file. */
static bool more_than(const struct held *after, const struct held *before,
		      const struct held *limit)
{
	return after->files > before->files + limit->files ||
	       after->files - after->buffers >
		       before->files - before->buffers + limit->files ||
	       after->buffers > before->buffers + limit->buffers ||
	       after->kilobytes > before->kilobytes + limit->kilobytes;
}

static bool has_more(const struct held *after, const struct held *before,
		     const struct held *first)
{
	const struct held limit = of_round();

	return more_than(after, before, &limit) || more_than(after, first, &of_all);
}

/*
 * What is held at the least while frames of one size are drawn: a window has now one
 * buffer more and now one less. The server frees what it has been told to free in its
 * time; with what was held before it has no more than it takes to be that.
 */
static struct held least_held(struct window *window, const struct held *before,
			      const struct held *first)
{
	struct settling settling = settle(LEAK_SECONDS);
	struct held now, least = {INT_MAX, INT_MAX, LONG_MAX};
	int frames = 0;

	do {
		frame(window, frames++);
		usleep(20000);
		now = held();
		if (now.buffers < least.buffers ||
		    (now.buffers == least.buffers && now.files < least.files)) {
			least.buffers = now.buffers;
			least.files = now.files;
		}
		if (now.kilobytes < least.kilobytes)
			least.kilobytes = now.kilobytes;
	} while (frames < LEAK_FRAMES || ((!before || has_more(&least, before, first)) &&
					  still_settles(&settling)));
	return least;
}

/* A dma-buf of a device that is the process's until it ends, by no descriptor of it. */
static void keep_buffer(void)
{
	struct drm_mode_create_dumb dumb = {.width = 64, .height = 64, .bpp = 32};
	struct drm_prime_handle prime = {0};

	if (ioctl(frame_options.leak_card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb))
		err(1, "a buffer to leak");
	prime.handle = dumb.handle;
	if (ioctl(frame_options.leak_card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime))
		err(1, "a dma-buf to leak");
	close(prime.fd);
}

/* One a round, on purpose. */
static void leak(void)
{
	const char *what = frame_options.leak;
	const size_t size = 683 * 384 * 4; /* of a window of half the screen's sides */
	void *memory;

	if (what && !strcmp(what, "file") && dup(STDOUT_FILENO) < 0)
		err(1, "a file to leak");
	if (what && !strcmp(what, "buffer"))
		keep_buffer();
	if (what && !strcmp(what, "memory")) {
		memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (memory == MAP_FAILED)
			err(1, "memory to leak");
		memset(memory, 1, size);
	}
}

static void resize_from(struct window *window, int first, int end)
{
	for (int i = first; i < end; i++) {
		resize(window, i);
		frame(window, i);
		if (frame_options.compare_all)
			compare(window, i);
	}
}

static bool leaks(struct window *window, int width, int height)
{
	const struct held first = least_held(window, NULL, NULL);
	struct held before = first, after;

	for (int round = 1; round <= LEAK_ROUNDS; round++) {
		leak();
		resize_from(window, LEAK_AFTER, frame_options.resizes);
		set_size(window, width, height);
		after = least_held(window, &before, &first);
		printf("window %d: %d files, %d buffers, %ld kB before %d resizes, "
		       "%d files, %d buffers, %ld kB after\n",
		       window->number, before.files, before.buffers, before.kilobytes,
		       frame_options.resizes - LEAK_AFTER, after.files, after.buffers,
		       after.kilobytes);
		if (!has_more(&after, &before, &first))
			return false;
		before = after;
	}
	printf("window %d: it leaks\n", window->number);
	return true;
}

static void resize_all(struct window *window)
{
	const int width = window->width, height = window->height;
	const int resizes = frame_options.resizes;
	const bool may_leak = resizes > LEAK_AFTER && frame_options.windows == 1;

	if (!resizes)
		return;
	resize_from(window, 0, may_leak ? LEAK_AFTER : resizes);
	set_size(window, width, height);
	if (may_leak && leaks(window, width, height))
		window->failed = true;
}

static void write_expected(const struct window *window)
{
	struct picture picture = {.width = (uint32_t)window->width,
				  .height = (uint32_t)window->height};
	uint8_t *to;

	picture.rgb = malloc((size_t)window->width * (size_t)window->height * 3);
	if (!picture.rgb)
		err(1, "picture");
	to = picture.rgb;
	for (int y = 0; y < window->height; y++)
		for (int x = 0; x < window->width; x++) {
			uint32_t rgb = frame_pixel(window, x, y);

			*to++ = (uint8_t)(rgb >> 16);
			*to++ = (uint8_t)(rgb >> 8);
			*to++ = (uint8_t)rgb;
		}
	if (picture_save(&picture, frame_options.expected))
		errx(1, "%s: cannot be written", frame_options.expected);
	picture_clear(&picture);
}

static void stay(struct window *window)
{
	/* The compositor has to hear from us, or takes us for dead. */
	for (;;) {
		if (window->wl)
			wl_display_roundtrip(window->wl);
		usleep(100000);
	}
}

/* Shown or not, the compositor has to hear from us. */
static void wait_for(struct window *window, enum turn turn)
{
	while (atomic_load(&window->turn) != turn) {
		wl_display_roundtrip(window->wl);
		usleep(20000);
	}
}

/* Shows the last frame again, on top of the other windows, until somebody has seen it. */
static void take_turn(struct window *window)
{
	atomic_store(&window->turn, TURN_WAITS);
	wait_for(window, TURN_SHOW);
	close_wayland(window);
	map_wayland(window);
	frame(window, frame_options.frames - 1);
	renderer->finish(window);
	atomic_store(&window->turn, TURN_SHOWN);
	wait_for(window, TURN_SEEN);
}

static void compare_in_turn(struct window *windows)
{
	for (int i = 0; i < frame_options.windows; i++)
		while (atomic_load(&windows[i].turn) != TURN_WAITS)
			usleep(20000);
	for (int i = 0; i < frame_options.windows; i++) {
		atomic_store(&windows[i].turn, TURN_SHOW);
		while (atomic_load(&windows[i].turn) != TURN_SHOWN)
			usleep(20000);
		compare_with(&windows[i], frame_options.frames - 1, wrong_of_screen);
		atomic_store(&windows[i].turn, TURN_SEEN);
	}
}

/* Seconds of processors: of this machine, and of the process that is it on the host. And
 * the instructions of this one, where somebody counts them. */
struct used {
	double here, on_host, instructions, of_kernel;
};

/* Returns how many numbers vmhost has for it. */
static int ask_host(const char *command, double *first, double *second)
{
	FILE *file = popen(command, "r");
	int numbers = file ? fscanf(file, "%lf %lf", first, second) : 0;

	if (file)
		pclose(file);
	return numbers;
}

static struct used used(void)
{
	double user = 0, nice = 0, system = 0, irq = 0, softirq = 0;
	struct used used = {0};
	FILE *file;

	if (!frame_options.measure)
		return used;
	file = fopen("/proc/stat", "r");
	if (!file || fscanf(file, "cpu %lf %lf %lf %*f %*f %lf %lf", &user, &nice,
			    &system, &irq, &softirq) != 5)
		errx(1, "/proc/stat");
	fclose(file);
	used.here = (user + nice + system + irq + softirq) / (double)sysconf(_SC_CLK_TCK);
	if (ask_host("vmhost processor", &used.on_host, &user) < 1)
		errx(1, "vmhost");
	ask_host("vmhost instructions 2>/dev/null", &used.instructions, &used.of_kernel);
	return used;
}

/* Until all buffers are there, and all that is compiled. */
static void warm_up(struct window *window)
{
	for (int i = 0; i < WARM_UP_FRAMES; i++)
		frame(window, i);
	renderer->finish(window);
}

static void *run(void *data)
{
	struct window *window = data;
	struct timespec start, end;
	struct used asked, before, after; /* to ask takes something, too */
	double seconds;

	window->width = frame_options.width ? frame_options.width : DEFAULT_WIDTH;
	window->height = frame_options.height ? frame_options.height : DEFAULT_HEIGHT;
	if (renderer->open)
		renderer->open(window);
	else if (frame_options.wayland)
		open_wayland(window);
	else
		open_x11(window);
	renderer->start(window);
	resize_all(window);
	if (frame_options.measure)
		warm_up(window);
	asked = used();
	before = used();
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < frame_options.frames; i++) {
		frame(window, i);
		if (!i)
			printf("window %d: the first frame, %dx%d\n", window->number,
			       window->width, window->height);
		if (frame_options.compare_all)
			compare(window, i);
		compare_each(window, i);
	}
	if (window->covered) { /* nobody keeps what was under it */
		uncover(window);
		frame(window, frame_options.frames - 1);
	}
	renderer->finish(window);
	clock_gettime(CLOCK_MONOTONIC, &end);
	after = used();
	if (frame_options.measure) { /* one to compare, if nobody saw the others */
		frame(window, frame_options.frames - 1);
		renderer->finish(window);
	}
	seconds = (double)(end.tv_sec - start.tv_sec) +
		  (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	if (takes_turns() && !frame_options.measure)
		take_turn(window);
	compare_last(window);
	window->failed |= !window->compared && !frame_options.measure &&
			  !frame_options.stay && !frame_options.blind;
	if (frame_options.expected && window->number == 0)
		write_expected(window);
	printf("window %d: %dx%d, %d frames in %.3f s, %d pictures, %s\n", window->number,
	       window->width, window->height, frame_options.frames, seconds,
	       window->compared,
	       window->failed	  ? "wrong"
	       : window->compared ? "right"
				  : "not seen");
	if (frame_options.measure)
		printf("window %d: %.3f s of processors, %.3f s of the host's, %.0f instructions, "
		       "%.0f of the kernel\n",
		       window->number, after.here - before.here,
		       after.on_host - before.on_host,
		       after.instructions - before.instructions -
			       (before.instructions - asked.instructions),
		       after.of_kernel - before.of_kernel -
			       (before.of_kernel - asked.of_kernel));
	if (frame_options.stay)
		stay(window);
	renderer->stop(window);
	if (renderer->open)
		renderer->close(window);
	else if (window->wl)
		close_wayland(window);
	return NULL;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: %s [-p x11|wayland] [-s WxH] [-n FRAMES] [-r RESIZES] "
		"[-w WINDOWS]\n"
		"                 [-d] [-c] [-m] [-e FILE.png] [-k] [-H] [-T] [-A] [-o] "
		"[-b] [-E FRAMES] [-l file|buffer|memory] %s\n",
		renderer->name, renderer->usage);
	return 2;
}

static bool parse(int argc, char **argv)
{
	char options[64];
	int option;

	snprintf(options, sizeof(options), "%s%s", OPTIONS, renderer->options);
	while ((option = getopt(argc, argv, options)) != -1) {
		switch (option) {
		case 'p':
			frame_options.wayland = !strcmp(optarg, "wayland");
			break;
		case 's':
			if (sscanf(optarg, "%dx%d", &frame_options.width,
				   &frame_options.height) != 2)
				return false;
			break;
		case 'n':
			frame_options.frames = atoi(optarg);
			break;
		case 'r':
			frame_options.resizes = atoi(optarg);
			break;
		case 'w':
			frame_options.windows = atoi(optarg);
			break;
		case 'd':
			frame_options.damage = true;
			break;
		case 'c':
			frame_options.compare_all = true;
			break;
		case 'm':
			frame_options.measure = true;
			break;
		case 'e':
			frame_options.expected = optarg;
			break;
		case 'k':
			frame_options.stay = true;
			break;
		case 'H':
			frame_options.host = true;
			break;
		case 'T':
			frame_options.top_left = true;
			break;
		case 'b':
			frame_options.blind = true;
			break;
		case 'E':
			frame_options.each = atoi(optarg);
			break;
		case 'A':
			frame_options.anywhere = true;
			break;
		case 'o':
			frame_options.one_colour = true;
			break;
		case 'l':
			frame_options.leak = optarg;
			frame_options.leak_card = open("/dev/dri/card0", O_RDWR);
			break;
		default:
			if (!renderer->option(option, optarg))
				return false;
		}
	}
	return optind == argc && frame_options.frames > 0 && frame_options.windows > 0 &&
	       frame_options.windows <= MAX_WINDOWS && frame_options.width >= 0 &&
	       frame_options.each >= 0 && frame_options.height >= 0 &&
	       frame_options.height <= 4096 && frame_options.width <= 4096;
}

int frames_main(int argc, char **argv, const struct renderer *with)
{
	static struct window windows[MAX_WINDOWS];
	bool failed = false;

	renderer = with;
	if (!parse(argc, argv))
		return usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	XInitThreads();
	for (int i = 0; i < frame_options.windows; i++) {
		windows[i].number = i;
		if (pthread_create(&windows[i].thread, NULL, run, &windows[i]))
			errx(1, "no thread");
	}
	if (takes_turns() && !frame_options.measure)
		compare_in_turn(windows);
	for (int i = 0; i < frame_options.windows; i++) {
		pthread_join(windows[i].thread, NULL);
		failed |= windows[i].failed;
	}
	return failed;
}
