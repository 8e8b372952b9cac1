# Vulkan in guests: programs that render on the other GPU, shown by virtio-gpu.

$(bin)/vk-frames: tools/vk-frames.c $(frames_needs)
	$(call compile,tools/vk-frames.c $(frames_sources),vulkan x11 xcb libpng wayland-client,-Iout/gen -pthread -lm)

# LANE-DRIVER-QEMU-SESSION, as scripts/vk-run knows the last.
vk_guests := direct-ours-stock-x11 direct-ours-stock-wayland direct-stock-stock-x11 direct-stock-stock-wayland
vk_guests_full := direct-ours-stock-xwayland direct-ours-stock-sway direct-ours-patched-x11 direct-ours-patched-wayland
vk_axes = LANE=$(call axis,$(1),1) FLAVOUR=plain GPU=gl BLOB=off TIMEOUT=$(if $(call vk_extent,$(1)),2400,900) \
	DRIVER=$(call axis,$(1),2) QEMU=$(call axis,$(1),3)
vk_extent = $(if $(filter direct-ours-patched-%,$(1)),full)
vk_programs := $(addprefix $(bin)/,vk-frames xgrab png-compare)

vk-guest: vm $(mesa) $(vk_programs)
	$(Q)$(call boot,vk-$(GUEST)) -- scripts/vk-run $(call axis,$(GUEST),4) $(call vk_extent,$(GUEST))

check-vk check-vk-full: check-%: $(mesa) $(vk_programs)
	$(Q)$(MAKE) vk-guests GUESTS="$($(subst -,_,$(*:vk%=vk_guests%)))" COUNTS=$(call counts,$*)
vk-guests:
	$(Q)mkdir -p $(OUT)/check; rm -rf $(COUNTS) $(GUESTS:%=$(OUT)/run/vk-%)
	$(Q)$(foreach g,$(GUESTS),mkdir -p $(OUT)/run/vk-$(g); scripts/step "check: Vulkan, $(g)" $(OUT)/log/check-vk-$(g).log \
		$(MAKE) vk-guest GUEST=$(g) $(call vk_axes,$(g)) || echo "FAILED the machine" >>$(OUT)/run/vk-$(g)/output.log;) \
	for g in $(GUESTS); do sed -nE "s/^(ok|FAILED) /\1 $$g: /p" $(OUT)/run/vk-$$g/output.log; done >$(OUT)/run/vk.txt
	$(Q)scripts/tally $(OUT)/run/vk.txt | tee $(COUNTS)
.PHONY: vk-guest vk-guests
