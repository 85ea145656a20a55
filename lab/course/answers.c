#include "course/answers.h"

#include <errno.h>

#include "base/beneath.h"
#include "course/source.h"
#include "term/term.h"

/* ---- reading ---- */

static const char *describe(struct answers *answers, struct yaml_position at, const char *message) {
    scoped(str) shown = STR_INIT;
    struct source source = source_of(ANSWERS_FILE, answers->text.data, answers->text.len);
    source_describe(&shown, &source, at, message);
    return arena_string(&answers->arena, shown.data);
}

static void note_unreadable(struct answers *answers, int cause) {
    const char *say = cause == EFBIG    ? "it is larger than 64 KiB"
                      : cause == ELOOP  ? "it is a symbolic link, and answers stand in a file of their own"
                      : cause == EISDIR ? "it is a folder"
                                        : strerror(cause);
    answers->absent = cause == ENOENT;
    if (!answers->absent) answers->fault = arena_printf(&answers->arena, "%s:1:1: %s", ANSWERS_FILE, say);
}

void answers_read(struct answers *answers, int folder) {
    *answers = (struct answers){.text = STR_INIT};
    struct err err = ERR_INIT;
    if (beneath_read(folder, ANSWERS_FILE, &answers->text, ANSWERS_MOST)) {
        note_unreadable(answers, errno);
        return;
    }
    const struct yaml_node *root =
        yaml_parse(&answers->arena, ANSWERS_FILE, answers->text.data, answers->text.len, YAML_STRICT, &err);
    if (!root)
        answers->fault = arena_string(&answers->arena, err.message);
    else if (root->kind == YAML_MAP)
        answers->root = root;
    else if (root->kind != YAML_NULL)
        answers->fault = describe(answers, root->at, "answers are lines such as `id: answer`");
}

void answers_release(struct answers *answers) {
    arena_release(&answers->arena);
    str_release(&answers->text);
}

/* ---- one answer ---- */

static bool is_question(const struct exercise *exercise, const char *id) {
    const struct check *check = exercise_check(exercise, id);
    return check && check->kind != CHECK_LUA;
}

/* A line of a name that no question has, when it looks like this one's. */
static const char *find_misspelt(struct answers *answers, const struct exercise *exercise, const struct check *check) {
    for (size_t i = 0; answers->root && i < answers->root->count; i++) {
        const struct yaml_entry *entry = &answers->root->entries[i];
        if (is_question(exercise, entry->key) || !string_nearest(entry->key, &check->id, 1)) continue;
        scoped(str) message = STR_INIT;
        str_printf(&message, "no question has this name, did you mean '%s'?", check->id);
        return describe(answers, entry->at, message.data);
    }
    return NULL;
}

static const char *find_fault(const struct yaml_node *value) {
    if (value->kind == YAML_LIST || value->kind == YAML_MAP)
        return "an answer is one value, on the line of its question";
    if (value->text_len > ANSWER_MOST) return "the answer is longer than 1000 bytes";
    if (strlen(value->text) != value->text_len) return "the answer holds a NUL";
    return NULL;
}

struct given_answer answers_get(struct answers *answers, const struct exercise *exercise, const struct check *check) {
    if (answers->fault) return (struct given_answer){.fault = answers->fault};
    const struct yaml_node *value = yaml_get(answers->root, check->id);
    if (!value) return (struct given_answer){.fault = find_misspelt(answers, exercise, check)};
    const char *fault = find_fault(value);
    if (fault) return (struct given_answer){.line = value->at.line, .fault = describe(answers, value->at, fault)};
    bool blank = !value->text[strspn(value->text, " \t\n")];
    return (struct given_answer){.text = blank ? NULL : value->text, .line = value->at.line};
}

/* ---- beginning ---- */

enum { TEMPLATE_COLUMNS = 100 };

/* Appends a text as lines of a comment. */
static void append_comment(struct str *out, const char *label, const char *text) {
    scoped(str) wrapped = STR_INIT;
    term_wrap(&wrapped, text, TEMPLATE_COLUMNS - 2, (int)strlen(label)); /* which escapes what would end a comment */
    struct sv rest = sv_str(&wrapped), line;
    for (bool first = true; sv_next_line(&rest, &line); first = false) {
        str_printf(out, "# %s", first ? label : "");
        str_append_bytes(out, line.data, line.len);
        str_append_char(out, '\n');
    }
}

static void append_choices(struct str *out, const struct question *question) {
    size_t width = 0;
    for (size_t i = 0; i < question->choice_count; i++)
        if (strlen(question->choices[i].id) > width) width = strlen(question->choices[i].id);
    for (size_t i = 0; i < question->choice_count; i++) {
        autofree char *label = str_format("  %-*s  ", (int)width, question->choices[i].id);
        append_comment(out, label, question->choices[i].text);
    }
}

static void append_question(struct str *out, const struct check *check) {
    const struct question *question = &check->question;
    str_append_char(out, '\n');
    append_comment(out, "", question->asks);
    if (check->kind == CHECK_CHOICE) append_choices(out, question);
    if (check->kind == CHECK_NUMBER && question->unit) append_comment(out, "a number, in ", question->unit);
    str_printf(out, "%s:\n", check->id);
}

void answers_append_template(struct str *out, const struct exercise *exercise) {
    str_append(out, "# Your answers. Write one behind each name, or let `lab answer` ask you.\n");
    for (size_t i = 0; i < exercise->check_count; i++)
        if (exercise->checks[i].kind != CHECK_LUA) append_question(out, &exercise->checks[i]);
}
