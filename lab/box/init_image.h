#pragma once
/* The box's init (init.c), linked and carried inside lab, so that lab stays one file. */

extern const unsigned char init_image[], init_image_end[];
