/* What tools get from the user's environment, and what their failures mean. */

#include <stdlib.h>
#include <unistd.h>

#include "base/path.h"
#include "workspace/python_tool.h"

/* ---- environment ---- */

/* Never passed on: they name another Python, another place to install to, or weaken the check of hashes. */
static const char *const dropped[] = {
    "PYTHON*",          "VIRTUAL_ENV*",
    "CONDA_*",          "__PYVENV_LAUNCHER__",
    "UV_PYTHON*",       "UV_*_PYTHON",
    "UV_PROJECT*",      "UV_WORKING_DIR",
    "UV_CONSTRAINT",    "UV_BUILD_CONSTRAINT",
    "UV_OVERRIDE",      "UV_*_HASHES",
    "UV_EXCLUDE_NEWER", "UV_NO_BINARY*",
    "UV_TORCH_BACKEND", "UV_*_BYTECODE",
    "UV_VENV_*",        "PIP_TARGET",
    "PIP_PREFIX",       "PIP_ROOT",
    "PIP_USER",         "PIP_PYTHON",
    "PIP_CONSTRAINT",   "PIP_REQUIREMENT",
    "PIP_REQUIRE_*",    "PIP_NO_BINARY",
    "PIP_NO_DEPS",      "PIP_ONLY_BINARY",
    "PIP_NO_COMPILE",   "PIP_DRY_RUN",
    "PIP_QUIET",        "PIP_VERBOSE",
    "PIP_NO_CLEAN",     "PIP_IGNORE_*",
    "PIP_REPORT",       "PIP_PLATFORM",
    "PIP_ABI",          "PIP_EDITABLE",
    "PIP_SRC",          "LD_PRELOAD",
    "FORCE_COLOR",      "LANGUAGE",
};

/* Set, whatever the user has. */
static const char *const fixed[][2] = {
    {"LC_ALL", "C.UTF-8"},
    {"NO_COLOR", "1"},
    {"UV_LINK_MODE", "copy"}, /* a hard link would let a learner's edit reach uv's cache */
    {"UV_PYTHON_DOWNLOADS", "never"},
    {"UV_NO_PROGRESS", "1"},
    {"PIP_NO_INPUT", "1"},
    {"PIP_USER", "0"},
    {"PIP_DISABLE_PIP_VERSION_CHECK", "1"},
};

/* What pip is told, for uv too, when uv is told nothing. */
static const struct {
    const char *from, *to, *or_to;
} translated[] = {
    {"PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"},
    {"PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL"},
    {"PIP_CERT", "SSL_CERT_FILE", "SSL_CERT_DIR"},
};

static bool is_dropped(const char *variable) {
    autofree char *name = mem_copy(variable, strcspn(variable, "="));
    for (size_t i = 0; i < LENGTH(dropped); i++)
        if (path_matches(dropped[i], name)) return true;
    for (size_t i = 0; i < LENGTH(fixed); i++)
        if (!strcmp(fixed[i][0], name)) return true;
    return false;
}

static bool is_set(const char *name) {
    const char *value = getenv(name);
    return value && *value;
}

static char *download_folder(const char *variable, const char *leaf) {
    if (is_set(variable)) return mem_copy_string(getenv(variable));
    const struct path_places *places = path_places(NULL);
    return places ? str_format("%s/downloads/%s", places->cache, leaf) : NULL;
}

char *tool_uv_cache(void) { return download_folder("UV_CACHE_DIR", "uv"); }

const char **tool_environment(struct arena *arena) {
    size_t count = 0, used = 0;
    while (environ[count]) count++;
    const char **list = arena_alloc(arena, (count + LENGTH(fixed) + LENGTH(translated) + 4) * sizeof *list);
    for (size_t i = 0; i < count; i++)
        if (!is_dropped(environ[i])) list[used++] = environ[i];
    for (size_t i = 0; i < LENGTH(fixed); i++) list[used++] = arena_printf(arena, "%s=%s", fixed[i][0], fixed[i][1]);
    for (size_t i = 0; i < LENGTH(translated); i++)
        if (is_set(translated[i].from) && !is_set(translated[i].to) && !is_set(translated[i].or_to))
            list[used++] = arena_printf(arena, "%s=%s", translated[i].to, getenv(translated[i].from));
    if (!is_set("UV_SYSTEM_CERTS")) list[used++] = arena_string(arena, "UV_SYSTEM_CERTS=1");
    autofree char *uv = tool_uv_cache();
    autofree char *pip = download_folder("PIP_CACHE_DIR", "pip");
    if (uv && !is_set("UV_CACHE_DIR")) list[used++] = arena_printf(arena, "UV_CACHE_DIR=%s", uv);
    if (pip && !is_set("PIP_CACHE_DIR")) list[used++] = arena_printf(arena, "PIP_CACHE_DIR=%s", pip);
    return list;
}

