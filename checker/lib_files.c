#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "checker/engine.h"
#include "checker/guard.h"
#include "checker/ignore.h"
#include "checker/library.h"

#include "base/beneath.h"
#include "base/hash.h"
#include "base/path.h"

/*
 * Files of three trees: "scratch" (the learner's copy, the only one that may be written), "start" (the exercise's start
 * folder) and "material" (what generators made). Paths never leave their tree: base/beneath.h.
 * Failures are nil, a text, and a code: "missing", "directory", "link", "large", "deep", "kind" or "other".
 */

enum {
    FILE_MOST = 32 << 20,
    WRITE_MOST = 32 << 20,
    ENTRIES_MOST = 50000, /* of a listing: more than twice what a box leaves by default */
    NAMES_MOST = 8 << 20, /* bytes of all their paths */
    DEPTH_MOST = 128,     /* as deep as a box lets programs go */
};

static const char *const roots[] = {"scratch", "start", "material", NULL};

struct opened {
    int fd; /* -1 when closed */
};

static void close_opened(void *memory) {
    struct opened *opened = memory;
    mem_close_descriptor(&opened->fd);
    opened->fd = -1;
}

/* Pushes a guard that owns a descriptor of the tree named by argument 1. Who is called for many files releases it when done: the
 * collector may come too late for the descriptors. */
static int open_root(lua_State *L) {
    const struct checker_task *task = engine_of(L)->task;
    int which = luaL_checkoption(L, 1, NULL, roots);
    struct opened *opened = guard_new(L, sizeof *opened, close_opened);
    const int sources[] = {task->scratch, task->start, task->material};
    opened->fd = fcntl(sources[which], F_DUPFD_CLOEXEC, 0);
    if (opened->fd < 0) luaL_error(L, "the %s files are not there", roots[which]);
    return opened->fd;
}

struct failure {
    int number;
    const char *code, *text;
};

static const struct failure failures[] = {
    {ENOENT, "missing", "no such file"},
    {ENOTDIR, "missing", "no such file (a part of the path is a file, not a directory)"},
    {EISDIR, "directory", "is a directory, not a file"},
    {ELOOP, "link", "is a symbolic link; links are not followed"},
    {EXDEV, "link", "leads out of the folder"},
    {EINVAL, "kind", "is not a regular file"},
    {ENXIO, "kind", "is not a regular file"},
    {E2BIG, "large", "holds too much to be listed (over 50 000 files and folders, or 8 MiB of their paths)"},
    {ENAMETOOLONG, "deep", "lies deeper than 128 folders"},
    {EACCES, "other", "may not be read (its permissions forbid it)"},
};

static int push_failure(lua_State *L, int number) {
    lua_pushnil(L);
    for (size_t i = 0; i < LENGTH(failures); i++) {
        if (failures[i].number != number) continue;
        lua_pushstring(L, failures[i].text);
        lua_pushstring(L, failures[i].code);
        return 3;
    }
    lua_pushstring(L, strerror(number));
    lua_pushliteral(L, "other");
    return 3;
}

static int push_too_large(lua_State *L, lua_Integer most) {
    lua_pushnil(L);
    lua_pushfstring(L, "too large to read: more than %I MiB", most >> 20);
    lua_pushliteral(L, "large");
    return 3;
}

/* ---- reading ---- */

/* files.read(root, path, most) -> text of at most that many bytes */
static int files_read(lua_State *L) {
    const char *path = luaL_checkstring(L, 2);
    lua_Integer most = luaL_checkinteger(L, 3);
    luaL_argcheck(L, most >= 0 && most <= FILE_MOST, 3, "must be 0 to 32 MiB");
    int root = open_root(L), guard = lua_gettop(L);
    struct str *text = guard_str(L);
    int failed = beneath_read(root, path, text, (size_t)most) ? errno : 0;
    guard_release(L, guard);
    if (failed) return failed == EFBIG ? push_too_large(L, most) : push_failure(L, failed);
    lua_pushlstring(L, text->data, text->len);
    guard_release(L, -2);
    return 1;
}

static const char *kind_name(mode_t mode) {
    if (S_ISREG(mode)) return "file";
    if (S_ISDIR(mode)) return "directory";
    return S_ISLNK(mode) ? "link" : "other";
}

static void push_stat(lua_State *L, const struct stat *info) {
    lua_createtable(L, 0, 4);
    lua_pushstring(L, kind_name(info->st_mode));
    lua_setfield(L, -2, "kind");
    lua_pushinteger(L, info->st_size);
    lua_setfield(L, -2, "size");
    lua_pushfstring(L, "%d%d%d", (int)(info->st_mode >> 6 & 7), (int)(info->st_mode >> 3 & 7),
                    (int)(info->st_mode & 7));
    lua_setfield(L, -2, "mode");
    lua_pushnumber(L, (double)info->st_mtim.tv_sec + (double)info->st_mtim.tv_nsec * 1e-9);
    lua_setfield(L, -2, "mtime");
}

/* files.stat(root, path) -> {kind, size, mode = "644", mtime}, of a link itself */
static int files_stat(lua_State *L) {
    const char *path = luaL_checkstring(L, 2);
    struct stat info;
    int root = open_root(L), guard = lua_gettop(L);
    int failed = beneath_stat(root, path, &info) ? errno : 0;
    guard_release(L, guard);
    if (failed) return push_failure(L, failed);
    push_stat(L, &info);
    return 1;
}

