// SPDX-License-Identifier: MIT
/*
 * sdl-picture: a program of SDL whose every pixel is known.
 *
 *   sdl-picture FILE.png [WIDTH HEIGHT]
 *
 * A window as large as the screen, drawn by SDL's renderer with OpenGL until somebody
 * ends it; FILE.png is what has to be seen. Prints "renderer NAME" and, after the first
 * frame of a size, "shown WxH". With a size it writes the file and shows nothing, for who
 * draws the same cells (cells.html). Exit status: 1 if SDL refuses something, 2 usage.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <SDL2/SDL.h>

#include "../runner/screen.h"

#define CELL 43

static uint32_t colour(int column, int row)
{
	uint32_t mixed = (uint32_t)column * 2654435761u ^ (uint32_t)row * 2246822519u;

	return (mixed ^ mixed >> 13) * 3266489917u >> 8;
}

static int refuse(const char *what)
{
	fprintf(stderr, "sdl-picture: %s: %s\n", what, SDL_GetError());
	return 1;
}

static int draw(SDL_Renderer *renderer, int width, int height)
{
	for (int y = 0; y < height; y += CELL)
		for (int x = 0; x < width; x += CELL) {
			SDL_Rect cell = {x, y, CELL, CELL};
			uint32_t rgb = colour(x / CELL, y / CELL);

			if (SDL_SetRenderDrawColor(renderer, rgb >> 16 & 255,
						   rgb >> 8 & 255, rgb & 255, 255) ||
			    SDL_RenderFillRect(renderer, &cell))
				return refuse("a cell");
		}
	SDL_RenderPresent(renderer);
	return 0;
}

static int write_expected(const char *path, int width, int height)
{
	struct picture picture = {.width = (uint32_t)width, .height = (uint32_t)height};
	uint8_t *to = malloc((size_t)width * (size_t)height * 3);
	int ret;

	picture.rgb = to;
	for (int y = 0; to && y < height; y++)
		for (int x = 0; x < width; x++) {
			uint32_t rgb = colour(x / CELL, y / CELL);

			*to++ = (uint8_t)(rgb >> 16);
			*to++ = (uint8_t)(rgb >> 8);
			*to++ = (uint8_t)rgb;
		}
	ret = to ? picture_save(&picture, path) : -1;
	picture_clear(&picture);
	return ret;
}

static const char *renderer_name(void)
{
	const unsigned char *(*get_string)(unsigned int name);

	*(void **)&get_string = SDL_GL_GetProcAddress("glGetString");
	return get_string ? (const char *)get_string(0x1f01) : NULL; /* GL_RENDERER */
}

int main(int argc, char **argv)
{
	int width = 0, height = 0, shown_width = 0, shown_height = 0;
	SDL_DisplayMode mode;
	SDL_Renderer *renderer;
	SDL_Window *window;
	const char *name;
	SDL_Event event;

	if (argc == 4)
		return write_expected(argv[1], atoi(argv[2]), atoi(argv[3])) != 0;
	if (argc != 2) {
		fprintf(stderr, "usage: sdl-picture FILE.png [WIDTH HEIGHT]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	SDL_SetHint(SDL_HINT_RENDER_DRIVER, "opengl");
	if (SDL_Init(SDL_INIT_VIDEO))
		return refuse("SDL");
	if (SDL_GetDesktopDisplayMode(0, &mode))
		return refuse("the screen");
	/* X11 without a window manager leaves it at this size. */
	window = SDL_CreateWindow("picture", 0, 0, mode.w, mode.h,
				  SDL_WINDOW_OPENGL | SDL_WINDOW_FULLSCREEN_DESKTOP);
	if (!window)
		return refuse("a window");
	SDL_ShowCursor(SDL_DISABLE);
	renderer = SDL_CreateRenderer(window, -1, SDL_RENDERER_ACCELERATED);
	if (!renderer)
		return refuse("a renderer");
	name = renderer_name();
	printf("renderer %s, by %s\n", name ? name : "unknown",
	       SDL_GetCurrentVideoDriver());
	for (;;) {
		while (SDL_PollEvent(&event))
			if (event.type == SDL_QUIT)
				return 0;
		if (SDL_GetRendererOutputSize(renderer, &width, &height))
			return refuse("the size");
		if (draw(renderer, width, height))
			return 1;
		if (width != shown_width || height != shown_height) {
			if (write_expected(argv[1], width, height))
				return refuse(argv[1]);
			printf("shown %dx%d\n", width, height);
			shown_width = width;
			shown_height = height;
		}
		SDL_Delay(200);
	}
}
