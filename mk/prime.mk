# virtgpu-prime, for users: what plays together, and if not, why not. Its libdrm_virtgpu is
# ours, in out/libdrm or from the package.

prime_sources := $(filter-out virtgpu-prime/draw.c virtgpu-prime/vulkan.c virtgpu-prime/mesa.c,$(wildcard virtgpu-prime/*.c))
prime_headers := virtgpu-prime/prime.h virtgpu-prime/frame.h virtgpu-prime/virgl.h
prime_libdrm := -Iout/libdrm/include/libdrm -Iout/module/source/include/uapi -pthread -Lout/libdrm/lib -ldrm_virtgpu
prime_rpath := -Wl,-rpath,/prime/out/libdrm/lib
draw_sources := virtgpu-prime/draw.c virtgpu-prime/mesa.c virtgpu-prime/pixel.c
prime_vulkan_sources := virtgpu-prime/vulkan.c virtgpu-prime/mesa.c virtgpu-prime/pixel.c

$(bin)/virtgpu-prime: $(sysroot) $(prime_sources) $(prime_headers) $(module_source) $(libdrm)
	$(call compile,$(prime_sources),libdrm json-c,$(prime_libdrm) $(prime_rpath))

# Its own program, for it alone needs GL.
$(bin)/prime-draw: $(sysroot) $(draw_sources) virtgpu-prime/frame.h
	$(call compile,$(draw_sources),egl glesv2 gbm libdrm)

# It loads libvulkan itself, if there is one: headers are all that it is built with.
$(bin)/prime-vulkan: $(sysroot) $(prime_vulkan_sources) virtgpu-prime/frame.h
	$(call compile,$(prime_vulkan_sources))

prime: $(bin)/virtgpu-prime $(bin)/prime-draw $(bin)/prime-vulkan
	@echo "$(bin)/virtgpu-prime"

.PHONY: prime
