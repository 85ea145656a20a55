/* The channel: what arrives is what was sent, and nothing that a peer sends can hold, crash or flood the receiver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "checker/channel.h"

struct ends {
    int near, far;
};

static int open_ends(void **state) {
    int fds[2];
    struct ends *ends = mem_alloc(sizeof *ends);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds)) return -1;
    *ends = (struct ends){fds[0], fds[1]};
    *state = ends;
    return 0;
}

static int close_ends(void **state) {
    struct ends *ends = *state;
    mem_close_descriptor(&ends->near);
    mem_close_descriptor(&ends->far);
    free(ends);
    return 0;
}

static void send_raw(int fd, const char *data, size_t len) { assert_int_equal(fs_write_all(fd, data, len), 0); }

static void append_u32(struct str *out, uint32_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8) str_append_char(out, (char)(value >> shift & 0xff));
}

/* ---- what is sent arrives ---- */

static void test_round_trip(void **state) {
    const struct ends *ends = *state;
    struct err err = ERR_INIT;
    struct sv blobs[] = {{"a\0b", 3}, {"", 0}, {"\xff\xfe", 2}};
    autojson json_t *sent = json_pack("{s:s, s:[i,i], s:s%}", "op", "run", "n", 1, 2, "nul", "x\0y", (size_t)3);
    assert_int_equal(channel_send(ends->near, sent, blobs, LENGTH(blobs), &err), 0);
    scoped(frame) frame;
    assert_int_equal(channel_receive(ends->far, &frame, &err), 0);
    assert_true(json_equal(frame.json, sent));
    assert_int_equal(frame.blob_count, 3);
    assert_int_equal(frame.blobs[0].len, 3);
    assert_memory_equal(frame.blobs[0].data, "a\0b", 3);
    assert_int_equal(frame.blobs[1].len, 0);
    assert_memory_equal(frame.blobs[2].data, "\xff\xfe", 2);
    assert_int_equal(frame.descriptor, -1);
}

static void test_frames_in_a_row(void **state) {
    const struct ends *ends = *state;
    for (int i = 0; i < 3; i++) {
        autojson json_t *sent = json_pack("{s:i}", "i", i);
        assert_int_equal(channel_send(ends->near, sent, NULL, 0, NULL), 0);
    }
    for (int i = 0; i < 3; i++) {
        scoped(frame) frame;
        assert_int_equal(channel_receive(ends->far, &frame, NULL), 0);
        assert_int_equal(json_get_integer(frame.json, "i", -1), i);
    }
}

