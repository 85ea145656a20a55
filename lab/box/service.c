/* Services: units that outlive a run. What they wait for is the loop's turn, in box_run and box_wait alike. */

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "box/internal.h"

static struct unit *find_service(struct box *box, int service) {
    for (unsigned i = UNIT_RUN + 1; i < UNITS; i++)
        if (box->units[i].used && box->units[i].id == service) return &box->units[i];
    return NULL;
}

static struct unit *find_free(struct box *box) {
    for (unsigned i = UNIT_RUN + 1; i < UNITS; i++)
        if (!box->units[i].used) return &box->units[i];
    return NULL;
}

/* Takes in what has happened so far, without waiting. */
static void catch_up(struct box *box) { (void)loop_turn(box, clock_monotonic(), -1, 0); }

int box_service_start(struct box *box, const struct box_program *program, int *service, struct err *err) {
    struct unit *unit = find_free(box);
    if (!unit) return err_set(err, ERR_INTERNAL, "more than %d services at once", SERVICES_MOST);
    if (launch(box, unit, program, err)) return -1;
    watch_begin(box);
    *service = unit->id = box->next_id++;
    return 0;
}

bool box_service_known(struct box *box, int service) { return find_service(box, service) != NULL; }

bool box_service_alive(struct box *box, int service) {
    catch_up(box);
    const struct unit *unit = find_service(box, service);
    return unit && !unit->over;
}

int box_service_signal(struct box *box, int service, int signal, struct err *err) {
    const struct unit *unit = find_service(box, service);
    if (!unit) return err_set(err, ERR_INTERNAL, "there is no service %d", service);
    if (unit->over) return err_set(err, ERR_ENVIRONMENT, "the service has ended already");
    if (!syscall(SYS_pidfd_send_signal, unit->pidfd, signal, NULL, 0)) return 0;
    return err_errno(err, errno == ESRCH ? ERR_ENVIRONMENT : ERR_INTERNAL, "cannot send signal %d to the service",
                     signal);
}

const struct box_capture *box_service_output(struct box *box, int service, bool standard_error) {
    static const struct box_capture none = {STR_INIT, STR_INIT, 0};
    catch_up(box);
    struct unit *unit = find_service(box, service);
    if (!unit) return &none;
    capture_settle(&unit->captures[standard_error]);
    return &unit->captures[standard_error].kept;
}

int box_service_end(struct box *box, int service, bool output, struct err *err) {
    struct unit *unit = find_service(box, service);
    if (unit && unit->talk[output] >= 0) return steal_fd(&unit->talk[output]);
    return err_set(err, ERR_INTERNAL, "service %d has no such end to hand over", service);
}

int box_service_stop(struct box *box, int service, struct box_result *result, struct err *err) {
    result_begin(result);
    struct unit *unit = find_service(box, service);
    if (!unit) return err_set(err, ERR_INTERNAL, "there is no service %d", service);
    int fault = unit->finished ? 0 : unit_end_gently(box, unit, err);
    if (!fault) fault = unit_lost(unit, err);
    unit_result(box, unit, result);
    if (!fault) return 0;
    box_result_release(result);
    result_begin(result);
    return -1;
}
