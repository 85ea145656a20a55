#pragma once
/*
 * Reading lists of numbers from Lua for checker/lib_stats.c. What is no list, is empty, or holds anything but finite numbers of
 * the domain raises, with the item that is to blame.
 */

#include <lua.h>
#include <stddef.h>

/* What the numbers may be: any; 0, 1, true and false; 0 to 1. */
enum stats_domain { STATS_ANY, STATS_LABELS, STATS_PROBABILITIES };

struct stats_pair {
    double *first, *second;
    size_t count;
};

/* The length of the list at argument. */
size_t stats_check_list(lua_State *L, int argument);
void stats_check_same(lua_State *L, size_t first, size_t second);

/* The list as an array, kept alive by a userdata that is pushed. */
double *stats_read(lua_State *L, int argument, size_t *count, enum stats_domain domain);

/* Arguments 1 and 2, of one length. */
struct stats_pair stats_read_pair(lua_State *L, enum stats_domain first, enum stats_domain second);

/* An optional whole number, such as a count of bins. */
size_t stats_optional_count(lua_State *L, int argument, lua_Integer otherwise, lua_Integer least, lua_Integer most);
