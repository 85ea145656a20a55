/* jq-like paths and JSON Schema, draft-07: every keyword with values that fit and values that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/lua_state.h"

extern const struct library library_json, library_regex;

static int open_state(void **state) {
    lua_State *L = state_new();
    state_open_library(L, &library_json);
    state_open_library(L, &library_regex);
    state_load_prelude(L, "60_jq.lua");
    state_load_prelude(L, "61_schema_values.lua");
    state_load_prelude(L, "62_schema_keywords.lua");
    state_load_prelude(L, "63_schema.lua");
    *state = L;
    return 0;
}

/* ---- jq ---- */

static const char document[] =
    "value = json.decode[[{\"a\": {\"b\": [10, 20, 30], \"odd key\": 1, \"x-y\": 2, \"n\": null, \"f\": false},\n"
    "  \"list\": [{\"name\": \"web\", \"port\": 80, \"spec\": {\"on\": true}}, {\"name\": \"db\", \"port\": 5432}, 7],\n"
    "  \"map\": {\"z\": 1, \"y\": {\"k\": 2}}, \"empty\": []}]]\n";

static void test_jq(void **state) {
    static const struct {
        const char *path, *expected; /* JSON of the answer */
    } cases[] = {
        {".a.b[0]", "10"},
        {".a.b[-1]", "30"},
        {".a.b[3]", "null"},
        {".a.b[-4]", "null"},
        {".a[\"odd key\"]", "1"},
        {".a.\"odd key\"", "1"},
        {".a.\"\\u006fdd key\"", "1"},
        {".a.x-y", "2"},
        {".a.f", "false"},
        {".a.missing.more", "null"},
        {".a.b.name", "null"},
        {".a[0]", "null"},
        {".a.n.x", "null"},
        {".a.b.[1]", "20"},
        {".a.b[]", "[10,20,30]"},
        {".list[].name", "[\"web\",\"db\"]"},
        {".map[]", "[{\"k\":2},1]"},
        {".map[].k", "[2]"},
        {".empty[]", "[]"},
        {".a.f[]", "[]"},
        {".list[?name=\"web\"].port", "[80]"},
        {".list[?name=db].port", "[5432]"},
        {".list[?name==db].port", "[5432]"},
        {".list[?port=80].name", "[\"web\"]"},
        {".list[?port=80.0].name", "[\"web\"]"},
        {".list[?spec.on=true].name", "[\"web\"]"},
        {".list[?port=\"80\"]", "[]"},
        {".map[?k=2]", "[{\"k\":2}]"},
        {".list[].spec.on", "[true]"},
    };
    lua_State *L = *state;
    state_run(L, document);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        lua_pushstring(L, cases[i].path);
        lua_setglobal(L, "path");
        lua_pushstring(L, cases[i].expected);
        lua_setglobal(L, "expected");
        state_run(L, "local text = json.encode(jq(value, path))\n"
                     "if text ~= expected then error(path .. ' gives ' .. text .. ', expected ' .. expected) end\n");
    }
    state_run(L, "same(jq(value, '.'), value)\n"
                 "same(jq(value, '.a.n'), json.null)\n"
                 "same(jq(nil, '.a'), nil)\n"
                 "same(jq({1, 2}, '[1]'), 2)\n"
                 "same(#jq(value, '.a.b[]'), 3)\n");
}

