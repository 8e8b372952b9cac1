/* SPDX-License-Identifier: MIT */
/*
 * What the driver of Linux 7.3 uses and older kernels lack. Included before every
 * file of the driver; detect says what there is (VIRTGPU_HAS_...). The headers come
 * first, so that a name that is defined here changes no declaration of the kernel's.
 */
#ifndef VIRTGPU_COMPAT_H
#define VIRTGPU_COMPAT_H

#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <drm/drm_atomic.h>
#include <drm/drm_atomic_state_helper.h>
#include <drm/drm_gem.h>
#include <drm/drm_modeset_helper.h>

#ifndef VIRTGPU_HAS_VMA_PAGE_PROT
/* In 7.2 there is a function of this name that takes something else. */
#define vma_get_page_prot(vma) vm_get_page_prot((vma)->vm_flags)
#endif

#ifndef VIRTGPU_HAS_ATOMIC_COMMIT
#define drm_atomic_commit drm_atomic_state
#define drm_atomic_commit_put drm_atomic_state_put
#endif

#ifndef VIRTGPU_HAS_INVALIDATE_MAPPINGS
#define invalidate_mappings move_notify
#endif

/* No fence has a lock of its own: all have one, which outlives devices. */
#ifndef VIRTGPU_HAS_INLINE_LOCK
static inline spinlock_t *virtgpu_fence_lock(void)
{
	static DEFINE_SPINLOCK(lock);

	return &lock;
}
#define dma_fence_init(fence, ops, lock, context, seqno) \
	dma_fence_init(fence, ops, (lock) ?: virtgpu_fence_lock(), context, seqno)
#endif

#ifndef VIRTGPU_HAS_SIGNALED_FLAG
static inline bool dma_fence_test_signaled_flag(struct dma_fence *fence)
{
	return test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags);
}
#endif

#ifndef VIRTGPU_HAS_HUGE_MNT
static inline int drm_gem_huge_mnt_create(struct drm_device *dev, const char *value)
{
	return -EOPNOTSUPP;
}
#endif

#ifndef kzalloc_obj /* all of them came together */
#define virtgpu_gfp_(unused, gfp, ...) gfp
#define virtgpu_gfp(...) virtgpu_gfp_(, ##__VA_ARGS__, GFP_KERNEL)
#define kmalloc_obj(p, ...) \
	((typeof(p) *)kmalloc(sizeof(p), virtgpu_gfp(__VA_ARGS__)))
#define kzalloc_obj(p, ...) \
	((typeof(p) *)kzalloc(sizeof(p), virtgpu_gfp(__VA_ARGS__)))
#define kmalloc_objs(p, n, ...) \
	((typeof(p) *)kmalloc_array(n, sizeof(p), virtgpu_gfp(__VA_ARGS__)))
#define kzalloc_objs(p, n, ...) \
	((typeof(p) *)kcalloc(n, sizeof(p), virtgpu_gfp(__VA_ARGS__)))
#define kvmalloc_objs(p, n, ...) \
	((typeof(p) *)kvmalloc_array(n, sizeof(p), virtgpu_gfp(__VA_ARGS__)))
#define kvzalloc_objs(p, n, ...) \
	((typeof(p) *)kvcalloc(n, sizeof(p), virtgpu_gfp(__VA_ARGS__)))
#define kmalloc_flex(p, member, n, ...) \
	((typeof(p) *)kmalloc(struct_size(&(p), member, n), virtgpu_gfp(__VA_ARGS__)))
#define kzalloc_flex(p, member, n, ...) \
	((typeof(p) *)kzalloc(struct_size(&(p), member, n), virtgpu_gfp(__VA_ARGS__)))
#endif

#ifndef cmp_int
#define cmp_int(l, r) (((l) > (r)) - ((l) < (r)))
#endif

#ifdef VIRTGPU_HAS_FB_CREATE_INFO
#define VIRTGPU_FB_CREATE_INFO const struct drm_format_info *info,
#define VIRTGPU_FB_FORMAT_INFO(dev, cmd)
#else
/* The caller looks the format up. */
#define VIRTGPU_FB_CREATE_INFO
#define VIRTGPU_FB_FORMAT_INFO(dev, cmd) \
	const struct drm_format_info *info = drm_get_format_info(dev, cmd);
#define drm_helper_mode_fill_fb_struct(dev, fb, info, cmd) \
	drm_helper_mode_fill_fb_struct(dev, fb, cmd)
#endif

#ifdef VIRTGPU_HAS_MODE_VALID_CONST
#define VIRTGPU_MODE_CONST const
#else
#define VIRTGPU_MODE_CONST
#endif

#ifndef VIRTGPU_HAS_PLANE_CREATE_STATE
/*
 * A plane is reset: that makes a state, and puts it in the place of the old one. The
 * definition of the driver's function that only makes one becomes both.
 */
#define __drm_atomic_helper_plane_state_init __drm_atomic_helper_plane_state_reset
#define atomic_create_state reset
#define virtio_gpu_plane_create_state(argument)                                    \
	virtgpu_plane_create_state(argument);                                      \
	static void(virtio_gpu_plane_create_state)(argument)                       \
	{                                                                          \
		struct drm_plane_state *state;                                     \
										   \
		if (plane->state)                                                  \
			plane->funcs->atomic_destroy_state(plane, plane->state);   \
		state = virtgpu_plane_create_state(plane);                         \
		plane->state = IS_ERR(state) ? NULL : state;                       \
	}                                                                          \
	static struct drm_plane_state *virtgpu_plane_create_state(argument)
#endif

/* Before 6.13 it wanted a name without quotes, and put them there. */
#undef MODULE_IMPORT_NS
#define MODULE_IMPORT_NS(name) MODULE_INFO(import_ns, name)

#ifdef VIRTGPU_PRIME_VERSION /* in one file of the driver */
MODULE_VERSION(VIRTGPU_PRIME_VERSION);
#endif

#endif
