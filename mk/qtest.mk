# The tests of the series with a QEMU that watches its memory, and on the stock one, which
# is the control: on a host that is a guest and has /dev/udmabuf, or, many times faster, on
# this one, if that is enough.
qtest_args = out/qemu-asan/tests/qtest/virtio-gpu-test /prime/out/qemu-asan/qemu-system-x86_64 /usr/bin/qemu-system-x86_64 tests/qtest-control

check-qtest: override LANE := nested-host
check-qtest: override QEMU := stock
check-qtest: override BLOB := off
check-qtest: TIMEOUT := 1800
check-qtest: $(call machine,plain) $(mesa)
	$(Q)$(MAKE) qemu SANITIZE=1
	$(Q)mkdir -p $(OUT)/check; $(call kept,check: QEMU's qtest of virtio-gpu,qtest,\
		$(call guest_inputs,DRIVER=stock LANE=nested-host) $(OUT)/mesa $(OUT)/qemu-asan \
		scripts/qtest-run scripts/qtest-env.sh tests/qtest-control tests/lsan.supp mk/qtest.mk,\
		$(MAKE) qtest-guest LANE=nested-host QEMU=stock BLOB=off TIMEOUT=$(TIMEOUT))
qtest-guest:
	$(Q)mkdir -p $(OUT)/run/qtest; rm -f $(OUT)/run/qtest/*.log
	$(Q)$(enter) scripts/qtest-run $(qtest_args) host >$(OUT)/run/qtest/host.log || \
		echo "FAILED the tests on the host" >>$(OUT)/run/qtest/host.log
	$(Q)$(enter) $(call runner,plain,$$(cat $(accel)),qtest,stock,none) -- scripts/qtest-run $(qtest_args) guest || \
		echo "FAILED the machine" >>$(OUT)/run/qtest/output.log
	$(Q)cat $(OUT)/run/qtest/{host,output}.log >$(OUT)/run/qtest/all.log; \
	scripts/tally $(OUT)/run/qtest/all.log $(call counts,qtest)
.PHONY: check-qtest qtest-guest
