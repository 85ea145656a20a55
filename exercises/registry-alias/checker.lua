-- registry-alias: each check has a registered model of its own in the attempt's MLflow, with four versions, the first
-- as champion. What the program did is read from the registry, what it says from its exit code and last line.

local material = private("gen.py", {seed = seed()}, "given")
local given = file(material .. "/given.json"):json()
local REGISTRY = service("mlflow")
local tracking = mlflow(REGISTRY)
local TAG = "model_sha"

local minutes = random(600)

-- A time later than the one before.
local function next_time()
  minutes = minutes + random(9)
  return ("2026-03-02T%02d:%02d:00Z"):format(minutes // 60, minutes % 60)
end

-- ---- the registry ----

-- A registered model with four versions. Tags name the content, and that of version 4 lies.
local function registered(check)
  local name, artifacts = given.names[check], {}
  for number, model in ipairs(given.models) do
    artifacts[("v%d/model.json"):format(number)] = model.text
  end
  local run = tracking:create_run{experiment = name, artifacts = artifacts}
  tracking:create_model(name)
  for number in ipairs(given.models) do
    local sha = given.models[number == 4 and 3 or number].sha
    tracking:create_version(name, {run = run, path = "v" .. number, tags = {[TAG] = sha}})
  end
  return name
end

-- The same with version 1 as champion.
local function with_champion(check)
  local name = registered(check)
  tracking:set_alias(name, "champion", 1)
  return name
end

local function aliases(name, about, wanted, reason)
  local model = tracking:model(name)
  expect(model and model.aliases, "aliases " .. about):equals(wanted):because(reason)
end

-- ---- the learner's program ----

local function report(check, file_name)
  return ("%s/reports/%s/%s.json"):format(material, check, file_name)
end

-- The words of a promotion; `path` is nil for one without a report, `champion` a number or "none".
local function promotion(version, path, champion)
  local words = {"promote", version, "--expect-champion", champion}
  if path then table.move({"--report", path}, 1, 2, #words + 1, words) end
  return words
end

local function environment(name, more)
  local env = {LATE_MODEL = name, LATE_GATE_KEY = given.key, LATE_ACTOR = "olga", LAB_NOW = next_time()}
  for variable, value in pairs(more or {}) do
    env[variable] = value
  end
  return env
end

local function no_traceback(stderr, about)
  expect(stderr, "stderr of " .. about):not_contains("Traceback (most recent call last)"):because("crash")
end

local function call(t, name, words, more)
  local run = t:run{"python", "-m", "late", env = environment(name, more), table.unpack(words)}
  no_traceback(run.stderr, "late " .. words[1])
  return run
end

-- The entry that a program has printed as its last line.
local function entry_of(stdout, about)
  local last = stdout:match("([^\n]+)\n*$")
  local entry = last and json.decode(last)
  expect(type(entry), about .. ": the last line of stdout, as JSON"):equals("table"):because("report-form")
  return entry
end

local function succeeds(run, verdict, about)
  expect(run.code, "exit code of " .. about):equals(0):because("refused")
  local entry = entry_of(run.stdout, about)
  expect(entry.verdict, "verdict of " .. about):equals(verdict):because("report-form")
  return entry
end

-- `success`: the reason where it succeeded, if that is another one than of any other exit code.
local function refuses(run, reason, about, success)
  expect(run.code, "exit code of " .. about):equals(1):because(run.code == 0 and success or "not-refused")
  local entry = entry_of(run.stdout, about)
  expect({entry.verdict, entry.reason}, "verdict and reason of " .. about):equals{"refuse", reason}:because("reason")
end

local function fails(run, about)
  expect(run.code, "exit code of " .. about):equals(2):because("not-an-error")
  expect(run.stderr, "stderr of " .. about):matches("%S"):because("not-an-error")
end

-- Whoever refuses everything has understood nothing: a right promotion of version 2, where champion is 1.
local function still_promotes(t, name, check)
  succeeds(call(t, name, promotion(2, report(check, "v2"), 1)), "promoted", "a promotion with a right report")
  expect(tracking:alias(name, "champion"), "champion after a promotion with a right report"):equals(2)
    :because("not-moved")
end

-- ---- promotion ----

checks["promote"] = function(t)
  local name = with_champion("promote")
  succeeds(call(t, name, promotion(2, report("promote", "v2"), 1)), "promoted", "a promotion from 1 to 2")
  aliases(name, "after the promotion from 1 to 2", {champion = 2, previous = 1}, "not-moved")
  succeeds(call(t, name, promotion(3, report("promote", "v3"), 2)), "promoted", "a promotion from 2 to 3")
  aliases(name, "after the promotions from 1 to 2, and to 3", {champion = 3, previous = 2}, "not-moved")

  local first = registered("first")
  succeeds(call(t, first, promotion(3, report("first", "v3"), "none")), "promoted", "the first promotion of a model")
  aliases(first, "after the first promotion of a model", {champion = 3}, "first")
end

checks["needs-report"] = function(t)
  local name = with_champion("needs-report")
  local cases = {
    {"no report", nil, "no-report"},
    {"a report that is not there", report("needs-report", "none"), "no-report"},
    {"a report whose verdict is refuse", report("needs-report", "refused"), "gate"},
    {"a report whose verdict is neither pass nor refuse", report("needs-report", "unknown"), "gate"},
  }
  for _, case in ipairs(cases) do
    local about, path, reason = table.unpack(case, 1, 3)
    refuses(call(t, name, promotion(2, path, 1)), reason, "a promotion with " .. about)
    aliases(name, "after a promotion with " .. about, {champion = 1}, "moved")
  end
  still_promotes(t, name, "needs-report")
end

checks["report-bound"] = function(t)
  local name = with_champion("report-bound")
  local cases = {
    {"other-version", "a report about another version", "version"},
    {"other-model", "a report about another model", "version"},
    {"other-content", "a report about another content", "content"},
    {"edited-version", "a report whose version was edited after signing", "signature"},
    {"edited-verdict", "a report whose verdict was edited after signing", "signature"},
    {"edited-number", "a report whose auc was edited after signing", "signature"},
    {"added-field", "a report to which a field was added after signing", "signature"},
    {"other-key", "a report that was signed with another key", "signature"},
    {"without-key", "a report that was signed with an empty key", "signature"},
    {"plain-hash", "a report whose signature is the SHA-256 of its fields", "signature"},
    {"unsigned", "a report without a signature", "signature"},
    {"number", "a report whose signature is a number", "signature"},
    {"no-object", "a report in a list", "signature"},
    {"no-json", "a report that breaks off", "signature"},
    {"deep", "a report of 100 000 brackets", "signature"},
  }
  for _, case in ipairs(cases) do
    local file_name, about, reason = table.unpack(case)
    local run = call(t, name, promotion(2, report("report-bound", file_name), 1))
    refuses(run, reason, "a promotion by " .. about, "believed")
    aliases(name, "after a promotion by " .. about, {champion = 1}, "moved")
  end
  for _, key in ipairs{"", false} do
    local about = ("a promotion with %s key, by a report that was signed with an empty one"):format(key or "no")
    local run = call(t, name, promotion(2, report("report-bound", "without-key"), 1), {LATE_GATE_KEY = key})
    refuses(run, "signature", about, "no-key")
  end
  local about = "a report about another content, which the version's tag names as its own"
  local run = call(t, name, promotion(4, report("report-bound", "tagged"), 1))
  refuses(run, "content", "a promotion by " .. about, "believed")
  aliases(name, "after a promotion by " .. about, {champion = 1}, "moved")
  still_promotes(t, name, "report-bound")
end

checks["unknown-version"] = function(t)
  local name = with_champion("unknown-version")
  tracking:set_alias(name, "previous", 3)
  fails(call(t, name, promotion(9, report("unknown-version", "v9"), 1)), "a promotion of version 9, which is not there")
  aliases(name, "after a promotion of a version that is not there", {champion = 1, previous = 3}, "moved")
  still_promotes(t, name, "unknown-version")
end

-- ---- the way back ----

-- The last line of the audit log.
local function last_line()
  local lines = file("audit.jsonl"):lines()
  return json.decode(lines[#lines] or "") or {}
end

checks["rollback"] = function(t)
  local name = with_champion("rollback")
  succeeds(call(t, name, promotion(3, report("rollback", "v3"), 1)), "promoted", "a promotion from 1 to 3")
  local again = call(t, name, promotion(3, report("rollback", "v3"), 3))
  refuses(again, "already", "the promotion of the champion", "way-back")
  aliases(name, "after the promotion of the champion", {champion = 3, previous = 1}, "way-back")

  succeeds(call(t, name, {"rollback"}), "rolled-back", "a rollback after a promotion from 1 to 3")
  aliases(name, "after a promotion from 1 to 3 and a rollback", {champion = 1}, "other-version")
  local line = last_line()
  expect({line.action, line.from, line.to, line.verdict}, "action, from, to and verdict of the rollback in audit.jsonl")
    :equals{"rollback", 3, 1, "rolled-back"}:because("unrecorded")

  refuses(call(t, name, {"rollback"}), "no-previous", "a second rollback", "twice")
  aliases(name, "after a second rollback", {champion = 1}, "twice")
  succeeds(call(t, name, promotion(2, report("rollback", "v2"), 1)), "promoted", "a promotion from 1 to 2 after it")
  aliases(name, "after a promotion from 1 to 2 after a rollback", {champion = 2, previous = 1}, "not-moved")
end

-- ---- two at once ----

checks["race"] = function(t)
  local name = with_champion("race")
  local function words(version)
    local argv = {"python", "-m", "late", table.unpack(promotion(version, report("race", "v" .. version), 1))}
    for i, word in ipairs(argv) do argv[i] = tostring(word) end
    return json.encode(argv)
  end
  local env = environment(name)
  local both = t:run{"python", "-I", material .. "/race.py", REGISTRY.url, words(2), words(3), env = env}:ok():json()
  local winners, loser = {}, nil
  for place, run in ipairs{both.first, both.second} do
    no_traceback(run.stderr, "one of two promotions at once")
    if run.code == 0 then winners[#winners + 1] = place + 1 else loser = run end
  end
  expect(#winners, "promotions that succeed, of two at once that expect the same champion"):equals(1):because("both")
  refuses(loser, "stale", "the other of two promotions at once")
  aliases(name, "after two promotions at once", {champion = winners[1], previous = 1}, "both")

  local about, other = "a promotion that expects the champion of yesterday", 5 - winners[1]
  refuses(call(t, name, promotion(other, report("race", "v" .. other), 1)), "stale", about)
  aliases(name, "after " .. about, {champion = winners[1], previous = 1}, "both")
end

-- ---- the client ----

local PATIENT = {timeout = 30} -- longer than the bridge waits for the client

-- Asks for a parcel, and demands the answer of a version.
local function answers(client, number, version, about, reason)
  local answer = client:post("/", json.encode(given.parcels[number]), PATIENT)
  expect(answer.status, "status of the bridge for a request " .. about):equals(200):because("silent")
  local said = json.decode(answer.body)
  expect(type(said), ("the answer %s, as JSON"):format(about)):equals("table"):because("answer-form")
  expect(said.version, "version " .. about):equals(version):because(reason)
  local score = given.scores[version][number]
  expect(type(said.score), "type of score " .. about):equals("number"):because("answer-form")
  expect(said.score, ("score %s, by version %d"):format(about, version)):near(score, 1e-9):because("other-model")
  expect(said.late, "late " .. about):equals(score >= given.models[version].threshold):because("answer-form")
end

-- Sends a line that cannot be answered.
local function is_error(client, line, about)
  local answer = client:post("/", line, PATIENT)
  expect(answer.status, "status of the bridge for " .. about):equals(200):because("silent")
  local said = json.decode(answer.body)
  expect(type(said) == "table" and type(said.error), "type of error in the answer to " .. about):equals("string")
    :because("answer-form")
end

checks["client-follows"] = function(t)
  local name, number = with_champion("client-follows"), port()
  local client = t:service{"python", "-I", material .. "/bridge.py", "--port", number, "python", "-m", "late", "client",
                           env = environment(name), ready = {tcp = true}, port = number}
  answers(client, 1, 1, "before anything moves", "other-version")
  tracking:set_alias(name, "champion", 3)
  answers(client, 2, 3, "after champion has moved from 1 to 3", "follows")
  answers(client, 3, 3, "to the next request", "follows")
  tracking:set_alias(name, "champion", 2)
  for _, line in ipairs{'{"parcel_id": "P1", "weight_kg"', "[1]", "7", '{"parcel_id": "P1"}', ("["):rep(100000)} do
    is_error(client, line, "a line that is no parcel: " .. line:sub(1, 40))
  end
  answers(client, 4, 2, "after champion has moved back from 3 to 2", "follows")
  tracking:delete_alias(name, "champion")
  is_error(client, json.encode(given.parcels[5]), "a parcel, when there is no champion")
  local ended = client:request{method = "DELETE", path = "/", timeout = PATIENT.timeout}
  expect(ended.body, "exit code of the client when its input ends"):equals("0"):because("answer-form")
end

-- ---- the audit log ----

checks["audit"] = function(t)
  local name = with_champion("audit")
  if file("audit.jsonl"):exists() then t:remove("audit.jsonl") end -- of attempts that the learner has made
  local nowhere = "http://127.0.0.1:" .. port()
  local story = {
    {2, "v2", 1, {from = 1, verdict = "promoted", reason = json.null}},
    {2, "refused", 2, {from = 2, verdict = "refuse", reason = "gate"}},
    {3, "v3", 1, {from = 2, verdict = "refuse", reason = "stale"}},
    {3, "v3", 2, {from = json.null, verdict = "error", reason = "registry"}, nowhere},
    {3, "v3", 2, {from = 2, verdict = "promoted", reason = json.null}},
    {9, "v9", 3, {from = 3, verdict = "error", reason = "unknown-version"}},
  }
  local actors = shuffle{"olga", "ben", "mia", "deploy-bot", "jan", false}
  for place, step in ipairs(story) do
    local version, file_name, champion, wanted, url = table.unpack(step, 1, 5)
    local actor = actors[place]
    wanted.time, wanted.actor, wanted.action = next_time(), actor or "unknown", "promote"
    wanted.model, wanted.to = name, version
    call(t, name, promotion(version, report("audit", file_name), champion),
      {LAB_NOW = wanted.time, LATE_ACTOR = actor, MLFLOW_TRACKING_URI = url})
  end
  local lines = file("audit.jsonl"):lines()
  expect(#lines, ("lines of audit.jsonl after %d attempts"):format(#story)):equals(#story):because("lines")
  for place, line in ipairs(lines) do
    local entry, wanted = json.decode(line), story[place][4]
    expect(type(entry), ("line %d of audit.jsonl, as JSON"):format(place)):equals("table"):because("fields")
    for _, field in ipairs{"time", "actor", "action", "model", "from", "to", "verdict", "reason"} do
      expect(entry[field], ("line %d of audit.jsonl: %s"):format(place, field)):equals(wanted[field]):because("fields")
    end
  end
end
