// SPDX-License-Identifier: MIT
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include <drm/virtgpu_drm.h>

#include "prime.h"

/* A virtio-gpu with 3D and a passed-through GPU, on a stock kernel and host */
static struct prime_facts stock(void)
{
	struct prime_facts facts = {
		.num_gpus = 2,
		.gpus = {{.driver = "virtio_gpu",
			  .card = "/dev/dri/card0",
			  .render = "/dev/dri/renderD128",
			  .bus = "0000:00:01.0",
			  .pci = true,
			  .screens = 1},
			 {.driver = "amdgpu",
			  .bus = "0000:03:00.0",
			  .pci = true,
			  .order = 1,
			  .card = "/dev/dri/card1",
			  .render = "/dev/dri/renderD129"}},
	};

	for (int i = 0; i < PRIME_NUM_PARAMS; i++)
		facts.params[i] = i > VIRTGPU_PARAM_BLOB_ALIGNMENT ? PRIME_UNKNOWN : 0;
	facts.params[VIRTGPU_PARAM_3D_FEATURES] = 1;
	prime_choose(&facts);
	return facts;
}

static struct prime_facts patched_kernel(void)
{
	struct prime_facts facts = stock();

	for (int i = VIRTGPU_PARAM_CREATE_GUEST_HANDLE; i < PRIME_NUM_PARAMS; i++)
		facts.params[i] = 0;
	facts.params[VIRTGPU_PARAM_TRANSFER_STRIDE] = 1;
	return facts;
}

static struct prime_facts patched_both(void)
{
	struct prime_facts facts = patched_kernel();

	facts.params[VIRTGPU_PARAM_RESOURCE_BLOB] = 1;
	facts.params[VIRTGPU_PARAM_CREATE_GUEST_HANDLE] = 1;
	return facts;
}

static bool says(const char *const *list, const char *words)
{
	for (; *list; list++)
		if (strstr(*list, words))
			return true;
	return false;
}

static struct prime_verdict decide(struct prime_facts facts)
{
	struct prime_verdict verdict;

	memset(&verdict, 0xff, sizeof(verdict));
	prime_decide(&facts, &verdict);
	return verdict;
}

static void stock_kernel_and_host(void **state)
{
	struct prime_verdict v = decide(stock());

	(void)state;
	assert_int_equal(v.status, PRIME_NO_KERNEL);
	assert_int_equal(v.path, PRIME_NONE);
	assert_true(says(v.why, "llvmpipe"));
	assert_true(says(v.change, "patched driver"));
	assert_false(says(v.change, "QEMU")); /* no host has to change */
}

static void installed_and_not_loaded(void **state)
{
	struct prime_facts facts = stock();
	struct prime_verdict v;

	(void)state;
	facts.installed = true;
	v = decide(facts);
	assert_int_equal(v.status, PRIME_NO_KERNEL);
	assert_true(says(v.change, "reboot"));
	assert_false(says(v.change, "virtgpu-prime-dkms"));
	facts.signed_only = true;
	v = decide(facts);
	assert_int_equal(v.status, PRIME_NO_KERNEL);
	assert_true(says(v.change, "mokutil --import"));
	facts.installed = false;
	assert_true(says(decide(facts).change, "virtgpu-prime-dkms"));
	facts.packaged = true; /* and not for this kernel */
	v = decide(facts);
	assert_true(says(v.change, "linux-headers"));
	assert_false(says(v.change, "mokutil"));
	assert_false(says(v.change, "the package virtgpu-prime-dkms"));
}

static void patched_kernel_stock_host(void **state)
{
	struct prime_verdict v = decide(patched_kernel());

	(void)state;
	assert_int_equal(v.status, PRIME_WORKS);
	assert_int_equal(v.path, PRIME_TRANSFER);
	assert_true(says(v.why, "no zero-copy"));
	assert_true(says(v.change, "optional"));
}

static void patched_kernel_and_host(void **state)
{
	struct prime_verdict v = decide(patched_both());

	(void)state;
	assert_int_equal(v.status, PRIME_WORKS);
	assert_int_equal(v.path, PRIME_ZERO_COPY);
	assert_null(v.change[0]);
}

