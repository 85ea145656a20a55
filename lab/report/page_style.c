#include "report/page_inside.h"

/* The page's style sheet. */
__asm__(".section .rodata\n"
        ".global page_style\n"
        ".global page_style_end\n"
        "page_style:\n"
        ".incbin \"lab/report/page.css\"\n"
        "page_style_end:\n"
        ".byte 0\n"
        ".previous\n");
