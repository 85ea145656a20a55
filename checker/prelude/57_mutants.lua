-- t:mutants{…}: which wrong versions of a program the learner's tests notice.

local lab, files = lab, files
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

--- Lays a mutant over the reference, runs the tests, and takes it off again.
local function is_noticed(overlay, reference, suite)
  lay(overlay)
  local seen = lab.run_pytest("t:mutants: suite", suite)
  for path in pairs(overlay) do
    if not reference[path] then Check:remove(path) end
  end
  lay(reference)
  return not seen or seen.code ~= 0 or seen.failed + seen.error > 0
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
  Check:pytest(given.suite):ok()
  local found = {killed = lab.list {}, survived = lab.list {}}
  for _, name in ipairs(lab.sorted_keys(mutants)) do
    table.insert(is_noticed(mutants[name], given.files, suite) and found.killed or found.survived, name)
  end
  return found
end
