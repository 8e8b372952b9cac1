# What the patches cost, in the guest.

bench_sources := $(addprefix bench/,bench.c entries.c ratio.c)

$(bin)/bench: $(sysroot) $(bench_sources) bench/bench.h bench/ratio.h guest/device.c guest/device.h virtgpu-prime/virgl.h $(module_source)
	$(call compile,$(bench_sources) guest/device.c,libdrm,-Iout/module/source/include/uapi -lm)

$(bin)/transfer-time: $(sysroot) bench/transfer-time.c $(module_source)
	$(call compile,bench/transfer-time.c,,-Iout/module/source/include/uapi)

bench: FLAVOUR := plain
bench: $(call machine,plain) $(bin)/bench $(bin)/transfer-time
	$(Q)$(call boot,bench) -- bench

# DRI_PRIME against what a user has without it.
ROUNDS ?= 5
SESSION ?= x11
$(call one_of,SESSION,x11 wayland)
SIZES ?= 801x601 1366x768$(if $(filter x11,$(SESSION)), 1920x1080 3840x2160)
# BY=function: in which functions most of it goes.
BY ?=
$(if $(BY),$(call one_of,BY,function))
$(bin)/by-function: $(sysroot) bench/by-function.c bench/functions.c bench/functions.h
	$(call compile,bench/by-function.c bench/functions.c,glib-2.0)
$(bin)/instructions.so: $(sysroot) bench/instructions.c $(call patched,qemu-patches)
	$(call compile,bench/instructions.c,glib-2.0,-shared -fPIC -Iout/src/qemu/include/qemu)
bench-gl: FLAVOUR := plain
bench-gl: $(call machine,plain) $(mesa) $(libdrm) $(bin)/gl-frames $(bin)/instructions.so $(bin)/by-function
	$(Q)$(enter) $(call runner,plain,tcg,bench-gl,$(DRIVER),$(GPU)) \
		$(if $(filter direct,$(LANE)),--plugin out/bin/instructions.so$(BY:function=,blocks=out/run/bench-gl/blocks)) \
		-- scripts/guest/bench-gl-run $(SESSION) $(ROUNDS) $(SIZES)
.PHONY: bench bench-gl
