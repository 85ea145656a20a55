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

---@class RunOptions
---@field [integer] string|number the program and its arguments
---@field cwd? string folder to run in, relative to the work (default: the work itself)
---@field env? table<string, string|number|false> variables to set, false to unset, beside the fixed environment
---@field stdin? string its standard input (default: empty)
---@field timeout? number seconds of wall time, at most the exercise's own limit
---@field memory? integer|string bytes, or "512MiB"; at most the exercise's own limit
---@field may_time_out? boolean true: running out of time is a result, not the verdict

---Runs a program of the learner's in the box, to its end.
---@param options RunOptions
---@return Result
function Check:run(options) end

---@class ReadyOptions
---@field http? string a path that answers with a status of 200 to 299
---@field tcp? boolean true: the port accepts connections
---@field log? string a Lua pattern that its output matches
---@field port? integer
---@field within? number seconds, default 20

---@class ServiceOptions
---@field [integer] string|number the program and its arguments
---@field ready ReadyOptions exactly one of http, tcp and log
---@field port? integer where it listens, unless port() among its arguments tells
---@field cwd? string
---@field env? table<string, string|number|false>
---@field memory? integer|string

---Starts a program that stays until the check ends, and waits until it is ready. One that ends or does not get ready is a failure.
---@param options ServiceOptions
---@return Service
function Check:service(options) end

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

-- ---- results ----

---What a program did.
---@class Result
---@field code? integer exit code; nil when a signal ended it
---@field signal? string "SIGKILL" …; nil when it exited
---@field stdout string head and tail, when it wrote more than is kept
---@field stderr string
---@field seconds number wall time
---@field cpu number processor time
---@field max_rss integer bytes of its largest process
---@field timed_out boolean
---@field truncated boolean a part of the output was left out
---@field limit? string the limit for which it was ended
---@field left_behind integer processes that it had left running
---@field command? string as one would type it
---@field argv string[]
local Result = {}

---Demands that it exited with 0.
---@return Result self
function Result:ok() end

---Demands that it exited with `code`, or, without one, with any code but 0.
---@param code? integer
---@return Result self
function Result:fails(code) end

---The reason code of its failure, if there is one.
---@param reason string
---@return Result self
function Result:because(reason) end

---Lines of its output, without their ends.
---@return string[]
function Result:lines() end

---A JSON file that it wrote, or its output as JSON; what is none is a failure.
---@param path? string
---@return any
function Result:json(path) end

---@param path? string
---@param options? YamlOptions
---@return any
function Result:yaml(path, options) end

---@param path? string
---@return table
function Result:toml(path) end

---@param path? string
---@param options? CsvDecodeOptions
---@return CsvRows
function Result:csv(path, options) end

---@param path? string
---@return XmlElement
function Result:xml(path) end

---@param path? string
---@return table<string, string>
function Result:dotenv(path) end

---@param path? string
---@return table
function Result:ini(path) end

-- ---- services ----

---A program that stays. It is stopped when the check ends, whatever happens.
---@class Service
---@field port? integer
---@field url? string "http://127.0.0.1:PORT"
local Service = {}

---@class ServiceRequest: HttpRequestOptions
---@field may_fail? boolean true: no answer is nil and a message, not a failure

---As http.request, to this service.
---@param options ServiceRequest
---@return HttpResponse? response, string? message
function Service:request(options) end

---@param path string
---@param options? ServiceRequest
---@return HttpResponse
function Service:get(path, options) end

---Posts a text as it is, any other value as JSON.
---@param path string
---@param body any
---@param options? ServiceRequest
---@return HttpResponse
function Service:post(path, body, options) end

---As http.load, to this service.
---@param options HttpLoadOptions
---@return HttpFigures
function Service:load(options) end

---What it has written so far: standard output, then standard error.
---@return string
function Service:logs() end

---@param name string "TERM", "HUP" …
function Service:signal(name) end

---@return boolean
function Service:alive() end

---Ends it (TERM, then KILL); its result, as of t:run.
---@return Result
function Service:stop() end

---A TCP port of the loopback that nobody listens on now.
---@return integer
function port() end

-- ---- material ----

