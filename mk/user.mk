# User space in guests that differ in driver, device and QEMU: each boots once, and runs what is
# about that pair. A guest with the stock driver does not run again for what it passed.

user_guests := ours-gl-stock stock-gl-stock ours-2d-stock ours-none-stock ours-2d+gl-stock ours-gl+2d-stock ours-gl-patched
# desktop: Debian's own, which must not notice the difference. prime: what virtgpu-prime says
# there, the first thing before vgem is there. libdrm: its test of a device.
user_jobs_ours-gl-stock := desktop prime libdrm
user_jobs_stock-gl-stock := desktop prime libdrm
user_jobs_ours-2d-stock := prime libdrm
user_jobs_ours-none-stock := prime
# Of two virtio-gpus one has no 3D: it is not looked at, and not counted.
user_jobs_ours-2d+gl-stock := prime
user_jobs_ours-gl+2d-stock := prime
user_jobs_ours-gl-patched := prime
# Where the host makes handles of pages: what direct refuses works there.
user_guests_nested := ours-gl-patched-nested
user_jobs_ours-gl-patched-nested := prime libdrm
JOBS ?= desktop prime libdrm
user_jobs = $(filter $(JOBS),$(user_jobs_$(1)))
job_desktop = scripts/guest/desktop-run $(call axis,$(1),1)
job_prime = scripts/guest/tool-run $(1)
job_libdrm = scripts/guest/libdrm-run
user_axes = LANE=$(or $(call axis,$(1),4),direct) FLAVOUR=plain TIMEOUT=900 DRIVER=$(call axis,$(1),1) GPU=$(call axis,$(1),2) \
	QEMU=$(call axis,$(1),3) BLOB=$(if $(findstring -patched,$(1)),on,off)
user_programs := $(addprefix $(bin)/,virtgpu-prime prime-draw prime-vulkan glx-scene xgrab png-compare) $(libdrm) $(mesa)
user_inputs = $(call guest_inputs,$(user_axes)) "=$(user_jobs)" $(user_programs) mk/user.mk \
	scripts/guest/{jobs-run,desktop-run,session.sh,tool-run,libdrm-run,prime-env.sh,vk-env.sh,patient} scripts/check/jobs-result $(OUT)/{libdrm,mesa}

# The jobs of a guest: name of the run, jobs, their commands.
define jobs
status=0; rm -rf $(OUT)/run/$(1); mkdir -p $(OUT)/run/$(1); \
$(call boot,$(1)) -- $(call quote,scripts/guest/jobs-run $(3)) || status=$$?; \
scripts/check/jobs-result $$status $(OUT)/run/$(1) $(or $(RESULT),$(OUT)/run/$(1)/result) $(2)
endef
user-guest: vm $(user_programs)
	$(Q)$(call jobs,user-$(GUEST),$(call user_jobs,$(GUEST)),$(foreach j,$(call user_jobs,$(GUEST)),$(j) "$(call job_$(j),$(GUEST))"))

user_asked = $(foreach g,$(user_guests),$(if $(call user_jobs,$(g)),$(g)))
check-user: $(call machine,plain) $(user_programs)
	$(Q)$(call guests,user space,$(user_asked),user_axes,user_inputs,user-guest,user)
	$(Q)$(if $(filter desktop,$(JOBS)),scripts/check/same-pictures $(call counts,user.stock-gl-stock) $(call counts,user.ours-gl-stock) >>$(call counts,user))
	$(Q)scripts/make/tally $(call counts,user)
check-user-nested: $(user_programs)
	$(Q)$(call guests,user space,$(user_guests_nested),user_axes,user_inputs,user-guest,user-nested)
	$(Q)scripts/make/tally $(call counts,user-nested)
check-desktop check-prime-tool:
	$(Q)$(MAKE) check-user JOBS=$(subst prime-tool,prime,$(@:check-%=%))
.PHONY: user-guest check-user check-user-nested check-desktop check-prime-tool
