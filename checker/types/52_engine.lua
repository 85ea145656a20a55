---@meta
-- ---- the container engine ----

---What docker.build takes.
---@class DockerBuildOptions
---@field context? string folder of the work, default "."
---@field file? string the Dockerfile, relative to the work, default Dockerfile in the context; it lies in the context
---@field tag? string a name for the image, until the attempt ends
---@field target? string the stage to build
---@field build_args? table<string, string> values of ARG
---@field timeout? number seconds, default 300
---@field may_fail? boolean true: what cannot be built is nil and a message, not a failure

---An image that was built.
---@class DockerBuilt
---@field image string its id, "sha256:…"
---@field log string what the build said; its end, when it is long
---@field seconds number wall time

---What docker.run takes.
---@class DockerRunOptions
---@field [integer] string|number instead of the image's own command (CMD)
---@field image string id or name
---@field entrypoint? string[] instead of the image's own
---@field env? table<string, string|number> variables
---@field user? string|integer "12345", "app:app"
---@field read_only? boolean nothing but tmpfs and mounts can be written
---@field tmpfs? string[] folders in memory, such as "/tmp"
---@field memory? integer|string bytes, or "512MiB"; default: the exercise's limit
---@field capabilities? string[] such as "NET_BIND_SERVICE"; default: none at all
---@field mounts? table<string, string> {["/data"] = "folder of the work"}: copies of it, as volumes
---@field network? "none" the only one there is
---@field timeout? number seconds, default: the exercise's
---@field may_time_out? boolean a timeout is a result, not a verdict
---@field may_exceed? boolean any limit is a result, not a verdict

---As DockerRunOptions; without timeout, may_time_out and may_exceed.
---@class DockerServiceOptions: DockerRunOptions
---@field port? integer where it listens in the container
---@field ready ReadyOptions http or log

---Images and containers of the container engine; without one, checks that call these are blocked.
---@class dockerlib
docker = {}

---Builds an image from a folder of the work, as `docker build --network none` does: what .dockerignore leaves out is not sent, and
---the Dockerfile always is. One that cannot be built is a failure with the end of the log; a base image that cannot be had blocks the check.
---@param options DockerBuildOptions
---@return DockerBuilt? built, string? message, string? log
function docker.build(options) end

---What the engine knows of an image, in its own words (Config, Size, RootFS …); nil when there is none of that name.
---@param image string id or name
---@return table?
---@nodiscard
function docker.inspect(image) end

---The steps that made an image, the newest first, in the engine's words: CreatedBy, Size, Comment …
---@param image string id or name
---@return table[]
---@nodiscard
function docker.history(image) end

---Runs a container to its end, without network and privileges.
---@param options DockerRunOptions
---@return Result
function docker.run(options) end

---Starts a container that stays until the check ends, and waits until it is ready. One that ends or does not get ready is a failure.
---@param options DockerServiceOptions
---@return Container
function docker.service(options) end

---A container that stays: a service, whose port is the one of this machine's loopback that leads to it.
---@class Container: Service
---@field image string as it was given
local Container = {}

---Runs a further program in the container, to its end.
---@param options {[integer]: string|number, timeout?: number} the program and its arguments; timeout in seconds, default 30
---@return Result
function Container:exec(options) end

---Runs the image's own health check, once. An image without one is a failure.
---@return Result
function Container:health() end
