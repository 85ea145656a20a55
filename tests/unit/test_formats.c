/* The data formats of checkers: each case decodes a text to JSON or to an error with its position, or encodes a Lua value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>

#include "base/draw.h"
#include "tests/unit/lua_state.h"

extern const struct library library_json, library_yaml, library_toml, library_csv, library_xml, library_dotenv,
    library_ini;

static int open_state(void **state) {
    static const struct library *const opened[] = {&library_json, &library_yaml,   &library_toml, &library_csv,
                                                   &library_xml,  &library_dotenv, &library_ini};
    lua_State *L = state_new();
    for (size_t i = 0; i < LENGTH(opened); i++) state_open_library(L, opened[i]);
    *state = L;
    return 0;
}

struct decoding {
    const char *text, *expected; /* JSON, or the error with its position */
};

/* Decodes by global[format][function], with options (a Lua expression, or NULL). */
static void check_decoding(lua_State *L, const char *function, const char *options, struct decoding c) {
    char *chunk = str_format("local text = ... local value, message = %s(text, %s)\n"
                             "return value == nil and message or json.encode(value)",
                             function, options ? options : "nil");
    assert_int_equal(luaL_loadstring(L, chunk), LUA_OK);
    free(chunk);
    lua_pushstring(L, c.text);
    if (lua_pcall(L, 1, 1, 0)) fail_msg("%s: %s", c.text, lua_tostring(L, -1));
    if (strcmp(lua_tostring(L, -1), c.expected) != 0)
        fail_msg("%s\n  gives    %s\n  expected %s", c.text, lua_tostring(L, -1), c.expected);
    lua_settop(L, 0);
}

#define CHECK_DECODING(state, function, options, cases) \
    for (size_t case_ = 0; case_ < LENGTH(cases); case_++) check_decoding(state, function, options, (cases)[case_])

static void test_json_decode(void **state) {
    static const struct decoding cases[] = {
        {"{\"b\": [1, 2.5, null], \"a\": {}}", "{\"a\":{},\"b\":[1,2.5,null]}"},
        {" [] ", "[]"},
        {"9223372036854775807", "9223372036854775807"},
        {"\"\\u0000\\ud83d\\ude00\"", "\"\\u0000😀\""},
        {"", "json:1:1: empty, where JSON is expected"},
        {" \n\t", "json:1:1: empty, where JSON is expected"},
        {"{\"a\": NaN}", "json:1:7: invalid token near 'NaN'"},
        {"{\"a\": 1,\n  \"b\": 2,}", "json:2:10: string or '}' expected near '}'"},
        {"[1,\n 2\n 3]", "json:3:2: ']' expected near '3'"},
        {"{\"ä\": x}", "json:1:7: invalid token near 'x'"},
        {"{\"a\": 1, \"a\": 2}", "json:1:10: duplicate object key near '\"a\"'"},
        {"1e400", "json:1:1: real number overflow near '1e400'"},
        {"9223372036854775808", "json:1:1: too big integer near '9223372036854775808'"},
        {"[1] x", "json:1:5: end of file expected near 'x'"},
        {"{\"a\": ", "json:1:7: unexpected token near end of file"},
        {"[\"\xff\"]", "json:1:3: not UTF-8"},
    };
    CHECK_DECODING(*state, "json.decode", NULL, cases);
    static const struct decoding named[] = {{"[\n\nx]", "out.json:3:1: invalid token near 'x'"}};
    CHECK_DECODING(*state, "json.decode", "'out.json'", named);
}

static void test_json_limits(void **state) {
    state_run(*state, "local deep = ('['):rep(200) .. (']'):rep(200)\n"
                      "assert(json.decode(deep))\n"
                      "local value, message = json.decode('\\n[' .. deep .. ']')\n"
                      "same(message, 'json:2:201: nested deeper than 200 levels')\n"
                      "assert(json.decode('\"' .. ('[\\\\\"'):rep(300) .. '\"'))\n"
                      "value, message = json.decode((' '):rep(16 * 1024 * 1024 + 1))\n"
                      "same(message, 'json: larger than 16 MiB')\n");
}

