/* The lesson: headings, code blocks, pictures. Its links and tables are in lint_links.c and lint_tables.c. */

#include "author/lint_lesson.h"

#include "base/str.h"
#include "term/term.h"

enum { CONSOLE_COLUMNS = 100 };

static struct yaml_position place(const struct lesson *lesson, const struct outline_item *item) {
    return lint_place(lesson->file, lesson->file->text.data + item->offset);
}

/* ---- headings ---- */

static void judge_headings(const struct lesson *lesson) {
    unsigned before = 0;
    for (size_t i = 0; i < lesson->outline.count; i++) {
        const struct outline_item *item = &lesson->outline.items[i];
        if (item->kind != OUTLINE_HEADING) continue;
        const char *fault = !before && item->level != 1          ? "the first heading is the lesson's title, with one #"
                            : before && item->level == 1         ? "a second title; only the first heading has one #"
                            : before && item->level > before + 1 ? "a level of headings is left out before this one"
                                                                 : NULL;
        if (fault) lint_add(lesson->lint, "W505", lesson->file->file, place(lesson, item), "%s", fault);
        before = item->level;
    }
    if (!before)
        lint_add(lesson->lint, "W505", lesson->file->file, (struct yaml_position){1, 1},
                 "a lesson begins with a title");
}

/* ---- code blocks ---- */

enum block_kind { BLOCK_OTHER, BLOCK_SCRIPT, BLOCK_CONSOLE };

static enum block_kind kind_of(const char *lang) {
    static const struct {
        const char *lang;
        enum block_kind kind;
    } langs[] = {{"sh", BLOCK_SCRIPT},
                 {"bash", BLOCK_SCRIPT},
                 {"shell", BLOCK_SCRIPT},
                 {"console", BLOCK_CONSOLE},
                 {"shell-session", BLOCK_CONSOLE}};
    for (size_t i = 0; i < LENGTH(langs); i++)
        if (!strcmp(langs[i].lang, lang)) return langs[i].kind;
    return BLOCK_OTHER;
}

static bool has_prompt(struct sv line, char mark) {
    return line.len > 1 && line.data[0] == mark && line.data[1] == ' ';
}

/* Commands as one text, with where each of its lines stands in the lesson. */
struct commands {
    struct str text;
    array(struct sv) lines;
};

static void commands_release(struct commands *commands) {
    str_release(&commands->text);
    array_free(&commands->lines);
}

static void add_line(struct commands *commands, struct sv line) {
    if (line.data) str_append_bytes(&commands->text, line.data, line.len);
    str_append_char(&commands->text, '\n');
    *array_push(&commands->lines) = line;
}

/* Where in the lesson a byte of the commands stands. */
static const char *find_origin(const struct commands *commands, size_t at) {
    for (size_t i = 0; i < commands->lines.count; i++) {
        struct sv line = commands->lines.items[i];
        if (at <= line.len) return line.data ? line.data + at : NULL;
        at -= line.len + 1;
    }
    return NULL;
}

static void judge_commands(const struct lesson *lesson, const struct outline_item *item, struct commands *commands) {
    size_t at;
    const char *fault = commands->text.len ? lint_shell_fault(sv_str(&commands->text), &at) : NULL;
    const char *origin = fault ? find_origin(commands, at) : NULL;
    if (fault)
        lint_add(lesson->lint, "E509", lesson->file->file,
                 origin ? lint_place(lesson->file, origin) : place(lesson, item), "%s", fault);
    str_clear(&commands->text);
    commands->lines.count = 0;
}

static void judge_script(const struct lesson *lesson, const struct outline_item *item) {
    scoped(commands) commands = {.text = STR_INIT};
    bool told = false;
    for (size_t i = 0; i < item->line_count; i++) {
        struct sv line = item->lines[i];
        if (has_prompt(line, '$')) {
            if (!told)
                lint_add(lesson->lint, "W510", lesson->file->file, lint_place(lesson->file, line.data),
                         "a prompt in a script: pasted as it stands, it does not run");
            told = true;
            line = (struct sv){line.data + 2, line.len - 2};
        }
        add_line(&commands, line);
    }
    judge_commands(lesson, item, &commands);
}

