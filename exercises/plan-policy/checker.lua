-- plan-policy: every check has plans of its own, made from the attempt's seed together with what a right gate says
-- about them. See private/gen.py for the form of a case.

local function material(check)
  return file(private("gen.py", {seed = seed(), check = check})):json()
end

local function absent(value)
  return value == nil or value == json.null
end

-- Writes what the gate reads. A case may have a budget of its own, and leave out one file, or one part of one.
local function write_inputs(t, given, case, path)
  local waivers = #case.waivers > 0 and case.waivers or json.list{}
  local inputs = {policy = given.policy, prices = given.prices, waivers = {waivers = waivers}}
  local texts = {plan = case.plan}
  for name, parts in pairs(inputs) do
    local written = {}
    for key, value in pairs(parts) do
      written[key ~= case.lacks and key or "other"] = key == "budget" and case.budget or value
    end
    texts[name] = json.encode(written)
  end
  for name, text in pairs(texts) do
    if name ~= case.missing then
      t:write(path(name), text)
    end
  end
end

-- Runs the gate on a case. The files are numbered, so that no run finds what another one left.
local function gate(t, given, case, number)
  local function path(name)
    return ("given/%s-%d.json"):format(name, number)
  end
  write_inputs(t, given, case, path)
  local run = t:run{
    "python", "plangate.py",
    "--plan", path("plan"),
    "--policy", path("policy"),
    "--prices", path("prices"),
    "--waivers", path("waivers"),
    "--out", path("report"),
    env = {LAB_NOW = given.now},
  }
  expect(run.stderr, case.name .. ": stderr"):not_contains("Traceback (most recent call last)"):because("crash")
  return run, path
end

-- Sorted lines as one text, so that two of them can be compared at a glance.
local function joined(lines)
  return #lines > 0 and table.concat(lines, "\n") or "none"
end

-- A part of the report as text, a line "address | rule | reason" for each item.
local function text_of(list, keys)
  local lines = {}
  for _, item in ipairs(type(list) == "table" and list or {}) do
    local parts = {}
    for index, key in ipairs(keys) do
      local value = type(item) == "table" and item[key]
      parts[index] = absent(value) and "the plan" or tostring(value)
    end
    lines[#lines + 1] = table.concat(parts, " | ")
  end
  table.sort(lines)
  return joined(lines)
end

local function read_report(run, path, case)
  if run.code ~= 0 and run.code ~= 1 then
    expect(run.code, case.name .. ": exit code"):equals(case.expect.code):because(case.because)
  end
  local report = file(path("report")):json()
  expect(type(report), case.name .. ": type of the report"):equals("table"):because("report-form")
  return type(report) == "table" and report or {}
end

-- Demands the verdict that the case asks for, and what led to it.
local function judges(run, report, case)
  local want = case.expect
  local findings = text_of(report.findings, {"address", "rule", "reason"})
  expect(findings, case.name .. ": findings"):equals(joined(want.findings)):because(case.because)
  expect(report.verdict, case.name .. ": verdict"):equals(want.verdict):because("report-form")
  if want.verdict == "refuse" then
    expect(report.reason, case.name .. ": reason"):equals(want.reason):because("severity")
  else
    expect(absent(report.reason), case.name .. ": reason is null"):equals(true):because("severity")
  end
  expect(run.code, case.name .. ": exit code"):equals(want.code):because("report-form")
end

local function is_broken(run, path, case)
  expect(run.code, case.name .. ": exit code"):equals(2):because(case.because)
  expect(run.stderr, case.name .. ": stderr"):contains(path(case.file)):because(case.because)
end

-- Runs all cases of a check; `more` looks at what that check alone is about, before the findings are compared.
local function all(t, check, more)
  local given = material(check)
  for number, case in ipairs(given.cases) do
    local run, path = gate(t, given, case, number)
    if case.expect.code == 2 then
      is_broken(run, path, case)
    else
      local report = read_report(run, path, case)
      expect(report.plan_sha256, case.name .. ": plan_sha256"):equals(file(path("plan")):sha256()):because("report-form")
      if more then
        more(report, case, run, path)
      end
      judges(run, report, case)
    end
  end
end

for _, check in ipairs{"clean-pass", "destroy-blocked", "nested", "unknowns", "hidden-plans"} do
  checks[check] = function(t)
    all(t, check)
  end
end

checks["cost"] = function(t)
  all(t, "cost", function(report, case)
    local want = case.expect
    local reason = report.monthly_delta_cents == want.total and "total-not-delta" or "delta"
    expect(report.monthly_delta_cents, case.name .. ": monthly_delta_cents"):equals(want.cents):because(reason)
    expect(report.gpus_delta, case.name .. ": gpus_delta"):equals(want.gpus):because("delta")
  end)
end

checks["waivers"] = function(t)
  all(t, "waivers", function(report, case)
    local waived = text_of(report.waived, {"address", "rule"})
    expect(waived, case.name .. ": waived"):equals(joined(case.expect.waived)):because(case.because)
  end)
end

checks["no-secrets"] = function(t)
  all(t, "no-secrets", function(_, case, run, path)
    local places = {{"stdout", run.stdout}, {"stderr", run.stderr}, {"the report", file(path("report")):text()}}
    local found = {}
    for _, secret in ipairs(case.secrets) do
      for _, place in ipairs(places) do
        if place[2]:find(secret, 1, true) then
          found[#found + 1] = place[1]
        end
      end
    end
    expect(found, case.name .. ": where sensitive values appear"):is_empty():because("secret-printed")
  end)
end
