/* Rows of lab doctor about the machine and the terminal. */

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fs.h"
#include "commands/doctor.h"

void doctor_git(struct doctor *doctor) {
    autofree char *git = fs_find_program("git");
    doctor_add(doctor, "git", git ? DOCTOR_OK : DOCTOR_WEAK, git ? git : "not found",
               "you cannot commit your work; lab itself does not need it", "sudo apt install git");
}

void doctor_locale(struct doctor *doctor) {
    const char *const order[] = {getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG")};
    const char *locale = "C";
    for (size_t i = LENGTH(order); i-- > 0;)
        if (order[i] && *order[i]) locale = order[i];
    bool good = strcasestr(locale, "utf-8") || strcasestr(locale, "utf8");
    doctor_add(doctor, "locale", good ? DOCTOR_OK : DOCTOR_WEAK, locale,
               "your own programs print and read text otherwise than in a check", "export LANG=C.UTF-8");
}

void doctor_terminal(struct doctor *doctor) {
    const struct term *term = &doctor->context->out;
    const char *name = getenv("TERM");
    autofree char *found = str_format("%s, %d columns%s", name && *name ? name : "TERM is not set", term->width,
                                      term->color ? ", colour" : "");
    doctor_add(doctor, "terminal", DOCTOR_OK, term->tty ? found : "not a terminal: plain text", NULL, NULL);
}

/* ---- kernel ---- */

static bool has_openat2(void) {
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_BENEATH};
    autoclose int fd = (int)syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof how);
    return fd >= 0;
}

static bool has_pidfd(void) {
    autoclose int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
    return fd >= 0;
}

static bool has_subreaper(void) {
    int value;
    return !prctl(PR_GET_CHILD_SUBREAPER, &value, 0, 0, 0);
}

static const struct {
    const char *name;
    bool (*is_there)(void);
    enum doctor_state without;
} features[] = {
    {"openat2", has_openat2, DOCTOR_WEAK},
    {"pidfd", has_pidfd, DOCTOR_WEAK},
    {"subreaper", has_subreaper, DOCTOR_MISSING},
};

void doctor_kernel(struct doctor *doctor) {
    struct utsname system;
    scoped(str) found = STR_INIT;
    scoped(str) lacks = STR_INIT;
    enum doctor_state state = DOCTOR_OK;
    str_append(&found, uname(&system) ? "unknown" : system.release);
    for (size_t i = 0; i < LENGTH(features); i++) {
        bool there = features[i].is_there();
        str_printf(there ? &found : &lacks, ", %s", features[i].name);
        if (!there && features[i].without > state) state = features[i].without;
    }
    if (lacks.len) str_printf(&found, "; without %s", lacks.data + 2);
    doctor_add(doctor, "kernel", state, found.data,
               "files are opened more slowly, and programs that a check leaves behind may live on",
               "use Linux 5.6 or newer, outside of a container that forbids these calls");
}