static void test_jq_bad_paths(void **state) {
    static const struct {
        const char *path, *message;
    } cases[] = {
        {"", "a path begins with '.' or '[', which is missing at character 1"},
        {"a", "a path begins with '.' or '[', which is missing at character 1"},
        {".a..b", "a name is missing at character 4"},
        {".a.", "a name is missing at character 4"},
        {".a?", "'.' or '[' is missing at character 3"},
        {".a | length", "'.' or '[' is missing at character 3"},
        {".a[", "an index, a text in quotes, '?' or ']' is missing at character 4"},
        {".a[x]", "an index, a text in quotes, '?' or ']' is missing at character 4"},
        {".a[1", "']' is missing at character 5"},
        {".a[1.5]", "']' is missing at character 5"},
        {".\"ä", "a text that is never closed, or has a wrong escape, at character 2"},
        {".\"ä\".1", "a name is missing at character 6"},
        {".a[?b]", "'=' is missing at character 6"},
        {".a[?b=]", "a value is missing at character 7"},
        {".a[?=1]", "a name is missing at character 5"},
        {".a[99999999999999999999]", "an index that is too large before at character 24"},
        {".a[?b=1-2]", "not a number before at character 10"},
    };
    lua_State *L = *state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        lua_pushstring(L, cases[i].path);
        lua_setglobal(L, "path");
        lua_pushstring(L, cases[i].message);
        lua_setglobal(L, "message");
        state_run(L, "raises(message, jq, {}, path)\n");
    }
    state_run(L, "raises('jq: the path must be string, got nil', jq, {})\n");
}

/* ---- schema ---- */

