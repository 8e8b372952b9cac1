// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include <drm/virtgpu_drm.h>

#include "prime.h"

static const struct {
	int param;
	const char *key, *text;
} params[] = {
	{VIRTGPU_PARAM_3D_FEATURES, "3d", "3D (virgl)"},
	{VIRTGPU_PARAM_CAPSET_QUERY_FIX, "capset_query_fix",
	 "capability sets of the right size"},
	{VIRTGPU_PARAM_RESOURCE_BLOB, "blob", "blob resources"},
	{VIRTGPU_PARAM_HOST_VISIBLE, "host_visible", "the host's memory can be mapped"},
	{VIRTGPU_PARAM_CROSS_DEVICE, "cross_device",
	 "resources shared with other virtio devices"},
	{VIRTGPU_PARAM_CONTEXT_INIT, "context_init", "contexts of several types"},
	{VIRTGPU_PARAM_SUPPORTED_CAPSET_IDs, "capsets",
	 "capability sets of the host (a mask)"},
	{VIRTGPU_PARAM_EXPLICIT_DEBUG_NAME, "debug_name", "contexts with a name"},
	{VIRTGPU_PARAM_BLOB_ALIGNMENT, "blob_alignment", "alignment of blobs, in bytes"},
	{VIRTGPU_PARAM_CREATE_GUEST_HANDLE, "create_guest_handle",
	 "handles of the guest's pages"},
	{VIRTGPU_PARAM_TRANSFER_STRIDE, "transfer_stride",
	 "transfers with a stride, fences of other GPUs"},
	{VIRTGPU_PARAM_RESOURCE_QUERY_LAYOUT, "query_layout",
	 "the host tells layouts of resources"},
	{VIRTGPU_PARAM_SCANOUT_GUEST_BLOB, "scanout_guest_blob",
	 "the guest's pages on the screen, with 3D"},
};

#define NUM_PARAMS (sizeof(params) / sizeof(params[0]))

static const char *role(const struct prime_facts *facts, int gpu)
{
	if (gpu == facts->other)
		return prime_is_stand_in(facts->gpus[gpu].driver)
			       ? "renders (a stand-in, no hardware)"
			       : "renders";
	return gpu == facts->display || facts->gpus[gpu].screens ? "displays" : "unused";
}

static void print_gpus(const struct prime_facts *facts)
{
	puts("GPUs");
	if (!facts->num_gpus)
		puts("  none");
	for (int i = 0; i < facts->num_gpus; i++) {
		const struct prime_gpu *gpu = &facts->gpus[i];

		printf("  %-15s %-19s %-11s %-13s %s", gpu->card,
		       gpu->render[0] ? gpu->render : "(no render node)", gpu->driver,
		       gpu->bus, role(facts, i));
		if (gpu->screens)
			printf(", screens: %d", gpu->screens);
		if (gpu->error)
			printf(", can not be opened: %s", strerror(gpu->error));
		if (gpu->suspended)
			printf(", asleep");
		putchar('\n');
	}
}

static void print_params(const struct prime_facts *facts)
{
	printf("virtio-gpu, as the driver of Linux %s says\n", facts->kernel);
	for (size_t i = 0; i < NUM_PARAMS; i++) {
		int value = facts->params[params[i].param];

		if (value == PRIME_UNKNOWN)
			printf("  %-8s %s\n", "-", params[i].text);
		else if (value > 1)
			printf("  %-8d %s\n", value, params[i].text);
		else
			printf("  %-8s %s\n", value ? "yes" : "no", params[i].text);
	}
	puts("  (no: the host does not have it; -: the driver does not know it)");
}

static void print_list(const char *title, const char *const *list)
{
	for (; *list; list++)
		printf("  %s %s\n", title, *list);
}

void prime_print_facts(const struct prime_facts *facts,
		       const struct prime_verdict *verdict)
{
	char value[64];

	print_gpus(facts);
	if (facts->idle[0])
		printf("  %-15s %-19s %-11s %s\n", "(no DRM device)", "(no render node)",
		       facts->idle_driver[0] ? facts->idle_driver : "(no driver)",
		       facts->idle);
	if (facts->display >= 0 && !facts->gpus[facts->display].error)
		print_params(facts);
	if (facts->session[0])
		printf("Session: %s\n", facts->session);
	if (facts->other >= 0) {
		prime_dri_prime(facts, value, sizeof(value));
		printf("DRI_PRIME, as prime-run sets it: %s\n", value);
	}
	printf("Path: %s\n", prime_path_name(verdict->path));
	if (verdict->possible != verdict->path)
		printf("Path that driver and host offer: %s\n",
		       prime_path_name(verdict->possible));
	print_list("why:   ", verdict->why);
	print_list("change:", verdict->change);
	if (verdict->status == PRIME_WORKS)
		puts("  Mesa has to be able to use it, too: virtgpu-prime check tries that");
}

void prime_print_verdict(enum prime_status status)
{
	static const struct {
		enum prime_status up_to;
		const char *what;
	} parts[] = {
		{PRIME_NO_KERNEL, "Kernel"},
		{PRIME_NO_HOST, "Host"},
		{PRIME_NO_MESA, "Mesa"},
	};
	bool ready = status == PRIME_WORKS || status == PRIME_DOES_NOT;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!ready && status < parts[i].up_to)
			break; /* nobody knows */
		printf("%-7s %s\n", parts[i].what,
		       status == parts[i].up_to ? "not ready" : "ready");
	}
	if (status == PRIME_NO_MESA)
		puts("  change: install virtgpu-prime-mesa, or one with a driver for this GPU; "
		     "see the steps \"mesa\" and \"vulkan\"");
	if (status == PRIME_DOES_NOT)
		puts("  change: nothing that is known; report what virtgpu-prime check "
		     "--json says, and dmesg");
	puts(status == PRIME_WORKS ? "Offload works: prime-run COMMAND"
				   : "Offload does not work.");
}

