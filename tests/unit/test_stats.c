/* Statistics against values computed by scikit-learn 1.x, SciPy and NumPy, or by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/lua_state.h"

extern const struct library library_stats;

static int open_state(void **state) {
    lua_State *L = state_new();
    state_open_library(L, &library_stats);
    state_run(L, "function near(actual, expected)\n"
                 "  if not (math.abs(actual - expected) <= 1e-12 * math.max(1, math.abs(expected))) then\n"
                 "    error(('expected %.17g, got %.17g'):format(expected, actual), 2)\n"
                 "  end\n"
                 "end\n"
                 "y = {0, 0, 1, 1, 0, 1, 1, 0, 1, 0}\n"
                 "s = {0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.9, 0.2, 0.55, 0.6}\n");
    lua_pushlightuserdata(L, NULL);
    lua_setglobal(L, "null");
    *state = L;
    return 0;
}

static void test_one_list(void **state) {
    state_run(*state, "near(stats.mean{1, 2, 6}, 3)\n"
                      "near(stats.stdev(s), 0.24855135843076334)\n"
                      "for q, value in pairs{[0] = 0.1, [0.1] = 0.19, [0.5] = 0.4, [0.9] = 0.81, [1] = 0.9} do\n"
                      "  near(stats.quantile(s, q), value)\n"
                      "end\n"
                      "near(stats.quantile({7}, 0.3), 7)\n"
                      "same(s[2], 0.4)\n" /* the list itself stays as it was */);
}

static void test_errors_of_predictions(void **state) {
    state_run(*state, "near(stats.rmse({3, -0.5, 2, 7}, {2.5, 0, 2, 8}), 0.6123724356957945)\n"
                      "near(stats.mae({3, -0.5, 2, 7}, {2.5, 0, 2, 8}), 0.5)\n"
                      "near(stats.log_loss(y, s), 0.5158899970478662)\n"
                      "near(stats.log_loss({1}, {0}), -math.log(1e-15))\n"
                      "near(stats.log_loss({0, 1}, {0, 1}), 9.992007221626409e-16)\n"
                      "near(stats.brier(y, s), 0.1765)\n");
}

static void test_auc(void **state) {
    state_run(*state, "near(stats.auc(y, s), 0.76)\n"
                      "near(stats.auc({false, true}, {1, 1}), 0.5)\n"
                      "near(stats.auc({0, 0, 1, 1}, {0.1, 0.2, 0.3, 0.4}), 1)\n"
                      "near(stats.auc({1, 1, 0, 0}, {0.1, 0.2, 0.3, 0.4}), 0)\n"
                      "raises('only one of the two labels occurs', stats.auc, {1, 1}, {0, 1})\n");
}

static void test_calibration(void **state) {
    state_run(*state, "near(stats.ece({0, 1, 1, 0}, {0.1, 0.9, 0.6, 0.6}), 0.1)\n"
                      "near(stats.ece({1, 0}, {1, 0}), 0)\n"
                      "near(stats.ece({1, 0}, {0.9, 0.7}, 1), 0.3)\n");
}

static void test_classes(void **state) {
    state_run(*state, "local p = {0, 1, 1, 1, 0, 0, 1, 0, 1, 1}\n"
                      "near(stats.f1(y, p), 8 / 11)\n"
                      "near(stats.f1(y, p, 0), 2 / 3)\n"
                      "near(stats.f1({true, false, true}, {1, 0, false}), 2 / 3)\n"
                      "near(stats.f1({'a', 'b'}, {'a', 'a'}, 'a'), 2 / 3)\n"
                      "near(stats.f1({0, 0}, {0, 0}), 0)\n"
                      "local a, b = {1, 2, 3, 3, 2, 1, 2, 3, 1, 10}, {1, 2, 2, 3, 3, 1, 2, 10, 2, 10}\n"
                      "near(stats.kappa(a, b), 0.45945945945945943)\n"
                      "near(stats.kappa(a, b, 'linear'), 0.6428571428571428)\n"
                      "near(stats.kappa(a, b, 'quadratic'), 0.803921568627451)\n"
                      "near(stats.kappa({'x', 'y', 'x'}, {'x', 'y', 'x'}), 1)\n"
                      "raises('kappa is undefined', stats.kappa, {1, 1}, {1, 1})\n"
                      "raises('classes that have an order', stats.kappa, {1, 'x'}, {1, 'x'}, 'linear')\n"
                      "raises(\"invalid option 'cubic'\", stats.kappa, {1}, {1}, 'cubic')\n"
                      "raises('item 2 is a table, no class', stats.f1, {1, {}}, {1, 1})\n");
}

