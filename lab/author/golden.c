#include "author/golden.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/json.h"
#include "base/path.h"
#include "workspace/workspace.h"

enum { TRANSCRIPT_MOST = 4 << 20 };

void golden_changes_release(struct golden_changes *changes) {
    for (size_t i = 0; i < changes->list.count; i++) {
        free(changes->list.items[i].path);
        free(changes->list.items[i].text);
    }
    array_free(&changes->list);
}

/* ---- making transcripts comparable ---- */

/* Bytes of a measured time at `at`: digits with a decimal point before " s", or any before " ms"; 0 for anything else. */
static size_t measured_time(const char *at, const char *begin) {
    if (!isdigit((unsigned char)*at) || (at > begin && (isalnum((unsigned char)at[-1]) || at[-1] == '.'))) return 0;
    size_t len = strspn(at, "0123456789");
    bool fraction = at[len] == '.' && isdigit((unsigned char)at[len + 1]);
    if (fraction) len += 1 + strspn(at + len + 1, "0123456789");
    size_t unit = string_starts_with(at + len, " ms") ? 3 : fraction && string_starts_with(at + len, " s") ? 2 : 0;
    return unit && !isalnum((unsigned char)at[len + unit]) ? len + unit : 0;
}

/* Where the time stands in "…, 6 of 40 points, 22 s; attempt 1": of the last line of a report. */
static bool find_total(struct sv line, size_t *begin, size_t *end) {
    static const char points[] = " points, ";
    const char *at = memmem(line.data, line.len, points, strlen(points));
    const char *close = at ? memmem(at, line.len - (size_t)(at - line.data), "; attempt ", 10) : NULL;
    if (!close) return false;
    *begin = (size_t)(at - line.data) + strlen(points);
    *end = (size_t)(close - line.data);
    return true;
}

/* The name in "  starting mlflow 1 min 4 s", which tells that a service has become ready; nothing of other lines. */
static struct sv started_service(struct sv line) {
    static const char word[] = "  starting ", unit[] = " s";
    size_t first = strlen(word);
    if (line.len < first || memcmp(line.data, word, first)) return (struct sv){0};
    const char *space = memchr(line.data + first, ' ', line.len - first);
    size_t len = space ? (size_t)(space - line.data) - first : 0, at = first + len + 1;
    if (!len || at >= line.len || !isdigit((unsigned char)line.data[at])) return (struct sv){0};
    bool ends = !memcmp(line.data + line.len - strlen(unit), unit, strlen(unit));
    return ends ? (struct sv){line.data + first, len} : (struct sv){0};
}

/* Bytes of a computed number at `at`: one of three decimals or more, perhaps with an exponent; 0 for anything else. */
static size_t computed_number(const char *at, const char *begin) {
    enum { DECIMALS = 3 };
    if (!isdigit((unsigned char)*at) || (at > begin && (isalnum((unsigned char)at[-1]) || at[-1] == '.'))) return 0;
    size_t whole = strspn(at, "0123456789");
    size_t decimals = at[whole] == '.' ? strspn(at + whole + 1, "0123456789") : 0;
    if (decimals < DECIMALS) return 0;
    size_t len = whole + 1 + decimals;
    if (at[len] == 'e') {
        size_t sign = at[len + 1] == '-' || at[len + 1] == '+';
        size_t digits = strspn(at + len + 1 + sign, "0123456789");
        if (digits) len += 1 + sign + digits;
    }
    return at[len] == '.' || isalpha((unsigned char)at[len]) ? 0 : len;
}

/* Appends what stands for a computed number; of several in a row, as a list has them, one stands for all. */
static void append_number(struct str *out) {
    if (string_ends_with(out->data, "#.#, "))
        out->len -= strlen(", ");
    else
        str_append(out, "#.#");
    out->data[out->len] = '\0';
}

/* Bytes of a port at `at`, which is drawn anew for each run: "127.0.0.1:40623", "PORT=40623", "--port 40623", "port 40623". */
static size_t drawn_port(const char *at, const char *begin) {
    static const char *const before[] = {"127.0.0.1:", "localhost:", "PORT=", "port "};
    size_t len = strspn(at, "0123456789"), done = (size_t)(at - begin);
    if (len != 4 && len != 5) return 0;
    for (size_t i = 0; i < LENGTH(before); i++) {
        size_t size = strlen(before[i]);
        if (done >= size && !memcmp(at - size, before[i], size)) return len;
    }
    return 0;
}

/* Bytes of a number at `at` that counts how often something was tried until its time was over: "(26 tries)". */
static size_t counted_tries(const char *at, const char *begin) {
    size_t len = strspn(at, "0123456789");
    return len && at > begin && at[-1] == '(' && string_starts_with(at + len, " tries)") ? len : 0;
}

/* Bytes of a list of numbers behind a computed one up to the line's cut: how many fit depends on them. */
static size_t cut_list(const char *at, const struct str *out) {
    size_t len = strspn(at, "-.,0123456789 ");
    return string_ends_with(out->data, "#.#") && string_starts_with(at + len, "…") ? len : 0;
}

static void append_normalized(struct str *out, struct sv line) {
    size_t begin, end;
    while (line.len && line.data[line.len - 1] == ' ') line.len--; /* what pads a column */
    autofree char *text = mem_copy(line.data, line.len);
    if (find_total(line, &begin, &end)) {
        str_printf(out, "%.*s… s%s\n", (int)begin, text, text + end);
        return;
    }
    for (const char *at = text; *at;) {
        at += cut_list(at, out);
        size_t time = measured_time(at, text), number = time ? 0 : computed_number(at, text);
        size_t port = drawn_port(at, text), tries = counted_tries(at, text);
        if (port)
            str_append(out, "#####");
        else if (tries)
            str_append(out, "…");
        else if (time)
            str_append(out, "… s");
        else if (number)
            append_number(out);
        else
            str_append_char(out, *at);
        at += port ? port : tries ? tries : time ? time : number ? number : 1;
    }
    str_append_char(out, '\n');
}

