/* Texts: their line ends, their encoding, and letters that only look like others. */

#include "author/lint_rules.h"
#include "base/path.h"

/* ---- look-alikes ---- */

/* Letters and signs of other scripts that look like ASCII: Unicode's confusables (UTS 39), those that are in use. */
static const struct {
    uint32_t first, last;
    const char *script;
} lookalikes[] = {
    {0x0391, 0x0392, "Greek"},    {0x0395, 0x0397, "Greek"},    {0x0399, 0x039a, "Greek"},
    {0x039c, 0x039d, "Greek"},    {0x039f, 0x039f, "Greek"},    {0x03a1, 0x03a1, "Greek"},
    {0x03a4, 0x03a5, "Greek"},    {0x03a7, 0x03a7, "Greek"},    {0x03bf, 0x03bf, "Greek"},
    {0x0405, 0x0406, "Cyrillic"}, {0x0408, 0x0408, "Cyrillic"}, {0x0410, 0x0410, "Cyrillic"},
    {0x0412, 0x0412, "Cyrillic"}, {0x0415, 0x0415, "Cyrillic"}, {0x041a, 0x041a, "Cyrillic"},
    {0x041c, 0x041e, "Cyrillic"}, {0x0420, 0x0422, "Cyrillic"}, {0x0425, 0x0425, "Cyrillic"},
    {0x0430, 0x0430, "Cyrillic"}, {0x0435, 0x0435, "Cyrillic"}, {0x043e, 0x043e, "Cyrillic"},
    {0x0440, 0x0441, "Cyrillic"}, {0x0443, 0x0443, "Cyrillic"}, {0x0445, 0x0445, "Cyrillic"},
    {0x0455, 0x0456, "Cyrillic"}, {0x0458, 0x0458, "Cyrillic"}, {0x04bb, 0x04bb, "Cyrillic"},
    {0x2010, 0x2012, "dash"},     {0xff01, 0xff5e, "wide"},
};

static bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* The character at p of valid UTF-8, and how many bytes it has. */
static uint32_t decode(const char *p, size_t *size) {
    const unsigned char *b = (const unsigned char *)p;
    *size = b[0] < 0x80 ? 1 : b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : 4;
    uint32_t code = *size == 1 ? b[0] : b[0] & (0x7fu >> *size);
    for (size_t i = 1; i < *size; i++) code = code << 6 | (b[i] & 0x3fu);
    return code;
}

static const char *script_of(uint32_t code) {
    for (size_t i = 0; i < LENGTH(lookalikes); i++)
        if (code >= lookalikes[i].first && code <= lookalikes[i].last) return lookalikes[i].script;
    return NULL;
}

/* The first look-alike that stands beside ASCII letters in a word; NULL when there is none. */
static const char *find_lookalike(struct sv text, uint32_t *code, const char **script) {
    size_t size;
    for (size_t i = ascii_prefix(text.data, text.len); i < text.len; i += size) {
        *code = decode(text.data + i, &size);
        *script = size > 1 ? script_of(*code) : NULL;
        bool beside =
            (i && is_word_byte(text.data[i - 1])) || (i + size < text.len && is_word_byte(text.data[i + size]));
        if (*script && beside) return text.data + i;
    }
    return NULL;
}

static void judge_letters(struct lint *lint, struct lint_file *file) {
    uint32_t code;
    const char *script, *found = find_lookalike(sv_of(file->path), &code, &script);
    if (found)
        lint_add(lint, "E002", file->file, (struct yaml_position){0, 0},
                 "U+%04X in its name, %s, only looks like another", (unsigned)code, script);
    bool names = string_ends_with(file->path, ".yaml") && file->part != LINT_START && file->part != LINT_PRIVATE;
    found = names && file->is_text ? find_lookalike(file->text, &code, &script) : NULL;
    if (found)
        lint_add(lint, "E002", file->file, lint_place(file, found), "U+%04X, %s, only looks like another",
                 (unsigned)code, script);
}

/* ---- line ends, encoding ---- */

static bool ends_with_any(const char *path, const char *const *ends, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (string_ends_with(path, ends[i])) return true;
    return false;
}

static bool is_named_text(const char *path) {
    static const char *const ends[] = {".py",   ".md", ".yaml", ".yml", ".json", ".lua",   ".txt",       ".csv",
                                       ".toml", ".sh", ".cfg",  ".ini", ".html", ".sql",   ".tf",        ".js",
                                       ".css",  ".in", ".lock", ".env", ".xml",  ".proto", "Dockerfile", "Makefile"};
    return ends_with_any(path, ends, LENGTH(ends));
}

/* Files whose lines end so by a rule of their own. */
static bool may_have_returns(const char *path) {
    static const char *const ends[] = {".csv", ".bat", ".cmd", ".ps1"};
    return ends_with_any(path, ends, LENGTH(ends));
}

/* The first byte that is NUL or begins nothing that UTF-8 knows. */
static const char *first_invalid(struct sv text) {
    size_t at = 0;
    while (at < text.len && text.data[at]) {
        size_t size = 1;
        while (size < 4 && at + size < text.len && ((unsigned char)text.data[at + size] & 0xc0) == 0x80) size++;
        if (!utf8_valid(text.data + at, size)) break;
        at += size;
    }
    return text.data + at;
}

static void judge_encoding(struct lint *lint, struct lint_file *file) {
    if (!file->is_text && file->text.len && is_named_text(file->path)) {
        lint_add(lint, "W307", file->file, lint_place(file, first_invalid(file->text)),
                 "a text by its name, and not in UTF-8 by its bytes");
    }
    const char *end =
        file->is_text && !may_have_returns(file->path) ? memmem(file->text.data, file->text.len, "\r\n", 2) : NULL;
    if (end) lint_add(lint, "W304", file->file, lint_place(file, end), "a line ends with CR LF");
}

static void judge_id(struct lint *lint) {
    uint32_t code;
    const char *script;
    if (find_lookalike(sv_of(lint->id), &code, &script))
        lint_add(lint, "E002", lint->folder, (struct yaml_position){0, 0},
                 "U+%04X in its name, %s, only looks like another", (unsigned)code, script);
}

void lint_texts(struct lint *lint) {
    judge_id(lint);
    for (size_t i = 0; i < lint->files.count; i++) {
        judge_letters(lint, &lint->files.items[i]);
        judge_encoding(lint, &lint->files.items[i]);
    }
}
