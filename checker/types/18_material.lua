---@meta
-- ---- material ----

---Runs the generator `name` of the exercise's private/ folder outside the learner's box, once for equal arguments, and answers the
---absolute path of its output; or, for a file that is no .py, the path of a copy of it.
---@param name string
---@param arguments? table<string, string|number|boolean|(string|number)[]> {keep_rows = 5} is `--keep-rows 5`, true a flag
---@param output? string name of the output file, default: arguments.out, or the generator's name with ".out"
---@return string path
function private(name, arguments, output) end

---As private, of exercises/shared/.
---@param name string
---@param arguments? table<string, string|number|boolean|(string|number)[]>
---@param output? string
---@return string path
function shared(name, arguments, output) end
