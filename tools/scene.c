// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <GLES2/gl2ext.h>
#include <drm/drm_fourcc.h>

#include "scene.h"

/*
 * Two wheels over a sky, and a marker in each corner: plain triangles with a
 * colour per vertex, because every pixel is drawn by an emulated CPU.
 */
static const char vertex_source[] =
	"attribute vec2 position;\n" /* pixels; row 0 of the buffer is the top of the
					screen */
	"attribute vec3 colour;\n"
	"uniform vec2 size;\n"
	"varying vec3 shade;\n"
	"void main() {\n"
	"	gl_Position = vec4(2.0 * position / size - 1.0, 0.0, 1.0);\n"
	"	shade = colour;\n"
	"}\n";
static const char fragment_source[] =
	"precision mediump float;\n"
	"varying vec3 shade;\n"
	"void main() { gl_FragColor = vec4(shade, 1.0); }\n";

#define MAX_VERTICES 2048

struct vertex {
	GLfloat x, y, colour[3];
};

static struct {
	EGLDisplay display;
	EGLContext context;
	GLfloat width, height; /* pixels */
	struct vertex vertices[MAX_VERTICES];
	GLsizei count;
} scene;

static bool failed(const char *what)
{
	fprintf(stderr, "scene: %s (EGL 0x%04x, GL 0x%04x)\n", what, eglGetError(),
		scene.context ? glGetError() : 0);
	return false;
}

static bool open_context(void)
{
	static const EGLint context_attributes[] = {EGL_CONTEXT_CLIENT_VERSION, 2,
						    EGL_NONE};

	/* The other GPU's place is taken by the CPU, not by virgl. */
	setenv("LIBGL_ALWAYS_SOFTWARE", "1", 1);
	scene.display = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA,
					      EGL_DEFAULT_DISPLAY, NULL);
	if (!eglInitialize(scene.display, NULL, NULL))
		return failed("no surfaceless EGL");
	eglBindAPI(EGL_OPENGL_ES_API);
	scene.context = eglCreateContext(scene.display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT,
					 context_attributes);
	if (!scene.context ||
	    !eglMakeCurrent(scene.display, EGL_NO_SURFACE, EGL_NO_SURFACE, scene.context))
		return failed("no OpenGL ES 2 context");
	return true;
}

static bool import_target(int dmabuf, uint32_t width, uint32_t height, uint32_t pitch)
{
	const EGLAttrib attributes[] = {
		EGL_WIDTH,
		(EGLAttrib)width,
		EGL_HEIGHT,
		(EGLAttrib)height,
		EGL_LINUX_DRM_FOURCC_EXT,
		DRM_FORMAT_XRGB8888,
		EGL_DMA_BUF_PLANE0_FD_EXT,
		dmabuf,
		EGL_DMA_BUF_PLANE0_OFFSET_EXT,
		0,
		EGL_DMA_BUF_PLANE0_PITCH_EXT,
		(EGLAttrib)pitch,
		EGL_NONE,
	};
	PFNGLEGLIMAGETARGETTEXTURE2DOESPROC bind_image =
		(PFNGLEGLIMAGETARGETTEXTURE2DOESPROC)eglGetProcAddress(
			"glEGLImageTargetTexture2DOES");
	EGLImage image = eglCreateImage(scene.display, EGL_NO_CONTEXT,
					EGL_LINUX_DMA_BUF_EXT, NULL, attributes);
	GLuint texture, framebuffer;

	if (!image || !bind_image)
		return failed("the dma-buf cannot be imported");
	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	bind_image(GL_TEXTURE_2D, image);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D,
			       texture, 0);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
		return failed("the dma-buf cannot be rendered to");
	glViewport(0, 0, (GLsizei)width, (GLsizei)height);
	return true;
}

static GLuint compile(GLuint program, GLenum type, const char *source)
{
	GLuint shader = glCreateShader(type);

	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glAttachShader(program, shader);
	return shader;
}

static bool prepare_drawing(uint32_t width, uint32_t height)
{
	GLuint program = glCreateProgram();
	GLint linked;

	compile(program, GL_VERTEX_SHADER, vertex_source);
	compile(program, GL_FRAGMENT_SHADER, fragment_source);
	glBindAttribLocation(program, 0, "position");
	glBindAttribLocation(program, 1, "colour");
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &linked);
	if (!linked)
		return failed("the shaders do not link");
	glUseProgram(program);
	glUniform2f(glGetUniformLocation(program, "size"), (GLfloat)width,
		    (GLfloat)height);
	glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, sizeof(struct vertex),
			      &scene.vertices->x);
	glVertexAttribPointer(1, 3, GL_FLOAT, GL_FALSE, sizeof(struct vertex),
			      scene.vertices->colour);
	glEnableVertexAttribArray(0);
	glEnableVertexAttribArray(1);
	scene.width = (GLfloat)width;
	scene.height = (GLfloat)height;
	return true;
}

