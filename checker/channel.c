#include "checker/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"

enum { CHANNEL_HEAD_SIZE = 8 };

void frame_release(struct frame *frame) {
    json_decref(frame->json);
    frame->json = NULL;
    for (size_t i = 0; i < frame->blob_count; i++) str_release(&frame->blobs[i]);
    frame->blob_count = 0;
    mem_close_descriptor(&frame->descriptor);
    frame->descriptor = -1;
}

/* ---- sending ---- */

static int wait_for(int fd, short events, double deadline, struct err *err) {
    struct pollfd ready = {.fd = fd, .events = events};
    for (;;) {
        int count = poll(&ready, 1, clock_poll_timeout(deadline));
        if (count > 0) return 0;
        if (count == 0) return err_set(err, ERR_INTERNAL, "channel: the other end stopped within a frame");
        if (errno != EINTR) return err_errno(err, ERR_INTERNAL, "channel: poll");
    }
}

static int send_all(int fd, const char *data, size_t len, struct err *err) {
    while (len) {
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
        if (sent >= 0) {
            data += sent;
            len -= (size_t)sent;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (wait_for(fd, POLLOUT, 0, err)) return -1;
        } else if (errno != EINTR) {
            return err_errno(err, ERR_INTERNAL, "channel: cannot send");
        }
    }
    return 0;
}

/* Sends the first byte of a frame with a descriptor beside it: the receiver's first read of that frame gets both. */
static int send_byte_with_descriptor(int fd, const char *byte, int descriptor, struct err *err) {
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_len = 1};
    memcpy(&part.iov_base, &byte, sizeof byte); /* iov_base is not const, sendmsg does not write */
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
    for (;;) {
        if (sendmsg(fd, &message, MSG_NOSIGNAL) == 1) return 0;
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (wait_for(fd, POLLOUT, 0, err)) return -1;
        } else if (errno != EINTR) {
            return err_errno(err, ERR_INTERNAL, "channel: cannot send a descriptor");
        }
    }
}

static void append_u32(struct str *out, size_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8) str_append_char(out, (char)(value >> shift & 0xff));
}

static int check_sizes(size_t json_len, const struct sv *blobs, size_t blob_count, struct err *err) {
    size_t total = 0;
    for (size_t i = 0; i < blob_count; i++) total += blobs[i].len;
    if (json_len > CHANNEL_JSON_MOST)
        return err_set(err, ERR_USAGE, "channel: %zu bytes of JSON, at most %d may be sent", json_len,
                       CHANNEL_JSON_MOST);
    if (blob_count > CHANNEL_BLOBS_MOST || total > CHANNEL_BLOB_MOST)
        return err_set(err, ERR_INTERNAL, "channel: %zu bytes in %zu parts, at most %d in %d may be sent", total,
                       blob_count, CHANNEL_BLOB_MOST, CHANNEL_BLOBS_MOST);
    return 0;
}

static int send_frame(int fd, const json_t *json, const struct sv *blobs, size_t blob_count, int descriptor,
                      struct err *err) {
    autofree char *text = json_is_object(json) ? json_dumps(json, JSON_COMPACT) : NULL;
    if (!text) return err_set(err, ERR_INTERNAL, "channel: a frame must be a JSON object");
    size_t len = strlen(text), skip = 0;
    if (check_sizes(len, blobs, blob_count, err)) return -1;
    scoped(str) head = STR_INIT;
    append_u32(&head, len);
    append_u32(&head, blob_count);
    for (size_t i = 0; i < blob_count; i++) append_u32(&head, blobs[i].len);
    str_append_bytes(&head, text, len);
    if (descriptor >= 0) {
        if (send_byte_with_descriptor(fd, head.data, descriptor, err)) return -1;
        skip = 1;
    }
    if (send_all(fd, head.data + skip, head.len - skip, err)) return -1;
    for (size_t i = 0; i < blob_count; i++)
        if (send_all(fd, blobs[i].data, blobs[i].len, err)) return -1;
    return 0;
}

int channel_send(int fd, const json_t *json, const struct sv *blobs, size_t blob_count, struct err *err) {
    return send_frame(fd, json, blobs, blob_count, -1, err);
}

