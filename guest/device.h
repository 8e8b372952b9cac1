/* SPDX-License-Identifier: MIT */
/* DRM devices for our programs, which end with a message where one fails. */
#ifndef DEVICE_H
#define DEVICE_H

/**
 * open_device() - open a node of a driver
 * @node: "card" or "renderD"
 * @first: the lowest number of such nodes
 * @driver: numbers are not stable, so look for this name
 *
 * Returns a file descriptor.
 */
int open_device(const char *node, int first, const char *driver);

/* ioctl() that goes on after a signal; @what is named if it fails. */
void call(int fd, unsigned long request, void *argument, const char *what);

#endif
