# The module for users: a Debian package that DKMS builds it from.

dkms: $(module_source)
	$(Q)scripts/dkms-package $(OUT)/module/source

.PHONY: dkms
