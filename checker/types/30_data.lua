---@meta
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
