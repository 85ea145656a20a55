-- t:run{…}: the learner's programs, one at a time, in the box.

local state = lab.state

local EVIDENCE_LINES, COMMAND_MOST = 12, 72

-- ---- the request ----

local run_options = {cwd = "string", env = "table", stdin = "string", timeout = "number", memory = "any",
  network = "string", may_time_out = "boolean", may_exceed = "boolean"}

local function word(what, value)
  if type(value) == "string" then
    if value:find("\0", 1, true) then lab.misuse("%s holds a NUL byte, which no program can be given", what) end
    return value
  end
  if type(value) == "number" then return lab.number(value) end
  lab.misuse("%s must be a string or a number, got %s", what, type(value))
end

--- The positional items of a call as words: the program and its arguments.
function lab.words(what, given)
  local last = 0
  for key in pairs(given) do
    if math.type(key) == "integer" then last = math.max(last, key) end
  end
  if last < 1 then lab.misuse("%s: which program? give its name and its arguments", what) end
  local words = {}
  for i = 1, last do words[i] = word(("%s: argv[%d]"):format(what, i), given[i]) end
  if words[1] == "" then lab.misuse("%s: the program's name is empty", what) end
  return lab.list(words)
end

local units = {B = 1, KiB = 1024, MiB = 1024 ^ 2, GiB = 1024 ^ 3}

--- Bytes from a number or a text such as "512MiB".
function lab.bytes_of(what, memory)
  if type(memory) == "string" then
    local count, unit = memory:match("^(%d+) ?(%a+)$")
    if units[unit] then return math.tointeger(tonumber(count) * units[unit]) end
  elseif math.type(memory) == "integer" and memory > 0 then
    return memory
  elseif memory == nil then
    return nil
  end
  lab.misuse("%s: memory is a number of bytes or a text such as '512MiB', got %s", what, tostring(memory))
end

function lab.environment(what, env)
  local copy = {}
  for name, value in pairs(env or {}) do
    if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
      lab.misuse("%s: env: %s is not a variable's name", what, tostring(name))
    end
    copy[name] = value ~= false and word(("%s: env.%s"):format(what, name), value)
  end
  return copy
end

--- Whether the program gets no network. A check may take away what the exercise grants, which is of the whole box.
local function is_offline(what, network)
  local granted = lab.task.exercise.network
  if network ~= nil and network ~= granted and network ~= "none" then
    lab.misuse("%s: exercise.yaml grants network '%s'; a run has that or 'none', not '%s'", what, granted, network)
  end
  return granted == "none" or network == "none"
end

--- The frame of op `run` or `service_start`, and its input.
function lab.program_request(op, what, given)
  local timeout = given.timeout
  if timeout and (timeout <= 0 or timeout ~= timeout) then
    lab.misuse("%s: timeout must be more than 0 seconds", what)
  end
  return {
    op = op, argv = lab.words(what, given), cwd = word(what .. ": cwd", given.cwd or "."),
    env = lab.environment(what, given.env),
    timeout = timeout, memory = lab.bytes_of(what, given.memory), has_input = given.stdin ~= nil,
    offline = is_offline(what, given.network),
  }
end

-- ---- what a program said ----

--- Head and tail of an output as one text; what was dropped between them is said in its place.
local function joined(head, tail, dropped)
  if dropped == 0 then return head .. tail end
  return ("%s\n… %d bytes left out …\n%s"):format(head, dropped, tail)
end

