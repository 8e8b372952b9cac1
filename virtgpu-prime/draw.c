// SPDX-License-Identifier: MIT
/*
 * prime-draw NODE FD WIDTH HEIGHT PITCH SEED: have the GPU of a render node draw picture
 * number SEED into a dma-buf, with the GL that the environment chooses, and wait for its
 * fence. virtgpu-prime starts it with prime-run; it is a program of its own so that
 * virtgpu-prime needs no GL. Prints "renderer NAME", "mesa DIRECTORY", "fence KIND";
 * or what is wrong, with the status 1.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <GLES2/gl2ext.h>
#include <drm_fourcc.h>
#include <gbm.h>

#include "frame.h"

#define FENCE_LIMIT 30 /* seconds */

static void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

static EGLDisplay display;

/* Mesa's answer to a GPU that it has no driver for, which EGL calls another device. */
static bool is_software(void)
{
	PFNEGLQUERYDISPLAYATTRIBEXTPROC query =
		(PFNEGLQUERYDISPLAYATTRIBEXTPROC)eglGetProcAddress(
			"eglQueryDisplayAttribEXT");
	PFNEGLQUERYDEVICESTRINGEXTPROC query_string =
		(PFNEGLQUERYDEVICESTRINGEXTPROC)eglGetProcAddress(
			"eglQueryDeviceStringEXT");
	const char *extensions = NULL;
	EGLAttrib device;

	if (query && query_string && query(display, EGL_DEVICE_EXT, &device))
		extensions = query_string((EGLDeviceEXT)device, EGL_EXTENSIONS);
	return extensions && strstr(extensions, "EGL_MESA_device_software");
}

static void start(const char *node)
{
	static const EGLint version[] = {EGL_CONTEXT_MAJOR_VERSION, 2, EGL_NONE};
	int fd = open(node, O_RDWR | O_CLOEXEC);
	struct gbm_device *gbm = fd < 0 ? NULL : gbm_create_device(fd);
	EGLContext context;

	if (!gbm)
		die("Mesa (GBM) has no driver for %s", node);
	display = eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, gbm, NULL);
	if (!eglInitialize(display, NULL, NULL))
		die("Mesa (EGL) does not start on %s: 0x%x", node, eglGetError());
	if (is_software())
		die("Mesa has no driver for %s: it would draw on the processor", node);
	eglBindAPI(EGL_OPENGL_ES_API);
	context = eglCreateContext(display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, version);
	if (!eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
		die("no context on %s: 0x%x", node, eglGetError());
}

/* The frame becomes what is drawn to. */
static void bind_frame(int fd, int width, int height, int pitch)
{
	const EGLint attributes[] = {EGL_WIDTH,
				     width,
				     EGL_HEIGHT,
				     height,
				     EGL_LINUX_DRM_FOURCC_EXT,
				     DRM_FORMAT_XRGB8888,
				     EGL_DMA_BUF_PLANE0_FD_EXT,
				     fd,
				     EGL_DMA_BUF_PLANE0_OFFSET_EXT,
				     0,
				     EGL_DMA_BUF_PLANE0_PITCH_EXT,
				     pitch,
				     EGL_NONE};
	PFNEGLCREATEIMAGEKHRPROC create_image =
		(PFNEGLCREATEIMAGEKHRPROC)eglGetProcAddress("eglCreateImageKHR");
	PFNGLEGLIMAGETARGETTEXTURE2DOESPROC image_target =
		(PFNGLEGLIMAGETARGETTEXTURE2DOESPROC)eglGetProcAddress(
			"glEGLImageTargetTexture2DOES");
	EGLImageKHR image = create_image(display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT,
					 NULL, attributes);
	GLuint texture, framebuffer;

	if (image == EGL_NO_IMAGE_KHR)
		die("the GPU does not take virtio-gpu's buffer: 0x%x", eglGetError());
	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	image_target(GL_TEXTURE_2D, image);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D,
			       texture, 0);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
		die("the GPU does not draw into virtio-gpu's buffer");
}

