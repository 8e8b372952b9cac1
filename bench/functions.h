/* SPDX-License-Identifier: MIT */
/* In which functions of the kernel instructions were executed. */
#ifndef FUNCTIONS_H
#define FUNCTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <glib.h>

/* What is where in the kernel and its modules, as /proc/kallsyms says. */
struct names *names_new(FILE *kallsyms);
void names_free(struct names *names);

/* Returns "programs" for what is not the kernel's. */
const char *names_at(const struct names *names, uint64_t address);

struct function {
	const char *name; /* of names, which has to stay */
	double executed; /* instructions */
};

/* A table of struct function by name. */
GHashTable *functions_new(void);

/**
 * functions_add() - add what was executed
 * @blocks: lines of an address and a number, as the plugin leaves them (instructions.c)
 * @factor: of the numbers; below 0 to take them off
 *
 * Returns false if there is something else in it.
 */
bool functions_add(GHashTable *functions, const struct names *names, FILE *blocks,
		   double factor);

/* Returns an array of struct function, what most was executed in first, or taken off. */
GArray *functions_sorted(GHashTable *functions);

#endif
