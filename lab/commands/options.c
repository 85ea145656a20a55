#include "commands/options.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

const struct options no_options;

/* An option that was recognised, and the struct that it belongs to. */
struct found {
    const struct option *option;
    char *values;
};

static bool find_name(const struct option_line *line, struct sv name, struct found *found) {
    for (size_t i = 0; i < line->set_count; i++) {
        const struct option_set *set = &line->sets[i];
        for (size_t k = 0; k < set->count; k++) {
            if (!sv_equals(name, set->items[k].name)) continue;
            *found = (struct found){&set->items[k], set->values};
            return true;
        }
    }
    return false;
}

static bool find_letter(const struct option_line *line, char letter, struct found *found) {
    for (size_t i = 0; i < line->set_count; i++) {
        const struct option_set *set = &line->sets[i];
        for (size_t k = 0; k < set->count; k++) {
            if (set->items[k].letter != letter) continue;
            *found = (struct found){&set->items[k], set->values};
            return true;
        }
    }
    return false;
}

static const char *nearest_name(const struct option_line *line, const char *name) {
    array(const char *) names = {0};
    for (size_t i = 0; i < line->set_count; i++)
        for (size_t k = 0; k < line->sets[i].count; k++) *array_push(&names) = line->sets[i].items[k].name;
    const char *nearest = string_nearest(name, names.items, names.count);
    array_free(&names);
    return nearest;
}

static int unknown_name(const struct option_line *line, struct sv name, struct err *err) {
    autofree char *text = mem_copy(name.data, name.len);
    const char *nearest = nearest_name(line, text);
    if (nearest) return err_set(err, ERR_USAGE, "unknown option '--%s', did you mean '--%s'?", text, nearest);
    return err_set(err, ERR_USAGE, "unknown option '--%s'", text);
}

static int set_number(const struct option *option, struct option_number *number, const char *text, struct err *err) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end)
        return err_set(err, ERR_USAGE, "option '--%s' takes a whole number, not '%s'", option->name, text);
    if (errno || value < option->least || value > option->most)
        return err_set(err, ERR_USAGE, "option '--%s' takes a number from %lld to %lld, not %s", option->name,
                       option->least, option->most, text);
    *number = (struct option_number){true, value};
    return 0;
}

static int add_text(const struct option *option, struct option_texts *texts, const char *text, struct err *err) {
    if (texts->count == OPTION_TEXTS_MOST)
        return err_set(err, ERR_USAGE, "option '--%s' is given more than %d times", option->name, OPTION_TEXTS_MOST);
    texts->items[texts->count++] = text;
    return 0;
}

static int set_value(const struct found *found, const char *text, struct err *err) {
    void *place = found->values + found->option->offset;
    switch (found->option->kind) {
    case OPTION_FLAG: *(bool *)place = true; return 0;
    case OPTION_TEXT: *(const char **)place = text; return 0;
    case OPTION_NUMBER: return set_number(found->option, place, text, err);
    case OPTION_LIST: return add_text(found->option, place, text, err);
    }
    return 0;
}

/* Sets an option from the text written in its own argument (NULL: none), else from the next argument. */
static int take_value(struct option_line *line, const struct found *found, const char *attached, struct err *err) {
    const struct option *option = found->option;
    if (option->kind != OPTION_FLAG && !attached) {
        if (line->next == line->argc)
            return err_set(err, ERR_USAGE, "option '--%s' needs a value: %s", option->name, option->argument);
        attached = line->argv[line->next++];
    }
    return set_value(found, attached, err);
}

static int parse_name(struct option_line *line, const char *text, struct err *err) {
    const char *equals = strchr(text, '=');
    struct sv name = {text, equals ? (size_t)(equals - text) : strlen(text)};
    struct found found;
    if (!find_name(line, name, &found)) return unknown_name(line, name, err);
    if (equals && found.option->kind == OPTION_FLAG)
        return err_set(err, ERR_USAGE, "option '--%s' takes no value", found.option->name);
    return take_value(line, &found, equals ? equals + 1 : NULL, err);
}

/* "-qv", "-n 3", "-n3", "-qn3". */
static int parse_letters(struct option_line *line, const char *letters, struct err *err) {
    for (; *letters; letters++) {
        struct found found;
        if (!find_letter(line, *letters, &found)) return err_set(err, ERR_USAGE, "unknown option '-%s'", letters);
        if (found.option->kind != OPTION_FLAG) return take_value(line, &found, letters[1] ? letters + 1 : NULL, err);
        set_value(&found, NULL, err);
    }
    return 0;
}

static void take_rest(struct option_line *line) {
    line->before_dashes = line->words;
    while (line->next < line->argc) line->argv[line->words++] = line->argv[line->next++];
}

int options_parse(struct option_line *line, struct err *err) {
    while (line->next < line->argc) {
        char *text = line->argv[line->next];
        bool is_option = text[0] == '-' && text[1];
        if (!is_option && line->first_word_ends) return 0;
        line->next++;
        if (!strcmp(text, "--")) {
            take_rest(line);
            return 0;
        }
        if (!is_option)
            line->argv[line->words++] = text;
        else if (text[1] == '-' ? parse_name(line, text + 2, err) : parse_letters(line, text + 1, err))
            return -1;
    }
    line->before_dashes = line->words;
    return 0;
}
