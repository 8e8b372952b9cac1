# Vulkan in guests: programs that render on the other GPU, shown by virtio-gpu.

# With windows of its own, and with SDL's.
vk_window_vk-frames := guest/vk-native.c
vk_window_sdl-frames := guest/vk-sdl.c
$(bin)/vk-frames $(bin)/sdl-frames: $(bin)/%: guest/vk-frames.c guest/vk-native.c guest/vk-sdl.c guest/vk-window.h $(frames_needs)
	$(call compile,guest/vk-frames.c $(vk_window_$*) $(frames_sources),vulkan x11 xcb libpng wayland-client $(if $(filter sdl-%,$*),sdl2),-Iout/gen -pthread -lm)

$(bin)/venus-import: $(sysroot) guest/venus-import.c guest/device.c guest/device.h $(module_source)
	$(call compile,guest/venus-import.c guest/device.c,libdrm vulkan,-Iout/module/source/include/uapi/drm)

# What virglrenderer has venus in, of the version that the tree's QEMU loads.
virgl_server := $(OUT)/virgl-server/usr/libexec/virgl_render_server
$(virgl_server): $(fetched)
	$(Q)dpkg-deb -x $(OUT)/dl/virgl-server.deb $(OUT)/virgl-server && touch $@

# Guests LANE-DRIVER-QEMU[-EXTENT], each with some sessions one after the other, as scripts/guest/vk-run knows them.
vk_guests := direct-ours-stock direct-ours-stock-wayland direct-stock-stock-control
# The driver does with these frames what it does with those of X11.
weekly_vk := direct-ours-stock-wayland
vk_guests_full := direct-ours-stock-sessions direct-stock-stock-all direct-ours-patched-full \
	direct-ours-stock-zink direct-ours-stock-2d nested-ours-patched-blob venus-ours-patched
vk_sessions_direct-ours-stock := x11
vk_sessions_direct-ours-stock-wayland := wayland
vk_sessions_direct-stock-stock-control := x11 wayland
vk_sessions_direct-ours-stock-sessions := xwayland sway
vk_sessions_direct-stock-stock-all := x11 wayland
vk_sessions_direct-ours-patched-full := x11 wayland
vk_sessions_direct-ours-stock-zink := x11 wayland
vk_sessions_direct-ours-stock-2d := x11
vk_sessions_nested-ours-patched-blob := x11 wayland
vk_sessions_venus-ours-patched := venus
vk_axes = LANE=$(call axis,$(1),1) FLAVOUR=plain GPU=$(or $(filter 2d,$(call axis,$(1),4)),gl) BLOB=$(if $(filter nested-% venus-%,$(1)),on,off) \
	TIMEOUT=$(if $(call vk_extent,$(1))$(filter venus-%,$(1)),4800,1800) \
	DRIVER=$(call axis,$(1),2) QEMU=$(call axis,$(1),3)
vk_extent = $(filter control full blob zink 2d,$(call axis,$(1),4))
vk_programs := $(addprefix $(bin)/,vk-frames sdl-frames venus-import gl-frames xgrab png-compare)
vk_inputs = $(call guest_inputs,$(call vk_axes,$(1))) $(vk_programs) $(OUT)/mesa $(OUT)/libdrm mk/vulkan.mk \
	scripts/guest/{jobs-run,vk-run,venus-run,vk-parts.sh,vk-slow.sh,vk-env.sh,gl-trace.sh,session.sh,patient} scripts/check/jobs-result

vk-guest: vm $(mesa) $(libdrm) $(vk_programs)
	$(Q)$(call jobs,vk-$(GUEST),$(vk_sessions_$(GUEST)),\
		$(foreach s,$(vk_sessions_$(GUEST)),$(s) "scripts/guest/$(if $(filter venus,$(s)),venus,vk)-run $(s) $(call vk_extent,$(GUEST))"))

# GUESTS= takes some of them.
$(if $(filter check-vk%,$(MAKECMDGOALS)),$(call all_of,GUESTS,$(vk_guests) $(vk_guests_full)))
check-vk check-vk-full: check-%: $(mesa) $(libdrm) $(vk_programs)
	$(Q)$(call guests,Vulkan,$(or $(GUESTS),$($(subst -,_,$(*:vk%=vk_guests%)))),vk_axes,vk_inputs,vk-guest,$*)
	$(Q)scripts/make/tally $(call counts,$*)

# Do a program and its GPU work at the same time? 60 ms and as many copies as take about as long.
bench-vk: FLAVOUR := plain
bench-vk: $(call machine,plain) $(mesa) $(bin)/vk-frames
	$(Q)$(call boot,bench-vk) -- scripts/guest/bench-vk-run $(SESSION) $(ROUNDS) $(or $(MILLISECONDS),60) $(or $(COPIES),6) fifo mailbox
.PHONY: vk-guest bench-vk
