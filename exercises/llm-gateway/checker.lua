-- llm-gateway: each check starts a stub of the models, whose trouble and call log it has in hand, and the learner's gateway
-- before it, with a configuration of its own.

local CHAT = "/v1/chat/completions"
local PATIENCE = 8 -- seconds for an answer that is to come at once

local function word()
  return ("%06x"):format(random(0xffffff))
end

local TEAM, OTHER = "team-" .. word(), "other-" .. word()
local KEY, OTHER_KEY, REVOKED = "tw-" .. word() .. word(), "tw-" .. word() .. word(), "tw-" .. word() .. word()
local QUESTION = ("What does label %s on gate %d mean?"):format(word(), random(90))

local function sha256_of(t, text)
  t:write("checked/text", text)
  return file("checked/text"):sha256()
end

-- A configuration that allows everything to TEAM and one model to OTHER, with what `given` changes.
local function configuration(t, given)
  local config = {
    deadline = 20,
    retries = {attempts = 3, backoff = 0.02},
    breaker = {failures = 50, open_seconds = 600},
    keys = {
      {sha256 = sha256_of(t, KEY), team = TEAM},
      {sha256 = sha256_of(t, OTHER_KEY), team = OTHER},
      {sha256 = sha256_of(t, REVOKED), team = TEAM, revoked = true},
    },
    teams = {
      [TEAM] = {models = {"chat", "stub-small", "stub-large", "stub-flaky-2", "stub-hang", "stub-script", "stuck"}},
      [OTHER] = {models = {"stub-large"}},
    },
    routes = {chat = {"stub-small", "stub-large"}, stuck = {"stub-hang", "stub-small"}, secret = {"stub-small"}},
  }
  for key, value in pairs(given or {}) do config[key] = value end
  return config
end

local function start(t, stub, given)
  t:write("checked/config.yaml", yaml.encode(configuration(t, given)))
  local number = port()
  return t:service{
    "python", "-m", "gateway", "--config", "checked/config.yaml", port = number,
    env = {PORT = number, OPENAI_BASE_URL = stub.env.OPENAI_BASE_URL, OPENAI_API_KEY = stub.env.OPENAI_API_KEY},
    ready = {http = "/healthz", within = 25},
  }
end

local function request(model, more)
  local body = {model = model, messages = {{role = "user", content = QUESTION}}}
  for key, value in pairs(more or {}) do body[key] = value end
  return body
end

-- Asks as a client would; the answer, whatever its status.
local function ask(gateway, model, options)
  options = options or {}
  local headers = options.headers or {Authorization = "Bearer " .. (options.key or KEY)}
  return gateway:post(CHAT, request(model, options.body),
    {headers = headers, timeout = options.timeout or PATIENCE, stream = options.stream})
end

-- What stands in a value under these keys, one within the other; nil when anything is otherwise.
local function at(value, ...)
  for _, key in ipairs{...} do
    value = type(value) == "table" and value[key] or nil
  end
  return value
end

-- Demands a refusal with this status and code.
local function refused(answer, what, status, code, reason)
  expect(answer.status, what .. ": status"):equals(status):because(reason)
  expect(at(answer:json(), "error", "code"), what .. ": error.code"):equals(code):because(reason)
end

local function models_of(calls)
  local names = {}
  for i, call in ipairs(calls) do names[i] = tostring(at(call, "request", "model")) end
  return names
end

-- Demands that /metrics comes to count so many calls to a model, since `before`.
local function counts_attempts(gateway, model, number, about, before)
  within(5, function()
    local metrics = prom.scrape(gateway.url .. "/metrics")
    metrics = before and metrics:delta(before) or metrics
    expect(metrics:value("gateway_attempts_total", {model = model}, 0), "gateway_attempts_total of " .. about)
      :equals(number):because("metrics")
  end)
end

