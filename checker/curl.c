#include "checker/curl.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/libcurl.h"

static struct http_hooks hooks;

void http_set_hooks(struct http_hooks given) { hooks = given; }

/* ---- one exchange ---- */

struct transfer {
    CURL *easy;
    struct curl_slist *headers;
    const struct http_request *request;
    struct http_answer *answer;
    double start;
    size_t header_bytes;
    char refused[256]; /* why we ended it ourselves, or "" */
    char message[CURL_ERROR_SIZE];
};

void http_answer_release(struct http_answer *answer) {
    str_release(&answer->body);
    json_decref(answer->headers);
    json_decref(answer->tls);
    free(answer->url);
    array_free(&answer->chunks);
}

/* ---- callbacks ---- */

/* 127.0.0.0/8 and ::1, and nothing that only leads there, such as 0.0.0.0 or ::ffff:127.0.0.1. */
static bool is_loopback(const struct sockaddr *address, unsigned short *port, char text[INET6_ADDRSTRLEN]) {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    snprintf(text, INET6_ADDRSTRLEN, "another kind of network");
    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        inet_ntop(AF_INET, &v4.sin_addr, text, INET6_ADDRSTRLEN);
        *port = ntohs(v4.sin_port);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    if (address->sa_family != AF_INET6) return false;
    memcpy(&v6, address, sizeof v6);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, INET6_ADDRSTRLEN);
    *port = ntohs(v6.sin6_port);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    struct transfer *t = context;
    char text[INET6_ADDRSTRLEN];
    unsigned short port = 0;
    if (purpose != CURLSOCKTYPE_IPCXN || !is_loopback(&address->addr, &port, text)) {
        snprintf(t->refused, sizeof t->refused, "%s is not on this machine's loopback", text);
        return CURL_SOCKET_BAD;
    }
    if (hooks.connect) return hooks.connect(hooks.context, port);
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int on_socket_options(void *context, curl_socket_t fd, curlsocktype purpose) {
    (void)context, (void)fd, (void)purpose;
    return hooks.connect ? CURL_SOCKOPT_ALREADY_CONNECTED : CURL_SOCKOPT_OK;
}

static void add_chunk(struct http_answer *answer, double at) {
    bool full = answer->chunks.count == HTTP_CHUNKS_MOST;
    struct http_chunk *chunk = full ? &answer->chunks.items[HTTP_CHUNKS_MOST - 1] : array_push(&answer->chunks);
    *chunk = (struct http_chunk){at, answer->body.len};
}

static size_t on_body(char *data, size_t size, size_t count, void *context) {
    struct transfer *t = context;
    size_t len = size * count;
    if (t->answer->body.len + len > HTTP_BODY_MOST) {
        snprintf(t->refused, sizeof t->refused, "a body of more than %d MiB", HTTP_BODY_MOST >> 20);
        return 0;
    }
    str_append_bytes(&t->answer->body, data, len);
    if (t->request->stream) add_chunk(t->answer, clock_monotonic() - t->start);
    return len;
}

static struct sv trim(struct sv text) {
    while (text.len && isspace((unsigned char)text.data[0])) text.data++, text.len--;
    while (text.len && isspace((unsigned char)text.data[text.len - 1])) text.len--;
    return text;
}

static void keep_header(json_t *headers, struct sv line) {
    const char *colon = memchr(line.data, ':', line.len);
    if (!colon) return;
    scoped(str) name = STR_INIT;
    scoped(str) value = STR_INIT;
    str_append_utf8(&name, line.data, (size_t)(colon - line.data));
    for (size_t i = 0; i < name.len; i++) name.data[i] = (char)tolower((unsigned char)name.data[i]);
    const char *before = json_string_value(json_object_getn(headers, name.data, name.len));
    if (before) str_printf(&value, "%s, ", before);
    struct sv rest = trim((struct sv){colon + 1, line.len - (size_t)(colon - line.data) - 1});
    str_append_utf8(&value, rest.data, rest.len);
    json_object_setn_new(headers, name.data, name.len, json_stringn(value.data, value.len));
}

