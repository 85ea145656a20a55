/* stats: reads lists of numbers, checks them, and hands them to checker/stats.c. Lists with NaN, text or holes, empty ones and
 * lists of different lengths raise, with the index that is to blame. */
#include <math.h>

#include "checker/library.h"
#include "checker/stats.h"
#include "checker/stats_lists.h"

enum { CLASSES_MOST = 1000 };

static int answer(lua_State *L, double number) {
    lua_pushnumber(L, number);
    return 1;
}

static void set_number(lua_State *L, const char *name, double number) {
    lua_pushnumber(L, number);
    lua_setfield(L, -2, name);
}

/* ---- one list ---- */

static int mean(lua_State *L) {
    size_t count;
    const double *values = stats_read(L, 1, &count, STATS_ANY);
    return answer(L, stats_mean(values, count));
}

static int stdev(lua_State *L) {
    size_t count;
    const double *values = stats_read(L, 1, &count, STATS_ANY);
    if (count < 2) return luaL_argerror(L, 1, "a standard deviation needs two values");
    return answer(L, stats_stdev(values, count));
}

static int quantile(lua_State *L) {
    size_t count;
    double q = luaL_checknumber(L, 2);
    if (!(q >= 0 && q <= 1)) return luaL_argerror(L, 2, "a quantile is 0 to 1");
    double *values = stats_read(L, 1, &count, STATS_ANY);
    stats_sort(values, count);
    return answer(L, stats_quantile_sorted(values, count, q));
}

/* ---- actual and predicted ---- */

typedef double paired(const double *first, const double *second, size_t count);

static int of_pair(lua_State *L, enum stats_domain first, enum stats_domain second, paired *function) {
    struct stats_pair pair = stats_read_pair(L, first, second);
    return answer(L, function(pair.first, pair.second, pair.count));
}

static int rmse(lua_State *L) { return of_pair(L, STATS_ANY, STATS_ANY, stats_rmse); }
static int mae(lua_State *L) { return of_pair(L, STATS_ANY, STATS_ANY, stats_mae); }
static int log_loss(lua_State *L) { return of_pair(L, STATS_LABELS, STATS_PROBABILITIES, stats_log_loss); }
static int brier(lua_State *L) { return of_pair(L, STATS_LABELS, STATS_PROBABILITIES, stats_brier); }

static int auc(lua_State *L) {
    struct stats_pair pair = stats_read_pair(L, STATS_LABELS, STATS_ANY);
    double area = stats_auc(pair.first, pair.second, pair.count);
    return isnan(area) ? luaL_argerror(L, 1, "only one of the two labels occurs") : answer(L, area);
}

static int ece(lua_State *L) {
    size_t bins = stats_optional_count(L, 3, 10, 1, 10000);
    struct stats_pair pair = stats_read_pair(L, STATS_LABELS, STATS_PROBABILITIES);
    return answer(L, stats_ece(pair.first, pair.second, pair.count, bins));
}

/* ---- classes of any kind: numbers, text, booleans ---- */

/* Pushes item `index` of the list at argument, which must be able to name a class. */
static void push_class(lua_State *L, int argument, size_t index) {
    int type = lua_rawgeti(L, argument, (lua_Integer)index);
    if (type != LUA_TNUMBER && type != LUA_TSTRING && type != LUA_TBOOLEAN)
        luaL_argerror(L, argument, lua_pushfstring(L, "item %d is a %s, no class", (int)index, lua_typename(L, type)));
}

static size_t check_two_lists(lua_State *L) {
    size_t count = stats_check_list(L, 1);
    stats_check_same(L, count, stats_check_list(L, 2));
    return count;
}

