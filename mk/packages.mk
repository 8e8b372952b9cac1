# What users install: Debian packages of driver, Mesa, tools, and an index for apt.

# All drivers that GPUs need; a check takes few.
packages_all_drivers := radeonsi,r600,iris,crocus,nouveau,zink,virgl,llvmpipe
PACKAGES_DRIVERS ?= $(packages_all_drivers)
packages_all_vulkan := amd,intel,intel_hasvk,nouveau
PACKAGES_VULKAN ?= $(packages_all_vulkan)
PACKAGES_PROFILE ?= release
# y: Mesa for 32-bit programs, too, which is a Debian tree and a build more
PACKAGES_I386 ?=
# QEMU=1: our QEMU for hosts, too, which is a Debian tree and a build more
with_qemu := $(filter 1,$(QEMU))
export PACKAGES_PROFILE
# What a check makes do with.
packages_check = PACKAGES_DRIVERS=virgl,llvmpipe PACKAGES_VULKAN=swrast PACKAGES_PROFILE=check PACKAGES_I386=$(PACKAGES_I386)
# make check-installed PACKAGES_I386= leaves out the second Mesa.
check-packages check-installed: PACKAGES_I386 := y
packages := $(OUT)/packages
package_mesa := $(packages)-mesa
package_libdrm := $(packages)-libdrm
package_qemu := $(packages)-qemu
tools_flags := -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -pie -Wl,-z,relro,-z,now

$(bin)/package/virtgpu-prime: $(sysroot) $(prime_sources) $(prime_headers) $(module_source) $(libdrm)
	$(call compile,$(prime_sources),libdrm json-c,$(prime_libdrm) $(tools_flags))
# Its libdrm is that of the Mesa that it tries: GBM would bring Debian's, which knows no GPU on the faux bus.
draw_flags := -Wl,--disable-new-dtags,-rpath,/usr/lib/x86_64-linux-gnu/virtgpu-prime
$(bin)/package/prime-draw: $(sysroot) $(draw_sources) virtgpu-prime/frame.h
	$(call compile,$(draw_sources),egl glesv2 gbm libdrm,$(tools_flags) $(draw_flags))
$(bin)/package/prime-vulkan: $(sysroot) $(prime_vulkan_sources) virtgpu-prime/frame.h
	$(call compile,$(prime_vulkan_sources),,$(tools_flags))

# Link that leads there on this machine, what it is made from, command in the tree
cached_tree = $(call cached,$(notdir $(1)),$(notdir $(1)),$(2),$(enter) $(3)); ln -sfn $(CACHE)/$(notdir $(1))/$$key $(1)

# Trees of their own: for 32-bit programs, which run on amd64 as they are, and so do compilers; for Mesa with NVK,
# which needs Rust; for QEMU for hosts, whose libraries nothing else needs, and libvirt with it; and for the compilers of check-matrix.
i386 := $(OUT)/.sysroot-i386
mesa_tree := $(OUT)/.sysroot-mesa
qemu_tree := $(OUT)/.sysroot-qemu
libvirt_tree := $(OUT)/.sysroot-libvirt
matrix_tree := $(OUT)/.sysroot-matrix
$(i386) $(mesa_tree): trees/mesa.list
$(qemu_tree): trees/qemu.list
$(libvirt_tree): trees/libvirt.list
$(matrix_tree): trees/matrix.list
$(i386) $(mesa_tree) $(qemu_tree) $(libvirt_tree) $(matrix_tree): $(OUT)/.sysroot-%: $(fetched) scripts/make/mktree-builder
	$(Q)$(call debian_tree,tree-$*,Debian tree for $*,$(filter %.list,$^),scripts/make/mktree-builder,$(mirror),,$(filter %.list,$^) $(if $(filter i386,$*),i386,amd64)); \
	ln -sfn $(CACHE)/tree-$*/$$key $(OUT)/sysroot-$*
	$(Q)touch $@
