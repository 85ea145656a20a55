---@meta
-- ---- containers ----

---What `docker build` hands to the engine.
---@class BuildContext
---@field files string[] paths of the files and links, relative to the folder, in byte order
---@field sizes table<string, integer> bytes by path; of a link, those of its text
---@field size integer bytes of all files
---@field ignore_file? string the file that decided, relative to the work; nil when there is none
local BuildContext = {}

---Whether the file is there and reaches the engine.
---@param path string relative to the folder
---@return boolean
---@nodiscard
function BuildContext:has(path) end

---Whether a file of that path would reach the engine if it were there; also of paths that no work can hold, such as ".git/config".
---@param path string relative to the folder
---@return boolean
---@nodiscard
function BuildContext:admits(path) end

---The line of the ignore file that decides about a path; nil when none does.
---@param path string relative to the folder
---@return {line: integer, pattern: string}?
---@nodiscard
function BuildContext:rule(path) end

---The build context of a folder, as its .dockerignore leaves it. A malformed line is a failure.
---@param folder? string relative to the work, default "."
---@param options? {dockerfile?: string} the Dockerfile, relative to the work, whose own NAME.dockerignore comes first; default: Dockerfile in the folder
---@return BuildContext
---@nodiscard
function build_context(folder, options) end

---A Dockerfile as Docker understands it.
---@class Dockerfile
---@field path string where it was read, relative to the work
---@field directives table<string, string> `escape`, `syntax`, `check`, as its first comments set them
---@field instructions DockerInstruction[] of all stages, in order
---@field args table<string, string> values of the ARGs before the first FROM
local Dockerfile = {}

---All stages, in order.
---@return DockerStage[]
---@nodiscard
function Dockerfile:stages() end

---A stage by its name, or by its number, counted from 1; that there is none is a failure.
---@param key string|integer
---@return DockerStage
---@nodiscard
function Dockerfile:stage(key) end

---The last stage, which is built when none is named.
---@return DockerStage
---@nodiscard
function Dockerfile:final() end

---The instructions of the given names, of all stages, in order.
---@param ... string "COPY", "ADD"; in any case
---@return DockerInstruction[]
---@nodiscard
function Dockerfile:select(...) end

---What a FROM begins.
---@class DockerStage
---@field name? string what stands behind AS, in lower case
---@field index integer its number, counted from 1
---@field line integer of its FROM
---@field where string "Dockerfile:12"
---@field base DockerImage the image of its FROM
---@field platform? string of --platform
---@field instructions DockerInstruction[] its FROM and all that follow
local DockerStage = {}

---Its own instructions of the given names, in order.
---@param ... string
---@return DockerInstruction[]
---@nodiscard
function DockerStage:select(...) end

---Its own COPY and ADD instructions, in order.
---@return DockerInstruction[]
---@nodiscard
function DockerStage:copies() end

---The last USER, also of the stages it is built on; nil when the base image decides.
---@return string?
---@nodiscard
function DockerStage:user() end

---The working folder at its end; "/" when no WORKDIR says otherwise.
---@return string
---@nodiscard
function DockerStage:workdir() end

---The command that its containers begin with; nil when the base image decides.
---@return DockerInstruction?
---@nodiscard
function DockerStage:entrypoint() end

---The arguments, or the command where there is no entry point; nil when the base image decides.
---@return DockerInstruction?
---@nodiscard
function DockerStage:cmd() end

---The last HEALTHCHECK; nil when the base image decides.
---@return DockerInstruction?
---@nodiscard
function DockerStage:healthcheck() end

---The last STOPSIGNAL.
---@return string?
---@nodiscard
function DockerStage:stopsignal() end

---The variables that it sets by ENV.
---@return table<string, string>
---@nodiscard
function DockerStage:env() end

---The values of its ARGs.
---@return table<string, string>
---@nodiscard
function DockerStage:args() end

---Its labels.
---@return table<string, string>
---@nodiscard
function DockerStage:labels() end

---The ports that it exposes, by number.
---@return DockerPort[]
---@nodiscard
function DockerStage:exposed() end

---The folders of its VOLUMEs, sorted.
---@return string[]
---@nodiscard
function DockerStage:volumes() end

---The stages that it is built on or takes files from, and theirs, in order.
---@return DockerStage[]
---@nodiscard
function DockerStage:needs() end

---An image as FROM names it.
---@class DockerImage
---@field raw string as written
---@field image string with its variables filled in
---@field repository? string without tag and digest; nil for a stage
---@field tag? string such as "3.11-slim"
---@field digest? string "sha256:…"
---@field stage? integer the number of the stage that it is, when it is one

