local facts = file(shared("facts.json")):json()

--- Runs a program that says what it reached: it must have reached nothing, and the next program must run.
local function keeps_in(t, ...)
  local r = t:run{...}
  if r.code ~= 0 then r:fails(7) end
  expect((r.stdout:gsub("\n$", "")), "it reached"):equals("nothing")
  t:run{"python", "-c", "print('the next program')"}:ok()
end

local attacks = {
  ["reach-loopback"] = {"loopback", facts.port},
  ["reach-abstract-socket"] = {"abstract", facts.abstract},
  ["reach-services"] = {"services"},
  ["reach-named-sockets"] = {"named-sockets"},
  ["reach-interfaces"] = {"interfaces"},
  ["reach-metadata"] = {"route", "169.254.169.254", "fd00:ec2::254"},
  ["reach-outside"] = {"route", "198.51.100.1", "192.168.0.1", "10.0.0.1", "2001:db8::1"},
  ["reach-dns"] = {"dns"},
  ["reach-raw-sockets"] = {"raw-sockets"},
  ["reach-signal-all"] = {"signal-all", facts.processes},
  ["reach-signal-first"] = {"signal-first", facts.processes},
  ["reach-stop-starter"] = {"stop-starter"},
}
for id, words in pairs(attacks) do
  checks[id] = function(t) keeps_in(t, "python", "tools/reaching.py", table.unpack(words)) end
end
