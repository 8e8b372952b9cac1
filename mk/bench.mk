# What the patches cost, in the guest.

$(bin)/bench: $(sysroot) $(wildcard bench/*.[ch]) $(module_source)
	$(call compile,$(wildcard bench/*.c),libdrm,-Iout/module/source/include/uapi -lm)

bench: FLAVOUR := plain
bench: $(call machine,plain) $(bin)/bench
	$(Q)$(call boot,bench) -- bench
.PHONY: bench
