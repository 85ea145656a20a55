-- slice-gate: every check has models, data and policies of its own, made from the attempt's seed together with what a
-- right gate says about them. See private/gen.py for the form of a case.

local TOLERANCE = 1e-6 -- between the numbers of a report and those computed here

-- The cases of a check, with the absolute paths of their files.
local function material(check)
  local folder = private("gen.py", {seed = seed(), check = check}, "given")
  local cases = file(folder .. "/cases.json"):json()
  for number, case in ipairs(cases) do
    for _, part in ipairs{"candidate", "champion", "data", "policy"} do
      case[part] = folder .. "/" .. case[part]
    end
    case.out = ("report-%d.json"):format(number)
  end
  return cases
end

-- Runs the gate on a case and answers its report. A traceback is neither verdict.
local function report_of(t, case)
  local run = t:run{
    "python", "-m", "late", "slice-gate",
    "--candidate", case.candidate,
    "--champion", case.champion,
    "--data", case.data,
    "--policy", case.policy,
    "--out", case.out,
  }
  expect(run.stderr, case.name .. ": stderr"):not_contains("Traceback (most recent call last)"):because("crash")
  expect(run.code, case.name .. ": exit code"):one_of{0, 1}:because("crash")
  local report = file(case.out):json()
  expect(type(report), case.name .. ": type of the report"):equals("table"):because("report-form")
  expect(type(report.slices), case.name .. ": type of slices in the report"):equals("table"):because("report-form")
  return report, run
end

-- The report's item on a slice, or nil.
local function item_of(report, name)
  for _, item in ipairs(report.slices) do
    if type(item) == "table" and item.slice == name then
      return item
    end
  end
end

local function refused_slices(report)
  local names = {}
  for _, item in ipairs(report.slices) do
    if type(item) == "table" and item.verdict == "refuse" then
      names[#names + 1] = tostring(item.slice)
    end
  end
  return #names > 0 and table.concat(names, ", ") or "none"
end

local function text_of(reason)
  return (reason == nil or reason == json.null) and "null" or tostring(reason)
end

-- Demands the verdict of the case. `reason` is the code of a miss.
local function judges(report, run, case, reason)
  local what = ("%s (refused slices: %s)"):format(case.name, refused_slices(report))
  expect(report.verdict, what .. ": verdict"):equals(case.verdict):because(reason)
  expect(text_of(report.reason), what .. ": reason"):equals(text_of(case.reason)):because("reason")
  expect(run.code, case.name .. ": exit code"):equals(case.verdict == "refuse" and 1 or 0):because("report-form")
end

-- Demands that the slice of the case stands in the report, with its verdict.
local function names(report, case, reason)
  local item = item_of(report, case.slice)
  local what = ("%s: verdict of the slice %s"):format(case.name, case.slice)
  expect(item and item.verdict or "not in the report", what):equals(case.slice_verdict):because(reason)
end

local function finds(check, reason)
  return function(t)
    for _, case in ipairs(material(check)) do
      local report, run = report_of(t, case)
      names(report, case, reason)
      judges(report, run, case, reason)
    end
  end
end

checks["good-passes"] = function(t)
  for _, case in ipairs(material("good")) do
    local report, run = report_of(t, case)
    judges(report, run, case, "false-alarm")
  end
end

checks["bad-depot"] = finds("island", "slice-missed")
checks["hidden-slice"] = finds("hidden", "slice-missed")
checks["small-slice"] = finds("small", "support")
checks["new-slice"] = finds("new", "values")
checks["crossed"] = finds("crossed", "crossing")

checks["tpr-gap"] = function(t)
  for _, case in ipairs(material("tpr")) do
    local report, run = report_of(t, case)
    judges(report, run, case, case.verdict == "refuse" and "gap-missed" or "gap-false")
    local gap = type(report.tpr_gap) == "table" and report.tpr_gap or {}
    local what = case.name .. ": gap of the true-positive rates"
    if case.gap == json.null then
      expect(text_of(gap.gap), what):equals("null"):because("gap-number")
    else
      expect(gap.gap, what):near(case.gap, TOLERANCE):because("gap-number")
    end
    if case.verdict == "refuse" then
      expect(gap.low, case.name .. ": slice with the lowest rate"):equals(case.low):because("gap-number")
    end
  end
end

local NUMBERS = {"late_rate", "champion_auc", "candidate_auc", "tpr"}

-- The numbers of an item, null where there is none.
local function numbers_of(item)
  local numbers = {}
  for _, key in ipairs(NUMBERS) do
    numbers[key] = item[key] == nil and json.null or item[key]
  end
  return numbers
end

checks["report"] = function(t)
  local case = material("report")[1]
  local report = report_of(t, case)
  local judged = {}
  for _, item in ipairs(report.slices) do
    local name = type(item) == "table" and tostring(item.slice) or "none"
    local want = case.slices[name]
    expect(want ~= nil, ("the data have the slice %s"):format(name)):equals(true):because("unknown-slice")
    expect(item.support, name .. ": support"):equals(want.support):because("count")
    if want.verdict ~= "insufficient" then
      expect(numbers_of(item), name .. ": numbers"):near(numbers_of(want), TOLERANCE):because("numbers")
      expect(item.verdict, name .. ": verdict"):equals(want.verdict):because("numbers")
      judged[name] = true
    end
  end
  judged.overall = nil
  expect(next(judged) ~= nil, "the report has slices besides the overall one"):equals(true):because("no-slices")
end