static void handles_are_nothing_without_blobs(void **state)
{
	struct prime_facts facts = patched_both();

	(void)state;
	facts.params[VIRTGPU_PARAM_RESOURCE_BLOB] = 0;
	assert_int_equal(decide(facts).path, PRIME_TRANSFER);
}

static void host_that_only_displays(void **state)
{
	struct prime_facts facts = patched_kernel();
	struct prime_verdict v;

	(void)state;
	facts.params[VIRTGPU_PARAM_RESOURCE_BLOB] = 1;
	facts.params[VIRTGPU_PARAM_SCANOUT_GUEST_BLOB] = 1;
	v = decide(facts);
	assert_int_equal(v.status, PRIME_WORKS);
	assert_int_equal(v.path, PRIME_ZERO_COPY_DISPLAY);
	assert_true(says(v.why, "copied once"));
	facts.params[VIRTGPU_PARAM_TRANSFER_STRIDE] = 0;
	assert_true(says(decide(facts).why, "takes no strides"));
}

static void no_3d(void **state)
{
	struct prime_facts facts = patched_kernel();
	struct prime_verdict v;

	(void)state;
	facts.params[VIRTGPU_PARAM_3D_FEATURES] = 0;
	facts.params[VIRTGPU_PARAM_TRANSFER_STRIDE] = 0;
	v = decide(facts);
	assert_int_equal(v.status, PRIME_NO_HOST);
	assert_true(says(v.change, "virtio-vga-gl"));
	assert_false(says(v.change, "patched driver"));

	/* Such a host displays the guest's pages, with any driver. */
	facts = stock();
	facts.params[VIRTGPU_PARAM_3D_FEATURES] = 0;
	facts.params[VIRTGPU_PARAM_RESOURCE_BLOB] = 1;
	v = decide(facts);
	assert_int_equal(v.path, PRIME_ZERO_COPY_DISPLAY);
	assert_true(says(v.why, "no 3D"));

	/* Neither: both have to change. */
	facts.params[VIRTGPU_PARAM_RESOURCE_BLOB] = 0;
	v = decide(facts);
	assert_true(says(v.change, "virtio-vga-gl"));
	assert_true(says(v.change, "patched driver"));
}

static void no_device(void **state)
{
	struct prime_facts facts = stock();
	struct prime_verdict v;

	(void)state;
	strcpy(facts.gpus[0].driver, "simpledrm");
	prime_choose(&facts);
	v = decide(facts);
	assert_int_equal(v.status, PRIME_NO_DEVICE);
	assert_int_equal(v.path, PRIME_NONE);
	facts.unbound = true;
	v = decide(facts);
	assert_int_equal(v.status, PRIME_NO_DEVICE);
	assert_true(says(v.change, "modprobe"));
}

static void no_permission(void **state)
{
	(void)state;
	for (int gpu = 0; gpu < 2; gpu++) {
		struct prime_facts facts = patched_both();
		struct prime_verdict v;

		facts.gpus[gpu].error = EACCES;
		v = decide(facts);
		assert_int_equal(v.status, PRIME_NO_ACCESS);
		assert_int_equal(v.path, PRIME_NONE);
		assert_true(says(v.change, "group"));
		facts.gpus[gpu].error = ENOENT;
		v = decide(facts);
		assert_int_equal(v.status, PRIME_NO_ACCESS);
		assert_true(says(v.change, "container"));
	}
}

static void no_other_gpu(void **state)
{
	struct prime_facts facts = patched_kernel();
	struct prime_verdict v;

	(void)state;
	facts.gpus[1].render[0] = 0; /* it only displays */
	prime_choose(&facts);
	v = decide(facts);
	assert_int_equal(v.status, PRIME_NO_OTHER);
	assert_int_equal(v.path, PRIME_NONE);
	assert_int_equal(v.possible, PRIME_TRANSFER);
	assert_true(says(v.why, "no other GPU"));
}

