#pragma once
/* mutate.py, carried inside lab, so that lab stays one file. */

extern const char mutate_program[], mutate_program_end[];
