/*
 * BuildKit's statuses: what a step is called, how it ended, what it wrote. Protocol Buffers, read as far as is needed.
 * Source: moby/buildkit api/services/control/control.proto (StatusResponse, Vertex, VertexLog).
 */

#include <stdint.h>
#include <string.h>

#include "docker/progress.h"

/* ---- Base64 (RFC 4648) ---- */

static int digit_of(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

bool progress_decode(struct str *out, const char *text) {
    uint32_t bits = 0;
    int count = 0;
    if (!text) return false;
    for (; *text && *text != '='; text++) {
        int digit = digit_of(*text);
        if (digit < 0) return false;
        bits = (bits << 6 | (uint32_t)digit) & 0xffff;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        str_append_char(out, (char)(bits >> count));
    }
    return true;
}

/* ---- Protocol Buffers ---- */

struct message {
    const unsigned char *at, *end;
};

struct entry {
    uint64_t field;
    struct sv bytes; /* of a field that holds bytes, text or a message */
};

static struct message message_of(struct sv bytes) {
    const unsigned char *at = (const unsigned char *)bytes.data;
    return (struct message){at, at + bytes.len};
}

static bool read_number(struct message *m, uint64_t *number) {
    *number = 0;
    for (unsigned shift = 0; m->at < m->end && shift < 64; shift += 7) {
        *number |= (uint64_t)(*m->at & 0x7f) << shift;
        if (!(*m->at++ & 0x80)) return true;
    }
    return false;
}

static bool skip(struct message *m, uint64_t len) {
    if (len > (uint64_t)(m->end - m->at)) return false;
    m->at += len;
    return true;
}

/* The next entry; false at the end, and where it is none. */
static bool next_entry(struct message *m, struct entry *entry) {
    uint64_t tag, number;
    *entry = (struct entry){.bytes = SV("")};
    if (!read_number(m, &tag)) return false;
    entry->field = tag >> 3;
    switch (tag & 7) {
    case 0: return read_number(m, &number);
    case 1: return skip(m, 8);
    case 5: return skip(m, 4);
    case 2:
        if (!read_number(m, &number) || !skip(m, number)) return false;
        entry->bytes = (struct sv){(const char *)m->at - number, (size_t)number};
        return true;
    default: return false;
    }
}

/* ---- steps ---- */

static struct progress_step *find_step(struct progress *progress, struct sv digest) {
    for (size_t i = 0; i < progress->step_count; i++)
        if (sv_equals(digest, progress->steps[i].digest)) return &progress->steps[i];
    return NULL;
}

/* BuildKit's own steps are no instructions of a Dockerfile. */
static bool is_instruction(const char *name) {
    return !string_starts_with(name, "[internal]") && !string_starts_with(name, "copy /context");
}

/* Says its name, once; NULL when it is one too many. */
static struct progress_step *add_step(struct progress *progress, struct sv digest, struct sv name) {
    if (progress->step_count == PROGRESS_STEPS_MOST || digest.len >= sizeof progress->steps->digest) return NULL;
    struct progress_step *step = &progress->steps[progress->step_count++];
    memcpy(step->digest, digest.data, digest.len);
    step->name = mem_copy(name.data, name.len);
    step->said = (struct str)STR_INIT;
    if (!is_instruction(step->name)) return step;
    progress_log(progress, NULL, name.data, name.len);
    progress_log(progress, NULL, "\n", 1);
    return step;
}

/* The steps in which BuildKit looks for the images that a Dockerfile, or its `# syntax=`, names. */
static bool fetches(const char *name) {
    return string_starts_with(name, "[internal] load metadata for ") ||
           string_starts_with(name, "resolve image config for ") || string_starts_with(name, "docker-image://") ||
           strstr(name, "] FROM ");
}

static void take_step(struct progress *progress, struct sv bytes) {
    struct message m = message_of(bytes);
    struct entry entry;
    struct sv digest = SV(""), name = SV(""), error = SV("");
    while (next_entry(&m, &entry)) {
        if (entry.field == 1) digest = entry.bytes;
        if (entry.field == 3) name = entry.bytes;
        if (entry.field == 7) error = entry.bytes;
    }
    struct progress_step *step = find_step(progress, digest);
    if (!step && digest.len) step = add_step(progress, digest, name);
    if (!error.len || memmem(error.data, error.len, "context canceled", strlen("context canceled"))) return;
    autofree char *called = mem_copy(name.data, name.len);
    progress->fetching |= fetches(called);
    if (step && !progress->failed && is_instruction(step->name)) progress->failed = step;
}

static void take_output(struct progress *progress, struct sv bytes) {
    struct message m = message_of(bytes);
    struct entry entry;
    struct progress_step *step = NULL;
    while (next_entry(&m, &entry)) { /* in the order of the fields' numbers */
        if (entry.field == 1) step = find_step(progress, entry.bytes);
        if (entry.field == 4) progress_log(progress, step, entry.bytes.data, entry.bytes.len);
    }
}

void progress_status(struct progress *progress, struct sv bytes) {
    struct message m = message_of(bytes);
    struct entry entry;
    while (next_entry(&m, &entry)) {
        if (entry.field == 1) take_step(progress, entry.bytes);
        if (entry.field == 3) take_output(progress, entry.bytes);
    }
}