static void hardware_before_stand_ins(void **state)
{
	struct prime_facts facts = stock();

	(void)state;
	strcpy(facts.gpus[1].driver, "vgem");
	prime_choose(&facts);
	assert_int_equal(facts.other, 1);
	assert_true(says(decide(facts).why, "stand-in"));
	facts.gpus[2] = facts.gpus[1];
	strcpy(facts.gpus[2].driver, "amdgpu");
	facts.num_gpus = 3;
	prime_choose(&facts);
	assert_int_equal(facts.other, 2);
	facts.gpus[3] = facts.gpus[2];
	facts.num_gpus = 4;
	prime_choose(&facts);
	assert_int_equal(facts.other, 2); /* the first */
	facts.num_gpus = 0;
	prime_choose(&facts);
	assert_int_equal(facts.other, -1);
	assert_int_equal(facts.display, -1);
}

/* What prime-run gives Mesa means the GPU that check has tried. */
static void mesa_takes_the_same_gpu(void **state)
{
	struct prime_facts facts = stock();
	char value[32];

	(void)state;
	assert_int_equal(facts.first, 1);
	prime_dri_prime(&facts, value, sizeof(value));
	assert_string_equal(value, "pci-0000_03_00_0");

	/* Mesa finds vgem first, which 1 would be. */
	facts.gpus[2] = (struct prime_gpu){.driver = "vgem",
					   .bus = "vgem",
					   .card = "/dev/dri/card2",
					   .render = "/dev/dri/renderD130",
					   .order = 0};
	facts.gpus[0].order = 2;
	facts.num_gpus = 3;
	prime_choose(&facts);
	assert_int_equal(facts.other, 1);
	assert_int_equal(facts.first, 2);
	assert_true(says(decide(facts).why, "DRI_PRIME=1 is another GPU"));
	prime_dri_prime(&facts, value, sizeof(value));
	assert_string_equal(value, "pci-0000_03_00_0");

	/* vgem has no tag: it goes by its number, not counting what displays. */
	facts.gpus[1].driver[0] = 0;
	strcpy(facts.gpus[1].driver, "vkms");
	facts.gpus[1].pci = false;
	facts.gpus[2].order = 1;
	facts.gpus[1].order = 3;
	prime_choose(&facts);
	assert_int_equal(facts.other, 1);
	assert_int_equal(facts.first, 2);
	prime_dri_prime(&facts, value, sizeof(value));
	assert_string_equal(value, "2");
}

/* QEMU's own VGA beside virtio-gpu, which a desktop finds first. */
static void another_card_with_a_screen(void **state)
{
	struct prime_facts facts = patched_both();
	struct prime_verdict v;

	(void)state;
	facts.gpus[2] = (struct prime_gpu){.driver = "bochs-drm",
					   .bus = "0000:00:02.0",
					   .pci = true,
					   .card = "/dev/dri/card2",
					   .screens = 1};
	facts.num_gpus = 3;
	prime_choose(&facts);
	v = decide(facts);
	assert_int_equal(v.status, PRIME_WORKS);
	assert_int_equal(facts.other, 1);
	assert_true(says(v.why, "the desktop may be there"));
	assert_true(says(v.change, "no other VGA"));
	facts.gpus[2].screens = 0;
	assert_null(decide(facts).change[0]);
	facts.gpus[1].screens = 1; /* a monitor at the GPU itself */
	assert_null(decide(facts).change[0]);
}

/* The one that displays, not the one that comes first; the other is no GPU to offload to.
 */
static void two_virtio_gpus(void **state)
{
	struct prime_facts facts = stock();
	char value[32];

	(void)state;
	facts.gpus[2] = facts.gpus[0];
	strcpy(facts.gpus[2].bus, "0000:00:09.0");
	facts.gpus[0].screens = 0;
	facts.gpus[2].order = 2;
	facts.num_gpus = 3;
	prime_choose(&facts);
	assert_int_equal(facts.display, 2);
	assert_int_equal(facts.other, 1);
	assert_int_equal(facts.first, 0);
	assert_true(says(decide(facts).why, "DRI_PRIME=1 is another GPU"));
	prime_dri_prime(&facts, value, sizeof(value));
	assert_string_equal(value, "pci-0000_03_00_0");
	facts.gpus[2].screens = 0; /* none: the first */
	prime_choose(&facts);
	assert_int_equal(facts.display, 0);
}