/* Called with one line at a time; a status line begins the headers of a further response (after a redirect or 100). */
static size_t on_header(char *data, size_t size, size_t count, void *context) {
    struct transfer *t = context;
    struct sv line = {data, size * count};
    t->header_bytes += line.len;
    if (t->header_bytes > HTTP_HEADERS_MOST) {
        snprintf(t->refused, sizeof t->refused, "headers of more than %d KiB", HTTP_HEADERS_MOST >> 10);
        return 0;
    }
    if (line.len > 5 && !memcmp(line.data, "HTTP/", 5))
        json_object_clear(t->answer->headers);
    else
        keep_header(t->answer->headers, line);
    return line.len;
}

/* libcurl tells version and cipher only in words: "SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384". */
static int on_words(CURL *easy, curl_infotype kind, char *data, size_t len, void *context) {
    static const char start[] = "SSL connection using ";
    struct transfer *t = context;
    (void)easy;
    if (kind != CURLINFO_TEXT || len < sizeof start || memcmp(data, start, sizeof start - 1) != 0) return 0;
    struct sv rest = {data + sizeof start - 1, len - (sizeof start - 1)};
    const char *slash = memchr(rest.data, '/', rest.len);
    size_t cut = slash ? (size_t)(slash - rest.data) : rest.len;
    struct sv version = trim((struct sv){rest.data, cut});
    struct sv cipher = trim((struct sv){rest.data + cut + (slash != NULL), rest.len - cut - (slash != NULL)});
    if (!t->answer->tls) t->answer->tls = json_object();
    json_put(t->answer->tls, "version", json_text(version.data, version.len));
    json_put(t->answer->tls, "cipher", json_text(cipher.data, cipher.len));
    return 0;
}

/* ---- setting up ---- */

#define SET(option, value) curl.easy_setopt(t->easy, CURLOPT_##option, value)

