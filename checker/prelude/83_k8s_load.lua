-- k8s, fourth part: manifests are read and found. What is wrong in them is the learner's failure, by line.

local lab, k8s, files = lab, k8s, files
local part = lab.k8s
local structure = lab.structure
local is_absent = structure.is_absent

local FILES_MOST, BYTES_MOST, OBJECTS_MOST = 50, 2 << 20, 1000
part.files_most, part.bytes_most, part.objects_most = FILES_MOST, BYTES_MOST, OBJECTS_MOST

--- Versions that belong to Kubernetes itself, whose kinds are all known; others are extensions.
local own_versions = {}
part.own_versions = own_versions
for name in pairs(part.kinds) do own_versions[name:match("^%S+")] = true end

--- Kind -> its versions, and all kinds.
local versions_of, kind_names = {}, {}
for _, name in ipairs(lab.sorted_keys(part.kinds)) do
  local version, kind = name:match("^(%S+) (%S+)$")
  if not versions_of[kind] then versions_of[kind], kind_names[#kind_names + 1] = {}, kind end
  table.insert(versions_of[kind], version)
end

local places = setmetatable({}, {__mode = "k"}) -- object -> {file, line}

-- ---- objects ----

local Objects = {}
lab.methods.objects = Objects
local objects_metatable = {__index = Objects, __metatable = "list"} -- a list, for matchers too

local function new_objects()
  return setmetatable({}, objects_metatable)
end

--- A map below an object; an empty one when there is none.
local function map(value, ...)
  for _, name in ipairs {...} do
    if type(value) ~= "table" then return {} end
    value = value[name]
  end
  return type(value) == "table" and value or {}
end
part.map = map

--- A field, nil when it is absent or null.
local function field(value, name)
  if type(value) ~= "table" or is_absent(value[name]) then return nil end
  return value[name]
end
part.field = field

function part.name_of(object)
  return field(object.metadata, "name")
end

function part.namespace_of(object)
  return field(object.metadata, "namespace") or "default"
end

--- Demands that an argument is an object of Kubernetes.
function part.demand_object(what, object)
  if type(object) ~= "table" or type(object.kind) ~= "string" then
    lab.misuse("%s must be an object that k8s.load found, got %s", what, structure.kind_text(object))
  end
  return object
end

local wanted_options = {kind = "string", name = "string", namespace = "string"}

local function matches(object, wanted)
  return (not wanted.kind or object.kind == wanted.kind)
    and (not wanted.name or part.name_of(object) == wanted.name)
    and (not wanted.namespace or part.namespace_of(object) == wanted.namespace)
end

local function select_from(self, what, wanted)
  lab.enter(what)
  if getmetatable(self) ~= "list" then lab.misuse("%s must be called with a colon", what) end
  lab.argument(what .. ": what is wanted", wanted, "table")
  lab.options(what, wanted, wanted_options)
  local found = new_objects()
  for _, object in ipairs(self) do
    if matches(object, wanted) then found[#found + 1] = object end
  end
  return found
end

--- Those of a kind, name and namespace, perhaps none.
function Objects:select(wanted)
  return select_from(self, "select", wanted)
end

local function wanted_text(wanted)
  local text = (wanted.kind or "object") .. (wanted.name and " " .. wanted.name or "")
  return text .. (wanted.namespace and " in the namespace " .. wanted.namespace or "")
end

--- The one of a kind, name and namespace; none and several are failures.
function Objects:one(wanted)
  local found = select_from(self, "one", wanted)
  if #found == 1 then return found[1] end
  local there = {}
  for _, object in ipairs(#found > 0 and found or self) do
    if #there == 8 then break end
    there[#there + 1] = ("%s %s"):format(object.kind, part.name_of(object))
  end
  local text = wanted_text(wanted)
  local actual = #found == 0 and "none" or #found .. " of them"
  lab.fail {
    what = "the manifests", expected = "one " .. text, actual = actual,
    difference = #there > 0 and "there are: " .. table.concat(there, ", ") or nil,
    message = ("the manifests: expected one %s, got %s"):format(text, actual),
  }
end

-- ---- reading ----

local function unknown_kind(judge, object, lines, version)
  local kind, versions = object.kind, versions_of[object.kind]
  if versions then
    judge:note(structure.inside(lines, "apiVersion"), ("the apiVersion of %s is %s, not %s"):format(kind,
      table.concat(versions, " or "), lab.quote(version)), table.concat(versions, " or "))
  elseif own_versions[version] then
    judge:note(structure.inside(lines, "kind"), ("%s is no kind of %s%s"):format(lab.quote(kind), version,
      structure.near(kind, kind_names)), "a kind of " .. version)
  end
end

local any_object = part.object {text = "apiVersion kind", required = "apiVersion kind"}
local bare_metadata = part.metadata(part.path_name, "name")

--- Judges what every object has; true when its kind can be looked up.
local function judge_head(judge, object, lines)
  if type(object) ~= "table" or getmetatable(object) == "list" then
    judge:check(object, lines, any_object)
    return false
  end
  local fine = true
  for _, name in ipairs {"apiVersion", "kind"} do
    if type(object[name]) ~= "string" then
      judge:note(is_absent(object[name]) and lines or structure.inside(lines, name),
        is_absent(object[name]) and ("the document lacks '%s'"):format(name) or name .. " must be text", name)
      fine = false
    end
  end
  return fine
end

local function judge_object(judge, object, lines)
  if not judge_head(judge, object, lines) then return false end
  local schema = part.kinds[object.apiVersion .. " " .. object.kind]
  if schema then judge:check(object, lines, schema)
  else
    if schema == nil then unknown_kind(judge, object, lines, object.apiVersion) end
    if is_absent(object.metadata) then judge:note(lines, "the document lacks 'metadata'", "'metadata'")
    else judge:check(object.metadata, structure.inside(lines, "metadata"), bare_metadata, {key = "metadata"})
    end
  end
  return true
end

--- Judges a document and adds its objects, of which a List has several.
local function add_object(judge, objects, object, lines)
  if type(object) == "table" and object.kind == "List" and object.apiVersion == "v1" then
    local below = structure.inside(lines, "items")
    if type(object.items) ~= "table" or not lab.is_list(object.items) then
      judge:note(lines, "a List needs items", "items")
      return
    end
    for i, item in ipairs(object.items) do add_object(judge, objects, item, structure.inside(below, i)) end
    return
  end
  if #objects == OBJECTS_MOST then judge:note(lines, ("more than %d objects"):format(OBJECTS_MOST)) end
  if #objects < OBJECTS_MOST and judge_object(judge, object, lines) then
    objects[#objects + 1] = object
    local name, line = judge:place(lines)
    places[object] = {file = name, line = line}
  end
end
part.add_object, part.new_objects = add_object, new_objects

local function read_all(_, sources)
  local judge, objects = structure.judge(), new_objects()
  for _, source in ipairs(sources) do
    local documents, lines = lab.decode_places(source.text, source.path, {all = true, reader = "kubectl"})
    judge.file = source.path
    for i, document in ipairs(documents) do
      if not is_absent(document) then add_object(judge, objects, document, structure.inside(lines, i)) end
    end
  end
  judge:finish()
  return objects
end

--- The manifests in a folder of the work, those of kustomize left out.
local function files_in(path)
  local found = {}
  local before = path == "." and "" or path:gsub("[*?%[\\]", "\\%0") .. "/"
  for _, name in ipairs(glob(before .. "**")) do
    local base = name:match("[^/]*$")
    if base:find("%.ya?ml$") and not part.is_kustomization(base) then found[#found + 1] = name end
  end
  return found
end

local function nothing(path, actual)
  lab.fail {what = path, expected = "manifests", actual = actual, where = {file = path},
    message = ("%s: %s"):format(path, actual)}
end

local function is_folder(source)
  local info = source.root == "scratch" and files.stat(source.root, source.path)
  return info and info.kind == "directory"
end

local function sources_of(source)
  if not is_folder(source) then return {{path = source.path, text = source:text()}} end
  local names, sources = files_in(source.path), {}
  if #names > FILES_MOST then nothing(source.path, ("more than %d files"):format(FILES_MOST)) end
  for _, name in ipairs(names) do sources[#sources + 1] = {path = name, text = file(name):text()} end
  return sources
end

local function load_sources(source)
  local texts, sources = {}, sources_of(source)
  for i, one in ipairs(sources) do texts[i] = one.text end
  local text, name = table.concat(texts), source.path
  if #text > BYTES_MOST then nothing(name, ("%d bytes, more than %d MiB"):format(#text, BYTES_MOST >> 20)) end
  return lab.fitting(name, text, read_all, sources)
end

--- The objects of a file, of what a folder's kustomization makes, or of all YAML files of a folder without one.
function k8s.load(path)
  lab.enter("k8s.load")
  local source = type(path) == "table" and path.root and path or file(path)
  local renders = is_folder(source) and part.kustomization_of(source.path)
  local objects = renders and part.kustomize(source.path) or load_sources(source)
  if #objects == 0 then nothing(source.path, "there are no manifests") end
  return objects
end

--- Where an object begins: "k8s/app.yaml:12".
function k8s.where(object)
  lab.enter("k8s.where")
  local place = places[part.demand_object("k8s.where: the object", object)]
  return place and ("%s:%d"):format(place.file, place.line) or "an object of the check"
end