/* ---- failures ---- */

#define NO_NETWORK "cannot reach the package index"
#define OTHER_HASH "a package is not the one that was locked"

/* What a line of a tool's output means: the first row whose sign occurs counts. */
static const struct {
    const char *sign, *cause, *help;
} causes[] = {
    {"No space left on device", "the disk is full", "free some disk space, then run the command again"},
    {"os error 28", "the disk is full", "free some disk space, then run the command again"},
    {"Disk quota exceeded", "your disk quota is used up", "free some disk space, then run the command again"},
    {"Read-only file system", "the cache is on a read-only file system",
     "set XDG_CACHE_HOME to a folder you can write"},
    {"Permission denied", "the cache may not be written", "set XDG_CACHE_HOME to a folder you can write"},
    {"DO NOT MATCH THE HASHES", OTHER_HASH, "tell the course's author, or try another package index"},
    {"Hash mismatch", OTHER_HASH, "tell the course's author, or try another package index"},
    {"ensurepip is not", "Python's ensurepip is missing", "sudo apt install python3-venv"},
    {"No module named ensurepip", "Python's ensurepip is missing", "sudo apt install python3-venv"},
    {"No module named venv", "Python's venv module is missing", "sudo apt install python3-venv"},
    {"No module named pip", "pip is missing", "sudo apt install python3-venv"},
    {"CERTIFICATE_VERIFY_FAILED", "the package index's certificate is not trusted",
     "set SSL_CERT_FILE to your network's certificates"},
    {"UnknownIssuer", "the package index's certificate is not trusted",
     "set SSL_CERT_FILE to your network's certificates"},
    {"Temporary failure in name resolution", NO_NETWORK, ""},
    {"Name or service not known", NO_NETWORK, ""},
    {"dns error", NO_NETWORK, ""},
    {"Failed to establish a new connection", NO_NETWORK, ""},
    {"Network is unreachable", NO_NETWORK, ""},
    {"Connection refused", NO_NETWORK, ""},
    {"error sending request", NO_NETWORK, ""},
    {"Read timed out", NO_NETWORK, ""},
    {"operation timed out", NO_NETWORK, ""},
    {"network connectivity is disabled", NO_NETWORK, ""},
    {"Could not fetch URL", NO_NETWORK, ""},
    {"No matching distribution", "the package index lacks a locked package for this machine",
     "use Python 3.11 to 3.13 on x86-64 or arm64 (LAB_PYTHON), or another index"},
    {"no usable wheels", "the package index lacks a locked package for this machine",
     "use Python 3.11 to 3.13 on x86-64 or arm64 (LAB_PYTHON), or another index"},
};

static size_t cause_of(const char *output) {
    size_t i = 0;
    while (i < LENGTH(causes) && !strstr(output, causes[i].sign)) i++;
    return i;
}

static bool is_caused_by(const struct str *output, const char *cause) {
    size_t i = cause_of(output->data);
    return i < LENGTH(causes) && !strcmp(causes[i].cause, cause);
}

bool tool_lacks_network(const struct str *output) { return is_caused_by(output, NO_NETWORK); }
bool tool_met_other_hash(const struct str *output) { return is_caused_by(output, OTHER_HASH); }

/* Where the last `count` lines begin. */
static const char *last_lines(const struct str *output, unsigned count) {
    const char *at = output->data + output->len;
    if (at > output->data) at--; /* the newline that ends the last one */
    while (at > output->data && (at[-1] != '\n' || --count)) at--;
    return at;
}

/* How many bytes of a line are shown: whole characters, since the output is UTF-8. */
static int shown_length(struct sv line) {
    enum { MOST = 200 };
    size_t len = line.len < MOST ? line.len : MOST;
    while (len < line.len && len && ((unsigned char)line.data[len] & 0xc0) == 0x80) len--;
    return (int)len;
}

int tool_failure(struct err *err, const char *what, const struct str *output) {
    size_t i = cause_of(output->data);
    bool known = i < LENGTH(causes);
    scoped(str) tail = STR_INIT;
    struct sv rest = sv_of(last_lines(output, 5)), line;
    while (sv_next_line(&rest, &line)) str_printf(&tail, "\n    %.*s", shown_length(line), line.data);
    err_set(err, ERR_ENVIRONMENT, "%s: %s%s", what, known ? causes[i].cause : "the tool failed", tail.data);
    if (known && *causes[i].help) return err_help(err, "%s", causes[i].help);
    return err_help(err, known ? "connect to the network, then run the same command again"
                               : "read the lines above; `lab doctor` shows what this machine has");
}
