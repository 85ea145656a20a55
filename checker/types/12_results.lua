---@meta
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
