#include "services/probe.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"

static const long ASK_MS = 5000;

int probes_open(struct probes *probes, struct err *err) {
    if (curl_load(err)) return -1;
    probes->multi = curl.multi_init();
    return probes->multi ? 0 : err_set(err, ERR_ENVIRONMENT, "libcurl does not start");
}

void probes_release(struct probes *probes) {
    if (probes->multi) curl.multi_cleanup(probes->multi);
    probes->multi = NULL;
}

/* The status is all that counts. */
static size_t ignore_body(char *data, size_t size, size_t count, void *context) {
    (void)data, (void)size, (void)count, (void)context;
    return 0;
}

#define SET(option, value) curl.easy_setopt(probe->easy, CURLOPT_##option, value)

int probe_begin(struct probe *probe, struct probes *probes, const struct readiness *ready, int port, struct err *err) {
    autofree char *url = str_format("http://127.0.0.1:%d%s", port, ready->http ? ready->http : "/");
    *probe = (struct probe){.easy = curl.easy_init(), .probes = probes, .http = ready->http};
    if (!probe->easy) return err_set(err, ERR_ENVIRONMENT, "libcurl does not start");
    SET(URL, url);
    SET(PROTOCOLS_STR, "http");
    SET(PROXY, "");
    SET(NOSIGNAL, 1L);
    SET(USERAGENT, "lab/" LAB_VERSION);
    SET(TIMEOUT_MS, ASK_MS);
    SET(WRITEFUNCTION, ignore_body);
    SET(PRIVATE, probe);
    SET(FRESH_CONNECT, 1L);
    SET(FORBID_REUSE, 1L);
    if (!ready->http) SET(CONNECT_ONLY, 1L);
    curl.multi_add_handle(probes->multi, probe->easy);
    return 0;
}

void probe_release(struct probe *probe) {
    if (!probe->easy) return;
    curl.multi_remove_handle(probe->probes->multi, probe->easy);
    curl.easy_cleanup(probe->easy);
    *probe = (struct probe){0};
}

static void finish(CURL *easy, CURLcode code) {
    struct probe *probe = NULL;
    long status = 0;
    curl.easy_getinfo(easy, CURLINFO_PRIVATE, &probe);
    curl.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    probe->over = true;
    probe->good = probe->http ? status >= 200 && status < 400 : code == CURLE_OK;
    if (status)
        snprintf(probe->said, sizeof probe->said, "it answers with status %ld", status);
    else
        snprintf(probe->said, sizeof probe->said, "%s",
                 code == CURLE_COULDNT_CONNECT ? "nothing listens on its port" : curl.easy_strerror(code));
}

void probes_step(struct probes *probes) {
    int running, queued;
    curl.multi_perform(probes->multi, &running);
    for (CURLMsg *message; (message = curl.multi_info_read(probes->multi, &queued));)
        if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
}

void probes_wait(struct probes *probes, struct curl_waitfd *files, unsigned count, int timeout_ms) {
    curl.multi_poll(probes->multi, files, count, timeout_ms, NULL);
}
