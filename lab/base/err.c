#include "base/err.h"

#include <errno.h>

#include "base/banned.h"

static void set_message(struct err *err, enum err_code code, const char *format, va_list args) {
    err->code = code;
    err->help[0] = '\0';
    vsnprintf(err->message, sizeof err->message, format, args);
}

int err_set(struct err *err, enum err_code code, const char *format, ...) {
    if (!err) return -1;
    va_list args;
    va_start(args, format);
    set_message(err, code, format, args);
    va_end(args);
    return -1;
}

int err_errno(struct err *err, enum err_code code, const char *format, ...) {
    int cause = errno;
    if (!err) return -1;
    va_list args;
    va_start(args, format);
    set_message(err, code, format, args);
    va_end(args);
    size_t len = strlen(err->message);
    snprintf(err->message + len, sizeof err->message - len, ": %s", strerror(cause));
    if (cause == ENOSPC || cause == EDQUOT) err_help(err, "free some disk space, then run the command again");
    return -1;
}

int err_wrap(struct err *err, const char *format, ...) {
    if (!err) return -1;
    char inner[sizeof err->message];
    memcpy(inner, err->message, sizeof inner);
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    size_t len = strlen(err->message);
    snprintf(err->message + len, sizeof err->message - len, ": %.*s", (int)sizeof inner, inner);
    return -1;
}

int err_join(struct err *err) {
    if (!err || !err->help[0]) return -1;
    size_t len = strlen(err->message);
    snprintf(err->message + len, sizeof err->message - len, "; %s", err->help);
    err->help[0] = '\0';
    return -1;
}

int err_help(struct err *err, const char *format, ...) {
    if (!err || err->help[0]) return -1;
    va_list args;
    va_start(args, format);
    vsnprintf(err->help, sizeof err->help, format, args);
    va_end(args);
    return -1;
}
