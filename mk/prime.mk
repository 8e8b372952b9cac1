# virtgpu-prime, for users: what plays together, and if not, why not. It needs
# nothing but Debian's libdrm and json-c, and our uapi header to be built.

prime_sources := tools/virtgpu-prime.c $(wildcard tools/prime-*.c)

$(bin)/virtgpu-prime: $(sysroot) $(prime_sources) tools/prime.h tools/prime-frame.h tools/virgl.h $(module_source)
	$(call compile,$(prime_sources),libdrm json-c,-Iout/module/source/include/uapi -pthread)

prime: $(bin)/virtgpu-prime
	@echo "$(bin)/virtgpu-prime"

.PHONY: prime
