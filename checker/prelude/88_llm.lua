-- llm.stub{…}: a language model in the check's box whose answers, faults and call log the check has in hand.

local lab = lab

local FILES = {"stubllm.py", "stubllm_ask.py", "stubllm_gullible.py", "stubllm_models.py", "stubllm_request.py",
  "stubllm_state.py", "stubllm_text.py", "labhttp.py"}

local stub_options = {model = "string", facts = "any", faults = "table", script = "table", seed = "integer"}
local call_options = {model = "string", path = "string", status = "integer", stream = "boolean"}

local LlmStub = {}
lab.methods.stub = LlmStub

local stubs = setmetatable({}, {__mode = "k"}) -- handle -> {server, begun}

local function server_of(self, what)
  lab.enter(what)
  local known = stubs[self]
  if not known then lab.misuse("%s must be called with a colon", what) end
  return known.server, known.begun
end

-- ---- the call log ----

local function fits(call, wanted)
  for key, value in pairs(wanted) do
    if call[key] ~= value then return false end
  end
  return true
end

local function calls_of(self, what, wanted)
  local server = server_of(self, what)
  wanted = lab.argument(what .. ": the fields", wanted or {}, "table")
  lab.options(what, wanted, call_options)
  local found = lab.list {}
  for _, call in ipairs(server:ask(what, "GET", "calls").calls) do
    if fits(call, wanted) then found[#found + 1] = call end
  end
  return found
end

--- The calls since the reset, in the order of their arrival, whose fields are these.
function LlmStub:calls(wanted)
  return calls_of(self, "calls", wanted)
end

--- What they have cost: {prompt, completion, total}, of answers alone.
function LlmStub:tokens(wanted)
  local sum = {prompt = 0, completion = 0}
  for _, call in ipairs(calls_of(self, "tokens", wanted)) do
    if call.status == 200 then
      sum.prompt, sum.completion = sum.prompt + call.prompt_tokens, sum.completion + call.completion_tokens
    end
  end
  sum.total = sum.prompt + sum.completion
  return sum
end

-- ---- what goes wrong ----

--- A list of faults; one that names no model is of the stub's own.
local function named(self, what, faults)
  local list = lab.list {}
  for i, fault in ipairs(faults) do
    if type(fault) ~= "table" then lab.misuse("%s: fault %d must be a table", what, i) end
    local copy = {model = self.model}
    for key, value in pairs(fault) do copy[key] = value end
    list[i] = copy
  end
  return list
end

local function set_faults(self, what, server, faults)
  if next(faults) ~= nil and #faults == 0 then faults = {faults} end
  if #faults == 1 and faults[1].closed then
    server:ask(what, "POST", "faults", faults[1])
  else
    server:ask(what, "POST", "faults", named(self, what, faults))
  end
end

--- From now on these faults and no others: a list, one, or {} for none.
function LlmStub:faults(faults)
  local server = server_of(self, "faults")
  set_faults(self, "faults", server, lab.argument("faults: the faults", faults, "table"))
end

--- What stub-script plays from now on.
function LlmStub:script(steps)
  local server = server_of(self, "script")
  server:ask("script", "POST", "script", lab.list(lab.argument("script: the steps", steps, "table")))
end

-- ---- life ----

local function begin(self, what, server, given)
  if given.script then server:ask(what, "POST", "script", lab.list(given.script)) end
  if given.faults then set_faults(self, what, server, given.faults) end
end

--- As it was when it started: no calls, the first faults, the first script.
function LlmStub:reset()
  local server, begun = server_of(self, "reset")
  server:ask("reset", "POST", "reset")
  begin(self, "reset", server, begun)
end

function LlmStub:alive()
  return server_of(self, "alive").service:alive()
end

function LlmStub:stop()
  local server = server_of(self, "stop")
  server:stop()
end

-- ---- llm.stub ----

--- Arguments for the program. Facts in a file lie where the learner's programs read them; those in a list do not.
local function words_of(given)
  local words = {}
  if type(given.facts) == "string" then words = {"--facts", given.facts} end
  if given.seed then table.move({"--seed", given.seed}, 1, 2, #words + 1, words) end
  return words
end

llm = {}

function llm.stub(given)
  local what = "llm.stub"
  lab.enter(what)
  given = lab.argument(what .. ": the options", given or {}, "table")
  lab.options(what, given, stub_options)
  if given.facts ~= nil and type(given.facts) ~= "string" and type(given.facts) ~= "table" then
    lab.misuse("%s: facts must be a file of shared() or private(), or a list of {question, answer, wrong}", what)
  end
  local server = lab.start_stub(what, FILES, words_of(given))
  local self = setmetatable({
    model = given.model or "stub-small", url = server.url, port = server.port,
    env = {OPENAI_BASE_URL = server.url .. "/v1", OPENAI_API_KEY = ("sk-stub-%016x"):format(lab.key())},
  }, {__index = LlmStub, __metatable = false})
  stubs[self] = {server = server, begun = {script = given.script, faults = given.faults}}
  if type(given.facts) == "table" then server:ask(what, "POST", "facts", lab.list(given.facts)) end
  begin(self, what, server, given)
  return self
end
