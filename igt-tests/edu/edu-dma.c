// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU's teaching device as the smallest of dGPUs: it imports dma-bufs the way a GPU's
 * driver does, and copies from one to another by DMA, through its own page of memory.
 * The device takes 0.1 s for each way of a page.
 *
 * The registers are those of docs/specs/edu.rst in QEMU.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iopoll.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "edu-dma.h"

#define EDU_DMA_SRC 0x80
#define EDU_DMA_DST 0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_CMD 0x98
#define EDU_DMA_RUN BIT(0)
#define EDU_DMA_TO_RAM BIT(1)
#define EDU_MEMORY 0x40000 /* as the device sees it */

struct edu {
	struct miscdevice misc;
	struct pci_dev *pdev;
	struct mutex lock; /* one copy at a time */
	void __iomem *regs;
};

struct edu_mapping {
	struct dma_buf *buf;
	struct dma_buf_attachment *attachment;
	struct sg_table *pages;
	enum dma_data_direction direction;
};

static void edu_unmap(struct edu_mapping *mapping)
{
	dma_buf_unmap_attachment_unlocked(mapping->attachment, mapping->pages,
					  mapping->direction);
	dma_buf_detach(mapping->buf, mapping->attachment);
	dma_buf_put(mapping->buf);
}

static int edu_map(struct edu *edu, int fd, enum dma_data_direction direction,
		   struct edu_mapping *mapping)
{
	int ret;

	mapping->direction = direction;
	mapping->buf = dma_buf_get(fd);
	if (IS_ERR(mapping->buf))
		return PTR_ERR(mapping->buf);

	mapping->attachment = dma_buf_attach(mapping->buf, &edu->pdev->dev);
	if (IS_ERR(mapping->attachment)) {
		ret = PTR_ERR(mapping->attachment);
		goto put;
	}

	mapping->pages = dma_buf_map_attachment_unlocked(mapping->attachment, direction);
	if (IS_ERR(mapping->pages)) {
		ret = PTR_ERR(mapping->pages);
		goto detach;
	}
	return 0;

detach:
	dma_buf_detach(mapping->buf, mapping->attachment);
put:
	dma_buf_put(mapping->buf);
	return ret;
}

static int edu_address(const struct edu_mapping *mapping, u64 offset, u32 length,
		       dma_addr_t *address)
{
	struct scatterlist *sg;
	unsigned int i;

	if (!length || offset_in_page(offset) + length > PAGE_SIZE ||
	    offset > mapping->buf->size || length > mapping->buf->size - offset)
		return -EINVAL;

	for_each_sgtable_dma_sg(mapping->pages, sg, i)
	{
		if (offset < sg_dma_len(sg)) {
			*address = sg_dma_address(sg) + offset;
			return 0;
		}
		offset -= sg_dma_len(sg);
	}
	return -EINVAL;
}

static int edu_run(struct edu *edu, u64 src, u64 dst, u32 length, u64 command)
{
	u64 value;

	writeq(src, edu->regs + EDU_DMA_SRC);
	writeq(dst, edu->regs + EDU_DMA_DST);
	writeq(length, edu->regs + EDU_DMA_COUNT);
	writeq(command | EDU_DMA_RUN, edu->regs + EDU_DMA_CMD);
	return readq_poll_timeout(edu->regs + EDU_DMA_CMD, value, !(value & EDU_DMA_RUN),
				  5 * USEC_PER_MSEC, 10 * USEC_PER_SEC);
}

static int edu_wait(struct dma_buf *buf, bool write)
{
	long ret =
		dma_resv_wait_timeout(buf->resv, dma_resv_usage_rw(write), true, 5 * HZ);

	return ret < 0 ? ret : ret ? 0 : -ETIMEDOUT;
}

static int edu_copy(struct edu *edu, const struct edu_dma_copy *copy)
{
	struct edu_mapping src, dst;
	dma_addr_t from, to;
	int ret;

	ret = edu_map(edu, copy->src, DMA_TO_DEVICE, &src);
	if (ret)
		return ret;
	ret = edu_map(edu, copy->dst, DMA_FROM_DEVICE, &dst);
	if (ret)
		goto unmap_src;

	ret = edu_address(&src, copy->src_offset, copy->length, &from);
	if (!ret)
		ret = edu_address(&dst, copy->dst_offset, copy->length, &to);
	if (!ret)
		ret = edu_wait(src.buf, false);
	if (!ret)
		ret = edu_wait(dst.buf, true);
	if (ret)
		goto unmap_dst;

	mutex_lock(&edu->lock);
	ret = edu_run(edu, from, EDU_MEMORY, copy->length, 0);
	if (!ret)
		ret = edu_run(edu, EDU_MEMORY, to, copy->length, EDU_DMA_TO_RAM);
	mutex_unlock(&edu->lock);

unmap_dst:
	edu_unmap(&dst);
unmap_src:
	edu_unmap(&src);
	return ret;
}

static long edu_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct edu *edu = container_of(file->private_data, struct edu, misc);
	struct edu_dma_copy copy;

	if (command != EDU_DMA_COPY)
		return -ENOTTY;
	if (copy_from_user(&copy, (void __user *)argument, sizeof(copy)))
		return -EFAULT;
	if (copy.pad)
		return -EINVAL;
	return edu_copy(edu, &copy);
}

static const struct file_operations edu_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = edu_ioctl,
};

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu;
	int ret;

	edu = devm_kzalloc(&pdev->dev, sizeof(*edu), GFP_KERNEL);
	if (!edu)
		return -ENOMEM;
	mutex_init(&edu->lock);
	edu->pdev = pdev;
	edu->misc.minor = MISC_DYNAMIC_MINOR;
	edu->misc.name = "edu-dma";
	edu->misc.fops = &edu_fops;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	edu->regs = pcim_iomap_region(pdev, 0, "edu-dma");
	if (IS_ERR(edu->regs))
		return PTR_ERR(edu->regs);
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
	pci_set_master(pdev);
	return misc_register(&edu->misc);
}

static const struct pci_device_id edu_ids[] = {{PCI_DEVICE(0x1234, 0x11e8)}, {}};
MODULE_DEVICE_TABLE(pci, edu_ids);

/* Files that are open outlive no device: it stays. */
static struct pci_driver edu_driver = {
	.name = "edu-dma",
	.id_table = edu_ids,
	.probe = edu_probe,
	.driver.suppress_bind_attrs = true,
};
builtin_pci_driver(edu_driver);

MODULE_DESCRIPTION("Copies between dma-bufs with QEMU's edu device");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DMA_BUF");
