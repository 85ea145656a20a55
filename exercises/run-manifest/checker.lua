-- run-manifest: the checker makes a repository of the learner's files, trains in it, and changes one thing at a time.

local FIELDS = {"git_sha", "dirty", "data_sha256", "lock_sha256", "model_sha256", "params", "metrics", "python"}
local PARAMETERS = {"seed", "c", "test_share", "max_iter"}
local DATA, RUN = "given/parcels.csv", "out/run"
local AUTHOR = "Mara Quill"

local parcels = shared("gen_parcels.py", {seed = seed(), n = 700}, "parcels.csv")

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

-- ---- git ----

local function git(t, ...)
  local when, mail = "2026-03-02T09:00:00Z", "quill@tidewater.example"
  local argv = {"git", "-c", "init.defaultBranch=main", ...}
  argv.env = {
    GIT_AUTHOR_NAME = AUTHOR, GIT_AUTHOR_EMAIL = mail, GIT_AUTHOR_DATE = when,
    GIT_COMMITTER_NAME = AUTHOR, GIT_COMMITTER_EMAIL = mail, GIT_COMMITTER_DATE = when,
  }
  return t:run(argv):ok():lines()[1]
end

local function commit(t, message, path)
  git(t, "add", path or "--all")
  git(t, "commit", "--quiet", "--allow-empty", "--message", message)
  return git(t, "rev-parse", "HEAD")
end

-- ---- the learner's program ----

-- Trains; the manifest. `more` holds further options and the environment.
local function train(t, out, more)
  local argv = {"python", "-m", "late", "train", "--data", DATA, "--out", out, table.unpack(more or {})}
  argv.env = more and more.env
  t:run(argv):ok():because("crash")
  return file(out .. "/manifest.json"):json()
end