/* It is not where a desktop with GL is, and Mesa leaves it out of its numbers. */
static void virtio_gpu_without_3d(void **state)
{
	struct prime_facts facts = patched_kernel();
	char value[32];

	(void)state;
	facts.gpus[1] = (struct prime_gpu){.driver = "vgem",
					   .card = "/dev/dri/card1",
					   .render = "/dev/dri/renderD129",
					   .order = 2};
	facts.gpus[2] = facts.gpus[0];
	facts.gpus[0].no_3d = true;
	facts.num_gpus = 3;
	for (int i = 0; i < 2; i++) { /* whichever comes first */
		facts.gpus[0].order = i;
		facts.gpus[2].order = 1 - i;
		prime_choose(&facts);
		assert_int_equal(facts.display, 2);
		assert_int_equal(facts.other, 1);
		assert_int_equal(facts.first, 1);
		assert_int_equal(decide(facts).status, PRIME_WORKS);
		prime_dri_prime(&facts, value, sizeof(value));
		assert_string_equal(value, "1");
	}
	facts.gpus[2].screens = 0; /* the desktop can not be there */
	prime_choose(&facts);
	assert_int_equal(facts.display, 0);
	prime_dri_prime(&facts, value, sizeof(value));
	assert_string_equal(value, "2"); /* one with 3D is counted */
	facts.gpus[0].screens = 0;
	prime_choose(&facts);
	assert_int_equal(facts.display, 2);
}

/* It is no GPU to offload to, and has no number. */
static void display_without_a_render_node(void **state)
{
	struct prime_facts facts = patched_kernel();
	char value[32];

	(void)state;
	strcpy(facts.gpus[1].driver, "vgem");
	facts.gpus[1].pci = false;
	facts.gpus[1].order = 2;
	facts.gpus[2] = (struct prime_gpu){
		.driver = "vkms", .card = "/dev/dri/card2", .screens = 1, .order = 1};
	facts.num_gpus = 3;
	prime_choose(&facts);
	assert_int_equal(facts.display, 0);
	assert_int_equal(facts.other, 1);
	assert_int_equal(facts.first, 1);
	assert_int_equal(decide(facts).status, PRIME_WORKS);
	prime_dri_prime(&facts, value, sizeof(value));
	assert_string_equal(value, "1");

	/* The firmware's screen, which the desktop may have taken. */
	strcpy(facts.gpus[2].driver, "simple-framebuffer");
	assert_true(says(decide(facts).why, "the desktop may be there"));
	facts.gpus[1].render[0] = 0;
	prime_choose(&facts);
	assert_int_equal(decide(facts).status, PRIME_NO_OTHER);
}

/* No Mesa can draw with it, however ready kernel and host are. */
static void nvidias_own_driver(void **state)
{
	struct prime_facts facts = patched_both();
	struct prime_verdict v;

	(void)state;
	strcpy(facts.gpus[1].driver, "nvidia");
	prime_choose(&facts);
	v = decide(facts);
	assert_int_equal(v.status, PRIME_NO_MESA);
	assert_int_equal(v.path, PRIME_NONE);
	assert_true(says(v.why, "a GL of its own"));
	assert_true(says(v.why, "CUDA"));
	assert_true(says(v.change, "nouveau"));

	/* A kernel that is not ready is said first. */
	facts = stock();
	strcpy(facts.gpus[1].driver, "nvidia");
	prime_choose(&facts);
	assert_int_equal(decide(facts).status, PRIME_NO_KERNEL);

	/* One with a Mesa driver is better, a stand-in is not. */
	facts = patched_both();
	facts.gpus[2] = facts.gpus[1];
	strcpy(facts.gpus[1].driver, "nvidia");
	facts.num_gpus = 3;
	prime_choose(&facts);
	assert_int_equal(facts.other, 2);
	strcpy(facts.gpus[2].driver, "vgem");
	prime_choose(&facts);
	assert_int_equal(facts.other, 1);
}

