-- seed-it: one training run is the reference; each check changes one thing about it and compares the scores.

local TOLERANCE = 1e-9 -- between scores: far below any real difference, far above the order in which threads add
local FLOOR = 0.72 -- AUC on a new month; the reference solution reaches 0.75 to 0.80

-- Three months that the learner has not seen, from the attempt's seed. One depot is missing in the first.
local function month(number, rows, start, name)
  return shared("gen_parcels.py", {seed = seed() + number, n = rows, start = start}, name)
end

local absent = ({"B", "C", "D", "E", "F"})[random(5)]
local january = month(1, 2400, "2026-01-05", "january.csv")
local history = private("prepare.py", {data = january, without_depot = absent}, "train.csv")
local test = month(2, 1000, "2026-02-02", "test.csv")
local recent = month(3, 1500, "2026-03-02", "march.csv")

local function unlabeled(path)
  return private("prepare.py", {data = path, unlabeled = true}, "probe.csv")
end

local function shuffled(path)
  return private("prepare.py", {data = path, shuffle = seed()}, "shuffled-" .. path:match("[^/]*$"))
end

local probe = unlabeled(recent)

-- The ordinary run. `change` says what is different about this one: argv values by option (jobs = false: none), cwd,
-- env. `out` names its folder, so that no run is judged by what another one left.
local function train(t, out, change)
  change = change or {}
  local folder = change.cwd and change.cwd .. "/" .. out or out
  local argv = {
    "python", (change.cwd and "../" or "") .. "train.py",
    "--data", change.data or history,
    "--test", change.test or test,
    "--probe", change.probe or probe,
    "--out", out,
    "--seed", change.seed or 1,
    cwd = change.cwd,
    env = {
      PYTHONHASHSEED = change.hash_seed or 0,
      TZ = change.tz or "UTC",
      LAB_NOW = change.now or "2026-03-30T12:00:00Z",
    },
  }
  if change.jobs ~= false then
    argv[#argv + 1], argv[#argv + 2] = "--jobs", change.jobs or 1
  end
  t:run(argv):ok()
  return folder
end

-- {id = score as written} of a run, after a look at the header and for ids that stand there twice.
local function predictions(folder)
  local path = folder .. "/predictions.csv"
  local header = file(path):text():match("^[^\r\n]*")
  expect(header, "header of " .. path):equals("parcel_id,score"):because("columns")
  local scores, twice = {}, {}
  for _, row in ipairs(file(path):csv()) do
    if scores[row.parcel_id] then
      twice[#twice + 1] = row.parcel_id
    end
    scores[row.parcel_id] = row.score
  end
  expect(twice, "parcels that stand in predictions.csv twice"):is_empty():because("rows-unknown")
  return scores
end

-- Twelve digits behind the point, so that rounding cannot hide a difference.
local function is_score(text)
  return text:find("^[01]%.%d%d%d%d%d%d%d%d%d%d%d%d$") and tonumber(text) <= 1
end

-- The scores of a run, as numbers in the order of the parcels.
local function scores_of(folder, parcels)
  local found, scores, missing, malformed = predictions(folder), {}, {}, {}
  for _, parcel in ipairs(parcels) do
    local id = parcel.parcel_id
    local text = found[id]
    if text == nil then
      missing[#missing + 1] = id .. " of depot " .. parcel.depot
    elseif not is_score(text) then
      malformed[#malformed + 1] = id .. "," .. text
    else
      scores[#scores + 1] = tonumber(text)
    end
    found[id] = nil
  end
  expect(missing, "parcels of the probe file without a score"):is_empty():because("rows-missing")
  expect(malformed, "scores that are no number from 0 to 1 with 12 digits"):is_empty():because("score-format")
  expect(next(found), "a parcel in predictions.csv that is not in the probe file"):equals(nil):because("rows-unknown")
  return scores
end

local function labels_of(parcels)
  local labels = {}
  for index, parcel in ipairs(parcels) do
    labels[index] = tonumber(parcel.late)
  end
  return labels
end

local function same(a, b)
  for index, value in ipairs(a) do
    if math.abs(value - b[index]) > TOLERANCE then
      return false
    end
  end
  return true
end

-- Demands that a changed run agrees with the reference. When it does not, an unchanged run is made, since a program
-- that never agrees with itself is to be told so, and not sent after time zones.
local function agrees(t, out, change, what, reason)
  local parcels = file(recent):csv()
  local reference = t.needs.trains.scores
  local scores = scores_of(train(t, out, change), parcels)
  if not same(scores, reference) and not same(scores_of(train(t, "out-plain"), parcels), reference) then
    what, reason = what .. " (a run without any change differs as well)", "unseeded"
  end
  expect(scores, what):near(reference, TOLERANCE):because(reason)
end

checks["trains"] = function(t)
  return {scores = scores_of(train(t, "out"), file(recent):csv())}
end

checks["same-seed"] = function(t)
  local scores = scores_of(train(t, "out-again"), file(recent):csv())
  expect(scores, "scores of a second run with seed 1"):near(t.needs.trains.scores, TOLERANCE):because("unseeded")
end

checks["hash-seed"] = function(t)
  for hash_seed = 1, 2 do
    local what = "scores under PYTHONHASHSEED=" .. hash_seed
    agrees(t, "out-hash-" .. hash_seed, {hash_seed = hash_seed}, what, "set-order")
  end
end

checks["elsewhere"] = function(t)
  t:write("another-place/note.txt", "train.py is started from here.\n")
  agrees(t, "out", {cwd = "another-place"}, "scores of a run from another directory", "working-directory")
  agrees(t, "out-zone", {tz = "Pacific/Auckland"}, "scores under TZ=Pacific/Auckland", "time-zone")
  agrees(t, "out-later", {now = "2026-04-30T12:00:00Z"}, "scores with LAB_NOW a month later", "clock")
end

checks["row-order"] = function(t)
  local change = {data = shuffled(history), test = shuffled(test), probe = shuffled(probe)}
  agrees(t, "out-shuffled", change, "scores after shuffling the rows of the files", "row-order")
end

checks["jobs"] = function(t)
  t:write("out-no-jobs/note.txt", "This folder is not missing.\n")
  agrees(t, "out-jobs", {jobs = 2}, "scores with --jobs 2", "jobs")
  agrees(t, "out-no-jobs", {jobs = false}, "scores without --jobs", "jobs")
end

checks["seed-used"] = function(t)
  local scores = scores_of(train(t, "out-seed-2", {seed = 2}), file(recent):csv())
  expect(same(scores, t.needs.trains.scores), "seeds 1 and 2 give the same scores")
    :equals(false)
    :because("seed-ignored")
end

checks["honest-metric"] = function(t)
  local parcels = file(test):csv()
  local folder = train(t, "out-test", {probe = unlabeled(test)})
  local auc = stats.auc(labels_of(parcels), scores_of(folder, parcels))
  local reported = file(folder .. "/metrics.json"):json().auc
  expect(type(reported), "type of auc in metrics.json"):equals("number"):because("metric-missing")
  local too_good = type(reported) == "number" and reported > auc + 0.02
  expect(reported, "auc in metrics.json, against the AUC of the scores on the test file")
    :near(auc, 1e-6)
    :because(too_good and "too-good" or "metric-differs")
end

checks["floor"] = function(t)
  local scores = t.needs.trains.scores
  local constant = true
  for _, score in ipairs(scores) do
    constant = constant and score == scores[1]
  end
  expect(stats.auc(labels_of(file(recent):csv()), scores), "AUC on a month that comes after the training data")
    :at_least(FLOOR)
    :because(constant and "constant-model" or "weak-model")
end
