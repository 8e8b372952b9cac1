// SPDX-License-Identifier: MIT
/*
 * sdl-frames: vk-frames as a program of SDL. Window, extensions, surface and size are
 * SDL's; what it shows is read back by the window's number, or from the host's screen.
 * One window, as SDL has one thread for all.
 */
#include <err.h>

#include <SDL2/SDL.h>
#include <SDL2/SDL_syswm.h>
#include <SDL2/SDL_vulkan.h>

#include "vk-window.h"

const char *const vk_program = "sdl-frames";

static SDL_Window *sdl;

static void of_sdl(struct window *window)
{
	SDL_SysWMinfo info;

	SDL_VERSION(&info.version);
	if (!SDL_GetWindowWMInfo(sdl, &info))
		errx(1, "SDL_GetWindowWMInfo: %s", SDL_GetError());
	if (info.subsystem == SDL_SYSWM_WAYLAND) {
		window->wl = info.info.wl.display;
		window->surface = info.info.wl.surface;
	} else if (info.subsystem == SDL_SYSWM_X11) {
		window->x = info.info.x11.display;
		window->xid = info.info.x11.window;
	} else {
		errx(1, "SDL has a window of neither X nor Wayland");
	}
}

static void open_sdl(struct window *window)
{
	VkExtent2D size;

	SDL_SetHint(SDL_HINT_VIDEODRIVER, frame_options.wayland ? "wayland" : "x11");
	if (window->number || SDL_Init(SDL_INIT_VIDEO))
		errx(1, "SDL_Init: %s", window->number ? "one window" : SDL_GetError());
	sdl = SDL_CreateWindow("sdl-frames", 0, 0, window->width, window->height,
			       SDL_WINDOW_VULKAN | SDL_WINDOW_BORDERLESS);
	if (!sdl)
		errx(1, "SDL_CreateWindow: %s", SDL_GetError());
	of_sdl(window);
	/* A kiosk's shell has its own idea of it. */
	size = vk_window_size(window);
	window->width = (int)size.width;
	window->height = (int)size.height;
}

void (*const vk_open)(struct window *window) = open_sdl;

void vk_close(struct window *window)
{
	(void)window;
	SDL_DestroyWindow(sdl);
	SDL_Quit();
}

uint32_t vk_window_extensions(const char **extensions, uint32_t room)
{
	unsigned int count = room;

	if (!SDL_Vulkan_GetInstanceExtensions(sdl, &count, extensions))
		errx(1, "SDL_Vulkan_GetInstanceExtensions: %s", SDL_GetError());
	return count;
}

VkSurfaceKHR vk_window_surface(VkInstance instance, const struct window *window)
{
	VkSurfaceKHR surface;

	(void)window;
	if (!SDL_Vulkan_CreateSurface(sdl, instance, &surface))
		errx(1, "SDL_Vulkan_CreateSurface: %s", SDL_GetError());
	return surface;
}

/* SDL hears of another size with its events. */
VkExtent2D vk_window_size(const struct window *window)
{
	SDL_Event event;
	int width, height;

	(void)window;
	while (SDL_PollEvent(&event))
		;
	SDL_Vulkan_GetDrawableSize(sdl, &width, &height);
	return (VkExtent2D){(uint32_t)width, (uint32_t)height};
}
