#pragma once
/* What is kept of a stream of any length: its head and its tail, in bounded memory. */

#include "box/box.h"

struct capture {
    struct box_capture kept;
    size_t head_most, tail_most;
};

/* Keeps `most` bytes, half head and half tail; 0 keeps everything. */
void capture_begin(struct capture *capture, size_t most);
void capture_add(struct capture *capture, const char *data, size_t len);

/* Between capture_add calls the tail may hold up to twice its size; this cuts it to what is promised. */
void capture_settle(struct capture *capture);

/* Settles, hands the content on, and is empty again. */
struct box_capture capture_take(struct capture *capture);
void capture_release(struct capture *capture);
