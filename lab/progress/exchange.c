#include "progress/exchange.h"

#include <string.h>

#include "base/mem.h"

#define COUNT_ANY  1000000000
#define MOMENT_ANY 253402300799999999 /* the end of the year 9999 */
enum { PATH_BYTES = 16384, SAY_BYTES = 1 << 20, REASON_BYTES = 1 << 16, TREE_BYTES = 64, POINTS_ANY = 1000000 };
enum { RECORDS_ANY = 100000, CHECKS_ANY = 256 };

static const struct field attempt_fields[] = {
    {"identity", FIELD_IDENTITY, false, 0, 0, 1},
    {"course", FIELD_TEXT, false, 0, PATH_BYTES, 1},
    {"exercise", FIELD_KEY, false, 0, 0, 1},
    {"workspace", FIELD_TEXT, false, 0, PATH_BYTES, 1},
    {"tree", FIELD_TEXT, false, 0, TREE_BYTES, 1},
    {"number", FIELD_INTEGER, false, 0, COUNT_ANY, 1},
    {"seed", FIELD_INTEGER, false, INT64_MIN, INT64_MAX, 1},
    {"began", FIELD_INTEGER, false, 0, MOMENT_ANY, 1},
    {"seconds", FIELD_REAL, true, 0, COUNT_ANY, 1},
    {"verdict", FIELD_ATTEMPT_VERDICT, true, 0, 0, 1},
    {"fingerprint", FIELD_HASH, true, 0, 0, 2},
    {"whole", FIELD_FLAG, true, 0, 0, 3},
};
static const struct field check_fields[] = {
    {"id", FIELD_NAME, false, 0, 0, 1},
    {"verdict", FIELD_VERDICT, false, 0, 0, 1},
    {"points", FIELD_INTEGER, false, 0, POINTS_ANY, 1},
    {"possible", FIELD_INTEGER, false, 0, POINTS_ANY, 1},
    {"reason", FIELD_TEXT, true, 0, REASON_BYTES, 1},
    {"seconds", FIELD_REAL, false, 0, COUNT_ANY, 1},
};
static const struct field opened_fields[] = {
    {"exercise", FIELD_KEY, false, 0, 0, 1},
    {"workspace", FIELD_TEXT, false, 0, PATH_BYTES, 1},
    {"time", FIELD_INTEGER, false, 0, MOMENT_ANY, 1},
};
static const struct field hint_fields[] = {
    {"exercise", FIELD_KEY, false, 0, 0, 1},
    {"say", FIELD_TEXT, false, 0, SAY_BYTES, 1},
    {"check", FIELD_NAME, false, 0, 0, 1},
    {"time", FIELD_INTEGER, false, 0, MOMENT_ANY, 1},
};

/* An attempt that is known already changes nothing, save that one known as unfinished may turn out to be finished. */
const struct record exchange_attempts = {
    .list = "attempts",
    .fields = attempt_fields,
    .count = LENGTH(attempt_fields),
    .most = RECORDS_ANY,
    .select =
        "SELECT identity, course, exercise, workspace, tree, number, seed, began, seconds, verdict, fingerprint, whole, id"
        " FROM attempts ORDER BY began, identity",
    .insert =
        "INSERT INTO attempts (identity, course, exercise, workspace, tree, number, seed, began, seconds, verdict,"
        " fingerprint, whole) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (identity) DO UPDATE"
        " SET seconds = excluded.seconds, verdict = excluded.verdict"
        " WHERE attempts.verdict IS NULL AND excluded.verdict IS NOT NULL",
};

const struct record exchange_checks = {
    .list = "checks",
    .fields = check_fields,
    .count = LENGTH(check_fields),
    .most = CHECKS_ANY,
    .select = "SELECT id, verdict, points, possible, reason, seconds FROM checks WHERE attempt = ? ORDER BY position",
    .insert = "INSERT INTO checks (attempt, position, id, verdict, points, possible, reason, seconds)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
};

/* Of two times, the first counts. */
const struct record exchange_opened = {
    .list = "opened",
    .fields = opened_fields,
    .count = LENGTH(opened_fields),
    .most = RECORDS_ANY,
    .select = "SELECT exercise, workspace, time FROM opened ORDER BY time, exercise, workspace",
    .insert = "INSERT INTO opened (exercise, workspace, time) VALUES (?, ?, ?)"
              " ON CONFLICT DO UPDATE SET time = excluded.time WHERE excluded.time < opened.time",
};

const struct record exchange_hints = {
    .list = "hints",
    .fields = hint_fields,
    .count = LENGTH(hint_fields),
    .most = RECORDS_ANY,
    .select = "SELECT exercise, say, \"check\", time FROM hints ORDER BY time, exercise, say",
    .insert = "INSERT INTO hints (exercise, say, \"check\", time) VALUES (?, ?, ?, ?)"
              " ON CONFLICT DO UPDATE SET time = excluded.time WHERE excluded.time < hints.time",
};

bool exchange_knows_verdict(const char *name) {
    static const char *const names[] = {"pass", "fail", "blocked", "broken", "untried", "interrupted"};
    for (size_t i = 0; i < LENGTH(names); i++)
        if (!strcmp(names[i], name)) return true;
    return false;
}
