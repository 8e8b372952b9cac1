# Series of patches <-> git commits in out/src. A component is a directory with
# a BASE file and NNNN-*.patch files; the file names are the order.

linux_patched := $(OUT)/src/.linux

# A series that changed is applied again, unless out/src has work of yours.
$(linux_patched): $(fetched) kernel/BASE $(wildcard kernel/*.patch) scripts/patch $(if $(FORCE),force)
	$(Q)scripts/step "[2/7] Linux sources" $(OUT)/log/patch-linux.log \
		scripts/patch apply linux kernel $(OUT)/dl/linux-source.deb
	$(Q)grep 'has work that' $(OUT)/log/patch-linux.log || true
	$(Q)touch $@

patch: $(linux_patched)
refresh: $(linux_patched)
	$(Q)scripts/patch refresh linux kernel
series:
	@for dir in kernel libdrm-patches mesa-patches qemu-patches; do \
		for p in $$dir/[0-9]*.patch; do \
			[ -e "$$p" ] || continue; \
			awk -v dir=$$dir -v file="$${p##*/}" '/^Subject: / { s = $$0; next } \
				s && /^ / { s = s $$0; next } \
				s { sub(/^Subject: (\[[^]]*\] )?/, "", s); \
				    printf "%-15s %s %s\n", dir, substr(file, 1, 4), s; exit }' "$$p"; \
		done; done
force:
.PHONY: patch refresh series force
