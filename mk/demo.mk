# A frame of one device in a buffer of another, on the screen of a guest.

$(bin)/demo: $(sysroot) tools/demo.c tools/device.c tools/device.h tools/scene.c tools/scene.h tools/virgl.h $(module_source)
	$(call compile,tools/demo.c tools/device.c tools/scene.c,libdrm egl glesv2 libpng,-Iout/module/source/include/uapi -pthread -lm)
$(bin)/png-compare: $(sysroot) tools/png-compare.c vm/screen.c vm/screen.h
	$(call compile,tools/png-compare.c vm/screen.c,libpng xcb)

demo: FLAVOUR := plain
demo: $(call machine,plain) $(bin)/demo $(bin)/png-compare
	@echo "[7/7] booting a guest with Debian's kernel and our driver ..."
	$(Q)$(call boot,demo) -- 'modprobe vgem && demo $$PRIME_DIR'
	$(Q)mkdir -p $(OUT)/demo; cp $(OUT)/run/demo/frame.png $(OUT)/demo/frame.png
	$(Q)$(enter) sh -c 'printf "screen against buffer: "; out/bin/png-compare out/run/demo/expected.png out/demo/frame.png'
	@echo "$(OUT)/demo/frame.png"
.PHONY: demo