--- The last frame of a Python traceback that lies in the learner's own files.
function lab.python_frame(text)
  local base, found = (lab.task.scratch_path or "") .. "/", nil
  for name, line in text:gmatch('File "([^"\n]+)", line (%d+)') do
    if name:sub(1, #base) == base then name = name:sub(#base + 1) end
    if not name:find("^[/<]") then found = {file = name:gsub("^%./", ""), line = tonumber(line)} end
  end
  return found
end

function lab.evidence(result)
  local text = result.stderr:find("%S") and result.stderr or result.stdout
  return lab.last_lines(text, EVIDENCE_LINES)
end

--- The command, short enough for a sentence.
function lab.short_command(words)
  local text = lab.visible(table.concat(words, " "))
  return #text <= COMMAND_MOST and text or text:sub(1, COMMAND_MOST):gsub("[\x80-\xBF]*$", "") .. "…"
end

--- 512 MiB, 1.5 GiB, 100 bytes.
local function size(bytes)
  for _, unit in ipairs {"GiB", "MiB", "KiB"} do
    if bytes >= units[unit] then return ("%.4g %s"):format(bytes / units[unit], unit) end
  end
  return ("%d bytes"):format(bytes)
end

local function count(number) return ("%d"):format(number) end
local function seconds(number) return ("%.4g s"):format(number) end

local limit_words = {
  ["wall time"] = {"was stopped after %s", seconds},
  ["processor time"] = {"used more than %s of processor time", seconds},
  memory = {"used more than %s of memory", size},
  processes = {"started more than %s processes", count},
  disk = {"wrote more than %s", size},
  files = {"made more than %s files", count},
  ["file size"] = {"wrote a file larger than %s", size},
}

--- What happened to a program that a limit ended.
local function beyond(limit, value)
  local words, amount = table.unpack(limit_words[limit] or {"went over its limit of " .. limit, tostring})
  return words:format(amount(value))
end

local function unreachable(result)
  if not rawget(result, "unroutable") then return nil end
  return "tried to reach the network, which this check does not allow (loopback only)"
end

--- How it ended, in words.
function lab.ending(result)
  if result.limit then return beyond(result.limit, rawget(result, "limit_value")) end
  if result.signal then return "was ended by " .. result.signal end
  return result.code and ("exited with %d"):format(result.code) or "ended without an exit code"
end

-- ---- a result ----

local Result = {}
lab.methods.result = Result
local optional = {code = true, signal = true, limit = true, limit_value = true, command = true, run = true}
local known = {"code", "signal", "stdout", "stderr", "seconds", "cpu", "max_rss", "timed_out", "truncated", "limit",
  "limit_value", "left_behind", "command", "argv", "ok", "fails", "because", "lines", "json", "yaml", "toml", "csv",
  "xml"}
setmetatable(Result, {__index = function(_, name)
  if optional[name] then return nil end
  lab.misuse("a result has no '%s'%s", tostring(name), lab.nearest(tostring(name), known))
end})

--- The failure of a program that ended otherwise than it should.
local function ending_failure(result, expected)
  local command, how, last = lab.short_command(result.argv), lab.ending(result), lab.last_lines(result.stderr, 1)
  local tried = unreachable(result)
  if tried then how = how .. "; it " .. tried end
  return {
    what = command, expected = expected, actual = how, evidence = lab.evidence(result),
    where = lab.python_frame(result.stderr), run = result.run,
    message = ("%s %s%s"):format(command, how, last and ": " .. lab.visible(last) or ""),
  }
end

local function demand(result, holds, expected)
  lab.settle()
  lab.count_assertion()
  if not holds then
    result.failure = ending_failure(result, expected)
    lab.pend(result.failure)
  end
  return result
end

--- It exited with 0.
function Result:ok()
  return demand(self, self.code == 0, "exit code 0")
end

--- It exited with `code`, or, without one, with any code but 0. A signal is no exit.
function Result:fails(code)
  if code ~= nil then lab.argument("fails: the exit code", code, "integer") end
  local holds = code and self.code == code or not code and self.code ~= nil and self.code ~= 0
  return demand(self, holds, code and ("exit code %d"):format(code) or "an exit code other than 0")
end

function Result:because(reason)
  lab.argument("because: the reason", reason, "string")
  local failure = rawget(self, "failure")
  if failure then failure.reason = failure.reason or reason end
  return self
end

--- Its standard output, none of it left out; how much it logs beside that is its own affair.
local function whole_output(self)
  lab.settle()
  if self.stdout_dropped > 0 then
    lab.fail {what = "output of " .. lab.short_command(self.argv), expected = "an output that fits its limit",
      actual = "so much that a part of it was left out", run = self.run}
  end
  return self.stdout
end

function Result:lines()
  return lab.lines(whole_output(self), "output of " .. lab.short_command(self.argv))
end

for _, format in ipairs {"json", "yaml", "toml", "csv", "xml", "dotenv", "ini"} do
  Result[format] = function(self, path, options)
    lab.settle()
    if type(path) == "string" then
      local wanted = file(path)
      return wanted[format](wanted, options)
    end
    return lab.decode(format, whole_output(self), "output of " .. lab.short_command(self.argv), path)
  end
end

-- ---- limits ----

local function is_time(limit)
  return limit ~= nil and limit:find("time", 1, true) ~= nil
end

local function limit_failure(result)
  local command, words = lab.short_command(result.argv), lab.ending(result)
  return {
    what = command, expected = result.timed_out and "an end in time" or "an end within its limits", actual = words,
    evidence = lab.evidence(result), run = result.run, message = ("%s %s"):format(command, words),
  }
end

--- A program that a limit ended: a verdict at once, since what it left behind means nothing.
function lab.judge_limit(result, given)
  if not result.limit or given.may_exceed or result.timed_out and given.may_time_out then return end
  lab.stop {kind = result.timed_out and "timeout" or "fail", failure = limit_failure(result)}
end

--- A text with the paths of the scratch copy as the learner writes them.
local function without_scratch(text)
  local base = (lab.task.scratch_path or "") .. "/"
  local first, last = text:find(base, 1, true)
  return first and text:sub(1, first - 1) .. text:sub(last + 1) or text
end

--- It could not be started. A folder that is not there, and a program named by a path, are the learner's; a program
--- that is looked up is the machine's; words of such a length are the check's.
function lab.judge_missing(argv, answer)
  local why = without_scratch(answer.not_found)
  if answer.too_long then lab.misuse("%s", why) end
  if answer.no_folder then
    lab.fail {what = lab.short_command(argv), expected = "a folder to run it in", actual = why,
      message = ("%s cannot be run: %s"):format(argv[1], why)}
  end
  if not argv[1]:find("/", 1, true) then
    local advice = (lab.task.exercise.missing or {})[argv[1]]
    lab.lacks(argv[1], "%s", advice or ("%s is not installed (%s)"):format(argv[1], why))
  end
  lab.fail {what = lab.short_command(argv), expected = "a program that can be run", actual = why,
    message = ("%s cannot be run: %s"):format(argv[1], why)}
end

-- ---- t:run ----

local function present(value)
  if value == lab.null then return nil end
  return value
end

--- A result from the answer to `run` or `service_stop`.
function lab.result_of(argv, answer, out_head, out_tail, err_head, err_tail)
  local limit = present(answer.limit)
  local dropped_out, dropped_err = answer.dropped_out or 0, answer.dropped_err or 0
  return setmetatable({
    argv = argv, code = present(answer.code), signal = present(answer.signal),
    limit = limit, limit_value = present(answer.limit_value), timed_out = is_time(limit),
    unroutable = answer.unroutable or nil,
    stdout = joined(out_head or "", out_tail or "", dropped_out), stdout_dropped = dropped_out,
    stderr = joined(err_head or "", err_tail or "", dropped_err),
    truncated = dropped_out + dropped_err > 0,
    seconds = answer.seconds, cpu = answer.cpu, max_rss = answer.max_rss, left_behind = answer.left_behind or 0,
    command = present(answer.command), run = present(answer.run),
  }, {__index = Result, __metatable = false})
end

function lab.Check:run(given)
  lab.enter("t:run")
  lab.argument("t:run: its argument", given, "table")
  lab.options("t:run", given, run_options)
  local request = lab.program_request("run", "t:run", given)
  local answer, out_head, out_tail, err_head, err_tail = lab.demand("t:run", request, table.unpack {given.stdin})
  if present(answer.not_found) then lab.judge_missing(request.argv, answer) end
  local result = lab.result_of(request.argv, answer, out_head, out_tail, err_head, err_tail)
  state.last_run = result.run
  lab.judge_limit(result, given)
  return result
end
