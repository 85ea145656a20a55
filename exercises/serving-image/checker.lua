-- serving-image: the Dockerfile, its lock and its context are read as Docker reads them; where an engine answers, the image is
-- built without a network and asked for predictions, which must be those of the shared latemodel.

local NEEDED = {"serve.py", "requirements.lock", "model/late.json", "model/card.json",
  "wheels/latescore-1.2.0-py3-none-any.whl", "wheels/linelog-0.3.1-py3-none-any.whl"}
local MODEL, CODE = {"model/late.json", "model/card.json"}, "serve.py"

local function set(words)
  local all = {}
  for word in words:gmatch("%S+") do all[word] = true end
  return all
end

local PIP = set "pip pip3 pip3.11 pipx uv poetry conda easy_install"
local COMPILERS = set "gcc g++ cc c++ clang clang++ make cmake ninja ld rustc cargo go nvcc"
local INSTALLERS = set "apt apt-get apk dnf yum microdnf dpkg"
local PRIVILEGED = set "chown chmod chgrp useradd adduser groupadd addgroup usermod setcap install mount"
local SYSTEM = set "/ /usr /usr/local /usr/lib /usr/bin /usr/share /lib /lib64 /bin /sbin /etc /opt /root /home /var /tmp"

-- ---- commands of a RUN ----