---Runs the generator `name` of the exercise's private/ folder outside the learner's box, once for equal arguments, and answers the
---absolute path of its output; or, for a file that is no .py, the path of a copy of it.
---@param name string
---@param arguments? table<string, string|number|boolean|(string|number)[]> {keep_rows = 5} is `--keep-rows 5`, true a flag
---@param output? string name of the output file, default: arguments.out, or the generator's name with ".out"
---@return string path
function private(name, arguments, output) end

---As private, of exercises/shared/.
---@param name string
---@param arguments? table<string, string|number|boolean|(string|number)[]>
---@param output? string
---@return string path
function shared(name, arguments, output) end

-- ---- files ----

---A file of the scratch copy, or of material. What is missing or malformed fails the check when it is read.
---@class File
---@field path string
local File = {}

---@param path string relative to the work, or a path from private() or shared()
---@return File
function file(path) end

---A file of the exercise's start.
---@param path string
---@return File
function start_file(path) end

---@return boolean
function File:exists() end

---@return string
function File:text() end

---@return string[]
function File:lines() end

---@param options? DecodeOptions
---@return any
function File:json(options) end

---@param options? YamlOptions
---@return any
function File:yaml(options) end

---@param options? DecodeOptions
---@return table
function File:toml(options) end

---@param options? CsvDecodeOptions
---@return CsvRows
function File:csv(options) end

---@param options? DecodeOptions
---@return XmlElement
function File:xml(options) end

---@param options? DecodeOptions
---@return table<string, string>
function File:dotenv(options) end

---@param options? DecodeOptions
---@return table
function File:ini(options) end

---@return string hex 64 digits
function File:sha256() end

---@return integer bytes
function File:size() end

---@return string mode "644"
function File:mode() end

---@return number seconds since 1970
function File:mtime() end

---@return "file"|"directory"|"link"|"other"
function File:kind() end

---The regular files of the work that match, in byte order.
---@param pattern string `*`, `?`, `[a-z]` within a folder, `**` for any folders
---@return string[] paths
function glob(pattern) end

---What the work holds now, for tree_diff.
---@return table<string, string>
function tree() end

---@param before table<string, string>
---@param after table<string, string>
---@return {added: string[], removed: string[], changed: string[]}
function tree_diff(before, after) end

-- ---- asking ----

---A value that is about to be judged. Every matcher answers the expectation itself.
---@class Expectation
local Expectation = {}

---@class expectlib
---@overload fun(value: any, what?: string): Expectation
expect = {}

---As expect, but the check goes on after a failure.
---@param value any
---@param what? string
---@return Expectation
function expect.soft(value, what) end

---@class FileExpectation: Expectation
local FileExpectation = {}

---A file, to be judged: that it is there, or, by any other matcher, its text.
---@param path string
---@return FileExpectation
function expect.file(path) end

---@return FileExpectation self
function FileExpectation:exists() end

---@return FileExpectation self
function FileExpectation:not_exists() end

---The reason code of this expectation's failure; before or after the matcher.
---@param reason string
---@return Expectation self
function Expectation:because(reason) end

---Deeply equal. 3 equals 3.0; an empty list equals {}.
---@param expected any
---@return Expectation self
function Expectation:equals(expected) end

---@param expected any
---@return Expectation self
function Expectation:not_equals(expected) end

---Equal, save that numbers may differ by the tolerance.
---@param expected number|table
---@param tolerance number
---@return Expectation self
function Expectation:near(expected, tolerance) end

---@param expected number|table
---@param tolerance number
---@return Expectation self
function Expectation:not_near(expected, tolerance) end

---A text that has `part` in it; a list that has an item equal to it; a map that has all its entries.
---@param part any
---@return Expectation self
function Expectation:contains(part) end

---@param part any
---@return Expectation self
function Expectation:not_contains(part) end

---@param pattern string a Lua pattern
---@return Expectation self
function Expectation:matches(pattern) end

---@param pattern string a Lua pattern
---@return Expectation self
function Expectation:not_matches(pattern) end

---@param least number
---@return Expectation self
function Expectation:at_least(least) end

---@param least number
---@return Expectation self
function Expectation:not_at_least(least) end

---@param most number
---@return Expectation self
function Expectation:at_most(most) end

