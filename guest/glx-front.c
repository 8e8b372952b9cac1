// SPDX-License-Identifier: MIT
/*
 * glx-front: what GL reads of what X has drawn, and the other way round.
 *
 * In a window, and in a pixmap of odd size: X fills a rectangle and GL reads it
 * from its front buffer; GL clears another one in the front buffer, and X returns
 * it, with the first one unharmed. All without a swap. Then a part of the back buffer
 * is copied to the window, and the rest of it not.
 *
 * Prints "renderer NAME" and "right" or what is wrong; exit status 1 then, or if X
 * or GL refuse.
 */
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <GL/glx.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>

#include "glx.h"

#define WIDTH 333
#define HEIGHT 217

struct rectangle {
	int x, y, width, height; /* from above, as X has them */
	uint32_t rgb;
};

static const struct rectangle by_x = {17, 23, 101, 53, 0xc08040};
static const struct rectangle by_gl = {150, 111, 97, 61, 0x2060a0};
static const struct rectangle by_copy = {20, 160, 101, 41, 0x907020};
static const struct rectangle by_x_again = {201, 3, 31, 57, 0x10f090};

static bool failed;

static void fill(Display *display, Drawable drawable, GC gc,
		 const struct rectangle *rectangle)
{
	XSetForeground(display, gc, rectangle->rgb);
	XFillRectangle(display, drawable, gc, rectangle->x, rectangle->y,
		       (unsigned int)rectangle->width, (unsigned int)rectangle->height);
	glXWaitX();
}

static void set_clear_colour(uint32_t rgb)
{
	glClearColor((float)(rgb >> 16) / 255.0f, (float)(rgb >> 8 & 255) / 255.0f,
		     (float)(rgb & 255) / 255.0f, 1);
}

static void clear(const struct rectangle *rectangle)
{
	glDrawBuffer(GL_FRONT);
	glEnable(GL_SCISSOR_TEST);
	glScissor(rectangle->x, HEIGHT - rectangle->y - rectangle->height,
		  rectangle->width, rectangle->height);
	set_clear_colour(rectangle->rgb);
	glClear(GL_COLOR_BUFFER_BIT);
	glDisable(GL_SCISSOR_TEST);
	glFlush();
	glXWaitGL();
}

static void gl_has(const char *where, const struct rectangle *rectangle)
{
	static uint8_t pixels[WIDTH * HEIGHT][4];
	int count = rectangle->width * rectangle->height, wrong = 0;

	glReadBuffer(GL_FRONT);
	glReadPixels(rectangle->x, HEIGHT - rectangle->y - rectangle->height,
		     rectangle->width, rectangle->height, GL_BGRA, GL_UNSIGNED_BYTE,
		     pixels);
	for (int i = 0; i < count; i++)
		wrong += ((uint32_t)pixels[i][2] << 16 | (uint32_t)pixels[i][1] << 8 |
			  pixels[i][0]) != rectangle->rgb;
	if (wrong) {
		printf("%s: GL reads %d wrong pixels of %d that are %06x\n", where, wrong,
		       count, rectangle->rgb);
		failed = true;
	}
}

static void x_has(Display *display, const char *where, Drawable drawable,
		  const struct rectangle *rectangle)
{
	XImage *image = XGetImage(display, drawable, rectangle->x, rectangle->y,
				  (unsigned int)rectangle->width,
				  (unsigned int)rectangle->height, AllPlanes, ZPixmap);
	int wrong = 0;

	if (!image)
		errx(1, "X does not return the %s", where);
	for (int y = 0; y < rectangle->height; y++)
		for (int x = 0; x < rectangle->width; x++)
			wrong += (XGetPixel(image, x, y) & 0xffffff) != rectangle->rgb;
	XDestroyImage(image);
	if (wrong) {
		printf("%s: X returns %d wrong pixels of %d that are %06x\n", where,
		       wrong, rectangle->width * rectangle->height, rectangle->rgb);
		failed = true;
	}
}

static void copy(Display *display, Window window, const struct rectangle *rectangle)
{
	PFNGLXCOPYSUBBUFFERMESAPROC copy_sub_buffer =
		(PFNGLXCOPYSUBBUFFERMESAPROC)glXGetProcAddress(
			(const GLubyte *)"glXCopySubBufferMESA");

	if (!copy_sub_buffer)
		errx(1, "GLX has no glXCopySubBufferMESA");
	glDrawBuffer(GL_BACK);
	set_clear_colour(rectangle->rgb);
	glClear(GL_COLOR_BUFFER_BIT);
	copy_sub_buffer(display, window, rectangle->x,
			HEIGHT - rectangle->y - rectangle->height, rectangle->width,
			rectangle->height);
	glXWaitGL();
}

static void check(Display *display, const char *where, Drawable drawable, GC gc)
{
	fill(display, drawable, gc, &by_x);
	gl_has(where, &by_x);
	clear(&by_gl);
	x_has(display, where, drawable, &by_gl);
	x_has(display, where, drawable, &by_x);
	fill(display, drawable, gc, &by_x_again);
	gl_has(where, &by_x_again);
	gl_has(where, &by_gl);
}

static Window open_window(Display *display)
{
	XSetWindowAttributes attributes = {.override_redirect = True,
					   .event_mask = ExposureMask};
	Window window =
		XCreateWindow(display, DefaultRootWindow(display), 40, 60, WIDTH, HEIGHT,
			      0, CopyFromParent, InputOutput, CopyFromParent,
			      CWOverrideRedirect | CWEventMask, &attributes);
	XEvent event;

	XMapRaised(display, window);
	XWindowEvent(display, window, ExposureMask, &event);
	return window;
}

int main(void)
{
	const int attributes[] = {GLX_DRAWABLE_TYPE,
				  GLX_WINDOW_BIT | GLX_PIXMAP_BIT,
				  GLX_X_RENDERABLE,
				  True,
				  GLX_RED_SIZE,
				  8,
				  GLX_BUFFER_SIZE,
				  24,
				  None};
	Display *display = XOpenDisplay(NULL);
	GLXFBConfig config;
	GLXContext context;
	GLXPixmap glx_pixmap;
	Pixmap pixmap;
	Window window;
	GC gc;

	if (!display)
		errx(1, "no X server");
	config = choose_config(display, attributes);
	context = glXCreateNewContext(display, config, GLX_RGBA_TYPE, NULL, True);
	window = open_window(display);
	gc = XCreateGC(display, window, 0, NULL);
	if (!context || !glXMakeCurrent(display, window, context))
		errx(1, "GLX gives no context");
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("renderer %s\n", glGetString(GL_RENDERER));
	check(display, "window", window, gc);
	copy(display, window, &by_copy);
	x_has(display, "window", window, &by_copy);
	x_has(display, "window", window, &by_x);
	x_has(display, "window", window, &by_gl);

	pixmap = XCreatePixmap(display, window, WIDTH, HEIGHT,
			       (unsigned int)DefaultDepth(display, 0));
	glx_pixmap = glXCreatePixmap(display, config, pixmap, NULL);
	if (!glXMakeCurrent(display, glx_pixmap, context))
		errx(1, "GLX does not take the pixmap");
	check(display, "pixmap", pixmap, gc);
	if (!failed)
		puts("right");
	return failed;
}
