# Sources and the Debian tree that everything is built and run in.

fetched := $(OUT)/dl/.fetched
sysroot := $(OUT)/.sysroot

fetch: $(fetched)
tree: $(sysroot)
.PHONY: fetch tree doctor

$(fetched): sources.lock scripts/make/fetch
	$(Q)scripts/make/fetch sources.lock $(CACHE) $(OUT)/dl
	$(Q)touch $@

# The key names every input; the packages' versions are in the tree's manifest,
# which goes into the keys of what is built with them.
# Its name in the cache, label, list of packages, script that unpacks it, mirror, what else of sources.lock
# goes into it, more for the script; says in $key which it is.
define debian_tree
dpkg-deb -x $(OUT)/dl/mmdebstrap.deb $(OUT)/mmdebstrap; \
$(call cached,$(1),$(2),cat $(3) $(4); grep -E '^(tree|mmdebstrap$(if $(6),|$(6))) ' sources.lock,\
	$(if $(OFFLINE),sh -c 'echo "OFFLINE=1: not in the cache; run this with a network once"; exit 1',\
		env MMDEBSTRAP=$(OUT)/mmdebstrap/usr/bin/mmdebstrap MIRROR=$(or $(5),$(MIRROR)) \
		SUITE=$$(awk '$$1 == "tree" { print $$4 }' sources.lock) $(4) $(CACHE)/$(1)/$$key.tmp $(7)))
endef
$(sysroot): $(fetched) trees/sysroot.list scripts/make/mktree
	$(Q)$(call debian_tree,tree,[1/7] Debian tree,trees/sysroot.list,scripts/make/mktree); \
	ln -sfn $(CACHE)/tree/$$key $(OUT)/sysroot
	$(Q)touch $@

doctor:
	$(Q)$(if $(wildcard $(OUT)/kernel/.plain),$(MAKE) $(accel);) ACCEL_KEY=$(accel_key) scripts/make/doctor
