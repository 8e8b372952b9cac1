// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xf86drm.h>

#include "virtgpu_helper.h"

int virtgpu_getparam(int fd, uint64_t param)
{
	int value = 0;
	struct drm_virtgpu_getparam get = {.param = param, .value = (uintptr_t)&value};

	return igt_ioctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &get) ? -errno : value;
}

bool virtgpu_has_3d(int fd)
{
	return virtgpu_getparam(fd, VIRTGPU_PARAM_3D_FEATURES) == 1;
}

struct virtgpu_resource virtgpu_resource_create(int fd, uint32_t format, uint32_t cpp,
						uint32_t width, uint32_t height,
						uint32_t size)
{
	struct drm_virtgpu_resource_create create = {
		.target = VIRGL_TARGET_2D,
		.format = format,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW,
		.width = width,
		.height = height,
		.depth = 1,
		.array_size = 1,
		.size = size,
	};
	struct drm_virtgpu_map map = {0};
	struct virtgpu_resource resource = {
		.fd = fd,
		.format = format,
		.cpp = cpp,
		.width = width,
		.height = height,
		.size = (size + 4095u) & ~4095u,
	};

	do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create);
	resource.handle = map.handle = create.bo_handle;
	do_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &map);
	resource.map = mmap(NULL, resource.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			    (off_t)map.offset);
	igt_assert(resource.map != MAP_FAILED);
	return resource;
}

void virtgpu_resource_destroy(struct virtgpu_resource *resource)
{
	munmap(resource->map, resource->size);
	gem_close(resource->fd, resource->handle);
	resource->map = NULL;
}

int virtgpu_to_host(int fd, uint32_t handle, const struct virtgpu_transfer *transfer)
{
	struct drm_virtgpu_3d_transfer_to_host args = {
		.bo_handle = handle,
		.box = transfer->box,
		.level = transfer->level,
		.offset = transfer->offset,
		.stride = transfer->stride,
		.layer_stride = transfer->layer_stride,
	};

	return ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &args) ? -errno : 0;
}

int virtgpu_from_host(int fd, uint32_t handle, const struct virtgpu_transfer *transfer)
{
	struct drm_virtgpu_3d_transfer_from_host args = {
		.bo_handle = handle,
		.box = transfer->box,
		.level = transfer->level,
		.offset = transfer->offset,
		.stride = transfer->stride,
		.layer_stride = transfer->layer_stride,
	};

	return ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &args) ? -errno : 0;
}

void virtgpu_wait(const struct virtgpu_resource *resource)
{
	struct drm_virtgpu_3d_wait wait = {.handle = resource->handle};

	do_ioctl(resource->fd, DRM_IOCTL_VIRTGPU_WAIT, &wait);
}

struct virtgpu_transfer virtgpu_whole(const struct virtgpu_resource *resource,
				      uint32_t stride)
{
	return (struct virtgpu_transfer){
		.box = {.w = resource->width, .h = resource->height, .d = 1},
		.stride = stride,
	};
}

int virtgpu_export(const struct virtgpu_resource *resource)
{
	int dmabuf = -1;

	igt_assert_eq(drmPrimeHandleToFD(resource->fd, resource->handle,
					 DRM_CLOEXEC | DRM_RDWR, &dmabuf),
		      0);
	return dmabuf;
}
