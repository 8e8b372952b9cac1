/* SPDX-License-Identifier: MIT */
/* Before 6.13 the console is set up by name, and a driver without a date is warned about. */
#include <drm/drm_fbdev_shmem.h>

#define DRM_FBDEV_SHMEM_DRIVER_OPS .date = "0"
#define drm_client_setup(dev, format) drm_fbdev_shmem_setup(dev, 32)
