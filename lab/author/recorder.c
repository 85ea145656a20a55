#include "author/recorder.h"

__asm__(".section .rodata\n"
        ".global recorder\n"
        ".global recorder_end\n"
        "recorder:\n"
        ".incbin \"lab/author/record_draft.lua\"\n"
        ".incbin \"lab/author/record.lua\"\n"
        "recorder_end:\n"
        ".byte 0\n"
        ".previous\n");
