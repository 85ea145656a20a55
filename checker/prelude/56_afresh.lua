-- Runs that must not know of each other, in the one box of a check: before each, the work is what it was, and home and
-- /tmp are empty.

local lab, files = lab, files
local Check = lab.Check

-- Bytes of files that are kept to be laid again: of one, and of all. Of others it is only seen that they change.
local FILE_MOST, ALL_MOST = 1 << 20, 16 << 20

-- Given the work, then the folders to empty. What is mounted below those, an environment say, stays, as do the folders
-- on the way there. Nothing that stays keeps a mode, a time or an attribute, which could tell of an earlier run. Memory
-- that programs share goes where /dev/shm does. Prints where the links of the work lead.
local SWEEP = [=[
import os, stat, sys

def even(path):
    for name in os.listxattr(path):
        if name.startswith(("user.", "system.")):
            os.removexattr(path, name)
    os.utime(path)

def sweep(folder, device, is_emptied):
    os.chmod(folder, 0o755)
    even(folder)
    is_needed = not is_emptied
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        info = entry.stat(follow_symlinks=False)
        if info.st_dev != device:
            is_needed = True
        elif stat.S_ISDIR(info.st_mode):
            if sweep(entry.path, device, is_emptied):
                is_needed = True
            else:
                os.rmdir(entry.path)
        elif is_emptied:
            os.unlink(entry.path)
        elif stat.S_ISREG(info.st_mode):
            even(entry.path)
        elif stat.S_ISLNK(info.st_mode):
            print(ascii((entry.path, os.readlink(entry.path))))
    return is_needed

def remove_shared_memory():
    for kind, call in ("shm", "shmctl"), ("msg", "msgctl"), ("sem", "semctl"):
        with open(f"/proc/sysvipc/{kind}") as rows:
            for row in list(rows)[1:]:
                import ctypes
                number, blank, remove = int(row.split()[1]), (0,) * (kind == "sem"), 0
                getattr(ctypes.CDLL(None), call)(number, *blank, remove, None)

for number, folder in enumerate(sys.argv[1:]):
    sweep(folder, os.lstat(folder).st_dev, number > 0)
if "/dev/shm" in sys.argv:
    remove_shared_memory()
]=]

local function unclean(what, actual)
  lab.fail {what = what, expected = "tests that leave it as it was", actual = actual}
end

--- The folders that programs may write beside the work. Only in namespaces are /tmp and /dev/shm the check's own.
local function folders_beside_work()
  local base = lab.task.scratch_path:match("^(.*)/[^/]*$")
  if base == "/lab" then return base .. "/home", "/tmp", "/dev/shm" end
  return base .. "/home", base .. "/tmp"
end

--- What it says of links.
local function sweep()
  local result = Check:run {"python", "-I", "-S", "-c", SWEEP, lab.task.scratch_path, folders_beside_work()}
  if result.code ~= 0 then unclean("the box", lab.last_lines(result.stderr, 1) or lab.ending(result)) end
  return result.stdout
end

local function kept_entry(name, kind, room)
  local info = kind == "file" and files.stat("scratch", name)
  local text = info and info.size <= math.min(FILE_MOST, room) and files.read("scratch", name, FILE_MOST)
  if not text then return {kind = kind, print = lab.fingerprint(name, kind)} end
  return {kind = kind, text = text, is_executable = info.mode:find("^7") ~= nil}
end

local function kept_work()
  local names, kinds = lab.list_files(".")
  local entries, room = {}, ALL_MOST
  for i, name in ipairs(names) do
    entries[name] = kept_entry(name, kinds[i], room)
    room = room - #(entries[name].text or "")
  end
  return entries
end

local function remove_others(entries)
  local names, kinds = lab.list_files(".")
  for i, name in ipairs(names) do
    if not entries[name] or entries[name].kind ~= kinds[i] then files.remove(name) end
  end
end

local function restore(name, entry)
  if entry.kind == "directory" then
    if files.stat("scratch", name) then return end
    local inside = name .. "/made"
    local made, message = files.write(inside, "")
    if not made then unclean(name, message) end
    files.remove(inside)
  elseif entry.text then
    local written, message = files.write(name, entry.text, entry.is_executable)
    if not written then unclean(name, message) end
  elseif lab.fingerprint(name, entry.kind) ~= entry.print then
    unclean(name, "it was changed or removed")
  end
end

--- The work as it is now, for lab.begin_afresh.
function lab.keep_world()
  local entries = kept_work()
  return {entries = entries, links = sweep()}
end

--- As if nothing had run since the world was kept.
function lab.begin_afresh(world)
  remove_others(world.entries)
  for _, name in ipairs(lab.sorted_keys(world.entries)) do restore(name, world.entries[name]) end
  if sweep() ~= world.links then unclean("the links of the work", "they were changed or removed") end
end
