#include "term/term.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80, LEAST_WIDTH = 20, MOST_WIDTH = 1000 };

static bool is_set(const char *name) {
    const char *value = getenv(name);
    return value && *value;
}

static bool is_dumb(void) {
    const char *name = getenv("TERM");
    return name && !strcmp(name, "dumb");
}

/* As setlocale would find it, without the cost of loading a locale. */
static bool locale_is_utf8(void) {
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < LENGTH(variables); i++) {
        const char *value = getenv(variables[i]);
        if (!value || !*value) continue;
        return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

static int width_of(int fd) {
    struct winsize size = {0};
    long width = ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    if (!width && is_set("COLUMNS")) width = strtol(getenv("COLUMNS"), NULL, 10);
    if (width <= 0) return USUAL_WIDTH;
    if (width > MOST_WIDTH) return MOST_WIDTH;
    return width < LEAST_WIDTH ? LEAST_WIDTH : (int)width;
}

struct term term_of(FILE *stream, bool plain) {
    int fd = fileno(stream);
    bool tty = isatty(fd) && is_set("TERM") && !is_dumb();
    return (struct term){
        .tty = tty,
        .color = tty && !plain && !is_set("NO_COLOR"),
        .unicode = locale_is_utf8() && !is_dumb(),
        .width = width_of(fd),
    };
}

static const char *const codes[] = {
    [STYLE_PLAIN] = "",       [STYLE_STRONG] = "\033[1m", [STYLE_FAINT] = "\033[2m", [STYLE_GOOD] = "\033[32m",
    [STYLE_BAD] = "\033[31m", [STYLE_WARN] = "\033[33m",  [STYLE_LINK] = "\033[4m",  [STYLE_SLANTED] = "\033[3m",
};

const char *term_on(const struct term *term, enum style style) { return term->color ? codes[style] : ""; }

const char *term_off(const struct term *term) { return term->color ? "\033[0m" : ""; }

const char *term_bytes(char text[TERM_AMOUNT_SIZE], double bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t unit = 0;
    if (!(bytes > 0)) bytes = 0;
    for (; bytes >= 1023.95 && unit + 1 < LENGTH(units); unit++) bytes /= 1024;
    snprintf(text, TERM_AMOUNT_SIZE, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
    return text;
}

const char *term_seconds(char text[TERM_AMOUNT_SIZE], double seconds) {
    if (!(seconds > 0)) seconds = 0;
    unsigned whole = seconds < 1e9 ? (unsigned)(seconds + 0.5) : 1000000000;
    if (seconds < 0.9995)
        snprintf(text, TERM_AMOUNT_SIZE, "%.0f ms", seconds * 1000);
    else if (seconds < 59.95)
        snprintf(text, TERM_AMOUNT_SIZE, "%.1f s", seconds);
    else if (whole < 3600)
        snprintf(text, TERM_AMOUNT_SIZE, "%u min %u s", whole / 60, whole % 60);
    else
        snprintf(text, TERM_AMOUNT_SIZE, "%u h %u min", whole / 3600, whole / 60 % 60);
    return text;
}
