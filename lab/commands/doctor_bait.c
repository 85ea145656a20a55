#include "commands/doctor_bait.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "attempt/scratch.h"
#include "base/beneath.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"

#define VARIABLE "LAB_ATTACK_CANARY"

enum { SEGMENT_SIZE = 4096, ARGUMENTS_MOST = 1 << 16 };
static const struct beneath_budget SUITE_BUDGET = {.bytes = 64u << 20, .entries = 2000};

/* ---- the environment ---- */

/* The arguments of this process as it was started. */
static int read_arguments(struct str *text, struct err *err) {
    autoclose int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && !fs_read_all(fd, text, ARGUMENTS_MOST)) return 0;
    return err_errno(err, ERR_ENVIRONMENT, "cannot read /proc/self/cmdline");
}

int bait_enter(struct err *err) {
    if (getenv(VARIABLE)) return 0;
    scoped(str) text = STR_INIT;
    if (read_arguments(&text, err)) return -1;
    array(char *) argv = {0};
    for (char *word = text.data; word < text.data + text.len; word += strlen(word) + 1) *array_push(&argv) = word;
    *array_push(&argv) = NULL;
    if (setenv(VARIABLE, "a secret of the environment", 1) || execv("/proc/self/exe", argv.items))
        err_errno(err, ERR_ENVIRONMENT, "cannot start lab again");
    array_free(&argv);
    return -1;
}

int bait_set_variables(const struct bait *bait, struct err *err) {
    static const char *const folders[] = {"PYTHONPATH", "PYTHONUSERBASE", "LD_LIBRARY_PATH"};
    static const char program[] = "import builtins\nbuiltins.forged = True\n";
    autofree char *planted = path_join(bait->home, "planted");
    autofree char *module = path_join(planted, "sitecustomize.py");
    if (fs_make_directories(planted, err) || fs_write(module, program, sizeof program - 1, err)) return -1;
    for (size_t i = 0; i < LENGTH(folders); i++) setenv(folders[i], planted, 1);
    setenv("PYTHONSTARTUP", module, 1);
    setenv("BASH_ENV", module, 1);
    return 0;
}

/* ---- files ---- */

static int make_home(struct bait *bait, struct err *err) {
    const char *given = getenv("TMPDIR");
    autofree char *place = str_format("%s/lab-attack-XXXXXX", given && given[0] == '/' ? given : "/tmp");
    if (!mkdtemp(place)) {
        err_errno(err, ERR_ENVIRONMENT, "cannot make a folder for the attacks, %s", place);
        return err_help(err, "export TMPDIR=/a/folder/you/can/write");
    }
    bait->home = realpath(place, NULL);
    bait->name = mem_copy_string(path_base(place));
    bait->course = path_join(bait->home, "course");
    unsetenv("LAB_WORK");
    return setenv("LAB_HOME", bait->home, 1) ? err_errno(err, ERR_INTERNAL, "cannot set LAB_HOME") : 0;
}

static int copy_suite(const struct bait *bait, const char *suite, struct err *err) {
    if (fs_make_directories(bait->course, err)) return -1;
    autoclose int from = open(suite, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autoclose int to = open(bait->course, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0 || to < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open the attacks in %s", suite);
    return beneath_copy(from, to, SUITE_BUDGET, err);
}

static char *canary_path(const struct bait *bait) { return str_format("%s/%s-canary", bait->home, bait->name); }

/* A file in the home, and what could be a progress database. */
static int write_secrets(const struct bait *bait, struct err *err) {
    static const char secret[] = "a secret of lab's home\n";
    autofree char *canary = canary_path(bait);
    autofree char *data = path_join(bait->home, "data");
    autofree char *database = path_join(data, "lab.db");
    return fs_write_private(canary, secret, sizeof secret - 1, err) || fs_make_directories(data, err) ||
           fs_write_private(database, secret, sizeof secret - 1, err);
}

/* ---- sockets and memory ---- */

static int listen_at(int *fd, int family, const void *address, socklen_t size, struct err *err) {
    *fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd >= 0 && !bind(*fd, address, size) && !listen(*fd, 8)) return 0;
    return err_errno(err, ERR_ENVIRONMENT, "cannot listen on a socket for the attacks");
}

/* On a port that the system chooses. */
static int listen_on_loopback(struct bait *bait, uint16_t *port, struct err *err) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (listen_at(&bait->tcp, AF_INET, &address, size, err)) return -1;
    if (getsockname(bait->tcp, (struct sockaddr *)&address, &size))
        return err_errno(err, ERR_ENVIRONMENT, "cannot ask for the port of a socket");
    *port = ntohs(address.sin_port);
    return 0;
}