/* In a console, commands stand behind "$ ", go on behind "> " or after a backslash, and the rest is what they print. */
static void judge_console(const struct lesson *lesson, const struct outline_item *item) {
    scoped(commands) commands = {.text = STR_INIT};
    for (size_t i = 0; i < item->line_count; i++) {
        struct sv line = item->lines[i];
        const struct sv *before = commands.lines.count ? &commands.lines.items[commands.lines.count - 1] : NULL;
        bool goes_on = before && before->len && before->data[before->len - 1] == '\\';
        if (has_prompt(line, '$') || (has_prompt(line, '>') && before)) {
            if (line.data[0] == '$') judge_commands(lesson, item, &commands);
            line = (struct sv){line.data + 2, line.len - 2};
        } else if (!goes_on) {
            judge_commands(lesson, item, &commands);
            continue;
        }
        add_line(&commands, line);
    }
    judge_commands(lesson, item, &commands);
}

static void judge_width(const struct lesson *lesson, const struct outline_item *item) {
    for (size_t i = 0; i < item->line_count; i++) {
        struct sv line = item->lines[i];
        if (line.len <= CONSOLE_COLUMNS) continue;
        int columns = term_columns(line.data, line.len);
        if (columns > CONSOLE_COLUMNS)
            lint_add(lesson->lint, "N511", lesson->file->file, lint_place(lesson->file, line.data),
                     "%d columns; a terminal shows %d", columns, CONSOLE_COLUMNS);
    }
}

static void judge_code(const struct lesson *lesson, const struct outline_item *item) {
    enum block_kind kind = kind_of(item->lang);
    if (item->fenced && !item->closed)
        lint_add(lesson->lint, "E508", lesson->file->file, place(lesson, item),
                 "the code block that begins here has no end");
    if (item->fenced && !*item->lang)
        lint_add(lesson->lint, "N507", lesson->file->file, place(lesson, item), "a code block without a language");
    if (kind == BLOCK_SCRIPT) judge_script(lesson, item);
    if (kind == BLOCK_CONSOLE) judge_console(lesson, item);
    if (kind == BLOCK_CONSOLE) judge_width(lesson, item);
}

/* ---- the whole ---- */

static bool is_blank(const char *text) { return !text[strspn(text, " \t")]; }

static void judge_item(const struct lesson *lesson, const struct outline_item *item) {
    switch (item->kind) {
    case OUTLINE_CODE: judge_code(lesson, item); break;
    case OUTLINE_TABLE: lesson_table(lesson, item); break;
    case OUTLINE_IMAGE:
        if (is_blank(item->text))
            lint_add(lesson->lint, "W504", lesson->file->file, place(lesson, item), "a picture without words for it");
        lesson_link(lesson, item);
        break;
    case OUTLINE_LINK: lesson_link(lesson, item); break;
    case OUTLINE_HEADING: break;
    }
}

void lint_lesson(struct lint *lint) {
    struct lesson lesson = {.lint = lint, .file = lint_file(lint, "README.md")};
    if (!lesson.file || (!lesson.file->is_text && lesson.file->size == lesson.file->text.len))
        return; /* told elsewhere */
    if (!lesson.file->is_text ||
        !outline_read(&lesson.outline, &lint->arena, lesson.file->text.data, lesson.file->text.len)) {
        lint_add(lint, "E512", lesson.file->file, (struct yaml_position){0, 0},
                 "it is too large, or too intricate, to be read");
        return;
    }
    judge_headings(&lesson);
    lesson_anchors(&lesson);
    for (size_t i = 0; i < lesson.outline.count; i++) judge_item(&lesson, &lesson.outline.items[i]);
}
