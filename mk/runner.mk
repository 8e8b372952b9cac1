# The test machine: runner and init in C, the initramfs, and the verbs that boot.

CFLAGS := -std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes
bin := $(OUT)/bin
in_out = $(patsubst $(OUT)/%,out/%,$(1))

# sources, packages for pkg-config, more flags
define compile
$(Q)mkdir -p $(@D)
$(Q)$(enter) sh -c 'gcc $(CFLAGS) -o $(call in_out,$@) $(filter %.c,$(1)) $(3) $(if $(2),$$(pkg-config --cflags --libs $(2)))'
endef

runner_sources := runner/klog.c runner/lane.c runner/qmp.c runner/runner.c runner/screen.c runner/starved.c runner/verdict.c
$(bin)/runner: $(sysroot) $(runner_sources) $(wildcard runner/*.h)
	$(call compile,$(runner_sources),glib-2.0 gio-unix-2.0 json-c libpng xcb)
$(bin)/init: $(sysroot) guest/init.c runner/klog.c runner/klog.h
	$(call compile,guest/init.c runner/klog.c,,-static)
$(bin)/klog: $(sysroot) guest/klog-main.c runner/klog.c runner/klog.h
	$(call compile,guest/klog-main.c runner/klog.c)
$(bin)/vmhost: $(sysroot) guest/vmhost.c
	$(call compile,guest/vmhost.c)

# QEMU wants it unpacked.
hypervisor := $(OUT)/xen/hypervisor
$(hypervisor): $(sysroot)
	$(Q)mkdir -p $(@D)
	$(Q)zcat $(OUT)/sysroot/boot/xen-*.gz >$@

$(OUT)/kernel/%.cpio: $(OUT)/kernel/.% $(bin)/init scripts/make/initramfs
	$(Q)$(enter) scripts/make/initramfs out/kernel/$* $(call in_out,$@)

# Whether KVM can run a guest here is found out by booting one, once a machine.
accel_key := $(shell { uname -r; grep -m1 '^model name' /proc/cpuinfo; test -w /dev/kvm; echo $$?; } 2>&1 | sha256sum | cut -c1-16)
accel := $(CACHE)/accel/$(accel_key)
$(accel): | $(bin)/runner $(OUT)/kernel/plain.cpio
	$(Q)mkdir -p $(@D); choice=tcg; \
	if [ -w /dev/kvm ] && $(enter) $(call runner,plain,kvm,accel,stock,2d,direct) true >$(OUT)/log/kvm.log 2>&1; then choice=kvm; fi; \
	echo $$choice >$@
	@echo "guests run under $$(cat $@) on this machine"

# flavour, accel, name, driver, gpu, lane if not $(LANE)
runner = out/bin/runner --lane runner/lanes/$(or $(6),$(LANE)).lane --outer out/kernel/plain --dir /prime/out/run/$(3) --timeout $(TIMEOUT) \
	--kernel out/kernel/$(1)/bzImage --initrd out/kernel/$(1).cpio \
	--modules $$(readlink $(OUT)/kernel/$(1))/lib/modules \
	$(if $(filter ours,$(4)),--driver /prime/out/module/$(1)/virtio-gpu.ko) \
	--qemu $(QEMU) --gpu $(5) --blob $(BLOB) --accel $(2)
boot = $(enter) $(call runner,$(guest_kernel),$$(cat $(accel)),$(1),$(DRIVER),$(GPU))

# What a lane needs beside, and what it needs with our QEMU in it.
needs_nested := $(qemu_binary)
edu_module := $(OUT)/igt/edu-dma.ko
needs_vfio := $(qemu_binary) $(edu_module)
needs_xen := $(qemu_binary) $(hypervisor)
needs_xen-dom0 := $(hypervisor)
needs_venus := $(qemu_binary) $(OUT)/virgl-server/usr/libexec/virgl_render_server
patched_needs_nested := $(OUT)/.mesa
patched_needs_venus := $(OUT)/.mesa
patched_needs_vfio := $(OUT)/.mesa
patched_needs_xen := $(OUT)/.mesa
machine = $(bin)/runner $(bin)/vmhost $(OUT)/kernel/$(1).cpio $(OUT)/kernel/plain.cpio $(OUT)/module/$(1)/virtio-gpu.ko $(accel) \
	$(sort $(needs_$(LANE)) $(if $(filter patched,$(QEMU)),$(qemu_binary) $(patched_needs_$(LANE))))

vm: $(call machine,$(guest_kernel))
	@:
run: vm
	$(Q)[ -n $(call quote,$(CMD)) ] || { echo "usage: make run CMD='command' [FLAVOUR=$(FLAVOUR) DRIVER=$(DRIVER) GPU=$(GPU)]" >&2; exit 2; }
	$(Q)$(call boot,cmd) -- $(call quote,$(CMD))
shell: vm
	@echo "A prompt in the guest; leave it with Ctrl-D. The repository is /prime, out/ is writable."
	$(Q)$(call boot,shell) --shell
# one part of a name like ours-gl-stock: name, number
axis = $(word $(2),$(subst -, ,$(1)))
quote = '$(subst ','\'',$(1))'
.PHONY: vm run shell
