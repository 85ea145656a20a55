/* hash: digests of texts. */
#include "base/hash.h"

#include "checker/library.h"

/* hash.sha256(text) -> 64 hexadecimal digits */
static int sha256(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    char hex[HASH_HEX_SIZE];
    hash_hex(text, len, hex);
    lua_pushstring(L, hex);
    return 1;
}

static const luaL_Reg functions[] = {{"sha256", sha256}, {NULL, NULL}};

const struct library library_hash = {"hash", functions, 1, NULL};
