/* What the text of a checker says before it runs: a table of sources and the faults that they have. */
#include "analysis_fixture.h"

static const struct {
    const char *source, *faults;
} cases[] = {
    {"", ""},
    {"-- nothing\n--[[ but\n comments ]] --[==[ ]] ]==]\n", ""},

    /* ---- syntax, in Lua's words ---- */
    {"checks['a'] = function(t)\n", "2:1 syntax: 'end' expected (to close 'function' at line 1) near <eof>\n"},
    {"local x = = 1", "1:11 syntax: unexpected symbol near '='\n"},
    {"x == 1", "1:3 syntax: syntax error near '=='\n"},
    {"local s = 'a\nb'", "1:13 syntax: unfinished string near ''a'\n"},
    {"local s = \"a\\q\"", "1:13 syntax: invalid escape sequence near '\"a\\q'\n"},
    {"print(3x)", "1:7 syntax: malformed number near '3x'\n"},
    {"goto nowhere", "1:6 syntax: no visible label 'nowhere' for <goto> at line 1\n"},
    {"do\n break\nend", "2:2 syntax: break outside loop at line 2\n"},
    {"::a:: ::a::", "1:12 syntax: label 'a' already defined on line 1\n"},
    {"goto f\nlocal x\n::f:: print(x)", "1:6 syntax: <goto f> at line 1 jumps into the scope of local 'x'\n"},
    {"local x <const> = 1\nx = 2", "2:1 syntax: attempt to assign to const variable 'x'\n"},
    {"local x <fixed> = 1", "1:10 syntax: unknown attribute 'fixed'\n"},
    {"function f() return ... end", "1:21 syntax: cannot use '...' outside a vararg function near '...'\n"},
    {"return 1\nprint(2)", "2:1 syntax: <eof> expected near 'print'\n"},
    {"print(\xc3\xa9)", "1:7 syntax: unexpected symbol near '<\\195>'\n"},
    {"local \xe2\x82\xac", "1:7 syntax: <name> expected near '<\\226>'\n"},

    /* ---- all of Lua 5.4 ---- */
    {"local a <const>, b <close> = 0x1p-4 // 3 ~ 5 & 6 | 7 << 1 >> 2, nil\nprint(~a, b, -a ^ 2, not a, #'x', 3 .. 4)",
     ""},
    {"print(0xA.8p1, .5, 3., 1e10, 0xffffffffffffffff, 'a\\z  \n b', '\\x41\\u{20AC}\\065\\'', [==[\n]]]==])", ""},
    {"for i = 1, 3 do\n if i == 2 then goto continue end\n print(i)\n ::continue::\nend", ""},
    {"repeat local done = true until done", ""},
    {"local o = {1, 2; x = 3, ['y'] = 4, [5] = 6}\nfunction o.a.b:c(...) return self, ... end\no.z, o[1] = 1, 2", ""},
    {"while true do if seed() then break end end", ""},
    {"print{1}'x' 'y'.z:w{}[[u]] [1](2);;", ""},

    /* ---- names ---- */
    {"print(fil('x'))", "1:7 global: unknown name 'fil', did you mean 'file'?\n"},
    {"total = 1\nprint(total)", "1:1 assigned: 'total' becomes a global: make it local\n"},
    {"function helper() end", "1:10 assigned: 'helper' becomes a global: make it local\n"},
    {"expect = 1", "1:1 assigned: 'expect' belongs to the API: take another name\n"},
    {"function json.more() end", "1:15 assigned: 'json.more' belongs to the API: take another name\n"},
    {"local _ENV = {}\nx = y", ""},
    {"print(json.encod, stats.aucc, string.fromat, expect.fil)",
     "1:12 field: json has no 'encod', did you mean 'encode'?\n"
     "1:25 field: stats has no 'aucc', did you mean 'auc'?\n"
     "1:38 field: string has no 'fromat', did you mean 'format'?\n"
     "1:53 field: expect has no 'fil', did you mean 'file'?\n"},
    {"local j = json\nprint(j.encod, j.encode)", "2:9 field: json has no 'encod', did you mean 'encode'?\n"},
    {"print(json['encod'])", "1:12 field: json has no 'encod', did you mean 'encode'?\n"},
    {"print(os.time(), io.open('x'), require 'x', os.nothing, load, math.random(3))",
     "1:7 forbidden: checkers have no 'os.time': checks do not depend on the day; give the program a time by env\n"
     "1:18 forbidden: checkers have no 'io.open': use file(path) to read and t:write(path, text) to write\n"
     "1:32 forbidden: checkers have no 'require': a checker is one file; what it needs is in the API\n"
     "1:45 forbidden: checkers have no 'os.nothing': the machine is reached by t:run{…} and file(path) alone\n"
     "1:57 forbidden: checkers have no 'load': a checker is one file; data is read by json.decode and its like\n"
     "1:68 forbidden: checkers have no 'math.random': use random(n), which follows from the attempt's seed\n"},

    /* ---- what a value is ---- */
    {"checks.a = function(t) t:runn{} end", "1:26 method: t has no 'runn', did you mean 'run'?\n"},
    {"checks['a'] = function(x) print(x.need) end", "1:35 field: t has no 'need', did you mean 'needs'?\n"},
    {"checks.a = function(t) t:run{'x'}:okk() end", "1:35 method: a result has no 'okk', did you mean 'ok'?\n"},
    {"checks.a = function(t)\n local r = t:run{'x'}\n r:ok()\n print(r.cod)\nend",
     "4:10 field: a result has no 'cod', did you mean 'code'?\n"},
    {"checks.a = function(t)\n local r = t:run{'x'}:ok():fails(1)\n print(r:jsn())\nend",
     "3:10 method: a result has no 'jsn', did you mean 'json'?\n"},
    {"checks.a = function(t)\n local r = t:run{'x'}\n r = seed()\n print(r.cod)\nend", ""},
    {"checks.a = function(t)\n local s = t:service{'x'}\n s:halt()\n print(s:stop().cod)\nend",
     "3:4 method: a service has no 'halt'\n4:17 field: a result has no 'cod', did you mean 'code'?\n"},
    {"expect(1):equls(2)", "1:11 method: there is no matcher 'equls', did you mean 'equals'?\n"},
    {"expect(1):not_equals(2):at_lest(3)", "1:25 method: there is no matcher 'at_lest', did you mean 'at_least'?\n"},
    {"expect.file('x'):because('k'):exists():contains('y')", ""},
    {"expect(1):exists()", "1:11 method: there is no matcher 'exists'\n"},
    {"local f = file('x')\nprint(f:jsn(), f:text():fnd('x'))",
     "2:9 method: a file has no 'jsn', did you mean 'json'?\n2:25 method: a text has no 'fnd', did you mean 'find'?\n"},
    {"print(toml.decode('a = 1').a, file('x'):toml().b, file('x'):ini().c.d, json.list{}.e)", ""},
    {"print(git.head().branh, stats.ks({}, {}).q)",
     "1:18 field: the value has no 'branh', did you mean 'branch'?\n1:42 field: the value has no 'q'\n"},
    {"local function go(t) return t:run{'x'} end\nchecks.a = function(t) go(t):okk() end",
     "2:30 method: a result has no 'okk', did you mean 'ok'?\n"},
    {"local function go(u) u:runn{} end\nchecks.a = function(t) go(t) end\nchecks.b = function(t) go(t) end",
     "1:24 method: t has no 'runn', did you mean 'run'?\n"},
    {"local function go(u) u:runn{} end\nchecks.a = function(t) go(t) go({}) end", ""},
    {"local function go(u) u:runn{} end\nchecks.a = function(t) go(t) within(3, go) end", ""},
    {"local function body(u) u:runn{} end\nchecks.a = body", "1:26 method: t has no 'runn', did you mean 'run'?\n"},
    {"checks.a = function(t) t.note = 1 print(t.note) end", ""},

    /* ---- options ---- */
    {"checks.a = function(t) t:run{'x', cdw = '.'}:ok() end",
     "1:35 option: t:run: unknown option 'cdw', did you mean 'cwd'?\n"},
    {"checks.a = function(t) t:service{'x', ready = {htp = '/'}} end",
     "1:48 option: t:service: ready: unknown option 'htp', did you mean 'http'?\n"},
    {"checks.a = function(t) t:service{'x', port = 1, ready = {tcp = true}}:get('/', {headers = {a = 'b'}}) end", ""},

    /* ---- what nobody uses ---- */
    {"local x = 1", "1:7 unused: unused variable 'x'\n"},
    {"local x = 1\nx = 2", "1:7 unused: unused variable 'x'\n"},
    {"local _, _x, y = 1, 2, 3\nprint(y)", ""},
    {"local function f() end", "1:16 unused: unused function 'f'\n"},
    {"checks.a = function(t) end", "1:21 parameter: unused parameter 't'\n"},
    {"print(function(a, b, c) return b end)", "1:22 parameter: unused parameter 'c'\n"},
    {"print(function(_t) end)", ""},
    {"for k, v in pairs({}) do print(k) end", "1:8 unused: unused loop variable 'v'\n"},
    {"for k in pairs({}) do print(1) end for i = 1, 2 do print(2) end", ""},
    {"local o = {}\nfunction o:m() end", ""},
    {"local x = 1\ndo local x = x print(x) end", "2:10 shadowed: 'x' hides the one of line 1\n"},
    {"local x = 1\nprint(x, function(x) return x end)", "2:19 shadowed: 'x' hides the one of line 1\n"},
    {"do local x = 1 print(x) end\nlocal x = 2\nprint(x)", ""},
    {"::here::", "1:3 label: unused label 'here'\n"},

    /* ---- what never happens ---- */
    {"do return end\nprint(1)", "2:1 unreachable: this is never reached: line 1 returns\n"},
    {"while seed() do\n break\n print(1)\n print(2)\nend",
     "3:2 unreachable: this is never reached: line 2 leaves the loop\n"},
    {"if seed() then return 1 else return 2 end\nprint(1)", "2:1 unreachable: this is never reached: line 1 returns\n"},
    {"if seed() then return 1 elseif random() then return 2 end\nprint(1)", ""},
    {"goto out\nprint(1)\n::out::\nprint(2)", "2:1 unreachable: this is never reached: line 1 jumps away\n"},
    {"expect(1)", "1:1 dropped: expect(…) without a matcher\n"},
    {"expect.soft(1, 'one'):because('x')", ""},
    {"json.encode({})\n('x'):rep(3)", ""},
    {"json.encode({})", "1:6 dropped: the result of json.encode is dropped\n"},
    {"tostring(1)", "1:1 dropped: the result of tostring is dropped\n"},
    {"table.sort({}) private('x') tree()", ""},
    {"print(seed() == 0/0, 0.0 / 0 ~= seed(), seed() == -(0/0), seed() == 1/0)",
     "1:14 nan: nothing equals NaN: a value x is NaN when x ~= x\n"
     "1:30 nan: nothing equals NaN: a value x is NaN when x ~= x\n"
     "1:48 nan: nothing equals NaN: a value x is NaN when x ~= x\n"},
    {"if seed() then end", "1:1 empty: this branch is empty\n"},
    {"if seed() then print(1)\nelseif random() then\nelse ; end",
     "2:1 empty: this branch is empty\n3:1 empty: this branch is empty\n"},
    {"checks.a = function() end\nchecks['a'] = function() end",
     "2:8 twice: checks[\"a\"] is defined twice, first at line 1\n"},
    {"for _, id in ipairs{'a', 'b'} do checks[id] = function() end end\nchecks.b = function() end",
     "2:8 twice: checks[\"b\"] is defined twice, first at line 1\n"},
    {"-- caf\xc3\xa9 \xe2\x82\xac\nprint('\xc3\xa9\xc3\xa9', fil)",
     "2:13 global: unknown name 'fil', did you mean 'file'?\n"},
};

