// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <GLES2/gl2ext.h>
#include <drm/drm_fourcc.h>

#include "scene.h"

/* Two wheels that mesh over a checkered sky, and a marker in each corner. */
static const char vertex_source[] = "attribute vec2 corner;\n"
				    "void main() { gl_Position = vec4(corner, 0.0, 1.0); }\n";
static const char fragment_source[] =
	"precision highp float;\n"
	"uniform vec2 size;\n"
	"uniform float phase;\n"
	"float wheel(vec2 p, vec2 centre, float radius, float teeth, float angle) {\n"
	"	vec2 d = p - centre;\n"
	"	float tooth = smoothstep(-0.3, 0.3, sin(teeth * (atan(d.y, d.x) + angle)));\n"
	"	float edge = radius * (1.0 + 0.14 * tooth);\n"
	"	return step(length(d), edge) * step(0.3 * radius, length(d));\n"
	"}\n"
	"void main() {\n"
	"	vec2 p = gl_FragCoord.xy;\n" /* row 0 is the top of the screen */
	"	float turn = 6.2831853 * phase;\n"
	"	vec2 cell = floor((p + vec2(64.0 * phase, 0.0)) / 32.0);\n"
	"	float check = mod(cell.x + cell.y, 2.0);\n"
	"	vec3 colour = mix(vec3(0.10, 0.14, 0.28), vec3(0.45, 0.62, 0.80), p.y / size.y);\n"
	"	colour *= 0.92 + 0.08 * check;\n"
	"	float r = 0.26 * size.y;\n"
	"	vec2 left = vec2(0.36, 0.56) * size;\n"
	"	vec2 right = left + vec2(1.58 * r, -0.72 * r);\n"
	"	colour = mix(colour, vec3(0.85, 0.20, 0.15), wheel(p, left, r, 16.0, turn / 16.0));\n"
	"	colour = mix(colour, vec3(0.15, 0.70, 0.30), wheel(p, right, 0.62 * r, 10.0, 0.2 - turn / 10.0));\n"
	"	vec2 corner = min(p, size - p);\n"
	"	if (max(corner.x, corner.y) < 24.0)\n"
	"		colour = vec3(step(size.x * 0.5, p.x), step(size.y * 0.5, p.y), 1.0);\n"
	"	gl_FragColor = vec4(colour, 1.0);\n"
	"}\n";

static struct {
	EGLDisplay display;
	EGLContext context;
	GLint phase;
} scene;

static bool failed(const char *what)
{
	fprintf(stderr, "scene: %s (EGL 0x%04x, GL 0x%04x)\n", what, eglGetError(),
		scene.context ? glGetError() : 0);
	return false;
}

static bool open_context(void)
{
	static const EGLint context_attributes[] = { EGL_CONTEXT_CLIENT_VERSION, 2, EGL_NONE };

	/* The other GPU's place is taken by the CPU, not by virgl. */
	setenv("LIBGL_ALWAYS_SOFTWARE", "1", 1);
	scene.display = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
	if (!eglInitialize(scene.display, NULL, NULL))
		return failed("no surfaceless EGL");
	eglBindAPI(EGL_OPENGL_ES_API);
	scene.context = eglCreateContext(scene.display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT,
					 context_attributes);
	if (!scene.context || !eglMakeCurrent(scene.display, EGL_NO_SURFACE, EGL_NO_SURFACE, scene.context))
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
		(PFNGLEGLIMAGETARGETTEXTURE2DOESPROC)eglGetProcAddress("glEGLImageTargetTexture2DOES");
	EGLImage image = eglCreateImage(scene.display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL,
					attributes);
	GLuint texture, framebuffer;

	if (!image || !bind_image)
		return failed("the dma-buf cannot be imported");
	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	bind_image(GL_TEXTURE_2D, image);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
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
	static const GLfloat corners[] = { -1, -1, 3, -1, -1, 3 };
	GLuint program = glCreateProgram();
	GLint linked;

	compile(program, GL_VERTEX_SHADER, vertex_source);
	compile(program, GL_FRAGMENT_SHADER, fragment_source);
	glBindAttribLocation(program, 0, "corner");
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &linked);
	if (!linked)
		return failed("the shaders do not link");
	glUseProgram(program);
	glUniform2f(glGetUniformLocation(program, "size"), (GLfloat)width, (GLfloat)height);
	scene.phase = glGetUniformLocation(program, "phase");
	glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, 0, corners);
	glEnableVertexAttribArray(0);
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

void scene_draw(float phase)
{
	eglMakeCurrent(scene.display, EGL_NO_SURFACE, EGL_NO_SURFACE, scene.context);
	glUniform1f(scene.phase, phase);
	glDrawArrays(GL_TRIANGLES, 0, 3);
	glFinish();
	eglMakeCurrent(scene.display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
}
