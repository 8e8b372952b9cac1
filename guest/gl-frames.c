// SPDX-License-Identifier: MIT
/*
 * gl-frames: windows whose every pixel is known (frames.h), drawn with EGL.
 *
 *   gl-frames [-p x11|wayland] [-s WxH] [-n FRAMES] [-r RESIZES] [-w WINDOWS]
 *             [-d] [-c] [-m] [-e FILE.png] [-k] [-H] [-T] [-A] [-o] [-b]
 *             [-E FRAMES] [-l file|buffer|memory] [-i INTERVAL] [-u MS] [-x draw|blit]
 *
 * -s: 801x601, or on Wayland what the shell wants; -d: a row of cells changes from
 * frame to frame, and damage says so; -c: compare every frame and not just the last;
 * -m: what they took of processors, without the start, some frames to warm up, and a last
 * one that is compared; -o: one clear a frame;
 * -e: write the last one to a file; -k: stay until killed; -H: compare the last one with
 * the host's screen on X11, too; -E: and each so many, of which the next is covered in
 * part; -T, -A: where the window is: at the top left, anywhere; -b: compare nothing;
 * -l: leak one in each round of
 * resizes after the first 16, which has to be noticed; -u: what a frame takes of the
 * processor, beside what it is; -x: what -m measures is drawn, or drawn and blitted to
 * a buffer of virtio-gpu's, for nobody. Prints "renderer NAME" and two lines per window;
 * exit status 1 if pixels are wrong, descriptors or buffers leak or something refuses, 2
 * usage.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl3.h>
#include <GLES2/gl2ext.h>
#include <drm_fourcc.h>
#include <wayland-egl.h>
#include <xf86drm.h>

#include "device.h"
#include "frames.h"

static int interval = 1, processor_ms;
/* What a GPU does for a frame, without a way to the screen. */
static enum { SHOWN, DRAWN, BLITTED } offscreen;

struct gl {
	struct wl_egl_window *window;
	EGLDisplay display;
	EGLSurface surface;
	EGLContext context;
	PFNEGLSWAPBUFFERSWITHDAMAGEKHRPROC swap_with_damage;
	GLuint picture; /* a framebuffer that nobody sees */
	int frames;
};

static void draw(const struct window *window)
{
	const int width = frame_cell_width(window), height = frame_cell_height(window);

	if (!frame_options.one_colour)
		glEnable(GL_SCISSOR_TEST);
	for (int y = 0; y < window->height; y += height)
		for (int x = 0; x < window->width; x += width) {
			uint32_t rgb = frame_pixel(window, x, y);

			glScissor(x, window->height - y - height, width, height);
			glClearColor((float)(rgb >> 16) / 255.0f,
				     (float)(rgb >> 8 & 255) / 255.0f,
				     (float)(rgb & 255) / 255.0f, 1);
			glClear(GL_COLOR_BUFFER_BIT);
		}
	glDisable(GL_SCISSOR_TEST);
}

/* A buffer of virtio-gpu's with the window's format, as one is blitted to by DRI_PRIME.
 */
static EGLImageKHR make_image(const struct gl *gl, const struct window *window)
{
	struct drm_mode_create_dumb dumb = {.width = (uint32_t)window->width,
					    .height = (uint32_t)window->height,
					    .bpp = 32};
	int card = open_device("card", 0, "virtio_gpu"), fd;
	PFNEGLCREATEIMAGEKHRPROC create =
		(PFNEGLCREATEIMAGEKHRPROC)eglGetProcAddress("eglCreateImageKHR");

	call(card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb, "a buffer of virtio-gpu");
	if (drmPrimeHandleToFD(card, dumb.handle, DRM_CLOEXEC | DRM_RDWR, &fd))
		err(1, "a dma-buf of virtio-gpu");
	return create(gl->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL,
		      (const EGLint[]){EGL_WIDTH, window->width, EGL_HEIGHT,
				       window->height, EGL_LINUX_DRM_FOURCC_EXT,
				       DRM_FORMAT_XRGB8888, EGL_DMA_BUF_PLANE0_FD_EXT, fd,
				       EGL_DMA_BUF_PLANE0_OFFSET_EXT, 0,
				       EGL_DMA_BUF_PLANE0_PITCH_EXT, (EGLint)dumb.pitch,
				       EGL_NONE});
}

