-- data-contract: every check has files of its own, made from the attempt's seed together with what a right validation
-- says about them. See private/gen.py for the form of a case.

local ENOUGH, SOME = 12, 8 -- of the mutants: as many pass the check, as many earn a part of it
local LARGE_SECONDS = 15 -- of processor time, however busy the machine is; the reference needs 2 to 3

-- The cases of a check, each with the absolute path of its file.
local function material(check)
  local folder = private("gen.py", {seed = seed(), check = check}, "given")
  local cases = file(folder .. "/cases.json"):json()
  for number, case in ipairs(cases) do
    case.path = folder .. "/" .. case.file
    case.report, case.quarantine = ("report-%d.json"):format(number), ("quarantine-%d.csv"):format(number)
  end
  return cases
end

local function has_traceback(run)
  return run.stderr:find("Traceback (most recent call last)", 1, true) ~= nil
end

local function validate(t, case)
  return t:run{
    "python", "-m", "late", "validate",
    "--data", case.path,
    "--report", case.report,
    "--quarantine", case.quarantine,
    env = {LAB_NOW = case.now},
  }
end

local function train(t, case, out)
  return t:run{"python", "-m", "late", "train", "--data", case.path, "--out", out, env = {LAB_NOW = case.now}}
end

-- ---- reading reports ----

local function field(value)
  return (value == nil or value == json.null) and "none" or tostring(value)
end

