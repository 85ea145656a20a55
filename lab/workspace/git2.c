#include "workspace/git2.h"

#include "base/dynamic.h"

struct git2 git2;

/* libgit2 parses the system's certificates when it starts: 6 ms of every command, for remotes that lab never talks
 * to. A library loaded later takes this function of the program's instead of mbedtls's; 0 says that all were read. */
int mbedtls_x509_crt_parse_file(void *chain, const char *path);
int mbedtls_x509_crt_parse_file(void *chain, const char *path) {
    (void)chain, (void)path;
    return 0;
}

static const struct dynamic_symbol symbols[] = {
#define X(name) {"git_" #name, (void **)&git2.name},
    GIT2_FUNCTIONS(X)
#undef X
};

int git2_load(struct err *err) {
    static bool loaded;
    if (loaded) return 0;
    if (dynamic_load(LIBGIT2_SONAME, symbols, LENGTH(symbols), err)) return -1;
    if (git2.libgit2_init() < 0) return git2_error(err, ERR_ENVIRONMENT, "cannot start libgit2");
    /* Those of git's extensions that concern nothing which is read or written here. */
    const char *extensions[] = {"worktreeconfig", "preciousobjects", "partialclone", "relativeworktrees"};
    git2.libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, LENGTH(extensions));
    /* Everything that goes into a tree or a commit was just written or looked up. */
    git2.libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
    loaded = true;
    return 0;
}

int git2_error(struct err *err, enum err_code code, const char *format, ...) {
    if (!err) return -1;
    char context[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);
    const git_error *last = git2.error_last();
    err_set(err, code, "%s: %s", context, last && last->message ? last->message : "unknown error of libgit2");
    if (strstr(err->message, "No space left")) err_help(err, "free some disk space, then run the command again");
    return -1;
}

#define X(name) \
    void git2_release_##name(git_##name **pointer) { \
        if (*pointer) git2.name##_free(*pointer); \
    }
GIT2_SCOPED(X)
#undef X

int workspace_prepare(struct err *err) { return git2_load(err); }
