-- Experiments and runs of a tracking server: what was tried, with what, and what came of it.

local lab = lab
local part = lab.mlflow
local Mlflow, server_of = part.Mlflow, part.server

local run_options = {experiment = "string", filter = "string", order_by = "any"}
local new_run_options = {experiment = "string", name = "string", status = "string", params = "table", metrics = "table",
  tags = "table", artifacts = "table", started = "number", ended = "number"}
local ARTIFACTS, UPLOADS = "mlflow-artifacts:/", "/api/2.0/mlflow-artifacts/artifacts/"

-- ---- experiments ----

local function experiment_of(row)
  return {id = part.text(row.experiment_id), name = part.text(row.name), stage = part.text(row.lifecycle_stage),
    tags = part.map(part.rows(row, "tags"), part.text)}
end

local function find_experiment(server, name)
  local answer = part.look_up(server, "experiments/get-by-name", {experiment_name = name})
  return answer and experiment_of(part.object(server, answer, "experiment"))
end

local function listed(what, rows, refusal)
  return rows or lab.misuse("%s: %s", what, refusal.message)
end

local function all_experiments(server, what)
  local found = lab.list {}
  for i, row in ipairs(listed(what, part.pages(server, "POST", "experiments/search", {}, "experiments"))) do
    found[i] = experiment_of(row)
  end
  return found
end

--- All that are not deleted.
function Mlflow:experiments()
  return all_experiments(server_of(self, "experiments"), "experiments")
end

--- The one of this name; nil when there is none.
function Mlflow:experiment(name)
  return find_experiment(server_of(self, "experiment"), name)
end

-- ---- runs ----

local function run_of(row)
  local info, data = type(row.info) == "table" and row.info or {}, type(row.data) == "table" and row.data or {}
  return {
    id = part.text(info.run_id), name = part.text(info.run_name), experiment = part.text(info.experiment_id),
    status = part.text(info.status), stage = part.text(info.lifecycle_stage), uri = part.text(info.artifact_uri),
    started = part.seconds(info.start_time), ended = part.seconds(info.end_time),
    params = part.map(part.rows(data, "params"), part.text), tags = part.map(part.rows(data, "tags"), part.text),
    metrics = part.map(part.rows(data, "metrics"), part.number),
  }
end

local function find_run(server, id)
  local answer = part.look_up(server, "runs/get", {run_id = id})
  return answer and run_of(part.object(server, answer, "run"))
end

--- The run of this id; nil when there is none.
function Mlflow:run(id)
  return find_run(server_of(self, "run"), id)
end

--- Ids of the experiments of this name, or of all.
local function ids_of(server, name)
  local ids = lab.list {}
  for i, experiment in ipairs(name and {find_experiment(server, name)} or all_experiments(server, "runs")) do
    ids[i] = experiment.id
  end
  return ids
end

local function order_of(order)
  if type(order) == "string" then order = {order} end
  return lab.list(lab.argument("runs: order_by", order or {}, "table"))
end

--- The runs that are not deleted, of an experiment or of all, that a filter picks.
function Mlflow:runs(wanted)
  local server = server_of(self, "runs")
  wanted = lab.argument("runs: what is wanted", wanted or {}, "table")
  lab.options("runs", wanted, run_options)
  local found, ids = lab.list {}, ids_of(server, wanted.experiment)
  if #ids == 0 then return found end
  local values = {experiment_ids = ids, filter = wanted.filter, order_by = order_of(wanted.order_by)}
  for i, row in ipairs(listed("runs", part.pages(server, "POST", "runs/search", values, "runs"))) do
    found[i] = run_of(row)
  end
  return found
end

-- ---- what a run has logged ----

--- A run, or its id.
local function id_of(run)
  return type(run) == "table" and run.id or run
end

--- All values of a metric, in the order of their logging; none of a run or a metric that is not there.
function Mlflow:history(run, metric)
  local server, found = server_of(self, "history"), lab.list {}
  local values = {run_id = id_of(run), metric_key = metric}
  if not part.is_name(values.run_id) or not part.is_name(metric) then return found end
  for i, row in ipairs(part.pages(server, "GET", "metrics/get-history", values, "metrics") or {}) do
    found[i] = {value = part.number(row.value), step = part.integer(row.step), at = part.seconds(row.timestamp)}
  end
  return found
