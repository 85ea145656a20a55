#include "author/mutate_program.h"

/* The program's text. */
__asm__(".section .rodata\n"
        ".global mutate_program\n"
        ".global mutate_program_end\n"
        "mutate_program:\n"
        ".incbin \"lab/author/mutate.py\"\n"
        "mutate_program_end:\n"
        ".byte 0\n"
        ".previous\n");
