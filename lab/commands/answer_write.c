/* From what a person wrote to a line of answers.yaml. */

#include <errno.h>
#include <stdlib.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "commands/answer.h"

/* ---- what was written ---- */

static int refuse_option(const struct question *question, const char *word, struct err *err) {
    scoped(str) ids = STR_INIT;
    for (size_t i = 0; i < question->choice_count; i++)
        str_printf(&ids, "%s%s",
                   i == 0                            ? ""
                   : i + 1 == question->choice_count ? " or "
                                                     : ", ",
                   question->choices[i].id);
    return err_set(err, ERR_USAGE, "'%.80s' is no option here: %s", word, ids.data);
}

/* An option by its id, or by its number from 1. */
static int read_choice(char **value, const struct question *question, const char *word, struct err *err) {
    char *end;
    const struct choice *choice = question_choice(question, word);
    long number = strtol(word, &end, 10);
    if (!choice && end != word && !*end && number >= 1 && (size_t)number <= question->choice_count)
        choice = &question->choices[number - 1];
    if (!choice) return refuse_option(question, word, err);
    *value = mem_copy_string(choice->id);
    return 0;
}

static int read_number(char **value, const struct question *question, const char *word, struct err *err) {
    double number;
    if (!question_read_number(question, word, &number))
        return err_set(err, ERR_USAGE, "'%.80s' is no number%s%s", word, question->unit ? ", in " : "",
                       question->unit ? question->unit : "");
    *value = str_format("%.15g", number);
    return 0;
}

static int read_text(char **value, const char *word, struct err *err) {
    if (strlen(word) > ANSWER_MOST) return err_set(err, ERR_USAGE, "an answer has at most %d bytes", ANSWER_MOST);
    if (!word[strspn(word, " \t")]) return err_set(err, ERR_USAGE, "the answer is empty");
    for (const char *at = word; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return err_set(err, ERR_USAGE, "an answer is one line, without control characters");
    if (!utf8_valid(word, strlen(word))) return err_set(err, ERR_USAGE, "the answer is no valid UTF-8");
    *value = mem_copy_string(word);
    return 0;
}

int answer_read(char **value, const struct check *check, const char *word, struct err *err) {
    if (check->kind == CHECK_CHOICE) return read_choice(value, &check->question, word, err);
    if (check->kind == CHECK_NUMBER) return read_number(value, &check->question, word, err);
    return read_text(value, word, err);
}

/* ---- the file ---- */

int answer_write(struct sheet *sheet, const struct check *check, const char *value, char **before, struct err *err) {
    const struct exercise *exercise = sheet->target.exercise;
    scoped(str) text = STR_INIT;
    autofree char *path = path_join(sheet->target.directory, ANSWERS_FILE);
    if (beneath_read(sheet->folder, ANSWERS_FILE, &text, ANSWERS_MOST)) {
        if (errno != ENOENT) return err_errno(err, ERR_USAGE, "cannot read %s", path);
        answers_append_template(&text, exercise);
    }
    *before = mem_copy_string(answers_get(&sheet->answers, exercise, check).text);
    if (answers_put(&text, check->id, value, err) || fs_write(path, text.data, text.len, err)) return -1;
    answers_release(&sheet->answers);
    answers_read(&sheet->answers, sheet->folder);
    return 0;
}
