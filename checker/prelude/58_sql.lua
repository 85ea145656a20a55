-- sql: what a program left in an SQLite file, by queries that only read.

-- Bytes of a database: it is held in memory while it is asked.
local DATABASE_MOST = 16 << 20

-- The first bytes of a journal that is still needed: https://www.sqlite.org/fileformat.html, 3. When whoever wrote has
-- finished, a log is absent or empty, and a journal is absent, empty or begins with zeros.
local JOURNAL_MAGIC = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"

sql = {}

local function unreadable(source, actual)
  lab.fail {
    what = source.path, expected = "a database that can be read", actual = actual, where = {file = source.path},
    message = ("%s: %s"):format(source.path, actual),
  }
end

--- Whether the file beside the database holds changes that are not in it yet.
local function is_unfinished(source, suffix)
  local path = source.path .. suffix
  local info = files.stat(source.root, path)
  if not info or info.size == 0 then return false end
  if suffix == "-wal" then return true end
  local text = files.read(source.root, path, DATABASE_MOST)
  return text ~= nil and text:sub(1, #JOURNAL_MAGIC) == JOURNAL_MAGIC
end

local function read_image(source)
  local image, message, code = files.read(source.root, source.path, DATABASE_MOST)
  if not image then lab.fail(lab.absent(source, message, code)) end
  for _, suffix in ipairs {"-journal", "-wal"} do
    if is_unfinished(source, suffix) then
      unreadable(source, ("%s%s holds changes that were not finished: commit, and close the connection"):format(
        source.path, suffix))
    end
  end
  return image
end

--- The rows that a SELECT answers, as tables by column. What the database lacks is the learner's; a text that is no
--- query is the author's mistake.
function sql.query(path, text, ...)
  lab.enter("sql.query")
  lab.argument("sql.query: the query", text, "string")
  local source = type(path) == "table" and path.root and path or file(path)
  local values = table.pack(...)
  for i = 1, values.n do
    if values[i] == nil then lab.misuse("sql.query: value %d is nil; use json.null for NULL", i) end
  end
  local rows, message, whose = sqlite.query(read_image(source), text, values)
  if rows then return rows end
  if whose == "query" then lab.misuse("sql.query: %s: %s", lab.quote(text), message) end
  unreadable(source, message)
end
