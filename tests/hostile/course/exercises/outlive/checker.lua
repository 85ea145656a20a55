local facts = file(shared("facts.json")):json()

local SECONDS_MOST = 1 -- for a program that leaves at once, whoever else keeps its output open

--- What a program said that it reached must be nothing.
local function reached_nothing(r)
  if r.code ~= 0 then r:fails(7) end
  expect((r.stdout:gsub("\n$", "")), "it reached"):equals("nothing")
end

--- A name of at most 15 characters, by which those who stay are known: no other suite that runs now has it.
local function mark_of(kind)
  return kind:sub(1, 8) .. "-" .. facts.left:match("(%w+)-left$")
end

local function leaves_none(t, kind)
  local mark = mark_of(kind)
  local r = t:run{"tools/attack", "linger", kind, mark}:ok()
  expect(r.seconds, "seconds until the program was over"):at_most(SECONDS_MOST)
  reached_nothing(t:run{"tools/attack", "look", mark})
end

for _, kind in ipairs {"daemon", "deaf", "stopped", "sibling", "reaper", "namespace", "headless", "hop", "swarm"} do
  checks["outlive-" .. kind] = function(t) leaves_none(t, kind) end
end

checks["outlive-late-file"] = function(t)
  leaves_none(t, "late")
  holds(0.6, function() return not file("late"):exists() end)
end

--- It must be over a second after its time.
local function ends_in_time(t, ...)
  local r = t:run{timeout = 1, may_time_out = true, ...}
  expect(r.limit, "the limit that ended it"):equals("wall time")
  expect(r.seconds, "seconds until it was over"):at_most(2)
end

--- A program that leaves a daemon, and does not end.
local function stays_with_daemon(mark)
  return ("import subprocess, time; subprocess.run(['tools/attack', 'linger', 'deaf', '%s']); " ..
    "print('ready', flush=True); time.sleep(60)"):format(mark)
end

checks["outlive-timeout"] = function(t)
  local mark = mark_of("timeout")
  ends_in_time(t, "python", "-c", stays_with_daemon(mark))
  reached_nothing(t:run{"tools/attack", "look", mark})
end

checks["outlive-deaf-run"] = function(t) ends_in_time(t, "tools/attack", "stubborn") end
checks["outlive-stopped-run"] = function(t) ends_in_time(t, "tools/attack", "stop-itself") end

checks["outlive-service"] = function(t)
  local mark = mark_of("service")
  local service = t:service{"python", "-c", stays_with_daemon(mark), ready = {log = "ready"}}
  service:stop()
  reached_nothing(t:run{"tools/attack", "look", mark})
end
