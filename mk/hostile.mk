# Random commands for a QEMU that watches its own memory: some on User Mode Linux, which
# has /dev/udmabuf and EGL, ten times as many on this host, which is faster. More than 2000
# with 3D on UML need a larger vm.max_map_count than 65530.
# The attacker is no guest, but a client of QEMU's qtest. Each run has a seed of its own,
# which it prints; SEED= repeats one.

COMMANDS ?= 1000
SEED ?=

hostile_inputs = $(OUT)/sysroot/.manifest $(OUT)/kernel/uml $(OUT)/mesa $(OUT)/qemu-asan \
	scripts/make/enter scripts/guest/patient scripts/check/{uml-run,hostile-run,qtest-env.sh} tests/lsan.supp mk/hostile.mk "=$(COMMANDS) $(SEED)"
hostile_run = scripts/check/hostile-run out/qemu-asan/tests/qtest/virtio-gpu-hostile-test /prime/out/qemu-asan/qemu-system-x86_64

check-hostile: TIMEOUT := 1800
check-hostile: $(OUT)/kernel/.uml $(mesa)
	$(Q)$(MAKE) qemu SANITIZE=1
	$(Q)mkdir -p $(OUT)/check; $(call kept,check: random commands for virtio-gpu,hostile,$(hostile_inputs),\
		$(MAKE) hostile-runs COMMANDS=$(COMMANDS) SEED=$(SEED) TIMEOUT=$(TIMEOUT))
hostile-runs:
	$(Q)mkdir -p $(OUT)/run/hostile; rm -f $(OUT)/run/hostile/*.log
	$(Q)$(enter) scripts/guest/patient $(TIMEOUT) $(hostile_run) $(COMMANDS)0 $(or $(SEED),any) host 2d gl-sdl >$(OUT)/run/hostile/host.log || \
		echo "FAILED the tests on the host" >>$(OUT)/run/hostile/host.log
	$(Q)$(enter) scripts/check/uml-run out/kernel/uml/linux out/run/hostile $(TIMEOUT) $(hostile_run) $(COMMANDS) $(or $(SEED),any) guest 2d 2d-egl gl || \
		echo "FAILED the machine" >>$(OUT)/run/hostile/output.log
	$(Q)cat $(OUT)/run/hostile/{host,output}.log >$(OUT)/run/hostile/all.log; \
	scripts/make/tally $(OUT)/run/hostile/all.log $(call counts,hostile)
.PHONY: check-hostile hostile-runs
