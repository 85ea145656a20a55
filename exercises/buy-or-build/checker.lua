-- buy-or-build: the learner's decisions are scored again from criteria.yaml and the briefs of the start; the costs are computed
-- here from hidden briefs and price lists.

local BRIEFS = {"parcels", "deskmate", "claims", "network"}
local COMPONENTS = {"tracking", "registry", "training", "serving", "monitoring", "features"}
local RELATIONS = {"at_least", "at_most", "equals"}
local YEARS, MONTHS, MOST_MODELS, CENT = 3, 12, 500, 0.005

local function criteria()
  return start_file("criteria.yaml"):yaml()
end

local function facts_of(brief)
  return start_file("briefs/" .. brief .. ".yaml"):yaml().facts
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

-- Whether a condition {fact, at_least | at_most | equals} is true for these facts.
local function is_true(condition, facts)
  local is = facts[condition.fact]
  if condition.at_least then
    return is >= condition.at_least
  elseif condition.at_most then
    return is <= condition.at_most
  end
  return is == condition.equals
end

-- The facts that imply a criterion, by name; nil when there is none.
local function implying(criterion, facts)
  local found
  for _, condition in ipairs(criterion.implied_by) do
    if is_true(condition, facts) then
      found = found or {}
      found[condition.fact] = true
    end
  end
  return found
end

-- ---- decisions ----

local function whole(value, least, most, what)
  expect(math.type(value) == "integer" and "a whole number" or "none", what):equals("a whole number"):because("range")
  expect(value, what):between(least, most):because("range")
end

local function a_map(value, what)
  expect(is_map(value) and "a map" or "no map", what):equals("a map"):because("form")
  return value
end

local function read_decision(brief, known)
  local decision = a_map(file("decisions/" .. brief .. ".yaml"):yaml(), "decisions/" .. brief .. ".yaml")
  local given = a_map(decision.criteria, "criteria of " .. brief)
  expect(sorted_keys(given), "criteria of " .. brief):equals(sorted_keys(known)):because("criteria")
  for _, name in ipairs(sorted_keys(known)) do
    local what = ("%s of %s"):format(name, brief)
    a_map(given[name], what)
    whole(given[name].score, 0, 3, "score of " .. what)
    whole(given[name].weight, 1, 3, "weight of " .. what)
    expect(is_map(given[name].facts) and "a list" or "no list", "facts of " .. what):equals("a list"):because("form")
  end
  expect(decision.verdict, "verdict of " .. brief):one_of{"buy", "build", "hybrid"}:because("form")
  return decision
end

checks["complete"] = function(_)
  local known, decisions = criteria(), {}
  for _, brief in ipairs(BRIEFS) do
    decisions[brief] = read_decision(brief, known)
  end
  return decisions
end

-- A criterion that is implied is scored and cites why; one that is not stays low.
local function follows(name, given, implied, what)
  if implied then
    expect(given.score, "score of " .. what):at_least(2):because("overlooked")
  end
  if given.score < 2 then
    return
  end
  local rests = false
  for _, fact in ipairs(given.facts) do
    rests = rests or implied and implied[fact] or false
  end
  expect(rests and name or "nothing that is true there", "what the facts of " .. what .. " imply"):equals(name):because("no-fact")
end

checks["scores-follow"] = function(t)
  local known = criteria()
  for _, brief in ipairs(BRIEFS) do
    local facts, decision = facts_of(brief), t.needs["complete"][brief]
    for _, name in ipairs(sorted_keys(known)) do
      local given, what = decision.criteria[name], ("%s of %s"):format(name, brief)
      for _, fact in ipairs(given.facts) do
        expect(facts[fact] ~= nil and "a fact" or "no fact of the brief", ("'%s', cited for %s"):format(tostring(fact), what))
          :equals("a fact")
          :because("no-fact")
      end
      follows(name, given, implying(known[name], facts), what)
    end
  end
end

-- The verdict of scores and weights; and the two sums, in words.
local function verdict_of(known, given, scores)
  local sums = {buy = 0, build = 0}
  for name, criterion in pairs(known) do
    sums[criterion.speaks_for] = sums[criterion.speaks_for] + scores[name] * given[name].weight
  end
  local words = ("%d for buying, %d for building"):format(sums.buy, sums.build)
  for one, other in pairs{buy = "build", build = "buy"} do
    if 5 * sums[one] > 6 * sums[other] then
      return one, words
    end
  end
  return "hybrid", words
end

local function scores_of(given)
  local scores = {}
  for name, one in pairs(given) do
    scores[name] = one.score
  end
  return scores
end

local function judge_split(split, brief)
  local count = {buy = 0, build = 0}
  expect(is_map(split) and sorted_keys(split) or {}, "components in the split of " .. brief)
    :equals{"features", "monitoring", "registry", "serving", "tracking", "training"}
    :because("split")
  for _, component in ipairs(COMPONENTS) do
    expect(split[component], component .. " in the split of " .. brief):one_of{"buy", "build"}:because("split")
    count[split[component]] = count[split[component]] + 1
  end
  expect(math.min(count.buy, count.build), "components on the smaller side of the split of " .. brief):at_least(1):because("split")
end

checks["verdict-follows"] = function(t)
  local known, decisions = criteria(), t.needs["complete"]
  for _, brief in ipairs(BRIEFS) do
    local decision = decisions[brief]
    local verdict, words = verdict_of(known, decision.criteria, scores_of(decision.criteria))
    expect(decision.verdict, ("verdict of %s, with %s"):format(brief, words)):equals(verdict):because("sums")
    if verdict == "hybrid" then
      judge_split(decision.split, brief)
    end
  end
  return decisions