/* It is passed through, and no driver makes a DRM device of it. */
static void gpu_without_a_driver(void **state)
{
	struct prime_facts facts = patched_kernel();
	struct prime_verdict v;

	(void)state;
	facts.num_gpus = 1;
	strcpy(facts.idle, "0000:03:00.0");
	prime_choose(&facts);
	v = decide(facts);
	assert_int_equal(v.status, PRIME_NO_OTHER);
	assert_true(says(v.why, "no driver has taken"));
	assert_true(says(v.change, "firmware"));
	strcpy(facts.idle_driver, "nvidia");
	v = decide(facts);
	assert_true(says(v.change, "nouveau"));
	strcpy(facts.idle_driver, "vfio-pci");
	v = decide(facts);
	assert_true(says(v.why, "vfio-pci"));
}

/* Whatever comes, there is an answer, and it says why. */
static void always_an_answer(void **state)
{
	static const int values[] = {PRIME_UNKNOWN, 0, 1};
	static const int params[] = {VIRTGPU_PARAM_3D_FEATURES,
				     VIRTGPU_PARAM_RESOURCE_BLOB,
				     VIRTGPU_PARAM_CREATE_GUEST_HANDLE,
				     VIRTGPU_PARAM_TRANSFER_STRIDE,
				     VIRTGPU_PARAM_SCANOUT_GUEST_BLOB};

	(void)state;
	for (int i = 0; i < 3 * 3 * 3 * 3 * 3; i++) {
		struct prime_facts facts = stock();
		struct prime_verdict v;

		for (int j = 0, k = i; j < 5; j++, k /= 3)
			facts.params[params[j]] = values[k % 3];
		v = decide(facts);
		assert_true(v.status == PRIME_WORKS || v.status == PRIME_NO_KERNEL ||
			    v.status == PRIME_NO_HOST);
		assert_true((v.status == PRIME_WORKS) == (v.path != PRIME_NONE));
		assert_non_null(v.why[0]);
		assert_null(v.why[PRIME_MAX_REASONS]);
		assert_true(strlen(prime_path_name(v.path)) > 0);
	}
}

/* GL's frame was right. */
static struct prime_check gl_works(void)
{
	struct prime_check check = {.pixels = 100, .right = 100};

	prime_step_mesa(&check, "vgem");
	prime_step(&check, "frame", PRIME_STEP_OK, "100 of 100 pixels");
	return check;
}

/* Mesa draws on the processor then, and does not say so. */
static void mesa_without_a_driver(void **state)
{
	struct prime_verdict v = decide(patched_kernel());

	(void)state;
	for (int stand_in = 0; stand_in < 2; stand_in++) {
		struct prime_check check = {.pixels = 100, .right = 100};
		const struct prime_step *step = &check.steps[0];

		strcpy(check.gl.renderer, "llvmpipe (LLVM 19.1.7, 128 bits)");
		prime_step_mesa(&check, stand_in ? "vgem" : "amdgpu");
		prime_step(&check, "frame", PRIME_STEP_OK, "100 of 100 pixels");
		if (stand_in) { /* it has no other */
			assert_int_equal(step->outcome, PRIME_STEP_OK);
			assert_int_equal(prime_judge(&check, &v, true), PRIME_WORKS);
		} else {
			assert_int_equal(step->outcome, PRIME_STEP_FAILED);
			assert_non_null(strstr(step->detail, "no driver for amdgpu"));
			assert_int_equal(prime_judge(&check, &v, true), PRIME_NO_MESA);
		}
	}
}

/* On a kernel that is ready, and what the step says. */
static const char *add_vulkan(struct prime_check *check, uint64_t right,
			      enum prime_outcome outcome, enum prime_status status)
{
	struct prime_verdict v = decide(patched_kernel());
	const struct prime_step *step = &check->steps[check->num_steps];

