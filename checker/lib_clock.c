#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "checker/library.h"

/* clock.now() -> seconds since some fixed moment */
static int clock_now(lua_State *L) {
    lua_pushnumber(L, clock_monotonic());
    return 1;
}

/* clock.sleep(seconds): for the prelude's own retries; checkers have no sleep. */
static int clock_sleep(lua_State *L) {
    double seconds = luaL_checknumber(L, 1);
    luaL_argcheck(L, seconds >= 0 && seconds <= 3600, 1, "must be 0 to 3600 seconds");
    struct timespec left = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) && errno == EINTR) {}
    return 0;
}

static const luaL_Reg functions[] = {{"now", clock_now}, {"sleep", clock_sleep}, {NULL, NULL}};

const struct library library_clock = {"clock", functions, 0, NULL};
