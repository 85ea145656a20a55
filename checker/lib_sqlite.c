/*
 * sqlite: what the prelude's sql stands on. It reads a database that a learner's program wrote, as bytes in memory: nothing is opened by
 * a path, nothing is written, and whatever stands in those bytes (views, virtual tables, a damaged page) meets an authorizer, limits
 * on memory, time, rows and bytes, and no extensions.
 */
#include <ctype.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "checker/guard.h"
#include "checker/library.h"
#include "checker/rows.h"
#include "checker/value.h"

enum {
    HEADER_BYTES = 100, /* of a database file; sqlite.org/fileformat.html, 1.3 */
    HEADER_WRITE_VERSION = 18,
    HEADER_READ_VERSION = 19,
    VERSION_JOURNAL = 1, /* a rollback journal; 2 is a write-ahead log */
    HEAP_MOST = 64 << 20,
    VALUE_MOST = 4 << 20, /* bytes of one value */
    COLUMNS_MOST = 100,
    PROGRESS_STEPS = 10000,
};

static const double seconds_most = 3;
static const char magic[] = "SQLite format 3"; /* and its NUL */

struct query {
    sqlite3 *db;
    sqlite3_stmt *statement;
    const char *text;
    double end;   /* the clock when time is over */
    bool selects; /* a SELECT has begun */
    bool denied;  /* the authorizer has refused something, of no view */
};

static void release_query(void *memory) {
    struct query *query = memory;
    sqlite3_finalize(query->statement);
    sqlite3_close(query->db);
}

/* ---- answers that are none ---- */

/* nil, a text, and whose fault it is: "work" or "query". */
static int refuse(lua_State *L, const char *whose, const char *text) {
    lua_pushnil(L);
    lua_pushstring(L, text);
    lua_pushstring(L, whose);
    return 3;
}

static bool is_of_name(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '$' || ((unsigned char)c & 0x80);
}

/* Whether the query itself has the word, in quotes or not, with `next` behind it unless that is 0. */
static bool has_word(const char *text, const char *word, char next) {
    size_t len = strlen(word);
    for (const char *at = text; len && (at = strcasestr(at, word)); at++) {
        const char *end = at + len;
        if ((at > text && is_of_name(at[-1])) || is_of_name(*end)) continue;
        if (!next || end[strspn(end, "\"`] \t\r\n")] == next) return true;
    }
    return false;
}

/* What the database lacks, or holds, or what a view in it tries, is the learner's, who made it; words that SQL does not know
 * are not, unless it is the database that says them. */
static bool is_about_content(const char *said, const char *text) {
    static const char *const beginnings[] = {
        "no such table", "no such column", "no such module", "unsafe use of", "too many references", "view ",
        "malformed JSON", "integer overflow", /* a value of the table's */
        "unable to use function",             /* MATCH and the like, of a table that is no virtual one */
        /* of virtual tables that are damaged, or made by another release */
        "vtable constructor failed", "recursively defined", "no such tokenizer", "unknown tokenizer",
        "error in tokenizer", "unrecognized option", "unrecognized parameter", "invalid fts5 file format",
        "SQL logic error"};
    static const char function[] = "no such function: ", collation[] = "no such collation sequence: ";
    for (size_t i = 0; i < LENGTH(beginnings); i++)
        if (string_starts_with(said, beginnings[i])) return true;
    if (string_starts_with(said, function)) return !has_word(text, said + strlen(function), '(');
    return string_starts_with(said, collation) && !has_word(text, said + strlen(collation), 0);
}

static int refuse_by_code(lua_State *L, const struct query *query, int code) {
    const char *text = sqlite3_errmsg(query->db);
    if (query->denied) return refuse(L, "query", "only SELECT is allowed");
    switch (code & 0xff) {
    case SQLITE_INTERRUPT: return refuse(L, "work", "takes longer than 3 s to query");
    case SQLITE_NOMEM: return refuse(L, "work", "takes more than 64 MiB of memory to query");
    case SQLITE_ERROR: return refuse(L, is_about_content(text, query->text) ? "work" : "query", text);
    default: return refuse(L, "work", text);
    }
}

/* ---- opening ---- */

static int on_progress(void *context) {
    const struct query *query = context;
    return clock_monotonic() > query->end;
}

/* Functions that reach beyond the database, into files and to addresses in memory, or write to it. */
static bool is_harmful(const char *function) {
    static const char *const names[] = {"load_extension", "fts3_tokenizer", "optimize"};
    for (size_t i = 0; i < LENGTH(names); i++)
        if (!sqlite3_stricmp(function, names[i])) return true;
    return false;
}

