---@meta
-- ---- digests ----

---Digests of texts.
---@class hashlib
hash = {}

---The SHA-256 of a text, as 64 hexadecimal digits.
---@param text string
---@return string
---@nodiscard
function hash.sha256(text) end
