/* The row of lab doctor about the learner's services. */

#include "commands/doctor.h"
#include "services/play.h"

void doctor_services(struct doctor *doctor) {
    struct err err = ERR_INIT;
    struct play_survey survey;
    if (play_look_everywhere(&survey, &err)) {
        doctor_add(doctor, "services", DOCTOR_WEAK, err.message, "services cannot be told from other processes",
                   err.help);
        return;
    }
    scoped(str) found = STR_INIT;
    if (survey.running)
        str_printf(&found, "%zu run%s", survey.running, survey.running == 1 ? "s" : "");
    else
        str_append(&found, "none runs");
    if (survey.stray) str_printf(&found, ", %zu process%s left of others", survey.stray, survey.stray == 1 ? "" : "es");
    doctor_add(doctor, "services", survey.stray ? DOCTOR_WEAK : DOCTOR_OK, found.data, "they take memory and ports",
               "lab down");
}
