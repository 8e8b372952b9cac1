# Programs that are drawn and looked at in guests.

$(bin)/glx-scene: $(sysroot) guest/glx-scene.c
	$(call compile,guest/glx-scene.c,gl x11)
$(bin)/xgrab: $(sysroot) guest/xgrab.c vm/screen.c vm/screen.h
	$(call compile,guest/xgrab.c vm/screen.c,libpng xcb)
