# virtgpu-prime, for users: what plays together, and if not, why not. It needs
# nothing but Debian's libdrm and json-c, and our uapi header to be built.

prime_sources := tools/virtgpu-prime.c $(filter-out tools/prime-draw.c,$(wildcard tools/prime-*.c))

$(bin)/virtgpu-prime: $(sysroot) $(prime_sources) tools/prime.h tools/prime-frame.h tools/virgl.h $(module_source)
	$(call compile,$(prime_sources),libdrm json-c,-Iout/module/source/include/uapi -pthread)

# Its own program, for it alone needs GL.
$(bin)/prime-draw: $(sysroot) tools/prime-draw.c tools/prime-frame.c tools/prime-frame.h tools/virgl.h $(module_source)
	$(call compile,tools/prime-draw.c tools/prime-frame.c,egl glesv2 gbm libdrm,-Iout/module/source/include/uapi -pthread)

prime: $(bin)/virtgpu-prime $(bin)/prime-draw
	@echo "$(bin)/virtgpu-prime"

# What it says in situations of all kinds: DRIVER-GPU-QEMU, as scripts/prime-run
# expects it.
prime_guests := stock-gl-stock ours-gl-stock ours-2d-stock ours-none-stock ours-gl-patched
prime_axes = LANE=direct FLAVOUR=plain DRIVER=$(call axis,$(1),1) GPU=$(call axis,$(1),2) \
	QEMU=$(call axis,$(1),3) BLOB=$(if $(filter %-patched,$(1)),on,off)

prime-guest: vm $(bin)/virtgpu-prime
	$(Q)$(call boot,prime-$(GUEST)) -- scripts/prime-run $(GUEST)

check-prime-tool: $(call machine,plain) $(bin)/virtgpu-prime
	$(Q)mkdir -p $(OUT)/check; rm -rf $(call counts,prime-tool) $(prime_guests:%=$(OUT)/run/prime-%)
	$(Q)$(foreach g,$(prime_guests),mkdir -p $(OUT)/run/prime-$(g); scripts/step "check: virtgpu-prime $(g)" $(OUT)/log/check-prime-$(g).log \
		$(MAKE) prime-guest GUEST=$(g) $(call prime_axes,$(g)) || echo "not ok - the machine: $(g)" >>$(OUT)/run/prime-$(g)/output.log;)
	$(Q)cat $(prime_guests:%=$(OUT)/run/prime-%/output.log) >$(OUT)/run/prime.txt; \
	scripts/tally $(OUT)/run/prime.txt | tee $(call counts,prime-tool)
.PHONY: prime prime-guest
