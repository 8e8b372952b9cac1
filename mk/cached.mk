# What is built once for all clones: a directory of the cache, whose name says what it is made from, and a link to it.

# NAME, label, commands that print all that it is made from, command that fills CACHE/NAME/$key.tmp, log [NAME];
# leaves $key.
define cached
key=$$({ $(3); } | sha256sum | cut -c1-16); \
[ -d $(CACHE)/$(1)/$$key ] || \
scripts/make/step "$(strip $(2))" $(OUT)/log/$(or $(5),$(1)).log scripts/make/once $(CACHE)/$(1)/$$key $(4)
endef
# NAME, link: to where the tree has the cache.
cached_link = ln -sfn /cache/$(1)/$$key $(2)
# The same for a stamp, the goal, which is new only where the link is.
cached_stamp = [ "$$(readlink $(2))" = /cache/$(1)/$$key ] && [ -e $@ ] || { $(cached_link); touch $@; }
# PACKAGES [TREE]: their versions there
versions = for p in $(1); do grep "^$$p " $(or $(2),$(OUT)/sysroot)/.manifest || :; done
