// SPDX-License-Identifier: MIT
/*
 * vk-frames: windows whose every pixel is known (frames.h), drawn with Vulkan.
 *
 *   vk-frames [-p x11|wayland] [-s WxH] [-n FRAMES] [-r RESIZES] [-w WINDOWS]
 *             [-d] [-c] [-m] [-e FILE.png] [-k] [-H] [-T]
 *             [-P fifo|mailbox|immediate] [-f bgra|srgb|rgb10|half] [-o] [-t]
 *             [-L COPIES] [-C MILLISECONDS] [-x]
 *
 * A frame is copied from a buffer to the image of a swapchain: no shader can be wrong.
 * -P: how frames are presented; -f: the format of the images; -o: every other swapchain
 * is made from the one before, which is destroyed after that; -t: each frame is
 * presented by a thread of its own; -L: each frame waits for so many copies of 4 MiB
 * on its queue; -C: the program takes so long for a frame; -x: it makes an error, for
 * the validation layer to find. The windows share a device and its queue. The rest is as
 * for gl-frames; prints "renderer NAME" and three lines per window.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vk-window.h"

#define IN_FLIGHT 2
#define MAX_IMAGES 16
#define COPY_SIZE (4u << 20)
#define TRIES 4 /* to have a swapchain that takes a frame */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct format {
	const char *name;
	VkFormat format;
	VkColorSpaceKHR space;
	int size;
	void (*store)(uint8_t *to, uint32_t rgb);
};

struct flight { /* a frame that the GPU may be drawing */
	VkFence fence;
	VkSemaphore acquired;
	VkCommandBuffer commands;
	VkBuffer buffer; /* what it is copied from */
	VkDeviceMemory memory;
	uint8_t *pixels;
	VkDeviceSize size;
};

struct vk {
	VkSurfaceKHR surface;
	VkSwapchainKHR swapchain;
	VkExtent2D extent;
	uint32_t image_count;
	VkImage images[MAX_IMAGES];
	VkSemaphore drawn[MAX_IMAGES];
	VkCommandPool pool;
	struct flight flights[IN_FLIGHT];
	unsigned int turn, swapchains;
};

static struct {
	VkInstance instance;
	VkPhysicalDevice physical;
	VkDevice device;
	VkQueue queue;
	VkPhysicalDeviceMemoryProperties memory;
	VkBuffer copies[2]; /* of -L */
	VkDeviceMemory copied[2];
} gpu;
/* Of the queue, and of who makes the device. */
static pthread_mutex_t gpu_lock = PTHREAD_MUTEX_INITIALIZER;

static void store_bgra(uint8_t *to, uint32_t rgb)
{
	memcpy(to, &(uint32_t){rgb | 0xff000000u}, 4);
}

static uint32_t ten(uint32_t eight)
{
	return (eight * 1023 + 127) / 255;
}

static void store_rgb10(uint8_t *to, uint32_t rgb)
{
	uint32_t pixel = 3u << 30 | ten(rgb >> 16) << 20 | ten(rgb >> 8 & 255) << 10 |
			 ten(rgb & 255);

	memcpy(to, &pixel, 4);
}

static uint16_t half(uint32_t eight)
{
	int exponent;
	double mantissa = frexp((double)eight / 255.0, &exponent);

	/* No value of these is so small that it has no exponent. */
	return eight ? (uint16_t)(((exponent + 14) << 10) +
				  (int)lrint((mantissa * 2 - 1) * 1024))
		     : 0;
}

static void store_half(uint8_t *to, uint32_t rgb)
{
	uint16_t pixel[] = {half(rgb >> 16), half(rgb >> 8 & 255), half(rgb & 255),
			    half(255)};

	memcpy(to, pixel, sizeof(pixel));
}

static const struct format formats[] = {
	{"bgra", VK_FORMAT_B8G8R8A8_UNORM, VK_COLOR_SPACE_SRGB_NONLINEAR_KHR, 4,
	 store_bgra},
	{"srgb", VK_FORMAT_B8G8R8A8_SRGB, VK_COLOR_SPACE_SRGB_NONLINEAR_KHR, 4,
	 store_bgra},
	{"rgb10", VK_FORMAT_A2R10G10B10_UNORM_PACK32, VK_COLOR_SPACE_SRGB_NONLINEAR_KHR,
	 4, store_rgb10},
	{"half", VK_FORMAT_R16G16B16A16_SFLOAT, VK_COLOR_SPACE_SRGB_NONLINEAR_KHR, 8,
	 store_half},
};

