#pragma once
/*
 * What runs in a child between fork and exec, maybe on the memory of its parent (CLONE_VM): system calls only, no
 * allocation, no locks, nothing written but the child's own variables. The sanitizers' bookkeeping would be the
 * parent's.
 */
#define IN_CHILD __attribute__((no_sanitize("address", "undefined")))