---An instruction. Which fields it has beside the first ones depends on its name.
---@class DockerInstruction
---@field name string in upper case
---@field args string[] its arguments, variables filled in where Docker does it; a command in shell form is one text
---@field raw string as written, its lines joined
---@field number integer its place among all, counted from 1
---@field line integer its first line
---@field last_line integer its last one, heredocs included
---@field where string "Dockerfile:12"
---@field flags table<string, any> by name without "--"; those that may come again are lists, those without a value true
---@field json boolean its arguments are a JSON list
---@field undefined string[] variables that it uses and nothing sets
---@field heredocs DockerHeredoc[] the documents that follow it
---@field form? "exec"|"shell"|"none" of RUN, CMD, ENTRYPOINT, SHELL, HEALTHCHECK
---@field argv? string[] of those, what is run, the shell included
---@field text? string of those in shell form, the text for the shell
---@field names? string[] of ARG, ENV, LABEL
---@field values? table<string, string> of ARG, ENV, LABEL; an ARG without a default has none
---@field sources? string[] of COPY, ADD, without heredocs
---@field to? string of COPY, ADD, as written
---@field path? string of COPY, ADD, `to` below the working folder
---@field from? string of COPY, --from
---@field stage? integer of COPY, the number of the stage that --from names; nil when it is an image
---@field mounts? DockerMount[] of RUN
---@field user? string of RUN, COPY, ADD, the user at that point; nil when the base image decides
---@field workdir? string of RUN, COPY, ADD, the working folder at that point
---@field interval? number of HEALTHCHECK, seconds
---@field timeout? number of HEALTHCHECK, seconds
---@field start_period? number of HEALTHCHECK, seconds
---@field start_interval? number of HEALTHCHECK, seconds
---@field retries? integer of HEALTHCHECK
---@field onbuild? DockerInstruction of ONBUILD, what it puts off, nothing filled in

---A document within an instruction.
---@class DockerHeredoc
---@field name string the word that ends it
---@field text string its lines
---@field expand boolean false when the word is quoted: no variables are filled in
---@field chomp boolean "<<-": tabs before its lines are taken away
---@field descriptor? integer before "<<"

---One --mount of a RUN; other keys are as they are written.
---@class DockerMount
---@field type string "bind" when it is not told
---@field target? string where it is seen
---@field source? string what is seen there
---@field from? string a stage or an image
---@field stage? integer the number of the stage that `from` names
---@field id? string of a cache, a secret or a socket
---@field readonly? boolean|string `true`, or as written

---A port that an image exposes.
---@class DockerPort
---@field port integer 1 to 65535
---@field protocol string "tcp", "udp" or "sctp"

---Reads a Dockerfile of the work. One that Docker would not build from is a failure that names the line.
---@param path? string relative to the work, default "Dockerfile"
---@param options? {args?: table<string, string|number>} values of --build-arg
---@return Dockerfile
---@nodiscard
function dockerfile(path, options) end

---A compose file as `docker compose` understands it.
---@class Compose
---@field path string where it was read, relative to the work
---@field name? string of the project
---@field services table<string, ComposeService> by name
---@field networks table<string, table> by name, as they are declared
---@field volumes table<string, table> by name, as they are declared
---@field secrets table<string, table> by name, as they are declared
---@field configs table<string, table> by name, as they are declared
---@field undefined string[] variables that it uses and nothing sets
local Compose = {}

---A service by its name; that there is none is a failure.
---@param name string
---@return ComposeService
---@nodiscard
function Compose:service(name) end

---Names of the services, each behind those that it depends on.
---@return string[]
---@nodiscard
function Compose:order() end

---A service. Fields that are not named here are as they are written.
---@class ComposeService: table<string, any>
---@field name string its key
---@field line integer where it begins
---@field where string "compose.yaml:12"
---@field image? string such as "postgres:16"
---@field build? table {context, dockerfile, target, args, …}
---@field command? string[] a text is split into words
---@field entrypoint? string[] likewise
---@field environment table<string, any> texts by name, those of env_file included; json.null when nothing sets one
---@field env_file? {path: string, required: boolean}[] the files of variables
---@field ports? ComposePort[] one for each port of a range
---@field expose? string[] ports for other services
---@field volumes? ComposeVolume[] what is mounted
---@field healthcheck? ComposeHealth how its health is asked
---@field depends_on? table<string, {condition: string, required: boolean, restart?: boolean}> by service
---@field networks? table<string, table> settings by network
---@field labels? table<string, string> by name
---@field secrets? table[] {source, target, …}
---@field configs? table[] {source, target, …}
---@field user? string|integer who runs it
---@field restart? string "no", "always", "on-failure", "unless-stopped"
---@field read_only? boolean its root file system cannot be written
---@field privileged? boolean it has all rights
---@field cap_add? string[] capabilities
---@field cap_drop? string[] capabilities
---@field tmpfs? string[] folders in memory
---@field profiles? string[] those that start it
---@field deploy? table as it is written

---A port of a service.
---@class ComposePort
---@field target integer in the container
---@field published? integer|string on the host; a text is a range to choose from; nil when any will do
---@field host? string address on the host; nil for all
---@field protocol string "tcp", "udp" …
---@field mode? string as it is written
---@field name? string as it is written

---What a service has mounted.
---@class ComposeVolume
---@field type string "volume", "bind", "tmpfs" …
---@field source? string a declared volume, or a path; nil when the volume has no name
---@field target? string the folder in the container
---@field read_only boolean it cannot be written

---How the health of a service is asked.
---@class ComposeHealth
---@field form? "exec"|"shell"|"none" nil when no test is given, and the image's holds
---@field test? string[] with CMD, CMD-SHELL or NONE before it
---@field argv? string[] of "exec"
---@field text? string of "shell"
---@field interval? number seconds
---@field timeout? number seconds
---@field start_period? number seconds
---@field start_interval? number seconds
---@field retries? integer failures in a row

---Reads a compose file of the work. One that docker compose would refuse is a failure that names the line.
---@param path? string relative to the work; default: compose.yaml, compose.yml, docker-compose.yml or docker-compose.yaml, the first that is there
---@param options? {env?: table<string, string|number>} variables, before those of the file .env beside it
---@return Compose
---@nodiscard
function compose(path, options) end
