// SPDX-License-Identifier: MIT
/*
 * prime-vulkan NODE FD WIDTH HEIGHT PITCH SEED: have the GPU of a render node write
 * picture number SEED into a dma-buf, with the Vulkan driver that the environment
 * chooses, and wait for its fence. virtgpu-prime starts it with prime-run. It asks for
 * libvulkan when it runs: who has none can have the tools. Prints as prime-draw does,
 * "renderer NAME", "mesa DIRECTORY", "fence KIND"; or what is wrong, with the status 1,
 * or that there is no Vulkan for this GPU, with PRIME_NO_DRIVER.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan.h>

#include "frame.h"

#define FENCE_LIMIT 30 /* seconds */
#define MAX_DEVICES 16u
#define DMA_BUF VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT

/* clang-format off */
#define FUNCTIONS(f) \
	f(vkAllocateCommandBuffers) f(vkAllocateMemory) f(vkBeginCommandBuffer) \
	f(vkBindBufferMemory) f(vkCmdCopyBuffer) f(vkCmdPipelineBarrier) \
	f(vkCreateBuffer) f(vkCreateCommandPool) f(vkCreateDevice) f(vkCreateFence) \
	f(vkDestroyBuffer) f(vkDestroyCommandPool) f(vkDestroyDevice) \
	f(vkDestroyFence) f(vkDestroyInstance) f(vkEndCommandBuffer) \
	f(vkEnumerateDeviceExtensionProperties) f(vkEnumeratePhysicalDevices) \
	f(vkFreeMemory) f(vkGetBufferMemoryRequirements) f(vkGetDeviceQueue) \
	f(vkGetMemoryFdPropertiesKHR) f(vkGetPhysicalDeviceMemoryProperties) \
	f(vkGetPhysicalDeviceProperties2) f(vkMapMemory) f(vkQueueSubmit) \
	f(vkWaitForFences)
/* clang-format on */

#define DECLARE(name) static PFN_##name name;
FUNCTIONS(DECLARE)

static VkInstance instance;
static VkPhysicalDevice physical;
static VkDevice device;
static VkCommandPool pool;

struct copy {
	VkBuffer buffer;
	VkDeviceMemory memory;
	VkDeviceSize size;
};

static void end(int status, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

static void end(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(status);
}

static void try(VkResult result, const char *what)
{
	if (result != VK_SUCCESS)
		end(1, "Vulkan does not %s: %d", what, result);
}

static void start(void)
{
	const VkApplicationInfo application = {
		.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
		.apiVersion = VK_API_VERSION_1_1,
	};
	const VkInstanceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
		.pApplicationInfo = &application,
	};
	void *library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
	PFN_vkGetInstanceProcAddr get;
	PFN_vkCreateInstance create;
	VkResult result;

	if (!library)
		end(PRIME_NO_DRIVER,
		    "there is no libvulkan.so.1: programs with GL work; for "
		    "those with Vulkan install libvulkan1");
	*(void **)&get = dlsym(library, "vkGetInstanceProcAddr");
	create = (PFN_vkCreateInstance)get(NULL, "vkCreateInstance");
	result = create(&info, NULL, &instance);
	if (result == VK_ERROR_INCOMPATIBLE_DRIVER)
		end(PRIME_NO_DRIVER,
		    "prime-run has no Vulkan driver: programs with GL work; "
		    "for Vulkan install packages made with one");
	try(result, "start");
#define LOAD(name) name = (PFN_##name)get(instance, #name);
	FUNCTIONS(LOAD)
}

static bool has_extension(VkPhysicalDevice candidate, const char *name)
{
	uint32_t count = 0;
	VkExtensionProperties *list;
	bool found = false;

	try(vkEnumerateDeviceExtensionProperties(candidate, NULL, &count, NULL),
	    "tell its extensions");
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		end(1, "no memory");
	try(vkEnumerateDeviceExtensionProperties(candidate, NULL, &count, list),
	    "tell its extensions");
	for (uint32_t i = 0; i < count && !found; i++)
		found = !strcmp(list[i].extensionName, name);
	free(list);
	return found;
}

static bool is_node(VkPhysicalDevice candidate, dev_t node)
{
	VkPhysicalDeviceDrmPropertiesEXT drm = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRM_PROPERTIES_EXT,
	};
	VkPhysicalDeviceProperties2 properties = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
		.pNext = &drm,
	};

	if (!has_extension(candidate, VK_EXT_PHYSICAL_DEVICE_DRM_EXTENSION_NAME))
		return false;
	vkGetPhysicalDeviceProperties2(candidate, &properties);
	if (!drm.hasRender || drm.renderMajor != (int64_t)major(node) ||
	    drm.renderMinor != (int64_t)minor(node))
		return false;
	printf("renderer %s\n", properties.properties.deviceName);
	return true;
}

