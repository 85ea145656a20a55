#include "checker/stats_lists.h"

#include <math.h>

#include "checker/library.h"

enum { COUNT_MOST = 1 << 24 };

static const char *kind_of(lua_State *L, int index) {
    return lua_islightuserdata(L, index) ? "null" : luaL_typename(L, index); /* json.null */
}

static double read_number(lua_State *L, int argument, size_t index, enum stats_domain domain) {
    if (domain == STATS_LABELS && lua_isboolean(L, -1)) return lua_toboolean(L, -1);
    if (lua_type(L, -1) != LUA_TNUMBER)
        luaL_argerror(L, argument, lua_pushfstring(L, "item %d is no number but a %s", (int)index, kind_of(L, -1)));
    double number = lua_tonumber(L, -1);
    if (!isfinite(number))
        luaL_argerror(L, argument, lua_pushfstring(L, "item %d is %s", (int)index, isnan(number) ? "NaN" : "infinite"));
    if (domain == STATS_LABELS && number != 0 && number != 1)
        luaL_argerror(L, argument, lua_pushfstring(L, "item %d is %f, where a label is 0 or 1", (int)index, number));
    if (domain == STATS_PROBABILITIES && (number < 0 || number > 1))
        luaL_argerror(L, argument, lua_pushfstring(L, "item %d is %f, no probability", (int)index, number));
    return number;
}

size_t stats_check_list(lua_State *L, int argument) {
    luaL_checktype(L, argument, LUA_TTABLE);
    size_t count = lua_rawlen(L, argument);
    if (!count) luaL_argerror(L, argument, "an empty list");
    if (count > COUNT_MOST) luaL_argerror(L, argument, "a list of more than 16777216 items");
    return count;
}

double *stats_read(lua_State *L, int argument, size_t *count, enum stats_domain domain) {
    *count = stats_check_list(L, argument);
    double *array = lua_newuserdatauv(L, *count * sizeof *array, 0);
    for (size_t i = 1; i <= *count; i++) {
        lua_rawgeti(L, argument, (lua_Integer)i);
        array[i - 1] = read_number(L, argument, i, domain);
        lua_pop(L, 1);
    }
    return array;
}

void stats_check_same(lua_State *L, size_t first, size_t second) {
    if (first != second) luaL_error(L, "the lists have %d and %d items", (int)first, (int)second);
}

struct stats_pair stats_read_pair(lua_State *L, enum stats_domain first, enum stats_domain second) {
    struct stats_pair pair;
    size_t count;
    pair.first = stats_read(L, 1, &pair.count, first);
    pair.second = stats_read(L, 2, &count, second);
    stats_check_same(L, pair.count, count);
    return pair;
}

size_t stats_optional_count(lua_State *L, int argument, lua_Integer otherwise, lua_Integer least, lua_Integer most) {
    lua_Integer number = luaL_optinteger(L, argument, otherwise);
    if (number < least || number > most)
        luaL_argerror(L, argument, lua_pushfstring(L, "must be %I to %I", (LUAI_UACINT)least, (LUAI_UACINT)most));
    return (size_t)number;
}
