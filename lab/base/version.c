#include "base/version.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Takes a number off the front of `rest`; false when there is none, or none of such a length. */
static bool take_number(struct sv *rest, unsigned *number) {
    size_t len = 0;
    for (*number = 0; len < rest->len && is_digit(rest->data[len]); len++) {
        if (len == VERSION_DIGITS) return false;
        *number = *number * 10 + (unsigned)(rest->data[len] - '0');
    }
    *rest = (struct sv){rest->data + len, rest->len - len};
    return len > 0;
}

/* Takes a version off the front of `rest`, as much as there is; returns how many numbers it has. */
static int take_version(struct sv *rest, struct version *version) {
    int count = 0;
    *version = (struct version){0};
    while (count < VERSION_PARTS && take_number(rest, &version->parts[count])) {
        count++;
        if (rest->len < 2 || rest->data[0] != '.' || !is_digit(rest->data[1]) || count == VERSION_PARTS) break;
        *rest = (struct sv){rest->data + 1, rest->len - 1};
    }
    return count;
}

bool version_read(struct version *version, const char *text) {
    struct sv rest = {text, strlen(text)};
    return take_version(&rest, version) && !rest.len;
}

/* The first with at least so many numbers. */
static bool find(struct version *version, char text[VERSION_TEXT_SIZE], struct sv said, int least) {
    for (size_t i = 0; i < said.len; i++) {
        struct sv rest = {said.data + i, said.len - i};
        if (!is_digit(said.data[i]) || (i && (is_digit(said.data[i - 1]) || said.data[i - 1] == '.'))) continue;
        if (take_version(&rest, version) < least) continue;
        snprintf(text, VERSION_TEXT_SIZE, "%.*s", (int)(said.len - i - rest.len), said.data + i);
        return true;
    }
    return false;
}

bool version_find(struct version *version, char text[VERSION_TEXT_SIZE], struct sv said) {
    return find(version, text, said, 2) || find(version, text, said, 1);
}

bool version_is_older(const struct version *a, const struct version *b) {
    for (int i = 0; i < VERSION_PARTS; i++)
        if (a->parts[i] != b->parts[i]) return a->parts[i] < b->parts[i];
    return false;
}