static void set_method(struct transfer *t) {
    const struct http_request *request = t->request;
    bool sends = request->body.data || !strcmp(request->method, "POST") || !strcmp(request->method, "PUT") ||
                 !strcmp(request->method, "PATCH");
    if (sends) {
        SET(POST, 1L);
        SET(POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        SET(POSTFIELDS, request->body.data ? request->body.data : "");
    }
    if (!strcmp(request->method, "HEAD"))
        SET(NOBODY, 1L);
    else if (strcmp(request->method, sends ? "POST" : "GET") != 0)
        SET(CUSTOMREQUEST, request->method);
}

static void set_callbacks(struct transfer *t) {
    SET(OPENSOCKETFUNCTION, on_open_socket);
    SET(OPENSOCKETDATA, t);
    SET(SOCKOPTFUNCTION, on_socket_options);
    SET(WRITEFUNCTION, on_body);
    SET(WRITEDATA, t);
    SET(HEADERFUNCTION, on_header);
    SET(HEADERDATA, t);
    SET(ERRORBUFFER, t->message);
    SET(PRIVATE, t);
}

static void set_tls(struct transfer *t) {
    if (strncasecmp(t->request->url, "https:", 6) != 0) return;
    SET(CERTINFO, 1L);
    SET(VERBOSE, 1L);
    SET(DEBUGFUNCTION, on_words);
    SET(DEBUGDATA, t);
    SET(SSL_VERIFYPEER, t->request->unverified ? 0L : 1L);
    SET(SSL_VERIFYHOST, t->request->unverified ? 0L : 2L);
    if (!t->request->authority.data) return;
    char *text;
    memcpy(&text, &t->request->authority.data, sizeof text);
    struct curl_blob blob = {text, t->request->authority.len, CURL_BLOB_COPY};
    SET(CAINFO_BLOB, &blob);
}

static void set_headers(struct transfer *t) {
    t->headers = curl.slist_append(NULL, "Expect:"); /* no waiting for 100 Continue */
    for (const char *const *header = t->request->headers; header && *header; header++)
        t->headers = curl.slist_append(t->headers, *header);
    SET(HTTPHEADER, t->headers);
}

static int transfer_open(struct transfer *t, const struct http_request *request, struct http_answer *answer,
                         struct err *err) {
    *t = (struct transfer){.easy = curl.easy_init(), .request = request, .answer = answer};
    if (!t->easy) return err_set(err, ERR_ENVIRONMENT, "libcurl does not start");
    answer->body = (struct str)STR_INIT;
    answer->headers = json_object();
    long timeout = (long)(request->timeout * 1000);
    SET(URL, request->url);
    SET(PROTOCOLS_STR, "http,https");
    SET(REDIR_PROTOCOLS_STR, "http,https");
    SET(PROXY, "");
    SET(NOSIGNAL, 1L);
    SET(USERAGENT, "lab/" LAB_VERSION);
    SET(TIMEOUT_MS, timeout > 0 ? timeout : 1L);
    SET(CONNECTTIMEOUT_MS, timeout > 0 ? timeout : 1L);
    SET(FOLLOWLOCATION, request->follow ? 1L : 0L);
    SET(MAXREDIRS, (long)HTTP_REDIRECTS_MOST);
    set_method(t);
    set_callbacks(t);
    set_tls(t);
    set_headers(t);
    t->start = clock_monotonic();
    return 0;
}

static void transfer_close(struct transfer *t) {
    if (t->easy) curl.easy_cleanup(t->easy);
    if (t->headers) curl.slist_free_all(t->headers);
}

/* ---- results ---- */

static int explain(const struct transfer *t, CURLcode code, struct err *err) {
    const char *why = t->refused[0] ? t->refused : t->message[0] ? t->message : curl.easy_strerror(code);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return err_set(err, ERR_ENVIRONMENT, "no complete answer within %g s (%zu bytes came)", t->request->timeout,
                       t->answer->body.len);
    return err_set(err, ERR_ENVIRONMENT, "%s", why);
}

/* The server's own certificate, which comes first. */
static void read_certificate(struct transfer *t) {
    static const struct {
        const char *curl, *name;
    } fields[] = {
        {"Subject:", "subject"}, {"Issuer:", "issuer"}, {"Start date:", "not_before"}, {"Expire date:", "not_after"}};
    struct curl_certinfo *info = NULL;
    if (!t->answer->tls || curl.easy_getinfo(t->easy, CURLINFO_CERTINFO, &info) || !info || !info->num_of_certs) return;
    for (const struct curl_slist *line = info->certinfo[0]; line; line = line->next)
        for (size_t i = 0; i < LENGTH(fields); i++)
            if (string_starts_with(line->data, fields[i].curl)) {
                const char *value = line->data + strlen(fields[i].curl);
                json_put(t->answer->tls, fields[i].name, json_text(value, strlen(value)));
            }
}

static int finish(struct transfer *t, CURLcode code, struct err *err) {
    const char *url = NULL;
    struct http_answer *answer = t->answer;
    answer->seconds = clock_monotonic() - t->start;
    curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &answer->status);
    answer->timed_out = code == CURLE_OPERATION_TIMEDOUT && t->request->stream && answer->status;
    if (code != CURLE_OK && !answer->timed_out) return explain(t, code, err);
    if (!curl.easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url)) answer->url = mem_copy_string(url);
    read_certificate(t);
    return 0;
}

int http_perform(struct http_answer *answer, const struct http_request *request, struct err *err) {
    struct transfer t;
    if (curl_load(err) || transfer_open(&t, request, answer, err)) return -1;
    int result = finish(&t, curl.easy_perform(t.easy), err);
    transfer_close(&t);
    return result;
}

/* ---- load ---- */

void http_figures_release(struct http_figures *figures) {
    free(figures->times);
    free(figures->statuses);
}

struct lane { /* one of the requests that run at once */
    struct transfer transfer;
    struct http_answer answer;
};

