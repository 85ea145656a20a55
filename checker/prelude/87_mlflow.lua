-- mlflow(where): what a tracking server holds, over its REST API. This file asks and reads; 88_mlflow_runs.lua and
-- 88_mlflow_models.lua say what there is to ask for.
--
-- What the server holds was written by the learner's programs, and the server itself may be one of them: each part of
-- an answer is read as what it should be, and pages and bytes have a bound.
-- Source: mlflow.org/docs/latest/rest-api; how a look-up of nothing is refused was asked of MLflow 3.17.

local lab, http, json = lab, http, json

local API, SECONDS = "/api/2.0/mlflow/", 30
local PAGES_MOST, PAGE_ROWS, BYTES_MOST, NAME_MOST = 100, 100, 16 << 20, 4096

-- Refusals of a look-up that mean that nothing is there: a missing model is the first, a missing alias the second.
local ABSENT = {RESOURCE_DOES_NOT_EXIST = true, INVALID_PARAMETER_VALUE = true}

local part = {}
lab.mlflow = part

-- ---- asking ----

--- The server itself is at fault. When exercise.yaml requires it, that is not the learner's doing.
function part.fault(server, what, actual, evidence)
  if server.declared then lab.blocked("%s: %s", what, actual) end
  lab.fail {what = what, expected = "an answer of MLflow", actual = actual, evidence = evidence}
end

--- Sends a request with a path; the answer. That there is none is said by whoever owns the server.
function part.send(server, given)
  given.timeout = SECONDS
  if server.handle then return server.handle:request(given) end
  given.url, given.path = server.url .. given.path, nil
  local answer, message = http.request(given)
  if answer then return answer end
  part.fault(server, server.name, (message:gsub("^%u+ %S+: ", "")))
end

