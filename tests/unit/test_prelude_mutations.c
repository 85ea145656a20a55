/*
 * What learners hand in is malformed in ways that nobody thought of: files of every form that checkers read, each damaged in many ways
 * from a fixed seed. None of it may look like a fault of the checker, and a file that cannot be read is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_supervisor.h"
#include "tests/unit/mutate.h"

enum { MUTANTS = 100, TEXT_MOST = 2048 };

static struct checker *checker;

/* A form: a good file, what a check does with it, and words that mean something in it. */
struct form {
    const char *path, *text, *body;
    const char *words[8];
};

static const struct form forms[] = {
    {"Dockerfile",
     "# syntax=docker/dockerfile:1\nARG PYTHON=3.11\nFROM --platform=linux/amd64 python:${PYTHON}-slim AS build\n"
     "WORKDIR /src\nCOPY --chown=1:2 requirements.lock wheels/ ./\nRUN --mount=type=cache,target=/root/.cache \\\n"
     "    pip install \\\n    # why\n    -r requirements.lock\nRUN <<EOF cat >/a\nx $y\nEOF\n"
     "FROM scratch\nCOPY --from=build /src /src\nENV A=1 B=\"x y\" C=${A:-z}\nUSER 10001\nEXPOSE 8000/tcp\n"
     "HEALTHCHECK --interval=5s CMD [\"python\", \"-c\", \"x\"]\nENTRYPOINT [\"python\", \"serve.py\"]\nCMD a b\n",
     "local d = dockerfile() d:final():env() for _, stage in ipairs(d:stages()) do stage:env() stage:select('RUN') end",
     {"${", "<<EOF", "\\\n", "--from=", "[\"", "ONBUILD ", "ARG ", "$"}},
    {".dockerignore",
     "# secrets\n*.key\n!public.key\n**/__pycache__\nout/*\n/tests\ndata/[a-c]?.csv\n!**/keep.md\n",
     "build_context('.')",
     {"**", "!", "[", "]", "\\", "/", "?", "..\n"}},
    {"docker-compose.yml",
     "x-common: &common {restart: unless-stopped}\nservices:\n  web:\n    <<: *common\n    build: {context: ., args: [V=1]}\n"
     "    image: \"late:${TAG:-1}\"\n    command: python -m 'serve it' --port $$PORT\n    environment: [A=1, B]\n"
     "    ports: [8000, \"127.0.0.1:8001:80/udp\", {target: 6}]\n    volumes: [\"./data:/data:ro\", models:/m]\n"
     "    healthcheck: {test: [CMD, curl], interval: 1m30s, retries: 3}\n    depends_on: {db: {condition: service_healthy}}\n"
     "  db: {image: postgres}\nvolumes: {models: {}}\n",
     "local c = compose() if c.services then for _ in pairs(c.services) do end end",
     {"${", "*", "&", "- ", ": ", "[", "null", "services"}},
    {"k8s.yaml",
     "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: late, labels: {app: late}}\nspec:\n  replicas: 2\n"
     "  selector: {matchLabels: {app: late}}\n  template:\n    metadata: {labels: {app: late}}\n    spec:\n      containers:\n"
     "        - name: app\n          image: late\n          ports: [{name: http, containerPort: 8080}]\n"
     "          resources: {requests: {cpu: 500m, memory: 1Gi}}\n"
     "          readinessProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 5}\n---\napiVersion: v1\nkind: Service\n"
     "metadata: {name: late}\nspec: {selector: {app: late}, ports: [{port: 80, targetPort: http}]}\n",
     "local all = k8s.load('k8s.yaml') local app, service = all:one{kind = 'Deployment'}, all:one{kind = 'Service'}\n"
     "k8s.pod_spec(app) k8s.selects(service, app) k8s.target_port(service, app) k8s.probes(app, {load = 9, seconds = 60})\n"
     "for _, c in ipairs(k8s.pod_spec(app).containers) do local r = c.resources and c.resources.requests or {}\n"
     "if r.cpu then k8s.quantity(r.cpu) end end",
     {"null", "[]", "{}", "- ", "-1", "1e9", "\"\"", "---\n"}},
    {"kz/kustomization.yaml",
     "resources: [d.yaml]\nnamePrefix: p-\nnamespace: ns\nlabels: [{pairs: {team: x}, includeSelectors: true}]\n"
     "images: [{name: late, newTag: \"5\"}]\nconfigMapGenerator: [{name: conf, literals: [a=b, \"q='x'\"]}]\n"
     "replicas: [{name: late, count: 3}]\npatches:\n- target: {kind: Deployment}\n  patch: |\n    - op: replace\n"
     "      path: /spec/replicas\n      value: 4\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n"
     "    metadata: {name: late}\n    spec: {template: {spec: {containers: [{name: app, image: new}]}}}\n",
     "k8s.load('kz')",
     {"null", "[]", "{}", "- ", "/spec", "~1", "../", "$patch: delete"}},
    {"metrics.txt",
     "# HELP requests_total All \\n of \\\\ them.\n# TYPE requests_total counter\nrequests_total{code=\"200\",path=\"/a\\\"b\"} 12 1700000000\n"
     "# TYPE latency histogram\nlatency_bucket{le=\"0.1\"} 3\nlatency_bucket{le=\"+Inf\"} 5\nlatency_sum 1.5e-3\nlatency_count 5\nup NaN\n",
     "prom.parse(file('metrics.txt'):text())",
     {"{", "}", "\"", "\\", "+Inf", "# TYPE ", "=", ","}},
    {"rules.yaml",
     "groups:\n- name: late\n  interval: 30s\n  rules:\n  - record: late:share\n    expr: sum(rate(late_total[5m])) / sum(rate(all[5m]))\n"
     "  - alert: Late\n    expr: late:share > 0.2\n    for: 10m\n    labels: {severity: page}\n    annotations: {summary: \"{{ $value }}\"}\n",
     "prom.rules('rules.yaml')",
     {"null", "[]", "- ", "{{", "\"", "[5m", "for: x", "{}"}},
};

