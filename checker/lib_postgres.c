/*
 * postgres: what the prelude's sql stands on where a database is a server. What comes from there is a learner's: rows
 * and bytes are bounded, and a value is no more than text until its type is known.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checker/engine.h"
#include "checker/guard.h"
#include "checker/library.h"
#include "checker/postgres.h"
#include "checker/rows.h"
#include "checker/value.h"

/* Of pg_type.dat, where they are fixed. */
enum type {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_OID = 26,
    TYPE_FLOAT4 = 700,
    TYPE_FLOAT8 = 701,
    TYPE_NUMERIC = 1700,
};

static void release(void *memory) { postgres_close(memory); }

/* ---- addresses ---- */

static void release_url(void *memory) { postgres_url_release(memory); }

static void set_text(lua_State *L, const char *name, const char *text) {
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

/* address(url): {user, password, database, port}; or nil, why it cannot be used, and whether that is because libpq is
 * not here. */
static int address(lua_State *L) {
    const char *text = luaL_checkstring(L, 1);
    struct postgres_url *url = guard_new(L, sizeof *url, release_url);
    int guard = lua_gettop(L);
    struct err err = ERR_INIT;
    if (postgres_read_url(url, text, &err)) {
        err_join(&err);
        lua_pushnil(L);
        lua_pushstring(L, err.message);
        lua_pushboolean(L, err.code == ERR_ENVIRONMENT);
        return 3;
    }
    lua_createtable(L, 0, 4);
    set_text(L, "user", url->user);
    set_text(L, "password", url->password);
    set_text(L, "database", url->database);
    lua_pushinteger(L, url->port);
    lua_setfield(L, -2, "port");
    guard_release(L, guard);
    return 1;
}

/* A text of the table at index 1, which keeps it alive; NULL when it has none. */
static const char *text_of(lua_State *L, const char *name) {
    const char *text = lua_getfield(L, 1, name) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 1);
    return text;
}

static struct postgres_address read_address(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_getfield(L, 1, "port");
    lua_Integer port = luaL_checkinteger(L, -1);
    luaL_argcheck(L, port >= 1 && port <= 65535, 1, "a port is 1 to 65535");
    lua_pop(L, 1);
    return (struct postgres_address){.user = text_of(L, "user"),
                                     .password = text_of(L, "password"),
                                     .database = text_of(L, "database"),
                                     .port = (unsigned short)port,
                                     .connect = engine_connect,
                                     .context = engine_of(L)};
}

/* ---- answers that are none ---- */

/* nil, a text, whose fault it is ("away", "work" or "query"), and the place in the query. */
static int refuse(lua_State *L, enum postgres_blame blame, const char *text, int position) {
    static const char *const names[] = {[POSTGRES_AWAY] = "away", [POSTGRES_WORK] = "work", [POSTGRES_QUERY] = "query"};
    lua_pushnil(L);
    lua_pushstring(L, text);
    lua_pushstring(L, names[blame]);
    lua_pushinteger(L, position);
    return 4;
}

static int refuse_by(lua_State *L, const struct postgres *postgres) {
    return refuse(L, postgres->fault.blame, postgres->fault.text, postgres->fault.position);
}

/* ---- parameters ---- */

/* Item `index` of the list at argument 3 as the text that the server reads, which stays on the stack; false for what
 * has none. *value is NULL for NULL. */
static bool push_value(lua_State *L, int index, const char **value) {
    size_t len = 0;
    char number[40];
    *value = NULL;
    switch (lua_rawgeti(L, 3, index)) {
    case LUA_TLIGHTUSERDATA: return true; /* json.null */
    case LUA_TBOOLEAN: *value = lua_toboolean(L, -1) ? "true" : "false"; return true;
    case LUA_TNUMBER:
        if (!lua_isinteger(L, -1)) {
            snprintf(number, sizeof number, "%.17g", lua_tonumber(L, -1));
            lua_pop(L, 1);
            lua_pushstring(L, number);
        }
        *value = lua_tostring(L, -1);
        return true;
    case LUA_TSTRING: *value = lua_tolstring(L, -1, &len); return strlen(*value) == len;
    default: return false;
    }
}

/* ---- rows ---- */

static void push_whole(lua_State *L, const char *text) { lua_pushinteger(L, (lua_Integer)strtoll(text, NULL, 10)); }

