# Mesa with our series, and the programs that show what it does.

$(OUT)/gen/xdg-shell-client.h: $(sysroot)
	$(Q)mkdir -p $(@D); $(enter) sh -c 'xml=/usr/share/wayland-protocols/stable/xdg-shell/xdg-shell.xml; \
		wayland-scanner client-header $$xml out/gen/xdg-shell-client.h; wayland-scanner private-code $$xml out/gen/xdg-shell.c'

$(bin)/gl-frames: $(sysroot) tools/gl-frames.c vm/screen.c vm/screen.h $(OUT)/gen/xdg-shell-client.h
	$(call compile,tools/gl-frames.c vm/screen.c out/gen/xdg-shell.c,egl glesv2 x11 xcb libpng wayland-client wayland-egl,-Iout/gen -pthread)
