// SPDX-License-Identifier: MIT
/*
 * venus-import: whether Vulkan on virtio-gpu itself, venus, takes a buffer as a
 * compositor that renders with it would.
 *
 *   venus-import handle|classic|foreign [WxH]
 *
 * handle: of virtio-gpu's, of the guest's pages, of which the host has a handle; classic:
 * of virtio-gpu's, and the host has fetched it; foreign: of vgem's. A processor writes
 * pixels, venus imports the dma-buf as a linear image, its GPU samples it (a blit),
 * and the result is compared. Prints the call that refuses, and its result, or how many
 * pixels are right. Exit status 0: all, 1 not, 2 something else is wrong.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <vulkan/vulkan.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "device.h"
#include "virtgpu_drm.h"

#define VIRGL_FORMAT_B8G8R8X8 2
/* RENDER_TARGET, SAMPLER_VIEW, SCANOUT, SHARED: as the WSI has them */
#define BIND (1u << 1 | 1u << 3 | 1u << 18 | 1u << 20)
#define TEXTURE_2D 2
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t width = 801, height = 601, pitch;
static uint64_t size;

static struct {
	VkInstance instance;
	VkPhysicalDevice physical;
	VkDevice device;
	VkQueue queue;
	VkPhysicalDeviceMemoryProperties memory;
} gpu;

static uint32_t pixel(uint32_t x, uint32_t y)
{
	uint32_t mixed = (x * 2654435761u) ^ (y * 2246822519u);

	return (mixed ^ mixed >> 15) | 0xff000000u;
}

static void fill(int fd, uint64_t offset)
{
	uint8_t *map =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);

	if (map == MAP_FAILED)
		err(2, "mmap");
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++)
			memcpy(map + y * pitch + x * 4, &(uint32_t){pixel(x, y)}, 4);
	munmap(map, size);
}

static int export(int fd, uint32_t handle)
{
	int buffer;

	if (drmPrimeHandleToFD(fd, handle, DRM_CLOEXEC | DRM_RDWR, &buffer))
		err(2, "PRIME_HANDLE_TO_FD");
	return buffer;
}

static void fill_of_virtio(int fd, uint32_t handle)
{
	struct drm_virtgpu_map map = {.handle = handle};

	call(fd, DRM_IOCTL_VIRTGPU_MAP, &map, "VIRTGPU_MAP");
	fill(fd, map.offset);
}

static int make_handle(void)
{
	int fd = open_device("renderD", 128, "virtio_gpu");
	struct drm_virtgpu_resource_create_blob blob = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE |
			      VIRTGPU_BLOB_FLAG_USE_SHAREABLE |
			      VIRTGPU_BLOB_FLAG_CREATE_GUEST_HANDLE,
		.size = size};

	/* The driver waits for the host's answer, which may be busy. */
	for (int i = 0; drmIoctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &blob); i++)
		if (errno != ETIMEDOUT || i == 9)
			err(2, "RESOURCE_CREATE_BLOB");
	fill_of_virtio(fd, blob.bo_handle);
	return export(fd, blob.bo_handle);
}

static int make_classic(void)
{
	int fd = open_device("renderD", 128, "virtio_gpu");
	struct drm_virtgpu_resource_create resource = {.target = TEXTURE_2D,
						       .format = VIRGL_FORMAT_B8G8R8X8,
						       .bind = BIND,
						       .width = width,
						       .height = height,
						       .depth = 1,
						       .array_size = 1,
						       .size = (uint32_t)size,
						       .stride = pitch};
	struct drm_virtgpu_3d_transfer_to_host transfer = {
		.box = {.w = width, .h = height, .d = 1}, .stride = pitch};
	struct drm_virtgpu_3d_wait wait = {0};

	call(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &resource, "RESOURCE_CREATE");
	fill_of_virtio(fd, resource.bo_handle);
	wait.handle = transfer.bo_handle = resource.bo_handle;
	call(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &transfer, "TRANSFER_TO_HOST");
	call(fd, DRM_IOCTL_VIRTGPU_WAIT, &wait, "WAIT");
	return export(fd, resource.bo_handle);
}

static int make_foreign(void)
{
	int fd = open_device("card", 0, "vgem");
	uint32_t handle;
	uint64_t offset;

	if (drmModeCreateDumbBuffer(fd, pitch / 4, height, 32, 0, &handle, &pitch,
				    &size) ||
	    drmModeMapDumbBuffer(fd, handle, &offset))
		err(2, "vgem");
	fill(fd, offset);
	return export(fd, handle);
}

static void must(VkResult result, const char *call)
{
	if (result == VK_SUCCESS)
		return;
	printf("refused: %s: VkResult %d\n", call, result);
	exit(1);
}
#define MUST(function, ...) must(function(__VA_ARGS__), #function)

