/*
 * talk: what the prelude's conversations with programs stand on. A talk is both ends of a service's pipes: lines go in by its
 * standard input, lines come back by its standard output. Every wait has an end, and whatever is waited for, what the
 * program says meanwhile is taken in, so that two full pipes never hold each other up.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "checker/engine.h"
#include "checker/library.h"

enum { LINE_MOST = 16 << 20, READ_SIZE = 64 << 10 };

static const char talk_type[] = "lab.talk";

struct talk {
    int input, output; /* -1: closed */
    struct str heard;  /* what it has said */
    size_t taken;      /* of that, by read_line */
    size_t searched;   /* of that, for the end of a line */
    bool ended;        /* it says nothing more */
};

static void close_end(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static struct talk *check_talk(lua_State *L) { return luaL_checkudata(L, 1, talk_type); }

static int talk_close(lua_State *L) {
    struct talk *talk = check_talk(L);
    close_end(&talk->input);
    close_end(&talk->output);
    str_release(&talk->heard);
    talk->taken = talk->searched = 0;
    talk->ended = true;
    return 0;
}

static struct talk *push_talk(lua_State *L) {
    struct talk *talk = lua_newuserdatauv(L, sizeof *talk, 0);
    *talk = (struct talk){.input = -1, .output = -1, .heard = STR_INIT};
    if (luaL_newmetatable(L, talk_type)) {
        lua_pushcfunction(L, talk_close);
        lua_setfield(L, -2, "__gc");
        lua_pushcfunction(L, talk_close);
        lua_setfield(L, -2, "__close");
    }
    lua_setmetatable(L, -2);
    return talk;
}

static int fail(lua_State *L, const char *why) {
    lua_pushnil(L);
    lua_pushstring(L, why);
    return 2;
}

/* talk.open(service) -> talk; or nil, message. Once for a service that talks. */
static int talk_open(lua_State *L) {
    int service = (int)luaL_checkinteger(L, 1);
    struct talk *talk = push_talk(L);
    talk->input = engine_service_end(engine_of(L), service, "input");
    talk->output = engine_service_end(engine_of(L), service, "output");
    if (talk->input < 0 || talk->output < 0) return fail(L, "cannot talk to the program");
    signal(SIGPIPE, SIG_IGN); /* a program that closes its input would end this process */
    return 1;
}

/* Takes in what there is, once. */
static void hear(struct talk *talk) {
    char bytes[READ_SIZE];
    ssize_t len = read(talk->output, bytes, sizeof bytes);
    if (len > 0)
        str_append_bytes(&talk->heard, bytes, (size_t)len);
    else if (!len || (errno != EAGAIN && errno != EINTR))
        talk->ended = true;
}

/* Waits until it says something, or, with `speaks`, takes something; false when time is over. */
static bool attend(struct talk *talk, bool speaks, double deadline) {
    bool is_full = talk->heard.len - talk->taken > LINE_MOST;
    struct pollfd items[] = {{.fd = talk->ended || is_full ? -1 : talk->output, .events = POLLIN},
                             {.fd = speaks ? talk->input : -1, .events = POLLOUT}};
    int count = poll(items, LENGTH(items), clock_poll_timeout(deadline));
    if (count > 0 && items[0].revents) hear(talk);
    return count > 0 || (count < 0 && errno == EINTR) || clock_monotonic() < deadline;
}

/* talk.write(talk, text, seconds) -> true; or nil, "closed" or "time" */
static int talk_write(lua_State *L) {
    struct talk *talk = check_talk(L);
    size_t len;
    const char *text = luaL_checklstring(L, 2, &len);
    double deadline = clock_monotonic() + luaL_checknumber(L, 3);
    while (len) {
        ssize_t written = talk->input < 0 ? -1 : write(talk->input, text, len);
        if (written > 0) {
            text += written;
            len -= (size_t)written;
        } else if (talk->input < 0 || (errno != EAGAIN && errno != EINTR)) {
            return fail(L, "closed");
        } else if (!attend(talk, true, deadline)) {
            return fail(L, "time");
        }
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* Pushes the next `len` bytes as a line and forgets them, with the end of line behind them. */
static int push_line(lua_State *L, struct talk *talk, size_t len, size_t end) {
    lua_pushlstring(L, talk->heard.data + talk->taken, len);
    talk->taken += len + end;
    talk->searched = talk->taken;
    if (talk->taken < talk->heard.len / 2) return 1;
    size_t left = talk->heard.len - talk->taken;
    memmove(talk->heard.data, talk->heard.data + talk->taken, left);
    talk->heard.len = left;
    if (talk->heard.data != str_empty) talk->heard.data[left] = '\0';
    talk->taken = talk->searched = 0;
    return 1;
}

/* talk.read_line(talk, seconds) -> line without its end; or nil, "closed", "time" or "long". What is left when it ends is a
 * line too. */
static int talk_read_line(lua_State *L) {
    struct talk *talk = check_talk(L);
    double deadline = clock_monotonic() + luaL_checknumber(L, 2);
    for (;;) {
        size_t left = talk->heard.len - talk->searched;
        const char *end = left ? memchr(talk->heard.data + talk->searched, '\n', left) : NULL;
        if (end) return push_line(L, talk, (size_t)(end - talk->heard.data) - talk->taken, 1);
        talk->searched = talk->heard.len;
        if (talk->heard.len - talk->taken > LINE_MOST) return fail(L, "long");
        if (talk->ended && talk->heard.len > talk->taken) return push_line(L, talk, talk->heard.len - talk->taken, 0);
        if (talk->ended) return fail(L, "closed");
        if (!attend(talk, false, deadline)) return fail(L, "time");
    }
}

/* talk.finish(talk): nothing more is said to it. */
static int talk_finish(lua_State *L) {
    close_end(&check_talk(L)->input);
    return 0;
}

static const luaL_Reg functions[] = {{"open", talk_open},     {"write", talk_write}, {"read_line", talk_read_line},
                                     {"finish", talk_finish}, {"close", talk_close}, {NULL, NULL}};

const struct library library_talk = {"talk", functions, 0, NULL};
