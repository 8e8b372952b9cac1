# virtgpu-prime, for users: what plays together, and if not, why not. It needs
# nothing but Debian's libdrm and json-c, and our uapi header to be built.

prime_sources := $(filter-out virtgpu-prime/draw.c,$(wildcard virtgpu-prime/*.c))

$(bin)/virtgpu-prime: $(sysroot) $(prime_sources) virtgpu-prime/prime.h virtgpu-prime/frame.h virtgpu-prime/virgl.h $(module_source)
	$(call compile,$(prime_sources),libdrm json-c,-Iout/module/source/include/uapi -pthread)

# Its own program, for it alone needs GL.
$(bin)/prime-draw: $(sysroot) virtgpu-prime/draw.c virtgpu-prime/frame.c virtgpu-prime/frame.h virtgpu-prime/virgl.h $(module_source)
	$(call compile,virtgpu-prime/draw.c virtgpu-prime/frame.c,egl glesv2 gbm libdrm,-Iout/module/source/include/uapi -pthread)

prime: $(bin)/virtgpu-prime $(bin)/prime-draw
	@echo "$(bin)/virtgpu-prime"

.PHONY: prime
