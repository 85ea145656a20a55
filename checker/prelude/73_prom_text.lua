-- prom, second part: lines to families. The text format is read as Prometheus reads it; OpenMetrics, which ends with
-- "# EOF", is strict about order and names.

local lab, engine, utf8 = lab, engine, utf8
local part = lab.prom
local malformed, series_key = part.malformed, part.series_key

local TEXT_MOST, SAMPLES_MOST = 4 << 20, 10000

--- The endings that a type's samples have; "" is the family's own name.
local text_types = {
  counter = {""}, gauge = {""}, untyped = {""}, histogram = {"_bucket", "_sum", "_count"},
  summary = {"", "_sum", "_count"},
}
local open_types = {
  counter = {"_total", "_created"}, gauge = {""}, unknown = {""}, stateset = {""}, info = {"_info"},
  histogram = {"_bucket", "_count", "_sum", "_created"}, gaugehistogram = {"_bucket", "_gcount", "_gsum"},
  summary = {"", "_count", "_sum", "_created"},
}
local open_suffixes = {"_total", "_created", "_info", "_bucket", "_count", "_sum", "_gcount", "_gsum"}
local text_suffixes = {"_bucket", "_count", "_sum"}

-- ---- families ----

local function types_of(reader)
  return reader.open_metrics and open_types or text_types
end

local function new_family(reader, name)
  local family = {name = name, type = reader.open_metrics and "unknown" or "untyped", samples = lab.list {},
    line = reader.number}
  reader.families[name] = family
  return family
end

local function has_suffix(reader, family, suffix)
  for _, one in ipairs(types_of(reader)[family.type]) do
    if one == suffix then return true end
  end
  return false
end

