/* The analysis reads what Lua reads: real checkers, cut in many places and with bytes changed, are refused by both or by
 * none, with the same words on the same line. */
#include "analysis_fixture.h"

#include <glob.h>
#include <lauxlib.h>

#include "base/clock.h"

static lua_State *L;

static int open_lua(void **state) {
    (void)state;
    L = luaL_newstate();
    return L ? 0 : -1;
}

static int close_lua(void **state) {
    (void)state;
    lua_close(L);
    return 0;
}

/* Lua's message, "3: 'end' expected near <eof>"; "" when it takes the text. */
static void append_lua(struct str *out, struct sv text) {
    if (luaL_loadbufferx(L, text.data, text.len, "=lua", "t") != LUA_OK) str_append(out, lua_tostring(L, -1) + 4);
    lua_settop(L, 0);
}

/* The same of ours. */
static void append_ours(struct str *out, struct sv text) {
    struct arena arena = ARENA_INIT;
    struct analysis analysis;
    checker_analysis(&analysis, &arena, "checker.lua", text.data, text.len);
    if (analysis.fault_count && analysis.faults[0].kind == LUA_SYNTAX_ERROR)
        str_printf(out, "%d: %s", analysis.faults[0].line, analysis.faults[0].message);
    arena_release(&arena);
}

/* What Lua reports when it closes a function we report where it stands; and it counts a parenthesis from where the
 * expression before it begins. Of those the words are compared up to the place. */
static size_t compared_length(const char *message) {
    const char *place = strstr(message, "(to close '(' at line");
    return place ? (size_t)(place - message) : strlen(message);
}

static bool is_placed_otherwise(const char *message) {
    static const char *const words[] = {"no visible label", "break outside loop", "jumps into the scope",
                                        "already defined"};
    for (size_t i = 0; i < LENGTH(words); i++)
        if (strstr(message, words[i])) return true;
    return false;
}

static bool agree(const char *lua, const char *ours) {
    if (!*lua || !*ours) return !*lua && !*ours;
    if (is_placed_otherwise(lua)) {
        lua += strcspn(lua, ":");
        ours += strcspn(ours, ":");
    }
    return !strncmp(lua, ours, compared_length(lua));
}

static size_t compare(struct sv text) {
    scoped(str) lua = STR_INIT;
    scoped(str) ours = STR_INIT;
    append_lua(&lua, text);
    append_ours(&ours, text);
    if (agree(lua.data, ours.data)) return 0;
    size_t tail = text.len > 200 ? text.len - 200 : 0;
    print_error("of …%.*s\nlua:  %s\nours: %s\n", (int)(text.len - tail), text.data + tail, lua.data, ours.data);
    return 1;
}

/* ---- real checkers ---- */

static const char *const sources[] = {"exercises/*/checker.lua", "tests/hostile/course/exercises/*/checker.lua",
                                      "checker/prelude/*.lua", "checker/types/*.lua"};

/* Of the first `kinds` of them. */
static void each_source(size_t kinds, size_t (*take)(struct sv text)) {
    size_t wrong = 0, files = 0;
    for (size_t i = 0; i < kinds; i++) {
        glob_t found;
        if (glob(sources[i], 0, NULL, &found)) fail_msg("no %s: run me from the top of the repository", sources[i]);
        for (size_t k = 0; k < found.gl_pathc; k++, files++) {
            scoped(str) text = STR_INIT;
            read_source(&text, found.gl_pathv[k]);
            wrong += take(sv_str(&text));
        }
        globfree(&found);
    }
    assert_true(files >= 9);
    assert_int_equal(wrong, 0);
}

static void test_whole(void **state) {
    (void)state;
    each_source(LENGTH(sources), compare);
}

enum { CUTS_MOST = 2048 }; /* of a longer text, as many evenly: each costs as much as what stands before it */

static size_t cut(struct sv text) {
    size_t wrong = 0, step = 1 + text.len / CUTS_MOST;
    for (size_t len = 0; len < text.len; len += step) wrong += compare((struct sv){text.data, len});
    return wrong;
}

