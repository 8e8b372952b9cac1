# What the last runs came to: a page for people, JUnit for machines.

report_sources := report/report.c report/report-read.c report/report-write.c

$(bin)/report: $(sysroot) $(report_sources) report/report.h report/igt-verdict.h
	$(call compile,$(report_sources),glib-2.0 json-c)

# PARTS: those that have to have ended, beside those that did.
report: $(bin)/report
	$(Q)rm -rf $(OUT)/report
	$(Q)$(enter) out/bin/report --parts "$(PARTS)" out
	@echo "$(OUT)/report/index.html"
.PHONY: report
