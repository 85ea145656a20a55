-- build_context(folder): the files that `docker build` would hand to the engine, as .dockerignore decides.
--
-- What a line means is in checker/ignore.h; the last line that matches a path, or a folder around it, decides. So does
-- BuildKit, which builds for Docker today; the builder before it also skips a folder that is left out, with no look at
-- lines such as `!**/keep.txt`.

local engine, files, lab = engine, files, lab
local fault, trim = lab.docker.fault, lab.docker.trim

local RULES_MOST, IGNORE_MOST = 2000, 256 << 10

-- Bytes of all patterns times bytes of all paths: some seconds.
local WORK_MOST = 4000000000

-- ---- .dockerignore ----

--- A pattern as Docker cleans it: no empty components, no ".", no ".." behind a name, no slash around it.
local function clean(text)
  local kept = {}
  for part in text:gmatch("[^/]+") do
    local above_root = text:sub(1, 1) == "/" and #kept == 0 -- which is the root
    if part == ".." and #kept > 0 and kept[#kept] ~= ".." then
      kept[#kept] = nil
    elseif part ~= "." and not (part == ".." and above_root) then
      kept[#kept + 1] = part
    end
  end
  return table.concat(kept, "/")
end

local function read_rule(path, line, text)
  local pattern = trim(text)
  if text:sub(1, 1) == "#" or pattern == "" then return nil end
  local keeps = pattern:sub(1, 1) == "!"
  if keeps then pattern = trim(pattern:sub(2)) end
  if pattern == "" then fault(path, line, "'!' has no pattern behind it") end
  pattern = clean(pattern)
  if files.ignored(pattern, "") == nil then
    fault(path, line, "%s is no pattern: a '[' without its ']', an empty set, or a '\\' at the end", lab.quote(pattern))
  end
  return {pattern = pattern, keeps = keeps, line = line, text = trim(text)}
end

local function read_rules(path)
  local ignore = file(path)
  if ignore:size() > IGNORE_MOST then fault(path, 1, "the file is larger than 256 KiB") end
  local rules, size = {}, 0
  for line, text in ipairs(lab.lines(ignore:text():gsub("^\xEF\xBB\xBF", ""), path)) do
    if text:find("\0", 1, true) then fault(path, line, "a zero byte") end
    local rule = read_rule(path, line, text)
    rules[#rules + 1] = rule
    size = size + (rule and #rule.pattern or 0)
    if #rules > RULES_MOST then fault(path, line, "more than %d patterns", RULES_MOST) end
  end
  return rules, size
end

-- ---- what the rules say ----

--- Whether `path` is left out, the rule that decided, and the rules that matched it, by number. `above` are those that
--- matched the folder around it. A rule that would change nothing is not tried, as in Docker.
local function judge(rules, path, above)
  local out, decided, matched = false, nil, nil
  for i, rule in ipairs(rules) do
    local matches = above and above[i]
    if not matches and rule.keeps == out then matches = files.ignored(rule.pattern, path) end
    if matches then
      out, decided, matched = not rule.keeps, rule, matched or {}
      matched[i] = true
    end
  end
  return out, decided, matched
end

--- As judge, for a path of which nothing is known yet.
local function judge_alone(rules, path)
  local out, decided, above
  for stop in (path .. "/"):gmatch("()/") do
    out, decided, above = judge(rules, path:sub(1, stop - 1), above)
  end
  return out, decided
end

-- ---- the object ----

local Context = {}
lab.methods.context = Context

-- What checkers do not see of a context: its rules.
local hidden = setmetatable({}, {__mode = "k"})

local function context_path(self, what, path)
  lab.argument("context:" .. what .. ": the path", path, "string")
  local cleaned = clean(path)
  if cleaned == "" or cleaned:find("^%.%.") or path:find("[\0\n]") or path:sub(1, 1) == "/" then
    lab.misuse("context:%s: %q is not a path inside the context", what, path)
  end
  return cleaned, hidden[self]
end

--- Whether the file is there and reaches the engine.
function Context:has(path)
  local cleaned = context_path(self, "has", path)
  return self.sizes[cleaned] ~= nil
end

--- Whether a file of that path would reach the engine if it were there.
function Context:admits(path)
  local cleaned, rules = context_path(self, "admits", path)
  return not judge_alone(rules, cleaned)
end

--- The line that decides about a path: {line, pattern}, nil when none does.
function Context:rule(path)
  local cleaned, rules = context_path(self, "rule", path)
  local _, rule = judge_alone(rules, cleaned)
  return rule and {line = rule.line, pattern = rule.text} or nil
end

-- ---- reading ----

local function exists(path)
  local info, _, code = files.stat("scratch", path)
  return info ~= nil or code ~= "missing"
end

--- Docker looks for the Dockerfile's own file first.
local function find_ignore_file(prefix, dockerfile_path)
  local own = dockerfile_path .. ".dockerignore"
  if exists(own) then return own end
  return exists(prefix .. ".dockerignore") and prefix .. ".dockerignore" or nil
end

--- As lab.list_files, of a folder that the learner may have left out.
function lab.list_folder(folder)
  local info, message, code = files.stat("scratch", folder)
  if info and info.kind ~= "directory" then
    info, message, code = nil, "is no folder", "kind"
  end
  if not info then
    if code == "missing" then message = "no such folder" end
    local failure = lab.absent(file(folder), message, code)
    failure.expected = "a folder"
    lab.fail(failure)
  end
  return lab.list_files(folder)
end

local function fill(context, rules, size, folder, prefix)
  local names, kinds = lab.list_folder(folder)
  local length = 0
  for _, name in ipairs(names) do length = length + #name - #prefix end
  if length * size > WORK_MOST then
    fault(context.ignore_file, 1, "too much to judge: %d patterns and %d files and folders", #rules, #names)
  end
  local above, unruled = {}, {}
  for i, name in ipairs(names) do
    local path = name:sub(#prefix + 1)
    local out, _, matched = judge(rules, path, above[path:match("^(.*)/") or ""] or unruled)
    if kinds[i] == "directory" then
      above[path] = matched
    elseif not out and kinds[i] ~= "other" then
      local info = files.stat("scratch", name)
      context.files[#context.files + 1] = path
      context.sizes[path] = info and info.size or 0
      context.size = context.size + context.sizes[path]
    end
  end
end

local context_options = {dockerfile = "string"}

--- What `docker build FOLDER` hands to the engine.
function build_context(folder, options)
  lab.enter("build_context")
  folder = lab.argument("build_context: the folder", folder == nil and "." or folder, "string")
  options = lab.argument("build_context: the options", options or {}, "table")
  lab.options("build_context", options, context_options)
  local below = clean(folder)
  if folder:sub(1, 1) == "/" or below ~= "" and not files.inside(below) then
    lab.misuse("build_context: %q is not a folder of the work", folder)
  end
  local prefix = below == "" and "" or below .. "/"
  local recipe = options.dockerfile or prefix .. "Dockerfile"
  if not files.inside(recipe) then lab.misuse("build_context: %q is not a path inside the work", recipe) end
  local context = {files = engine.list {}, sizes = {}, size = 0, ignore_file = find_ignore_file(prefix, recipe)}
  local rules, size = {}, 0
  if context.ignore_file then rules, size = read_rules(context.ignore_file) end
  fill(context, rules, size, below == "" and "." or below, prefix)
  hidden[context] = rules
  return setmetatable(context, {__index = Context, __metatable = false})
end
