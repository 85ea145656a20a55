#include "attempt/question.h"

#include <math.h>

#include "base/json.h"

/* What an answer comes to. */
struct judgement {
    bool right;
    const char *reason, *say;
};

/* ---- by kind ---- */

static struct judgement judge_choice(const struct question *question, const char *answer) {
    const struct choice *choice = question_choice(question, answer);
    if (!choice)
        return (struct judgement){.reason = "no-such-option", .say = "no option of this question has this name"};
    if (choice->right) return (struct judgement){.right = true};
    return (struct judgement){.reason = choice->id,
                              .say = choice->feedback ? choice->feedback : "this is not the answer"};
}

/* The first feedback that fits; `fits` is asked about those that are for one wrong answer. */
static struct judgement find_feedback(const struct question *question, const char *answer, double number,
                                      bool (*fits)(const struct question *, const struct scalar *, const char *,
                                                   double)) {
    for (size_t i = 0; i < question->feedback_count; i++) {
        const struct feedback *feedback = &question->feedback[i];
        if (feedback->near.text && !fits(question, &feedback->near, answer, number)) continue;
        return (struct judgement){.reason = feedback->reason ? feedback->reason : "wrong-answer", .say = feedback->say};
    }
    return (struct judgement){.reason = "wrong-answer", .say = "this is not the answer"};
}

static bool is_near(const struct question *question, const struct scalar *near, const char *answer, double number) {
    (void)answer;
    return fabs(number - near->number) <= question_tolerance(question, near->number);
}

static bool is_matched(const struct question *question, const struct scalar *near, const char *answer, double number) {
    (void)question;
    (void)number;
    return question_matches(near->text, answer);
}

static struct judgement judge_number(const struct question *question, const char *answer) {
    double number;
    if (!question_read_number(question, answer, &number))
        return (struct judgement){.reason = "no-number", .say = "the answer must be a number"};
    if (fabs(number - question->answer) <= question_tolerance(question, question->answer))
        return (struct judgement){.right = true};
    return find_feedback(question, answer, number, is_near);
}

static struct judgement judge_text(const struct question *question, const char *answer) {
    for (size_t i = 0; i < question->accept.count; i++)
        if (question_matches(question->accept.items[i], answer)) return (struct judgement){.right = true};
    return find_feedback(question, answer, NAN, is_matched);
}

static struct judgement judge(const struct check *check, const char *answer) {
    static struct judgement (*const judges[])(const struct question *, const char *) = {
        [CHECK_CHOICE] = judge_choice, [CHECK_NUMBER] = judge_number, [CHECK_TEXT] = judge_text};
    return judges[check->kind](&check->question, answer);
}

/* ---- outcomes ---- */

/* As one line: authors break theirs where they like. */
static json_t *line_of(const char *text) {
    scoped(str) line = STR_INIT;
    for (; *text; text++) str_append_char(&line, *text == '\n' ? ' ' : *text);
    while (line.len && line.data[line.len - 1] == ' ') line.data[--line.len] = '\0';
    return json_text(line.data, line.len);
}

static json_t *outcome_of(const char *verdict) {
    json_t *outcome = json_object();
    json_put(outcome, "verdict", json_string(verdict));
    return outcome;
}

static json_t *where(int line) {
    json_t *place = json_object();
    json_put(place, "file", json_string(ANSWERS_FILE));
    json_put(place, "line", json_integer(line));
    return place;
}

/* `shown`: what stands in the file, or NULL. */
static json_t *failed(const char *say, const char *reason, const char *shown, int line) {
    json_t *outcome = outcome_of("fail"), *failures = json_array(), *failure = json_object();
    json_put(failure, "what", line_of(say));
    json_put(failure, "expected", json_null());
    json_put(failure, "actual", json_text_or_null(shown));
    json_put(failure, "difference", json_null());
    json_put(failure, "where", line ? where(line) : json_null());
    json_put(failure, "run", json_null());
    json_put(failure, "reason", json_string(reason));
    json_put(failure, "soft", json_false());
    json_put(failure, "evidence", json_null());
    json_put(failure, "message", line_of(say));
    json_put(failure, "try", json_null());
    json_array_append_new(failures, failure);
    json_put(outcome, "message", line_of(say));
    json_put(outcome, "reason", json_string(reason));
    json_put(outcome, "failures", failures);
    return outcome;
}

/* The first line of a fault says what is wrong and where; the rest shows the place. */
static json_t *unreadable(const char *fault) {
    size_t len = strcspn(fault, "\n");
    autofree char *say = mem_copy(fault, len);
    return failed(say, "unreadable-answers", fault[len] ? fault + len + 1 : NULL, 0);
}

static json_t *unanswered(const struct answers *answers, const struct check *check) {
    scoped(str) say = STR_INIT;
    if (answers->absent)
        str_printf(&say, "there is no %s; lab answer asks the questions and writes it", ANSWERS_FILE);
    else
        str_printf(&say, "not answered yet: lab answer asks, or write it behind `%s:` in %s", check->id, ANSWERS_FILE);
    return failed(say.data, "no-answer", NULL, 0);
}

static bool can_be_right(const struct check *check) {
    if (check->kind != CHECK_CHOICE) return true;
    for (size_t i = 0; i < check->question.choice_count; i++)
        if (check->question.choices[i].right) return true;
    return false;
}

json_t *question_judge(struct answers *answers, const struct exercise *exercise, const struct check *check) {
    if (!can_be_right(check)) {
        json_t *outcome = outcome_of("broken");
        json_put(outcome, "message", json_string("no option of this question is right"));
        return outcome;
    }
    struct given_answer answer = answers_get(answers, exercise, check);
    if (answer.fault) return unreadable(answer.fault);
    if (!answer.text) return unanswered(answers, check);
    struct judgement judgement = judge(check, answer.text);
    if (!judgement.right) return failed(judgement.say, judgement.reason, answer.text, answer.line);
    json_t *outcome = outcome_of("pass");
    json_put(outcome, "value", json_text(answer.text, strlen(answer.text)));
    return outcome;
}

/* ---- reasons ---- */

bool question_gives(const struct check *check, const char *reason) {
    static const char *const always[] = {"no-answer", "unreadable-answers"};
    const struct question *question = &check->question;
    for (size_t i = 0; i < LENGTH(always); i++)
        if (!strcmp(always[i], reason)) return true;
    if (check->kind == CHECK_CHOICE) {
        const struct choice *choice = question_choice(question, reason);
        return (choice && !choice->right) || !strcmp(reason, "no-such-option");
    }
    for (size_t i = 0; i < question->feedback_count; i++)
        if (question->feedback[i].reason && !strcmp(question->feedback[i].reason, reason)) return true;
    return !strcmp(reason, "wrong-answer") || (check->kind == CHECK_NUMBER && !strcmp(reason, "no-number"));
}