bool scene_open(int dmabuf, uint32_t width, uint32_t height, uint32_t pitch)
{
	bool ready = open_context() && import_target(dmabuf, width, height, pitch) &&
		     prepare_drawing(width, height);

	/* scene_draw() may run in another thread */
	eglMakeCurrent(scene.display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	return ready;
}

const char *scene_renderer(void)
{
	static char name[128];

	eglMakeCurrent(scene.display, EGL_NO_SURFACE, EGL_NO_SURFACE, scene.context);
	snprintf(name, sizeof(name), "%s", (const char *)glGetString(GL_RENDERER));
	eglMakeCurrent(scene.display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	return name;
}

static const GLfloat *const red = (const GLfloat[]){0.85f, 0.20f, 0.15f};
static const GLfloat *const green = (const GLfloat[]){0.15f, 0.70f, 0.30f};

static void add_vertex(float x, float y, const GLfloat *colour)
{
	struct vertex *vertex = &scene.vertices[scene.count];

	if (scene.count == MAX_VERTICES)
		return;
	scene.count++;
	*vertex = (struct vertex){x, y, {colour[0], colour[1], colour[2]}};
}

/* A quadrangle with its corners in order round it. */
static void add_quad(const float xy[4][2], const GLfloat *first_two,
		     const GLfloat *last_two)
{
	static const int order[6] = {0, 1, 2, 0, 2, 3};

	for (int i = 0; i < 6; i++)
		add_vertex(xy[order[i]][0], xy[order[i]][1],
			   order[i] < 2 ? first_two : last_two);
}

static void add_rectangle(float x, float y, float w, float h, const GLfloat *top,
			  const GLfloat *bottom)
{
	const float xy[4][2] = {{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}};

	add_quad(xy, top, bottom);
}

/* Each tooth is two pieces of the ring: one high, one low. */
static void add_wheel(float x, float y, float radius, int teeth, float angle,
		      const GLfloat *colour)
{
	for (int i = 0; i < 2 * teeth; i++) {
		float outer = i % 2 ? radius : 1.16f * radius, inner = 0.3f * radius;
		float from = angle + (float)M_PI * (float)i / (float)teeth;
		float to = from + (float)M_PI / (float)teeth;
		const float xy[4][2] = {
			{x + inner * cosf(from), y + inner * sinf(from)},
			{x + outer * cosf(from), y + outer * sinf(from)},
			{x + outer * cosf(to), y + outer * sinf(to)},
			{x + inner * cosf(to), y + inner * sinf(to)},
		};

		add_quad(xy, colour, colour);
	}
}

static void add_sky(float phase)
{
	static const GLfloat top[] = {0.10f, 0.14f, 0.28f},
			     bottom[] = {0.45f, 0.62f, 0.80f};
	static const GLfloat stripe_top[] = {0.12f, 0.17f, 0.33f};
	static const GLfloat stripe_bottom[] = {0.49f, 0.67f, 0.86f};

	add_rectangle(0, 0, scene.width, scene.height, top, bottom);
	for (float x = 96 * (phase - 1); x < scene.width; x += 96)
		add_rectangle(x, 0, 48, scene.height, stripe_top, stripe_bottom);
}

static void add_corners(void)
{
	for (int i = 0; i < 4; i++) {
		const GLfloat colour[] = {(GLfloat)(i % 2), (GLfloat)(i / 2), 1};

		add_rectangle(i % 2 ? scene.width - 24 : 0, i / 2 ? scene.height - 24 : 0,
			      24, 24, colour, colour);
	}
}

void scene_draw(float phase)
{
	float radius = 0.26f * scene.height, x = 0.36f * scene.width,
	      y = 0.56f * scene.height;
	float turn = 2 * (float)M_PI * phase;

	scene.count = 0;
	add_sky(phase);
	add_wheel(x, y, radius, 16, turn / 16, red);
	add_wheel(x + 1.63f * radius, y - 0.74f * radius, 0.62f * radius, 10,
		  0.2f - turn / 10, green);
	add_corners();
	eglMakeCurrent(scene.display, EGL_NO_SURFACE, EGL_NO_SURFACE, scene.context);
	glDrawArrays(GL_TRIANGLES, 0, scene.count);
	glFinish();
	eglMakeCurrent(scene.display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
}
