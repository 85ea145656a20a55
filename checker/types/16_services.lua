---@meta
-- ---- services ----

---A program that stays. It is stopped when the check ends, whatever happens.
---@class Service
---@field port? integer where it listens, when it does
---@field url? string "http://127.0.0.1:PORT"
local Service = {}

---The attempt's own instance of a service that exercise.yaml requires. All checks of an attempt share it; no other attempt sees it.
---@class Declared
---@field name string as requires.services has it
---@field port integer where programs of this check reach it
---@field url string "http://127.0.0.1:PORT"
---@field env table<string, string> the variables that programs see by themselves, such as MLFLOW_TRACKING_URI
local Declared = {}

---As http.request, to this service. No answer blocks the check: that is not the learner's fault.
---@param options HttpRequestOptions
---@return HttpResponse
function Declared:request(options) end

---A GET request.
---@param path string
---@param options? HttpRequestOptions
---@return HttpResponse
function Declared:get(path, options) end

---Posts a text as it is, any other value as JSON.
---@param path string
---@param body any
---@param options? HttpRequestOptions
---@return HttpResponse
function Declared:post(path, body, options) end

---A service that exercise.yaml requires. `t:service` starts programs of the learner's; this one is there already.
---@param name string as requires.services has it
---@return Declared
---@nodiscard
function service(name) end

---A request to a service: its url and port are the service's.
---@class ServiceRequest: HttpRequestOptions
---@field may_fail? boolean true: no answer is nil and a message, not a failure

---As http.request, to this service.
---@param options ServiceRequest
---@return HttpResponse? response, string? message
function Service:request(options) end

---A GET request. No answer is a failure; any status is an answer.
---@param path string
---@param options? ServiceRequest
---@return HttpResponse
function Service:get(path, options) end

---Posts a text as it is, any other value as JSON.
---@param path string
---@param body any
---@param options? ServiceRequest
---@return HttpResponse
function Service:post(path, body, options) end

---As http.load, to this service.
---@param options HttpLoadOptions
---@return HttpFigures
function Service:load(options) end

---What it has written so far: standard output, then standard error.
---@return string
---@nodiscard
function Service:logs() end

---Sends it a signal. One that has ended cannot be sent any, which is a failure.
---@param name string "TERM", "HUP" …
function Service:signal(name) end

---Whether it still runs.
---@return boolean
---@nodiscard
function Service:alive() end

---Ends it (TERM, then KILL); its result, as of t:run.
---@return Result
function Service:stop() end

---A TCP port of the loopback that nobody listens on now.
---@return integer
---@nodiscard
function port() end
