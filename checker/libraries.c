#include "checker/library.h"

#include "base/mem.h"
#include "checker/engine.h"

extern const struct library library_clock, library_csv, library_dotenv, library_engine, library_files, library_hash,
    library_host, library_http, library_ini, library_json, library_models, library_places, library_postgres,
    library_random, library_regex, library_sqlite, library_stats, library_talk, library_toml, library_xml, library_yaml;

const struct library *const libraries[] = {
    &library_clock,    &library_csv,    &library_dotenv, &library_engine, &library_files,  &library_hash,
    &library_host,     &library_http,   &library_ini,    &library_json,   &library_models, &library_places,
    &library_postgres, &library_random, &library_regex,  &library_sqlite, &library_stats,  &library_talk,
    &library_toml,     &library_xml,    &library_yaml,
};
const size_t library_count = sizeof libraries / sizeof(void *);

void libraries_open(lua_State *L) {
    for (size_t i = 0; i < library_count; i++) {
        lua_newtable(L);
        luaL_setfuncs(L, libraries[i]->functions, 0);
        if (libraries[i]->constants) libraries[i]->constants(L);
        lua_setglobal(L, libraries[i]->name);
    }
}