static int listen_on_name(struct bait *bait, struct err *err) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(bait->name);
    if (len + 1 > sizeof address.sun_path) return err_set(err, ERR_INTERNAL, "the name %s is too long", bait->name);
    memcpy(address.sun_path + 1, bait->name, len); /* behind a NUL: abstract, unix(7) */
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len);
    return listen_at(&bait->abstract, AF_UNIX, &address, size, err);
}

/* Marked for removal at once, which Linux does when the last process lets go: nothing can be left. The number still
 * reaches it until then, shmctl(2). */
static int share_memory(struct bait *bait, int *segment) {
    *segment = shmget(IPC_PRIVATE, SEGMENT_SIZE, IPC_CREAT | 0600);
    void *shared = *segment < 0 ? (void *)-1 : shmat(*segment, NULL, 0);
    if (*segment >= 0) shmctl(*segment, IPC_RMID, NULL);
    if (shared == (void *)-1) return -1;
    bait->shared = shared;
    return 0;
}

/* ---- facts ---- */

static int write_facts(const struct bait *bait, json_t *facts, struct err *err) {
    autofree char *path = path_join(bait->course, "exercises/shared/facts.json");
    autofree char *text = json_dumps(facts, JSON_INDENT(2));
    return fs_write(path, text, strlen(text), err);
}

static int put_places(const struct bait *bait, const char *suite, json_t *facts, struct err *err) {
    const struct path_places *places = path_places(err);
    if (!places) return -1;
    autofree char *canary = canary_path(bait);
    autofree char *left = str_format("%s-left", bait->name);
    autofree char *base = scratch_base(places->cache, 0);
    autofree char *scratch = str_format("%s/lab-%u", base, (unsigned)geteuid());
    json_put(facts, "home", json_string(bait->home));
    json_put(facts, "course", json_string(bait->course));
    json_put(facts, "suite", json_text_or_null(suite));
    json_put(facts, "left", json_string(left));
    json_put(facts, "variable", json_string(VARIABLE));
    json_put(facts, "canary", json_string(canary));
    json_put(facts, "scratch", json_text_or_null(scratch));
    return 0;
}

static int put_sockets(struct bait *bait, json_t *facts, struct err *err) {
    uint16_t port = 0;
    if (listen_on_loopback(bait, &port, err) || listen_on_name(bait, err)) return -1;
    json_put(facts, "port", json_integer(port));
    json_put(facts, "abstract", json_string(bait->name));
    return 0;
}

static void put_kernel(struct bait *bait, json_t *facts) {
    int segment;
    char namespace[64];
    ssize_t len = readlink("/proc/self/ns/pid", namespace, sizeof namespace);
    json_put(facts, "processes", json_text(namespace, len > 0 ? (size_t)len : 0));
    json_put(facts, "shared_memory", json_integer(share_memory(bait, &segment) ? -1 : segment));
}

int bait_lay(struct bait *bait, const char *suite, struct err *err) {
    autojson json_t *facts = json_object();
    if (make_home(bait, err) || copy_suite(bait, suite, err) || write_secrets(bait, err)) return -1;
    if (put_places(bait, suite, facts, err) || put_sockets(bait, facts, err)) return -1;
    put_kernel(bait, facts);
    return write_facts(bait, facts, err);
}

/* ---- the end ---- */

/* What programs have left in a folder of the host, where nothing kept them from it. */
static void clear_folder(const char *folder, const char *name) {
    scoped(names) names = {0};
    autoclose int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0 || beneath_names(at, &names)) return;
    for (size_t i = 0; i < names.count; i++)
        if (string_starts_with(names.items[i], name)) beneath_remove(at, names.items[i]);
}

void bait_release(struct bait *bait) {
    static const char *const folders[] = {"/", "/tmp", "/var/tmp", "/dev/shm", "/dev", "/run"};
    if (bait->home) beneath_remove_at(bait->home);
    for (size_t i = 0; bait->name && i < LENGTH(folders); i++) clear_folder(folders[i], bait->name);
    mem_close_descriptor(&bait->tcp);
    mem_close_descriptor(&bait->abstract);
    if (bait->shared) shmdt(bait->shared);
    free(bait->home);
    free(bait->course);
    free(bait->name);
    *bait = (struct bait)BAIT_INIT;
}
