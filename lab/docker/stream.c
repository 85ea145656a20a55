#include "docker/stream.h"

#include <string.h>

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Whether what came of a head can be one. */
static bool looks_like_head(const struct stream *s) {
    static const unsigned char most[4] = {2, 0, 0, 0};
    for (size_t i = 0; i < s->head_len && i < sizeof most; i++)
        if (s->head[i] > most[i]) return false;
    return true;
}

static size_t frame_length(const unsigned char head[STREAM_HEAD]) {
    return (size_t)head[4] << 24 | (size_t)head[5] << 16 | (size_t)head[6] << 8 | head[7];
}

/* Takes bytes of a head; how many. */
static size_t take_head(struct stream *s, const char *data, size_t len) {
    size_t used = least(STREAM_HEAD - s->head_len, len);
    memcpy(s->head + s->head_len, data, used);
    s->head_len += used;
    if (s->head_len == STREAM_HEAD) s->left = frame_length(s->head);
    return used;
}

/* No frames after all: hands on what was taken for a head. */
static int become_plain(struct stream *s) {
    char head[STREAM_HEAD];
    size_t len = s->head_len;
    memcpy(head, s->head, len);
    s->plain = true;
    return s->take(s->context, false, head, len);
}

int stream_take(void *context, const char *data, size_t len) {
    struct stream *s = context;
    while (len && !s->plain) {
        size_t used = least(s->left, len);
        if (!used) {
            used = take_head(s, data, len);
            data += used, len -= used;
            if (!looks_like_head(s) && become_plain(s)) return 1;
        } else {
            if (s->take(s->context, s->head[0] == 2, data, used)) return 1;
            data += used, len -= used, s->left -= used;
        }
        if (s->head_len == STREAM_HEAD && !s->left) s->head_len = 0;
    }
    return len ? s->take(s->context, false, data, len) : 0;
}