static void record(struct http_figures *figures, struct lane *lane, CURLcode code) {
    struct err why = ERR_INIT;
    if (finish(&lane->transfer, code, &why)) {
        figures->errors++;
        if (!figures->first_error[0])
            snprintf(figures->first_error, sizeof figures->first_error, "%.255s", why.message);
        return;
    }
    figures->times[figures->answered] = lane->answer.seconds;
    figures->statuses[figures->answered++] = lane->answer.status;
}

static int lane_start(struct lane *lane, CURLM *multi, const struct http_request *request, struct err *err) {
    if (transfer_open(&lane->transfer, request, &lane->answer, err)) return -1;
    curl.multi_add_handle(multi, lane->transfer.easy);
    return 0;
}

static void lane_end(struct lane *lane, CURLM *multi) {
    if (lane->transfer.easy) curl.multi_remove_handle(multi, lane->transfer.easy);
    transfer_close(&lane->transfer);
    http_answer_release(&lane->answer);
    *lane = (struct lane){.answer.body = STR_INIT};
}

/* Takes finished requests off and starts further ones in their lanes. */
static int renew(struct http_figures *figures, CURLM *multi, const struct http_request *request, size_t *left,
                 struct err *err) {
    int queued;
    CURLMsg *message;
    while ((message = curl.multi_info_read(multi, &queued))) {
        if (message->msg != CURLMSG_DONE) continue;
        struct transfer *done;
        CURLcode code = message->data.result;
        curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &done);
        struct lane *lane = (struct lane *)(void *)done; /* its first member */
        record(figures, lane, code);
        lane_end(lane, multi);
        if (!*left) continue;
        --*left;
        if (lane_start(lane, multi, request, err)) return -1;
    }
    return 0;
}

/* The rest of the requests, when the time is over. */
static void give_up(struct http_figures *figures, struct http_burst burst) {
    figures->errors = burst.count - figures->answered;
    if (!figures->first_error[0])
        snprintf(figures->first_error, sizeof figures->first_error, "%zu of %zu requests without an answer after %g s",
                 figures->errors, burst.count, burst.seconds);
}

static int drive(struct http_figures *figures, CURLM *multi, struct lane *lanes, struct http_burst burst,
                 const struct http_request *request, struct err *err) {
    double deadline = clock_monotonic() + burst.seconds;
    size_t left = burst.count;
    for (size_t i = 0; i < burst.concurrency && left; i++, left--)
        if (lane_start(&lanes[i], multi, request, err)) return -1;
    for (;;) {
        int running;
        curl.multi_perform(multi, &running);
        if (renew(figures, multi, request, &left, err)) return -1;
        if (figures->answered + figures->errors == burst.count) return 0;
        int wait = clock_poll_timeout(deadline);
        if (!wait) break;
        curl.multi_poll(multi, NULL, 0, wait < 100 ? wait : 100, NULL);
    }
    give_up(figures, burst);
    return 0;
}

int http_load(struct http_figures *figures, const struct http_request *request, struct http_burst burst,
              struct err *err) {
    size_t count = burst.count, concurrency = burst.concurrency;
    if (curl_load(err)) return -1;
    CURLM *multi = curl.multi_init();
    if (!multi) return err_set(err, ERR_ENVIRONMENT, "libcurl does not start");
    curl.multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)concurrency);
    struct lane *lanes = mem_alloc(concurrency * sizeof *lanes);
    for (size_t i = 0; i < concurrency; i++) lanes[i].answer.body = (struct str)STR_INIT;
    figures->times = mem_alloc(count * sizeof *figures->times);
    figures->statuses = mem_alloc(count * sizeof *figures->statuses);
    double start = clock_monotonic();
    int result = drive(figures, multi, lanes, burst, request, err);
    figures->seconds = clock_monotonic() - start;
    for (size_t i = 0; i < concurrency; i++) lane_end(&lanes[i], multi);
    free(lanes);
    curl.multi_cleanup(multi);
    return result;
}
