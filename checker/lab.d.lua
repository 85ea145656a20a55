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

---Which wrong versions of a program the learner's tests notice. Tests that do not pass on the right program are a failure.
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

-- ---- results ----

---What a program did.
---@class Result
---@field code? integer exit code; nil when a signal ended it
---@field signal? string "SIGKILL" …; nil when it exited
---@field stdout string head and tail, when it wrote more than is kept
---@field stderr string likewise
---@field seconds number wall time
---@field cpu number processor time
---@field max_rss integer bytes of its largest process
---@field timed_out boolean it was ended for its time
---@field truncated boolean a part of the output was left out
---@field limit? string the limit for which it was ended
---@field limit_value? number how much that is: seconds, bytes or a count
---@field left_behind integer processes that it had left running
---@field command? string as one would type it
---@field argv string[] the program and its arguments
local Result = {}

---Demands that it exited with 0.
---@return self
function Result:ok() end

---Demands that it exited with `code`, or, without one, with any code but 0.
---@param code? integer
---@return self
function Result:fails(code) end

---The reason code of its failure, if there is one.
---@param reason string
---@return self
function Result:because(reason) end

---Lines of its output, without their ends.
---@return string[]
function Result:lines() end

---A JSON file that it wrote, or its output as JSON; what is none is a failure.
---@param path? string
---@return any
function Result:json(path) end

---As Result:json, for YAML.
---@param path? string
---@param options? YamlOptions
---@return any
function Result:yaml(path, options) end

---As Result:json, for TOML.
---@param path? string
---@return table
function Result:toml(path) end

---As Result:json, for CSV: rows by column, fields as text.
---@param path? string
---@param options? CsvDecodeOptions
---@return CsvRows
function Result:csv(path, options) end

---As Result:json, for XML: the root element.
---@param path? string
---@return XmlElement
function Result:xml(path) end

---As Result:json, for lines KEY=value.
---@param path? string
---@return table<string, string>
function Result:dotenv(path) end

---As Result:json, for INI: sections of texts.
---@param path? string
---@return table
function Result:ini(path) end

-- ---- suites of tests ----

---What became of a test.
---@class PytestTest
---@field id string "tests/test_a.py::test_split[1]"
---@field outcome string "passed", "failed", "error", "skipped" or "xfailed"
---@field message? string the exception, on one line
---@field seconds number setup and teardown included

---What became of the tests.
---@class PytestSuite
---@field tests PytestTest[] in the order in which they ran
---@field passed integer tests
---@field failed integer tests
---@field error integer tests, and files that could not be collected
---@field skipped integer tests
---@field xfailed integer tests that failed as they were expected to
---@field code integer pytest's exit code
---@field result Result of the program
local PytestSuite = {}

---Demands that no test failed, and that one passed.
---@return PytestSuite
function PytestSuite:ok() end

---The first test whose id ends so; none is a failure.
---@param name string "test_split", or with its file and class
---@return PytestTest
function PytestSuite:test(name) end

-- ---- services ----

---A program that stays. It is stopped when the check ends, whatever happens.
---@class Service
---@field port? integer where it listens, when it does
---@field url? string "http://127.0.0.1:PORT"
local Service = {}

---The attempt's own instance of a service that exercise.yaml requires. All checks of an attempt share it; no other attempt sees it.
---@class Declared
---@field name string as requires.services has it
---@field port integer where programs of this check reach it
---@field url string "http://127.0.0.1:PORT"
---@field env table<string, string> the variables that programs see by themselves, such as MLFLOW_TRACKING_URI
local Declared = {}

---As http.request, to this service. No answer blocks the check: that is not the learner's fault.
---@param options HttpRequestOptions
---@return HttpResponse
function Declared:request(options) end

---A GET request.
---@param path string
---@param options? HttpRequestOptions
---@return HttpResponse
function Declared:get(path, options) end

---Posts a text as it is, any other value as JSON.
---@param path string
---@param body any
---@param options? HttpRequestOptions
---@return HttpResponse
function Declared:post(path, body, options) end

---A service that exercise.yaml requires. `t:service` starts programs of the learner's; this one is there already.
---@param name string as requires.services has it
---@return Declared
---@nodiscard
function service(name) end

---A request to a service: its url and port are the service's.
---@class ServiceRequest: HttpRequestOptions
---@field may_fail? boolean true: no answer is nil and a message, not a failure

---As http.request, to this service.
---@param options ServiceRequest
---@return HttpResponse? response, string? message
function Service:request(options) end

---A GET request. No answer is a failure; any status is an answer.
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
---@nodiscard
function Service:logs() end

---Sends it a signal. One that has ended cannot be sent any, which is a failure.
---@param name string "TERM", "HUP" …
function Service:signal(name) end

---Whether it still runs.
---@return boolean
---@nodiscard
function Service:alive() end

---Ends it (TERM, then KILL); its result, as of t:run.
---@return Result
function Service:stop() end

---A TCP port of the loopback that nobody listens on now.
---@return integer
---@nodiscard
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
---@field path string as it was given
local File = {}

---A file of the learner's work, as it is now; or material, by the path that private() or shared() answered.
---@param path string relative to the work, or a path from private() or shared()
---@return File
---@nodiscard
function file(path) end

---A file of the exercise's start.
---@param path string
---@return File
---@nodiscard
function start_file(path) end

---Whether it is a regular file. To demand it: `expect.file(path):exists()`.
---@return boolean
---@nodiscard
function File:exists() end

---Its content as it is, at most 8 MiB.
---@return string
function File:text() end

---Its lines, without their ends.
---@return string[]
function File:lines() end

---Its content as JSON; what is none is a failure with line and column.
---@param options? DecodeOptions
---@return any
function File:json(options) end

---Its content as YAML.
---@param options? YamlOptions
---@return any
function File:yaml(options) end

---Its content as TOML.
---@param options? DecodeOptions
---@return table
function File:toml(options) end

---Its content as CSV: rows by column, fields as text.
---@param options? CsvDecodeOptions
---@return CsvRows
function File:csv(options) end

---Its content as XML: the root element.
---@param options? DecodeOptions
---@return XmlElement
function File:xml(options) end

---Its lines KEY=value.
---@param options? DecodeOptions
---@return table<string, string>
function File:dotenv(options) end

---Its content as INI: sections of texts.
---@param options? DecodeOptions
---@return table
function File:ini(options) end

---The SHA-256 of its content, in hexadecimal.
---@return string hex 64 digits
function File:sha256() end

---Its size in bytes.
---@return integer bytes
function File:size() end

---Its permissions, in octal.
---@return string mode "644"
function File:mode() end

---When it was last changed.
---@return number seconds since 1970
function File:mtime() end

---What stands there; a link is not followed.
---@return "file"|"directory"|"link"|"other"
function File:kind() end

---The regular files of the work that match, in byte order.
---@param pattern string `*`, `?`, `[a-z]` within a folder, `**` for any folders
---@return string[] paths
function glob(pattern) end

---What the work holds now, for tree_diff.
---@return table<string, string>
function tree() end

---The paths that were added, removed and changed between two trees.
---@param before table<string, string>
---@param after table<string, string>
---@return {added: string[], removed: string[], changed: string[]}
---@nodiscard
function tree_diff(before, after) end

-- ---- asking ----

---A value that is about to be judged. Every matcher answers the expectation itself.
---@class Expectation
local Expectation = {}

---Begins an expectation; `what` names the value in the learner's own terms, since the message begins with it. A matcher must follow.
---@class expectlib
---@nodiscard
---@overload fun(value: any, what?: string): Expectation
expect = {}

---As expect, but the check goes on after a failure.
---@param value any
---@param what? string
---@return Expectation
---@nodiscard
function expect.soft(value, what) end

---An expectation about a file.
---@class FileExpectation: Expectation
local FileExpectation = {}

---A file, to be judged: that it is there, or, by any other matcher, its text.
---@param path string
---@return FileExpectation
---@nodiscard
function expect.file(path) end

---There is a regular file. One that is missing is shown with its neighbours.
---@return self
function FileExpectation:exists() end

---There is nothing at all.
---@return self
function FileExpectation:not_exists() end

---The reason code of this expectation's failure; before or after the matcher.
---@param reason string
---@return self
function Expectation:because(reason) end

---Deeply equal. 3 equals 3.0; an empty list equals {}.
---@param expected any
---@return self
function Expectation:equals(expected) end

---Not deeply equal.
---@param expected any
---@return self
function Expectation:not_equals(expected) end

