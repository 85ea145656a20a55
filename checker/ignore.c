#include "checker/ignore.h"

#include <string.h>

/* ---- characters ---- */

static size_t width(const char *at) {
    unsigned char c = (unsigned char)*at;
    size_t len = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
    for (size_t i = 1; i < len; i++)
        if (((unsigned char)at[i] & 0xC0) != 0x80) return 1;
    return len;
}

/* A number that orders characters as their code points do. */
static unsigned long code(const char *at) {
    unsigned long value = 0;
    for (size_t i = 0, len = width(at); i < len; i++) value = value << 8 | (unsigned char)at[i];
    return value;
}

/* ---- sets ---- */

/* Takes one end of a range, with its backslash; NULL when there is none. */
static const char *take_end(const char *at, unsigned long *value) {
    if (*at == '\\')
        at++;
    else if (*at == '-' || *at == ']')
        return NULL;
    if (!*at) return NULL;
    *value = code(at);
    return at + width(at);
}

/* Reads the set that begins behind '['; *found tells whether it holds c. The answer is behind ']', NULL when it is no set. */
static const char *read_set(const char *at, unsigned long c, bool *found) {
    bool negated = *at == '^', any = false;
    *found = false;
    if (negated) at++;
    for (; *at != ']' || !any; any = true) {
        unsigned long low, high;
        if (!(at = take_end(at, &low))) return NULL;
        high = low;
        if (*at == '-' && !(at = take_end(at + 1, &high))) return NULL;
        *found |= c >= low && c <= high;
    }
    *found = *found != negated;
    return at + 1;
}

bool ignore_is_pattern(const char *pattern) {
    bool found;
    while (pattern && *pattern) {
        if (*pattern == '[')
            pattern = read_set(pattern + 1, 0, &found);
        else if (*pattern == '\\')
            pattern = pattern[1] ? pattern + 2 : NULL;
        else
            pattern++;
    }
    return pattern;
}

/* ---- matching: from the places that are reached to those that the next token reaches ---- */

struct places {
    const char *path;
    size_t len;
    bool reached[IGNORE_PATH_MOST + 1]; /* the bytes before which the pattern so far may end */
};

/* Steps over one character: over c, or with any, over each but a slash. */
static void step(struct places *p, unsigned long c, bool any) {
    bool next[IGNORE_PATH_MOST + 1];
    memset(next, 0, p->len + 1);
    for (size_t i = 0; i < p->len; i++)
        if (p->reached[i] && (any ? p->path[i] != '/' : code(p->path + i) == c)) next[i + width(p->path + i)] = true;
    memcpy(p->reached, next, p->len + 1);
}

static const char *step_set(struct places *p, const char *at) {
    bool next[IGNORE_PATH_MOST + 1], found;
    const char *end = read_set(at, 0, &found);
    memset(next, 0, p->len + 1);
    for (size_t i = 0; i < p->len; i++) {
        if (!p->reached[i]) continue;
        read_set(at, code(p->path + i), &found);
        if (found) next[i + width(p->path + i)] = true;
    }
    memcpy(p->reached, next, p->len + 1);
    return end;
}

static void run_on(struct places *p, bool over_slashes) {
    for (size_t i = 0; i < p->len; i++)
        if (p->reached[i] && (over_slashes || p->path[i] != '/')) p->reached[i + 1] = true;
}

/* Nothing, or anything that ends in a slash. */
static void run_to_slashes(struct places *p) {
    bool before = false;
    for (size_t i = 0; i < p->len; i++) {
        before |= p->reached[i];
        if (before && p->path[i] == '/') p->reached[i + 1] = true;
    }
}

static const char *take_stars(struct places *p, const char *at) {
    if (at[1] != '*') return run_on(p, false), at + 1;
    at += at[2] == '/' ? 3 : 2;
    if (*at)
        run_to_slashes(p);
    else
        run_on(p, true);
    return at;
}

static const char *take_token(struct places *p, const char *at) {
    if (*at == '*') return take_stars(p, at);
    if (*at == '[') return step_set(p, at + 1);
    if (*at == '?') return step(p, 0, true), at + 1;
    if (*at == '\\') at++;
    step(p, code(at), false);
    return at + width(at);
}

bool ignore_matches(const char *pattern, const char *path) {
    struct places p = {.path = path, .len = strlen(path)};
    if (p.len > IGNORE_PATH_MOST || !ignore_is_pattern(pattern)) return false;
    if (!strpbrk(pattern, "*?[]\\")) return !strcmp(pattern, path);
    bool is_suffix = !strncmp(pattern, "**", 2) && !strpbrk(pattern + 2, "*?[]\\");
    if (is_suffix && pattern[2] != '/') {
        size_t len = strlen(pattern + 2);
        return len <= p.len && !strcmp(path + p.len - len, pattern + 2);
    }
    p.reached[0] = true;
    for (const char *at = pattern; *at;) at = take_token(&p, at);
    return p.reached[p.len];
}
