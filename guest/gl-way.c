// SPDX-License-Identifier: MIT
/*
 * gl-way DIRECTORY [X Y]: draw a frame with a GL that was found in one of the ways that
 * programs find it, compare its pixels, and see that whatever of Mesa is mapped then
 * comes from DIRECTORY and nothing from elsewhere. With GLX, its window then shows the
 * frame at X, Y until somebody ends it. Built once for each way:
 *
 * WAY_EGL: with EGL and without a window; otherwise with GLX. WAY_DLOPEN: the libraries,
 * a string each, are opened by name; otherwise it is linked to them. WAY_GLES: OpenGL ES.
 * WAY_EPOXY: libepoxy finds them.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(WAY_EPOXY) && defined(WAY_EGL)
#include <epoxy/egl.h>
#include <epoxy/gl.h>
#elif defined(WAY_EPOXY)
#include <epoxy/gl.h>
#include <epoxy/glx.h>
#elif defined(WAY_EGL)
#include <EGL/egl.h>
#ifdef WAY_GLES
#include <GLES2/gl2.h>
#else
#include <GL/gl.h>
#endif
#else
#include <GL/glx.h>
#endif
#include <X11/Xlib.h>

#define SIZE 64

#ifdef WAY_DLOPEN
static void *find(const char *name)
{
	static const char *const names[] = {WAY_DLOPEN};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
		void *symbol = library ? dlsym(library, name) : NULL;

		if (symbol)
			return symbol;
	}
	fprintf(stderr, "%s: %s\n", name, dlerror());
	exit(1);
}
#define CALL(function) ((__typeof__(&function))find(#function))
#else
#define CALL(function) function
#endif

static bool fail(const char *what)
{
	fprintf(stderr, "%s failed\n", what);
	return false;
}

#ifdef WAY_EGL
static bool start(Display *x, int left, int top)
{
	static const EGLint want[] = {EGL_SURFACE_TYPE,
				      EGL_PBUFFER_BIT,
				      EGL_RENDERABLE_TYPE,
#ifdef WAY_GLES
				      EGL_OPENGL_ES2_BIT,
#else
				      EGL_OPENGL_BIT,
#endif
				      EGL_RED_SIZE,
				      8,
				      EGL_NONE};
	static const EGLint size[] = {EGL_WIDTH, SIZE, EGL_HEIGHT, SIZE, EGL_NONE};
	static const EGLint version[] = {EGL_CONTEXT_MAJOR_VERSION, 2, EGL_NONE};
	EGLDisplay display = CALL(eglGetDisplay)((EGLNativeDisplayType)x);
	EGLSurface surface;
	EGLContext context;
	EGLConfig config;
	EGLint count = 0;

	(void)left; /* a pbuffer is nowhere */
	(void)top;
	if (!CALL(eglInitialize)(display, NULL, NULL))
		return fail("eglInitialize");
#ifdef WAY_GLES
	CALL(eglBindAPI)(EGL_OPENGL_ES_API);
#else
	CALL(eglBindAPI)(EGL_OPENGL_API);
#endif
	if (!CALL(eglChooseConfig)(display, want, &config, 1, &count) || !count)
		return fail("eglChooseConfig");
	surface = CALL(eglCreatePbufferSurface)(display, config, size);
	context = CALL(eglCreateContext)(display, config, EGL_NO_CONTEXT, version);
	return CALL(eglMakeCurrent)(display, surface, surface, context) ||
	       fail("eglMakeCurrent");
}

static void show(Display *x)
{
	(void)x;
}
#else
static bool start(Display *x, int left, int top)
{
	int want[] = {GLX_RGBA, GLX_RED_SIZE,	  8,   GLX_GREEN_SIZE,
		      8,	GLX_DOUBLEBUFFER, None};
	XVisualInfo *visual = CALL(glXChooseVisual)(x, DefaultScreen(x), want);
	XSetWindowAttributes attributes = {0};
	GLXContext context;
	Window window;

	if (!visual)
		return fail("glXChooseVisual");
	attributes.colormap =
		XCreateColormap(x, DefaultRootWindow(x), visual->visual, AllocNone);
	window = XCreateWindow(x, DefaultRootWindow(x), left, top, SIZE, SIZE, 0,
			       visual->depth, InputOutput, visual->visual,
			       CWBorderPixel | CWColormap, &attributes);
	XMapWindow(x, window);
	context = CALL(glXCreateContext)(x, visual, NULL, True);
	XFree(visual);
	return (context && CALL(glXMakeCurrent)(x, window, context)) ||
	       fail("glXMakeCurrent");
}

static void show(Display *x)
{
	CALL(glXSwapBuffers)(x, CALL(glXGetCurrentDrawable)());
	XFlush(x);
	pause();
}
#endif

/* Two colours, in halves: nothing that was not drawn looks like that. */
static bool draw(void)
{
	static unsigned char pixels[SIZE][SIZE][4];

	CALL(glViewport)(0, 0, SIZE, SIZE);
	CALL(glClearColor)(1, 0, 0, 1);
	CALL(glClear)(GL_COLOR_BUFFER_BIT);
	CALL(glEnable)(GL_SCISSOR_TEST);
	CALL(glScissor)(0, 0, SIZE, SIZE / 2);
	CALL(glClearColor)(0, 0, 1, 1);
	CALL(glClear)(GL_COLOR_BUFFER_BIT);
	CALL(glReadPixels)(0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	for (int y = 0; y < SIZE; y++)
		for (int x = 0; x < SIZE; x++)
			if (pixels[y][x][0] != (y < SIZE / 2 ? 0 : 255) ||
			    pixels[y][x][2] != (y < SIZE / 2 ? 255 : 0))
				return fail("a pixel");
	return true;
}

/* Of Mesa: what knows drivers, and the vendors of glvnd. */
static bool is_from(const char *directory)
{
	static const char *const parts[] = {"/libgallium", "/libGLX_", "/libEGL_"};
	FILE *maps = fopen("/proc/self/maps", "re");
	bool found = false, right = true;
	char line[4096];

	while (maps && fgets(line, sizeof(line), maps)) {
		char *path = strchr(line, '/'), *base = path ? strrchr(path, '/') : NULL;

		for (size_t i = 0; base && i < sizeof(parts) / sizeof(parts[0]); i++) {
			if (strncmp(base, parts[i], strlen(parts[i])))
				continue;
			found |= !i;
			if ((size_t)(base - path) == strlen(directory) &&
			    !strncmp(path, directory, strlen(directory)))
				continue;
			fprintf(stderr, "not from %s: %s", directory, path);
			right = false;
		}
	}
	if (maps)
		fclose(maps);
	return found ? right : fail("to find Mesa");
}

int main(int argc, char **argv)
{
	Display *x = XOpenDisplay(NULL);
	bool stays = argc == 4;

	if ((argc != 2 && !stays) || !x) {
		fputs(x ? "usage: gl-way DIRECTORY [X Y]\n" : "no X server\n", stderr);
		return 2;
	}
	if (!start(x, stays ? atoi(argv[2]) : 0, stays ? atoi(argv[3]) : 0) || !draw())
		return 1;
	printf("renderer %s\n", (const char *)CALL(glGetString)(GL_RENDERER));
	if (!is_from(argv[1]))
		return 1;
	fflush(stdout);
	if (stays)
		show(x);
	return 0;
}
