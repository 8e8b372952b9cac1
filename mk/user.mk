# User space in guests that differ in driver, device and QEMU: each boots once, and runs what is
# about that pair. A guest with the stock driver does not run again for what it passed.

user_guests := ours-gl-stock stock-gl-stock ours-2d-stock ours-none-stock ours-2d+gl-stock ours-gl+2d-stock ours-gl-patched
# virtgpu-prime alone, about devices that the driver has no part in.
weekly_user := ours-none-stock ours-2d+gl-stock ours-gl+2d-stock
# glamor: Debian's own desktop, which must not notice the difference. tool: what virtgpu-prime says
# there, the first thing before vgem is there. libdrm: its test of a device.
user_jobs_ours-gl-stock := glamor tool libdrm
user_jobs_stock-gl-stock := glamor tool libdrm
user_jobs_ours-2d-stock := tool libdrm
user_jobs_ours-none-stock := tool
# Of two virtio-gpus one has no 3D: it is not looked at, and not counted.
user_jobs_ours-2d+gl-stock := tool
user_jobs_ours-gl+2d-stock := tool
user_jobs_ours-gl-patched := tool
# Where the host makes handles of pages: what direct refuses works there.
user_guests_nested := ours-gl-patched-nested
user_jobs_ours-gl-patched-nested := tool libdrm
JOBS ?= glamor tool libdrm
user_jobs = $(filter $(JOBS),$(user_jobs_$(1)))
job_glamor = scripts/guest/glamor-run $(call axis,$(1),1)
job_tool = scripts/guest/tool-run $(1)
job_libdrm = scripts/guest/libdrm-run
user_axes = LANE=$(or $(call axis,$(1),4),direct) FLAVOUR=plain TIMEOUT=900 DRIVER=$(call axis,$(1),1) GPU=$(call axis,$(1),2) \
	QEMU=$(call axis,$(1),3) BLOB=$(if $(findstring -patched,$(1)),on,off)
user_programs := $(addprefix $(bin)/,virtgpu-prime prime-draw prime-vulkan glx-scene xgrab png-compare) $(libdrm) $(mesa)
user_inputs = $(call guest_inputs,$(user_axes)) "=$(user_jobs)" $(user_programs) mk/user.mk \
	scripts/guest/{jobs-run,glamor-run,session.sh,tool-run,libdrm-run,prime-env.sh,vk-env.sh,patient} scripts/check/jobs-result $(OUT)/{libdrm,mesa}

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
	$(Q)$(if $(filter glamor,$(JOBS)),scripts/check/same-pictures $(call counts,user.stock-gl-stock) $(call counts,user.ours-gl-stock) >>$(call counts,user))
	$(Q)scripts/make/tally $(call counts,user)
check-user-nested: $(user_programs)
	$(Q)$(call guests,user space,$(user_guests_nested),user_axes,user_inputs,user-guest,user-nested)
	$(Q)scripts/make/tally $(call counts,user-nested)
check-glamor check-tool:
	$(Q)$(MAKE) check-user JOBS=$(@:check-%=%)
.PHONY: user-guest check-user check-user-nested check-glamor check-tool
