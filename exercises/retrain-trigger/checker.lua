-- retrain-trigger: every check tells its own story: a state folder, and a window for each day. What the loop decided is
-- the last line that it prints; what it did is read from the folder. See private/gen.py for the kinds of windows.

local WORDS = {"quiet", "watch", "cooldown", "refused-data", "rejected", "promoted"}
local TRAININGS = {promoted = true, rejected = true}
local REFUSALS = {rejected = true, ["refused-data"] = true}

local material = private("gen.py", {seed = seed()}, "given")
local policy = file(material .. "/state/policy.json"):json()
local first_day = random(9)

local function window(name) return material .. "/" .. name .. ".csv" end

local function date(number) return ("2026-03-%02d"):format(first_day + number) end

-- A state folder that nobody has worked on.
local function fresh(t, name)
  local state = "given/" .. name
  for _, part in ipairs{"champion.json", "baseline.csv", "baseline.json", "policy.json"} do
    t:copy(material .. "/state/" .. part, state .. "/" .. part)
  end
  return state
end

local function text_of(value) return (value == nil or value == json.null) and "null" or tostring(value) end

-- ---- the learner's program ----

local function call(t, words, now)
  local argv = {"python", "-m", "late", "loop", table.unpack(words)}
  argv.env = {LAB_NOW = now}
  local run = t:run(argv)
  expect(run.stderr, "stderr of late loop"):not_contains("Traceback (most recent call last)"):because("crash")
  return run
end

