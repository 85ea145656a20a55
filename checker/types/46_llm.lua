---@meta
-- ---- language models ----

---A language model in the check's box: a deterministic server with OpenAI's interface. It proves plumbing, not the quality of a model.
---@class LlmStub
---@field url string "http://127.0.0.1:PORT", without /v1
---@field env table<string, string> OPENAI_BASE_URL and OPENAI_API_KEY, for the programs that are to use it
---@field model string the model that faults without a model are of
---@field port integer where it listens
local LlmStub = {}

---What goes wrong at the stub; exercises/shared/README.md has the meaning of each.
---@class LlmFault
---@field model? string a model, or "*" for all; else the stub's own
---@field status? integer 400 to 599
---@field retry_after? number seconds of Retry-After
---@field count? integer for so many requests
---@field delay? number seconds before the first byte
---@field gap? number seconds between two chunks
---@field drop_after? integer chunks, then the connection closes
---@field hang? boolean true: no answer
---@field closed? number alone: the port refuses connections for so many seconds
---@field position? number share, of a judge
---@field length? number share, of a judge
---@field noise? number share, of a judge
---@field unparseable? number share, of a judge

---What llm.stub is given.
---@class LlmStubOptions
---@field model? string default "stub-small"
---@field facts? string|table[] what the models know: a file of shared() or private(), which the learner's programs can read, or a list of {question, answer, wrong}, which they cannot
---@field faults? LlmFault|LlmFault[] as of stub:faults
---@field script? table[] what stub-script plays
---@field seed? integer from which answers without a seed of their own count

---Which calls are meant.
---@class LlmCalls
---@field model? string that was asked for
---@field path? string such as "/v1/embeddings"
---@field status? integer of the answer
---@field stream? boolean whether a stream was asked for

---A call that reached the stub.
---@class LlmCall
---@field n integer its number since the reset
---@field at number seconds since the reset
---@field path string such as "/v1/chat/completions"
---@field model? string that was asked for
---@field status? integer nil while nothing was answered
---@field stream boolean whether a stream was asked for
---@field seed? integer of the request, else what the stub took
---@field prompt_tokens integer of all messages and tools
---@field completion_tokens integer of an aborted stream those that were sent
---@field chunks integer of a stream
---@field finish_reason? string "stop", "length" or "tool_calls"
---@field content string what was answered
---@field tool_calls table[] that were answered
---@field done boolean it is over
---@field whole boolean its answer was sent to the end
---@field headers table<string, string> of the request, with names in lower case
---@field request any its JSON

---The calls since the reset, in the order of their arrival.
---@param wanted? LlmCalls only those whose fields are these
---@return LlmCall[]
---@nodiscard
function LlmStub:calls(wanted) end

---What the answered calls have cost.
---@param wanted? LlmCalls only those whose fields are these
---@return {prompt: integer, completion: integer, total: integer}
---@nodiscard
function LlmStub:tokens(wanted) end

---From now on these faults and no others.
---@param faults LlmFault|LlmFault[] {} for none
function LlmStub:faults(faults) end

---What stub-script plays from now on.
---@param steps table[]
function LlmStub:script(steps) end

---Makes it as it was when it started: no calls, the first faults, the first script.
function LlmStub:reset() end

---Whether it still runs.
---@return boolean
---@nodiscard
function LlmStub:alive() end

---Ends it.
function LlmStub:stop() end

---Language models for checks.
---@class llmlib
llm = {}

---Starts a stub, before the learner's services. It ends with the check. A program of the learner's that ends it fails the check.
---@param options? LlmStubOptions
---@return LlmStub
function llm.stub(options) end
