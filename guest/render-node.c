// SPDX-License-Identifier: MIT
/*
 * render-node.so: for LD_PRELOAD, in the guest: a render node of vgem that allocates, as
 * one of a GPU does. The kernel has dumb buffers on primary nodes only. Here they are
 * memory of the dma-buf heap "system" that vgem imports, and who maps them maps the
 * dma-buf. Calls that the kernel takes stay its own.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>
#include <drm_mode.h>
#include <linux/dma-heap.h>

#define PITCH_ALIGN 256
#define HANDLE_SHIFT 16 /* pages of arm64 may have 64 KiB */
#define OUR_OFFSETS ((uint64_t)1 << 56) /* DRM's own are below 1 << 52 */

static int kernel_ioctl(int fd, unsigned long request, void *argument)
{
	static int (*next)(int, unsigned long, ...);

	if (!next)
		next = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	return next(fd, request, argument);
}

static int create(int fd, struct drm_mode_create_dumb *dumb)
{
	uint64_t pitch =
		((uint64_t)dumb->width * ((dumb->bpp + 7) / 8) + PITCH_ALIGN - 1) /
		PITCH_ALIGN * PITCH_ALIGN;
	struct dma_heap_allocation_data heap = {
		.len = pitch * dumb->height,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	struct drm_prime_handle prime = {0};
	int device, ret, error;

	device = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
	if (device < 0)
		return -1;
	ret = kernel_ioctl(device, DMA_HEAP_IOCTL_ALLOC, &heap);
	close(device);
	if (ret)
		return -1;
	prime.fd = heap.fd;
	ret = kernel_ioctl(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);
	error = errno;
	close(heap.fd);
	errno = error;
	dumb->handle = prime.handle;
	dumb->pitch = pitch;
	dumb->size = heap.len;
	return ret;
}

static int destroy(int fd, const struct drm_mode_destroy_dumb *dumb)
{
	struct drm_gem_close close = {.handle = dumb->handle};

	return kernel_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &close);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;
	int ret;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	ret = kernel_ioctl(fd, request, argument);
	if (!ret || errno != EACCES)
		return ret;
	switch (request) {
	case DRM_IOCTL_MODE_CREATE_DUMB:
		return create(fd, argument);
	case DRM_IOCTL_MODE_MAP_DUMB: {
		struct drm_mode_map_dumb *map = argument;

		map->offset = OUR_OFFSETS | (uint64_t)map->handle << HANDLE_SHIFT;
		return 0;
	}
	case DRM_IOCTL_MODE_DESTROY_DUMB:
		return destroy(fd, argument);
	}
	return ret;
}

void *mmap64(void *address, size_t size, int protection, int flags, int fd,
	     off64_t offset)
{
	static void *(*next)(void *, size_t, int, int, int, off64_t);
	struct drm_prime_handle prime = {
		.handle = (offset & ~OUR_OFFSETS) >> HANDLE_SHIFT,
		.flags = DRM_CLOEXEC | DRM_RDWR,
	};
	void *map;

	if (!next)
		next = (void *(*)(void *, size_t, int, int, int, off64_t))dlsym(RTLD_NEXT,
										"mmap64");
	if (fd < 0 || !(offset & OUR_OFFSETS))
		return next(address, size, protection, flags, fd, offset);
	if (kernel_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime))
		return MAP_FAILED;
	map = next(address, size, protection, flags, prime.fd, 0);
	close(prime.fd);
	return map;
}

/* The same where off_t has 64 bits. */
void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	return mmap64(address, size, protection, flags, fd, offset);
}
