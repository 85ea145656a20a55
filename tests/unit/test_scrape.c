/* prom.scrape of the checkers, against a server in a child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_supervisor.h"
#include "tests/unit/http_server.h"

static struct http_server server;
static struct checker *checker;

/* Runs a check of that body, in which `at` is the server's address; its verdict and message must begin so. */
static void judge(const char *body, const char *verdict, const char *message) {
    struct fake fake;
    fake_open(&fake);
    autofree char *text = str_format("checks[\"c\"] = function() local at = \"http://127.0.0.1:%d/metrics\"\n%s end\n",
                                     server.port, body);
    autojson json_t *exercise = json_pack("{s:s}", "network", "loopback");
    struct checker_task task = {.name = "checker.lua",
                                .text = {text, strlen(text)},
                                .check = "c",
                                .seed = 7,
                                .processor = 5,
                                .exercise = exercise};
    autojson json_t *outcome = fake_work(&fake, checker, task);
    fake_close(&fake);
    assert_non_null(outcome);
    autofree char *wanted = message ? str_format("http://127.0.0.1:%d/metrics%s", server.port, message) : NULL;
    const char *said = json_get_string(outcome, "message", "");
    if (strcmp(json_get_string(outcome, "verdict", ""), verdict) != 0 || (wanted && strcmp(said, wanted) != 0))
        fail_msg("%s: %s", json_get_string(outcome, "verdict", "no verdict"), said);
}

static void test_pages(void **state) {
    (void)state;
    judge("expect(prom.scrape(at):value(\"n\", {a = \"b\"})):equals(4)", "pass", NULL);
    judge("expect(prom.scrape(at .. \"/open\", {timeout = 5}):value(\"n_total\")):equals(5)", "pass", NULL);
}

static void test_what_is_no_page(void **state) {
    (void)state;
    judge("prom.scrape(at .. \"/cut\")", "fail", "/cut:3: # EOF is missing");
    judge("prom.scrape(at .. \"/json\")", "fail", "/json: the content type is \"application/json\", not text/plain");
    judge("prom.scrape(at .. \"/wrong\")", "fail", "/wrong:2: the value is no number: \"one\"");
    judge("prom.scrape(at .. \"/../status/404\")", "fail", "/../status/404: the status is 404");
    judge("prom.scrape(at .. \"/../close\")", "fail", "/../close: Empty reply from server");
}

static int start(void **state) {
    (void)state;
    server_start(&server);
    struct err err = ERR_INIT;
    if (!checker_new(&checker, 0, &err)) return 0;
    print_error("%s\n", err.message);
    return -1;
}

static int stop(void **state) {
    (void)state;
    checker_free(checker);
    server_stop(&server);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pages), cmocka_unit_test(test_what_is_no_page)};
    return cmocka_run_group_tests(tests, start, stop);
}
