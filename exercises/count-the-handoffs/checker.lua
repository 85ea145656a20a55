-- count-the-handoffs: the learner's report against one that is computed here from hidden logs; owners against private/key.json;
-- choices against the briefs and reasons of the start.

local GROUPS = {"end-to-end", "squad"}
local NUMBERS = {"handoffs_per_item", "kinds_per_person_week", "median_lead_hours", "waiting_share"}
local ROLES = {"data-engineer", "data-scientist", "ml-engineer", "platform-engineer"}
local BRIEFS = {"island", "network", "claims"}
local CHOICES = {"end-to-end", "cross-functional", "hybrid"}
local ENOUGH, MANY = 14, 8 -- owners that fit, of 16; activities of one owner, of which more are too many
local TOLERANCE = 1e-6

local function text(value)
  return (value == nil or value == json.null) and "" or tostring(value)
end

local function is_map(value)
  return type(value) == "table" and value ~= json.null
end

local function sorted_keys(map)
  local keys = {}
  for each in pairs(map) do
    keys[#keys + 1] = tostring(each)
  end
  table.sort(keys)
  return keys
end

-- ---- the report ----

local function report_on(t, tickets)
  t:run{"python", "handoffs.py", "--tickets", tickets, "--out", "report.json"}:ok()
  local report = file("report.json"):json()
  local groups = is_map(report) and report.groups
  expect(is_map(groups) and "an object" or "none", "groups in report.json"):equals("an object"):because("group")
  for _, group in ipairs(GROUPS) do
    expect(is_map(groups[group]) and "there" or "missing", group .. " in report.json"):equals("there"):because("group")
    for _, name in ipairs(NUMBERS) do
      local number = groups[group][name]
      expect(type(number) == "number" and "a number" or "none", ("%s of %s"):format(name, group)):equals("a number"):because("number")
    end
  end
  return groups
end

checks["runs"] = function(t)
  report_on(t, "tickets.csv")
end

-- Minutes, from a moment such as 2026-02-03T14:15. (Days from civil, H. Hinnant.)
local function minutes(moment)
  local parts = {}
  for part in moment:gmatch("%d+") do
    parts[#parts + 1] = math.tointeger(part)
  end
  local year, month = parts[1] - (parts[2] <= 2 and 1 or 0), (parts[2] + 9) % 12
  local day = 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + parts[3] - 1
  return (day * 24 + parts[4]) * 60 + parts[5]
end

local MONDAY, WEEK = minutes("2026-02-02T00:00"), 7 * 24 * 60

-- For each group of a log its items, each a list of steps in the order of their starts.
local function items_of(rows)
  local groups, found = {}, {}
  for _, row in ipairs(rows) do
    local step = {person = row.person, role = row.role, activity = row.activity, start = minutes(row.start), ["end"] = minutes(row["end"])}
    if not found[row.item] then
      found[row.item] = {}
      groups[row.group] = groups[row.group] or {}
      table.insert(groups[row.group], found[row.item])
    end
    table.insert(found[row.item], step)
  end
  for _, steps in pairs(found) do
    table.sort(steps, function(one, other)
      return one.start < other.start
    end)
  end
  return groups
end

-- Counts an item's handoffs, and its waiting and lead time in minutes.
local function measure(steps)
  local handoffs, waiting = 0, 0
  for number = 2, #steps do
    local before, after = steps[number - 1], steps[number]
    if before.role ~= after.role then
      handoffs = handoffs + 1
      waiting = waiting + after.start - before["end"]
    end
  end
  return handoffs, waiting, steps[#steps]["end"] - steps[1].start
end

local function kinds_per_person_week(items)
  local seen, kinds, pairs_seen = {}, 0, 0
  for _, steps in ipairs(items) do
    for _, step in ipairs(steps) do
      local who = step.person .. " " .. (step.start - MONDAY) // WEEK
      pairs_seen = pairs_seen + (seen[who] and 0 or 1)
      seen[who] = seen[who] or {}
      kinds = kinds + (seen[who][step.activity] and 0 or 1)
      seen[who][step.activity] = true
    end
  end
  return kinds / pairs_seen
end

-- The four numbers of a group, by the definitions of contract.md.
local function right_report(items)
  local handoffs, waiting, lead, leads = 0, 0, 0, {}
  for number, steps in ipairs(items) do
    local of_item = {measure(steps)}
    handoffs, waiting, lead = handoffs + of_item[1], waiting + of_item[2], lead + of_item[3]
    leads[number] = of_item[3] / 60
  end
  return {
    handoffs_per_item = handoffs / #items,
    waiting_share = waiting / lead,
    median_lead_hours = stats.quantile(leads, 0.5),
    kinds_per_person_week = kinds_per_person_week(items),
  }
end

-- Compares one of the numbers on two hidden logs: with the lines in the order of time, and in none. Both have an odd and
-- an even number of items in a group.
local function judges(t, name, reason)
  for number, items in ipairs{40, 61} do
    local log = private("gen.py", {seed = seed() + number, items = items, shuffle = number == 2}, ("tickets-%d.csv"):format(number))
    local groups, report = items_of(file(log):csv()), report_on(t, log)
    for _, group in ipairs(GROUPS) do
      expect(report[group][name], ("%s of %s, %d items"):format(name, group, items))
        :near(right_report(groups[group])[name], TOLERANCE)
        :because(number == 2 and name == "handoffs_per_item" and "order" or reason)
    end
  end
end

checks["handoff-count"] = function(t)
  judges(t, "handoffs_per_item", "steps")
end

checks["waiting-share"] = function(t)
  judges(t, "median_lead_hours", "lead")
  judges(t, "waiting_share", "pauses")
end

checks["context-switches"] = function(t)
  judges(t, "kinds_per_person_week", "week")
end

-- ---- owners.csv ----

-- The owner of each activity, "" where there is none yet.
local function owners()
  local known, given = json.decode(file(private("key.json")):text()), {}
  for number, row in ipairs(file("owners.csv"):csv()) do
    expect(row, "the columns of owners.csv"):has_keys("activity", "owner"):because("rows")
    local activity, owner, where = text(row.activity), text(row.owner), "owners.csv, line " .. number + 1
    expect(known[activity] and activity or "no activity of activities.csv", where):equals(activity):because("rows")
    expect(given[activity] and "again" or "once", where .. ": " .. activity .. " is there"):equals("once"):because("rows")
    if owner ~= "" then
      expect(owner, where .. ": owner of " .. activity):one_of(ROLES):because("role")
    end
    given[activity] = owner
  end
  for _, activity in ipairs(sorted_keys(known)) do
    expect(given[activity] and "there" or "missing", activity .. " in owners.csv"):equals("there"):because("rows")
  end
  return given, known
end

checks["owners"] = function(_)
  local given, known = owners()
  local right, count = 0, {[""] = 0}
  for activity, owner in pairs(given) do
    count[owner] = (count[owner] or 0) + 1
    for _, accepted in ipairs(known[activity]) do
      right = right + (accepted == owner and 1 or 0)
    end
  end
  if count[""] > 0 then
    hint("blank")
  end
  for _, role in ipairs(ROLES) do
    if (count[role] or 0) > MANY then
      hint("one-for-all")
    end
  end
  expect(right, "activities whose owner fits, of 16"):at_least(ENOUGH)
end

-- ---- teams.yaml ----

-- Whether a reason holds for the facts of a brief; if not, with the condition that does not.
local function holds_for(reason, facts)
  for _, condition in ipairs(reason.when) do
    local is = facts[condition.fact]
    if condition.equals ~= nil and is ~= condition.equals
      or condition.at_least and is < condition.at_least
      or condition.at_most and is > condition.at_most
    then
      return false, ("%s is %s"):format(condition.fact, tostring(is))
    end
  end
  return true
end

-- The reasons cited for a brief, each known and once.
local function cited(brief, given, known)
  local list, seen = given.reasons, {}
  expect(is_map(list) and "a list" or "no list", "reasons of " .. brief):equals("a list"):because("form")
  for number, name in ipairs(list) do
    local what = ("reason %d of %s"):format(number, brief)
    expect(known[name] and "a reason" or "no reason of reasons.yaml", ("%s, '%s'"):format(what, text(name))):equals("a reason"):because("form")
    expect(seen[name] and "cited again" or "cited once", ("%s, '%s'"):format(what, name)):equals("cited once"):because("few")
    seen[name] = true
  end
  expect(#list, "reasons of " .. brief):at_least(2):because("few")
  return list
end

checks["choice-follows"] = function(_)
  local teams, known = file("teams.yaml"):yaml(), start_file("reasons.yaml"):yaml()
  expect(is_map(teams) and "a map" or "no map", "teams.yaml"):equals("a map"):because("form")
  for _, brief in ipairs(BRIEFS) do
    local given = teams[brief]
    expect(is_map(given) and "a map" or "no map", brief .. " in teams.yaml"):equals("a map"):because("form")
    expect(text(given.choice), "choice for " .. brief):one_of(CHOICES):because(text(given.choice) == "" and "blank" or "form")
    local facts, sides = start_file("briefs/" .. brief .. ".yaml"):yaml().facts, {}
    for _, name in ipairs(cited(brief, given, known)) do
      local holds_there, why = holds_for(known[name], facts)
      expect(holds_there and "holds" or "does not: " .. why, ("'%s' for %s"):format(name, brief)):equals("holds"):because("contradicted")
      local side = known[name].speaks_for
      sides[side] = true
      if given.choice ~= "hybrid" then
        expect(side, ("what '%s' speaks for, cited for %s"):format(name, brief)):equals(given.choice):because("other-side")
      end
    end
    if given.choice == "hybrid" then
      expect(sorted_keys(sides), "what the reasons for " .. brief .. " speak for"):has_length(2):because("other-side")
    end
  end
end
