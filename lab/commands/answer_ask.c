/* Asking the questions of an exercise on the terminal, one after the other. */

#include <stdlib.h>

#include "commands/answer.h"

enum { LINE_SIZE = 4096 };

static void say(const struct sheet *sheet, const char *label, const char *text) {
    scoped(str) shown = STR_INIT;
    term_wrap(&shown, text, sheet->context->err.width, term_columns(label, strlen(label)));
    fprintf(stderr, "%s%s\n", label, shown.data);
}

static void show_question(struct sheet *sheet, const struct check *check, size_t number, size_t count) {
    const struct question *question = &check->question;
    const struct term *term = &sheet->context->err;
    scoped(str) title = STR_INIT;
    autofree char *whole = str_format("%zu of %zu  %s: %s", number, count, check->id, check->title);
    term_cut(&title, term, whole, term->width);
    fprintf(stderr, "%s%s%s\n", term_on(term, STYLE_STRONG), title.data, term_off(term));
    say(sheet, "", question->asks);
    for (size_t i = 0; i < question->choice_count; i++) {
        autofree char *label = str_format("  %2zu  ", i + 1);
        say(sheet, label, question->choices[i].text);
    }
    struct given_answer now = answers_get(&sheet->answers, sheet->target.exercise, check);
    if (now.text) say(sheet, "now: ", now.text);
}

static void prompt(const struct question *question) {
    scoped(str) unit = STR_INIT;
    if (question->unit) term_escape(&unit, question->unit, strlen(question->unit), false);
    if (question->choice_count)
        fprintf(stderr, "answer, 1 to %zu (Enter goes on without): ", question->choice_count);
    else
        fprintf(stderr, "answer%s%s (Enter goes on without): ", question->unit ? " in " : "", unit.data);
}

/* The next line without its end; false when the input has ended. */
static bool read_line(char line[LINE_SIZE]) {
    if (!fgets(line, LINE_SIZE, stdin)) return false;
    size_t len = strcspn(line, "\n");
    bool cut = line[len] != '\n';
    for (int c = 0; cut && c != '\n' && c != EOF;) c = getchar(); /* the rest of one that is too long */
    line[len] = '\0';
    return true;
}

/* Asks until there is an answer, or none is wanted. *ended: no more will come. */
static int ask_one(struct sheet *sheet, const struct check *check, bool *ended, struct err *err) {
    char line[LINE_SIZE];
    for (;;) {
        struct err fault = ERR_INIT;
        autofree char *value = NULL, *before = NULL;
        prompt(&check->question);
        *ended = !read_line(line);
        if (*ended || !line[strspn(line, " \t")]) return 0;
        if (!answer_read(&value, check, line, &fault)) return answer_write(sheet, check, value, &before, err);
        say(sheet, "", fault.message);
    }
}

static void report(struct sheet *sheet, size_t count) {
    const struct exercise *exercise = sheet->target.exercise;
    size_t answered = 0;
    for (size_t i = 0; i < exercise->check_count; i++)
        if (exercise->checks[i].kind != CHECK_LUA)
            answered += answers_get(&sheet->answers, exercise, &exercise->checks[i]).text != NULL;
    printf("%zu of %zu questions are answered in %s\nNext:   lab check\n", answered, count, ANSWERS_FILE);
}

int answer_ask(struct sheet *sheet, struct err *err) {
    const struct exercise *exercise = sheet->target.exercise;
    size_t count = 0, number = 0;
    if (!command_asks()) {
        err_set(err, ERR_USAGE, "questions are asked on a terminal, and this is none");
        return err_help(err, "lab answer CHECK VALUE gives one answer, lab answer --json lists the questions");
    }
    for (size_t i = 0; i < exercise->check_count; i++) count += exercise->checks[i].kind != CHECK_LUA;
    bool ended = false;
    for (size_t i = 0; i < exercise->check_count && !ended; i++) {
        const struct check *check = &exercise->checks[i];
        if (check->kind == CHECK_LUA) continue;
        show_question(sheet, check, ++number, count);
        if (ask_one(sheet, check, &ended, err)) return -1;
        fputc('\n', stderr);
    }
    report(sheet, count);
    return 0;
}