static void pick(const char *node)
{
	VkPhysicalDevice devices[MAX_DEVICES];
	uint32_t count = MAX_DEVICES;
	struct stat st;
	VkResult result = vkEnumeratePhysicalDevices(instance, &count, devices);

	if (stat(node, &st))
		end(1, "%s is not there", node);
	if (result == VK_ERROR_INITIALIZATION_FAILED)
		count = 0; /* of all drivers */
	else if (result != VK_INCOMPLETE)
		try(result, "tell its devices");
	for (uint32_t i = 0; i < count && !physical; i++)
		if (is_node(devices[i], st.st_rdev))
			physical = devices[i];
	if (!physical)
		end(PRIME_NO_DRIVER,
		    "no Vulkan driver of prime-run is for %s: programs with GL work; "
		    "for Vulkan install packages made with one",
		    node);
}

/* Any queue copies. */
static VkQueue make_device(void)
{
	static const char *const extensions[] = {
		VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME,
		VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME,
		VK_EXT_QUEUE_FAMILY_FOREIGN_EXTENSION_NAME,
	};
	const float priority = 1;
	const VkDeviceQueueCreateInfo queues = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueCount = 1,
		.pQueuePriorities = &priority,
	};
	const VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queues,
		.enabledExtensionCount = sizeof(extensions) / sizeof(extensions[0]),
		.ppEnabledExtensionNames = extensions,
	};
	VkQueue queue;

	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (!has_extension(physical, extensions[i]))
			end(1, "the GPU's Vulkan driver has no %s", extensions[i]);
	try(vkCreateDevice(physical, &info, NULL, &device), "make a device");
	vkGetDeviceQueue(device, 0, 0, &queue);
	return queue;
}

static uint32_t memory_type(uint32_t types, VkMemoryPropertyFlags flags)
{
	VkPhysicalDeviceMemoryProperties memory;

	vkGetPhysicalDeviceMemoryProperties(physical, &memory);
	for (uint32_t i = 0; i < memory.memoryTypeCount; i++)
		if (types & 1u << i &&
		    (memory.memoryTypes[i].propertyFlags & flags) == flags)
			return i;
	end(1, "the GPU does not take virtio-gpu's buffer: no memory is of its kind");
}

static VkMemoryRequirements make_buffer(struct copy *copy, VkBufferUsageFlags usage,
					const void *next)
{
	const VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.pNext = next,
		.size = copy->size,
		.usage = usage,
	};
	VkMemoryRequirements needs;

	try(vkCreateBuffer(device, &info, NULL, &copy->buffer), "make a buffer");
	vkGetBufferMemoryRequirements(device, copy->buffer, &needs);
	return needs;
}

static void add_memory(struct copy *copy, VkDeviceSize size, uint32_t type,
		       const void *next, const char *what)
{
	const VkMemoryAllocateInfo info = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
		.pNext = next,
		.allocationSize = size,
		.memoryTypeIndex = type,
	};

	try(vkAllocateMemory(device, &info, NULL, &copy->memory), what);
	try(vkBindBufferMemory(device, copy->buffer, copy->memory, 0), what);
}

/* The frame becomes what is written to. */
static void import(struct copy *frame, int fd)
{
	const VkExternalMemoryBufferCreateInfo external = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
		.handleTypes = DMA_BUF,
	};
	VkMemoryRequirements needs =
		make_buffer(frame, VK_BUFFER_USAGE_TRANSFER_DST_BIT, &external);
	VkMemoryFdPropertiesKHR properties = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_FD_PROPERTIES_KHR,
	};
	const VkMemoryDedicatedAllocateInfo dedicated = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO,
		.buffer = frame->buffer,
	};
	const VkImportMemoryFdInfoKHR info = {
		.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
		.pNext = &dedicated,
		.handleType = DMA_BUF,
		.fd = dup(fd), /* the driver's from then on */
	};

	try(vkGetMemoryFdPropertiesKHR(device, DMA_BUF, fd, &properties),
	    "take virtio-gpu's buffer");
	add_memory(frame, needs.size,
		   memory_type(needs.memoryTypeBits & properties.memoryTypeBits, 0),
		   &info, "take virtio-gpu's buffer");
}

