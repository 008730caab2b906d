"""Who may include whom, and what a file may look like.

The tables say the rules of docs/architecture.md once; `findings(root)` reads every source file
below a root and yields one line for each place that breaks one. Run as a program it prints them and
ends with status 1 if there are any: house_rules.py [ROOT].
"""

import re
import sys
from pathlib import Path

# A room's line: the rooms, or single files, that its files may include beside their own room.
# "public" is engine/include, "sdk" is sdk/include. Nobody includes upward.
EVERY_ROOM = ["base", "public/error.hpp"]
MAY_INCLUDE = {
    "sdk": [],
    "public": ["sdk"],
    "base": ["public/error.hpp"],
    "spec": EVERY_ROOM,
    "ipc": EVERY_ROOM,
    "process": EVERY_ROOM,
    "state": EVERY_ROOM,
    "plugin": EVERY_ROOM + ["sdk"],
    "catalog": EVERY_ROOM + ["process", "plugin/descriptor.hpp"],
    "plan": EVERY_ROOM + ["spec", "plugin/descriptor.hpp", "sdk"],
    "pool": EVERY_ROOM + ["ipc", "process", "public/pool.hpp"],
    "sync": EVERY_ROOM + ["ipc", "process", "sdk", "public/manager.hpp", "public/managed/call.hpp",
                          "public/managed/protocol.hpp", "public/managed/type.hpp"],
    "worker": EVERY_ROOM + ["ipc", "plugin", "sync", "sdk"],
    "run": EVERY_ROOM + ["ipc", "plan", "pool", "state", "catalog", "plugin/descriptor.hpp",
                         "plugin/arguments.hpp", "public/observer.hpp", "sdk"],
    "cluster": EVERY_ROOM + ["spec", "ipc", "process", "plugin/descriptor.hpp", "catalog", "plan",
                             "pool", "state", "run", "public/observer.hpp"],
    "observe": EVERY_ROOM + ["public"],
    "api": EVERY_ROOM + ["public", "sdk", "spec", "ipc", "process", "plugin", "worker", "catalog",
                         "pool", "plan", "state", "run", "sync", "cluster"],
    "cli": EVERY_ROOM + ["public", "observe"],
    "plugins": ["sdk"],
}

# Libraries of others that one room of the engine alone may see. A plugin brings its own.
ONLY_IN = {
    "yaml-cpp/": "spec",
    "boost/process": "process",
    "boost/dll": "plugin",
    "sqlite3.h": "state",
    "seccomp.h": "worker",
    "boost/beast": "observe",
    "nats": "cluster",
    "CLI/": "cli",
}

# What the plugin author's side may name beside the standard library and itself: nothing.
STANDARD_LIBRARY_ALONE = ["sdk"]

LONGEST_FILE = 400  # lines
LONGEST_LINE = 100  # columns
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "impl", "manager"}
# Python's Manager keeps its name.
NAMED_ALL_THE_SAME = {"engine/sync/manager", "engine/include/penstock/manager",
                      "docs/examples/manager"}

SOURCE_FOLDERS = ["sdk", "engine", "plugins", "docs", "tests", "bench"]
SOURCE_ENDINGS = {".h", ".hpp", ".c", ".cpp", ".py", ".sh", ".cmake"}
KEPT_AS_RELEASED = "tests/abi/"  # headers of earlier releases
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def sources(root):
    for folder in SOURCE_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            wanted = path.suffix in SOURCE_ENDINGS or path.name == "CMakeLists.txt"
            if path.is_file() and wanted and not name.startswith(KEPT_AS_RELEASED):
                yield path, name


def room_of(name):
    """The room of a file, by its path below the root; None for tests and measurements."""
    parts = name.split("/")
    if parts[0] in ("sdk", "plugins"):
        return parts[0]
    if parts[0] == "engine" and len(parts) > 2:
        return "public" if parts[1] == "include" else parts[1]
    return None


def place_of(root, name, included):
    """What an include names, as "room/rest"; None if it is none of our files."""
    beside = (root / name).parent / included
    if beside.is_file():
        inside = beside.resolve().relative_to(root).as_posix()
        if inside.startswith(("sdk/include/", "engine/include/")):
            return place_of(root, "", inside.split("include/", 1)[1])
        return f"{room_of(inside)}/{'/'.join(inside.split('/')[2:])}"
    first, _, rest = included.partition("/")
    if first == "penstock":
        if (root / "sdk/include" / included).is_file():
            return f"sdk/{rest}"
        return f"public/{rest}"
    if rest and (root / "engine" / first).is_dir():
        return included
    return None


def allowed(room, place):
    own = place.split("/")[0]
    return own == room or own in MAY_INCLUDE[room] or place in MAY_INCLUDE[room]


def other_plugin(name, root, included):
    """Plugins are made by different people: one does not include another's files."""
    beside = (root / name).parent / included
    if room_of(name) != "plugins" or not beside.is_file():
        return False
    inside = beside.resolve().relative_to(root).as_posix().split("/")
    return inside[:2] != name.split("/")[:2] and inside[0] == "plugins"


def include_findings(root, name, number, quote, included):
    room = room_of(name)
    place = place_of(root, name, included)
    where = f"{name}:{number}: {room} may not include {included}"
    if place is not None:
        if not allowed(room, place):
            own = ", ".join(MAY_INCLUDE[room]) or "nothing of ours outside itself"
            yield f"{where}: it may include {own}"
        elif other_plugin(name, root, included):
            yield f"{where}: it belongs to another plugin"
        return
    for library, owner in ONLY_IN.items():
        if included.startswith(library) and room not in (owner, "plugins"):
            yield f"{where}: {owner} is the only room that sees {library}"
    if room in STANDARD_LIBRARY_ALONE and ("/" in included or quote == '"'):
        yield f"{where}: it needs nothing but the standard library"


def file_findings(root, path, name):
    lines = path.read_text(encoding="utf-8").splitlines()
    room = room_of(name)
    if room is not None and room not in MAY_INCLUDE:
        yield f"{name}:1: no room engine/{room} is in the table of who may include whom"
        return
    if len(lines) > LONGEST_FILE:
        yield (f"{name}:{LONGEST_FILE + 1}: {len(lines)} lines; at most {LONGEST_FILE}, "
               "a file is one noun")
    stem = name.rsplit(".", 1)[0]
    for part in stem.split("/"):
        empty = EMPTY_NAMES.intersection(re.split(r"[_.-]", part.lower()))
        if empty and stem not in NAMED_ALL_THE_SAME:
            yield f"{name}:1: a name that says nothing: {part}"
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            yield f"{name}:{number}: {len(line)} columns; at most {LONGEST_LINE}"
        include = INCLUDE.match(line) if room else None
        if include:
            yield from include_findings(root, name, number, *include.groups())


def findings(root):
    root = Path(root).resolve()
    for path, name in sources(root):
        yield from file_findings(root, path, name)


def main():
    found = list(findings(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]))
    for finding in found:
        print(finding)
    if found:
        print(f"{len(found)} places break a rule of the house; see docs/architecture.md")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
