# User Mode Linux: a guest with udmabuf and vgem for what needs no virtio-gpu of its own and is
# long under TCG. Nothing of ours is in this kernel, but it is built from out/src/linux.

uml := $(OUT)/kernel/uml/linux
uml_others = git -C $(OUT)/src/linux diff base HEAD -- . ':!$(driver_dir)' ':!Documentation' ':!include/uapi/*/virt*gpu*'
$(OUT)/kernel/.uml: $(linux_patched) $(sysroot) kernel/config/uml.config scripts/make/build-uml scripts/make/configure-kernel
	$(Q)mkdir -p $(OUT)/kernel; \
	$(call cached,uml,kernel for User Mode Linux,git -C $(OUT)/src/linux rev-parse 'base^{tree}'; $(uml_others); cat $(filter-out $(OUT)/%,$^); \
		grep -E '^(binutils|gcc-14|libc6-dev) ' $(OUT)/sysroot/.manifest,\
		$(enter) sh -c "scripts/make/build-uml out/src/linux out/build/uml kernel/config/uml.config && cp out/build/uml/linux /cache/uml/$$key.tmp"); \
	$(call cached_link,uml,$(OUT)/kernel/uml); touch $@
