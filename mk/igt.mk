# IGT: the packaged runner and tests, kept apart in out/igt, and our own tests.

igt := $(OUT)/igt/.unpacked
igt_lib := /prime/out/igt/usr/lib/x86_64-linux-gnu
igt_flags := -Wno-clobbered -Iout/module/source/include/uapi/drm -idirafter /usr/include/drm -Iigt-tests -pthread -L$(igt_lib) -l:libigt.so.0 \
	-Wl,-rpath=$(igt_lib),--disable-new-dtags -Wl,--unresolved-symbols=ignore-in-shared-libs
igt_ours := virtgpu_blob virtgpu_dumb virtgpu_execbuffer virtgpu_fuzz virtgpu_layout virtgpu_prime virtgpu_prime_fence virtgpu_transfer_stride
igt_patched := virtgpu_scanout
igt_unplug := virtgpu_hotunplug virtgpu_suspend
# Not for an IGT tree: it needs a module of ours.
igt_device := virtgpu_dma
igt_debs := $(addprefix $(OUT)/dl/,igt.deb igt-tests.deb libdrm-amdgpu1.deb)
igt_binaries := $(addprefix $(OUT)/igt/tests/,$(igt_ours) $(igt_unplug) $(igt_patched) $(igt_device))

$(igt): $(fetched)
	$(Q)rm -rf $(OUT)/igt; mkdir -p $(OUT)/igt/tests
	$(Q)for deb in $(igt_debs); do dpkg-deb -x $$deb $(OUT)/igt; done
	$(Q)rm -rf $(OUT)/igt/usr/share/{doc,man}
	$(Q)cd $(OUT)/igt/tests; for t in ../usr/libexec/igt-gpu-tools/*; do [ -d $$t ] || ln -s $$t .; done
	$(Q)touch $@

$(OUT)/igt/tests/virtgpu_%: igt-tests/virtgpu_%.c igt-tests/virtgpu_helper.c $(wildcard igt-tests/*.h) $(igt) $(sysroot) $(module_source)
	$(call compile,$< igt-tests/virtgpu_helper.c,libdrm libpng,$(igt_flags))

$(edu_module): $(OUT)/kernel/.plain $(igt) $(wildcard igt-tests/edu/*)
	$(Q)scripts/make/step "module edu-dma" $(OUT)/log/edu.log \
		$(enter) scripts/make/build-module igt-tests/edu out/kernel/plain/headers out/build/edu
	$(Q)cp $(OUT)/build/edu/edu-dma.ko $@

igt: $(igt_binaries)

# One run of a list of tests in the guest. Everything that says what is expected
# is in igt-tests/: the list, and expectations per lane in drm/ci's format.
igt_list = $(if $(TESTS),$(TESTS),$$(grep -v '^\#' igt-tests/testlist$(addprefix -,$(LIST))))
igt_host = $(addprefix -,$(filter-out stock,$(QEMU)))
igt_run = igt-$(LANE)-$(guest_kernel)-$(DRIVER)-$(GPU)$(igt_host)$(addprefix -,$(LIST))
igt_kernel = $(patsubst plain%,%,$(filter plain-%,$(guest_kernel)))
# In one process for all of a test's subtests: upstream's, which are many, and under KASAN, where one more takes 5 s;
# not where a context of one keeps the next one's device awake.
igt_shared = $(if $(filter upstream,$(LIST))$(and $(filter debug,$(FLAVOUR)),$(filter-out xunplug,x$(LIST))),--shared)
expectations = igt-tests/expectations/$(LANE)-$(GPU)

igt_verdict := report/igt-verdict.c report/igt-update.c report/igt-verdict-main.c
$(bin)/igt-verdict: $(sysroot) $(igt_verdict) report/igt-verdict.h
	$(call compile,$(igt_verdict),glib-2.0 json-c)

# What repeats a run, for the report: the axes, and on a second line the tests if not all.
igt_axes_now = LANE=$(LANE) QEMU=$(QEMU) FLAVOUR=$(FLAVOUR)$(igt_kernel:-%= KERNEL=%) DRIVER=$(DRIVER) GPU=$(GPU) BLOB=$(BLOB)$(addprefix $(space)LIST=,$(LIST))
space := $(subst ,, )

check-igt: vm $(igt_binaries) $(bin)/igt-verdict
	$(Q)status=0; dir=$(OUT)/run/$(igt_run); mkdir -p $$dir; rm -f $$dir/{testlist,results.txt,report.txt,machine.log}; \
	printf '%s\n' 'make check-igt $(igt_axes_now)' $(call quote,$(TESTS)) >$$dir/repeat; \
	$(enter) scripts/check/igt-list igt-tests/expectations/skips.txt $(igt_list) >$$dir/testlist || exit 1; \
	{ $(call boot,$(igt_run)) -q -- scripts/guest/igt-run $(igt_shared:%=-m) 2>&1 >&3 | tee $$dir/machine.log >&2; } 3>&1 || status=$$?; \
	$(enter) out/bin/igt-verdict --run out/run/$(igt_run) --machine $$status \
		--expectations $(expectations)$(if $(filter stock,$(DRIVER)),-stock)$(igt_host)$(addprefix -,$(LIST))$(igt_kernel:%-rt=%) \
		$(if $(UPDATE),--update) $(igt_shared) $(if $(COUNTS),--counts $(call in_out,$(COUNTS))) || { status=$$?; \
		echo "repeat with: make check-igt $(igt_axes_now) TESTS=..." >&2; \
		echo "results: $$dir" >&2; exit $$status; }
# Upstream's tests, with the stock driver and with ours: ours may be no worse.
upstream_axes = FLAVOUR=plain QEMU=stock GPU=gl BLOB=off LANE=direct LIST=upstream TESTS= UPDATE= TIMEOUT=900
upstream_run = $(OUT)/run/igt-direct-plain-$(1)-gl-upstream/results.txt
check-igt-upstream:
	$(Q)rm -rf $(OUT)/check/upstream; mkdir -p $(OUT)/check/upstream
	$(Q)for driver in stock ours; do $(MAKE) check-igt $(upstream_axes) DRIVER=$$driver COUNTS=$(OUT)/check/upstream/$$driver || true; done; \
	scripts/check/igt-compare $(call upstream_run,stock) $(call upstream_run,ours) >$(OUT)/check/upstream/compare || true; \
	for of in stock ours compare; do sed -nE "s/^(ok|not ok) /\1 upstream-$$of: /p" $(OUT)/check/upstream/$$of; done >$(OUT)/check/igt-upstream; \
	grep -v '^ok ' $(OUT)/check/upstream/compare; scripts/make/tally $(OUT)/check/igt-upstream

# Our tests for an IGT tree; IGT_SRC: one to try it on.
igt-patch: $(module_source)
	$(Q)IGT_SRC="$(IGT_SRC)" scripts/series/igt-patch $(OUT)/module/source/include/uapi/drm/virtgpu_drm.h $(OUT)/igt-patch \
		$(sort $(igt_ours) $(igt_unplug) $(igt_patched))
	@ls $(OUT)/igt-patch/*.patch
.PHONY: igt igt-patch check-igt check-igt-upstream

# What fails without which patch.
proofs:
	$(Q)scripts/series/proofs-table
.PHONY: proofs
