-- prom.parse(text) and prom.scrape(url): metrics as a checker asks about them.

local lab, host, http = lab, host, http
local part = lab.prom
local series_key, series_text = part.series_key, part.series_text

local NEAR_MOST = 500 -- names among which the nearest is sought

local TYPES_ASKED = "text/plain;version=0.0.4"

prom = {}

-- ---- metrics ----

local Metrics = {}
lab.methods.metrics = Metrics

local function new(read)
  local by_name = {}
  for _, sample in ipairs(read.samples) do
    by_name[sample.name] = by_name[sample.name] or {}
    table.insert(by_name[sample.name], sample)
  end
  return setmetatable({name = read.name, families = read.families, samples = read.samples, by_name = by_name,
    by_key = read.by_key}, {__index = Metrics, __metatable = false})
end

local function check_self(self, what)
  lab.enter(what)
  if type(self) ~= "table" or not rawget(self, "by_key") then lab.misuse("%s must be called with a colon", what) end
end

--- Ends the check: there is no such metric.
local function missing(self, name, names, what)
  local near = lab.nearest(name, table.move(names, 1, math.min(#names, NEAR_MOST), 1, {}))
  lab.fail {
    what = self.name, expected = what, actual = "there is none" .. near,
    message = ("%s: there is no %s%s"):format(self.name, what, near),
  }
end

--- Labels as texts, as they stand in metrics.
local function wanted_labels(what, labels)
  local wanted = {}
  for label, value in pairs(lab.argument(what .. ": the labels", labels or {}, "table")) do
    if type(label) ~= "string" or type(value) == "table" then lab.misuse("%s: labels are {name = value}", what) end
    wanted[label] = tostring(value)
  end
  return wanted
end

local function has_labels(sample, wanted)
  for label, value in pairs(wanted) do
    if (sample.labels[label] or "") ~= value then return false end
  end
  return true
end

local function matching(self, what, name, labels)
  lab.argument(what .. ": the name", name, "string")
  local wanted, found = wanted_labels(what, labels), lab.list {}
  for _, sample in ipairs(self.by_name[name] or {}) do
    if has_labels(sample, wanted) then found[#found + 1] = sample end
  end
  return found
end

--- The family of that name; none is a failure.
function Metrics:family(name)
  check_self(self, "family")
  lab.argument("family: the name", name, "string")
  return self.families[name] or missing(self, name, lab.sorted_keys(self.families), "family " .. name)
end

--- The samples of that name whose labels include these, perhaps none.
function Metrics:series(name, labels)
  check_self(self, "series")
  return matching(self, "series", name, labels)
end

--- The sum over the series of that name whose labels include these. Without any: `otherwise`, or a failure.
function Metrics:value(name, labels, otherwise)
  check_self(self, "value")
  local sum, samples = 0, matching(self, "value", name, labels)
  if #samples == 0 then
    if otherwise ~= nil then return lab.argument("value: otherwise", otherwise, "number") end
    missing(self, name, self.by_name[name] and {} or lab.sorted_keys(self.by_name), series_text(name, labels))
  end
  for _, sample in ipairs(samples) do sum = sum + sample.value end
  return sum
end

-- ---- differences ----

local function without_samples(families)
  local copies = {}
  for name, family in pairs(families) do
    copies[name] = {name = name, type = family.type, help = family.help, unit = family.unit, line = family.line,
      samples = lab.list {}}
  end
  return copies
end

--- What has changed since: the same series, each less its value before, which is 0 for a new one.
function Metrics:delta(before)
  check_self(self, "delta")
  if type(before) ~= "table" or not rawget(before, "by_key") then
    lab.misuse("delta: needs the metrics of before, got %s", type(before))
  end
  local changed = {name = self.name, families = without_samples(self.families), samples = lab.list {}, by_key = {}}
  for name, family in pairs(self.families) do
    for _, sample in ipairs(family.samples) do
      if family.type ~= "summary" or sample.name ~= name then -- quantiles have no difference
        local key = series_key(sample.name, sample.labels)
        local earlier = before.by_key[key]
        local copy = {name = sample.name, labels = sample.labels, line = sample.line,
          value = sample.value - (earlier and earlier.value or 0)}
        changed.by_key[key] = copy
        table.insert(changed.families[name].samples, copy)
      end
    end
  end
  for _, sample in ipairs(self.samples) do
    changed.samples[#changed.samples + 1] = changed.by_key[series_key(sample.name, sample.labels)]
  end
  return new(changed)
end

-- ---- quantiles ----

--- The buckets of a histogram, summed over the series that match: {{bound, count}, …}, by bound.
local function buckets_of(self, name, labels)
  local counts, buckets = {}, {}
  for _, sample in ipairs(matching(self, "quantile", name .. "_bucket", labels)) do
    local bound = part.number(sample.labels.le)
    counts[bound] = (counts[bound] or 0) + sample.value
  end
  for bound, count in pairs(counts) do buckets[#buckets + 1] = {bound = bound, count = count} end
  table.sort(buckets, function(a, b) return a.bound < b.bound end)
  return buckets
end

--- As histogram_quantile of PromQL: linear within a bucket, the highest finite bound beyond it, NaN of nothing.
function Metrics:quantile(q, name, labels)
  check_self(self, "quantile")
  if type(q) ~= "number" or not (q >= 0 and q <= 1) then lab.misuse("quantile: q must be 0 to 1") end
  local family = self:family(name)
  if family.type ~= "histogram" then
    lab.fail {what = self.name, expected = name .. " as a histogram", actual = "a " .. family.type,
      message = ("%s: %s is a %s, not a histogram"):format(self.name, name, family.type)}
  end
  local buckets = buckets_of(self, name, labels)
  if #buckets == 0 then missing(self, name, {}, series_text(name .. "_bucket", labels)) end
  local count = buckets[#buckets].count
  local rank, is_empty = q * count, count <= 0 or count ~= count
  if #buckets == 1 or is_empty then return 0 / 0 end
  local i = 1
  while i < #buckets and buckets[i].count < rank do i = i + 1 end
  if i == #buckets then return buckets[i - 1].bound end
  local upper, below = buckets[i].bound, buckets[i - 1] or {bound = 0, count = 0}
  if i == 1 and upper <= 0 then return upper end
  local inside = buckets[i].count - below.count
  return inside == 0 and upper or below.bound + (upper - below.bound) * (rank - below.count) / inside
end

-- ---- where they come from ----

function prom.parse(text, name)
  lab.enter("prom.parse")
  lab.argument("prom.parse: the text", text, "string")
  return new(part.read(text, lab.argument("prom.parse: the name", name or "metrics", "string")))
end

local function unscrapable(url, actual, evidence)
  lab.fail {what = url, expected = "metrics", actual = actual, evidence = evidence,
    message = ("%s: %s"):format(url, actual)}
end

--- Metrics come as text/plain or OpenMetrics; a page without a type is read too.
local function check_type(url, answer)
  local given = answer:header("content-type") or ""
  local kind = given:match("^[^; \t]*"):lower()
  if kind == "application/openmetrics-text" then return true end
  if kind == "text/plain" or kind == "" then return false end
  unscrapable(url, ("the content type is %s, not text/plain"):format(lab.quote(given)))
end

local function why_silent(url, message)
  local number = tonumber(url:match("^http://[^/]*:(%d+)"))
  if number and not host.listens(number) then return ("nobody listens on port %d"):format(number) end
  return (message:gsub("^%u+ %S+: ", ""))
end

function prom.scrape(url, options)
  lab.enter("prom.scrape")
  lab.argument("prom.scrape: the url", url, "string")
  options = lab.argument("prom.scrape: the options", options or {}, "table")
  lab.options("prom.scrape", options, {timeout = "number"})
  local answer, message = http.request {url = url, headers = {Accept = TYPES_ASKED}, timeout = options.timeout}
  if not answer then unscrapable(url, why_silent(url, message)) end
  if answer.status ~= 200 then
    unscrapable(url, ("the status is %d"):format(answer.status), lab.last_lines(answer.body, 3))
  end
  return new(part.read(answer.body, url, check_type(url, answer)))
end