end

-- The trigger of a decision, as a condition with one relation.
local function trigger_of(decision, facts, brief)
  local trigger, what = a_map(decision.revisit, "revisit of " .. brief), "revisit of " .. brief
  local is, relations = facts[trigger.fact or ""], {}
  expect(is ~= nil and "a fact" or "no fact of the brief", ("%s, fact '%s'"):format(what, tostring(trigger.fact))):equals("a fact"):because("form")
  for _, relation in ipairs(RELATIONS) do
    if trigger[relation] ~= nil and trigger[relation] ~= json.null then
      relations[#relations + 1] = relation
    end
  end
  expect(#relations, what .. ", how many of at_least, at_most and equals"):equals(1):because("form")
  local value = trigger[relations[1]]
  expect(type(value), what .. ", kind of value"):equals(type(is)):because("form")
  expect(type(value) == "number" or relations[1] == "equals", what .. ": what is no number is compared by equals"):equals(true):because("form")
  return {fact = trigger.fact, [relations[1]] = value}, value
end

-- The scores when a fact has another value.
local function rescore(known, given, facts, fact, value)
  local scores, changed = scores_of(given), {}
  for name, is in pairs(facts) do
    changed[name] = is
  end
  changed[fact] = value
  for name, criterion in pairs(known) do
    local before, now = implying(criterion, facts), implying(criterion, changed)
    if now and not before then
      scores[name] = 3
    elseif before and not now then
      scores[name] = 0
    end
  end
  return scores
end

checks["revisit"] = function(t)
  local known = criteria()
  for _, brief in ipairs(BRIEFS) do
    local decision, facts = t.needs["verdict-follows"][brief], facts_of(brief)
    local trigger, value = trigger_of(decision, facts, brief)
    local today = ("%s is %s in the brief"):format(trigger.fact, tostring(facts[trigger.fact]))
    expect(is_true(trigger, facts) and "true today" or "not true yet", ("the trigger of %s; %s"):format(brief, today))
      :equals("not true yet")
      :because("already")
    local verdict, words = verdict_of(known, decision.criteria, rescore(known, decision.criteria, facts, trigger.fact, value))
    expect(verdict, ("verdict of %s when %s is %s, with %s"):format(brief, trigger.fact, tostring(value), words))
      :not_equals(decision.verdict)
      :because("same")
  end
end

-- ---- tco.py ----

local function tco_of(t, brief, prices)
  t:run{"python", "tco.py", "--brief", brief, "--prices", prices, "--out", "tco.json"}:ok()
  local costs = file("tco.json"):json()
  expect(is_map(costs) and "an object" or "none", "tco.json"):equals("an object"):because("total")
  for _, way in ipairs{"buy", "build"} do
    expect(type(costs[way]) == "number" and "a number" or "none", way .. " in tco.json"):equals("a number"):because("total")
  end
  local meets = costs.break_even
  expect((meets == json.null or math.type(meets) == "integer") and "a whole number or null" or "neither", "break_even in tco.json")
    :equals("a whole number or null")
    :because("no-break-even")
  return costs
end

checks["tco-runs"] = function(t)
  tco_of(t, "briefs/parcels.yaml", "prices.csv")
end

-- The price of an item for a number of models.
local function price(lines, item, models)
  local found, from = nil, 0
  for _, line in ipairs(lines) do
    local start = math.tointeger(line.from_models)
    if line.item == item and start <= models and start > from then
      found, from = tonumber(line.eur_a_month), start
    end
  end
  return found
end

-- What three years cost, bought and built, by the definitions of contract.md.
local function costs_of(facts, lines, models, growth)
  local buy, build = 0, 0
  for year = 0, YEARS - 1 do
    local now = models + year * growth
    local staff = price(lines, "staff", now)
    local engineers = facts.run_engineers + (year == 0 and facts.build_engineers or 0)
    buy = buy + MONTHS * (price(lines, "platform", now) + now * price(lines, "license", now) + facts.vendor_engineers * staff)
    build = build + MONTHS * (price(lines, "base", now) + now * price(lines, "machines", now) + engineers * staff)
  end
  return buy, build
end

local function break_even(facts, lines)
  for models = 1, MOST_MODELS do
    local buy, build = costs_of(facts, lines, models, 0)
    if build <= buy + CENT then
      return models
    end
  end
  return json.null
end

-- The paths of a hidden brief and its price list.
local function hidden(case)
  local function make(part, name)
    return private("gen.py", {seed = seed(), case = case, part = part}, name)
  end
  return make("brief", case .. ".yaml"), make("prices", case .. ".csv")
end

checks["tco-right"] = function(t)
  for _, case in ipairs{"meets", "steps", "never"} do
    local brief, prices = hidden(case)
    local facts, costs = file(brief):yaml().facts, tco_of(t, brief, prices)
    local buy, build = costs_of(facts, file(prices):csv(), facts.models, facts.models_a_year)
    expect(costs.buy, "buy, for a brief that you have not seen"):near(buy, CENT):because("bought")
    expect(costs.build, "build, for a brief that you have not seen"):near(build, CENT):because("built")
  end
end

checks["break-even"] = function(t)
  for _, case in ipairs{"meets", "never", "equal", "first", "last", "beyond"} do
    local brief, prices = hidden(case)
    local costs = tco_of(t, brief, prices)
    local meets = break_even(file(brief):yaml().facts, file(prices):csv())
    expect(costs.break_even, "break_even, for a brief that you have not seen"):equals(meets):because(meets == json.null and "never" or "meets")
  end
end
