#include "attempt/tool.h"

#include "attempt/dock.h"

static int none(int interrupt, struct err *err) {
    (void)interrupt, (void)err;
    return 0;
}

int tool_probe(enum check_tool tool, int interrupt, struct err *err) {
    static int (*const probes[TOOL_COUNT])(int, struct err *) = {[TOOL_NONE] = none, [TOOL_DOCKER] = dock_probe};
    return probes[tool](interrupt, err);
}
