local facts = file(shared("facts.json")):json()

--- Runs a program that says what it reached: it must have reached nothing.
local function keeps_in(t, ...)
  local r = t:run{...}
  if r.code ~= 0 then r:fails(7) end
  expect((r.stdout:gsub("\n$", "")), "it reached"):equals("nothing")
end

local exercise = facts.course .. "/exercises/read"

local attacks = {
  ["read-checker"] = {"paths", exercise .. "/checker.lua", exercise},
  ["read-private"] = {"paths", exercise .. "/private/answers.json"},
  ["read-solution"] = {"paths", exercise .. "/solution/work.txt"},
  ["read-installed"] = {"paths", facts.suite, facts.suite .. "/exercises/read/checker.lua"},
  ["read-progress"] = {"paths", facts.home .. "/data", facts.home .. "/data/lab.db"},
  ["read-workspace"] = {"paths", facts.home .. "/work", facts.home .. "/work/read/work.txt"},
  ["read-other-checks"] = {"paths", facts.scratch},
  ["read-canary"] = {"paths", facts.canary},
  ["read-search"] = {"search", facts.canary:match("[^/]+$")},
  ["read-environment"] = {"environments", facts.variable},
  ["read-starter"] = {"starter"},
  ["read-command-lines"] = {"command-lines", facts.home},
  ["read-processes"] = {"others"},
  ["read-descriptors"] = {"descriptors"},
  ["read-passwords"] = {"paths", "/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssl/private", "/root/.ssh"},
  ["read-machine"] = {"paths", "/etc/machine-id", "/etc/fstab", "/etc/hostname", "/etc/ssh", "/etc/cron.d"},
  ["read-homes"] = {"homes"},
  ["read-folders"] = {"paths", "/var/lib", "/var/log", "/var/spool", "/opt", "/srv", "/mnt", "/media", "/run/systemd"},
  ["read-kernel"] = {"kernel"},
}
for id, words in pairs(attacks) do
  checks[id] = function(t) keeps_in(t, "python", "tools/reading.py", table.unpack(words)) end
end

checks["read-shared-memory"] = function(t) keeps_in(t, "tools/attack", "shared-memory", facts.shared_memory) end
