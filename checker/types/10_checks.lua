---@meta
-- Types of the checker API, for the Lua language server (LuaCATS). Put this folder into its `workspace.library`. Every function has its
-- place in docs/checker-reference.md; a test holds the two and the engine equal.

-- ---- checks ----

---The functions of the checks, by the ids of exercise.yaml. What one returns is `t.needs[id]` in the checks that need it.
---@type table<string, fun(t: Check): any>
checks = {}

---What a check is given.
---@class Check
---@field needs table<string, any> what the needed checks returned, by their ids
local Check = {}

---What t:run is given.
---@class RunOptions
---@field [integer] string|number the program and its arguments
---@field cwd? string folder to run in, relative to the work (default: the work itself)
---@field env? table<string, string|number|false> variables to set, false to unset, beside the fixed environment
---@field stdin? string its standard input (default: empty)
---@field timeout? number seconds of wall time, at most the exercise's own limit
---@field memory? integer|string bytes, or "512MiB"; at most the exercise's own limit
---@field network? "none" this run gets no network, where exercise.yaml grants one
---@field may_time_out? boolean true: running out of time is a result, not the verdict
---@field may_exceed? boolean true: going over any limit is a result, not the verdict

---Runs a program of the learner's in the box, to its end.
---@param options RunOptions
---@return Result
function Check:run(options) end

---When a service is ready: exactly one of http, tcp and log.
---@class ReadyOptions
---@field http? string a path that answers with a status of 200 to 299
---@field tcp? boolean true: the port accepts connections
---@field log? string a Lua pattern that its output matches
---@field port? integer where it listens, instead of the service's own
---@field within? number seconds, default 20

---What t:service is given.
---@class ServiceOptions
---@field [integer] string|number the program and its arguments
---@field ready ReadyOptions exactly one of http, tcp and log
---@field port? integer where it listens, unless port() among its arguments tells
---@field cwd? string folder to run in, relative to the work
---@field env? table<string, string|number|false> variables to set, false to unset
---@field memory? integer|string bytes, or "512MiB"; at most the exercise's own limit

---Starts a program that stays until the check ends, and waits until it is ready. One that ends or does not get ready is a failure.
---@param options ServiceOptions
---@return Service
function Check:service(options) end

---What t:pytest is given.
---@class PytestOptions
---@field [integer] string|number what pytest is given: files, folders, options of its own
---@field cwd? string folder to run in, relative to the work
---@field env? table<string, string|number|false> variables to set, false to unset
---@field timeout? number seconds of wall time, at most the exercise's own limit
---@field memory? integer|string bytes, or "512MiB"; at most the exercise's own limit
---@field conftest? boolean false: conftest.py files are not read
---@field may_time_out? boolean true: running out of time is a suite that did not end, and so a failure, not the verdict

---Runs the learner's tests by pytest. That it does not come to its end is a failure; failing tests are not.
---@param options PytestOptions
---@return PytestSuite
function Check:pytest(options) end

---What t:mutants is given.
---@class MutantsOptions
---@field files table<string, string> the right program: material by its path in the work
---@field dir string folder of material with a folder for each mutant, whose files are laid over the right program
---@field suite PytestOptions the tests, as of t:pytest

---Which wrong versions of a program the learner's tests notice. Tests that do not pass on the right program each time that they run are a failure.
---@param options MutantsOptions
---@return {killed: string[], survived: string[]} names of mutants, sorted
function Check:mutants(options) end

---Writes a file of the scratch copy, with its folders; what stood there, a link too, is replaced.
---@param path string
---@param text string
---@param options? {executable?: boolean}
function Check:write(path, text, options) end

---Replaces the one place where `from` stands in a file; no place or several are a failure.
---@param path string
---@param from string plain text
---@param to string
function Check:patch(path, from, to) end

---Copies material or a file into the scratch copy.
---@param from string|File
---@param to? string default: the last part of its path
function Check:copy(from, to) end

---Removes a file or folder of the scratch copy; one that is not there is no error.
---@param path string
function Check:remove(path) end

---What the check earns when it does not pass: a share of its points. A score below 1 makes the check a failure.
---@param score number 0 to 1
---@param note? string such as "12 of 20 rows"
function Check:score(score, note) end