/* ---- mutating ---- */

static void mutate(struct str *text, const struct form *form, uint64_t *state) {
    size_t at = draw_below(state, text->len + 1), rest = text->len - at,
           len = rest ? draw_below(state, rest < 40 ? rest : 40) + 1 : 0;
    const struct sv nothing = {"", 0}, word = sv_of(form->words[draw_below(state, LENGTH(form->words))]);
    char byte = (char)draw_below(state, 256);
    switch (draw_below(state, 6)) {
    case 0: replace_part(text, at, len, nothing); return;                    /* a part is missing */
    case 1: replace_part(text, at, rest, nothing); return;                   /* the file breaks off */
    case 2: replace_part(text, at, 0, word); return;                         /* a word stands where it should not */
    case 3: replace_part(text, at, len, word); return;                       /* or in place of another */
    case 4: replace_part(text, at, rest > 0, (struct sv){&byte, 1}); return; /* any byte */
    default: {
        autofree char *part = mem_copy(text->data + at, len); /* a part stands there twice */
        replace_part(text, draw_below(state, text->len + 1), 0, (struct sv){part, len});
    }
    }
}

/* ---- judging ---- */

static json_t *check(const struct form *form, const struct str *text) {
    struct fake fake;
    fake_open(&fake);
    if (mkdirat(fake.scratch, "kz", 0755)) abort();
    fake_file(
        fake.scratch, "kz/d.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: late}\nspec: {selector: {matchLabels: {app: late}}, template: "
        "{metadata: {labels: {app: late}}, spec: {containers: [{name: app, image: late}]}}}\n");
    if (beneath_write(fake.scratch, form->path, text->data, text->len, 0644)) abort();
    autofree char *lua = str_format("checks[\"c\"] = function(t) %s\nexpect(1):equals(1)\nend\n", form->body);
    autojson json_t *exercise = json_pack("{s:s}", "network", "loopback");
    json_t *outcome = fake_work(&fake, checker,
                                (struct checker_task){.name = "exercises/x/checker.lua",
                                                      .text = {lua, strlen(lua)},
                                                      .check = "c",
                                                      .seed = 7,
                                                      .processor = 20,
                                                      .exercise = exercise});
    fake_close(&fake);
    return outcome;
}

static bool is_right(const json_t *outcome) {
    const char *verdict = json_get_string(outcome, "verdict", "none");
    return !strcmp(verdict, "pass") || (!strcmp(verdict, "fail") && *json_get_string(outcome, "message", ""));
}

static void mutants(void **state) {
    const struct form *form = *state;
    uint64_t seed = 88172645463325252;
    size_t wrong = 0, failed = 0;
    for (int i = 0; i < MUTANTS; i++) {
        scoped(str) text = STR_INIT;
        str_append(&text, form->text);
        for (uint64_t k = 0; i && k <= draw_below(&seed, 3); k++) mutate(&text, form, &seed);
        if (text.len > TEXT_MOST) continue;
        autojson json_t *outcome = check(form, &text);
        failed += !strcmp(json_get_string(outcome, "verdict", ""), "fail");
        if (!i) assert_string_equal(json_get_string(outcome, "verdict", ""), "pass");
        if (is_right(outcome)) continue;
        wrong++;
        autofree char *shown = json_dumps(outcome, JSON_ENCODE_ANY);
        print_error("of\n%.*s\ncame %s\n\n", (int)text.len, text.data, shown ? shown : "nothing");
    }
    assert_int_equal(wrong, 0);
    assert_true(failed > 0);
}

static int make_engine(void **state) {
    (void)state;
    return checker_new(&checker, 0, NULL);
}

static int free_engine(void **state) {
    (void)state;
    checker_free(checker);
    return 0;
}

int main(void) {
    struct CMUnitTest tests[LENGTH(forms)];
    for (size_t i = 0; i < LENGTH(forms); i++)
        tests[i] = (struct CMUnitTest){forms[i].path, mutants, NULL, NULL, (void *)(uintptr_t)&forms[i]};
    return cmocka_run_group_tests(tests, make_engine, free_engine);
}
