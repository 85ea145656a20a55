/* Rows of lab doctor about what keeps programs under check in: docs/security.md says what each layer is for. */

#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "box/group.h"
#include "box/walls.h"
#include "commands/doctor.h"

static void add_sandbox(struct doctor *doctor, const struct walls *walls) {
    autofree char *found =
        walls->namespaces ? str_format("%s, six namespaces", walls->bwrap) : mem_copy_string(walls->why);
    doctor_add(doctor, "sandbox", walls->namespaces ? DOCTOR_OK : DOCTOR_WEAK, found,
               "programs under check can see your processes, and use this machine's network", walls->mend);
}

static void add_user(struct doctor *doctor, const struct walls *walls) {
    bool root = geteuid() == 0;
    const char *found = walls->drops ? "an unused uid from 61000 on for each box"
                        : root       ? "root, as lab itself"
                                     : "yours, which is uid 1000 inside";
    doctor_add(doctor, "box user", root && !walls->drops ? DOCTOR_WEAK : DOCTOR_OK, found,
               "programs under check have root's rights where nothing else takes them",
               "work as an ordinary user, or set LAB_HOME and TMPDIR to folders that others can enter");
}

static void add_seccomp(struct doctor *doctor, const struct walls *walls) {
    doctor_add(doctor, "seccomp", walls->filtered ? DOCTOR_OK : DOCTOR_WEAK,
               walls->filtered ? "filters of system calls" : "the kernel has no filters of system calls",
               "programs under check can use every call of the kernel", "use a kernel with CONFIG_SECCOMP_FILTER");
}

static void add_landlock(struct doctor *doctor, const struct walls *walls) {
    autofree char *found =
        walls->landlock ? str_format("level %d, %s", walls->landlock,
                                     walls->namespaces ? "not needed beside the sandbox" : "in place of the sandbox")
                        : mem_copy_string("the kernel has none");
    bool weak = !walls->namespaces && !walls->landlock;
    doctor_add(doctor, "landlock", weak ? DOCTOR_WEAK : DOCTOR_OK, found, "programs under check can read your files",
               "use Linux 5.13 or newer with lsm=landlock,…");
}

static void add_cgroup(struct doctor *doctor) {
    struct group_facts facts;
    (void)group_probe(&facts);
    bool both = facts.memory && facts.processes;
    autofree char *found =
        str_format("%s%s%s%s", facts.memory ? "memory" : "", both ? " and " : "", facts.processes ? "processes" : "",
                   both                              ? " are limited by the kernel"
                   : facts.memory || facts.processes ? " only"
                                                     : facts.why);
    doctor_add(doctor, "cgroup", both ? DOCTOR_OK : DOCTOR_WEAK, found,
               "limits are kept by looking every 20 ms, which a burst can outrun", facts.help);
}

/* Tried here and now, without the memory of what worked before. */
void doctor_isolation(struct doctor *doctor) {
    struct walls walls;
    const struct path_places *places = path_places(NULL);
    const char *const shown[] = {places && fs_exists(places->cache) ? places->cache : NULL, NULL};
    walls_probe(&walls, shown, NULL);
    add_sandbox(doctor, &walls);
    add_user(doctor, &walls);
    add_seccomp(doctor, &walls);
    add_landlock(doctor, &walls);
    add_cgroup(doctor);
    walls_release(&walls);
}