-- The violations of one severity.
local function items(report, severity)
  local found = {}
  for _, item in ipairs(type(report.violations) == "table" and report.violations or {}) do
    if type(item) == "table" and item.severity == severity then
      found[#found + 1] = item
    end
  end
  return found
end

-- The violations of one severity as lines "rule | column | rows", sorted.
local function violations(report, severity)
  local lines = {}
  for index, item in ipairs(items(report, severity)) do
    local column = field(item.column) == "none" and "no column" or field(item.column)
    local rows = field(item.rows) == "none" and "whole file" or field(item.rows)
    lines[index] = ("%s | %s | %s"):format(field(item.rule), column, rows)
  end
  table.sort(lines)
  return lines
end

local function text_of(lines)
  return #lines > 0 and table.concat(lines, "\n") or "none"
end

-- A report as a table. The verdict must be the one that is expected, and the reason agree with it.
local function report_of(path, what, verdict, reason)
  local report = file(path):json()
  expect(type(report), what .. ": type of the report"):equals("table"):because("report-form")
  expect(report.verdict, what .. ": verdict in the report"):equals(verdict):because(reason or "report-form")
  if verdict == "refuse" then
    expect(type(report.reason), what .. ": type of reason in the report"):equals("string"):because("report-form")
  end
  return report
end

-- ---- whether a run refused ----

-- Why a run is no refusal, and the reason code; nil when it is one.
local function not_refused(case, run)
  if has_traceback(run) then
    return "ended in a traceback", "crash"
  elseif run.code ~= 1 then
    return "exited with " .. field(run.code), case.name
  elseif not file(case.report):exists() then
    return "exited with 1 and wrote no report", "report-form"
  end
  local report = json.decode(file(case.report):text())
  local is_refusal = type(report) == "table" and report.verdict == "refuse" and type(report.reason) == "string"
  if not is_refusal then
    return "exited with 1, and its report is no refusal with a reason", "report-form"
  end
end

local function demand_refusal(t, case, reason)
  local why, code = not_refused(case, validate(t, case))
  if code == nil or code == case.name then
    code = reason
  end
  expect(why or "is refused", case.name):equals("is refused"):because(code)
end

-- ---- the checks ----

checks["clean-pass"] = function(t)
  for _, case in ipairs(material("clean")) do
    local run = validate(t, case)
    expect(run.stderr, case.name .. ": stderr"):not_contains("Traceback (most recent call last)"):because("crash")
    if run.code == 1 and file(case.report):exists() then
      local found = violations(file(case.report):json(), "fail")
      expect(text_of(found), case.name .. ": rules that refuse a clean file"):equals("none"):because("false-alarm")
    end
    expect(run.code, case.name .. ": exit code"):equals(0):because("false-alarm")
    local report = report_of(case.report, case.name, "pass")
    if case.silent then
      local found = violations(report, "warn")
      expect(text_of(found), case.name .. ": rules that warn of it"):equals("none"):because("false-alarm")
    end
  end
end

-- What is missed, by what happened: "header-only, lost-rows (exited with 0); null-burst (ended in a traceback)".
local function grouped(missed)
  local names, order = {}, {}
  for _, miss in ipairs(missed) do
    if not names[miss.why] then
      names[miss.why] = {}
      order[#order + 1] = miss.why
    end
    table.insert(names[miss.why], miss.case.name)
  end
  for index, why in ipairs(order) do
    order[index] = ("%s (%s)"):format(table.concat(names[why], ", "), why)
  end
  return table.concat(order, "; ")
end

checks["mutants"] = function(t)
  local cases, missed = material("mutants"), {}
  table.sort(cases, function(a, b) return a.name < b.name end)
  for _, case in ipairs(cases) do
    local why, code = not_refused(case, validate(t, case))
    if why then
      missed[#missed + 1] = {case = case, why = why, reason = code}
    end
  end
  local refused = #cases - #missed
  local what = ("broken files that are refused, of %d; not refused: %s"):format(#cases, grouped(missed))
  if refused < ENOUGH then
    validate(t, missed[1].case) -- once more, so that the command under "try" is the one to begin with
    if refused >= SOME then
      t:score(refused / #cases, ("%d of %d broken files are refused"):format(refused, #cases))
    end
    hint(missed[1].reason)
  end
  expect(refused, what):at_least(ENOUGH)
end

local function keys_of(path)
  local keys = {}
  for _, row in ipairs(file(path):csv()) do
    keys[#keys + 1] = row.parcel_id
  end
  return keys
end

checks["report-detail"] = function(t)
  for _, case in ipairs(material("detail")) do
    demand_refusal(t, case, "not-refused")
    local report = report_of(case.report, case.name, "refuse")
    local found = text_of(violations(report, "fail"))
    expect(found, case.name .. ": rule | column | rows"):equals(text_of(case.violations)):because("detail")
    expect(report.rows, case.name .. ": rows in the report"):equals(case.total):because("detail")
    if case.lines ~= json.null then
      expect(items(report, "fail")[1].lines, case.name .. ": the first lines"):equals(case.lines):because("lines")
    end
    if case.unjudged then
      expect.file(case.quarantine):not_exists():because("quarantine")
    else
      expect(keys_of(case.quarantine), case.name .. ": parcels in the quarantine")
        :equals(case.keys)
        :because("quarantine")
    end
  end
end

checks["unit-swap"] = function(t)
  for _, case in ipairs(material("units")) do
    demand_refusal(t, case, "units")
  end
end

checks["broken-file"] = function(t)
  for _, case in ipairs(material("broken")) do
    local run = validate(t, case)
    expect(run.stderr, case.name .. ": stderr"):not_contains("Traceback (most recent call last)"):because("crash")
    expect(run.code, case.name .. ": exit code"):equals(2):because(case.name)
    expect(run.stderr, case.name .. ": stderr"):contains(case.file):because("unnamed")
  end
end

checks["train-refuses"] = function(t)
  local clean, twice, typed, unlabelled = table.unpack(material("train"))
  train(t, clean, "out"):ok():because("no-training")
  local model = file("out/model.json"):sha256()
  for _, case in ipairs{twice, typed} do
    for _, out in ipairs{"out-" .. case.name, "out"} do
      local run = train(t, case, out)
      expect(run.stderr, case.name .. ": stderr of train"):not_contains("Traceback"):because("crash")
      expect(run.code, case.name .. ": exit code of train"):equals(1):because("trained")
      report_of(out .. "/report.json", case.name, "refuse")
    end
    expect.file("out-" .. case.name .. "/model.json"):not_exists():because("trained")
    expect(file("out/model.json"):sha256(), case.name .. ": the earlier model, by its SHA-256")
      :equals(model)
      :because("overwritten")
  end
  local run = train(t, unlabelled, "out-unlabelled")
  expect(run.stderr, unlabelled.name .. ": stderr of train"):not_contains("Traceback"):because("crash")
  expect(run.code, unlabelled.name .. ": exit code of train"):equals(2):because("nothing-to-learn")
  expect(run.stderr, unlabelled.name .. ": stderr of train"):contains(unlabelled.file):because("nothing-to-learn")
  expect.file("out-unlabelled/model.json"):not_exists():because("nothing-to-learn")
end

-- Gives all rules of contract.yaml that have one severity the other one, as an editor would.
local function exchange(t, from, to)
  local text = file("contract.yaml"):text()
  local changed, count = text:gsub("(severity[\"']?%s*:%s*[\"']?)" .. from .. "%f[^%w]", "%1" .. to)
  expect(count, "rules of severity " .. from .. " in contract.yaml"):at_least(1):because("severity-field")
  t:write("contract.yaml", changed)
end

local function passes_with_warning(t, case)
  local run = validate(t, case)
  expect(run.stderr, case.name .. ": stderr"):not_contains("Traceback (most recent call last)"):because("crash")
  expect(run.code, case.name .. ": exit code where only rules of severity warn are broken")
    :equals(0)
    :because("warn-blocks")
  local report = report_of(case.report, case.name, "pass", "warn-blocks")
  local found = text_of(violations(report, "warn"))
  for _, line in ipairs(case.violations) do
    local rule = line:match("^(.* | )[^|]*$")
    expect(found, case.name .. ": violations of severity warn"):contains(rule):because("warn-silent")
  end
end

checks["soft-rule"] = function(t)
  local _, many_late, twice = table.unpack(material("soft"))
  passes_with_warning(t, many_late)
  local shipped = file("contract.yaml"):text()
  exchange(t, "warn", "fail")
  many_late.report = "report-strict.json"
  demand_refusal(t, many_late, "severity-ignored")
  t:write("contract.yaml", shipped)
  exchange(t, "fail", "warn")
  passes_with_warning(t, twice)
end

checks["large-file"] = function(t)
  local case = material("large")[1]
  local run = validate(t, case)
  expect(run.stderr, "large file: stderr"):not_contains("Traceback (most recent call last)"):because("crash")
  expect(run.cpu, "large file: seconds of processor time"):at_most(LARGE_SECONDS):because("slow")
  expect(run.code, "large file: exit code"):equals(1):because("not-all-rows")
  local report = report_of(case.report, "large file", "refuse")
  local bad = items(report, "fail")[1] or {}
  local rule = ("%s | %s"):format(field(bad.rule), field(bad.column))
  expect(rule, "large file: rule | column"):equals("unique | parcel_id"):because("not-all-rows")
  expect(bad.lines, "large file: the lines"):equals(case.lines):because("not-named")
end