---Equal, save that numbers may differ by the tolerance.
---@param expected number|table
---@param tolerance number
---@return self
function Expectation:near(expected, tolerance) end

---Not near: some number differs by more than the tolerance.
---@param expected number|table
---@param tolerance number
---@return self
function Expectation:not_near(expected, tolerance) end

---A text that has `part` in it; a list that has an item equal to it; a map that has all its entries.
---@param part any
---@return self
function Expectation:contains(part) end

---The part, item or entries are not in it.
---@param part any
---@return self
function Expectation:not_contains(part) end

---A text that matches the pattern.
---@param pattern string a Lua pattern
---@return self
function Expectation:matches(pattern) end

---A text that does not match the pattern.
---@param pattern string a Lua pattern
---@return self
function Expectation:not_matches(pattern) end

---A number that is not smaller.
---@param least number
---@return self
function Expectation:at_least(least) end

---A number that is smaller.
---@param least number
---@return self
function Expectation:not_at_least(least) end

---A number that is not larger.
---@param most number
---@return self
function Expectation:at_most(most) end

---A number that is larger.
---@param most number
---@return self
function Expectation:not_at_most(most) end

---A number in the range, bounds included.
---@param least number
---@param most number
---@return self
function Expectation:between(least, most) end

---A number outside of the range.
---@param least number
---@param most number
---@return self
function Expectation:not_between(least, most) end

---Equal to an item of the list.
---@param choices any[]
---@return self
function Expectation:one_of(choices) end

---Equal to no item of the list.
---@param choices any[]
---@return self
function Expectation:not_one_of(choices) end

---A table with all these keys.
---@param ... string|number
---@return self
function Expectation:has_keys(...) end

---None of the keys is there.
---@param ... string|number
---@return self
function Expectation:not_has_keys(...) end

---Bytes of a text, items of a list, entries of a map.
---@param count integer
---@return self
function Expectation:has_length(count) end

---Another length than this.
---@param count integer
---@return self
function Expectation:not_has_length(count) end

---A text, list or map with nothing in it.
---@return self
function Expectation:is_empty() end

---A text, list or map with something in it.
---@return self
function Expectation:not_is_empty() end

---The function answers true for every item; or it makes expectations about each.
---@param ask fun(item: any, key: any): boolean?, string?
---@return self
function Expectation:each(ask) end

---The function does not hold for every item.
---@param ask fun(item: any, key: any): boolean?, string?
---@return self
function Expectation:not_each(ask) end

---The function answers true for an item at least.
---@param ask fun(item: any, key: any): boolean
---@return self
function Expectation:any(ask) end

---The function answers true for no item.
---@param ask fun(item: any, key: any): boolean
---@return self
function Expectation:not_any(ask) end

---The function answers true for no item; it may add why.
---@param ask fun(item: any, key: any): boolean, string?
---@return self
function Expectation:none(ask) end

---The function answers true for an item at least; it may add why.
---@param ask fun(item: any, key: any): boolean, string?
---@return self
function Expectation:not_none(ask) end

---The function answers true for the value.
---@param ask fun(value: any): boolean?, string?
---@param description? string what is expected, in words
---@return self
function Expectation:satisfies(ask, description) end

---The function does not answer true for the value.
---@param ask fun(value: any): boolean?, string?
---@param description? string
---@return self
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
---@nodiscard
function seed() end

---A whole number from 1 to n; without n a number from 0 to 1, 1 excluded. The sequence follows from the seed and the check's id.
---@param n? integer
---@return number
---@nodiscard
function random(n) end

---A copy of the list in random order.
---@generic T
---@param list T[]
---@return T[]
---@nodiscard
function shuffle(list) end

-- ---- git ----

---A commit.
---@class GitCommit
---@field id string its hash, 40 digits
---@field parents string[] their hashes
---@field author {name: string, email: string, time: integer} time in seconds since 1970
---@field message string all of it
---@field files string[] paths that it changed

---Which commits.
---@class GitLogOptions
---@field limit? integer how many at most
---@field path? string only commits that change it

---The learner's own history, read only.
---@class gitlib
git = {}

---The commit of HEAD, its branch (nil when detached) and its message.
---@return {commit: string, branch: string?, message: string}? head, string? why
---@nodiscard
function git.head() end

---Commits from HEAD back, newest first.
---@param options? GitLogOptions
---@return GitCommit[]? commits, string? why
---@nodiscard
function git.log(options) end

---As git.log.
---@param options? GitLogOptions
---@return GitCommit[]? commits, string? why
---@nodiscard
function git.commits(options) end

---Paths of the files in HEAD.
---@return string[]? paths, string? why
---@nodiscard
function git.tracked() end

---Whether the work differs from HEAD.
---@return boolean? dirty, string? why
---@nodiscard
function git.dirty() end

---The text of a file in a commit.
---@param revision string
---@param path string
---@return string? text, string? why
---@nodiscard
function git.blob(revision, path) end

---The changes between two commits, as a patch.
---@param from string
---@param to string
---@param path? string
---@return string? patch, string? why
---@nodiscard
function git.diff(from, to, path) end

---The tags, and the commits that they name.
---@return {name: string, target: string}[]? tags, string? why
---@nodiscard
function git.tags() end

---The largest file in the whole history of HEAD.
---@return {path: string, size: integer, id: string}? blob, string? why
---@nodiscard
function git.largest_blob() end

-- ---- SQL ----

sql = {}

---What a SELECT answers about an SQLite file of the work, or a database of PostgreSQL, which it only reads: rows as tables by column, NULL
---as json.null, a blob or bytea as its bytes. A file that is no database, or a table or column that is not there, fails the check; a wrong
---query is the author's mistake, unless it stands in a file of the learner's. A server that does not answer blocks the check.
---@param database string|File|Declared a file, a service that gives a postgresql:// URL, or such a URL on the loopback
---@param text string|File one SELECT, with ? for each value
---@param ... string|number|boolean|null
---@return table<string, any>[] rows
function sql.query(database, text, ...) end

-- ---- data ----

---null of JSON, as a value of its own, since nil cannot stand in a table.
---@class null

---What a decoder takes beside the text: a name that stands in its messages.
---@class DecodeOptions
---@field name? string of the text, in messages: "out.json:3:7: …"; default: the format's name

---As DecodeOptions, for YAML.
---@class YamlOptions: DecodeOptions
---@field all? boolean a list of all documents; without it more than one is an error

---As DecodeOptions, for CSV.
---@class CsvDecodeOptions: DecodeOptions
---@field header? boolean the first row names the columns (default true); false: rows are lists
---@field separator? string one character, default ","

---How CSV is written.
---@class CsvEncodeOptions
---@field columns? string[] names of the columns, in their order
---@field separator? string one character, default ","

---How a text is set.
---@class IndentOptions
---@field indent? integer spaces a level, 0 (compact, the default) to 8

---JSON.
---@class jsonlib
---@field null null JSON's null, which can stand in a table
json = {}

---The value of a JSON text; or nil and "name:line:column: what is wrong". Duplicate keys, NaN, integers beyond 64 bits and
---more than 200 levels are errors. Integers stay integers; null becomes json.null.
---@param text string
---@param options? string|DecodeOptions a name for messages, or options
---@return any value, string? message
---@nodiscard
function json.decode(text, options) end

---The JSON text of a value, keys in byte order. Raises for what JSON has no form for; bytes that are not UTF-8 become U+FFFD.
---@param value any
---@param options? IndentOptions
---@return string text
---@nodiscard
function json.encode(value, options) end

---The values of JSON Lines, one a line; blank lines are skipped.
---@param text string
---@param options? string|DecodeOptions
---@return any[]? values, string? message
---@nodiscard
function json.lines(text, options) end

---Marks a table as a list, so that it is one even when it is empty.
---@generic T: table
---@param table T
---@return T table
---@nodiscard
function json.list(table) end

---YAML 1.2.
---@class yamllib
yaml = {}

---The value of a YAML 1.2 text (core types; anchors and aliases allowed; no duplicate keys); or nil and a message with line and column.
---@param text string
---@param options? string|YamlOptions
---@return any value, string? message
---@nodiscard
function yaml.decode(text, options) end

---YAML in block style, keys in byte order; text that any reader could take for something else is quoted.
---@param value any
---@return string text
---@nodiscard
function yaml.encode(value) end

---TOML 1.0.
---@class tomllib
toml = {}

---The value of a TOML 1.0 text; or nil and a message. Dates and times stay text, as written; inf and nan become text.
---@param text string
---@param options? string|DecodeOptions
---@return table? value, string? message
---@nodiscard
function toml.decode(text, options) end

