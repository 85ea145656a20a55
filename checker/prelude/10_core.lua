-- The core: what a check has said so far, how it ends, and who is to blame.
--
-- `lab` is the table that the files of the prelude share; checkers never see it. A check ends by a verdict, a table
-- with the metatable Verdict, raised as an error. The first verdict is recorded before it is raised, so that nothing
-- a checker does afterwards can change it.

local raw_error, raw_pcall, raw_xpcall = error, pcall, xpcall

lab.functions = {} -- id -> function
lab.order = {} -- ids in the order of their definition
lab.task = {} -- facts of the task, from engine.task()
lab.Check = {} -- methods of `t`
lab.methods = {t = lab.Check} -- every class that checkers meet, by the name it has in the reference

local Verdict = {}

--- The state of one task. Filled anew by lab.begin.
local state = {}
lab.state = state

local LOG_MOST = 64 * 1024

function lab.begin()
  for key in pairs(state) do state[key] = nil end
  state.phase = "loading"
  state.failures = {} -- soft ones, then the hard one
  state.assertions = 0
  state.trials = 0 -- how many within() and holds() are around us
  state.log, state.log_bytes = {}, 0
  state.unused = {} -- expectations without a matcher yet
  state.services = {}
  lab.task = engine.task()
  lab.functions, lab.order = {}, {}
end

-- ---- misuse: the author's mistakes, at the author's line ----

--- "checker.lua:12: ", or "" when no line of the checker led here.
local function place()
  local line = engine.line()
  return line and ("%s:%d: "):format(lab.task.name, line) or ""
end

function lab.misuse(format, ...)
  raw_error(place() .. format:format(...), 0)
end

function lab.nearest(word, candidates)
  local near = engine.nearest(word, candidates)
  return near and (", did you mean '%s'?"):format(near) or ""
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end
lab.sorted_keys = sorted_keys

--- What stands behind the last `mark` in the text, a character; the whole text where there is none. A pattern that
--- looks for it from every position ("[^/]*$") takes the square of the text's length.
function lab.after_last(mark, text)
  return text:match("^.*%" .. mark .. "(.*)$") or text
end

local integer_names = {integer = "an integer", number = "a number", string = "a string", boolean = "true or false",
  table = "a table", ["function"] = "a function"}

local function has_type(value, wanted)
  if wanted == "any" then return true end
  if wanted == "integer" then return math.type(value) == "integer" end
  return type(value) == wanted
end

--- Checks an argument; `wanted` is a type's name, or "integer", or "any".
function lab.argument(what, value, wanted)
  if not has_type(value, wanted) then
    lab.misuse("%s must be %s, got %s", what, integer_names[wanted] or wanted, type(value))
  end
  return value
end

--- Checks the named options of a call against {name = type}; list items are the caller's business.
function lab.options(what, given, allowed)
  for key, value in pairs(given) do
    if type(key) == "string" then
      local wanted = allowed[key]
      if not wanted then
        lab.misuse("%s: unknown option '%s'%s", what, key, lab.nearest(key, sorted_keys(allowed)))
      end
      lab.argument(("%s: %s"):format(what, key), value, wanted)
    elseif math.type(key) ~= "integer" then
      lab.misuse("%s: an option's name must be a string, got %s", what, type(key))
    end
  end
end

-- ---- ending ----

function lab.is_verdict(value)
  return getmetatable(value) == Verdict
end

--- Ends the check. A failure inside within() or holds() is only a try.
function lab.stop(verdict)
  setmetatable(verdict, Verdict)
  if not state.final and (verdict.kind ~= "fail" or state.trials == 0) then state.final = verdict end
  raw_error(verdict, 0)
end

function lab.blocked(format, ...)
  lab.stop {kind = "blocked", message = format:format(...)}
end

--- As lab.blocked, where what the machine lacks has a name: progress reads it from the reason code.
function lab.lacks(name, format, ...)
  local known = #name <= 40 and name:find("^[%w-]+$")
  lab.stop {kind = "blocked", message = format:format(...), reason = known and "needs-" .. name:lower() or nil}
end

--- Ends the check with a failure: {what, expected, actual, difference, where, run, reason, evidence, message}.
function lab.fail(failure)
  lab.settle()
  failure.run = failure.run or state.last_run
  lab.stop {kind = "fail", failure = failure}
end

