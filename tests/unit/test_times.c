/* In what order trials begin. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <unistd.h>

#include "author/times.h"
#include "base/beneath.h"
#include "base/fs.h"
#include "base/json.h"

static const struct exercise exercise = {.id = "seed-it"};

static void plan(struct proof *proof, const char *const *names, size_t count) {
    *proof = (struct proof){.exercise = &exercise};
    for (size_t i = 0; i < count; i++) *array_push(&proof->cases) = (struct proof_case){.name = names[i]};
}

static char *order_of(struct proof *proof, const char *cache) {
    scoped(turns) turns = {0};
    scoped(str) text = STR_INIT;
    turns_add(&turns, proof, cache);
    turns_sort(&turns);
    for (size_t i = 0; i < turns.list.count; i++) str_printf(&text, "%s ", turns.list.items[i].one->name);
    return str_steal(&text);
}

static void assert_order(struct proof *proof, const char *cache, const char *expected) {
    autofree char *order = order_of(proof, cache);
    assert_string_equal(order, expected);
}

static void take(struct proof *proof, size_t index, double seconds) {
    proof->cases.items[index].task.result = json_pack("{s:s, s:f}", "verdict", "pass", "took", seconds);
}

static void forget(struct proof *proof) {
    for (size_t i = 0; i < proof->cases.count; i++) json_decref(steal(&proof->cases.items[i].task.result));
}

static void longest_first(void **state) {
    static const char *const names[] = {"start", "solution", "wrong/a", "wrong/b", "killed"};
    static const double seconds[] = {1, 4, 2.5, 4, 0.25};
    const char *cache = *state;
    struct proof proof;
    plan(&proof, names, LENGTH(names));
    assert_order(&proof, cache, "start solution wrong/a wrong/b killed "); /* nothing is known */
    for (size_t i = 0; i < LENGTH(names); i++) take(&proof, i, seconds[i]);
    times_keep(&proof, cache);
    assert_order(&proof, cache, ""); /* all have their result */
    forget(&proof);
    assert_order(&proof, cache, "solution wrong/b wrong/a start killed ");
    proof_release(&proof);
}

static void unknown_ones_before(void **state) {
    static const char *const names[] = {"start", "wrong/new", "solution", "wrong/newer"};
    const char *cache = *state;
    struct proof proof;
    plan(&proof, names, LENGTH(names));
    take(&proof, 0, 1);
    take(&proof, 2, 3);
    times_keep(&proof, cache);
    forget(&proof);
    assert_order(&proof, cache, "wrong/new wrong/newer solution start ");
    take(&proof, 1, 2); /* of a run of this one alone: the others stay known */
    times_keep(&proof, cache);
    forget(&proof);
    assert_order(&proof, cache, "wrong/newer solution wrong/new start ");
    proof_release(&proof);
}

static void nonsense_is_unknown(void **state) {
    static const char *const names[] = {"start", "solution"}, *const texts[] = {"", "[1]", "{",
                                                                                "{\"solution\": \"long\"}",
                                                                                "{\"solution\": -3}"};
    const char *cache = *state;
    struct err err = ERR_INIT;
    struct proof proof;
    plan(&proof, names, LENGTH(names));
    autofree char *folder = str_format("%s/proofs", cache);
    autofree char *path = str_format("%s/seed-it.times.json", folder);
    assert_int_equal(fs_make_directories(folder, &err), 0);
    for (size_t i = 0; i < LENGTH(texts); i++) {
        assert_int_equal(fs_write(path, texts[i], strlen(texts[i]), &err), 0);
        assert_order(&proof, cache, "start solution ");
    }
    proof_release(&proof);
}

static int make_cache(void **state) {
    char *path = mem_copy_string("/tmp/lab-times-XXXXXX");
    *state = path;
    return mkdtemp(path) ? 0 : -1;
}

static int remove_cache(void **state) {
    int failed = beneath_remove_at(*state);
    free(*state);
    return failed;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_cache, remove_cache)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(longest_first), TEST(unknown_ones_before), TEST(nonsense_is_unknown)};
    return cmocka_run_group_tests_name("times", tests, NULL, NULL);
}
