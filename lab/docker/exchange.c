#include "docker/exchange.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/libcurl.h"

void docker_reply_release(struct docker_reply *reply) {
    str_release(&reply->body);
    str_release(&reply->headers);
}

/* ---- paths ---- */

static void append_escaped(struct str *path, const char *text, const char *plain) {
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || char_is_one_of(*text, plain))
            str_append_char(path, *text);
        else
            str_printf(path, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

int docker_path_name(struct str *path, const char *name, struct err *err) {
    size_t len = strlen(name);
    bool fine = len && len <= DOCKER_NAME_MOST && !strstr(name, "..") && !strstr(name, "//") && name[0] != '/' &&
                name[len - 1] != '/';
    for (const char *c = name; fine && *c; c++) fine = isalnum((unsigned char)*c) || char_is_one_of(*c, "._-/:@+");
    if (!fine) return err_set(err, ERR_USAGE, "'%.100s' is no name of an image or a container", name);
    str_append_char(path, '/');
    append_escaped(path, name, "._-/:@");
    return 0;
}

void docker_path_query(struct str *path, const char *name, const char *value) {
    str_printf(path, "%c%s=", strchr(path->data, '?') ? '&' : '?', name);
    append_escaped(path, value, "._-");
}

void docker_path_query_json(struct str *path, const char *name, const json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    docker_path_query(path, name, text ? text : "{}");
    free(text);
}

/* ---- one exchange ---- */

struct exchange {
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    char *body;
    const struct docker_call *call;
    struct docker_reply *reply;
    bool enough;        /* `take` has enough */
    const char *excess; /* what there was too much of, or NULL */
    char message[CURL_ERROR_SIZE];
};

static void exchange_release(struct exchange *x) {
    if (x->multi && x->easy) curl.multi_remove_handle(x->multi, x->easy);
    if (x->easy) curl.easy_cleanup(x->easy);
    if (x->multi) curl.multi_cleanup(x->multi);
    if (x->headers) curl.slist_free_all(x->headers);
    free(x->body);
}

static size_t on_body(char *data, size_t size, size_t count, void *context) {
    struct exchange *x = context;
    size_t len = size * count;
    long status = 0;
    curl.easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    if (x->call->take && status < 300) {
        x->enough = x->call->take(x->call->context, data, len) != 0;
        return x->enough ? 0 : len;
    }
    if (x->reply->body.len + len > DOCKER_BODY_MOST) {
        x->excess = "an answer of more than 32 MiB";
        return 0;
    }
    str_append_bytes(&x->reply->body, data, len);
    return len;
}

static size_t on_header(char *data, size_t size, size_t count, void *context) {
    struct exchange *x = context;
    size_t len = size * count;
    if (x->reply->headers.len + len > DOCKER_HEADERS_MOST) {
        x->excess = "headers of more than 64 KiB";
        return 0;
    }
    str_append_bytes(&x->reply->headers, data, len);
    return len;
}

#define SET(option, value) curl.easy_setopt(x->easy, CURLOPT_##option, value)

static void set_body(struct exchange *x) {
    struct sv body = x->call->tar;
    const char *type = "Content-Type: application/x-tar";
    if (x->call->body) {
        x->body = json_dumps(x->call->body, JSON_COMPACT);
        body = sv_of(x->body);
        type = "Content-Type: application/json";
    }
    if (body.data) x->headers = curl.slist_append(x->headers, type);
    if (body.data || !strcmp(x->call->method, "POST")) {
        SET(POST, 1L);
        SET(POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
        SET(POSTFIELDS, body.data ? body.data : "");
    }
    SET(CUSTOMREQUEST, x->call->method);
}

static int exchange_open(struct exchange *x, const struct docker *docker, struct err *err) {
    x->easy = curl.easy_init();
    x->multi = curl.multi_init();
    if (!x->easy || !x->multi) return err_set(err, ERR_ENVIRONMENT, "libcurl does not start");
    scoped(str) url = STR_INIT;
    str_printf(&url, "http://engine%s%s%s", docker->version[0] ? "/v" : "", docker->version, x->call->path);
    x->headers = curl.slist_append(NULL, "Expect:"); /* no waiting for 100 Continue */
    SET(URL, url.data);
    SET(UNIX_SOCKET_PATH, docker->socket);
    SET(PROTOCOLS_STR, "http");
    SET(PROXY, "");
    SET(NOSIGNAL, 1L);
    SET(USERAGENT, "lab/" LAB_VERSION);
    SET(WRITEFUNCTION, on_body);
    SET(WRITEDATA, x);
    SET(HEADERFUNCTION, on_header);
    SET(HEADERDATA, x);
    SET(ERRORBUFFER, x->message);
    set_body(x);
    SET(HTTPHEADER, x->headers);
    curl.multi_add_handle(x->multi, x->easy);
    return 0;
}

/* Whether the transfer is over, and how. */
static bool is_over(struct exchange *x, CURLcode *code) {
    int queued;
    for (CURLMsg *message; (message = curl.multi_info_read(x->multi, &queued));) {
        if (message->msg != CURLMSG_DONE) continue;
        *code = message->data.result;
        return true;
    }
    return false;
}

/* Drives it to its end: 0 and its code; -1 when time is over or someone interrupts. */
static int drive(struct exchange *x, const struct docker *docker, double seconds, CURLcode *code, struct err *err) {
    double deadline = clock_monotonic() + seconds;
    struct curl_waitfd stop = {.fd = docker->interrupt, .events = CURL_WAIT_POLLIN};
    unsigned watched = docker->interrupt > 0;
    for (int running;;) {
        curl.multi_perform(x->multi, &running);
        if (is_over(x, code)) return 0;
        int wait = clock_poll_timeout(deadline);
        if (!wait) {
            x->reply->late = true;
            return err_set(err, ERR_ENVIRONMENT, "the container engine at %s gave no complete answer within %g s",
                           docker->socket, seconds);
        }
        stop.revents = 0;
        curl.multi_poll(x->multi, &stop, watched, wait < 1000 ? wait : 1000, NULL);
        if (stop.revents) return err_set(err, ERR_INTERRUPTED, "interrupted");
    }
}

static int explain(const struct exchange *x, const struct docker *docker, CURLcode code, struct err *err) {
    if (code == CURLE_COULDNT_CONNECT) {
        err_set(err, ERR_ENVIRONMENT, "no container engine answers at %s", docker->socket);
        return err_help(err, "start it: sudo systemctl start docker");
    }
    const char *why = x->message[0] ? x->message : curl.easy_strerror(code);
    return err_set(err, ERR_ENVIRONMENT, "the container engine at %s: %s", docker->socket, x->excess ? x->excess : why);
}

int docker_call(struct docker *docker, const struct docker_call *call, struct docker_reply *reply, struct err *err) {
    scoped(exchange) x = {.call = call, .reply = reply};
    CURLcode code = CURLE_OK;
    if (curl_load(err) || exchange_open(&x, docker, err) ||
        drive(&x, docker, call->seconds > 0 ? call->seconds : docker->seconds, &code, err))
        return -1;
    curl.easy_getinfo(x.easy, CURLINFO_RESPONSE_CODE, &reply->status);
    return code == CURLE_OK || x.enough ? 0 : explain(&x, docker, code, err);
}

/* ---- what it says ---- */

/* The engine's own message on one line. */
static void message_of(const struct docker_reply *reply, struct str *out) {
    enum { MOST = 600 };
    autojson json_t *json = json_loadb(reply->body.data, reply->body.len, 0, NULL);
    const char *said = json_get_string(json, "message", json_get_string(json, "cause", NULL));
    size_t len = said ? strlen(said) : 0;
    str_append_utf8(out, said ? said : "", len < MOST ? len : MOST);
    while (out->len && isspace((unsigned char)out->data[out->len - 1])) out->data[--out->len] = '\0';
    string_make_line(out->data, out->len);
    if (!out->len) str_printf(out, "status %ld without a reason", reply->status);
}

int docker_refused(const struct docker_reply *reply, struct err *err) {
    scoped(str) message = STR_INIT;
    message_of(reply, &message);
    bool ours = reply->status >= 400 && reply->status < 500;
    return err_set(err, ours ? ERR_USAGE : ERR_ENVIRONMENT, "the container engine says: %s", message.data);
}

int docker_ask(struct docker *docker, const struct docker_call *call, struct docker_reply *reply, struct err *err) {
    if (docker_call(docker, call, reply, err)) return -1;
    bool fine = (reply->status >= 200 && reply->status < 300) || reply->status == 304 || reply->status == 101;
    return fine ? 0 : docker_refused(reply, err);
}

json_t *docker_ask_json(struct docker *docker, const struct docker_call *call, struct err *err) {
    scoped(docker_reply) reply = DOCKER_REPLY_INIT;
    if (docker_ask(docker, call, &reply, err)) return NULL;
    json_error_t fault;
    json_t *json = json_loadb(reply.body.data, reply.body.len, JSON_ALLOW_NUL, &fault);
    if (!json)
        err_set(err, ERR_ENVIRONMENT, "the container engine's answer to %s is no JSON: %s", call->path, fault.text);
    return json;
}
