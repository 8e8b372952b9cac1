# Random commands for a QEMU that watches its own memory, on a host that is a guest and has
# /dev/udmabuf and EGL. The attacker is no guest there, which makes it fast, but a client of
# QEMU's qtest. Each run has a seed of its own, which it prints; SEED= repeats one.

COMMANDS ?= 20000
SEED ?=

check-hostile: override LANE := nested-host
check-hostile: override QEMU := stock
check-hostile: override BLOB := off
check-hostile: TIMEOUT := 1800
check-hostile: $(call machine,plain) $(mesa)
	$(Q)$(MAKE) qemu SANITIZE=1
	$(Q)mkdir -p $(OUT)/check $(OUT)/run/hostile; rm -f $(call counts,hostile) $(OUT)/run/hostile/output.log
	$(Q)scripts/step "check: random commands for virtio-gpu" $(OUT)/log/$@.log \
		$(enter) $(call runner,plain,$$(cat $(accel)),hostile,stock,none) -- \
		scripts/hostile-run out/qemu-asan/tests/qtest/virtio-gpu-hostile-test /prime/out/qemu-asan/qemu-system-x86_64 \
			$(COMMANDS) "$(SEED)" || \
		echo "FAILED the machine" >>$(OUT)/run/hostile/output.log
	$(Q)scripts/tally $(OUT)/run/hostile/output.log | tee $(call counts,hostile)
.PHONY: check-hostile
