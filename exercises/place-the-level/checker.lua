-- place-the-level: the learner's assessment against criteria.yaml, the repositories of the start, and private/key.json.

local REPOS = {"anchor", "buoy", "capstan", "dory"}
local CLAIMED = {"drift-signal", "triggered-retraining", "promotion-gate"} -- what dory's README promises
local NEAR = 3 -- lines between a citation and a place that shows the capability
local FEW = 20 -- capabilities that are present, of those 27 that are

local function key()
  return json.decode(file(private("key.json")):text())
end

local function criteria()
  return start_file("criteria.yaml"):yaml()
end

local function text(value)
  return (value == nil or value == json.null) and "" or tostring(value)
end

local function sorted_keys(map)
  local keys = {}
  for each in pairs(map) do
    keys[#keys + 1] = tostring(each)
  end
  table.sort(keys)
  return keys
end

-- ---- the form ----

local function a_map(value, what)
  expect(type(value) == "table" and value ~= json.null and "a map" or "no map", what):equals("a map"):because("form")
  return value
end

local function a_word(value, what, words, reason)
  if text(value) ~= "" then
    expect(text(value), what):one_of(words):because(reason)
  end
  return text(value)
end

-- What the learner wrote about a repository: {level, marks, evidence, next_step}, with "" for what is blank.
local function read_repo(given, repo, known)
  local names = sorted_keys(known)
  local steps = sorted_keys(known)
  steps[#steps + 1] = "none"
  local judged = {marks = {}, evidence = {}}
  a_map(given, repo .. " in assessment.yaml")
  judged.level = a_word(given.level, "level of " .. repo, {"0", "1", "2", "3"}, "level")
  judged.next_step = a_word(given.next_step, "next_step of " .. repo, steps, "capability")
  local capabilities = a_map(given.capabilities, "capabilities of " .. repo)
  for _, name in ipairs(sorted_keys(capabilities)) do
    expect(name, "a capability of " .. repo):one_of(names):because("capability")
  end
  for _, name in ipairs(names) do
    local one = a_map(capabilities[name], name .. " of " .. repo)
    judged.marks[name] = a_word(one.mark, "mark of " .. name .. " of " .. repo, {"present", "absent"}, "mark")
    judged.evidence[name] = text(one.evidence)
  end
  return judged
end

checks["shape"] = function(_)
  local given, known, judged = a_map(file("assessment.yaml"):yaml(), "assessment.yaml"), criteria(), {}
  for _, name in ipairs(sorted_keys(given)) do
    expect(name, "a repository in assessment.yaml"):one_of(REPOS):because("form")
  end
  for _, repo in ipairs(REPOS) do
    judged[repo] = read_repo(given[repo], repo, known)
  end
  return judged
end

-- Demands a mark for each capability of a repository.
local function all_marked(judged, repo)
  local blank = 0
  for _, mark in pairs(judged[repo].marks) do
    blank = blank + (mark == "" and 1 or 0)
  end
  expect(blank, "capabilities of " .. repo .. " without a mark"):equals(0):because("blank")
end

-- ---- levels ----

checks["levels"] = function(t)
  local judged, right, agree = t.needs["shape"], key().levels, 0
  for _, repo in ipairs(REPOS) do
    local level = math.tointeger(judged[repo].level)
    expect(level and "there" or "missing", "level of " .. repo):equals("there"):because("blank")
    agree = agree + (level == right[repo] and 1 or 0)
  end
  if judged.dory.level == "3" then
    hint("boast")
  elseif judged.capstan.level ~= "3" then
    hint("quiet")
  else
    hint("by-hand")
  end
  expect(agree, "repositories on the right level, of 4"):equals(4)
  return judged
end

-- The level that marks give: the highest of which all capabilities, and all of the lower ones, are present.
local function level_of(marks)
  local level = 3
  for name, capability in pairs(criteria()) do
    if marks[name] ~= "present" then
      level = math.min(level, capability.level - 1)
    end
  end
  return level
end

checks["level-follows"] = function(t)
  local judged = t.needs["shape"]
  for _, repo in ipairs(REPOS) do
    all_marked(judged, repo)
    expect(judged[repo].level ~= "" and "there" or "missing", "level of " .. repo):equals("there"):because("blank")
    expect(judged[repo].level, "level of " .. repo .. ", by its own marks")
      :equals(tostring(level_of(judged[repo].marks)))
      :because("gap")
  end
end

-- ---- evidence ----

-- The lines of the cited file and the number of the line; no lines when there is no such file.
local function cited(repo, evidence)
  local path, number = evidence:match("^([%w_./-]+):(%d+)$")
  if not path or ("/" .. path .. "/"):find("/%.*/") then
    return nil
  end
  local given = start_file("repos/" .. repo .. "/" .. path)
  return given:exists() and given:lines(), math.tointeger(number), path
end

local function is_real(repo, name, evidence)
  local what = ("%s, %s, evidence '%s'"):format(repo, name, evidence)
  local lines, number, path = cited(repo, evidence)
  local line = lines and number and lines[number]
  expect(line and "a line of the repository" or "no such line", what):equals("a line of the repository"):because("form")
  expect(path:match("%.md$") and "a text for people" or "something that runs or ran", what)
    :equals("something that runs or ran")
    :because("text-for-people")
  expect(line:match("^%s*$") and "an empty line" or line:match("^%s*#") and "a comment" or "a line that says something", what)
    :equals("a line that says something")
    :because("comment")
end

-- Calls for each capability that is marked present, in the order of the repositories and of the names.
local function each_present(judged, call)
  local count = 0
  for _, repo in ipairs(REPOS) do
    for _, name in ipairs(sorted_keys(judged[repo].marks)) do
      if judged[repo].marks[name] == "present" then
        count = count + 1
        call(repo, name, judged[repo].evidence[name])
      end
    end
  end
  return count
end

checks["evidence-real"] = function(t)
  local judged = t.needs["shape"]
  for _, repo in ipairs(REPOS) do
    all_marked(judged, repo)
  end
  local count = each_present(judged, is_real)
  expect(count, "capabilities that are present, in all four repositories"):at_least(FEW):because("few")
  return judged
end

-- Whether one of the places {path, text} lies within NEAR lines of the cited one.
local function shows(repo, evidence, places)
  local lines, number, path = cited(repo, evidence)
  for _, place in ipairs(places) do
    for near = math.max(1, number - NEAR), math.min(#lines, number + NEAR) do
      if place.path == path and lines[near]:find(place.text, 1, true) then
        return true
      end
    end
  end
  return false
end

checks["evidence-supports"] = function(t)
  local places = key().places
  each_present(t.needs["evidence-real"], function(repo, name, evidence)
    local found = shows(repo, evidence, places[repo][name] or {})
    expect(found and name or "something else", ("what %s shows in %s"):format(evidence, repo)):equals(name):because("elsewhere")
  end)
end

checks["claims-discounted"] = function(t)
  local judged, claimed = t.needs["shape"], 0
  all_marked(judged, "dory")
  for _, name in ipairs(CLAIMED) do
    claimed = claimed + (judged.dory.marks[name] == "present" and 1 or 0)
  end
  expect(claimed, "promises of dory's README that it does not keep, marked present"):equals(0):because("claimed")
end

-- ---- the next step ----

checks["next-step"] = function(t)
  local judged, answers, known = t.needs["levels"], key(), criteria()
  for _, repo in ipairs(REPOS) do
    local step, level = judged[repo].next_step, answers.levels[repo]
    local what = ("next_step of %s: '%s'"):format(repo, step)
    expect(step ~= "" and "there" or "missing", "next_step of " .. repo):equals("there"):because("blank")
    if level == 3 then
      expect(step == "none" and "none" or "a step", what):equals("none"):because("top")
    else
      expect(known[step] and known[step].level or "none", what .. ", its level"):equals(level + 1):because("skips")
      expect(answers.places[repo][step] and "there already" or "absent", what):equals("absent"):because("there")
    end
  end
end
