-- t:pytest{…}: the learner's tests, run by pytest; what became of each is told by a program of ours around it.
--
-- The tests run in the same interpreter, so this is a report and no wall: the report goes to a descriptor that pytest's
-- own output does not use, begins with a word that comes by standard input, and is written once, at the end. A test
-- that ends the process or the session, a report that was planted, settings and plugins of the learner's forge nothing.
-- Code that searches the interpreter for that word, or replaces parts of pytest, can.

local lab, json, randomness = lab, json, randomness
local state, Check = lab.state, lab.Check

local pytest_options = {cwd = "string", env = "table", timeout = "number", memory = "any", conftest = "boolean",
  may_time_out = "boolean"}

-- Isolated (-I), so that no module of the work is taken for pytest; the work joins the path afterwards.
local PROGRAM = [=[
import json, os, resource, sys
given = json.loads(sys.stdin.read())
resource.setrlimit(resource.RLIMIT_MSGQUEUE, (0, 0))  # queues outlive programs, and cannot be found
real = os.dup(1)
os.dup2(2, 1)
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
    os.environ.pop(name, None)
import pytest
sys.path.insert(0, os.getcwd())

class Recorder:
    """Asks pytest's own plugins alone for the report of each phase, before those of the learner's see it."""

    def __init__(self):
        self.tests, self.found = {}, {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self, early_config):
        self.plugins = early_config.pluginmanager
        self.own = {id(plugin) for plugin in self.plugins.get_plugins()} - {id(self)}

    def judge(self, item, call):
        others = [plugin for plugin in self.plugins.get_plugins() if id(plugin) not in self.own]
        return self.plugins.subset_hook_caller("pytest_runtest_makereport", others)(item=item, call=call)

    def add(self, name, message):
        blank = {"id": name, "outcome": "error", "message": message, "seconds": 0}
        return self.tests.setdefault(name, blank)

    def pytest_collection_finish(self, session):
        for item in session.items:
            self.add(item.nodeid, "pytest ended before it")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item, call):
        report = self.judge(item, call)
        test = self.add(item.nodeid, "pytest ended before it")
        test["seconds"] += call.duration
        self.note(test, report, call.excinfo)
        return report

    def note(self, test, report, excinfo):
        """A failure stays; else the last report before the teardown counts, since parts of a test have reports too."""
        found = self.found.get(test["id"])
        is_better = not found or found["outcome"] in ("passed", "skipped", "xfailed")
        if is_better and (report.failed or report.when != "teardown"):
            found = self.found[test["id"]] = {"outcome": outcome_of(report), "message": message_of(report, excinfo)}
        if found and (report.failed or report.when == "teardown"):
            test.update(found)

    def pytest_collectreport(self, report):
        if report.failed:
            lines = str(report.longrepr).strip().splitlines() or [""]
            self.add(report.nodeid or "the collection", lines[-1][:300])

def outcome_of(report):
    if report.failed:
        return "failed" if report.when == "call" else "error"
    if report.skipped:
        return "xfailed" if hasattr(report, "wasxfail") else "skipped"
    return "passed"

def message_of(report, excinfo):
    if excinfo is None:
        return str(report.longrepr)[:300] if report.failed else None
    lines = str(excinfo.value).splitlines() or [""]
    return f"{excinfo.typename}: {lines[0]}"[:300]

recorder = Recorder()
options = ["-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", ".", "--confcutdir", given["top"], "-q"]
code = pytest.main([*options, *given["options"], *given["words"]], plugins=[recorder])
report = json.dumps({"code": int(code), "tests": list(recorder.tests.values())})
os.write(real, f"\n{given['word']} {report}\n".encode())
os.close(real)
]=]

local Suite = {}
lab.methods.suite = Suite

local function suite_of(self, what)
  lab.enter(what)
  if type(self) ~= "table" or not rawget(self, "tests") then lab.misuse("%s must be called with a colon", what) end
  return self
end

-- ---- what it said ----

--- The last line that begins with the word, as JSON; nil when there is none.
local function report_of(result, word)
  local found
  for line in result.stdout:gmatch("[^\n]+") do
    if line:sub(1, #word + 1) == word .. " " then found = json.decode(line:sub(#word + 2)) end
  end
  return found
end

local function new(result, report)
  local suite = setmetatable({tests = lab.list(report.tests), code = report.code, result = result,
    passed = 0, failed = 0, error = 0, skipped = 0, xfailed = 0}, {__index = Suite, __metatable = false})
  for _, test in ipairs(suite.tests) do suite[test.outcome] = suite[test.outcome] + 1 end
  return suite
end

local function fail(suite, expected, actual)
  lab.fail {what = "pytest", expected = expected, actual = actual, run = suite.result.run,
    evidence = lab.evidence(suite.result), where = lab.python_frame(suite.result.stderr)}
end

--- All tests passed or were skipped as the learner said, at least one passed, and pytest is content too.
function Suite:ok()
  local suite = suite_of(self, "ok")
  lab.count_assertion()
  for _, test in ipairs(suite.tests) do
    if test.outcome == "failed" or test.outcome == "error" then
      fail(suite, "every test to pass", ("%s %s: %s"):format(test.id, test.outcome, test.message or ""))
    end
  end
  if suite.passed == 0 then fail(suite, "a test that passes", "there is none") end
  if suite.code ~= 0 then fail(suite, "exit code 0", ("exit code %d"):format(suite.code)) end
  return suite
end

--- The first test whose id ends so, "test_split" or "tests/test_a.py::test_split"; none is a failure.
function Suite:test(name)
  local suite = suite_of(self, "test")
  lab.argument("test: the name", name, "string")
  local ids = {}
  for i, test in ipairs(suite.tests) do
    local head = test.id:sub(1, -#name - 1)
    if test.id:sub(-#name) == name and (head == "" or head:find("[:/]$")) then return test end
    ids[i] = lab.after_last(":", test.id)
  end
  fail(suite, "a test " .. name, "there is none" .. lab.nearest(name, ids))
end

-- ---- t:pytest ----

--- The work, from the folder in which pytest runs: above it nothing is the learner's, or may be looked at.
local function top_of(given)
  local top = (given.cwd or "."):gsub("[^/]+", function(part) return part == "." and "." or ".." end)
  return top
end

--- Runs the tests: a suite, and its result; no suite when pytest did not come to its end.
function lab.run_pytest(what, given)
  local words = lab.words(what, given)
  state.keys = (state.keys or 0) + 1
  local word = ("%016x%016x"):format(randomness.seed() ~ (state.keys << 48), math.floor(clock.now() * 1e6))
  local options = lab.list {given.conftest == false and "--noconftest" or nil}
  local input = {word = word, words = words, options = options, top = top_of(given)}
  local result = Check:run {"python", "-I", "-c", PROGRAM, stdin = json.encode(input), cwd = given.cwd, env = given.env,
    timeout = given.timeout, memory = given.memory, may_time_out = given.may_time_out, may_exceed = given.may_exceed}
  local report = report_of(result, word)
  return report and new(result, report), result
end

function lab.Check:pytest(given)
  lab.enter("t:pytest")
  lab.options("t:pytest", lab.argument("t:pytest: its argument", given, "table"), pytest_options)
  local suite, result = lab.run_pytest("t:pytest", given)
  if suite then return suite end
  if result.stderr:find("No module named 'pytest'", 1, true) then
    lab.misuse("t:pytest: the exercise's Python environment has no pytest")
  end
  fail({result = result}, "an end of pytest", "the process " .. lab.ending(result) .. " before it")
end
