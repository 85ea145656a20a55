/* The client of the container engine, against one in a child: who answers, what is asked, and engines that misbehave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"
#include "docker/containers.h"
#include "docker/images.h"
#include "docker/progress.h"
#include "docker/stream.h"
#include "tests/unit/engine_server.h"

static struct engine engine;
static struct docker *docker;
static struct err err;

#define assert_says(part) \
    do { \
        if (!strstr(err.message, part)) fail_msg("the error is '%s', without '%s'", err.message, part); \
    } while (0)

static int reset(void **state) {
    (void)state;
    docker_close(docker);
    docker = NULL;
    engine_stop(&engine);
    unsetenv("DOCKER_HOST");
    err = (struct err)ERR_INIT;
    return 0;
}

static int open_engine(enum engine_manner manner, const struct engine_answer *answers, double seconds) {
    char host[128];
    engine_start(&engine, manner, answers);
    snprintf(host, sizeof host, "unix://%s", engine.socket);
    setenv("DOCKER_HOST", host, 1);
    return docker_open(&docker, &(struct docker_options){.seconds = seconds, .interrupt = -1}, &err);
}

static void open_docker(const struct engine_answer *answers) {
    if (open_engine(ENGINE_DOCKER, answers, 20)) fail_msg("%s", err.message);
}

/* ---- who answers ---- */

static void test_versions(void **state) {
    open_docker(NULL);
    assert_string_equal(docker_version(docker), "1.41");
    assert_string_equal(docker_product(docker), "Docker");
    assert_string_equal(docker_socket(docker), engine.socket);
    reset(state);
    assert_int_equal(open_engine(ENGINE_NEW, NULL, 20), 0);
    assert_string_equal(docker_version(docker), "1.44");
    reset(state);
    assert_int_equal(open_engine(ENGINE_PODMAN, NULL, 20), 0);
    assert_string_equal(docker_product(docker), "podman");
    reset(state);
    assert_int_equal(open_engine(ENGINE_OLD, NULL, 20), -1);
    assert_says("speaks version 1.24 of its API; lab needs 1.40 or newer");
    reset(state);
    assert_int_equal(open_engine(ENGINE_WEB, NULL, 20), -1);
    assert_says("is no container engine: it names no Api-Version");
}

static void test_misbehaving(void **state) {
    double begin = clock_monotonic();
    assert_int_equal(open_engine(ENGINE_HANGS, NULL, 0.2), -1);
    assert_says("gave no complete answer within 0.2 s");
    assert_true(clock_monotonic() - begin < 10);
    reset(state);
    assert_int_equal(open_engine(ENGINE_NONSENSE, NULL, 20), -1);
    assert_int_equal(err.code, ERR_ENVIRONMENT);
    reset(state);
    assert_int_equal(open_engine(ENGINE_ENDLESS, NULL, 20), -1);
    assert_says("headers of more than 64 KiB");
}

static void test_no_engine(void **state) {
    (void)state;
    setenv("DOCKER_HOST", "tcp://192.0.2.1:2375", 1);
    assert_int_equal(docker_open(&docker, &(struct docker_options){0}, &err), -1);
    assert_says("DOCKER_HOST is tcp://192.0.2.1:2375; lab uses an engine on this machine");
    setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock", 1);
    assert_int_equal(docker_open(&docker, &(struct docker_options){0}, &err), -1);
    assert_says("no container engine answers at /nonexistent/docker.sock");
    assert_string_equal(err.help, "start it: sudo systemctl start docker");
}

static void test_interrupt(void **state) {
    (void)state;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(write(pipes[1], "x", 1), 1);
    assert_int_equal(open_engine(ENGINE_HANGS, NULL, 0.001), -1);
    assert_int_equal(err.code, ERR_ENVIRONMENT);
    struct docker_options options = {.interrupt = pipes[0]};
    assert_int_equal(docker_open(&docker, &options, &err), -1);
    assert_int_equal(err.code, ERR_INTERRUPTED);
    close(pipes[0]), close(pipes[1]);
}

/* ---- what it holds ---- */

