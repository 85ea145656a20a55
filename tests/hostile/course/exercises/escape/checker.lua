--- Runs a program that says what it reached: it must have reached nothing.
local function keeps_in(t, ...)
  local r = t:run{...}
  if r.code ~= 0 then r:fails(7) end
  expect((r.stdout:gsub("\n$", "")), "it reached"):equals("nothing")
end

local calls = {"namespaces", "enter-namespaces", "mount", "new-root", "trace", "memory", "keys", "io-uring", "bpf",
  "userfaultfd", "perf", "odd-calls", "administration", "handles", "foreign-calls", "stuff-terminal", "limits",
  "priority"}
for _, name in ipairs(calls) do
  checks["escape-" .. name] = function(t) keeps_in(t, "tools/attack", "call", name) end
end

local programs = {"privileges", "become-root", "make-devices", "device-nodes", "settings", "cgroups", "spare-me",
  "system-files", "through-proc"}
for _, name in ipairs(programs) do
  checks["escape-" .. name] = function(t) keeps_in(t, "python", "tools/escaping.py", name) end
end