/* F1 = 2 TP / (2 TP + FP + FN); 0 when the positive class never occurs. */
static int f1(lua_State *L) {
    size_t count = check_two_lists(L);
    double both = 0, one = 0;
    lua_settop(L, 3);
    if (lua_isnil(L, 3)) {
        lua_pushinteger(L, 1);
        lua_replace(L, 3);
    }
    for (size_t i = 1; i <= count; i++) {
        push_class(L, 1, i);
        push_class(L, 2, i);
        int actual = lua_rawequal(L, -2, 3), predicted = lua_rawequal(L, -1, 3);
        if (lua_isboolean(L, -2) && lua_isinteger(L, 3)) actual = lua_toboolean(L, -2) == lua_tointeger(L, 3);
        if (lua_isboolean(L, -1) && lua_isinteger(L, 3)) predicted = lua_toboolean(L, -1) == lua_tointeger(L, 3);
        both += actual && predicted;
        one += actual != predicted;
        lua_pop(L, 2);
    }
    return answer(L, both > 0 ? 2 * both / (2 * both + one) : 0);
}

/* Adds the classes of a list to the set at index `set`, which has each as a key and, at 1..n, as a value. */
static size_t collect_classes(lua_State *L, int argument, size_t count, int names, int set, size_t known) {
    for (size_t i = 1; i <= count; i++) {
        push_class(L, argument, i);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, set) == LUA_TNIL) {
            if (++known > CLASSES_MOST) luaL_argerror(L, argument, "more than 1000 classes");
            lua_pushvalue(L, -2);
            lua_rawseti(L, names, (lua_Integer)known);
            lua_pushvalue(L, -2);
            lua_pushboolean(L, 1);
            lua_rawset(L, set);
        }
        lua_pop(L, 2);
    }
    return known;
}

/* Sorts the list of class names on top of the stack by table.sort's order: numbers, or text. */
static void sort_names(lua_State *L, int names, size_t count) {
    for (size_t i = 2; i <= count; i++)
        for (size_t k = i; k > 1; k--) {
            lua_rawgeti(L, names, (lua_Integer)k - 1);
            lua_rawgeti(L, names, (lua_Integer)k);
            if (lua_type(L, -1) != lua_type(L, -2) || lua_isboolean(L, -1))
                luaL_error(L, "weights need classes that have an order: all numbers or all text");
            int ordered = !lua_compare(L, -1, -2, LUA_OPLT);
            if (ordered)
                lua_pop(L, 2);
            else {
                lua_rawseti(L, names, (lua_Integer)k - 1);
                lua_rawseti(L, names, (lua_Integer)k);
            }
            if (ordered) break;
        }
}