---TOML: of each table its own pairs first, then the tables in it. Raises for null.
---@param value table
---@return string text
---@nodiscard
function toml.encode(value) end

---Rows, and the names of their columns.
---@class CsvRows: table[]
---@field header? string[] names of the columns

---CSV as RFC 4180 has it.
---@class csvlib
csv = {}

---The rows of a CSV text (RFC 4180; LF or CRLF; empty lines are skipped); fields stay text. Rows of another length, quotes that are
---never closed, and a column named twice are errors.
---@param text string
---@param options? string|CsvDecodeOptions
---@return CsvRows? rows, string? message
---@nodiscard
function csv.decode(text, options) end

---CSV from a list of rows: lists, or tables by column. Rows from csv.decode keep the order of their columns; others are sorted.
---@param rows table[]
---@param options? CsvEncodeOptions
---@return string text
---@nodiscard
function csv.encode(rows, options) end

---An element of XML.
---@class XmlElement
---@field name string as written, with its prefix
---@field attributes table<string, string> by name
---@field children XmlElement[] the elements in it
---@field text string its own character data, joined, as it is

---XML without document types.
---@class xmllib
xml = {}

---The root element of an XML text; or nil and a message. Document type declarations are refused.
---@param text string
---@param options? string|DecodeOptions
---@return XmlElement? root, string? message
---@nodiscard
function xml.decode(text, options) end

---XML of an element; attributes, children and text may be missing.
---@param element table
---@param options? IndentOptions
---@return string text
---@nodiscard
function xml.encode(element, options) end

---Files of environment variables.
---@class dotenvlib
dotenv = {}

---The values of a .env text by name; or nil and a message.
---@param text string
---@param options? string|DecodeOptions
---@return table<string, string>? values, string? message
---@nodiscard
function dotenv.decode(text, options) end

---A .env text; values are quoted where needed.
---@param values table<string, string|number|boolean>
---@return string text
---@nodiscard
function dotenv.encode(values) end

---INI, as Python's configparser reads it.
---@class inilib
ini = {}

---The sections of an INI text, each a table of texts; keys before the first section stand beside the sections. Or nil and a message.
---@param text string
---@param options? string|DecodeOptions
---@return table<string, string|table<string, string>>? sections, string? message
---@nodiscard
function ini.decode(text, options) end

---An INI text. Raises for what would not read back the same.
---@param sections table
---@return string text
---@nodiscard
function ini.encode(sections) end

---What stands at a path: `.a.b`, `."odd key"`, `[0]`, `[-1]`, `[]`, `[?key=value]`. With `[]` or `[?…]` a list of all that was found, else the
---value, or nil. What is missing or of another shape is nil; a path that cannot be read is the author's mistake.
---@param value any
---@param path string
---@return any found
---@nodiscard
function jq(value, path) end

---Where a value does not fit a schema, and why.
---@class SchemaProblem
---@field path string as jq takes it
---@field message string what is wrong there

---Whether a value fits a JSON Schema (draft-07), and if not, why.
---@param value any
---@param json_schema table|boolean
---@return boolean fits, SchemaProblem[]? problems
---@nodiscard
function schema(value, json_schema) end

-- ---- digests ----

---Digests of texts.
---@class hashlib
hash = {}

---The SHA-256 of a text, as 64 hexadecimal digits.
---@param text string
---@return string
---@nodiscard
function hash.sha256(text) end

-- ---- numbers ----

---How stats.bootstrap resamples.
---@class BootstrapOptions
---@field samples? integer 10 to 100000, default 1000
---@field level? number 0.5 to 0.9999, default 0.95
---@field seed? integer default 0; the same seed gives the same answer
---@field statistic? fun(values: number[]): number default: the mean

---Statistics of lists of numbers, computed in C. A list that is empty, holds NaN or text, or is shorter than the other raises.
---@class statslib
stats = {}

---The arithmetic mean.
---@param values number[]
---@return number
---@nodiscard
function stats.mean(values) end

---Of a sample: divides by n - 1.
---@param values number[]
---@return number
---@nodiscard
function stats.stdev(values) end

---Linear between order statistics (Hyndman and Fan's type 7, as NumPy's default).
---@param values number[]
---@param q number 0 to 1
---@return number
---@nodiscard
function stats.quantile(values, q) end

---Root of the mean squared error.
---@param actual number[]
---@param predicted number[]
---@return number
---@nodiscard
function stats.rmse(actual, predicted) end

---Mean absolute error.
---@param actual number[]
---@param predicted number[]
---@return number
---@nodiscard
function stats.mae(actual, predicted) end

---Mean negative log-likelihood of the labels; probabilities are clipped to 1e-15 from 0 and 1.
---@param labels (0|1|boolean)[]
---@param probabilities number[]
---@return number
---@nodiscard
function stats.log_loss(labels, probabilities) end

---Mean squared difference of probability and label (Brier 1950).
---@param labels (0|1|boolean)[]
---@param probabilities number[]
---@return number
---@nodiscard
function stats.brier(labels, probabilities) end

---Area under the ROC curve, ties by midranks. Raises when only one label occurs.
---@param labels (0|1|boolean)[]
---@param scores number[] higher means more likely 1
---@return number
---@nodiscard
function stats.auc(labels, scores) end

---Expected calibration error, over bins of equal width.
---@param labels (0|1|boolean)[]
---@param probabilities number[]
---@param bins? integer default 10
---@return number
---@nodiscard
function stats.ece(labels, probabilities, bins) end

---2 TP / (2 TP + FP + FN) of one class; 0 when it is never hit.
---@param actual any[] classes: numbers, texts or booleans
---@param predicted any[]
---@param positive? any the class that counts, default 1 (which true is, too)
---@return number
---@nodiscard
function stats.f1(actual, predicted, positive) end

---Cohen's kappa, plain or weighted by the distance of the sorted classes.
---@param first any[] classes
---@param second any[]
---@param weights? "none"|"linear"|"quadratic" default "none"
---@return number
---@nodiscard
function stats.kappa(first, second, weights) end

---Population stability index, over bins cut at the quantiles of `expected`.
---@param expected number[]
---@param actual number[]
---@param bins? integer 2 to 1000, default 10
---@return number
---@nodiscard
function stats.psi(expected, actual, bins) end

---Two-sample Kolmogorov-Smirnov test; p is asymptotic.
---@param first number[]
---@param second number[]
---@return {statistic: number, p: number}
---@nodiscard
function stats.ks(first, second) end

---Of counts against expected counts (default: equal ones), or of a table of counts, for independence.
---@param observed number[]|number[][]
---@param expected? number[]
---@return {statistic: number, dof: integer, p: number}
---@nodiscard
function stats.chi2(observed, expected) end

---Percentile interval of a statistic by resampling (Efron 1979).
---@param values number[]
---@param options? BootstrapOptions
---@return {estimate: number, low: number, high: number, error: number}
---@nodiscard
function stats.bootstrap(values, options) end

-- ---- HTTP ----

---What every request may have.
---@class HttpRequest
---@field url? string http://… or https://… on this machine
---@field port? integer instead of url, with path
---@field path? string default "/"
---@field method? string in capitals; default GET, or POST when there is something to send
---@field headers? table<string, string|number> by name
---@field body? string sent as it is
---@field json? any sent as JSON
---@field timeout? number seconds of the whole exchange, default 10
---@field verify? boolean https: false takes any certificate
---@field ca? string https: certificates to trust, PEM

---What http.request is given.
---@class HttpRequestOptions: HttpRequest
---@field follow? boolean follows up to 5 redirects
---@field stream? boolean keeps chunks with their times; a timeout or a closed connection then ends the answer instead of failing

---What http.load is given.
---@class HttpLoadOptions: HttpRequest
---@field requests? integer 1 to 100000, default 100
---@field concurrency? integer 1 to 256, default 4
---@field within? number seconds of all together, at most 600, default 60; what has no answer by then counts as an error
---@field follow? boolean follows up to 5 redirects

---A server-sent event.
---@class HttpEvent
---@field event string "message" unless named
---@field data string its lines, joined
---@field id? string the last one that was sent
---@field at? number seconds from the request, of a streamed answer