static int by_name(const void *one, const void *other) { return strcmp(*(char *const *)one, *(char *const *)other); }

/* Services become ready in any order. */
static void append_services(struct str *out, struct names *services) {
    if (services->count) qsort(services->items, services->count, sizeof *services->items, by_name);
    for (size_t i = 0; i < services->count; i++) {
        str_printf(out, "  starting %s … s\n", services->items[i]);
        free(services->items[i]);
    }
    services->count = 0;
}

void golden_normalize(struct str *out, const char *transcript) {
    scoped(names) services = {0};
    struct sv rest = sv_of(transcript), line;
    while (sv_next_line(&rest, &line)) {
        struct sv service = started_service(line);
        if (memmem(line.data, line.len, "no sandbox here", 15)) continue; /* of the machine, not of the work */
        if (service.len) {
            *array_push(&services) = mem_copy(service.data, service.len);
            continue;
        }
        append_services(out, &services);
        append_normalized(out, line);
    }
    append_services(out, &services);
}

/* ---- comparing ---- */

static bool has_transcript(const struct proof_case *one) {
    return one->kind == CASE_START || one->kind == CASE_SOLUTION || one->kind == CASE_WRONG;
}

/* tests/golden/EX/wrong-set-order.txt */
static char *path_of(const struct proof *proof, const struct proof_case *one) {
    char *path = str_format("tests/golden/%s/%s.txt", proof->exercise->id, one->name);
    char *slash = strstr(path, "/wrong/");
    if (slash) slash[strlen("/wrong")] = '-';
    return path;
}

/* What is there at present, and how it differs. -1 when the file cannot be read. */
static int compare_case(const struct course *course, const char *path, const struct str *now, bool *differs,
                        struct str *diff, struct err *err) {
    scoped(str) before = STR_INIT;
    bool absent = beneath_read(course->folder, path, &before, TRANSCRIPT_MOST);
    if (absent && errno != ENOENT) return err_errno(err, ERR_COURSE, "cannot read %s", path);
    *differs = absent || before.len != now->len || memcmp(before.data, now->data, now->len);
    return *differs ? workspace_diff_texts(sv_str(&before), sv_str(now), path, diff, err) : 0;
}

static void note_fault(struct proof_case *one, const char *path, const struct str *diff) {
    faults_add(&one->faults, "what the learner sees is not %s (--update-golden takes it over):\n%s", path, diff->data);
}

static bool is_expected(const struct proof *proof, const char *path) {
    for (size_t i = 0; i < proof->cases.count; i++) {
        autofree char *expected = path_of(proof, &proof->cases.items[i]);
        if (has_transcript(&proof->cases.items[i]) && !strcmp(expected, path)) return true;
    }
    return false;
}

/* Transcripts of variants that are gone. */
static void find_orphans(struct proof *proof, int folder, bool update, struct golden_changes *changes,
                         struct str *diffs) {
    scoped(names) names = {0};
    if (beneath_names(folder, &names)) return;
    for (size_t i = 0; i < names.count; i++) {
        autofree char *path = str_format("tests/golden/%s/%s", proof->exercise->id, names.items[i]);
        if (is_expected(proof, path)) continue;
        if (!update) {
            faults_add(&proof->faults, "%s is the transcript of no variant (--update-golden removes it)", path);
            continue;
        }
        str_printf(diffs, "removed: %s\n", path);
        *array_push(&changes->list) = (struct golden_change){.path = steal(&path)};
    }
}

int golden_compare(struct proof *proof, const struct course *course, bool update, struct golden_changes *changes,
                   struct str *diffs, struct err *err) {
    autofree char *name = path_join("tests/golden", proof->exercise->id);
    autoclose int folder = beneath_open(course->folder, name, O_RDONLY | O_DIRECTORY, 0);
    if (folder < 0 && !update) return 0;
    for (size_t i = 0; i < proof->cases.count; i++) {
        struct proof_case *one = &proof->cases.items[i];
        const char *transcript = json_get_string(one->task.result, "transcript", NULL);
        if (!has_transcript(one) || !transcript || one->faults.list.count) continue;
        autofree char *path = path_of(proof, one);
        scoped(str) now = STR_INIT;
        scoped(str) diff = STR_INIT;
        bool differs;
        golden_normalize(&now, transcript);
        if (compare_case(course, path, &now, &differs, &diff, err)) return -1;
        if (!differs) continue;
        if (!update) {
            note_fault(one, path, &diff);
            continue;
        }
        str_append_bytes(diffs, diff.data, diff.len);
        *array_push(&changes->list) = (struct golden_change){.path = steal(&path), .text = str_steal(&now)};
    }
    if (folder >= 0) find_orphans(proof, folder, update, changes, diffs);
    return 0;
}

int golden_write(const struct golden_changes *changes, const struct course *course, struct err *err) {
    for (size_t i = 0; i < changes->list.count; i++) {
        const struct golden_change *change = &changes->list.items[i];
        int status = change->text
                         ? beneath_write(course->folder, change->path, change->text, strlen(change->text), 0644)
                         : beneath_remove(course->folder, change->path);
        if (status) return err_errno(err, ERR_ENVIRONMENT, "cannot write %s", change->path);
    }
    return 0;
}
