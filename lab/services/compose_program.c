#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/variables.h"
#include "services/child.h"
#include "services/compose.h"

static const double VERSION_SECONDS = 20;

/* Whether this program is a compose that works. */
static bool answers(const char *const *argv) {
    struct child child = CHILD_INIT;
    int status = 1;
    autoclose int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    const struct child_program version = {
        .argv = argv, .environment = variables_inherited(), .directory = "/", .output = nothing};
    if (nothing < 0 || child_start(&child, &version, NULL)) return false;
    double deadline = clock_monotonic() + VERSION_SECONDS;
    while (!child_has_ended(&child, &status) && clock_monotonic() < deadline)
        child_wait(&child, clock_poll_timeout(deadline));
    child_release(&child);
    return status == 0;
}

int compose_find(const char *words[COMPOSE_WORDS], struct arena *arena, struct err *err) {
    autofree char *docker = fs_find_program("docker");
    autofree char *older = fs_find_program("docker-compose");
    if (words[0]) return 0;
    if (docker && answers((const char *const[]){docker, "compose", "version", NULL})) {
        words[0] = arena_string(arena, docker);
        words[1] = "compose";
        return 0;
    }
    if (older) {
        words[0] = arena_string(arena, older);
        return 0;
    }
    err_set(err, ERR_ENVIRONMENT, "neither 'docker compose' nor 'docker-compose' works here");
    return err_help(err, "sudo apt install docker-compose, or lab services start --driver native");
}
