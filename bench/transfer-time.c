// SPDX-License-Identifier: MIT
/*
 * transfer-time PCI-ADDRESS: how long transfers of scattered frames take.
 *
 * Runs in the guest without a driver: it takes the virtio-gpu from its driver
 * and sets up the control queue in its own memory.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#define PAGE 4096u
#define DATA_PAGES 64u
#define TABLE_PAGES 34u /* entries of a frame of 4K */

struct queue {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t size, next;
	volatile uint16_t *notify;
};

static struct {
	char path[128];
	int config;
	volatile struct virtio_pci_common_cfg *common;
	volatile uint8_t *notify;
	uint32_t notify_multiplier;
	uint64_t features;
	struct queue control;
} device;

/* Pages of which the device gets the physical addresses. */
static uint8_t *memory;
static uint64_t *frames;
static unsigned int pages_used;
static uint8_t *requests, *responses, *data;

static void die(const char *what)
{
	fprintf(stderr, "transfer-time: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static uint64_t physical(const void *address)
{
	size_t offset = (size_t)((const uint8_t *)address - memory);

	return frames[offset / PAGE] * PAGE + offset % PAGE;
}

static uint8_t *take_pages(unsigned int count)
{
	uint8_t *pages = memory + (size_t)pages_used * PAGE;

	pages_used += count;
	return pages;
}

static void allocate(unsigned int count)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	write_file("/proc/sys/vm/compact_unevictable_allowed", "0");
	memory = mmap(NULL, (size_t)count * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
	frames = calloc(count, sizeof(*frames));
	if (pagemap < 0 || memory == MAP_FAILED || !frames)
		die("memory");
	madvise(memory, (size_t)count * PAGE, MADV_DONTFORK);
	for (unsigned int i = 0; i < count; i++) {
		memory[(size_t)i * PAGE] = 1;
		if (pread(pagemap, &frames[i], sizeof(*frames),
			  (off_t)(((uintptr_t)memory / PAGE + i) * sizeof(*frames))) !=
		    sizeof(*frames))
			die("pagemap");
		frames[i] &= (1ull << 55) - 1;
		if (!frames[i])
			die("pagemap hides the addresses");
	}
	close(pagemap);
}

static uint8_t config8(unsigned int offset)
{
	uint8_t value = 0;

	if (pread(device.config, &value, 1, offset) != 1)
		die("config space");
	return value;
}

static uint32_t config32(unsigned int offset)
{
	uint32_t value = 0;

	if (pread(device.config, &value, 4, offset) != 4)
		die("config space");
	return le32toh(value);
}

static volatile void *map_bar(uint8_t bar, uint32_t offset, uint32_t length)
{
	uint32_t start = offset & ~(PAGE - 1);
	char path[160];
	uint8_t *map;
	int fd;

	snprintf(path, sizeof(path), "%s/resource%u", device.path, bar);
	fd = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
	if (fd < 0)
		die(path);
	map = mmap(NULL, offset - start + length, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   (off_t)start);
	if (map == MAP_FAILED)
		die(path);
	close(fd);
	return map + (offset - start);
}

static void open_device(const char *address)
{
	uint16_t command = htole16(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	char path[160];

	snprintf(device.path, sizeof(device.path), "/sys/bus/pci/devices/%s", address);
	snprintf(path, sizeof(path), "%s/driver/unbind", device.path);
	if (!access(path, F_OK))
		write_file(path, address);
	snprintf(path, sizeof(path), "%s/config", device.path);
	device.config = open(path, O_RDWR | O_CLOEXEC);
	if (device.config < 0)
		die(path);
	if (pwrite(device.config, &command, 2, PCI_COMMAND) != 2)
		die("bus master");
	for (uint8_t cap = config8(PCI_CAPABILITY_LIST); cap; cap = config8(cap + 1u)) {
		uint8_t type = config8(cap + 3u), bar = config8(cap + 4u);
		uint32_t offset = config32(cap + 8u), length = config32(cap + 12u);

		if (config8(cap) != PCI_CAP_ID_VNDR)
			continue;
		if (type == VIRTIO_PCI_CAP_COMMON_CFG)
			device.common = map_bar(bar, offset, length);
		if (type == VIRTIO_PCI_CAP_NOTIFY_CFG) {
			device.notify = map_bar(bar, offset, length);
			device.notify_multiplier = config32(cap + 16u);
		}
	}
	if (!device.common || !device.notify) {
		errno = ENODEV;
		die("virtio capabilities");
	}
}

static void start_queue(struct queue *queue, uint16_t index)
{
	volatile struct virtio_pci_common_cfg *common = device.common;

	memset(queue->desc, 0, PAGE);
	memset(queue->avail, 0, PAGE);
	memset(queue->used, 0, PAGE);
	common->queue_select = index;
	queue->size = common->queue_size;
	if (queue->size > 64)
		common->queue_size = queue->size = 64;
	queue->next = 0;
	common->queue_msix_vector = 0xffff;
	common->queue_desc_lo = (uint32_t)physical(queue->desc);
	common->queue_desc_hi = (uint32_t)(physical(queue->desc) >> 32);
	common->queue_avail_lo = (uint32_t)physical(queue->avail);
	common->queue_avail_hi = (uint32_t)(physical(queue->avail) >> 32);
	common->queue_used_lo = (uint32_t)physical(queue->used);
	common->queue_used_hi = (uint32_t)(physical(queue->used) >> 32);
	queue->notify =
		(volatile uint16_t *)(device.notify + common->queue_notify_off *
							      device.notify_multiplier);
	common->queue_enable = 1;
}

static void reset_device(void)
{
	volatile struct virtio_pci_common_cfg *common = device.common;

	common->device_status = 0;
	while (common->device_status)
		usleep(1000);
	common->device_status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;
	device.features = 0;
	for (uint32_t i = 0; i < 2; i++) {
		common->device_feature_select = i;
		device.features |= (uint64_t)common->device_feature << (32 * i);
	}
	/* everything of the GPU, and of virtio only that it is version 1 */
	device.features &= 0xffffff | 1ull << VIRTIO_F_VERSION_1;
	for (uint32_t i = 0; i < 2; i++) {
		common->guest_feature_select = i;
		common->guest_feature = (uint32_t)(device.features >> (32 * i));
	}
	common->device_status |= VIRTIO_CONFIG_S_FEATURES_OK;
	if (!(common->device_status & VIRTIO_CONFIG_S_FEATURES_OK)) {
		errno = EPROTO;
		die("features");
	}
	start_queue(&device.control, 0);
	common->device_status |= VIRTIO_CONFIG_S_DRIVER_OK;
}

union request {
	struct virtio_gpu_ctrl_hdr hdr;
	struct virtio_gpu_resource_create_2d create_2d;
	struct virtio_gpu_transfer_to_host_2d transfer;
	struct virtio_gpu_resource_attach_backing attach;
};

static void describe(struct queue *queue, uint16_t index, const void *address,
		     uint32_t length, uint16_t flags)
{
	queue->desc[index] = (struct vring_desc){
		.addr = htole64(physical(address)),
		.len = htole32(length),
		.flags = htole16(flags),
		.next = htole16((uint16_t)(index + 1)),
	};
}

/* A request that is followed by @pages whole pages. */
static void send_one(uint32_t size, const uint8_t *more, unsigned int pages)
{
	struct queue *queue = &device.control;
	volatile uint16_t *used = &queue->used->idx;
	uint16_t last = 0;

	describe(queue, last++, requests, size, VRING_DESC_F_NEXT);
	for (unsigned int i = 0; i < pages; i++)
		describe(queue, last++, more + (size_t)i * PAGE, PAGE, VRING_DESC_F_NEXT);
	describe(queue, last, responses, PAGE, VRING_DESC_F_WRITE);
	queue->avail->ring[queue->next % queue->size] = 0;
	queue->next++;
	__sync_synchronize();
	queue->avail->idx = htole16(queue->next);
	__sync_synchronize();
	*queue->notify = 0;
	while (le16toh(*used) != queue->next)
		;
	if (le32toh(((struct virtio_gpu_ctrl_hdr *)responses)->type) !=
	    VIRTIO_GPU_RESP_OK_NODATA) {
		errno = EIO;
		die("a command failed");
	}
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Milliseconds for a transfer, the fastest of many. */
static double transfer_time(uint32_t x, uint32_t width, uint32_t height)
{
	union request *request = (void *)requests;
	double best = 1e9;

	for (int i = 0; i < 60; i++) {
		double start = now(), took;

		memset(request, 0, sizeof(*request));
		request->hdr.type = htole32(VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D);
		request->transfer.resource_id = htole32(1);
		request->transfer.r.x = htole32(x);
		request->transfer.r.width = htole32(width - x);
		request->transfer.r.height = htole32(height);
		request->transfer.offset = htole64(x * 4);
		send_one(sizeof(request->transfer), NULL, 0);
		took = (now() - start) * 1e3;
		best = took < best ? took : best;
	}
	return best;
}

/* A frame of which no two pages follow each other. */
static void measure(uint32_t width, uint32_t height, uint8_t *table)
{
	uint32_t count = (width * height * 4 + PAGE - 1) / PAGE;
	struct virtio_gpu_mem_entry *entry = (void *)table;
	union request *request = (void *)requests;

	reset_device();
	memset(request, 0, sizeof(*request));
	request->hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_2D);
	request->create_2d.resource_id = htole32(1);
	request->create_2d.format = htole32(VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM);
	request->create_2d.width = htole32(width);
	request->create_2d.height = htole32(height);
	send_one(sizeof(request->create_2d), NULL, 0);

	for (uint32_t i = 0; i < count; i++) {
		entry[i].addr = htole64(physical(data + i * 7 % DATA_PAGES * PAGE));
		entry[i].length = htole32(PAGE);
	}
	memset(request, 0, sizeof(*request));
	request->hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING);
	request->attach.resource_id = htole32(1);
	request->attach.nr_entries = htole32(count);
	send_one(sizeof(request->attach), table, (count * 16 + PAGE - 1) / PAGE);

	printf("%ux%u, %u pages: whole rows %.2f ms, rows but for a pixel %.2f ms\n",
	       width, height, count, transfer_time(0, width, height),
	       transfer_time(1, width, height));
}

int main(int argc, char **argv)
{
	struct queue *queue = &device.control;
	uint8_t *table;

	if (argc != 2) {
		fprintf(stderr, "usage: transfer-time PCI-ADDRESS\n");
		return 2;
	}
	allocate(2 + DATA_PAGES + 3 + TABLE_PAGES);
	queue->desc = (void *)take_pages(1);
	queue->avail = (void *)take_pages(1);
	queue->used = (void *)take_pages(1);
	requests = take_pages(1);
	responses = take_pages(1);
	data = take_pages(DATA_PAGES);
	table = take_pages(TABLE_PAGES);
	open_device(argv[1]);
	measure(1920, 1080, table);
	measure(3840, 2160, table);
	device.common->device_status = 0;
	return 0;
}
