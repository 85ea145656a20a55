-- kustomize, second part: strategic merge patches. Source: Kubernetes' documentation, "Update API Objects in Place
-- Using kubectl patch", and what `kubectl kustomize` does: of lists that are merged, the patch's items come first.

local lab = lab
local kustomize = lab.k8s.kustomize_parts
local structure = lab.structure
local is_map, is_list = kustomize.is_map, kustomize.is_list

local DIRECTIVE = "$patch"

--- The fields whose lists are merged, and what tells their items apart; all other lists are replaced.
local merged_by = {
  conditions = {"type"}, containers = {"name"}, env = {"name"}, ephemeralContainers = {"name"}, hostAliases = {"ip"},
  imagePullSecrets = {"name"}, initContainers = {"name"}, ownerReferences = {"uid"}, resourceClaims = {"name"},
  schedulingGates = {"name"}, secrets = {"name"}, topologySpreadConstraints = {"topologyKey", "whenUnsatisfiable"},
  volumeDevices = {"devicePath"}, volumeMounts = {"mountPath"}, volumes = {"name"},
}
local container_ports, service_ports = {"containerPort", "protocol"}, {"port", "protocol"}

local function keys_of(merge, name)
  if not merge.is_own then return nil end
  if name ~= "ports" then return merged_by[name] end
  if merge.kind == "Service" then return service_ports end
  return merge.kind ~= "NetworkPolicy" and container_ports or nil
end

--- The directive of a map or of an item; nil when there is none.
local function directive_of(merge, patch, lines)
  local directive = is_map(patch) and patch[DIRECTIVE]
  if not directive then return nil end
  if directive ~= "delete" and directive ~= "replace" and directive ~= "merge" then
    merge.build:fail(lines[2][DIRECTIVE], ("$patch must be delete, replace or merge, got %s"):format(
      structure.kind_text(directive)), "delete, replace or merge")
  end
  return directive
end

local merge_value

--- What an item is known by among others, as a text.
local function identity(merge, item, lines, keys)
  if not is_map(item) or structure.is_absent(item[keys[1]]) then
    merge.build:fail(lines, ("an item without '%s', by which items of this list are merged"):format(keys[1]),
      ("'%s'"):format(keys[1]))
  end
  local values = {}
  for i, key in ipairs(keys) do
    local value = item[key]
    values[i] = structure.is_absent(value) and "" or structure.kind_text(value)
  end
  return table.concat(values, "\0")
end

local function is_replacing(merge, patch, lines)
  for i, item in ipairs(patch) do
    if directive_of(merge, item, lines[2][i]) == "replace" then return true end
  end
  return false
end

local function push(list, lines, item, item_lines)
  list[#list + 1], lines[2][#list + 1] = item, item_lines
end

--- Where each item of a list stands. kustomize loses items that are told apart no more.
local function index_of(merge, list, lines, keys)
  local index = {}
  for i, item in ipairs(list) do
    if directive_of(merge, item, lines[2][i]) ~= "replace" then
      local name = identity(merge, item, lines[2][i], keys)
      if index[name] then
        local what = table.concat(keys, " and ")
        merge.build:fail(lines[2][i], ("a second item with the same %s"):format(what), "one item")
      end
      index[name] = i
    end
  end
  return index
end

--- Demands that items of one port all name their protocol, or none of them: else kustomize loses the patch.
local function judge_second_key(merge, value, patch, patch_lines, keys)
  local named = {}
  for _, list in ipairs {value, patch} do
    for i, item in ipairs(list) do
      local first = kustomize.is_map(item) and item[keys[1]]
      local has = first and not structure.is_absent(item[keys[2]])
      if first and named[first] == not has then
        merge.build:fail(list == patch and patch_lines[2][i] or patch_lines, ("%s %s has a %s in one place and none in "
          .. "another: kustomize loses such a patch"):format(keys[1], structure.kind_text(first), keys[2]),
          ("the same %s in both"):format(keys[2]))
      end
      if first then named[first] = has end
    end
  end
end

--- The patch's items, merged into those that they name, then the others. (Where only some ports name a protocol,
--- kustomize has another order, which means nothing.)
local function merge_items(merge, value, lines, patch, patch_lines, keys)
  local result, result_lines = lab.list {}, {patch_lines[1], {}}
  local replaces = is_replacing(merge, patch, patch_lines)
  if keys[2] and not replaces then judge_second_key(merge, value, patch, patch_lines, keys) end
  index_of(merge, patch, patch_lines, keys)
  local index = replaces and {} or index_of(merge, value, lines, keys)
  local taken = {}
  for i, item in ipairs(patch) do
    local item_lines = patch_lines[2][i]
    if directive_of(merge, item, item_lines) ~= "replace" then
      local at = index[identity(merge, item, item_lines, keys)]
      if at then taken[at] = true end
      local merged, merged_lines = merge_value(merge, at and value[at], at and lines[2][at], item, item_lines)
      if merged ~= nil then push(result, result_lines, merged, merged_lines) end
    end
  end
  for i, item in ipairs(replaces and {} or value) do
    if not taken[i] then push(result, result_lines, item, lines[2][i]) end
  end
  return result, result_lines