local function query_of(values)
  local words = {}
  for _, key in ipairs(lab.sorted_keys(values)) do
    words[#words + 1] = key .. "=" .. lab.url_encoded(tostring(values[key]))
  end
  return #words > 0 and "?" .. table.concat(words, "&") or ""
end

--- What an answer refuses, {code, message}; nil when it is no refusal of MLflow's.
local function refusal_of(answer, value)
  if answer.status < 400 or answer.status > 499 or type(value.error_code) ~= "string" then return nil end
  return {code = value.error_code, message = part.text(value.message)}
end

--- Reads an answer: its object, or nil and the refusal.
function part.read(server, what, answer)
  server.bytes = server.bytes + #answer.body
  local value = lab.fitting(what, answer.body, json.decode)
  if type(value) ~= "table" then value = {} end
  if answer.status == 200 and (next(value) or answer.body:find("^%s*{%s*}%s*$")) then return value end
  local refusal = refusal_of(answer, value)
  if refusal then return nil, refusal end
  local actual = ("the status %d, and no answer of its API"):format(answer.status)
  part.fault(server, what, actual, lab.last_lines(answer.body, 3))
end

--- Asks the API: what it answers, or nil and the refusal.
function part.ask(server, method, name, values)
  local given = {method = method, path = API .. name}
  if method == "GET" then given.path = given.path .. query_of(values) else given.json = values end
  return part.read(server, ("%s: %s"):format(server.name, name), part.send(server, given))
end

--- Whether a value can name anything: those of look-ups come from the learner's programs.
function part.is_name(value)
  return math.type(value) == "integer" or type(value) == "string" and value ~= "" and #value <= NAME_MOST
end

--- Looks up what these values name; nil when it is not there.
function part.look_up(server, name, values)
  for _, value in pairs(values) do
    if not part.is_name(value) then return nil end
  end
  local answer, refusal = part.ask(server, "GET", name, values)
  if answer or ABSENT[refusal.code] then return answer end
  part.fault(server, ("%s: %s"):format(server.name, name), refusal.message)
end

--- The bytes of a file that a run has logged; nil when there is none.
function part.download(server, values)
  if not part.is_name(values.run_id) or not part.is_name(values.path) then return nil end
  local answer = part.send(server, {method = "GET", path = "/get-artifact" .. query_of(values)})
  if answer.status == 200 then return answer.body end
  local what = ("%s: the artifact %s"):format(server.name, lab.quote(tostring(values.path)))
  local _, refusal = part.read(server, what, answer)
  if not ABSENT[refusal.code] then part.fault(server, what, refusal.message) end
end

--- Changes something for the check. What is not there any more, a program of the learner's took away; other refusals
--- are the author's mistakes.
function part.change(server, what, method, name, values)
  local answer, refusal = part.ask(server, method, name, values)
  if answer then return answer end
  if refusal.code ~= "RESOURCE_DOES_NOT_EXIST" then lab.misuse("%s: %s", what, refusal.message) end
  lab.fail {what = ("%s: %s"):format(server.name, name), expected = "what the check changes", actual = refusal.message}
end

-- ---- lists ----

--- A list in an answer; what is no object in it is not read.
function part.rows(answer, field)
  local rows = lab.list {}
  for _, row in ipairs(type(answer[field]) == "table" and answer[field] or {}) do
    if type(row) == "table" then rows[#rows + 1] = row end
  end
  return rows
end

local function too_much(server, name)
  lab.fail {what = ("%s: %s"):format(server.name, name),
    expected = ("at most %d entries in %d MiB"):format(PAGES_MOST * PAGE_ROWS, BYTES_MOST >> 20), actual = "more"}
end

--- All rows of a list that comes in pages; or nil and the refusal.
function part.pages(server, method, name, values, field)
  local found, begun = lab.list {}, server.bytes
  values.max_results = PAGE_ROWS
  for _ = 1, PAGES_MOST do
    local answer, refusal = part.ask(server, method, name, values)
    if not answer then return nil, refusal end
    local rows = part.rows(answer, field)
    table.move(rows, 1, #rows, #found + 1, found)
    values.page_token = answer.next_page_token
    if not part.is_name(values.page_token) then return found end
    if server.bytes - begun > BYTES_MOST then break end
  end
  too_much(server, name)
end

-- ---- reading ----

function part.text(value)
  return type(value) == "string" and value or ""
end

--- A number, also one that JSON has no word for; else NaN.
function part.number(value)
  if type(value) == "string" then value = lab.prom.number(value) end
  return type(value) == "number" and value or 0 / 0
end

--- A version or a step, which the API writes as a text or as a number; nil when it is none.
function part.integer(value)
  return math.tointeger(tonumber(value))
end

--- Seconds since 1970, of milliseconds; nil when there are none.
function part.seconds(value)
  local milliseconds = part.integer(value)
  return milliseconds and milliseconds / 1000
end

--- [{key, value}, …] by key; the two may have other names.
function part.map(rows, read, key, value)
  local map = {}
  for _, row in ipairs(rows) do
    local name = row[key or "key"]
    if type(name) == "string" then map[name] = read(row[value or "value"]) end
  end
  return map
end

--- {key = value} as the API takes it.
function part.pairs(map)
  local rows = lab.list {}
  for _, key in ipairs(lab.sorted_keys(map or {})) do rows[#rows + 1] = {key = key, value = tostring(map[key])} end
  return rows
end

--- What an answer says of the one thing that it is about; without that it is no answer of MLflow.
function part.object(server, answer, field)
  if type(answer[field]) == "table" then return answer[field] end
  part.fault(server, server.name, ("an answer without %s"):format(field), lab.render(answer))
end

-- ---- the handle ----

local Mlflow = {}
part.Mlflow = Mlflow
lab.methods.tracking = Mlflow

local servers = setmetatable({}, {__mode = "k"}) -- handle -> {name, handle or url, declared, bytes}

function part.server(self, what)
  lab.enter(what)
  return servers[self] or lab.misuse("%s must be called with a colon", what)
end

--- Where: what service() or t:service answered, or a url.
function mlflow(where)
  lab.settle()
  local server = {bytes = 0}
  if type(where) == "string" then
    server.url, server.name = where:gsub("/+$", ""), where
  elseif type(where) == "table" and type(where.request) == "function" and where.url then
    server.handle, server.name, server.declared = where, where.name or where.url, lab.is_declared(where)
  else
    lab.misuse("mlflow: give a url, or what service() or t:service answers")
  end
  local self = setmetatable({url = server.url or where.url}, {__index = Mlflow, __metatable = false})
  servers[self] = server
  return self
end
