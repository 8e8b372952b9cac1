/* SPDX-License-Identifier: MIT */
/* Ratios of times, measured side by side, and what may be said about them. */
#ifndef RATIO_H
#define RATIO_H

#include <stddef.h>

/* The largest chance of calling a ratio broken that is exactly at its limit. */
#define RATIO_ERROR 0.001

enum ratio_verdict {
	RATIO_HOLDS, /* the median is within the limit */
	RATIO_OPEN, /* the rounds do not tell */
	RATIO_BROKEN, /* the median is beyond the limit */
};

/* Of the ratios of the rounds. */
struct ratio {
	double low_quartile, median, high_quartile;
	double at_least, at_most; /* bounds of the true median */
};

/**
 * ratio_from() - median, quartiles and bounds
 * @ratios: one for each round; is sorted
 * @rounds: 1 to 1000
 *
 * The bounds are order statistics, so nothing is assumed about how times
 * scatter: each is wrong with a chance of RATIO_ERROR at most. Few rounds allow
 * none; the bounds are then 0 and infinity.
 */
struct ratio ratio_from(double *ratios, size_t rounds);

/**
 * ratio_measure() - compare two pieces of work
 * @base, @other: the work; each ends when its effect is complete
 * @data: for both
 * @rounds: 1 to 1000
 *
 * A round is base, other, other, base, eight times, so that neither a drift of
 * the machine nor the order favours one. Its ratio is that of the fastest of each:
 * what other tasks take only adds.
 */
struct ratio ratio_measure(void (*base)(void *data), void (*other)(void *data),
			   void *data, size_t rounds);

enum ratio_verdict ratio_judge(const struct ratio *ratio, double limit);

#endif
