-- The driver: what the engine calls, in this order: load, check, finish.

local state, Check = lab.state, lab.Check

-- ---- t ----

function Check:score(score, note)
  lab.enter("t:score")
  lab.argument("t:score: the score", score, "number")
  if not (score >= 0 and score <= 1) then lab.misuse("t:score: the score must be 0 to 1, got %s", score) end
  if note ~= nil then lab.argument("t:score: the note", note, "string") end
  state.score, state.note = score, note
end

local function unknown_method(_, name)
  lab.misuse("t has no '%s'%s", tostring(name), lab.nearest(tostring(name), lab.sorted_keys(Check)))
end
setmetatable(Check, {__index = unknown_method})

-- ---- names that do not exist ----

-- A misspelt name in a checker is an error where it is read, not a nil that fails somewhere else.
local function unknown_name(globals, name)
  local known = {}
  for key in next, globals do known[#known + 1] = key end
  table.sort(known)
  lab.misuse("unknown name '%s'%s", tostring(name), lab.nearest(tostring(name), known))
end

-- ---- what there is ----

local of_lua = {math = true, string = true, table = true, utf8 = true}

local function add_functions(names, prefix, functions)
  for name, value in next, functions do
    if type(value) == "function" then names[#names + 1] = prefix .. name end
  end
end

--- Part of the API, and no functions.
local values = {"checks", "expect", "json.null", "t.needs"}

--- The names of everything a checker can use, with Lua's own functions: "json.decode", "t:run"; one a line, sorted.
function lab.names()
  local names = table.move(values, 1, #values, 1, {})
  add_functions(names, "", lab.globals)
  for name, value in next, lab.globals do
    if type(value) == "table" and not of_lua[name] then add_functions(names, name .. ".", value) end
  end
  for class, methods in pairs(lab.methods) do add_functions(names, class .. ":", methods) end
  add_functions(names, "response:", getmetatable(lab.http_response({}, "")).__index)
  table.sort(names)
  return table.concat(names, "\n")
end

--- Called once, with the globals that checkers see.
function lab.guard(globals)
  lab.globals = globals
  setmetatable(globals, {__index = unknown_name, __metatable = false})
end

-- ---- the three steps ----

local function keep(fine, problem)
  if not fine and not lab.is_verdict(problem) then state.problem = state.problem or lab.problem(problem) end
  return fine
end

function lab.load()
  lab.begin()
  local chunk, message = engine.compile()
  if not chunk then
    local line = tonumber(message:match("^[^:]*:(%d+):"))
    state.problem = {message = message:match("^[^\n]*"), line = line, traceback = {}}
    return
  end
  keep(lab.protected(chunk))
end

function lab.check()
  if state.problem or state.final then return end
  state.phase = "checking"
  local id = lab.task.check
  local body = lab.functions[id]
  if not body then
    state.problem = {message = ("%s: there is no checks[%q]%s"):format(lab.task.name, id, lab.nearest(id, lab.order)),
      traceback = {}}
    return
  end
  local t = setmetatable({needs = lab.task.needs}, {__index = Check, __metatable = false})
  local fine, value = lab.protected(body, t)
  if keep(fine, value) then state.value = value end
  keep(lab.protected(lab.stop_services))
end

local function functions()
  local list = {}
  for i, id in ipairs(lab.order) do list[i] = {id = id, line = engine.defined(lab.functions[id])} end
  return engine.list(list)
end

local function loaded()
  local verdict = state.final
  if verdict then
    return {error = {message = lab.task.name .. ": " .. lab.verdict_message(verdict), kind = verdict.kind}}
  end
  if state.problem then return {error = state.problem} end
  return {functions = functions()}
end

--- The line of the first expectation that no matcher followed.
local function first_unused()
  local first
  for _, line in pairs(state.unused) do first = math.min(line, first or line) end
  return first
end

--- The first that happened is the one that counts: a failure that waits was found before the error that followed it.
local function verdict_of()
  if state.pending then return {kind = "fail", failure = state.pending} end
  if state.final then return state.final end
  if state.problem then return {kind = "broken", message = state.problem.message} end
  local unused = first_unused()
  if unused then
    return {kind = "broken", message = ("%s:%d: expect(…) without a matcher"):format(lab.task.name, unused)}
  end
  if #state.failures > 0 then return {kind = "fail"} end
  if state.score then return {kind = state.score < 1 and "fail" or "pass", message = state.note} end
  if state.assertions == 0 then return {kind = "broken", message = lab.task.name .. ": the check asserted nothing"} end
  return {kind = "pass"}
end

function lab.verdict_message(verdict)
  local failure = verdict.failure or state.failures[1]
  return verdict.message or failure and lab.failure_line(failure) or verdict.kind
end

local function score_of(kind)
  if kind == "pass" then return 1 end
  local score = (kind == "fail" or kind == "timeout") and state.score or 0
  return score < 1 and score or 0
end

local function first_reason(failures)
  for _, failure in ipairs(failures) do
    if failure.reason then return failure.reason end
  end
  return state.hint
end

local function judged()
  local verdict = verdict_of()
  local failures = state.failures
  if verdict.failure then failures[#failures + 1] = verdict.failure end
  return {
    verdict = verdict.kind,
    score = score_of(verdict.kind),
    note = state.note,
    message = verdict.kind ~= "pass" and lab.verdict_message(verdict) or nil,
    reason = verdict.kind ~= "pass" and (verdict.reason or first_reason(failures)) or nil,
    failures = engine.list(failures),
    assertions = state.assertions,
    log = engine.list(state.log),
    traceback = verdict.kind == "broken" and state.problem and engine.list(state.problem.traceback) or nil,
  }
end

--- The outcome, and the check's value. `raised` is what came past the driver: memory, processor time.
function lab.finish(raised)
  if not state.log then lab.begin() end
  if engine.over_time() and not state.final and not state.pending then
    local message = lab.task.name .. ": the checker used up its processor time"
    state.problem = state.over_time or {message = message, traceback = {}}
  elseif raised ~= nil then
    state.problem = state.problem or lab.problem(raised)
  end
  if not lab.task.check then return loaded() end
  return judged(), state.value
end
