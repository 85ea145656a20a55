#include "attempt/event.h"

const char *attempt_verdict_name(enum attempt_verdict verdict) {
    static const char *const names[] = {
        [ATTEMPT_PASS] = "pass",     [ATTEMPT_FAIL] = "fail",       [ATTEMPT_BLOCKED] = "blocked",
        [ATTEMPT_BROKEN] = "broken", [ATTEMPT_UNTRIED] = "untried", [ATTEMPT_INTERRUPTED] = "interrupted",
    };
    return names[verdict];
}
