-- mcp(t, {…}): a server of the Model Context Protocol, over its standard input and output. Two kinds of revisions are
-- spoken: those without a handshake, and those that begin with one; exercises/shared/versions.yaml lists both.
-- Source: modelcontextprotocol.io, revisions 2026-07-28 and 2025-11-25, "Base Protocol" and "Tools".

local lab, talk, json = lab, talk, json
local state = lab.state

local ANSWER_SECONDS, DISCOVER_SECONDS, PAGES_MOST, LOG_LINES = 10, 5, 100, 12
local UNASKED_MOST, UNASKED_BYTES_MOST = 10000, 4 << 20
local METHOD_NOT_FOUND = -32601
local CLIENT = {name = "lab", version = "1"}

local mcp_options = {cwd = "string", env = "table", memory = "any", within = "number"}

local McpServer = {}
lab.methods.server = McpServer

local inner = setmetatable({}, {__mode = "k"}) -- handle -> {service, talk, last id, answers by id, abandoned ids, …}

local function of(self, what)
  lab.enter(what)
  return inner[self] or lab.misuse("%s must be called with a colon", what)
end

-- ---- what goes wrong ----

local function fail(server, expected, actual)
  lab.fail {
    what = server.what, expected = expected, actual = actual,
    evidence = lab.last_lines(state.services[server.service] and server.service:logs() or "", LOG_LINES),
  }
end

local function ended(server)
  local result = server.service:stop()
  lab.fail {what = server.what, expected = "a server that stays until its input ends",
    actual = "it " .. lab.ending(result), evidence = lab.evidence(result), where = lab.python_frame(result.stderr)}
end

-- ---- messages ----

local function write(server, line)
  if not state.services[server.service] then lab.misuse("%s: the server was stopped already", server.what) end
  local spoken, why = talk.write(server.talk, line .. "\n", server.within)
  if not spoken and why == "closed" then ended(server) end
  if not spoken then fail(server, "a server that reads its input", "it has stopped reading") end
end

local function send(server, message)
  message.jsonrpc = "2.0"
  write(server, json.encode(message))
end

local function is_id(id)
  return type(id) == "string" or math.type(id) == "integer"
end

--- Whether it is a message of JSON-RPC 2.0: a request, a notification or an answer.
local function is_message(message)
  if type(message) ~= "table" or message.jsonrpc ~= "2.0" then return false end
  if type(message.method) == "string" then return message.id == nil or is_id(message.id) end
  local has_error = type(message.error) == "table" and math.type(message.error.code) == "integer"
  return has_error or message.result ~= nil and is_id(message.id)
end

--- The next message and its length, or nil when none comes in time. Anything else on standard output is a failure that
--- shows it.
local function hear(server, deadline)
  local line, why = talk.read_line(server.talk, math.max(0, deadline - clock.now()))
  if not line and why == "closed" then ended(server) end
  if not line and why == "long" then fail(server, "messages of at most 16 MiB", "a line without an end") end
  if not line then return nil end
  local fine, message = pcall(json.decode, line)
  if not fine or not is_message(message) then
    fail(server, "nothing but messages of JSON-RPC 2.0 on standard output, one a line", lab.quote(line))
  end
  return message, #line
end

--- A server of the older revisions may ask too.
local function answer_request(server, message)
  if message.method == "ping" then
    send(server, {id = message.id, result = {}})
  else
    send(server, {id = message.id, error = {code = METHOD_NOT_FOUND, message = "lab answers no " .. message.method}})
  end
end

--- Keeps what nobody asked for, which a server could say without end.
local function keep(server, list, message, length)
  server.unasked, server.unasked_bytes = server.unasked + 1, server.unasked_bytes + length
  if server.unasked > UNASKED_MOST or server.unasked_bytes > UNASKED_BYTES_MOST then
    local expected = ("at most %d messages that nobody asked for, and %d MiB of them"):format(
      UNASKED_MOST, UNASKED_BYTES_MOST >> 20)
    fail(server, expected, "more")
  end
  table.insert(list, message)
end

--- Takes a message in: answers wait for whoever asked.
local function take(server, message, length)
  if message.method and message.id == nil then
    keep(server, server.notifications, message, length)
  elseif message.method then
    answer_request(server, message)
  elseif server.abandoned[message.id] then
    server.abandoned[message.id] = nil
  elseif message.id == nil or message.id == json.null then
    keep(server, server.strays, message, length)
  elseif not server.asked[message.id] then
    local id = lab.render(message.id)
    fail(server, "answers to what was asked",
      ("one to the request %s, which nobody has made or which was answered"):format(id))
  else
    server.answers[message.id], server.asked[message.id] = message, nil
  end
