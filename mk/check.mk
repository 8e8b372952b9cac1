# Everything that has to be right before a commit. Each part leaves its counts
# in out/check; the last line adds them up.

counts = $(OUT)/check/$(1)
# label, part, inputs, command: the part's result, of an earlier run if all inputs are the same
# (scripts/make/kept). Races have their chance each day: what our driver runs in is kept for hours, or for a week where it says so.
kept = scripts/make/kept "$(1)" $(call counts,$(2)) $(3) -- $(4)
kept_hours = HOURS=20 $(kept)
# A week is for what shows other things than the driver: that may change meanwhile, as a module or as its source.
kept_week = HOURS=168 $(call kept,$(1),$(2),$(patsubst %/module/source,@driver=%/module/source,$(patsubst %/virtio-gpu.ko,@driver=%/virtio-gpu.ko,$(3))),$(4))
kernel_of = $(if $(filter FLAVOUR=debug,$(1)),debug,plain)$(addprefix -,$(filter-out 7.3,$(patsubst KERNEL=%,%,$(filter KERNEL=%,$(1)))))
# Its lane, and those that the lane is made of.
lane_files = runner/lanes/direct.lane $(foreach l,$(filter-out direct,$(patsubst LANE=%,%,$(filter LANE=%,$(1)))),$(sort $(wildcard runner/lanes/$(l)*.lane runner/lanes/nested*.lane)))
# What the result of a guest depends on, by its axes ("DRIVER=ours ..."), beside what runs in it.
guest_inputs = "=$$(cat $(accel))" $(OUT)/sysroot/.manifest $(bin)/runner $(bin)/vmhost $(lane_files) runner/xen.cfg mk/runner.mk \
	scripts/make/enter scripts/guest/{domu,dom0-up,assign-edu} \
	$(foreach k,$(sort plain $(call kernel_of,$(1))),$(OUT)/kernel/$(k) $(OUT)/kernel/$(k).cpio) \
	$(if $(filter DRIVER=ours,$(1)),$(OUT)/module/$(call kernel_of,$(1))/virtio-gpu.ko) \
	$(if $(filter QEMU=patched LANE=nested LANE=venus LANE=xen LANE=vfio,$(1)),$(OUT)/qemu/qemu-system-x86_64) \
	$(if $(filter QEMU=patched,$(1)),$(if $(filter LANE=nested LANE=venus LANE=xen LANE=vfio,$(1)),$(OUT)/mesa))
# Guests of a part, each of which leaves its own result: label, their names, function of their axes, of
# their inputs, goal that boots GUEST= and leaves RESULT=, part. With the stock driver it is kept for good; weekly_PART names
# those that have their week.
guests = mkdir -p $(OUT)/check; $(foreach g,$(2),$(MAKE) -s vm $(call $(3),$(g)); \
	$(call $(if $(filter DRIVER=stock,$(call $(3),$(g))),kept,$(if $(filter $(weekly_$(6)),$(g)),kept_week,kept_hours)),check: $(1) in $(g),$(6).$(g),$(call $(4),$(g)),\
		$(MAKE) $(5) GUEST=$(g) $(call $(3),$(g)) RESULT=$(call counts,$(6).$(g))) || true;) \
	{ cat $(2:%=$(call counts,$(6).%)) || echo "not ok a guest left no result"; } >$(call counts,$(6))
# name in out/src, directory of the series
round_trip = $(call kept,check: the series $(2),$(1).series,$(2) $(OUT)/src/$(1) $(OUT)/dl/$(tarball_$(2)) scripts/series/check-round-trip scripts/series/patch,\
	sh -c 'scripts/series/check-round-trip $(1) $(2) && echo "ok the series $(2) makes its commits and the commits make it" >$(call counts,$(1).series)')

# Two at a time: what needs a processor, and what needs a guest, which takes little
# more than one; who is first at his end helps the other. Machines in machines come last.
parts_here_direct := lint unit kunit big-endian libdrm mesa
parts_guest_direct := igt-debug igt-2d igt-control igt-blob igt-blob-control igt-unplug igt-unplug-control \
	igt-patched-gl igt-patched-2d user gl vk dkms installed-smoke machine igt-nested-smoke igt-xen-smoke