enter_i386 := env TREE=$(OUT)/sysroot-i386 scripts/make/enter
enter_mesa := env TREE=$(OUT)/sysroot-mesa scripts/make/enter
enter_qemu := env TREE=$(OUT)/sysroot-qemu scripts/make/enter
enter_libvirt := env TREE=$(OUT)/sysroot-libvirt scripts/make/enter
%-i386: private enter := $(enter_i386)
with_nvk := $(findstring nouveau,$(PACKAGES_VULKAN))
package-mesa mesa-again: private enter := $(if $(with_nvk),$(enter_mesa),$(enter))
package-qemu: private enter := $(enter_qemu)

# For who builds Mesa: it may name the crates of the tree in there.
own_subprojects := cp -a out/src/mesa/subprojects /tmp; mount --bind /tmp/subprojects out/src/mesa/subprojects
# Built where out/mesa is, as far as the compiler can see: ccache knows most of it. Link, tree
define make_package_mesa
	$(Q)mkdir -p $(OUT)/build/mesa
	$(Q)$(call cached_tree,$(1),git -C $(mesa_src) rev-parse 'HEAD^{tree}'; git -C $(mesa_src) diff HEAD; cat scripts/packages/package-mesa; \
		echo $(PACKAGES_DRIVERS) $(PACKAGES_VULKAN) $(PACKAGES_PROFILE); $(call versions,$(mesa_packages) $(rust_packages),$(2)),\
		sh -euc '$(own_subprojects); build=out/build/$$5/$$1; mkdir -p "$$build"; \
			[ $$5 != packages-mesa ] || { mount --bind "$$build" out/build/mesa; build=out/build/mesa; }; \
			scripts/packages/package-mesa out/src/mesa "$$build" "$$2" "$$3" "$$4" "$$1"' \
			sh $(PACKAGES_PROFILE) /cache/$(notdir $(1))/$$key.tmp $(PACKAGES_DRIVERS) "$(PACKAGES_VULKAN)" $(notdir $(1)))
endef
# link, tree, where libraries are
define make_package_libdrm
	$(Q)$(call cached_tree,$(1),$(subst $(OUT)/sysroot,$(2),$(libdrm_inputs)),\
		scripts/make/build-libdrm out/src/libdrm /cache/$(notdir $(1))/$$key.tmp/usr /usr lib/$(3))
endef
package-mesa: $(call patched,mesa-patches) $(sysroot) $(if $(with_nvk),$(mesa_tree))
	$(call make_package_mesa,$(package_mesa),$(OUT)/sysroot$(if $(with_nvk),-mesa))
package-mesa-i386: $(call patched,mesa-patches) $(i386)
	$(call make_package_mesa,$(package_mesa)-i386,$(OUT)/sysroot-i386)
package-libdrm: $(libdrm_patched) $(sysroot)
	$(call make_package_libdrm,$(package_libdrm),$(OUT)/sysroot,x86_64-linux-gnu)
package-libdrm-i386: $(libdrm_patched) $(i386)
	$(call make_package_libdrm,$(package_libdrm)-i386,$(OUT)/sysroot-i386,i386-linux-gnu)
package-qemu: $(call patched,qemu-patches) $(qemu_tree)
	$(Q)$(call cached_tree,$(package_qemu),git -C $(OUT)/src/qemu rev-parse 'HEAD^{tree}'; git -C $(OUT)/src/qemu diff HEAD; \
		cat scripts/packages/package-qemu scripts/make/build-qemu $(OUT)/sysroot-qemu/.manifest,\
		sh -euc 'scripts/packages/package-qemu out/src/qemu out/build/packages-qemu; cd out/build/packages-qemu; cp qemu-system-x86_64 tests/qtest/virtio-gpu-test "$$1"' sh /cache/$(notdir $(package_qemu))/$$key.tmp)

package-parts: $(module_source) package-mesa package-libdrm $(if $(PACKAGES_I386),package-mesa-i386 package-libdrm-i386) \
		$(bin)/package/virtgpu-prime $(bin)/package/prime-draw $(bin)/package/prime-vulkan $(if $(with_qemu),package-qemu)
	@:
package_inputs = $(OUT)/module/source $(package_mesa) $(package_libdrm) $(if $(PACKAGES_I386),$(package_mesa)-i386 $(package_libdrm)-i386) $(bin)/package packages kernel/dkms virtgpu-prime/virtgpu-prime.1 virtgpu-prime/virtgpu-prime.bash \
	scripts/packages/{packages,install-driver} $(OUT)/sysroot/.manifest