checks["up"] = function(t)
  local stub = llm.stub()
  local gateway = start(t, stub)
  local answer = ask(gateway, "stub-small", {body = {seed = 7}})
  expect(answer.status, "status of an answer for a valid key"):equals(200)
  local calls = stub:calls()
  expect(#calls, "calls to models for one request"):equals(1)
  expect(calls[1].headers.authorization, "Authorization of the call to the model")
    :equals("Bearer " .. stub.env.OPENAI_API_KEY):because("upstream-key")
  expect(calls[1].request, "body of the call to the model"):equals(request("stub-small", {seed = 7})):because("body-changed")
  expect(at(answer:json(), "choices", 1, "message", "content"), "text of the answer"):equals(calls[1].content):because("body-changed")
  local answered = within(5, function()
    local metrics = prom.scrape(gateway.url .. "/metrics")
    expect(metrics:value("gateway_requests_total", {status = 200}, 0), "gateway_requests_total{status=\"200\"} after one answer")
      :equals(1):because("metrics")
    return metrics
  end)
  expect(answered:value("gateway_attempts_total", {model = "stub-small"}, 0), "gateway_attempts_total of the model that was called once")
    :equals(1):because("metrics")
end

checks["keys"] = function(t)
  local stub = llm.stub()
  local gateway = start(t, stub)
  local cases = {
    {"no key", {}},
    {"an unknown key", {Authorization = "Bearer tw-" .. word() .. word()}},
    {"a revoked key", {Authorization = "Bearer " .. REVOKED}},
    {"the hash of a key instead of the key", {Authorization = "Bearer " .. sha256_of(t, KEY)}},
    {"a key without Bearer", {Authorization = KEY}},
    {"an empty key", {Authorization = "Bearer "}},
  }
  for _, case in ipairs(shuffle(cases)) do
    refused(ask(gateway, "stub-small", {headers = case[2]}), case[1], 401, "invalid_api_key", "let-in")
    expect(models_of(stub:calls()), case[1] .. ": calls to models"):is_empty():because("upstream-called")
  end
  expect(ask(gateway, "stub-small").status, "status for a valid key afterwards"):equals(200)
end

-- A body that names no model is refused before anybody looks into a list.
local function names_no_model(gateway, stub)
  local messages = request("stub-small").messages
  local cases = {
    {"a body that is no JSON", '{"model": "stub-small"'},
    {"a list as the body", {"stub-small"}},
    {"a body without a model", {messages = messages}},
    {"a number as the model", {model = 7, messages = messages}},
  }
  for _, case in ipairs(shuffle(cases)) do
    local answer = gateway:post(CHAT, case[2], {headers = {Authorization = "Bearer " .. KEY}, timeout = PATIENCE})
    refused(answer, case[1], 400, "invalid_request", "no-model")
    expect(models_of(stub:calls()), case[1] .. ": calls to models"):is_empty():because("upstream-called")
  end
end

checks["allow-list"] = function(t)
  local stub = llm.stub()
  local gateway = start(t, stub)
  names_no_model(gateway, stub)
  local cases = {
    {"another team's model", OTHER_KEY, "stub-small"},
    {"an alias that is not on the list", OTHER_KEY, "chat"},
    {"a route that nobody has", KEY, "secret"},
    {"a name that begins with an allowed one", KEY, "stub-small-x"},
    {"the beginning of an allowed name", KEY, "stub-smal"},
    {"an allowed name in capitals", KEY, "STUB-SMALL"},
    {"a model that is nowhere", KEY, "model-" .. word()},
  }
  for _, case in ipairs(shuffle(cases)) do
    local what = ("%s (%s)"):format(case[1], case[3])
    refused(ask(gateway, case[3], {key = case[2]}), what, 403, "model_not_allowed", "let-in")
    expect(models_of(stub:calls()), what .. ": calls to models"):is_empty():because("upstream-called")
  end
  for _, case in ipairs{{OTHER_KEY, "stub-large"}, {KEY, "stub-small"}, {KEY, "chat"}} do
    expect(ask(gateway, case[2], {key = case[1]}).status, "status for the allowed " .. case[2]):equals(200):because("locked-out")
  end
end

-- How long it waits too much cannot be judged on a slow machine; that it waits at all, and longer each time, can.
local function waits_between(t, stub)
  local gateway = start(t, stub, {retries = {attempts = 4, backoff = 0.2}})
  stub:faults{model = "stub-small", status = 503}
  local answer = ask(gateway, "stub-small")
  expect(answer.seconds, "seconds for four attempts that fail, with backoff: 0.2, so waits of 0.2, 0.4 and 0.8 s")
    :at_least(1.3):because("no-backoff")
end

checks["retries"] = function(t)
  local stub = llm.stub()
  local gateway = start(t, stub, {retries = {attempts = 4, backoff = 0.02}})
  expect(ask(gateway, "stub-flaky-2").status, "status of a model that fails twice"):equals(200):because("gave-up")
  expect(#stub:calls(), "calls to a model that fails twice, then answers"):equals(3):because("count")
  counts_attempts(gateway, "stub-flaky-2", 3, "a model that fails twice, then answers")

  stub:reset()
  local wrong = ask(gateway, "stub-small", {body = {temperature = 9}})
  expect(wrong.status, "status of a request that the model refuses with 400"):equals(400):because("wrong-request")
  expect(at(wrong:json(), "error", "message"), "message of the model's 400"):contains("temperature"):because("wrong-request")
  expect(#stub:calls(), "calls for a request that the model refuses with 400"):equals(1):because("wrong-request")

  for _, status in ipairs(shuffle{408, 429, 500, 502, 503, 504}) do
    stub:reset()
    stub:faults{model = "stub-small", status = status, count = 1}
    expect(ask(gateway, "stub-small").status, ("status after one %d of the model"):format(status)):equals(200):because("gave-up")
    expect(#stub:calls(), ("calls after one %d of the model"):format(status)):equals(2):because("count")
  end

  for _, status in ipairs{401, 404, 422} do
    stub:reset()
    stub:faults{model = "stub-small", status = status}
    expect(ask(gateway, "stub-small").status, ("status after a %d of the model"):format(status)):equals(status):because("wrong-request")
    expect(#stub:calls(), ("calls after a %d of the model"):format(status)):equals(1):because("wrong-request")
  end

  stub:reset()
  stub:faults{model = "stub-small", drop_after = 1, count = 1}
  local before = prom.scrape(gateway.url .. "/metrics")
  expect(ask(gateway, "stub-small").status, "status after a connection that broke off"):equals(200):because("gave-up")
  counts_attempts(gateway, "stub-small", 2, "a model whose connection broke off, and then did not", before)

  stub:reset()
  stub:faults{model = "stub-small", status = 503}
  refused(ask(gateway, "stub-small"), "a model that always fails", 502, "upstream_failed", "count")
  expect(#stub:calls(), "calls to a model that always fails, with attempts: 4"):equals(4):because("count")
  gateway:stop()
  waits_between(t, stub)
end

checks["fallback"] = function(t)
  local stub = llm.stub()
  local gateway = start(t, stub, {retries = {attempts = 2, backoff = 0.02}})
  expect(ask(gateway, "chat"):header("x-served-by"), "x-served-by while the first model is well"):equals("stub-small"):because("unlabelled")
  expect(models_of(stub:calls()), "models that were called"):equals{"stub-small"}:because("order")

  stub:reset()
  stub:faults{model = "stub-small", status = 503}
  local answer = ask(gateway, "chat")
  expect(answer.status, "status while the first model is down"):equals(200):because("no-fallback")
  expect(models_of(stub:calls()), "models that were called, with attempts: 2"):equals{"stub-small", "stub-small", "stub-large"}:because("order")
  expect(answer:header("x-served-by"), "x-served-by while the first model is down"):equals("stub-large"):because("unlabelled")
  expect(at(answer:json(), "model"), "model of the answer's body"):equals("stub-large"):because("no-fallback")

  local streamed = ask(gateway, "chat", {body = {stream = true}, stream = true})
  expect(streamed.status, "status of a stream while the first model is down"):equals(200):because("no-fallback")
  expect(streamed:header("x-served-by"), "x-served-by of that stream"):equals("stub-large"):because("unlabelled")

  stub:faults{model = "*", status = 500}
  refused(ask(gateway, "chat"), "all models are down", 502, "upstream_failed", "no-fallback")
end

local ONCE = {attempts = 1, backoff = 0.02}

-- Requests that the primary fails, one attempt each.
local function fail_primary(gateway, stub, count)
  stub:faults{model = "stub-small", status = 503}
  for _ = 1, count do
    expect(ask(gateway, "chat"):header("x-served-by"), "x-served-by while the primary fails"):equals("stub-large"):because("never-opens")
  end
end

-- When open_seconds are over one attempt is made, however many ask; when it fails, none for as long again.
local function one_trial(t, stub)
  local gateway = start(t, stub, {retries = ONCE, breaker = {failures = 4, open_seconds = 1.5}})
  fail_primary(gateway, stub, 4)
  stub:reset()
  stub:faults{model = "stub-small", status = 503, delay = 0.3}
  holds(1.7, function() return gateway:alive() end)
  gateway:load{
    path = CHAT, json = request("chat"), headers = {Authorization = "Bearer " .. KEY}, requests = 8, concurrency = 8,
  }
  fail_primary(gateway, stub, 4)
  expect(#stub:calls{model = "stub-small"}, "calls to the primary in twelve requests right after open_seconds, all of which fail")
    :at_most(3):because("trial") -- one, and others on a machine so slow that open_seconds are over again
  gateway:stop()
end

local function deadline_counts(t, stub)
  stub:reset()
  local gateway = start(t, stub, {retries = ONCE, deadline = 1, breaker = {failures = 1, open_seconds = 600}})
  ask(gateway, "stub-hang", {timeout = 20})
  local what = "a model that hung until the deadline, with failures: 1"
  refused(ask(gateway, "stub-hang", {timeout = 20}), what, 502, "upstream_failed", "deadline-uncounted")
  expect(#stub:calls(), what .. ": calls in two requests"):equals(1):because("deadline-uncounted")
end

checks["breaker"] = function(t)
  local stub = llm.stub()
  local gateway = start(t, stub, {retries = ONCE, breaker = {failures = 3, open_seconds = 600}})
  fail_primary(gateway, stub, 2)
  stub:faults{}
  expect(ask(gateway, "chat"):header("x-served-by"), "x-served-by after two failures, with failures: 3"):equals("stub-small"):because("opens-early")
  fail_primary(gateway, stub, 2)
  stub:faults{}
  expect(ask(gateway, "chat"):header("x-served-by"), "x-served-by after two failures since a good attempt, with failures: 3")
    :equals("stub-small"):because("opens-early")
  fail_primary(gateway, stub, 3)
  stub:reset()
  fail_primary(gateway, stub, 4)
  expect(#stub:calls{model = "stub-small"}, "calls to the primary in four requests after three failures in a row"):equals(0):because("never-opens")
  expect(ask(gateway, "stub-large").status, "status of another model while the breaker is open"):equals(200):because("never-opens")
  refused(ask(gateway, "stub-small"), "the model whose breaker is open, without another in its route", 502, "upstream_failed", "never-opens")
  gateway:stop()

  stub:reset()
  gateway = start(t, stub, {retries = ONCE, breaker = {failures = 2, open_seconds = 0.5}})
  fail_primary(gateway, stub, 2)
  stub:faults{}
  within(10, function()
    expect(ask(gateway, "chat"):header("x-served-by"), "x-served-by after open_seconds, with the primary well again")
      :equals("stub-small"):because("never-closes")
  end)
  for _ = 1, 3 do
    expect(ask(gateway, "chat"):header("x-served-by"), "x-served-by after a good trial"):equals("stub-small"):because("never-closes")
  end
  fail_primary(gateway, stub, 1)
  stub:faults{}
  expect(ask(gateway, "chat"):header("x-served-by"), "x-served-by after a good trial and one failure, with failures: 2")
    :equals("stub-small"):because("opens-early")
  gateway:stop()
  one_trial(t, stub)
  deadline_counts(t, stub)
end

checks["deadline"] = function(t)
  local DEADLINE, MARGIN = 1.5, 2.5 -- an own deadline for each attempt would take three times as long at least
  local stub = llm.stub()
  local gateway = start(t, stub, {deadline = DEADLINE})
  local function ends_in_time(what, model)
    local answer = ask(gateway, model, {timeout = 20})
    expect(answer.seconds, what .. ": seconds until the answer, with deadline: 1.5"):at_most(DEADLINE + MARGIN):because("late")
    refused(answer, what, 504, "deadline_exceeded", "not-504")
    expect(#stub:calls(), what .. ": calls to models"):at_least(1):because("not-tried")
    stub:reset()
  end
  ends_in_time("a model that hangs", "stub-hang")
  counts_attempts(gateway, "stub-hang", 1, "a model that hung until the deadline")
  ends_in_time("a route whose first model hangs", "stuck")
  stub:faults{model = "stub-large", status = 503, delay = 0.9}
  ends_in_time("a model that takes 0.9 s for each of three failures", "stub-large")
  stub:faults{model = "stub-large", delay = 0.3}
  expect(ask(gateway, "stub-large").status, "status of a model that takes 0.3 s"):equals(200):because("not-tried")
end

-- The chunks that came at least 30 ms after the one before, and the seconds between the first and the last.
local function rhythm(events)
  local apart = 1
  for i = 2, #events do
    if events[i].at - events[i - 1].at >= 0.03 then apart = apart + 1 end
  end
  return apart, events[#events].at - events[1].at
end

local function text_of(events)
  local parts = {}
  for _, event in ipairs(events) do
    if event.data ~= "[DONE]" then
      local fine, chunk = pcall(json.decode, event.data)
      parts[#parts + 1] = fine and at(chunk, "choices", 1, "delta", "content") or ""
    end
  end
  return table.concat(parts)
end

checks["streaming"] = function(t)
  local text = ("one two three four five six %s"):format(word())
  local stub = llm.stub{model = "stub-script", script = {{content = text}}, faults = {gap = 0.1}}
  local gateway = start(t, stub)
  local streamed = {body = {stream = true}, stream = true}
  local apart, seconds = 0, 0
  for _ = 1, 3 do -- a machine that stops for half a second brings chunks together, too
    local answer = ask(gateway, "stub-script", streamed)
    expect(answer.status, "status of a stream"):equals(200)
    expect(answer:header("content-type"), "Content-Type of a stream"):contains("text/event-stream"):because("garbled")
    local events = answer:events()
    expect(#events, "events of a stream"):at_least(1):because("garbled")
    expect(text_of(events), "text of the stream"):equals(text):because("garbled")
    expect(events[#events].data, "last event of the stream"):equals("[DONE]"):because("garbled")
    apart, seconds = rhythm(events)
    if apart >= 3 and seconds >= 0.2 then break end
  end
  expect(apart, "chunks that came apart, of a stream of 0.6 s"):at_least(3):because("collected")
  expect(seconds, "seconds between the first and the last chunk, of a stream of 0.6 s"):at_least(0.2):because("collected")

  stub:reset()
  stub:faults{gap = 0.05, drop_after = 3}
  local broken = ask(gateway, "stub-script", streamed)
  expect(text_of(broken:events()), "text of a stream that breaks off after three words"):equals("one two three "):because("restarted")
  expect(broken.body, "stream that breaks off"):not_contains("[DONE]"):because("restarted")
  expect(#stub:calls(), "calls for a stream that breaks off"):equals(1):because("restarted")
end

checks["key-hidden"] = function(t)
  local stub = llm.stub()
  local gateway = start(t, stub, {retries = {attempts = 2, backoff = 0.02}})
  local secret = stub.env.OPENAI_API_KEY
  local function shows_nothing(what, answer)
    expect(answer.body, what .. ": body"):not_contains(secret):because("leaked")
    expect(json.encode(answer.headers), what .. ": headers"):not_contains(secret):because("leaked")
  end
  shows_nothing("an answer", ask(gateway, "stub-small"))
  shows_nothing("a stream", ask(gateway, "stub-small", {body = {stream = true}, stream = true}))
  shows_nothing("a refused key", ask(gateway, "stub-small", {key = REVOKED}))
  shows_nothing("a refused model", ask(gateway, "secret"))
  shows_nothing("a request that the model refuses", ask(gateway, "stub-small", {body = {temperature = 9}}))
  for _, call in ipairs(stub:calls()) do
    expect(json.encode(call.headers) .. json.encode(call.request), "what the model was sent"):not_contains(KEY):because("passed-on")
  end
  stub:faults{{model = "stub-small", status = 503}, {model = "stub-large", status = 401}}
  shows_nothing("a model that fails", ask(gateway, "stub-small"))
  shows_nothing("a model that refuses the upstream key", ask(gateway, "stub-large"))
  stub:faults{closed = 600}
  shows_nothing("models that cannot be reached", ask(gateway, "stub-small"))
  shows_nothing("/metrics", gateway:get("/metrics"))
  shows_nothing("/healthz", gateway:get("/healthz"))
  expect(gateway:logs(), "the gateway's log"):not_contains(secret):because("leaked")
end
