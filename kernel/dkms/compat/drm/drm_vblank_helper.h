/* SPDX-License-Identifier: MIT */
/*
 * Before 6.19 no helper makes vblanks of a timer. Without one, the driver does as
 * those kernels' own: it announces no vblanks, and page flips end at once.
 */
#include <drm/drm_vblank.h>

#define DRM_CRTC_VBLANK_TIMER_FUNCS .enable_vblank = NULL
#define drm_vblank_init(dev, num) (0)
#define drm_crtc_vblank_on(crtc) do { } while (0)
#define drm_crtc_vblank_off(crtc) do { } while (0)
#define drm_crtc_vblank_get(crtc) (-EINVAL)