# LANE=nested: what a host with KVM and udmabuf may make different.
parts_guest_nested := igt-nested-blob igt-nested-scanout gl-nested user-nested igt-vfio igt-vfio-control
# LANE=xen: the same patches where a device model sees the guest through foreign mappings.
parts_guest_xen := igt-xen-2d igt-xen-scanout gl-xen
parts_here := $(parts_here_$(LANE))
parts_guest := $(parts_guest_$(LANE))
parts := $(strip $(parts_here) $(parts_guest))
# Other parts: qtest and hostile need a kernel of their own (UML);
# packages and installed build a Mesa of their own, mesa-drivers one with all drivers, more than an hour on two cores, and installed takes ten minutes of processor after that: DKMS and purge 3, a guest 3 each.
parts_full := kunit-x86 matrix igt-plain packages mesa-drivers installed owner desktops igt-unplug-2d igt-kept igt-patched-control igt-upstream gl-full vk-full qtest hostile igt-nested-damage igt-nested-scanout-2d patches series mesa-patches \
	$(filter-out $(parts_guest_direct),$(parts_guest_nested) $(parts_guest_xen))
all_parts := $(sort $(parts_here_direct) $(parts_guest_direct) $(parts_full))
parts:
	@echo $(all_parts)
.PHONY: parts
# One of several that have the list, each part of which is somebody's.
share = for part in $(1); do mkdir $(OUT)/check.taken/$$part 2>/dev/null || continue; $(MAKE) check-$$part || status=1; done

# What both need is built first; what only a late guest needs, beside the first ones.
check:
	$(if $(parts),,$(error LANE=$(LANE): one of direct nested xen))
	$(Q)rm -rf $(OUT)/check $(OUT)/check.taken; mkdir -p $(OUT)/check $(OUT)/check.taken; date >$(OUT)/check/start.log
	$(Q)$(MAKE) vm FLAVOUR=plain QEMU=patched && $(MAKE) igt$(if $(filter direct,$(LANE)), && $(MAKE) vm FLAVOUR=debug && $(MAKE) mesa libdrm)
	$(Q)status=0; trap 'trap - TERM; kill 0' INT TERM; \
	{ $(call share,$(parts_here) $(parts_guest)); exit $$status; } & here=$$!; \
	$(call share,$(parts_guest) $(parts_here)); wait $$here || status=1; \
	$(MAKE) check-end PARTS="$(parts)" || status=1; exit $$status
# The end of it: the report, what took longest, the sum.
check-end:
	$(Q)$(MAKE) report PARTS="$(PARTS)" || echo "not ok the report is written" >$(OUT)/check/report
	$(Q)scripts/make/slowest $(OUT)/check; scripts/make/sum-counts $(OUT)/check $(PARTS) $$(cd $(OUT)/check; ls report 2>/dev/null)

check-lint: $(sysroot) $(linux_patched) $(call patched,qemu-patches) $(module_source) $(sparse) $(OUT)/kernel/.debug
	$(Q)mkdir -p $(OUT)/check
	$(Q)scripts/make/step "check: lint" $(OUT)/log/lint.log scripts/check/lint $(call counts,lint) || { \
		echo "repeat with: make check-lint V=1" >&2; exit 1; }