static const struct {
	const char *name;
	VkPresentModeKHR mode;
} modes[] = {
	{"fifo", VK_PRESENT_MODE_FIFO_KHR},
	{"mailbox", VK_PRESENT_MODE_MAILBOX_KHR},
	{"immediate", VK_PRESENT_MODE_IMMEDIATE_KHR},
};

static struct {
	const struct format *format;
	VkPresentModeKHR mode;
	bool old_swapchain, threads, mistake;
	int copies, milliseconds;
} options = {.format = &formats[0], .mode = VK_PRESENT_MODE_FIFO_KHR};

static const char *name_of(VkResult result)
{
	static const struct {
		VkResult result;
		const char *name;
	} names[] = {
		{VK_NOT_READY, "VK_NOT_READY"},
		{VK_TIMEOUT, "VK_TIMEOUT"},
		{VK_SUBOPTIMAL_KHR, "VK_SUBOPTIMAL_KHR"},
		{VK_ERROR_OUT_OF_HOST_MEMORY, "VK_ERROR_OUT_OF_HOST_MEMORY"},
		{VK_ERROR_OUT_OF_DEVICE_MEMORY, "VK_ERROR_OUT_OF_DEVICE_MEMORY"},
		{VK_ERROR_INITIALIZATION_FAILED, "VK_ERROR_INITIALIZATION_FAILED"},
		{VK_ERROR_DEVICE_LOST, "VK_ERROR_DEVICE_LOST"},
		{VK_ERROR_EXTENSION_NOT_PRESENT, "VK_ERROR_EXTENSION_NOT_PRESENT"},
		{VK_ERROR_INCOMPATIBLE_DRIVER, "VK_ERROR_INCOMPATIBLE_DRIVER"},
		{VK_ERROR_SURFACE_LOST_KHR, "VK_ERROR_SURFACE_LOST_KHR"},
		{VK_ERROR_OUT_OF_DATE_KHR, "VK_ERROR_OUT_OF_DATE_KHR"},
		{VK_ERROR_INVALID_EXTERNAL_HANDLE, "VK_ERROR_INVALID_EXTERNAL_HANDLE"},
	};
	static _Thread_local char number[32];

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].result == result)
			return names[i].name;
	snprintf(number, sizeof(number), "VkResult %d", result);
	return number;
}

static void must(VkResult result, const char *call)
{
	if (result != VK_SUCCESS)
		errx(1, "%s: %s", call, name_of(result));
}
#define MUST(function, ...) must(function(__VA_ARGS__), #function)

static uint32_t memory_type(uint32_t bits, VkMemoryPropertyFlags wanted)
{
	for (uint32_t i = 0; i < gpu.memory.memoryTypeCount; i++)
		if (bits >> i & 1 &&
		    (gpu.memory.memoryTypes[i].propertyFlags & wanted) == wanted)
			return i;
	errx(1, "the GPU has no memory for the CPU");
}

static VkBuffer make_buffer(VkDeviceSize size, VkBufferUsageFlags usage,
			    VkDeviceMemory *memory)
{
	VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
				   .size = size,
				   .usage = usage};
	VkMemoryAllocateInfo allocation = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
	VkMemoryRequirements needs;
	VkBuffer buffer;

	MUST(vkCreateBuffer, gpu.device, &info, NULL, &buffer);
	vkGetBufferMemoryRequirements(gpu.device, buffer, &needs);
	allocation.allocationSize = needs.size;
	allocation.memoryTypeIndex = memory_type(
		needs.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
					      VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
	MUST(vkAllocateMemory, gpu.device, &allocation, NULL, memory);
	MUST(vkBindBufferMemory, gpu.device, buffer, *memory, 0);
	return buffer;
}