static void test_two_samples(void **state) {
    state_run(*state,
              "near(stats.psi({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {1, 2, 3, 6}, 2), 0.25 * math.log(3))\n"
              "near(stats.psi(s, s), 0)\n"
              "near(stats.psi({1, 1, 1, 1}, {1, 1}, 4), 0)\n"
              /* all of it moved to an empty bin: shares count as at least 0.0001 */
              "near(stats.psi({1, 2}, {2, 2}, 2), (0.0001 - 0.5) * math.log(0.0001 / 0.5) + 0.5 * math.log(2))\n"
              "local a = {0.61, 1.2, 0.4, -0.3, 2.2, 0.9, 1.1, 0.05}\n"
              "local r = stats.ks(a, {1.4, 2.5, 0.9, 3.1, 1.9, 2.2})\n"
              "near(r.statistic, 0.7083333333333334)\n"
              "near(r.p, 0.03186228747048195)\n"
              "local moved = {}\n"
              "for i, v in ipairs(a) do moved[i] = v + 0.02 end\n"
              "r = stats.ks(a, moved)\n"
              "near(r.statistic, 0.125)\n"
              "near(r.p, 0.9999994798872259)\n"
              "r = stats.ks(a, a)\n"
              "same(r.statistic, 0.0)\n"
              "same(r.p, 1.0)\n");
}

static void test_chi2(void **state) {
    state_run(*state, "local r = stats.chi2{16, 18, 16, 14, 12, 12}\n"
                      "near(r.statistic, 2)\n"
                      "same(r.dof, 5)\n"
                      "near(r.p, 0.8491450360846096)\n"
                      "r = stats.chi2({16, 18, 16, 14, 12, 12}, {16, 16, 16, 16, 16, 8})\n"
                      "near(r.statistic, 3.5)\n"
                      "near(r.p, 0.6233876277495822)\n"
                      "r = stats.chi2{{10, 10, 20}, {20, 20, 20}}\n"
                      "near(r.statistic, 2.7777777777777777)\n"
                      "same(r.dof, 2)\n"
                      "near(r.p, 0.24935220877729622)\n"
                      /* chi2.sf(60, 1), deep in the tail */
                      "r = stats.chi2({80, 40}, {40, 80})\n"
                      "near(r.statistic, 60)\n"
                      "assert(math.abs(r.p / 9.485737571073857e-15 - 1) < 1e-9, r.p)\n"
                      "raises('two counts are needed', stats.chi2, {1})\n"
                      "raises('an expected count must be above 0', stats.chi2, {1, 2}, {0, 3})\n"
                      "raises('rows of different lengths', stats.chi2, {{1, 2}, {3}})\n"
                      "raises('a row or column without any count', stats.chi2, {{1, 0}, {3, 0}})\n"
                      "raises('a count below 0', stats.chi2, {{1, -1}, {3, 0}})\n");
}

static void test_bootstrap(void **state) {
    state_run(*state, "local r = stats.bootstrap(s, {seed = 7})\n"
                      "near(r.estimate, 0.47)\n"
                      "assert(r.low < r.estimate and r.estimate < r.high)\n"
                      /* the standard error of a mean: sd / sqrt(n), with n in both */
                      "local exact = stats.stdev(s) * math.sqrt(9 / 10) / math.sqrt(10)\n"
                      "assert(math.abs(r.error / exact - 1) < 0.08, r.error)\n"
                      "local again = stats.bootstrap(s, {seed = 7})\n"
                      "same(again.low, r.low)\n"
                      "same(again.high, r.high)\n"
                      "assert(stats.bootstrap(s, {seed = 8}).low ~= r.low)\n"
                      "local median = function(v) return stats.quantile(v, 0.5) end\n"
                      "near(stats.bootstrap(s, {statistic = median, samples = 50}).estimate, 0.4)\n"
                      "r = stats.bootstrap({5, 5}, {})\n"
                      "same(r.low, 5.0)\n"
                      "same(r.error, 0.0)\n"
                      "raises(\"unknown option 'sample', did you mean samples\", stats.bootstrap, s, {sample = 5})\n"
                      "raises(\"option 'samples' must be\", stats.bootstrap, s, {samples = 1})\n"
                      "raises(\"option 'level' must be\", stats.bootstrap, s, {level = 95})\n"
                      "raises(\"option 'seed' must be an integer\", stats.bootstrap, s, {seed = 'x'})\n"
                      "raises('finite number', stats.bootstrap, s, {statistic = function() return 'x' end})\n"
                      "raises('kaboom', stats.bootstrap, s, {statistic = function() error('kaboom') end})\n");
}

static void test_refused_lists(void **state) {
    state_run(*state, "raises('an empty list', stats.mean, {})\n"
                      "raises('table expected, got nil', stats.mean, nil)\n"
                      "raises('item 2 is NaN', stats.mean, {1, 0/0})\n"
                      "raises('item 1 is infinite', stats.mean, {1/0})\n"
                      "raises('item 2 is no number but a string', stats.mean, {1, '2'})\n"
                      "raises('item 2 is no number but a null', stats.mean, {1, null})\n"
                      "raises('the lists have 2 and 1 items', stats.rmse, {1, 2}, {1})\n"
                      "raises('item 1 is 2.0, where a label is 0 or 1', stats.auc, {2}, {1})\n"
                      "raises('item 1 is 1.5, no probability', stats.brier, {1}, {1.5})\n"
                      "raises('a quantile is 0 to 1', stats.quantile, {1}, 50)\n"
                      "raises('must be 1 to 10000', stats.ece, {1}, {1}, 0)\n"
                      "raises('a standard deviation needs two values', stats.stdev, {1})\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_state, state_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_one_list),      TEST(test_errors_of_predictions), TEST(test_auc),  TEST(test_calibration),
        TEST(test_classes),       TEST(test_two_samples),           TEST(test_chi2), TEST(test_bootstrap),
        TEST(test_refused_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
