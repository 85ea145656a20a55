#include "author/finding.h"

#include <stdlib.h>

#include "base/str.h"

void findings_release(struct findings *findings) {
    array_free(&findings->list);
    arena_release(&findings->arena);
}

void findings_add(struct findings *findings, const char *code, const char *exercise, const char *file,
                  struct yaml_position at, const char *format, ...) {
    scoped(str) message = STR_INIT;
    va_list args;
    va_start(args, format);
    str_vprintf(&message, format, args);
    va_end(args);
    *array_push(&findings->list) = (struct finding){
        .code = finding_code(code),
        .exercise = arena_string(&findings->arena, exercise),
        .file = arena_string(&findings->arena, file),
        .at = at,
        .message = arena_copy(&findings->arena, message.data, message.len),
    };
}

static int by_place(const void *a, const void *b) {
    const struct finding *x = a, *y = b;
    int order = strcmp(x->file, y->file);
    if (!order) order = (x->at.line > y->at.line) - (x->at.line < y->at.line);
    if (!order) order = (x->at.column > y->at.column) - (x->at.column < y->at.column);
    if (!order) order = strcmp(x->code->code, y->code->code);
    return order ? order : strcmp(x->message, y->message);
}

void findings_sort(struct findings *findings) {
    size_t kept = 0;
    if (findings->list.count) qsort(findings->list.items, findings->list.count, sizeof *findings->list.items, by_place);
    for (size_t i = 0; i < findings->list.count; i++)
        if (!kept || by_place(&findings->list.items[kept - 1], &findings->list.items[i]))
            findings->list.items[kept++] = findings->list.items[i];
    findings->list.count = kept;
}

enum severity finding_severity(const struct finding *finding) {
    return finding->code->code[0] == 'E'   ? SEVERITY_ERROR
           : finding->code->code[0] == 'W' ? SEVERITY_WARNING
                                           : SEVERITY_NOTE;
}

size_t findings_count(const struct findings *findings, enum severity severity) {
    size_t count = 0;
    for (size_t i = 0; i < findings->list.count; i++) count += finding_severity(&findings->list.items[i]) == severity;
    return count;
}
