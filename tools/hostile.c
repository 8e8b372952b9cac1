// SPDX-License-Identifier: MIT
/*
 * hostile: a guest that sends random commands to its virtio-gpu.
 *
 *   hostile PCI-ADDRESS COUNT SEED
 *   hostile PCI-ADDRESS measure     how long transfers of scattered frames take
 *
 * Runs in the guest without a driver: it takes the device from its driver, sets
 * up the queues in its own memory and fills them. The commands have the right
 * form as often as not, since what is refused at once finds nothing. The same
 * seed sends the same commands.
 *
 * Exit status: 0 if the device answered to the end, 1 if not, 2 usage.
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
#define SLOTS 16u /* commands at once */
#define DATA_PAGES 64u
#define TABLE_PAGES 34u /* entries of a frame of 4K */
#define ROUND 1000u /* commands between two resets */
#define RESOURCES 10u
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

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
	bool gl;
	struct queue control, cursor;
} device;

/* Pages of which the device gets the physical addresses. */
static uint8_t *memory;
static uint64_t *frames;
static unsigned int pages_used;
static uint8_t *requests, *responses, *data;

static uint64_t state;
static bool mutate; /* the numbers of this command */
static uint32_t shown; /* resource that was last put on the screen */

static uint32_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

static uint32_t below(uint32_t limit)
{
	return rnd() % limit;
}

static bool one_in(uint32_t n)
{
	return !below(n);
}

static void die(const char *what)
{
	fprintf(stderr, "hostile: %s: %s\n", what, strerror(errno));
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
	device.gl = device.features & 1ull << VIRTIO_GPU_F_VIRGL;
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
	start_queue(&device.cursor, 1);
	common->device_status |= VIRTIO_CONFIG_S_DRIVER_OK;
}

/* Numbers that are right, nearly right, or have all kinds of bits. */
static uint32_t number(uint32_t usual)
{
	static const uint32_t edges[] = {
		0,	    1,		0xff,	    0x100,	0x7fff,
		0x8000,	    0xffff,	0x10000,    0x3fffffff, 0x40000000,
		0x7fffffff, 0x80000000, 0x80000001, 0xfffffffc, 0xffffffff,
	};

	switch (mutate ? below(8) : 7) {
	case 0:
		return edges[below(ARRAY_SIZE(edges))];
	case 1:
		return rnd();
	case 2:
		return usual + below(3) - 1;
	default:
		return usual;
	}
}

static uint32_t id(void)
{
	return htole32(mutate && one_in(16) ? rnd() : 1 + below(RESOURCES));
}

static uint32_t format(void)
{
	static const uint32_t known[] = {1, 2, 3, 4, 67, 68, 121, 134};

	return htole32(mutate && one_in(4) ? below(512)
					   : known[below(ARRAY_SIZE(known))]);
}

/* What costs the host memory for each pixel must not do so without an end. */
static uint32_t side(void)
{
	static const uint32_t usual[] = {16, 17, 64, 64, 333, 801, 1366};

	return htole32(number(usual[below(ARRAY_SIZE(usual))]));
}

static uint32_t small_side(void)
{
	return htole32(1 + below(one_in(16) ? 2048 : 128));
}

static struct virtio_gpu_rect rect(void)
{
	return (struct virtio_gpu_rect){
		.x = htole32(number(below(64))),
		.y = htole32(number(below(64))),
		.width = side(),
		.height = side(),
	};
}

/* Returns how many bytes of entries there are after the request. */
static uint32_t entries(struct virtio_gpu_mem_entry *entry, uint32_t room,
			uint32_t *count)
{
	uint32_t total = mutate && one_in(4) ? below(8) : DATA_PAGES + below(8);
	uint32_t claimed = total;

	if (total > room / sizeof(*entry))
		total = room / sizeof(*entry);
	for (uint32_t i = 0; i < total; i++) {
		uint64_t address = physical(data + (size_t)below(DATA_PAGES) * PAGE);
		uint32_t length = PAGE;

		if (mutate && one_in(64))
			address = (uint64_t)rnd() << below(20);
		if (mutate && one_in(32))
			address += below(PAGE);
		if (mutate && one_in(32))
			length = number(PAGE * below(8));
		entry[i].addr = htole64(address);
		entry[i].length = htole32(length);
		entry[i].padding = 0;
	}
	if (one_in(32))
		claimed = number(16384);
	*count = htole32(claimed);
	return total * (uint32_t)sizeof(*entry);
}

