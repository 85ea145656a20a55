-- new-exercise: one run of summary.py on hidden readings; its report is compared with what the checker works out itself.

local TOLERANCE = 1e-6

-- Hidden data: private/gen.py runs outside the learner's box, and its file is handed in read-only. seed() follows from the
-- exercise and the work, so that the same work meets the same data on every machine.
local readings = private("gen.py", {seed = seed(), rows = 200}, "readings.csv")

-- What a right report says. `with_gaps_as_zero` is the usual mistake, so that a check can name it.
local function truth()
  local rows = file(readings):csv()
  local sum, missing = 0, 0
  for _, row in ipairs(rows) do
    sum = sum + (tonumber(row.value) or 0)
    missing = missing + (row.value == "" and 1 or 0)
  end
  return {rows = #rows, missing = missing, mean = sum / (#rows - missing), with_gaps_as_zero = sum / #rows}
end

local function is_near(value, other)
  return type(value) == "number" and math.abs(value - other) <= TOLERANCE
end

-- One function for each check of exercise.yaml. Each begins with a fresh copy of the learner's files; a failed expectation
-- ends it. What a function returns is `t.needs[id]` in the checks that need it.
checks["runs"] = function(t)
  hint("report-form") -- the reason code of whatever fails from here on; it selects the hint with `when: report-form`
  local run = t:run{"python", "summary.py", "--data", readings, "--out", "report.json"}
  local report = run:ok():json("report.json")
  expect(report, "report.json"):has_keys("rows", "missing", "mean")
  expect(report.rows, "rows in the report"):equals(truth().rows)
  return report
end

checks["mean"] = function(t)
  local right, mean = truth(), t.needs.runs.mean
  expect(mean, "mean in the report")
    :near(right.mean, TOLERANCE)
    :because(is_near(mean, right.with_gaps_as_zero) and "gap-is-zero" or "mean-differs")
end

checks["missing"] = function(t)
  expect(t.needs.runs.missing, "missing readings in the report"):equals(truth().missing):because("gap-uncounted")
end
