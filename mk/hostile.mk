# Random commands for a QEMU that watches its own memory, on a host that is a guest and has
# /dev/udmabuf and EGL. The attacker is no guest there, which makes it fast, but a client of
# QEMU's qtest. Each run has a seed of its own, which it prints; SEED= repeats one.

COMMANDS ?= 2000
SEED ?=

hostile_inputs = $(call guest_inputs,DRIVER=stock LANE=nested-host) $(OUT)/mesa $(OUT)/qemu-asan \
	scripts/hostile-run tests/lsan.supp mk/hostile.mk "=$(COMMANDS) $(SEED)"

check-hostile: override LANE := nested-host
check-hostile: override QEMU := stock
check-hostile: override BLOB := off
check-hostile: TIMEOUT := 1800
check-hostile: $(call machine,plain) $(mesa)
	$(Q)$(MAKE) qemu SANITIZE=1
	$(Q)mkdir -p $(OUT)/check; $(call kept,check: random commands for virtio-gpu,hostile,$(hostile_inputs),\
		$(MAKE) hostile-guest COMMANDS=$(COMMANDS) SEED=$(SEED) LANE=nested-host QEMU=stock BLOB=off TIMEOUT=$(TIMEOUT))
hostile-guest:
	$(Q)mkdir -p $(OUT)/run/hostile; rm -f $(OUT)/run/hostile/output.log
	$(Q)$(enter) $(call runner,plain,$$(cat $(accel)),hostile,stock,none) -- \
		scripts/hostile-run out/qemu-asan/tests/qtest/virtio-gpu-hostile-test /prime/out/qemu-asan/qemu-system-x86_64 \
			$(COMMANDS) $(SEED) || \
		echo "FAILED the machine" >>$(OUT)/run/hostile/output.log
	$(Q)scripts/tally $(OUT)/run/hostile/output.log $(call counts,hostile)
.PHONY: check-hostile hostile-guest
