/* The analysis knows every name of the API, and no other: each is accepted, and refused with a letter more. */
#include "analysis_fixture.h"

#include <lauxlib.h>
#include <lualib.h>

#include "checker/api.h"
#include "checker/engine.h"
#include "checker/sandbox.h"

/* A value of each class, and how it is written in a check; s is a service. */
static const struct {
    const char *class, *value;
} values[] = {
    {"Check", "t"},
    {"Result", "t:run{'p'}"},
    {"Service", "s"},
    {"Declared", "service('s')"},
    {"File", "file('p')"},
    {"Expectation", "expect(1)"},
    {"FileExpectation", "expect.file('p')"},
    {"HttpResponse", "s:get('/')"},
    {"HttpFigures", "s:load{path = '/'}"},
    {"XmlElement", "file('p'):xml()"},
    {"CsvRows", "file('p'):csv()"},
    {"Metrics", "prom.parse('')"},
    {"MetricFamily", "prom.parse(''):family('f')"},
    {"PromRules", "prom.rules('p')"},
    {"PromRule", "prom.rules('p'):alert('a')"},
    {"KubernetesObjects", "k8s.load('p')"},
    {"ProbesResult", "k8s.probes({}, {})"},
    {"DrainResult", "k8s.drain(k8s.load('p'), {})"},
    {"KubernetesObject", NULL},
    {"PromGroup", NULL},
    {"MetricSample", NULL}, /* items of a list, as the next */
    {"PytestSuite", "t:pytest{}"},
    {"PytestTest", NULL},
    {"Pickle", "pickle_ops('p')"},
    {"PickleOp", NULL},
    {"PickleGlobal", NULL},
    {"SafeTensors", "safetensors('p')"},
    {"SafeTensor", NULL},
    {"Onnx", "onnx('p')"},
    {"OnnxValue", NULL},
    {"OnnxNode", NULL},
    {"OnnxInitializer", NULL},
    {"PromSample", NULL},
    {"PromAlertWanted", NULL},
    {"PromSampleWanted", NULL},
    {"Spans", "otlp.spans('p')"},
    {"Span", NULL},
    {"OtlpSink", "otlp.sink()"},
    {"McpServer", "mcp(t, {'p'})"},
    {"McpAnswer", "mcp(t, {'p'}):call('a', {})"},
    {"LlmStub", "llm.stub()"},
    {"LlmCall", NULL},
    {"LlmFault", NULL}, /* values by model */
    {"Mlflow", "mlflow('http://a')"},
    {"MlflowRun", "mlflow('http://a'):run('a')"},
    {"MlflowModel", "mlflow('http://a'):model('a')"},
    {"MlflowVersion", "mlflow('http://a'):version('a', 1)"},
    {"MlflowExperiment", "mlflow('http://a'):experiment('a')"},
    {"MlflowValue", NULL},
    {"MlflowArtifact", NULL}, /* items of a list */
    {"BuildContext", "build_context()"},
    {"DockerBuilt", "docker.build({})"},
    {"Container", "docker.service({})"},
    {"Compose", "compose()"},
    {"ComposeService", "compose():service('a')"},
    {"ComposeHealth", "compose():service('a').healthcheck"},
    {"Dockerfile", "dockerfile()"},
    {"DockerStage", "dockerfile():final()"},
    {"DockerImage", "dockerfile():final().base"},
    {"DockerInstruction", "dockerfile():final():cmd()"},
    {"SchemaProblem", NULL}, /* items of a list */
    {"ComposePort", NULL},
    {"ComposeVolume", NULL},
    {"DockerHeredoc", NULL},
    {"DockerMount", NULL},
    {"DockerPort", NULL},
    {"GitCommit", NULL},
    {"HttpEvent", NULL},
    {"null", NULL}, /* a value without fields */
};

