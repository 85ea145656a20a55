---@meta
-- ---- experiments and registry ----

---An experiment of a tracking server.
---@class MlflowExperiment
---@field id string as the API names it
---@field name string as people do
---@field stage string "active" or "deleted"
---@field tags table<string, string> by name

---A run of an experiment, as it is when it is asked for.
---@class MlflowRun
---@field id string 32 hexadecimal digits
---@field name string which need not be its own alone
---@field experiment string its experiment's id
---@field status string "RUNNING", "FINISHED", "FAILED", "SCHEDULED" or "KILLED"
---@field stage string "active" or "deleted"
---@field started? number seconds since 1970
---@field ended? number seconds since 1970; nil while nobody has ended it
---@field params table<string, string> by name
---@field metrics table<string, number> the last value of each, by name; NaN when it is no number
---@field tags table<string, string> by name, those of MLflow's own too
---@field uri string where its artifacts lie

---A value of a metric.
---@class MlflowValue
---@field value number NaN when it is no number
---@field step? integer as the program counted
---@field at? number seconds since 1970

---A file, or a folder, among a run's artifacts.
---@class MlflowArtifact
---@field path string from the top of the artifacts
---@field folder boolean whether it is one
---@field size? integer bytes of a file

---A registered model.
---@class MlflowModel
---@field name string which no other has
---@field description string "" without one
---@field tags table<string, string> by name
---@field aliases table<string, integer> versions by alias

---A version of a registered model.
---@class MlflowVersion
---@field model string its name
---@field version integer from 1
---@field run string id of the run that its files are of
---@field source string where its files lie
---@field status string "READY"
---@field description string "" without one
---@field tags table<string, string> by name
---@field aliases string[] that point to it

---Which runs are meant.
---@class MlflowRunsWanted
---@field experiment? string its name; without one, of all experiments
---@field filter? string of MLflow, such as "metrics.val_auc > 0.7"
---@field order_by? string|string[] such as "attributes.start_time ASC"

---A run that a check makes.
---@class MlflowNewRun
---@field experiment? string name of one, which is made if need be; default "Default"
---@field name? string else MLflow invents one
---@field status? string default "FINISHED"
---@field started? number seconds since 1970, default 0
---@field ended? number seconds since 1970, default as started
---@field params? table<string, string|number|boolean> by name
---@field metrics? table<string, number|number[]> a value, or those of steps 0, 1, …
---@field tags? table<string, string|number|boolean> by name
---@field artifacts? table<string, string> bytes by path

---What a new registered model is given.
---@class MlflowNewModel
---@field tags? table<string, string|number|boolean> by name
---@field description? string for people

---What a new version is given.
---@class MlflowNewVersion
---@field run MlflowRun|string the run that its files are of
---@field path? string folder among the run's artifacts; default all of them
---@field tags? table<string, string|number|boolean> by name
---@field description? string for people

---A tracking server and its registry. Look-ups take any value: what names nothing is nil, or an empty list.
---@class Mlflow
---@field url string where it answers
local Mlflow = {}

---The experiments that are not deleted.
---@return MlflowExperiment[]
---@nodiscard
function Mlflow:experiments() end

---The experiment of this name; nil when there is none.
---@param name any
---@return MlflowExperiment?
---@nodiscard
function Mlflow:experiment(name) end

---The runs that are not deleted, of all pages; at most 10 000.
---@param wanted? MlflowRunsWanted
---@return MlflowRun[]
---@nodiscard
function Mlflow:runs(wanted) end

---The run of this id; nil when there is none.
---@param id any
---@return MlflowRun?
---@nodiscard
function Mlflow:run(id) end

---All values of a metric, in the order of their logging.
---@param run MlflowRun|any or its id
---@param metric any its name
---@return MlflowValue[]
---@nodiscard
function Mlflow:history(run, metric) end

---What lies in a folder of a run's artifacts.
---@param run MlflowRun|any or its id
---@param path? any default the top
---@return MlflowArtifact[]
---@nodiscard
function Mlflow:artifacts(run, path) end

---The bytes of an artifact; nil when there is none, or it is a folder.
---@param run MlflowRun|any or its id
---@param path any
---@return string?
---@nodiscard
function Mlflow:artifact(run, path) end

---All registered models.
---@return MlflowModel[]
---@nodiscard
function Mlflow:models() end

---The registered model of this name, with all its aliases; nil when there is none.
---@param name any
---@return MlflowModel?
---@nodiscard
function Mlflow:model(name) end

---All versions of a model, from the first on.
---@param model any its name
---@return MlflowVersion[]
---@nodiscard
function Mlflow:versions(model) end

---A version of a model; nil when there is none of this number.
---@param model any its name
---@param number any
---@return MlflowVersion?
---@nodiscard
function Mlflow:version(model, number) end

---The number of the version that an alias points to; nil when there is no such alias, or no such model.
---@param model any its name
---@param alias any
---@return integer?
---@nodiscard
function Mlflow:alias(model, alias) end

---Makes a run, as a program would have logged it.
---@param given MlflowNewRun
---@return MlflowRun
function Mlflow:create_run(given) end

---Sets a tag of a run.
---@param run MlflowRun|string or its id
---@param key string
---@param value string
function Mlflow:set_run_tag(run, key, value) end

---Registers a model, without versions.
---@param name string
---@param given? MlflowNewModel
---@return MlflowModel
function Mlflow:create_model(name, given) end

---Registers the next version of a model.
---@param model string its name
---@param given MlflowNewVersion
---@return MlflowVersion
function Mlflow:create_version(model, given) end

---Points an alias to a version.
---@param model string its name
---@param alias string
---@param version integer
function Mlflow:set_alias(model, alias, version) end

---Takes an alias away, if it is there.
---@param model string its name
---@param alias string
function Mlflow:delete_alias(model, alias) end

---Sets a tag of a version.
---@param model string its name
---@param version integer
---@param key string
---@param value string
function Mlflow:set_version_tag(model, version, key, value) end

---A tracking server of MLflow.
---@param where Declared|Service|string what service() or t:service answers, or a url
---@return Mlflow
---@nodiscard
function mlflow(where) end
