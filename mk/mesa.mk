# Mesa with our series, and the programs that show what it does in a guest.

mesa_src := $(OUT)/src/mesa
mesa := $(OUT)/.mesa
mesa_packages := gcc gcc-14 libdrm-dev libexpat1-dev libwayland-dev libx11-dev libxcb1-dev llvm-19-dev wayland-protocols

# As QEMU: out/build keeps what was built, and what is committed in out/src/mesa
# goes into the cache from there.
mesa_build = scripts/build-mesa out/src/mesa out/build/mesa /prime/out/mesa
$(mesa): $(call patched,mesa-patches) $(sysroot) scripts/build-mesa force
	$(Q)if [ -n "$$(git -C $(mesa_src) status --porcelain -uno)" ]; then \
		rm -rf $(OUT)/build/mesa-edited; mkdir -p $(OUT)/build/mesa-edited; \
		scripts/step "Mesa, with uncommitted edits" $(OUT)/log/mesa.log $(enter) $(mesa_build) out/build/mesa-edited; \
		ln -sfn build/mesa-edited $(OUT)/mesa; touch $@; exit; \
	fi; \
	key=$$({ git -C $(mesa_src) rev-parse 'HEAD^{tree}'; cat scripts/build-mesa; \
		for p in $(mesa_packages); do grep "^$$p " $(OUT)/sysroot/.manifest; done; } | sha256sum | cut -c1-16); \
	[ -d $(CACHE)/mesa/$$key ] || \
	scripts/step "Mesa" $(OUT)/log/mesa.log scripts/once $(CACHE)/mesa/$$key $(enter) $(mesa_build) /cache/mesa/$$key.tmp; \
	[ "$$(readlink $(OUT)/mesa)" = /cache/mesa/$$key ] && [ -e $@ ] || { ln -sfn /cache/mesa/$$key $(OUT)/mesa; touch $@; }

mesa: $(mesa)
	@echo "$(OUT)/mesa (in the tree: /prime/out/mesa)"

$(OUT)/gen/xdg-shell.c: $(sysroot)
	$(Q)mkdir -p $(@D); $(enter) sh -c 'xml=/usr/share/wayland-protocols/stable/xdg-shell/xdg-shell.xml; \
		wayland-scanner client-header $$xml out/gen/xdg-shell-client.h; wayland-scanner private-code $$xml out/gen/xdg-shell.c'
$(bin)/gl-frames: $(sysroot) tools/gl-frames.c vm/screen.c vm/screen.h $(OUT)/gen/xdg-shell.c
	$(call compile,tools/gl-frames.c vm/screen.c out/gen/xdg-shell.c,egl glesv2 x11 xcb libpng wayland-client wayland-egl,-Iout/gen -pthread)
$(bin)/glx-front: $(sysroot) tools/glx-front.c
	$(call compile,tools/glx-front.c,gl x11)
.PHONY: mesa
