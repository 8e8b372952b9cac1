# What the patches cost, in the guest.

$(bin)/bench: $(sysroot) $(wildcard bench/*.[ch]) tools/device.c tools/device.h tools/virgl.h $(module_source)
	$(call compile,$(wildcard bench/*.c) tools/device.c,libdrm,-Iout/module/source/include/uapi -lm)

bench: FLAVOUR := plain
bench: $(call machine,plain) $(bin)/bench
	$(Q)$(call boot,bench) -- bench
.PHONY: bench