/* A call that takes options of each class; %s is where they stand. */
static const struct {
    const char *class, *before, *after;
} options[] = {
    {"RunOptions", "t:run{'p', ", "}"},
    {"ReadyOptions", "t:service{'p', ready = {", "}}"},
    {"ServiceOptions", "t:service{'p', ", "}"},
    {"DockerBuildOptions", "docker.build{", "}"},
    {"DockerRunOptions", "docker.run{", "}"},
    {"DockerServiceOptions", "docker.service{", "}"},
    {"ServiceRequest", "s:request{", "}"},
    {"PytestOptions", "t:pytest{", "}"},
    {"MutantsOptions", "t:mutants{", "}"},
    {"McpOptions", "mcp(t, {'p', ", "})"},
    {"LlmStubOptions", "llm.stub{", "}"},
    {"LlmCalls", "llm.stub():calls{", "}"},
    {"MlflowRunsWanted", "mlflow('http://a'):runs{", "}"},
    {"MlflowNewRun", "mlflow('http://a'):create_run{", "}"},
    {"MlflowNewModel", "mlflow('http://a'):create_model('a', {", "})"},
    {"MlflowNewVersion", "mlflow('http://a'):create_version('a', {", "})"},
    {"PromStory", "prom.test('p', {", "})"},
    {"SpansWanted", "otlp.spans('p'):where{", "}"},
    {"HttpRequest", "http.load{", "}"},
    {"HttpRequestOptions", "http.request{", "}"},
    {"HttpLoadOptions", "http.load{", "}"},
    {"GitLogOptions", "git.log{", "}"},
    {"ProbesStory", "k8s.probes({}, {", "})"},
    {"DrainOptions", "k8s.drain(k8s.load('p'), {}, {", "})"},
    {"Flow", "k8s.reachable(k8s.load('p'), {", "})"},
    {"FlowEnd", "k8s.reachable(k8s.load('p'), {port = 1, from = {", "}})"},
    {"KubernetesWanted", "k8s.load('p'):select{", "}"},
    {"DecodeOptions", "json.decode('', {", "})"},
    {"YamlOptions", "file('p'):yaml{", "}"},
    {"CsvDecodeOptions", "csv.decode('', {", "})"},
    {"CsvEncodeOptions", "csv.encode({}, {", "})"},
    {"IndentOptions", "json.encode(1, {", "})"},
    {"BootstrapOptions", "stats.bootstrap({}, {", "})"},
};

static const char prologue[] =
    "checks.a = function(t)\nlocal s = t:service{'p', port = 1, ready = {tcp = true}}\nprint(s, ";
static const char epilogue[] = ")\nend\n";

static size_t tried;

/* The expression has no fault, and with `more` behind its name one of the kind, which names it. */
static void expect_known(const char *before, const char *name, const char *after, const char *kind) {
    static const char *const changes[] = {"", "_x"};
    for (size_t i = 0; i < LENGTH(changes); i++) {
        scoped(str) source = STR_INIT;
        scoped(str) found = STR_INIT;
        scoped(str) wanted = STR_INIT;
        str_printf(&source, "%s%s%s%s%s%s", prologue, before, name, changes[i], after, epilogue);
        str_printf(&wanted, " %s: ", kind);
        append_faults(&found, sv_str(&source));
        bool fine = i ? strstr(found.data, wanted.data) && strstr(found.data, name) : !found.len;
        if (!fine) fail_msg("of\n%s\nfound\n%s", source.data, found.data);
    }
    tried++;
}

static const char *value_of(const char *class) {
    for (size_t i = 0; i < LENGTH(values); i++)
        if (!strcmp(values[i].class, class)) return values[i].value;
    return NULL;
}

/* ---- functions and fields of values ---- */

static void try_members(const struct api_class *class, const char *value) {
    for (const struct api_member *member = class->members; member; member = member->next) {
        bool method = member->function != NULL;
        autofree char *before = str_format("%s%c", value, method ? ':' : '.');
        expect_known(before, member->name, method ? "()" : "", method ? "method" : "field");
    }
}

static void test_values(void **state) {
    (void)state;
    tried = 0;
    for (const struct api_class *class = api_classes(); class; class = class->next)
        if (value_of(class->name)) try_members(class, value_of(class->name));
    assert_true(tried > 80);
}

static void test_tables(void **state) {
    (void)state;
    tried = 0;
    for (const struct api_member *global = api_globals(); global; global = global->next) {
        autofree char *before = str_format("%s.", global->name);
        if (!global->type.class) continue;
        for (const struct api_member *member = global->type.class->members; member; member = member->next)
            expect_known(before, member->name, "", "field");
    }
    assert_true(tried > 80);
}

static void try_option(const char *before, const char *name, const char *after) {
    autofree char *rest = str_format(" = t%s", after);
    expect_known(before, name, rest, "option");
}

