#pragma once
/*
 * HTTP to programs on this machine: libcurl, loaded on first use, held to the loopback. Whatever a name resolves to
 * and wherever a redirect leads, a socket is opened to 127.0.0.0/8 and ::1 only. No proxy, no signals, only http and https.
 * It knows no Lua.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum {
    HTTP_BODY_MOST = 16 << 20,
    HTTP_HEADERS_MOST = 64 << 10,
    HTTP_CHUNKS_MOST = 10000, /* later data is added to the last one */
    HTTP_REDIRECTS_MOST = 5,
};

/*
 * How sockets come about. `connect` answers a connected socket to a port of the loopback that the program under test sees,
 * or -1; libcurl closes it. It must have been connected without blocking, waited for by poll, and not asked again: libcurl
 * 7.88 ignores CURL_SOCKOPT_ALREADY_CONNECTED and calls connect(2) once more, which succeeds for such a socket only.
 * NULL: sockets of this machine's own loopback.
 */
struct http_hooks {
    int (*connect)(void *context, unsigned short port);
    void *context;
};
void http_set_hooks(struct http_hooks hooks);

struct http_request {
    const char *url, *method;
    const char *const *headers; /* "Name: value", up to a NULL */
    struct sv body;             /* data NULL: none */
    double timeout;             /* seconds, of the whole exchange */
    bool follow;                /* redirects */
    bool stream;                /* keep chunks, and what came before the timeout */
    bool unverified;            /* https: any certificate will do */
    struct sv authority;        /* https: certificates to trust, PEM; data NULL: the system's */
};

struct http_chunk {
    double at;  /* seconds from the request to its arrival */
    size_t end; /* of its data in the body; it begins where the one before ends */
};

struct http_answer {
    long status;
    struct str body;
    json_t *headers; /* names in lower case; one that came twice has its values joined by ", " */
    json_t *tls;     /* https: {version, cipher, subject, issuer, not_before, not_after}; else NULL */
    char *url;       /* the last one, after redirects */
    double seconds;
    bool timed_out; /* only where `stream` was asked for */
    array(struct http_chunk) chunks;
};
void http_answer_release(struct http_answer *answer); /* of one that is zeroed, too */

/* One exchange. -1 with why there is no answer; any status is one. */
int http_perform(struct http_answer *answer, const struct http_request *request, struct err *err);

struct http_figures {
    double *times;  /* seconds of each answered request, in the order of their ends */
    long *statuses; /* their statuses */
    size_t answered, errors;
    double seconds;        /* of all */
    char first_error[256]; /* or "" */
};
void http_figures_release(struct http_figures *figures);

/* What is sent `count` times, at most `concurrency` at once, within `seconds` in all. */
struct http_burst {
    size_t count, concurrency;
    double seconds;
};

/* Sends one request many times, over connections kept alive. What has no answer when the time is over counts as an error, sent or not.
 * -1 only when libcurl cannot be used. */
int http_load(struct http_figures *figures, const struct http_request *request, struct http_burst burst,
              struct err *err);
