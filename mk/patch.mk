# Patches <-> git commits in out/src. A component is a directory with a BASE file and
# NNNN-*.patch files, or NN-name/ with such files, one for each series; the names are
# the order.

components := kernel qemu-patches libdrm-patches mesa-patches
name_kernel := linux
tarball_kernel := linux-source.deb
name_qemu-patches := qemu
tarball_qemu-patches := qemu-source.tar.xz
name_libdrm-patches := libdrm
tarball_libdrm-patches := libdrm-source.tar.xz
name_mesa-patches := mesa
tarball_mesa-patches := mesa-source.tar.xz

patched = $(OUT)/src/.$(name_$(1))
linux_patched := $(call patched,kernel)

# A series that changed is applied again, unless out/src has work of yours.
define component
$(call patched,$(1)): $(fetched) $(1)/BASE $(wildcard $(1)/*.patch $(1)/[0-9]*/*.patch) scripts/series/patch scripts/series/import $(if $(FORCE),force)
	$$(Q)scripts/make/step "[2/7] $(name_$(1)) sources" $(OUT)/log/patch-$(name_$(1)).log \
		scripts/series/patch apply $(name_$(1)) $(1) $(OUT)/dl/$(tarball_$(1))
	$$(Q)grep 'has work that' $(OUT)/log/patch-$(name_$(1)).log || true
	$$(Q)touch $$@
endef
$(foreach c,$(components),$(eval $(call component,$(c))))

$(call one_of,COMPONENT,$(components))
patch: $(call patched,$(COMPONENT))
refresh: $(call patched,$(COMPONENT))
	$(Q)scripts/series/patch refresh $(name_$(COMPONENT)) $(COMPONENT)
series:
	@scripts/series/series list $(components)
force:
.PHONY: patch refresh series force
