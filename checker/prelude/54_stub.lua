-- Servers of exercises/shared/ that a check holds by their own pipes: what an admin may do goes over standard input and
-- output, which no other program of the box can reach. There is no token that could be found, and no port that could be
-- taken over.

local lab, talk, json, randomness = lab, talk, json, randomness
local state = lab.state

local ANSWER_SECONDS, LOG_LINES = 30, 12

local Stub = {}
lab.Stub = Stub

--- A number that differs between attempts and between the servers of a check.
function lab.key()
  state.keys = (state.keys or 0) + 1
  return randomness.seed() ~ (state.keys << 48)
end

-- ---- its end ----

--- Its pipe is closed: it was ended by a program of the learner's, which can signal it (TERM ends it with 0), or is
--- itself at fault.
local function ended(self)
  local result = self.service:stop()
  if result.code and result.code ~= 0 then
    local said = lab.last_lines(result.stderr, 1) or "nothing said"
    error(("%s: %s ended with %d: %s"):format(self.what, self.program, result.code, said), 0)
  end
  lab.fail {what = self.what, expected = "a server that runs until the check stops it",
    actual = "it " .. lab.ending(result), message = ("%s: its server %s"):format(self.what, lab.ending(result))}
end

local function hear(self)
  local line, why = talk.read_line(self.talk, ANSWER_SECONDS)
  if line then return json.decode(line) end
  if why == "closed" then ended(self) end
  lab.fail {what = self.what, expected = "a server that answers the check", actual = "it has stopped answering",
    evidence = lab.last_lines(self.service:logs(), LOG_LINES)}
end

--- What an admin asks for: the answer; what the server refuses is the author's mistake.
function Stub:ask(what, method, name, body)
  if not state.services[self.service] then lab.misuse("%s: the server was stopped already", what) end
  local spoken = talk.write(self.talk, json.encode({method = method, name = name, body = body}) .. "\n", ANSWER_SECONDS)
  if not spoken then ended(self) end
  local answer = hear(self)
  if answer.status ~= 200 then lab.misuse("%s: %s", what, tostring(answer.body)) end
  return answer.body
end

function Stub:stop()
  talk.close(self.talk)
  return self.service:stop()
end

-- ---- its beginning ----

--- Between its start and its hiding from others, a running program could look into it.
local function demand_first(what)
  for service in pairs(state.services) do
    if not service.is_stub then lab.misuse("%s: start it before the learner's services", what) end
  end
end

--- Starts the first of the files, with the others beside it; `words` are its further arguments.
function lab.start_stub(what, files, words)
  demand_first(what)
  if lab.task.exercise.network == "none" then lab.misuse("%s: exercise.yaml grants no network", what) end
  local paths = {}
  for i, name in ipairs(files) do paths[i] = lab.hand_in(what, name) end
  local argv = {"python", "-s", paths[1], "--port", "0", "--control", table.unpack(words)}
  local request = lab.program_request("service_start", what, argv)
  request.talks = true
  local service = lab.start_service(what, request)
  service.is_stub = true
  local handle, message = talk.open(service.service)
  if not handle then error(("%s: %s"):format(what, message), 0) end
  local stub = setmetatable({what = what, program = files[1], service = service, talk = handle}, {__index = Stub})
  stub.port = hear(stub).port
  service.port, service.url = stub.port, "http://127.0.0.1:" .. stub.port
  stub.url = service.url
  return stub
end
