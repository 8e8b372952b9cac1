# Mesa with our series, and the programs that show what it does in a guest.

mesa_src := $(OUT)/src/mesa
mesa := $(OUT)/.mesa
# The drivers, as Mesa calls them: VULKAN=swrast,virtio,amd adds RADV.
GALLIUM ?= virgl,llvmpipe,zink
VULKAN ?= swrast,virtio
mesa_packages := gcc gcc-14 glslang-tools libdrm-dev libexpat1-dev libwayland-dev libx11-dev libxcb1-dev llvm-19-dev wayland-protocols
# Where Mesa has NVK, too.
rust_packages := bindgen cbindgen librust-{paste,proc-macro2,quote,syn,unicode-ident}-dev rustc

# As QEMU: out/build keeps what was built, and what is committed in out/src/mesa
# goes into the cache from there.
mesa_build = env GALLIUM=$(GALLIUM) VULKAN=$(VULKAN) scripts/make/build-mesa out/src/mesa out/build/mesa /prime/out/mesa
mesa_edited = [ -n "$$(git -C $(mesa_src) status --porcelain -uno)" ]
mesa_made_from = git -C $(mesa_src) rev-parse 'HEAD^{tree}'; echo $(GALLIUM) $(VULKAN); cat scripts/make/build-mesa; \
	$(call versions,$(mesa_packages))

$(mesa): $(call patched,mesa-patches) $(sysroot) scripts/make/build-mesa force
	$(Q)if $(mesa_edited); then \
		rm -rf $(OUT)/build/mesa-edited; mkdir -p $(OUT)/build/mesa-edited; \
		scripts/make/step "Mesa, with uncommitted edits" $(OUT)/log/mesa.log $(enter) $(mesa_build) out/build/mesa-edited; \
		ln -sfn build/mesa-edited $(OUT)/mesa; touch $@; exit; \
	fi; \
	$(call cached,mesa,Mesa,$(mesa_made_from),$(enter) $(mesa_build) /cache/mesa/$$key.tmp); \
	$(call cached_stamp,mesa,$(OUT)/mesa)

mesa: $(mesa)
	@echo "$(OUT)/mesa (in the tree: /prime/out/mesa)"