static void make_picture(int width, int height, uint32_t seed)
{
	uint8_t *pixels = malloc((size_t)width * (size_t)height * 4), *pixel = pixels;
	GLuint texture;

	if (!pixels)
		die("no memory");
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++, pixel += 4) {
			uint32_t value =
				prime_frame_pixel((uint32_t)x, (uint32_t)y, seed);

			pixel[0] = value >> 16 & 0xff;
			pixel[1] = value >> 8 & 0xff;
			pixel[2] = value & 0xff;
			pixel[3] = 0xff;
		}
	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, width, height, 0, GL_RGBA,
		     GL_UNSIGNED_BYTE, pixels);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	free(pixels);
}

static void attach(GLuint program, GLenum type, const char *source)
{
	GLuint shader = glCreateShader(type);

	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glAttachShader(program, shader);
}

static void draw(int width, int height)
{
	static const GLfloat corners[] = {-1, -1, 3, -1, -1, 3};
	GLuint program = glCreateProgram();
	GLint linked = 0;

	attach(program, GL_VERTEX_SHADER,
	       "attribute vec2 corner;\n"
	       "void main() { gl_Position = vec4(corner, 0.0, 1.0); }\n");
	attach(program, GL_FRAGMENT_SHADER,
	       "precision highp float;\n"
	       "uniform sampler2D picture;\n"
	       "uniform vec2 size;\n"
	       "void main() { gl_FragColor = texture2D(picture, gl_FragCoord.xy / size); }\n");
	glBindAttribLocation(program, 0, "corner");
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &linked);
	if (!linked)
		die("the GPU's driver does not link a shader");
	glUseProgram(program);
	glUniform2f(glGetUniformLocation(program, "size"), (GLfloat)width,
		    (GLfloat)height);
	glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, 0, corners);
	glEnableVertexAttribArray(0);
	glViewport(0, 0, width, height);
	glDrawArrays(GL_TRIANGLES, 0, 3);
	if (glGetError() != GL_NO_ERROR)
		die("the GPU does not draw");
}

/* Returns whether the GPU's fence is a file that others can wait for, too. */
static bool wait_for_file(void)
{
	PFNEGLCREATESYNCKHRPROC create =
		(PFNEGLCREATESYNCKHRPROC)eglGetProcAddress("eglCreateSyncKHR");
	PFNEGLDUPNATIVEFENCEFDANDROIDPROC duplicate =
		(PFNEGLDUPNATIVEFENCEFDANDROIDPROC)eglGetProcAddress(
			"eglDupNativeFenceFDANDROID");
	struct pollfd fence = {.fd = -1, .events = POLLIN};
	EGLSyncKHR sync;

	if (!strstr(eglQueryString(display, EGL_EXTENSIONS),
		    "EGL_ANDROID_native_fence_sync"))
		return false;
	sync = create(display, EGL_SYNC_NATIVE_FENCE_ANDROID, NULL);
	glFlush();
	fence.fd = duplicate(display, sync);
	if (fence.fd < 0)
		return false;
	if (poll(&fence, 1, FENCE_LIMIT * 1000) != 1)
		die("the GPU's fence does not signal within %d s", FENCE_LIMIT);
	close(fence.fd);
	return true;
}

int main(int argc, char **argv)
{
	int width, height;
	const char *renderer;

	if (argc != 7)
		die("usage: prime-draw NODE FD WIDTH HEIGHT PITCH SEED");
	setvbuf(stdout, NULL, _IOLBF, 0); /* what was said is known, however this ends */
	width = atoi(argv[3]);
	height = atoi(argv[4]);
	start(argv[1]);
	renderer = (const char *)glGetString(GL_RENDERER);
	printf("renderer %s\n", renderer ? renderer : "?");
	prime_print_mesa("libgallium");
	bind_frame(atoi(argv[2]), width, height, atoi(argv[5]));
	make_picture(width, height, (uint32_t)atoi(argv[6]));
	draw(width, height);
	if (wait_for_file()) {
		puts("fence sync file");
	} else {
		glFinish();
		puts("fence glFinish");
	}
	return 0;
}