static void test_every_keyword(void **state) {
    static const struct {
        const char *schema, *fits, *fails; /* JSON; several values stand in a list */
    } cases[] = {
        {"true", "[1, null]", "[]"},
        {"false", "[]", "[1, null]"},
        {"{}", "[1, \"x\", null, [], {}]", "[]"},
        {"{\"type\": \"integer\"}", "[1, 1.0, -3]", "[1.5, \"1\", true, null, [], {}]"},
        {"{\"type\": \"number\"}", "[1, 1.5]", "[\"1\", null]"},
        {"{\"type\": \"string\"}", "[\"\"]", "[1]"},
        {"{\"type\": \"boolean\"}", "[true, false]", "[0, \"true\"]"},
        {"{\"type\": \"null\"}", "[null]", "[0, false, \"\", {}]"},
        {"{\"type\": \"array\"}", "[[], [1]]", "[{}, {\"0\": 1}]"},
        {"{\"type\": \"object\"}", "[{}, {\"a\": 1}]", "[[], [1], null]"},
        {"{\"type\": [\"integer\", \"null\"]}", "[1, null]", "[1.5, \"x\"]"},
        {"{\"enum\": [1, \"a\", null, [2], {\"b\": 3}]}", "[1, 1.0, \"a\", null, [2.0], {\"b\": 3}]",
         "[2, \"b\", [3], {}, true]"},
        {"{\"const\": {\"a\": [1, 2]}}", "[{\"a\": [1, 2]}]", "[{\"a\": [2, 1]}, {\"a\": [1, 2], \"b\": 1}]"},
        {"{\"const\": []}", "[[]]", "[{}]"},
        {"{\"const\": false}", "[false]", "[0, null]"},
        {"{\"multipleOf\": 3}", "[0, 9, -3, 6.0, \"x\"]", "[1, 7.5]"},
        {"{\"multipleOf\": 0.01}", "[0.07, 4.35, 19.99, 1]", "[0.075]"},
        {"{\"minimum\": 2}", "[2, 3.5, \"1\"]", "[1, 1.99]"},
        {"{\"maximum\": 2}", "[2, -1]", "[3, 2.01]"},
        {"{\"exclusiveMinimum\": 2}", "[2.1]", "[2, 1]"},
        {"{\"exclusiveMaximum\": 2}", "[1.9]", "[2, 3]"},
        {"{\"minLength\": 2}", "[\"ab\", \"äö\", 1]", "[\"a\", \"ä\", \"\"]"},
        {"{\"maxLength\": 2}", "[\"ab\", \"äö\", \"😀😀\"]", "[\"abc\"]"},
        {"{\"pattern\": \"^a+$\"}", "[\"aa\", 1]", "[\"ab\", \"\", \"a\\n\"]"},
        {"{\"pattern\": \"\\\\d\"}", "[\"x1y\"]", "[\"xy\"]"},
        {"{\"items\": {\"type\": \"integer\"}}", "[[], [1, 2], \"x\"]", "[[1, \"x\"]]"},
        {"{\"items\": [{\"type\": \"integer\"}, {\"type\": \"string\"}]}", "[[1, \"x\", null], [1], []]",
         "[[\"x\"], [1, 2]]"},
        {"{\"items\": [true], \"additionalItems\": false}", "[[1], []]", "[[1, 2]]"},
        {"{\"items\": [true], \"additionalItems\": {\"type\": \"null\"}}", "[[1, null]]", "[[1, 2]]"},
        {"{\"items\": {}, \"additionalItems\": false}", "[[1, 2]]", "[]"},
        {"{\"items\": false}", "[[]]", "[[1]]"},
        {"{\"minItems\": 1}", "[[1], {}]", "[[]]"},
        {"{\"maxItems\": 1}", "[[], [1]]", "[[1, 2]]"},
        {"{\"uniqueItems\": true}", "[[1, \"1\", true, null, [], {}], [[1], [2]]]",
         "[[1, 1.0], [{\"a\": 1}, {\"a\": 1}], [null, null]]"},
        {"{\"uniqueItems\": false}", "[[1, 1]]", "[]"},
        {"{\"contains\": {\"const\": 5}}", "[[1, 5], 5]", "[[], [1]]"},
        {"{\"required\": [\"a\"]}", "[{\"a\": null}, [], 1]", "[{}, {\"b\": 1}]"},
        {"{\"required\": []}", "[{}]", "[]"},
        {"{\"properties\": {\"a\": {\"type\": \"integer\"}, \"b\": false}}", "[{}, {\"a\": 1, \"c\": 2}]",
         "[{\"a\": \"x\"}, {\"b\": 1}]"},
        {"{\"properties\": {\"a\": {}}, \"additionalProperties\": false}", "[{\"a\": 1}, {}]", "[{\"b\": 1}]"},
        {"{\"additionalProperties\": {\"type\": \"integer\"}}", "[{\"a\": 1}]", "[{\"a\": \"x\"}]"},
        {"{\"patternProperties\": {\"^x_\": {\"type\": \"integer\"}}, \"additionalProperties\": false}",
         "[{\"x_a\": 1}]", "[{\"x_a\": \"1\"}, {\"y\": 1}]"},
        {"{\"propertyNames\": {\"pattern\": \"^[a-z]+$\"}}", "[{\"ab\": 1}, {}]", "[{\"A\": 1}]"},
        {"{\"minProperties\": 1}", "[{\"a\": 1}, []]", "[{}]"},
        {"{\"maxProperties\": 1}", "[{\"a\": 1}]", "[{\"a\": 1, \"b\": 2}]"},
        {"{\"dependencies\": {\"a\": [\"b\"]}}", "[{}, {\"b\": 1}, {\"a\": 1, \"b\": 2}]", "[{\"a\": 1}]"},
        {"{\"dependencies\": {\"a\": {\"required\": [\"c\"]}}}", "[{}, {\"a\": 1, \"c\": 2}]", "[{\"a\": 1}]"},
        {"{\"allOf\": [{\"minimum\": 1}, {\"maximum\": 3}]}", "[2]", "[0, 4]"},
        {"{\"anyOf\": [{\"type\": \"string\"}, {\"minimum\": 3}]}", "[\"x\", 3]", "[1]"},
        {"{\"oneOf\": [{\"multipleOf\": 2}, {\"multipleOf\": 3}]}", "[2, 3]", "[1, 6]"},
        {"{\"not\": {\"type\": \"string\"}}", "[1]", "[\"x\"]"},
        {"{\"if\": {\"type\": \"integer\"}, \"then\": {\"minimum\": 5}, \"else\": {\"type\": \"string\"}}",
         "[5, \"x\"]", "[4, 1.5]"},
        {"{\"if\": {\"type\": \"integer\"}}", "[4, \"x\"]", "[]"},
        {"{\"then\": false}", "[1]", "[]"},
        {"{\"definitions\": {\"n\": {\"minimum\": 1}}, \"items\": {\"$ref\": \"#/definitions/n\"}}", "[[1, 2]]",
         "[[0]]"},
        {"{\"$defs\": {\"a/b~%\": {\"minimum\": 1}}, \"$ref\": \"#/$defs/a~1b~0%25\"}", "[1]", "[0]"},
        {"{\"properties\": {\"child\": {\"$ref\": \"#\"}}, \"additionalProperties\": false}",
         "[{}, {\"child\": {\"child\": {}}}]", "[{\"child\": {\"x\": 1}}]"},
        {"{\"items\": [{}, {\"minimum\": 1}], \"properties\": {\"a\": {\"$ref\": \"#/items/1\", \"type\": \"string\"}}}",
         "[{\"a\": 1}]", "[{\"a\": 0}]"},
        {"{\"format\": \"date\"}", "[\"2024-02-29\", 1]",
         "[\"2023-02-29\", \"2024-13-01\", \"24-01-01\", \"2024-1-1\"]"},
        {"{\"format\": \"date-time\"}", "[\"2024-02-29T23:59:60Z\", \"2024-01-01t00:00:00.5+05:30\"]",
         "[\"2024-01-01\", \"2024-01-01 00:00:00Z\", \"2024-01-01T24:00:00Z\", \"2024-01-01T00:00:00\"]"},
        {"{\"format\": \"time\"}", "[\"08:30:06Z\"]", "[\"08:30:06\", \"8:30:06Z\"]"},
        {"{\"format\": \"email\"}", "[\"a.b+c@example.org\"]",
         "[\"a\", \"a@\", \"@b\", \"a b@c\", \".a@b\", \"a@-b\"]"},
        {"{\"format\": \"uri\"}", "[\"http://example.org/a?b=%20#c\", \"urn:x:y\"]",
         "[\"/relative\", \"http://a b\", \"x:%zz\", \"x:%4\"]"},
        {"{\"format\": \"ipv4\"}", "[\"127.0.0.1\", \"255.255.255.255\"]",
         "[\"256.0.0.1\", \"1.2.3\", \"1.2.3.4.5\", \"01.2.3.4\", \"a.b.c.d\"]"},
        {"{\"format\": \"uuid\"}", "[\"2EB8AA08-AA98-11EA-B4AA-73B441D16380\"]",
         "[\"2eb8aa08-aa98-11ea-b4aa-73b441d1638\", \"x\"]"},
        {"{\"format\": \"hostname\"}", "[\"not looked at!\"]", "[]"},
        {"{\"title\": \"x\", \"unknownWord\": 1, \"$comment\": \"c\", \"default\": 2}", "[1]", "[]"},
    };
    lua_State *L = *state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        static const char *const names[] = {"text", "fits", "fails"};
        const char *const texts[] = {cases[i].schema, cases[i].fits, cases[i].fails};
        for (size_t k = 0; k < LENGTH(names); k++) {
            lua_pushstring(L, texts[k]);
            lua_setglobal(L, names[k]);
        }
        state_run(
            L,
            "local rule = json.decode(text)\n"
            "for _, value in ipairs(assert(json.decode(fits))) do\n"
            "  local fine, problems = schema(value, rule)\n"
            "  if not fine then error(text .. ' refuses ' .. json.encode(value) .. ': ' .. problems[1].message) end\n"
            "end\n"
            "for _, value in ipairs(assert(json.decode(fails))) do\n"
            "  local fine, problems = schema(value, rule)\n"
            "  if fine then error(text .. ' takes ' .. json.encode(value)) end\n"
            "  assert(#problems > 0 and problems[1].path and problems[1].message)\n"
            "end\n");
    }
}

