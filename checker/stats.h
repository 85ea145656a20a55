#pragma once
/*
 * Statistics over arrays of doubles, without Lua. Arguments were checked by the caller: arrays are not empty, finite,
 * and of one length; labels are 0 or 1; probabilities lie in 0..1. Each function names its formula and source.
 */

#include <stddef.h>
#include <stdint.h>

double stats_mean(const double *x, size_t n);
double stats_stdev(const double *x, size_t n); /* of a sample: divides by n - 1; 0 for one value */

/* Hyndman and Fan's type 7, the default of NumPy and R: linear between the order statistics around (n - 1) q. */
double stats_quantile(const double *x, size_t n, double q);
double stats_quantile_sorted(const double *sorted, size_t n, double q);
void stats_sort(double *x, size_t n);

double stats_rmse(const double *actual, const double *predicted, size_t n); /* sqrt(mean((a - p)^2)) */
double stats_mae(const double *actual, const double *predicted, size_t n);  /* mean(|a - p|) */

/* Area under the ROC curve by Mann and Whitney's U with midranks for ties. NaN when only one label occurs. */
double stats_auc(const double *labels, const double *scores, size_t n);

/* -mean(y ln p + (1 - y) ln(1 - p)), p clipped to [1e-15, 1 - 1e-15]. */
double stats_log_loss(const double *labels, const double *probabilities, size_t n);
double stats_brier(const double *labels, const double *probabilities, size_t n); /* mean((p - y)^2); Brier 1950 */

/* Expected calibration error: over `bins` equal widths of p, sum of (n_b / n) |mean(y) - mean(p)|. Naeini et al. 2015. */
double stats_ece(const double *labels, const double *probabilities, size_t n, size_t bins);

/* Population stability index: sum of (a - e) ln(a / e) over bins cut at the quantiles of `expected`; equal cuts are one, and a
 * share below 0.0001 counts as that. */
double stats_psi(const double *expected, size_t n, const double *actual, size_t m, size_t bins);

/* Two samples: the largest distance of their distribution functions, and the asymptotic p with Stephens' correction
 * (Numerical Recipes, 3rd edition, 14.3.3). */
double stats_ks(const double *a, size_t n, const double *b, size_t m, double *p);

/* The upper tail of the chi-squared distribution: Q(dof / 2, statistic / 2). */
double stats_chi2_tail(double statistic, double dof);

/* Cohen's kappa of a k by k table of counts, row = first rater: 1 - sum(w o) / sum(w e), where w is |i - j|^power, or
 * for power 0 whether i and j differ. NaN when both raters always say the same one thing. Cohen 1960, 1968. */
double stats_kappa(const double *counts, size_t k, int power);

/* A reproducible sequence (splitmix64, Steele et al. 2014), and from it a number below n without bias. */
uint64_t stats_random(uint64_t *state);
size_t stats_random_below(uint64_t *state, size_t n);
