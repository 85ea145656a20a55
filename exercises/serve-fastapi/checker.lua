-- serve-fastapi: the service is started anew for each check, with models and parcels made from the attempt's seed.

local TOLERANCE, BODY_MOST, NAME_MOST = 1e-9, 2000, 200
local ROUGH = 0.006 -- tells answers apart, where how exact they are is another check's business
local MODEL = "model-of-the-check.json"

local given, models, rows, scores

local function read_material()
  given = private("gen.py", {seed = seed()}, "given")
  models = file(given .. "/models.json"):json()
  rows, scores = file(given .. "/rows.json"):json(), file(given .. "/scores.json"):json()
end

-- ---- the service ----

-- Starts the service with a text as its model file; nil: there is none.
local function serve(t, model)
  if model then t:write(MODEL, model) else t:remove(MODEL) end
  local number = port()
  return t:service{"python", "app.py", port = number, env = {PORT = number, MODEL_PATH = MODEL},
                   ready = {http = "/healthz", within = 20}}
end

local function some(first, last)
  return table.move(rows, first, last, 1, json.list{})
end

-- Sends rows and demands the scores of a model for them.
local function predicts(app, first, last, model, tolerance)
  local answer = app:post("/predict", {parcels = some(first, last)})
  expect(answer.status, "status for a right request"):equals(200):because("scores")
  local body = answer:json()
  expect(type(body), "type of the answer"):equals("table"):because("scores")
  local wanted = table.move(scores[model], first, last, 1, {})
  expect(body.scores, "scores"):near(wanted, tolerance or ROUGH):because("scores")
  return body
end

-- A right parcel with other fields; json.null stands for itself, "absent" takes a field away.
local function parcel(changes)
  local copy = {}
  for name, value in pairs(rows[1]) do copy[name] = value end
  for name, value in pairs(changes or {}) do
    if value == "absent" then copy[name] = nil else copy[name] = value end
  end
  return copy
end

local function batch(changes)
  return json.encode{parcels = json.list{parcel(), parcel(changes)}}
end

checks["up"] = function(t)
  read_material()
  local app = serve(t, models[1].text)
  expect(app:get("/healthz").status, "status of /healthz"):equals(200)
end

checks["parity"] = function(t)
  read_material()
  local app = serve(t, models[1].text)
  local body = predicts(app, 1, 50, 1, TOLERANCE)
  local late = {}
  for i = 1, 50 do late[i] = scores[1][i] >= models[1].threshold end
  expect(body.late, "late"):equals(late):because("late")
  predicts(app, 51, 51, 1, TOLERANCE)
  predicts(app, 101, 200, 1, TOLERANCE)
end

-- ---- requests that are refused ----

-- Each: what it is, the body, the field that has to be named, the content type.
local function wrong_requests()
  local many = json.list{}
  for i = 1, 101 do many[i] = rows[i] end
  local good = json.encode{parcels = json.list{parcel()}}
  local function with_weight(text)
    return (good:gsub('"weight_kg":%s*[%d.]+', '"weight_kg": ' .. text))
  end
  return {
    {"a parcel without stops", batch{stops = "absent"}, "stops"},
    {"a parcel with a field that is not known", batch{colour = "red"}, "colour"},
    {"a field that is not known beside parcels", json.encode{parcels = some(1, 2), user = "ana"}, "user"},
    {"a negative weight", batch{weight_kg = -2}, "weight_kg"},
    {"a weight of NaN", with_weight("NaN"), "weight_kg"},
    {"a depot that is none", batch{depot = "Z"}, "depot"},
    {"101 parcels", json.encode{parcels = many}, "parcels"},
    {"an empty list", json.encode{parcels = json.list{}}, "parcels"},
    {"JSON that breaks off", good:sub(1, -12)},
    {"a weight that is a word", batch{weight_kg = "heavy"}, "weight_kg"},
    {"a distance of 1e300 km", batch{distance_km = 1e300}, "distance_km"},
    {"a tier of null", batch{tier = json.null}, "tier"},
    {"the content type text/plain", good, nil, "text/plain"},
  }
end

local function send(app, request)
  return app:post("/predict", request[2], {headers = {["Content-Type"] = request[4] or "application/json"}})
end

-- Whether an answer refuses as it should; notes what is wrong with it.
local function refuses(app, request)
  local answer = send(app, request)
  local status = answer.status
  if status < 400 or status > 499 then
    local reason = status >= 500 and "crashed" or "accepted"
    expect.soft(status, "status for " .. request[1]):between(400, 499):because(reason)
    return false
  end
  if request[3] and not answer.body:find(request[3], 1, true) then
    expect.soft(answer.body:sub(1, 300), "answer to " .. request[1]):contains(request[3]):because("unnamed")
    return false
  end
  return true
end

