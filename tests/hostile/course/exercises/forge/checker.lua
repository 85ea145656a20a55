-- What a forged verdict says is "fail": where one is believed, the check does not pass.

--- Runs a program that says what it reached: it must have reached nothing.
local function keeps_in(t, ...)
  local r = t:run{...}
  if r.code ~= 0 then r:fails(7) end
  expect((r.stdout:gsub("\n$", "")), "it reached"):equals("nothing")
end

--- The generator of the exercise, and what it must have made. Each `n` is made anew.
local function makes(n)
  local made = file(private("make.py", {n = n})):json()
  expect(made, "what lab's own generator made"):equals({n = n, forged = false, own = true})
end

local NEXT = "the next program"

local function next_says(t, program)
  expect(t:run{"python", "-c", program}:ok():lines(), "what the next program says"):equals({NEXT})
end

local function forges_words(t, descriptor, stream)
  local r = t:run{"python", "tools/forging.py", "words", descriptor}:ok()
  expect(r[stream], "what it said"):contains('"verdict"')
  next_says(t, ("print(%q)"):format(NEXT))
end

checks["forge-output"] = function(t) forges_words(t, 1, "stdout") end
checks["forge-errors"] = function(t) forges_words(t, 2, "stderr") end

checks["forge-descriptors"] = function(t) keeps_in(t, "python", "tools/forging.py", "descriptors") end
checks["forge-take-descriptor"] = function(t) keeps_in(t, "tools/attack", "call", "take-descriptor") end

checks["forge-late-words"] = function(t)
  t:run{"python", "tools/forging.py", "late"}:ok()
  next_says(t, ("import time; time.sleep(0.3); print(%q)"):format(NEXT))
end

checks["forge-exit"] = function(t)
  t:run{"python", "tools/forging.py", "leave"}:ok()
  expect.file("out/result.json"):not_exists()
end

checks["forge-planted-modules"] = function() makes(1) end

checks["forge-planted-home"] = function(t)
  t:run{"python", "tools/forging.py", "plant"}:ok()
  makes(2)
end

checks["forge-planted-programs"] = function(t)
  local programs = {
    {"python", "-c", "print('the true one')"}, {"python3", "-c", "print('the true one')"},
    {"sh", "-c", "echo the true one"}, {"env", "echo", "the true one"},
  }
  for _, words in ipairs(programs) do
    expect(t:run(words):ok():lines(), "what " .. words[1] .. " says"):equals({"the true one"})
  end
  expect(git.head() ~= nil, "whether the history can be read"):equals(true)
  makes(3)
end

local VARIABLES = {"HOME", "LANG", "LC_ALL", "OMP_NUM_THREADS", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED",
  "TMPDIR", "TZ", "VIRTUAL_ENV"}

checks["forge-environment"] = function(t)
  expect(t:run{"python", "tools/forging.py", "environment"}:ok():lines(), "variables"):equals(VARIABLES)
  makes(4)
end