static size_t class_number(lua_State *L, int argument, size_t index, int set) {
    push_class(L, argument, index);
    lua_rawget(L, set);
    size_t number = (size_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return number;
}

static int kappa(lua_State *L) {
    static const char *const weights[] = {"none", "linear", "quadratic", NULL};
    int power = luaL_checkoption(L, 3, "none", weights);
    size_t count = check_two_lists(L);
    lua_settop(L, 3);
    lua_newtable(L); /* 4: names in order */
    lua_newtable(L); /* 5: name → number */
    size_t classes = collect_classes(L, 1, count, 4, 5, 0);
    classes = collect_classes(L, 2, count, 4, 5, classes);
    if (power) sort_names(L, 4, classes);
    for (size_t i = 0; i < classes; i++) {
        lua_rawgeti(L, 4, (lua_Integer)i + 1);
        lua_pushinteger(L, (lua_Integer)i);
        lua_rawset(L, 5);
    }
    double *counts = lua_newuserdatauv(L, classes * classes * sizeof *counts, 0);
    for (size_t i = 0; i < classes * classes; i++) counts[i] = 0;
    for (size_t i = 1; i <= count; i++) counts[class_number(L, 1, i, 5) * classes + class_number(L, 2, i, 5)]++;
    double agreement = stats_kappa(counts, classes, power);
    return isnan(agreement) ? luaL_error(L, "kappa is undefined: both lists hold one and the same class only")
                            : answer(L, agreement);
}

/* ---- two samples, counts ---- */

static int psi(lua_State *L) {
    size_t before, after, bins = stats_optional_count(L, 3, 10, 2, 1000);
    const double *expected = stats_read(L, 1, &before, STATS_ANY), *actual = stats_read(L, 2, &after, STATS_ANY);
    return answer(L, stats_psi(expected, before, actual, after, bins));
}

static int ks(lua_State *L) {
    size_t first, second;
    double p;
    const double *a = stats_read(L, 1, &first, STATS_ANY), *b = stats_read(L, 2, &second, STATS_ANY);
    double statistic = stats_ks(a, first, b, second, &p);
    lua_createtable(L, 0, 2);
    set_number(L, "statistic", statistic);
    set_number(L, "p", p);
    return 1;
}

static int answer_chi2(lua_State *L, double statistic, size_t dof) {
    lua_createtable(L, 0, 3);
    set_number(L, "statistic", statistic);
    set_number(L, "p", stats_chi2_tail(statistic, (double)dof));
    lua_pushinteger(L, (lua_Integer)dof);
    lua_setfield(L, -2, "dof");
    return 1;
}

/* Observed counts against expected ones; without those, against equal ones. */
static int chi2_fit(lua_State *L) {
    size_t count, expected_count;
    const double *observed = stats_read(L, 1, &count, STATS_ANY), *expected = NULL;
    if (count < 2) return luaL_argerror(L, 1, "two counts are needed");
    if (!lua_isnoneornil(L, 2)) {
        expected = stats_read(L, 2, &expected_count, STATS_ANY);
        stats_check_same(L, count, expected_count);
    }
    double equal = stats_mean(observed, count), statistic = 0;
    for (size_t i = 0; i < count; i++) {
        double e = expected ? expected[i] : equal;
        if (e <= 0) return luaL_error(L, "an expected count must be above 0");
        statistic += (observed[i] - e) * (observed[i] - e) / e;
    }
    return answer_chi2(L, statistic, count - 1);
}

/* The rows of a contingency table as one array, on the stack. */
static double *read_rows(lua_State *L, size_t rows, size_t *columns) {
    double *cells = NULL;
    for (size_t i = 1; i <= rows; i++) {
        size_t count;
        if (lua_rawgeti(L, 1, (lua_Integer)i) != LUA_TTABLE) luaL_argerror(L, 1, "a row that is no list");
        int row = lua_gettop(L);
        const double *values = stats_read(L, row, &count, STATS_ANY);
        if (i == 1) {
            cells = lua_newuserdatauv(L, rows * count * sizeof *cells, 0);
            lua_replace(L, 2);
            *columns = count;
        } else if (count != *columns)
            luaL_argerror(L, 1, "rows of different lengths");
        for (size_t k = 0; k < count; k++) cells[(i - 1) * count + k] = values[k];
        lua_settop(L, row - 1);
    }
    return cells;
}

/* Pearson's test of independence, without Yates' correction. */
static int chi2_table(lua_State *L) {
    size_t rows = stats_check_list(L, 1), columns = 0;
    lua_settop(L, 2);
    const double *cells = read_rows(L, rows, &columns);
    if (rows < 2 || columns < 2) return luaL_argerror(L, 1, "two rows of two counts are needed");
    double *sums = lua_newuserdatauv(L, (rows + columns) * sizeof *sums, 0), total = 0, statistic = 0;
    for (size_t i = 0; i < rows + columns; i++) sums[i] = 0;
    for (size_t i = 0; i < rows * columns; i++) {
        if (cells[i] < 0) return luaL_argerror(L, 1, "a count below 0");
        sums[i / columns] += cells[i];
        sums[rows + i % columns] += cells[i];
        total += cells[i];
    }
    for (size_t i = 0; i < rows * columns; i++) {
        double e = sums[i / columns] * sums[rows + i % columns] / total;
        if (!(e > 0)) return luaL_argerror(L, 1, "a row or column without any count");
        statistic += (cells[i] - e) * (cells[i] - e) / e;
    }
    return answer_chi2(L, statistic, (rows - 1) * (columns - 1));
}

static int chi2(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    int is_table = lua_rawgeti(L, 1, 1) == LUA_TTABLE;
    lua_pop(L, 1);
    if (!is_table) return chi2_fit(L);
    if (!lua_isnoneornil(L, 2)) return luaL_argerror(L, 2, "a table of counts takes no expected counts");
    return chi2_table(L);
}

/* ---- bootstrap ---- */

struct bootstrap {
    size_t samples;
    double level;
    uint64_t seed;
};

static double option_number(lua_State *L, const char *name, double otherwise, double least, double most) {
    double number = otherwise;
    if (lua_getfield(L, 2, name) != LUA_TNIL) {
        if (lua_type(L, -1) != LUA_TNUMBER) luaL_error(L, "option '%s' must be a number", name);
        number = lua_tonumber(L, -1);
    }
    if (!(number >= least && number <= most)) luaL_error(L, "option '%s' must be %f to %f", name, least, most);
    lua_pop(L, 1);
    return number;
}

static void check_option_names(lua_State *L) {
    static const char *const names[] = {"samples", "level", "seed", "statistic"};
    lua_pushnil(L);
    while (lua_next(L, 2)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        int known = 0;
        for (size_t i = 0; i < LENGTH(names); i++) known = known || !strcmp(name, names[i]);
        const char *nearest = known ? NULL : string_nearest(name, names, LENGTH(names));
        if (!known)
            luaL_error(L, "unknown option '%s'%s%s", name, nearest ? ", did you mean " : "", nearest ? nearest : "");
        lua_pop(L, 1);
    }
}

static struct bootstrap read_bootstrap(lua_State *L) {
    if (lua_isnil(L, 2)) {
        lua_newtable(L);
        lua_replace(L, 2);
    }
    luaL_checktype(L, 2, LUA_TTABLE);
    check_option_names(L);
    struct bootstrap b;
    b.samples = (size_t)option_number(L, "samples", 1000, 10, 100000);
    b.level = option_number(L, "level", 0.95, 0.5, 0.9999);
    if (lua_getfield(L, 2, "seed") != LUA_TNIL && !lua_isinteger(L, -1))
        luaL_error(L, "option 'seed' must be an integer");
    b.seed = (uint64_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return b;
}

/* The statistic of the values: their mean, or what the function at index says of them as a list. */
static double statistic_of(lua_State *L, int function, const double *values, size_t count) {
    if (lua_isnil(L, function)) return stats_mean(values, count);
    lua_pushvalue(L, function);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushnumber(L, values[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_call(L, 1, 1);
    double number = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : (double)NAN;
    if (!isfinite(number)) luaL_error(L, "the statistic did not answer a finite number");
    lua_pop(L, 1);
    return number;
}

/* Percentile bootstrap (Efron 1979): {estimate, low, high, error}. */
static int bootstrap(lua_State *L) {
    lua_settop(L, 2);
    struct bootstrap b = read_bootstrap(L);
    int type = lua_getfield(L, 2, "statistic"); /* 3 */
    if (type != LUA_TNIL && type != LUA_TFUNCTION) return luaL_error(L, "option 'statistic' must be a function");
    size_t count;
    const double *values = stats_read(L, 1, &count, STATS_ANY);
    double *sample = lua_newuserdatauv(L, count * sizeof *sample, 0);
    double *found = lua_newuserdatauv(L, b.samples * sizeof *found, 0);
    double estimate = statistic_of(L, 3, values, count);
    for (size_t i = 0; i < b.samples; i++) {
        for (size_t k = 0; k < count; k++) sample[k] = values[stats_random_below(&b.seed, count)];
        found[i] = statistic_of(L, 3, sample, count);
    }
    stats_sort(found, b.samples);
    lua_createtable(L, 0, 4);
    set_number(L, "estimate", estimate);
    set_number(L, "low", stats_quantile_sorted(found, b.samples, (1 - b.level) / 2));
    set_number(L, "high", stats_quantile_sorted(found, b.samples, (1 + b.level) / 2));
    set_number(L, "error", stats_stdev(found, b.samples));
    return 1;
}

static const luaL_Reg functions[] = {{"mean", mean},   {"stdev", stdev}, {"quantile", quantile},
                                     {"rmse", rmse},   {"mae", mae},     {"log_loss", log_loss},
                                     {"brier", brier}, {"auc", auc},     {"ece", ece},
                                     {"f1", f1},       {"kappa", kappa}, {"psi", psi},
                                     {"ks", ks},       {"chi2", chi2},   {"bootstrap", bootstrap},
                                     {NULL, NULL}};

const struct library library_stats = {"stats", functions, 1, NULL};
