---@meta
-- ---- time and chance ----

---Tries until it holds: until the expectations in it hold, or, when it makes none, until it answers something true.
---@generic T
---@param seconds number at most 600
---@param try fun(): T
---@return T
function within(seconds, try) end

---Demands that it holds all the time.
---@generic T
---@param seconds number at most 600
---@param try fun(): T
---@return T
function holds(seconds, try) end

---The attempt's seed: the same for the same work, on every machine.
---@return integer
---@nodiscard
function seed() end

---A whole number from 1 to n; without n a number from 0 to 1, 1 excluded. The sequence follows from the seed and the check's id.
---@param n? integer
---@return number
---@nodiscard
function random(n) end

---A copy of the list in random order.
---@generic T
---@param list T[]
---@return T[]
---@nodiscard
function shuffle(list) end
