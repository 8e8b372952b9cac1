# Guests that send random commands to a QEMU that watches its own memory. What
# counts is what the sanitizers say, and that the rest of the machine lives on.

COMMANDS ?= 100000
SEED ?= 1
hostile_gpus ?= 2d gl

$(bin)/hostile: $(sysroot) tools/hostile.c $(module_source)
	$(call compile,tools/hostile.c,,-Iout/module/source/include/uapi)

hostile_inputs = $(call guest_inputs,DRIVER=ours) $(bin)/hostile $(OUT)/qemu-asan/qemu-system-x86_64 scripts/{hostile-run,hostile-verdict} mk/hostile.mk

check-hostile: override QEMU := sanitized
check-hostile: override BLOB := on
check-hostile: TIMEOUT := 600
check-hostile: $(call machine,plain) $(bin)/hostile
	$(Q)$(MAKE) qemu SANITIZE=1
	$(Q)mkdir -p $(OUT)/check; $(call kept,check: hostile guests,hostile,$(hostile_inputs),\
		$(MAKE) hostile-guests COMMANDS=$(COMMANDS) SEED=$(SEED) QEMU=sanitized BLOB=on TIMEOUT=$(TIMEOUT) LANE=direct)
hostile-guests:
	$(Q)for gpu in $(hostile_gpus); do \
		status=0; $(enter) $(call runner,plain,$$(cat $(accel)),hostile-$$gpu,ours,$$gpu) -q -- \
			scripts/hostile-run $(COMMANDS) $(SEED) || status=$$?; \
		scripts/hostile-verdict $(OUT)/run/hostile-$$gpu $$status; \
	done | tee $(OUT)/check/hostile.txt
	$(Q)scripts/tally $(OUT)/check/hostile.txt $(call counts,hostile)
.PHONY: check-hostile hostile-guests
