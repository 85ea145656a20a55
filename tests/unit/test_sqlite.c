/* sqlite.query: what it answers, and what it refuses of queries that do more than read and of databases made to harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "tests/unit/lua_state.h"

extern const struct library library_json, library_sqlite;

static int compare(void *context, int first_len, const void *first, int second_len, const void *second) {
    (void)context;
    int order = memcmp(first, second, (size_t)(first_len < second_len ? first_len : second_len));
    return order ? order : first_len - second_len;
}

/* image(script): the bytes of a database in which the script ran; it has a collation of its own, nat. */
static int image(lua_State *L) {
    sqlite3 *db;
    char *message = NULL;
    sqlite3_int64 size;
    sqlite3_hard_heap_limit64(0);
    if (sqlite3_open(":memory:", &db) || sqlite3_create_collation(db, "nat", SQLITE_UTF8, NULL, compare) ||
        sqlite3_exec(db, luaL_checkstring(L, 1), NULL, NULL, &message))
        return luaL_error(L, "%s", message);
    unsigned char *bytes = sqlite3_serialize(db, "main", &size, 0);
    lua_pushlstring(L, (char *)bytes, (size_t)size);
    sqlite3_free(bytes);
    sqlite3_close(db);
    return 1;
}

static int open_state(void **state) {
    lua_State *L = state_new();
    state_open_library(L, &library_json);
    state_open_library(L, &library_sqlite);
    lua_register(L, "image", image);
    state_run(L,
              "shop = image[[CREATE TABLE items (name TEXT, price REAL, count INTEGER, note, bytes BLOB);\n"
              "INSERT INTO items VALUES ('tea', 2.5, 3, NULL, x'00ff'), ('milk', 1.0, 0, 'gone', x'')]]\n"
              "function ask(db, text, ...) return sqlite.query(db, text, {...}) end\n"
              "function refused(whose, part, db, text, ...)\n"
              "  local rows, message, blamed = ask(db, text, ...)\n"
              "  if rows then error('answered: ' .. text, 2) end\n"
              "  if blamed ~= whose or not message:find(part, 1, true) then error(blamed .. ': ' .. message, 2) end\n"
              "end\n");
    *state = L;
    return 0;
}

static void values_of_every_kind(void **state) {
    state_run(*state, "local rows = ask(shop, 'SELECT * FROM items ORDER BY name DESC')\n"
                      "same(#rows, 2)\n"
                      "same(rows[1].name, 'tea') same(rows[1].price, 2.5) same(math.type(rows[1].count), 'integer')\n"
                      "same(rows[1].note, json.null) same(rows[1].bytes, '\\0\\xff') same(rows[2].bytes, '')\n"
                      "same(json.encode(ask(shop, 'SELECT name FROM items WHERE 0')), '[]')\n"
                      "same(ask('', 'SELECT 1 AS one')[1].one, 1)\n");
}

static void parameters(void **state) {
    state_run(*state, "same(ask(shop, 'SELECT count FROM items WHERE name = ?', 'tea')[1].count, 3)\n"
                      "local row = ask(shop, 'SELECT ? a, ? b, ? c, ? d', 7, 0.5, true, json.null)[1]\n"
                      "same(row.a, 7) same(row.b, 0.5) same(row.c, 1) same(row.d, json.null)\n"
                      "refused('query', '1 parameters, and 0 values', shop, 'SELECT ? x')\n"
                      "refused('query', '0 parameters, and 1 values', shop, 'SELECT 1 x', 1)\n"
                      "refused('query', 'a value is no number', shop, 'SELECT ? x', {})\n");
}

static void queries_that_are_wrong(void **state) {
    state_run(*state,
              "refused('query', 'syntax error', shop, 'SELEKT 1')\n"
              "refused('query', 'no such function', shop, 'SELECT nosuch(1)')\n"
              "refused('query', 'it is empty', shop, ' -- nothing')\n"
              "refused('query', 'more than one statement', shop, 'SELECT 1; SELECT 2')\n"
              "for _, rest in ipairs {';\\n', '; -- c', ';\\n/* c */\\n', ';;-- c\\n;/* c', ' -- c;'} do\n"
              "  same(#ask(shop, 'SELECT 1 a' .. rest), 1)\n"
              "end\n"
              "for _, rest in ipairs {'; -- c\\nSELECT 2', '; /* c */;; DELETE FROM items', '; nonsense', ';)'} do\n"
              "  refused('query', 'more than one statement', shop, 'SELECT 1 a' .. rest)\n"
              "end\n"
              "refused('query', \"two columns are called 'name'\", shop, 'SELECT name, name FROM items')\n"
              "refused('query', 'longer than 64 KiB', shop, 'SELECT 1' .. (' '):rep(1 << 16))\n");
}

