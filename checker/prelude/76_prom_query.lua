-- prom.query(url, expr): what a Prometheus answers to an expression now, over its HTTP API.
-- Source: prometheus.io/docs/prometheus/latest/querying/api, "Instant queries".

local lab, http = lab, http
local part = lab.prom

--- What was answered, as samples: a scalar is one without labels.
local function samples_of(data)
  local samples, kind = lab.list {}, type(data) == "table" and data.resultType
  if kind == "scalar" then return lab.list {{labels = {}, value = part.number(data.result[2])}} end
  if kind ~= "vector" then
    lab.misuse("prom.query: the expression is a %s; it must be an instant vector or a scalar", tostring(kind))
  end
  for i, item in ipairs(data.result) do
    local labels = {}
    for name, value in pairs(item.metric) do labels[name] = value end
    local name = labels.__name__
    labels.__name__ = nil
    samples[i] = {name = name, labels = labels, value = part.number(item.value and item.value[2] or "")}
  end
  return samples
end

local function fail(url, actual, evidence)
  lab.fail {what = url, expected = "an answer of Prometheus", actual = actual, evidence = evidence}
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
  return samples_of(read(url, answer))
end