int channel_send_descriptor(int fd, const json_t *json, int descriptor, struct err *err) {
    return send_frame(fd, json, NULL, 0, descriptor, err);
}

/* ---- receiving ---- */

/* Keeps one descriptor of those that came beside a message, closes all others: a peer may send several. */
static void take_descriptors(struct msghdr *message, struct frame *frame) {
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head; head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(head) + i * sizeof descriptor, sizeof descriptor);
            if (frame->descriptor < 0)
                frame->descriptor = descriptor;
            else
                close(descriptor);
        }
    }
}

static ssize_t receive_some(int fd, char *data, size_t len, struct frame *frame) {
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct iovec part = {.iov_base = data, .iov_len = len};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (got >= 0) take_descriptors(&message, frame);
    return got;
}

/* The wait comes first only where there is a deadline: else a blocking read is one call instead of two. */
static int receive_all(int fd, char *data, size_t len, double deadline, struct frame *frame, struct err *err) {
    while (len) {
        if (deadline > 0 && wait_for(fd, POLLIN, deadline, err)) return -1;
        ssize_t got = receive_some(fd, data, len, frame);
        if (got > 0) {
            data += got;
            len -= (size_t)got;
        } else if (got == 0) {
            return err_set(err, ERR_INTERNAL, "channel: the other end is gone");
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (wait_for(fd, POLLIN, deadline, err)) return -1;
        } else if (errno != EINTR) {
            return err_errno(err, ERR_INTERNAL, "channel: cannot receive");
        }
    }
    return 0;
}

static uint32_t read_u32(const char *at) {
    const unsigned char *bytes = (const unsigned char *)at;
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* Appends exactly len bytes, growing as they come: a length that lies costs nothing. */
static int receive_str(int fd, struct str *out, size_t len, double deadline, struct frame *frame, struct err *err) {
    while (len) {
        size_t step = len < (1 << 20) ? len : (1 << 20);
        str_reserve(out, step);
        if (receive_all(fd, out->data + out->len, step, deadline, frame, err)) return -1;
        out->len += step;
        out->data[out->len] = '\0';
        len -= step;
    }
    return 0;
}

static int receive_json(int fd, size_t len, double deadline, struct frame *frame, struct err *err) {
    scoped(str) text = STR_INIT;
    if (receive_str(fd, &text, len, deadline, frame, err)) return -1;
    json_error_t problem;
    frame->json = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);
    if (!json_is_object(frame->json)) return err_set(err, ERR_INTERNAL, "channel: a frame without a JSON object");
    return 0;
}

int channel_receive_until(int fd, double deadline, struct frame *frame, struct err *err) {
    *frame = (struct frame){.descriptor = -1};
    char head[CHANNEL_HEAD_SIZE] = {0}, sizes[CHANNEL_BLOBS_MOST * 4] = {0};
    if (receive_all(fd, head, sizeof head, deadline, frame, err)) return -1;
    size_t json_len = read_u32(head), blob_count = read_u32(head + 4), total = 0;
    if (json_len > CHANNEL_JSON_MOST || blob_count > CHANNEL_BLOBS_MOST)
        return err_set(err, ERR_INTERNAL, "channel: a frame's head is out of bounds");
    if (receive_all(fd, sizes, blob_count * 4, deadline, frame, err)) return -1;
    for (size_t i = 0; i < blob_count; i++) total += read_u32(sizes + i * 4);
    if (total > CHANNEL_BLOB_MOST)
        return err_set(err, ERR_INTERNAL, "channel: a frame of %zu bytes, at most %d", total, CHANNEL_BLOB_MOST);
    if (receive_json(fd, json_len, deadline, frame, err)) return -1;
    for (size_t i = 0; i < blob_count; i++) {
        frame->blobs[frame->blob_count++] = (struct str)STR_INIT;
        if (receive_str(fd, &frame->blobs[i], read_u32(sizes + i * 4), deadline, frame, err)) return -1;
    }
    return 0;
}

int channel_receive(int fd, struct frame *frame, struct err *err) { return channel_receive_until(fd, 0, frame, err); }
