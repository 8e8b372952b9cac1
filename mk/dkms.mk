# The module for users: a Debian package that DKMS builds it from.

dkms: $(module_source)
	$(Q)scripts/dkms-package $(OUT)/module/source

# A tree with Debian's kernel in which the package is installed, and guests
# that boot from it.
check-dkms: override LANE := direct
check-dkms: override QEMU := stock
check-dkms: override BLOB := off
check-dkms: $(call machine,plain) $(igt_binaries) $(bin)/igt-verdict dkms
	$(Q)mkdir -p $(OUT)/check
	$(Q)export WRITABLE=1; scripts/step "check: DKMS package" $(OUT)/log/check-dkms.log $(enter) \
		scripts/check-dkms out/check/dkms $(call runner,plain,$$(cat $(accel)),dkms,stock,gl)
.PHONY: dkms