union request {
	struct virtio_gpu_ctrl_hdr hdr;
	struct virtio_gpu_resource_create_2d create_2d;
	struct virtio_gpu_resource_create_3d create_3d;
	struct virtio_gpu_resource_unref unref;
	struct virtio_gpu_set_scanout set_scanout;
	struct virtio_gpu_resource_flush flush;
	struct virtio_gpu_transfer_to_host_2d transfer;
	struct virtio_gpu_resource_attach_backing attach;
	struct virtio_gpu_resource_detach_backing detach;
	struct virtio_gpu_get_capset_info capset_info;
	struct virtio_gpu_get_capset capset;
	struct virtio_gpu_cmd_get_edid edid;
	struct virtio_gpu_resource_assign_uuid uuid;
	struct virtio_gpu_resource_create_blob blob;
	struct virtio_gpu_set_scanout_blob scanout_blob;
	struct virtio_gpu_resource_query_layout layout;
	struct virtio_gpu_ctx_create ctx_create;
	struct virtio_gpu_ctx_resource ctx_resource;
	struct virtio_gpu_resource_map_blob map_blob;
	struct virtio_gpu_resource_unmap_blob unmap_blob;
	struct virtio_gpu_update_cursor cursor;
};

static uint32_t make_blob(union request *request)
{
	static const uint64_t sizes[] = {4096, 65536, 16384, 801 * 64 * 4, 64 * 4096};
	uint32_t extra = entries((void *)(&request->blob + 1),
				 PAGE - sizeof(request->blob), &request->blob.nr_entries);

	request->blob.resource_id = id();
	request->blob.blob_mem = htole32(mutate && one_in(4) ? below(6) : 1);
	request->blob.blob_flags = htole32(mutate && one_in(2) ? below(32) : 2);
	request->blob.blob_id = htole64(mutate && one_in(4) ? rnd() : 0);
	request->blob.size = htole64(one_in(16) ? (uint64_t)rnd() << below(32)
						: sizes[below(ARRAY_SIZE(sizes))]);
	return (uint32_t)sizeof(request->blob) + extra;
}

static void make_scanout_blob(struct virtio_gpu_set_scanout_blob *scanout)
{
	uint32_t width = 16 + below(100), height = 16 + below(48);

	scanout->scanout_id = htole32(number(0));
	scanout->resource_id = shown = id();
	scanout->width = htole32(number(width));
	scanout->height = htole32(number(height));
	scanout->format = format();
	scanout->r = (struct virtio_gpu_rect){
		.x = htole32(number(0)),
		.y = htole32(number(0)),
		.width = htole32(number(width)),
		.height = htole32(number(height)),
	};
	scanout->strides[0] = htole32(number(width * 4 + below(4) * 4));
	scanout->offsets[0] = htole32(number(one_in(2) ? 0 : below(4096)));
}

