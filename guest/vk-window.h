/* SPDX-License-Identifier: MIT */
/*
 * Where vk-frames has its windows from: vk-native.c, or vk-sdl.c for sdl-frames, to
 * which SDL is the client of X or the compositor.
 */
#ifndef VK_WINDOW_H
#define VK_WINDOW_H

#define VK_USE_PLATFORM_WAYLAND_KHR
#define VK_USE_PLATFORM_XLIB_KHR
#include <vulkan/vulkan.h>

#include "frames.h"

extern const char *const vk_program;

/* Makes the window, or NULL: frames.c does. */
extern void (*const vk_open)(struct window *window);
void vk_close(struct window *window);

/* The extensions of an instance that can show it; their number, no more than room. */
uint32_t vk_window_extensions(const char **extensions, uint32_t room);
VkSurfaceKHR vk_window_surface(VkInstance instance, const struct window *window);
/* Its size, where the surface has none of its own. */
VkExtent2D vk_window_size(const struct window *window);

#endif
