---@meta
-- Types of the groups data, numbers and http, for the Lua language server.

-- ---- data ----

---null of JSON, as a value of its own, since nil cannot stand in a table.
---@class null

---What a decoder takes beside the text: a name that stands in its messages.
---@class DecodeOptions
---@field name? string of the text, in messages: "out.json:3:7: …"; default: the format's name

---@class YamlOptions: DecodeOptions
---@field all? boolean a list of all documents; without it more than one is an error

---@class CsvDecodeOptions: DecodeOptions
---@field header? boolean the first row names the columns (default true); false: rows are lists
---@field separator? string one character, default ","

---@class CsvEncodeOptions
---@field columns? string[] names of the columns, in their order
---@field separator? string one character, default ","

---@class IndentOptions
---@field indent? integer spaces a level, 0 (compact, the default) to 8

---@class jsonlib
---@field null null
json = {}

---The value of a JSON text; or nil and "name:line:column: what is wrong". Duplicate keys, NaN, integers beyond 64 bits and
---more than 200 levels are errors. Integers stay integers; null becomes json.null.
---@param text string
---@param options? string|DecodeOptions a name for messages, or options
---@return any value, string? message
function json.decode(text, options) end

---The JSON text of a value, keys in byte order. Raises for what JSON has no form for; bytes that are not UTF-8 become U+FFFD.
---@param value any
---@param options? IndentOptions
---@return string text
function json.encode(value, options) end

---The values of JSON Lines, one a line; blank lines are skipped.
---@param text string
---@param options? string|DecodeOptions
---@return any[]? values, string? message
function json.lines(text, options) end

---Marks a table as a list, so that it is one even when it is empty.
---@generic T: table
---@param table T
---@return T table
function json.list(table) end

yaml = {}

---The value of a YAML 1.2 text (core types; anchors and aliases allowed; no duplicate keys); or nil and a message with line and column.
---@param text string
---@param options? string|YamlOptions
---@return any value, string? message
function yaml.decode(text, options) end

---YAML in block style, keys in byte order; text that any reader could take for something else is quoted.
---@param value any
---@return string text
function yaml.encode(value) end

toml = {}

---The value of a TOML 1.0 text; or nil and a message. Dates and times stay text, as written; inf and nan become text.
---@param text string
---@param options? string|DecodeOptions
---@return table? value, string? message
function toml.decode(text, options) end

---TOML: of each table its own pairs first, then the tables in it. Raises for null.
---@param value table
---@return string text
function toml.encode(value) end

---Rows, and the names of their columns.
---@class CsvRows: table[]
---@field header? string[]

csv = {}

---The rows of a CSV text (RFC 4180; LF or CRLF; empty lines are skipped); fields stay text. Rows of another length, quotes that are
---never closed, and a column named twice are errors.
---@param text string
---@param options? string|CsvDecodeOptions
---@return CsvRows? rows, string? message
function csv.decode(text, options) end

---CSV from a list of rows: lists, or tables by column. Rows from csv.decode keep the order of their columns; others are sorted.
---@param rows table[]
---@param options? CsvEncodeOptions
---@return string text
function csv.encode(rows, options) end

---@class XmlElement
---@field name string as written, with its prefix
---@field attributes table<string, string>
---@field children XmlElement[]
---@field text string its own character data, joined, as it is

xml = {}

---The root element of an XML text; or nil and a message. Document type declarations are refused.
---@param text string
---@param options? string|DecodeOptions
---@return XmlElement? root, string? message
function xml.decode(text, options) end

---XML of an element; attributes, children and text may be missing.
---@param element table
---@param options? IndentOptions
---@return string text
function xml.encode(element, options) end

dotenv = {}

---The values of a .env text by name; or nil and a message.
---@param text string
---@param options? string|DecodeOptions
---@return table<string, string>? values, string? message
function dotenv.decode(text, options) end

---A .env text; values are quoted where needed.
---@param values table<string, string|number|boolean>
---@return string text
function dotenv.encode(values) end

ini = {}

---The sections of an INI text, each a table of texts; keys before the first section stand beside the sections. Or nil and a message.
---@param text string
---@param options? string|DecodeOptions
---@return table<string, string|table<string, string>>? sections, string? message
function ini.decode(text, options) end

---An INI text. Raises for what would not read back the same.
---@param sections table
---@return string text
function ini.encode(sections) end

---What stands at a path: `.a.b`, `."odd key"`, `[0]`, `[-1]`, `[]`, `[?key=value]`. With `[]` or `[?…]` a list of all that was found, else the
---value, or nil. What is missing or of another shape is nil; a path that cannot be read is the author's mistake.
---@param value any
---@param path string
---@return any found
function jq(value, path) end

---@class SchemaProblem
---@field path string as jq takes it
---@field message string

---Whether a value fits a JSON Schema (draft-07), and if not, why.
---@param value any
---@param json_schema table|boolean
---@return boolean fits, SchemaProblem[]? problems
function schema(value, json_schema) end