packages: package-parts
	$(Q)scripts/make/step "packages" $(OUT)/log/packages.log scripts/packages/packages $(packages) $(OUT)/module/source \
		"$$(readlink $(package_mesa))" "$$(readlink $(package_libdrm))" $(bin)/package \
		$(if $(PACKAGES_I386),"$$(readlink $(package_mesa)-i386)" "$$(readlink $(package_libdrm)-i386)","" "") \
		$(if $(with_qemu),"$$(readlink $(package_qemu))/qemu-system-x86_64")
	@ls $(packages)/*.deb

# Sources and recipes for distributions that nobody here can boot.
recipes: $(module_source) $(fetched)
	$(Q)scripts/packages/recipes $(OUT)/recipes $(OUT)/module/source $(OUT)/dl $(packages_all_drivers) $(packages_all_vulkan)
	@ls $(OUT)/recipes/*

# Twice the same bytes, and what lintian says; and what can be seen of the recipes. The project has no mail address.
packages_check_inputs = $(package_inputs) $(package_qemu) mk/packages.mk virtgpu-prime trees/{mesa,qemu,libvirt}.list mesa-patches libdrm-patches \
	scripts/packages/{recipes,check-recipes,check-package-{libdrm,qemu,libvirt},package-mesa,package-qemu} \
	scripts/check/{qtest-displays,qtest-env.sh,uml-run} scripts/guest/{patient,session.sh} scripts/make/{build-qemu,build-libdrm,mktree-builder} \
	tests/libdrm-dev.c Documentation/owner.md $(OUT)/kernel/uml/linux $(OUT)/mesa
check-packages: $(OUT)/kernel/.uml $(mesa)
	$(Q)mkdir -p $(OUT)/check $(OUT)/run; $(MAKE) package-parts $(packages_check) QEMU=1
	$(Q)$(call kept,check: packages,packages,$(packages_check_inputs),\
		$(MAKE) packages-twice PACKAGES_I386=$(PACKAGES_I386))
packages-twice: recipes $(i386) $(mesa_tree) $(libvirt_tree)
	$(Q)rm -rf $(OUT)/packages-first; $(MAKE) packages $(packages_check) QEMU=1 && mv $(packages) $(OUT)/packages-first && $(MAKE) packages $(packages_check) QEMU=1
	$(Q){ $(MAKE) mesa-again $(packages_check) >&2 && echo "ok Mesa, compiled once more without ccache: the same bytes" || echo "FAILED Mesa, compiled once more: other bytes"; \
	  for deb in $(packages)/*.deb; do cmp "$$deb" $(OUT)/packages-first/"$${deb##*/}" >&2 && echo "ok $${deb##*/}: the same bytes" || echo "FAILED $${deb##*/}: other bytes"; done | sed -E 's/_[^_]*_([a-z0-9]+)[.]deb:/, \1:/'; \
	  $(enter) sh -c 'cd out/packages && lintian --allow-root --no-cfg --fail-on error,warning --suppress-tags bogus-mail-host,root-in-contact *.deb' >&2 && echo "ok lintian" || echo "FAILED lintian"; \
	  for tree in sysroot-mesa sysroot-i386; do TREE=$(OUT)/$$tree $(enter) sh -euc '$(own_subprojects); \
	  	scripts/packages/package-mesa out/src/mesa /tmp/build /tmp/nowhere $(packages_all_drivers) $(packages_all_vulkan) configure' >&2 && \
	  	echo "ok $$tree has what Mesa needs for all drivers" || echo "FAILED $$tree lacks what Mesa needs for all drivers"; done; \
	  WRITABLE=1 $(enter) scripts/packages/check-package-libdrm out/packages; \
	  WRITABLE=1 $(enter_qemu) scripts/packages/check-package-qemu out/packages; \
	  mkdir -p $(OUT)/run/displays $(OUT)/run/libvirt; \
	  $(enter_qemu) scripts/check/uml-run out/kernel/uml/linux out/run/displays 1800 scripts/check/qtest-displays /cache/packages-qemu/$$(basename "$$(readlink $(package_qemu))") || \
	  	echo "FAILED QEMU on displays: the machine"; \
	  WRITABLE=1 $(enter_libvirt) scripts/check/uml-run out/kernel/uml/linux out/run/libvirt 1800 scripts/packages/check-package-libvirt out/packages || echo "FAILED libvirt: the machine"; \
	  $(enter) scripts/packages/check-recipes out/recipes arch; WRITABLE=1 $(enter_i386) scripts/packages/check-recipes out/recipes fedora; \
	} >$(call counts,packages); scripts/make/tally $(call counts,packages)