-- One day: what was decided.
local function live(t, state, number, name)
  local about = ("day %d, %s"):format(number, name)
  local run = call(t, {"--window", window(name), "--state", state}, date(number) .. "T06:00:00Z")
  expect(run.code, about .. ": exit code"):one_of{0, 1}:because("crash")
  local lines = run:lines()
  local said = json.decode(lines[#lines] or "")
  expect(type(said), about .. ": the last line of stdout, as JSON"):equals("table"):because("report-form")
  expect(said.day, about .. ": day"):equals(date(number)):because("report-form")
  expect(said.decision, about .. ": decision"):one_of(WORDS):because("report-form")
  expect(run.code, ("%s: exit code of %s"):format(about, said.decision)):equals(REFUSALS[said.decision] and 1 or 0)
    :because("report-form")
  return said
end

-- The days of a story from the one with this number on: what was decided on each.
local function days(t, state, names, from)
  local decisions = {}
  for place, name in ipairs(names) do
    decisions[place] = live(t, state, (from or 1) + place - 1, name)
  end
  return decisions
end

local function words_of(decisions)
  local words = {}
  for place, said in ipairs(decisions) do
    words[place] = said.decision
  end
  return words
end

local function count(decisions, word)
  local number = 0
  for _, said in ipairs(decisions) do
    number = number + (said.decision == word and 1 or 0)
  end
  return number
end

-- ---- what stands in the folder ----

-- The hash of the champion by the protected tool.
local function champion_of(t, state)
  t:run{"python", "tools/latemodel.py", "--model", state .. "/champion.json", "--hash", "--out", "given/sha"}
    :ok():because("no-champion")
  return file("given/sha"):lines()[1]
end

local function untouched(state, about, reason)
  for _, part in ipairs{"champion.json", "baseline.csv"} do
    expect(file(state .. "/" .. part):sha256(), ("SHA-256 of %s after %s"):format(part, about))
      :equals(file(material .. "/state/" .. part):sha256()):because(reason)
  end
end

-- {parcel_id = true} of files.
local function ids(paths)
  local found = {}
  for _, path in ipairs(paths) do
    for _, row in ipairs(file(path):csv()) do
      found[row.parcel_id] = true
    end
  end
  return found
end

-- How many of the parcels of one are in the other.
local function common(one, other)
  local number = 0
  for id in pairs(one) do
    number = number + (other[id] and 1 or 0)
  end
  return number
end

local function auc_of(t, state, name)
  t:run{
    "python", "tools/latemodel.py", "--model", state .. "/champion.json", "--data", window(name), "--out", "given/scores",
  }:ok():because("no-champion")
  local scores, labels = {}, {}
  for place, line in ipairs(file("given/scores"):lines()) do
    scores[place - 1] = tonumber(line:match(",(.*)$"))
  end
  for place, row in ipairs(file(window(name)):csv()) do
    labels[place] = tonumber(row.late)
  end
  return stats.auc(labels, scores)
end

-- ---- the days ----

checks["runs"] = function(t)
  local state = fresh(t, "first")
  live(t, state, 1, "clean-1")
  expect.file(state .. "/champion.json"):exists():because("no-champion")
  champion_of(t, state)
end

checks["quiet"] = function(t)
  local state = fresh(t, "quiet")
  local decisions = days(t, state, {"clean-1", "clean-2", "clean-3", "clean-4"})
  expect(words_of(decisions), "decisions on four clean days"):equals{"quiet", "quiet", "quiet", "quiet"}
    :because("false-alarm")
  untouched(state, "four clean days", "champion-moved")
end

-- The first days of a story, the last of which is the only one with a training.
local function trains_at_last(decisions, wanted, about)
  local words = words_of(decisions)
  expect({table.unpack(words, 1, #wanted)}, "decisions on " .. about):equals(wanted):because("not-sustained")
  for place = #wanted + 1, #words do
    expect(TRAININGS[words[place]] or false, ("day %d is a training, after the promotion on day %d"):format(place, #wanted))
      :equals(false):because("again")
  end
end

checks["sustained"] = function(t)
  local state = fresh(t, "moved")
  local decisions = days(t, state, {"clean-1", "moved-1", "moved-2", "moved-3", "moved-4", "moved-5"})
  trains_at_last(decisions, {"quiet", "watch", "watch", "promoted"}, "a clean day and three with drift")
  expect(auc_of(t, state, "moved-6"), "AUC of the new champion on the next window of the new kind")
    :at_least(policy.min_auc):because("not-trained")

  local other = fresh(t, "concept")
  local low = days(t, other, {"concept-1", "concept-2", "concept-3"})
  trains_at_last(low, {"watch", "watch", "promoted"}, "three days with a low AUC and no drift")
  expect(text_of(low[3].reason), "reason of the promotion on the third day with a low AUC and no drift"):equals("auc")
    :because("reason")
  return {state = state}
end

checks["spike"] = function(t)
  local state = fresh(t, "spike")
  local decisions = days(t, state, {"clean-1", "heavy-1", "clean-2", "moved-1", "concept-1", "clean-3"})
  for place, said in ipairs(decisions) do
    expect(TRAININGS[said.decision] or false, ("day %d is a training (it was %s)"):format(place, said.decision))
      :equals(false):because("spike")
  end
  expect(words_of(decisions), "decisions on a clean day, one with drift, a clean one, two with drift or a low AUC, a clean one")
    :equals{"quiet", "watch", "quiet", "watch", "watch", "quiet"}:because("not-watched")
  expect(text_of(decisions[2].reason), "reason on the day with drift"):equals("drift"):because("reason")
  expect(text_of(decisions[5].reason), "reason on the day with a low AUC and no drift"):equals("auc"):because("reason")
  untouched(state, "single days with a signal", "spike")
end

checks["baseline-renewed"] = function(t)
  local state = t.needs.sustained.state
  local baseline = file(state .. "/baseline.json"):json()
  expect(baseline.champion, "champion in baseline.json, after the promotion"):equals(champion_of(t, state)):because("stale")
  local found = ids{state .. "/baseline.csv"}
  local trained = ids{window("moved-1"), window("moved-2"), window("moved-3")}
  expect(common(trained, found), "parcels of the three windows of the training in baseline.csv")
    :equals(3 * #file(window("moved-1")):csv()):because("baseline-rows")
  expect(common(found, trained), "parcels in baseline.csv that are of these windows")
    :equals(#file(state .. "/baseline.csv"):csv()):because("baseline-rows")
  local next_day = live(t, state, 7, "moved-6")
  expect(next_day.decision, "decision on the next window of the new kind"):equals("quiet"):because("stale")
  expect(next_day.drift, "drift of the next window of the new kind"):at_most(policy.max_drift):because("stale")
  local old_kind = live(t, state, 8, "clean-5")
  expect(old_kind.decision, "decision on a window of the old kind, four days after the promotion"):equals("cooldown")
    :because("no-cooldown")
end

-- ---- the brakes ----

checks["bad-data"] = function(t)
  local state = fresh(t, "bad")
  local faults = {["broken-2"] = "labels", ["broken-1"] = "values", ["broken-3"] = "duplicates"}
  local story = {"broken-2", "moved-1", "broken-1", "moved-2", "moved-3", "broken-3"}
  local decisions = {}
  for place, name in ipairs(story) do
    local said = live(t, state, place, name)
    decisions[place] = said
    if faults[name] then
      expect(said.decision, ("decision on a window with %s that break a rule"):format(faults[name]))
        :equals("refused-data"):because("not-refused")
      expect(text_of(said.reason), "reason of refused-data"):equals(faults[name]):because("reason")
    end
  end
  expect(count(decisions, "promoted"), "promotions on three days with drift, between windows that were refused")
    :at_least(1):because("not-trained")
  local refused = ids{window("broken-1"), window("broken-2"), window("broken-3")}
  expect(common(refused, ids{state .. "/baseline.csv"}), "refused parcels among those of the training (baseline.csv)")
    :equals(0):because("poisoned")
end

checks["worse-candidate"] = function(t)
  local stories = {
    {"drifted days with noise for labels", {"noise-1", "noise-2", "noise-3", "noise-4", "noise-5"}},
    {"drifted days that the champion ranks as well as any candidate", {"heavy-1", "heavy-2", "heavy-3"}},
  }
  for number, story in ipairs(stories) do
    local about, names = table.unpack(story)
    local state = fresh(t, "worse-" .. number)
    local decisions = days(t, state, names)
    expect(count(decisions, "promoted"), "promotions on " .. about):equals(0):because("promoted")
    expect(count(decisions, "rejected"), ("trainings on %d %s, rejected"):format(#names, about)):equals(1)
      :because("no-cooldown")
    untouched(state, about, "promoted")
  end
end

-- Runs the rest of its arguments while it holds the lock.
local HOLD = [[
import fcntl, subprocess, sys
with open(sys.argv[1], "a") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    sys.exit(subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL).returncode)
]]

checks["one-at-a-time"] = function(t)
  local state = fresh(t, "twice")
  days(t, state, {"moved-1", "moved-2"})
  local parts = {"decisions.jsonl", "champion.json", "baseline.csv"}
  local function hashes()
    local found = {}
    for _, part in ipairs(parts) do
      found[part] = file(state .. "/" .. part):sha256()
    end
    return found
  end
  local before = hashes()
  local run = t:run{
    "python", "-I", "-c", HOLD, state .. "/lock",
    "python", "-m", "late", "loop", "--window", window("moved-3"), "--state", state,
    env = {LAB_NOW = date(3) .. "T06:00:00Z"},
  }
  expect(run.stderr, "stderr while another process holds the lock"):not_contains("Traceback (most recent call last)")
    :because("crash")
  expect(run.code, "exit code while another process holds the lock"):equals(2):because("lock")
  expect(run.stderr, "stderr while another process holds the lock"):contains("lock"):because("lock")
  expect(hashes(), "the state folder after a call that found it locked"):equals(before):because("lock")

  local first = live(t, state, 3, "moved-3")
  local after = hashes()
  local second = live(t, state, 3, "moved-4")
  expect(second, "what the second call of the day says"):equals(first):because("twice")
  expect(hashes(), "the state folder after the second call of the day"):equals(after):because("twice")
end

-- ---- the log ----

local STORY = {"clean-1", "broken-2", "moved-1", "moved-2", "moved-3", "clean-2", "clean-3"}

local function numbers_in(entry)
  local found = {}
  for _, key in ipairs{"drift", "auc"} do
    found[key] = math.type(entry[key]) and "number" or text_of(entry[key])
  end
  return found
end

checks["decision-log"] = function(t)
  local state = fresh(t, "log")
  local wanted = {}
  for number, name in ipairs(STORY) do
    local baseline, champion = file(state .. "/baseline.csv"):sha256(), champion_of(t, state)
    local said = live(t, state, number, name)
    wanted[number] = {
      day = date(number), decision = said.decision, window = file(window(name)):sha256(), champion = champion,
      baseline = baseline,
    }
  end
  local path = state .. "/decisions.jsonl"
  local lines = file(path):lines()
  expect(#lines, ("lines of decisions.jsonl after %d days"):format(#STORY)):equals(#STORY):because("lines")
  for number, line in ipairs(lines) do
    local entry = json.decode(line)
    local about = ("line %d of decisions.jsonl"):format(number)
    expect(type(entry), about .. ", as JSON"):equals("table"):because("lines")
    for _, key in ipairs{"day", "decision"} do
      expect(entry[key], about .. ": " .. key):equals(wanted[number][key]):because("lines")
    end
    for _, key in ipairs{"window", "champion", "baseline"} do
      expect(entry[key], about .. ": " .. key):equals(wanted[number][key]):because("hashes")
    end
    if entry.decision ~= "refused-data" then
      expect(numbers_in(entry), about .. ": what was measured"):equals{drift = "number", auc = "number"}
        :because("evidence")
    end
  end
  local whole = file(path):sha256()
  local run = call(t, {"--window", window("clean-4"), "--state", state}, date(0) .. "T06:00:00Z")
  expect(run.code, "exit code for a day before the first"):equals(2):because("order")
  expect(file(path):sha256(), "SHA-256 of decisions.jsonl after a day before the first"):equals(whole):because("order")
  return {state = state}
end

-- What the replay of a folder says, demanded to be what the log of `wanted` says.
local function replays(t, state, wanted, tampered, about, reason)
  local run = call(t, {"--replay", state}, "2031-07-01T00:00:00Z")
  expect(run.code, about .. ": exit code"):one_of{0, 1}:because(reason)
  local lines = run:lines()
  expect(#lines, about .. ": lines of stdout"):equals(#wanted):because(reason)
  local all_agree = true
  for number, entry in ipairs(wanted) do
    local said = json.decode(lines[number])
    expect(type(said), ("%s: line %d, as JSON"):format(about, number)):equals("table"):because(reason)
    local agrees = not tampered or (entry.decision == "quiet" and text_of(entry.reason) == "null")
    all_agree = all_agree and agrees
    local found = {said.day, said.decision, text_of(said.reason), said.agrees}
    expect(found, ("%s: day, decision, reason and agrees in line %d"):format(about, number))
      :equals{entry.day, entry.decision, text_of(entry.reason), agrees}:because(reason)
  end
  expect(run.code, about .. ": exit code"):equals(all_agree and 0 or 1):because("replay-code")
end

-- A policy, and a log in which many numbers are its bounds. All of them are exact as floats.
local function on_the_bounds()
  local other = {
    sustain = 2, cooldown_days = 3, max_drift = 0.25, min_auc = 0.75, gate = {min_gain = 0.125, min_auc = 0.625},
  }
  for key, value in pairs(policy) do
    other[key] = other[key] or value
  end
  local story = { -- day, drift, auc, AUC of champion and candidate, decision, reason
    {1, 0.25, 0.875, json.null, json.null, "quiet", json.null},
    {2, 0.125, 0.875, json.null, json.null, "quiet", json.null},
    {3, 0.125, 0.75, json.null, json.null, "quiet", json.null},
    {4, 0.125, 0.875, json.null, json.null, "quiet", json.null},
    {5, 0.5, 0.875, json.null, json.null, "watch", "drift"},
    {6, 0.5, 0.5, 0.5, 0.625, "promoted", "drift"},
    {8, 0.25, 0.5, json.null, json.null, "cooldown", "auc"},
    {9, 0.25, 0.5, 0.75, 0.8125, "rejected", "gain"},
    {12, 0.5, 0.5, 0.5625, 0.5, "rejected", "floor"},
  }
  local entries = {}
  for place, day in ipairs(story) do
    entries[place] = {
      day = date(day[1]), window = ("a"):rep(64), champion = ("b"):rep(64), baseline = ("c"):rep(64), problem = json.null,
      drift = day[2], auc = day[3], champion_auc = day[4], candidate_auc = day[5],
      decision = day[6], reason = day[7],
    }
  end
  return other, entries
end

local function log_of(entries)
  local lines = {}
  for place, entry in ipairs(entries) do
    lines[place] = json.encode(entry) .. "\n"
  end
  return table.concat(lines)
end

checks["replay"] = function(t)
  local state, alone = t.needs["decision-log"].state, "given/alone"
  t:copy(material .. "/state/policy.json", alone .. "/policy.json")
  local entries, forged = {}, {}
  for number, line in ipairs(file(state .. "/decisions.jsonl"):lines()) do
    entries[number] = json.decode(line)
    forged[number] = json.decode(line)
    forged[number].decision, forged[number].reason = "quiet", json.null
  end
  t:write(alone .. "/decisions.jsonl", file(state .. "/decisions.jsonl"):text())
  replays(t, alone, entries, false, "replay of the log, five years later", "replayed")
  t:write(alone .. "/decisions.jsonl", log_of(forged))
  replays(t, alone, entries, true, "replay of a log in which every decision reads quiet", "copied")
  local other, exact = on_the_bounds()
  t:write(alone .. "/policy.json", json.encode(other))
  t:write(alone .. "/decisions.jsonl", log_of(exact))
  replays(t, alone, exact, false, "replay of a log whose numbers are the bounds of its policy", "bounds")
end
