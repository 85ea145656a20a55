#include "checker/stats.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

/* ---- one array ---- */

double stats_mean(const double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum / (double)n;
}

double stats_stdev(const double *x, size_t n) {
    double mean = stats_mean(x, n), sum = 0;
    for (size_t i = 0; i < n; i++) sum += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sqrt(sum / (double)(n - 1)) : 0;
}

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

void stats_sort(double *x, size_t n) { qsort(x, n, sizeof *x, compare); }

static double *sorted_copy(const double *x, size_t n) {
    double *copy = mem_alloc(n * sizeof *copy);
    memcpy(copy, x, n * sizeof *copy);
    stats_sort(copy, n);
    return copy;
}

double stats_quantile_sorted(const double *sorted, size_t n, double q) {
    double at = (double)(n - 1) * q;
    size_t below = (size_t)at;
    if (below + 1 >= n) return sorted[n - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

double stats_quantile(const double *x, size_t n, double q) {
    autofree double *sorted = sorted_copy(x, n);
    return stats_quantile_sorted(sorted, n, q);
}

/* ---- actual and predicted ---- */

double stats_rmse(const double *actual, const double *predicted, size_t n) {
    return sqrt(stats_brier(actual, predicted, n));
}

double stats_mae(const double *actual, const double *predicted, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += fabs(actual[i] - predicted[i]);
    return sum / (double)n;
}

double stats_brier(const double *labels, const double *probabilities, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (labels[i] - probabilities[i]) * (labels[i] - probabilities[i]);
    return sum / (double)n;
}

double stats_log_loss(const double *labels, const double *probabilities, size_t n) {
    static const double least = 1e-15;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double p = fmin(fmax(probabilities[i], least), 1 - least);
        sum -= labels[i] * log(p) + (1 - labels[i]) * log1p(-p);
    }
    return sum / (double)n;
}

double stats_ece(const double *labels, const double *probabilities, size_t n, size_t bins) {
    autofree double *difference = mem_alloc(bins * sizeof *difference); /* sum of y - p of each bin */
    for (size_t i = 0; i < n; i++) {
        size_t bin = (size_t)(probabilities[i] * (double)bins);
        difference[bin < bins ? bin : bins - 1] += labels[i] - probabilities[i];
    }
    double sum = 0;
    for (size_t i = 0; i < bins; i++) sum += fabs(difference[i]);
    return sum / (double)n;
}

struct scored {
    double score, label;
};

static int compare_scored(const void *a, const void *b) {
    const struct scored *left = a, *right = b;
    return (left->score > right->score) - (left->score < right->score);
}

/* The sum of the ranks of the positive ones among those sorted; ties share the middle of their ranks. */
static double positive_ranks(const struct scored *sorted, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i;
        double positives = 0;
        while (end < n && sorted[end].score == sorted[i].score) positives += sorted[end++].label;
        sum += positives * (double)(i + 1 + end) / 2;
        i = end;
    }
    return sum;
}

double stats_auc(const double *labels, const double *scores, size_t n) {
    autofree struct scored *all = mem_alloc(n * sizeof *all);
    double positives = 0;
    for (size_t i = 0; i < n; i++) {
        all[i] = (struct scored){scores[i], labels[i]};
        positives += labels[i];
    }
    double negatives = (double)n - positives;
    qsort(all, n, sizeof *all, compare_scored);
    double u = positive_ranks(all, n) - positives * (positives + 1) / 2;
    return positives > 0 && negatives > 0 ? u / (positives * negatives) : (double)NAN;
}

/* ---- two samples ---- */

/* Counts values per bin, a bin holding what is above its lower cut and not above its upper one. */
static void count_bins(const double *x, size_t n, const double *cuts, size_t cut_count, double *counts) {
    for (size_t i = 0; i < n; i++) {
        size_t bin = 0;
        while (bin < cut_count && x[i] > cuts[bin]) bin++;
        counts[bin]++;
    }
}

