// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "klog.h"

#define LEVEL_WARNING 4

static void notes_of_a_module_are_no_complaint(void **state)
{
	static const char *const notes[] = {
		"virtio_gpu: loading out-of-tree module taints kernel.",
		"virtio_gpu: module verification failed: signature and/or required key missing - tainting kernel",
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_true(klog_out_of_tree(notes[i]));
		assert_int_equal(klog_line(notes[i], LEVEL_WARNING), KLOG_NOTHING);
	}
	assert_false(
		klog_out_of_tree("[drm] Initialized virtio_gpu 0.1.0 for 0000:00:01.0"));
}

static void a_warning_of_the_driver_counts_one_of_its_words_does_not(void **state)
{
	(void)state;
	assert_int_equal(klog_line("virtio-gpu 0000:00:01.0: lost a command",
				   LEVEL_WARNING),
			 KLOG_ERROR);
	assert_int_equal(klog_line("[drm] *ERROR* response 0x1200 (command 0x103)", 3),
			 KLOG_ERROR);
	assert_int_equal(
		klog_line(
			"[drm:virtio_gpu_dequeue_ctrl_func [virtio_gpu]] *ERROR* response 0x1200",
			3),
		KLOG_ERROR);
	assert_int_equal(klog_line("[drm] Initialized virtio_gpu 0.1.0", 6),
			 KLOG_NOTHING);
	assert_int_equal(klog_line("usb 1-1: device not accepting", 3), KLOG_NOTHING);
}

static void errors_of_an_igt_test_are_left_to_igt(void **state)
{
	static const char error[] =
		"<3>[ 36.5] [drm:virtio_gpu_x [virtio_gpu]] *ERROR* response 0x1203";
	struct klog_igt igt = {0};

	(void)state;
	assert_int_equal(klog_line_outside(&igt, error, 3), KLOG_ERROR);
	klog_line_outside(&igt, "<14>[ 33.1] [IGT] virtgpu_fuzz: executing", 6);
	klog_line_outside(&igt, "<14>[ 33.2] [IGT] virtgpu_fuzz: starting subtest x", 6);
	assert_int_equal(klog_line_outside(&igt, error, 3), KLOG_NOTHING);
	assert_int_equal(klog_line_outside(&igt, "BUG: scheduling while atomic", 0),
			 KLOG_SPLAT);
	klog_line_outside(&igt, "<14>[ 37.0] [IGT] virtgpu_fuzz: exiting, ret=0", 6);
	assert_int_equal(klog_line_outside(&igt, error, 3), KLOG_ERROR);
}

static void a_splat_counts_at_any_level_and_once(void **state)
{
	(void)state;
	assert_int_equal(
		klog_line(
			"<4>[    1.5] WARNING: drivers/gpu/drm/drm_gem.c:1 at drm_gem_x+0x1/0x2 [drm], CPU#1: x/1",
			KLOG_DEBUG),
		KLOG_SPLAT);
	assert_int_equal(klog_line("BUG: unable to handle page fault", 1), KLOG_SPLAT);
	assert_int_equal(klog_line("Modules linked in: vgem virtio_gpu(OE) drm",
				   LEVEL_WARNING),
			 KLOG_NOTHING);
	assert_int_equal(klog_line(" virtio_gpu_x+0x1/0x2 [virtio_gpu]", LEVEL_WARNING),
			 KLOG_NOTHING);
}

static void a_late_vblank_is_one_where_drm_waits(void **state)
{
	(void)state;
	assert_int_equal(klog_line("[CRTC:42:crtc-0] vblank wait timed out",
				   LEVEL_WARNING),
			 KLOG_NOTHING);
	assert_int_equal(
		klog_line(
			"virtio-pci 0000:00:01.0: [drm] vblank wait timed out on crtc 0",
			LEVEL_WARNING),
		KLOG_NOTHING);
	assert_int_equal(
		klog_line(
			"WARNING: drivers/gpu/drm/drm_atomic_helper.c:1927 at drm_atomic_helper_wait_for_vblanks.part.0+0x228/0x240 [drm_kms_helper], CPU#1: kworker/1:3/65",
			LEVEL_WARNING),
		KLOG_LATE);
	assert_int_equal(
		klog_line(
			"WARNING: drivers/gpu/drm/drm_vblank.c:1329 at drm_crtc_wait_one_vblank+0x190/0x210 [drm], CPU#1: kworker/1:3/65",
			LEVEL_WARNING),
		KLOG_LATE);
	/* Other things that go wrong there are not excused. */
	assert_int_equal(
		klog_line(
			"WARNING: drivers/gpu/drm/drm_vblank.c:1329 at drm_vblank_put+0x190/0x210 [drm], CPU#1: x/1",
			LEVEL_WARNING),
		KLOG_SPLAT);
	assert_int_equal(
		klog_line(
			"WARNING: drivers/gpu/drm/virtio/virtgpu_display.c:9 at drm_atomic_helper_wait_for_vblanks+0x1/0x2",
			LEVEL_WARNING),
		KLOG_SPLAT);
}

static void a_machine_that_ran_has_no_excuse(void **state)
{
	(void)state;
	assert_true(klog_excused(0, 0));
	assert_false(klog_excused(1, 5));
	assert_true(klog_excused(3, 621));
	assert_false(klog_excused(300, 621)); /* one a second: they never come */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_of_a_module_are_no_complaint),
		cmocka_unit_test(
			a_warning_of_the_driver_counts_one_of_its_words_does_not),
		cmocka_unit_test(errors_of_an_igt_test_are_left_to_igt),
		cmocka_unit_test(a_splat_counts_at_any_level_and_once),
		cmocka_unit_test(a_late_vblank_is_one_where_drm_waits),
		cmocka_unit_test(a_machine_that_ran_has_no_excuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
