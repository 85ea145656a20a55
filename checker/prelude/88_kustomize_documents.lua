-- kustomize, first part: documents that are changed. A document is a value and, in the same form, its lines: for each
-- map and list {line, lines of what is inside}, for the rest a line. Each line says its file (structure.line_in), so
-- that whatever comes out knows where it was written.

local lab = lab
local part = lab.k8s
local structure = lab.structure
local is_absent = structure.is_absent

local kustomize = {}
part.kustomize_parts = kustomize

local PARTS_MOST = 500000 -- of all documents that are made; a small one can be patched into many

--- Whether a value is a map, and no list. An empty one is a map unless it was written as a list.
function kustomize.is_map(value)
  return type(value) == "table" and getmetatable(value) ~= "list"
end

function kustomize.is_list(value)
  return getmetatable(value) == "list"
end

--- Counts what is made; too much of it is the work's fault.
local function count(build, lines)
  build.parts = build.parts + 1
  if build.parts > PARTS_MOST then
    build:fail(lines, ("the manifests come to more than %d values"):format(PARTS_MOST), "smaller manifests")
  end
end

--- The lines of a document of the build's file `number`, in the form that this file needs.
function kustomize.placed(build, value, lines, number)
  local line = structure.line_in(number, structure.line(lines))
  count(build, line)
  if type(value) ~= "table" then return type(lines) == "table" and {line, {}, lines[3]} or line end
  local below = {}
  for key, item in pairs(value) do
    below[key] = kustomize.placed(build, item, structure.inside(lines, key), number)
  end
  return {line, below}
end

function kustomize.copy(build, value, lines)
  count(build, lines)
  if type(value) ~= "table" then return value, lines end
  local copied, below = {}, {}
  for key, item in pairs(value) do copied[key], below[key] = kustomize.copy(build, item, lines[2][key]) end
  return kustomize.is_list(value) and lab.list(copied) or copied, {structure.line(lines), below}
end

--- Gives a map a field, or takes it with nil.
function kustomize.set(value, lines, key, item, item_lines)
  value[key], lines[2][key] = item, item_lines
end

--- The map under a key, made when there is none.
function kustomize.map_at(value, lines, key, line)
  if is_absent(value[key]) then kustomize.set(value, lines, key, {}, {line, {}}) end
  return value[key], lines[2][key]
end

local function visit(value, lines, walk, at)
  if kustomize.is_list(value) then
    for i, item in ipairs(value) do visit(item, lines[2][i], walk, at) end
  elseif type(value) == "table" then
    local name = walk.path[at]
    if not name then return walk.found(value, lines) end
    local is_list = name:sub(-2) == "[]"
    name = is_list and name:sub(1, -3) or name
    if is_absent(value[name]) and (is_list or not walk.create) then return end
    local below, below_lines = kustomize.map_at(value, lines, name, walk.create)
    visit(below, below_lines, walk, at + 1)
  end
end

--- Calls found(map, lines) for each map at a path such as "spec/template/spec", in all items of lists on the way. With
--- `create`, a line, maps that are missing are made there; not what ends with [], a list.
function kustomize.each_at(value, lines, path, create, found)
  local names = {}
  for name in path:gmatch("[^/]+") do names[#names + 1] = name end
  visit(value, lines, {path = names, create = create, found = found}, 1)
end

--- Sets fields of labels or annotations, each with the line of its own.
function kustomize.set_all(value, lines, fields, field_lines)
  for key, item in pairs(fields) do kustomize.set(value, lines, key, item, structure.inside(field_lines, key)) end
end
