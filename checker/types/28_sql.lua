---@meta
-- ---- SQL ----

sql = {}

---What a SELECT answers about an SQLite file of the work, or a database of PostgreSQL, which it only reads: rows as tables by column, NULL
---as json.null, a blob or bytea as its bytes. A file that is no database, or a table or column that is not there, fails the check; a wrong
---query is the author's mistake, unless it stands in a file of the learner's. A server that does not answer blocks the check.
---@param database string|File|Declared a file, a service that gives a postgresql:// URL, or such a URL on the loopback
---@param text string|File one SELECT, with ? for each value
---@param ... string|number|boolean|null
---@return table<string, any>[] rows
function sql.query(database, text, ...) end
