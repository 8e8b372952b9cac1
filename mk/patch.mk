# Series of patches <-> git commits in out/src. A component is a directory with
# a BASE file and NNNN-*.patch files; the file names are the order.

linux_patched := $(OUT)/src/.linux

# A series that changed is applied again, unless out/src has work of yours.
$(linux_patched): $(fetched) kernel/BASE $(wildcard kernel/*.patch) scripts/patch
	$(Q)scripts/step "[2/7] Linux sources" $(OUT)/log/patch-linux.log \
		scripts/patch apply linux kernel $(OUT)/dl/linux-source.deb
	$(Q)touch $@

patch: $(linux_patched)
refresh: $(linux_patched)
	$(Q)scripts/patch refresh linux kernel
series:
	@for dir in kernel libdrm-patches mesa-patches qemu-patches; do \
		for p in $$dir/[0-9]*.patch; do \
			[ -e "$$p" ] || continue; \
			printf '%-15s %s\n' $$dir "$$(basename $$p | cut -c1-4) $$(sed -n '/^Subject:/{:a;N;/\n[ \t]/ba;s/\n[^ \t].*//;s/\n//g;s/^Subject: \(\[[^]]*\] \)*//;p;q}' $$p)"; \
		done; done
.PHONY: patch refresh series
