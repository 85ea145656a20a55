/* Services of a course: what docker-compose.yml declares, and its faults. */

#include "course/services.h"
#include "tests/unit/course_fixture.h"

#define GOOD \
    "x-common: &common\n  restart: \"no\"\n" \
    "services:\n" \
    "  web:\n" \
    "    <<: *common\n" \
    "    image: web:1\n" \
    "    depends_on: {store: {condition: service_started}}\n" \
    "    ports: [\"127.0.0.1:${WEB_PORT:-8000}:8000\"]\n" \
    "    x-lab:\n" \
    "      title: A web server\n" \
    "      native: [python, \"{shared}/clock.py\", --port, \"{port}\"]\n" \
    "      port: 8000\n" \
    "      ready: {http: /health, within: 20}\n" \
    "      env: [A=1]\n" \
    "      gives: [\"WEB_URL=http://127.0.0.1:{port}/x\"]\n" \
    "  store:\n" \
    "    build: .\n" \
    "    ports: [\"6379:6379\"]\n" \
    "    x-lab: {title: A store, port: 6379, ready: {tcp: true}}\n" \
    "  other:\n" \
    "    image: other\n" \
    "    ports: [8001]\n"

static void test_declared(void **state) {
    struct course_fixture *fixture = *state;
    const struct services *services;
    fixture_write(fixture, COMPOSE_FILE, GOOD);
    assert_int_equal(fixture_open(fixture), 0);
    assert_int_equal(course_services(&services, fixture->course, &fixture->err), 0);
    assert_int_equal(services->count, 2);
    const struct service *web = services_find(services, "web");
    assert_string_equal(web->image, "web:1");
    assert_true(web->has_image);
    assert_int_equal(web->needs.count, 1);
    assert_string_equal(web->needs.items[0], "store");
    assert_true(web->ready.within > 19 && web->ready.within < 21);
    assert_false(services_find(services, "store")->has_image);
    assert_null(services_find(services, "other"));
    scoped(arena) arena = ARENA_INIT;
    struct service_place place = {.port = 41000, .data = "/d", .shared = "/s"};
    const char **words = service_words(&arena, &web->native, &place);
    assert_string_equal(words[1], "/s/clock.py");
    assert_string_equal(words[3], "41000");
    assert_null(words[4]);
    assert_string_equal(service_word(&arena, web->gives.items[0], &place), "WEB_URL=http://127.0.0.1:41000/x");
}

static void test_without_file(void **state) {
    struct course_fixture *fixture = *state;
    const struct services *services;
    assert_int_equal(fixture_open(fixture), 0);
    assert_int_equal(course_services(&services, fixture->course, &fixture->err), 0);
    assert_int_equal(services->count, 0);
}

static const struct {
    const char *from, *to, *message; /* behind "docker-compose.yml:" */
} faults[] = {
    {"      native:", "      nativ:", "11:7: unknown key 'nativ', did you mean 'native'?"},
    {"http: /health, ", "", "13:14: 'ready' needs one of http, tcp and exec, or nobody ever knows"},
    {"http: /health", "http: /health, tcp: true", "13:14: 'ready' needs one of http, tcp and exec, not several"},
    {"http: /health", "http: health", "13:14: the path 'health' does not begin with '/': nothing would ever answer it"},
    {"within: 20", "within: 0", "13:38: 'within' must be from 1 to 600, not 0"},
    {"{port}/x", "{prot}", "15:15: nothing fills in '{prot}': there are {port}, {data} and {shared}"},
    {"[A=1]", "[1A=1]", "14:13: '1A=1' is no variable: NAME=value"},
    {"clock.py", "clok.py", "11:15: there is no exercises/shared/clok.py"},
    {"      native: [", "      python: ml2\n      native: [",
     "11:15: no environment 'ml2': there is no exercises/environments/ml2/requirements.lock"},
    {"port: 6379", "port: 8000", "19:35: port 8000 is web's already: an attempt could not have both"},
    {"[8001]", "[\"127.0.0.1:6379:1\"]", "22:13: port 6379 of the machine is store's already"},
    {"{store: {condition", "{stoer: {condition", "7:17: web depends on 'stoer', which is no service with x-lab here"},
    {"    build: .", "    build: .\n    depends_on: [web]",
     "7:17: services depend on each other in a cycle through web"},
    {"  store:\n    build: .", "  store:", "16:3: store has neither 'native' nor an image: nothing runs it"},
    {"  web:\n", "  Web:\n", "4:3: 'Web' is no id: lower-case letters, digits and single dashes"},
    {"services:\n", "services: [\n", "3:11: the list that begins here with '[' has no ']', or lacks a ','"},
};

