#include "checker/analysis_absent.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"

static const struct absent rows[] = {
    {"_G", "names of the API are written as they are"},
    {"_VERSION", "it is Lua 5.4"},
    {"collectgarbage", "memory is the engine's concern"},
    {"coroutine", "write a plain function; to wait, use within(seconds, try)"},
    {"debug", "use print(…), whose lines `lab check -v` shows"},
    {"dofile", "a checker is one file"},
    {"io", "use file(path) to read and t:write(path, text) to write"},
    {"io.lines", "use file(path):lines()"},
    {"io.open", "use file(path) to read and t:write(path, text) to write"},
    {"io.popen", "use t:run{…}"},
    {"io.read", "checkers have no input"},
    {"io.write", "use print(…)"},
    {"load", "a checker is one file; data is read by json.decode and its like"},
    {"loadfile", "a checker is one file; data is read by file(path):json() and its like"},
    {"loadstring", "it is of Lua 5.1; a checker is one file"},
    {"math.atan2", "it is of Lua 5.2; use math.atan(y, x)"},
    {"math.cosh", "it is of Lua 5.2; use math.exp"},
    {"math.frexp", "it is of Lua 5.2"},
    {"math.ldexp", "it is of Lua 5.2; use x * 2.0 ^ n"},
    {"math.log10", "it is of Lua 5.2; use math.log(x, 10)"},
    {"math.pow", "it is of Lua 5.2; use x ^ y"},
    {"math.random", "use random(n), which follows from the attempt's seed"},
    {"math.randomseed", "use random(n), which follows from the attempt's seed"},
    {"math.sinh", "it is of Lua 5.2; use math.exp"},
    {"math.tanh", "it is of Lua 5.2; use math.exp"},
    {"module", "it is of Lua 5.1; a checker is one file"},
    {"os", "the machine is reached by t:run{…} and file(path) alone"},
    {"os.clock", "a result has seconds and cpu"},
    {"os.date", "checks do not depend on the day; give the program a time by env"},
    {"os.execute", "use t:run{…}"},
    {"os.exit", "return from the check"},
    {"os.getenv", "the environment is fixed; give the program its own by env"},
    {"os.remove", "use t:remove(path)"},
    {"os.rename", "use t:copy(file(path), to) and t:remove(path)"},
    {"os.time", "checks do not depend on the day; give the program a time by env"},
    {"os.tmpname", "use t:write(path, text)"},
    {"package", "a checker is one file"},
    {"require", "a checker is one file; what it needs is in the API"},
    {"setfenv", "it is of Lua 5.1"},
    {"getfenv", "it is of Lua 5.1"},
    {"string.dump", "functions stay in the checker"},
    {"table.getn", "it is of Lua 5.1; use #list"},
    {"unpack", "it is of Lua 5.1; use table.unpack"},
    {"warn", "use print(…)"},
};

const struct absent *absent_find(const char *name) {
    for (size_t i = 0; i < LENGTH(rows); i++)
        if (!strcmp(rows[i].name, name)) return &rows[i];
    return NULL;
}
