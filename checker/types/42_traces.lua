---@meta
-- ---- traces ----

---A span, as the sink of exercises/shared/ writes it.
---@class Span
---@field traceId string hexadecimal, lower case
---@field spanId string hexadecimal, lower case
---@field parentSpanId string "" of a root
---@field name string what was done
---@field scope? string of the instrumentation
---@field kind string "unspecified", "internal", "server", "client", "producer" or "consumer"
---@field startTimeUnixNano integer nanoseconds
---@field endTimeUnixNano integer nanoseconds
---@field attributes table<string, any> by name
---@field resource table<string, any> attributes of the program
---@field events table[] {name, timeUnixNano, attributes}
---@field links table[] {traceId, spanId, attributes}
---@field status {code: string, message: string} the code is "unset", "ok" or "error"

---Which spans are meant.
---@class SpansWanted
---@field name? string of the span
---@field kind? string such as "client"
---@field status? string the code
---@field scope? string of the instrumentation
---@field trace? string its traceId
---@field attributes? table<string, any> that it has, among others
---@field resource? table<string, any> that its program has, among others

---Spans of a file or a sink.
---@class Spans
---@field all Span[] in the order of their arrival
local Spans = {}

---Those of which all of this is true, perhaps none.
---@param wanted SpansWanted
---@return Span[]
---@nodiscard
function Spans:where(wanted) end

---The first span of that name; none is a failure.
---@param name string
---@return Span
function Spans:find(name) end

---The spans that name this one as their parent.
---@param span Span
---@return Span[]
---@nodiscard
function Spans:children(span) end

---The span that this one names as its parent; nil for a root, and for one whose parent never came.
---@param span Span
---@return Span?
---@nodiscard
function Spans:parent(span) end

---The spans without a parent.
---@return Span[]
---@nodiscard
function Spans:roots() end

---A collector of traces in the check's box, which takes OTLP/JSON over HTTP.
---@class OtlpSink
---@field url string "http://127.0.0.1:PORT"
---@field env table<string, string> OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and OTEL_EXPORTER_OTLP_PROTOCOL
---@field port integer where it listens
local OtlpSink = {}

---What has come since the reset.
---@return Spans
---@nodiscard
function OtlpSink:spans() end

---From now on it is down, or, with {}, well again.
---@param how {status?: integer, hang?: boolean, closed?: number} one of them
function OtlpSink:down(how) end

---Forgets the spans, and is well again.
function OtlpSink:reset() end

---Whether it still runs.
---@return boolean
---@nodiscard
function OtlpSink:alive() end

---Ends it.
function OtlpSink:stop() end

---Traces.
---@class otlplib
otlp = {}

---The spans of a file that the sink wrote, one line of JSON each; a line that is none is a failure.
---@param path string|File
---@return Spans
function otlp.spans(path) end

---Starts a sink, before the learner's services. It ends with the check.
---@param options? {}
---@return OtlpSink
function otlp.sink(options) end
