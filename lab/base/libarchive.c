#include "base/libarchive.h"

#include "base/dynamic.h"
#include "base/mem.h"

struct tar tar;

static const struct dynamic_symbol symbols[] = {
#define X(name) {"archive_" #name, (void **)&tar.name},
    TAR_FUNCTIONS(X)
#undef X
};

int tar_load(struct err *err) {
    static bool loaded;
    if (!loaded && dynamic_load(LIBARCHIVE_SONAME, symbols, LENGTH(symbols), err)) return -1;
    loaded = true;
    return 0;
}

int tar_error(struct archive *archive, enum err_code code, const char *what, struct err *err) {
    const char *said = tar.error_string(archive);
    return err_set(err, code, "%s: %s", what, said ? said : "unknown error of libarchive");
}
