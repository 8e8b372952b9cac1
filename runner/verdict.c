// SPDX-License-Identifier: MIT
#include "verdict.h"

#include "klog.h"

void verdict_init(struct verdict *verdict)
{
	*verdict = (struct verdict){
		.status = -1,
		.findings = g_ptr_array_new_with_free_func(g_free),
		.late = g_ptr_array_new_with_free_func(g_free),
	};
}

void verdict_clear(struct verdict *verdict)
{
	g_ptr_array_free(verdict->findings, TRUE);
	g_ptr_array_free(verdict->late, TRUE);
	verdict->findings = verdict->late = NULL;
}

gboolean verdict_line(struct verdict *verdict, const char *line)
{
	guint64 status;

	if (g_str_has_prefix(line, "boot ")) {
		verdict->booted = TRUE;
		return TRUE;
	}
	if (g_str_has_prefix(line, "exit ")) {
		if (!g_ascii_string_to_unsigned(line + 5, 10, 0, 255, &status, NULL))
			return FALSE;
		verdict->status = (int)status;
		return TRUE;
	}
	if (g_str_has_prefix(line, "finding ")) {
		g_ptr_array_add(verdict->findings, g_strdup(line + 8));
		return TRUE;
	}
	if (g_str_has_prefix(line, "late ")) {
		g_ptr_array_add(verdict->late, g_strdup(line + 5));
		return TRUE;
	}
	if (g_str_has_prefix(line, "now "))
		return TRUE;
	if (g_str_equal(line, "end")) {
		verdict->ended = TRUE;
		return TRUE;
	}
	return FALSE;
}

guint verdict_excuse(struct verdict *verdict, double starved)
{
	if (klog_excused(verdict->late->len, starved))
		return verdict->late->len;
	while (verdict->late->len)
		g_ptr_array_add(verdict->findings,
				g_ptr_array_steal_index(verdict->late, 0));
	return 0;
}

int verdict_code(const struct verdict *verdict, gboolean timed_out, gboolean panicked)
{
	if (panicked)
		return VERDICT_PANIC;
	if (timed_out)
		return VERDICT_TIMEOUT;
	if (!verdict->ended || verdict->status < 0)
		return VERDICT_LOST;
	if (verdict->status == 0 && verdict->findings->len)
		return VERDICT_FAIL;
	return verdict->status;
}
