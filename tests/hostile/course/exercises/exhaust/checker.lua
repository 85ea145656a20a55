local facts = file(shared("facts.json")):json()

local NEXT = "the next program"

--- The box serves the next program as if nothing had been.
local function next_runs(t)
  expect(t:run{"python", "-c", ("print(%q)"):format(NEXT)}:ok():lines(), "what the next program says"):equals({NEXT})
end

local function reached_nothing(r)
  if r.code ~= 0 then r:fails(7) end
  expect((r.stdout:gsub("\n$", "")), "it reached"):equals("nothing")
end

--- Runs it in a folder of its own, which is removed before the next program is.
local function run(t, words)
  t:write("play/work.txt", "")
  local r = t:run{"../tools/attack", cwd = "play", may_exceed = true, table.unpack(words)}
  t:remove("play")
  return r
end

--- It must be ended for one of these limits.
local function ends_by(t, limits, words)
  local r = run(t, words)
  if not r.limit and r.code == 0 then reached_nothing(r) end
  expect(r.limit, "the limit that ended it"):one_of(limits)
  next_runs(t)
end

--- It gets no more than it may, or is ended for a limit; then what it had no time to remove is the next one's concern.
local function gets_no_more(t, words)
  local r = run(t, words)
  if r.limit then t:run{"find", "/tmp", "/dev/shm", "-type", "f", "-delete", may_exceed = true} else reached_nothing(r) end
  next_runs(t)
end

local ended = {
  ["exhaust-memory"] = {{"memory"}, "fill", 2048},
  ["exhaust-memory-shared"] = {{"memory"}, "fill", 2048, "shared"},
  ["exhaust-memory-spread"] = {{"memory"}, "fill-spread", 16, 64},
  ["exhaust-memory-nameless"] = {{"memory", "disk"}, "fill-nameless", 1024},
  ["exhaust-processes"] = {{"processes"}, "swarm", 2000},
  ["exhaust-disk"] = {{"disk"}, "fill-folder", ".", "part", 512, "stay"},
  ["exhaust-file"] = {{"file size", "disk"}, "write", "file", 512},
  ["exhaust-deleted"] = {{"file size", "disk"}, "write", "file", 512, "deleted"},
  ["exhaust-sparse"] = {{"file size", "disk"}, "sparse", 1024},
  ["exhaust-files"] = {{"files"}, "files", 5000},
}
for id, words in pairs(ended) do
  checks[id] = function(t) ends_by(t, words[1], {table.unpack(words, 2)}) end
end

local bounded = {
  ["exhaust-pipes"] = {"fill-pipes", 512},
  ["exhaust-threads"] = {"threads", 2000},
  ["exhaust-descriptors"] = {"many-descriptors", 100000},
  ["exhaust-shm"] = {"fill-folder", "/dev/shm", facts.left, 512},
  ["exhaust-tmp"] = {"fill-folder", "/tmp", facts.left, 512},
}
for id, words in pairs(bounded) do
  checks[id] = function(t) gets_no_more(t, words) end
end

checks["exhaust-root"] = function(t)
  for _, folder in ipairs {"/", "/dev", "/run", "/var/tmp", "/lab"} do
    gets_no_more(t, {"fill-folder", folder, facts.left, 512})
  end
end

checks["exhaust-depth"] = function(t)
  local r = run(t, {"nest", 1000})
  if r.limit then expect(r.limit, "the limit that ended it"):equals("files") else r:ok() end
  next_runs(t)
end

--- A program that never ends; it must be over a second after its time.
local function ends_in_time(t, ...)
  local r = t:run{timeout = 1, may_time_out = true, ...}
  expect(r.limit, "the limit that ended it"):equals("wall time")
  expect(r.seconds, "seconds until it was over"):at_most(2)
  next_runs(t)
end

local endless = {
  ["exhaust-cpu"] = {"tools/attack", "spin"},
  ["exhaust-cpu-many"] = {"tools/attack", "spin-many", 8},
  ["exhaust-sleep"] = {"python", "-c", "import time\ntime.sleep(60)"},
  ["exhaust-drip"] = {"tools/attack", "drip"},
}
for id, words in pairs(endless) do
  checks[id] = function(t) ends_in_time(t, table.unpack(words)) end
end

--- A flood is drained and kept small, and the program that made it ends well.
local function is_drained(t, stream, ...)
  local r = t:run{"tools/attack", "print", 1 << 30, ...}:ok()
  expect(r.truncated, "whether a part was left out"):equals(true)
  expect(#r[stream], "bytes that were kept"):between(32 << 10, 65 << 10)
  next_runs(t)
end

checks["exhaust-output"] = function(t) is_drained(t, "stdout") end
checks["exhaust-errors"] = function(t) is_drained(t, "stderr", "errors") end

checks["exhaust-input"] = function(t)
  t:run{"tools/attack", "deaf", stdin = ("x"):rep(4 << 20)}:fails(7)
  next_runs(t)
end
