/*
 * Whether a shell script can be read to its end: quotes, brackets, substitutions, here-documents and the words that
 * belong together. A stranger's text is never given to a shell. What is not understood is let pass.
 */

#include <ctype.h>

#include "author/lint_rules.h"

enum { OPEN_MOST = 64, WORD_MOST = 8, DOCUMENTS_MOST = 8 };

/* What may be left open, what closes it, and how it is told. */
enum open_kind { IN_PAREN, IN_BRACE, IN_SUBSTITUTION, IN_PARAMETER, IN_DOUBLE, IN_BACKTICK, IN_IF, IN_DO, IN_CASE };
static const char *const told[] = {
    [IN_PAREN] = "a ( is not closed",      [IN_BRACE] = "a { is not closed",   [IN_SUBSTITUTION] = "a $( is not closed",
    [IN_PARAMETER] = "a ${ is not closed", [IN_DOUBLE] = "a \" is not closed", [IN_BACKTICK] = "a ` is not closed",
    [IN_IF] = "an if has no fi",           [IN_DO] = "a do has no done",       [IN_CASE] = "a case has no esac",
};

struct document { /* a here-document that begins on this line */
    struct sv end;
    size_t at;
    bool tabs;
};

struct script {
    struct sv text;
    size_t at;
    struct {
        enum open_kind kind;
        size_t at;
    } open[OPEN_MOST];
    size_t depth;
    struct document documents[DOCUMENTS_MOST];
    size_t document_count;
    bool command; /* a command may begin here */
    const char *fault;
    size_t fault_at;
};

static int fail(struct script *s, size_t at, const char *fault) {
    if (!s->fault) s->fault = fault, s->fault_at = at;
    return -1;
}

static char peek(const struct script *s, size_t ahead) {
    return s->at + ahead < s->text.len ? s->text.data[s->at + ahead] : '\0';
}

static bool is_open(const struct script *s, enum open_kind kind) {
    return s->depth && s->open[s->depth - 1].kind == kind;
}

static int push(struct script *s, enum open_kind kind, size_t at) {
    if (s->depth == OPEN_MOST) return fail(s, at, "more is nested here than one can follow");
    s->open[s->depth].kind = kind;
    s->open[s->depth++].at = at;
    return 0;
}

/* ---- quotes ---- */

static int skip_single(struct script *s) {
    const char *begin = s->text.data + s->at + 1;
    const char *end = memchr(begin, '\'', s->text.len - s->at - 1);
    if (!end) return fail(s, s->at, "a ' is not closed");
    s->at += (size_t)(end - begin) + 2;
    return 0;
}

/* "$(", "${", "$((" or a plain "$"; the position is at the dollar. */
static int dollar(struct script *s) {
    size_t at = s->at;
    char next = peek(s, 1);
    s->at += next == '(' || next == '{' ? 2 : 1;
    if (next == '{') return push(s, IN_PARAMETER, at);
    if (next != '(') return 0;
    s->command = true;
    return push(s, IN_SUBSTITUTION, at);
}

static int inside_double(struct script *s) {
    char c = peek(s, 0);
    if (c == '\\') return s->at += 2, 0;
    if (c == '$') return dollar(s);
    if (c == '"') s->depth--;
    s->at++;
    if (c == '`') return push(s, IN_BACKTICK, s->at - 1);
    return 0;
}

static int inside_parameter(struct script *s) {
    char c = peek(s, 0);
    if (c == '\\') return s->at += 2, 0;
    if (c == '$') return dollar(s);
    if (c == '\'') return skip_single(s);
    s->at++;
    if (c == '}') s->depth--;
    if (c == '"') return push(s, IN_DOUBLE, s->at - 1);
    return 0;
}

/* ---- here-documents ---- */

static int note_document(struct script *s) {
    struct document document = {.at = s->at};
    s->at += 2;
    if (peek(s, 0) == '<') return s->at++, 0; /* a here-string */
    if (peek(s, 0) == '-') document.tabs = true, s->at++;
    while (peek(s, 0) == ' ') s->at++;
    char quote = peek(s, 0) == '\'' || peek(s, 0) == '"' ? peek(s, 0) : '\0';
    if (quote || peek(s, 0) == '\\') s->at++;
    document.end.data = s->text.data + s->at;
    while (s->at < s->text.len && (quote ? peek(s, 0) != quote && peek(s, 0) != '\n'
                                         : isalnum((unsigned char)peek(s, 0)) || peek(s, 0) == '_'))
        s->at++;
    document.end.len = (size_t)(s->text.data + s->at - document.end.data);
    if (quote && peek(s, 0) == quote) s->at++;
    if (document.end.len && s->document_count < DOCUMENTS_MOST) s->documents[s->document_count++] = document;
    return 0;
}

/* The position is behind a line's end: the bodies of its here-documents follow. */
static int skip_documents(struct script *s) {
    for (size_t i = 0; i < s->document_count; i++) {
        struct sv rest = {s->text.data + s->at, s->text.len - s->at}, line;
        bool ended = false;
        while (!ended && sv_next_line(&rest, &line)) {
            while (s->documents[i].tabs && line.len && line.data[0] == '\t') line.data++, line.len--;
            ended = line.len == s->documents[i].end.len && !memcmp(line.data, s->documents[i].end.data, line.len);
        }
        if (!ended) return fail(s, s->documents[i].at, "a here-document (<<) has no end");
        s->at = (size_t)(rest.data - s->text.data);
    }
    s->document_count = 0;
    return 0;
}

