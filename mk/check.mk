# Everything that has to be right before a commit. Each part leaves its counts
# in out/check; the last line adds them up.

counts = $(OUT)/check/$(1)
# Two at a time: what needs a processor, and what needs a guest. Two guests at
# once are no faster on two cores, and late. Machines in machines come last, when
# the processors are free.
parts_here_direct := lint kunit big-endian mesa
parts_guest_direct := igt-debug igt-2d igt-control igt-blob igt-blob-control igt-unplug igt-unplug-control \
	igt-patched-gl igt-patched-2d desktop gl dkms libdrm prime-tool unit hostile qtest igt-nested-smoke igt-xen-smoke
# LANE=nested: what a host with KVM and udmabuf may make different.
parts_guest_nested := igt-nested-blob igt-nested-scanout gl-nested igt-vfio igt-vfio-control
# LANE=xen: the same patches where a device model sees the guest through foreign mappings.
parts_guest_xen := igt-xen-2d igt-xen-scanout gl-xen
parts_here := $(parts_here_$(LANE))
parts_guest := $(parts_guest_$(LANE))
parts := $(strip $(parts_here) $(parts_guest))
# What takes longer than it tells: dkms runs the list of igt-plain, too; installed builds a Mesa of its own.
parts_full := kunit-x86 igt-plain packages installed igt-unplug-2d igt-patched-control igt-upstream gl-full igt-nested-damage igt-nested-scanout-2d patches mesa-patches \
	$(filter-out $(parts_guest_direct),$(parts_guest_nested) $(parts_guest_xen))
all_parts := $(sort $(parts_here_direct) $(parts_guest_direct) $(parts_full))
each = for part in $(1); do $(MAKE) check-$$part || status=1; done

# What both need is built first.
check:
	$(if $(parts),,$(error LANE=$(LANE): one of direct nested xen))
	$(Q)rm -rf $(OUT)/check; mkdir -p $(OUT)/check
	$(Q)$(MAKE) vm FLAVOUR=plain QEMU=patched && $(MAKE) igt$(if $(filter direct,$(LANE)), && $(MAKE) vm FLAVOUR=debug && $(MAKE) mesa)
	$(Q)status=0; trap 'trap - TERM; kill 0' INT TERM; \
	{ $(call each,$(parts_here)); exit $$status; } & here=$$!; \
	$(call each,$(parts_guest)); wait $$here || status=1; \
	$(MAKE) report PARTS="$(parts)" || true; \
	scripts/sum-counts $(OUT)/check $(parts) || status=1; exit $$status

check-lint: $(sysroot) $(linux_patched) $(module_source) $(sparse) $(OUT)/kernel/.debug
	$(Q)mkdir -p $(OUT)/check
	$(Q)scripts/step "check: lint" $(OUT)/log/lint.log scripts/lint $(call counts,lint) || { \
		echo "repeat with: make check-lint V=1" >&2; exit 1; }

