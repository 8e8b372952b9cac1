# Pictures in guests: what draws one, what takes one from the screen, what compares two.

$(bin)/glx-scene: $(sysroot) guest/glx-scene.c
	$(call compile,guest/glx-scene.c,gl x11)
$(bin)/xgrab: $(sysroot) guest/xgrab.c runner/screen.c runner/screen.h
	$(call compile,guest/xgrab.c runner/screen.c,libpng xcb)
$(bin)/png-compare: $(sysroot) guest/png-compare.c runner/screen.c runner/screen.h
	$(call compile,guest/png-compare.c runner/screen.c,libpng xcb)