# Where the first was, as far as the compiler can see.
mesa-again:
	$(Q)rm -rf $(OUT)/build/mesa-again; mkdir -p $(OUT)/build/mesa-again $(OUT)/build/mesa
	$(Q)scripts/make/step "Mesa for packages, again" $(OUT)/log/mesa-again.log $(enter) sh -euc '$(own_subprojects); mount --bind out/build/mesa-again out/build/mesa; \
		CCACHE_DISABLE=1 scripts/packages/package-mesa out/src/mesa out/build/mesa /prime/out/build/mesa-again/installed "$$@"' sh $(PACKAGES_DRIVERS) "$(PACKAGES_VULKAN)" $(PACKAGES_PROFILE)
	$(Q)diff -r $(OUT)/build/mesa-again/installed "$$(readlink $(package_mesa))" && rm -rf $(OUT)/build/mesa-again
# All drivers that users get are compiled: more than an hour.
all_drivers := PACKAGES_DRIVERS=$(packages_all_drivers) PACKAGES_VULKAN=$(packages_all_vulkan) PACKAGES_PROFILE=release
check-mesa-drivers:
	$(Q)mkdir -p $(OUT)/check; $(MAKE) package-mesa $(all_drivers)
	$(Q)$(call kept,check: Mesa with all drivers,mesa-drivers,"=$$(readlink $(package_mesa))" scripts/packages/check-mesa-drivers scripts/guest/session.sh,\
		$(enter) sh -c 'scripts/packages/check-mesa-drivers "$$@" >out/check/mesa-drivers' sh "/cache/packages-mesa/$$(basename "$$(readlink $(package_mesa))")" $(packages_all_drivers) $(packages_all_vulkan))
	$(Q)scripts/make/tally $(call counts,mesa-drivers)
.PHONY: packages packages-twice mesa-again recipes package-parts package-qemu $(foreach p,package-mesa package-libdrm,$(p) $(p)-i386)

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
$(bin)/ways/%: $(sysroot) guest/gl-way.c
	$(call compile,guest/gl-way.c,$(way_$*),$(flags_$*))
$(bin)/ways-i386/%: private enter := $(enter_i386)
$(bin)/ways-i386/%: $(i386) guest/gl-way.c
	$(call compile,guest/gl-way.c,$(way_$*),$(flags_$*))

# A clean Debian system, our packages installed by apt, booted with the kernel of stable and
# of backports; and the same system after a purge.
clean := $(OUT)/clean
mirror = $(or $(MIRROR),$(shell grep -hoE 'https?://[^ ]+/debian/?( |$$)' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1))
clean_tree = $(call debian_tree,clean,clean Debian system,,scripts/make/mkclean,$(mirror),linux-(image|binary|headers)-[^ ]*,sources.lock)
session_programs := $(addprefix $(bin)/,xgrab png-compare vmhost klog)
clean_programs := $(session_programs) $(addprefix $(bin)/,$(gl_ways:%=ways/%) $(if $(filter-out command,$(firstword $(origin PACKAGES_I386)))$(PACKAGES_I386),$(gl_ways:%=ways-i386/%)))
# LANE-KERNEL-JOB, JOB as a script and its argument; the first with Secure Boot refuses our driver.
installed_boots := installed-6.12-installed installed-7.3-installed secureboot-6.12-secure-refused secureboot-6.12-secure-enrolled rescue-7.3-rescue
# The firmware, and what makes its variables: packages that are unpacked, and installed nowhere.
firmware := $(OUT)/firmware
$(firmware)/.done: $(fetched)
	$(Q)rm -rf $(firmware); for deb in $(OUT)/dl/firmware-*.deb; do dpkg-deb -x "$$deb" $(firmware); done; touch $@
