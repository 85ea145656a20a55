-- t:mutants{…}: which wrong versions of a program the learner's tests notice.
--
-- Tests may only judge by what the program does. So nothing that a run leaves lasts until the next, no text of a
-- program comes twice, and the right program, which tests could know by its being first, comes again among the wrong
-- ones.

local lab, files, randomness, shuffle = lab, files, randomness, shuffle
local Check = lab.Check

local mutants_options = {files = "table", dir = "string", suite = "table"}

--- The part of a path of material below it.
local function below_material(what, path)
  local base = lab.task.material_path or ""
  if path:sub(1, #base + 1) ~= base .. "/" then
    lab.misuse("t:mutants: %s must be a path that private() or shared() answered", what)
  end
  return path:sub(#base + 2)
end

--- {mutant = {path = material, …}, …} of a folder with a folder for each mutant.
local function mutants_in(dir)
  local root = below_material("dir", dir)
  local names, kinds = files.walk("material", root)
  if not names then lab.misuse("t:mutants: dir: %s", kinds) end
  local mutants = {}
  for i, name in ipairs(names) do
    local rest = name:sub(#root + 2)
    local mutant, path = rest:match("^([^/]+)/(.+)$")
    if mutant and kinds[i] == "file" then
      mutants[mutant] = mutants[mutant] or {}
      mutants[mutant][path] = ("%s/%s"):format(dir, rest)
    end
  end
  if next(mutants) == nil then lab.misuse("t:mutants: dir has no folder with files in it") end
  return mutants
end

local function lay(overlay)
  for _, path in ipairs(lab.sorted_keys(overlay)) do Check:copy(overlay[path], path) end
end

--- The same with a comment of its own in each file of Python.
local function lay_unlike(overlay)
  for _, path in ipairs(lab.sorted_keys(overlay)) do
    if path:find("%.py$") then
      Check:write(path, ("%s\n# %08x\n"):format(file(overlay[path]):text(), randomness.integer(1 << 32) - 1))
    else
      Check:copy(overlay[path], path)
    end
  end
end

local function begin(world, reference, overlay)
  lab.begin_afresh(world)
  lay_unlike(reference)
  lay_unlike(overlay)
end

local function is_content(suite)
  return suite ~= nil and suite.code == 0 and suite.failed + suite.error == 0
end

local function demand_again(suite)
  if is_content(suite) then return end
  lab.fail {what = "pytest", expected = "tests that pass on the right program whenever they run",
    actual = "they passed, and failed when they ran again", run = suite.result.run,
    evidence = lab.evidence(suite.result)}
end

--- The names of the mutants, and false for the right program, in random order.
local function turns(mutants)
  local names = lab.sorted_keys(mutants)
  names[#names + 1] = false
  return shuffle(names)
end

function lab.Check:mutants(given)
  lab.enter("t:mutants")
  lab.options("t:mutants", lab.argument("t:mutants: its argument", given, "table"), mutants_options)
  for _, name in ipairs {"files", "dir", "suite"} do
    if given[name] == nil then lab.misuse("t:mutants: %s is missing", name) end
  end
  for path, from in pairs(given.files) do
    below_material("files." .. tostring(path), lab.argument("t:mutants: files: a path", from, "string"))
  end
  local mutants, suite = mutants_in(given.dir), {may_exceed = true}
  for key, value in pairs(given.suite) do suite[key] = value end
  lay(given.files)
  local world, found = lab.keep_world(), {killed = lab.list {}, survived = lab.list {}}
  begin(world, given.files, {})
  Check:pytest(given.suite):ok()
  for _, name in ipairs(turns(mutants)) do
    begin(world, given.files, name and mutants[name] or {})
    if name then
      table.insert(is_content(lab.run_pytest("t:mutants: suite", suite)) and found.survived or found.killed, name)
    else
      demand_again(Check:pytest(given.suite))
    end
  end
  lab.begin_afresh(world)
  table.sort(found.killed)
  table.sort(found.survived)
  return found
end
