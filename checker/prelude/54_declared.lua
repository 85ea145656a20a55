-- service(name): the attempt's own instance of a service that exercise.yaml requires. All checks of an attempt share
-- it, and no other attempt sees it.

local Declared = {}
lab.methods.declared = Declared

local made = setmetatable({}, {__mode = "v"})

local function describe(name, fact)
  local env = {}
  for variable, value in pairs(fact.env) do env[variable] = value end
  local url = "http://127.0.0.1:" .. math.tointeger(fact.port)
  return setmetatable({name = name, port = fact.port, url = url, env = env}, {__index = Declared, __metatable = false})
end

--- The instance of a service that exercise.yaml requires.
function service(name)
  lab.settle()
  lab.argument("service: the name", name, "string")
  local facts = lab.task.exercise.services or {}
  local fact = facts[name]
  if not fact then
    lab.misuse("service: '%s' is not among requires.services of exercise.yaml", name)
  end
  made[name] = made[name] or describe(name, fact)
  return made[name]
end

function lab.is_declared(value)
  return made[value.name] == value
end

--- As http.request, to this service. That it does not answer is not the learner's fault: the check is blocked. How much
--- it has to say is.
function Declared:request(given)
  lab.enter("request")
  lab.argument("request: the options", given, "table")
  if given.url or given.port then lab.misuse("request: the service has its own port; give a path") end
  local answer, message = http.request(lab.with(given, {port = self.port}))
  local what = ("%s: %s %s"):format(self.name, given.method or "GET", given.path)
  if not answer and message:find("a body of more than", 1, true) then
    lab.fail {what = what, expected = "an answer that can be read", actual = message:match("a body of more than.*")}
  end
  if not answer then lab.blocked("the service %s does not answer: %s", self.name, message) end
  answer.what = what
  return answer
end

lab.add_verbs(Declared)
