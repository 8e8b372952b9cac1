# Programs that are drawn and looked at in guests.

$(bin)/glx-scene: $(sysroot) tools/glx-scene.c
	$(call compile,tools/glx-scene.c,gl x11)
$(bin)/xgrab: $(sysroot) tools/xgrab.c vm/screen.c vm/screen.h
	$(call compile,tools/xgrab.c vm/screen.c,libpng xcb)