machine_scripts := tests/runner.sh tests/nested.sh tests/xen.sh
unit_tests := functions lane verdict igt-verdict qmp report ratio screen starved klog prime
sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
$(bin)/test-functions: tests/functions.c bench/functions.c
$(bin)/test-lane: tests/lane.c runner/lane.c
$(bin)/test-verdict: tests/verdict.c runner/verdict.c runner/klog.c
$(bin)/test-igt-verdict: tests/igt-verdict.c report/igt-verdict.c report/igt-update.c
$(bin)/test-qmp: tests/qmp.c runner/qmp.c
$(bin)/test-report: tests/report.c $(filter-out report/report.c,$(report_sources))
$(bin)/test-ratio: tests/ratio.c bench/ratio.c
$(bin)/test-screen: tests/screen.c runner/screen.c
$(bin)/test-starved: tests/starved.c runner/starved.c
$(bin)/test-klog: tests/klog.c runner/klog.c
$(bin)/test-prime: tests/prime.c virtgpu-prime/decide.c virtgpu-prime/steps.c $(module_source)
$(bin)/test-%: $(sysroot) $(wildcard bench/*.h report/*.h virtgpu-prime/*.h runner/*.h)
	$(call compile,$^,cmocka glib-2.0 json-c libdrm libpng libxml-2.0 xcb,$(sanitize) -Iout/module/source/include/uapi -Ibench -Ireport -Ivirtgpu-prime -Irunner -lm)

# Of this repository: C, and scripts that boot nothing.
unit_scripts := $(filter-out $(machine_scripts),$(wildcard tests/*.sh))
check-unit: $(unit_tests:%=$(bin)/test-%) $(bin)/virtgpu-prime $(bin)/prime-draw $(linux_patched)
	$(Q)mkdir -p $(OUT)/check
	$(Q)scripts/make/step "check: unit tests" $(OUT)/log/check-unit.log scripts/check/unit $(call counts,unit) \
		$(unit_tests:%=out/bin/test-%) $(unit_scripts)

# The machine itself: what dies or hangs in it, in each lane.
check-machine: override BLOB := off
check-machine: override QEMU := stock
check-machine: $(call machine,plain) $(qemu_binary) $(hypervisor)
	$(Q)mkdir -p $(OUT)/check
	$(Q)export RUNNER="$(call runner,plain,tcg,@name@,stock,2d)"; \
	$(foreach t,$(machine_scripts),$(call kept,check: the machine $(t),machine.$(t:tests/%.sh=%),\
		$(call guest_inputs,DRIVER=stock$(if $(filter %/runner.sh,$(t)),, LANE=nested)) $(call lane_files,LANE=$(if $(filter %/xen.sh,$(t)),xen,nested)) \
			$(if $(filter %/xen.sh,$(t)),$(hypervisor)) tests/machine.bash $(t) scripts/check/unit,\
		scripts/check/unit $(call counts,machine.$(t:tests/%.sh=%)) $(t)) || true;) \
	cat $(machine_scripts:tests/%.sh=$(call counts,machine.%)) >$(call counts,machine) || echo "not ok one left no result" >>$(call counts,machine)
	$(Q)scripts/make/tally $(call counts,machine)

kunitconfig := $(driver_dir)/tests
kernel_inputs = $(OUT)/src/linux $(OUT)/sysroot/.manifest
check-kunit: $(linux_patched) $(sysroot)
	$(Q)$(call kept_week,check: KUnit on UML,kunit,$(kernel_inputs) scripts/check/kunit scripts/guest/patient,$(enter) scripts/check/kunit $(kunitconfig) out/check/kunit um)

# The same on QEMU; a kernel of its own is too long for check.
check-kunit-x86: $(linux_patched) $(sysroot) $(accel)
	$(Q)mkdir -p $(OUT)/check
	$(Q)scripts/make/step "check: KUnit on x86_64" $(OUT)/log/$@.log $(enter) scripts/check/kunit $(kunitconfig) out/check/kunit-x86 x86_64 $$(cat $(accel))

check-big-endian: $(linux_patched) $(sysroot)
	$(Q)$(call kept,check: driver and KUnit tests for s390x,big-endian,$(kernel_inputs) scripts/check/build-big-endian scripts/make/configure-kernel kernel/config,\
		$(enter) scripts/check/build-big-endian out/src/linux out/build/s390x out/check/big-endian)

# The stock driver beside it, for what the checker finds in both.
check-matrix: $(linux_patched) $(OUT)/.sysroot-matrix
	$(Q)mkdir -p $(OUT)/check $(OUT)/build/matrix/stock
	$(Q)git -C $(OUT)/src/linux archive base $(driver_dir) | tar -x -C $(OUT)/build/matrix/stock
	$(Q)scripts/make/step "check: driver in other configurations" $(OUT)/log/$@.log env TREE=$(OUT)/sysroot-matrix $(enter) scripts/check/build-matrix out/src/linux out/build/matrix out/check/matrix

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
check-igt-kept: igt_axes := FLAVOUR=plain GPU=kept BLOB=off DRIVER=ours LIST=unplug TESTS='core_getversion virtgpu_suspend'
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
	virtgpu_prime@import-limits virtgpu_prime@guest-handle virtgpu_prime@host-3d virtgpu_scanout@import virtgpu_scanout@frames \
	virtgpu_scanout@flip virtgpu_scanout@free virtgpu_scanout@host virtgpu_scanout@cursor'
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
igt_all_axes = UPDATE= QEMU=stock LANE=direct TIMEOUT=1800 $(igt_axes)
# The last of several words NAME=value: name
igt_axis = $(patsubst $(1)=%,%,$(lastword $(filter $(1)=%,$(igt_all_axes))))
igt_expected = igt-tests/expectations/$(call igt_axis,LANE)-$(call igt_axis,GPU)$(if $(filter stock,$(call igt_axis,DRIVER)),-stock)$(addprefix \
	-,$(filter-out stock,$(call igt_axis,QEMU)) $(call igt_axis,LIST))
igt_inputs = $(call guest_inputs,$(igt_all_axes)) $(igt_binaries) $(bin)/igt-verdict mk/igt.mk scripts/check/igt-list scripts/guest/{igt-run,patient} \
	$(if $(filter LANE=vfio,$(igt_all_axes)),$(edu_module)) $(igt_debs) igt-tests/expectations/skips.txt \
	igt-tests/testlist$(addprefix -,$(call igt_axis,LIST)) $(wildcard $(subst $(space),,$(igt_expected))-*.txt)
# Controls on the stock driver; what shows that a lane works has a week: the other lists have the driver.
igt_kept = $(if $(filter %-control,$(1)),kept,$(if $(filter %-smoke,$(1)),kept_week,kept_hours))
$(patsubst %,check-%,$(filter-out igt-upstream,$(filter igt-%,$(all_parts)))):
	$(Q)mkdir -p $(OUT)/check; $(MAKE) -s vm igt $(bin)/igt-verdict $(igt_all_axes)
	$(Q)$(call $(call igt_kept,$@),check: IGT $(igt_axes),$(@:check-%=%),$(igt_inputs),\
		$(MAKE) check-igt $(igt_all_axes) COUNTS=$(call counts,$(@:check-%=%)))

# Patch by patch: too long for check. A test of ours has to pass from the patch on
# that the control (its expectations) says it proves.
check-patches: override BLOB := off
check-patches: override QEMU := stock
check-patches: $(call machine,plain) $(sparse) $(igt_binaries) $(bin)/igt-verdict
	$(Q)mkdir -p $(OUT)/check; rm -rf $(call counts,patches) $(OUT)/patches/linux # a warning shows only where something is compiled
	$(Q)export FROM="$(FROM)" TO="$(TO)" KEEP_GOING="$(KEEP_GOING)" \
		EXPECTATIONS=igt-tests/expectations/direct-gl RUNNER="$(call runner,plain,$$(cat $(accel)),patches,stock,gl)"; \
		scripts/series/check-patches $(call counts,patches) linux kernel scripts/series/check-kernel-patch core_getversion drm_virtgpu dumb_buffer

# A series on what it depends on, and on nothing else.
check-series: override BLOB := off
check-series: override QEMU := stock
check-series: $(call machine,plain) $(sparse) $(igt_binaries) $(bin)/igt-verdict
	$(Q)mkdir -p $(OUT)/check; rm -rf $(call counts,series) $(OUT)/patches/linux
	$(Q)export KEEP_GOING="$(KEEP_GOING)" LAST="$(LAST)" EXPECTATIONS=igt-tests/expectations/direct-gl \
		RUNNER="$(call runner,plain,$$(cat $(accel)),patches,stock,gl)"; \
		scripts/series/check-series $(call counts,series) "$(SERIES)" $(kunitconfig) core_getversion drm_virtgpu dumb_buffer

# A submitter's tree. The part is nobody's: who has one calls it.
$(if $(filter check-linux,$(MAKECMDGOALS)),$(if $(LINUX_SRC),,$(error usage: make check-linux LINUX_SRC=directory [SERIES=offload])))
check-linux: override BLOB := off
check-linux: override QEMU := stock
check-linux: $(linux_patched) $(call machine,plain) $(igt_binaries) $(bin)/igt-verdict
	$(Q)mkdir -p $(OUT)/check $(OUT)/log; ln -sfn /prime/out/build/linux-src/guest $(OUT)/kernel/linux-src
	$(Q)export EXPECTATIONS=igt-tests/expectations/direct-gl RUNNER="$(call runner,linux-src,$$(cat $(accel)),linux,stock,gl)"; \
		scripts/series/check-linux $(call counts,linux) $(call quote,$(LINUX_SRC)) "$(SERIES)" $(kunitconfig) core_getversion drm_virtgpu dumb_buffer
.PHONY: check-linux

# Without what was kept.
check-full: export RERUN := 1
check-full: export DKMS_LIST := whole
check-full:
	$(Q)status=0; $(MAKE) check || status=1; for part in $(parts_full); do $(MAKE) check-$$part FROM= TO= || status=1; done; \
	$(MAKE) check-end PARTS="$(parts) $(parts_full)" || status=1; exit $$status

.PHONY: check check-full check-end $(patsubst %,check-%,$(all_parts))
