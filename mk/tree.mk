# Sources and the Debian tree that everything is built and run in.

fetched := $(OUT)/dl/.fetched
sysroot := $(OUT)/.sysroot

fetch: $(fetched)
tree: $(sysroot)
.PHONY: fetch tree doctor

$(fetched): sources.lock scripts/fetch
	$(Q)scripts/fetch sources.lock $(CACHE) $(OUT)/dl
	$(Q)touch $@

# The key names every input; the packages' versions are in the tree's manifest,
# which goes into the keys of what is built with them.
$(sysroot): $(fetched) vm/packages.list scripts/mktree
	$(Q)key=$$({ cat vm/packages.list scripts/mktree; grep -E '^(tree|mmdebstrap) ' sources.lock; } | sha256sum | cut -c1-16); \
	dpkg-deb -x $(OUT)/dl/mmdebstrap.deb $(OUT)/mmdebstrap; \
	[ -z "$(OFFLINE)" ] || [ -d $(CACHE)/tree/$$key ] || { \
		echo "OFFLINE=1: the Debian tree is not in the cache; run 'make tree' with a network once" >&2; exit 1; }; \
	[ -d $(CACHE)/tree/$$key ] || \
	MMDEBSTRAP=$(OUT)/mmdebstrap/usr/bin/mmdebstrap SUITE=$$(awk '$$1 == "tree" { print $$4 }' sources.lock) \
	scripts/step "[1/7] Debian tree" $(OUT)/log/tree.log \
		scripts/once $(CACHE)/tree/$$key scripts/mktree $(CACHE)/tree/$$key.tmp; \
	ln -sfn $(CACHE)/tree/$$key $(OUT)/sysroot
	$(Q)touch $@

doctor:
	$(Q)$(if $(wildcard $(OUT)/kernel/.plain),$(MAKE) $(accel);) ACCEL_KEY=$(accel_key) scripts/doctor
