# What the patches cost, in the guest.

$(bin)/bench: $(sysroot) $(wildcard bench/*.[ch]) tools/device.c tools/device.h tools/virgl.h $(module_source)
	$(call compile,$(wildcard bench/*.c) tools/device.c,libdrm,-Iout/module/source/include/uapi -lm)

$(bin)/transfer-time: $(sysroot) tools/transfer-time.c $(module_source)
	$(call compile,tools/transfer-time.c,,-Iout/module/source/include/uapi)

bench: FLAVOUR := plain
bench: $(call machine,plain) $(bin)/bench $(bin)/transfer-time
	$(Q)$(call boot,bench) -- bench

# DRI_PRIME against what a user has without it.
ROUNDS ?= 5
SESSION ?= x11
SIZES ?= 801x601 1366x768$(if $(filter x11,$(SESSION)), 1920x1080 3840x2160)
bench-gl: FLAVOUR := plain
bench-gl: $(call machine,plain) $(mesa) $(libdrm) $(bin)/gl-frames
	$(Q)$(call boot,bench-gl) -- scripts/bench-gl-run $(SESSION) $(ROUNDS) $(SIZES)
.PHONY: bench bench-gl