end

--- What lies in a folder of a run's artifacts: {path, folder, size}.
function Mlflow:artifacts(run, path)
  local server, found = server_of(self, "artifacts"), lab.list {}
  local answer = part.look_up(server, "artifacts/list", {run_id = id_of(run), path = path})
  for i, row in ipairs(answer and part.rows(answer, "files") or {}) do
    found[i] = {path = part.text(row.path), folder = row.is_dir == true, size = part.integer(row.file_size)}
  end
  return found
end

--- The bytes of an artifact; nil when there is none, or a folder.
function Mlflow:artifact(run, path)
  return part.download(server_of(self, "artifact"), {run_id = id_of(run), path = path})
end

-- ---- what a check puts there ----

--- The experiment of this name, made if need be. Another check may make it at the same time.
local function demand_experiment(server, what, name)
  local found = find_experiment(server, name)
  if found then return found end
  local made, refusal = part.ask(server, "POST", "experiments/create", {name = name})
  if not made and refusal.code ~= "RESOURCE_ALREADY_EXISTS" then lab.misuse("%s: %s", what, refusal.message) end
  return find_experiment(server, name)
end

--- A list of values is a history, with a value at each step from 0 on.
local function metric_rows(what, metrics, at)
  local rows = lab.list {}
  for _, key in ipairs(lab.sorted_keys(metrics)) do
    for step, value in ipairs(type(metrics[key]) == "table" and metrics[key] or {metrics[key]}) do
      lab.argument(("%s: the metric %s"):format(what, key), value, "number")
      rows[#rows + 1] = {key = key, value = value, step = step - 1, timestamp = at}
    end
  end
  return rows
end

local function upload(server, what, run, path, text)
  lab.argument(("%s: the artifact %s"):format(what, path), text, "string")
  if run.uri:sub(1, #ARTIFACTS) ~= ARTIFACTS then lab.misuse("%s: the server keeps no artifacts: %s", what, run.uri) end
  local place = lab.url_encoded(run.uri:sub(#ARTIFACTS + 1) .. "/" .. path, "/")
  local answer = part.send(server, {method = "PUT", path = UPLOADS .. place, body = text})
  if answer.status == 200 then return end
  local _, refusal = part.read(server, what, answer)
  lab.misuse("%s: %s", what, refusal.message)
end

--- Milliseconds of seconds.
local function moment(seconds)
  return math.floor((seconds or 0) * 1000)
end

--- A run as a program would have logged it.
function Mlflow:create_run(given)
  local what = "create_run"
  local server = server_of(self, what)
  lab.options(what, lab.argument(what .. ": the run", given, "table"), new_run_options)
  local experiment, begun = demand_experiment(server, what, given.experiment or "Default"), moment(given.started)
  local made = part.change(server, what, "POST", "runs/create", {experiment_id = experiment.id, run_name = given.name,
    start_time = begun, tags = part.pairs(given.tags)})
  local run = run_of(part.object(server, made, "run"))
  part.change(server, what, "POST", "runs/log-batch", {run_id = run.id, params = part.pairs(given.params),
    metrics = metric_rows(what, given.metrics or {}, begun)})
  for _, path in ipairs(lab.sorted_keys(given.artifacts or {})) do
    upload(server, what, run, path, given.artifacts[path])
  end
  part.change(server, what, "POST", "runs/update", {run_id = run.id, status = given.status or "FINISHED",
    end_time = moment(given.ended or given.started)})
  return find_run(server, run.id)
end

function Mlflow:set_run_tag(run, key, value)
  local server = server_of(self, "set_run_tag")
  lab.argument("set_run_tag: the key", key, "string")
  lab.argument("set_run_tag: the value", value, "string")
  part.change(server, "set_run_tag", "POST", "runs/set-tag", {run_id = id_of(run), key = key, value = value})
end