/* Every command of the control queue, but for what virglrenderer executes. */
static uint32_t make_request(union request *request)
{
	static const uint32_t common[] = {
		/* the last 7 with 3D only */
		VIRTIO_GPU_CMD_GET_DISPLAY_INFO,
		VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		VIRTIO_GPU_CMD_RESOURCE_UNREF,
		VIRTIO_GPU_CMD_SET_SCANOUT,
		VIRTIO_GPU_CMD_RESOURCE_FLUSH,
		VIRTIO_GPU_CMD_RESOURCE_FLUSH,
		VIRTIO_GPU_CMD_RESOURCE_FLUSH,
		VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
		VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
		VIRTIO_GPU_CMD_GET_CAPSET_INFO,
		VIRTIO_GPU_CMD_GET_CAPSET,
		VIRTIO_GPU_CMD_GET_EDID,
		VIRTIO_GPU_CMD_RESOURCE_ASSIGN_UUID,
		VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB,
		VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB,
		VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB,
		VIRTIO_GPU_CMD_SET_SCANOUT_BLOB,
		VIRTIO_GPU_CMD_SET_SCANOUT_BLOB,
		VIRTIO_GPU_CMD_SET_SCANOUT_BLOB,
		VIRTIO_GPU_CMD_RESOURCE_QUERY_LAYOUT,
		VIRTIO_GPU_CMD_RESOURCE_QUERY_LAYOUT,
		VIRTIO_GPU_CMD_CTX_CREATE,
		VIRTIO_GPU_CMD_CTX_DESTROY,
		VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE,
		VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE,
		VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
		VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB,
		VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB,
	};
	uint32_t count = device.gl ? ARRAY_SIZE(common) : ARRAY_SIZE(common) - 7;
	uint32_t type = common[below(count)], size = 0;

	mutate = one_in(2);
	memset(request, 0, sizeof(*request));
	switch (type) {
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_2D:
		request->create_2d.resource_id = id();
		request->create_2d.format = format();
		request->create_2d.width = device.gl ? small_side() : side();
		request->create_2d.height = device.gl ? small_side() : side();
		size = sizeof(request->create_2d);
		break;
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_3D:
		request->create_3d.resource_id = id();
		request->create_3d.target = htole32(one_in(4) ? below(10) : 2);
		request->create_3d.format = format();
		request->create_3d.bind = htole32(one_in(4) ? rnd() : 1u << below(20));
		request->create_3d.width = small_side();
		request->create_3d.height = small_side();
		request->create_3d.depth = htole32(1 + one_in(8));
		request->create_3d.array_size = htole32(1 + one_in(8) * below(6));
		request->create_3d.last_level = htole32(one_in(8) * below(16));
		request->create_3d.nr_samples = htole32(one_in(8) * below(9));
		request->create_3d.flags = htole32(below(2));
		size = sizeof(request->create_3d);
		break;
	case VIRTIO_GPU_CMD_SET_SCANOUT:
		request->set_scanout.r = (struct virtio_gpu_rect){
			.x = htole32(number(0)),
			.y = htole32(number(0)),
			.width = htole32(number(16 + below(50))),
			.height = htole32(number(16 + below(50))),
		};
		request->set_scanout.scanout_id = htole32(number(0));
		request->set_scanout.resource_id = id();
		size = sizeof(request->set_scanout);
		break;
	case VIRTIO_GPU_CMD_RESOURCE_FLUSH:
		request->flush.r = rect();
		request->flush.resource_id = one_in(2) ? shown : id();
		size = sizeof(request->flush);
		break;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		request->transfer.r = rect();
		if (one_in(2))
			request->transfer.r.width = request->transfer.r.height =
				htole32(16);
		request->transfer.offset = htole64(
			one_in(8) ? (uint64_t)rnd() << below(33) : below(1 << 18));
		request->transfer.resource_id = id();
		size = sizeof(request->transfer);
		break;
	case VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING:
		request->attach.resource_id = id();
		size = (uint32_t)sizeof(request->attach) +
		       entries((void *)(&request->attach + 1),
			       PAGE - sizeof(request->attach),
			       &request->attach.nr_entries);
		break;
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB:
		size = make_blob(request);
		break;
	case VIRTIO_GPU_CMD_SET_SCANOUT_BLOB:
		make_scanout_blob(&request->scanout_blob);
		size = sizeof(request->scanout_blob);
		break;
	case VIRTIO_GPU_CMD_RESOURCE_QUERY_LAYOUT:
		request->layout.resource_id = one_in(2) ? 0 : id();
		request->layout.flags = htole32(one_in(16) * rnd());
		if (!request->layout.resource_id || one_in(16)) {
			request->layout.target = htole32(one_in(8) ? rnd() : 2);
			request->layout.format = format();
			request->layout.bind = htole32(one_in(8) ? rnd() : 2);
			request->layout.width = one_in(16) ? side() : small_side();
			request->layout.height = one_in(16) ? side() : small_side();
		}
		size = sizeof(request->layout);
		break;
	case VIRTIO_GPU_CMD_GET_CAPSET_INFO:
		request->capset_info.capset_index = htole32(number(0));
		size = sizeof(request->capset_info);
		break;
	case VIRTIO_GPU_CMD_GET_CAPSET:
		request->capset.capset_id = htole32(number(1));
		request->capset.capset_version = htole32(number(1));
		size = sizeof(request->capset);
		break;
	case VIRTIO_GPU_CMD_GET_EDID:
		request->edid.scanout = htole32(number(0));
		size = sizeof(request->edid);
		break;
	case VIRTIO_GPU_CMD_CTX_CREATE:
		request->hdr.ctx_id = htole32(below(4));
		request->ctx_create.nlen = htole32(number(7));
		request->ctx_create.context_init = htole32(one_in(4) ? rnd() : 2);
		memcpy(request->ctx_create.debug_name, "hostile", 8);
		size = sizeof(request->ctx_create);
		break;
	case VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB:
		request->map_blob.resource_id = id();
		request->map_blob.offset = htole64((uint64_t)below(16) * 65536);
		size = sizeof(request->map_blob);
		break;
	default: /* a resource, or nothing at all */
		request->hdr.ctx_id = htole32(below(4));
		request->unref.resource_id = id();
		size = sizeof(request->unref);
	}
	if (one_in(64))
		type = rnd() & 0x3ff;
	/* virglrenderer is no part of this, and neither is what it answers late */
	if (type == VIRTIO_GPU_CMD_SUBMIT_3D ||
	    type == VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D ||
	    type == VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D)
		type = 0;
	request->hdr.type = htole32(type);
	if (!device.gl && one_in(8)) {
		request->hdr.flags = htole32(VIRTIO_GPU_FLAG_FENCE);
		request->hdr.fence_id = htole64(rnd());
	}
	return one_in(64) ? below(size + 1) : size;
}

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