static void test_json_lines(void **state) {
    static const struct decoding cases[] = {
        {"", "[]"},
        {"{\"a\":1}\n\n[2]\r\n3", "[{\"a\":1},[2],3]"},
        {"1\n{\"a\":\n", "json:2:6: unexpected token near end of file"},
        {"1\n2 3\n", "json:2:3: end of file expected near '3'"},
    };
    CHECK_DECODING(*state, "json.lines", NULL, cases);
}

static void test_json_encode(void **state) {
    state_run(*state, "same(json.encode{b = 0.1, a = {1, 2.0, json.null}, c = 'ä\"\\n\\1'},\n"
                      "     [[{\"a\":[1,2.0,null],\"b\":0.1,\"c\":\"ä\\\"\\n\\u0001\"}]])\n"
                      "same(json.encode({a = {1}, b = {}, c = json.list{}}, {indent = 2}),\n"
                      "     '{\\n  \"a\": [\\n    1\\n  ],\\n  \"b\": {},\\n  \"c\": []\\n}')\n"
                      "same(json.encode(1e300), '1e+300')\n"
                      "same(json.encode(1/3), '0.3333333333333333')\n"
                      "same(json.encode(nil), 'null')\n"
                      "same(json.encode('\\xff'), '\"\\u{FFFD}\"')\n");
}

