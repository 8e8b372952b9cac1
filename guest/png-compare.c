// SPDX-License-Identifier: MIT
/*
 * png-compare: count the pixels in which two pictures differ.
 *
 *   png-compare A.png B.png [STEPS]
 *
 * STEPS: by which a channel may differ, for who converts colours [0].
 *
 * Exit status: 0 the same, 1 different, 2 usage, or one cannot be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../runner/screen.h"

static int load(struct picture *picture, const char *path)
{
	int ret = picture_load(picture, path);

	if (ret)
		fprintf(stderr, "png-compare: %s: %s\n", path, strerror(-ret));
	return ret;
}

/* No channel is further from the other picture's than that. */
static void forgive(const struct picture *a, struct picture *b, int steps)
{
	if (a->width != b->width || a->height != b->height)
		return;
	for (size_t i = 0; i < (size_t)a->width * a->height * 3; i++)
		if (abs(a->rgb[i] - b->rgb[i]) <= steps)
			b->rgb[i] = a->rgb[i];
}

int main(int argc, char **argv)
{
	struct picture a = {0}, b = {0};
	size_t differing;

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: png-compare A.png B.png [STEPS]\n");
		return 2;
	}
	if (load(&a, argv[1]) || load(&b, argv[2]))
		return 2;
	forgive(&a, &b, argc == 4 ? atoi(argv[3]) : 0);
	differing = picture_differing(&a, &b);
	if (differing == SIZE_MAX)
		printf("%ux%u is not %ux%u\n", a.width, a.height, b.width, b.height);
	else
		printf("%zu of %u pixels differ\n", differing, a.width * a.height);
	picture_clear(&a);
	picture_clear(&b);
	return differing != 0;
}
