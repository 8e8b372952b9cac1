// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include <drm/drm_fourcc.h>
#define VIRTGPU_UNSTABLE /* layouts are not assigned their numbers yet */
#include <virtgpu.h>

#include "prime.h"

#define VIRGL_TARGET_2D 2
#define VIRGL_BIND_RENDER_TARGET (1 << 1)
#define VIRGL_BIND_SCANOUT (1 << 18)

/* The DRM's name, and the number in the virgl protocol */
static const struct {
	const char *name;
	uint32_t virgl, cpp;
} formats[] = {
	{"XRGB8888", 2, 4},	  {"ARGB8888", 1, 4}, {"XBGR8888", 134, 4},
	{"ABGR8888", 67, 4},	  {"RGB565", 7, 2},   {"XRGB2101010", 233, 4},
	{"ABGR16161616F", 94, 8},
};

#define NUM_FORMATS (sizeof(formats) / sizeof(formats[0]))

static void add_int(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_int64((int64_t)value));
}

static struct json_object *plane_to_json(const struct drm_virtgpu_layout_plane *plane)
{
	struct json_object *object = json_object_new_object();

	add_int(object, "offset", plane->offset);
	add_int(object, "stride", plane->stride);
	add_int(object, "size", plane->size);
	return object;
}

static struct json_object *answer_to_json(const struct virtgpu_layout *layout)
{
	struct json_object *object = json_object_new_object();
	struct json_object *planes = json_object_new_array();

	for (uint32_t i = 0; i < layout->num_planes; i++)
		json_object_array_add(planes, plane_to_json(&layout->planes[i]));
	json_object_object_add(object, "exact",
			       json_object_new_boolean(layout->flags ==
						       VIRTGPU_LAYOUT_EXACT));
	if (layout->modifier == DRM_FORMAT_MOD_INVALID)
		json_object_object_add(object, "modifier", NULL);
	else
		json_object_object_add(object, "modifier",
				       json_object_new_uint64(layout->modifier));
	json_object_object_add(object, "planes", planes);
	return object;
}

/* An object, or a string that says why there is none */
static struct json_object *ask_host(struct virtgpu_device *device, uint32_t format,
				    uint32_t width, uint32_t height)
{
	const struct virtgpu_bo_params params = {
		.target = VIRGL_TARGET_2D,
		.width = width,
		.height = height,
		.format = format,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SCANOUT,
	};
	struct virtgpu_layout layout;
	int ret = virtgpu_device_query_layout(device, &params, &layout);

	return ret ? json_object_new_string(strerror(-ret)) : answer_to_json(&layout);
}

struct json_object *prime_layout(const struct prime_facts *facts, uint32_t width,
				 uint32_t height)
{
	bool offered = facts->params[VIRTGPU_PARAM_RESOURCE_QUERY_LAYOUT] > 0;
	struct json_object *layouts = json_object_new_array();
	struct virtgpu_device *device = NULL;

	if (offered &&
	    virtgpu_device_open_path(facts->gpus[facts->display].render, &device))
		device = NULL;
	for (size_t i = 0; i < NUM_FORMATS; i++) {
		struct json_object *object = json_object_new_object();
		uint64_t row = (uint64_t)width * formats[i].cpp;
		uint64_t pitch = (row + 255) & ~UINT64_C(255);

		json_object_object_add(object, "format",
				       json_object_new_string(formats[i].name));
		add_int(object, "tight", row);
		add_int(object, "pitch", pitch);
		add_int(object, "size", pitch * height);
		json_object_object_add(object, "host",
				       device ? ask_host(device, formats[i].virgl, width,
							 height)
					      : NULL);
		json_object_array_add(layouts, object);
	}
	if (device)
		virtgpu_device_unref(device);
	return layouts;
}

static const char *get_string(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key));
}

static void print_host(struct json_object *host)
{
	struct json_object *planes;

	if (!host) {
		puts("-");
		return;
	}
	if (json_object_is_type(host, json_type_string)) {
		printf("? (%s)\n", json_object_get_string(host));
		return;
	}
	planes = json_object_object_get(host, "planes");
	printf("%s, modifier %s, stride",
	       json_object_get_boolean(json_object_object_get(host, "exact")) ? "exact"
									      : "hint",
	       json_object_object_get(host, "modifier") ? get_string(host, "modifier")
							: "unknown");
	for (size_t i = 0; i < json_object_array_length(planes); i++)
		printf(" %s", get_string(json_object_array_get_idx(planes, i), "stride"));
	putchar('\n');
}

void prime_print_layout(struct json_object *layouts, const struct prime_facts *facts,
			uint32_t width, uint32_t height)
{
	int offered = facts->params[VIRTGPU_PARAM_RESOURCE_QUERY_LAYOUT];

	printf("%ux%u pixels; bytes of a row when tight and with the pitch that other GPUs "
	       "want, and of the whole\n",
	       width, height);
	printf("%-14s %8s %8s %10s  %s\n", "format", "tight", "pitch", "size",
	       "how the host stores it");
	for (size_t i = 0; i < json_object_array_length(layouts); i++) {
		struct json_object *layout = json_object_array_get_idx(layouts, i);

		printf("%-14s %8s %8s %10s  ", get_string(layout, "format"),
		       get_string(layout, "tight"), get_string(layout, "pitch"),
		       get_string(layout, "size"));
		print_host(json_object_object_get(layout, "host"));
	}
	if (offered == PRIME_UNKNOWN)
		puts("The driver can not ask the host for layouts: it lacks "
		     "RESOURCE_QUERY_LAYOUT.");
	else if (!offered)
		puts("The host does not offer to tell layouts (RESOURCE_QUERY_LAYOUT).");
}
