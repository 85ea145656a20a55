-- prom, first part: a line of metrics, its labels, numbers and escapes. Sources: Prometheus' text format 0.0.4, and
-- OpenMetrics 1.0, which allows no blanks beyond those that separate, and has exemplars.

local lab = lab
local huge = math.huge

local part = {} -- what the parts of prom share
lab.prom = part

local LABELS_MOST = 64

local special = {nan = 0 / 0, ["+nan"] = 0 / 0, ["-nan"] = 0 / 0, inf = huge, ["+inf"] = huge, ["-inf"] = -huge,
  infinity = huge, ["+infinity"] = huge, ["-infinity"] = -huge}
local escapes = {["\\"] = "\\", ["n"] = "\n", ['"'] = '"'}

-- ---- places ----

--- Ends the check: what stands on a line is no metric. `reader` is {name, number, line, open_metrics}.
function part.malformed(reader, format, ...)
  local actual = format:format(...)
  lab.fail {
    what = reader.name, expected = reader.open_metrics and "metrics as OpenMetrics" or "metrics in the text format",
    actual = ("line %d: %s"):format(reader.number, actual), evidence = reader.line and lab.quote(reader.line),
    message = ("%s:%d: %s"):format(reader.name, reader.number, actual),
  }
end
local malformed = part.malformed

-- ---- numbers ----

--- The number that a text is, as an integer where it is whole; nil when it is none.
function part.number(text)
  local found = special[text:lower()]
  if found then return found end
  local digits = text:match("^([^eE]+)[eE][+-]?%d+$") or text
  if not digits:find("^[+-]?%d+%.?%d*$") and not digits:find("^[+-]?%.%d+$") then return nil end
  local value = tonumber(text) + 0.0
  return math.abs(value) < 2 ^ 53 and math.tointeger(value) or value
end
local number = part.number

local function demand_number(reader, text, what)
  return number(text) or malformed(reader, "%s is no number: %s", what, lab.quote(text))
end

-- ---- labels ----

