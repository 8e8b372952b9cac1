/* SPDX-License-Identifier: MIT */
/* Numbers of the virgl protocol: formats, targets, bindings, flags. */
#ifndef VIRGL_H
#define VIRGL_H

#define VIRGL_FORMAT_B8G8R8X8_UNORM 2
#define VIRGL_TARGET_2D 2
#define VIRGL_BIND_RENDER_TARGET (1 << 1)
#define VIRGL_BIND_SAMPLER_VIEW (1 << 3)
#define VIRGL_BIND_SCANOUT (1 << 18)
#define VIRGL_RESOURCE_Y_0_TOP (1 << 0)

#endif
