// SPDX-License-Identifier: MIT
/*
 * xgrab: what the X server of $DISPLAY shows, as a PNG file.
 *
 *   xgrab FILE.png
 *
 * Exit status: 0 written, 1 failed, 2 usage.
 */
#include <stdio.h>
#include <string.h>

#include "../runner/screen.h"

int main(int argc, char **argv)
{
	struct picture picture;
	int ret;

	if (argc != 2) {
		fprintf(stderr, "usage: xgrab FILE.png\n");
		return 2;
	}
	ret = screen_grab_root(NULL, &picture);
	if (!ret)
		ret = picture_save(&picture, argv[1]);
	picture_clear(&picture);
	if (ret)
		fprintf(stderr, "xgrab: %s: %s\n", argv[1], strerror(-ret));
	return ret != 0;
}
