# A frame of one device in a buffer of another, on the screen of a guest.

# The sources need no tree, and are unpacked beside it.
demo:
	$(Q)$(MAKE) -j3 $(sysroot) $(linux_patched) $(call patched,mesa-patches) $(call patched,libdrm-patches)
	$(Q)$(MAKE) demo-guest FLAVOUR=plain
demo-guest: $(call machine,plain) $(mesa) $(libdrm) $(bin)/xgrab $(bin)/png-compare
	@echo "[7/7] booting a guest with Debian's kernel and our driver ..."
	$(Q)$(call boot,demo) -- scripts/guest/demo-run $(if $(filter nested,$(LANE)),blob,$(if $(filter stock,$(DRIVER)),command,transfer))
	$(Q)mkdir -p $(OUT)/demo; cp $(OUT)/run/demo/frame.png $(OUT)/demo/frame.png
	$(Q)$(enter) sh -c 'printf "screen of host against guest: "; out/bin/png-compare out/run/demo/expected.png out/demo/frame.png'
	@echo "$(OUT)/demo/frame.png"
.PHONY: demo demo-guest
