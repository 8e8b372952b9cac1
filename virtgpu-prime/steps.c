// SPDX-License-Identifier: MIT
/* What was seen, step by step, and what it means. No GPU is needed here. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "prime.h"

void prime_step(struct prime_check *check, const char *name, enum prime_outcome outcome,
		const char *format, ...)
{
	struct prime_step *new = &check->steps[check->num_steps++];
	va_list args;

	new->name = name;
	new->outcome = outcome;
	va_start(args, format);
	vsnprintf(new->detail, sizeof(new->detail), format, args);
	va_end(args);
}

void prime_step_mesa(struct prime_check *check, const char *driver)
{
	const struct prime_gl *gl = &check->gl;
	bool software =
		strstr(gl->renderer, "llvmpipe") || strstr(gl->renderer, "softpipe");

	if (gl->error[0])
		prime_step(check, "mesa", PRIME_STEP_FAILED, "%s", gl->error);
	else if (software && !prime_is_stand_in(driver))
		prime_step(
			check, "mesa", PRIME_STEP_FAILED,
			"the Mesa of prime-run has no driver for %s: it drew on the processor",
			driver);
	else
		prime_step(check, "mesa", PRIME_STEP_OK, "%s, %s, waited for its %s",
			   gl->renderer, gl->mesa, gl->fence);
}

void prime_step_vulkan(struct prime_check *check, uint64_t right)
{
	const struct prime_gl *vulkan = &check->vulkan;

	if (vulkan->none)
		prime_step(check, "vulkan", PRIME_STEP_SKIPPED, "%s", vulkan->error);
	else if (vulkan->error[0])
		prime_step(check, "vulkan", PRIME_STEP_FAILED, "%s", vulkan->error);
	else
		prime_step(check, "vulkan",
			   right == check->pixels ? PRIME_STEP_OK : PRIME_STEP_FAILED,
			   "%s, %s, waited for its %s: %llu of %llu pixels right",
			   vulkan->renderer, vulkan->mesa, vulkan->fence,
			   (unsigned long long)right, (unsigned long long)check->pixels);
}

static bool is_step(const struct prime_check *check, const char *name,
		    enum prime_outcome outcome)
{
	for (int i = 0; i < check->num_steps; i++)
		if (!strcmp(check->steps[i].name, name))
			return check->steps[i].outcome == outcome;
	return false;
}

static bool has_failed(const struct prime_check *check, const char *name)
{
	return is_step(check, name, PRIME_STEP_FAILED);
}

static bool has_passed(const struct prime_check *check, const char *name)
{
	return is_step(check, name, PRIME_STEP_OK);
}

enum prime_status prime_judge(const struct prime_check *check,
			      const struct prime_verdict *verdict, bool works)
{
	/* Without "zero-copy" frames go through transfers, if they do. */
	if (has_failed(check, "fence"))
		works = false;
	if (!works)
		return verdict->status == PRIME_WORKS ? PRIME_DOES_NOT : verdict->status;
	if (!has_passed(check, "mesa") || has_failed(check, "vulkan"))
		return PRIME_NO_MESA;
	return has_passed(check, "frame") ? PRIME_WORKS : PRIME_DOES_NOT;
}
