#include <math.h>
#include <stdlib.h>

#include "attempt/question.h"
#include "attempt/supervisor.h"
#include "base/json.h"

/* A bonus counts only when its checker is at fault. */
static void count_verdict(struct attempt_summary *summary, const struct check_result *result) {
    if (result->check->bonus && result->verdict != VERDICT_BROKEN) return;
    size_t *counters[VERDICT_COUNT] = {
        [VERDICT_PASS] = &summary->passed,    [VERDICT_FAIL] = &summary->failed,
        [VERDICT_TIMEOUT] = &summary->failed, [VERDICT_BLOCKED] = &summary->blocked,
        [VERDICT_BROKEN] = &summary->broken,  [VERDICT_UNTRIED] = &summary->failed,
    };
    ++*counters[result->verdict];
    summary->points += result->points;
    summary->possible += result->check->points;
}

static void settle(struct supervisor *s, size_t index, const struct check_result *result) {
    schedule_finish(&s->schedule, index, result->verdict);
    count_verdict(&s->summary, result);
    supervisor_tell(s, (struct event){.kind = EVENT_CHECK_DONE, .result = result});
}

void settle_blocked(struct supervisor *s, size_t index, const char *blocked_by) {
    autofree char *message = str_format("waits for %s", blocked_by);
    settle(s, index,
           &(struct check_result){.check = &s->schedule.exercise->checks[index],
                                  .verdict = VERDICT_BLOCKED,
                                  .message = message,
                                  .blocked_by = blocked_by});
}

void settle_lacking(struct supervisor *s, size_t index, const struct lack *lack) {
    settle(s, index,
           &(struct check_result){.check = &s->schedule.exercise->checks[index],
                                  .verdict = VERDICT_BLOCKED,
                                  .message = lack->message,
                                  .reason = lack->reason});
}

void settle_broken(struct supervisor *s, size_t index, const char *message) {
    settle(s, index,
           &(struct check_result){
               .check = &s->schedule.exercise->checks[index], .verdict = VERDICT_BROKEN, .message = message});
}

void settle_outcome(struct supervisor *s, size_t index, const json_t *done) {
    const json_t *outcome = json_object_get(done, "outcome");
    const struct check *check = &s->schedule.exercise->checks[index];
    struct check_result result = {
        .check = check,
        .score = json_get_number(outcome, "score", 0),
        .seconds = json_get_number(done, "seconds", 0),
        .kept = json_get_string(done, "kept", NULL),
        .value = json_object_get(outcome, "value"),
    };
    if (!verdict_parse(json_get_string(outcome, "verdict", ""), &result.verdict) || result.verdict == VERDICT_UNTRIED) {
        settle_broken(s, index, "the checker's process gave no verdict");
        return;
    }
    if (check->kind == CHECK_LUA && verdict_is_failure(result.verdict) && has_lost_services(s)) {
        settle_broken(s, index, s->services_fault);
        return;
    }
    if (s->interrupted) return; /* what the look would have shown is not known */
    if (result.verdict == VERDICT_PASS) result.score = 1;
    if (result.verdict != VERDICT_PASS && result.verdict != VERDICT_FAIL) result.score = 0;
    if (!(result.score >= 0 && result.score <= 1)) result.score = 0;
    result.points = (int)floor(check->points * result.score + 1e-9);
    if (!check->hidden || result.verdict == VERDICT_BROKEN) {
        result.message = json_get_string(outcome, "message", NULL);
        result.reason = json_get_string(outcome, "reason", NULL);
        result.failures = json_object_get(outcome, "failures");
    }
    s->slots[index].value = json_incref(json_object_get(outcome, "value"));
    settle(s, index, &result);
}

void settle_question(struct supervisor *s, size_t index) {
    const struct exercise *exercise = s->schedule.exercise;
    autojson json_t *done = json_object();
    json_put(done, "outcome", question_judge(&s->attempt->answers, exercise, &exercise->checks[index]));
    settle_outcome(s, index, done);
}