/* Texts of less than 16 MiB whose values would take gigabytes: refused before they do. */
static void test_many_values(void **state) {
    static const struct {
        const char *function, *chunk; /* an expression of Lua for the text */
    } cases[] = {
        {"json.decode", "'[' .. ('{},'):rep(5 << 20) .. '{}]'"},
        {"json.decode", "'[' .. ('1,'):rep(5 << 20) .. '1]'"},
        {"json.lines", "('[]\\n'):rep(5 << 20)"},
        {"csv.decode", "('a\\n'):rep(5 << 20)"},
        {"xml.decode", "'<a>' .. ('<a/>'):rep(4000000) .. '</a>'"},
        {"toml.decode", "'a = [' .. ('{},'):rep(5 << 20) .. ']'"},
        {"toml.decode", "('[[a]]\\n[a.b.c.d.e.f.g.h]\\n'):rep(600000)"},
        {"dotenv.decode", "(function() local t = {} for i = 1, 1500000 do t[i] = 'a' .. i .. '=' end\n"
                          "return table.concat(t, '\\n') end)()"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char *chunk = str_format(
            "local value, message = %s(%s, 'x')\n"
            "assert(not value and message:find('^x:%%d+.*: too large to read: more values than fit into memory$'), message)",
            cases[i].function, cases[i].chunk);
        state_run(*state, chunk);
        free(chunk);
        lua_gc(*state, LUA_GCCOLLECT);
    }
#ifndef __SANITIZE_ADDRESS__
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    assert_true(usage.ru_maxrss < 1024 * 1024);
#endif
}

static void test_misuse(void **state) {
    state_run(*state, "raises('json has no form for a function at .f', json.encode, {f = print})\n"
                      "raises('string expected, got nil', json.decode, nil)\n"
                      "raises('string expected, got number', json.decode, 5)\n"
                      "raises(\"unknown option 'ident', did you mean 'indent'?\", json.encode, 1, {ident = 2})\n"
                      "raises(\"option 'indent' must be a number, not a string\", json.encode, 1, {indent = '2'})\n"
                      "raises(\"option 'indent' must be 0 to 8\", json.encode, 1, {indent = 9})\n"
                      "raises('table expected, got boolean', json.encode, 1, true)\n"
                      "raises(\"option 'separator' must be one character\", csv.decode, 'a', {separator = ';;'})\n"
                      "raises(\"unknown option 'all'\", json.decode, '1', {all = true})\n"
                      "raises(\"option 'columns' must be a list of names\", csv.encode, {}, {columns = {1}})\n");
}

static void test_yaml_decode(void **state) {
    static const struct decoding cases[] = {
        {"a: [1, 2.5, ~, yes, 'x', true]\nb: {c: |\n  t\n}", "yaml:2:8: "},
        {"a: &x {n: 1}\nb: *x\n", "{\"a\":{\"n\":1},\"b\":{\"n\":1}}"},
        {"a: [1, 2.5, ~, yes, 'x', true]\n", "{\"a\":[1,2.5,null,\"yes\",\"x\",true]}"},
        {"a: 1\na: 2\n", "yaml:2:1: "},
        {"a: [1\n", "yaml:1:4: "},
        {"--- 1\n--- 2\n", "yaml:2:1: "},
        {"a: b: c\n", "yaml:1:5: "},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        lua_State *L = *state;
        bool position = string_starts_with(cases[i].expected, "yaml:");
        if (!position)
            check_decoding(L, "yaml.decode", NULL, cases[i]);
        else {
            lua_pushstring(L, cases[i].text);
            lua_setglobal(L, "text");
            lua_pushstring(L, cases[i].expected);
            lua_setglobal(L, "start");
            state_run(L, "local value, message = yaml.decode(text)\n"
                         "same(value, nil)\n"
                         "assert(message:sub(1, #start) == start and not message:find('\\n'), message)\n");
        }
    }
    static const struct decoding all[] = {{"--- 1\n--- {a: 2}\n", "[1,{\"a\":2}]"}, {"", "[]"}};
    CHECK_DECODING(*state, "yaml.decode", "{all = true}", all);
}

static void test_yaml_encode(void **state) {
    state_run(
        *state,
        "local value = {name = 'plain-1', text = 'two words', yes = 'yes', n = 1, f = 2.0, none = json.null,\n"
        "  list = {1, {a = 1, b = {2, {3, 4}}}, json.list{}, {}}, map = {['k:'] = {x = true}}}\n"
        "local text = yaml.encode(value)\n"
        "same(text, [==[f: 2.0\n"
        "list:\n"
        "  - 1\n"
        "  - a: 1\n"
        "    b:\n"
        "      - 2\n"
        "      - - 3\n"
        "        - 4\n"
        "  - []\n"
        "  - {}\n"
        "map:\n"
        "  \"k:\":\n"
        "    x: true\n"
        "\"n\": 1\n"
        "name: plain-1\n"
        "none: null\n"
        "text: \"two words\"\n"
        "\"yes\": \"yes\"\n"
        "]==])\n"
        "same(json.encode(yaml.decode(text)), json.encode(value))\n"
        "same(yaml.encode{}, '{}\\n')\n"
        "same(yaml.encode('~'), '\"~\"\\n')\n"
        "for _, tricky in ipairs{'', ' x', '1', '1e3', '0x1f', '.5', '-', 'a: b', '# c', 'null', 'True', '\\n', 'ä\\0', '.inf',\n"
        "  'a\\u{85}b', 'a\\u{2028}b', 'a\\u{2029} \\n', '\\u{feff}a', '\\u{9f}', '\\u{a0}', '\\u{ffff}\\u{1ffff}'} do\n"
        "  same(yaml.decode(yaml.encode{tricky})[1], tricky)\n"
        "  same(tricky:find('\\0') and 1 or yaml.decode(yaml.encode{[tricky] = {1}})[tricky][1], 1)\n"
        "  same(toml.decode(toml.encode{x = tricky}).x, tricky)\n"
        "  same(json.decode(json.encode{tricky})[1], tricky)\n"
        "end\n");
}

static void test_csv_decode(void **state) {
    static const struct decoding cases[] = {
        {"a,b\n1,x\n2,\n", "[{\"a\":\"1\",\"b\":\"x\"},{\"a\":\"2\",\"b\":\"\"}]"},
        {"\xEF\xBB\xBF"
         "a,b\r\n\"1,\"\"2\r\n3\",x\r\n",
         "[{\"a\":\"1,\\\"2\\r\\n3\",\"b\":\"x\"}]"},
        {"a\n\n\n1\n\n", "[{\"a\":\"1\"}]"},
        {"a,b", "[]"},
        {"", "csv:1: empty, where a header is expected"},
        {"a,b\n1,2\n\n3\n", "csv:4: 1 field, where the first row has 2"},
        {"a,b\n\"x\ny\",2\n1,2,3\n", "csv:4: 3 fields, where the first row has 2"},
        {"a,a\n", "csv:1: the column 'a' appears twice"},
        {"a\n\"x", "csv:2:1: a quote that is never closed"},
        {"a\n\"x\"y\n", "csv:2:4: text after a closing quote"},
        {"a\nx\"y\n", "csv:2:2: a quote inside a field without quotes"},
        {"a\nx\xff\n", "csv:2:2: not UTF-8"},
    };
    CHECK_DECODING(*state, "csv.decode", NULL, cases);
    static const struct decoding bare[] = {{"1;2\n3;4,5\n", "[[\"1\",\"2\"],[\"3\",\"4,5\"]]"}, {"", "[]"}};
    CHECK_DECODING(*state, "csv.decode", "{header = false, separator = ';'}", bare);
}

static void test_csv_header_and_encode(void **state) {
    state_run(*state, "local rows = csv.decode('z,a\\n1,2\\n')\n"
                      "same(table.concat(rows.header, ' '), 'z a')\n"
                      "same(#rows, 1)\n"
                      "for key in pairs(rows) do same(key, 1) end\n"
                      "same(csv.encode(rows), 'z,a\\n1,2\\n')\n"
                      "same(csv.encode(rows, {separator = ';'}), 'z;a\\n1;2\\n')\n"
                      "same(csv.encode(rows, {columns = {'a', 'z'}}), 'a,z\\n2,1\\n')\n"
                      "same(csv.encode{{b = 1, a = 'x\"y'}, {a = true}}, 'a,b\\n\"x\"\"y\",1\\ntrue,\\n')\n"
                      "same(csv.encode{{1, 2.5}, {'a,b', json.null}}, '1,2.5\\n\"a,b\",\\n')\n"
                      "same(csv.encode{{'x\\0\"y', 1}}, '\"x\\0\"\"y\",1\\n')\n"
                      "same(csv.encode{{''}}, '\"\"\\n')\n"
                      "raises('csv has no form for anything but a list of rows', csv.encode, {a = 1})\n"
                      "raises('csv has no form for row 2, which is no row as the first is', csv.encode, {{1}, 2})\n"
                      "raises('row 1, which has a table in a field', csv.encode, {{{1}}})\n"
                      "raises('or a field without a column', csv.encode, {{a = 1}, {b = 2}})\n");
}

static void test_xml_decode(void **state) {
    static const struct decoding cases[] = {
        {"<a x='1' y='&lt;2'>t<b/>u &amp; <![CDATA[<v>]]></a>",
         "{\"attributes\":{\"x\":\"1\",\"y\":\"<2\"},\"children\":[{\"attributes\":{},\"children\":[],\"name\":\"b\",\"text\":\"\"}],"
         "\"name\":\"a\",\"text\":\"tu & <v>\"}"},
        {"<?xml version='1.0'?><!-- c --><n:a xmlns:n='u'/>",
         "{\"attributes\":{\"xmlns:n\":\"u\"},\"children\":[],\"name\":\"n:a\",\"text\":\"\"}"},
        {"", "xml:1:1: no element found"},
        {"<a>\n <b></a>", "xml:2:7: mismatched tag"},
        {"<a b='1' b='2'/>", "xml:1:10: duplicate attribute"},
        {"<!DOCTYPE a [<!ENTITY e 'x'>]>\n<a>&e;</a>", "xml:1:13: a document type declaration, which is refused"},
        {"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "xml:1:40: a document type declaration, which is refused"},
        {"<a>&e;</a>", "xml:1:4: undefined entity"},
        {"<a/><b/>", "xml:1:5: junk after document element"},
    };
    CHECK_DECODING(*state, "xml.decode", NULL, cases);
    state_run(*state, "assert(xml.decode(('<a>'):rep(64) .. ('</a>'):rep(64)))\n"
                      "local value, message = xml.decode(('<a>'):rep(65) .. ('</a>'):rep(65))\n"
                      "same(message, 'xml:1:193: nested deeper than 64 levels')\n");
}

static void test_xml_encode(void **state) {
    state_run(*state,
              "same(xml.encode{name = 'a', attributes = {y = 1, x = '<\"'}, text = 'a & b'},\n"
              "     '<a x=\"&lt;&quot;\" y=\"1\">a &amp; b</a>')\n"
              "same(xml.encode({name = 'a', children = {{name = 'b'}, {name = 'c', text = 't'}}}, {indent = 2}),\n"
              "     '<a>\\n  <b/>\\n  <c>t</c>\\n</a>')\n"
              "local text = '<a x=\"1\"><b>t</b><b/></a>'\n"
              "same(xml.encode(xml.decode(text)), text)\n"
              "raises('an element without a proper name', xml.encode, {name = 'a b'})\n"
              "raises('an element without a proper name', xml.encode, 5)\n"
              "raises(\"an attribute named '1'\", xml.encode, {name = 'a', attributes = {['1'] = 'x'}})\n"
              "raises('the control character 1', xml.encode, {name = 'a', text = '\\1'})\n");
}

static void test_dotenv_decode(void **state) {
    static const struct decoding cases[] = {
        {"# c\nA=1\nexport B = two words # c\n\nC=\nD=a#b\r\n",
         "{\"A\":\"1\",\"B\":\"two words\",\"C\":\"\",\"D\":\"a#b\"}"},
        {"A='$x \\n #'\nB=\"a\\n\\\"b\\\" \\$c \\x\" # c\n", "{\"A\":\"$x \\\\n #\",\"B\":\"a\\n\\\"b\\\" $c \\\\x\"}"},
        {"A=\"one\ntwo\"\nB='3\n4'", "{\"A\":\"one\\ntwo\",\"B\":\"3\\n4\"}"},
        {"A=1\nA=2\n", "{\"A\":\"2\"}"},
        {"exporter=1\nexport=2", "{\"export\":\"2\",\"exporter\":\"1\"}"},
        {"", "{}"},
        {"A=1\nB\n", "dotenv:2:2: a '=' is missing after the name"},
        {"1A=1", "dotenv:1:1: a name must begin with a letter or '_'"},
        {"A-B=1", "dotenv:1:2: a '=' is missing after the name"},
        {"A=\"x\n", "dotenv:1:3: a quote that is never closed"},
        {"A=\"x\"y", "dotenv:1:6: text after a closing quote"},
    };
    CHECK_DECODING(*state, "dotenv.decode", NULL, cases);
}

static void test_dotenv_encode(void **state) {
    state_run(*state, "local values = {A = 'plain/1', B = 'two words', C = 'a\\n\"$\\\\b', D = ''}\n"
                      "local text = dotenv.encode(values)\n"
                      "same(text, 'A=plain/1\\nB=\"two words\"\\nC=\"a\\\\n\\\\\"\\\\$\\\\\\\\b\"\\nD=\\n')\n"
                      "same(json.encode(dotenv.decode(text)), json.encode(values))\n"
                      "same(dotenv.encode{N = 5, T = true}, 'N=5\\nT=true\\n')\n"
                      "raises(\"the name 'a b'\", dotenv.encode, {['a b'] = 1})\n"
                      "raises(\"'A', which is no text\", dotenv.encode, {A = {}})\n");
}

static void test_ini_decode(void **state) {
    static const struct decoding cases[] = {
        {"top = 1\n[one]\nA: x = y\n# c\n; c\nb =\n[two three]\n",
         "{\"one\":{\"A\":\"x = y\",\"b\":\"\"},\"top\":\"1\",\"two three\":{}}"},
        {"[a]\nk = one\n  two\n\n  four\n\nl = 1\n", "{\"a\":{\"k\":\"one\\ntwo\\n\\nfour\",\"l\":\"1\"}}"},
        {"[a]\r\nk = v\r\n", "{\"a\":{\"k\":\"v\"}}"},
        {"", "{}"},
        {"[a]\nnonsense\n", "ini:2: neither a section nor 'key = value'"},
        {"[a]\n= v\n", "ini:2: a key is missing"},
        {"[a\n", "ini:1: a ']' is missing"},
        {"[", "ini:1: a ']' is missing"},
        {"[]\n", "ini:1: a section's name is missing"},
        {"[a] ; one\n[a]\n", "ini:2: 'a' is there already"},
        {"[a]\nk=1\nk=2\n", "ini:3: 'k' is there already"},
        {"[a]\n[a]\n", "ini:2: 'a' is there already"},
        {"a = 1\n[a]\n", "ini:2: 'a' is there already"},
    };
    CHECK_DECODING(*state, "ini.decode", NULL, cases);
}

static void test_ini_encode(void **state) {
    state_run(
        *state,
        "local value = {top = 1, one = {a = 'x\\ny', b = ''}, two = {c = true}}\n"
        "local text = ini.encode(value)\n"
        "same(text, 'top = 1\\n\\n[one]\\na = x\\n    y\\nb = \\n\\n[two]\\nc = true\\n')\n"
        "same(json.encode(ini.decode(text)), '{\"one\":{\"a\":\"x\\\\ny\",\"b\":\"\"},\"top\":\"1\",\"two\":{\"c\":\"true\"}}')\n"
        "raises(\"the key 'a=b'\", ini.encode, {s = {['a=b'] = 1}})\n"
        "raises(\"the value of 'a'\", ini.encode, {s = {a = ' x'}})\n"
        "raises(\"the value of 'a'\", ini.encode, {s = {a = {}}})\n"
        "raises(\"the value of 'a'\", ini.encode, {s = {a = 'x\\0\\n\\ny'}})\n"
        "same(json.encode(ini.decode(ini.encode{[' x] '] = {a = 1}})), '{\" x] \":{\"a\":\"1\"}}')\n"
        "raises(\"a section named 'x\\ny'\", ini.encode, {['x\\ny'] = {}})\n"
        "raises(\"a section named ''\", ini.encode, {[''] = {}})\n"
        "raises(\"a section named 'x'\", ini.encode, {['x\\0y'] = {}})\n");
}

/* ---- mutations: whatever the bytes, an answer or a message with a position, and no memory error ---- */

/* Changes, cuts or doubles a few bytes. */
static void mutate(struct str *text, uint64_t *random) {
    static const char spice[] = "{}[]\"'\\,:=#<>&;-+.0129aeE\n\r\t \xff\xc3\x01";
    for (uint64_t changes = 1 + draw_below(random, 4); changes && text->len; changes--) {
        size_t at = draw_below(random, text->len);
        switch (draw_below(random, 3)) {
        case 0: text->data[at] = spice[draw_below(random, sizeof spice - 1)]; break;
        case 1: text->len = at; break;
        default: str_append_bytes(text, "\"[{<=", draw_below(random, 5)); break;
        }
    }
    if (text->capacity) text->data[text->len] = '\0';
}

static void expect_answer(lua_State *L, const char *format, const struct str *text) {
    lua_getglobal(L, format);
    lua_getfield(L, -1, "decode");
    lua_pushlstring(L, text->data, text->len);
    if (lua_pcall(L, 1, 2, 0)) fail_msg("%s raised: %s", format, lua_tostring(L, -1));
    if (lua_isnil(L, -2)) {
        char *start = str_format("%s:", format);
        if (!string_starts_with(lua_tostring(L, -1), start)) fail_msg("no position: %s", lua_tostring(L, -1));
        free(start);
    }
    lua_settop(L, 0);
}

static void test_mutations(void **state) {
    static const struct {
        const char *format, *text;
    } seeds[] = {
        {"json", "{\"a\": [1, -2.5e3, true, null], \"b\": {\"c\": \"x\\u00e4\\n\"}}"},
        {"yaml", "a: [1, 'x', \"y\\n\"]\nb:\n  - c: |\n      text\n  - ~\n"},
        {"toml", "a.b = 1\nc = [1, {d = 'x'}, \"\"\"y\n\"\"\"]\n[e]\nf = 1979-05-27T07:32:00Z\n[[g]]\nh = 0x1f\n"},
        {"csv", "a,b,c\n1,\"x \"\"y\"\"\nz\",3\n4,5,6\r\n"},
        {"xml", "<?xml version='1.0'?><a b='1'><c>t &amp; u</c><!-- d --><e/></a>"},
        {"dotenv", "export A=1 # c\nB='two'\nC=\"x\\n\ny\"\n"},
        {"ini", "top = 1\n[a]\nk = v\n  more\n; c\n[b]\nl: 2\n"},
    };
    uint64_t random = 20260105;
    for (size_t i = 0; i < LENGTH(seeds); i++)
        for (int round = 0; round < 1500; round++) {
            struct str text = STR_INIT;
            str_append(&text, seeds[i].text);
            mutate(&text, &random);
            expect_answer(*state, seeds[i].format, &text);
            str_release(&text);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_state, state_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_json_decode),   TEST(test_json_limits),
        TEST(test_json_lines),    TEST(test_json_encode),
        TEST(test_many_values),   TEST(test_misuse),
        TEST(test_yaml_decode),   TEST(test_yaml_encode),
        TEST(test_csv_decode),    TEST(test_csv_header_and_encode),
        TEST(test_xml_decode),    TEST(test_xml_encode),
        TEST(test_dotenv_decode), TEST(test_dotenv_encode),
        TEST(test_ini_decode),    TEST(test_ini_encode),
        TEST(test_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
