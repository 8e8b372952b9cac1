# One series (SERIES=offload) as mails for its list, out/outgoing. The gates run first;
# nothing is sent.

send_dir = $(if $(SERIES),$$(scripts/series/series dir $(SERIES)),$(COMPONENT))
send_environment = SIGNOFF=$(call quote,$(SIGNOFF)) TO=$(call quote,$(TO)) REROLL=$(call quote,$(REROLL))

send:
	$(Q)$(send_environment) scripts/series/send check $(send_dir)
	@echo "gates: check-lint $(GATES)"
	$(Q)$(MAKE) check-lint $(GATES) FROM= TO=
	$(Q)$(enter) env $(send_environment) scripts/series/send write $(send_dir) out/outgoing
.PHONY: send
