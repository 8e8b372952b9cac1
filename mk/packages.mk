# What users install: Debian packages of driver, Mesa, tools, and an index for apt.

# All drivers that GPUs need whose Mesa needs no Rust; a check takes few.
PACKAGES_DRIVERS ?= radeonsi,r600,iris,crocus,nouveau,zink,virgl,llvmpipe
PACKAGES_VULKAN ?=
PACKAGES_PROFILE ?= release
export PACKAGES_PROFILE
# What a check makes do with.
packages_check := PACKAGES_DRIVERS=virgl,llvmpipe PACKAGES_VULKAN= PACKAGES_PROFILE=check
packages := $(OUT)/packages
package_mesa := $(packages)-mesa
package_libdrm := $(packages)-libdrm
tools_flags := -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -pie -Wl,-z,relro,-z,now

$(bin)/package/virtgpu-prime: $(sysroot) $(prime_sources) tools/prime.h tools/prime-frame.h tools/virgl.h $(module_source)
	$(call compile,$(prime_sources),libdrm json-c,-Iout/module/source/include/uapi -pthread $(tools_flags))
# Its libdrm is that of the Mesa that it tries: GBM would bring Debian's, which knows no GPU on the faux bus.
draw_flags := -Wl,-rpath,/usr/lib/x86_64-linux-gnu/virtgpu-prime
$(bin)/package/prime-draw: $(sysroot) tools/prime-draw.c tools/prime-frame.c tools/prime-frame.h tools/virgl.h $(module_source)
	$(call compile,tools/prime-draw.c tools/prime-frame.c,egl glesv2 gbm libdrm,-Iout/module/source/include/uapi -pthread $(tools_flags) $(draw_flags))

# A directory of the cache, by what it is made from, and a link to it: link, key, command
define cached_tree
key=$$({ $(2); } | sha256sum | cut -c1-16); \
[ -d $(CACHE)/$(notdir $(1))/$$key ] || \
scripts/step "$(notdir $(1))" $(OUT)/log/$(notdir $(1)).log scripts/once $(CACHE)/$(notdir $(1))/$$key $(enter) $(3); \
ln -sfn $(CACHE)/$(notdir $(1))/$$key $(1)
endef

# Built where out/mesa is, as far as the compiler can see: ccache knows most of it.
package-mesa: $(call patched,mesa-patches) $(sysroot)
	$(Q)mkdir -p $(OUT)/build/mesa $(OUT)/build/mesa-packages
	$(Q)$(call cached_tree,$(package_mesa),git -C $(mesa_src) rev-parse 'HEAD^{tree}'; git -C $(mesa_src) diff HEAD; cat scripts/package-mesa; \
		echo $(PACKAGES_DRIVERS) $(PACKAGES_VULKAN) $(PACKAGES_PROFILE); for p in $(mesa_packages); do grep "^$$p " $(OUT)/sysroot/.manifest; done,\
		sh -euc 'mkdir -p "out/build/mesa-packages/$$1"; mount --bind "out/build/mesa-packages/$$1" out/build/mesa; \
			scripts/package-mesa out/src/mesa out/build/mesa "$$2" "$$3" "$$4" "$$1"' \
			sh $(PACKAGES_PROFILE) /cache/$(notdir $(package_mesa))/$$key.tmp $(PACKAGES_DRIVERS) "$(PACKAGES_VULKAN)")
package-libdrm: $(libdrm_patched) $(sysroot)
	$(Q)$(call cached_tree,$(package_libdrm),$(libdrm_inputs),\
		scripts/build-libdrm out/src/libdrm /cache/$(notdir $(package_libdrm))/$$key.tmp/usr /usr lib/x86_64-linux-gnu)

package-parts: $(module_source) package-mesa package-libdrm $(bin)/package/virtgpu-prime $(bin)/package/prime-draw
	@:
package_inputs = $(OUT)/module/source $(package_mesa) $(package_libdrm) $(bin)/package packages kernel/dkms tools/virtgpu-prime.1 tools/virtgpu-prime.bash \
	scripts/packages $(OUT)/sysroot/.manifest
packages: package-parts
	$(Q)scripts/step "packages" $(OUT)/log/packages.log scripts/packages $(packages) $(OUT)/module/source \
		"$$(readlink $(package_mesa))" "$$(readlink $(package_libdrm))" $(bin)/package
	@ls $(packages)/*.deb

# Twice the same bytes, and what lintian says. The project has no mail address.
check-packages:
	$(Q)mkdir -p $(OUT)/check $(OUT)/run; $(MAKE) package-parts $(packages_check)
	$(Q)$(call kept,check: packages,packages,$(package_inputs) mk/packages.mk,$(MAKE) packages-twice)
packages-twice:
	$(Q)rm -rf $(OUT)/packages-first; $(MAKE) packages $(packages_check) && mv $(packages) $(OUT)/packages-first && $(MAKE) packages $(packages_check)
	$(Q){ for deb in $(packages)/*.deb; do cmp "$$deb" $(OUT)/packages-first/"$${deb##*/}" >&2 && echo "ok $${deb##*/}: the same bytes" || echo "FAILED $${deb##*/}: other bytes"; done | sed 's/_[^:]*:/:/'; \
	  $(enter) sh -c 'cd out/packages && lintian --allow-root --no-cfg --fail-on error,warning --suppress-tags bogus-mail-host,root-in-contact *.deb' >&2 && echo "ok lintian" || echo "FAILED lintian"; \
	} >$(call counts,packages); scripts/tally $(call counts,packages)
.PHONY: packages packages-twice package-parts package-mesa package-libdrm