static void test_problems(void **state) {
    state_run(
        *state,
        "local rule = {type = 'object', required = {'id', 'rows'}, properties = {rows = {items = {\n"
        "  properties = {score = {type = 'number', maximum = 1}, ['odd key'] = {type = 'string'}}}}},\n"
        "  additionalProperties = false}\n"
        "local fine, problems = schema(json.decode[[{\"rows\": [{\"score\": 2}, {\"odd key\": 1, \"score\": \"x\"}],\n"
        "  \"row\": 1}]], rule)\n"
        "local lines = {}\n"
        "for i, p in ipairs(problems) do lines[i] = p.path .. ' ' .. p.message end\n"
        "same(table.concat(lines, '\\n'), [[. lacks the field 'id'\n"
        ". has the field 'row', which is not allowed, did you mean 'rows'?\n"
        ".rows[0].score is 2, more than 1\n"
        ".rows[1].\"odd key\" is number (1), expected string\n"
        ".rows[1].score is string (\"x\"), expected number]])\n"
        "fine, problems = schema(5, {anyOf = {{type = 'string'}, {maximum = 3}}})\n"
        "same(problems[1].message, 'fits none of 2 alternatives: (1) it is number (5), expected string; "
        "(2) it is 5, more than 3')\n"
        "fine, problems = schema('x', {pattern = '100%d'})\n"
        "same(problems[1].message, 'is \"x\", which does not match 100%d')\n"
        "local many = {}\n"
        "for i = 1, 300 do many[i] = 'x' end\n"
        "fine, problems = schema(many, {items = {type = 'null'}})\n"
        "same(#problems, 100)\n");
}

