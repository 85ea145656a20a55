-- otlp.spans(path) and otlp.sink{…}: traces, as the collector of exercises/shared/ keeps them, one span a line.

local lab, json = lab, json

local FILES = {"otlpsink.py", "otlpsink_spans.py", "labhttp.py"}
local SPANS_MOST = 20000

local where_options = {name = "string", kind = "string", status = "string", scope = "string", trace = "string",
  attributes = "table", resource = "table"}

otlp = {}

-- ---- a line ----

local span_fields = {traceId = "string", spanId = "string", parentSpanId = "string", name = "string", kind = "string",
  startTimeUnixNano = "integer", endTimeUnixNano = "integer", attributes = "table", resource = "table"}

local type_words = {string = "a text", integer = "an integer", table = "an object"}

local function is_of(value, wanted)
  return (wanted == "integer" and math.type(value) or type(value)) == wanted
end

--- What a span lacks, in words; nil when it is one.
local function lacking(span)
  if type(span) ~= "table" then return "a span, which is an object" end
  for _, field in ipairs(lab.sorted_keys(span_fields)) do
    local wanted = span_fields[field]
    if not is_of(span[field], wanted) then return ("a span, with %s for its %s"):format(type_words[wanted], field) end
  end
end

--- A span as the sink writes it; what is none is a failure that names the line.
local function read_span(path, number, line)
  local where = {file = path, line = number}
  local what = ("%s:%d"):format(path, number)
  local span, message = json.decode(line)
  if span == nil then lab.fail {what = what, expected = "a line of JSON", actual = message, where = where} end
  local expected = lacking(span)
  if expected then lab.fail {what = what, expected = expected, actual = lab.render(span), where = where} end
  return span
end

-- ---- many ----

local Spans = {}
lab.methods.spans = Spans

local function new(name, list)
  local by_id, by_parent = {}, {}
  for _, span in ipairs(list) do
    by_id[span.traceId .. span.spanId] = span
    local parent = span.traceId .. span.parentSpanId
    by_parent[parent] = by_parent[parent] or lab.list {}
    table.insert(by_parent[parent], span)
  end
  return setmetatable({name = name, all = lab.list(list), by_id = by_id, by_parent = by_parent},
    {__index = Spans, __metatable = false})
end

local function check_self(self, what)
  lab.enter(what)
  if type(self) ~= "table" or not rawget(self, "by_parent") then lab.misuse("%s must be called with a colon", what) end
end

local function has(values, wanted)
  for key, value in pairs(wanted or {}) do
    if values[key] ~= value then return false end
  end
  return true
end

local function fits(span, wanted)
  return (not wanted.name or span.name == wanted.name) and (not wanted.kind or span.kind == wanted.kind)
    and (not wanted.status or (span.status or {}).code == wanted.status)
    and (not wanted.scope or span.scope == wanted.scope) and (not wanted.trace or span.traceId == wanted.trace)
    and has(span.attributes, wanted.attributes) and has(span.resource, wanted.resource)
end

--- The spans of which all of this is true, in the order of their arrival.
function Spans:where(wanted)
  check_self(self, "where")
  lab.options("where", lab.argument("where: the fields", wanted, "table"), where_options)
  local found = lab.list {}
  for _, span in ipairs(self.all) do
    if fits(span, wanted) then found[#found + 1] = span end
  end
  return found
end

--- The first span of that name; none is a failure.
function Spans:find(name)
  check_self(self, "find")
  lab.argument("find: the name", name, "string")
  local names = {}
  for _, span in ipairs(self.all) do
    if span.name == name then return span end
    names[span.name] = true
  end
  lab.fail {what = self.name, expected = "a span " .. name,
    actual = "there is none" .. lab.nearest(name, lab.sorted_keys(names))}
end

--- The spans that name this one as their parent.
function Spans:children(span)
  check_self(self, "children")
  lab.argument("children: the span", span, "table")
  return self.by_parent[lab.argument("children: its traceId", span.traceId, "string") .. span.spanId] or lab.list {}
end

--- The span that this one names as its parent; nil for a root, and for one whose parent never came.
function Spans:parent(span)
  check_self(self, "parent")
  lab.argument("parent: the span", span, "table")
  return self.by_id[lab.argument("parent: its traceId", span.traceId, "string") .. span.parentSpanId]
end

--- The spans without a parent.
function Spans:roots()
  check_self(self, "roots")
  local found = lab.list {}
  for _, span in ipairs(self.all) do
    if span.parentSpanId == "" then found[#found + 1] = span end
  end
  return found
end

function otlp.spans(path)
  lab.enter("otlp.spans")
  local wanted = type(path) == "string" and file(path) or path
  if type(wanted) ~= "table" or type(wanted.path) ~= "string" then
    lab.misuse("otlp.spans: give a path, or what file() answers")
  end
  local list = {}
  for number, line in ipairs(wanted:lines()) do
    if number > SPANS_MOST then
      lab.fail {what = wanted.path, expected = ("at most %d spans"):format(SPANS_MOST), actual = "more"}
    end
    if line:find("%S") then list[#list + 1] = read_span(wanted.path, number, line) end
  end
  return new(wanted.path, list)
end

-- ---- the sink ----

local OtlpSink = {}
lab.methods.sink = OtlpSink

local servers = setmetatable({}, {__mode = "k"})

local function server_of(self, what)
  lab.enter(what)
  return servers[self] or lab.misuse("%s must be called with a colon", what)
end

--- What has come since the reset.
function OtlpSink:spans()
  return new("spans at the sink", server_of(self, "spans"):ask("spans", "GET", "spans").spans)
end

--- From now on it is down: {status = 503}, {hang = true} or {closed = seconds}; {} makes it well again.
function OtlpSink:down(how)
  local server = server_of(self, "down")
  server:ask("down", "POST", "down", lab.argument("down: how", how, "table"))
end

function OtlpSink:reset()
  server_of(self, "reset"):ask("reset", "POST", "reset")
end

function OtlpSink:alive()
  return server_of(self, "alive").service:alive()
end

function OtlpSink:stop()
  server_of(self, "stop"):stop()
end

function otlp.sink(given)
  lab.enter("otlp.sink")
  lab.options("otlp.sink", lab.argument("otlp.sink: the options", given or {}, "table"), {})
  local server = lab.start_stub("otlp.sink", FILES, {})
  local self = setmetatable({url = server.url, port = server.port, env = {
    OTEL_EXPORTER_OTLP_ENDPOINT = server.url, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = server.url .. "/v1/traces",
    OTEL_EXPORTER_OTLP_PROTOCOL = "http/json",
  }}, {__index = OtlpSink, __metatable = false})
  servers[self] = server
  return self
end
