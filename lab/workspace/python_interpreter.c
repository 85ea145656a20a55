/* Which python3 environments are made of. Asking one takes 15 ms, so answers are kept in the cache. */

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/path.h"
#include "workspace/python.h"
#include "workspace/python_tool.h"

enum { LEAST_MINOR = 11, ANSWER_SECONDS = 15, ANSWER_MOST = 65536 };

struct answer {
    char *path, *version;
};

static void answer_release(struct answer *answer) {
    free(answer->path);
    free(answer->version);
    *answer = (struct answer){0};
}

/* ---- answers in the cache ---- */

static bool is_machine_code(int fd) {
    char magic[SELFMAG];
    return read(fd, magic, SELFMAG) == SELFMAG && !memcmp(magic, ELFMAG, SELFMAG);
}

/* Where the answer of this program is kept: named by everything that changes when the program does. NULL for what is no
 * python itself (the shims of pyenv, mise and others), which answers differently from folder to folder. Caller frees. */
static char *answer_file(const char *candidate) {
    struct stat info;
    autoclose int fd = open(candidate, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    autofree char *real = realpath(candidate, NULL);
    const struct path_places *places = path_places(NULL);
    if (!places || !real || fd < 0 || fstat(fd, &info) || !S_ISREG(info.st_mode)) return NULL;
    if (!string_starts_with(path_base(real), "python") || !is_machine_code(fd)) return NULL;
    autofree char *identity = str_format("real %s %s %llu %llu %lld %lld.%09ld", candidate, real,
                                         (unsigned long long)info.st_dev, (unsigned long long)info.st_ino,
                                         (long long)info.st_size, (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    char hex[HASH_HEX_SIZE];
    hash_hex(identity, strlen(identity), hex);
    return str_format("%s/python/interpreters/%.16s", places->cache, hex);
}

/* Reads "PATH\nVERSION\n"; false when it is not that, or the program has gone. */
static bool answer_parse(struct answer *answer, struct sv text) {
    struct sv path, version;
    if (!sv_next_line(&text, &path) || !sv_next_line(&text, &version) || !version.len) return false;
    autofree char *name = mem_copy(path.data, path.len);
    if (name[0] != '/' || access(name, X_OK)) return false;
    answer->path = steal(&name);
    answer->version = mem_copy(version.data, version.len);
    return true;
}

static bool answer_load(struct answer *answer, const char *file) {
    scoped(str) text = STR_INIT;
    return file && !fs_read(&text, file, ANSWER_MOST, NULL) && answer_parse(answer, sv_str(&text));
}

/* A cache that cannot be written costs time only. */
static void answer_save(const struct answer *answer, const char *file) {
    if (!file) return;
    autofree char *folder = path_parent(file);
    autofree char *text = str_format("%s\n%s\n", answer->path, answer->version);
    if (!fs_make_directories(folder, NULL)) fs_write(file, text, strlen(text), NULL);
}

/* ---- asking ---- */

/* _base_executable is the real program behind a shim or a virtual environment (CPython, site and venv use it so). One outside
 * of /usr goes by the name without links, since a box shows its folders (python_base_folders) and not those of the links. */
static const char question[] = "import os, sys\n"
                               "name = getattr(sys, '_base_executable', '') or sys.executable\n"
                               "real = os.path.realpath(name)\n"
                               "print('lab-answer')\n"
                               "print(name if os.path.commonprefix([name, real, '/usr/']) == '/usr/' else real)\n"
                               "print('%d.%d.%d' % sys.version_info[:3])";

static bool ask(struct answer *answer, const char *candidate) {
    const char *const argv[] = {candidate, "-I", "-S", "-c", question, NULL};
    struct tool tool = {.argv = argv, .directory = "/", .seconds = ANSWER_SECONDS, .lock = -1};
    scoped(str) output = STR_INIT;
    int status;
    if (tool_run(&tool, &output, &status, NULL) || status) return false;
    const char *begin = strstr(output.data, "lab-answer\n");
    return begin && answer_parse(answer, sv_of(begin + strlen("lab-answer\n")));
}

static bool find_out(struct answer *answer, const char *candidate) {
    autofree char *file = answer_file(candidate);
    if (answer_load(answer, file)) return true;
    if (!ask(answer, candidate)) return false;
    answer_save(answer, file);
    return true;
}

static bool is_new_enough(const char *version) {
    char *end;
    long major = strtol(version, &end, 10), minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
    return major > 3 || (major == 3 && minor >= LEAST_MINOR);
}

/* ---- choosing ---- */

/* Takes the candidate if it will do; notes in `found` why not, for the message. */
static bool accept(struct answer *answer, const char *candidate, struct str *found) {
    if (!candidate || access(candidate, X_OK)) return false;
    if (!find_out(answer, candidate)) {
        str_printf(found, "%s%s does not run", found->len ? ", " : "", candidate);
    } else if (!is_new_enough(answer->version)) {
        str_printf(found, "%s%s is %s", found->len ? ", " : "", candidate, answer->version);
        answer_release(answer);
    } else {
        return true;
    }
    return false;
}

/* The one that the user named must do: to pass over it in silence would surprise. */
static int accept_named(struct answer *answer, const char *name, struct err *err) {
    autofree char *here = getcwd(NULL, 0);
    autofree char *candidate = strchr(name, '/') ? path_join(here ? here : "/", name) : fs_find_program(name);
    scoped(str) found = STR_INIT;
    if (accept(answer, candidate, &found)) return 0;
    err_set(err, ERR_ENVIRONMENT, "LAB_PYTHON=%s is no Python 3.%d or newer: %s", name, LEAST_MINOR,
            found.len ? found.data : "there is no such program");
    return err_help(err, "unset LAB_PYTHON, or set it to such a program");
}

static bool accept_any(struct answer *answer, struct str *found) {
    static const char *const names[] = {"python3", "python3.13", "python3.12", "python3.11"};
    if (accept(answer, "/usr/bin/python3", found)) return true;
    for (size_t i = 0; i < LENGTH(names); i++) {
        autofree char *candidate = fs_find_program(names[i]);
        if (candidate && strcmp(candidate, "/usr/bin/python3") != 0 && accept(answer, candidate, found)) return true;
    }
    return false;
}

int python_interpreter(char **path, char **version, struct err *err) {
    const char *named = getenv("LAB_PYTHON");
    struct answer answer = {0};
    scoped(str) found = STR_INIT;
    if (named && *named) {
        if (accept_named(&answer, named, err)) return -1;
    } else if (!accept_any(&answer, &found)) {
        err_set(err, ERR_ENVIRONMENT, "there is no Python 3.%d or newer%s%s%s", LEAST_MINOR, found.len ? " (" : "",
                found.data, found.len ? ")" : "");
        return err_help(err, "sudo apt install python3 python3-venv, or set LAB_PYTHON");
    }
    *path = answer.path;
    *version = answer.version;
    return 0;
}