/* files.sha256(root, path) -> 64 hexadecimal digits; of a file of any size */
static int files_sha256(lua_State *L) {
    const char *path = luaL_checkstring(L, 2);
    char hex[HASH_HEX_SIZE];
    int root = open_root(L), guard = lua_gettop(L);
    int failed = beneath_hash(root, path, hex) ? errno : 0;
    guard_release(L, guard);
    if (failed) return push_failure(L, failed);
    lua_pushstring(L, hex);
    return 1;
}

/* files.link(root, path) -> where a link leads, as it is written there; it is not followed */
static int files_link(lua_State *L) {
    const char *path = luaL_checkstring(L, 2);
    int root = open_root(L), guard = lua_gettop(L);
    struct str *target = guard_str(L);
    int failed = beneath_read_link(root, path, target) ? errno : 0;
    guard_release(L, guard);
    if (failed) return push_failure(L, failed);
    lua_pushlstring(L, target->data, target->len);
    guard_release(L, -2);
    return 1;
}

/* ---- writing ---- */

/* files.write(path, text, executable) -> true. Into the scratch copy only. */
static int files_write(lua_State *L) {
    size_t len;
    const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &len);
    mode_t mode = lua_toboolean(L, 3) ? 0755 : 0644;
    luaL_argcheck(L, len <= WRITE_MOST, 2, "more than 32 MiB");
    if (beneath_write(engine_of(L)->task->scratch, path, text, len, mode)) return push_failure(L, errno);
    lua_pushboolean(L, 1);
    return 1;
}

/* files.remove(path) -> true, also when there is none */
static int files_remove(lua_State *L) {
    const char *path = luaL_checkstring(L, 1);
    if (beneath_remove(engine_of(L)->task->scratch, path)) return push_failure(L, errno);
    lua_pushboolean(L, 1);
    return 1;
}

/* ---- walking ---- */

/* Names are collected in C first: the walk must not be left by a Lua error. */
struct listing {
    struct str names; /* each with its NUL */
    array(mode_t) modes;
    size_t last; /* where the last name begins */
};

static void release_listing(void *memory) {
    struct listing *listing = memory;
    str_release(&listing->names);
    array_free(&listing->modes);
}

static int list_entry(void *context, int parent, const char *name, const struct stat *info) {
    (void)parent;
    struct listing *listing = context;
    if (listing->modes.count >= ENTRIES_MOST || listing->names.len >= NAMES_MOST) {
        listing->last = listing->names.len; /* the whole is to blame, not an entry */
        errno = E2BIG;
        return -1;
    }
    listing->last = listing->names.len;
    str_append_bytes(&listing->names, name, strlen(name) + 1);
    *array_push(&listing->modes) = info->st_mode;
    return 1;
}

/* files.walk(root, directory) -> list of paths in order, list of their kinds; all of them, or a failure, whose fourth
 * value is the path where it happened, "" for the whole. */
static int files_walk(lua_State *L) {
    const char *path = luaL_checkstring(L, 2);
    int root = open_root(L), guard = lua_gettop(L);
    struct listing *listing = guard_new(L, sizeof *listing, release_listing);
    listing->names = (struct str)STR_INIT;
    int failed = beneath_walk(root, path, DEPTH_MOST, list_entry, listing) ? errno : 0;
    guard_release(L, guard);
    if (failed) {
        push_failure(L, failed);
        lua_pushstring(L, listing->names.data + listing->last);
        return 4;
    }
    lua_newtable(L);
    lua_newtable(L);
    const char *name = listing->names.data;
    for (size_t i = 0; i < listing->modes.count; i++, name += strlen(name) + 1) {
        lua_pushstring(L, name);
        lua_rawseti(L, -3, (lua_Integer)i + 1);
        lua_pushstring(L, kind_name(listing->modes.items[i]));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 2;
}

/* files.matches(pattern, path) -> whether path matches a pattern of * ? [a-z] and ** */
static int files_matches(lua_State *L) {
    lua_pushboolean(L, path_matches(luaL_checkstring(L, 1), luaL_checkstring(L, 2)));
    return 1;
}

/* files.ignored(pattern, path) -> whether a pattern of .dockerignore matches; nil when the pattern is none */
static int files_ignored(lua_State *L) {
    const char *pattern = luaL_checkstring(L, 1);
    if (ignore_is_pattern(pattern))
        lua_pushboolean(L, ignore_matches(pattern, luaL_checkstring(L, 2)));
    else
        lua_pushnil(L);
    return 1;
}

/* files.inside(path) -> whether it is a relative path that stays where it starts */
static int files_inside(lua_State *L) {
    size_t len;
    const char *path = luaL_checklstring(L, 1, &len);
    lua_pushboolean(L, strlen(path) == len && path_is_inside(path));
    return 1;
}

static const luaL_Reg functions[] = {
    {"read", files_read},
    {"stat", files_stat},
    {"sha256", files_sha256},
    {"write", files_write},
    {"remove", files_remove},
    {"walk", files_walk},
    {"matches", files_matches},
    {"inside", files_inside},
    {"ignored", files_ignored},
    {"link", files_link},
    {NULL, NULL},
};

const struct library library_files = {"files", functions, 0, NULL};
