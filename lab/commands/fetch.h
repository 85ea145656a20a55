#pragma once
/* The part of lab fetch that brings images of containers. Inside commands/ only. */

#include "commands/command.h"
#include "course/services.h"

/* An image that one user needs: a service as a container, which may say how it is built, or an exercise. */
struct image_need {
    const char *image;
    struct course *course; /* of the user */
    const struct service *service;
    const struct exercise *exercise;
};

/* Brings these images, each once: shows which there are, then fetches or builds those that are not here. One that cannot be had is
 * told on a line of its own, and the others go on; -1 then says how many. What a course says how to build is built when its learner agrees
 * (course_agree). */
int fetch_images(const struct context *context, const struct image_need *needs, size_t count, struct err *err);