checks["invalid"] = function(t)
  read_material()
  local app = serve(t, models[1].text)
  local requests, right = wrong_requests(), 0
  for _, request in ipairs(requests) do
    if refuses(app, request) then right = right + 1 end
  end
  predicts(app, 1, 3, 1) -- who refuses everything does not pass, and nothing has broken
  t:score(right >= 8 and right / #requests or 0, ("%d of %d wrong requests"):format(right, #requests))
end

-- ---- alive, and ready ----

checks["ready"] = function(t)
  read_material()
  local without = {
    {"without a model file"},
    {"with a file of noise", "\xff\xfe{]\0 noise"},
    {"with JSON that is no model", '{"format": "late-json-1", "terms": {}}'},
  }
  for _, case in ipairs(without) do
    local app = serve(t, case[2])
    expect(app:get("/readyz").status, "status of /readyz " .. case[1]):equals(503):because("ready-without")
    expect(app:get("/healthz").status, "status of /healthz " .. case[1]):equals(200):because("dead")
    expect(app:post("/predict", {parcels = some(1, 1)}).status, "status of /predict " .. case[1])
      :equals(503)
      :because("ready-without")
    app:stop()
  end
  local app = serve(t, models[1].text)
  expect(app:get("/readyz").status, "status of /readyz with a model"):equals(200):because("unready")
end

-- ---- the model ----

checks["model-sha"] = function(t)
  read_material()
  for _, number in ipairs{1, 2, 3} do
    local app = serve(t, models[number].text)
    local answer = app:post("/predict", {parcels = some(1, 2)})
    expect(answer.status, "status for a right request"):equals(200):because("other-hash")
    local layout = number == 3 and "the first model in another layout" or "model " .. number
    expect(answer:json().model_sha, "model_sha with " .. layout)
      :equals(models[number].sha)
      :because(number == 2 and "stale" or "other-hash")
    app:stop()
  end
end

checks["loaded-once"] = function(t)
  read_material()
  local app = serve(t, models[1].text)
  local first = predicts(app, 1, 5, 1)
  for _, text in ipairs{models[2].text, "noise: {"} do
    t:write(MODEL, text)
    local body = predicts(app, 6, 10, 1)
    expect(body.model_sha, "model_sha after the file was changed"):equals(first.model_sha)
  end
  t:remove(MODEL)
  predicts(app, 11, 15, 1)
  expect(app:get("/readyz").status, "status of /readyz after the file was removed"):equals(200)
end

-- ---- many at once ----

checks["concurrent"] = function(t)
  read_material()
  local app = serve(t, models[1].text)
  local answers = t:run{"python", "-I", given .. "/ask.py", "many", given .. "/rows.json", env = {APP_PORT = app.port}}
    :ok()
    :json()
  expect(answers, "answers"):has_length(200)
  for number, one in ipairs(answers) do
    expect(one.status, "status of request " .. number):equals(200):because("failed")
    expect(one.answer.scores, "scores of request " .. number)
      :near({scores[1][number]}, ROUGH)
      :because("mixed")
  end
end

-- ---- the end ----

checks["drain"] = function(t)
  read_material()
  local app = serve(t, models[1].text)
  local client = t:service{"python", "-I", given .. "/ask.py", "slow", given .. "/rows.json",
                           env = {APP_PORT = app.port}, ready = {log = "half of it is sent"}}
  app:signal("TERM")
  within(20, function() return not client:alive() end)
  local answer = json.decode(client:logs():match("({.*})") or "null")
  expect(answer.status, "status of a request that was on its way at SIGTERM"):equals(200):because("cut")
  expect(answer.answer.scores, "its scores"):near(table.move(scores[1], 1, 20, 1, {}), ROUGH):because("cut")
  hint("stays")
  within(10, function() return not app:alive() end)
end

-- ---- what errors say ----

local INSIDE = {"Traceback", 'File "', "site-packages", "model-of-the-check"}
local SOURCE = "[%w_%-]*%.pyc?%f[^%w_]" -- the name of a source file; errors.pydantic.dev, which pydantic's own faults lead to, is none

-- Judges an answer that is an error; that it has to be one is the business of `invalid`.
local function says_nothing(answer, what, secret)
  if answer.status < 400 then return 0 end
  for _, text in ipairs(INSIDE) do
    expect(answer.body, "answer to " .. what):not_contains(text):because("inside")
  end
  local source = answer.body:match(SOURCE)
  if source then expect(answer.body, "answer to " .. what):not_contains(source):because("inside") end
  expect(answer.body:find(secret, 1, true) ~= nil, ("the answer to %s repeats it"):format(what)):equals(false):because("echo")
  expect(#answer.body, "bytes of the answer to " .. what):at_most(BODY_MOST):because("long")
  return 1
end

checks["no-leak"] = function(t)
  read_material()
  local app = serve(t, models[1].text)
  local secret = "s"
  for _ = 1, NAME_MOST do secret = secret .. string.char(97 + random(26) - 1) end
  local long = secret:rep(20)
  local wrong = json.list{}
  for i = 1, 100 do wrong[i] = parcel{depot = secret, weight_kg = -1, stops = 0, tier = secret} end
  local requests = {
    {"a long text as depot", batch{depot = long}},
    {"a long name of a field", batch{[long] = 1}},
    {"a text as the batch", json.encode{parcels = long}},
    {"a list as the body", json.encode(json.list{long})},
    {"JSON that breaks off", '{"parcels": ["' .. long},
    {"100 parcels with four faults each", json.encode{parcels = wrong}},
  }
  local errors = says_nothing(app:get("/no-such-page"), "a page that is not there", secret)
  for _, request in ipairs(requests) do errors = errors + says_nothing(send(app, request), request[1], secret) end
  expect(errors, "wrong requests that were answered with an error"):at_least(4)
  app:stop()
  app = serve(t, "noise: {")
  says_nothing(app:post("/predict", {parcels = some(1, 1)}), "a request without a model", secret)
end
