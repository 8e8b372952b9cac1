// SPDX-License-Identifier: MIT
/*
 * What programs want of libdrm-virtgpu-dev: scripts/packages/check-package-libdrm
 * compiles this with nothing else of ours. Debian's virtgpu_drm.h knows none of blobs,
 * syncobjs and layouts.
 */
#include <errno.h>
#include <stddef.h>
#include <xf86drm.h>

#include <virtgpu.h>

int main(void)
{
	struct drm_virtgpu_execbuffer_syncobj done = {0};
	struct virtgpu_blob_params params = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_SHAREABLE,
		.size = 4096,
	};
	struct virtgpu_submit submit = {.out_syncobjs = &done};
	struct virtgpu_device *dev;
	struct virtgpu_bo *bo;
	int ret = virtgpu_device_open_nth(0, DRM_NODE_RENDER, &dev);

	if (ret)
		return ret != -ENODEV && ret != -EACCES;
	if (virtgpu_device_get_caps(dev)->blob &&
	    !virtgpu_bo_create_blob(dev, &params, &bo)) {
#ifdef VIRTGPU_UNSTABLE
		struct virtgpu_layout layout = {.flags = VIRTGPU_LAYOUT_EXACT};

		virtgpu_bo_query_layout(bo, &layout);
#endif
		virtgpu_bo_unref(bo);
	}
	virtgpu_device_submit(dev, &submit, NULL);
	virtgpu_device_unref(dev);
	return 0;
}
