#include "base/libcurl.h"

#include "base/dynamic.h"
#include "base/mem.h"

struct curl curl;

static const struct dynamic_symbol symbols[] = {
#define X(name) {"curl_" #name, (void **)&curl.name},
    CURL_FUNCTIONS(X)
#undef X
};

int curl_load(struct err *err) {
    static bool loaded;
    if (loaded) return 0;
    if (dynamic_load(LIBCURL_SONAME, symbols, LENGTH(symbols), err)) return -1;
    if (curl.global_init(CURL_GLOBAL_DEFAULT)) return err_set(err, ERR_ENVIRONMENT, "libcurl does not start");
    loaded = true;
    return 0;
}
