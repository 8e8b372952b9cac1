// SPDX-License-Identifier: MIT
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>

#include "device.h"

void call(int fd, unsigned long request, void *argument, const char *what)
{
	if (drmIoctl(fd, request, argument))
		err(1, "%s", what);
}

int open_device(const char *node, int first, const char *driver)
{
	for (int i = first; i < first + 16; i++) {
		char path[32];
		drmVersionPtr version;
		bool found;
		int fd;

		snprintf(path, sizeof(path), "/dev/dri/%s%d", node, i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		version = drmGetVersion(fd);
		found = version && !strcmp(version->name, driver);
		drmFreeVersion(version);
		if (found)
			return fd;
		close(fd);
	}
	errx(1, "there is no %s device", driver);
}
