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
# Its name in the cache, label, list of packages, script that unpacks it, mirror, what else of sources.lock
# goes into it, more for the script; says in $key which it is.
define debian_tree
key=$$({ cat $(3) $(4); grep -E '^(tree|mmdebstrap$(if $(6),|$(6))) ' sources.lock; } | sha256sum | cut -c1-16); \
dpkg-deb -x $(OUT)/dl/mmdebstrap.deb $(OUT)/mmdebstrap; \
[ -z "$(OFFLINE)" ] || [ -d $(CACHE)/$(1)/$$key ] || { \
	echo "OFFLINE=1: not in the cache: $(2); run this with a network once" >&2; exit 1; }; \
[ -d $(CACHE)/$(1)/$$key ] || \
MMDEBSTRAP=$(OUT)/mmdebstrap/usr/bin/mmdebstrap SUITE=$$(awk '$$1 == "tree" { print $$4 }' sources.lock) MIRROR=$(or $(5),$(MIRROR)) \
scripts/step "$(2)" $(OUT)/log/$(1).log scripts/once $(CACHE)/$(1)/$$key $(4) $(CACHE)/$(1)/$$key.tmp $(7)
endef
$(sysroot): $(fetched) vm/packages.list scripts/mktree
	$(Q)$(call debian_tree,tree,[1/7] Debian tree,vm/packages.list,scripts/mktree); \
	ln -sfn $(CACHE)/tree/$$key $(OUT)/sysroot
	$(Q)touch $@

doctor:
	$(Q)$(if $(wildcard $(OUT)/kernel/.plain),$(MAKE) $(accel);) ACCEL_KEY=$(accel_key) scripts/doctor
