# libdrm with our series: libdrm_virtgpu, and the programs that test it in a guest.

libdrm_patched := $(call patched,libdrm-patches)
libdrm_src := $(OUT)/src/libdrm
libdrm := $(OUT)/.libdrm

# What the build is made of, in whatever state it is: it is what you see that gets built.
libdrm_inputs = cat scripts/make/build-libdrm; grep -E '^(binutils|gcc-14|libc6-dev|meson) ' $(OUT)/sysroot/.manifest; \
	git -C $(libdrm_src) ls-files -co --exclude-standard -z | (cd $(libdrm_src) && xargs -0 sha256sum)

$(libdrm): $(libdrm_patched) $(sysroot) force
	$(Q)$(call cached,libdrm,libdrm,$(libdrm_inputs),\
		$(enter) scripts/make/build-libdrm out/src/libdrm /cache/libdrm/$$key.tmp /prime/out/libdrm); \
	$(call cached_stamp,libdrm,$(OUT)/libdrm)

libdrm: $(libdrm)
	@echo "$(OUT)/libdrm (in the tree: /prime/out/libdrm)"

# On this machine; in guests it is a job of check-user.
libdrm_test_inputs = scripts/check/{check-libdrm,libdrm-edits,meson-tap} libdrm-patches/edits $(libdrm_src) $(OUT)/sysroot/.manifest
check-libdrm: $(libdrm)
	$(Q)$(call round_trip,libdrm,libdrm-patches)
	$(Q)$(call kept,check: libdrm's tests,libdrm.tests,$(libdrm_test_inputs),\
		$(enter) scripts/check/check-libdrm out/src/libdrm out/check/libdrm.tests)
	$(Q)cat $(call counts,libdrm.series) $(call counts,libdrm.tests) >$(call counts,libdrm); scripts/make/tally $(call counts,libdrm)
.PHONY: libdrm