static void queries_that_do_more_than_read(void **state) {
    state_run(
        *state,
        "for _, text in ipairs {'DELETE FROM items', \"INSERT INTO items (name) VALUES ('x')\", 'DROP TABLE items',\n"
        "  \"ATTACH '/etc/passwd' AS other\", 'CREATE TEMP TABLE x (a)', 'BEGIN', 'PRAGMA page_size',\n"
        "  'VACUUM', \"VACUUM INTO '/tmp/never'\", 'REINDEX', \"SELECT load_extension('/tmp/x')\",\n"
        "  \"CREATE VIRTUAL TABLE v USING fts5(a)\", 'SELECT * FROM pragma_database_list', 'EXPLAIN DELETE FROM items',\n"
        "  'SELECT * FROM pragma_page_size', 'PRAGMA data_version', 'PRAGMA main.page_size', 'ANALYZE',\n"
        "  \"INSERT INTO items (name) VALUES ('x') RETURNING name\", 'WITH x AS (SELECT 1) DELETE FROM items',\n"
        "  \"SELECT fts3_tokenizer('simple', x'4141414141414141')\"} do\n"
        "  refused('query', 'only SELECT is allowed', shop, text)\n"
        "end\n"
        "refused('query', '', shop, \"SELECT readfile('/etc/passwd')\")\n");
}

static void what_the_database_lacks(void **state) {
    state_run(*state, "refused('work', 'no such table: orders', shop, 'SELECT * FROM orders')\n"
                      "refused('work', 'no such column: price_cents', shop, 'SELECT price_cents FROM items')\n"
                      "refused('work', 'no such column: tea', shop, 'SELECT * FROM items WHERE name = \"tea\"')\n"
                      "refused('work', 'no such table', '', 'SELECT * FROM items')\n");
}

/* Columns and views of whoever wrote the database may need what only its program has. */
static void what_only_its_program_has(void **state) {
    state_run(
        *state,
        "local sorted = image[[CREATE TABLE docs (body TEXT COLLATE nat); INSERT INTO docs VALUES ('a'), ('b')]]\n"
        "same(#ask(sorted, 'SELECT body FROM docs'), 2)\n"
        "refused('work', 'no such collation sequence: nat', sorted, 'SELECT body FROM docs ORDER BY body')\n"
        "refused('query', 'no such collation', sorted, 'SELECT body FROM docs ORDER BY body COLLATE Nat')\n"
        "local view = image[[CREATE TABLE d (b); CREATE VIEW docs AS SELECT norm(b) AS norm FROM d]]\n"
        "refused('work', 'no such function: norm', view, 'SELECT norm FROM docs')\n"
        "refused('query', 'no such function: NORM', view, 'SELECT b AS abnorm, NORM (b) AS a FROM d')\n"
        "refused('query', 'no such function: norm', view, 'SELECT \"norm\"(b) AS a FROM d')\n"
        "local module = image[[PRAGMA writable_schema = ON; INSERT INTO sqlite_master VALUES\n"
        "  ('table', 'docs', 'docs', 0, 'CREATE VIRTUAL TABLE docs USING vec0(body)')]]\n"
        "refused('work', 'no such module: vec0', module, 'SELECT body FROM docs')\n"
        "local broken = image[[CREATE TABLE docs (body); INSERT INTO docs VALUES ('{'), (1)]]\n"
        "refused('work', 'malformed JSON', broken, \"SELECT json_extract(body, '$.a') AS a FROM docs\")\n"
        "refused('work', 'unable to use function MATCH', broken, \"SELECT body FROM docs WHERE body MATCH 'a'\")\n");
}

