/* SPDX-License-Identifier: MIT */
/* What the benchmarks share: the device and its resources. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

/* Returns the value of a parameter, 0 if the driver does not know it. */
int get_parameter(int fd, uint64_t parameter);

/* Returns the handle of a BGRX 2D resource with @size bytes of guest pages. */
uint32_t create_resource(int fd, uint32_t width, uint32_t height, uint32_t size);
void close_resource(int fd, uint32_t handle);

/*
 * Prints how many struct virtio_gpu_mem_entry describe a 1080p buffer, and how long
 * its creation takes.
 */
void count_entries(int fd);

/* Leaves little memory in the guest but single pages, until the program ends. */
void fragment_memory(void);

#endif
