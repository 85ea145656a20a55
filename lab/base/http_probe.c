#include "base/http_probe.h"

#include <string.h>

void http_probe_request(struct str *request, const char *path) {
    str_printf(request, "GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
}

bool http_probe_accepts(struct sv answer) {
    enum { VERSION = 9 }; /* "HTTP/1.1 " */
    if (answer.len < VERSION + 3 || strncmp(answer.data, "HTTP/1.", 7) != 0) return false;
    return answer.data[VERSION - 1] == ' ' && (answer.data[VERSION] == '2' || answer.data[VERSION] == '3');
}