-- ---- numbers ----

---@class BootstrapOptions
---@field samples? integer 10 to 100000, default 1000
---@field level? number 0.5 to 0.9999, default 0.95
---@field seed? integer default 0; the same seed gives the same answer
---@field statistic? fun(values: number[]): number default: the mean

stats = {}

---@param values number[]
---@return number
function stats.mean(values) end

---Of a sample: divides by n - 1.
---@param values number[]
---@return number
function stats.stdev(values) end

---Linear between order statistics (Hyndman and Fan's type 7, as NumPy's default).
---@param values number[]
---@param q number 0 to 1
---@return number
function stats.quantile(values, q) end

---@param actual number[]
---@param predicted number[]
---@return number
function stats.rmse(actual, predicted) end

---@param actual number[]
---@param predicted number[]
---@return number
function stats.mae(actual, predicted) end

---@param labels (0|1|boolean)[]
---@param probabilities number[]
---@return number
function stats.log_loss(labels, probabilities) end

---@param labels (0|1|boolean)[]
---@param probabilities number[]
---@return number
function stats.brier(labels, probabilities) end

---@param labels (0|1|boolean)[]
---@param scores number[] higher means more likely 1
---@return number
function stats.auc(labels, scores) end

---@param labels (0|1|boolean)[]
---@param probabilities number[]
---@param bins? integer default 10
---@return number
function stats.ece(labels, probabilities, bins) end

---@param actual any[] classes: numbers, texts or booleans
---@param predicted any[]
---@param positive? any the class that counts, default 1 (which true is, too)
---@return number
function stats.f1(actual, predicted, positive) end

---@param first any[] classes
---@param second any[]
---@param weights? "none"|"linear"|"quadratic" default "none"
---@return number
function stats.kappa(first, second, weights) end

---@param expected number[]
---@param actual number[]
---@param bins? integer 2 to 1000, default 10
---@return number
function stats.psi(expected, actual, bins) end

---@param first number[]
---@param second number[]
---@return {statistic: number, p: number}
function stats.ks(first, second) end

---Of counts against expected counts (default: equal ones), or of a table of counts, for independence.
---@param observed number[]|number[][]
---@param expected? number[]
---@return {statistic: number, dof: integer, p: number}
function stats.chi2(observed, expected) end

---@param values number[]
---@param options? BootstrapOptions
---@return {estimate: number, low: number, high: number, error: number}
function stats.bootstrap(values, options) end

-- ---- http ----

---@class HttpRequest
---@field url? string http://… or https://… on this machine
---@field port? integer instead of url, with path
---@field path? string default "/"
---@field method? string in capitals; default GET, or POST when there is something to send
---@field headers? table<string, string|number>
---@field body? string sent as it is
---@field json? any sent as JSON
---@field timeout? number seconds of the whole exchange, default 10
---@field verify? boolean https: false takes any certificate
---@field ca? string https: certificates to trust, PEM

---@class HttpRequestOptions: HttpRequest
---@field follow? boolean follows up to 5 redirects
---@field stream? boolean keeps chunks with their times; a timeout then ends the answer instead of failing

---@class HttpLoadOptions: HttpRequest
---@field requests? integer 1 to 100000, default 100
---@field concurrency? integer 1 to 256, default 4
---@field follow? boolean

---@class HttpEvent
---@field event string "message" unless named
---@field data string
---@field id? string
---@field at? number seconds from the request, of a streamed answer

---@class HttpResponse
---@field status integer
---@field headers table<string, string> names in lower case; one that came twice has its values joined by ", "
---@field body string
---@field seconds number
---@field url string the last one, after redirects
---@field chunks? {at: number, data: string}[] of a streamed answer
---@field timed_out? boolean of a streamed answer
---@field tls? {version: string, cipher: string, subject: string, issuer: string, not_before: string, not_after: string}
local HttpResponse = {}

---The body as JSON; a body that is none fails the check.
---@return any
function HttpResponse:json() end

---The value of a header, whatever the case of its name.
---@param name string
---@return string?
function HttpResponse:header(name) end

---The server-sent events of the body.
---@return HttpEvent[]
function HttpResponse:events() end

---@class HttpFigures
---@field requests integer
---@field errors integer those without an answer
---@field first_error? string
---@field statuses table<integer, integer> how often each came
---@field p50 number seconds, of the answered requests, as the next four
---@field p95 number
---@field p99 number
---@field max number
---@field mean number
---@field seconds number of all
---@field requests_per_second number

http = {}

---One request to a program on this machine; nil and a message when no answer came. Any status is an answer.
---@param options HttpRequestOptions
---@return HttpResponse? response, string? message
function http.request(options) end

---The same request many times, some at once; nil and a message when none was answered.
---@param options HttpLoadOptions
---@return HttpFigures? figures, string? message
function http.load(options) end
