/* lab answer [EX] [CHECK VALUE]: answers the questions of an exercise in answers.yaml. Whether they are right says `lab check`. */

#include "commands/answer.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/json.h"
#include "commands/commands.h"

struct answer_values {
    const char *directory;
};

static const struct option items[] = {
    {"dir", 0, OPTION_TEXT, offsetof(struct answer_values, directory), "DIR", "where the workspace lies", 0, 0},
};
const struct options answer_options = {items, LENGTH(items), sizeof(struct answer_values)};

static void sheet_release(struct sheet *sheet) {
    answers_release(&sheet->answers);
    if (sheet->folder >= 0) close(sheet->folder);
    target_release(&sheet->target);
}

static int open_sheet(struct sheet *sheet, const char *id, const char *directory, struct err *err) {
    if (command_started(sheet->context, id, directory, &sheet->target, err)) return -1;
    const struct exercise *exercise = sheet->target.exercise;
    if (!exercise_asks(exercise)) {
        err_set(err, ERR_USAGE, "%s asks no questions: its checks run your work", exercise->id);
        return err_help(err, "lab check %s", exercise->name);
    }
    sheet->folder = open(sheet->target.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (sheet->folder < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open %s", sheet->target.directory);
    answers_read(&sheet->answers, sheet->folder);
    return 0;
}

/* ---- one answer ---- */

static const struct check *find_question(const struct exercise *exercise, const char *id, struct err *err) {
    array(const char *) ids = {0};
    const struct check *check = exercise_check(exercise, id);
    if (check && check->kind != CHECK_LUA) return check;
    for (size_t i = 0; i < exercise->check_count; i++)
        if (exercise->checks[i].kind != CHECK_LUA) *array_push(&ids) = exercise->checks[i].id;
    const char *nearest = check ? NULL : string_nearest(id, ids.items, ids.count);
    array_free(&ids);
    if (check)
        err_set(err, ERR_USAGE, "%s is no question: it runs your work", id);
    else
        err_set(err, ERR_USAGE, "%s has no question '%s'%s%s%s", exercise->id, id, nearest ? ", did you mean '" : "",
                nearest ? nearest : "", nearest ? "'?" : "");
    err_help(err, "lab answer --json lists the questions");
    return NULL;
}

static void print_written(const struct sheet *sheet, const struct check *check, const char *value, const char *before) {
    if (sheet->context->json) {
        autojson json_t *object = json_object();
        json_put(object, "event", json_string("answer"));
        json_put(object, "exercise", json_string(sheet->target.exercise->id));
        json_put(object, "check", json_string(check->id));
        json_put(object, "answer", json_text_or_null(value));
        json_put(object, "before", json_text_or_null(before));
        json_put(object, "file", json_string(ANSWERS_FILE));
        json_print_line(object);
    } else if (!sheet->context->quiet) {
        scoped(str) shown = STR_INIT;
        term_escape(&shown, value, strlen(value), false);
        printf("%s: %s, written to %s\nNext:   lab check\n", check->id, shown.data, ANSWERS_FILE);
    }
}

static int answer_one(struct sheet *sheet, const char *id, const char *word, struct err *err) {
    autofree char *value = NULL, *before = NULL;
    const struct check *check = find_question(sheet->target.exercise, id, err);
    if (!check || answer_read(&value, check, word, err) || answer_write(sheet, check, value, &before, err)) return -1;
    print_written(sheet, check, value, before);
    return 0;
}

/* ---- all questions, for programs ---- */

static json_t *json_choices(const struct question *question) {
    json_t *list = json_array();
    for (size_t i = 0; i < question->choice_count; i++) {
        json_t *choice = json_object();
        json_put(choice, "id", json_string(question->choices[i].id));
        json_put(choice, "text", json_text_or_null(question->choices[i].text));
        json_array_append_new(list, choice);
    }
    return list;
}

static void list_questions(struct sheet *sheet) {
    const struct exercise *exercise = sheet->target.exercise;
    for (size_t i = 0; i < exercise->check_count; i++) {
        const struct check *check = &exercise->checks[i];
        if (check->kind == CHECK_LUA) continue;
        struct given_answer now = answers_get(&sheet->answers, exercise, check);
        autojson json_t *object = json_object();
        json_put(object, "event", json_string("question"));
        json_put(object, "exercise", json_string(exercise->id));
        json_put(object, "check", json_string(check->id));
        json_put(object, "kind", json_string(check_kind_name(check->kind)));
        json_put(object, "question", json_text_or_null(check->question.asks));
        json_put(object, "options", json_choices(&check->question));
        json_put(object, "unit", json_text_or_null(check->question.unit));
        json_put(object, "answer", json_text_or_null(now.text));
        json_put(object, "fault", json_text_or_null(now.fault));
        json_print_line(object);
    }
}

int cmd_answer(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct answer_values *given = values;
    scoped(sheet) sheet = {.context = context, .folder = -1, .answers = {.text = STR_INIT}};
    if (open_sheet(&sheet, argc % 2 ? argv[0] : NULL, given->directory, err)) return -1;
    if (argc >= 2) return answer_one(&sheet, argv[argc - 2], argv[argc - 1], err);
    if (!context->json) return answer_ask(&sheet, err);
    list_questions(&sheet);
    return 0;
}