static void make_instance(void)
{
	const char *extensions[8];
	VkApplicationInfo application = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
					 .pApplicationName = vk_program,
					 .apiVersion = VK_API_VERSION_1_1};
	VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
				     .pApplicationInfo = &application,
				     .ppEnabledExtensionNames = extensions};

	info.enabledExtensionCount = vk_window_extensions(extensions, COUNT(extensions));
	MUST(vkCreateInstance, &info, NULL, &gpu.instance);
}

static void make_device(void)
{
	const char *extensions[] = {VK_KHR_SWAPCHAIN_EXTENSION_NAME,
				    VK_KHR_INCREMENTAL_PRESENT_EXTENSION_NAME};
	const float priority = 1;
	VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueCount = 1,
		.pQueuePriorities = &priority};
	VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
				   .queueCreateInfoCount = 1,
				   .pQueueCreateInfos = &queue,
				   .enabledExtensionCount = COUNT(extensions),
				   .ppEnabledExtensionNames = extensions};
	VkPhysicalDeviceProperties properties;
	uint32_t count = 1;

	if (vkEnumeratePhysicalDevices(gpu.instance, &count, &gpu.physical) < 0 || !count)
		errx(1, "there is no GPU with Vulkan");
	vkGetPhysicalDeviceProperties(gpu.physical, &properties);
	vkGetPhysicalDeviceMemoryProperties(gpu.physical, &gpu.memory);
	MUST(vkCreateDevice, gpu.physical, &info, NULL, &gpu.device);
	vkGetDeviceQueue(gpu.device, 0, 0, &gpu.queue);
	printf("renderer %s\n", properties.deviceName);
}

static void make_gpu(void)
{
	pthread_mutex_lock(&gpu_lock);
	if (!gpu.device) {
		make_instance();
		make_device();
		for (size_t i = 0; options.copies && i < COUNT(gpu.copies); i++)
			gpu.copies[i] =
				make_buffer(COPY_SIZE,
					    VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
						    VK_BUFFER_USAGE_TRANSFER_DST_BIT,
					    &gpu.copied[i]);
	}
	pthread_mutex_unlock(&gpu_lock);
}

static VkSurfaceKHR make_surface(const struct window *window)
{
	VkSurfaceKHR surface = vk_window_surface(gpu.instance, window);
	VkBool32 supported;

	MUST(vkGetPhysicalDeviceSurfaceSupportKHR, gpu.physical, 0, surface, &supported);
	if (!supported)
		errx(1, "the GPU can't present to the window");
	return surface;
}

/* A swapchain of something that was not offered is an error of ours. */
static void check_offers(VkSurfaceKHR surface)
{
	VkPresentModeKHR offered_modes[16];
	VkSurfaceFormatKHR offered[64];
	uint32_t mode_count = COUNT(offered_modes), count = COUNT(offered), i;

	vkGetPhysicalDeviceSurfacePresentModesKHR(gpu.physical, surface, &mode_count,
						  offered_modes);
	for (i = 0; i < mode_count && offered_modes[i] != options.mode; i++)
		;
	if (i == mode_count)
		errx(1, "the window has no such present mode");
	vkGetPhysicalDeviceSurfaceFormatsKHR(gpu.physical, surface, &count, offered);
	for (i = 0; i < count; i++)
		if (offered[i].format == options.format->format &&
		    offered[i].colorSpace == options.format->space)
			return;
	errx(1, "the window has no such format");
}

static VkSemaphore make_semaphore(void)
{
	VkSemaphoreCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
	VkSemaphore semaphore;

	MUST(vkCreateSemaphore, gpu.device, &info, NULL, &semaphore);
	return semaphore;
}

static void drop_swapchain(struct vk *vk)
{
	pthread_mutex_lock(&gpu_lock);
	vkDeviceWaitIdle(gpu.device);
	pthread_mutex_unlock(&gpu_lock);
	for (uint32_t i = 0; i < vk->image_count; i++)
		vkDestroySemaphore(gpu.device, vk->drawn[i], NULL);
	vk->image_count = 0;
	vkDestroySwapchainKHR(gpu.device, vk->swapchain, NULL);
	vk->swapchain = VK_NULL_HANDLE;
}

