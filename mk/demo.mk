# A frame of one device in a buffer of another, on the screen of a guest.

$(bin)/png-compare: $(sysroot) tools/png-compare.c vm/screen.c vm/screen.h
	$(call compile,tools/png-compare.c vm/screen.c,libpng xcb)

demo: FLAVOUR := plain
demo: $(call machine,plain) $(mesa) $(libdrm) $(bin)/xgrab $(bin)/png-compare
	@echo "[7/7] booting a guest with Debian's kernel and our driver ..."
	$(Q)$(call boot,demo) -- scripts/demo-run
	$(Q)mkdir -p $(OUT)/demo; cp $(OUT)/run/demo/frame.png $(OUT)/demo/frame.png
	$(Q)$(enter) sh -c 'printf "screen of host against guest: "; out/bin/png-compare out/run/demo/expected.png out/demo/frame.png'
	@echo "$(OUT)/demo/frame.png"
.PHONY: demo
