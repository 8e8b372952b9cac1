# Programs that are drawn and looked at in guests.

$(bin)/glx-scene: $(sysroot) guest/glx-scene.c
	$(call compile,guest/glx-scene.c,gl x11)
$(bin)/xgrab: $(sysroot) guest/xgrab.c runner/screen.c runner/screen.h
	$(call compile,guest/xgrab.c runner/screen.c,libpng xcb)
