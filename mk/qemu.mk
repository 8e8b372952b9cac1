# QEMU with our series, for QEMU=patched. It is built in out/build; what is
# committed in out/src/qemu goes into the cache from there. SANITIZE=1: with ASan
# and UBSan, as out/qemu-asan, for qtests of virtio-gpu and nothing else.

SANITIZE ?=
qemu_name := qemu$(if $(SANITIZE),-asan)
qemu_options := $(if $(SANITIZE),--enable-asan --enable-ubsan --disable-tcg --disable-xen --disable-tpm --disable-virtfs \
	--without-default-devices --with-devices-x86_64=virtio-gpu)
qemu_binary := $(OUT)/$(qemu_name)/qemu-system-x86_64
qemu_packages := gcc gcc-14 libepoxy-dev libfdt-dev libglib2.0-dev libpixman-1-dev libpng-dev libsdl2-dev libvirglrenderer-dev libxen-dev

# No prerequisite can name the commits and edits in out/src.
$(qemu_binary): $(call patched,qemu-patches) $(sysroot) scripts/make/build-qemu force
	$(Q)src=$(OUT)/src/qemu; build="scripts/make/build-qemu out/src/qemu out/build/$(qemu_name) $(qemu_options)"; \
	label="QEMU$(if $(SANITIZE), with sanitizers)"; log=$(OUT)/log/$(qemu_name).log; \
	if [ -n "$$(git -C $$src status --porcelain -uno)" ]; then \
		scripts/make/step "$$label, with uncommitted edits" $$log $(enter) $$build; \
		ln -sfn build/$(qemu_name) $(OUT)/$(qemu_name); exit; \
	fi; \
	$(call cached,qemu,$$label,git -C $$src rev-parse 'HEAD^{tree}'; echo $(qemu_options); cat scripts/make/build-qemu; \
		$(call versions,$(qemu_packages)),\
		$(enter) sh -c "$$build && cd out/build/$(qemu_name) && cp --parents qemu-system-x86_64 \
			tests/qtest/virtio-gpu-test tests/qtest/virtio-gpu-hostile-test tests/qtest/libvirtio-gpu-preload.so /cache/qemu/$$key.tmp",$(qemu_name)); \
	$(call cached_link,qemu,$(OUT)/$(qemu_name))

qemu: $(qemu_binary)
	@echo "$<"
.PHONY: qemu