--- A text in quotes that begins at `at`, and where it ends.
local function read_text(reader, line, at)
  local parts = {}
  while true do
    local stop = line:find('["\\]', at)
    if not stop then malformed(reader, "a label's value is not closed by a quotation mark") end
    parts[#parts + 1] = line:sub(at, stop - 1)
    if line:sub(stop, stop) == '"' then return table.concat(parts), stop + 1 end
    local letter = line:sub(stop + 1, stop + 1)
    if not escapes[letter] then malformed(reader, "%s is no escape", lab.quote("\\" .. letter)) end
    parts[#parts + 1], at = escapes[letter], stop + 2
  end
end

local function skip_blanks(reader, line, at)
  return reader.open_metrics and at or line:match("^[ \t]*()", at)
end

local function read_label(reader, line, at, labels)
  local name, after = line:match("^([%a_][%w_]*)()", at)
  if not name then malformed(reader, "a label's name is expected at column %d", at) end
  if name == "__name__" then malformed(reader, "the label __name__ is reserved") end
  if labels[name] then malformed(reader, "the label %s stands twice", name) end
  after = skip_blanks(reader, line, after)
  local start = line:match('^=()', after)
  start = start and line:match('^"()', skip_blanks(reader, line, start))
  if not start then malformed(reader, 'the label %s needs ="value"', name) end
  labels[name], after = read_text(reader, line, start)
  return skip_blanks(reader, line, after)
end

--- The labels in braces, the first of which stands before `at`; and where they end.
local function read_labels(reader, line, at)
  local labels, count = {}, 0
  at = skip_blanks(reader, line, at)
  while line:sub(at, at) ~= "}" do
    if count == LABELS_MOST then malformed(reader, "more than %d labels", LABELS_MOST) end
    at, count = read_label(reader, line, at, labels), count + 1
    local mark = line:sub(at, at)
    if mark == "," then
      at = skip_blanks(reader, line, at + 1)
      if reader.open_metrics and line:sub(at, at) == "}" then malformed(reader, "a comma before }") end
    elseif mark ~= "}" then malformed(reader, "a comma or } is expected at column %d", at)
    end
  end
  return labels, at + 1
end

-- ---- samples ----

--- The words of the rest, which blanks separate: one in OpenMetrics, any in the text format.
local function words_of(reader, rest)
  local words = {}
  local has_more = rest:find("^ ") or rest:find("  ", 1, true) or rest:find("\t", 1, true) or rest:find(" $")
  if reader.open_metrics and has_more then
    malformed(reader, "OpenMetrics has single blanks, between words only")
  end
  for word in rest:gmatch("[^ \t]+") do words[#words + 1] = word end
  return words
end

--- Seconds; the text format has milliseconds.
local function timestamp_of(reader, text)
  if not text then return nil end
  if reader.open_metrics then
    local seconds = demand_number(reader, text, "the time stamp")
    return seconds - seconds == 0 and seconds or malformed(reader, "the time stamp is not finite")
  end
  if not text:find("^[+-]?%d+$") then
    malformed(reader, "the time stamp is no number of milliseconds: %s", lab.quote(text))
  end
  return tonumber(text) / 1000
end

--- {value, timestamp} of "VALUE [TIME]".
local function read_point(reader, rest)
  local words = words_of(reader, rest)
  if #words == 0 then malformed(reader, "the value is missing") end
  if #words > 2 then malformed(reader, "more than a value and a time stamp") end
  return {value = demand_number(reader, words[1], "the value"), timestamp = timestamp_of(reader, words[2])}
end

local function read_exemplar(reader, text)
  if text:sub(1, 1) ~= "{" then malformed(reader, "an exemplar begins with its labels") end
  local labels, at = read_labels(reader, text, 2)
  if text:sub(at, at) ~= " " then malformed(reader, "a blank is expected behind an exemplar's labels") end
  local exemplar = read_point(reader, text:sub(at + 1))
  exemplar.labels = labels
  return exemplar
end

--- A sample: {name, labels, value, timestamp, exemplar, line}.
function part.read_sample(reader, line)
  local name, at = line:match("^([%a_:][%w_:]*)()")
  if not name then malformed(reader, "neither a comment nor a metric's name") end
  at = skip_blanks(reader, line, at)
  local labels = {}
  if line:sub(at, at) == "{" then labels, at = read_labels(reader, line, at + 1)
  elseif not line:find("^[ \t]", #name + 1) then malformed(reader, "the value of %s is missing", name)
  end
  local rest, exemplar = line:sub(at), nil
  if reader.open_metrics then
    if rest:sub(1, 1) ~= " " then malformed(reader, "a blank is expected before the value") end
    rest = rest:sub(2)
    local mark = rest:find(" # ", 1, true)
    if mark then
      exemplar = read_exemplar(reader, rest:sub(mark + 3))
      rest = rest:sub(1, mark - 1)
    end
  end
  local sample = read_point(reader, rest)
  sample.name, sample.labels, sample.exemplar, sample.line = name, labels, exemplar, reader.number
  return sample
end

--- The text of a HELP line, whose escapes are fewer in the text format.
function part.read_help(reader, text)
  return (text:gsub("\\(.?)", function(letter)
    if not escapes[letter] or letter == '"' and not reader.open_metrics then
      malformed(reader, "%s is no escape", lab.quote("\\" .. letter))
    end
    return escapes[letter]
  end))
end

--- A text that two samples share exactly when they are of one series; `without` is a label to leave out.
function part.series_key(name, labels, without)
  local parts = {name}
  for _, label in ipairs(lab.sorted_keys(labels)) do
    if label ~= without then parts[#parts + 1] = label .. "\xFF" .. labels[label] end -- a byte that UTF-8 lacks
  end
  return table.concat(parts, "\xFE")
end

--- A series as one writes it: name{label="value"}.
function part.series_text(name, labels)
  local parts = {}
  for _, label in ipairs(lab.sorted_keys(labels or {})) do
    parts[#parts + 1] = ("%s=%s"):format(label, lab.quote(tostring(labels[label])))
  end
  return #parts == 0 and name or ("%s{%s}"):format(name, table.concat(parts, ","))
end
