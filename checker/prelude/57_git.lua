-- git: the learner's own history, read by the supervisor.

local function query(what, arguments)
  lab.enter("git." .. what)
  local answer, rest = lab.ask("git." .. what, {op = "git", what = what, arguments = arguments})
  if not answer then return nil, rest end
  return rest or answer.value
end

--- The options of a query, checked; a fresh table.
local function options(what, given, allowed)
  given = given or {}
  lab.argument("git." .. what .. ": the options", given, "table")
  lab.options("git." .. what, given, allowed)
  local copy = {}
  for key, value in pairs(given) do copy[key] = value end
  return copy
end

local log_options = {limit = "integer", path = "string"}

git = {
  head = function() return query("head", {}) end,
  log = function(given) return query("log", options("log", given, log_options)) end,
  commits = function(given) return query("commits", options("commits", given, log_options)) end,
  tracked = function() return query("tracked", {}) end,
  dirty = function() return query("dirty", {}) end,
  tags = function() return query("tags", {}) end,
  largest_blob = function() return query("largest_blob", {}) end,
}

--- The text of a file in a commit.
function git.blob(revision, path)
  lab.argument("git.blob: the revision", revision, "string")
  lab.argument("git.blob: the path", path, "string")
  return query("blob", {rev = revision, path = path})
end

--- The changes between two commits as a patch, of one path or of all.
function git.diff(from, to, path)
  lab.argument("git.diff: from", from, "string")
  lab.argument("git.diff: to", to, "string")
  if path ~= nil then lab.argument("git.diff: the path", path, "string") end
  return query("diff", {from = from, to = to, path = path})
end
