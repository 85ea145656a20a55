#include "course/yaml_inside.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/str.h"

/* Words with a value, in the three spellings that the schema allows. */
static const struct word {
    const char *text;
    enum yaml_kind kind;
    bool boolean;
    double number;
} words[] = {
    {"", YAML_NULL, false, 0},
    {"~", YAML_NULL, false, 0},
    {"null", YAML_NULL, false, 0},
    {"Null", YAML_NULL, false, 0},
    {"NULL", YAML_NULL, false, 0},
    {"true", YAML_BOOLEAN, true, 0},
    {"True", YAML_BOOLEAN, true, 0},
    {"TRUE", YAML_BOOLEAN, true, 0},
    {"false", YAML_BOOLEAN, false, 0},
    {"False", YAML_BOOLEAN, false, 0},
    {"FALSE", YAML_BOOLEAN, false, 0},
    {".inf", YAML_NUMBER, false, INFINITY},
    {".Inf", YAML_NUMBER, false, INFINITY},
    {".INF", YAML_NUMBER, false, INFINITY},
    {"+.inf", YAML_NUMBER, false, INFINITY},
    {"+.Inf", YAML_NUMBER, false, INFINITY},
    {"+.INF", YAML_NUMBER, false, INFINITY},
    {"-.inf", YAML_NUMBER, false, -INFINITY},
    {"-.Inf", YAML_NUMBER, false, -INFINITY},
    {"-.INF", YAML_NUMBER, false, -INFINITY},
    {".nan", YAML_NUMBER, false, NAN},
    {".NaN", YAML_NUMBER, false, NAN},
    {".NAN", YAML_NUMBER, false, NAN},
};

static bool resolve_word(struct yaml_node *node) {
    if (node->text_len > 5) return false;
    for (size_t i = 0; i < LENGTH(words); i++) {
        if (strlen(words[i].text) != node->text_len || memcmp(words[i].text, node->text, node->text_len) != 0) continue;
        node->kind = words[i].kind;
        if (node->kind == YAML_BOOLEAN)
            node->boolean = words[i].boolean;
        else if (node->kind == YAML_NUMBER)
            node->number = words[i].number;
        return true;
    }
    return false;
}

static const char *skip_digits(const char *p) {
    while (isdigit((unsigned char)*p)) p++;
    return p;
}

static const char *skip_sign(const char *p) { return *p == '-' || *p == '+' ? p + 1 : p; }

/* [-+]? [0-9]+ | 0o [0-7]+ | 0x [0-9a-fA-F]+ ; the base, or 0 when text is no integer. */
static int integer_base(const char *text) {
    if (text[0] == '0' && (text[1] == 'o' || text[1] == 'x') && text[2]) {
        const char *digits = text[1] == 'o' ? "01234567" : "0123456789abcdefABCDEF";
        return text[2 + strspn(text + 2, digits)] ? 0 : text[1] == 'o' ? 8 : 16;
    }
    const char *first = skip_sign(text), *end = skip_digits(first);
    return end > first && !*end ? 10 : 0;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_float(const char *text) {
    const char *whole = skip_sign(text), *p = skip_digits(whole);
    size_t digits = (size_t)(p - whole);
    if (*p == '.') {
        const char *fraction = p + 1;
        p = skip_digits(fraction);
        digits += (size_t)(p - fraction);
    }
    if (!digits) return false;
    if (*p == 'e' || *p == 'E') {
        const char *exponent = skip_sign(p + 1);
        p = skip_digits(exponent);
        if (p == exponent) return false;
    }
    return !*p;
}

/* Digits beyond 64 bits, in the base that they are written in. */
static double large_number(const char *digits, int base) {
    double value = 0;
    if (base == 10) return strtod(digits, NULL);
    for (const char *p = digits; *p; p++) {
        int digit = isdigit((unsigned char)*p) ? *p - '0' : tolower((unsigned char)*p) - 'a' + 10;
        value = value * base + digit;
    }
    return value;
}

static bool resolve_number(struct yaml_node *node) {
    int base = integer_base(node->text);
    if (!base && !is_float(node->text)) return false;
    node->kind = YAML_NUMBER;
    if (!base) {
        node->number = strtod(node->text, NULL);
        return true;
    }
    const char *digits = base == 10 ? node->text : node->text + 2;
    errno = 0;
    node->integer = strtoll(digits, NULL, base);
    node->number = errno ? large_number(digits, base) : (double)node->integer;
    if (!errno) node->kind = YAML_INTEGER;
    return true;
}

void yaml_resolve(struct yaml_node *node) {
    bool may_be_number =
        node->text_len && strchr("+-.0123456789", node->text[0]) && !memchr(node->text, '\0', node->text_len);
    if (resolve_word(node) || (may_be_number && resolve_number(node))) return;
    node->kind = YAML_STRING;
}