static void test_lists(void **state) {
    (void)state;
    static const struct engine_answer answers[] = {
        {"GET /v1.41/containers/json?all=1&filters=%7B%22label%22%3A%5B%22lab%3Da%20b%22%5D%7D ", 200,
         "[{\"Id\": \"a1\"}]", 0},
        {"GET /v1.41/volumes?filters=", 200, "{\"Volumes\": null}", 0},
        {"GET /v1.41/networks?filters=", 200, "{}", 0},
        {"GET /v1.41/images/json?filters=", 200, "ENDLESS", 0},
        {0}};
    open_docker(answers);
    autojson json_t *containers = docker_list(docker, DOCKER_CONTAINERS, "lab=a b", &err);
    assert_int_equal(json_array_size(containers), 1);
    autojson json_t *volumes = docker_list(docker, DOCKER_VOLUMES, "lab", &err);
    assert_true(json_is_array(volumes));
    assert_null(docker_list(docker, DOCKER_NETWORKS, "lab", &err));
    assert_says("the container engine's answer to /networks is no list");
    assert_null(docker_list(docker, DOCKER_IMAGES, "lab", &err));
    assert_says("an answer of more than 32 MiB");
}

static void test_inspect(void **state) {
    (void)state;
    static const struct engine_answer answers[] = {
        {"GET /v1.41/containers/a/json ", 200, "{\"State\": {\"Running\": true}}", 0},
        {"GET /v1.41/images/registry:5000/a/b@sha256:0/json ", 200, "{\"Id\": \"sha256:1\"}", 0},
        {"GET /v1.41/networks/broken ", 500, "<html>", 0},
        {"GET /v1.41/volumes/cut ", 200, "{\"Name\": ", 0},
        {0}};
    open_docker(answers);
    autojson json_t *container = docker_inspect(docker, DOCKER_CONTAINERS, "a", &err);
    assert_true(json_is_true(json_object_get(json_object_get(container, "State"), "Running")));
    autojson json_t *image = docker_inspect(docker, DOCKER_IMAGES, "registry:5000/a/b@sha256:0", &err);
    assert_non_null(image);
    assert_null(docker_inspect(docker, DOCKER_CONTAINERS, "b", &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_string_equal(err.message, "the container engine says: no such thing");
    assert_null(docker_inspect(docker, DOCKER_NETWORKS, "broken", &err));
    assert_int_equal(err.code, ERR_ENVIRONMENT);
    assert_says("status 500 without a reason");
    assert_null(docker_inspect(docker, DOCKER_VOLUMES, "cut", &err));
    assert_says("is no JSON");
}

/* A name never changes which part of the API is asked. */
static void test_names(void **state) {
    (void)state;
    static const char *const wrong[] = {"",    "../networks/prune", "a/../b", "/a",   "a/",
                                        "a b", "a?force=1",         "a#b",    "a\nb", "a%2e"};
    open_docker(NULL);
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        assert_null(docker_inspect(docker, DOCKER_IMAGES, wrong[i], &err));
        assert_says("is no name of an image or a container");
    }
}

static void test_remove(void **state) {
    (void)state;
    static const struct engine_answer answers[] = {
        {"GET /v1.41/containers/json", 200, "[{\"Id\": \"a\"}, {\"Id\": \"b\"}, {\"Id\": \"gone\"}]", 0},
        {"GET /v1.41/networks", 200, "[]", 0},
        {"GET /v1.41/volumes", 200, "{\"Volumes\": [{\"Name\": \"v\"}]}", 0},
        {"GET /v1.41/images/json", 200, "[]", 0},
        {"DELETE /v1.41/containers/a?force=1&v=1 ", 500, "{\"message\": \"busy\"}", 0},
        {"DELETE /v1.41/containers/b?force=1&v=1 ", 204, "", 0},
        {"DELETE /v1.41/volumes/v?force=1 ", 204, "", 0},
        {0}};
    open_docker(answers);
    assert_int_equal(docker_remove_labelled(docker, "lab.attempt=1", &err), -1);
    assert_string_equal(err.message, "the container engine says: busy");
    scoped(str) heard = STR_INIT;
    engine_heard(&engine, &heard);
    assert_non_null(strstr(heard.data, "DELETE /v1.41/containers/b"));
    assert_non_null(strstr(heard.data, "DELETE /v1.41/volumes/v"));
    assert_int_equal(docker_remove(docker, DOCKER_CONTAINERS, "gone", &err), 0);
}

/* ---- streams ---- */

static int gather(void *context, bool error, const char *data, size_t len) {
    struct str *all = context;
    str_printf(all, "%s:%.*s|", error ? "err" : "out", (int)len, data);
    return 0;
}

static const char two_streams[] = "\1\0\0\0\0\0\0\3one\2\0\0\0\0\0\0\4two\n\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1x";

static void test_stream(void **state) {
    (void)state;
    for (size_t step = 1; step < sizeof two_streams; step++) {
        scoped(str) all = STR_INIT;
        struct stream stream = {.take = gather, .context = &all};
        for (size_t at = 0; at < sizeof two_streams - 1; at += step) {
            size_t left = sizeof two_streams - 1 - at;
            assert_int_equal(stream_take(&stream, two_streams + at, left < step ? left : step), 0);
        }
        if (step >= 4) assert_non_null(strstr(all.data, "x|"));
        if (step == sizeof two_streams - 1) assert_string_equal(all.data, "out:one|err:two\n|out:x|");
    }
    scoped(str) plain = STR_INIT;
    struct stream stream = {.take = gather, .context = &plain};
    stream_take(&stream, "no frames", 9);
    stream_take(&stream, " at all", 7);
    assert_string_equal(plain.data, "out:no frame|out:s|out: at all|");
}

static void test_logs(void **state) {
    (void)state;
    static const struct engine_answer answers[] = {
        {"GET /v1.41/containers/a/json ", 200, "{\"Config\": {\"Tty\": false}}", 0},
        {"GET /v1.41/containers/t/json ", 200, "{\"Config\": {\"Tty\": true}}", 0},
        {"GET /v1.41/containers/a/logs?stdout=1&stderr=1&tail=5 ", 200, two_streams, sizeof two_streams - 1},
        {"GET /v1.41/containers/t/logs?stdout=1&stderr=1 ", 200, "\1\0\0\0", 4},
        {0}};
    open_docker(answers);
    scoped(str) all = STR_INIT;
    assert_int_equal(docker_container_logs(docker, "a", 5, gather, &all, &err), 0);
    assert_string_equal(all.data, "out:one|err:two\n|out:x|");
    assert_int_equal(docker_container_logs(docker, "t", 0, gather, &all, &err), 0);
    assert_int_equal(docker_container_logs(docker, "none", 0, gather, &all, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
}

/* ---- running ---- */

static void test_wait(void **state) {
    (void)state;
    static const struct engine_answer answers[] = {
        {"POST /v1.41/containers/a/wait ", 200, "{\"StatusCode\": 3}", 0},
        {"POST /v1.41/containers/slow/wait ", 200, "HANG", 0},
        {"POST /v1.41/containers/odd/wait ", 200, "{}", 0},
        {"POST /v1.41/containers/create ", 201, "{\"Id\": \"new\"}", 0},
        {"POST /v1.41/containers/new/start ", 304, "", 0},
        {"POST /v1.41/containers/new/kill?signal=SIGHUP ", 409, "{\"message\": \"is not running\"}", 0},
        {0}};
    int code = 0;
    bool late = false;
    autofree char *id = NULL;
    autojson json_t *settings = json_pack("{s:s}", "Image", "i");
    open_docker(answers);
    assert_int_equal(docker_container_wait(docker, "a", 20, &code, &late, &err), 0);
    assert_int_equal(code, 3);
    assert_false(late);
    assert_int_equal(docker_container_wait(docker, "slow", 0.2, &code, &late, &err), 0);
    assert_true(late);
    assert_int_equal(docker_container_wait(docker, "odd", 20, &code, &late, &err), -1);
    assert_int_equal(docker_container_create(docker, &id, settings, &err), 0);
    assert_string_equal(id, "new");
    assert_int_equal(docker_container_start(docker, id, &err), 0);
    assert_int_equal(docker_container_signal(docker, id, "SIGHUP", &err), -1);
    assert_string_equal(err.message, "the container engine says: is not running");
}

static void test_exec(void **state) {
    (void)state;
    static const struct engine_answer answers[] = {
        {"POST /v1.41/containers/a/exec ", 201, "{\"Id\": \"e\"}", 0},
        {"POST /v1.41/exec/e/start ", 200, two_streams, sizeof two_streams - 1},
        {"GET /v1.41/exec/e/json ", 200, "{\"ExitCode\": 7}", 0},
        {0}};
    int code = 0;
    bool late = false;
    scoped(str) all = STR_INIT;
    autojson json_t *settings = json_pack("{s:[s]}", "Cmd", "true");
    open_docker(answers);
    const struct docker_exec exec = {.settings = settings, .seconds = 20, .take = gather, .context = &all};
    assert_int_equal(docker_container_exec(docker, "a", &exec, &code, &late, &err), 0);
    assert_int_equal(code, 7);
    assert_string_equal(all.data, "out:one|err:two\n|out:x|");
}

/* ---- building ---- */

static int build(struct docker_built *built, const char *target) {
    autojson json_t *labels = json_pack("{s:s}", "lab.attempt", "1");
    const struct docker_build asked = {
        .context = SV("tar"), .dockerfile = "a/Dockerfile", .target = target, .labels = labels, .seconds = 20};
    return docker_build(docker, &asked, built, &err);
}

static void test_build(void **state) {
    (void)state;
    /* Of BuildKit: a step called "[2/2] RUN false" that wrote "\033[31mno\033[0m\r\n". */
    static const char trace[] =
        "{\"id\": \"moby.buildkit.trace\", \"aux\": \"ChQKATEaD1syLzJdIFJVTiBmYWxzZRoSCgExIg0bWzMxbW5vG1swbQ0K\"}\r\n";
    static const char fetch[] =
        "{\"id\": \"moby.buildkit.trace\", \"aux\": \"CigKATEaHltpbnRlcm5hbF0gbG9hZCBtZXRhZGF0YSBmb3IgeDoDYmFk\"}\n"
        "{\"error\": \"no such\\nhost\", \"errorDetail\": {\"message\": \"no such host\"}}\n";
    /* Two stages at once: the step "[a 2/2] RUN false" fails, and "[b 2/2] RUN sleep 9" is canceled. Both had written something. */
    static const char stages[] =
        "{\"id\": \"moby.buildkit.trace\", \"aux\": \"ChoKATEaFVthIDIvMl0gUlVOIBtbMW1mYWxzZQoYCgEyGhNbYiAyLzJdIFJVTiBzbGVlcCA5\"}\n"
        "{\"id\": \"moby.buildkit.trace\", \"aux\": \"GggKATEiA25vChoLCgEyIgZvdGhlcgoaFAoBMSIPG1szMW1uZXZlchtbMG0K\"}\n"
        "{\"id\": \"moby.buildkit.trace\", \"aux\": \"Ci0KATIaE1tiIDIvMl0gUlVOIHNsZWVwIDk6E2NvbnRleHQgY2FuY2VsZWQ6IHgKJAoBMRoRW2EgMi8yXSBSVU4gZmFsc2U6DGV4aXQgY29kZTogMQ==\"}\n"
        "{\"error\": \"exit code: 1\"}\n";
    struct str good = STR_INIT;
    str_printf(&good, "%s{\"id\": \"moby.image.id\", \"aux\": {\"ID\": \"sha256:12\"}}\n", trace);
    const struct engine_answer answers[] = {
        {"POST /v1.41/build?version=2&networkmode=none&rm=1&forcerm=1&dockerfile=a%2FDockerfile&target=good&labels=%7B%22lab.attempt%22%3A%221%22%7D ",
         200, good.data, 0},
        {"POST /v1.41/build?version=2&networkmode=none&rm=1&forcerm=1&dockerfile=a%2FDockerfile&target=fetch", 200,
         fetch, 0},
        {"POST /v1.41/build?version=2&networkmode=none&rm=1&forcerm=1&dockerfile=a%2FDockerfile&target=stages", 200,
         stages, 0},
        {"POST /v1.41/build?version=2&networkmode=none&rm=1&forcerm=1&dockerfile=a%2FDockerfile&target=older", 200,
         "{\"stream\": \"Step 1/2 : FROM python:9\"}\n{\"stream\": \"\\n\"}\n{\"error\": \"not found\"}\n", 0},
        {"POST /v1.41/build?version=2&networkmode=none&rm=1&forcerm=1&dockerfile=a%2FDockerfile&target=run", 200,
         "{\"stream\": \"Step 1/2 : FROM python:9\"}\n{\"stream\": \"Step 2/2 : RUN false\"}\n{\"error\": \"code 1\"}\n",
         0},
        {"POST /v1.41/build?version=2&networkmode=none&rm=1&forcerm=1&dockerfile=a%2FDockerfile&target=podman", 200,
         "{\"stream\": \"Successfully built 12ab\\n\"}\n", 0},
        {"POST /v1.41/build?version=2&networkmode=none&rm=1&forcerm=1&dockerfile=a%2FDockerfile&target=refused", 400,
         "{\"message\": \"dockerfile parse error line 3\"}", 0},
        {"POST /v1.41/build?version=2&networkmode=none&rm=1&forcerm=1&dockerfile=a%2FDockerfile&target=endless", 200,
         "ENDLESS", 0},
        {"POST /v1.41/build?version=2&networkmode=none&rm=1&forcerm=1&dockerfile=a%2FDockerfile&target=nothing", 200,
         "{}\n", 0},
        {0}};
    static const struct {
        const char *target, *image, *error, *log;
        bool unavailable;
    } rows[] = {
        {"good", "sha256:12", NULL, "[2/2] RUN false\nno\n", false},
        {"fetch", NULL, "no such host", "", true},
        {"stages", NULL, "exit code: 1", "[a 2/2] RUN false\nno\nnever\n", false},
        {"older", NULL, "not found", "Step 1/2 : FROM python:9\n", true},
        {"run", NULL, "code 1", "Step 1/2 : FROM python:9Step 2/2 : RUN false", false},
        {"podman", "12ab", NULL, "Successfully built 12ab\n", false},
        {"refused", NULL, "the container engine says: dockerfile parse error line 3", "", false},
    };
    open_docker(answers);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        scoped(docker_built) built = DOCKER_BUILT_INIT;
        assert_int_equal(build(&built, rows[i].target), 0);
        assert_int_equal(built.unavailable, rows[i].unavailable);
        assert_string_equal(built.image ? built.image : "none", rows[i].image ? rows[i].image : "none");
        assert_string_equal(built.error ? built.error : "none", rows[i].error ? rows[i].error : "none");
        assert_string_equal(built.log.data, rows[i].log);
    }
    static const char *const bad[] = {"endless", "nothing"};
    for (size_t i = 0; i < LENGTH(bad); i++) {
        scoped(docker_built) built = DOCKER_BUILT_INIT;
        assert_int_equal(build(&built, bad[i]), -1);
        assert_int_equal(err.code, ERR_ENVIRONMENT);
    }
    str_release(&good);
}

/* ---- fetching ---- */

struct fetched {
    double done, total;
};

static void note_fetched(void *context, double done, double total) {
    *(struct fetched *)context = (struct fetched){done, total};
}

static int pull(const char *image, struct fetched *fetched) {
    const struct docker_pull asked = {.image = image, .seconds = 20, .show = note_fetched, .context = fetched};
    return docker_pull(docker, &asked, &err);
}

static void test_pull(void **state) {
    (void)state;
    static const char good[] =
        "{\"status\": \"Pulling from library/redis\", \"id\": \"7\"}\r\n"
        "{\"status\": \"Pulling fs layer\", \"progressDetail\": {}, \"id\": \"aa\"}\r\n"
        "{\"status\": \"Downloading\", \"progressDetail\": {\"current\": 10, \"total\": 100}, \"id\": \"aa\"}\r\n"
        "{\"status\": \"Downloading\", \"progressDetail\": {\"current\": 5, \"total\": 50}, \"id\": \"bb\"}\r\n"
        "{\"status\": \"Download complete\", \"progressDetail\": {}, \"id\": \"aa\"}\r\n"
        "{\"status\": \"Extracting\", \"progressDetail\": {\"current\": 1, \"total\": 7}, \"id\": \"aa\"}\r\n"
        "{\"status\": \"Already exists\", \"progressDetail\": {}, \"id\": \"cc\"}\r\n";
    static const struct engine_answer answers[] = {
        {"POST /v1.41/images/create?fromImage=redis&tag=7-bookworm ", 200, good, 0},
        {"POST /v1.41/images/create?fromImage=localhost%3A5000%2Fa%2Fb&tag=latest ", 200, "{\"status\": \"x\"}\n", 0},
        {"POST /v1.41/images/create?fromImage=d&tag=sha256%3A12 ", 200, "{\"status\": \"x\"}\n", 0},
        {"POST /v1.41/images/create?fromImage=cut", 200, "{\"error\": \"unexpected\\nEOF\"}\n", 0},
        {"POST /v1.41/images/create?fromImage=none", 404, "{\"message\": \"pull access denied for none\"}", 0},
        {"POST /v1.41/images/create?fromImage=noise", 200, "<html>\n", 0},
        {"POST /v1.41/images/create?fromImage=endless", 200, "ENDLESS", 0},
        {0}};
    struct fetched fetched = {0};
    open_docker(answers);
    assert_int_equal(pull("redis:7-bookworm", &fetched), 0);
    assert_int_equal((int)fetched.done, 105);
    assert_int_equal((int)fetched.total, 150);
    assert_int_equal(pull("localhost:5000/a/b", &fetched), 0);
    assert_int_equal(pull("d@sha256:12", &fetched), 0);
    assert_int_equal(pull("cut", &fetched), -1);
    assert_string_equal(err.message, "the container engine says: unexpected EOF");
    assert_int_equal(pull("none", &fetched), -1);
    assert_non_null(strstr(err.message, "pull access denied for none"));
    assert_int_equal(pull("noise", &fetched), -1);
    assert_int_equal(pull("endless", &fetched), -1);
    assert_int_equal(pull("../etc", &fetched), -1);
}

static void test_build_late(void **state) {
    (void)state;
    static const struct engine_answer answers[] = {{"POST /v1.41/build", 200, "HANG", 0}, {0}};
    scoped(docker_built) built = DOCKER_BUILT_INIT;
    open_docker(answers);
    const struct docker_build asked = {.context = SV("tar"), .dockerfile = "Dockerfile", .seconds = 0.2};
    assert_int_equal(docker_build(docker, &asked, &built, &err), 0);
    assert_true(built.late);
    assert_string_equal(built.error, "the build was stopped after 0.2 s");
}

/* Bytes of any kind are read to their end, or given up. */
static void test_hostile_status(void **state) {
    (void)state;
    const struct sv rows[] = {SV("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
                              SV("\x0a\x7f"),
                              SV("\x0b"),
                              SV("\x80"),
                              SV("\x1a\x04\x22\x7f\x61\x61"),
                              SV("\x0a\x02\x0a\x7f")};
    scoped(docker_built) built = DOCKER_BUILT_INIT;
    struct progress *progress = mem_alloc(sizeof *progress);
    *progress = (struct progress){.built = &built};
    for (size_t i = 0; i < LENGTH(rows); i++) progress_status(progress, rows[i]);
    assert_string_equal(built.log.data, "");
    for (int i = 0; i < 100000; i++) progress_log(progress, NULL, "a line of the log\n", 18);
    assert_true(built.log.len < 130 << 10);
    assert_memory_equal(built.log.data, "a line", 6);
    progress_release(progress);
    free(progress);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, reset, reset)
    const struct CMUnitTest tests[] = {
        TEST(test_versions), TEST(test_misbehaving), TEST(test_no_engine),  TEST(test_interrupt),
        TEST(test_lists),    TEST(test_inspect),     TEST(test_names),      TEST(test_remove),
        TEST(test_stream),   TEST(test_logs),        TEST(test_wait),       TEST(test_exec),
        TEST(test_build),    TEST(test_pull),        TEST(test_build_late), TEST(test_hostile_status),
    };
    return cmocka_run_group_tests_name("docker", tests, NULL, NULL);
}
