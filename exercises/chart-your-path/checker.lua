-- chart-your-path: duties against private/key.json; levels, gaps and plan against the matrix, the paths and the index of the course.

local DEPTH = {mlops = 1, llmops = 2, agenticops = 3}
local SYSTEMS = {"late-parcel", "deskmate", "dispatcher"} -- each as deep as its place
local ROLES = {"practitioner", "mlops-engineer", "ai-platform-engineer"}
local ENOUGH_LAYERS, ENOUGH_OWNERS, MANY_AGENTIC = 16, 14, 9
local EVIDENCE_FROM, WIDEST, PLANNED, SELF = 2, 3, 5, "chart-your-path"

local function key()
  return json.decode(file(private("key.json")):text())
end

-- A value as a text; "" for none.
local function text(value)
  return (value == nil or value == json.null or type(value) == "table") and "" or tostring(value)
end

local function sorted_keys(map)
  local keys = {}
  for each in pairs(map) do
    keys[#keys + 1] = each
  end
  table.sort(keys)
  return keys
end

local function contains(list, wanted)
  for _, each in ipairs(list) do
    if each == wanted then
      return true
    end
  end
  return false
end

-- The words of a cell.
local function words(cell)
  local found = {}
  for word in cell:gmatch("[%w-]+") do
    found[#found + 1] = word
  end
  return found
end

local function map_of(path)
  local map = file(path):yaml()
  expect(type(map) == "table" and "a map" or "no map", path):equals("a map")
  return map
end

local function list_of(map, name, path)
  local list = map[name]
  local is_list = type(list) == "table" and (#list > 0 or next(list) == nil)
  expect(is_list and "a list" or "no list", name .. " in " .. path):equals("a list")
  return list
end

local function matrix()
  return file(shared("skills.yaml")):yaml().skills
end

local function skills_by_id()
  local skills = {}
  for _, skill in ipairs(matrix()) do
    skills[skill.id] = skill
  end
  return skills
end

-- The rows of the course's index by their ids.
local function index()
  local rows = {}
  for _, row in ipairs(start_file("exercises.csv"):csv()) do
    rows[row.id] = row
  end
  return rows
end

-- ---- layers.csv, systems.yaml ----

local function duties()
  local known, skills, found = key(), skills_by_id(), {}
  for number, row in ipairs(file("layers.csv"):csv()) do
    local where = "layers.csv, line " .. number + 1
    expect(row, "the columns of layers.csv"):has_keys("duty", "layer", "owner", "skill"):because("rows")
    local duty, layer, owner, skill = text(row.duty), text(row.layer), text(row.owner), text(row.skill)
    expect(known[duty] and duty or "no duty of requirements.csv", where):equals(duty):because("rows")
    expect(found[duty] and "again" or "once", where .. ": " .. duty .. " is there"):equals("once"):because("rows")
    if layer ~= "" then
      expect(layer, where .. ": layer of " .. duty):one_of(sorted_keys(DEPTH)):because("rows")
    end
    if owner ~= "" then
      expect(owner, where .. ": owner of " .. duty):one_of(ROLES):because("rows")
    end
    if skill ~= "" then
      expect(skills[skill] and skill or "no skill of the matrix", where .. ": skill of " .. duty):equals(skill):because("rows")
    end
    found[duty] = {layer = layer, owner = owner}
  end
  return found
end

checks["layers"] = function(_)
  local found, layers, owners, agentic = duties(), 0, 0, 0
  for duty, right in pairs(key()) do
    local given = found[duty] or {}
    layers = layers + (given.layer == right.layer and 1 or 0)
    owners = owners + (contains(right.owners, given.owner) and 1 or 0)
    agentic = agentic + (given.layer == "agenticops" and 1 or 0)
  end
  if agentic > MANY_AGENTIC then
    hint("all-agentic")
  end
  expect(layers, "duties on the right layer, of 18"):at_least(ENOUGH_LAYERS)
  expect(owners, "duties with an accepted owner, of 18"):at_least(ENOUGH_OWNERS):because("owners")
end

-- Whether a system as deep as this has the duty: by the key and by the learner's own layer. Where they differ either will do.
local function has_duty(right, own, depth)
  local by_key = DEPTH[right.layer] <= depth
  local by_own = by_key
  if own and DEPTH[own.layer] then
    by_own = DEPTH[own.layer] <= depth
  end
  return by_key, by_own
end

checks["cumulative"] = function(_)
  local known, found, systems = key(), duties(), map_of("systems.yaml")
  for depth, system in ipairs(SYSTEMS) do
    local listed = {}
    for _, duty in ipairs(list_of(systems, system, "systems.yaml")) do
      expect(known[duty] and duty or "no duty of requirements.csv", "a duty of " .. system):equals(duty):because("duties")
      listed[duty] = true
    end
    local missing, extra = 0, 0
    for _, duty in ipairs(sorted_keys(known)) do
      local by_key, by_own = has_duty(known[duty], found[duty], depth)
      missing = missing + ((by_key and by_own and not listed[duty]) and 1 or 0)
      extra = extra + ((not by_key and not by_own and listed[duty]) and 1 or 0)
    end
    expect(missing, "duties that " .. system .. " has and that are not listed"):equals(0):because("missing")
    expect(extra, "duties listed for " .. system .. " that belong to a higher layer"):equals(0):because("extra")
  end
end

-- ---- levels.yaml ----

local function is_file_here(path)
  local plain = path:find("^[%w_][%w_%-%. /]*$") and not path:find("..", 1, true) and not path:find(".git", 1, true)
  return plain and not path:find("//", 1, true) and not path:find("/$") and file(path):exists()
end

local function is_evidence(evidence, exercises)
  return exercises[evidence] or evidence:find("^https?://[%w%-]+%.[%w%-%.]+") or is_file_here(evidence)
end

checks["matrix-complete"] = function(_)
  local given, exercises, skills, levels = map_of("levels.yaml"), index(), skills_by_id(), {}
  for _, id in ipairs(sorted_keys(given)) do
    expect(skills[id] and id or "no skill of the matrix", "a line of levels.yaml"):equals(id):because("unknown-skill")
  end
  for _, id in ipairs(sorted_keys(skills)) do
    local rating = given[id]
    expect(type(rating) == "table" and "rated" or "not rated", id .. " in levels.yaml"):equals("rated"):because("level")
    expect(rating.level, "level of " .. id):one_of{0, 1, 2, 3}:because("level")
    if rating.level >= EVIDENCE_FROM then
      local evidence = text(rating.evidence)
      local found = is_evidence(evidence, exercises) and "an exercise, a URL or a file" or "none of them"
      expect(found, ("evidence '%s' for level %d of %s"):format(evidence, rating.level, id))
        :equals("an exercise, a URL or a file")
        :because("evidence")
    end
    levels[id] = rating.level
  end
  return levels
end

-- ---- plan.yaml ----

local function roles()
  return start_file("paths.yaml"):yaml().roles
end

-- The plan, and the target role as paths.yaml has it.
local function plan()
  local given = map_of("plan.yaml")
  local name = text(given.target)
  local role = roles()[name] or {}
  expect(role.in_matrix and "a role with a column in the matrix" or "none", ("target '%s' in plan.yaml"):format(name))
    :equals("a role with a column in the matrix")
    :because("target")
  return given, name, role
end

-- The skills below their target with their gaps, the largest first, equal ones by name.
local function gaps_for(target, levels)
  local gaps = {}
  for _, skill in ipairs(matrix()) do
    local gap = skill.targets[target] - levels[skill.id]
    if gap > 0 then
      gaps[#gaps + 1] = {skill = skill.id, gap = gap}
    end
  end
  table.sort(gaps, function(a, b)
    if a.gap ~= b.gap then
      return a.gap > b.gap
    end
    return a.skill < b.skill
  end)
  return gaps
end

checks["gaps-right"] = function(t)
  local given, target, role = plan()
  local gaps, right, listed = gaps_for(target, t.needs["matrix-complete"]), {}, {}
  for _, gap in ipairs(gaps) do
    right[gap.skill] = gap.gap
  end
  local list = list_of(given, "gaps", "plan.yaml")
  for number, one in ipairs(list) do
    expect(type(one) == "table" and "a map" or "no map", "gaps in plan.yaml, number " .. number):equals("a map")
    local skill = text(one.skill)
    expect(right[skill] and "below its target" or "not below its target", ("'%s' in gaps"):format(skill))
      :equals("below its target")
      :because("no-gap")
    expect(listed[skill] and "again" or "once", skill .. " in gaps"):equals("once"):because("no-gap")
    expect(one.gap, "gap of " .. skill):equals(right[skill]):because("gap")
    listed[skill] = true
  end
  expect(#gaps - #list, "skills below their target that gaps does not have"):equals(0):because("gap-missing")
  for number, one in ipairs(list) do
    local place = ("%s as number %d of gaps"):format(one.skill, number)
    expect(gaps[number].skill == one.skill and "in order" or "not in order", place):equals("in order"):because("order")
  end
  return {gaps = gaps, track = role.track}
end

checks["path-legal"] = function(_)
  local given, target = plan()
  local known, steps, current = roles(), list_of(given, "steps", "plan.yaml"), text(given.current)
  expect(known[current] and "a role of paths.yaml" or "none", ("current '%s' in plan.yaml"):format(current))
    :equals("a role of paths.yaml")
    :because("current")
  expect(text(steps[1]), "the first of steps"):equals(current):because("ends")
  expect(text(steps[#steps]), "the last of steps"):equals(target):because("ends")
  for number = 2, #steps do
    local from, to = text(steps[number - 1]), text(steps[number])
    local leads = known[from] and contains(known[from].leads_to, to)
    expect(leads and "leads there" or "does not lead there", ("%s to %s, in paths.yaml"):format(from, to))
      :equals("leads there")
      :because("leap")
  end
end

-- The first of the gaps that exercises of the track train, and all these exercises.
local function trained(gaps, track, exercises)
  local skills, able = {}, {}
  for _, gap in ipairs(gaps) do
    local found = false
    for id, row in pairs(exercises) do
      if #skills < WIDEST and id ~= SELF and contains(words(row.tracks), track) and contains(words(row.skills), gap.skill) then
        able[id], found = true, true
      end
    end
    skills[#skills + 1] = found and gap.skill or nil
  end
  return skills, able
end

checks["plan-trains"] = function(t)
  local exercises, needed = index(), t.needs["gaps-right"]
  local skills, able = trained(needed.gaps, needed.track, exercises)
  local planned, covered = {}, {}
  for _, id in ipairs(list_of(map_of("plan.yaml"), "next", "plan.yaml")) do
    local row = exercises[id]
    expect(row and id or "no exercise of exercises.csv", "an exercise of next"):equals(id):because("unknown-exercise")
    expect(planned[id] and "again" or "once", id .. " in next"):equals("once"):because("unknown-exercise")
    expect(words(row.tracks), "tracks of " .. id):contains(needed.track):because("off-track")
    expect(id == SELF and "this exercise" or "another one", id .. " in next"):equals("another one"):because("itself")
    expect(able[id] and "yes" or "no", ("whether %s trains one of %s"):format(id, table.concat(skills, ", ")))
      :equals("yes")
      :because("elsewhere")
    planned[id] = true
    for _, skill in ipairs(words(row.skills)) do
      covered[skill] = true
    end
  end
  expect(#sorted_keys(planned), "exercises of next"):equals(math.min(PLANNED, #sorted_keys(able))):because("how-many")
  for _, skill in ipairs(skills) do
    expect(covered[skill] and "trained" or "left out", skill .. ", one of the largest gaps"):equals("trained"):because("left-out")
  end
end
