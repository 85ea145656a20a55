local facts = file(shared("facts.json")):json()

local function reached_nothing(r)
  if r.code ~= 0 then r:fails(7) end
  expect((r.stdout:gsub("\n$", "")), "it reached"):equals("nothing")
end

local function program(t, ...)
  return t:run{"python", "tools/poisoning.py", ...}
end

--- Reading what a program left must end the check, as a failure of its work: that is the reason "refused".
local function refuses(t, words, read)
  local r = program(t, table.unpack(words))
  if r.code == 7 then return reached_nothing(r) end -- it could not even be left
  r:ok()
  hint("refused")
  read()
  hint("reached")
  expect("what stood there was read", "lab"):equals("a refusal")
end

local function read_text() return file("out.json"):text() end
local function read_json() return file("out.json"):json() end

local results = {
  ["poison-link"] = {read_text, "link", "/etc/passwd"},
  ["poison-hard-link"] = {read_text, "hard-link", facts.canary},
  ["poison-pipe"] = {read_text, "pipe"},
  ["poison-socket"] = {read_text, "socket"},
  ["poison-device"] = {read_text, "device"},
  ["poison-folder"] = {read_text, "folder"},
  ["poison-sparse"] = {read_text, "sparse"},
  ["poison-huge"] = {read_json, "huge"},
  ["poison-deep"] = {read_json, "deep"},
}
for id, words in pairs(results) do
  checks[id] = function(t) refuses(t, {table.unpack(words, 2)}, words[1]) end
end

checks["poison-linked-folder"] = function(t)
  refuses(t, {"linked-folder", "/etc"}, function() return file("out/passwd"):text() end)
end

checks["poison-anchors"] = function(t)
  refuses(t, {"many-anchors"}, function() return json.encode(file("out.yaml"):yaml()) end)
end

checks["poison-entities"] = function(t)
  refuses(t, {"entities"}, function() return file("out.xml"):xml() end)
end

checks["poison-names"] = function(t)
  program(t, "names"):ok()
  expect(#glob("*"), "files that are seen"):at_least(6)
  tree()
end

checks["poison-locked"] = function(t)
  program(t, "no-way-in"):ok()
  hint("refused") -- for those who are not root
  expect(glob("**/file"), "files that are seen"):has_length(1)
end

-- ---- where the check writes ----

checks["poison-write-through"] = function(t)
  program(t, "traps"):ok()
  t:write("config.json", "written")
  reached_nothing(program(t, "victim"))
end

checks["poison-write-below"] = function(t)
  program(t, "traps"):ok()
  hint("refused")
  t:write("settings/victim", "written")
  hint("reached")
  reached_nothing(program(t, "victim"))
end

-- ---- what was handed in ----

checks["poison-material"] = function(t)
  local path = private("hidden.json")
  program(t, "spoil", path):ok()
  expect(program(t, "show", path):ok().stdout, "the hidden data"):equals('{"hidden": true}\n')
end

checks["poison-protected"] = function(t)
  expect(program(t, "show", "contract.md"):ok().stdout, "contract.md"):equals(start_file("contract.md"):text())
end

-- ---- for the next check ----

checks["poison-leave"] = function(t)
  program(t, "leave", facts.left):ok()
  reached_nothing(t:run{"tools/attack", "look", facts.left:sub(1, 15)})
end

checks["poison-inherit"] = function(t) reached_nothing(program(t, "find", facts.left)) end

checks["poison-hand-on"] = function(t)
  program(t, "link", facts.canary):ok()
  expect(file("out.json"):kind(), "what is handed on"):equals("link")
end

checks["poison-handed-on"] = function()
  hint("refused")
  read_text()
  hint("reached")
  expect("what stood there was read", "lab"):equals("a refusal")
end
