// SPDX-License-Identifier: MIT
#include <err.h>

#include "glx.h"

GLXFBConfig choose_config(Display *display, const int *attributes)
{
	VisualID visual = XVisualIDFromVisual(DefaultVisual(display, 0));
	int count, id;
	GLXFBConfig *configs = glXChooseFBConfig(display, 0, attributes, &count);

	for (int i = 0; i < count; i++) {
		glXGetFBConfigAttrib(display, configs[i], GLX_VISUAL_ID, &id);
		if ((VisualID)id == visual)
			return configs[i];
	}
	errx(1, "GLX has no configuration for the visual of the screen");
}
