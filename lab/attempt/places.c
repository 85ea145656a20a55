#include "attempt/places.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/protected.h"
#include "base/beneath.h"
#include "base/fs.h"

/* Scripts of a Python environment name their interpreter by the path that it was built at, so it is there as well. */
static const struct {
    const char *leaf, *inside;
    enum box_use use;
} rows[PLACES] = {
    [PLACE_WORK] = {"work", "/lab/work", BOX_WRITE},  [PLACE_HOME] = {"home", "/lab/home", BOX_WRITE},
    [PLACE_TMP] = {"tmp", NULL, BOX_TEMPORARY},       [PLACE_MATERIAL] = {"material", "/lab/material", BOX_READ},
    [PLACE_PYTHON] = {NULL, "/lab/python", BOX_READ}, [PLACE_PYTHON_SCRIPTS] = {NULL, NULL, BOX_READ},
};

int places_make(struct places *places, const struct attempt *attempt, const char *name, struct err *err) {
    places->own = str_format("%s/checks/%s", attempt->scratch.directory, name);
    places->input = str_format("%s/input", places->own);
    if (fs_make_directories(places->input, err)) return -1;
    for (int i = 0; i < PLACES; i++) {
        char *path = rows[i].leaf ? str_format("%s/%s", places->own, rows[i].leaf)
                                  : mem_copy_string(attempt->options->environment);
        places->folders[i] = (struct box_folder){path, rows[i].inside, rows[i].use};
        places->inside[i] = box_inside(&attempt->walls, &places->folders[i]);
        if (rows[i].leaf && fs_make_directories(path, err)) return -1;
    }
    for (int i = 0; attempt->interpreter[i]; i++)
        places->folders[PLACES + i] = (struct box_folder){attempt->interpreter[i], NULL, BOX_READ};
    return 0;
}

int places_admit(const struct places *places, uid_t user, struct err *err) {
    if (!user || (!chown(places->own, (uid_t)-1, user) && !chmod(places->own, 0710))) return 0;
    return err_errno(err, ERR_INTERNAL, "cannot open the check's folder to its user");
}

int places_give_work(const struct places *places, uid_t user, struct err *err) {
    if (!user) return 0;
    autoclose int work = open(places->folders[PLACE_WORK].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (work >= 0 && !beneath_give(work, user)) return 0;
    return err_errno(err, ERR_INTERNAL, "cannot give the work to the box's user");
}

int places_lay_out(const struct places *places, const struct attempt *attempt, const char *from, struct err *err) {
    autofree char *source = from ? str_format("%s/checks/%s/work", attempt->scratch.directory, from)
                                 : str_format("%s/tree", attempt->scratch.directory);
    const struct box_settings *box = &attempt->options->exercise->box;
    struct beneath_budget budget = {.bytes = (256u << 20) + (uint64_t)box->disk,
                                    .entries = 20000 + (uint64_t)box->files};
    autoclose int in = open(source, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    autoclose int out = open(places->folders[PLACE_WORK].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (in < 0 || out < 0) return err_errno(err, ERR_INTERNAL, "cannot open the scratch copy");
    if (!beneath_copy(in, out, budget, err) && (!from || !protected_restore(attempt, out, err))) return 0;
    return from ? err_wrap(err, "what %s left behind cannot be taken over", from) : -1;
}

void places_remove(const struct places *places, const struct attempt *attempt, bool leave_work) {
    autofree char *above = str_format("%s/checks", attempt->scratch.directory);
    autoclose int checks = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *name = places->own ? strrchr(places->own, '/') + 1 : NULL;
    static const char *const beside_work[] = {"home", "tmp", "material", "input"};
    if (name && !leave_work) beneath_remove(checks, name);
    for (size_t i = 0; name && leave_work && i < LENGTH(beside_work); i++) {
        autofree char *path = str_format("%s/%s", name, beside_work[i]);
        beneath_remove(checks, path);
    }
}

void places_release(struct places *places) {
    free(places->own);
    free(places->input);
    for (int i = 0; i < PLACES; i++) free((char *)(uintptr_t)places->folders[i].path);
}
