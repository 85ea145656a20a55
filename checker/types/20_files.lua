---@meta
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
