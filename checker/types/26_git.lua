---@meta
-- ---- git ----

---A commit.
---@class GitCommit
---@field id string its hash, 40 digits
---@field parents string[] their hashes
---@field author {name: string, email: string, time: integer} time in seconds since 1970
---@field message string all of it
---@field files string[] paths that it changed

---Which commits.
---@class GitLogOptions
---@field limit? integer how many at most
---@field path? string only commits that change it

---The learner's own history, read only.
---@class gitlib
git = {}

---The commit of HEAD, its branch (nil when detached) and its message.
---@return {commit: string, branch: string?, message: string}? head, string? why
---@nodiscard
function git.head() end

---Commits from HEAD back, newest first.
---@param options? GitLogOptions
---@return GitCommit[]? commits, string? why
---@nodiscard
function git.log(options) end

---As git.log.
---@param options? GitLogOptions
---@return GitCommit[]? commits, string? why
---@nodiscard
function git.commits(options) end

---Paths of the files in HEAD.
---@return string[]? paths, string? why
---@nodiscard
function git.tracked() end

---Whether the work differs from HEAD.
---@return boolean? dirty, string? why
---@nodiscard
function git.dirty() end

---The text of a file in a commit.
---@param revision string
---@param path string
---@return string? text, string? why
---@nodiscard
function git.blob(revision, path) end

---The changes between two commits, as a patch.
---@param from string
---@param to string
---@param path? string
---@return string? patch, string? why
---@nodiscard
function git.diff(from, to, path) end

---The tags, and the commits that they name.
---@return {name: string, target: string}[]? tags, string? why
---@nodiscard
function git.tags() end

---The largest file in the whole history of HEAD.
---@return {path: string, size: integer, id: string}? blob, string? why
---@nodiscard
function git.largest_blob() end