--- Notes a hard failure that is raised by the next call of the API, or by the check's end: until then `:because` may
--- name its reason.
function lab.pend(failure)
  failure.run = failure.run or state.last_run
  state.pending = state.pending or failure
end

--- Every call of the API begins here: raises the failure that waits.
function lab.settle()
  local failure = state.pending
  if failure then
    state.pending = nil
    lab.stop {kind = "fail", failure = failure}
  end
end

--- As lab.settle, for calls that make sense only inside a check.
function lab.enter(what)
  if state.phase == "loading" then lab.misuse("%s can only be used inside a check", what) end
  lab.settle()
end

function lab.count_assertion()
  state.assertions = state.assertions + 1
end

-- ---- errors ----

local Problem = {__tostring = function(self) return self.message end}

--- The text of an error, whatever was raised. Its metamethods may raise too.
local function error_text(raised)
  if type(raised) == "string" then return raised end
  local fine, text = raw_pcall(tostring, raised)
  if not fine or type(text) ~= "string" then return "an error object (a " .. type(raised) .. ")" end
  return type(raised) == "table" and not getmetatable(raised) and "an error object (a table)" or text
end

--- Recursion shows once.
local function without_repeats(lines)
  local kept = {}
  for _, line in ipairs(lines) do
    if line ~= kept[#kept] then kept[#kept + 1] = line end
  end
  return kept
end

--- Message handler: what went wrong, at which line of the checker, through which of its functions.
local function problem_of(raised)
  if lab.is_verdict(raised) or getmetatable(raised) == Problem then return raised end
  local text = error_text(raised):gsub("^%[prelude [^%]]*%]:%d+: ", "")
  local first_line = text:match("^[^\n]*"):sub(1, 500)
  local line = tonumber(first_line:match("^" .. lab.task.name:gsub("%p", "%%%0") .. ":(%d+): "))
  if not line then
    line = engine.line()
    first_line = place() .. first_line
  end
  local traceback = without_repeats(engine.traceback())
  local problem = setmetatable({message = first_line, line = line, traceback = traceback}, Problem)
  if engine.over_time() then state.over_time = state.over_time or problem end
  return problem
end

--- Calls; true and the results, or false and a verdict or a problem {message, line, traceback}.
function lab.protected(called, ...)
  return raw_xpcall(called, problem_of, ...)
end

--- A problem from anything: errors of memory and of error handling come as plain strings.
function lab.problem(raised)
  if getmetatable(raised) == Problem then return raised end
  return {message = lab.task.name .. ": " .. error_text(raised):match("^[^\n]*"):sub(1, 500), traceback = {}}
end

--- Errors of Lua can be caught; a verdict cannot.
local function pass_verdicts(fine, raised, ...)
  if not fine and lab.is_verdict(raised) then raw_error(raised, 0) end
  return fine, raised, ...
end

function pcall(called, ...)
  return pass_verdicts(raw_pcall(called, ...))
end

function xpcall(called, handler, ...)
  local function guarded(raised)
    -- A handler that is called because time is over runs where no hook can end it.
    if lab.is_verdict(raised) or engine.over_time() then return raised end
    return handler(raised)
  end
  return pass_verdicts(raw_xpcall(called, guarded, ...))
end

-- ---- what checkers say beside their expectations ----

--- The reason of whatever failure comes, unless it names its own.
function hint(reason)
  lab.argument("hint: the reason", reason, "string")
  state.hint = reason
end

function print(...)
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  local line = table.concat(parts, "\t")
  if state.log_bytes + #line > LOG_MOST then return end
  state.log_bytes = state.log_bytes + #line + 1
  state.log[#state.log + 1] = line
end

-- ---- checks["id"] = function(t) … end ----

local function define(_, id, body)
  lab.argument("checks: an id", id, "string")
  if state.phase ~= "loading" then lab.misuse("checks[%q] is defined inside a check", id) end
  if type(body) ~= "function" then lab.misuse("checks[%q] must be a function, got %s", id, type(body)) end
  if lab.functions[id] then
    lab.misuse("checks[%q] is defined twice, first at line %d", id, engine.defined(lab.functions[id]))
  end
  lab.functions[id] = body
  lab.order[#lab.order + 1] = id
end

checks = setmetatable({}, {
  __newindex = define,
  __index = function(_, id) return lab.functions[id] end,
  __metatable = false,
})