end

--- Texts of both lists, each once: finalizers.
local function merge_texts(value, lines, patch, patch_lines)
  local result, result_lines, seen = lab.list {}, {patch_lines[1], {}}, {}
  for _, one in ipairs {{patch, patch_lines}, {value, lines}} do
    for i, text in ipairs(one[1]) do
      if not seen[text] then push(result, result_lines, text, one[2][2][i]) end
      seen[text] = true
    end
  end
  return result, result_lines
end

local function merge_list(merge, value, lines, patch, patch_lines, name)
  if not is_list(value) then value, lines = lab.list {}, {patch_lines[1], {}} end
  if name == "finalizers" then return merge_texts(value, lines, patch, patch_lines) end
  local keys = keys_of(merge, name)
  if keys then return merge_items(merge, value, lines, patch, patch_lines, keys) end
  return kustomize.copy(merge.build, patch, patch_lines)
end

--- A field whose name begins with $ and that is not $patch.
local function refuse_directive(merge, key, lines)
  merge.build:fail(lines, ("%s is a directive that is not rendered here: use $patch"):format(lab.quote(key)), "$patch")
end

local function merge_map(merge, value, lines, patch, patch_lines)
  local directive = directive_of(merge, patch, patch_lines)
  if directive == "delete" then return nil end
  if directive == "replace" or not is_map(value) then value, lines = {}, {patch_lines[1], {}} end
  for _, key in ipairs(lab.sorted_keys(patch)) do
    local item_lines = patch_lines[2][key]
    if key ~= DIRECTIVE then
      if type(key) == "string" and key:sub(1, 1) == "$" then refuse_directive(merge, key, item_lines) end
      kustomize.set(value, lines, key,
        merge_value(merge, value[key], lines[2][key], patch[key], item_lines, key))
    end
  end
  return value, lines
end

--- What a patch makes of a value, nil when nothing is left. The value is changed, the patch is not.
function merge_value(merge, value, lines, patch, patch_lines, name)
  if patch == lab.null then return nil end
  if is_map(patch) then return merge_map(merge, value, lines, patch, patch_lines) end
  if is_list(patch) then return merge_list(merge, value, lines, patch, patch_lines, name) end
  return patch, patch_lines
end

--- Merges a patch into an object {value, lines}; false when it takes the object away. Name, namespace and kind stay.
function kustomize.merge(build, object, patch, patch_lines)
  local value = object.value
  local merge = {build = build, kind = value.kind, is_own = lab.k8s.own_versions[value.apiVersion]}
  local metadata, lines = value.metadata, object.lines[2]
  local kept = {kind = value.kind, kind_line = lines.kind, name = metadata.name, name_line = lines.metadata[2].name,
    namespace = metadata.namespace, namespace_line = lines.metadata[2].namespace}
  local merged, merged_lines = merge_map(merge, value, object.lines, patch, patch_lines)
  if not merged then return false end
  kustomize.set(merged, merged_lines, "kind", kept.kind, kept.kind_line)
  metadata, lines = kustomize.map_at(merged, merged_lines, "metadata", patch_lines[1])
  kustomize.set(metadata, lines, "name", kept.name, kept.name_line)
  kustomize.set(metadata, lines, "namespace", kept.namespace, kept.namespace_line)
  object.value, object.lines = merged, merged_lines
  return true
end
