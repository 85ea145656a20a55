-- trace-the-claim: the chain is followed along the cards of the start, and the rates are computed here once more.

local RATES = {"per_finished", "per_prototype", "per_started", "within_12_months"}
local FIGURE = {["the 87 %"] = true, ["the 13 %"] = true}
local PROJECTS, ROUNDED = 150, 0.005

local function key()
  return json.decode(file(private("key.json")):text())
end

local function text(value)
  return (value == nil or value == json.null) and "" or tostring(value)
end

local function card_of(id)
  return id:match("^[a-z-]+$") and start_file("claims/" .. id .. ".yaml"):exists() and start_file("claims/" .. id .. ".yaml"):yaml()
end

-- A list of ids of cards under this name in trace.yaml.
local function ids(name)
  local trace = file("trace.yaml"):yaml()
  local list = type(trace) == "table" and trace[name]
  expect(type(list) == "table" and "a list" or "no list", name .. " in trace.yaml"):equals("a list")
  for number, id in ipairs(list) do
    local known = type(id) == "string" and card_of(id)
    expect(known and "a card" or "no card", ("%s in trace.yaml, number %d, '%s'"):format(name, number, text(id))):equals("a card")
  end
  return list
end

-- ---- trace.yaml ----

-- The cards that this one cites for the figure.
local function sources(id)
  local found = {}
  for _, cited in ipairs(card_of(id).cites) do
    found[cited.card] = FIGURE[cited["for"]]
  end
  return found
end

checks["chain"] = function(_)
  local chain = ids("chain")
  expect(text(chain[1]), "the first card of the chain"):equals("slide"):because("begin")
  for number = 2, #chain do
    local before, id = chain[number - 1], chain[number]
    expect(sources(before)[id] and "cited" or "not cited", ("'%s' by '%s', for the figure"):format(id, before))
      :equals("cited")
      :because("no-edge")
  end
  local last = chain[#chain]
  expect(next(sources(last)) and "one more card" or "nothing", ("what '%s' cites for the figure"):format(last))
    :equals("nothing")
    :because("not-the-end")
end

checks["end-verdict"] = function(_)
  local given = text(file("trace.yaml"):yaml().end_verdict)
  expect(given, "end_verdict in trace.yaml"):one_of{"measured", "forecast", "quoted", "unknown"}:because("verdict")
  hint(given == "measured" and "measured" or "verdict")
  expect(given == key().verdict and "yes" or "no", ("whether '%s' says what the figure is on the last card"):format(given)):equals("yes")
end

checks["other-outcome"] = function(_)
  local outcome, listed, missed = key().outcome, {}, 0
  for _, id in ipairs(ids("other_outcome")) do
    listed[id] = true
    expect(card_of(id).outcome == outcome and "reaching production" or "something else", ("what '%s' speaks of"):format(id))
      :equals("something else")
      :because("too-many")
  end
  for _, path in ipairs(glob("claims/*.yaml")) do
    local card = start_file(path):yaml()
    missed = missed + ((card.outcome ~= outcome and not listed[card.id]) and 1 or 0)
  end
  expect(missed, "cards about another outcome that are not listed"):equals(0):because("missed")
end

-- ---- rates.py ----

-- The number of a day, from a date such as 2025-12-31; nil for none. (Days from civil, H. Hinnant.)
local function day(date)
  local year, month, of_month = text(date):match("^(%d%d%d%d)-(%d%d)-(%d%d)$")
  if not year then
    return nil
  end
  local y = math.tointeger(year) - (math.tointeger(month) <= 2 and 1 or 0)
  local of_year = (153 * ((math.tointeger(month) + 9) % 12) + 2) // 5 + math.tointeger(of_month) - 1
  return 365 * y + y // 4 - y // 100 + y // 400 + of_year
end

-- For each rate {numerator, denominator}, by the definitions of contract.md.
local function count(rows, asof)
  local counts, today = {}, day(asof)
  for _, name in ipairs(RATES) do
    counts[name] = {0, 0}
  end
  local function add(name, below, above)
    counts[name][1] = counts[name][1] + (below and above and 1 or 0)
    counts[name][2] = counts[name][2] + (below and 1 or 0)
  end
  for _, row in ipairs(rows) do
    local happened = {}
    for _, name in ipairs{"started", "prototype", "deployed", "stopped"} do
      local date = day(row[name])
      happened[name] = date and date <= today and date
    end
    if happened.started then
      local deployed = happened.deployed
      add("per_started", true, deployed)
      add("per_prototype", happened.prototype, deployed)
      add("per_finished", deployed or happened.stopped, deployed)
      add("within_12_months", today - happened.started >= 365, deployed and deployed - happened.started <= 365)
    end
  end
  return counts
end

local function run_rates(t, register, asof)
  t:run{"python", "rates.py", "--register", register, "--asof", asof, "--out", "rates.json"}:ok()
  local rates = file("rates.json"):json()
  expect(type(rates) == "table" and "an object" or "none", "rates.json"):equals("an object"):because("no-rate")
  for _, name in ipairs(RATES) do
    expect(rates[name], name .. " in rates.json"):between(0, 1):because("no-rate")
  end
  return rates
end

checks["rates-run"] = function(t)
  run_rates(t, "register.csv", "2025-12-31")
end

-- Why a rate may be wrong.
local REASONS = {per_started = "later", per_prototype = "prototype", per_finished = "running", within_12_months = "running"}

checks["rates-right"] = function(t)
  for number, asof in ipairs{"2025-06-30", "2024-12-31"} do
    local given = {seed = seed() + number, projects = PROJECTS, asof = asof}
    local register = private("gen.py", given, ("register-%d.csv"):format(number))
    local counts = count(file(register):csv(), asof)
    local rates = run_rates(t, register, asof)
    for _, name in ipairs{"per_started", "per_prototype", "per_finished", "within_12_months"} do
      local right = counts[name][1] / counts[name][2]
      expect(rates[name], ("%s as of %s"):format(name, asof)):near(right, 1e-6):because(REASONS[name])
    end
  end
end

-- ---- claim.yaml ----

checks["restated"] = function(t)
  local claim = file("claim.yaml"):yaml()
  expect(type(claim) == "table" and "a map" or "none", "claim.yaml"):equals("a map"):because("field")
  hint("field")
  expect(text(claim.rate), "rate in claim.yaml"):one_of(RATES)
  local asof = text(claim.as_of)
  expect(asof, "as_of in claim.yaml"):matches("^20%d%d%-[01]%d%-[0-3]%d$")
  local counts = count(start_file("register.csv"):csv(), asof)[claim.rate]
  expect(counts[2], "projects to count on the day of as_of"):at_least(1)
  local rates = run_rates(t, "register.csv", asof)
  expect(claim.denominator, "denominator in claim.yaml"):equals(counts[2]):because("denominator")
  expect(claim.numerator, "numerator in claim.yaml"):equals(counts[1])
  expect(claim.value, "value in claim.yaml"):near(rates[claim.rate], ROUNDED)
  expect(text(claim.outcome), "outcome in claim.yaml"):equals(key().outcome)
  expect(text(claim.source), "source in claim.yaml"):equals("register.csv")
end