static void make_picture(struct copy *picture, uint32_t width, uint32_t height,
			 uint32_t pitch, uint32_t seed)
{
	VkMemoryRequirements needs =
		make_buffer(picture, VK_BUFFER_USAGE_TRANSFER_SRC_BIT, NULL);
	uint32_t type = memory_type(needs.memoryTypeBits,
				    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
					    VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
	void *data;

	add_memory(picture, needs.size, type, NULL, "allocate a picture");
	try(vkMapMemory(device, picture->memory, 0, picture->size, 0, &data),
	    "map a picture");
	memset(data, 0, picture->size);
	for (uint32_t y = 0; y < height; y++) {
		uint32_t *row = (uint32_t *)(void *)((char *)data + (size_t)y * pitch);

		for (uint32_t x = 0; x < width; x++)
			row[x] = prime_frame_pixel(x, y, seed) | 0xff000000;
	}
}

static VkCommandBuffer begin(void)
{
	const VkCommandPoolCreateInfo pool_info = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
	};
	VkCommandBufferAllocateInfo info = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.commandBufferCount = 1,
	};
	const VkCommandBufferBeginInfo begin_info = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
		.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
	};
	VkCommandBuffer commands;

	try(vkCreateCommandPool(device, &pool_info, NULL, &pool), "make commands");
	info.commandPool = pool;
	try(vkAllocateCommandBuffers(device, &info, &commands), "make commands");
	try(vkBeginCommandBuffer(commands, &begin_info), "make commands");
	return commands;
}

/* And hand the frame over to who is not Vulkan. */
static void record(VkCommandBuffer commands, const struct copy *picture,
		   const struct copy *frame)
{
	const VkBufferCopy all = {.size = frame->size};
	const VkBufferMemoryBarrier release = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
		.dstQueueFamilyIndex = VK_QUEUE_FAMILY_FOREIGN_EXT,
		.buffer = frame->buffer,
		.size = VK_WHOLE_SIZE,
	};

	vkCmdCopyBuffer(commands, picture->buffer, frame->buffer, 1, &all);
	vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
			     VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, 0, 0, NULL, 1,
			     &release, 0, NULL);
	try(vkEndCommandBuffer(commands), "make commands");
}

static void submit(VkQueue queue, VkCommandBuffer commands)
{
	const VkFenceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO,
	};
	const VkSubmitInfo work = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.commandBufferCount = 1,
		.pCommandBuffers = &commands,
	};
	VkFence fence;
	VkResult result;

	try(vkCreateFence(device, &info, NULL, &fence), "make a fence");
	try(vkQueueSubmit(queue, 1, &work, fence), "take work");
	result = vkWaitForFences(device, 1, &fence, VK_TRUE,
				 FENCE_LIMIT * UINT64_C(1000000000));
	if (result == VK_TIMEOUT)
		end(1, "the GPU's fence does not signal within %d s", FENCE_LIMIT);
	try(result, "end its work");
	vkDestroyFence(device, fence, NULL);
	puts("fence VkFence");
}

static void destroy(struct copy *copy)
{
	vkDestroyBuffer(device, copy->buffer, NULL);
	vkFreeMemory(device, copy->memory, NULL);
}

int main(int argc, char **argv)
{
	struct copy frame = {0}, picture = {0};
	uint32_t numbers[5]; /* FD WIDTH HEIGHT PITCH SEED */
	VkCommandBuffer commands;
	VkQueue queue;

	if (argc != 7)
		end(1, "usage: prime-vulkan NODE FD WIDTH HEIGHT PITCH SEED");
	setvbuf(stdout, NULL, _IOLBF, 0); /* what was said is known, however this ends */
	for (int i = 0; i < 5; i++)
		numbers[i] = (uint32_t)strtoul(argv[i + 2], NULL, 10);
	frame.size = (VkDeviceSize)numbers[2] * numbers[3];
	picture.size = frame.size;
	start();
	pick(argv[1]);
	prime_print_mesa("libvulkan_");
	queue = make_device();
	import(&frame, (int)numbers[0]);
	make_picture(&picture, numbers[1], numbers[2], numbers[3], numbers[4]);
	commands = begin();
	record(commands, &picture, &frame);
	submit(queue, commands);
	vkDestroyCommandPool(device, pool, NULL);
	destroy(&frame);
	destroy(&picture);
	vkDestroyDevice(device, NULL);
	vkDestroyInstance(instance, NULL);
	return 0;
}
