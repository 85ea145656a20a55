---@meta
-- ---- suites of tests ----

---What became of a test.
---@class PytestTest
---@field id string "tests/test_a.py::test_split[1]"
---@field outcome string "passed", "failed", "error", "skipped" or "xfailed"
---@field message? string the exception, on one line
---@field seconds number setup and teardown included

---What became of the tests.
---@class PytestSuite
---@field tests PytestTest[] in the order in which they run
---@field passed integer tests
---@field failed integer tests
---@field error integer tests, also those that did not come to their end, and files that could not be collected
---@field skipped integer tests
---@field xfailed integer tests that failed as they were expected to
---@field code integer pytest's exit code
---@field result Result of the program
local PytestSuite = {}

---Demands that no test failed, that one passed, and that pytest's exit code is 0.
---@return PytestSuite
function PytestSuite:ok() end

---The first test whose id ends so; none is a failure.
---@param name string "test_split", or with its file and class
---@return PytestTest
function PytestSuite:test(name) end