static void test_truncated(void **state) {
    (void)state;
    each_source(2, cut);
}

/* ---- changed bytes, by a fixed sequence ---- */

static uint64_t next_random(uint64_t *state) { /* xorshift64 */
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

enum { CHANGED_TEXTS = 60, CHANGED_BYTES = 4096 }; /* of a longer text its beginning */

/* A byte that means something to Lua, or any. */
static char other_byte(uint64_t *state) {
    static const char telling[] = "\"'[]=-\\(){};:,.<>~\n\r\t 0x9e+_azENDendifthen\xff\x80\x01";
    uint64_t number = next_random(state);
    return number & 1 ? telling[(number >> 8) % (sizeof telling - 1)] : (char)(number >> 8);
}

static size_t change(struct sv text) {
    uint64_t state = 88172645463325252u + text.len;
    size_t wrong = 0, len = text.len < CHANGED_BYTES ? text.len : CHANGED_BYTES;
    for (int i = 0; i < CHANGED_TEXTS; i++) {
        autofree char *copy = mem_copy(text.data, len);
        for (uint64_t flips = 1 + next_random(&state) % 3; flips; flips--)
            copy[next_random(&state) % len] = other_byte(&state);
        wrong += compare((struct sv){copy, len});
    }
    return wrong;
}

/* Without the types, which are many and all alike. */
static void test_changed(void **state) {
    (void)state;
    each_source(LENGTH(sources) - 1, change);
}

/* ---- small texts for what real ones do not have ---- */

static const char *const odd[] = {
    "goto a do ::a:: end",
    "do goto a end ::a::",
    "goto a; local b; ::a::",
    "goto a; local b; ::a:: print()",
    "::a:: do ::a:: end",
    "::a:: do goto a end",
    "::a:: print(function() goto a end)",
    "repeat goto a local b ::a:: until b",
    "break",
    "while 1 do print(function() break end) end",
    "for i = 1 do end",
    "for i, j do end",
    "for i in 1 end",
    "local a <close>, b <close> = 1, 2",
    "local a <const> = 1 print(function() a = 2 end)",
    "local function",
    "function a.b:c.d() end",
    "a.b",
    "a:b",
    "(a) = 1",
    "a() = 1",
    "a, b() = 1, 2",
    "a, b",
    "f{",
    "f{a = }",
    "f{a b}",
    "f(a b)",
    "x = }",
    "x = a.1",
    "x = 1..2",
    "x = 0x",
    "x = 0xp1",
    "x = 1e",
    "x = 1e+",
    "x = 0x1p",
    "x = 3_",
    "x = 08",
    "x = 1.2.3",
    "x = ...",
    "x = 'a",
    "x = 'a\\",
    "x = '\\300'",
    "x = '\\x4'",
    "x = '\\xg'",
    "x = '\\u{110000}'",
    "x = '\\u{FFFFFFFF}'",
    "x = '\\u{}'",
    "x = '\\u41'",
    "x = '\\u{41'",
    "x = '\\z  \n  b'",
    "x = '\\\n'",
    "x = [==[a]=]",
    "x = [=a",
    "--[[",
    "--[=[ ]]",
    "--[=",
    "x = a not b",
    "x = not",
    "return;return",
    "return 1,",
    "if x the",
    "if x then else elseif",
    "while x end",
    "x = function(a,) end",
    "x = function(..., a) end",
    "local x <",
    "local x <const",
    "::a",
    "::1::",
    "x = a and or b",
    "x = #",
    "x = 2 ^ -3 ^ 2",
    "x = -2 ^ 2 .. 'a'",
    "x = a == b ~= c",
    "x = a <= b >> 1 // 2",
    "x = a ~ ~b",
    "goto continue",
    "local goto = 1",
    "x = \"\\065\\10\\9a\"",
    "a.b.c = function() end",
    "a['b'].c, d = 1",
    ";;;",
    "x = {;}",
    "x = {1;2,[3]=4,}",
    "x = {,}",
    "#!shebang",
    "\xef\xbb\xbfprint(1)",
    "x = y\r\nz = \r= 1",
    "\n\r\n\r=",
    "local a = {} .. 'x' : b()",
    "x = 'y':z()",
    "x = {}:z()",
    "local x <const>, y = 1 y = 2",
    "do local x <const> = 1 end x = 2",
    "x = function() end()",
    "f\n(g)",
    "f()\n(g)()",
};

static void test_odd(void **state) {
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < LENGTH(odd); i++) wrong += compare(sv_of(odd[i]));
    assert_int_equal(wrong, 0);
}