static void make_swapchain(struct window *window)
{
	struct vk *vk = window->renderer;
	VkSurfaceCapabilitiesKHR can;
	struct vk before;
	VkSwapchainCreateInfoKHR info = {
		.sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR,
		.surface = vk->surface,
		.imageFormat = options.format->format,
		.imageColorSpace = options.format->space,
		.imageArrayLayers = 1,
		.imageUsage = VK_IMAGE_USAGE_TRANSFER_DST_BIT,
		.preTransform = VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR,
		.presentMode = options.mode,
		.clipped = VK_TRUE};

	vk->swapchains++;
	if (vk->swapchain && (!options.old_swapchain || vk->swapchains % 2))
		drop_swapchain(vk);
	MUST(vkGetPhysicalDeviceSurfaceCapabilitiesKHR, gpu.physical, vk->surface, &can);
	vk->extent = can.currentExtent;
	if (vk->extent.width == UINT32_MAX)
		vk->extent = vk_window_size(window);
	info.compositeAlpha =
		can.supportedCompositeAlpha & VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR
			? VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR
			: VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR;
	info.minImageCount = can.minImageCount;
	info.imageExtent = vk->extent;
	before = *vk;
	info.oldSwapchain = before.swapchain;
	MUST(vkCreateSwapchainKHR, gpu.device, &info, NULL, &vk->swapchain);
	if (before.swapchain)
		drop_swapchain(&before);
	vk->image_count = MAX_IMAGES;
	MUST(vkGetSwapchainImagesKHR, gpu.device, vk->swapchain, &vk->image_count,
	     vk->images);
	for (uint32_t i = 0; i < vk->image_count; i++)
		vk->drawn[i] = make_semaphore();
}

static void make_flight(struct vk *vk, struct flight *flight)
{
	VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO,
				   .flags = VK_FENCE_CREATE_SIGNALED_BIT};
	VkCommandBufferAllocateInfo commands = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.commandPool = vk->pool,
		.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
		.commandBufferCount = 1};

	MUST(vkCreateFence, gpu.device, &fence, NULL, &flight->fence);
	MUST(vkAllocateCommandBuffers, gpu.device, &commands, &flight->commands);
	flight->acquired = make_semaphore();
}

static void drop_pixels(struct flight *flight)
{
	vkDestroyBuffer(gpu.device, flight->buffer, NULL);
	vkFreeMemory(gpu.device, flight->memory, NULL);
}

/* The flight is over: its buffer is ours. */
static void write_pixels(struct window *window, struct flight *flight)
{
	const struct vk *vk = window->renderer;
	int width = (int)vk->extent.width, height = (int)vk->extent.height;
	VkDeviceSize size = (VkDeviceSize)width * (VkDeviceSize)height *
			    (VkDeviceSize)options.format->size;
	uint8_t *to;

	if (size != flight->size) {
		drop_pixels(flight);
		flight->size = size;
		flight->buffer = make_buffer(size, VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
					     &flight->memory);
		MUST(vkMapMemory, gpu.device, flight->memory, 0, VK_WHOLE_SIZE, 0,
		     (void **)&flight->pixels);
	}
	to = flight->pixels;
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++, to += options.format->size)
			options.format->store(to, frame_pixel(window, x, y));
}

static void barrier(VkCommandBuffer commands, VkImage image, VkImageLayout from,
		    VkImageLayout to)
{
	VkImageMemoryBarrier info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
		.srcAccessMask = from ? VK_ACCESS_TRANSFER_WRITE_BIT : 0,
		.dstAccessMask = from ? 0 : VK_ACCESS_TRANSFER_WRITE_BIT,
		.oldLayout = from,
		.newLayout = to,
		.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
		.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
		.image = image,
		.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};

	vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
			     from ? VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT
				  : VK_PIPELINE_STAGE_TRANSFER_BIT,
			     0, 0, NULL, 0, NULL, 1, &info);
}

/* -L: copies that have to be over before what comes behind them. */
static void record_copies(VkCommandBuffer commands)
{
	VkBufferCopy copy = {.size = COPY_SIZE};
	VkMemoryBarrier order = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
				 .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
				 .dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT |
						  VK_ACCESS_TRANSFER_WRITE_BIT};

	for (int i = 0; i < options.copies; i++) {
		vkCmdCopyBuffer(commands, gpu.copies[i % 2], gpu.copies[(i + 1) % 2], 1,
				&copy);
		vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
				     VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 1, &order, 0,
				     NULL, 0, NULL);
	}
}