static void open_virtual_tables(lua_State *L) {
    state_run(
        L, "fts5 = image[[CREATE VIRTUAL TABLE docs USING fts5(body, tokenize = 'porter');\n"
           "  INSERT INTO docs VALUES ('the gate opens'), ('the north'); INSERT INTO docs(docs) VALUES ('optimize')]]\n"
           "fts4 = image[[CREATE VIRTUAL TABLE docs USING fts4(body);\n"
           "  INSERT INTO docs VALUES ('the gate opens'), ('the north')]]\n"
           "rtree = image[[CREATE VIRTUAL TABLE docs USING rtree(id, low, high, +body);\n"
           "  INSERT INTO docs VALUES (1, 2, 3, 'gate'), (2, 5, 7, 'north')]]\n");
}

/* What virtual tables are made of is read by statements of their modules' own, some of which could write. */
static void virtual_tables(void **state) {
    open_virtual_tables(*state);
    state_run(
        *state,
        "for _, db in ipairs {fts5, fts4} do\n"
        "  same(#ask(db, 'SELECT body FROM docs'), 2)\n"
        "  same(ask(db, 'SELECT body FROM docs WHERE docs MATCH ?', 'gate')[1].body, 'the gate opens')\n"
        "end\n"
        "same(ask(fts5, \"SELECT rank FROM docs WHERE docs MATCH 'opening' ORDER BY rank\")[1].rank < 0, true)\n"
        "same(ask(rtree, 'SELECT body FROM docs WHERE low > 4')[1].body, 'north')\n"
        "refused('query', 'fts5: syntax error', fts5, \"SELECT body FROM docs WHERE docs MATCH 'a AND'\")\n"
        "refused('work', 'no such column: title', fts5, \"SELECT body FROM docs WHERE docs MATCH 'title: a'\")\n"
        "for _, db in ipairs {fts5, fts4, rtree} do\n"
        "  for _, text in ipairs {'DELETE FROM docs', 'UPDATE docs SET body = 1', 'DROP TABLE docs',\n"
        "    'SELECT body FROM docs; DELETE FROM docs', 'WITH x AS (SELECT body FROM docs) DELETE FROM docs',\n"
        "    \"INSERT INTO docs(docs) VALUES ('rebuild')\", 'INSERT INTO docs SELECT * FROM docs RETURNING *'} do\n"
        "    refused('query', '', db, text)\n"
        "  end\n"
        "end\n"
        "refused('query', 'only SELECT', fts4, 'SELECT optimize(docs) AS o FROM docs')\n");
}

static void virtual_tables_made_to_harm(void **state) {
    state_run(*state,
              "local circle = image[[CREATE VIRTUAL TABLE docs USING fts5(body, content = 'other');\n"
              "  CREATE VIRTUAL TABLE other USING fts5(body, content = 'docs')]]\n"
              "refused('work', 'recursively defined', circle, 'SELECT body FROM docs')\n"
              "local unknown = image[[CREATE VIRTUAL TABLE docs USING fts5(body); PRAGMA writable_schema = ON;\n"
              "  UPDATE sqlite_master SET sql = replace(sql, 'body', 'body, tokenize = own') WHERE name = 'docs']]\n"
              "refused('work', 'tokenizer', unknown, 'SELECT body FROM docs')\n"
              "local pragma = image[[CREATE VIEW docs AS SELECT name AS body FROM pragma_table_list]]\n"
              "refused('work', 'unsafe use of virtual table', pragma, 'SELECT body FROM docs')\n");
}

/* As damage_anywhere, for the pages of virtual tables. */
static void damage_of_virtual_tables(void **state) {
    open_virtual_tables(*state);
    state_run(
        *state,
        "local asked = {[fts5] = \"SELECT body FROM docs WHERE docs MATCH 'gate OR nor*'\",\n"
        "  [fts4] = \"SELECT body FROM docs WHERE docs MATCH 'gate OR nor*'\", [rtree] = 'SELECT * FROM docs WHERE low > 1'}\n"
        "for db, text in pairs(asked) do\n"
        "  local refused = 0\n"
        "  for at = 1, #db, 11 do\n"
        "    local byte = string.char(db:byte(at) ~ 0x81)\n"
        "    if db:byte(at) ~= 0 then\n"
        "      local rows, _, whose = ask(db:sub(1, at - 1) .. byte .. db:sub(at + 1), text)\n"
        "      if not rows then same(whose, 'work') refused = refused + 1 end\n"
        "    end\n"
        "  end\n"
        "  assert(refused > 5)\n"
        "end\n");
}