double stats_psi(const double *expected, size_t n, const double *actual, size_t m, size_t bins) {
    autofree double *sorted = sorted_copy(expected, n);
    autofree double *cuts = mem_alloc(bins * sizeof *cuts);
    autofree double *before = mem_alloc(bins * sizeof *before);
    autofree double *after = mem_alloc(bins * sizeof *after);
    size_t cut_count = 0;
    for (size_t i = 1; i < bins; i++) {
        double cut = stats_quantile_sorted(sorted, n, (double)i / (double)bins);
        if (!cut_count || cut > cuts[cut_count - 1]) cuts[cut_count++] = cut;
    }
    count_bins(expected, n, cuts, cut_count, before);
    count_bins(actual, m, cuts, cut_count, after);
    double sum = 0;
    for (size_t i = 0; i <= cut_count; i++) {
        double e = fmax(before[i] / (double)n, 1e-4), a = fmax(after[i] / (double)m, 1e-4);
        sum += (a - e) * log(a / e);
    }
    return sum;
}

/* Kolmogorov's Q(x), the upper tail; each of the two series where it converges fast. */
static double kolmogorov_tail(double x) {
    static const double pi = 3.14159265358979323846;
    double sum = 0;
    if (x < 0.05) return 1;
    if (x < 1.18) {
        for (int k = 1; k < 20; k += 2) sum += exp(-k * k * pi * pi / (8 * x * x));
        return 1 - sqrt(2 * pi) / x * sum;
    }
    for (int k = 1; k < 20; k++) sum += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * x * x);
    return sum;
}

double stats_ks(const double *a, size_t n, const double *b, size_t m, double *p) {
    autofree double *left = sorted_copy(a, n);
    autofree double *right = sorted_copy(b, m);
    double largest = 0;
    for (size_t i = 0, k = 0; i < n && k < m;) {
        double value = fmin(left[i], right[k]);
        while (i < n && left[i] <= value) i++;
        while (k < m && right[k] <= value) k++;
        largest = fmax(largest, fabs((double)i / (double)n - (double)k / (double)m));
    }
    double size = sqrt((double)n * (double)m / (double)(n + m));
    *p = kolmogorov_tail((size + 0.12 + 0.11 / size) * largest);
    return largest;
}

/* ---- tables ---- */

/* P(a, x) by its series, for x < a + 1. Numerical Recipes, 3rd edition, 6.2. */
static double gamma_series(double a, double x) {
    double term = 1 / a, sum = term;
    for (int i = 1; i < 10000 && fabs(term) > fabs(sum) * 1e-16; i++) sum += term *= x / (a + i);
    return sum * exp(-x + a * log(x) - lgamma(a));
}

/* Q(a, x) by Lentz's continued fraction, for the other x. */
static double gamma_fraction(double a, double x) {
    static const double tiny = 1e-300;
    double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;
    for (int i = 1; i < 10000; i++) {
        double an = -i * (i - a);
        b += 2;
        d = an * d + b;
        if (fabs(d) < tiny) d = tiny;
        c = b + an / c;
        if (fabs(c) < tiny) c = tiny;
        d = 1 / d;
        h *= d * c;
        if (fabs(d * c - 1) < 1e-16) break;
    }
    return h * exp(-x + a * log(x) - lgamma(a));
}

double stats_chi2_tail(double statistic, double dof) {
    double a = dof / 2, x = statistic / 2;
    if (x <= 0) return 1;
    return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

double stats_kappa(const double *counts, size_t k, int power) {
    autofree double *rows = mem_alloc(k * sizeof *rows);
    autofree double *columns = mem_alloc(k * sizeof *columns);
    double n = 0, observed = 0, expected = 0;
    for (size_t i = 0; i < k * k; i++) {
        rows[i / k] += counts[i];
        columns[i % k] += counts[i];
        n += counts[i];
    }
    for (size_t i = 0; i < k * k; i++) {
        size_t row = i / k, column = i % k;
        double apart = fabs((double)row - (double)column);
        double weight = power ? pow(apart, power) : apart > 0;
        observed += weight * counts[i];
        expected += weight * rows[row] * columns[column] / n;
    }
    return expected > 0 ? 1 - observed / expected : (double)NAN;
}

/* ---- randomness ---- */

uint64_t stats_random(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

size_t stats_random_below(uint64_t *state, size_t n) {
    uint64_t past = UINT64_MAX - UINT64_MAX % n, number;
    do number = stats_random(state);
    while (number >= past);
    return (size_t)(number % n);
}
