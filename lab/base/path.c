#include "base/path.h"

#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

char *path_join(const char *directory, const char *name) {
    if (name[0] == '/' || !directory[0]) return mem_copy_string(name);
    return str_format("%s%s%s", directory, string_ends_with(directory, "/") ? "" : "/", name);
}

const char *path_base(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *path_parent(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash) return mem_copy_string(".");
    return slash == path ? mem_copy_string("/") : mem_copy(path, (size_t)(slash - path));
}

char *path_normalized(const char *path) {
    struct str out = STR_INIT;
    for (const char *at = path; *at;) {
        size_t len = strcspn(at, "/");
        if (len == 2 && !memcmp(at, "..", 2)) {
            char *slash = out.len ? strrchr(out.data, '/') : NULL;
            out.len = slash ? (size_t)(slash - out.data) : 0;
            out.data[out.len] = '\0';
        } else if (len && !(len == 1 && *at == '.')) {
            str_append_char(&out, '/');
            str_append_bytes(&out, at, len);
        }
        at += len + (at[len] == '/');
    }
    return str_steal(&out);
}

const char *path_below(const char *path, const char *folder) {
    size_t len = strlen(folder);
    while (len && folder[len - 1] == '/') len--;
    if (strncmp(path, folder, len) != 0 || (path[len] && path[len] != '/')) return NULL;
    return path[len] ? path + len + 1 : path + len;
}

static bool component_is_inside(const char *name, size_t len) {
    if (!len || (len == 1 && name[0] == '.') || (len == 2 && !memcmp(name, "..", 2))) return false;
    return !(len == 4 && !strncasecmp(name, ".git", 4));
}

bool path_is_inside(const char *path) {
    for (;;) {
        size_t len = strcspn(path, "/");
        if (!component_is_inside(path, len)) return false;
        if (!path[len]) return true;
        path += len + 1;
    }
}

bool path_is_bytecode(const char *path) { return !strcmp(path_base(path), "__pycache__"); }

bool path_is_id(const char *name) {
    size_t len = strlen(name);
    if (!len || len > 64 || name[0] == '-' || name[len - 1] == '-' || strstr(name, "--")) return false;
    for (; *name; name++)
        if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) && *name != '-') return false;
    return true;
}

bool path_is_scoped_id(const char *name) {
    const char *slash = strchr(name, '/');
    if (!slash) return path_is_id(name);
    autofree char *scope = mem_copy(name, (size_t)(slash - name));
    return path_is_id(scope) && path_is_id(slash + 1);
}

/* Matches one [set] at *pattern against c and moves *pattern behind it; a set without end is a plain bracket. */
static bool set_matches(const char **pattern, char c) {
    const char *p = *pattern + 1;
    bool negated = *p == '!' || *p == '^', found = false;
    if (negated) p++;
    const char *first = p;
    while (*p && (*p != ']' || p == first)) {
        if (p[1] == '-' && p[2] && p[2] != ']') {
            found |= c >= p[0] && c <= p[2];
            p += 3;
        } else {
            found |= c == *p++;
        }
    }
    if (!*p) return *(*pattern)++ == c;
    *pattern = p + 1;
    return found != negated;
}

bool path_matches(const char *pattern, const char *path) {
    for (;;) {
        if (pattern[0] == '*' && pattern[1] == '*') {
            const char *rest = pattern + 2;
            if (!*rest) return true;
            if (*rest == '/') rest++;
            for (const char *at = path;; at++) {
                if ((at == path || at[-1] == '/') && path_matches(rest, at)) return true;
                if (!*at) return false;
            }
        }
        if (*pattern == '*') {
            for (const char *at = path;; at++) {
                if (path_matches(pattern + 1, at)) return true;
                if (!*at || *at == '/') return false;
            }
        }
        if (!*pattern || !*path) return !*pattern && !*path;
        if (*pattern == '[') {
            if (*path == '/' || !set_matches(&pattern, *path)) return false;
        } else if (*pattern == '?' ? *path == '/' : *pattern != *path) {
            return false;
        } else {
            pattern++;
        }
        path++;
    }
}

static const char *place(const char *variable, const char *home, const char *under_home, const char *leaf) {
    const char *base = getenv(variable);
    autofree char *fallback = path_join(home, under_home);
    return path_join(base && base[0] == '/' ? base : fallback, leaf);
}

/* The folder that the variable names, made absolute; NULL in *folder when it names none. */
static int named_place(char **folder, const char *variable, struct err *err) {
    const char *named = getenv(variable);
    *folder = NULL;
    if (!named || !named[0]) return 0;
    autofree char *here = named[0] == '/' ? mem_copy_string("") : getcwd(NULL, 0);
    if (!here) return err_errno(err, ERR_ENVIRONMENT, "%s is relative to the current folder, which is gone", variable);
    autofree char *whole = path_join(here, named);
    *folder = path_normalized(whole);
    return 0;
}

const struct path_places *path_places(struct err *err) {
    static struct path_places places;
    if (places.work) return &places;
    const char *home = getenv("HOME");
    autofree char *moved = NULL, *work = NULL;
    if (named_place(&moved, "LAB_HOME", err) || named_place(&work, "LAB_WORK", err)) return NULL;
    if (moved) {
        places.data = path_join(moved, "data");
        places.cache = path_join(moved, "cache");
    } else if (home && home[0] == '/') {
        places.data = place("XDG_DATA_HOME", home, ".local/share", "lab");
        places.cache = place("XDG_CACHE_HOME", home, ".cache", "lab");
    } else {
        err_set(err, ERR_ENVIRONMENT, "no home directory: HOME is %s", home ? "not an absolute path" : "not set");
        err_help(err, "export HOME=/path or LAB_HOME=/path");
        return NULL;
    }
    places.work = work ? steal(&work) : moved ? path_join(moved, "work") : path_join(home, "lab");
    return &places;
}