---An answer, whatever its status.
---@class HttpResponse
---@field status integer such as 200
---@field headers table<string, string> names in lower case; one that came twice has its values joined by ", "
---@field body string at most 16 MiB
---@field seconds number of the whole exchange
---@field url string the last one, after redirects
---@field chunks? {at: number, data: string}[] of a streamed answer
---@field timed_out? boolean of a streamed answer: time was over before its end
---@field cut_off? boolean of a streamed answer: the connection was closed before its end
---@field tls? {version: string, cipher: string, subject: string, issuer: string, not_before: string, not_after: string} of https
local HttpResponse = {}

---The body as JSON; a body that is none fails the check.
---@return any
function HttpResponse:json() end

---The value of a header, whatever the case of its name.
---@param name string
---@return string?
---@nodiscard
function HttpResponse:header(name) end

---The server-sent events of the body.
---@return HttpEvent[]
---@nodiscard
function HttpResponse:events() end

---What came of many requests.
---@class HttpFigures
---@field requests integer how many were asked for
---@field errors integer those without an answer
---@field first_error? string why the first was not answered
---@field statuses table<integer, integer> how often each came
---@field p50 number seconds, of the answered requests, as the next four
---@field p95 number likewise
---@field p99 number likewise
---@field max number likewise
---@field mean number likewise
---@field seconds number of all
---@field requests_per_second number answered ones

---HTTP to programs on this machine.
---@class httplib
http = {}

---One request to a program on this machine; nil and a message when no answer came. Any status is an answer.
---@param options HttpRequestOptions
---@return HttpResponse? response, string? message
function http.request(options) end

---The same request many times, some at once; nil and a message when none was answered.
---@param options HttpLoadOptions
---@return HttpFigures? figures, string? message
function http.load(options) end

-- ---- metrics ----

---A series and its value.
---@class MetricSample
---@field name string as it stands on the page, with its ending
---@field labels table<string, string> by name
---@field value number NaN and infinities are Lua's
---@field timestamp? number seconds since 1970
---@field exemplar? {labels: table<string, string>, value: number, timestamp: number?} OpenMetrics only
---@field line integer where it stands

---Samples under one name.
---@class MetricFamily
---@field name string without the endings of its samples
---@field type string counter, gauge, histogram, summary, untyped; more in OpenMetrics
---@field help? string what HELP says
---@field unit? string OpenMetrics only
---@field samples MetricSample[] in the order of the page
---@field line integer where it begins

---Metrics of a page.
---@class Metrics
---@field families table<string, MetricFamily> by name
---@field samples MetricSample[] all of them, in the order of the page
local Metrics = {}

---The sum over the series whose labels include these. Without any: `otherwise`, or a failure.
---@param name string with its ending: "late_request_seconds_count"
---@param labels? table<string, string|number|boolean>
---@param otherwise? number
---@return number
---@nodiscard
function Metrics:value(name, labels, otherwise) end

---The series whose labels include these, perhaps none.
---@param name string with its ending
---@param labels? table<string, string|number|boolean>
---@return MetricSample[]
---@nodiscard
function Metrics:series(name, labels) end

---The family of that name; none is a failure.
---@param name string
---@return MetricFamily
function Metrics:family(name) end

---What has changed since: each value less what it was before, or less 0 for a new series.
---@param before Metrics
---@return Metrics
---@nodiscard
function Metrics:delta(before) end

---A quantile of a histogram, as histogram_quantile of PromQL; NaN when nothing was observed.
---@param q number 0 to 1
---@param name string of the family
---@param labels? table<string, string|number|boolean>
---@return number
---@nodiscard
function Metrics:quantile(q, name, labels) end

---What Prometheus reads.
---@class promlib
prom = {}

---The metrics of a page in the text format 0.0.4 or in OpenMetrics; a line that is no metric is a failure.
---@param text string at most 4 MiB and 10 000 series
---@param name? string in messages, default "metrics"
---@return Metrics
function prom.parse(text, name) end

---The metrics that a program on this machine answers; no answer and no metrics are failures.
---@param url string
---@param options? {timeout?: number} seconds, default 10
---@return Metrics
function prom.scrape(url, options) end

---A rule of Prometheus.
---@class PromRule
---@field alert? string the name of an alerting rule
---@field record? string the name of what a recording rule makes
---@field expr string PromQL, as it stands in the file
---@field hold number seconds of `for`, 0 without
---@field keep_firing number seconds of `keep_firing_for`, 0 without
---@field labels table<string, string> with those of its group
---@field annotations table<string, string> templates, as they stand in the file
---@field group string the name of its group
---@field line integer where it begins

---Rules that are evaluated together.
---@class PromGroup
---@field name string unique in its file
---@field interval? number seconds
---@field rules PromRule[] in the order of the file
---@field line integer where it begins

---A file of rules.
---@class PromRules
---@field path string relative to the work
---@field groups PromGroup[] in the order of the file
---@field all PromRule[] those of all groups
local PromRules = {}

---The first alerting rule of that name; none is a failure.
---@param name string
---@return PromRule
function PromRules:alert(name) end

---The first recording rule of that name; none is a failure.
---@param name string
---@return PromRule
function PromRules:record(name) end

---A file of alerting and recording rules; what is wrong in it is a failure with file and line.
---@param path string|File
---@return PromRules
function prom.rules(path) end

---A sample that a Prometheus answered.
---@class PromSample
---@field name? string of the metric, where it has one
---@field labels table<string, string> without the name
---@field value number NaN and infinite ones as well

---What a Prometheus on this machine answers to an expression now. No answer is a failure, an expression that it does not take a mistake.
---@param url string "http://127.0.0.1:9090"
---@param expr string an instant vector or a scalar, which is one sample without labels
---@param options? {timeout?: number, time?: number} seconds, default 10; and seconds since 1970, default now
---@return PromSample[]
function prom.query(url, expr, options) end

---An alert that fires or is silent.
---@class PromAlertWanted
---@field alert string the name of its rule
---@field at string when, from the beginning: "10m"
---@field labels? table<string, string> that it has among others

---A value that is to come out.
---@class PromSampleWanted
---@field expr string summed over its series
---@field at string when, from the beginning: "10m"
---@field value number exactly

---Series, and what rules are to make of them.
---@class PromStory
---@field interval? string between values, and between evaluations; default "1m"
---@field series? table<string, string> values by series, in promtool's notation: "1+0x10"
---@field fires? PromAlertWanted[] alerts that fire
---@field silent? PromAlertWanted[] alerts that do not
---@field samples? PromSampleWanted[] values, of recording rules or any expression

---Demands what the story expects of the rules, by promtool; where that is not installed, the check is blocked.
---@param rules string|PromRules a file of the work
---@param story PromStory
function prom.test(rules, story) end

-- ---- files of models ----

---An opcode of a pickle.
---@class PickleOp
---@field at integer its byte
---@field name string such as "REDUCE"
---@field arg? any a number, a text of at most 200 bytes, or two texts

---A function or class that a pickle names. Whoever loads the pickle imports it.
---@class PickleGlobal
---@field at integer its byte
---@field op string "GLOBAL", "STACK_GLOBAL", "INST" or "EXT1" …
---@field module string "?" where it is not written down as a text
---@field name string "?" likewise

---What a pickle says.
---@class Pickle
---@field protocol integer 0 where none is named
---@field count integer opcodes, at most 1 000 000
---@field ops PickleOp[] the first 10 000
---@field globals PickleGlobal[] all
---@field rest integer bytes behind the pickle

---The opcodes of a pickle, and what it names; nothing is loaded. What is no pickle is a failure.
---@param path string|File at most 32 MiB
---@return Pickle
function pickle_ops(path) end

---A tensor of a safetensors file.
---@class SafeTensor
---@field name string unique in the file
---@field dtype string "F32", "BF16" …
---@field shape integer[] empty of a number
---@field bytes integer that it has
---@field from integer its first byte in the file
---@field to integer the byte behind it

---A safetensors file.
---@class SafeTensors
---@field metadata table<string, string> of the file
---@field tensors SafeTensor[] in the order of their bytes

---The header of a safetensors file. Sizes, holes, overlaps and what else breaks the format are failures.
---@param path string|File at most 32 MiB
---@return SafeTensors
function safetensors(path) end

---An input or output of a model.
---@class OnnxValue
---@field name string unique among them
---@field type string "float32", "int64", "string" …; "sequence", "map", "opaque", "sparse" or "optional"
---@field shape? (integer|string)[] numbers, names, or json.null for what is open

---A node of a model, or of a graph in one of its nodes.
---@class OnnxNode
---@field op string such as "MatMul"
---@field domain string "" of ONNX's own
---@field name string may be empty
---@field inputs string[] names
---@field outputs string[] names
---@field depth integer 0 of the model's own graph