static void make_device(void)
{
	const char *extensions[] = {VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME,
				    VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME,
				    VK_EXT_IMAGE_DRM_FORMAT_MODIFIER_EXTENSION_NAME};
	const float priority = 1;
	VkApplicationInfo application = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
					 .apiVersion = VK_API_VERSION_1_2};
	VkInstanceCreateInfo instance = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
					 .pApplicationInfo = &application};
	VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueCount = 1,
		.pQueuePriorities = &priority};
	VkDeviceCreateInfo device = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
				     .queueCreateInfoCount = 1,
				     .pQueueCreateInfos = &queue,
				     .enabledExtensionCount = COUNT(extensions),
				     .ppEnabledExtensionNames = extensions};
	VkPhysicalDeviceProperties properties;
	uint32_t count = 1;

	MUST(vkCreateInstance, &instance, NULL, &gpu.instance);
	if (vkEnumeratePhysicalDevices(gpu.instance, &count, &gpu.physical) < 0 || !count)
		errx(2, "there is no GPU with Vulkan");
	vkGetPhysicalDeviceProperties(gpu.physical, &properties);
	vkGetPhysicalDeviceMemoryProperties(gpu.physical, &gpu.memory);
	printf("renderer %s\n", properties.deviceName);
	MUST(vkCreateDevice, gpu.physical, &device, NULL, &gpu.device);
	vkGetDeviceQueue(gpu.device, 0, 0, &gpu.queue);
}

static uint32_t memory_type(uint32_t bits, VkMemoryPropertyFlags wanted)
{
	for (uint32_t i = 0; i < gpu.memory.memoryTypeCount; i++)
		if (bits >> i & 1 &&
		    (gpu.memory.memoryTypes[i].propertyFlags & wanted) == wanted)
			return i;
	errx(1, "refused: no type of memory for it");
}

static VkImage import(int buffer)
{
	PFN_vkGetMemoryFdPropertiesKHR get_fd_properties =
		(PFN_vkGetMemoryFdPropertiesKHR)vkGetDeviceProcAddr(
			gpu.device, "vkGetMemoryFdPropertiesKHR");
	VkSubresourceLayout layout = {.rowPitch = pitch};
	VkImageDrmFormatModifierExplicitCreateInfoEXT modifier = {
		.sType =
			VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT,
		.drmFormatModifier = DRM_FORMAT_MOD_LINEAR,
		.drmFormatModifierPlaneCount = 1,
		.pPlaneLayouts = &layout};
	VkExternalMemoryImageCreateInfo external = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
		.pNext = &modifier,
		.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT};
	VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
				  .pNext = &external,
				  .imageType = VK_IMAGE_TYPE_2D,
				  .format = VK_FORMAT_B8G8R8A8_UNORM,
				  .extent = {width, height, 1},
				  .mipLevels = 1,
				  .arrayLayers = 1,
				  .samples = VK_SAMPLE_COUNT_1_BIT,
				  .tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT,
				  .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT |
					   VK_IMAGE_USAGE_SAMPLED_BIT};
	VkMemoryFdPropertiesKHR properties = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_FD_PROPERTIES_KHR};
	VkMemoryDedicatedAllocateInfo dedicated = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO};
	VkImportMemoryFdInfoKHR from = {
		.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
		.pNext = &dedicated,
		.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
		.fd = buffer};
	VkMemoryAllocateInfo allocation = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &from};
	VkMemoryRequirements needs;
	VkDeviceMemory memory;
	VkImage image;

	must(get_fd_properties(gpu.device, VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
			       buffer, &properties),
	     "vkGetMemoryFdPropertiesKHR");
	MUST(vkCreateImage, gpu.device, &info, NULL, &image);
	vkGetImageMemoryRequirements(gpu.device, image, &needs);
	if (needs.size > size)
		printf("the image needs %llu bytes, the buffer has %llu\n",
		       (unsigned long long)needs.size, (unsigned long long)size);
	dedicated.image = image;
	allocation.allocationSize = size;
	allocation.memoryTypeIndex =
		memory_type(needs.memoryTypeBits & properties.memoryTypeBits, 0);
	MUST(vkAllocateMemory, gpu.device, &allocation, NULL, &memory);
	MUST(vkBindImageMemory, gpu.device, image, memory, 0);
	return image;
}

static VkDeviceMemory allocate(const VkMemoryRequirements *needs,
			       VkMemoryPropertyFlags wanted)
{
	VkMemoryAllocateInfo allocation = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
		.allocationSize = needs->size,
		.memoryTypeIndex = memory_type(needs->memoryTypeBits, wanted)};
	VkDeviceMemory memory;

	MUST(vkAllocateMemory, gpu.device, &allocation, NULL, &memory);
	return memory;
}

static VkImage make_image(void)
{
	VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
				  .imageType = VK_IMAGE_TYPE_2D,
				  .format = VK_FORMAT_B8G8R8A8_UNORM,
				  .extent = {width, height, 1},
				  .mipLevels = 1,
				  .arrayLayers = 1,
				  .samples = VK_SAMPLE_COUNT_1_BIT,
				  .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT |
					   VK_IMAGE_USAGE_TRANSFER_DST_BIT};
	VkMemoryRequirements needs;
	VkDeviceMemory memory;
	VkImage image;

	MUST(vkCreateImage, gpu.device, &info, NULL, &image);
	vkGetImageMemoryRequirements(gpu.device, image, &needs);
	memory = allocate(&needs, 0);
	MUST(vkBindImageMemory, gpu.device, image, memory, 0);
	return image;
}

