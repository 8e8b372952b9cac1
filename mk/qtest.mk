# The tests of the series, on a host that is a guest and has /dev/udmabuf, with a QEMU that
# watches its memory. QEMU there is the stock one; it is the control, too.
check-qtest: override LANE := nested-host
check-qtest: override QEMU := stock
check-qtest: override BLOB := off
check-qtest: TIMEOUT := 1800
check-qtest: $(call machine,plain) $(mesa)
	$(Q)$(MAKE) qemu SANITIZE=1
	$(Q)mkdir -p $(OUT)/check; $(call kept,check: QEMU's qtest of virtio-gpu,qtest,\
		$(call guest_inputs,DRIVER=stock LANE=nested-host) $(OUT)/mesa $(OUT)/qemu-asan \
		scripts/qtest-run tests/lsan.supp mk/qtest.mk,\
		$(MAKE) qtest-guest LANE=nested-host QEMU=stock BLOB=off TIMEOUT=$(TIMEOUT))
qtest-guest:
	$(Q)mkdir -p $(OUT)/run/qtest; rm -f $(OUT)/run/qtest/output.log
	$(Q)$(enter) $(call runner,plain,$$(cat $(accel)),qtest,stock,none) -- \
		scripts/qtest-run out/qemu-asan/tests/qtest/virtio-gpu-test /prime/out/qemu-asan/qemu-system-x86_64 /usr/bin/qemu-system-x86_64 || \
		echo "FAILED the machine" >>$(OUT)/run/qtest/output.log
	$(Q)scripts/tally $(OUT)/run/qtest/output.log $(call counts,qtest)
.PHONY: check-qtest qtest-guest
