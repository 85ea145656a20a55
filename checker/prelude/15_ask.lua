-- Requests to the supervisor (checker/protocol.md), and the verdicts that its refusals are.

--- Asks; the answer and its byte strings, or nil and what the world refused.
function lab.ask(what, request, ...)
  local results = table.pack(host.request(request, ...))
  if results[1] then return table.unpack(results, 1, results.n) end
  local message, kind = results[2], results[3]
  if kind == "misuse" then lab.misuse("%s: %s", what, message) end
  if kind == "excess" then
    local line = ("%s: %s"):format(what, message)
    lab.fail {what = what, expected = "what can be looked at", actual = message, message = line}
  end
  if kind == "blocked" then lab.blocked("%s", message) end
  return nil, message
end

--- As lab.ask where a refusal is nobody's fault but the machine's: the check is blocked.
function lab.demand(what, request, ...)
  local results = table.pack(lab.ask(what, request, ...))
  if not results[1] then lab.blocked("%s: %s", what, results[2]) end
  return table.unpack(results, 1, results.n)
end
