-- prom.rules(path): a file of alerting and recording rules. Source: Prometheus' documentation, "Defining recording
-- rules" and "Alerting rules". Expressions and templates are text here; promtool reads them.

local lab, prom = lab, prom
local structure = lab.structure

local units = {{"y", 365 * 86400}, {"w", 7 * 86400}, {"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}, {"ms", 0.001}}

-- ---- scalars ----

--- Seconds of "1h30m": units from the largest, each once, or 0; nil when it is no duration.
local function seconds_of(value)
  if value == 0 or value == "0" then return 0 end
  if type(value) ~= "string" or value == "" or #value > 64 then return nil end
  local seconds, rest, last = 0, value, 0
  while rest ~= "" do
    local digits, unit, more = rest:match("^(%d+)(%a+)(.*)$")
    local found
    for i = last + 1, #units do
      if units[i][1] == unit then found = i end
    end
    if not found then return nil end
    seconds, last, rest = seconds + tonumber(digits) * units[found][2], found, more
  end
  return math.tointeger(seconds) or seconds
end

local duration = {say = "a duration such as 5m", test = function(value)
  if not seconds_of(value) then return ("%s is no duration such as 5m"):format(structure.kind_text(value)) end
end}

local filled = {say = "text", test = function(value)
  if type(value) == "table" or value == "" then return "must be text, got " .. structure.kind_text(value) end
end}

local metric = {say = "a metric's name", test = function(value)
  if type(value) ~= "string" or not value:find("^[%a_:][%w_:]*$") then
    return ("%s is no name of a metric"):format(structure.kind_text(value))
  end
end}

local function label_key(name)
  if not name:find("^[%a_][%w_]*$") or name == "__name__" then
    return ("%s is no name of a label"):format(lab.quote(name))
  end
end

-- ---- the file ----

local function only_for_alerts(judge, rule, lines)
  if structure.is_absent(rule.record) then return end
  for _, name in ipairs {"for", "keep_firing_for", "annotations"} do
    if not structure.is_absent(rule[name]) then
      judge:note(structure.inside(lines, name), ("a recording rule has no '%s'"):format(name), "an alerting rule")
    end
  end
end

local labels = {map = "scalar", key = label_key}

local rule_schema = {
  fields = {record = metric, alert = filled, expr = filled, ["for"] = duration, keep_firing_for = duration,
    labels = labels, annotations = labels},
  required = {"expr"}, one = {"alert", "record"}, also = only_for_alerts,
}

local group_schema = {
  fields = {name = filled, interval = duration, query_offset = duration, limit = "integer", labels = labels,
    rules = {list = rule_schema}},
  required = {"name"},
}

local function unique_names(judge, document, lines)
  local groups, first = document.groups, {}
  if type(groups) ~= "table" or not lab.is_list(groups) then return end
  for i, group in ipairs(groups) do
    local name = type(group) == "table" and group.name
    if type(name) == "string" then
      local at = structure.inside(structure.inside(lines, "groups"), i)
      if first[name] then
        judge:note(at, ("the group %s stands on line %d already"):format(lab.quote(name), first[name]), "another name")
      end
      first[name] = first[name] or structure.line(at)
    end
  end
end

local file_schema = {fields = {groups = {list = group_schema}}, required = {"groups"}, also = unique_names}

-- ---- what a checker gets ----

local Rules = {}
lab.methods.rules = Rules

local function texts_of(map)
  local texts = {}
  for name, value in pairs(structure.is_absent(map) and {} or map) do texts[name] = tostring(value) end
  return texts
end

local function present(value)
  if structure.is_absent(value) then return nil end
  return tostring(value)
end

local function rule_of(given, lines, group)
  local all = texts_of(group.labels)
  for name, value in pairs(texts_of(given.labels)) do all[name] = value end
  return {
    alert = present(given.alert), record = present(given.record), expr = present(given.expr), labels = all,
    annotations = texts_of(given.annotations), hold = seconds_of(given["for"]) or 0,
    keep_firing = seconds_of(given.keep_firing_for) or 0, group = present(group.name), line = structure.line(lines),
  }
end

local function group_of(given, lines, all)
  local group = {name = present(given.name), interval = seconds_of(given.interval), rules = lab.list {},
    line = structure.line(lines)}
  local below = structure.inside(lines, "rules")
  for i, rule in ipairs(structure.is_absent(given.rules) and {} or given.rules) do
    local made = rule_of(rule, structure.inside(below, i), given)
    group.rules[i], all[#all + 1] = made, made
  end
  return group
end

--- The first rule of that name; none is a failure.
local function find(self, what, name)
  lab.enter(what)
  lab.argument(what .. ": the name", name, "string")
  local names = {}
  for _, rule in ipairs(self.all) do
    if rule[what] == name then return rule end
    names[#names + 1] = rule[what]
  end
  local near = structure.near(name, names)
  lab.fail {
    what = self.path, expected = ("%s: %s"):format(what, name), actual = "there is none" .. near,
    where = {file = self.path}, message = ("%s: there is no rule '%s: %s'%s"):format(self.path, what, name, near),
  }
end

function Rules:alert(name) return find(self, "alert", name) end
function Rules:record(name) return find(self, "record", name) end

function prom.rules(path)
  lab.enter("prom.rules")
  local source = type(path) == "table" and path.root and path or file(path)
  local document, lines = lab.decode_places(source:text(), source.path)
  local judge = structure.judge()
  judge.file = source.path
  judge:check(document, lines, file_schema)
  judge:finish()
  local rules = {path = source.path, groups = lab.list {}, all = lab.list {}}
  local below = structure.inside(lines, "groups")
  for i, group in ipairs(document.groups) do
    rules.groups[i] = group_of(group, structure.inside(below, i), rules.all)
  end
  return setmetatable(rules, {__index = Rules, __metatable = false})
end
