#include "base/dynamic.h"

#include <dlfcn.h>

int dynamic_load(const char *soname, const struct dynamic_symbol *symbols, size_t count, struct err *err) {
    void *library = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
    if (!library) return err_set(err, ERR_ENVIRONMENT, "cannot load %s: %s", soname, dlerror());
    for (size_t i = 0; i < count; i++) {
        *symbols[i].address = dlsym(library, symbols[i].name);
        if (!*symbols[i].address)
            return err_set(err, ERR_ENVIRONMENT, "%s lacks the function %s", soname, symbols[i].name);
    }
    return 0;
}