unit_tests := lane verdict igt-verdict report ratio screen prime
sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
$(bin)/test-lane: tests/lane.c vm/lane.c
$(bin)/test-verdict: tests/verdict.c vm/verdict.c
$(bin)/test-igt-verdict: tests/igt-verdict.c tools/igt-verdict.c tools/igt-update.c
$(bin)/test-report: tests/report.c tools/report-read.c tools/report-write.c
$(bin)/test-ratio: tests/ratio.c bench/ratio.c
$(bin)/test-screen: tests/screen.c vm/screen.c
$(bin)/test-prime: tests/prime.c tools/prime-decide.c $(module_source)
$(bin)/test-%: $(sysroot) $(wildcard bench/*.h vm/*.h tools/*.h)
	$(call compile,$^,cmocka glib-2.0 json-c libdrm libpng xcb,$(sanitize) -Iout/module/source/include/uapi -Ibench -Ivm -Itools -lm)

check-unit: $(unit_tests:%=$(bin)/test-%) $(call machine,plain) $(qemu_binary) $(hypervisor)
	$(Q)mkdir -p $(OUT)/check
	$(Q)export RUNNER="$(call runner,plain,tcg,@name@,stock,2d)"; scripts/step "check: unit tests" $(OUT)/log/unit.log scripts/unit $(call counts,unit) \
		$(unit_tests:%=out/bin/test-%)

kunitconfig := $(driver_dir)/tests
check-kunit: $(linux_patched) $(sysroot)
	$(Q)mkdir -p $(OUT)/check
	$(Q)scripts/step "check: KUnit on UML" $(OUT)/log/kunit.log $(enter) scripts/kunit $(kunitconfig) out/check/kunit um

# The same on QEMU; a kernel of its own is too long for check.
check-kunit-x86: $(linux_patched) $(sysroot) $(accel)
	$(Q)mkdir -p $(OUT)/check
	$(Q)scripts/step "check: KUnit on x86_64" $(OUT)/log/$@.log $(enter) scripts/kunit $(kunitconfig) out/check/kunit-x86 x86_64 $$(cat $(accel))

check-big-endian: $(linux_patched) $(sysroot)
	$(Q)mkdir -p $(OUT)/check
	$(Q)scripts/step "check: driver and KUnit tests for s390x" $(OUT)/log/big-endian.log \
		$(enter) scripts/build-big-endian out/src/linux out/build/s390x out/check/big-endian

# Each part names all of its axes, so that nothing of the caller's gets in. The
# control runs our tests on the stock driver.
check-igt-debug: igt_axes := FLAVOUR=debug GPU=gl BLOB=off DRIVER=ours LIST= TESTS=
check-igt-plain: igt_axes := FLAVOUR=plain GPU=gl BLOB=off DRIVER=ours LIST= TESTS=
check-igt-2d: igt_axes := FLAVOUR=plain GPU=2d BLOB=off DRIVER=ours LIST= TESTS=
check-igt-control: igt_axes := FLAVOUR=plain GPU=gl BLOB=off DRIVER=stock LIST= TESTS='core_getversion $(filter-out %_blob %_fuzz,$(igt_ours))'
check-igt-blob: igt_axes := FLAVOUR=debug GPU=gl BLOB=on DRIVER=ours LIST=blob TESTS=
check-igt-blob-control: igt_axes := FLAVOUR=plain GPU=gl BLOB=on DRIVER=stock LIST=blob TESTS=
check-igt-unplug: igt_axes := FLAVOUR=debug GPU=gl BLOB=off DRIVER=ours LIST=unplug TESTS=
check-igt-unplug-2d: igt_axes := FLAVOUR=plain GPU=2d BLOB=off DRIVER=ours LIST=unplug TESTS=
check-igt-unplug-control: igt_axes := FLAVOUR=plain GPU=gl BLOB=off DRIVER=stock LIST=unplug TESTS=
check-igt-patched-gl: igt_axes := FLAVOUR=plain GPU=gl BLOB=on DRIVER=ours QEMU=patched LIST=scanout TESTS=
check-igt-patched-control: igt_axes := FLAVOUR=plain GPU=gl BLOB=on DRIVER=stock QEMU=patched LIST=scanout TESTS=
check-igt-nested-smoke: igt_axes := LANE=nested FLAVOUR=plain GPU=gl BLOB=on DRIVER=ours QEMU=patched LIST=scanout \
	TESTS='core_getversion virtgpu_prime@export virtgpu_prime@import-3d virtgpu_prime@guest-handle virtgpu_scanout@format'
check-igt-nested-blob: igt_axes := LANE=nested FLAVOUR=plain GPU=gl BLOB=on DRIVER=ours LIST=blob TESTS=
# Each screenshot takes a second there: all of the list 13 minutes. This is for 15 minutes
# of LANE=nested; the rest of the screen's tests is for check-full.
check-igt-nested-scanout: igt_axes := LANE=nested FLAVOUR=plain GPU=gl BLOB=on DRIVER=ours QEMU=patched LIST=scanout \
	TESTS='core_getversion virtgpu_layout virtgpu_prime@export virtgpu_prime@import-blob virtgpu_prime@import-3d \
	virtgpu_prime@import-limits virtgpu_prime@guest-handle virtgpu_scanout@import virtgpu_scanout@frames \
	virtgpu_scanout@flip virtgpu_scanout@free virtgpu_scanout@cursor'
check-igt-nested-damage: igt_axes := LANE=nested FLAVOUR=plain GPU=gl BLOB=on DRIVER=ours QEMU=patched LIST=scanout \
	TESTS='core_getversion virtgpu_scanout@damage virtgpu_scanout@resize virtgpu_scanout@format'
check-igt-nested-scanout-2d: igt_axes := LANE=nested FLAVOUR=plain GPU=2d BLOB=on DRIVER=ours QEMU=patched LIST=scanout TESTS=
check-igt-xen-smoke: igt_axes := LANE=xen FLAVOUR=plain GPU=gl BLOB=on DRIVER=ours QEMU=patched LIST=scanout \
	TESTS='core_getversion virtgpu_layout virtgpu_prime@export'
check-igt-xen-2d: igt_axes := LANE=xen FLAVOUR=plain GPU=2d BLOB=off DRIVER=ours LIST= \
	TESTS='core_getversion dumb_buffer virtgpu_layout virtgpu_prime virtgpu_prime_fence virtgpu_transfer_stride'
check-igt-xen-scanout: igt_axes := LANE=xen FLAVOUR=plain GPU=gl BLOB=on DRIVER=ours QEMU=patched LIST=scanout TESTS=
check-igt-vfio: igt_axes := LANE=vfio FLAVOUR=plain GPU=gl BLOB=on DRIVER=ours QEMU=patched LIST= TESTS='core_getversion virtgpu_dma'
check-igt-vfio-control: igt_axes := LANE=vfio FLAVOUR=plain GPU=gl BLOB=on DRIVER=stock QEMU=patched LIST= TESTS='core_getversion virtgpu_dma'
check-igt-patched-2d: igt_axes := FLAVOUR=plain GPU=2d BLOB=on DRIVER=ours QEMU=patched LIST=scanout TESTS=
$(patsubst %,check-%,$(filter-out igt-upstream,$(filter igt-%,$(all_parts)))):
	$(Q)mkdir -p $(OUT)/check
	$(Q)scripts/step "check: IGT $(igt_axes)" $(OUT)/log/$@.log \
		$(MAKE) check-igt UPDATE= QEMU=stock LANE=direct $(igt_axes) TIMEOUT=1800 COUNTS=$(call counts,$(@:check-%=%))

# Old user space on the stock driver and on ours.
check-desktop:
	$(Q)mkdir -p $(OUT)/check
	$(Q)scripts/step "check: desktop on the stock driver and on ours" $(OUT)/log/$@.log \
		$(MAKE) desktop LANE=direct QEMU=stock BLOB=off TIMEOUT=300 COUNTS=$(call counts,desktop)

# Patch by patch: too long for check. A test of ours has to pass from the patch on
# that the control (its expectations) says it proves.
check-patches: override BLOB := off
check-patches: override QEMU := stock
check-patches: $(call machine,plain) $(sparse) $(igt_binaries) $(bin)/igt-verdict
	$(Q)mkdir -p $(OUT)/check; rm -rf $(call counts,patches) $(OUT)/patches/linux # a warning shows only where something is compiled
	$(Q)export FROM="$(FROM)" TO="$(TO)" KEEP_GOING="$(KEEP_GOING)" \
		EXPECTATIONS=igt-tests/expectations/direct-gl RUNNER="$(call runner,plain,$$(cat $(accel)),patches,stock,gl)"; \
		scripts/check-patches $(call counts,patches) linux kernel scripts/check-kernel-patch core_getversion drm_virtgpu dumb_buffer

check-full:
	$(Q)status=0; $(MAKE) check || status=1; for part in $(parts_full); do $(MAKE) check-$$part FROM= TO= || status=1; done; \
	scripts/sum-counts $(OUT)/check $(parts) $(parts_full) || status=1; exit $$status

.PHONY: check check-full $(patsubst %,check-%,$(all_parts))
