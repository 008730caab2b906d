"""Fills in the part of a plugin's page that `penstock inspect NAME --json` knows.

usage: make_page.py PENSTOCK [--check] [NAME...]

It stands between two marks in docs/plugins/NAME.md; what is written by hand around them stays. The
index, README.md, has such a part as well, a line a plugin. Without names all plugins are meant that
stand beside penstock. --check changes nothing, and fails where a page differs or is not there.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
BEGIN = "<!-- made from inspect: begin -->\n"
END = "<!-- made from inspect: end -->\n"

AFTER_A_DEATH = {
    ("source", True): "Goes on from its last snapshot when its worker dies.",
    ("source", False): "Cannot go on when its worker dies, and such a run cannot be resumed.",
    ("stateful task", True): "Goes on from its last snapshot when its worker dies.",
    ("stateful task", False): "Loses its state when its worker dies; needs `on_death: stop`.",
    ("sink", True): "Commits: what it writes is there exactly once.",
    ("sink", False): "Does not commit: after a death an item may come a second time.",
}


def sentence(text):
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "!", "?")) else text + "."


def plain(text):
    """What a plugin says, so that nothing in it is taken for a mark of Markdown."""
    return re.sub(r"[*<\\]", r"\\\g<0>", text)


def table(heads, rows):
    """A last column that is empty all the way down is left out."""
    width = len(heads) - 1 if rows and not any(row[-1] for row in rows) else len(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    cells = [[value.replace("|", "\\|").replace("\n", " ") for value in row] for row in lines]
    return "".join(f"| {' | '.join(row[:width])} |\n" for row in cells)


def kind_of(param):
    kind = ", ".join(f"`{choice}`" for choice in param["choices"]) if param.get("choices") else \
        param["kind"]
    if param["list"]:
        kind = f"list of {kind}"
    return f"{kind}, secret" if param["secret"] else kind


def default_of(param):
    if param["required"]:
        return "required"
    return f"`{param['default']}`" if param.get("default") else ""


def ports(task):
    """What goes in and what comes out: a row for each."""
    for way, ports_there in (("in", task["inputs"]), ("out", task["outputs"])):
        for port in ports_there:
            name = f"{way}, `{port['name']}`" if port["name"] else way
            yield [name, f"`{port['type']}`", plain(port["about"])]


def task_part(plugin, task):
    parts = [f"### {plugin}.{task['name']}\n",
             f"A {task['kind']}. {sentence(plain(task['about']))}".rstrip() + "\n"]
    flag = "commit" if task["kind"] == "sink" else "snapshot"
    if told := AFTER_A_DEATH.get((task["kind"], task[flag])):
        parts.append(told + "\n")
    parts.append(table(["items", "type", "what they are"], list(ports(task))))
    if task["params"]:
        rows = [[f"`{param['name']}`", kind_of(param), default_of(param), plain(param["about"])]
                for param in task["params"]]
        parts.append(table(["parameter", "kind", "default", "what it says"], rows))
    return "\n".join(parts)


def page_part(described):
    tasks = [task_part(described["plugin"], task) for task in described["tasks"]]
    return "\n" + "\n".join(tasks) + "\n"


def index_part(text, plugins):
    """Rows of plugins that this build leaves out stay as they were."""
    rows = {}
    for line in made_part(text).splitlines():
        if line.startswith("| ["):
            rows[line.split("[")[1].split("]")[0]] = line + "\n"
    for name, described in plugins.items():
        tasks = ", ".join(f"`{task['name']}`" for task in described["tasks"])
        rows[name] = f"| [{name}]({name}.md) | {plain(described['about'])} | {tasks} |\n"
    head = table(["plugin", "what it is for", "tasks"], [])
    return "\n" + head + "".join(rows[name] for name in sorted(rows)) + "\n"


def made_part(text):
    return text.split(BEGIN)[1].split(END)[0]


def with_made_part(path, text, part):
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"{path}: needs one line each:\n{BEGIN}{END}")
    return text.split(BEGIN)[0] + BEGIN + part + END + text.split(END)[1]


def described_by(penstock, names):
    """What each plugin says of itself, by its name."""
    folder = penstock.parent / "plugins"
    libraries = [folder / f"lib{name}.so" for name in names] or sorted(folder.glob("lib*.so"))
    plugins = {}
    for library in libraries:
        told = subprocess.run([penstock, "inspect", library, "--json"], check=True,
                              capture_output=True, text=True, timeout=60).stdout
        described = json.loads(told)
        plugins[described["plugin"]] = described
    return plugins


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("penstock", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("names", nargs="*")
    asked = parser.parse_intermixed_args()

    plugins = described_by(asked.penstock, asked.names)
    index = FOLDER / "README.md"
    made = {index: index_part(index.read_text(encoding="utf-8"), plugins)}
    for name, described in plugins.items():
        made[FOLDER / f"{name}.md"] = page_part(described)

    wrong = []
    for path, part in made.items():
        if not path.exists():
            wrong.append(f"{path}: there is no such page; write it, with these lines in it:\n"
                         f"{BEGIN}{END}")
            continue
        text = path.read_text(encoding="utf-8")
        whole = with_made_part(path, text, part)
        if whole == text:
            continue
        if asked.check:
            wrong.append(f"{path}: is not what the plugin says; python3 {__file__} "
                         f"{asked.penstock} {path.stem}")
        else:
            path.write_text(whole, encoding="utf-8")
            print(f"{path}: made anew")
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