static void record(const struct vk *vk, const struct flight *flight, VkImage image)
{
	VkCommandBufferBeginInfo begin = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
		.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
	VkBufferImageCopy copy = {
		.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1},
		.imageExtent = {vk->extent.width, vk->extent.height, 1}};

	MUST(vkBeginCommandBuffer, flight->commands, &begin);
	record_copies(flight->commands);
	barrier(flight->commands, image, VK_IMAGE_LAYOUT_UNDEFINED,
		VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
	vkCmdCopyBufferToImage(flight->commands, flight->buffer, image,
			       VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &copy);
	barrier(flight->commands, image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
		VK_IMAGE_LAYOUT_PRESENT_SRC_KHR);
	MUST(vkEndCommandBuffer, flight->commands);
}

struct present {
	VkPresentInfoKHR info;
	VkResult result;
};

static void *present_frame(void *data)
{
	struct present *present = data;

	pthread_mutex_lock(&gpu_lock);
	present->result = vkQueuePresentKHR(gpu.queue, &present->info);
	pthread_mutex_unlock(&gpu_lock);
	return NULL;
}

static VkResult present(struct vk *vk, uint32_t image, const struct box *damage)
{
	VkRectLayerKHR rectangle = {.offset = {damage->x, damage->y},
				    .extent = {(uint32_t)damage->width,
					       (uint32_t)damage->height}};
	VkPresentRegionKHR region = {1, &rectangle};
	VkPresentRegionsKHR regions = {.sType = VK_STRUCTURE_TYPE_PRESENT_REGIONS_KHR,
				       .swapchainCount = 1,
				       .pRegions = &region};
	struct present present = {
		.info = {.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR,
			 .pNext = frame_options.damage ? &regions : NULL,
			 .waitSemaphoreCount = 1,
			 .pWaitSemaphores = &vk->drawn[image],
			 .swapchainCount = 1,
			 .pSwapchains = &vk->swapchain,
			 .pImageIndices = &image}};
	pthread_t thread;

	if (options.threads) {
		if (pthread_create(&thread, NULL, present_frame, &present))
			errx(1, "no thread");
		pthread_join(thread, NULL);
	} else {
		present_frame(&present);
	}
	return present.result;
}

static VkResult draw(struct window *window, const struct box *damage)
{
	struct vk *vk = window->renderer;
	struct flight *flight = &vk->flights[vk->turn++ % IN_FLIGHT];
	VkPipelineStageFlags stage = VK_PIPELINE_STAGE_TRANSFER_BIT;
	VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
			       .waitSemaphoreCount = 1,
			       .pWaitSemaphores = &flight->acquired,
			       .pWaitDstStageMask = &stage,
			       .commandBufferCount = 1,
			       .pCommandBuffers = &flight->commands,
			       .signalSemaphoreCount = 1};
	VkResult result;
	uint32_t image;

	MUST(vkWaitForFences, gpu.device, 1, &flight->fence, VK_TRUE, UINT64_MAX);
	result = vkAcquireNextImageKHR(gpu.device, vk->swapchain, UINT64_MAX,
				       flight->acquired, VK_NULL_HANDLE, &image);
	if (result < 0)
		return result;
	write_pixels(window, flight);
	if (options.milliseconds)
		usleep((useconds_t)options.milliseconds * 1000);
	record(vk, flight, vk->images[image]);
	submit.pSignalSemaphores = &vk->drawn[image];
	MUST(vkResetFences, gpu.device, 1, &flight->fence);
	pthread_mutex_lock(&gpu_lock);
	result = vkQueueSubmit(gpu.queue, 1, &submit, flight->fence);
	pthread_mutex_unlock(&gpu_lock);
	must(result, "vkQueueSubmit");
	return present(vk, image, damage);
}