/* More than a socket's buffer holds, through descriptors that do not block: short reads and writes on both sides. */
static void test_large_and_non_blocking(void **state) {
    struct ends *ends = *state;
    size_t len = 5 << 20;
    autofree char *data = mem_alloc(len);
    memset(data, 'x', len);
    fcntl(ends->near, F_SETFL, O_NONBLOCK);
    fcntl(ends->far, F_SETFL, O_NONBLOCK);
    pid_t child = fork();
    if (child == 0) {
        json_t *sent = json_pack("{s:i}", "i", 1);
        struct sv blob = {data, len};
        _exit(channel_send(ends->near, sent, &blob, 1, NULL) ? 1 : 0);
    }
    scoped(frame) frame;
    struct err err = ERR_INIT;
    assert_int_equal(channel_receive(ends->far, &frame, &err), 0);
    assert_int_equal(frame.blobs[0].len, len);
    assert_memory_equal(frame.blobs[0].data, data, len);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* ---- descriptors ---- */

static size_t count_descriptors(void) {
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;
    while (readdir(folder)) count++;
    closedir(folder);
    return count;
}

static void test_descriptor(void **state) {
    const struct ends *ends = *state;
    int pipe_ends[2];
    assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
    size_t before = count_descriptors();
    {
        autojson json_t *sent = json_pack("{s:b}", "ok", 1);
        assert_int_equal(channel_send_descriptor(ends->near, sent, pipe_ends[1], NULL), 0);
        scoped(frame) frame;
        assert_int_equal(channel_receive(ends->far, &frame, NULL), 0);
        assert_true(frame.descriptor >= 0);
        assert_int_equal(fcntl(frame.descriptor, F_GETFD), FD_CLOEXEC);
        send_raw(frame.descriptor, "y", 1);
    }
    char got = 0;
    assert_int_equal(read(pipe_ends[0], &got, 1), 1);
    assert_int_equal(got, 'y');
    assert_int_equal(count_descriptors(), before);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

/* A peer that sends more descriptors than it may leaves none open here. */
static void test_too_many_descriptors(void **state) {
    const struct ends *ends = *state;
    size_t before = count_descriptors();
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(3 * sizeof(int))];
    } control = {0};
    char first = 2;
    struct iovec part = {&first, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(3 * sizeof(int));
    int sent[3] = {ends->near, ends->near, ends->near};
    memcpy(CMSG_DATA(head), sent, sizeof sent);
    assert_int_equal(sendmsg(ends->near, &message, 0), 1);
    send_raw(ends->near, "\0\0\0\0\0\0\0{}", 9);
    {
        scoped(frame) frame;
        assert_int_equal(channel_receive(ends->far, &frame, NULL), 0);
        assert_true(frame.descriptor >= 0);
    }
    assert_int_equal(count_descriptors(), before);
}

/* ---- a hostile or dying peer ---- */

static void expect_refusal(int fd, const char *words) {
    struct err err = ERR_INIT;
    scoped(frame) frame;
    assert_int_equal(channel_receive(fd, &frame, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    if (!strstr(err.message, words)) fail_msg("%s: says nothing of %s", err.message, words);
}

static void test_gone(void **state) {
    struct ends *ends = *state;
    close(ends->near);
    ends->near = -1;
    expect_refusal(ends->far, "gone");
    autojson json_t *sent = json_object();
    struct err err = ERR_INIT;
    assert_int_equal(channel_send(ends->far, sent, NULL, 0, &err), -1); /* and no SIGPIPE */
}

/* Every place at which a frame can be cut off. */
static void test_cut_off(void **state) {
    (void)state;
    scoped(str) whole = STR_INIT;
    append_u32(&whole, 2);
    append_u32(&whole, 1);
    append_u32(&whole, 3);
    str_append(&whole, "{}abc");
    for (size_t len = 0; len <= whole.len; len++) {
        int fds[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        send_raw(fds[0], whole.data, len);
        close(fds[0]);
        scoped(frame) frame;
        assert_int_equal(channel_receive(fds[1], &frame, NULL), len == whole.len ? 0 : -1);
        close(fds[1]);
    }
}

static void refuse_frame(uint32_t json_len, uint32_t blob_count, uint32_t blob_len, const char *json,
                         const char *words) {
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    scoped(str) text = STR_INIT;
    append_u32(&text, json_len);
    append_u32(&text, blob_count);
    for (uint32_t i = 0; i < blob_count && i < CHANNEL_BLOBS_MOST; i++) append_u32(&text, blob_len);
    str_append(&text, json);
    send_raw(fds[0], text.data, text.len);
    expect_refusal(fds[1], words);
    close(fds[0]);
    close(fds[1]);
}

static void test_nonsense(void **state) {
    (void)state;
    refuse_frame(CHANNEL_JSON_MOST + 1, 0, 0, "", "out of bounds");
    refuse_frame(UINT32_MAX, UINT32_MAX, 0, "", "out of bounds");
    refuse_frame(2, CHANNEL_BLOBS_MOST + 1, 0, "", "out of bounds");
    refuse_frame(2, 1, CHANNEL_BLOB_MOST + 1, "{}", "at most");
    refuse_frame(2, 2, UINT32_MAX, "{}", "at most");
    refuse_frame(2, 0, 0, "[]", "without a JSON object");
    refuse_frame(4, 0, 0, "oops", "without a JSON object");
    refuse_frame(0, 0, 0, "", "without a JSON object");
    refuse_frame(13, 0, 0, "{\"a\":1,\"a\":2}", "without a JSON object");
}

static void test_stops_within_a_frame(void **state) {
    const struct ends *ends = *state;
    send_raw(ends->near, "\2\0\0", 3);
    struct err err = ERR_INIT;
    scoped(frame) frame;
    assert_int_equal(channel_receive_until(ends->far, clock_monotonic() + 0.02, &frame, &err), -1);
    assert_non_null(strstr(err.message, "stopped within a frame"));
}

/* ---- a careless sender ---- */

static void test_refuses_to_send(void **state) {
    const struct ends *ends = *state;
    struct err err = ERR_INIT;
    autojson json_t *list = json_array(), *object = json_object();
    assert_int_equal(channel_send(ends->near, list, NULL, 0, &err), -1);
    struct sv many[CHANNEL_BLOBS_MOST + 1] = {{"", 0}};
    assert_int_equal(channel_send(ends->near, object, many, LENGTH(many), &err), -1);
    struct sv large = {"x", (size_t)CHANNEL_BLOB_MOST + 1};
    assert_int_equal(channel_send(ends->near, object, &large, 1, &err), -1);
    autofree char *text = mem_alloc(CHANNEL_JSON_MOST + 1);
    memset(text, 'x', CHANNEL_JSON_MOST);
    json_put(object, "text", json_stringn(text, CHANNEL_JSON_MOST));
    assert_int_equal(channel_send(ends->near, object, NULL, 0, &err), -1);
    assert_int_equal(recv(ends->far, text, 1, MSG_DONTWAIT), -1); /* nothing of it was sent */
}

int main(void) {
#define ON_ENDS(test) cmocka_unit_test_setup_teardown(test, open_ends, close_ends)
    const struct CMUnitTest tests[] = {
        ON_ENDS(test_round_trip),       ON_ENDS(test_frames_in_a_row),      ON_ENDS(test_large_and_non_blocking),
        ON_ENDS(test_descriptor),       ON_ENDS(test_too_many_descriptors), ON_ENDS(test_gone),
        cmocka_unit_test(test_cut_off), cmocka_unit_test(test_nonsense),    ON_ENDS(test_stops_within_a_frame),
        ON_ENDS(test_refuses_to_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
