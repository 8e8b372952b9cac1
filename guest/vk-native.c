// SPDX-License-Identifier: MIT
/* Windows of Xlib and Wayland, made by frames.c. */
#include <err.h>

#include "vk-window.h"

const char *const vk_program = "vk-frames";
void (*const vk_open)(struct window *window);

void vk_close(struct window *window)
{
	(void)window;
}

uint32_t vk_window_extensions(const char **extensions, uint32_t room)
{
	if (room < 2)
		errx(1, "no room for extensions");
	extensions[0] = VK_KHR_SURFACE_EXTENSION_NAME;
	extensions[1] = frame_options.wayland ? VK_KHR_WAYLAND_SURFACE_EXTENSION_NAME
					      : VK_KHR_XLIB_SURFACE_EXTENSION_NAME;
	return 2;
}

VkSurfaceKHR vk_window_surface(VkInstance instance, const struct window *window)
{
	VkWaylandSurfaceCreateInfoKHR wayland = {
		.sType = VK_STRUCTURE_TYPE_WAYLAND_SURFACE_CREATE_INFO_KHR,
		.display = window->wl,
		.surface = window->surface};
	VkXlibSurfaceCreateInfoKHR xlib = {
		.sType = VK_STRUCTURE_TYPE_XLIB_SURFACE_CREATE_INFO_KHR,
		.dpy = window->x,
		.window = window->xid};
	VkSurfaceKHR surface;
	VkResult result =
		window->wl ? vkCreateWaylandSurfaceKHR(instance, &wayland, NULL, &surface)
			   : vkCreateXlibSurfaceKHR(instance, &xlib, NULL, &surface);

	if (result != VK_SUCCESS)
		errx(1, "no surface: VkResult %d", result);
	return surface;
}

VkExtent2D vk_window_size(const struct window *window)
{
	return (VkExtent2D){(uint32_t)window->width, (uint32_t)window->height};
}
