---@meta
-- ---- metrics ----

---A series and its value.
---@class MetricSample
---@field name string as it stands on the page, with its ending
---@field labels table<string, string> by name
---@field value number NaN and infinities are Lua's
---@field timestamp? number seconds since 1970
---@field exemplar? {labels: table<string, string>, value: number, timestamp: number?} OpenMetrics only
---@field line integer where it stands

---Samples under one name.
---@class MetricFamily
---@field name string without the endings of its samples
---@field type string counter, gauge, histogram, summary, untyped; more in OpenMetrics
---@field help? string what HELP says
---@field unit? string OpenMetrics only
---@field samples MetricSample[] in the order of the page
---@field line integer where it begins

---Metrics of a page.
---@class Metrics
---@field families table<string, MetricFamily> by name
---@field samples MetricSample[] all of them, in the order of the page
local Metrics = {}

---The sum over the series whose labels include these. Without any: `otherwise`, or a failure.
---@param name string with its ending: "late_request_seconds_count"
---@param labels? table<string, string|number|boolean>
---@param otherwise? number
---@return number
---@nodiscard
function Metrics:value(name, labels, otherwise) end

---The series whose labels include these, perhaps none.
---@param name string with its ending
---@param labels? table<string, string|number|boolean>
---@return MetricSample[]
---@nodiscard
function Metrics:series(name, labels) end

---The family of that name; none is a failure.
---@param name string
---@return MetricFamily
function Metrics:family(name) end

---What has changed since: each value less what it was before, or less 0 for a new series.
---@param before Metrics
---@return Metrics
---@nodiscard
function Metrics:delta(before) end

---A quantile of a histogram, as histogram_quantile of PromQL; NaN when nothing was observed.
---@param q number 0 to 1
---@param name string of the family
---@param labels? table<string, string|number|boolean>
---@return number
---@nodiscard
function Metrics:quantile(q, name, labels) end

---What Prometheus reads.
---@class promlib
prom = {}

---The metrics of a page in the text format 0.0.4 or in OpenMetrics; a line that is no metric is a failure.
---@param text string at most 4 MiB and 10 000 series
---@param name? string in messages, default "metrics"
---@return Metrics
function prom.parse(text, name) end

---The metrics that a program on this machine answers; no answer and no metrics are failures.
---@param url string
---@param options? {timeout?: number} seconds, default 10
---@return Metrics
function prom.scrape(url, options) end

---A rule of Prometheus.
---@class PromRule
---@field alert? string the name of an alerting rule
---@field record? string the name of what a recording rule makes
---@field expr string PromQL, as it stands in the file
---@field hold number seconds of `for`, 0 without
---@field keep_firing number seconds of `keep_firing_for`, 0 without
---@field labels table<string, string> with those of its group
---@field annotations table<string, string> templates, as they stand in the file
---@field group string the name of its group
---@field line integer where it begins

---Rules that are evaluated together.
---@class PromGroup
---@field name string unique in its file
---@field interval? number seconds
---@field rules PromRule[] in the order of the file
---@field line integer where it begins

---A file of rules.
---@class PromRules
---@field path string relative to the work
---@field groups PromGroup[] in the order of the file
---@field all PromRule[] those of all groups
local PromRules = {}

---The first alerting rule of that name; none is a failure.
---@param name string
---@return PromRule
function PromRules:alert(name) end

---The first recording rule of that name; none is a failure.
---@param name string
---@return PromRule
function PromRules:record(name) end

---A file of alerting and recording rules; what is wrong in it is a failure with file and line.
---@param path string|File
---@return PromRules
function prom.rules(path) end

---A sample that a Prometheus answered.
---@class PromSample
---@field name? string of the metric, where it has one
---@field labels table<string, string> without the name
---@field value number NaN and infinite ones as well

---What a Prometheus on this machine answers to an expression now. No answer is a failure, an expression that it does not take a mistake.
---@param url string "http://127.0.0.1:9090"
---@param expr string an instant vector or a scalar, which is one sample without labels
---@param options? {timeout?: number, time?: number} seconds, default 10; and seconds since 1970, default now
---@return PromSample[]
function prom.query(url, expr, options) end

---An alert that fires or is silent.
---@class PromAlertWanted
---@field alert string the name of its rule
---@field at string when, from the beginning: "10m"
---@field labels? table<string, string> that it has among others

---A value that is to come out.
---@class PromSampleWanted
---@field expr string summed over its series
---@field at string when, from the beginning: "10m"
---@field value number to within 1e-9, and of larger values within that part of them

---Series, and what rules are to make of them.
---@class PromStory
---@field interval? string between values, and between evaluations; default "1m"
---@field series? table<string, string> values by series, in promtool's notation: "1+0x10"
---@field fires? PromAlertWanted[] alerts that fire
---@field silent? PromAlertWanted[] alerts that do not
---@field samples? PromSampleWanted[] values, of recording rules or any expression

---Demands what the story expects of the rules, by promtool; where that is not installed, the check is blocked.
---@param rules string|PromRules a file of the work
---@param story PromStory
function prom.test(rules, story) end