static void test_authors_mistakes(void **state) {
    state_run(*state,
              "raises(\"unknown keyword 'requird', did you mean 'required'?\", schema, 1, {requird = {'a'}})\n"
              "raises(\"unknown keyword 'itemz' in /properties/a, did you mean 'items'?\", schema, 1,\n"
              "  {properties = {a = {itemz = {}}}})\n"
              "assert(schema({requird = 1}, {properties = {requird = {}}}))\n" /* names are no keywords */
              "raises(\"unknown type 'integr', did you mean 'integer'?\", schema, 1, {type = 'integr'})\n"
              "raises(\"unknown format 'date_time', did you mean 'date-time'?\", schema, 1, {format = 'date_time'})\n"
              "assert(schema('x', {format = 'something-else-entirely'}))\n"
              "raises(\"'minimum' must be a number\", schema, 1, {minimum = '1'})\n"
              "raises(\"'required' must be a list of names\", schema, 1, {required = true})\n"
              "raises(\"'required' in /items must be a list of names\", schema, 1, {items = {required = {1}}})\n"
              "raises(\"'anyOf' must be a list of schemas\", schema, 1, {anyOf = {a = {}}})\n"
              "raises(\"'multipleOf' must be a number above 0\", schema, 1, {multipleOf = 0})\n"
              "raises(\"'maxItems' must be a whole number\", schema, 1, {maxItems = -1})\n"
              "raises('/not is no schema', schema, 1, {['not'] = 5})\n"
              "raises('the schema must be table, got nil', schema, 1)\n"
              "raises('schema: the pattern (x in /pattern: missing closing parenthesis', schema, 1, {pattern = '(x'})\n"
              "raises(\"$ref '#/definitions/x' leads nowhere\", schema, 1, {['$ref'] = '#/definitions/x'})\n"
              "raises(\"only references within the schema\", schema, 1, {['$ref'] = 'http://x/y'})\n"
              "raises(\"goes round in a circle\", schema, 1, {['$ref'] = '#'})\n"
              "raises(\"goes round in a circle\", schema, 1,\n"
              "  {definitions = {a = {allOf = {{['$ref'] = '#/definitions/a'}}}}, ['$ref'] = '#/definitions/a'})\n");
}

static void test_patterns_are_limited(void **state) {
    state_run(*state,
              "local fine, problems = schema(('a'):rep(40) .. 'b', {pattern = '^(a+)+$'})\n"
              "same(fine, false)\n"
              "assert(problems[1].message:find('the match needs too many steps', 1, true), problems[1].message)\n"
              "same(regex.match('x\\xff', 'x'), false)\n"
              "same(regex.match('ä', '^.$'), true)\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_state, state_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_jq),       TEST(test_jq_bad_paths),     TEST(test_every_keyword),
        TEST(test_problems), TEST(test_authors_mistakes), TEST(test_patterns_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
