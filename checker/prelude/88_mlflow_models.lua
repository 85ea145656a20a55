-- The registry of a tracking server: models, their versions, and the aliases that point to them.

local lab = lab
local part = lab.mlflow
local Mlflow, server_of = part.Mlflow, part.server

local new_model_options = {tags = "table", description = "string"}
local new_version_options = {run = "any", path = "string", tags = "table", description = "string"}

-- ---- what is there ----

local function model_of(row)
  return {name = part.text(row.name), description = part.text(row.description),
    tags = part.map(part.rows(row, "tags"), part.text),
    aliases = part.map(part.rows(row, "aliases"), part.integer, "alias", "version")}
end

local function version_of(server, row)
  local number, aliases = part.integer(row.version), lab.list {}
  if not number then part.fault(server, server.name, "a version without a number", lab.render(row)) end
  for i, alias in ipairs(type(row.aliases) == "table" and row.aliases or {}) do aliases[i] = part.text(alias) end
  return {model = part.text(row.name), version = number, run = part.text(row.run_id), source = part.text(row.source),
    status = part.text(row.status), description = part.text(row.description), aliases = aliases,
    tags = part.map(part.rows(row, "tags"), part.text)}
end

--- All registered models.
function Mlflow:models()
  local server, found = server_of(self, "models"), lab.list {}
  for i, row in ipairs(part.pages(server, "GET", "registered-models/search", {}, "registered_models") or {}) do
    found[i] = model_of(row)
  end
  return found
end

--- A registered model, with all its aliases; nil when there is none of this name.
function Mlflow:model(name)
  local server = server_of(self, "model")
  local answer = part.look_up(server, "registered-models/get", {name = name})
  return answer and model_of(part.object(server, answer, "registered_model"))
end

local function find_version(server, method, values)
  local answer = part.look_up(server, method, values)
  return answer and version_of(server, part.object(server, answer, "model_version"))
end

--- A version of a model; nil when there is none of this number.
function Mlflow:version(model, number)
  return find_version(server_of(self, "version"), "model-versions/get", {name = model, version = number})
end

--- The number of the version that an alias points to; nil when there is no such alias, or no such model.
function Mlflow:alias(model, alias)
  local found = find_version(server_of(self, "alias"), "registered-models/alias", {name = model, alias = alias})
  return found and found.version
end

--- A filter that lets versions of the model through, and perhaps others: MLflow's has no escape for what ends a text.
local function filter_of(model)
  local pattern, count = model:gsub("['\\]", "_")
  return ("name %s '%s'"):format(count > 0 and "LIKE" or "=", pattern)
end

--- All versions of a model, from the first on.
function Mlflow:versions(model)
  local server, found = server_of(self, "versions"), lab.list {}
  if not part.is_name(model) then return found end
  local filter = filter_of(tostring(model))
  local rows = part.pages(server, "GET", "model-versions/search", {filter = filter}, "model_versions")
  for _, row in ipairs(rows or {}) do
    if row.name == model then found[#found + 1] = version_of(server, row) end
  end
  table.sort(found, function(a, b) return a.version < b.version end)
  return found
end

-- ---- what a check puts there ----

--- A registered model without versions.
function Mlflow:create_model(name, given)
  local what = "create_model"
  local server = server_of(self, what)
  given = lab.argument(what .. ": the options", given or {}, "table")
  lab.options(what, given, new_model_options)
  local answer = part.change(server, what, "POST", "registered-models/create", {
    name = lab.argument(what .. ": the name", name, "string"), tags = part.pairs(given.tags),
    description = given.description,
  })
  return model_of(part.object(server, answer, "registered_model"))
end

--- The next version of a model, whose files are those of a run, or of a folder of its artifacts.
function Mlflow:create_version(model, given)
  local what = "create_version"
  local server = server_of(self, what)
  lab.options(what, lab.argument(what .. ": the version", given, "table"), new_version_options)
  local run = type(given.run) == "table" and given.run or self:run(given.run)
  if not run then lab.misuse("%s: run must be a run, or the id of one that is there", what) end
  local answer = part.change(server, what, "POST", "model-versions/create", {
    name = lab.argument(what .. ": the model", model, "string"), run_id = run.id, tags = part.pairs(given.tags),
    source = given.path and run.uri .. "/" .. given.path or run.uri, description = given.description,
  })
  return version_of(server, part.object(server, answer, "model_version"))
end

local function change_alias(server, what, method, model, alias, version)
  part.change(server, what, method, "registered-models/alias", {
    name = lab.argument(what .. ": the model", model, "string"), version = version and tostring(version),
    alias = lab.argument(what .. ": the alias", alias, "string"),
  })
end

--- Points an alias to a version.
function Mlflow:set_alias(model, alias, version)
  local server = server_of(self, "set_alias")
  change_alias(server, "set_alias", "POST", model, alias, lab.argument("set_alias: the version", version, "integer"))
end

--- Takes an alias away; one that is not there is none of a difference.
function Mlflow:delete_alias(model, alias)
  change_alias(server_of(self, "delete_alias"), "delete_alias", "DELETE", model, alias)
end

--- Sets a tag of a version.
function Mlflow:set_version_tag(model, version, key, value)
  local what = "set_version_tag"
  local server = server_of(self, what)
  part.change(server, what, "POST", "model-versions/set-tag", {
    name = lab.argument(what .. ": the model", model, "string"),
    version = tostring(lab.argument(what .. ": the version", version, "integer")),
    key = lab.argument(what .. ": the key", key, "string"),
    value = lab.argument(what .. ": the value", value, "string"),
  })
end