# The series, and Mesa's own tests of what it touches.
mesa_test_inputs = $(mesa_src) scripts/make/build-mesa scripts/check/{test-mesa,meson-tap} $(OUT)/sysroot/.manifest
check-mesa: $(mesa)
	$(Q)$(call round_trip,mesa,mesa-patches)
	$(Q)$(call kept,check: Mesa's tests,mesa.tests,$(mesa_test_inputs),\
		$(enter) scripts/check/test-mesa out/src/mesa out/build/mesa out/check/mesa.tests)
	$(Q)cat $(call counts,mesa.series) $(call counts,mesa.tests) >$(call counts,mesa); scripts/make/tally $(call counts,mesa)

# Patch by patch, as check-patches does with the kernel's.
check-mesa-patches: $(call patched,mesa-patches) $(sysroot)
	$(Q)mkdir -p $(OUT)/check; rm -f $(call counts,mesa-patches)
	$(Q)export FROM="$(FROM)" TO="$(TO)" KEEP_GOING="$(KEEP_GOING)"; \
		scripts/series/check-patches $(call counts,mesa-patches) mesa mesa-patches scripts/series/check-mesa-patch $(mesa_packages)

# For who has another Mesa's tree: which patches apply to it (MESA_SRC=dir, a git tree; MESA_COMMIT=what of it).
mesa-on:
	$(Q)scripts/series/mesa-on "$(MESA_SRC)" "$(or $(MESA_COMMIT),HEAD)"
.PHONY: mesa-on

protocols := /usr/share/wayland-protocols
$(OUT)/gen/xdg-shell.c: protocol := $(protocols)/stable/xdg-shell/xdg-shell.xml
$(OUT)/gen/linux-dmabuf.c: protocol := $(protocols)/unstable/linux-dmabuf/linux-dmabuf-unstable-v1.xml
$(OUT)/gen/%.c: $(sysroot)
	$(Q)mkdir -p $(@D); $(enter) sh -c 'wayland-scanner client-header $(protocol) out/gen/$*-client.h; \
		wayland-scanner private-code $(protocol) out/gen/$*.c'
frames_sources := guest/frames.c runner/screen.c out/gen/xdg-shell.c
frames_needs := $(sysroot) guest/frames.c guest/frames.h runner/screen.c runner/screen.h $(OUT)/gen/xdg-shell.c
$(bin)/gl-frames: guest/gl-frames.c guest/device.c guest/device.h $(frames_needs)
	$(call compile,guest/gl-frames.c guest/device.c $(frames_sources),egl glesv2 libdrm x11 xcb libpng wayland-client wayland-egl,-Iout/gen -pthread)
$(bin)/foreign-buffer: $(sysroot) guest/foreign-buffer.c guest/device.c guest/device.h runner/screen.c runner/screen.h $(OUT)/gen/linux-dmabuf.c $(OUT)/gen/xdg-shell.c
	$(call compile,guest/foreign-buffer.c guest/device.c runner/screen.c out/gen/linux-dmabuf.c out/gen/xdg-shell.c,libdrm libpng xcb xcb-dri3 wayland-client,-Iout/gen)
$(bin)/render-node.so: $(sysroot) guest/render-node.c
	$(call compile,guest/render-node.c,libdrm,-shared -fPIC)
$(bin)/sdl-picture: $(sysroot) guest/sdl-picture.c runner/screen.c runner/screen.h
	$(call compile,guest/sdl-picture.c runner/screen.c,sdl2 libpng xcb)
$(bin)/glx-front $(bin)/glx-windows: $(bin)/%: $(sysroot) guest/%.c guest/glx.c guest/glx.h
	$(call compile,guest/$*.c guest/glx.c,gl x11)

# DRI_PRIME in guests LANE-DRIVER-QEMU, each with some sessions one after the other: SESSION-MESA,
# as scripts/guest/gl-run knows them.
gl_guests := direct-ours-stock direct-stock-stock direct-ours-stock-slow
# What a slow GPU costs is Mesa's doing.
weekly_gl := direct-ours-stock-slow
gl_guests_nested := nested-ours-patched
gl_guests_xen := xen-ours-patched
gl_guests_full := nested-ours-patched-full direct-ours-patched-full direct-stock-stock-full direct-stock-patched-full \
	direct-ours-stock-gl+2d direct-ours-stock-2d+gl direct-ours-stock-short direct-ours-stock-gone direct-ours-stock-kept direct-ours-stock-vkms direct-ours-patched-second
gl_sessions_direct-ours-stock := x11-ours wayland-ours sway-ours
gl_sessions_direct-ours-stock-slow := x11-ours
gl_sessions_direct-stock-stock := x11-ours x11-debian wayland-debian
gl_sessions_nested-ours-patched := x11-ours
gl_sessions_xen-ours-patched := x11-ours
gl_sessions_nested-ours-patched-full := wayland-ours
gl_sessions_direct-ours-patched-full := x11-ours wayland-ours
gl_sessions_direct-stock-stock-full := wayland-ours
gl_sessions_direct-stock-patched-full := x11-ours
gl_sessions_direct-ours-stock-gl+2d := x11-ours
gl_sessions_direct-ours-stock-2d+gl := x11-ours wayland-ours
gl_sessions_direct-ours-stock-short := x11-ours wayland-ours
gl_sessions_direct-ours-stock-gone := x11-ours wayland-ours sway-ours
gl_sessions_direct-ours-stock-kept := x11-ours wayland-ours sway-ours
gl_sessions_direct-ours-stock-vkms := x11-ours
gl_sessions_direct-ours-patched-second := wayland-ours
# vkms, to be the other GPU or one beside it, is in the flavour debug alone.
gl_axes = LANE=$(call axis,$(1),1) FLAVOUR=$(if $(filter %-second %-vkms,$(1)),debug,plain) BLOB=$(if $(filter nested-% %-second,$(1)),on,off) \
	GPU=$(or $(filter gl+2d 2d+gl kept,$(call axis,$(1),4)),$(if $(filter %-second,$(1)),2d,$(if $(filter %-vkms,$(1)),vga,gl))) \
	TIMEOUT=$(if $(filter full short second vkms,$(call gl_extent,$(1))),4800,1500) DRIVER=$(call axis,$(1),2) QEMU=$(call axis,$(1),3)
# How frames get to the host, where our Mesa shows them. A domain of Xen takes its time.
gl_path = $(if $(filter nested-%,$(1)),blob,$(if $(filter stock,$(call axis,$(1),2)),command,transfer))
gl_extent = $(if $(filter xen-%,$(1)),quick,$(if $(filter direct-ours-patched-full,$(1)),full,$(if $(findstring +,$(1)),two,$(filter slow short gone kept second vkms,$(call axis,$(1),4)))))
gl_programs := $(addprefix $(bin)/,gl-frames foreign-buffer glx-front glx-windows glx-scene sdl-picture xgrab png-compare)
gl_scripts = scripts/guest/{gl-run,gl-parts.sh,gl-others.sh,gl-slow.sh,gl-short.sh,gl-trace.sh,session.sh,prime-env.sh,patient}
# With two virtio-gpus Mesa and virtgpu-prime have to mean the same one.
gl_tool = $(if $(findstring +,$(1)),$(bin)/virtgpu-prime)
gl_inputs = $(call guest_inputs,$(call gl_axes,$(1))) $(gl_programs) $(call gl_tool,$(1)) $(OUT)/mesa $(OUT)/libdrm mk/mesa.mk \
	scripts/guest/jobs-run scripts/check/jobs-result $(gl_scripts)

gl-guest: vm $(mesa) $(libdrm) $(gl_programs) $(call gl_tool,$(GUEST))
	$(Q)$(call jobs,gl-$(GUEST),$(gl_sessions_$(GUEST)),\
		$(foreach s,$(gl_sessions_$(GUEST)),$(s) "scripts/guest/gl-run $(s) $(call gl_path,$(GUEST)) $(call gl_extent,$(GUEST))"))

gl_checks := check-gl check-gl-nested check-gl-xen check-gl-full
$(gl_checks): check-%:
	$(Q)$(MAKE) gl-guests GUESTS="$($(subst -,_,$(*:gl%=gl_guests%)))" NAME=$*
check-gl-full: $(bin)/virtgpu-prime
gl-guests: $(mesa) $(libdrm) $(gl_programs)
	$(Q)$(call guests,DRI_PRIME,$(GUESTS),gl_axes,gl_inputs,gl-guest,$(NAME))
	$(Q)scripts/make/tally $(call counts,$(NAME))
.PHONY: mesa gl-guest gl-guests
