-- Files: file(path), start_file(path), glob, tree, tree_diff, expect.file, and the writing methods of t.
--
-- A file that the learner did not make, or made wrongly, is a failure that names it; the checker never breaks on it.

local state = lab.state

local SIBLINGS_MOST, PLACE_MOST = 6, 64

-- Bytes of a file as a text, which must leave room for what a checker makes of it; of one that is decoded; of a copy.
local TEXT_MOST, DECODED_MOST, COPIED_MOST = 8 << 20, 16 << 20, 32 << 20

-- ---- which tree a path belongs to ----

--- root, path below it. Absolute paths are those of material; others belong to `root`.
local function locate(what, root, path)
  lab.argument(what .. ": the path", path, "string")
  local base = lab.task.material_path
  if base and path:sub(1, #base + 1) == base .. "/" then
    root, path = "material", path:sub(#base + 2)
  elseif root == "scratch" and state.phase == "loading" then
    lab.misuse("%s(%q) can only be used inside a check: while the checker loads there is no work", what, path)
  end
  if not files.inside(path) then lab.misuse("%s: %q is not a path inside the work", what, path) end
  return root, path
end

-- ---- decoding ----

--- Whether a decoder's message says where: "out.json:3:7: …".
local function where_of(path, message)
  local line = message:match(":(%d+):")
  return {file = path, line = tonumber(line)}
end

local function undecodable(path, format, message)
  lab.fail {
    what = path, expected = "valid " .. format:upper(), actual = message, where = where_of(path, message),
    message = message:find(path, 1, true) and message or ("%s: %s"):format(path, message),
  }
end

--- Calls with `text` that the learner's work wrote: when memory does not suffice for that, the work is to blame.
function lab.fitting(name, text, called, ...)
  local results = table.pack(lab.protected(called, text, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  local raised = results[2]
  if lab.is_verdict(raised) or not lab.problem(raised).message:find("not enough memory", 1, true) then
    error(raised, 0)
  end
  local actual = ("too large to read: %d bytes"):format(#text)
  lab.fail {what = name, expected = "what can be read", actual = actual, message = ("%s: %s"):format(name, actual)}
end

--- Decodes text that the learner's work wrote: what is wrong with it is a failure. `name` stands in messages.
function lab.decode(format, text, name, options)
  local named = {name = name}
  for key, value in pairs(options or {}) do named[key] = value end
  local value, message = lab.fitting(name, text, _G[format].decode, named)
  if value == nil and message then undecodable(name, format, message) end
  return value
end

--- As lab.decode, for YAML that is judged field by field: the value, and the lines of its parts (checker/lib_places.c).
--- Options: `all`, and `reader`, a name of `places`.
function lab.decode_places(text, name, options)
  local read = places[options and options.reader or "yaml"]
  local pair, message = lab.fitting(name, text, read, {name = name, all = options and options.all})
  if not pair then undecodable(name, "yaml", message) end
  return pair[1], pair[2]
end

-- ---- a file ----

local File = {}
lab.methods.file = File

--- What else lies in its folder, for one who looks for a file that is not there.
local function siblings(self)
  local folder = self.path:match("^(.*)/[^/]*$") or "."
  local found = {}
  for _, name in ipairs(files.walk(self.root, folder) or {}) do -- a hint: none when they cannot be listed
    if not name:sub(folder == "." and 1 or #folder + 2):find("/", 1, true) then found[#found + 1] = name end
  end
  if #found == 0 then return nil end
  local more = #found > SIBLINGS_MOST and ", …" or ""
  return "there are: " .. table.concat(found, ", ", 1, math.min(#found, SIBLINGS_MOST)) .. more
end

--- The failure of a file that cannot be read, as files.read says it.
function lab.absent(self, message, code)
  if self.root ~= "scratch" then lab.misuse("%s: %s", self.path, message) end
  return {
    what = self.path, expected = "a file", actual = message, where = {file = self.path},
    difference = code == "missing" and siblings(self) or nil,
    message = ("%s: %s"):format(self.path, message),
  }
end

local function read(self, most)
  local text, message, code = files.read(self.root, self.path, most)
  if not text then return nil, lab.absent(self, message, code) end
  return text
end

local function demand_text(self, most)
  lab.settle()
  local text, failure = read(self, most)
  if not text then lab.fail(failure) end
  return text
end

function File:text()
  return demand_text(self, TEXT_MOST)
end

function File:lines()
  return lab.lines(self:text(), self.path)
end

function File:exists()
  lab.settle()
  local info = files.stat(self.root, self.path)
  return info ~= nil and info.kind == "file"
end

for _, format in ipairs {"json", "yaml", "toml", "csv", "xml", "dotenv", "ini"} do
  File[format] = function(self, options)
    if options ~= nil then lab.argument(format .. ": the options", options, "table") end
    return lab.decode(format, demand_text(self, DECODED_MOST), self.path, options)
  end
end

function File:sha256()
  lab.settle()
  local digest, message, code = files.sha256(self.root, self.path)
  if not digest then lab.fail(lab.absent(self, message, code)) end
  return digest
end

for _, field in ipairs {"size", "mode", "mtime", "kind"} do
  File[field] = function(self)
    lab.settle()
    local info, message, code = files.stat(self.root, self.path)
    if not info then lab.fail(lab.absent(self, message, code)) end
    return info[field]
  end
end

local function new_file(what, root, path)
  lab.settle()
  local real_root, below = locate(what, root, path)
  return setmetatable({root = real_root, path = below}, {__index = File, __metatable = false,
    __tostring = function(self) return self.path end})
end

function file(path)
  return new_file("file", "scratch", path)
end

function start_file(path)
  return new_file("start_file", "start", path)
end

local function split(text)
  local lines, start = {}, 1
  while start <= #text do
    local stop = text:find("\n", start, true) or #text + 1
    lines[#lines + 1] = text:sub(start, stop - 1):gsub("\r$", "")
    start = stop + 1
  end
  return engine.list(lines)
end

--- The lines of a text that the learner's work wrote, without their ends. `name` stands in messages.
function lab.lines(text, name)
  return lab.fitting(name, text, split)
end

-- ---- expect.file(path) ----

--- Reads the file of an expectation; what is wrong with it is the expectation's failure.
local function read_expected(self)
  local text, failure = read(self.file, TEXT_MOST)
  if text then return true, text end
  lab.note_failure(self, failure)
  return false
end

local function kind_text(info, message)
  if not info then return message end
  return info.kind == "other" and "a pipe, socket or device" or "a " .. info.kind
end

local function judge_existence(self, wanted)
  lab.settle()
  state.unused[self] = nil
  lab.count_assertion()
  local info, message, code = files.stat(self.file.root, self.file.path)
  local is_there = info ~= nil
  if wanted and not (info and info.kind == "file") then
    lab.note_failure(self, {
      expected = "a file", actual = kind_text(info, message), where = {file = self.file.path},
      difference = code == "missing" and siblings(self.file) or nil,
    })
  elseif not wanted and is_there then
    lab.note_failure(self, {expected = "no file", actual = kind_text(info), where = {file = self.file.path}})
  end
  return self
end

local FileExpectation = {}
lab.methods["expect.file"] = FileExpectation

function FileExpectation:exists() return judge_existence(self, true) end
function FileExpectation:not_exists() return judge_existence(self, false) end

--- An expectation about a file: that it is there, or, with every other matcher, about its text.
function expect.file(path)
  local about = new_file("expect.file", "scratch", path)
  local self = lab.new_expectation(nil, path, false)
  self.file, self.read, self.where = about, read_expected, {file = path}
  for name, method in pairs(FileExpectation) do self[name] = method end
  return self
end

-- ---- many files ----

local function unlisted(path, message)
  local what = path == "" and "the work" or lab.visible(path)
  if #what > PLACE_MOST then what = "…" .. what:sub(-PLACE_MOST):gsub("^[\x80-\xBF]+", "") end
  lab.fail {
    what = what, expected = "work that can be judged whole", actual = message,
    message = ("%s: %s"):format(what, message),
  }
end

--- All that a folder of the work holds: paths in byte order, and their kinds. What cannot be seen is not taken for
--- absent.
function lab.list_files(folder)
  local names, kinds, _, place = files.walk("scratch", folder)
  if not names then unlisted(place, kinds) end
  return names, kinds
end

--- Paths of the regular files that match, in byte order.
function glob(pattern)
  lab.enter("glob")
  lab.argument("glob: the pattern", pattern, "string")
  local names, kinds = lab.list_files(".")
  local found = {}
  for i, name in ipairs(names) do
    if kinds[i] == "file" and files.matches(pattern, name) then found[#found + 1] = name end
  end
  return engine.list(found)
end

--- Where a link leads; nil when it has vanished, or become something else, since it was listed.
local function link_print(name)
  local target, message, code = files.link("scratch", name)
  if target then return "link → " .. target end
  if code ~= "missing" and code ~= "kind" then unlisted(name, message) end
end

--- What a file is, as a text that differs when the file does; nil when it has vanished since it was listed.
function lab.fingerprint(name, kind)
  if kind == "link" then return link_print(name) end
  if kind ~= "file" then return kind end
  local info = files.stat("scratch", name)
  local digest, message, code = files.sha256("scratch", name)
  if digest and info then return digest .. " " .. info.mode end
  if info and code ~= "missing" then unlisted(name, message) end
end

--- What the work holds now: path -> fingerprint, directories left out.
function tree()
  lab.enter("tree")
  local names, kinds = lab.list_files(".")
  local found = {}
  for i, name in ipairs(names) do
    if kinds[i] ~= "directory" then found[name] = lab.fingerprint(name, kinds[i]) end
  end
  return found
end

local function names_where(map, holds)
  local names = {}
  for _, name in ipairs(lab.sorted_keys(map)) do
    if holds(name) then names[#names + 1] = name end
  end
  return engine.list(names)
end

--- What changed between two trees: {added, removed, changed}, lists of paths.
function tree_diff(before, after)
  lab.enter("tree_diff")
  lab.argument("tree_diff: before", before, "table")
  lab.argument("tree_diff: after", after, "table")
  return {
    added = names_where(after, function(name) return before[name] == nil end),
    removed = names_where(before, function(name) return after[name] == nil end),
    changed = names_where(after, function(name) return before[name] ~= nil and before[name] ~= after[name] end),
  }
end

-- ---- writing ----

local function put(what, path, text, executable)
  local written, message = files.write(path, text, executable)
  if not written then lab.fail {what = path, expected = "a file that can be written", actual = message, message =
    ("%s: %s cannot be written: %s"):format(what, path, message)} end
  lab.ask(what, {op = "wrote", path = path})
end

local function scratch_path(what, path)
  local root, below = locate(what, "scratch", path)
  if root ~= "scratch" then lab.misuse("%s: material cannot be changed", what) end
  return below
end

--- Writes a file of the scratch copy; `executable` sets its mode to 755.
function lab.Check:write(path, text, options)
  lab.enter("t:write")
  lab.argument("t:write: the text", text, "string")
  options = lab.argument("t:write: the options", options or {}, "table")
  lab.options("t:write", options, {executable = "boolean"})
  put("t:write", scratch_path("t:write", path), text, options.executable)
end

local function count_plain(text, part)
  local count, at = 0, 1
  while true do
    local first, last = text:find(part, at, true)
    if not first then return count end
    count, at = count + 1, last + 1
  end
end

--- Replaces the one place where `from` stands in a file.
function lab.Check:patch(path, from, to)
  lab.enter("t:patch")
  lab.argument("t:patch: the old text", from, "string")
  lab.argument("t:patch: the new text", to, "string")
  if from == "" then lab.misuse("t:patch: the old text is empty") end
  local below = scratch_path("t:patch", path)
  local text = file(below):text()
  local count = count_plain(text, from)
  if count ~= 1 then
    lab.fail {
      what = below, expected = "exactly one " .. lab.quote(from), actual = count .. " of them", where = {file = below},
    }
  end
  local first, last = text:find(from, 1, true)
  local executable = files.stat("scratch", below).mode:find("^7") ~= nil
  put("t:patch", below, text:sub(1, first - 1) .. to .. text:sub(last + 1), executable)
end

--- Copies material, or a file of the start, into the scratch copy.
function lab.Check:copy(from, to)
  lab.enter("t:copy")
  local source = type(from) == "table" and from or file(from)
  if not source.root then lab.misuse("t:copy: needs a path or a file, got a table") end
  put("t:copy", scratch_path("t:copy", to or source.path:match("[^/]*$")), demand_text(source, COPIED_MOST))
end

--- Removes a file or folder of the scratch copy.
function lab.Check:remove(path)
  lab.enter("t:remove")
  local below = scratch_path("t:remove", path)
  local removed, message = files.remove(below)
  if not removed then lab.fail {what = below, expected = "removed", actual = message} end
  lab.ask("t:remove", {op = "wrote", path = below})
end
