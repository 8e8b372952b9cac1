// SPDX-License-Identifier: MIT
/*
 * virtgpu-prime: whether a GPU that is passed through to this VM can render what
 * virtio-gpu displays, how, and if not, why not. See virtgpu-prime(1).
 *
 * Buffers, transfers and layouts are libdrm_virtgpu's. What the driver offers it asks
 * itself: a number that it does not know is told from one whose value is 0.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prime.h"

#define MAX_SIDE 16384u /* pixels, what hosts allow for a texture */

static struct {
	bool json;
	uint32_t width, height;
	unsigned int seconds;
} options = {.width = 1366, .height = 768, .seconds = 10};

static const char usage_text[] =
	"usage: virtgpu-prime [info|check|layout|demo|gpu] [--json] [--size WxH] [--seconds N]\n"
	"\n"
	"  info     which GPU displays, which renders, by which path, and why\n"
	"  check    draw a frame with the other GPU, as prime-run has it, and compare what\n"
	"           the host gets\n"
	"  layout   how common formats are laid out, here and on the host\n"
	"  demo     show frames of the other GPU on the screen (from a text console)\n"
	"  gpu      what DRI_PRIME has to be for the other GPU\n"
	"\n"
	"status: 0 offload works, 1 it does not, 2 usage, 3 no virtio-gpu, 4 no permission,\n"
	"        5 not ready: the kernel, 6 the host, 7 Mesa, 8 there is no other GPU\n";

static int usage(void)
{
	fputs(usage_text, stderr);
	return PRIME_USAGE;
}

static void print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
				JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

static int info(const struct prime_facts *facts, const struct prime_verdict *verdict)
{
	if (options.json)
		print_json(prime_facts_to_json(facts, verdict));
	else
		prime_print_facts(facts, verdict);
	return (int)verdict->status;
}

/* Whether there are two GPUs that can be tried. */
static bool can_try(const struct prime_facts *facts, const struct prime_verdict *verdict)
{
	return verdict->status != PRIME_NO_DEVICE && verdict->status != PRIME_NO_ACCESS &&
	       facts->other >= 0;
}

static int check(const struct prime_facts *facts, struct prime_verdict *verdict)
{
	struct prime_check result;
	struct json_object *object;

	if (!can_try(facts, verdict))
		return info(facts, verdict);
	/* What was seen wins. */
	verdict->status = prime_check(facts, options.width, options.height, &result);
	if (!options.json) {
		prime_print_facts(facts, verdict);
		prime_print_check(&result);
		prime_print_verdict(verdict->status);
		return (int)verdict->status;
	}
	object = prime_facts_to_json(facts, verdict);
	json_object_object_add(object, "check", prime_check_to_json(&result));
	print_json(object);
	return (int)verdict->status;
}

/* Layouts are an answer without another GPU, and whether or not offload works. */
static int layout(const struct prime_facts *facts, const struct prime_verdict *verdict)
{
	struct json_object *layouts;

	if (facts->display < 0 || facts->gpus[facts->display].error)
		return info(facts, verdict);
	layouts = prime_layout(facts, options.width, options.height);
	if (options.json) {
		print_json(layouts);
		return 0;
	}
	prime_print_layout(layouts, facts, options.width, options.height);
	json_object_put(layouts);
	return 0;
}

static int demo(const struct prime_facts *facts, const struct prime_verdict *verdict)
{
	if (!can_try(facts, verdict))
		return info(facts, verdict);
	return prime_demo(facts, options.seconds) ? PRIME_WORKS : PRIME_DOES_NOT;
}

/* For prime-run: whether it works is another question. */
static int gpu(const struct prime_facts *facts)
{
	char value[64];

	if (facts->display < 0)
		return PRIME_NO_DEVICE;
	if (facts->other < 0)
		return PRIME_NO_OTHER;
	prime_dri_prime(facts, value, sizeof(value));
	puts(value);
	return 0;
}

static bool parse_number(const char *text, char end, unsigned long max, const char **rest,
			 unsigned int *number)
{
	char *after;
	unsigned long value;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoul(text, &after, 10);
	if (errno || *after != end || !value || value > max)
		return false;
	*number = (unsigned int)value;
	*rest = after + (end != 0);
	return true;
}

static bool parse_size(const char *text)
{
	return parse_number(text, 'x', MAX_SIDE, &text, &options.width) &&
	       parse_number(text, 0, MAX_SIDE, &text, &options.height);
}

static bool parse_option(int option)
{
	const char *text = optarg;

	switch (option) {
	case 'j':
		options.json = true;
		return true;
	case 's':
		return parse_size(text);
	case 't':
		return parse_number(text, 0, 3600, &text, &options.seconds);
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{"json", no_argument, NULL, 'j'},
		{"size", required_argument, NULL, 's'},
		{"seconds", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *command = "info";
	struct prime_facts facts;
	struct prime_verdict verdict;
	int option;

	while ((option = getopt_long(argc, argv, "jh", names, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage_text, stdout);
			return 0;
		}
		if (!parse_option(option))
			return usage();
	}
	if (argc - optind > 1)
		return usage();
	if (optind < argc)
		command = argv[optind];
	prime_probe(&facts);
	prime_decide(&facts, &verdict);
	if (!strcmp(command, "info"))
		return info(&facts, &verdict);
	if (!strcmp(command, "check"))
		return check(&facts, &verdict);
	if (!strcmp(command, "layout"))
		return layout(&facts, &verdict);
	if (!strcmp(command, "gpu"))
		return gpu(&facts);
	if (!strcmp(command, "demo"))
		return demo(&facts, &verdict);
	return usage();
}
