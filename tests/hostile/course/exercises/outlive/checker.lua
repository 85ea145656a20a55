local SECONDS_MOST = 1 -- for a program that leaves at once, whoever else keeps its output open

--- What a program said that it reached must be nothing.
local function reached_nothing(r)
  if r.code ~= 0 then r:fails(7) end
  expect((r.stdout:gsub("\n$", "")), "it reached"):equals("nothing")
end

--- A name of at most 15 characters, by which those who stay are known.
local function mark_of(kind)
  return ("left-" .. kind):sub(1, 15)
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

checks["outlive-timeout"] = function(t)
  local program = "import os, subprocess, time\nsubprocess.run(['tools/attack', 'linger', 'deaf', 'left-timeout'])\ntime.sleep(60)"
  ends_in_time(t, "python", "-c", program)
  reached_nothing(t:run{"tools/attack", "look", mark_of("timeout")})
end

checks["outlive-deaf-run"] = function(t) ends_in_time(t, "tools/attack", "stubborn") end

checks["outlive-stopped-run"] = function(t)
  ends_in_time(t, "python", "-c", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)")
end

checks["outlive-service"] = function(t)
  local program = "import subprocess, time\nsubprocess.run(['tools/attack', 'linger', 'deaf', 'left-service'])\n" ..
    "print('ready', flush=True)\ntime.sleep(60)"
  local service = t:service{"python", "-c", program, ready = {log = "ready"}}
  service:stop()
  reached_nothing(t:run{"tools/attack", "look", mark_of("service")})
end
