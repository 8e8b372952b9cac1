// SPDX-License-Identifier: MIT
/*
 * glx-scene: a still picture, drawn with the desktop's own GL.
 *
 * An override-redirect window of 801x601 at 133, 57. The scene goes through what
 * virtio-gpu transfers: a texture of an odd size and a part of it on the way to
 * the host, parts of the frame on the way back. The texture is also drawn pixel
 * for pixel, and has to come back unchanged from GL and from the X server.
 * Nothing depends on time: two runs on one host differ in no pixel.
 *
 * Prints "renderer NAME" and, when the frame is on the screen and right,
 * "shown"; then waits to be killed. Exit status: 1 if X or GL refuse, or pixels
 * are wrong.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GL_GLEXT_PROTOTYPES
#include <GL/gl.h>
#include <GL/glx.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>

#define LEFT 133
#define TOP 57
#define WIDTH 801u
#define HEIGHT 601u

/* The texture, and where it is drawn pixel for pixel (from below, as GL does). */
#define TEXTURE_WIDTH 333u
#define TEXTURE_HEIGHT 217u
#define EXACT_X 17
#define EXACT_Y 23

/* The part of the texture that is uploaded anew. */
#define PART_X 77u
#define PART_Y 5u
#define PART_WIDTH 101u
#define PART_HEIGHT 53u

static uint8_t texels[TEXTURE_HEIGHT][TEXTURE_WIDTH][4];

static XVisualInfo *choose_visual(Display *display)
{
	int attributes[] = {GLX_RGBA,
			    GLX_DOUBLEBUFFER,
			    GLX_RED_SIZE,
			    8,
			    GLX_GREEN_SIZE,
			    8,
			    GLX_BLUE_SIZE,
			    8,
			    GLX_DEPTH_SIZE,
			    24,
			    None};
	XVisualInfo *visual =
		glXChooseVisual(display, DefaultScreen(display), attributes);

	if (!visual)
		errx(1, "GLX has no visual with 24 bits of colour and depth");
	return visual;
}

static Window open_window(Display *display, const XVisualInfo *visual)
{
	Window root = DefaultRootWindow(display), window;
	XSetWindowAttributes attributes = {
		.override_redirect = True, /* where we say, with no manager */
		.event_mask = ExposureMask,
		.colormap = XCreateColormap(display, root, visual->visual, AllocNone),
	};
	XEvent event;

	window = XCreateWindow(display, root, LEFT, TOP, WIDTH, HEIGHT, 0, visual->depth,
			       InputOutput, visual->visual,
			       CWOverrideRedirect | CWEventMask | CWColormap |
				       CWBorderPixel,
			       &attributes);
	XMapRaised(display, window);
	XWindowEvent(display, window, ExposureMask, &event);
	return window;
}

static void set_texels(uint32_t left, uint32_t low, uint32_t width, uint32_t height,
		       uint32_t seed)
{
	for (uint32_t y = low; y < low + height; y++)
		for (uint32_t x = left; x < left + width; x++) {
			uint32_t mixed = (x * 2654435761u) ^ (y * 40503u) ^ seed;

			texels[y][x][0] = (uint8_t)(x + seed);
			texels[y][x][1] = (uint8_t)(y * 3);
			texels[y][x][2] = (uint8_t)(mixed >> 9);
			texels[y][x][3] = 255;
		}
}

/* To the host: the whole, then a part anew out of the middle of its rows. */
static void upload_texture(void)
{
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	set_texels(0, 0, TEXTURE_WIDTH, TEXTURE_HEIGHT, 1);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, TEXTURE_WIDTH, TEXTURE_HEIGHT, 0,
		     GL_RGBA, GL_UNSIGNED_BYTE, texels);
	glFinish();
	set_texels(PART_X, PART_Y, PART_WIDTH, PART_HEIGHT, 77);
	glPixelStorei(GL_UNPACK_ROW_LENGTH, TEXTURE_WIDTH);
	glTexSubImage2D(GL_TEXTURE_2D, 0, PART_X, PART_Y, PART_WIDTH, PART_HEIGHT,
			GL_RGBA, GL_UNSIGNED_BYTE, texels[PART_Y][PART_X]);
	glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
}

/* Corners in pixels of the window. */
static void draw_textured(float left, float low, float width, float height, float depth)
{
	static const float corner[][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};

	glEnable(GL_TEXTURE_2D);
	glColor3f(1, 1, 1);
	glBegin(GL_QUADS);
	for (int i = 0; i < 4; i++) {
		glTexCoord2fv(corner[i]);
		glVertex3f(left + corner[i][0] * width, low + corner[i][1] * height,
			   depth);
	}
	glEnd();
	glDisable(GL_TEXTURE_2D);
}