/* A whole number where it is one of 64 bits without a fraction, else the nearest number. */
static void push_numeric(lua_State *L, const char *text) {
    char *end;
    errno = 0;
    long long whole = strtoll(text, &end, 10);
    if (!*end && !errno)
        lua_pushinteger(L, (lua_Integer)whole);
    else
        lua_pushnumber(L, strtod(text, NULL));
}

static int digit_of(char c) {
    return isdigit((unsigned char)c) ? c - '0' : (tolower((unsigned char)c) - 'a' + 10) & 15;
}

/* The bytes of "\x00ff". */
static void push_bytes(lua_State *L, const char *text, size_t len) {
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (size_t i = 2; i + 1 < len; i += 2)
        luaL_addchar(&buffer, (char)(digit_of(text[i]) << 4 | digit_of(text[i + 1])));
    luaL_pushresult(&buffer);
}

/* Pushes a column's value; its cost in bytes. */
static size_t push_column(lua_State *L, const PGresult *result, int column) {
    const char *text = pq.getvalue(result, 0, column);
    size_t len = (size_t)pq.getlength(result, 0, column);
    unsigned type = pq.ftype(result, column);
    if (pq.getisnull(result, 0, column))
        lua_pushlightuserdata(L, NULL);
    else if (type == TYPE_BOOL)
        lua_pushboolean(L, text[0] == 't');
    else if (type == TYPE_INT2 || type == TYPE_INT4 || type == TYPE_INT8 || type == TYPE_OID)
        push_whole(L, text);
    else if (type == TYPE_FLOAT4 || type == TYPE_FLOAT8)
        lua_pushnumber(L, strtod(text, NULL));
    else if (type == TYPE_NUMERIC)
        push_numeric(L, text);
    else if (type == TYPE_BYTEA)
        push_bytes(L, text, len);
    else
        lua_pushlstring(L, text, len);
    return ROWS_VALUE_COST + len;
}

/* Pushes the row as a table by column. */
static size_t push_row(lua_State *L, const PGresult *result) {
    int count = pq.nfields(result);
    size_t cost = 0;
    lua_createtable(L, 0, count);
    for (int column = 0; column < count; column++) {
        cost += push_column(L, result, column);
        lua_setfield(L, -2, pq.fname(result, column));
    }
    return cost;
}

static int push_rows(lua_State *L, struct postgres *postgres) {
    size_t cost = 0;
    lua_Integer count = 0;
    lua_newtable(L);
    value_mark_list(L, -1);
    for (int more; (more = postgres_next(postgres)) != 0;) {
        if (more < 0) return refuse_by(L, postgres);
        cost += push_row(L, postgres->result);
        lua_rawseti(L, -2, ++count);
        const char *fault = rows_fault((size_t)count, cost);
        if (fault) return refuse(L, POSTGRES_WORK, fault, 0);
    }
    return 1;
}

/* ---- the query ---- */

/* query(address, text, values): a list of rows; or nil, a text, "away", "work" or "query", and the place in the text,
 * in characters from 1 (0: not known). */
static int query(lua_State *L) {
    size_t len, count = 0;
    const char *text = luaL_checklstring(L, 2, &len), *values[POSTGRES_VALUES_MOST];
    luaL_checktype(L, 3, LUA_TTABLE);
    struct postgres_address server = read_address(L);
    count = lua_rawlen(L, 3);
    if (len > ROWS_QUERY_MOST) return refuse(L, POSTGRES_QUERY, "it is longer than 64 KiB", 0);
    if (strlen(text) != len) return refuse(L, POSTGRES_QUERY, "it holds a zero byte", 0);
    if (count > POSTGRES_VALUES_MOST) return refuse(L, POSTGRES_QUERY, "it has more than 1000 values", 0);
    luaL_checkstack(L, (int)count + 20, "values");
    for (size_t i = 0; i < count; i++)
        if (!push_value(L, (int)i + 1, &values[i]))
            return refuse(L, POSTGRES_QUERY, "a value is no number, text without zero bytes, boolean or json.null", 0);
    struct postgres *postgres = guard_new(L, sizeof *postgres, release);
    int guard = lua_gettop(L);
    if (postgres_open(postgres, &server) || postgres_ask(postgres, text, values, count)) return refuse_by(L, postgres);
    int results = push_rows(L, postgres);
    guard_release(L, guard);
    return results;
}

static const luaL_Reg functions[] = {{"address", address}, {"query", query}, {NULL, NULL}};

const struct library library_postgres = {"postgres", functions, 0, NULL};