	prime_step_vulkan(check, right);
	assert_ptr_equal(step, &check->steps[check->num_steps - 1]);
	assert_string_equal(step->name, "vulkan");
	assert_int_equal(step->outcome, outcome);
	assert_int_equal(prime_judge(check, &v, true), status);
	return step->detail;
}

static void vulkan_draws(void **state)
{
	struct prime_check check = gl_works();

	(void)state;
	strcpy(check.vulkan.renderer, "a GPU");
	strcpy(check.vulkan.mesa, "/usr/lib/somewhere");
	strcpy(check.vulkan.fence, "VkFence");
	assert_string_equal(add_vulkan(&check, 100, PRIME_STEP_OK, PRIME_WORKS),
			    "a GPU, /usr/lib/somewhere, waited for its VkFence: "
			    "100 of 100 pixels right");
}

/* GL works, and who needs Vulkan is told. */
static void without_vulkan_it_works(void **state)
{
	struct prime_check check = gl_works();

	(void)state;
	check.vulkan.none = true;
	strcpy(check.vulkan.error, "no driver");
	assert_string_equal(add_vulkan(&check, 0, PRIME_STEP_SKIPPED, PRIME_WORKS),
			    "no driver");
}

static void vulkan_draws_wrong_pixels(void **state)
{
	struct prime_check check = gl_works();

	(void)state;
	assert_non_null(strstr(add_vulkan(&check, 99, PRIME_STEP_FAILED, PRIME_NO_MESA),
			       ": 99 of 100 pixels right"));
}

static void vulkan_does_not_draw(void **state)
{
	struct prime_verdict v = decide(stock());
	struct prime_check check = gl_works();

	(void)state;
	strcpy(check.vulkan.error, "Mesa was ended by signal 11");
	assert_string_equal(add_vulkan(&check, 100, PRIME_STEP_FAILED, PRIME_NO_MESA),
			    "Mesa was ended by signal 11");
	/* A kernel that is not ready is said first. */
	assert_int_equal(prime_judge(&check, &v, false), PRIME_NO_KERNEL);
}

/* A dumb buffer in the other GPU's own memory, say: the copy needs none of its. */
static void frames_are_copied_if_not_imported(void **state)
{
	struct prime_check check = gl_works();
	struct prime_verdict v = decide(patched_both());

	(void)state;
	prime_step(&check, "zero-copy", PRIME_STEP_FAILED, "refused");
	assert_int_equal(prime_judge(&check, &v, true), PRIME_WORKS);
	assert_int_equal(prime_judge(&check, &v, false), PRIME_DOES_NOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stock_kernel_and_host),
		cmocka_unit_test(installed_and_not_loaded),
		cmocka_unit_test(another_card_with_a_screen),
		cmocka_unit_test(patched_kernel_stock_host),
		cmocka_unit_test(patched_kernel_and_host),
		cmocka_unit_test(handles_are_nothing_without_blobs),
		cmocka_unit_test(host_that_only_displays),
		cmocka_unit_test(no_3d),
		cmocka_unit_test(no_device),
		cmocka_unit_test(no_permission),
		cmocka_unit_test(no_other_gpu),
		cmocka_unit_test(hardware_before_stand_ins),
		cmocka_unit_test(mesa_takes_the_same_gpu),
		cmocka_unit_test(two_virtio_gpus),
		cmocka_unit_test(virtio_gpu_without_3d),
		cmocka_unit_test(display_without_a_render_node),
		cmocka_unit_test(nvidias_own_driver),
		cmocka_unit_test(gpu_without_a_driver),
		cmocka_unit_test(always_an_answer),
		cmocka_unit_test(mesa_without_a_driver),
		cmocka_unit_test(vulkan_draws),
		cmocka_unit_test(without_vulkan_it_works),
		cmocka_unit_test(vulkan_draws_wrong_pixels),
		cmocka_unit_test(vulkan_does_not_draw),
		cmocka_unit_test(frames_are_copied_if_not_imported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