---A tensor that comes with a model.
---@class OnnxInitializer
---@field name string unique among them
---@field type string as of OnnxValue
---@field shape integer[] empty of a number
---@field bytes integer in the file
---@field external? table<string, string> location, offset, length: where its data lies instead

---An ONNX model.
---@class Onnx
---@field ir_version integer of the format
---@field producer string what wrote it
---@field opsets {domain: string, version: integer}[] that it needs
---@field graph string its name
---@field inputs OnnxValue[] initializers may be among them
---@field outputs OnnxValue[] in their order
---@field nodes OnnxNode[] of all graphs
---@field initializers OnnxInitializer[] of all graphs
---@field external string[] paths of files with data, as hostile as the rest
---@field metadata table<string, string> of the model

---What stands in an ONNX model. What breaks the format, and an initializer whose size is not that of its shape, are failures.
---@param path string|File at most 32 MiB
---@return Onnx
function onnx(path) end

-- ---- traces ----

---A span, as the sink of exercises/shared/ writes it.
---@class Span
---@field traceId string hexadecimal, lower case
---@field spanId string hexadecimal, lower case
---@field parentSpanId string "" of a root
---@field name string what was done
---@field scope? string of the instrumentation
---@field kind string "unspecified", "internal", "server", "client", "producer" or "consumer"
---@field startTimeUnixNano integer nanoseconds
---@field endTimeUnixNano integer nanoseconds
---@field attributes table<string, any> by name
---@field resource table<string, any> attributes of the program
---@field events table[] {name, timeUnixNano, attributes}
---@field links table[] {traceId, spanId, attributes}
---@field status {code: string, message: string} the code is "unset", "ok" or "error"

---Which spans are meant.
---@class SpansWanted
---@field name? string of the span
---@field kind? string such as "client"
---@field status? string the code
---@field scope? string of the instrumentation
---@field trace? string its traceId
---@field attributes? table<string, any> that it has, among others
---@field resource? table<string, any> that its program has, among others

---Spans of a file or a sink.
---@class Spans
---@field all Span[] in the order of their arrival
local Spans = {}

---Those of which all of this is true, perhaps none.
---@param wanted SpansWanted
---@return Span[]
---@nodiscard
function Spans:where(wanted) end

---The first span of that name; none is a failure.
---@param name string
---@return Span
function Spans:find(name) end

---The spans that name this one as their parent.
---@param span Span
---@return Span[]
---@nodiscard
function Spans:children(span) end

---The span that this one names as its parent; nil for a root, and for one whose parent never came.
---@param span Span
---@return Span?
---@nodiscard
function Spans:parent(span) end

---The spans without a parent.
---@return Span[]
---@nodiscard
function Spans:roots() end

---A collector of traces in the check's box, which takes OTLP/JSON over HTTP.
---@class OtlpSink
---@field url string "http://127.0.0.1:PORT"
---@field env table<string, string> OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and OTEL_EXPORTER_OTLP_PROTOCOL
---@field port integer where it listens
local OtlpSink = {}

---What has come since the reset.
---@return Spans
---@nodiscard
function OtlpSink:spans() end

---From now on it is down, or, with {}, well again.
---@param how {status?: integer, hang?: boolean, closed?: number} one of them
function OtlpSink:down(how) end

---Forgets the spans, and is well again.
function OtlpSink:reset() end

---Whether it still runs.
---@return boolean
---@nodiscard
function OtlpSink:alive() end

---Ends it.
function OtlpSink:stop() end

---Traces.
---@class otlplib
otlp = {}

---The spans of a file that the sink wrote, one line of JSON each; a line that is none is a failure.
---@param path string|File
---@return Spans
function otlp.spans(path) end

---Starts a sink, before the learner's services. It ends with the check.
---@param options? {}
---@return OtlpSink
function otlp.sink(options) end

-- ---- experiments and registry ----

---An experiment of a tracking server.
---@class MlflowExperiment
---@field id string as the API names it
---@field name string as people do
---@field stage string "active" or "deleted"
---@field tags table<string, string> by name

---A run of an experiment, as it is when it is asked for.
---@class MlflowRun
---@field id string 32 hexadecimal digits
---@field name string which need not be its own alone
---@field experiment string its experiment's id
---@field status string "RUNNING", "FINISHED", "FAILED", "SCHEDULED" or "KILLED"
---@field stage string "active" or "deleted"
---@field started? number seconds since 1970
---@field ended? number seconds since 1970; nil while nobody has ended it
---@field params table<string, string> by name
---@field metrics table<string, number> the last value of each, by name; NaN when it is no number
---@field tags table<string, string> by name, those of MLflow's own too
---@field uri string where its artifacts lie

---A value of a metric.
---@class MlflowValue
---@field value number NaN when it is no number
---@field step? integer as the program counted
---@field at? number seconds since 1970

---A file, or a folder, among a run's artifacts.
---@class MlflowArtifact
---@field path string from the top of the artifacts
---@field folder boolean whether it is one
---@field size? integer bytes of a file

---A registered model.
---@class MlflowModel
---@field name string which no other has
---@field description string "" without one
---@field tags table<string, string> by name
---@field aliases table<string, integer> versions by alias

---A version of a registered model.
---@class MlflowVersion
---@field model string its name
---@field version integer from 1
---@field run string id of the run that its files are of
---@field source string where its files lie
---@field status string "READY"
---@field description string "" without one
---@field tags table<string, string> by name
---@field aliases string[] that point to it

---Which runs are meant.
---@class MlflowRunsWanted
---@field experiment? string its name; without one, of all experiments
---@field filter? string of MLflow, such as "metrics.val_auc > 0.7"
---@field order_by? string|string[] such as "attributes.start_time ASC"

---A run that a check makes.
---@class MlflowNewRun
---@field experiment? string name of one, which is made if need be; default "Default"
---@field name? string else MLflow invents one
---@field status? string default "FINISHED"
---@field started? number seconds since 1970, default 0
---@field ended? number seconds since 1970, default as started
---@field params? table<string, string|number|boolean> by name
---@field metrics? table<string, number|number[]> a value, or those of steps 0, 1, …
---@field tags? table<string, string|number|boolean> by name
---@field artifacts? table<string, string> bytes by path

---What a new registered model is given.
---@class MlflowNewModel
---@field tags? table<string, string|number|boolean> by name
---@field description? string for people

---What a new version is given.
---@class MlflowNewVersion
---@field run MlflowRun|string the run that its files are of
---@field path? string folder among the run's artifacts; default all of them
---@field tags? table<string, string|number|boolean> by name
---@field description? string for people

---A tracking server and its registry. Look-ups take any value: what names nothing is nil, or an empty list.
---@class Mlflow
---@field url string where it answers
local Mlflow = {}

---The experiments that are not deleted.
---@return MlflowExperiment[]
---@nodiscard
function Mlflow:experiments() end

---The experiment of this name; nil when there is none.
---@param name any
---@return MlflowExperiment?
---@nodiscard
function Mlflow:experiment(name) end

---The runs that are not deleted, of all pages; at most 10 000.
---@param wanted? MlflowRunsWanted
---@return MlflowRun[]
---@nodiscard
function Mlflow:runs(wanted) end

---The run of this id; nil when there is none.
---@param id any
---@return MlflowRun?
---@nodiscard
function Mlflow:run(id) end

---All values of a metric, in the order of their logging.
---@param run MlflowRun|any or its id
---@param metric any its name
---@return MlflowValue[]
---@nodiscard
function Mlflow:history(run, metric) end

---What lies in a folder of a run's artifacts.
---@param run MlflowRun|any or its id
---@param path? any default the top
---@return MlflowArtifact[]
---@nodiscard
function Mlflow:artifacts(run, path) end

---The bytes of an artifact; nil when there is none, or it is a folder.
---@param run MlflowRun|any or its id
---@param path any
---@return string?
---@nodiscard
function Mlflow:artifact(run, path) end

---All registered models.
---@return MlflowModel[]
---@nodiscard
function Mlflow:models() end

---The registered model of this name, with all its aliases; nil when there is none.
---@param name any
---@return MlflowModel?
---@nodiscard
function Mlflow:model(name) end

---All versions of a model, from the first on.
---@param model any its name
---@return MlflowVersion[]
---@nodiscard
function Mlflow:versions(model) end

---A version of a model; nil when there is none of this number.
---@param model any its name
---@param number any
---@return MlflowVersion?
---@nodiscard
function Mlflow:version(model, number) end

