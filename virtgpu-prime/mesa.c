// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "frame.h"

void prime_print_mesa(const char *library)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[4096];

	while (maps && fgets(line, sizeof(line), maps)) {
		char *path = strchr(line, '/'), *base = path ? strrchr(path, '/') : NULL;

		if (!base || strncmp(base + 1, library, strlen(library)))
			continue;
		*base = 0;
		printf("mesa %s\n", path);
		break;
	}
	if (maps)
		fclose(maps);
}
