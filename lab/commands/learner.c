#include "commands/learner.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/beneath.h"

int learner_role(struct chosen_role *chosen, struct progress *progress, struct err *err) {
    autofree char *name = NULL;
    *chosen = (struct chosen_role){0};
    if (progress_setting(progress, PROGRESS_ROLE, &name, err)) return -1;
    struct err unknown = ERR_INIT; /* of another lab: then none is chosen */
    chosen->known = name && !role_parse(&chosen->role, name, &unknown);
    return 0;
}

/* The newest of the folders' files; -1 when none has it. The descriptor is the caller's. */
static int newest_folder(const struct progress_workspaces *workspaces, const char *file) {
    int newest = -1;
    struct timespec time = {0};
    for (size_t i = 0; i < workspaces->count; i++) {
        struct stat info;
        autoclose int folder = open(workspaces->folders[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0 || beneath_stat(folder, file, &info)) continue;
        if (newest >= 0 && (info.st_mtim.tv_sec < time.tv_sec ||
                            (info.st_mtim.tv_sec == time.tv_sec && info.st_mtim.tv_nsec <= time.tv_nsec)))
            continue;
        if (newest >= 0) close(newest);
        newest = steal_fd(&folder);
        time = info.st_mtim;
    }
    return newest;
}

static void tell_fault(const struct context *context, const struct stated *stated) {
    if (!stated->fault || context->quiet) return;
    scoped(str) shown = STR_INIT;
    term_escape(&shown, stated->fault, strlen(stated->fault), true);
    fprintf(stderr, "the levels that you state cannot be read: %s\n", shown.data);
}

int learner_stated(struct stated *stated, const struct context *context, struct progress *progress,
                   struct course *course, struct err *err) {
    const struct skill_table *table;
    *stated = (struct stated){.text = STR_INIT};
    if (course_skills(course, &table, err)) return -1;
    if (!table || !table->stated.exercise) return 0;
    const struct exercise *exercise = course_exercise(course, table->stated.exercise, err);
    scoped(progress_workspaces) workspaces = {0};
    if (!exercise || progress_workspaces(progress, exercise->key, &workspaces, err)) return -1;
    autoclose int folder = newest_folder(&workspaces, table->stated.file);
    if (folder < 0) return 0;
    stated_read(stated, table, folder);
    tell_fault(context, stated);
    return 0;
}