/* A fan through the textured plane: depth test and blending. */
static void draw_fan(void)
{
	static const float point[][3] = {
		{720, 570, 0.8f}, {120, 510, -0.9f}, {320, 60, -0.1f}, {760, 210, -0.8f}};

	glEnable(GL_BLEND);
	glBlendFunc(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA);
	glBegin(GL_TRIANGLE_FAN);
	for (int i = 0; i < 4; i++) {
		glColor4f((float)(i & 1), (float)(i >> 1), 0.3f * (float)i, 0.75f);
		glVertex3fv(point[i]);
	}
	glEnd();
	glDisable(GL_BLEND);
}

/* From the host and back: a part of the frame, upside down in a corner. */
static void draw_readback(void)
{
	enum { W = 201, H = 151 };
	static uint8_t pixels[W * H * 4];

	glReadPixels(273, 311, W, H, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	glWindowPos2i(591, 599);
	glPixelZoom(1, -1);
	glDrawPixels(W, H, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
}

static void draw(void)
{
	GLenum error;

	glViewport(0, 0, WIDTH, HEIGHT);
	glMatrixMode(GL_PROJECTION);
	glOrtho(0, WIDTH, 0, HEIGHT, -1, 1);
	glClearColor(0.1f, 0.2f, 0.3f, 1);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
	upload_texture();
	glEnable(GL_DEPTH_TEST);
	draw_textured(21, 33, 601, 407, 0);
	draw_fan();
	glDisable(GL_DEPTH_TEST);
	draw_textured(EXACT_X, EXACT_Y, TEXTURE_WIDTH, TEXTURE_HEIGHT, 0);
	draw_readback();
	error = glGetError();
	if (error)
		errx(1, "GL error 0x%x", error);
}

static void check_gl(void)
{
	static uint8_t pixels[TEXTURE_HEIGHT][TEXTURE_WIDTH][4];
	size_t wrong = 0;

	glReadPixels(EXACT_X, EXACT_Y, TEXTURE_WIDTH, TEXTURE_HEIGHT, GL_RGBA,
		     GL_UNSIGNED_BYTE, pixels);
	for (size_t y = 0; y < TEXTURE_HEIGHT; y++)
		for (size_t x = 0; x < TEXTURE_WIDTH; x++)
			wrong += memcmp(pixels[y][x], texels[y][x], 3) != 0;
	if (wrong)
		errx(1, "GL returns %zu wrong pixels of the texture", wrong);
}

static void check_window(Display *display, Window window)
{
	int top = (int)HEIGHT - EXACT_Y - (int)TEXTURE_HEIGHT;
	XImage *image = XGetImage(display, window, EXACT_X, top, TEXTURE_WIDTH,
				  TEXTURE_HEIGHT, AllPlanes, ZPixmap);
	size_t wrong = 0;

	if (!image)
		errx(1, "X does not return the window");
	for (size_t y = 0; y < TEXTURE_HEIGHT; y++)
		for (size_t x = 0; x < TEXTURE_WIDTH; x++) {
			const uint8_t *texel = texels[TEXTURE_HEIGHT - 1 - y][x];
			unsigned long pixel = XGetPixel(image, (int)x, (int)y);

			wrong += (pixel & 0xffffff) !=
				 (unsigned long)(texel[0] << 16 | texel[1] << 8 |
						 texel[2]);
		}
	XDestroyImage(image);
	if (wrong)
		errx(1, "X returns %zu wrong pixels of the texture", wrong);
}

int main(void)
{
	Display *display = XOpenDisplay(NULL);
	PFNGLXWAITFORSBCOMLPROC wait_for_sbc;
	int64_t ust, msc, sbc;
	XVisualInfo *visual;
	GLXContext context;
	Window window;

	if (!display)
		errx(1, "no X server");
	visual = choose_visual(display);
	window = open_window(display, visual);
	context = glXCreateContext(display, visual, NULL, True);
	if (!context || !glXMakeCurrent(display, window, context))
		errx(1, "GLX gives no context");
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("renderer %s\n", glGetString(GL_RENDERER));
	draw();
	check_gl();
	glXSwapBuffers(display, window);
	/* the frame is in the window, not merely under way */
	wait_for_sbc = (PFNGLXWAITFORSBCOMLPROC)glXGetProcAddressARB(
		(const GLubyte *)"glXWaitForSbcOML");
	if (!wait_for_sbc(display, window, 0, &ust, &msc, &sbc))
		errx(1, "the frame was not shown");
	check_window(display, window);
	puts("shown");
	pause();
	return 0;
}