-- Runs verify, which must pass, or refuse with a reason.
local function verify(t, when, reason)
  local run = t:run{"python", "-m", "late", "verify", RUN, "--data", DATA}
  expect(run.stderr, "stderr of verify, " .. when):not_contains("Traceback (most recent call last)"):because("crash")
  local code, wanted = 0, {verdict = "pass"}
  if reason then
    code, wanted = 1, {verdict = "refuse", reason = reason}
  end
  local why = reason and "not-found" or "false-alarm"
  expect(run.code, "exit code of verify, " .. when):equals(code):because(why)
  local lines = run:lines()
  expect(json.decode(lines[#lines] or ""), "the last line of verify, " .. when):contains(wanted)
    :because(reason and "reason" or "false-alarm")
end

-- Another byte at a random place of a file, whose size and times stay as they are.
local function flip(t, path)
  local text = file(path):text()
  local at = random(#text)
  local byte = string.char(text:byte(at) ~ 1)
  t:run{"cp", "--preserve", path, "given/before"}:ok()
  t:write(path, text:sub(1, at - 1) .. byte .. text:sub(at + 1))
  t:run{"touch", "--reference", "given/before", path}:ok()
end

local function restore(t, path)
  t:run{"cp", "--preserve", "given/before", path}:ok()
end

-- Something is missing or broken, so there is nothing to compare: exit code 2, and what it is on stderr, a file with
-- or without its folder.
local function cannot_verify(t, when, what)
  local name = what:match("[^/]+$")
  local run = t:run{"python", "-m", "late", "verify", RUN, "--data", DATA}
  expect(run.stderr, "stderr of verify, " .. when):not_contains("Traceback (most recent call last)"):because("crash")
  expect(run.code, "exit code of verify, " .. when):equals(2):because("missing")
  expect(run.stderr, "stderr of verify, " .. when):contains(name):because("missing")
end

-- verify passes, notices one flipped byte, passes when the byte is as it was, and names the file when it is gone.
local function tampered(t, path, reason)
  verify(t, "before anything was changed")
  for _ = 1, 2 do
    flip(t, path)
    verify(t, "after one byte of " .. path .. " was changed", reason)
    restore(t, path)
  end
  verify(t, "after " .. path .. " was restored")
  t:remove(path)
  cannot_verify(t, "after " .. path .. " was removed", path)
end

-- ---- a run ----

local function is_digest(text) return type(text) == "string" and #text == 64 and not text:find("[^0-9a-f]") end

local function look_at(manifest)
  expect(manifest, "manifest.json"):has_keys(table.unpack(FIELDS)):because("fields")
  expect(manifest.git_sha, "git_sha"):satisfies(function(text)
    return type(text) == "string" and #text == 40 and not text:find("[^0-9a-f]")
  end, "40 hexadecimal digits"):because("form")
  expect(type(manifest.dirty), "type of dirty"):equals("boolean"):because("form")
  for _, name in ipairs{"data_sha256", "lock_sha256", "model_sha256"} do
    expect(manifest[name], name):satisfies(is_digest, "64 hexadecimal digits"):because("form")
  end
  expect(type(manifest.params), "type of params"):equals("table"):because("form")
  expect(type(manifest.metrics), "type of metrics"):equals("table"):because("form")
  expect(manifest.metrics, "metrics"):has_keys("auc"):because("form")
  expect(manifest.python, "python"):matches("^3%.%d+%.%d+"):because("form")
end

checks["trains"] = function(t)
  git(t, "init", "--quiet")
  local head = commit(t, "as the learner left it")
  t:copy(parcels, DATA)
  local manifest = train(t, RUN)
  expect.file(RUN .. "/model.json"):not_is_empty():because("fields")
  look_at(manifest)
  return {head = head, manifest = manifest}
end

-- ---- code ----

checks["sha-head"] = function(t)
  local first = t.needs.trains
  expect(first.manifest.git_sha, "git_sha on the branch main"):equals(first.head):because("constant")
  t:write("note.txt", ("A second commit, number %d.\n"):format(random(1000)))
  local second = commit(t, "a second commit", "note.txt")
  git(t, "pack-refs", "--all")
  expect(train(t, "out/packed").git_sha, "git_sha after git pack-refs --all"):equals(second):because("packed")
  git(t, "checkout", "--quiet", "--detach", "HEAD~1")
  expect(train(t, "out/detached").git_sha, "git_sha with a detached HEAD"):equals(first.head):because("detached")
  t:run{"mv", ".git", "given/git"}:ok()
  local run = t:run{"python", "-m", "late", "train", "--data", DATA, "--out", "out/nowhere"}
  expect(run.stderr, "stderr of train without a repository"):not_contains("Traceback (most recent call last)")
    :because("no-repository")
  expect(run.code, "exit code of train without a repository"):equals(2):because("no-repository")
end

checks["dirty-flag"] = function(t)
  expect(t.needs.trains.manifest.dirty, "dirty of a clean checkout, with data that are not tracked")
    :equals(false):because("untracked")
  local path = "late/train.py"
  local text = file(path):text()
  t:write(path, text .. "\n# An edit.\n")
  expect(train(t, "out/edited").dirty, "dirty after an edit to " .. path):equals(true):because("edit-missed")
  git(t, "add", path)
  expect(train(t, "out/staged").dirty, "dirty after an edit that was staged, and is in the folder still")
    :equals(true):because("stage-missed")
  t:write(path, text)
  expect(train(t, "out/undone").dirty, "dirty after an edit that was staged, and undone in the folder")
    :equals(true):because("index-missed")
  git(t, "reset", "--quiet")
  t:write(path, text)
  t:write("runs/before/model.json", "Not tracked, and not ignored.\n")
  expect(train(t, "runs/now").dirty, "dirty after the edit was undone, with runs that are not tracked")
    :equals(false):because("untracked")
end

-- ---- tampering ----

checks["data-tamper"] = function(t) tampered(t, DATA, "data") end

checks["model-tamper"] = function(t)
  local path = RUN .. "/manifest.json"
  local whole = file(path):json()
  tampered(t, RUN .. "/model.json", "model")
  whole.params = nil
  for _, case in ipairs{{json.encode(whole), "params"}, {"[]", path}, {"{", path}} do
    t:write(path, case[1])
    cannot_verify(t, ("when %s is %s"):format(path, #case[1] > 2 and "without params" or case[1]), case[2])
  end
  t:remove(path)
  cannot_verify(t, "after " .. path .. " was removed", path)
end

checks["lock-tamper"] = function(t) tampered(t, "requirements.lock", "lock") end

-- ---- the lock ----

-- Prints the names that the files import, with the line where. Runs apart from the learner's modules.
local IMPORTS = [[
import ast, json, sys
own, found = set(sys.argv[1].split(",")), {}
for path in sys.argv[2:]:
    try:
        tree = ast.parse(open(path, encoding="utf-8").read(), path)
    except (SyntaxError, ValueError) as error:
        print(json.dumps({"error": f"{path}: {error}"}))
        sys.exit(0)
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        for name in names:
            top = name.partition(".")[0]
            if top not in own and top not in sys.stdlib_module_names:
                found.setdefault(top, f"{path}:{node.lineno}")
print(json.dumps({"imports": found}))
]]

local DISTRIBUTIONS = {sklearn = "scikit-learn", yaml = "pyyaml", dateutil = "python-dateutil"}

local function imports(t)
  local paths, own = {}, {late = true, tools = true}
  for _, path in ipairs(glob("**/*.py")) do
    local top = path:match("^[^/.]+")
    own[top] = true
    if path:find("^late/") then
      paths[#paths + 1] = path
    end
  end
  expect(paths, "the modules of late/"):not_is_empty():because("lock-missing")
  local names = table.concat(sorted_keys(own), ",")
  local found = t:run{"python", "-I", "-c", IMPORTS, names, table.unpack(paths)}:ok():json()
  expect(found.error, "what is wrong with the modules of late/"):equals(nil):because("lock-missing")
  return found.imports
end

local function canonical(name) return (name:lower():gsub("[-_.]+", "-")) end

-- {name = {version, hashes, line}} of a requirements file.
local function read_lock()
  local pinned, line = {}, ""
  for number, part in ipairs(file("requirements.lock"):lines()) do
    local text, goes_on = part:gsub("%s+#.*$", ""):gsub("^#.*$", ""):gsub("\\%s*$", " ")
    line = line .. text
    if goes_on == 0 then
      if line:find("%S") and not line:find("^%s*%-") then
        local name, version = line:match("^%s*([%w._-]+)%s*%[?[%w,._ -]*%]?%s*==%s*([%w.+!]+)")
        expect(name, ("requirement at line %d of requirements.lock, %s"):format(number, json.encode(line:sub(1, 60))))
          :not_equals(nil):because("not-pinned")
        local hashes = {}
        for hash in line:gmatch("%-%-hash[= ]sha256:(%x+)") do
          hashes[#hashes + 1] = hash:lower()
        end
        pinned[canonical(name)] = {version = version, hashes = hashes}
      end
      line = ""
    end
  end
  return pinned
end

checks["lock-covers"] = function(t)
  local pinned, index = read_lock(), start_file("index.json"):json().packages
  local imported = imports(t)
  for _, module in ipairs(sorted_keys(imported)) do
    local name = DISTRIBUTIONS[module] or canonical(module)
    expect.soft(pinned, ("requirements.lock, for the import of %s at %s"):format(module, imported[module]))
      :has_keys(name):because("lock-incomplete")
  end
  expect(pinned, "packages pinned in requirements.lock"):not_is_empty():because("lock-missing")
  for _, name in ipairs(sorted_keys(pinned)) do
    local pin, known = pinned[name], index[name]
    expect(known, ("index.json, for %s of requirements.lock"):format(name)):not_equals(nil):because("not-in-index")
    expect.soft(pin.version, "version of " .. name):equals(known.version):because("not-in-index")
    expect.soft(pin.hashes, "hashes of " .. name):not_is_empty():because("hashes-missing")
    for _, hash in ipairs(pin.hashes) do
      expect.soft(known.sha256, ("hashes of %s in index.json"):format(name)):contains(hash):because("not-in-index")
    end
    for _, needed in ipairs(known.requires) do
      expect.soft(pinned, ("requirements.lock, for what %s requires"):format(name)):has_keys(needed)
        :because("lock-incomplete")
    end
  end
end

-- ---- replay ----

local function option(name, value)
  local text = math.type(value) == "float" and ("%.17g"):format(value) or tostring(value)
  return "--" .. name:gsub("_", "-"), text
end

checks["replays"] = function(t)
  local given = {
    "--seed", 100 + random(900), "--c", ("0.00%d"):format(random(9)),
    "--test-share", "0.4", "--max-iter", 300 + random(9),
  }
  local first = train(t, "out/first", given)
  expect(first.params, "params"):has_keys(table.unpack(PARAMETERS)):because("params")
  expect(first.metrics.auc, "auc with other parameters than before")
    :not_equals(t.needs.trains.manifest.metrics.auc):because("metrics-constant")
  local again = {}
  for _, name in ipairs(sorted_keys(first.params)) do
    again[#again + 1], again[#again + 2] = option(name, first.params[name])
  end
  local second = train(t, "out/second", again)
  expect(second.metrics, "metrics of a training with the manifest's parameters")
    :near(first.metrics, 1e-9):because("not-replayed")
end

-- ---- what goes nowhere ----

-- Texts anywhere in a value.
local function texts(value, found)
  if type(value) == "string" then
    found[#found + 1] = value
  elseif type(value) == "table" then
    for _, key in ipairs(sorted_keys(value)) do
      texts(key, found)
      texts(value[key], found)
    end
  end
  return found
end

checks["no-leak"] = function(t)
  local secret = ("tw-%06d-%06d"):format(random(999999), random(999999))
  local user = "quill" .. random(999)
  local manifest = train(t, "out/handed-out", {
    env = {LATE_API_TOKEN = secret, USER = user, LOGNAME = user, MAIL = "/var/mail/" .. user},
  })
  local whole = file("out/handed-out/manifest.json"):text()
  expect(whole, "the text of manifest.json"):not_contains(secret):because("secret")
  expect(whole, "the text of manifest.json"):not_contains(user):not_contains(AUTHOR):because("user")
  for _, text in ipairs(texts(manifest, {})) do
    expect(" " .. text, "a text in manifest.json"):not_matches("[%s=:\"'(%[,]~?/[%w._-]+"):because("path")
  end
end
