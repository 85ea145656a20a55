---@meta
-- ---- HTTP ----

---What every request may have.
---@class HttpRequest
---@field url? string http://… or https://… on this machine
---@field port? integer instead of url, with path
---@field path? string default "/"
---@field method? string in capitals; default GET, or POST when there is something to send
---@field headers? table<string, string|number> by name
---@field body? string sent as it is
---@field json? any sent as JSON
---@field timeout? number seconds of the whole exchange, default 10
---@field verify? boolean https: false takes any certificate
---@field ca? string https: certificates to trust, PEM

---What http.request is given.
---@class HttpRequestOptions: HttpRequest
---@field follow? boolean follows up to 5 redirects
---@field stream? boolean keeps chunks with their times; a timeout or a closed connection then ends the answer instead of failing

---What http.load is given.
---@class HttpLoadOptions: HttpRequest
---@field requests? integer 1 to 100000, default 100
---@field concurrency? integer 1 to 256, default 4
---@field within? number seconds of all together, at most 600, default 60; what has no answer by then counts as an error
---@field follow? boolean follows up to 5 redirects

---A server-sent event.
---@class HttpEvent
---@field event string "message" unless named
---@field data string its lines, joined
---@field id? string the last one that was sent
---@field at? number seconds from the request, of a streamed answer

---An answer, whatever its status.
---@class HttpResponse
---@field status integer such as 200
---@field headers table<string, string> names in lower case; one that came twice has its values joined by ", "
---@field body string at most 16 MiB
---@field seconds number of the whole exchange
---@field url string the last one, after redirects
---@field chunks? {at: number, data: string}[] of a streamed answer
---@field timed_out? boolean of a streamed answer: time was over before its end
---@field cut_off? boolean of a streamed answer: the connection was closed before its end
---@field tls? {version: string, cipher: string, subject: string, issuer: string, not_before: string, not_after: string} of https
local HttpResponse = {}

---The body as JSON; a body that is none fails the check.
---@return any
function HttpResponse:json() end

---The value of a header, whatever the case of its name.
---@param name string
---@return string?
---@nodiscard
function HttpResponse:header(name) end

---The server-sent events of the body.
---@return HttpEvent[]
---@nodiscard
function HttpResponse:events() end

---What came of many requests.
---@class HttpFigures
---@field requests integer how many were asked for
---@field errors integer those without an answer
---@field first_error? string why the first was not answered
---@field statuses table<integer, integer> how often each came
---@field p50 number seconds, of the answered requests, as the next four
---@field p95 number likewise
---@field p99 number likewise
---@field max number likewise
---@field mean number likewise
---@field seconds number of all
---@field requests_per_second number answered ones

---HTTP to programs on this machine.
---@class httplib
http = {}

---One request to a program on this machine; nil and a message when no answer came. Any status is an answer.
---@param options HttpRequestOptions
---@return HttpResponse? response, string? message
function http.request(options) end

---The same request many times, some at once; nil and a message when none was answered.
---@param options HttpLoadOptions
---@return HttpFigures? figures, string? message
function http.load(options) end