---@param most number
---@return Expectation self
function Expectation:not_at_most(most) end

---@param least number
---@param most number
---@return Expectation self
function Expectation:between(least, most) end

---@param least number
---@param most number
---@return Expectation self
function Expectation:not_between(least, most) end

---@param choices any[]
---@return Expectation self
function Expectation:one_of(choices) end

---@param choices any[]
---@return Expectation self
function Expectation:not_one_of(choices) end

---@param ... string|number
---@return Expectation self
function Expectation:has_keys(...) end

---None of the keys is there.
---@param ... string|number
---@return Expectation self
function Expectation:not_has_keys(...) end

---Bytes of a text, items of a list, entries of a map.
---@param count integer
---@return Expectation self
function Expectation:has_length(count) end

---@param count integer
---@return Expectation self
function Expectation:not_has_length(count) end

---@return Expectation self
function Expectation:is_empty() end

---@return Expectation self
function Expectation:not_is_empty() end

---The function answers true for every item; or it makes expectations about each.
---@param ask fun(item: any, key: any): boolean?, string?
---@return Expectation self
function Expectation:each(ask) end

---@param ask fun(item: any, key: any): boolean?, string?
---@return Expectation self
function Expectation:not_each(ask) end

---@param ask fun(item: any, key: any): boolean
---@return Expectation self
function Expectation:any(ask) end

---@param ask fun(item: any, key: any): boolean
---@return Expectation self
function Expectation:not_any(ask) end

---@param ask fun(item: any, key: any): boolean, string?
---@return Expectation self
function Expectation:none(ask) end

---@param ask fun(item: any, key: any): boolean, string?
---@return Expectation self
function Expectation:not_none(ask) end

---@param ask fun(value: any): boolean?, string?
---@param description? string what is expected, in words
---@return Expectation self
function Expectation:satisfies(ask, description) end

---@param ask fun(value: any): boolean?, string?
---@param description? string
---@return Expectation self
function Expectation:not_satisfies(ask, description) end

---The reason code of whatever failure comes, unless it names its own.
---@param reason string
function hint(reason) end

---A line of the check's log, for `lab check -v`.
---@param ... any
function print(...) end

-- ---- time and chance ----

---Tries until it holds: until the expectations in it hold, or, when it makes none, until it answers something true.
---@generic T
---@param seconds number at most 600
---@param try fun(): T
---@return T
function within(seconds, try) end

---Demands that it holds all the time.
---@generic T
---@param seconds number at most 600
---@param try fun(): T
---@return T
function holds(seconds, try) end

---The attempt's seed: the same for the same work, on every machine.
---@return integer
function seed() end

---A whole number from 1 to n; without n a number from 0 to 1, 1 excluded. The sequence follows from the seed and the check's id.
---@param n? integer
---@return number
function random(n) end

---A copy of the list in random order.
---@generic T
---@param list T[]
---@return T[]
function shuffle(list) end

-- ---- git ----

---@class GitCommit
---@field id string
---@field parents string[]
---@field author {name: string, email: string, time: integer}
---@field message string
---@field files string[]

---@class GitLogOptions
---@field limit? integer
---@field path? string

git = {}

---@return {commit: string, branch: string?, message: string}? head, string? why
function git.head() end

---Commits from HEAD back, newest first.
---@param options? GitLogOptions
---@return GitCommit[]? commits, string? why
function git.log(options) end

---As git.log.
---@param options? GitLogOptions
---@return GitCommit[]? commits, string? why
function git.commits(options) end

---Paths of the files in HEAD.
---@return string[]? paths, string? why
function git.tracked() end

---Whether the work differs from HEAD.
---@return boolean? dirty, string? why
function git.dirty() end

---The text of a file in a commit.
---@param revision string
---@param path string
---@return string? text, string? why
function git.blob(revision, path) end

---@param from string
---@param to string
---@param path? string
---@return string? patch, string? why
function git.diff(from, to, path) end

---@return {name: string, target: string}[]? tags, string? why
function git.tags() end

---The largest file in the whole history of HEAD.
---@return {path: string, size: integer, id: string}? blob, string? why
function git.largest_blob() end
