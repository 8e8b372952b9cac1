// SPDX-License-Identifier: MIT
#include "frame.h"

uint32_t prime_frame_pixel(uint32_t x, uint32_t y, uint32_t seed)
{
	uint32_t bar = ((x + seed * 16) / 64) & 7;
	uint32_t colour =
		(bar & 1 ? 0xff : 0) | (bar & 2 ? 0xff00 : 0) | (bar & 4 ? 0xff0000 : 0);

	return (colour ^ (x * 7 + y * 0x1300 + seed * 0x50000)) & 0xffffff;
}