static void bytes_that_are_no_database(void **state) {
    state_run(*state,
              "refused('work', 'not an SQLite database', 'hello', 'SELECT 1')\n"
              "refused('work', 'not an SQLite database', ('x'):rep(4096), 'SELECT 1')\n"
              "refused('work', 'not an SQLite database', shop:sub(1, 99), 'SELECT 1')\n"
              "refused('work', '', shop:sub(1, 100), 'SELECT * FROM items')\n"
              "refused('work', 'malformed', shop:sub(1, 4096) .. ('\\xff'):rep(4096), 'SELECT * FROM items')\n");
}

/* Every single byte of the schema's page, changed: an answer or a refusal, never a crash. */
static void damage_anywhere(void **state) {
    state_run(*state,
              "local refused = 0\n"
              "for at = 1, #shop, 3 do\n"
              "  local byte = string.char(shop:byte(at) ~ 0x81)\n"
              "  local rows, _, whose = ask(shop:sub(1, at - 1) .. byte .. shop:sub(at + 1), 'SELECT * FROM items')\n"
              "  if not rows then same(whose, 'work') refused = refused + 1 end\n"
              "end\n"
              "assert(refused > 10)\n");
}

static void a_log_that_was_written_back(void **state) {
    state_run(*state, "local logged = shop:sub(1, 18) .. '\\2\\2' .. shop:sub(21)\n"
                      "same(#ask(logged, 'SELECT * FROM items'), 2)\n");
}

static void views_made_to_harm(void **state) {
    state_run(
        *state,
        "local loads = image[[CREATE VIEW items AS SELECT load_extension('/tmp/x') AS name]]\n"
        "refused('work', 'unsafe use of load_extension', loads, 'SELECT name FROM items')\n"
        "local endless = image[[CREATE VIEW items AS WITH RECURSIVE n(name) AS (SELECT 1 UNION ALL SELECT name + 1\n"
        "  FROM n) SELECT name FROM n]]\n"
        "refused('work', 'more than 10 000 rows', endless, 'SELECT name FROM items')\n"
        "refused('work', 'longer than 3 s', endless, 'SELECT count(*) AS c FROM items')\n"
        "local huge = image[[CREATE VIEW items AS SELECT zeroblob(1000000000) AS name]]\n"
        "refused('work', 'too big', huge, 'SELECT name FROM items')\n"
        "local many = image[[CREATE VIEW items AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)\n"
        "  SELECT randomblob(1000000) AS name FROM n]]\n"
        "refused('work', 'more than 8 MiB', many, 'SELECT name FROM items')\n"
        "refused('work', 'more than 64 MiB of memory', many, 'SELECT name FROM items ORDER BY name')\n");
}

/* Each view holds the one before it twice: what the last one means cannot be written down. */
static void views_that_grow(void **state) {
    state_run(*state,
              "local script = {'CREATE TABLE v0 (name)'}\n"
              "for i = 1, 40 do\n"
              "  script[#script + 1] = ('CREATE VIEW v%d AS SELECT * FROM v%d UNION ALL SELECT * FROM v%d')\n"
              "    :format(i, i - 1, i - 1)\n"
              "end\n"
              "refused('work', 'too many references', image(table.concat(script, ';')), 'SELECT name FROM v40')\n"
              "local circle = image[[CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a]]\n"
              "refused('work', 'circularly defined', circle, 'SELECT * FROM a')\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_kind),
        cmocka_unit_test(parameters),
        cmocka_unit_test(queries_that_are_wrong),
        cmocka_unit_test(queries_that_do_more_than_read),
        cmocka_unit_test(what_the_database_lacks),
        cmocka_unit_test(bytes_that_are_no_database),
        cmocka_unit_test(what_only_its_program_has),
        cmocka_unit_test(virtual_tables),
        cmocka_unit_test(virtual_tables_made_to_harm),
        cmocka_unit_test(damage_of_virtual_tables),
        cmocka_unit_test(damage_anywhere),
        cmocka_unit_test(a_log_that_was_written_back),
        cmocka_unit_test(views_made_to_harm),
        cmocka_unit_test(views_that_grow),
    };
    return cmocka_run_group_tests(tests, open_state, state_close);
}
