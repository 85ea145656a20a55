-- kustomize: what a kustomization makes of its resources, as `kubectl kustomize` does, for the part of it that courses
-- use. What lies outside of that is a failure with file and line, never left out in silence. Source: kustomize's
-- documentation, "The Kustomization File".

local lab, files = lab, files
local part = lab.k8s
local structure = lab.structure
local kustomize = part.kustomize_parts
local object, choice = part.object, part.choice
local is_absent, field = structure.is_absent, part.field

local DEPTH_MOST = 16

-- ---- the format ----

--- Fields that kustomize knows and that are not rendered here.
local outside = {say = "what is rendered here", test = function()
  return "kustomize knows this, and it is not rendered here"
end}

local function with_outside(given, names)
  given.fields = given.fields or {}
  for _, name in ipairs(part.words(names)) do given.fields[name] = outside end
  return object(given)
end

local function patch_has_one(judge, value, lines)
  if is_absent(value.path) == is_absent(value.patch) then
    judge:note(lines, "an entry has a path or a patch", "one of the two")
  end
end

local generator_fields = {labels = {map = "text"}, annotations = {map = "text"}}
local generator_options = object {boolean = "disableNameSuffixHash immutable", fields = generator_fields}

local kustomization = with_outside({
  text = "namePrefix nameSuffix namespace", any = "metadata", texts = "resources",
  fields = {
    apiVersion = choice "kustomize.config.k8s.io/v1beta1", kind = choice "Kustomization",
    labels = {list = with_outside({boolean = "includeSelectors includeTemplates", required = "pairs",
      fields = {pairs = part.labels}}, "fields")},
    images = {list = with_outside({text = "digest name newName newTag", required = "name"}, "tagSuffix")},
    replicas = {list = object {text = "name", required = "count name", fields = {count = part.at_least(0)}}},
    patches = {list = with_outside({text = "patch path", also = patch_has_one, fields = {target = object {
      text = "annotationSelector group kind labelSelector name namespace version"}}}, "options")},
    configMapGenerator = {list = object {text = "env name namespace", texts = "envs files literals", required = "name",
      fields = {behavior = choice "create merge replace", options = generator_options}}},
    generatorOptions = generator_options,
  },
}, "bases buildMetadata commonAnnotations commonLabels components configurations crds generators helmCharts " ..
  "helmGlobals openapi patchesJson6902 patchesStrategicMerge replacements secretGenerator sortOptions transformers " ..
  "validators vars")

-- ---- a build ----

local Build = {}
Build.__index = Build

--- Ends the check with the fault of a line.
function Build:fail(lines, actual, expected)
  self.judge:note(lines, actual, expected)
  self.judge:finish()
end

--- Reads a file of the work, which counts; its number among the build's files.
function Build:read(path)
  local text = file(path):text()
  self.bytes = self.bytes + #text
  table.insert(self.judge.files, path)
  if #self.judge.files > part.files_most or self.bytes > part.bytes_most then
    local actual = ("more than %d files, or %d MiB of them"):format(part.files_most, part.bytes_most >> 20)
    lab.fail {what = path, expected = "smaller manifests", actual = actual, where = {file = path},
      message = ("%s: %s"):format(path, actual)}
  end
  return text, #self.judge.files
end

