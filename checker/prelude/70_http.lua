-- http.request{…} and http.load{…}: HTTP to what runs on this machine. What a request answers has methods of its own.

local curl, json, lab = curl, json, lab

local DEFAULT_TIMEOUT, DEFAULT_METHOD, LOAD_SECONDS, LOAD_SECONDS_MOST = 10, "GET", 60, 600

local request_options = {
  url = "string", port = "integer", path = "string", method = "string", headers = "table", body = "string",
  json = "any", timeout = "number", follow = "boolean", stream = "boolean", verify = "boolean", ca = "string",
}
local load_options = {requests = "integer", concurrency = "integer", within = "number"}
for name, wanted in pairs(request_options) do load_options[name] = wanted end
load_options.stream = nil

-- ---- what is asked ----

--- A text as it may stand in a url; `safe` are further bytes that stand for themselves.
function lab.url_encoded(text, safe)
  return (text:gsub("[^%w_.~" .. (safe or "") .. "-]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

local function address(what, given)
  if given.url then
    if given.port or given.path then lab.misuse("%s: give either url, or port and path", what) end
    if not given.url:find("^https?://[^%c ]+$") then
      lab.misuse("%s: url must begin with http:// or https:// and have no blanks, got '%s'", what, given.url)
    end
    return given.url
  end
  if not given.port then lab.misuse("%s: url, or port and path, is missing", what) end
  if given.port < 1 or given.port > 65535 then lab.misuse("%s: port must be 1 to 65535, got %d", what, given.port) end
  local path = given.path or "/"
  if not path:find("^/[^%c ]*$") then
    lab.misuse("%s: path must begin with '/' and have no blanks, got '%s'", what, path)
  end
  return ("http://127.0.0.1:%d%s"):format(given.port, path)
end

local function header_line(what, name, value)
  if type(name) ~= "string" or not name:find("^[%w!#$%%&'*+.^_`|~-]+$") then
    lab.misuse("%s: '%s' is no name of a header", what, tostring(name))
  end
  local text = tostring(value)
  if type(value) ~= "string" and type(value) ~= "number" or text:find("%c") then
    lab.misuse("%s: the header '%s' must be text on one line", what, name)
  end
  return text == "" and name .. ";" or ("%s: %s"):format(name, text) -- libcurl sends "name;" as an empty header
end

local function header_lines(what, given, has_json)
  local lines, has_type = {}, false
  for name, value in pairs(given.headers or {}) do
    lines[#lines + 1] = header_line(what, name, value)
    has_type = has_type or name:lower() == "content-type"
  end
  if not has_type then
    -- libcurl would call every body a form
    local type_name = has_json and "application/json" or given.body and "text/plain"
    if type_name then lines[#lines + 1] = "Content-Type: " .. type_name end
  end
  table.sort(lines)
  return lines
end

local function body_of(what, given)
  if given.json == nil then return given.body end
  if given.body then lab.misuse("%s: give either body or json", what) end
  local fine, text = pcall(json.encode, given.json)
  if not fine then lab.misuse("%s: json: %s", what, tostring(text):gsub("^.-: ", "")) end
  return text
end

local function timeout_of(what, given)
  local timeout = given.timeout or DEFAULT_TIMEOUT
  if not (timeout > 0 and timeout <= 3600) then
    lab.misuse("%s: timeout must be above 0 and at most 3600 seconds", what)
  end
  return timeout
end

--- The table that curl takes.
local function request_of(what, given)
  local method = given.method or ((given.body or given.json ~= nil) and "POST" or DEFAULT_METHOD)
  if not method:find("^[A-Z]+$") then lab.misuse("%s: method must be in capital letters, got '%s'", what, method) end
  return {
    url = address(what, given), method = method, headers = header_lines(what, given, given.json ~= nil),
    body = body_of(what, given), timeout = timeout_of(what, given), follow = given.follow or false,
    stream = given.stream or false, unverified = given.verify == false, authority = given.ca,
  }
end

-- ---- what is answered ----

local Response = {}

--- The body as JSON; one that is none is a failure of the learner's program.
function Response:json()
  return lab.decode("json", self.body, self.what)
end

--- The value of a header, whose name may be in any case; nil when there is none.
function Response:header(name)
  lab.argument("header: the name", name, "string")
  return self.headers[name:lower()]
end

--- Tells the seconds at which the byte at an offset of the body had arrived, nil when that is unknown. The offsets that
--- it is asked for never go back, so that the chunks are gone through once.
local function arrivals(chunks)
  chunks = chunks or {}
  local last, bytes = 0, 0
  return function(offset)
    while bytes < offset and chunks[last + 1] do
      last = last + 1
      bytes = bytes + #chunks[last].data
    end
    return bytes >= offset and chunks[last].at or nil
  end
end

--- Takes one field of an event: "data: text", ": a comment".
local function take_field(event, line)
  local name, value = line:match("^([^:]*):? ?(.*)$")
  if name == "data" then event.lines[#event.lines + 1] = value
  elseif name == "event" then event.event = value
  elseif name == "id" then event.id = value
  end
end

local function read_events(body, chunks)
  local events, event, arrived = {}, {lines = {}}, arrivals(chunks)
  local start = body:find("^\xEF\xBB\xBF") and 4 or 1
  while true do
    local from, to = body:find("\r?\n", start)
    if not from then return json.list(events) end
    local line = body:sub(start, from - 1)
    start = to + 1
    if line ~= "" then take_field(event, line)
    else
      if #event.lines > 0 then
        events[#events + 1] = {event = event.event or "message", data = table.concat(event.lines, "\n"), id = event.id,
          at = arrived(to)}
      end
      event = {lines = {}, id = event.id}
    end
  end
end

--- The server-sent events of the body, as a list of {event, data, id, at}; `at` only of a streamed answer. An event
--- whose blank line has not come does not count. Source: HTML standard, 9.2.6.
function Response:events()
  return lab.fitting(self.what, self.body, read_events, self.chunks)
end

Response.__index = Response
Response.__name = "response"

--- Gives an answer its methods; `what` names it in messages.
function lab.http_response(answer, what)
  answer.what = what
  return setmetatable(answer, Response)
end

-- ---- the functions ----

http = {}

function http.request(given)
  lab.enter("http.request")
  lab.argument("http.request: the options", given, "table")
  lab.options("http.request", given, request_options)
  local request = request_of("http.request", given)
  local what = ("%s %s"):format(request.method, request.url)
  local answer, message = curl.request(request)
  if not answer then return nil, ("%s: %s"):format(what, message) end
  return lab.http_response(answer, what)
end

function http.load(given)
  lab.enter("http.load")
  lab.argument("http.load: the options", given, "table")
  lab.options("http.load", given, load_options)
  local count, concurrency = given.requests or 100, given.concurrency or 4
  if count < 1 or count > 100000 then lab.misuse("http.load: requests must be 1 to 100000, got %d", count) end
  if concurrency < 1 or concurrency > 256 then
    lab.misuse("http.load: concurrency must be 1 to 256, got %d", concurrency)
  end
  local seconds = given.within or LOAD_SECONDS
  if not (seconds > 0 and seconds <= LOAD_SECONDS_MOST) then
    lab.misuse("http.load: within must be above 0 and at most %d seconds", LOAD_SECONDS_MOST)
  end
  local request = request_of("http.load", given)
  local figures, message = curl.load(request, count, concurrency, seconds)
  if not figures then return nil, ("%s %s: %s"):format(request.method, request.url, message) end
  return figures
end