/* ---- depth and size ---- */

/* `open` n times, `middle`, `close` n times. */
static void append_nested(struct str *out, const char *open, const char *middle, const char *close, size_t n) {
    for (size_t i = 0; i < n; i++) str_append(out, open);
    str_append(out, middle);
    for (size_t i = 0; i < n; i++) str_append(out, close);
}

static const struct {
    const char *open, *middle, *close;
} nests[] = {
    {"x = {", "", "}"},           {"(", "f", ")()"},
    {"do ", "", " end "},         {"f(", "", ")"},
    {"if x then ", "", " end "},  {"x = -", "1", ""},
    {"x = 1 .. ", "2", ""},       {"x = a and (", "b", ")"},
    {"while x do ", "", " end "}, {"f(function() ", "", " end) "},
    {"x = 2 ^ ", "2", ""},        {"local x = {[", "1", "] = 1}"},
    {"repeat ", "", " until x "}, {"a, ", "b", " = 1"},
    {"::a:: ;", "", ""},
};

static void test_nesting(void **state) {
    (void)state;
    for (size_t i = 0; i < LENGTH(nests); i++) {
        scoped(str) shallow = STR_INIT;
        scoped(str) deep = STR_INIT;
        scoped(str) fault = STR_INIT;
        const char *open = strchr(nests[i].open, '=') ? strchr(nests[i].open, '=') + 1 : nests[i].open;
        if (open != nests[i].open) str_append(&shallow, "x ="), str_append(&deep, "x =");
        append_nested(&shallow, open, nests[i].middle,
                      *nests[i].close == ' ' && nests[i].close[1] == '=' ? "" : nests[i].close, 50);
        append_nested(&deep, open, nests[i].middle, nests[i].close, 100000);
        append_ours(&fault, sv_str(&deep));
        if (!*fault.data) fail_msg("%s… is read at any depth", nests[i].open);
        str_clear(&fault);
        append_faults(&fault, sv_str(&shallow));
        if (strstr(fault.data, "overflow")) fail_msg("%s… is refused 50 deep: %s", nests[i].open, fault.data);
    }
}

/* What the engine takes is taken; what it refuses for its depth, is refused. */
static void test_depth(void **state) {
    (void)state;
    scoped(str) taken = STR_INIT;
    scoped(str) refused = STR_INIT;
    scoped(str) fault = STR_INIT;
    str_append(&taken, "print(");
    str_append(&refused, "print(");
    append_nested(&taken, "{", "", "}", 180);
    append_nested(&refused, "{", "", "}", 200);
    str_append(&taken, ")");
    str_append(&refused, ")");
    append_faults(&fault, sv_str(&taken));
    assert_string_equal(fault.data, "");
    append_faults(&fault, sv_str(&refused));
    assert_string_equal(fault.data, "1:196 syntax: C stack overflow\n");
}

