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

.PHONY: prime
