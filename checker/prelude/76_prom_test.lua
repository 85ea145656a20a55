-- prom.test(rules, story): rules at work on series that a check has made up, by promtool. An alert is looked at through
-- the series ALERTS, so labels and annotations that a learner chose freely do not matter.

local lab, json = lab, json
local Check = lab.Check

local STORY, LINES = "lab-promtool-%d.json", 12
local NEAR = 1e-9 -- of the value, or of 1

local story_options = {interval = "string", series = "table", fires = "table", silent = "table", samples = "table"}
local alert_options = {alert = "string", at = "string", labels = "table"}
local sample_options = {expr = "string", at = "string", value = "number"}

-- ---- what is expected ----

local function demand_fields(what, given, allowed, needed)
  lab.options(what, lab.argument(what, given, "table"), allowed)
  for _, name in ipairs(needed) do
    if given[name] == nil then lab.misuse("%s: %s is missing", what, name) end
  end
end

local function matchers(labels)
  local texts = {}
  for _, name in ipairs(lab.sorted_keys(labels)) do
    local value = tostring(labels[name]):gsub("[\\\"]", "\\%0"):gsub("\n", "\\n")
    texts[#texts + 1] = ('%s="%s"'):format(name, value)
  end
  return table.concat(texts, ",")
end

--- The expression that is 1 when the alert fires, else 0.
local function alert_expression(given)
  local labels = {}
  for name, value in pairs(given.labels or {}) do labels[name] = value end
  labels.alertname, labels.alertstate = given.alert, "firing"
  return ("(count(ALERTS{%s}) or vector(0)) > bool 0"):format(matchers(labels))
end

local function alert_words(given, verb)
  local labels = given.labels and next(given.labels) and (" {%s}"):format(matchers(given.labels)) or ""
  return ("%s%s %s at %s"):format(given.alert, labels, verb, given.at)
end

local function sample_of(expr, at, value)
  return {expr = expr, eval_time = at, exp_samples = lab.list {{labels = "{}", value = value}}}
end

--- The expression that is 1 when a sum is near a value: two forms of one rule differ in their last bits, and promtool
--- compares all of them.
local function near_expression(sum, value)
  return ("abs(%s - (%s)) <= bool %s"):format(sum, lab.number(value), lab.number(NEAR * math.max(1, math.abs(value))))
end

--- All that the story expects: {{words, test, shown}, …}, a test as promtool has it, and one that shows values.
local function expectations(given)
  local list = {}
  for _, kind in ipairs {"fires", "silent"} do
    for i, one in ipairs(given[kind] or {}) do
      demand_fields(("prom.test: %s[%d]"):format(kind, i), one, alert_options, {"alert", "at"})
      local fires = kind == "fires"
      list[#list + 1] = {words = alert_words(one, fires and "fires" or "is silent"),
        test = sample_of(alert_expression(one), one.at, fires and 1 or 0)}
    end
  end
  for i, one in ipairs(given.samples or {}) do
    demand_fields(("prom.test: samples[%d]"):format(i), one, sample_options, {"expr", "at", "value"})
    local sum = ("sum(%s)"):format(one.expr)
    list[#list + 1] = {words = ("%s is %s at %s"):format(one.expr, lab.number(one.value), one.at),
      test = sample_of(near_expression(sum, one.value), one.at, 1), shown = sample_of(sum, one.at, one.value)}
  end
  if #list == 0 then lab.misuse("prom.test: the story expects nothing; give fires, silent or samples") end
  return list
end

local function series_of(given)
  local list = lab.list {}
  for _, name in ipairs(lab.sorted_keys(given.series or {})) do
    local values = given.series[name]
    if type(name) ~= "string" or type(values) ~= "string" then
      lab.misuse("prom.test: series is {['name{label=\"value\"}'] = values}")
    end
    list[#list + 1] = {series = name, values = values}
  end
  return list
end

-- ---- promtool ----

--- Runs promtool on the rules and these tests.
local function run(rule_files, given, tests)
  lab.state.stories = (lab.state.stories or 0) + 1
  local path, interval = STORY:format(lab.state.stories), given.interval or "1m"
  Check:write(path, json.encode {
    rule_files = lab.list(rule_files), evaluation_interval = interval,
    tests = lab.list {{interval = interval, input_series = series_of(given), promql_expr_test = lab.list(tests)}},
  })
  local result = Check:run {"promtool", "test", "rules", path}
  Check:remove(path)
  return result
end

--- A story that does not even hold without rules and expectations is the author's mistake.
local function demand_story(given)
  local result = run({}, given, {})
  local said = lab.last_lines(result.stdout .. result.stderr, 1) or "nothing said"
  if result.code ~= 0 then lab.misuse("prom.test: promtool: %s", said) end
end

local function fail(path, expected, result)
  local said = result.stderr .. result.stdout
  lab.fail {what = path, expected = expected, actual = "it does not, says promtool", run = result.run,
    evidence = lab.last_lines(said, LINES), where = {file = path}}
end

--- The first expectation that does not hold by itself.
local function find_fault(path, given, wanted)
  for _, one in ipairs(wanted) do
    local result = run({path}, given, {one.test})
    if result.code ~= 0 then fail(path, one.words, one.shown and run({path}, given, {one.shown}) or result) end
  end
end

local function path_of(rules)
  if type(rules) == "string" then return rules end
  if type(rules) == "table" and type(rules.path) == "string" then return rules.path end
  lab.misuse("prom.test: give the path of a file of rules, or what prom.rules answered")
end

function prom.test(rules, given)
  lab.enter("prom.test")
  local path = path_of(rules)
  lab.options("prom.test", lab.argument("prom.test: the story", given, "table"), story_options)
  local wanted, tests = expectations(given), {}
  for i, one in ipairs(wanted) do tests[i] = one.test end
  lab.count_assertion()
  local checked = Check:run {"promtool", "check", "rules", path}
  if checked.code ~= 0 then
    lab.fail {what = path, expected = "rules that Prometheus takes", actual = "promtool refuses them",
      run = checked.run, evidence = lab.last_lines(checked.stderr .. checked.stdout, LINES), where = {file = path}}
  end
  local result = run({path}, given, tests)
  if result.code == 0 then return end
  demand_story(given)
  find_fault(path, given, wanted)
  fail(path, "all that the story expects, together", result)
end
