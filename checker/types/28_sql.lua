---@meta
-- ---- SQL ----

sql = {}

---What a SELECT answers about an SQLite file of the work, which it only reads: rows as tables by column, NULL as json.null, a blob as its
---bytes. A file that is no database, or that lacks the table or the column, fails the check; a wrong query is the author's mistake.
---@param path string|File
---@param text string one SELECT, with ? for each value
---@param ... string|number|boolean|null
---@return table<string, any>[] rows
function sql.query(path, text, ...) end