static VkBuffer make_buffer(const uint32_t **pixels)
{
	VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
				   .size = (VkDeviceSize)width * height * 4,
				   .usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT};
	VkMemoryRequirements needs;
	VkDeviceMemory memory;
	VkBuffer buffer;

	MUST(vkCreateBuffer, gpu.device, &info, NULL, &buffer);
	vkGetBufferMemoryRequirements(gpu.device, buffer, &needs);
	memory = allocate(&needs, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
					  VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
	MUST(vkBindBufferMemory, gpu.device, buffer, memory, 0);
	MUST(vkMapMemory, gpu.device, memory, 0, VK_WHOLE_SIZE, 0, (void **)pixels);
	return buffer;
}

static void barrier(VkCommandBuffer commands, VkImage image, VkImageLayout from,
		    VkImageLayout to, bool acquire)
{
	VkImageMemoryBarrier info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
		.srcAccessMask = acquire ? 0 : VK_ACCESS_TRANSFER_WRITE_BIT,
		.dstAccessMask =
			VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
		.oldLayout = from,
		.newLayout = to,
		.srcQueueFamilyIndex =
			acquire ? VK_QUEUE_FAMILY_EXTERNAL : VK_QUEUE_FAMILY_IGNORED,
		.dstQueueFamilyIndex = acquire ? 0 : VK_QUEUE_FAMILY_IGNORED,
		.image = image,
		.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};

	vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
			     VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 0, NULL, 0, NULL, 1,
			     &info);
}

static void record(VkCommandBuffer commands, VkImage from, VkImage to, VkBuffer buffer)
{
	VkCommandBufferBeginInfo begin = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
	VkImageSubresourceLayers layer = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
	VkOffset3D end = {(int32_t)width, (int32_t)height, 1};
	VkImageBlit blit = {.srcSubresource = layer,
			    .srcOffsets = {{0}, end},
			    .dstSubresource = layer,
			    .dstOffsets = {{0}, end}};
	VkBufferImageCopy copy = {.imageSubresource = layer,
				  .imageExtent = {width, height, 1}};

	MUST(vkBeginCommandBuffer, commands, &begin);
	barrier(commands, from, VK_IMAGE_LAYOUT_GENERAL,
		VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, true);
	barrier(commands, to, VK_IMAGE_LAYOUT_UNDEFINED,
		VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, false);
	vkCmdBlitImage(commands, from, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, to,
		       VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &blit, VK_FILTER_NEAREST);
	barrier(commands, to, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
		VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, false);
	vkCmdCopyImageToBuffer(commands, to, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, buffer,
			       1, &copy);
	MUST(vkEndCommandBuffer, commands);
}

static void run(VkImage from, VkImage to, VkBuffer buffer)
{
	VkCommandPoolCreateInfo pool_info = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
	VkCommandBufferAllocateInfo info = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
		.commandBufferCount = 1};
	VkCommandBuffer commands;
	VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
			       .commandBufferCount = 1,
			       .pCommandBuffers = &commands};

	MUST(vkCreateCommandPool, gpu.device, &pool_info, NULL, &info.commandPool);
	MUST(vkAllocateCommandBuffers, gpu.device, &info, &commands);
	record(commands, from, to, buffer);
	MUST(vkQueueSubmit, gpu.queue, 1, &submit, VK_NULL_HANDLE);
	MUST(vkQueueWaitIdle, gpu.queue);
}

static int usage(void)
{
	fprintf(stderr, "usage: venus-import handle|classic|foreign [WxH]\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*make)(void);
	} kinds[] = {{"handle", make_handle},
		     {"classic", make_classic},
		     {"foreign", make_foreign}};
	uint32_t right = 0;
	const uint32_t *pixels;
	size_t kind = 0;
	VkImage from, to;
	VkBuffer buffer;
	int fd;

	while (argc > 1 && kind < COUNT(kinds) && strcmp(argv[1], kinds[kind].name))
		kind++;
	if (argc < 2 || argc > 3 || kind == COUNT(kinds) ||
	    (argc == 3 && sscanf(argv[2], "%ux%u", &width, &height) != 2))
		return usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	pitch = (width * 4 + 255) & ~255u;
	size = ((uint64_t)pitch * ((height + 3) & ~3u) + 4095) & ~4095ull;
	fd = kinds[kind].make();
	make_device();
	from = import(fd);
	to = make_image();
	buffer = make_buffer(&pixels);
	run(from, to, buffer);
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++)
			right += pixels[y * width + x] == pixel(x, y);
	printf("%s: %u of %u pixels right, %ux%u, pitch %u\n", kinds[kind].name, right,
	       width * height, width, height, pitch);
	return right != width * height;
}