static void make_picture(struct gl *gl, const struct window *window)
{
	PFNGLEGLIMAGETARGETRENDERBUFFERSTORAGEOESPROC store =
		(PFNGLEGLIMAGETARGETRENDERBUFFERSTORAGEOESPROC)eglGetProcAddress(
			"glEGLImageTargetRenderbufferStorageOES");
	GLuint buffer;

	glGenFramebuffers(1, &gl->picture);
	glGenRenderbuffers(1, &buffer);
	glBindRenderbuffer(GL_RENDERBUFFER, buffer);
	if (offscreen == BLITTED)
		store(GL_RENDERBUFFER, make_image(gl, window));
	else
		glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, window->width,
				      window->height);
	glBindFramebuffer(GL_FRAMEBUFFER, gl->picture);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER,
				  buffer);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
		errx(1, "GL has no picture that is not shown: 0x%x", eglGetError());
}

/*
 * What is blitted is the window's own back buffer, and the blit the one of a frame by
 * DRI_PRIME, which turns nothing upside down: row 0 is a window's last and a buffer's
 * first.
 */
static void frame_for_nobody(struct gl *gl, const struct window *window)
{
	if (!gl->picture)
		make_picture(gl, window);
	glBindFramebuffer(GL_FRAMEBUFFER, offscreen == BLITTED ? 0 : gl->picture);
	draw(window);
	if (offscreen == BLITTED) {
		glBindFramebuffer(GL_DRAW_FRAMEBUFFER, gl->picture);
		glBlitFramebuffer(0, 0, window->width, window->height, 0, window->height,
				  window->width, 0, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	}
	glFinish();
	if (glGetError() != GL_NO_ERROR)
		errx(1, "GL cannot draw a picture that is not shown");
	glBindFramebuffer(GL_FRAMEBUFFER, 0);
}

static void gl_frame(struct window *window, const struct box *damage)
{
	struct gl *gl = window->renderer;
	EGLint rectangle[] = {damage->x, window->height - damage->y - damage->height,
			      damage->width, damage->height};

	EGLBoolean shown;

	usleep((useconds_t)processor_ms * 1000);
	if (offscreen != SHOWN && gl->frames++ < WARM_UP_FRAMES + frame_options.frames) {
		frame_for_nobody(gl, window);
		return;
	}
	draw(window);
	if (damage->height < window->height)
		shown = gl->swap_with_damage(gl->display, gl->surface, rectangle, 1);
	else
		shown = eglSwapBuffers(gl->display, gl->surface);
	if (!shown && !window->failed) {
		printf("window %d: a frame cannot be shown: 0x%x\n", window->number,
		       eglGetError());
		window->failed = true;
	}
}

/* On X11 the configuration has to have the window's visual. */
static EGLConfig choose_config(const struct window *window)
{
	const struct gl *gl = window->renderer;
	EGLint attributes[] = {EGL_SURFACE_TYPE,
			       EGL_WINDOW_BIT,
			       EGL_RENDERABLE_TYPE,
			       EGL_OPENGL_ES2_BIT,
			       EGL_RED_SIZE,
			       8,
			       EGL_ALPHA_SIZE,
			       0,
			       EGL_NONE};
	EGLConfig configs[256];
	EGLint count = 0, id = 0;
	VisualID visual = 0;

	if (window->x)
		visual = XVisualIDFromVisual(DefaultVisual(window->x, 0));
	eglChooseConfig(gl->display, attributes, configs, 256, &count);
	for (EGLint i = 0; i < count; i++) {
		EGLint alpha, red;

		eglGetConfigAttrib(gl->display, configs[i], EGL_NATIVE_VISUAL_ID, &id);
		eglGetConfigAttrib(gl->display, configs[i], EGL_ALPHA_SIZE, &alpha);
		eglGetConfigAttrib(gl->display, configs[i], EGL_RED_SIZE, &red);
		if (window->x ? (VisualID)id == visual : alpha == 0 && red == 8)
			return configs[i];
	}
	errx(1, "EGL has no configuration for the window");
}

static void gl_start(struct window *window)
{
	const EGLint es2[] = {EGL_CONTEXT_CLIENT_VERSION, 2, EGL_NONE};
	struct gl *gl = calloc(1, sizeof(*gl));
	EGLConfig config;

	if (!gl)
		err(1, "renderer");
	window->renderer = gl;
	gl->display =
		window->wl ? eglGetPlatformDisplay(EGL_PLATFORM_WAYLAND_KHR, window->wl,
						   NULL)
			   : eglGetPlatformDisplay(EGL_PLATFORM_X11_KHR, window->x, NULL);
	if (gl->display == EGL_NO_DISPLAY || !eglInitialize(gl->display, NULL, NULL))
		errx(1, "EGL does not start: 0x%x", eglGetError());
	config = choose_config(window);
	if (window->wl) {
		gl->window = wl_egl_window_create(window->surface, window->width,
						  window->height);
		gl->surface = eglCreatePlatformWindowSurface(gl->display, config,
							     gl->window, NULL);
	} else {
		gl->surface = eglCreatePlatformWindowSurface(gl->display, config,
							     &window->xid, NULL);
	}
	gl->context = eglCreateContext(gl->display, config, EGL_NO_CONTEXT, es2);
	if (gl->surface == EGL_NO_SURFACE || gl->context == EGL_NO_CONTEXT ||
	    !eglMakeCurrent(gl->display, gl->surface, gl->surface, gl->context))
		errx(1, "EGL has no surface or context: 0x%x", eglGetError());
	eglSwapInterval(gl->display, interval);
	gl->swap_with_damage = (PFNEGLSWAPBUFFERSWITHDAMAGEKHRPROC)eglGetProcAddress(
		"eglSwapBuffersWithDamageKHR");
	if (!gl->swap_with_damage)
		errx(1, "EGL has no eglSwapBuffersWithDamageKHR");
	if (window->number == 0)
		printf("renderer %s\n", glGetString(GL_RENDERER));
}

static void gl_resize(struct window *window)
{
	const struct gl *gl = window->renderer;

	if (window->wl)
		wl_egl_window_resize(gl->window, window->width, window->height, 0, 0);
	glViewport(0, 0, window->width, window->height);
}

static void gl_finish(struct window *window)
{
	(void)window;
	glFinish();
	eglWaitClient(); /* for frames that a thread of Mesa's has, too */
}

static void gl_stop(struct window *window)
{
	struct gl *gl = window->renderer;

	eglMakeCurrent(gl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	eglDestroySurface(gl->display, gl->surface);
	eglDestroyContext(gl->display, gl->context);
	eglTerminate(gl->display);
	free(gl);
}

static bool gl_option(int option, const char *argument)
{
	if (option == 'i')
		interval = atoi(argument);
	else if (option == 'u')
		processor_ms = atoi(argument);
	else if (!strcmp(argument, "draw"))
		offscreen = DRAWN;
	else if (!strcmp(argument, "blit"))
		offscreen = BLITTED;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	static const struct renderer gl = {.name = "gl-frames",
					   .usage =
						   "[-i INTERVAL] [-u MS] [-x draw|blit]",
					   .options = "i:u:x:",
					   .option = gl_option,
					   .start = gl_start,
					   .resize = gl_resize,
					   .frame = gl_frame,
					   .finish = gl_finish,
					   .stop = gl_stop};

	return frames_main(argc, argv, &gl);
}
