#include "attempt/event.h"

const char *attempt_verdict_name(enum attempt_verdict verdict) {
    static const char *const names[] = {
        [ATTEMPT_PASS] = "pass",     [ATTEMPT_FAIL] = "fail",       [ATTEMPT_BLOCKED] = "blocked",
        [ATTEMPT_BROKEN] = "broken", [ATTEMPT_UNTRIED] = "untried", [ATTEMPT_INTERRUPTED] = "interrupted",
    };
    return names[verdict];
}

const char *service_state_name(enum service_state state) {
    static const char *const names[] = {
        [SERVICE_STARTING] = "starting", [SERVICE_READY] = "ready", [SERVICE_FAILED] = "failed"};
    return names[state];
}

int attempt_exit_code(enum attempt_verdict verdict) {
    static const int codes[] = {
        [ATTEMPT_PASS] = 0,
        [ATTEMPT_FAIL] = 1,
        [ATTEMPT_UNTRIED] = 1,
        [ATTEMPT_BLOCKED] = ERR_ENVIRONMENT,
        [ATTEMPT_BROKEN] = ERR_INTERNAL,
        [ATTEMPT_INTERRUPTED] = ERR_INTERRUPTED,
    };
    return codes[verdict];
}
