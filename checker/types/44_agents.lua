---@meta
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