end

local function ask(server, method, params)
  server.last_id = server.last_id + 1
  params = params or {}
  if server.stateless then
    params._meta = {["io.modelcontextprotocol/protocolVersion"] = server.stateless,
      ["io.modelcontextprotocol/clientCapabilities"] = {}, ["io.modelcontextprotocol/clientInfo"] = CLIENT}
  end
  server.asked[server.last_id] = method
  send(server, {id = server.last_id, method = method, params = params})
  return server.last_id
end

--- Takes in what comes until `has_come` holds; false when that is not in time.
local function listen(server, seconds, has_come)
  local deadline = clock.now() + seconds
  while not has_come() do
    local message, length = hear(server, deadline)
    if not message then return false end
    take(server, message, length)
    if clock.now() > deadline then return has_come() end
  end
  return true
end

--- Waits for the answer to a request; nil when it does not come in time.
local function await(server, id, seconds)
  if not listen(server, seconds, function() return server.answers[id] ~= nil end) then return nil end
  local answer = server.answers[id]
  server.answers[id] = nil
  return answer
end

local function exchange(server, method, params)
  local answer = await(server, ask(server, method, params), server.within)
  return answer or fail(server, ("an answer to %s within %s s"):format(method, lab.number(server.within)), "none")
end

-- ---- finding out which revision it speaks ----

local function copy(params)
  local fields = {}
  for key, value in pairs(params or {}) do fields[key] = value end
  return fields
end

local function first_common(known, offered)
  for _, revision in ipairs(known) do
    for _, other in ipairs(type(offered) == "table" and offered or {}) do
      if revision == other then return revision end
    end
  end
end

--- Asks without a handshake; true when it answers as one of the revisions without one.
local function discover(server, versions)
  server.stateless = versions.stateless[1]
  local id = ask(server, "server/discover")
  local answer = await(server, id, math.min(DISCOVER_SECONDS, server.within))
  if not answer then server.asked[id], server.abandoned[id] = nil, true end
  local result = answer and answer.result
  server.stateless = type(result) == "table" and first_common(versions.stateless, result.supportedVersions) or nil
  server.revision, server.about = server.stateless, result
  return server.stateless ~= nil
end

local function shake_hands(server, versions)
  local answer = exchange(server, "initialize",
    {protocolVersion = versions.handshake[1], capabilities = {}, clientInfo = CLIENT})
  local result = answer.result
  local revision = type(result) == "table" and result.protocolVersion
  if not first_common(versions.handshake, {revision}) then
    local expected = ("server/discover with one of %s, or initialize with one of %s"):format(
      table.concat(versions.stateless, ", "), table.concat(versions.handshake, ", "))
    fail(server, expected, lab.render(answer.error or result))
  end
  server.revision, server.about = revision, result
  send(server, {method = "notifications/initialized"})
end

local function read_versions()
  local versions = file(lab.hand_in("mcp", "versions.yaml")):yaml().mcp
  if not versions then lab.misuse("mcp: exercises/shared/versions.yaml has no part mcp") end
  return versions
end

-- ---- the handle ----

--- A request: the answer, {result} or {error = {code, message}}.
function McpServer:request(method, params)
  local server = of(self, "request")
  lab.argument("request: the method", method, "string")
  return exchange(server, method, copy(params))
end

