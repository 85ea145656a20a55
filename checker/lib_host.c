#include <unistd.h>

#include "checker/channel.h"
#include "checker/engine.h"
#include "checker/guard.h"
#include "checker/library.h"
#include "checker/value.h"

#include "base/json.h"
#include "box/loopback.h"

/*
 * What the worker asks of its supervisor, over the channel (checker/protocol.md). One request is one frame and one
 * answer; the prelude gives them their names and their manners.
 */

/* ---- requests ---- */

static void release_frame(void *frame) { frame_release(frame); }

static struct frame *frame_guard(lua_State *L) {
    struct frame *frame = guard_new(L, sizeof *frame, release_frame);
    frame->descriptor = -1;
    return frame;
}

/* The arguments from the second on, as blobs that borrow from the stack. */
static size_t collect_blobs(lua_State *L, struct sv blobs[CHANNEL_BLOBS_MOST], int last) {
    size_t count = 0;
    luaL_argcheck(L, last - 1 <= CHANNEL_BLOBS_MOST, CHANNEL_BLOBS_MOST + 2, "too many byte strings");
    for (int i = 2; i <= last; i++, count++) blobs[count].data = luaL_checklstring(L, i, &blobs[count].len);
    return count;
}

static int push_refusal(lua_State *L, const json_t *answer) {
    lua_pushnil(L);
    lua_pushstring(L, json_get_string(answer, "error", "the supervisor refused without a reason"));
    lua_pushstring(L, json_get_string(answer, "kind", "world"));
    return 3;
}

static int push_answer(lua_State *L, int guard, struct frame *frame) {
    if (!json_get_boolean(frame->json, "ok", false)) return push_refusal(L, frame->json);
    luaL_checkstack(L, CHANNEL_BLOBS_MOST + 8, "an answer");
    value_push(L, frame->json);
    size_t count = frame->blob_count;
    for (size_t i = 0; i < count; i++) lua_pushlstring(L, frame->blobs[i].data, frame->blobs[i].len);
    guard_release(L, guard);
    return (int)count + 1;
}

/* host.request(table, blob…) -> answer, blob…; or nil, what is wrong, "misuse" | "world" | "excess" | "blocked" */
static int host_request(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    int last = lua_gettop(L), channel = engine_of(L)->task->channel;
    struct sv blobs[CHANNEL_BLOBS_MOST];
    size_t blob_count = collect_blobs(L, blobs, last);
    json_t **request = guard_json(L);
    struct frame *frame = frame_guard(L);
    char why[128];
    struct err err = ERR_INIT;
    *request = value_to_json(L, 1, 0, why);
    if (!*request) {
        lua_pushnil(L);
        lua_pushstring(L, why);
        lua_pushliteral(L, "misuse");
        return 3;
    }
    if (channel_send(channel, *request, blobs, blob_count, &err) || channel_receive(channel, frame, &err))
        return luaL_error(L, "%s", err.message);
    guard_release(L, last + 1);
    return push_answer(L, last + 2, frame);
}

/* ---- descriptors ---- */

/* Asks for a descriptor; takes the request. -1 when there is none. */
static int ask_descriptor(const struct checker *checker, json_t *request) {
    struct frame frame = {.descriptor = -1};
    int channel = checker->task->channel, descriptor = -1;
    if (!channel_send(channel, request, NULL, 0, NULL) && !channel_receive(channel, &frame, NULL))
        descriptor = steal_fd(&frame.descriptor);
    json_decref(request);
    frame_release(&frame);
    return descriptor;
}

int engine_connect(void *context, unsigned short port) {
    return ask_descriptor(context, json_pack("{s:s, s:i}", "op", "connect", "port", (int)port));
}

int engine_service_end(struct checker *checker, int service, const char *end) {
    return ask_descriptor(checker, json_pack("{s:s, s:i, s:s}", "op", "service_end", "service", service, "end", end));
}

static int check_port(lua_State *L, int argument) {
    lua_Integer port = luaL_checkinteger(L, argument);
    luaL_argcheck(L, port >= 1 && port <= 65535, argument, "a port is 1 to 65535");
    return (int)port;
}

/* host.listens(port) -> whether something accepts connections there */
static int host_listens(lua_State *L) {
    int descriptor = engine_connect(engine_of(L), (unsigned short)check_port(L, 1));
    if (descriptor >= 0) close(descriptor);
    lua_pushboolean(L, descriptor >= 0);
    return 1;
}

/* host.free_port() -> a TCP port of the loopback that nobody listens on now; or nil, message */
static int host_free_port(lua_State *L) {
    int port = loopback_free_port(0);
    if (!port) {
        lua_pushnil(L);
        lua_pushliteral(L, "no free port");
        return 2;
    }
    lua_pushinteger(L, port);
    return 1;
}

static const luaL_Reg functions[] = {
    {"request", host_request}, {"listens", host_listens}, {"free_port", host_free_port}, {NULL, NULL}};

const struct library library_host = {"host", functions, 0, NULL};