---The number of the version that an alias points to; nil when there is no such alias, or no such model.
---@param model any its name
---@param alias any
---@return integer?
---@nodiscard
function Mlflow:alias(model, alias) end

---Makes a run, as a program would have logged it.
---@param given MlflowNewRun
---@return MlflowRun
function Mlflow:create_run(given) end

---Sets a tag of a run.
---@param run MlflowRun|string or its id
---@param key string
---@param value string
function Mlflow:set_run_tag(run, key, value) end

---Registers a model, without versions.
---@param name string
---@param given? MlflowNewModel
---@return MlflowModel
function Mlflow:create_model(name, given) end

---Registers the next version of a model.
---@param model string its name
---@param given MlflowNewVersion
---@return MlflowVersion
function Mlflow:create_version(model, given) end

---Points an alias to a version.
---@param model string its name
---@param alias string
---@param version integer
function Mlflow:set_alias(model, alias, version) end

---Takes an alias away, if it is there.
---@param model string its name
---@param alias string
function Mlflow:delete_alias(model, alias) end

---Sets a tag of a version.
---@param model string its name
---@param version integer
---@param key string
---@param value string
function Mlflow:set_version_tag(model, version, key, value) end

---A tracking server of MLflow.
---@param where Declared|Service|string what service() or t:service answers, or a url
---@return Mlflow
---@nodiscard
function mlflow(where) end

-- ---- agents' tools ----

---What mcp is given.
---@class McpOptions
---@field [integer] string|number the program and its arguments
---@field cwd? string folder to run in, relative to the work
---@field env? table<string, string|number|false> variables to set, false to unset
---@field memory? integer|string bytes, or "512MiB"; at most the exercise's own limit
---@field within? number seconds for each answer, default 10

---What a tool has answered. A tool that failed has an answer too; `error` says that there was none.
---@class McpAnswer
---@field text? string its texts, joined by ends of lines
---@field failed? boolean isError
---@field content? table[] the parts of the answer
---@field structured? any structuredContent
---@field error? {code: integer, message: string, data?: any} of JSON-RPC: the call was refused

---A server of the Model Context Protocol.
---@class McpServer
---@field revision string that it speaks
---@field about table what it answered to server/discover or initialize
local McpServer = {}

---All its tools, of all pages: {name, description, inputSchema …}.
---@return table[]
---@nodiscard
function McpServer:tools() end

---Calls a tool.
---@param name string
---@param arguments? table
---@return McpAnswer
function McpServer:call(name, arguments) end

---Any request; what it answers.
---@param method string
---@param params? table
---@return {result?: any, error?: {code: integer, message: string, data?: any}}
function McpServer:request(method, params) end

---Several requests, all sent before an answer is read; what they answer, in their order.
---@param requests {method: string, params?: table}[]
---@return {result?: any, error?: {code: integer, message: string, data?: any}}[]
function McpServer:pipeline(requests) end

---A notification, which has no answer.
---@param method string
---@param params? table
function McpServer:notify(method, params) end

---Sends a line as it is, which need be no message; the answer without an id that comes next.
---@param line string without its end
---@return {error?: {code: integer, message: string, data?: any}}
function McpServer:say(line) end

---The notifications that have come so far.
---@return table[]
---@nodiscard
function McpServer:notifications() end

---What it has written to standard error.
---@return string
---@nodiscard
function McpServer:logs() end

---Whether it still runs.
---@return boolean
---@nodiscard
function McpServer:alive() end

---Ends its input, then it, as of t:run.
---@return Result
function McpServer:stop() end

---Starts a server of the Model Context Protocol that talks over standard input and output, and finds out which revision it speaks. Anything on its standard output but messages, one a line, is a failure.
---@param t Check
---@param options McpOptions
---@return McpServer
function mcp(t, options) end

-- ---- language models ----

---A language model in the check's box: a deterministic server with OpenAI's interface. It proves plumbing, not the quality of a model.
---@class LlmStub
---@field url string "http://127.0.0.1:PORT", without /v1
---@field env table<string, string> OPENAI_BASE_URL and OPENAI_API_KEY, for the programs that are to use it
---@field model string the model that faults without a model are of
---@field port integer where it listens
local LlmStub = {}

---What goes wrong at the stub; exercises/shared/README.md has the meaning of each.
---@class LlmFault
---@field model? string a model, or "*" for all; else the stub's own
---@field status? integer 400 to 599
---@field retry_after? number seconds of Retry-After
---@field count? integer for so many requests
---@field delay? number seconds before the first byte
---@field gap? number seconds between two chunks
---@field drop_after? integer chunks, then the connection closes
---@field hang? boolean true: no answer
---@field closed? number alone: the port refuses connections for so many seconds
---@field position? number share, of a judge
---@field length? number share, of a judge
---@field noise? number share, of a judge
---@field unparseable? number share, of a judge

---What llm.stub is given.
---@class LlmStubOptions
---@field model? string default "stub-small"
---@field facts? string|table[] what the models know: a file of shared() or private(), which the learner's programs can read, or a list of {question, answer, wrong}, which they cannot
---@field faults? LlmFault|LlmFault[] as of stub:faults
---@field script? table[] what stub-script plays
---@field seed? integer from which answers without a seed of their own count

---Which calls are meant.
---@class LlmCalls
---@field model? string that was asked for
---@field path? string such as "/v1/embeddings"
---@field status? integer of the answer
---@field stream? boolean whether a stream was asked for

---A call that reached the stub.
---@class LlmCall
---@field n integer its number since the reset
---@field at number seconds since the reset
---@field path string such as "/v1/chat/completions"
---@field model? string that was asked for
---@field status? integer nil while nothing was answered
---@field stream boolean whether a stream was asked for
---@field seed? integer of the request, else what the stub took
---@field prompt_tokens integer of all messages and tools
---@field completion_tokens integer of an aborted stream those that were sent
---@field chunks integer of a stream
---@field finish_reason? string "stop", "length" or "tool_calls"
---@field content string what was answered
---@field tool_calls table[] that were answered
---@field done boolean it is over
---@field whole boolean its answer was sent to the end
---@field headers table<string, string> of the request, with names in lower case
---@field request any its JSON

---The calls since the reset, in the order of their arrival.
---@param wanted? LlmCalls only those whose fields are these
---@return LlmCall[]
---@nodiscard
function LlmStub:calls(wanted) end

---What the answered calls have cost.
---@param wanted? LlmCalls only those whose fields are these
---@return {prompt: integer, completion: integer, total: integer}
---@nodiscard
function LlmStub:tokens(wanted) end

---From now on these faults and no others.
---@param faults LlmFault|LlmFault[] {} for none
function LlmStub:faults(faults) end

---What stub-script plays from now on.
---@param steps table[]
function LlmStub:script(steps) end

---Makes it as it was when it started: no calls, the first faults, the first script.
function LlmStub:reset() end

---Whether it still runs.
---@return boolean
---@nodiscard
function LlmStub:alive() end

---Ends it.
function LlmStub:stop() end

---Language models for checks.
---@class llmlib
llm = {}

---Starts a stub, before the learner's services. It ends with the check. A program of the learner's that ends it fails the check.
---@param options? LlmStubOptions
---@return LlmStub
function llm.stub(options) end

-- ---- Kubernetes ----

---An object of Kubernetes, as YAML says it.
---@class KubernetesObject
---@field apiVersion string "apps/v1" …
---@field kind string "Deployment" …
---@field metadata table name, namespace, labels, annotations
---@field spec any what its kind has

---Which objects; what is left out may be anything.
---@class KubernetesWanted
---@field kind? string "Deployment" …
---@field name? string of metadata
---@field namespace? string an object without one is in "default"

---Objects of manifests.
---@class KubernetesObjects: KubernetesObject[]
local KubernetesObjects = {}

---Those of a kind, name and namespace, perhaps none.
---@param wanted KubernetesWanted
---@return KubernetesObjects
---@nodiscard
function KubernetesObjects:select(wanted) end

---The one of a kind, name and namespace; none and several are failures.
---@param wanted KubernetesWanted
---@return table object
function KubernetesObjects:one(wanted) end

---Manifests of Kubernetes.
---@class k8slib
k8s = {}

---The objects of a file, of what a folder's kustomization makes, or of the YAML files in a folder without one; what is wrong in them is a failure with file and line.
---@param path string|File
---@return KubernetesObjects
function k8s.load(path) end

---Where an object begins: "k8s/app.yaml:12".
---@param object table
---@return string
---@nodiscard
function k8s.where(object) end