/* What FTS and R*Tree do besides reading when a SELECT looks into their tables: they ask for two facts about a database, and prepare
 * statements that write, which they do not run for a SELECT. The image could not be written to either. */
static bool is_of_module(int action, const char *first, const char *second, const char *database) {
    if (action == SQLITE_PRAGMA)
        return database && !second && (!strcmp(first, "data_version") || !strcmp(first, "page_size"));
    return action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;
}

/* Reading alone. What views and virtual tables of the database ask for is seen here too; SQLITE_DBCONFIG_TRUSTED_SCHEMA holds them
 * tighter still, and fault_of judges the query as a whole. */
static int authorize(void *context, int action, const char *first, const char *second, const char *database,
                     const char *origin) {
    struct query *query = context;
    query->selects |= action == SQLITE_SELECT;
    if (action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE) return SQLITE_OK;
    if (action == SQLITE_FUNCTION && !is_harmful(second)) return SQLITE_OK;
    if (query->selects && is_of_module(action, first, second, database)) return SQLITE_OK;
    query->denied |= !origin;
    return SQLITE_DENY;
}

static void limit(struct query *query) {
    static const struct {
        int what, most;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, VALUE_MOST},       {SQLITE_LIMIT_SQL_LENGTH, ROWS_QUERY_MOST},
        {SQLITE_LIMIT_COLUMN, COLUMNS_MOST},     {SQLITE_LIMIT_EXPR_DEPTH, 100},
        {SQLITE_LIMIT_COMPOUND_SELECT, 50},      {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100}, {SQLITE_LIMIT_TRIGGER_DEPTH, 0},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
    };
    for (size_t i = 0; i < LENGTH(limits); i++) sqlite3_limit(query->db, limits[i].what, limits[i].most);
    sqlite3_hard_heap_limit64(sqlite3_memory_used() + HEAP_MOST);
    sqlite3_db_config(query->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(query->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(query->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_db_config(query->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL); /* "word" is a column, never a text */
    sqlite3_exec(query->db, "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON", NULL, NULL, NULL);
    query->end = clock_monotonic() + seconds_most;
    sqlite3_progress_handler(query->db, PROGRESS_STEPS, on_progress, query);
    sqlite3_set_authorizer(query->db, authorize, query);
}

/* A copy of the image as the main database; an SQLite result code. SQLite refuses images that say they have a write-ahead log;
 * whoever calls has made sure that there is none left. */
static int load(struct query *query, const char *image, size_t len) {
    unsigned char *copy = sqlite3_malloc64(len);
    if (!copy) return SQLITE_NOMEM;
    memcpy(copy, image, len);
    copy[HEADER_WRITE_VERSION] = copy[HEADER_READ_VERSION] = VERSION_JOURNAL;
    return sqlite3_deserialize(query->db, "main", copy, (sqlite3_int64)len, (sqlite3_int64)len,
                               SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY);
}

/* An SQLite result code. An empty file is a database without tables, to SQLite too. */
static int open_image(struct query *query, const char *image, size_t len) {
    int code = sqlite3_open_v2(":memory:", &query->db, SQLITE_OPEN_READWRITE, NULL);
    if (!code && len) code = load(query, image, len);
    if (!code) limit(query);
    return code;
}

static bool is_database(const char *image, size_t len) {
    return !len || (len >= HEADER_BYTES && !memcmp(image, magic, sizeof magic));
}

/* ---- parameters ---- */

/* Binds item `index` of the list at argument 3. */
static int bind(lua_State *L, sqlite3_stmt *statement, int index) {
    size_t len;
    switch (lua_rawgeti(L, 3, index)) {
    case LUA_TBOOLEAN: return sqlite3_bind_int(statement, index, lua_toboolean(L, -1));
    case LUA_TLIGHTUSERDATA: return sqlite3_bind_null(statement, index); /* json.null */
    case LUA_TNUMBER:
        return lua_isinteger(L, -1) ? sqlite3_bind_int64(statement, index, lua_tointeger(L, -1))
                                    : sqlite3_bind_double(statement, index, lua_tonumber(L, -1));
    case LUA_TSTRING: {
        const char *text = lua_tolstring(L, -1, &len);
        return sqlite3_bind_text64(statement, index, text, len, SQLITE_TRANSIENT, SQLITE_UTF8);
    }
    default: return SQLITE_MISUSE;
    }
}

/* ---- rows ---- */

/* Pushes a column's value; its cost in bytes. */
static size_t push_column(lua_State *L, sqlite3_stmt *statement, int column) {
    int type = sqlite3_column_type(statement, column);
    if (type == SQLITE_INTEGER) {
        lua_pushinteger(L, sqlite3_column_int64(statement, column));
    } else if (type == SQLITE_FLOAT) {
        lua_pushnumber(L, sqlite3_column_double(statement, column));
    } else if (type == SQLITE_NULL) {
        lua_pushlightuserdata(L, NULL);
    } else {
        const void *data = type == SQLITE_TEXT ? (const void *)sqlite3_column_text(statement, column)
                                               : sqlite3_column_blob(statement, column);
        size_t len = (size_t)sqlite3_column_bytes(statement, column);
        lua_pushlstring(L, data ? data : "", data ? len : 0);
        return ROWS_VALUE_COST + len;
    }
    return ROWS_VALUE_COST;
}

/* Pushes the row as a table by column. */
static size_t push_row(lua_State *L, sqlite3_stmt *statement) {
    int count = sqlite3_column_count(statement);
    size_t cost = 0;
    lua_createtable(L, 0, count);
    for (int column = 0; column < count; column++) {
        cost += push_column(L, statement, column);
        lua_setfield(L, -2, sqlite3_column_name(statement, column));
    }
    return cost;
}

static int push_rows(lua_State *L, struct query *query) {
    size_t cost = 0;
    lua_Integer count = 0;
    lua_newtable(L);
    value_mark_list(L, -1);
    for (int code; (code = sqlite3_step(query->statement)) != SQLITE_DONE;) {
        if (code != SQLITE_ROW) return refuse_by_code(L, query, code);
        cost += push_row(L, query->statement);
        lua_rawseti(L, -2, ++count);
        const char *fault = rows_fault((size_t)count, cost);
        if (fault) return refuse(L, "work", fault);
    }
    return 1;
}

/* ---- the query ---- */

/* Whether what is left holds more than blanks, comments and ';', which SQLite makes no statement of. */
static bool goes_on(const struct query *query, const char *tail) {
    sqlite3_stmt *next = NULL;
    bool failed = sqlite3_prepare_v2(query->db, tail, -1, &next, NULL);
    bool found = next != NULL;
    sqlite3_finalize(next);
    return failed || found;
}

/* What is wrong with a statement that SQLite has taken, or NULL. */
static const char *fault_of(lua_State *L, const struct query *query, const char *tail) {
    sqlite3_stmt *statement = query->statement;
    int count = statement ? sqlite3_column_count(statement) : 0;
    if (!statement) return "it is empty";
    if (goes_on(query, tail)) return "it holds more than one statement";
    if (!count || !sqlite3_stmt_readonly(statement)) return "only SELECT is allowed";
    for (int i = 0; i < count; i++)
        for (int j = 0; j < i; j++)
            if (!strcmp(sqlite3_column_name(statement, i), sqlite3_column_name(statement, j)))
                return lua_pushfstring(L, "two columns are called '%s'; name one with AS",
                                       sqlite3_column_name(statement, i));
    int wanted = sqlite3_bind_parameter_count(statement), given = (int)lua_rawlen(L, 3);
    if (wanted != given) return lua_pushfstring(L, "it has %d parameters, and %d values were given", wanted, given);
    return NULL;
}

/* query(image, text, values): a list of rows, or nil, a text, and "work" or "query". `image` holds the bytes of a database. */
static int query(lua_State *L) {
    size_t len, text_len;
    const char *image = luaL_checklstring(L, 1, &len), *text = luaL_checklstring(L, 2, &text_len), *tail = "";
    luaL_checktype(L, 3, LUA_TTABLE);
    if (!is_database(image, len)) return refuse(L, "work", "is not an SQLite database");
    if (text_len > ROWS_QUERY_MOST) return refuse(L, "query", "it is longer than 64 KiB");
    struct query *asked = guard_new(L, sizeof *asked, release_query);
    asked->text = text;
    int guard = lua_gettop(L);
    int code = open_image(asked, image, len);
    if (!code) code = sqlite3_prepare_v2(asked->db, text, (int)text_len, &asked->statement, &tail);
    if (code) return refuse_by_code(L, asked, code);
    const char *fault = fault_of(L, asked, tail);
    if (fault) return refuse(L, "query", fault);
    for (int i = 1; i <= (int)lua_rawlen(L, 3); i++)
        if (bind(L, asked->statement, i)) return refuse(L, "query", "a value is no number, text, boolean or json.null");
    int results = push_rows(L, asked);
    guard_release(L, guard);
    return results;
}

static const luaL_Reg functions[] = {{"query", query}, {NULL, NULL}};

const struct library library_sqlite = {"sqlite", functions, 0, NULL};
