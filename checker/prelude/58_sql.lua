-- sql: what a program left in an SQLite file, or in a database of PostgreSQL, by queries that only read.

-- Bytes of a database file: it is held in memory while it is asked.
local DATABASE_MOST = 16 << 20

-- Bytes of a query, as checker/rows.h has it: the parameters of longer ones are not even looked for.
local QUERY_MOST = 64 << 10

-- The first bytes of a journal that is still needed: https://www.sqlite.org/fileformat.html, 3. When whoever wrote has
-- finished, a log is absent or empty, and a journal is absent, empty or begins with zeros.
local JOURNAL_MAGIC = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"

sql = {}

-- ---- the query ----

--- A query of the check's own, or a file of the learner's: {text, file or nil}.
local function read_query(text)
  if type(text) == "table" and text.root then return {text = text:text(), file = text} end
  return {text = lab.argument("sql.query: the query", text, "string")}
end

--- Where a character of the text is: "line 2, column 5", and the line.
local function place_of(text, position)
  local before = text:sub(1, (utf8.offset(text, position) or #text + 1) - 1)
  local _, breaks = before:gsub("\n", "")
  local line = lab.after_last("\n", before)
  return ("line %d, column %d"):format(breaks + 1, (utf8.len(line) or #line) + 1), breaks + 1
end

--- A wrong query: the learner's fault when it is theirs, else the author's mistake.
local function wrong(query, message, position)
  local place, line
  if position then place, line = place_of(query.text, position) end
  local said = place and ("%s (%s)"):format(message, place) or message
  if not query.file then lab.misuse("sql.query: %s: %s", lab.quote(query.text), said) end
  lab.fail {
    what = query.file.path, expected = "a query that the database can answer", actual = said,
    where = {file = query.file.path, line = line}, message = ("%s: %s"):format(query.file.path, said),
  }
end

local function values_of(...)
  local values = table.pack(...)
  for i = 1, values.n do
    if values[i] == nil then lab.misuse("sql.query: value %d is nil; use json.null for NULL", i) end
  end
  return values
end

-- ---- SQLite ----

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

local function ask_file(source, query, values)
  local rows, message, whose = sqlite.query(read_image(source), query.text, values)
  if rows then return rows end
  if whose == "query" then wrong(query, message) end
  unreadable(source, message)
end

-- ---- PostgreSQL ----

local function is_url(text) return type(text) == "string" and text:find("^postgres%l*://") ~= nil end

--- The URL that a service gives to its users.
local function url_of(service)
  for _, name in ipairs(lab.sorted_keys(service.env)) do
    if is_url(service.env[name]) then return service.env[name] end
  end
  lab.misuse("sql.query: the service %s gives no postgresql:// URL", service.name)
end

--- {address, name}: where the server is, and what messages call it.
local function server_of(database)
  local url = is_url(database) and database or url_of(database)
  local address, message, is_lack = postgres.address(url)
  if is_lack then lab.blocked("sql.query: %s", message) end
  if not address then lab.misuse("sql.query: the URL: %s", message) end
  return {address = address, name = database.name or ("PostgreSQL at port %d"):format(address.port)}
end

local function ask_server(server, query, values)
  if #query.text > QUERY_MOST then wrong(query, "it is longer than 64 KiB") end
  local numbered = lab.number_parameters(query.text, values.n)
  local rows, message, whose, position = postgres.query(server.address, numbered.text, values)
  if rows then return rows end
  if whose == "away" then lab.blocked("%s does not answer: %s", server.name, message) end
  position = position > 0 and numbered:place(position) or nil
  if whose == "query" or query.file then wrong(query, message, position) end
  if position then message = ("%s (%s of the query)"):format(message, (place_of(query.text, position))) end
  lab.fail {
    what = server.name, expected = "a database that can be asked", actual = message,
    message = ("%s: %s"):format(server.name, message),
  }
end

-- ---- both ----

--- The rows that a SELECT answers, as tables by column. What the database lacks is the learner's; a text that is no
--- query is the author's mistake, unless it stands in a file of the learner's.
function sql.query(database, text, ...)
  lab.enter("sql.query")
  local query, values = read_query(text), values_of(...)
  local is_service = type(database) == "table" and type(database.env) == "table"
  if is_service or is_url(database) then return ask_server(server_of(database), query, values) end
  return ask_file(type(database) == "table" and database.root and database or file(database), query, values)
end