static void test_faults(void **state) {
    struct course_fixture *fixture = *state;
    for (size_t i = 0; i < LENGTH(faults); i++) {
        autofree char *text = replaced(GOOD, faults[i].from, faults[i].to);
        const struct services *services;
        fixture_write(fixture, COMPOSE_FILE, text);
        assert_int_equal(fixture_open(fixture), 0);
        for (int again = 0; again < 2; again++) { /* told each time */
            assert_int_equal(course_services(&services, fixture->course, &fixture->err), -1);
            autofree char *expected = str_format(COMPOSE_FILE ":%s", faults[i].message);
            if (strncmp(fixture->err.message, expected, strlen(expected)) != 0)
                fail_msg("expected\n%s\ngot\n%s", expected, fixture->err.message);
        }
    }
}

static void require(const struct course_fixture *fixture, const char *line) {
    autofree char *text = str_format("%s%s\n", EXERCISE_TEXT, line);
    fixture_write(fixture, "exercises/first/exercise.yaml", text);
}

/* Services that depend on each other: on one for containers only, on one for play only, and nine in a row. */
#define CHAINS \
    "services:\n" \
    "  store: {image: x, x-lab: {title: A store, port: 7998, ready: {tcp: true}}}\n" \
    "  toy: {x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 7999, play_only: true}}\n" \
    "  web: {depends_on: [cache], x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8000}}\n" \
    "  cache: {x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8001}}\n" \
    "  above: {depends_on: [middle], x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8002}}\n" \
    "  middle: {depends_on: [store], x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8003}}\n" \
    "  player: {depends_on: [toy], x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8004}}\n" \
    "  c1: {x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8011}}\n" \
    "  c2: {depends_on: [c1], x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8012}}\n" \
    "  c3: {depends_on: [c2], x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8013}}\n" \
    "  c4: {depends_on: [c3, c2], x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8014}}\n" \
    "  c5: {depends_on: [c4], x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8015}}\n" \
    "  c6: {depends_on: [c5], x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8016}}\n" \
    "  c7: {depends_on: [c6], x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8017}}\n" \
    "  c8: {depends_on: [c7], x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8018}}\n" \
    "  c9: {depends_on: [c8], x-lab: {title: A service, native: [sh], ready: {tcp: true}, port: 8019}}\n"

static const struct {
    const char *line, *message;
} required[] = {
    {"requires: {services: [web]}", NULL},
    {"requires: {services: [wbe]}", "18:23: no service 'wbe', did you mean 'web'?"},
    {"requires: {services: [store]}",
     "18:23: the service 'store' has no 'native' in docker-compose.yml: an attempt could not start it"},
    {"requires: {services: [web, above]}",
     "18:28: the service 'above' depends on 'store', which has no 'native' in docker-compose.yml: an attempt could not "
     "start it"},
    {"requires: {services: [toy]}", "18:23: the service 'toy' is for play only"},
    {"requires: {services: [player]}", "18:23: the service 'player' depends on 'toy', which is for play only"},
    {"requires: {services: [c8, c7]}", NULL},
    {"requires: {services: [c8, web]}",
     "18:22: with those that they depend on these are 10 services: an attempt can have 8 at most"},
    {"requires: {services: [c9]}",
     "18:22: with those that they depend on these are 9 services: an attempt can have 8 at most"},
    {"requires: {services: [web]}\nbox: {network: none}",
     "18:22: services are reached by the box's loopback: 'network' must be loopback"},
};

static void test_required(void **state) {
    struct course_fixture *fixture = *state;
    fixture_write(fixture, COMPOSE_FILE, CHAINS);
    for (size_t i = 0; i < LENGTH(required); i++) {
        require(fixture, required[i].line);
        assert_int_equal(fixture_open(fixture), 0);
        const struct exercise *exercise = course_exercise(fixture->course, "first", &fixture->err);
        if (!required[i].message) {
            assert_non_null(exercise);
            continue;
        }
        assert_null(exercise);
        autofree char *expected = str_format("exercises/first/exercise.yaml:%s", required[i].message);
        if (strncmp(fixture->err.message, expected, strlen(expected)) != 0)
            fail_msg("expected\n%s\ngot\n%s", expected, fixture->err.message);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_declared),
        TEST(test_without_file),
        TEST(test_faults),
        TEST(test_required),
    };
    return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
