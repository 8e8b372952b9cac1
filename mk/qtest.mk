# The tests of the series, on a host that is a guest and has /dev/udmabuf, with a QEMU that
# watches its memory. QEMU there is the stock one; it is the control, too.
check-qtest: override LANE := nested-host
check-qtest: override QEMU := stock
check-qtest: override BLOB := off
check-qtest: TIMEOUT := 1800
check-qtest: $(call machine,plain) $(mesa)
	$(Q)$(MAKE) qemu SANITIZE=1
	$(Q)mkdir -p $(OUT)/check $(OUT)/run/qtest; rm -f $(call counts,qtest) $(OUT)/run/qtest/output.log
	$(Q)scripts/step "check: QEMU's qtest of virtio-gpu" $(OUT)/log/$@.log \
		$(enter) $(call runner,plain,$$(cat $(accel)),qtest,stock,none) -- \
		scripts/qtest-run out/qemu-asan/tests/qtest/virtio-gpu-test /prime/out/qemu-asan/qemu-system-x86_64 /usr/bin/qemu-system-x86_64 || \
		echo "FAILED the machine" >>$(OUT)/run/qtest/output.log
	$(Q)scripts/tally $(OUT)/run/qtest/output.log | tee $(call counts,qtest)
.PHONY: check-qtest
