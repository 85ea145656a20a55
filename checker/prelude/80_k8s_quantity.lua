-- k8s, first part: quantities such as 500m and 1.5Gi, exactly. Source: Kubernetes' reference, "Quantity".

local lab, json = lab, json

local part = {} -- what the parts of k8s share
lab.k8s = part

k8s = {}

local TEXT_MOST, LIMB = 64, 10000000

--- What a suffix multiplies by: a power of ten, and one of two.
local suffixes = {
  n = {-9, 0}, u = {-6, 0}, m = {-3, 0}, [""] = {0, 0}, k = {3, 0}, M = {6, 0}, G = {9, 0}, T = {12, 0}, P = {15, 0},
  E = {18, 0}, Ki = {0, 10}, Mi = {0, 20}, Gi = {0, 30}, Ti = {0, 40}, Pi = {0, 50}, Ei = {0, 60},
}

--- The parts of a quantity, {negative, digits, tens, twos}: digits × 10^tens × 2^twos; nil when it is none.
local function parts_of(text)
  if #text > TEXT_MOST then return nil end
  local sign, whole, fraction, rest = text:match("^([+-]?)(%d*)%.?(%d*)(.*)$")
  if whole .. fraction == "" then return nil end
  local scale, exponent = suffixes[rest], rest:match("^[eE]([+-]?%d%d?%d?)$")
  if not scale and not exponent then return nil end
  scale = scale or {math.tointeger(tonumber(exponent)), 0}
  return {negative = sign == "-", digits = whole .. fraction, tens = scale[1] - #fraction, twos = scale[2]}
end

local function text_of(value)
  if type(value) == "number" then return lab.number(value) end
  return type(value) == "string" and value or nil
end

--- Why a value is no quantity; nil when it is one.
function part.quantity_fault(value)
  local text = text_of(value)
  if text and parts_of(text) then return nil end
  return ("%s is no quantity such as 500m or 2Gi"):format(lab.structure.kind_text(value))
end

-- ---- long numbers: limbs of seven digits, the lowest first ----

local function limbs_of(digits)
  local limbs = {}
  for last = #digits, 1, -7 do limbs[#limbs + 1] = tonumber(digits:sub(math.max(1, last - 6), last)) end
  return limbs
end

local function multiply(limbs, factor, times)
  for _ = 1, times do
    local carry = 0
    for i = 1, #limbs do
      local product = limbs[i] * factor + carry
      limbs[i], carry = product % LIMB, product // LIMB
    end
    if carry > 0 then limbs[#limbs + 1] = carry end
  end
end

local function digits_of(limbs)
  local parts = {}
  for i = #limbs, 1, -1 do parts[#parts + 1] = ("%07d"):format(limbs[i]) end
  return table.concat(parts)
end

--- The decimal digits before and behind the point of a quantity, in a unit.
local function decimal(quantity, unit)
  local tens, twos = quantity.tens - unit[1], quantity.twos - unit[2]
  local limbs = limbs_of(quantity.digits)
  if twos >= 0 then multiply(limbs, 2, twos)
  else
    multiply(limbs, 5, -twos) -- a half is five tenths
    tens = tens + twos
  end
  local digits = digits_of(limbs) .. ("0"):rep(tens)
  local fraction = ""
  if tens < 0 then
    digits = ("0"):rep(-tens) .. digits
    digits, fraction = digits:sub(1, tens - 1), digits:sub(tens)
  end
  return digits:gsub("^0+", ""), fraction
end

--- The whole number of these digits, at most the largest that there is, as Kubernetes caps it.
local function whole_number(digits)
  return digits == "" and 0 or math.tointeger(tonumber(digits)) or math.maxinteger
end

--- A quantity as a number; with a unit as a whole number of these, rounded up. Nothing is nil.
function k8s.quantity(value, unit)
  lab.enter("k8s.quantity")
  if value == nil or value == json.null then return nil end
  if unit ~= nil and not suffixes[unit] then lab.misuse("k8s.quantity: %s is no suffix", tostring(unit)) end
  local fault = part.quantity_fault(value)
  if fault then lab.fail {what = "a quantity", expected = "a quantity", actual = fault, message = fault} end
  local quantity = parts_of(text_of(value))
  local digits, fraction = decimal(quantity, suffixes[unit or ""])
  local sign = quantity.negative and -1 or 1
  if not fraction:find("[1-9]") then return sign * whole_number(digits) end
  if not unit then return sign * tonumber(digits .. "." .. fraction) end
  local whole = whole_number(digits)
  return sign * (whole < math.maxinteger and whole + 1 or whole)
end