installed = $(enter) out/bin/runner --lane runner/lanes/$(call axis,$(1),1).lane --dir /prime/out/run/$(1) --timeout $(if $(or $(findstring -owner-,$(1)),$(findstring -desktops,$(1))),7200,1800) \
	--kernel out/clean/vmlinuz-$(call axis,$(1),2) --initrd out/clean/initrd-$(call axis,$(1),2) --modules /lib/modules --accel $$(cat $(accel)) \
	-- 'bash /run/prime-out/clean/$(call axis,$(1),3)-run /run/prime-out $(if $(findstring -desktops,$(1)),$(DESKTOPS),$(call axis,$(1),4))'

installed_inputs = $(package_inputs) =$$(cat $(accel)) $(bin)/runner mk/packages.mk sources.lock \
	scripts/make/mkclean scripts/packages/{install-clean,clean-root.sh,secure-vars} scripts/guest/{{installed,secure,owner,rescue}-run,session.sh,owner.sh} \
	$(wildcard guest/*.node guest/*.qml) guest/installed.service runner/lanes
# What boots from its disk: names, command before each, file of results
define boot_clean
cp scripts/guest/{{installed,secure,owner,rescue,desktops}-run,session.sh,owner.sh,desktops-{parts,buffers}.sh,gl-slow.sh,vk-slow.sh} guest/desktops guest/*.{node,qml} Documentation/owner.md $(clean); \
	printf 'io.systemd.credential.binary:systemd.extra-unit.prime.service=%s' "$$(base64 -w 0 guest/installed.service)" >$(clean)/smbios; \
	$(foreach b,$(1),$($(2)); rm -rf $(OUT)/run/$(b); mkdir -p $(OUT)/run/$(b); \
		scripts/make/step "check: $(b)" $(OUT)/log/$(b).log $(call installed,$(b)) || echo "FAILED the machine" >>$(OUT)/run/$(b)/output.log; \
		sed -nE "s/^(ok|FAILED) /\1 $(b:%-installed=%): /p; s/^# again /&$(b:%-installed=%): /p" $(OUT)/run/$(b)/output.log >>$(3);)
endef
check-installed: $(firmware)/.done $(accel) $(bin)/runner $(clean_programs)
	$(Q)mkdir -p $(OUT)/check $(OUT)/run; $(MAKE) package-parts $(packages_check)
	$(Q)$(call kept,check: installed packages,installed,$(installed_inputs) $(clean_programs),$(MAKE) installed-system PACKAGES_I386=$(PACKAGES_I386))
# For check: 64 bits, one kernel, what an owner does first, and the purge. The driver may change for a week: DKMS has that.
check-installed-smoke: $(accel) $(bin)/runner $(session_programs)
	$(Q)mkdir -p $(OUT)/check $(OUT)/run; $(MAKE) package-parts $(packages_check)
	$(Q)$(call kept_week,check: installed packages in short,installed-smoke,$(installed_inputs) $(session_programs),\
		$(MAKE) installed-in-short)
installed-in-short:
	$(Q)status=0; $(MAKE) installed-system installed_boots=installed-7.3-installed-smoke installed_part=installed-smoke || status=1; \
	scripts/make/asroot rm -rf $(clean); exit $$status # two disks
installed_part := installed
of_its_own = cp --sparse=always $(clean)/disk.img $(clean)/boot.img; $(if $(filter secureboot-%,$(b)),cp $(clean)/vars-$(or $(call axis,$(b),4),refused).fd $(clean)/vars.fd,:)
installed-system:
	$(Q)$(MAKE) packages $(packages_check)
	$(Q)$(clean_tree); \
	scripts/make/step "install, purge" $(OUT)/log/install-clean.log sh -c 'scripts/make/asroot scripts/packages/install-clean $(CACHE)/clean/$$1 $(clean) $(packages) >$(OUT)/run/installed.txt' sh $$key
	$(Q)[ -z "$(filter secureboot-%,$(installed_boots))" ] || for case in "refused" "enrolled out/clean/mok.pub"; do set -- $$case; \
		$(enter) scripts/packages/secure-vars out/firmware out/clean/vmlinuz-6.12 out/clean/vars-$$1.fd $${2-} >$(OUT)/log/secure-vars-$$1.log 2>&1; done
	$(Q)$(call boot_clean,$(installed_boots),of_its_own,$(OUT)/run/installed.txt) scripts/make/tally $(OUT)/run/installed.txt $(call counts,$(installed_part))

# The commands of the owner's page, typed in such a system itself, and how long each takes.
check-owner: $(accel) $(bin)/runner $(session_programs)
	$(Q)mkdir -p $(OUT)/check $(OUT)/run; $(MAKE) package-parts $(packages_check)
	$(Q)$(call kept,check: the owner's page,owner,$(installed_inputs) $(session_programs) Documentation/owner.md,$(MAKE) owner-system)
owner-system:
	$(Q)$(MAKE) packages $(packages_check)
	$(Q)$(clean_tree); \
	scripts/make/asroot rm -rf $(clean); mkdir $(clean); truncate -s 6G $(clean)/boot.img; scripts/make/asroot sh -euc 'PATH=$$PATH:/usr/sbin:/sbin; \
		cp "$$1"/boot/vmlinuz-6.12* $(clean)/vmlinuz-clean; cp "$$1"/boot/initrd.img-6.12* $(clean)/initrd-clean; \
		mke2fs -q -t ext4 -E lazy_itable_init=1 -d "$$1" $(clean)/boot.img' sh $(CACHE)/clean/$$key; \
	rm -f $(OUT)/run/owner.txt
	$(Q)$(call boot_clean,installed-clean-owner-install installed-clean-owner-frame,the_same_disk,$(OUT)/run/owner.txt) \
	cat $(OUT)/run/installed-clean-owner-*/output.log | grep ^took || true; scripts/make/tally $(OUT)/run/owner.txt $(call counts,owner)
# with the initrd that apt has made on it, when it boots again
the_same_disk = $(if $(filter %-frame,$(b)),cp $(OUT)/run/installed-clean-owner-install/initrd $(clean)/initrd-clean,:)

# Desktops that people have, with programs on the other GPU: GNOME's compositor, KDE's and others, from their packages.
desktop_programs := $(session_programs) $(addprefix $(bin)/,gl-frames vk-frames foreign-buffer sdl-picture render-node.so)
desktops_tree = $(call debian_tree,desktops,Debian with desktops,trees/desktops.list,scripts/make/mkclean,$(mirror),linux-(image|binary|headers)-[^ ]*,sources.lock trees/desktops.list)
desktops_inputs = "=$(DESKTOPS)" $(installed_inputs) $(desktop_programs) trees/desktops.list guest/desktops scripts/packages/install-desktops \
	scripts/guest/{desktops-{run,parts.sh,buffers.sh},{gl,vk}-slow.sh}
$(if $(filter check-desktops,$(MAKECMDGOALS)),$(call all_of,DESKTOPS,$(shell sed -nE 's/^([a-z0-9-]+) .*/\1/p' guest/desktops)))
check-desktops: $(accel) $(bin)/runner $(desktop_programs)
	$(Q)mkdir -p $(OUT)/check $(OUT)/run; $(MAKE) package-parts $(packages_check)
	$(Q)$(call kept,check: desktops,desktops,$(desktops_inputs),$(MAKE) desktops-system)
desktops-system:
	$(Q)$(MAKE) packages $(packages_check)
	$(Q)$(desktops_tree); \
	scripts/make/step "install, beside desktops" $(OUT)/log/install-desktops.log scripts/make/asroot scripts/packages/install-desktops $(CACHE)/desktops/$$key $(clean) $(packages); \
	rm -f $(OUT)/run/desktops.txt
	$(Q)$(call boot_clean,installed-6.12-desktops,of_its_own,$(OUT)/run/desktops.txt) scripts/make/tally $(OUT)/run/desktops.txt $(call counts,desktops)
.PHONY: installed-system installed-in-short owner-system desktops-system
