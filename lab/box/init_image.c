#include "box/init_image.h"

/* The linked program, as the build made it. */
__asm__(".section .rodata\n"
        ".global init_image\n"
        ".global init_image_end\n"
        ".balign 16\n"
        "init_image:\n"
        ".incbin \"" INIT_IMAGE "\"\n"
        "init_image_end:\n"
        ".byte 0\n"
        ".previous\n");