static struct json_object *gpu_to_json(const struct prime_facts *facts, int i)
{
	const struct prime_gpu *gpu = &facts->gpus[i];
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "driver", json_object_new_string(gpu->driver));
	json_object_object_add(object, "bus", json_object_new_string(gpu->bus));
	json_object_object_add(object, "card", json_object_new_string(gpu->card));
	json_object_object_add(object, "render",
			       gpu->render[0] ? json_object_new_string(gpu->render)
					      : NULL);
	json_object_object_add(object, "screens", json_object_new_int(gpu->screens));
	json_object_object_add(object, "displays",
			       json_object_new_boolean(i == facts->display ||
						       gpu->screens));
	json_object_object_add(object, "renders",
			       json_object_new_boolean(i == facts->other));
	json_object_object_add(object, "stand_in",
			       json_object_new_boolean(prime_is_stand_in(gpu->driver)));
	json_object_object_add(object, "dri_prime_1",
			       json_object_new_boolean(i == facts->first));
	json_object_object_add(object, "suspended",
			       json_object_new_boolean(gpu->suspended));
	json_object_object_add(object, "error",
			       gpu->error ? json_object_new_string(strerror(gpu->error))
					  : NULL);
	return object;
}

static struct json_object *list_to_json(const char *const *list)
{
	struct json_object *array = json_object_new_array();

	for (; *list; list++)
		json_object_array_add(array, json_object_new_string(*list));
	return array;
}

/* What the driver does not know is null, which is not the same as 0. */
static struct json_object *params_to_json(const struct prime_facts *facts)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < NUM_PARAMS; i++) {
		int value = facts->params[params[i].param];

		json_object_object_add(
			object, params[i].key,
			value == PRIME_UNKNOWN ? NULL : json_object_new_int(value));
	}
	return object;
}

struct json_object *prime_facts_to_json(const struct prime_facts *facts,
					const struct prime_verdict *verdict)
{
	struct json_object *object = json_object_new_object();
	struct json_object *gpus = json_object_new_array();
	char value[64];

	for (int i = 0; i < facts->num_gpus; i++)
		json_object_array_add(gpus, gpu_to_json(facts, i));
	json_object_object_add(object, "kernel", json_object_new_string(facts->kernel));
	json_object_object_add(object, "gpus", gpus);
	json_object_object_add(object, "params", params_to_json(facts));
	if (facts->other >= 0) {
		prime_dri_prime(facts, value, sizeof(value));
		json_object_object_add(object, "dri_prime",
				       json_object_new_string(value));
	}
	if (facts->idle[0]) {
		json_object_object_add(object, "idle",
				       json_object_new_string(facts->idle));
		json_object_object_add(object, "idle_driver",
				       json_object_new_string(facts->idle_driver));
	}
	json_object_object_add(object, "packaged",
			       json_object_new_boolean(facts->packaged));
	json_object_object_add(object, "installed",
			       json_object_new_boolean(facts->installed));
	json_object_object_add(object, "signed_only",
			       json_object_new_boolean(facts->signed_only));
	json_object_object_add(object, "session", json_object_new_string(facts->session));
	json_object_object_add(object, "path",
			       json_object_new_string(prime_path_name(verdict->path)));
	json_object_object_add(
		object, "possible",
		json_object_new_string(prime_path_name(verdict->possible)));
	json_object_object_add(object, "why", list_to_json(verdict->why));
	json_object_object_add(object, "change", list_to_json(verdict->change));
	json_object_object_add(object, "status", json_object_new_int(verdict->status));
	return object;
}

static const char *const outcomes[] = {
	[PRIME_STEP_OK] = "ok",
	[PRIME_STEP_FAILED] = "failed",
	[PRIME_STEP_SKIPPED] = "skipped",
};

void prime_print_check(const struct prime_check *check)
{
	printf("Check with %ux%u pixels, pitch %u\n", check->width, check->height,
	       check->pitch);
	for (int i = 0; i < check->num_steps; i++) {
		const struct prime_step *step = &check->steps[i];

		printf("  %-8s %-10s %s\n", outcomes[step->outcome], step->name,
		       step->detail);
	}
}

struct json_object *prime_check_to_json(const struct prime_check *check)
{
	struct json_object *object = json_object_new_object();
	struct json_object *steps = json_object_new_array();

	for (int i = 0; i < check->num_steps; i++) {
		const struct prime_step *step = &check->steps[i];
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "name", json_object_new_string(step->name));
		json_object_object_add(item, "outcome",
				       json_object_new_string(outcomes[step->outcome]));
		json_object_object_add(item, "detail",
				       json_object_new_string(step->detail));
		json_object_array_add(steps, item);
	}
	json_object_object_add(object, "width", json_object_new_int64(check->width));
	json_object_object_add(object, "height", json_object_new_int64(check->height));
	json_object_object_add(object, "pitch", json_object_new_int64(check->pitch));
	json_object_object_add(object, "pixels",
			       json_object_new_int64((int64_t)check->pixels));
	json_object_object_add(object, "right",
			       json_object_new_int64((int64_t)check->right));
	json_object_object_add(object, "upload_seconds",
			       json_object_new_double(check->upload));
	json_object_object_add(object, "renderer",
			       json_object_new_string(check->gl.renderer));
	json_object_object_add(object, "mesa", json_object_new_string(check->gl.mesa));
	json_object_object_add(object, "vulkan",
			       json_object_new_string(check->vulkan.renderer));
	json_object_object_add(object, "steps", steps);
	return object;
}