/* Texts of a MiB that are as bad as can be, a piece over and over. */
static const char *const pieces[] = {
    "x=y ",
    "a.b.c.d.e.f=g.h ",
    "local a=a ",
    "do local a=b end ",
    "f(a,b,c)",
    "f():g():h()",
    "goto a ",
    "::a%d:: ",
    "'a'..",
    "{",
    "a and ",
    "{},",
    "do goto a ::a:: end ",
    "do goto b%d end ",
    "unknown%d() ",
    "checks['c%d']=function(t) t:run{'x'}:ok() end ",
    "checks.c=function(t)expect(t):equls()end ",
    "--[[",
    "]]",
    "[==",
    "\"\\z",
    "((",
    "not ",
    "-",
    "a.",
    "a:b ",
    "f'x'",
    ";",
    "\n",
    "\r",
    "\xff",
    "f%d ",
    "function f(a,b,c,d)return a end ",
    "local function f%d() return f() end f(g)(h) ",
    "do local s=s..s end ",
    "for _,x in pairs(T)do checks[x..x]=1 end ",
    "if x then elseif y then else end ",
    "return ",
    "hint'x' ",
    "while 1 do break end ",
    "t.needs.x=t.needs[x] ",
};

static void append_piece(struct str *out, const char *piece, int number) {
    const char *mark = strstr(piece, "%d");
    if (!mark) {
        str_append(out, piece);
        return;
    }
    str_append_bytes(out, piece, (size_t)(mark - piece));
    str_printf(out, "%d%s", number, mark + 2);
}

enum { SECONDS_MOST = 20 }; /* of a text of a MiB under sanitizers, on a busy machine; a quadratic one takes minutes */

static void expect_in_time(const char *before, const char *piece) {
    scoped(str) text = STR_INIT;
    scoped(str) fault = STR_INIT;
    str_append(&text, before);
    for (int i = 0; text.len < (1 << 20) - 100; i++) append_piece(&text, piece, i);
    double began = clock_monotonic();
    append_ours(&fault, sv_str(&text));
    double seconds = clock_monotonic() - began;
    if (seconds > SECONDS_MOST) fail_msg("%s%s… takes %.1f s", before, piece, seconds);
}

static void test_time(void **state) {
    (void)state;
    for (size_t i = 0; i < LENGTH(pieces); i++) {
        expect_in_time("", pieces[i]);
        expect_in_time("local T = {'a', 'b'} local a, b, s, t, f = 1, 2, 'x' x =", pieces[i]);
    }
}

/* A function that reads its parameter as often as it is called. */
static void test_many_calls(void **state) {
    (void)state;
    scoped(str) text = STR_INIT;
    scoped(str) fault = STR_INIT;
    str_append(&text, "local function f(u, r) ");
    for (int i = 0; i < 30000; i++) str_append(&text, "u.x() hint(r)");
    str_append(&text, " end checks.c = function(t) ");
    for (int i = 0; i < 60000; i++) str_append(&text, "f(t,'a')");
    str_append(&text, " end");
    assert_true(text.len < (1 << 20));
    double began = clock_monotonic();
    append_ours(&fault, sv_str(&text));
    assert_true(clock_monotonic() - began < SECONDS_MOST);
    assert_string_equal(fault.data, "");
}

static void test_size(void **state) {
    (void)state;
    scoped(str) text = STR_INIT;
    scoped(str) fault = STR_INIT;
    str_append_repeat(&text, ' ', (1 << 20) + 1);
    append_faults(&fault, sv_str(&text));
    assert_string_equal(fault.data, "1:1 syntax: longer than 1 MiB\n");
}

/* Only the first are kept. */
static void test_many_faults(void **state) {
    (void)state;
    scoped(str) text = STR_INIT;
    struct arena arena = ARENA_INIT;
    struct analysis analysis;
    for (int i = 0; i < 3000; i++) str_append(&text, "unknown()\n");
    checker_analysis(&analysis, &arena, "checker.lua", text.data, text.len);
    assert_int_equal(analysis.fault_count, ANALYSIS_FAULTS_MOST);
    arena_release(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),       cmocka_unit_test(test_odd),     cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_changed),     cmocka_unit_test(test_nesting), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_time),        cmocka_unit_test(test_size),    cmocka_unit_test(test_many_calls),
        cmocka_unit_test(test_many_faults),
    };
    return cmocka_run_group_tests(tests, open_lua, close_lua);
}
