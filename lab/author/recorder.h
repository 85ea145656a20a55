#pragma once
/* The checker of lab author record, as text: lab/author/record.lua, put into the program by the build. */

extern const char recorder[], recorder_end[];
