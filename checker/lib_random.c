#include <lua.h>
#include <stdint.h>

#include "checker/engine.h"
#include "checker/library.h"

#include "base/hash.h"

/*
 * xoshiro256** 1.0 by David Blackman and Sebastiano Vigna (public domain, prng.di.unimi.it), seeded from SHA-256: the
 * documented sequence behind random() and shuffle(), equal on every machine and in every version of Lua.
 */

void random_begin(uint64_t state[4], uint64_t seed, const char *name) {
    for (unsigned i = 0; i < 4; i++) {
        char text[64], hex[HASH_HEX_SIZE];
        snprintf(text, sizeof text, "%llu %u", (unsigned long long)seed, i);
        struct hash hash;
        hash_init(&hash);
        hash_add_string(&hash, text);
        hash_add_string(&hash, name);
        hash_finish(&hash, hex);
        state[i] = hash_number(hex);
    }
}

static uint64_t rotate(uint64_t x, unsigned by) { return x << by | x >> (64 - by); }

static uint64_t random_next(uint64_t s[4]) {
    uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

/* 0 .. most - 1, each as likely: what would tip the balance is drawn again. */
static uint64_t random_below(uint64_t s[4], uint64_t most) {
    uint64_t skewed = (0 - most) % most, drawn;
    do drawn = random_next(s);
    while (drawn < skewed);
    return drawn % most;
}

/* random.float() -> 0 <= x < 1 */
static int random_float(lua_State *L) {
    lua_pushnumber(L, (double)(random_next(engine_of(L)->random) >> 11) * 0x1p-53);
    return 1;
}

/* random.integer(n) -> 1 .. n */
static int random_integer(lua_State *L) {
    lua_Integer most = luaL_checkinteger(L, 1);
    luaL_argcheck(L, most >= 1, 1, "must be at least 1");
    lua_pushinteger(L, 1 + (lua_Integer)random_below(engine_of(L)->random, (uint64_t)most));
    return 1;
}

/* random.seed() -> the attempt's seed */
static int random_seed(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)engine_of(L)->task->seed);
    return 1;
}

static const luaL_Reg functions[] = {
    {"float", random_float}, {"integer", random_integer}, {"seed", random_seed}, {NULL, NULL}};

const struct library library_random = {"randomness", functions, 0, NULL};
