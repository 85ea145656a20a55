#include "checker/libpq.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/dynamic.h"
#include "base/mem.h"
#include "base/str.h"

struct pq pq;

static const struct dynamic_symbol symbols[] = {
#define X(name) {"PQ" #name, (void **)&pq.name},
    PQ_FUNCTIONS(X)
#undef X
};

static void drop_settings(void) {
    for (size_t i = 0; environ[i];) {
        autofree char *name = mem_copy(environ[i], strcspn(environ[i], "="));
        if (string_starts_with(name, "PG"))
            unsetenv(name); /* moves the next one to i */
        else
            i++;
    }
    setenv("KRB5_CONFIG", "/dev/null", 1);
    setenv("KRB5CCNAME", "/nonexistent", 1);
}

int pq_load(struct err *err) {
    static bool loaded;
    if (loaded) return 0;
    if (dynamic_load(LIBPQ_SONAME, symbols, LENGTH(symbols), err)) return err_help(err, "sudo apt install libpq5");
    drop_settings();
    loaded = true;
    return 0;
}