static void test_faults(void **state) {
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        scoped(str) found = STR_INIT;
        append_faults(&found, sv_of(cases[i].source));
        wrong += differs(cases[i].source, cases[i].faults, found.data);
    }
    assert_int_equal(wrong, 0);
}

/* ---- checks, and what else is told ---- */

static const struct {
    const char *source, *checks;
} definitions[] = {
    {"checks['a'] = function(t) t:run{'x'}:ok() end", "a 1:8 asserts\n"},
    {"checks.a = function() print(1) end", "a 1:8 nothing\n"},
    {"function checks.a() expect(1):equals(1) end", "a 1:17 asserts\n"},
    {"local function f() holds(1, seed) end\nlocal function g() f() end\nchecks.a = function() g() end\nchecks.b = g",
     "a 3:8 asserts\nb 4:8 asserts\n"},
    {"local f\nf = function() expect(1):equals(1) end\nchecks.a = function() f() end", "a 3:8 asserts\n"},
    {"local o = {}\nfunction o.f() expect(1):equals(1) end\nchecks.a = function() o.f() end\nchecks.b = function() end",
     "a 3:8 asserts\nb 4:8 nothing\n"},
    {"local function f() expect(1):equals(1) end\nchecks.a = function() end print(f)", "a 2:8 nothing\n"},
    {"checks.a = function(t)\n local unused = function() expect(1):equals(1) end\n print(t)\nend", "a 1:8 nothing\n"},
    {"checks.a = function(t) local r = t:run{'x'}:ok() print(r) end", "a 1:8 asserts\n"},
    {"checks.a = function(t) t:score(1) end", "a 1:8 asserts\n"},
    {"checks.a = function(t) t:service{'x'} end", "a 1:8 asserts\n"},
    {"checks.a = function() docker.build{} end", "a 1:8 asserts\n"},
    {"checks.a = function() docker.inspect('x') end", "a 1:8 nothing\n"},
    {"checks.a = function(t) t:run{'x'}:fails() end", "a 1:8 asserts\n"},
    {"checks.a = function() within(1, seed) end", "a 1:8 asserts\n"},
    {"checks.a = function() expect.soft(1):equals(1) end", "a 1:8 asserts\n"},
    {"checks.a = function() local e = expect e(1):equals(1) end", "a 1:8 asserts\n"},
    {"function go() expect(1):equals(1) end\nchecks.a = function() go() end", "a 2:8 asserts\n"},
    {"local ids = {x = 1, y = 2}\nfor id in pairs(ids) do checks['is-' .. id] = function() end end",
     "is-x 2:32 nothing\nis-y 2:32 nothing\n"},
    {"for _, id in ipairs(json.decode('[]')) do checks[id] = function() end end", "? 1:50 nothing\n"},
};

