// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "ratio.h"

#define ROUNDS_MAX 1000
#define REPEATS 8 /* in a round, of base, other, other, base */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Between neighbours in proportion: @part is 0 to 1. */
static double quantile(const double *sorted, size_t rounds, double part)
{
	double at = part * (double)(rounds - 1);
	size_t below = (size_t)at;
	double share = at - (double)below;

	if (below + 1 == rounds)
		return sorted[below];
	return sorted[below] * (1 - share) + sorted[below + 1] * share;
}

/*
 * How many of the smallest ratios may be cut off: fewer rounds than this fall
 * below the true median with a chance of RATIO_ERROR (binomial, p = 1/2).
 */
static size_t cut(size_t rounds)
{
	double chance = pow(0.5, (double)rounds), sum = chance;
	size_t k = 0;

	while (sum <= RATIO_ERROR) {
		chance *= (double)(rounds - k) / (double)(k + 1);
		sum += chance;
		k++;
	}
	return k;
}

struct ratio ratio_from(double *ratios, size_t rounds)
{
	size_t k = cut(rounds);

	qsort(ratios, rounds, sizeof(*ratios), compare);
	return (struct ratio){
		.low_quartile = quantile(ratios, rounds, 0.25),
		.median = quantile(ratios, rounds, 0.5),
		.high_quartile = quantile(ratios, rounds, 0.75),
		.at_least = k ? ratios[k - 1] : 0,
		.at_most = k ? ratios[rounds - k] : INFINITY,
	};
}

static double seconds(void (*work)(void *data), void *data)
{
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	work(data);
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (double)(to.tv_sec - from.tv_sec) +
	       (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static double one_round(void (*base)(void *data), void (*other)(void *data), void *data)
{
	double fastest_base = INFINITY, fastest_other = INFINITY;

	for (int i = 0; i < REPEATS; i++) {
		fastest_base = fmin(fastest_base, seconds(base, data));
		fastest_other = fmin(fastest_other, seconds(other, data));
		fastest_other = fmin(fastest_other, seconds(other, data));
		fastest_base = fmin(fastest_base, seconds(base, data));
	}
	return fastest_other / fastest_base;
}

struct ratio ratio_measure(void (*base)(void *data), void (*other)(void *data),
			   void *data, size_t rounds)
{
	double ratios[ROUNDS_MAX];

	one_round(base, other, data); /* warms up */
	for (size_t i = 0; i < rounds; i++)
		ratios[i] = one_round(base, other, data);
	return ratio_from(ratios, rounds);
}

enum ratio_verdict ratio_judge(const struct ratio *ratio, double limit)
{
	if (ratio->at_least > limit)
		return RATIO_BROKEN;
	return ratio->at_most <= limit ? RATIO_HOLDS : RATIO_OPEN;
}
