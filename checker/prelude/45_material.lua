-- Material: private(name, args) and shared(name, args), hidden data made outside the learner's box.

--- One value of an option as text.
local function option_text(what, key, value)
  local kind = type(value)
  if kind == "string" then return value end
  if kind == "number" then return lab.number(value) end
  lab.misuse("%s: %s must be a string, a number, true or false, or a list of them, got %s", what, key, kind)
end

local function add_option(what, words, key, value)
  if type(key) ~= "string" or not key:find("^[%a][%w_]*$") then
    lab.misuse("%s: an argument's name is a word of letters, digits and underscores, got %s", what, tostring(key))
  end
  local flag = "--" .. key:gsub("_", "-")
  local list = type(value) == "table" and value or {value}
  for _, one in ipairs(list) do
    if one == true then
      words[#words + 1] = flag
    elseif one ~= false then
      words[#words + 1] = flag
      words[#words + 1] = option_text(what, key, one)
    end
  end
end

--- {seed = 7, keep_rows = true} as {"--keep-rows", "--seed", "7"}, in the order of the names: equal calls are equal.
local function words_of(what, arguments)
  local words = {}
  for _, key in ipairs(lab.sorted_keys(arguments)) do
    if key ~= "out" then add_option(what, words, key, arguments[key]) end
  end
  return lab.list(words)
end

local function material(source, name, arguments, output)
  lab.settle()
  lab.argument(source .. ": the name", name, "string")
  if arguments ~= nil then lab.argument(source .. ": the arguments", arguments, "table") end
  if output ~= nil then lab.argument(source .. ": the output", output, "string") end
  local what = ("%s(%q)"):format(source, name)
  local request = {op = "material", source = source, name = name, arguments = lab.list {}}
  if name:find("%.py$") then
    arguments = arguments or {}
    request.arguments = words_of(what, arguments)
    request.output = output or arguments.out or name:match("([^/]+)%.py$") .. ".out"
  elseif arguments or output then
    lab.misuse("%s: only generators (.py) take arguments", what)
  end
  local answer, message = lab.ask(what, request)
  if not answer then error(what .. ": " .. message, 0) end
  return answer.path
end

--- Hands in a program of exercises/shared/ as it is, for programs of the check's box to run; its path.
function lab.hand_in(what, name)
  local request = {op = "material", source = "shared", name = name, arguments = lab.list {}}
  local answer, message = lab.ask(what, request)
  if not answer then error(("%s: %s"):format(what, message), 0) end
  if answer.path:match("[^/]*$") ~= name then lab.misuse("%s: other material of this check is named %s", what, name) end
  return answer.path
end

function private(name, arguments, output)
  return material("private", name, arguments, output)
end

function shared(name, arguments, output)
  return material("shared", name, arguments, output)
end
