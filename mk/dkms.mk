# The driver's package alone, which takes no Mesa.
dkms: $(module_source)
	$(Q)scripts/packages/packages $(OUT)/dkms $(OUT)/module/source >$(OUT)/log/dkms.log 2>&1
	@ls $(OUT)/dkms/virtgpu-prime-dkms_*.deb

# A tree with Debian's kernel in which the package is installed, and guests
# that boot from it.
# short: strides and fences on each kernel; whole: all of IGT's list, on a flavour with PREEMPT_RT, too, and frames
DKMS_LIST ?= short
# Debian's beside 7.3's
dkms_kernels = $(patsubst %,$(OUT)/kernel/plain-%,7.2 6.12 $(if $(filter whole,$(DKMS_LIST)),6.12-rt))
$(call one_of,DKMS_LIST,short whole)
dkms_inputs = "=$(DKMS_LIST)" $(call guest_inputs,DRIVER=stock) $(OUT)/module/source kernel/dkms \
	$(dkms_kernels) $(dkms_kernels:=.cpio) $(igt_debs) $(igt_binaries) $(bin)/igt-verdict \
	packages/debian scripts/packages/{check-dkms,dkms-system.sh,packages,install-driver} scripts/check/igt-list scripts/guest/{igt-run,patient} igt-tests/testlist igt-tests/expectations \
	$(if $(filter whole,$(DKMS_LIST)),$(gl_programs) $(OUT)/mesa $(OUT)/libdrm $(gl_scripts))
dkms_run = $(enter) scripts/packages/check-dkms out/check/dkms
# Guests have a week, in which the driver may change; what it becomes is built for each kernel, and boots on the oldest.
check-dkms: override LANE := direct
check-dkms: override QEMU := stock
check-dkms: override BLOB := off
check-dkms: $(call machine,plain) $(if $(filter whole,$(DKMS_LIST)),$(mesa) $(libdrm) $(gl_programs)) $(igt_binaries) $(bin)/igt-verdict dkms \
		$(dkms_kernels:=.cpio)
	$(Q)mkdir -p $(OUT)/check
	$(Q)export WRITABLE=1; status=0; $(call kept_week,check: DKMS package,dkms.$(DKMS_LIST),$(dkms_inputs),\
		$(dkms_run).$(DKMS_LIST) $(DKMS_LIST) $(call runner,plain,$$(cat $(accel)),dkms,stock,gl)) || status=1; \
	: >$(call counts,dkms.build); if grep -qs '^# with another' $(call counts,dkms.$(DKMS_LIST)); then \
		$(call kept_hours,check: DKMS builds,dkms.build,$(dkms_inputs),\
			$(dkms_run).build build $(call runner,plain,$$(cat $(accel)),dkms,stock,gl)) || status=1; \
		[ -s $(call counts,dkms.build) ] || echo "not ok the builds left no result" >$(call counts,dkms.build); \
	fi; cat $(call counts,dkms.$(DKMS_LIST)) $(call counts,dkms.build) >$(call counts,dkms) || status=1; exit $$status
.PHONY: dkms
