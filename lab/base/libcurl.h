#pragma once
/* libcurl, loaded on first use (see base/dynamic.h): functions are called as curl.easy_perform(…). The only place that
 * includes curl.h. Who uses it says which hosts and sockets it may reach. */

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/err.h"

#define CURL_FUNCTIONS(X) \
    X(easy_init) \
    X(easy_cleanup) \
    X(easy_getinfo) \
    X(easy_perform) \
    X(easy_setopt) \
    X(easy_strerror) \
    X(global_init) \
    X(multi_add_handle) \
    X(multi_cleanup) \
    X(multi_info_read) \
    X(multi_init) \
    X(multi_perform) \
    X(multi_poll) \
    X(multi_remove_handle) \
    X(multi_setopt) \
    X(slist_append) \
    X(slist_free_all)

struct curl {
#define X(name) __typeof__(curl_##name) *name;
    CURL_FUNCTIONS(X)
#undef X
};
extern struct curl curl;

/* Loads and starts it, once a process. */
int curl_load(struct err *err);