---A quantity as a number, exact where it is whole; with a unit a whole number of these, rounded up. nil and null are nil.
---@param value any "500m", "1.5Gi" or a number
---@param unit? string a suffix: "m", "Mi" …
---@return number?
function k8s.quantity(value, unit) end

---The spec of the pods that an object makes; nil for kinds without pods.
---@param object table
---@return table? spec
---@nodiscard
function k8s.pod_spec(object) end

---Whether a Service, policy, budget or workload takes the pods of an object.
---@param owner table what selects
---@param pod table a Pod or a workload
---@return boolean
---@nodiscard
function k8s.selects(owner, pod) end

---The pod's port to which a Service's port leads; or nil and why it leads nowhere.
---@param service table
---@param pod table a Pod or a workload
---@param port? string|integer name or number; default: the first
---@return integer? number, string? why
---@nodiscard
function k8s.target_port(service, pod, port) end

---What happens to a program in a container.
---@class ProbesStory
---@field load? number seconds from a start until probes are answered, default 0
---@field hang? number the second from which nothing is answered until a restart
---@field seconds? number how long the story lasts, default 600
---@field container? string its name, default: the first
---@field port? integer where the program listens; default: wherever a probe asks
---@field paths? table<string, number> seconds from which a path is answered; other paths never are
---@field stop? number seconds that the program takes to stop, default 0

---What the kubelet did.
---@class ProbesResult
---@field restarts {at: number, probe: string}[] when, and for which probe: "startup" or "liveness"
---@field ready_at? number the first second of readiness; nil: never
---@field changes {at: number, ready: boolean}[] of readiness
---@field ready boolean whether it is ready at the end

---What the kubelet would do with a container, in simulated time.
---@param pod table a Pod or a workload
---@param story ProbesStory
---@return ProbesResult
function k8s.probes(pod, story) end

---How the cluster is that is drained.
---@class DrainOptions
---@field nodes? integer 1 to 50, default 2
---@field packed? boolean true: the pods are all on one node where they may

---What draining came to.
---@class DrainResult
---@field drained boolean every node could be drained
---@field least_ready integer the fewest pods that were ready at any time
---@field why? string what holds the drain up
---@field node? integer which node that is

---Drains each node in turn, under the budgets of the manifests.
---@param objects KubernetesObjects
---@param workload table a Deployment, StatefulSet or ReplicaSet
---@param options? DrainOptions
---@return DrainResult
function k8s.drain(objects, workload, options) end

---An end of a flow that is no object of the manifests.
---@class FlowEnd
---@field namespace? string default "default", unless an ip stands alone
---@field labels? table<string, string> of the pod
---@field ip? string of IPv4; alone it is outside of the cluster
---@field ports? table<string, integer> the pod's named ports

---A flow of packets.
---@class Flow
---@field from FlowEnd or a Pod or a workload of the manifests
---@field to FlowEnd likewise
---@field port integer of the receiver
---@field protocol? string "TCP" (default), "UDP" or "SCTP"

---Whether the network policies let a flow through; why not.
---@param objects KubernetesObjects
---@param flow Flow
---@return boolean open, string? why
---@nodiscard
function k8s.reachable(objects, flow) end

-- ---- containers ----

---What `docker build` hands to the engine.
---@class BuildContext
---@field files string[] paths of the files and links, relative to the folder, in byte order
---@field sizes table<string, integer> bytes by path; of a link, those of its text
---@field size integer bytes of all files
---@field ignore_file? string the file that decided, relative to the work; nil when there is none
local BuildContext = {}

---Whether the file is there and reaches the engine.
---@param path string relative to the folder
---@return boolean
---@nodiscard
function BuildContext:has(path) end

---Whether a file of that path would reach the engine if it were there; also of paths that no work can hold, such as ".git/config".
---@param path string relative to the folder
---@return boolean
---@nodiscard
function BuildContext:admits(path) end

---The line of the ignore file that decides about a path; nil when none does.
---@param path string relative to the folder
---@return {line: integer, pattern: string}?
---@nodiscard
function BuildContext:rule(path) end

---The build context of a folder, as its .dockerignore leaves it. A malformed line is a failure.
---@param folder? string relative to the work, default "."
---@param options? {dockerfile?: string} the Dockerfile, relative to the work, whose own NAME.dockerignore comes first; default: Dockerfile in the folder
---@return BuildContext
---@nodiscard
function build_context(folder, options) end

---A Dockerfile as Docker understands it.
---@class Dockerfile
---@field path string where it was read, relative to the work
---@field directives table<string, string> `escape`, `syntax`, `check`, as its first comments set them
---@field instructions DockerInstruction[] of all stages, in order
---@field args table<string, string> values of the ARGs before the first FROM
local Dockerfile = {}

---All stages, in order.
---@return DockerStage[]
---@nodiscard
function Dockerfile:stages() end

---A stage by its name, or by its number, counted from 1; that there is none is a failure.
---@param key string|integer
---@return DockerStage
---@nodiscard
function Dockerfile:stage(key) end

---The last stage, which is built when none is named.
---@return DockerStage
---@nodiscard
function Dockerfile:final() end

---The instructions of the given names, of all stages, in order.
---@param ... string "COPY", "ADD"; in any case
---@return DockerInstruction[]
---@nodiscard
function Dockerfile:select(...) end

---What a FROM begins.
---@class DockerStage
---@field name? string what stands behind AS, in lower case
---@field index integer its number, counted from 1
---@field line integer of its FROM
---@field where string "Dockerfile:12"
---@field base DockerImage the image of its FROM
---@field platform? string of --platform
---@field instructions DockerInstruction[] its FROM and all that follow
local DockerStage = {}

---Its own instructions of the given names, in order.
---@param ... string
---@return DockerInstruction[]
---@nodiscard
function DockerStage:select(...) end

---Its own COPY and ADD instructions, in order.
---@return DockerInstruction[]
---@nodiscard
function DockerStage:copies() end

---The last USER, also of the stages it is built on; nil when the base image decides.
---@return string?
---@nodiscard
function DockerStage:user() end

---The working folder at its end; "/" when no WORKDIR says otherwise.
---@return string
---@nodiscard
function DockerStage:workdir() end

---The command that its containers begin with; nil when the base image decides.
---@return DockerInstruction?
---@nodiscard
function DockerStage:entrypoint() end

---The arguments, or the command where there is no entry point; nil when the base image decides.
---@return DockerInstruction?
---@nodiscard
function DockerStage:cmd() end

---The last HEALTHCHECK; nil when the base image decides.
---@return DockerInstruction?
---@nodiscard
function DockerStage:healthcheck() end

---The last STOPSIGNAL.
---@return string?
---@nodiscard
function DockerStage:stopsignal() end

---The variables that it sets by ENV.
---@return table<string, string>
---@nodiscard
function DockerStage:env() end

---The values of its ARGs.
---@return table<string, string>
---@nodiscard
function DockerStage:args() end

---Its labels.
---@return table<string, string>
---@nodiscard
function DockerStage:labels() end

---The ports that it exposes, by number.
---@return DockerPort[]
---@nodiscard
function DockerStage:exposed() end

---The folders of its VOLUMEs, sorted.
---@return string[]
---@nodiscard
function DockerStage:volumes() end

---The stages that it is built on or takes files from, and theirs, in order.
---@return DockerStage[]
---@nodiscard
function DockerStage:needs() end

---An image as FROM names it.
---@class DockerImage
---@field raw string as written
---@field image string with its variables filled in
---@field repository? string without tag and digest; nil for a stage
---@field tag? string such as "3.11-slim"
---@field digest? string "sha256:…"
---@field stage? integer the number of the stage that it is, when it is one

