-- docker.build, docker.inspect and docker.history: images of the container engine, which the supervisor asks.

local lab = lab

local CONTEXT_MOST, BUILD_SECONDS, LOG_LINES = 256 << 20, 300, 20

docker = {}

-- ---- building ----

local build_options = {context = "string", file = "string", tag = "string", target = "string", build_args = "table",
  timeout = "number", may_fail = "boolean"}

local function text_map(what, given)
  for name, value in pairs(given) do
    if type(name) ~= "string" then lab.misuse("%s: a name must be a string, got %s", what, type(name)) end
    lab.argument(("%s: %s"):format(what, name), value, "string")
  end
  return given
end

--- The Dockerfile, relative to the context, which it must lie in.
local function inside_context(folder, recipe)
  local prefix = folder == "." and "" or folder:gsub("/+$", "") .. "/"
  if recipe:sub(1, #prefix) ~= prefix then
    lab.misuse("docker.build: file: %s does not lie in the context %s", recipe, folder)
  end
  return recipe:sub(#prefix + 1)
end

--- The files that the engine gets. The Dockerfile is always one of them: nobody else hands it over.
local function context_files(context, inside)
  local files = table.move(context.files, 1, #context.files, 1, {})
  if not context:has(inside) then files[#files + 1] = inside end
  return lab.list(files)
end

local function command_of(folder, given)
  local words = {"docker", "build", "--network", "none"}
  if given.file then table.move({"-f", given.file}, 1, 2, #words + 1, words) end
  if given.target then table.move({"--target", given.target}, 1, 2, #words + 1, words) end
  words[#words + 1] = folder
  return table.concat(words, " ")
end

local function not_built(answer, log, command)
  local kind = answer.late and "timeout" or "fail"
  lab.stop {kind = kind, failure = {
    what = command, expected = "an image", actual = answer.error, evidence = lab.last_lines(log, LOG_LINES),
    message = ("%s: %s"):format(command, answer.error),
  }}
end

--- The images that the Dockerfile builds on and the engine lacks, in order.
local function absent_images(recipe, arguments)
  local read, absent, seen = lab.docker.read_file(recipe, file(recipe):text(), arguments or {}), {}, {scratch = true}
  local function look(image)
    if seen[image] then return end
    seen[image] = true
    if docker.inspect(image) == nil then absent[#absent + 1] = image end
  end
  for _, stage in ipairs(read.stages) do
    if not stage.base.stage then look(stage.base.image) end
  end
  for _, source in ipairs(read.images) do look(source.name) end
  return absent
end

local function block(command, absent, said)
  local what = #absent == 0 and said or table.concat(absent, ", ")
  local help = #absent == 0 and "" or "; with a network: docker pull " .. absent[1]
  lab.blocked("%s: an image that the Dockerfile builds on cannot be had: %s%s", command, what, help)
end

--- Builds an image from a folder of the work. A Dockerfile that cannot be built is a failure, unless `may_fail`, then
--- nil and what the engine says; a base image that cannot be had blocks the check.
function docker.build(given)
  lab.enter("docker.build")
  lab.argument("docker.build: the options", given, "table")
  lab.options("docker.build", given, build_options)
  local folder = given.context or "."
  local recipe = given.file or (folder == "." and "Dockerfile" or folder:gsub("/+$", "") .. "/Dockerfile")
  local inside = inside_context(folder, recipe)
  local timeout = given.timeout or BUILD_SECONDS
  if not (timeout > 0 and timeout <= 3600) then
    lab.misuse("docker.build: timeout must be above 0 and at most 3600 seconds")
  end
  local arguments = given.build_args and text_map("docker.build: build_args", given.build_args)
  file(recipe):size() -- which fails where there is none
  local context, command = build_context(folder, {dockerfile = recipe}), command_of(folder, given)
  if context.size > CONTEXT_MOST then
    lab.fail {what = "the build context", expected = "at most 256 MiB", actual = ("%d MiB"):format(context.size >> 20)}
  end
  local answer, log = lab.demand("docker.build", {op = "docker_build", context = folder, dockerfile = inside,
    files = context_files(context, inside), tag = given.tag, target = given.target, arguments = arguments,
    timeout = timeout})
  lab.count_assertion()
  if answer.image ~= lab.null then return {image = answer.image, log = log, seconds = answer.seconds} end
  if answer.unavailable then block(command, absent_images(recipe, arguments), answer.error) end
  if given.may_fail and not answer.late then return nil, answer.error, log end
  not_built(answer, log, command)
end

-- ---- looking at them ----

--- What the engine knows of an image, in its own words (Config, Size, RootFS, …); nil when there is none of that name.
function docker.inspect(image)
  lab.enter("docker.inspect")
  lab.argument("docker.inspect: the image", image, "string")
  local answer = lab.demand("docker.inspect", {op = "docker_inspect", image = image})
  if answer.value == lab.null then return nil end
  return answer.value
end

--- The steps that made an image, the newest first, in the engine's words: CreatedBy, Size, Comment, ….
function docker.history(image)
  lab.enter("docker.history")
  lab.argument("docker.history: the image", image, "string")
  return lab.demand("docker.history", {op = "docker_history", image = image}).value
end