--- Several at once, before any answer is read: their answers, in the order of the requests.
function McpServer:pipeline(requests)
  local server, ids, answers = of(self, "pipeline"), {}, lab.list {}
  for i, request in ipairs(lab.argument("pipeline: the requests", requests, "table")) do
    lab.argument(("pipeline: method of request %d"):format(i), request.method, "string")
    ids[i] = ask(server, request.method, copy(request.params))
  end
  for i, id in ipairs(ids) do
    answers[i] = await(server, id, server.within)
      or fail(server, ("an answer to each of %d requests"):format(#ids), ("none to number %d"):format(i))
  end
  return answers
end

local function unexpected(server, method, answer)
  fail(server, "a result of " .. method, lab.render(answer.error or answer.result))
end

--- All tools, of all pages.
function McpServer:tools()
  local server, tools, cursor = of(self, "tools"), lab.list {}, nil
  for _ = 1, PAGES_MOST do
    local answer = exchange(server, "tools/list", {cursor = cursor})
    local result = answer.result
    if type(result) ~= "table" or type(result.tools) ~= "table" then unexpected(server, "tools/list", answer) end
    for _, tool in ipairs(result.tools) do
      if type(tool) ~= "table" or type(tool.name) ~= "string" then unexpected(server, "tools/list", answer) end
      tools[#tools + 1] = tool
    end
    cursor = result.nextCursor
    if cursor == nil or cursor == json.null then return tools end
  end
  fail(server, ("at most %d pages of tools"):format(PAGES_MOST), "a cursor on each of them")
end

local function text_of(result)
  local parts = {}
  for _, part in ipairs(type(result.content) == "table" and result.content or {}) do
    if type(part) == "table" and type(part.text) == "string" then parts[#parts + 1] = part.text end
  end
  return table.concat(parts, "\n")
end

--- Calls a tool: {text, failed, content, structured}, or {error = {code, message}} when it is refused as a request.
function McpServer:call(name, arguments)
  local server = of(self, "call")
  lab.argument("call: the name", name, "string")
  if arguments ~= nil then lab.argument("call: the arguments", arguments, "table") end
  local answer = exchange(server, "tools/call", {name = name, arguments = arguments or {}})
  if answer.error then return {error = answer.error} end
  local result = answer.result
  if type(result) ~= "table" or type(result.content) ~= "table" then unexpected(server, "tools/call", answer) end
  return {text = text_of(result), failed = result.isError == true, content = result.content,
    structured = result.structuredContent}
end

--- A notification, which has no answer.
function McpServer:notify(method, params)
  local server = of(self, "notify")
  send(server, {method = lab.argument("notify: the method", method, "string"), params = params})
end

--- A line as it is, which need be no message: the answer without an id that comes next.
function McpServer:say(line)
  local server = of(self, "say")
  lab.argument("say: the line", line, "string")
  if line:find("\n", 1, true) then lab.misuse("say: one line, without its end") end
  write(server, line)
  if not listen(server, server.within, function() return #server.strays > 0 end) then
    fail(server, "an answer to " .. lab.quote(line), "none")
  end
  server.unasked = server.unasked - 1
  return table.remove(server.strays, 1)
end

--- The notifications that have come so far.
function McpServer:notifications()
  local server = of(self, "notifications")
  return lab.list(table.move(server.notifications, 1, #server.notifications, 1, {}))
end

--- What it has written to standard error.
function McpServer:logs()
  return of(self, "logs").service:logs()
end

function McpServer:alive()
  return of(self, "alive").service:alive()
end

--- Ends its input and reads what it still says, then ends it; its result.
function McpServer:stop()
  local server = of(self, "stop")
  if not state.services[server.service] then lab.misuse("the server was stopped already") end
  talk.finish(server.talk)
  local deadline, line, why = clock.now() + 1
  repeat
    line, why = talk.read_line(server.talk, math.max(0, deadline - clock.now()))
    local fine, message = pcall(json.decode, line or "null")
    if line and not (fine and is_message(message)) then
      fail(server, "nothing but messages of JSON-RPC 2.0 on standard output, one a line", lab.quote(line))
    end
  until why or clock.now() > deadline
  talk.close(server.talk)
  return server.service:stop()
end

-- ---- mcp ----

local function begin(given)
  local request = lab.program_request("service_start", "mcp", given)
  request.talks = true
  local service, run = lab.start_service("mcp", request)
  state.last_run = run or state.last_run
  local handle, message = talk.open(service.service)
  if not handle then error("mcp: " .. message, 0) end
  return {what = lab.short_command(request.argv), service = service, talk = handle,
    within = given.within or ANSWER_SECONDS, last_id = 0, asked = {},
    answers = {}, abandoned = {}, notifications = {}, strays = {}, unasked = 0, unasked_bytes = 0}
end

function mcp(t, given)
  lab.enter("mcp")
  if type(t) ~= "table" or t.service ~= lab.Check.service then
    lab.misuse("mcp: the first argument is t, the second {program, arguments…}")
  end
  lab.options("mcp", lab.argument("mcp: its program", given, "table"), mcp_options)
  if given.within and not (given.within > 0 and given.within <= 600) then
    lab.misuse("mcp: within must be above 0 and at most 600 seconds")
  end
  local versions, server = read_versions(), begin(given)
  lab.count_assertion()
  if not discover(server, versions) then shake_hands(server, versions) end
  local self = setmetatable({revision = server.revision, about = server.about},
    {__index = McpServer, __metatable = false})
  inner[self] = server
  return self
end