-- The simple commands of a shell text, as lists of words. Quotes are taken off; what they hold is not looked into.
local function commands_of(text)
  local commands, words = {}, {}
  local function finish()
    if #words > 0 then commands[#commands + 1] = words end
    words = {}
  end
  for line in (text:gsub("\\\n", " ") .. "\n"):gmatch("([^\n]*)\n") do
    for part in (line:gsub("[&|;(){}]+", " ; ")):gmatch("%S+") do
      if part == ";" then finish() else words[#words + 1] = (part:gsub("[\"']", "")) end
    end
    finish()
  end
  return commands
end

local PREFIXES = set "exec command time env sudo nohup then else do if while !"

-- The program of a command, without its folder and what stands before it, and the words behind it.
local function program_of(words)
  local at = 1
  while words[at] and (PREFIXES[words[at]] or words[at]:find("^[%a_][%w_]*=")) do at = at + 1 end
  local name = (words[at] or ""):match("[^/]*$")
  if name:find("^python[%d.]*$") and words[at + 1] == "-m" then
    return words[at + 2] or name, table.move(words, at + 3, #words, 1, {})
  end
  return name, table.move(words, at + 1, #words, 1, {})
end

-- Calls visit(program, words) for each command of a RUN, until it answers something.
local function each_command(run, visit)
  local commands = run.form == "exec" and {run.argv} or commands_of(run.text)
  if run.form == "exec" and run.argv[2] == "-c" and run.argv[3] then commands = commands_of(run.argv[3]) end
  for _, words in ipairs(commands) do
    local answer = visit(program_of(words))
    if answer then return answer end
  end
end

local function calls(run, programs)
  return each_command(run, function(name) return programs[name] and name end)
end

-- ---- stages ----

-- The stages that a stage is built on, and itself, the first one first.
local function chain_of(recipe, stage)
  local chain = {}
  while stage do
    table.insert(chain, 1, stage)
    stage = stage.base.stage and recipe:stage(stage.base.stage)
  end
  return chain
end

-- Instructions of the final image, in order.
local function final_instructions(recipe, ...)
  local all = {}
  for _, stage in ipairs(chain_of(recipe, recipe:final())) do
    for _, instruction in ipairs(stage:select(...)) do all[#all + 1] = instruction end
  end
  return all
end

-- The RUNs of a stage and of those that it is built on, in which pip installs.
local function pip_runs(recipe, stage)
  local found = {}
  for _, one in ipairs(chain_of(recipe, stage)) do
    for _, run in ipairs(one:select("RUN")) do
      if calls(run, PIP) then found[#found + 1] = run end
    end
  end
  return found
end

checks["stages"] = function()
  local recipe = dockerfile()
  for _, run in ipairs(final_instructions(recipe, "RUN")) do
    local what = run.where .. ": a RUN of the final image calls"
    expect(calls(run, PIP) or "no pip", what):equals("no pip"):because("pip-in-final")
    expect(calls(run, COMPILERS) or "no compiler", what):equals("no compiler"):because("compiler")
    expect(calls(run, INSTALLERS) or "no installer", what):equals("no installer"):because("compiler")
  end
  local taken = 0
  for _, copy in ipairs(final_instructions(recipe, "COPY")) do
    if copy.stage then
      taken = taken + 1
      for _, source in ipairs(copy.sources) do
        local folder = "/" .. source:gsub("^/+", ""):gsub("/+%.?$", "")
        expect(not SYSTEM[folder], ("%s: takes %s from a stage as a whole"):format(copy.where, source)):equals(true)
          :because("whole-folder")
      end
    end
  end
  expect(taken, "COPY --from of an earlier stage in the final image"):at_least(1):because("one-stage")
end

-- ---- base images ----

-- {["python"] = {["latest"] = {digest, floating}}} of the listing.
local function listing()
  local images = {}
  for name, tags in pairs(file("registry/index.json"):json()) do
    images[name] = {}
    for _, entry in ipairs(tags) do images[name][entry.tag] = entry end
  end
  return images
end

-- {["python:3.11"] = {digest, line}} of images.lock.
local function lock()
  local locked = {}
  for number, line in ipairs(file("images.lock"):lines()) do
    if line:find("%S") and not line:find("^%s*#") then
      local name, digest = line:match("^%s*(%S+)%s+(%S+)%s*$")
      expect(name ~= nil, ("images.lock:%d is NAME:TAG DIGEST"):format(number)):equals(true):because("lock-form")
      locked[name] = {digest = digest, line = number}
    end
  end
  return locked
end

-- The names of images that a Dockerfile stands on, with the place of each.
local function bases(recipe)
  local found = {}
  for _, stage in ipairs(recipe:stages()) do
    local base = stage.base
    if not base.stage and base.image ~= "scratch" then
      found[#found + 1] = {name = base.repository, tag = base.tag, where = stage.where, digest = base.digest}
    end
  end
  for _, copy in ipairs(recipe:select("COPY")) do
    if copy.from and not copy.stage then
      local name, tag = copy.from:match("^(.-):([^/:@]+)")
      found[#found + 1] = {name = name or copy.from, tag = tag, where = copy.where, digest = copy.from:match("@(.+)$")}
    end
  end
  return found
end

checks["base-locked"] = function()
  local known, locked = listing(), lock()
  for name, entry in pairs(locked) do
    local image, tag = name:match("^(.-):([^/:]+)$")
    local listed = image and known[image] and known[image][tag]
    expect(listed and listed.digest or "not in the listing", ("images.lock:%d: the digest of %s"):format(entry.line, name))
      :equals(entry.digest):because("digest")
  end
  for _, base in ipairs(bases(dockerfile())) do
    local listed = known[base.name] and known[base.name][base.tag or "latest"]
    local what = ("%s: %s:%s"):format(base.where, base.name, base.tag or "latest, which no tag means")
    expect(base.digest or "none", what .. ": a digest in its name"):equals("none"):because("by-digest")
    expect(listed ~= nil, what .. " is in the listing"):equals(true):because("unlisted")
    expect(listed.floating, what .. " is a floating tag"):equals(false):because("floating")
    local entry = locked[base.name .. ":" .. base.tag]
    expect(entry and entry.digest or "no line", what .. ": in images.lock"):equals(listed.digest):because("unlocked")
  end
end

-- ---- the user ----

-- Whether a mode, such as 777, 0666, a+w or o=rwx, lets everybody write. The sticky bit makes it one for /tmp.
local function opens(mode)
  local sticky, others = mode:match("^0?([0-7]?)[0-7][0-7]([0-7])$")
  if others then return tonumber(others) & 2 ~= 0 and not sticky:find("^[1357]$") end
  for clause in mode:gmatch("[^,]+") do
    local who, change = clause:match("^([ugoa]*)[+=](%a*)$")
    if who and (who == "" or who:find("[oa]")) and change:find("w") then return true end
  end
  return false
end

-- The mode by which an instruction opens something to everybody, or nil.
local function opening(instruction)
  local mode = instruction.flags.chmod
  if type(mode) == "string" and opens(mode) then return mode end
  if instruction.name ~= "RUN" then return nil end
  return each_command(instruction, function(name, words)
    for _, word in ipairs(name == "chmod" and words or {}) do
      if opens(word) then return word end
    end
    for i, word in ipairs(name == "install" and words or {}) do
      if word == "-m" and words[i + 1] and opens(words[i + 1]) then return words[i + 1] end
    end
  end)
end

checks["user"] = function()
  local recipe = dockerfile()
  local user = recipe:final():user()
  local number = tonumber((user or ""):match("^(%d+):?%d*$"))
  expect(user and user ~= "" and user or "root", "the last USER"):satisfies(function()
    return number ~= nil and number >= 10000
  end, "a number of 10000 or above"):because("root")
  local last
  for _, instruction in ipairs(final_instructions(recipe, "USER", "RUN")) do
    if instruction.name == "USER" then last = instruction end
  end
  for _, run in ipairs(final_instructions(recipe, "RUN")) do
    if run.number > last.number then
      local found = calls(run, PRIVILEGED) or calls(run, INSTALLERS)
      expect(found or "nothing", run.where .. ": what needs root behind the last USER"):equals("nothing"):because("late-root")
    end
  end
  for _, instruction in ipairs(final_instructions(recipe, "RUN", "COPY", "ADD")) do
    expect(opening(instruction) or "none", instruction.where .. ": a mode that lets everybody write"):equals("none")
      :because("world-writable")
  end
end

-- ---- secrets ----

local SECRET_NAMES = {"TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "API_?KEY", "ACCESS_?KEY", "PRIVATE_?KEY"}
local SECRET_VALUES = {"hf_%w%w%w%w%w%w%w%w", "ghp_%w%w%w%w%w%w%w%w", "AKIA%u%u%u%u", "sk%-%w%w%w%w%w%w%w%w", "BEGIN [%u ]*PRIVATE KEY"}
local SECRET_FILES = {"^%.env$", "^%.env%.", "%.pem$", "%.key$", "^id_rsa", "^id_ed25519", "^%.netrc$", "^%.npmrc$", "^%.pypirc$"}

local function any(text, patterns)
  for _, pattern in ipairs(patterns) do
    if text:find(pattern) then return true end
  end
  return false
end

local function names_secret(name) return any(name:upper(), SECRET_NAMES) end

-- A word NAME=value of a command that sets a secret to a text, rather than to what a mounted file or a variable holds.
local function literal_secret(text)
  for name, value in text:gmatch("([%a_][%w_]*)=(%S*)") do
    if names_secret(name) and not value:find("^[\"']?%$") and not value:find("^[\"']?/") and value ~= "" then return name end
  end
end

checks["no-secrets"] = function()
  local recipe = dockerfile()
  local before = {}
  for _, instruction in ipairs(recipe.instructions) do
    if instruction.name == "FROM" then break end
    before[#before + 1] = instruction
  end
  for _, declared in ipairs(table.move(recipe:select("ARG", "ENV", "LABEL"), 1, #recipe:select("ARG", "ENV", "LABEL"), #before + 1, before)) do
    for _, name in ipairs(declared.names or {}) do
      expect(names_secret(name), ("%s: %s %s carries a secret"):format(declared.where, declared.name, name)):equals(false)
        :because("declared")
    end
    expect(any(declared.raw, SECRET_VALUES), declared.where .. ": a secret as text"):equals(false):because("declared")
  end
  for _, run in ipairs(recipe:select("RUN")) do
    expect(literal_secret(run.raw) or "none", run.where .. ": a secret as text"):equals("none"):because("run")
    expect(any(run.raw, SECRET_VALUES), run.where .. ": a secret as text"):equals(false):because("run")
  end
  for _, copy in ipairs(recipe:select("COPY", "ADD")) do
    for _, source in ipairs(copy.sources) do
      local name = source:match("[^/]*$")
      expect(any(name, SECRET_FILES), ("%s: %s is a file of secrets"):format(copy.where, source)):equals(false):because("copied")
      expect(source:find("^%a+://") ~= nil or source:find("^git@") ~= nil, ("%s: fetches %s"):format(copy.where, source))
        :equals(false):because("fetched")
    end
  end
end

-- ---- the context ----

local function word(length)
  local letters = {}
  for i = 1, length do letters[i] = string.char(96 + random(26)) end
  return table.concat(letters)
end

-- Eight files that must stay out, under names that no list of names can know.
local function planted()
  return {
    ".env", ("%s/%s/.env.%s"):format(word(5), word(4), word(4)), ("%s/%s.pem"):format(word(6), word(5)),
    ("%s/%s/%s.key"):format(word(4), word(4), word(5)), ".git/config",
    ("%s/__pycache__/%s.cpython-311.pyc"):format(word(5), word(5)), ("data/%s/%s.parquet"):format(word(4), word(6)),
    ("%s/%s.ipynb"):format(word(7), word(5)),
  }
end

checks["context"] = function()
  local context = build_context(".")
  for _, path in ipairs(planted()) do
    expect(context:admits(path), path .. " reaches the engine"):equals(false):because("planted")
  end
  expect(context:admits(("model/%s.json"):format(word(6))), "another model reaches the engine"):equals(false):because("model")
  for _, path in ipairs(NEEDED) do
    local rule = context:rule(path)
    local by = rule and (" (line %d of .dockerignore: %s)"):format(rule.line, rule.pattern) or ""
    expect(context:has(path), path .. " reaches the engine" .. by):equals(true):because("missing")
  end
end

-- ---- layers ----

-- Whether a COPY brings in a file of the context.
local function brings(copy, path)
  if copy.from then return false end
  for _, source in ipairs(copy.sources) do
    local clean = source:gsub("^%./", ""):gsub("^/+", ""):gsub("/+$", ""):gsub("/%.$", "")
    if clean == "" or clean == "." or clean == path or path:sub(1, #clean + 1) == clean .. "/" then return true end
    if clean:find("[*?%[]") then
      for _, found in ipairs(glob(clean)) do
        if found == path then return true end
      end
    end
  end
  return false
end

local function first_that_brings(copies, path)
  for _, copy in ipairs(copies) do
    if brings(copy, path) then return copy end
  end
end

-- The instruction by which the installed dependencies come into the final image: a COPY from a stage in which pip ran, or pip.
local function dependencies(recipe)
  for _, instruction in ipairs(final_instructions(recipe, "COPY", "RUN")) do
    local from = instruction.name == "COPY" and instruction.stage and recipe:stage(instruction.stage)
    if from and #pip_runs(recipe, from) > 0 then return instruction end
    if instruction.name == "RUN" and calls(instruction, PIP) then return instruction end
  end
end

checks["layer-order"] = function()
  local recipe = dockerfile()
  local copies = final_instructions(recipe, "COPY", "ADD")
  local installed, code = dependencies(recipe), first_that_brings(copies, CODE)
  expect(installed ~= nil, "the final image takes what pip installed"):equals(true):because("no-dependencies")
  expect(code ~= nil, "a COPY of the final image brings in serve.py"):equals(true):because("no-code")
  for _, path in ipairs(MODEL) do
    local model = first_that_brings(copies, path)
    expect(model ~= nil, "a COPY of the final image brings in " .. path):equals(true):because("no-model")
    expect(brings(model, CODE), model.where .. ": model and code come in one layer"):equals(false):because("one-layer")
    expect(installed.number < model.number, ("dependencies (%s) come before the model (%s)"):format(installed.where, model.where))
      :equals(true):because("order")
    expect(model.number < code.number, ("the model (%s) comes before the code (%s)"):format(model.where, code.where))
      :equals(true):because("order")
  end
  for _, stage in ipairs(recipe:stages()) do
    local early = first_that_brings(stage:copies(), CODE)
    for _, run in ipairs(stage:select("RUN")) do
      expect(early ~= nil and early.number < run.number and calls(run, PIP) ~= nil,
        run.where .. ": pip runs anew whenever serve.py changes"):equals(false):because("code-before-pip")
    end
  end
end

-- ---- the entry point ----

local SHELLS = set "sh bash dash ash zsh"

checks["entrypoint"] = function()
  local final = dockerfile():final()
  local begins = final:entrypoint() or final:cmd()
  expect(begins ~= nil, "ENTRYPOINT or CMD of the final image"):equals(true):because("no-command")
  for _, command in ipairs {begins, final:cmd() or begins} do
    expect(command.form, command.where .. ": the form of " .. command.name):equals("exec"):because("shell-form")
  end
  local program = (begins.argv[1] or ""):match("[^/]*$")
  expect(SHELLS[program] == true and begins.argv[2] == "-c", begins.where .. ": a shell is started"):equals(false):because("shell-form")
end

-- ---- with an engine ----

checks["builds"] = function()
  return docker.build{context = "."}.image
end

-- The image, run as the contract has it.
local function serve(t, env)
  return docker.service{image = t.needs.builds, port = 8000, user = "12345", read_only = true, tmpfs = {"/tmp"}, env = env,
    ready = {http = "/livez", within = 30}}
end

checks["runs-read-only"] = function(t)
  local cases = file(private("gen.py", {seed = seed(), model = file("model/late.json"):text()}, "cases.json")):json()
  local app = serve(t)
  for number, case in ipairs(cases) do
    local what = ("parcel %d of %d"):format(number, #cases)
    local answer = app:post("/predict", case.parcel)
    expect(answer.status, what .. ": status of /predict"):equals(200):because("prediction")
    local said = answer:json()
    expect(said.score, what .. ": score"):near(case.score, 1e-9):because("prediction")
    expect(said.late, what .. ": late"):equals(case.late):because("prediction")
  end
end

checks["health"] = function(t)
  local app = serve(t)
  within(10, function() expect(app:get("/healthz").status, "status of /healthz"):equals(200) end)
  app:health():ok():because("unwell")
  app:stop()
  local without = serve(t, {LATE_MODEL = "/nowhere/late.json"})
  without:health():fails():because("always-healthy")
end
