/* Why a program could not be started, in words that let its author mend it. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "box/exec.h"

static void explain_folder(const char *folder, int error, char *why, size_t size) {
    switch (error) {
    case ENOENT: snprintf(why, size, "there is no folder %s", folder); break;
    case ENOTDIR: snprintf(why, size, "%s is no folder", folder); break;
    case ELOOP: snprintf(why, size, "%s is a link that leads in a circle", folder); break;
    default: snprintf(why, size, "the folder %s cannot be entered: %s", folder, strerror(error));
    }
}

/* Opens a file as the program would have seen it: relative to its folder. */
static int open_candidate(const struct exec_plan *plan, const char *candidate) {
    autoclose int folder = open(plan->cwd, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return openat(folder, candidate, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* The interpreter that a script's first line names; false when the file is no script. */
static bool read_interpreter(int fd, char *text, size_t size) {
    struct stat info;
    if (fstat(fd, &info) || !S_ISREG(info.st_mode)) return false;
    ssize_t len = pread(fd, text, size - 1, 0);
    if (len < 3 || memcmp(text, "#!", 2)) return false;
    text[len] = '\0';
    text[strcspn(text, "\n")] = '\0';
    size_t start = 2 + strspn(text + 2, " \t");
    memmove(text, text + start, strlen(text + start) + 1);
    return true;
}

static void explain_interpreter(const char *candidate, int fd, char *why, size_t size) {
    char interpreter[128];
    if (!read_interpreter(fd, interpreter, sizeof interpreter))
        snprintf(why, size, "%s needs a loader or library that this machine lacks", candidate);
    else if (strchr(interpreter, '\r'))
        snprintf(why, size, "the first line of %s ends with a carriage return; save the file with Unix line ends",
                 candidate);
    else
        snprintf(why, size, "the first line of %s names %s, which does not exist", candidate, interpreter);
}

static void explain_absence(const struct exec_plan *plan, char *why, size_t size) {
    for (char *const *candidate = plan->candidates; *candidate; candidate++) {
        autoclose int fd = open_candidate(plan, *candidate);
        if (fd < 0) continue;
        explain_interpreter(*candidate, fd, why, size);
        return;
    }
    bool searched = !strchr(plan->argv[0], '/');
    snprintf(why, size, searched ? "there is no program %s in PATH" : "there is no file %s", plan->argv[0]);
}

static void explain_denial(const struct exec_plan *plan, char *why, size_t size) {
    autoclose int folder = open(plan->cwd, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (char *const *candidate = plan->candidates; *candidate; candidate++) {
        struct stat info;
        if (fstatat(folder, *candidate, &info, 0)) continue;
        if (S_ISDIR(info.st_mode))
            snprintf(why, size, "%s is a folder, not a program", *candidate);
        else if (!(info.st_mode & 0111))
            snprintf(why, size, "%s is not executable; chmod +x makes it so", *candidate);
        else
            break;
        return;
    }
    snprintf(why, size, "%s may not be executed", plan->argv[0]);
}

static void explain_refusal(const struct exec_plan *plan, int error, char *why, size_t size) {
    switch (error) {
    case ENOENT:
    case ENOTDIR: explain_absence(plan, why, size); break;
    case EACCES: explain_denial(plan, why, size); break;
    case ENOEXEC:
        snprintf(why, size, "%s is not a program: neither a binary for this machine nor a script with a #! line",
                 plan->argv[0]);
        break;
    case ELOOP: snprintf(why, size, "%s is a link that leads in a circle", plan->argv[0]); break;
    case E2BIG: snprintf(why, size, "the arguments and the environment of %s are too long", plan->argv[0]); break;
    default: snprintf(why, size, "cannot execute %s: %s", plan->argv[0], strerror(error));
    }
}

void exec_explain(const struct exec_plan *plan, const struct exec_report *report, char *why, size_t size) {
    if (report->step == EXEC_FOLDER)
        explain_folder(plan->cwd, report->error, why, size);
    else
        explain_refusal(plan, report->error, why, size);
}
