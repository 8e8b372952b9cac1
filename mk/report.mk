# What the last runs came to: a page for people, JUnit for machines.

report_sources := $(addprefix report/report,.c -read.c -html.c -junit.c -text.c)

$(bin)/report: $(sysroot) $(report_sources) $(wildcard report/*.h)
	$(call compile,$(report_sources),glib-2.0 json-c libxml-2.0)

# PARTS: those that have to have ended, beside those that did.
report: $(bin)/report
	$(Q)rm -rf $(OUT)/report
	$(Q)$(enter) out/bin/report --parts "$(PARTS)" out
	@echo "$(OUT)/report/index.html"
.PHONY: report
