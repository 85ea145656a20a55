---@meta
-- ---- asking ----

---A value that is about to be judged. Every matcher answers the expectation itself.
---@class Expectation
local Expectation = {}

---Begins an expectation; `what` names the value in the learner's own terms, since the message begins with it. A matcher must follow.
---@class expectlib
---@nodiscard
---@overload fun(value: any, what?: string): Expectation
expect = {}

---As expect, but the check goes on after a failure.
---@param value any
---@param what? string
---@return Expectation
---@nodiscard
function expect.soft(value, what) end

---An expectation about a file.
---@class FileExpectation: Expectation
local FileExpectation = {}

---A file, to be judged: that it is there, or, by any other matcher, its text.
---@param path string
---@return FileExpectation
---@nodiscard
function expect.file(path) end

---There is a regular file. One that is missing is shown with its neighbours.
---@return self
function FileExpectation:exists() end

---There is nothing at all.
---@return self
function FileExpectation:not_exists() end

---The reason code of this expectation's failure; before or after the matcher.
---@param reason string
---@return self
function Expectation:because(reason) end

---Deeply equal. 3 equals 3.0; an empty list equals {}.
---@param expected any
---@return self
function Expectation:equals(expected) end

---Not deeply equal.
---@param expected any
---@return self
function Expectation:not_equals(expected) end

---Equal, save that numbers may differ by the tolerance.
---@param expected number|table
---@param tolerance number
---@return self
function Expectation:near(expected, tolerance) end

---Not near: some number differs by more than the tolerance.
---@param expected number|table
---@param tolerance number
---@return self
function Expectation:not_near(expected, tolerance) end

---A text that has `part` in it; a list that has an item equal to it; a map that has all its entries.
---@param part any
---@return self
function Expectation:contains(part) end

---The part, item or entries are not in it.
---@param part any
---@return self
function Expectation:not_contains(part) end

---A text that matches the pattern.
---@param pattern string a Lua pattern
---@return self
function Expectation:matches(pattern) end

---A text that does not match the pattern.
---@param pattern string a Lua pattern
---@return self
function Expectation:not_matches(pattern) end

---A number that is not smaller.
---@param least number
---@return self
function Expectation:at_least(least) end

---A number that is smaller.
---@param least number
---@return self
function Expectation:not_at_least(least) end

---A number that is not larger.
---@param most number
---@return self
function Expectation:at_most(most) end

---A number that is larger.
---@param most number
---@return self
function Expectation:not_at_most(most) end

---A number in the range, bounds included.
---@param least number
---@param most number
---@return self
function Expectation:between(least, most) end

---A number outside of the range.
---@param least number
---@param most number
---@return self
function Expectation:not_between(least, most) end

---Equal to an item of the list.
---@param choices any[]
---@return self
function Expectation:one_of(choices) end

---Equal to no item of the list.
---@param choices any[]
---@return self
function Expectation:not_one_of(choices) end

---A table with all these keys.
---@param ... string|number
---@return self
function Expectation:has_keys(...) end

---None of the keys is there.
---@param ... string|number
---@return self
function Expectation:not_has_keys(...) end

---Bytes of a text, items of a list, entries of a map.
---@param count integer
---@return self
function Expectation:has_length(count) end

---Another length than this.
---@param count integer
---@return self
function Expectation:not_has_length(count) end

---A text, list or map with nothing in it.
---@return self
function Expectation:is_empty() end

---A text, list or map with something in it.
---@return self
function Expectation:not_is_empty() end

---The function answers true for every item; or it makes expectations about each.
---@param ask fun(item: any, key: any): boolean?, string?
---@return self
function Expectation:each(ask) end

---The function does not hold for every item.
---@param ask fun(item: any, key: any): boolean?, string?
---@return self
function Expectation:not_each(ask) end

---The function answers true for an item at least.
---@param ask fun(item: any, key: any): boolean
---@return self
function Expectation:any(ask) end

---The function answers true for no item.
---@param ask fun(item: any, key: any): boolean
---@return self
function Expectation:not_any(ask) end

---The function answers true for no item; it may add why.
---@param ask fun(item: any, key: any): boolean, string?
---@return self
function Expectation:none(ask) end

---The function answers true for an item at least; it may add why.
---@param ask fun(item: any, key: any): boolean, string?
---@return self
function Expectation:not_none(ask) end

---The function answers true for the value.
---@param ask fun(value: any): boolean?, string?
---@param description? string what is expected, in words
---@return self
function Expectation:satisfies(ask, description) end

---The function does not answer true for the value.
---@param ask fun(value: any): boolean?, string?
---@param description? string
---@return self
function Expectation:not_satisfies(ask, description) end

---The reason code of whatever failure comes, unless it names its own.
---@param reason string
function hint(reason) end

---A line of the check's log, for `lab check -v`.
---@param ... any
function print(...) end