--- The family to which a sample's name belongs; a new one when no other claims it.
local function family_of(reader, name)
  local own = reader.families[name]
  if own and has_suffix(reader, own, "") then return own end
  for _, suffix in ipairs(reader.open_metrics and open_suffixes or text_suffixes) do
    local family = name:sub(-#suffix) == suffix and reader.families[name:sub(1, -#suffix - 1)]
    if family and has_suffix(reader, family, suffix) then return family end
  end
  if own then
    malformed(reader, "samples of the %s %s end in %s", own.type, name,
      table.concat(types_of(reader)[own.type], ", "))
  end
  return new_family(reader, name)
end

--- OpenMetrics has the lines of a family together.
local function go_to(reader, family)
  if reader.current == family then return end
  if reader.open_metrics then
    if family.closed then malformed(reader, "the lines of %s do not stand together", family.name) end
    if reader.current then reader.current.closed = true end
  end
  reader.current = family
end

-- ---- comments ----

local fields = {}

function fields.HELP(reader, family, text)
  if family.help then malformed(reader, "a second HELP of %s", family.name) end
  family.help = part.read_help(reader, text)
end

function fields.TYPE(reader, family, text)
  if family.typed then malformed(reader, "a second TYPE of %s", family.name) end
  if #family.samples > 0 then malformed(reader, "the TYPE of %s stands behind its samples", family.name) end
  local types = types_of(reader)
  local name = reader.open_metrics and text or text:match("^(%a*)[ \t]*$") or text
  if not types[name] then
    malformed(reader, "%s is no type%s", lab.quote(name), lab.nearest(name, lab.sorted_keys(types)))
  end
  family.type, family.typed = name, true
end

function fields.UNIT(reader, family, text)
  if family.unit then malformed(reader, "a second UNIT of %s", family.name) end
  if text ~= "" and family.name:sub(-#text - 1) ~= "_" .. text then
    malformed(reader, "the name of %s does not end in its unit, _%s", family.name, text)
  end
  family.unit = text
end

--- A comment of the text format; one of OpenMetrics is HELP, TYPE, UNIT or the end.
local function read_comment(reader, line)
  local pattern = reader.open_metrics and "^# (%u+) ([^ ]+)() ?()" or "^#[ \t]*(%u+)[ \t]+([^ \t]+)()[ \t]?()"
  local word, name, stop, at = line:match(pattern)
  if not fields[word] or word == "UNIT" and not reader.open_metrics then
    if not reader.open_metrics then return end
    malformed(reader, "OpenMetrics has no comments but HELP, TYPE, UNIT and EOF")
  end
  if not name:find("^[%a_:][%w_:]*$") then malformed(reader, "%s is no name of a metric", lab.quote(name)) end
  if word == "TYPE" and at == stop then malformed(reader, "the type of %s is missing", name) end
  local family = reader.families[name] or new_family(reader, name)
  go_to(reader, family)
  fields[word](reader, family, line:sub(at))
end

-- ---- samples ----

local function add_sample(reader, sample)
  local family = family_of(reader, sample.name)
  go_to(reader, family)
  local key = series_key(sample.name, sample.labels)
  local earlier = reader.by_key[key]
  if earlier then
    local later = reader.open_metrics and sample.timestamp and earlier.timestamp and
      sample.timestamp > earlier.timestamp
    if not later then
      malformed(reader, "%s stands on line %d already", part.series_text(sample.name, sample.labels), earlier.line)
    end
    for name, value in pairs(sample) do earlier[name] = value end -- a later point of the same series
    return
  end
  if #reader.samples == SAMPLES_MOST then malformed(reader, "more than %d series", SAMPLES_MOST) end
  reader.by_key[key] = sample
  reader.samples[#reader.samples + 1] = sample
  family.samples[#family.samples + 1] = sample
end

-- ---- histograms and summaries ----

local function at_line(reader, sample)
  return {name = reader.name, open_metrics = reader.open_metrics, number = sample.line}
end

--- The bound of a bucket, or the quantile, by a label that must be a number.
local function bound_of(reader, sample, label, least, most)
  local text = sample.labels[label]
  local bound = text and part.number(text)
  if not text then malformed(at_line(reader, sample), "%s has no label %s", sample.name, label) end
  if not bound or not (bound >= least and bound <= most) then
    malformed(at_line(reader, sample), "%s is no value of the label %s", lab.quote(text), label)
  end
  return bound
end

local function group_of(groups, sample, label)
  local key = series_key("", sample.labels, label)
  groups[key] = groups[key] or {buckets = {}, first = sample}
  return groups[key]
end

local function check_buckets(reader, family, group)
  local buckets = group.buckets
  if #buckets == 0 then malformed(at_line(reader, group.first), "%s has no buckets", family.name) end
  table.sort(buckets, function(a, b) return a.bound < b.bound end)
  for i, bucket in ipairs(buckets) do
    local before = buckets[i - 1]
    if before and before.bound == bucket.bound then
      malformed(at_line(reader, bucket.sample), "a second bucket of %s for the same bound", family.name)
    elseif family.type == "histogram" and before and bucket.sample.value < before.sample.value then
      malformed(at_line(reader, bucket.sample), "buckets count up: le=%s has fewer than the one before it",
        lab.quote(bucket.sample.labels.le))
    end
  end
  local last = buckets[#buckets]
  if last.bound ~= math.huge then
    malformed(at_line(reader, last.sample), "%s has no bucket le=\"+Inf\"", family.name)
  end
  if group.count and group.count.value ~= last.sample.value then
    malformed(at_line(reader, group.count), "%s is %s, but the bucket le=\"+Inf\" has %s", group.count.name,
      lab.number(group.count.value), lab.number(last.sample.value))
  end
end

local function check_histogram(reader, family)
  local groups = {}
  for _, sample in ipairs(family.samples) do
    local suffix = sample.name:sub(#family.name + 1)
    if suffix == "_bucket" then
      local bound = bound_of(reader, sample, "le", -math.huge, math.huge)
      local buckets = group_of(groups, sample, "le").buckets
      buckets[#buckets + 1] = {bound = bound, sample = sample}
    elseif suffix == "_count" or suffix == "_gcount" then group_of(groups, sample).count = sample
    end
  end
  local keys = lab.sorted_keys(groups)
  for _, key in ipairs(keys) do check_buckets(reader, family, groups[key]) end
end

local function check_family(reader, family)
  if family.type == "histogram" or family.type == "gaugehistogram" then check_histogram(reader, family) end
  if family.type ~= "summary" then return end
  for _, sample in ipairs(family.samples) do
    if sample.name == family.name then bound_of(reader, sample, "quantile", 0, 1) end
  end
end

-- ---- a text ----

local function read_line(reader, line)
  if reader.ended then malformed(reader, "text behind # EOF") end
  if reader.open_metrics then
    if line == "# EOF" then reader.ended = true
    elseif line:sub(1, 1) == "#" then read_comment(reader, line)
    else add_sample(reader, part.read_sample(reader, line))
    end
    return
  end
  local start = line:match("^[ \t]*()")
  if start > #line then return end
  line = start > 1 and line:sub(start) or line
  if line:sub(1, 1) == "#" then read_comment(reader, line)
  else add_sample(reader, part.read_sample(reader, line))
  end
end

local function is_open_metrics(text)
  return text:sub(1, 6) == "# EOF\n" or text == "# EOF" or text:find("\n# EOF\n", 1, true) ~= nil or
    text:sub(-6) == "\n# EOF"
end

local function line_number(text, at)
  local _, count = text:sub(1, at):gsub("\n", "")
  return count + 1
end

local function read(text, reader)
  local at = 1
  while at <= #text do
    local stop = text:find("\n", at, true)
    reader.number, reader.line = reader.number + 1, text:sub(at, (stop or #text + 1) - 1)
    if not stop and not (reader.open_metrics and reader.line == "# EOF") then
      malformed(reader, "the last line does not end with a line feed")
    end
    read_line(reader, reader.line)
    at = (stop or #text) + 1
  end
  reader.line = nil
  if reader.open_metrics and not reader.ended then
    reader.number = reader.number + 1
    malformed(reader, "# EOF is missing")
  end
  for _, name in ipairs(lab.sorted_keys(reader.families)) do
    local family = reader.families[name]
    check_family(reader, family)
    family.closed, family.typed = nil, nil
  end
  return reader
end

--- The families and samples of a text: {name, families, samples, by_key}. `open_metrics` says that it must be such.
function part.read(text, name, open_metrics)
  local reader = {name = name, number = 0, families = {}, samples = lab.list {}, by_key = {},
    open_metrics = open_metrics or is_open_metrics(text)}
  if #text > TEXT_MOST then
    reader.number = 1
    malformed(reader, "%d bytes, more than %d MiB", #text, TEXT_MOST >> 20)
  end
  if not engine.utf8_valid(text) then
    local _, bad = utf8.len(text)
    reader.number = line_number(text, bad or 1)
    malformed(reader, "not UTF-8")
  end
  return lab.fitting(name, text, read, reader)
end
