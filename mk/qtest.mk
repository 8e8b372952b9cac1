# The tests of the series with a QEMU that watches its memory, and on the stock one, which
# is the control: on this host, if that is enough, or on User Mode Linux, which has
# /dev/udmabuf and vgem. TESTS= names some of them.
qtest_args = out/qemu-asan/tests/qtest/virtio-gpu-test /prime/out/qemu-asan/qemu-system-x86_64 /usr/bin/qemu-system-x86_64 tests/qtest-control

check-qtest: TIMEOUT := 1800
check-qtest: $(OUT)/kernel/.uml $(mesa)
	$(Q)$(MAKE) qemu SANITIZE=1
	$(Q)mkdir -p $(OUT)/check; $(call kept,check: QEMU's qtest of virtio-gpu,qtest,\
		$(OUT)/sysroot/.manifest $(OUT)/kernel/uml $(OUT)/mesa $(OUT)/qemu-asan scripts/make/enter scripts/guest/patient scripts/check/uml-run \
		scripts/check/qtest-run scripts/check/qtest-env.sh tests/qtest-control tests/lsan.supp mk/qtest.mk "=$(TESTS)",\
		$(MAKE) qtest-runs TIMEOUT=$(TIMEOUT) TESTS="$(TESTS)")
qtest-runs:
	$(Q)mkdir -p $(OUT)/run/qtest; rm -f $(OUT)/run/qtest/*.log
	$(Q)$(enter) scripts/check/qtest-run $(qtest_args) host $(TESTS) >$(OUT)/run/qtest/host.log || \
		echo "FAILED the tests on the host" >>$(OUT)/run/qtest/host.log
	$(Q)$(enter) scripts/check/uml-run out/kernel/uml/linux out/run/qtest $(TIMEOUT) scripts/check/qtest-run $(qtest_args) guest $(TESTS) || \
		echo "FAILED the machine" >>$(OUT)/run/qtest/output.log
	$(Q)cat $(OUT)/run/qtest/{host,output}.log >$(OUT)/run/qtest/all.log; \
	scripts/make/tally $(OUT)/run/qtest/all.log $(call counts,qtest)
.PHONY: check-qtest qtest-runs
