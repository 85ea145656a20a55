#pragma once
/*
 * The channel between the Lua worker and its supervisor: frames over a stream socket. A frame is a JSON object and any
 * number of byte strings beside it (program output is bytes, JSON is not). Sizes are capped on both ends, since the
 * worker is not trusted more than the checker's author. At most one descriptor travels beside a frame (SCM_RIGHTS).
 *
 * On the wire: u32 JSON length, u32 number of blobs, u32 length of each blob (all little-endian), the JSON text, the blobs.
 */

#include <jansson.h>

#include "base/err.h"
#include "base/str.h"

enum { CHANNEL_JSON_MOST = 8 << 20, CHANNEL_BLOB_MOST = 64 << 20, CHANNEL_BLOBS_MOST = 16 };

struct frame {
    json_t *json;
    struct str blobs[CHANNEL_BLOBS_MOST];
    size_t blob_count;
    int descriptor; /* that came beside it; -1 is none */
};
void frame_release(struct frame *frame); /* closes the descriptor, unless it was taken by steal_fd */

/* Sends a frame; `json` must be an object. ERR_USAGE when its text is too large: then nothing was sent, and something smaller can be.
 * ERR_INTERNAL when the blobs are, or the other end is gone (no SIGPIPE). */
int channel_send(int fd, const json_t *json, const struct sv *blobs, size_t blob_count, struct err *err);

/* As channel_send without blobs, with a descriptor beside it; the caller keeps and closes its own. */
int channel_send_descriptor(int fd, const json_t *json, int descriptor, struct err *err);

/* Waits for a whole frame. ERR_INTERNAL when the other end is gone or talks nonsense. The caller releases the frame,
 * after a failure too; it need not be initialised. */
int channel_receive(int fd, struct frame *frame, struct err *err);

/* As channel_receive, until `deadline` (a clock_monotonic value; 0: none): a peer that stops within a frame cannot hold
 * the receiver. */
int channel_receive_until(int fd, double deadline, struct frame *frame, struct err *err);