static void test_options(void **state) {
    (void)state;
    tried = 0;
    for (size_t i = 0; i < LENGTH(options); i++)
        for (const struct api_class *class = api_class(options[i].class); class; class = class->parent)
            for (const struct api_member *member = class->members; member; member = member->next)
                try_option(options[i].before, member->name, options[i].after);
    assert_true(tried > 60);
}

/* Every class of the types is tried by one of the tests above. */
static void test_classes_are_tried(void **state) {
    (void)state;
    for (const struct api_class *class = api_classes(); class; class = class->next) {
        bool known = class->is_table || !class->group;
        for (size_t i = 0; i < LENGTH(values); i++) known = known || !strcmp(values[i].class, class->name);
        for (size_t i = 0; i < LENGTH(options); i++) known = known || !strcmp(options[i].class, class->name);
        if (!known) fail_msg("no test tries %s", class->name);
    }
}

/* ---- global names ---- */

static void test_globals(void **state) {
    (void)state;
    const char *name;
    size_t count = 0;
    for (; (name = sandbox_global(count)); count++) expect_known("", name, "", "global");
    assert_true(count > 40);
}

/* ---- Lua's own: what the sandbox leaves is known, what it takes away is forbidden ---- */

/* The same names, as they are written. */
static void expect_lua_name(lua_State *sandbox, const char *table, const char *name) {
    scoped(str) source = STR_INIT;
    scoped(str) found = STR_INIT;
    bool left = false;
    str_printf(&source, "print(%s%s%s)", table ? table : "", table ? "." : "", name);
    append_faults(&found, sv_str(&source));
    if (table) {
        lua_getglobal(sandbox, table);
        left = lua_istable(sandbox, -1) && lua_getfield(sandbox, -1, name) != LUA_TNIL;
    }
    lua_settop(sandbox, 0);
    for (size_t i = 0; !table && sandbox_global(i); i++) left = left || !strcmp(sandbox_global(i), name);
    bool fine = left ? !found.len : strstr(found.data, " forbidden: ") != NULL;
    if (!fine) fail_msg("%s: %s", source.data, found.data);
    tried++;
}

static void each_name(lua_State *all, lua_State *sandbox, const char *table) {
    lua_pushnil(all);
    while (lua_next(all, -2)) {
        expect_lua_name(sandbox, table, lua_tostring(all, -2));
        lua_pop(all, 1);
    }
}

static void test_lua_itself(void **state) {
    (void)state;
    static const char *const tables[] = {"string", "table", "math",      "utf8",   "os",
                                         "io",     "debug", "coroutine", "package"};
    lua_State *all = luaL_newstate(), *sandbox = luaL_newstate();
    luaL_openlibs(all);
    sandbox_open(sandbox);
    tried = 0;
    lua_pushglobaltable(all);
    each_name(all, sandbox, NULL);
    for (size_t i = 0; i < LENGTH(tables); i++) {
        lua_getglobal(all, tables[i]);
        each_name(all, sandbox, tables[i]);
    }
    lua_close(all);
    lua_close(sandbox);
    assert_true(tried > 120);
}

/* ---- the checkers that there are ---- */

static void test_no_faults(void **state) {
    (void)state;
    static const char *const files[] = {
        "exercises/plan-policy/checker.lua",
        "exercises/seed-it/checker.lua",
        "tests/hostile/course/exercises/escape/checker.lua",
        "tests/hostile/course/exercises/exhaust/checker.lua",
        "tests/hostile/course/exercises/forge/checker.lua",
        "tests/hostile/course/exercises/outlive/checker.lua",
        "tests/hostile/course/exercises/poison/checker.lua",
        "tests/hostile/course/exercises/reach/checker.lua",
        "tests/hostile/course/exercises/read/checker.lua",
    };
    for (size_t i = 0; i < LENGTH(files); i++) {
        scoped(str) text = STR_INIT;
        scoped(str) found = STR_INIT;
        read_source(&text, files[i]);
        append_faults(&found, sv_str(&text));
        if (found.len) fail_msg("%s:\n%s", files[i], found.data);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),    cmocka_unit_test(test_tables),     cmocka_unit_test(test_options),
        cmocka_unit_test(test_globals),   cmocka_unit_test(test_lua_itself), cmocka_unit_test(test_classes_are_tried),
        cmocka_unit_test(test_no_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
