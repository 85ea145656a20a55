#include "course/verdict.h"

#include <string.h>

static const char *const names[VERDICT_COUNT] = {
    [VERDICT_PASS] = "pass",       [VERDICT_FAIL] = "fail",     [VERDICT_TIMEOUT] = "timeout",
    [VERDICT_BLOCKED] = "blocked", [VERDICT_BROKEN] = "broken", [VERDICT_UNTRIED] = "untried",
};

const char *verdict_name(enum verdict verdict) { return names[verdict]; }

bool verdict_is_failure(enum verdict verdict) { return verdict == VERDICT_FAIL || verdict == VERDICT_TIMEOUT; }

bool verdict_parse(const char *name, enum verdict *verdict) {
    for (int i = 0; i < VERDICT_COUNT; i++) {
        if (strcmp(names[i], name) != 0) continue;
        *verdict = (enum verdict)i;
        return true;
    }
    return false;
}
