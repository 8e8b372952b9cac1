# A desktop of Debian's own user space in the guest, with the stock driver and
# with ours: it must not notice the difference.

$(bin)/glx-scene: $(sysroot) tools/glx-scene.c
	$(call compile,tools/glx-scene.c,gl x11)
$(bin)/xgrab: $(sysroot) tools/xgrab.c vm/screen.c vm/screen.h
	$(call compile,tools/xgrab.c vm/screen.c,libpng xcb)

# driver; prints "ok DRIVER: WHAT" and "FAILED DRIVER: WHAT"
define desktop_boot
status=0; $(enter) $(call runner,plain,$$(cat $(accel)),desktop-$(1),$(1),gl) -q -- scripts/desktop-run $(1) || status=$$?; \
{ grep -E '^(ok|FAILED) ' $(OUT)/run/desktop-$(1)/output.log || true; \
  if [ $$status = 0 ]; then echo "ok the machine"; else echo "FAILED the machine: status $$status"; fi; } | sed 's/ / $(1): /'
endef
# what, file
define desktop_compare
if $(enter) out/bin/png-compare out/run/desktop-{stock,ours}/$(2) >&2; then echo "ok both: $(1)"; else echo "FAILED both: $(1)"; fi
endef

desktop: $(call machine,plain) $(bin)/glx-scene $(bin)/xgrab $(bin)/png-compare
	$(Q)rm -rf $(OUT)/run/desktop-{stock,ours}; mkdir -p $(OUT)/run; \
	{ $(call desktop_boot,stock); $(call desktop_boot,ours); \
	  $(call desktop_compare,the guest's screen is the same,desktop/guest.png); \
	  $(call desktop_compare,the host's screen is the same,screen.png); } | tee $(OUT)/run/desktop.txt
	$(Q)scripts/tally $(OUT)/run/desktop.txt $(if $(COUNTS),| tee $(COUNTS)) || { \
		echo "repeat with: make check-desktop V=1" >&2; exit 1; }
.PHONY: desktop
