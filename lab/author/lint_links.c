/* Where the links and pictures of a lesson lead: to its headings, to files of the workspace, or out into the world. */

#include <ctype.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "author/lint_lesson.h"
#include "base/beneath.h"
#include "base/path.h"

enum { ANCHORS_MOST = 10000 };

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* How often an anchor stands among the first `count`. */
static size_t count_equal(const char *const *anchors, size_t count, const char *anchor) {
    size_t equal = 0;
    for (size_t i = 0; i < count; i++) equal += !strcmp(anchors[i], anchor);
    return equal;
}

void lesson_anchors(struct lesson *lesson) {
    struct arena *arena = &lesson->lint->arena;
    array(const char *) plain = {0}; /* without the number of those that stand there again */
    for (size_t i = 0; i < lesson->outline.count && plain.count < ANCHORS_MOST; i++) {
        if (lesson->outline.items[i].kind != OUTLINE_HEADING) continue;
        scoped(str) anchor = STR_INIT;
        outline_anchor(&anchor, lesson->outline.items[i].text);
        *array_push(&plain) = arena_copy(arena, anchor.data, anchor.len);
    }
    lesson->anchors = arena_alloc(arena, (plain.count + 1) * sizeof *lesson->anchors);
    lesson->anchor_count = plain.count;
    for (size_t i = 0; i < plain.count; i++) {
        size_t before = i < 1000 ? count_equal(plain.items, i, plain.items[i]) : 0;
        lesson->anchors[i] = before ? arena_printf(arena, "%s-%zu", plain.items[i], before) : plain.items[i];
    }
    array_free(&plain);
    if (lesson->anchor_count) qsort(lesson->anchors, lesson->anchor_count, sizeof *lesson->anchors, by_text);
}

/* "%20" is a space in a target. */
static char *decoded(const char *text) {
    char *out = mem_copy_string(text), *to = out;
    for (const char *at = text; *at; at++) {
        bool coded = at[0] == '%' && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2]);
        if (!coded) {
            *to++ = *at;
            continue;
        }
        const char digits[] = {at[1], at[2], '\0'};
        *to++ = (char)strtol(digits, NULL, 16);
        at += 2;
    }
    *to = '\0';
    return out;
}

static void told(const struct lesson *lesson, const struct outline_item *item, const char *code, const char *say) {
    lint_add(lesson->lint, code, lesson->file->file, lint_place(lesson->file, lesson->file->text.data + item->offset),
             "'%.200s' %s", item->target, say);
}

static void judge_anchor(const struct lesson *lesson, const struct outline_item *item) {
    autofree char *anchor = decoded(item->target + 1);
    const char *key = anchor;
    if (!*anchor || bsearch(&key, lesson->anchors, lesson->anchor_count, sizeof *lesson->anchors, by_text)) return;
    const char *nearest = string_nearest(anchor, lesson->anchors, lesson->anchor_count);
    autofree char *say = nearest ? str_format("is no heading here, did you mean '#%s'?", nearest) : NULL;
    told(lesson, item, "E502", say ? say : "is no heading here");
}

/* "https" of "https://…"; its length, 0 for a target without a scheme. */
static size_t scheme_length(const char *target) {
    size_t len = 0;
    while (isalnum((unsigned char)target[len]) || (len && strchr("+-.", target[len]) && target[len])) len++;
    return len > 1 && target[len] == ':' ? len : 0;
}

/* Its form only: nothing is asked of the network. */
static void judge_address(const struct lesson *lesson, const struct outline_item *item, size_t scheme) {
    struct sv name = {item->target, scheme};
    const char *rest = item->target + scheme;
    if (sv_equals(name, "mailto")) return;
    if (!sv_equals(name, "https") && !sv_equals(name, "http")) {
        told(lesson, item, "W503", "has a scheme that no lesson needs");
        return;
    }
    size_t host = string_starts_with(rest, "://") ? strcspn(rest + 3, "/?#") : 0;
    bool dotted =
        host && (memchr(rest + 3, '.', host) || memchr(rest + 3, ':', host) || !strncmp(rest + 3, "localhost", host));
    if (!dotted || rest[3] == '.' || strpbrk(rest, " \t\"<>\\")) told(lesson, item, "W503", "is no address");
}

static bool is_in_exercise(const struct lint *lint, const char *path) {
    autofree char *file = str_format("%s/%s", lint->folder, path);
    struct stat info;
    return !beneath_stat(lint->course->folder, file, &info);
}

static void judge_path(const struct lesson *lesson, const struct outline_item *item) {
    autofree char *target = decoded(item->target);
    target[strcspn(target, "?#")] = '\0';
    const char *path = target;
    while (string_starts_with(path, "./")) path += 2;
    size_t len = strlen(path);
    autofree char *plain = mem_copy(path, len && path[len - 1] == '/' ? len - 1 : len);
    if (!*plain) return;
    if (!path_is_inside(plain))
        told(lesson, item, "E501", "leads out of the workspace");
    else if (lint_starts_with(lesson->lint, plain))
        return;
    else if (is_in_exercise(lesson->lint, plain))
        told(lesson, item, "W514", "is a file of the exercise that no workspace has");
    else
        told(lesson, item, "E501", "leads nowhere: neither a file of the start nor a tool");
}

void lesson_link(const struct lesson *lesson, const struct outline_item *item) {
    size_t scheme = scheme_length(item->target);
    if (!*item->target)
        told(lesson, item, "E501", "leads nowhere");
    else if (*item->target == '#')
        judge_anchor(lesson, item);
    else if (scheme)
        judge_address(lesson, item, scheme);
    else
        judge_path(lesson, item);
}
