// SPDX-License-Identifier: MIT
/*
 * png-compare: count the pixels in which two pictures differ.
 *
 *   png-compare A.png B.png [TOLERANCE]
 *
 * Exit status: 0 the same within TOLERANCE a channel (0), 1 different, 2 usage.
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

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: png-compare A.png B.png [TOLERANCE]\n");
		return 2;
	}
	if (load(&a, argv[1]) || load(&b, argv[2]))
		return 1;
	differing =
		picture_differing(&a, &b, argc == 4 ? (unsigned int)atoi(argv[3]) : 0);
	if (differing == SIZE_MAX)
		printf("%ux%u is not %ux%u\n", a.width, a.height, b.width, b.height);
	else
		printf("%zu of %u pixels differ\n", differing, a.width * a.height);
	picture_clear(&a);
	picture_clear(&b);
	return differing != 0;
}