static void gone(const struct window *window, VkResult result)
{
	const struct wl_interface *interface = NULL;
	uint32_t id, code = 0;

	if (window->wl && wl_display_get_error(window->wl)) {
		code = wl_display_get_protocol_error(window->wl, &interface, &id);
		errx(1, "the compositor ended the connection: error %u of %s, and %s",
		     code, interface ? interface->name : "no interface", name_of(result));
	}
	errx(1, "no frame can be presented: %s", name_of(result));
}

static void vk_frame(struct window *window, const struct box *damage)
{
	VkResult result = VK_SUCCESS;

	for (int i = 0; i < TRIES; i++) {
		result = draw(window, damage);
		/* The window may have another size than when there was a swapchain. */
		if (result == VK_ERROR_OUT_OF_DATE_KHR)
			make_swapchain(window);
		else if (result >= 0)
			return;
		else
			break;
	}
	gone(window, result);
}

static void vk_start(struct window *window)
{
	VkCommandPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
		.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT};
	struct vk *vk = calloc(1, sizeof(*vk));

	if (!vk)
		err(1, "renderer");
	window->renderer = vk;
	make_gpu();
	vk->surface = make_surface(window);
	check_offers(vk->surface);
	MUST(vkCreateCommandPool, gpu.device, &pool, NULL, &vk->pool);
	for (size_t i = 0; i < IN_FLIGHT; i++)
		make_flight(vk, &vk->flights[i]);
	make_swapchain(window);
}

static void vk_finish(struct window *window)
{
	(void)window;
	pthread_mutex_lock(&gpu_lock);
	vkDeviceWaitIdle(gpu.device);
	pthread_mutex_unlock(&gpu_lock);
}

static void vk_stop(struct window *window)
{
	struct vk *vk = window->renderer;

	printf("window %d: %u swapchains\n", window->number, vk->swapchains);
	drop_swapchain(vk);
	for (size_t i = 0; i < IN_FLIGHT; i++) {
		drop_pixels(&vk->flights[i]);
		vkDestroyFence(gpu.device, vk->flights[i].fence, NULL);
		vkDestroySemaphore(gpu.device, vk->flights[i].acquired, NULL);
	}
	vkDestroyCommandPool(gpu.device, vk->pool, NULL);
	vkDestroySurfaceKHR(gpu.instance, vk->surface, NULL);
	free(vk);
}

static void drop_gpu(void)
{
	if (!gpu.device)
		return;
	for (size_t i = 0; options.copies && i < COUNT(gpu.copies); i++) {
		vkDestroyBuffer(gpu.device, gpu.copies[i], NULL);
		vkFreeMemory(gpu.device, gpu.copied[i], NULL);
	}
	if (options.mistake)
		make_semaphore(); /* which nobody destroys */
	vkDestroyDevice(gpu.device, NULL);
	vkDestroyInstance(gpu.instance, NULL);
}

static bool vk_option(int option, const char *argument)
{
	size_t i;

	switch (option) {
	case 'P':
		for (i = 0; i < COUNT(modes) && strcmp(modes[i].name, argument); i++)
			;
		if (i < COUNT(modes))
			options.mode = modes[i].mode;
		return i < COUNT(modes);
	case 'f':
		for (i = 0; i < COUNT(formats) && strcmp(formats[i].name, argument); i++)
			;
		if (i < COUNT(formats))
			options.format = &formats[i];
		return i < COUNT(formats);
	case 'o':
		return options.old_swapchain = true;
	case 't':
		return options.threads = true;
	case 'L':
		options.copies = atoi(argument);
		return options.copies > 0;
	case 'C':
		options.milliseconds = atoi(argument);
		return options.milliseconds > 0;
	case 'x':
		return options.mistake = true;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	const struct renderer vk = {
		.name = vk_program,
		.usage =
			"[-P fifo|mailbox|immediate]\n"
			"                 [-f bgra|srgb|rgb10|half] [-o] [-t] [-L COPIES]\n"
			"                 [-C MILLISECONDS] [-x]",
		.options = "P:f:otL:C:x",
		.option = vk_option,
		.open = vk_open,
		.close = vk_close,
		.start = vk_start,
		.resize = make_swapchain,
		.frame = vk_frame,
		.finish = vk_finish,
		.stop = vk_stop};

	int status = frames_main(argc, argv, &vk);

	drop_gpu();
	return status;
}
