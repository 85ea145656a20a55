/* Questions: answers that are right, told apart, explained when they are wrong, and not given away by the lesson. */

#include <ctype.h>

#include "author/lint_rules.h"

enum { WORDS_LEAST = 4 /* bytes of an answer that is looked for in the lesson; shorter ones stand everywhere */ };

/* A question that is being looked at. */
struct asked {
    struct lint *lint;
    const struct check *check;
    const struct yaml_node *node;
    size_t index;
};

#define FAULT(asked, code, at, ...) lint_add((asked)->lint, code, (asked)->lint->exercise->file, at, __VA_ARGS__)

static struct yaml_position option_at(const struct asked *asked, size_t index) {
    const struct yaml_node *options = yaml_get(asked->node, "options");
    return options && index < options->count ? options->items[index].at : asked->check->at;
}

/* ---- choices ---- */

static void judge_right(const struct asked *asked) {
    const struct question *question = &asked->check->question;
    size_t right = 0;
    for (size_t i = 0; i < question->choice_count; i++) right += question->choices[i].right;
    if (right && right < question->choice_count) return;
    FAULT(asked, "E111", lint_check_at(asked->lint, asked->index, "options"), "%s option of %s is right",
          right ? "every" : "no", asked->check->id);
}

static void judge_options(const struct asked *asked) {
    const struct question *question = &asked->check->question;
    for (size_t i = 0; i < question->choice_count; i++) {
        const struct choice *choice = &question->choices[i];
        for (size_t k = 0; k < i; k++) {
            if (!question_same_text(question->choices[k].text, choice->text)) continue;
            FAULT(asked, "E112", option_at(asked, i), "the options '%s' and '%s' say the same", question->choices[k].id,
                  choice->id);
            break;
        }
        if (!choice->right && !choice->feedback)
            FAULT(asked, "W113", option_at(asked, i), "who chooses '%s' is not told why it is wrong", choice->id);
    }
}

/* ---- the lesson ---- */

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_' || (c & 0x80); }

/* Whether the words stand in the text by themselves. Both as answers are compared. */
static bool stands_in(const struct str *text, const char *words) {
    size_t len = strlen(words);
    if (len < WORDS_LEAST) return false;
    for (const char *at = text->data; (at = strstr(at, words)); at++)
        if ((at == text->data || !is_word(at[-1])) && !is_word(at[len])) return true;
    return false;
}

static void judge_leak(const struct asked *asked, const struct str *lesson, const char *answer, const char *key) {
    scoped(str) words = STR_INIT;
    question_normalise(&words, answer);
    if (stands_in(lesson, words.data))
        FAULT(asked, "W114", lint_check_at(asked->lint, asked->index, key),
              "the lesson holds the right answer to %s: %s", asked->check->id, words.data);
}

static void judge_leaks(const struct asked *asked, const struct str *lesson) {
    const struct question *question = &asked->check->question;
    for (size_t i = 0; i < question->choice_count; i++)
        if (question->choices[i].right) judge_leak(asked, lesson, question->choices[i].text, "options");
    for (size_t i = 0; i < question->accept.count; i++)
        if (!strchr(question->accept.items[i], '*')) judge_leak(asked, lesson, question->accept.items[i], "accept");
    if (asked->check->kind != CHECK_NUMBER) return;
    autofree char *number =
        str_format("%.15g%s%s", question->answer, question->unit ? " " : "", question->unit ? question->unit : "");
    judge_leak(asked, lesson, number, "answer");
}

/* ---- all of them ---- */

static void judge_question(const struct asked *asked, const struct str *lesson) {
    if (asked->check->kind == CHECK_CHOICE) {
        judge_right(asked);
        judge_options(asked);
    } else if (!asked->check->question.feedback_count) {
        FAULT(asked, "W113", asked->check->at, "who answers %s wrongly is told no more than that", asked->check->id);
    }
    judge_leaks(asked, lesson);
}

void lint_questions(struct lint *lint) {
    const struct exercise *exercise = lint->exercise;
    const struct lint_file *lesson = lint_file(lint, "README.md");
    const struct yaml_node *checks = yaml_get(lint->root, "checks");
    scoped(str) text = STR_INIT;
    if (!exercise_asks(exercise)) return;
    if (lesson && lesson->is_text && lint_may_search(lint, lesson)) question_normalise(&text, lesson->text.data);
    for (size_t i = 0; i < exercise->check_count && checks && i < checks->count; i++) {
        const struct asked asked = {lint, &exercise->checks[i], &checks->items[i], i};
        if (asked.check->kind != CHECK_LUA) judge_question(&asked, &text);
    }
}
