-- Time and chance: within and holds instead of sleeping; random numbers that every machine draws alike.

local state = lab.state

local FIRST_PAUSE, LONGEST_PAUSE, SECONDS_MOST = 0.02, 0.5, 600

-- ---- one try ----

--- Calls the author's function. Whether it held, and its result, or the failure that says why not. Soft failures of a
--- try count as failures of it.
local function try(what, called)
  local noted, asserted = #state.failures, state.assertions
  state.trials = state.trials + 1
  local fine, value = lab.protected(called)
  state.trials = state.trials - 1
  local failure = state.pending or state.failures[noted + 1]
  state.pending = nil
  for i = #state.failures, noted + 1, -1 do state.failures[i] = nil end
  if failure then return false, failure end
  if not fine then
    if lab.is_verdict(value) and value.kind == "fail" then return false, value.failure end
    error(value, 0)
  end
  if state.assertions > asserted or value then return true, value end
  return false, {what = "the condition of " .. what, expected = "true", actual = lab.render(value)}
end

local function check_arguments(what, seconds, called)
  lab.enter(what)
  lab.argument(what .. ": the seconds", seconds, "number")
  if not (seconds > 0 and seconds <= SECONDS_MOST) then
    lab.misuse("%s: the seconds must be more than 0 and at most %d, got %s", what, SECONDS_MOST, tostring(seconds))
  end
  lab.argument(what .. ": the function", called, "function")
end

--- Ends the check with the failure of the last try, or leaves it to the tries around this one.
local function give_up(failure, note)
  failure.difference = failure.difference and failure.difference .. "; " .. note or note
  failure.soft = nil
  lab.stop {kind = "fail", failure = failure}
end

--- Tries until it holds; its value. The last try comes when the time is up, not before.
function within(seconds, called)
  check_arguments("within", seconds, called)
  local began, pause, tries = clock.now(), FIRST_PAUSE, 0
  while true do
    local left = seconds - (clock.now() - began)
    local held, value = try("within", called)
    tries = tries + 1
    if held then
      lab.count_assertion()
      return value
    end
    if left <= 0 then
      give_up(value, ("still so after %s s (%d tries)"):format(lab.number(seconds), tries))
    end
    clock.sleep(math.max(0, math.min(pause, left)))
    pause = math.min(pause * 1.5, LONGEST_PAUSE)
  end
end

--- Demands that it stays true for that long; its last value.
function holds(seconds, called)
  check_arguments("holds", seconds, called)
  local began, pause = clock.now(), FIRST_PAUSE
  while true do
    local since = clock.now() - began
    local held, value = try("holds", called)
    if not held then
      give_up(value, ("after %.1f of %s s in which it had to stay so"):format(since, lab.number(seconds)))
    end
    if since >= seconds then
      lab.count_assertion()
      return value
    end
    clock.sleep(math.max(0, math.min(pause, seconds - (clock.now() - began))))
    pause = math.min(pause * 1.5, LONGEST_PAUSE)
  end
end

-- ---- chance ----

function seed()
  return randomness.seed()
end

--- A whole number from 1 to n; without n a number from 0 to 1, 1 excluded.
function random(n)
  if n == nil then return randomness.float() end
  lab.argument("random: the most", n, "number")
  if math.type(n) ~= "integer" or n < 1 then
    lab.misuse("random: the most must be a whole number from 1, got %s", lab.number(n))
  end
  return randomness.integer(n)
end

--- A copy of the list in random order (Fisher and Yates).
function shuffle(list)
  lab.argument("shuffle: the list", list, "table")
  local copy = table.move(list, 1, #list, 1, {})
  for i = #copy, 2, -1 do
    local j = randomness.integer(i)
    copy[i], copy[j] = copy[j], copy[i]
  end
  return lab.list(copy)
end
