#include "box/capture.h"

#include <stdint.h>

static const struct box_capture nothing = {STR_INIT, STR_INIT, 0};

void capture_begin(struct capture *capture, size_t most) {
    capture->kept = nothing;
    capture->head_most = most ? most / 2 : SIZE_MAX;
    capture->tail_most = most - most / 2;
}

/* Cuts the tail's beginning off, so that `most` bytes stay. */
static void shorten_tail(struct box_capture *kept, size_t most) {
    if (kept->tail.len <= most) return;
    size_t cut = kept->tail.len - most;
    str_drop(&kept->tail, cut);
    kept->dropped += cut;
}

/* The tail grows to twice its size before it is moved to the front, so that each byte is moved once at most. */
static void add_tail(struct capture *capture, const char *data, size_t len) {
    size_t most = capture->tail_most;
    if (len > most) {
        shorten_tail(&capture->kept, 0);
        capture->kept.dropped += len - most;
        data += len - most;
        len = most;
    } else if (capture->kept.tail.len + len > 2 * most) {
        shorten_tail(&capture->kept, most - len);
    }
    str_append_bytes(&capture->kept.tail, data, len);
}

void capture_add(struct capture *capture, const char *data, size_t len) {
    size_t room = capture->head_most - capture->kept.head.len;
    size_t head = len < room ? len : room;
    str_append_bytes(&capture->kept.head, data, head);
    if (head < len) add_tail(capture, data + head, len - head);
}

void capture_settle(struct capture *capture) { shorten_tail(&capture->kept, capture->tail_most); }

struct box_capture capture_take(struct capture *capture) {
    capture_settle(capture);
    struct box_capture kept = capture->kept;
    capture->kept = nothing;
    return kept;
}

void capture_release(struct capture *capture) {
    str_release(&capture->kept.head);
    str_release(&capture->kept.tail);
    capture->kept.dropped = 0;
}
