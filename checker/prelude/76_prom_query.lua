-- prom.query(url, expr): what a Prometheus answers to an expression now, over its HTTP API.
-- Source: prometheus.io/docs/prometheus/latest/querying/api, "Instant queries".

local lab, http = lab, http
local part = lab.prom

local function fail(url, actual, evidence)
  lab.fail {what = url, expected = "an answer of Prometheus", actual = actual, evidence = evidence}
end

--- The number of a point, which is {time, "number"}; nil when it is none.
local function value_of(point)
  local text = type(point) == "table" and point[2]
  return type(text) == "string" and part.number(text) or nil
end

--- A sample of an instant vector; nil when it is none.
local function sample_of(item)
  local value = type(item) == "table" and value_of(item.value)
  if not value or type(item.metric) ~= "table" then return nil end
  local labels = {}
  for name, text in pairs(item.metric) do
    if type(name) ~= "string" or type(text) ~= "string" then return nil end
    labels[name] = text
  end
  local name = labels.__name__
  labels.__name__ = nil
  return {name = name, labels = labels, value = value}
end

--- Results that an author may not ask for; what is neither these nor read here is no answer.
local misused = {matrix = true, string = true}

--- What was answered, as samples: a scalar is one without labels.
local function samples_of(url, data)
  local kind = type(data) == "table" and data.resultType
  if misused[kind] then
    lab.misuse("prom.query: the expression is a %s; it must be an instant vector or a scalar", kind)
  end
  local value = kind == "scalar" and value_of(data.result)
  if value then return lab.list {{labels = {}, value = value}} end
  if kind ~= "vector" or type(data.result) ~= "table" then fail(url, "no result: " .. lab.render(data)) end
  local samples = lab.list {}
  for i, item in ipairs(data.result) do
    samples[i] = sample_of(item) or fail(url, "no sample: " .. lab.render(item))
  end
  return samples
end

--- The JSON of its answer; what Prometheus says of the expression is the author's mistake.
local function read(url, answer)
  local fine, value = pcall(answer.json, answer)
  if not fine or type(value) ~= "table" or value.status == nil then
    fail(url, ("the status %d, and no answer of its API"):format(answer.status), lab.last_lines(answer.body, 3))
  end
  if value.status == "error" and value.errorType == "bad_data" then lab.misuse("prom.query: %s", value.error) end
  if value.status ~= "success" then fail(url, ("%s: %s"):format(tostring(value.errorType), tostring(value.error))) end
  return value.data
end

function prom.query(url, expr, options)
  lab.enter("prom.query")
  lab.argument("prom.query: the url", url, "string")
  lab.argument("prom.query: the expression", expr, "string")
  options = lab.argument("prom.query: the options", options or {}, "table")
  lab.options("prom.query", options, {timeout = "number", time = "number"})
  local address = ("%s/api/v1/query?query=%s"):format(url:gsub("/$", ""), lab.url_encoded(expr))
  if options.time then address = ("%s&time=%s"):format(address, lab.number(options.time)) end
  local answer, message = http.request {url = address, timeout = options.timeout}
  if not answer then fail(url, (message:gsub("^%u+ %S+: ", ""))) end
  return samples_of(url, read(url, answer))
end