# A program for each way to find GL.
way_libGL := gl x11
way_libGLX := glx opengl x11
way_libEGL := egl opengl x11
way_libGLESv2 := egl glesv2 x11
way_epoxy-glx := epoxy x11
way_epoxy-egl := epoxy egl x11
way_dlopen-libGL := x11
way_dlopen-libGLX := x11
way_dlopen-libEGL := x11
flags_libEGL := -DWAY_EGL
flags_libGLESv2 := -DWAY_EGL -DWAY_GLES
flags_epoxy-glx := -DWAY_EPOXY
flags_epoxy-egl := -DWAY_EPOXY -DWAY_EGL
flags_dlopen-libGL := -DWAY_DLOPEN=\"libGL.so.1\"
flags_dlopen-libGLX := -DWAY_DLOPEN=\"libGLX.so.0\",\"libOpenGL.so.0\"
flags_dlopen-libEGL := -DWAY_EGL -DWAY_GLES -DWAY_DLOPEN=\"libEGL.so.1\",\"libGLESv2.so.2\"
gl_ways := $(patsubst way_%,%,$(filter way_%,$(.VARIABLES)))
$(bin)/ways/%: $(sysroot) tools/gl-way.c
	$(call compile,tools/gl-way.c,$(way_$*),$(flags_$*))

# A clean Debian system, our packages installed by apt, booted with the kernel of stable and
# of backports; and the same system after a purge.
clean := $(OUT)/clean
mirror = $(or $(MIRROR),$(shell grep -hoE 'https?://[^ ]+/debian/?( |$$)' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1))
clean_programs := $(addprefix $(bin)/,xgrab png-compare vmhost klog $(addprefix ways/,$(gl_ways)))
# LANE-KERNEL-JOB, JOB as a script and its argument; the first with Secure Boot refuses our driver.
clean_boots := installed-6.12-installed installed-7.3-installed secureboot-6.12-secure-refused secureboot-6.12-secure-enrolled
# The firmware, and what makes its variables: packages that are unpacked, and installed nowhere.
firmware := $(OUT)/firmware
$(firmware)/.done: $(fetched)
	$(Q)rm -rf $(firmware); for deb in $(OUT)/dl/firmware-*.deb; do dpkg-deb -x "$$deb" $(firmware); done; touch $@
installed = $(enter) out/bin/runner --lane vm/lanes/$(call axis,$(1),1).lane --dir /prime/out/run/$(1) --timeout 1800 \
	--kernel out/clean/vmlinuz-$(call axis,$(1),2) --initrd out/clean/initrd-$(call axis,$(1),2) --modules /lib/modules --accel $$(cat $(accel)) \
	-- 'bash /run/prime-out/clean/$(call axis,$(1),3)-run /run/prime-out $(call axis,$(1),4)'

check-installed: $(firmware)/.done $(accel) $(bin)/runner $(clean_programs)
	$(Q)mkdir -p $(OUT)/check $(OUT)/run; $(MAKE) package-parts $(packages_check)
	$(Q)$(call kept,check: installed packages,installed,$(package_inputs) =$$(cat $(accel)) $(bin)/runner $(clean_programs) mk/packages.mk sources.lock \
		$(addprefix scripts/,mkclean install-clean installed-run secure-run secure-vars session.sh) vm/installed.service vm/lanes,$(MAKE) installed-system)
installed-system:
	$(Q)$(MAKE) packages $(packages_check)
	$(Q)key=$$({ cat scripts/mkclean; grep -E '^(linux-(image|binary|headers)-|tree|mmdebstrap)' sources.lock; } | sha256sum | cut -c1-16); \
	dpkg-deb -x $(OUT)/dl/mmdebstrap.deb $(OUT)/mmdebstrap; \
	[ -d $(CACHE)/clean/$$key ] || \
	MMDEBSTRAP=$(OUT)/mmdebstrap/usr/bin/mmdebstrap SUITE=$$(awk '$$1 == "tree" { print $$4 }' sources.lock) MIRROR=$(mirror) \
	scripts/step "clean Debian system" $(OUT)/log/clean.log scripts/once $(CACHE)/clean/$$key scripts/mkclean $(CACHE)/clean/$$key.tmp sources.lock; \
	scripts/step "install, purge" $(OUT)/log/install-clean.log sh -c 'scripts/asroot scripts/install-clean $(CACHE)/clean/$$1 $(clean) $(packages) >$(OUT)/run/installed.txt' sh $$key
	$(Q)cp scripts/{installed,secure}-run scripts/session.sh $(clean); \
	for case in "refused" "enrolled out/clean/mok.pub"; do set -- $$case; \
		$(enter) scripts/secure-vars out/firmware out/clean/vmlinuz-6.12 out/clean/vars-$$1.fd $${2-} >$(OUT)/log/secure-vars-$$1.log 2>&1; done; \
	printf 'io.systemd.credential.binary:systemd.extra-unit.prime.service=%s' "$$(base64 -w 0 vm/installed.service)" >$(clean)/smbios
	$(Q)$(foreach b,$(clean_boots),cp --sparse=always $(clean)/disk.img $(clean)/boot.img; cp $(clean)/vars-$(or $(call axis,$(b),4),refused).fd $(clean)/vars.fd; \
		rm -rf $(OUT)/run/$(b); mkdir -p $(OUT)/run/$(b); \
		scripts/step "check: $(b)" $(OUT)/log/$(b).log $(call installed,$(b)) || echo "FAILED the machine" >>$(OUT)/run/$(b)/output.log; \
		sed -nE "s/^(ok|FAILED) /\1 $(b:%-installed=%): /p" $(OUT)/run/$(b)/output.log >>$(OUT)/run/installed.txt;) \
	scripts/tally $(OUT)/run/installed.txt $(call counts,installed)
.PHONY: installed-system