static void post(struct queue *queue, unsigned int slot, const void *request,
		 uint32_t size)
{
	uint16_t head = (uint16_t)(slot * 3), last = head;
	uint32_t split = size > 8 && one_in(4) ? below(size) : 0;
	uint32_t answer = one_in(32) ? 1 + below(32) : PAGE;

	if (split)
		describe(queue, last++, request, split, VRING_DESC_F_NEXT);
	if (size)
		describe(queue, last++, (const uint8_t *)request + split, size - split,
			 VRING_DESC_F_NEXT);
	describe(queue, last, responses + (size_t)slot * PAGE, answer,
		 VRING_DESC_F_WRITE);
	queue->avail->ring[queue->next % queue->size] = htole16(head);
	queue->next++;
}

/* Returns whether the device has answered everything within some seconds. */
static bool run_queue(struct queue *queue, uint16_t index)
{
	volatile uint16_t *used = &queue->used->idx;

	__sync_synchronize();
	queue->avail->idx = htole16(queue->next);
	__sync_synchronize();
	*queue->notify = index;
	for (int tries = 0; tries < 20000; tries++) {
		if (le16toh(*used) == queue->next)
			return true;
		usleep(tries < 1000 ? 10 : 1000);
	}
	return false;
}

static bool send_commands(unsigned int count)
{
	for (unsigned int slot = 0; slot < count; slot++) {
		union request *request = (void *)(requests + (size_t)slot * PAGE);

		post(&device.control, slot, request, make_request(request));
	}
	return run_queue(&device.control, 0);
}

static bool send_cursor(void)
{
	struct virtio_gpu_update_cursor *cursor = (void *)requests;

	*cursor = (struct virtio_gpu_update_cursor){
		.hdr.type = htole32(one_in(2) ? VIRTIO_GPU_CMD_UPDATE_CURSOR
					      : VIRTIO_GPU_CMD_MOVE_CURSOR),
		.pos = {.scanout_id = htole32(number(0)),
			.x = htole32(number(10)),
			.y = htole32(number(10))},
		.resource_id = id(),
		.hot_x = htole32(number(1)),
		.hot_y = htole32(number(1)),
	};
	describe(&device.cursor, 0, cursor, one_in(32) ? below(56) + 1 : sizeof(*cursor),
		 0);
	device.cursor.avail->ring[device.cursor.next % device.cursor.size] = 0;
	device.cursor.next++;
	return run_queue(&device.cursor, 1);
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
	unsigned int count, sent = 0, answers[2] = {0};
	bool measures = argc == 3 && !strcmp(argv[2], "measure");

	if (argc != 4 && !measures) {
		fprintf(stderr, "usage: hostile PCI-ADDRESS COUNT SEED | hostile "
				"PCI-ADDRESS measure\n");
		return 2;
	}
	count = (unsigned int)strtoul(argv[2], NULL, 0);
	allocate(2 * SLOTS + DATA_PAGES + 6 + TABLE_PAGES);
	for (int i = 0; i < 2; i++) {
		struct queue *queue = i ? &device.cursor : &device.control;

		queue->desc = (void *)take_pages(1);
		queue->avail = (void *)take_pages(1);
		queue->used = (void *)take_pages(1);
	}
	requests = take_pages(SLOTS);
	responses = take_pages(SLOTS);
	data = take_pages(DATA_PAGES);
	open_device(argv[1]);
	if (measures) {
		uint8_t *table = take_pages(TABLE_PAGES);

		measure(1920, 1080, table);
		measure(3840, 2160, table);
		device.common->device_status = 0;
		return 0;
	}
	while (sent < count) {
		/* each round can be repeated alone */
		state = (strtoull(argv[3], NULL, 0) * 1000003 + sent / ROUND) * 2 + 1;
		for (int i = 0; i < 8; i++)
			rnd();
		reset_device();
		for (unsigned int i = 0; i < ROUND; i += SLOTS) {
			if (!send_commands(SLOTS) || !send_cursor()) {
				printf("no answer in round %u\n", sent / ROUND);
				return 1;
			}
			for (unsigned int slot = 0; slot < SLOTS; slot++) {
				struct virtio_gpu_ctrl_hdr *hdr =
					(void *)(responses + (size_t)slot * PAGE);

				answers[le32toh(hdr->type) >=
					VIRTIO_GPU_RESP_ERR_UNSPEC]++;
			}
		}
		sent += ROUND;
	}
	reset_device();
	device.common->device_status = 0;
	printf("%u commands: %u successes, %u errors\n", sent, answers[0], answers[1]);
	return 0;
}
