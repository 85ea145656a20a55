#pragma once
/* The checker of lab author record, as text: record_draft.lua and record.lua, one behind the other, put into the program by
 * the build. */

extern const char recorder[], recorder_end[];
