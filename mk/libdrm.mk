# libdrm with our series: libdrm_virtgpu, and the programs that test it in a guest.

libdrm_patched := $(call patched,libdrm-patches)
libdrm_src := $(OUT)/src/libdrm
libdrm := $(OUT)/.libdrm

# What the build is made of, in whatever state it is: it is what you see that gets built.
libdrm_inputs = cat scripts/build-libdrm; grep -E '^(binutils|gcc-14|libc6-dev|meson) ' $(OUT)/sysroot/.manifest; \
	git -C $(libdrm_src) ls-files -co --exclude-standard -z | (cd $(libdrm_src) && xargs -0 sha256sum)

$(libdrm): $(libdrm_patched) $(sysroot) force
	$(Q)key=$$({ $(libdrm_inputs); } | sha256sum | cut -c1-16); \
	[ -d $(CACHE)/libdrm/$$key ] || \
	scripts/step "libdrm" $(OUT)/log/libdrm.log scripts/once $(CACHE)/libdrm/$$key \
		$(enter) scripts/build-libdrm out/src/libdrm /cache/libdrm/$$key.tmp /prime/out/libdrm; \
	[ "$$(readlink $(OUT)/libdrm)" = /cache/libdrm/$$key ] && [ -e $@ ] || { \
		ln -sfn /cache/libdrm/$$key $(OUT)/libdrm; touch $@; }

libdrm: $(libdrm)
	@echo "$(OUT)/libdrm (in the tree: /prime/out/libdrm)"

# The library's test of a device, where it has to do without, too, and vgem on
# the faux bus. driver, gpu
libdrm_guest = $(enter) $(call runner,plain,$$(cat $(accel)),libdrm-$(1)-$(2),$(1),$(2)) -q -- 'export LD_LIBRARY_PATH=/prime/out/libdrm/lib; \
	modprobe vgem; cd out/libdrm/bin; ./drmdevice | grep -A 1 "+-> faux" | grep -qP "name\tvgem$$" && echo "ok - drmdevice knows the faux bus" || \
	echo "not ok - drmdevice knows the faux bus"; ./virtgpu_test'
libdrm_guests := ours-gl stock-gl ours-2d

check-libdrm: override LANE := direct
check-libdrm: override QEMU := stock
check-libdrm: override BLOB := off
check-libdrm: $(libdrm) $(call machine,plain)
	$(Q)mkdir -p $(OUT)/check; rm -f $(call counts,libdrm)
	$(Q)scripts/step "check: libdrm series" $(OUT)/log/check-libdrm-series.log scripts/check-round-trip libdrm libdrm-patches
	$(Q)rm -rf $(libdrm_guests:%=$(OUT)/run/libdrm-%); mkdir -p $(libdrm_guests:%=$(OUT)/run/libdrm-%)
	$(Q)$(foreach g,$(libdrm_guests),scripts/step "check: libdrm in a guest, $(subst -,$(comma) ,$(g))" $(OUT)/log/check-libdrm-$(g).log \
		$(call libdrm_guest,$(word 1,$(subst -, ,$(g))),$(word 2,$(subst -, ,$(g)))) || \
		echo "not ok - the machine: $(g)" >>$(OUT)/run/libdrm-$(g)/output.log;)
	$(Q)scripts/step "check: libdrm's tests" $(OUT)/log/check-libdrm.log \
		$(enter) scripts/check-libdrm out/src/libdrm out/check/libdrm $(libdrm_guests:%=out/run/libdrm-%/output.log)
comma := ,
.PHONY: libdrm