static void test_checks(void **state) {
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < LENGTH(definitions); i++) {
        struct arena arena = ARENA_INIT;
        struct analysis analysis;
        scoped(str) found = STR_INIT;
        const char *source = definitions[i].source;
        checker_analysis(&analysis, &arena, "checker.lua", source, strlen(source));
        for (size_t k = 0; k < analysis.check_count; k++) {
            const struct lua_check *check = &analysis.checks[k];
            str_printf(&found, "%s %d:%d %s\n", check->id ? check->id : "?", check->line, check->column,
                       check->has_assertion ? "asserts" : "nothing");
        }
        arena_release(&arena);
        wrong += differs(source, definitions[i].checks, found.data);
    }
    assert_int_equal(wrong, 0);
}

/* Of the kinds named, "kind text check callee" a line; calls and plain texts only where they are asked for. */
static const struct {
    const char *kinds, *source, *uses;
} facts[] = {
    {"text", "print('a\\0b', [[c]], 'd' .. \"e\")", "text a - -\ntext c - -\ntext d - -\ntext e - -\n"},
    {"call",
     "checks.a = function(t)\n local r = t:run{'x'}\n r:ok()\n t.needs.b.c:go()\n seed()()\nend\njson.decode('1')",
     "call t:run a -\ncall result:ok a -\ncall t.needs.b.c:go a -\ncall seed a -\ncall  a -\ncall json.decode - -\n"},
    {"argument option",
     "checks.a = function(t) t:run{'python', 'x.py', '--out', seed(), '-v', env = {A = '-b'}, stdin = '-'} end",
     "argument python a t:run\nargument x.py a t:run\nargument --out a t:run\noption --out a t:run\n"
     "argument -v a t:run\noption -v a t:run\nargument -b a t:run\nargument - a t:run\n"},
    {"reason",
     "local function is(v, why) expect(v):equals(1):because(why) end\n"
     "checks.a = function(t)\n hint('one')\n is(2, 'two')\n t:run{'x'}:ok():because(seed() and 'three' or 'four')\n"
     " local r = 'five'\n if seed() then r = 'six' end\n expect(1):equals(2):because(r)\n t.x:because('seven')\n"
     " expect(1):equals(2):because(t.y)\nend",
     "reason one a hint\nreason two a expect:because\nreason three a result:because\nreason four a result:because\n"
     "reason five a expect:because\nreason six a expect:because\nreason seven a t.x:because\n"
     "reason ? a expect:because\n"},
    {"private shared file glob copy",
     "local d = private('gen.py', {seed = 1})\nshared 'more.py'\n"
     "checks.a = function(t)\n t:copy(d, 'in.csv')\n t:write('a', '')\n t:patch('b', 'x', 'y')\n t:remove('c')\n"
     " file('d'):text()\n start_file('e'):text()\n expect.file('f'):exists()\n glob('*.g')\n t:run{'x'}:json('h')\n"
     " for _, n in ipairs{'i', 'j'} do file('out/' .. n):text() end\nend",
     "private gen.py - private\nshared more.py - shared\ncopy in.csv a t:copy\nfile a a t:write\nfile b a t:patch\n"
     "file c a t:remove\nfile d a file\nfile e a start_file\nfile f a expect.file\nglob *.g a glob\n"
     "file h a result:json\nfile out/i a file\nfile out/j a file\n"},
    {"route",
     "checks.a = function(t)\n local s = t:service{'x', ready = {http = '/up'}}\n s:get('/a')\n s:post('/b', 1)\n"
     " s:load{path = '/c'}\n s:request{path = '/d', method = 'PUT'}\n t.x:get('/e')\n t.x:get('f')\nend",
     "route /up a t:service\nroute /a a service:get\nroute /b a service:post\nroute /c a service:load\n"
     "route /d a service:request\nroute /e a t.x:get\n"},
    {"key jq need",
     "checks.a = function(t)\n expect(t.needs.b):has_keys('c', 'd'):has_keys{'e'}\n jq(t.needs['f'], '.g[0]')\n"
     " for _, n in ipairs{'h'} do print(t.needs[n]) end\nend",
     "need b a -\nkey c a expect:has_keys\nkey d a expect:has_keys\nkey e a expect:has_keys\nneed f a -\njq .g[0] a jq\n"
     "need h a -\n"},
    {"reason", "for _, id in ipairs{'a', 'b'} do checks[id] = function() hint('x') end end", "reason x - hint\n"},
};

