// SPDX-License-Identifier: MIT
/*
 * png-compare: count the pixels in which two pictures differ.
 *
 *   png-compare A.png B.png
 *
 * Exit status: 0 the same, 1 different, 2 usage, or one cannot be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../vm/screen.h"

static int load(struct picture *picture, const char *path)
{
	int ret = picture_load(picture, path);

	if (ret)
		fprintf(stderr, "png-compare: %s: %s\n", path, strerror(-ret));
	return ret;
}

int main(int argc, char **argv)
{
	struct picture a = {0}, b = {0};
	size_t differing;

	if (argc != 3) {
		fprintf(stderr, "usage: png-compare A.png B.png\n");
		return 2;
	}
	if (load(&a, argv[1]) || load(&b, argv[2]))
		return 2;
	differing = picture_differing(&a, &b);
	if (differing == SIZE_MAX)
		printf("%ux%u is not %ux%u\n", a.width, a.height, b.width, b.height);
	else
		printf("%zu of %u pixels differ\n", differing, a.width * a.height);
	picture_clear(&a);
	picture_clear(&b);
	return differing != 0;
}
