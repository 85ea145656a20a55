#include "report/html.h"

#include <string.h>

static const char *reference_for(char c) {
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return (unsigned char)c < ' ' || c == 0x7f ? " " : NULL;
    }
}

void html_text(struct str *out, const char *text) {
    scoped(str) valid = STR_INIT;
    str_append_utf8(&valid, text, strlen(text));
    for (size_t i = 0; i < valid.len; i++) {
        const char *reference = reference_for(valid.data[i]);
        if (reference)
            str_append(out, reference);
        else
            str_append_char(out, valid.data[i]);
    }
}

void html_add(struct str *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    for (const char *at = format; *at; at++) {
        if (*at != '%')
            str_append_char(out, *at);
        else if (*++at == 's')
            html_text(out, va_arg(args, const char *));
        else if (*at == 'd')
            str_printf(out, "%d", va_arg(args, int));
        else
            str_append_char(out, *at);
    }
    va_end(args);
}
