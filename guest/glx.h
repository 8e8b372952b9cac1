/* SPDX-License-Identifier: MIT */
/* GLX for our programs, which end with a message where it fails. */
#ifndef GUEST_GLX_H
#define GUEST_GLX_H

#include <GL/glx.h>
#include <X11/Xlib.h>

/**
 * choose_config() - a configuration that windows like the root window can have
 * @display: the connection
 * @attributes: what else it has to have, as glXChooseFBConfig() takes them
 *
 * Returns the first of them that has the visual of the screen.
 */
GLXFBConfig choose_config(Display *display, const int *attributes);

#endif
