/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef EDU_DMA_H
#define EDU_DMA_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define EDU_DMA_NODE "/dev/edu-dma"

/**
 * struct edu_dma_copy - a copy by the device, done when the ioctl returns
 * @src: dma-buf to read
 * @dst: dma-buf to write
 * @length: bytes, 1 to 4096; may not leave a page of either buffer
 * @pad: must be zero
 * @src_offset: bytes into @src
 * @dst_offset: bytes into @dst
 *
 * Errors: EINVAL for numbers out of range, ETIMEDOUT if the device does not answer,
 * and what the exporters of the buffers say.
 */
struct edu_dma_copy {
	__s32 src;
	__s32 dst;
	__u32 length;
	__u32 pad;
	__u64 src_offset;
	__u64 dst_offset;
};

#define EDU_DMA_COPY _IOW('E', 0x80, struct edu_dma_copy)

#endif
