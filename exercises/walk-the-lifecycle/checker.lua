-- walk-the-lifecycle: what the learner wrote about the log, against private/key.json.

local PHASES = {develop = "deploy", deploy = "monitor", monitor = "improve", improve = "develop"} -- and the next of each
local PROPERTIES = {"automated-pipeline", "scalable-infrastructure", "continuous-monitoring", "governance"}
local ENOUGH_PHASES, SOME_PHASES, ENOUGH_SIDES, ENOUGH_COUNTERPARTS = 36, 28, 22, 0.8
local MANY = 20 -- events of one phase; the log has at most 12

local function key()
  return json.decode(file(private("key.json")):text())
end

-- A cell as a text; "" for none.
local function text(value)
  return (value == nil or value == json.null) and "" or tostring(value)
end

local function sorted_keys(map)
  local keys = {}
  for each in pairs(map) do
    keys[#keys + 1] = each
  end
  table.sort(keys)
  return keys
end

local function part(map, name, what)
  expect(type(map) == "table" and "a map" or "no map", what):equals("a map")
  expect(type(map[name]) == "table" and "a map" or "no map", name .. " in " .. what):equals("a map")
  return map[name]
end

-- ---- phases.csv ----

checks["phases-complete"] = function(_)
  local known, phases = key().phases, {}
  for number, row in ipairs(file("phases.csv"):csv()) do
    expect(row, "the columns of phases.csv"):has_keys("event", "phase"):because("rows")
    local event, phase = text(row.event), text(row.phase)
    local where = "phases.csv, line " .. number + 1
    expect(known[event] and event or "no event of events.csv", where):equals(event):because("rows")
    expect(phases[event] and "again" or "once", where .. ": " .. event .. " is there"):equals("once"):because("rows")
    if phase ~= "" then
      expect(phase, where .. ": phase of " .. event):one_of(sorted_keys(PHASES)):because("unknown-phase")
    end
    phases[event] = phase
  end
  for _, event in ipairs(sorted_keys(known)) do
    expect(phases[event] and "there" or "missing", event .. " in phases.csv"):equals("there"):because("rows")
  end
  return phases
end

checks["phases-right"] = function(t)
  local known, right, given = key().phases, 0, {[""] = 0}
  local total = #sorted_keys(known)
  for event, phase in pairs(t.needs["phases-complete"]) do
    right = right + (known[event] == phase and 1 or 0)
    given[phase] = (given[phase] or 0) + 1
    if phase ~= "" and given[phase] > MANY then
      hint("one-phase")
    end
  end
  if given[""] > total - ENOUGH_PHASES then
    hint("blank")
  end
  if right >= SOME_PHASES and right < ENOUGH_PHASES then
    t:score(right / total, ("%d of %d events"):format(right, total))
  end
  expect(right, ("events in the right phase, of %d"):format(total)):at_least(ENOUGH_PHASES)
end

-- ---- gap.yaml ----

local function practices()
  return part(file("gap.yaml"):yaml(), "practices", "gap.yaml")
end

local function practice(given, id)
  return part(given, id, "the practices of gap.yaml")
end

checks["practices-sorted"] = function(_)
  local answers, given, right, blank, regular = key(), practices(), 0, 0, 0
  local sides = {}
  for id in pairs(answers.research) do
    sides[id] = "research"
  end
  for _, id in ipairs(answers.production) do
    sides[id] = "production"
  end
  for _, id in ipairs(sorted_keys(sides)) do
    local side = text(practice(given, id).side)
    if side ~= "" then
      expect(side, "side of " .. id):one_of{"research", "production"}:because("side")
    end
    blank = blank + (side == "" and 1 or 0)
    right = right + (side == sides[id] and 1 or 0)
  end
  for _, id in ipairs(answers.regular) do
    regular = regular + (text(given[id].side) == "production" and 1 or 0)
  end
  if blank > 0 then
    hint("blank")
  elseif regular > 2 then
    hint("regular")
  end
  expect(right, "practices on the right side, of 24"):at_least(ENOUGH_SIDES)
end

checks["counterparts"] = function(_)
  local research, given, right, used = key().research, practices(), 0, {}
  local ids = sorted_keys(research)
  for _, id in ipairs(ids) do
    local counterpart = text(practice(given, id).counterpart)
    if counterpart ~= "" then
      expect(counterpart, "counterpart of " .. id):one_of(PROPERTIES):because("property")
      used[counterpart] = true
    end
    for _, accepted in ipairs(research[id]) do
      right = right + (accepted == counterpart and 1 or 0)
    end
  end
  if #sorted_keys(used) == 1 then
    hint("one-for-all")
  end
  expect(right, ("research practices with an accepted counterpart, of %d"):format(#ids))
    :at_least(math.ceil(ENOUGH_COUNTERPARTS * #ids))
end

-- Whether an event lies in a phase, in words that do not say in which one it does lie.
local function side_of(answers, event, phase)
  if not answers.phases[event] then
    return "is no event of events.csv"
  end
  return answers.phases[event] == phase and "lies there" or "lies elsewhere"
end

checks["broken-edge"] = function(_)
  local answers = key()
  local edge = part(file("gap.yaml"):yaml(), "edge", "gap.yaml")
  local from, to, before, after = text(edge.from), text(edge.to), text(edge.before), text(edge.after)
  local name = from == "" and "edge in gap.yaml" or ("the edge from '%s' to '%s'"):format(from, to)
  expect(PHASES[from] == to and "an edge of the loop" or "none", name):equals("an edge of the loop"):because("no-edge")
  local crossed = answers.crossed[from .. " " .. to]
  expect(crossed or "never crossed within 30 days", name):equals("never crossed within 30 days"):because("crossed")
  for _, one in ipairs{{before, from, "before"}, {after, to, "after"}} do
    expect(side_of(answers, one[1], one[2]), ("%s: '%s' in the phase %s"):format(one[3], one[1], one[2]))
      :equals("lies there")
      :because("one-side")
  end
  local later = answers.dates[after] > answers.dates[before]
  expect(later and "later" or "not later", ("%s beside %s"):format(after, before)):equals("later"):because("one-side")
end