static void test_facts(void **state) {
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < LENGTH(facts); i++) {
        struct arena arena = ARENA_INIT;
        struct analysis analysis;
        scoped(str) found = STR_INIT;
        checker_analysis(&analysis, &arena, "checker.lua", facts[i].source, strlen(facts[i].source));
        for (size_t k = 0; k < analysis.use_count; k++) {
            const struct lua_use *use = &analysis.uses[k];
            if (!strstr(facts[i].kinds, use_names[use->kind])) continue;
            str_printf(&found, "%s %s %s %s\n", use_names[use->kind], use->text ? use->text : "?",
                       use->check ? use->check : "-", use->callee ? use->callee : "-");
        }
        arena_release(&arena);
        wrong += differs(facts[i].source, facts[i].uses, found.data);
    }
    assert_int_equal(wrong, 0);
}

/* What belongs to a call has its number; a method's call says what stands before it. */
static void test_calls(void **state) {
    (void)state;
    static const char source[] = "checks.a = function(t)\n local app = t:service{'x', env = {A = 'b'}}\n app:get('/')\n"
                                 " app:get('/'):json().go()\nend\n";
    static const char wanted[] =
        "1 call t:service of t\n1 argument x\n1 argument b as A\n2 call service:get of app\n2 argument /\n"
        "3 call service:get of app\n3 argument /\n4 call response:json of \n5 call .go of \n";
    struct arena arena = ARENA_INIT;
    struct analysis analysis;
    scoped(str) found = STR_INIT;
    checker_analysis(&analysis, &arena, "checker.lua", source, strlen(source));
    for (size_t i = 0; i < analysis.use_count; i++) {
        const struct lua_use *use = &analysis.uses[i];
        if (use->kind != LUA_CALL && use->kind != LUA_ARGUMENT) continue;
        str_printf(&found, "%zu %s %s", use->call, use_names[use->kind], use->text);
        if (use->receiver) str_printf(&found, " of %s", use->receiver);
        if (use->key) str_printf(&found, " as %s", use->key);
        str_append_char(&found, '\n');
    }
    assert_string_equal(analysis.file, "checker.lua");
    arena_release(&arena);
    assert_string_equal(found.data, wanted);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_checks),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
