// SPDX-License-Identifier: MIT
/*
 * glx-windows [-g] WINDOWS: many windows of one program.
 *
 * Small windows on one connection, each of which shows three frames and stays. In the end
 * each has to have the colour of its last one. What the program has connected for that
 * is counted: a server takes 256 clients. Then they go, but for the first one, which
 * shows frames of another size and is left to exit(). -g: before the first frame the
 * server is grabbed for good: who then waits for what another connection asks for waits
 * for ever.
 *
 * Prints "renderer NAME", how many connections there are and "right" or what is wrong;
 * exit status 1 then, or if X or GL refuse, 2 usage.
 */
#include <dirent.h>
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <GL/glx.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>

#include "glx.h"

#define SIZE 16
#define LARGER 33
#define FRAMES 3
#define MAX_WINDOWS 1024
#define TRIES 3000 /* of 20 ms, for the server to show what it was asked for */
#define MAY_CONNECT 1 /* for frames, of all windows */

static Window windows[MAX_WINDOWS];
static GLXWindow drawables[MAX_WINDOWS]; /* which keep what the driver has for them */

static int connections(void)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	int count = 0;

	while (directory && (entry = readdir(directory))) {
		struct stat status;

		count += !fstatat(dirfd(directory), entry->d_name, &status, 0) &&
			 S_ISSOCK(status.st_mode);
	}
	if (directory)
		closedir(directory);
	return count;
}

static uint32_t colour(int window, int frame)
{
	return ((uint32_t)window * 2654435761u ^ (uint32_t)frame * 40503u) >> 8;
}

static void open_window(Display *display, GLXFBConfig config, int number)
{
	XSetWindowAttributes attributes = {.override_redirect = True,
					   .event_mask = ExposureMask};
	int columns = DisplayWidth(display, 0) / LARGER;
	Window window =
		XCreateWindow(display, DefaultRootWindow(display),
			      number % columns * LARGER, number / columns * LARGER, SIZE,
			      SIZE, 0, CopyFromParent, InputOutput, CopyFromParent,
			      CWOverrideRedirect | CWEventMask, &attributes);
	XEvent event;

	XMapRaised(display, window);
	XWindowEvent(display, window, ExposureMask, &event);
	windows[number] = window;
	drawables[number] = glXCreateWindow(display, config, window, NULL);
}

static void show_frame(Display *display, int window, int frame)
{
	uint32_t rgb = colour(window, frame);

	glClearColor((float)(rgb >> 16) / 255.0f, (float)(rgb >> 8 & 255) / 255.0f,
		     (float)(rgb & 255) / 255.0f, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glXSwapBuffers(display, drawables[window]);
}

static int wrong_pixels(Display *display, int window, int frame, int size)
{
	XImage *image = XGetImage(display, windows[window], 0, 0, (unsigned int)size,
				  (unsigned int)size, AllPlanes, ZPixmap);
	int wrong = 0;

	if (!image)
		errx(1, "X does not return window %d", window);
	for (int y = 0; y < size; y++)
		for (int x = 0; x < size; x++)
			wrong += (XGetPixel(image, x, y) & 0xffffff) !=
				 colour(window, frame);
	XDestroyImage(image);
	return wrong;
}

static bool is_shown(Display *display, int window, int frame, int size)
{
	int wrong = -1;

	for (int i = 0; wrong && i < TRIES; i++) {
		if (i)
			usleep(20000);
		wrong = wrong_pixels(display, window, frame, size);
	}
	if (wrong)
		printf("window %d: %d of %d pixels of frame %d are wrong\n", window,
		       wrong, size * size, frame);
	return !wrong;
}

static void start(Display *display, GLXFBConfig config, bool grab)
{
	GLXContext context =
		glXCreateNewContext(display, config, GLX_RGBA_TYPE, NULL, True);

	open_window(display, config, 0);
	if (!context || !glXMakeCurrent(display, drawables[0], context))
		errx(1, "GLX gives no context");
	printf("renderer %s\n", glGetString(GL_RENDERER));
	if (grab)
		XGrabServer(display);
}

static void show_all(Display *display, GLXFBConfig config, int count)
{
	GLXContext context = glXGetCurrentContext();

	for (int i = 0; i < count; i++) {
		if (!windows[i])
			open_window(display, config, i);
		if (!glXMakeCurrent(display, drawables[i], context))
			errx(1, "GLX does not take window %d", i);
		for (int frame = 0; frame < FRAMES; frame++)
			show_frame(display, i, frame);
		glXWaitGL();
	}
}

static bool others_go(Display *display, int count)
{
	if (!glXMakeCurrent(display, drawables[0], glXGetCurrentContext()))
		errx(1, "GLX does not take the first window again");
	for (int i = 1; i < count; i++) {
		glXDestroyWindow(display, drawables[i]);
		XDestroyWindow(display, windows[i]);
	}
	XResizeWindow(display, windows[0], LARGER, LARGER);
	XSync(display, False);
	for (int frame = 0; frame < FRAMES; frame++) /* the first may have the old size */
		show_frame(display, 0, frame);
	if (!is_shown(display, 0, FRAMES - 1, LARGER))
		return false;
	show_frame(display, 0, FRAMES);
	return true;
}

int main(int argc, char **argv)
{
	bool grab = argc == 3 && !strcmp(argv[1], "-g"), right = true;
	int count = argc == 2 + grab ? atoi(argv[1 + grab]) : 0, before, after;
	const int attributes[] = {GLX_X_RENDERABLE, True, GLX_RED_SIZE, 8, None};
	GLXFBConfig config;
	Display *display;

	if (count < 1 || count > MAX_WINDOWS) {
		fprintf(stderr, "usage: glx-windows [-g] WINDOWS\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	display = XOpenDisplay(NULL);
	if (!display)
		errx(1, "no X server");
	before = connections();
	config = choose_config(display, attributes);
	start(display, config, grab);
	show_all(display, config, count);
	for (int i = 0; i < count; i++)
		right &= is_shown(display, i, FRAMES - 1, SIZE);
	after = connections();
	printf("%d windows, %d connections and then %d\n", count, before, after);
	right &= after <= before + MAY_CONNECT;
	right &= others_go(display, count);
	if (right)
		puts("right");
	return !right;
}