---An instruction. Which fields it has beside the first ones depends on its name.
---@class DockerInstruction
---@field name string in upper case
---@field args string[] its arguments, variables filled in where Docker does it; a command in shell form is one text
---@field raw string as written, its lines joined
---@field number integer its place among all, counted from 1
---@field line integer its first line
---@field last_line integer its last one, heredocs included
---@field where string "Dockerfile:12"
---@field flags table<string, any> by name without "--"; those that may come again are lists, those without a value true
---@field json boolean its arguments are a JSON list
---@field undefined string[] variables that it uses and nothing sets
---@field heredocs DockerHeredoc[] the documents that follow it
---@field form? "exec"|"shell"|"none" of RUN, CMD, ENTRYPOINT, SHELL, HEALTHCHECK
---@field argv? string[] of those, what is run, the shell included
---@field text? string of those in shell form, the text for the shell
---@field names? string[] of ARG, ENV, LABEL
---@field values? table<string, string> of ARG, ENV, LABEL; an ARG without a default has none
---@field sources? string[] of COPY, ADD, without heredocs
---@field to? string of COPY, ADD, as written
---@field path? string of COPY, ADD, `to` below the working folder
---@field from? string of COPY, --from
---@field stage? integer of COPY, the number of the stage that --from names; nil when it is an image
---@field mounts? DockerMount[] of RUN
---@field user? string of RUN, COPY, ADD, the user at that point; nil when the base image decides
---@field workdir? string of RUN, COPY, ADD, the working folder at that point
---@field interval? number of HEALTHCHECK, seconds
---@field timeout? number of HEALTHCHECK, seconds
---@field start_period? number of HEALTHCHECK, seconds
---@field start_interval? number of HEALTHCHECK, seconds
---@field retries? integer of HEALTHCHECK
---@field onbuild? DockerInstruction of ONBUILD, what it puts off, nothing filled in

---A document within an instruction.
---@class DockerHeredoc
---@field name string the word that ends it
---@field text string its lines
---@field expand boolean false when the word is quoted: no variables are filled in
---@field chomp boolean "<<-": tabs before its lines are taken away
---@field descriptor? integer before "<<"

---One --mount of a RUN; other keys are as they are written.
---@class DockerMount
---@field type string "bind" when it is not told
---@field target? string where it is seen
---@field source? string what is seen there
---@field from? string a stage or an image
---@field stage? integer the number of the stage that `from` names
---@field id? string of a cache, a secret or a socket
---@field readonly? boolean|string `true`, or as written

---A port that an image exposes.
---@class DockerPort
---@field port integer 1 to 65535
---@field protocol string "tcp", "udp" or "sctp"

---Reads a Dockerfile of the work. One that Docker would not build from is a failure that names the line.
---@param path? string relative to the work, default "Dockerfile"
---@param options? {args?: table<string, string|number>} values of --build-arg
---@return Dockerfile
---@nodiscard
function dockerfile(path, options) end

---A compose file as `docker compose` understands it.
---@class Compose
---@field path string where it was read, relative to the work
---@field name? string of the project
---@field services table<string, ComposeService> by name
---@field networks table<string, table> by name, as they are declared
---@field volumes table<string, table> by name, as they are declared
---@field secrets table<string, table> by name, as they are declared
---@field configs table<string, table> by name, as they are declared
---@field undefined string[] variables that it uses and nothing sets
local Compose = {}

---A service by its name; that there is none is a failure.
---@param name string
---@return ComposeService
---@nodiscard
function Compose:service(name) end

---Names of the services, each behind those that it depends on.
---@return string[]
---@nodiscard
function Compose:order() end

---A service. Fields that are not named here are as they are written.
---@class ComposeService: table<string, any>
---@field name string its key
---@field line integer where it begins
---@field where string "compose.yaml:12"
---@field image? string such as "postgres:16"
---@field build? table {context, dockerfile, target, args, …}
---@field command? string[] a text is split into words
---@field entrypoint? string[] likewise
---@field environment table<string, any> texts by name, those of env_file included; json.null when nothing sets one
---@field env_file? {path: string, required: boolean}[] the files of variables
---@field ports? ComposePort[] one for each port of a range
---@field expose? string[] ports for other services
---@field volumes? ComposeVolume[] what is mounted
---@field healthcheck? ComposeHealth how its health is asked
---@field depends_on? table<string, {condition: string, required: boolean, restart?: boolean}> by service
---@field networks? table<string, table> settings by network
---@field labels? table<string, string> by name
---@field secrets? table[] {source, target, …}
---@field configs? table[] {source, target, …}
---@field user? string|integer who runs it
---@field restart? string "no", "always", "on-failure", "unless-stopped"
---@field read_only? boolean its root file system cannot be written
---@field privileged? boolean it has all rights
---@field cap_add? string[] capabilities
---@field cap_drop? string[] capabilities
---@field tmpfs? string[] folders in memory
---@field profiles? string[] those that start it
---@field deploy? table as it is written

---A port of a service.
---@class ComposePort
---@field target integer in the container
---@field published? integer|string on the host; a text is a range to choose from; nil when any will do
---@field host? string address on the host; nil for all
---@field protocol string "tcp", "udp" …
---@field mode? string as it is written
---@field name? string as it is written

---What a service has mounted.
---@class ComposeVolume
---@field type string "volume", "bind", "tmpfs" …
---@field source? string a declared volume, or a path; nil when the volume has no name
---@field target? string the folder in the container
---@field read_only boolean it cannot be written

---How the health of a service is asked.
---@class ComposeHealth
---@field form? "exec"|"shell"|"none" nil when no test is given, and the image's holds
---@field test? string[] with CMD, CMD-SHELL or NONE before it
---@field argv? string[] of "exec"
---@field text? string of "shell"
---@field interval? number seconds
---@field timeout? number seconds
---@field start_period? number seconds
---@field start_interval? number seconds
---@field retries? integer failures in a row

---Reads a compose file of the work. One that docker compose would refuse is a failure that names the line.
---@param path? string relative to the work; default: compose.yaml, compose.yml, docker-compose.yml or docker-compose.yaml, the first that is there
---@param options? {env?: table<string, string|number>} variables, before those of the file .env beside it
---@return Compose
---@nodiscard
function compose(path, options) end

-- ---- the container engine ----

---What docker.build takes.
---@class DockerBuildOptions
---@field context? string folder of the work, default "."
---@field file? string the Dockerfile, relative to the work, default Dockerfile in the context; it lies in the context
---@field tag? string a name for the image, until the attempt ends
---@field target? string the stage to build
---@field build_args? table<string, string> values of ARG
---@field timeout? number seconds, default 300
---@field may_fail? boolean true: what cannot be built is nil and a message, not a failure

---An image that was built.
---@class DockerBuilt
---@field image string its id, "sha256:…"
---@field log string what the build said; its end, when it is long
---@field seconds number wall time

---What docker.run takes.
---@class DockerRunOptions
---@field [integer] string|number instead of the image's own command (CMD)
---@field image string id or name
---@field entrypoint? string[] instead of the image's own
---@field env? table<string, string|number> variables
---@field user? string|integer "12345", "app:app"
---@field read_only? boolean nothing but tmpfs and mounts can be written
---@field tmpfs? string[] folders in memory, such as "/tmp"
---@field memory? integer|string bytes, or "512MiB"; default: the exercise's limit
---@field capabilities? string[] such as "NET_BIND_SERVICE"; default: none at all
---@field mounts? table<string, string> {["/data"] = "folder of the work"}: copies of it, as volumes
---@field network? "none" the only one there is
---@field timeout? number seconds, default: the exercise's
---@field may_time_out? boolean a timeout is a result, not a verdict
---@field may_exceed? boolean any limit is a result, not a verdict

---As DockerRunOptions; without timeout, may_time_out and may_exceed.
---@class DockerServiceOptions: DockerRunOptions
---@field port? integer where it listens in the container
---@field ready ReadyOptions http or log

---Images and containers of the container engine; without one, checks that call these are blocked.
---@class dockerlib
docker = {}

---Builds an image from a folder of the work, as `docker build --network none` does: what .dockerignore leaves out is not sent, and
---the Dockerfile always is. One that cannot be built is a failure with the end of the log; a base image that cannot be had blocks the check.
---@param options DockerBuildOptions
---@return DockerBuilt? built, string? message, string? log
function docker.build(options) end

---What the engine knows of an image, in its own words (Config, Size, RootFS …); nil when there is none of that name.
---@param image string id or name
---@return table?
---@nodiscard
function docker.inspect(image) end

---The steps that made an image, the newest first, in the engine's words: CreatedBy, Size, Comment …
---@param image string id or name
---@return table[]
---@nodiscard
function docker.history(image) end

---Runs a container to its end, without network and privileges.
---@param options DockerRunOptions
---@return Result
function docker.run(options) end

---Starts a container that stays until the check ends, and waits until it is ready. One that ends or does not get ready is a failure.
---@param options DockerServiceOptions
---@return Container
function docker.service(options) end

---A container that stays: a service, whose port is the one of this machine's loopback that leads to it.
---@class Container: Service
---@field image string as it was given
local Container = {}

---Runs a further program in the container, to its end.
---@param options {[integer]: string|number, timeout?: number} the program and its arguments; timeout in seconds, default 30
---@return Result
function Container:exec(options) end

---Runs the image's own health check, once. An image without one is a failure.
---@return Result
function Container:health() end
