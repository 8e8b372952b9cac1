# Guest kernels and the module.
#   debug  the pristine source with every checker (kernel/config), cached
#   plain  Debian's own kernel, of the series that KERNEL names
# Both are stock; ours is the module, built out of tree against their headers.

kernel_series := 7.3 7.2 6.12 6.12-rt
$(call one_of,KERNEL,$(kernel_series))
kernel_name = $(1)$(if $(filter plain,$(1)),$(addprefix -,$(filter-out 7.3,$(2))))
guest_kernel = $(call kernel_name,$(FLAVOUR),$(KERNEL))
kernel_stamp = $(OUT)/kernel/.$(1)
driver_dir := drivers/gpu/drm/virtio
fragments := kernel/config/base.config kernel/config/debug.config kernel/config/trim.config

$(call kernel_stamp,debug): $(fetched) $(sysroot) $(fragments) scripts/make/build-kernel scripts/make/configure-kernel
	$(Q)$(call cached_kernel,debug,[3/7] kernel debug,\
		cat $(filter-out $(OUT)/%,$^); sha256sum <$(OUT)/dl/linux-source.deb; grep -E '^(binutils|gcc-14|libc6-dev|make) ' $(OUT)/sysroot/.manifest,\
		scripts/make/build-kernel,out/dl/linux-source.deb $(fragments))

# Debian's of a series, KERNEL=7.3: plain, the others: plain-7.2
define plain_kernel
$(call kernel_stamp,$(call kernel_name,plain,$(1))): $(fetched) $(sysroot) scripts/make/unpack-kernel
	$$(Q)$$(call cached_kernel,$(call kernel_name,plain,$(1)),[4/7] kernel plain $(1),\
		cat scripts/make/unpack-kernel; for d in $$(OUT)/dl/linux-*$(1)*.deb $$(OUT)/dl/linux-kbuild-$(1:%-rt=%).deb; do sha256sum <$$$$d; done,\
		scripts/make/unpack-kernel,out/dl $(1))
endef
$(foreach k,$(kernel_series),$(eval $(call plain_kernel,$(k))))

# flavour, label, what the key is made of, script, arguments
define cached_kernel
mkdir -p $(OUT)/kernel; \
$(call cached,kernel-$(1),$(2),$(3),$(enter) $(4) /cache/kernel-$(1)/$$key.tmp $(5)); \
$(call cached_link,kernel-$(1),$(OUT)/kernel/$(1)); touch $@
endef

# The driver with its own uapi headers, as a directory that builds anywhere.
module_source := $(OUT)/module/.source
driver_files := $(wildcard $(OUT)/src/linux/$(driver_dir)/*.[ch] $(OUT)/src/linux/$(driver_dir)/Makefile \
	$(OUT)/src/linux/include/uapi/linux/virtio_gpu.h $(OUT)/src/linux/include/uapi/drm/virtgpu_drm.h)

$(module_source): $(linux_patched) $(driver_files) kernel/dkms/Kbuild kernel/dkms/compat.patch \
	$(shell find kernel/dkms/compat -type f) scripts/make/module-source
	$(Q)scripts/make/module-source $(OUT)/src/linux $(OUT)/module/source
	$(Q)touch $@

$(OUT)/module/%/virtio-gpu.ko: $(OUT)/kernel/.% $(module_source)
	$(Q)mkdir -p $(@D)
	$(Q)scripts/make/step "[5/7] module $*" $(OUT)/log/module-$*.log \
		$(enter) scripts/make/build-module out/module/source/$(driver_dir) out/kernel/$*/headers out/module/$*
	$(Q)touch $@

.PRECIOUS: $(OUT)/module/%/virtio-gpu.ko

ifneq ($(KDIR),)
# Against the headers of the machine that make runs on, with its compiler.
module: $(module_source)
	$(Q)[ -e $(KDIR)/Makefile ] || { echo "$(KDIR) is no kernel build directory: apt install linux-headers-$$(uname -r)" >&2; exit 1; }
	$(Q)scripts/make/step "module for $(KDIR)" $(OUT)/log/module-kdir.log \
		scripts/make/build-module $(OUT)/module/source/$(driver_dir) $(KDIR) $(OUT)/module/kdir
	@echo "$(OUT)/module/kdir/virtio-gpu.ko"
else
module: $(OUT)/module/$(guest_kernel)/virtio-gpu.ko
endif

# A newer sparse than the tree's: 7.3 needs it.
sparse := $(OUT)/sparse/.unpacked
$(sparse): $(fetched)
	$(Q)rm -rf $(@D); dpkg-deb -x $(OUT)/dl/sparse.deb $(@D)
	$(Q)touch $@

# The patched kernel in tree: for who works on more than the driver.
kernel: $(linux_patched) $(sysroot)
	$(Q)scripts/make/step "kernel in tree, $(FLAVOUR)" $(OUT)/log/kernel-intree.log \
		$(enter) scripts/make/build-intree out/src/linux out/build/kernel-$(FLAVOUR) \
			$(if $(filter debug,$(FLAVOUR)),$(fragments),kernel/config/base.config)
	@echo "$(OUT)/build/kernel-$(FLAVOUR)/arch/x86/boot/bzImage"
.PHONY: module kernel
