#include "course/question.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

const struct choice *question_choice(const struct question *question, const char *id) {
    for (size_t i = 0; i < question->choice_count; i++)
        if (!strcmp(question->choices[i].id, id)) return &question->choices[i];
    return NULL;
}

/* ---- numbers ---- */

double question_tolerance(const struct question *question, double value) {
    static const double ROUNDING = 1e-9; /* of a value that was computed in another order */
    double allowed = 0;
    if (!isnan(question->within)) allowed = question->within;
    if (!isnan(question->percent)) allowed = fabs(value) * question->percent / 100;
    return allowed + ROUNDING * fmax(1, fabs(value));
}

bool question_read_number(const struct question *question, const char *text, double *number) {
    text += strspn(text, " ");
    size_t digits = strspn(text, "0123456789.+-eE"); /* no "inf", no "0x" */
    autofree char *written = mem_copy(text, digits);
    char *end;
    *number = strtod(written, &end);
    if (end == written || !isfinite(*number)) return false;
    const char *rest = text + (end - written);
    rest += strspn(rest, " ");
    return !*rest || (question->unit && question_same_text(rest, question->unit));
}

/* ---- texts ---- */

void question_normalise(struct str *out, const char *text) {
    size_t begin = out->len, left = strlen(text);
    mbstate_t state = {0};
    while (left) {
        wchar_t c;
        char bytes[MB_LEN_MAX];
        size_t used = mbrtowc(&c, text, left, &state);
        if (used == 0 || used > left) { /* no character of this locale: as it stands */
            state = (mbstate_t){0};
            used = 1;
            str_append_char(out, *text);
        } else if (iswspace((wint_t)c)) {
            if (out->len > begin && out->data[out->len - 1] != ' ') str_append_char(out, ' ');
        } else {
            int len = wctomb(bytes, (wchar_t)towlower((wint_t)c));
            str_append_bytes(out, len > 0 ? bytes : text, len > 0 ? (size_t)len : used);
        }
        text += used;
        left -= used;
    }
    if (out->len > begin && out->data[out->len - 1] == ' ') out->data[--out->len] = '\0';
}

bool question_same_text(const char *a, const char *b) {
    scoped(str) left = STR_INIT, right = STR_INIT;
    question_normalise(&left, a);
    question_normalise(&right, b);
    return !strcmp(left.data, right.data);
}

/* Only the last `*` is ever gone back to, so the time is at most the product of both lengths. */
static bool matches(const char *pattern, const char *text) {
    const char *star = NULL, *resumed = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resumed = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resumed;
        } else {
            return false;
        }
    }
    return !pattern[strspn(pattern, "*")];
}

bool question_matches(const char *accepted, const char *answer) {
    scoped(str) pattern = STR_INIT, text = STR_INIT;
    question_normalise(&pattern, accepted);
    question_normalise(&text, answer);
    return matches(pattern.data, text.data);
}