--- The path in the work of what a kustomization names; `leaves` allows ../ out of its folder.
function Build:path(name, lines, leaves)
  local names, up = {}, self.folder == "." and "" or self.folder .. "/"
  if name:find("^/") or name:find("://", 1, true) or name:find("^git@") or name:find("?ref=", 1, true) then
    self:fail(lines, ("%s is no relative path, and nothing is fetched"):format(lab.quote(name)), "a path in the work")
  end
  for step in (up .. name):gmatch("[^/]+") do
    if step == ".." and #names == 0 then
      self:fail(lines, ("%s leads out of the work"):format(lab.quote(name)), "a path in the work")
    end
    if step == ".." then names[#names] = nil elseif step ~= "." then names[#names + 1] = step end
  end
  local path = #names > 0 and table.concat(names, "/") or "."
  if not leaves and path:sub(1, #up) ~= up then
    self:fail(lines, ("%s is not in the folder of the kustomization"):format(lab.quote(name)), "a file in that folder")
  end
  return path
end

--- The kind of what a path in the work is; its absence is the fault of a line.
function Build:kind(path, name, lines)
  local info = files.inside(path) and files.stat("scratch", path)
  if not info then self:fail(lines, ("there is no %s"):format(lab.quote(name)), "a path in the work") end
  return info.kind
end

--- The text of a file that a kustomization names, and its number.
function Build:text(name, lines)
  local path = self:path(name, lines)
  if self:kind(path, name, lines) ~= "file" then
    self:fail(lines, ("%s is no file"):format(lab.quote(name)), "a file")
  end
  return self:read(path)
end

-- ---- objects ----

--- Demands what every object has: a kind, a version and a name.
function Build:judge_head(value, lines, without_name)
  if not kustomize.is_map(value) then self:fail(lines, "the document must be a map", "an object") end
  for _, name in ipairs {"apiVersion", "kind"} do
    if type(value[name]) ~= "string" then self:fail(lines, ("the document lacks '%s', as text"):format(name), name) end
  end
  if without_name then return end
  if not kustomize.is_map(value.metadata) or type(value.metadata.name) ~= "string" then
    self:fail(lines, "the document lacks 'metadata.name', as text", "a name")
  end
end

--- Adds an object; two of one kind and name are a fault.
function Build:add(objects, new)
  kustomize.remember(new)
  local now = new.identities[#new.identities]
  for _, one in ipairs(objects) do
    if kustomize.same(one.identities[#one.identities], now) then
      self:fail(new.lines, ("a second %s %s"):format(now.kind, lab.quote(now.name)), "each object once")
    end
  end
  if #objects == part.objects_most then self:fail(new.lines, ("more than %d objects"):format(part.objects_most)) end
  objects[#objects + 1] = new
end

function Build:add_document(objects, value, lines)
  self:judge_head(value, lines, true)
  if value.kind == "List" and value.apiVersion == "v1" then
    if not kustomize.is_list(value.items) then self:fail(lines, "a List needs items", "items") end
    for i, item in ipairs(value.items) do self:add_document(objects, item, lines[2].items[2][i]) end
    return
  end
  self:judge_head(value, lines)
  self:add(objects, {value = value, lines = lines, identities = {}, affixes = ""})
end

--- The documents of a text: calls taken(value, lines) for each that is not empty. kustomize reads lists of operations,
--- and its own file, as kubectl reads, and all else in a way of its own.
function Build:documents(text, path, number, taken)
  local documents, lines = lab.decode_places(text, path, {all = true, reader = "kustomize"})
  if kustomize.is_list(documents[1]) then
    documents, lines = lab.decode_places(text, path, {all = true, reader = "kubectl"})
  end
  for i, document in ipairs(documents) do
    if not is_absent(document) then
      taken(document, kustomize.placed(self, document, structure.inside(lines, i), number))
    end
  end
end

-- ---- folders ----

local file_names = {["kustomization.yaml"] = true, ["kustomization.yml"] = true, Kustomization = true}

function part.is_kustomization(name)
  return file_names[name] ~= nil
end

--- The kustomization of a folder, nil when there is none; several are a failure.
function part.kustomization_of(folder)
  local found
  for _, name in ipairs(lab.sorted_keys(file_names)) do
    local path = folder == "." and name or folder .. "/" .. name
    local info = files.stat("scratch", path)
    if info and info.kind == "file" then
      if found then
        lab.fail {what = folder, expected = "one kustomization", actual = ("%s and %s"):format(found, path),
          where = {file = path}, message = ("%s: there is %s too: a folder has one kustomization"):format(path, found)}
      end
      found = path
    end
  end
  return found
end

local accumulate

local function add_resource(build, objects, name, lines)
  local path = build:path(name, lines, true)
  if build:kind(path, name, lines) == "directory" then
    for _, one in ipairs(accumulate(build, path, name, lines)) do build:add(objects, one) end
    return
  end
  local text, number = build:text(name, lines)
  build:documents(text, path, number, function(value, at) build:add_document(objects, value, at) end)
end

local function read_kustomization(build, path)
  local text, number = build:read(path)
  local value, lines = lab.decode_places(text, path, {reader = "kubectl"})
  build.file, build.number = path, number
  if is_absent(value) then build:fail(structure.line_in(number, 1), "the kustomization is empty", "resources") end
  lines = kustomize.placed(build, value, lines, number)
  build.judge:check(value, lines, kustomization)
  build.judge:finish()
  return value, lines
end

--- The objects of a folder's kustomization, its bases among them.
function accumulate(build, folder, name, lines)
  local path, outer = part.kustomization_of(folder), {folder = build.folder, file = build.file, number = build.number}
  if not path then build:fail(lines, ("%s has no kustomization"):format(lab.quote(name)), "a folder with one") end
  if build.open[folder] or build.depth == DEPTH_MOST then
    build:fail(lines, ("%s leads back to itself, or too deep"):format(lab.quote(name)), "bases that end")
  end
  build.folder, build.open[folder], build.depth = folder, true, build.depth + 1
  local wanted, at = read_kustomization(build, path)
  local objects = {}
  for i, resource in ipairs(field(wanted, "resources") or {}) do
    add_resource(build, objects, resource, at[2].resources[2][i])
  end
  kustomize.generate(build, objects, wanted, at)
  for i, entry in ipairs(field(wanted, "patches") or {}) do
    kustomize.apply_patches(build, objects, entry, at[2].patches[2][i])
  end
  kustomize.transform(build, objects, wanted, at)
  build.open[folder], build.depth = nil, build.depth - 1
  build.folder, build.file, build.number = outer.folder, outer.file, outer.number
  return objects
end

local function render(_, folder)
  local judge = structure.judge()
  judge.files = {}
  local build = setmetatable({judge = judge, bytes = 0, parts = 0, depth = 0, open = {}}, Build)
  local objects, found = accumulate(build, folder), part.new_objects()
  kustomize.add_hashes(objects)
  kustomize.follow_names(build, objects)
  for _, one in ipairs(objects) do part.add_object(judge, found, one.value, one.lines) end
  judge:finish()
  return found
end

--- The objects that a folder's kustomization makes, judged as all others are.
function part.kustomize(folder)
  return lab.fitting(folder, "", render, folder)
end