/* ---- words ---- */

static int close_word(struct script *s, enum open_kind kind, const char *fault) {
    if (!is_open(s, kind)) return fail(s, s->at, fault);
    s->depth--;
    return 0;
}

/* A word where a command may begin: those that open or close something. */
static int reserved(struct script *s, struct sv word) {
    if (sv_equals(word, "if")) return push(s, IN_IF, s->at);
    if (sv_equals(word, "do")) return push(s, IN_DO, s->at);
    if (sv_equals(word, "case")) return push(s, IN_CASE, s->at);
    if (sv_equals(word, "fi")) return close_word(s, IN_IF, "a fi without an if");
    if (sv_equals(word, "done")) return close_word(s, IN_DO, "a done without a do");
    if (sv_equals(word, "esac")) return close_word(s, IN_CASE, "an esac without a case");
    return 0;
}

static bool keeps_command(struct sv word) {
    static const char *const words[] = {"if", "then", "else", "elif", "do", "while", "until", "!", "time"};
    for (size_t i = 0; i < LENGTH(words); i++)
        if (sv_equals(word, words[i])) return true;
    return false;
}

static int plain_word(struct script *s) {
    struct sv word = {s->text.data + s->at, 0};
    while (s->at + word.len < s->text.len && !isspace((unsigned char)word.data[word.len]) &&
           !char_is_one_of(word.data[word.len], ";|&<>()\"'`$\\"))
        word.len++;
    bool whole = word.len && word.len <= WORD_MOST;
    if (whole && (s->command || is_open(s, IN_CASE)) && reserved(s, word)) return -1;
    if (word.len == 1 && *word.data == '{' && s->command && push(s, IN_BRACE, s->at)) return -1;
    if (word.len == 1 && *word.data == '}' && s->command && close_word(s, IN_BRACE, "a } without a {")) return -1;
    s->command = s->command && (keeps_command(word) || sv_equals(word, "{") || sv_equals(word, "}"));
    s->at += word.len ? word.len : 1;
    return 0;
}

static int close_paren(struct script *s) {
    if (is_open(s, IN_CASE)) { /* the end of a pattern */
        s->command = true;
        s->at++;
        return 0;
    }
    if (!is_open(s, IN_PAREN) && !is_open(s, IN_SUBSTITUTION)) {
        if (s->depth) return fail(s, s->open[s->depth - 1].at, told[s->open[s->depth - 1].kind]);
        return fail(s, s->at, "a ) without a (");
    }
    s->command = is_open(s, IN_PAREN);
    s->depth--;
    s->at++;
    return 0;
}

static int line_end(struct script *s) {
    s->at++;
    s->command = true;
    return s->document_count ? skip_documents(s) : 0;
}

static int backtick(struct script *s) {
    s->at++;
    s->command = true;
    if (!is_open(s, IN_BACKTICK)) return push(s, IN_BACKTICK, s->at - 1);
    s->depth--;
    s->command = false;
    return 0;
}

static int escape(struct script *s) {
    bool last = s->at + 2 >= s->text.len && (peek(s, 1) == '\n' || !peek(s, 1));
    if (last) return fail(s, s->at, "the last line ends with a backslash");
    s->at += 2;
    return 0;
}

static int step(struct script *s) {
    char c = peek(s, 0);
    if (is_open(s, IN_DOUBLE)) return inside_double(s);
    if (is_open(s, IN_PARAMETER)) return inside_parameter(s);
    bool fresh = !s->at || isspace((unsigned char)s->text.data[s->at - 1]);
    switch (c) {
    case '\n': return line_end(s);
    case '\\': return escape(s);
    case '\'': s->command = false; return skip_single(s);
    case '"': s->command = false; return push(s, IN_DOUBLE, s->at++);
    case '`': return backtick(s);
    case '$': s->command = false; return dollar(s);
    case '(': s->command = true; return push(s, IN_PAREN, s->at++);
    case ')': return close_paren(s);
    case ';':
    case '|':
    case '&':
        s->command = true;
        s->at++;
        return 0;
    case '<':
        if (peek(s, 1) == '<') return note_document(s);
        s->at++;
        return 0;
    case '#':
        if (!fresh) return plain_word(s);
        while (s->at < s->text.len && peek(s, 0) != '\n') s->at++;
        return 0;
    default: break;
    }
    if (!isspace((unsigned char)c) && c != '>') return plain_word(s);
    s->at++;
    return 0;
}

const char *lint_shell_fault(struct sv text, size_t *at) {
    struct script s = {.text = text, .command = true};
    while (!s.fault && s.at < text.len && !step(&s)) {}
    if (!s.fault && s.document_count) fail(&s, s.documents[0].at, "a here-document (<<) has no end");
    if (!s.fault && s.depth) fail(&s, s.open[s.depth - 1].at, told[s.open[s.depth - 1].kind]);
    *at = s.fault_at;
    return s.fault;
}
