-- expect(value, what): matchers, each also as not_…, `:because(reason)` before or after.
--
-- A matcher that does not hold leaves a pending failure (lab.pend), so that a `:because` behind it can still name the
-- reason; the next call of the API, or the check's end, raises it.

local state = lab.state
local render, matchers = lab.render, lab.matchers

-- ---- expectations ----

--- Fields are false until they are set: an unknown name is an error.
local Expectation = {read = false, reason = false, failure = false, where = false}
lab.methods.expect = Expectation

local function new(value, what, soft)
  lab.enter("expect")
  if what ~= nil then lab.argument("expect: what is checked", what, "string") end
  local self = setmetatable({value = value, what = what or "the value", soft = soft}, {__index = Expectation,
    __metatable = false})
  state.unused[self] = engine.line() or 0
  return self
end
lab.new_expectation = new

--- The reason code of the failure, if there is one; it selects the learner's hint.
function Expectation:because(reason)
  lab.argument("because: the reason", reason, "string")
  self.reason = reason
  if self.failure then self.failure.reason = self.failure.reason or reason end
  return self
end

--- Notes that an expectation does not hold: now, when it is soft, else pending.
function lab.note_failure(self, failure)
  failure.what, failure.soft = self.what, self.soft or false
  failure.reason = failure.reason or self.reason or nil
  failure.where, failure.run = failure.where or self.where or nil, failure.run or state.last_run
  self.failure = failure
  if self.soft then
    state.failures[#state.failures + 1] = failure
  else
    lab.pend(failure)
  end
end

--- The value of an expectation; one about a file reads it now. false when there is none, which is a failure already.
local function value_of(self)
  if not self.read then return true, rawget(self, "value") end
  return self:read()
end

--- What not_… expects, in words.
local function denied(matcher, ...)
  if matcher.deny then return matcher.deny(...) end
  return "not " .. matcher.say(nil, ...)
end

local function judge_plain(self, matcher, actual, ...)
  local holds, detail = matcher.test(actual, ...)
  if holds or state.pending then return end -- what an author's function expected itself is the better failure
  lab.note_failure(self, {
    expected = matcher.say(detail, ...),
    actual = render(actual, detail and detail.path),
    difference = detail and detail.difference,
  })
end

local function judge_negated(self, matcher, actual, ...)
  local lacks = matcher.lacks and matcher.lacks(actual, ...)
  if lacks == nil then lacks = not matcher.test(actual, ...) end
  if lacks or state.pending then return end
  lab.note_failure(self, {expected = denied(matcher, ...), actual = render(actual)})
end

local function judge(self, name, matcher, how, ...)
  if getmetatable(self) ~= false then lab.misuse("%s must be called with a colon: expect(x):%s(…)", name, name) end
  lab.settle()
  matcher.check(name, ...)
  state.unused[self] = nil
  lab.count_assertion()
  local readable, actual = value_of(self)
  if readable then how(self, matcher, actual, ...) end
  return self
end

for name, matcher in pairs(matchers) do
  Expectation[name] = function(self, ...) return judge(self, name, matcher, judge_plain, ...) end
  local negative = "not_" .. name
  Expectation[negative] = function(self, ...) return judge(self, negative, matcher, judge_negated, ...) end
end

setmetatable(Expectation, {__index = function(_, name)
  lab.misuse("there is no matcher '%s'%s", tostring(name), lab.nearest(tostring(name), lab.matcher_names()))
end})

function lab.matcher_names()
  local names = {}
  for name in pairs(matchers) do names[#names + 1] = name end
  table.sort(names)
  return names
end

expect = setmetatable({
  soft = function(value, what) return new(value, what, true) end,
}, {
  __call = function(_, value, what) return new(value, what, false) end,
  __metatable = false,
})

-- ---- a failure on one line ----

function lab.failure_line(failure)
  if failure.message then return failure.message end
  local expected, actual = failure.expected or "something else", failure.actual or "nothing"
  return (("%s: expected %s, got %s"):format(failure.what, expected, actual):gsub("\n", " "))
end
