-- kustomize, seventh part: which objects a patch means, and that it is applied to them.

local lab, json, regex = lab, json, regex
local part = lab.k8s
local structure = lab.structure
local kustomize = part.kustomize_parts
local field = part.field

-- ---- targets ----

--- Whether a text is one that a selector means: everything when there is none.
local function selects(build, pattern, lines, texts)
  if pattern == nil or pattern == "" then return true end
  for _, text in ipairs(texts) do
    local found, message = regex.match(text, "^(?:" .. pattern .. ")$")
    if message then
      build:fail(lines, ("%s is no regular expression: %s"):format(lab.quote(pattern), message), "a regular expression")
    end
    if found then return true end
  end
  return false
end

--- A selector of labels or annotations: equalities, separated by commas.
local function labels_match(build, selector, lines, labels)
  for one in (selector or ""):gmatch("[^,]+") do
    local key, operator, value = one:match("^%s*([%w./_-]+)%s*(!?=?=)%s*([%w._-]*)%s*$")
    if not key then
      build:fail(lines, ("%s is not KEY=VALUE, and others are not rendered here"):format(lab.quote(one)), "KEY=VALUE")
    end
    if (labels[key] == value) == (operator == "!=") then return false end
  end
  return true
end

local function is_target(build, one, target, lines)
  local at, value = lines[2], one.value
  local version, group = lab.after_last("/", value.apiVersion), value.apiVersion:match("^(.*)/") or ""
  local names, spaces = {}, {}
  for i, identity in ipairs(one.identities) do
    names[i], spaces[i] = identity.name, identity.namespace
  end
  return selects(build, field(target, "group"), at.group, {group})
    and selects(build, field(target, "version"), at.version, {version})
    and selects(build, field(target, "kind"), at.kind, {value.kind})
    and selects(build, field(target, "name"), at.name, names)
    and selects(build, field(target, "namespace"), at.namespace, spaces)
    and labels_match(build, field(target, "labelSelector"), at.labelSelector, part.map(value, "metadata", "labels"))
    and labels_match(build, field(target, "annotationSelector"), at.annotationSelector,
      part.map(value, "metadata", "annotations"))
end

--- The objects that a patch means, perhaps none where it has a target.
local function targets_of(build, objects, entry, lines, patch, patch_lines)
  local found = {}
  local wanted = not field(entry, "target") and kustomize.identity_of(patch)
  for _, one in ipairs(objects) do
    local is_meant
    if wanted then is_meant = kustomize.was(one, function(identity) return kustomize.same(identity, wanted) end)
    else is_meant = is_target(build, one, entry.target, lines[2].target)
    end
    if is_meant then found[#found + 1] = one end
  end
  if wanted and #found > 1 then
    build:fail(patch_lines, ("%d objects are a %s %s: which one is meant?"):format(#found, wanted.kind,
      lab.quote(wanted.name)), "a patch with a target")
  end
  if wanted and #found == 0 then
    build:fail(patch_lines, ("there is no %s %s to patch"):format(wanted.kind, lab.quote(wanted.name)),
      "an object of the resources")
  end
  return found
end

local function remove_from(objects, one)
  for i, other in ipairs(objects) do
    if other == one then return table.remove(objects, i) end
  end
end

-- ---- applying ----

local function apply_patch(build, objects, entry, lines, patch, patch_lines)
  local operates = kustomize.is_list(patch)
  if operates then
    if not field(entry, "target") then build:fail(lines, "a list of operations needs a target", "a target") end
    kustomize.judge_operations(build, patch, patch_lines)
  else
    build:judge_head(patch, patch_lines)
  end
  for _, one in ipairs(targets_of(build, objects, entry, lines, patch, patch_lines)) do
    if operates then
      kustomize.operate(build, one, patch, patch_lines)
      build:judge_head(one.value, patch_lines)
    elseif not kustomize.merge(build, one, patch, patch_lines) then remove_from(objects, one)
    end
  end
end

--- The lines before a text that stands in a field of YAML: a text of several lines begins below its field.
local function lines_before(text, line)
  return ("\n"):rep(structure.line_of(line) - (text:find("\n", 1, true) and 0 or 1))
end

--- kustomize takes a text that begins with a bracket for JSON.
local function judge_brackets(build, text, lines)
  if text:find("^%s*%[") and json.decode(text) == nil then
    build:fail(lines, "a patch that begins with [ must be JSON: write a list of YAML with - instead", "a patch")
  end
end

--- Applies the patches of an entry.
function kustomize.apply_patches(build, objects, entry, lines)
  local count = 0
  local function taken(patch, patch_lines)
    count = count + 1
    if count > 1 and field(entry, "target") then build:fail(lines, "several patches for one target", "one patch") end
    apply_patch(build, objects, entry, lines, patch, patch_lines)
  end
  if field(entry, "path") then
    local text, number = build:text(entry.path, lines[2].path)
    judge_brackets(build, text, lines[2].path)
    build:documents(text, build.judge.files[number], number, taken)
  else
    judge_brackets(build, entry.patch, lines[2].patch)
    local text = lines_before(entry.patch, lines[2].patch) .. entry.patch
    build:documents(text, build.file, build.number, taken)
  end
  if count == 0 then build:fail(lines, "the patch is empty", "a patch") end
end
