"""Says how much of our code a coverage build has run: report.py BUILD [--write FILE].

Asks gcov about each file of counts below BUILD, and prints a line for each folder: its lines, how
many of them ran, and what part that is. Into FILE goes what did not run, line by line; those where
an error is made, passed on or told are marked with `!`: docs/untested.md gives the reasons.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from multiprocessing.pool import ThreadPool
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = tuple(f"{ROOT}/{folder}/" for folder in ("engine", "sdk/include", "plugins"))
# What makes, passes on or tells an error.
ERROR = re.compile(r"\bError\b|\b\w*error\(|\bthrow\b|\brefuse|\bfail|\black|distrust|end_early|"
                   r"perror|errno|\bcatch\b|\.error\(\)|_exit|invalid|damaged|cannot")


def lines_of(counts):
    """Of one file of counts, by file: number and count of each line; None if it is damaged."""
    said = subprocess.run(["gcov", "--json-format", "--stdout", counts], capture_output=True,
                          check=False, cwd=counts.parent)
    try:
        files = json.loads(said.stdout)["files"]
    except ValueError:
        return None
    # A process that was killed while it wrote leaves half a file behind.
    if b"corrupt" in said.stderr or b"mismatch" in said.stderr:
        return None
    return [(os.path.normpath(file["file"])[len(str(ROOT)) + 1:],
             [(line["line_number"], line["count"]) for line in file["lines"]])
            for file in files if os.path.normpath(file["file"]).startswith(OURS)]


def counts_of(build):
    """By file and line, how often it ran; what was compiled several times ran as often in all."""
    found, damaged = defaultdict(lambda: defaultdict(int)), []
    # Files of which no process has written counts have not run, but they have lines.
    every = sorted(build.rglob("*.gcno"))
    with ThreadPool() as pool:
        ran = [path.with_suffix(".gcda") for path in every]
        asked = [path if path.exists() else path.with_suffix(".gcno") for path in ran]
        for path, files in zip(asked, pool.imap(lines_of, asked)):
            if files is None:
                damaged.append(path)
                continue
            for name, lines in files:
                for number, count in lines:
                    found[name][number] += count
    return found, damaged


def print_folders(counts):
    folders = defaultdict(lambda: [0, 0])
    for name, lines in counts.items():
        parts = name.split("/")[:-1]
        for folder in {"/".join(parts[:2]), f"{parts[0]}, all", "all"}:
            folders[folder][0] += len(lines)
            folders[folder][1] += sum(count > 0 for count in lines.values())
    print(f"{'folder':<20} {'lines':>7} {'ran':>7}")
    for folder, (lines, ran) in sorted(folders.items()):
        print(f"{folder:<20} {lines:>7} {ran:>7} {100 * ran / lines:>6.1f} %")


def write_lines(counts, file):
    for name, lines in sorted(counts.items()):
        text = (ROOT / name).read_text(encoding="utf-8").splitlines()
        ran = sum(count > 0 for count in lines.values())
        print(f"{name}: {ran} of {len(lines)} lines ran", file=file)
        for number in sorted(number for number, count in lines.items() if count == 0):
            line = text[number - 1] if number <= len(text) else ""
            print(f"{'!' if ERROR.search(line) else ' '} {number:>5} {line}", file=file)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--write", type=Path)
    wanted = parser.parse_args()
    counts, damaged = counts_of(wanted.build.resolve())
    if wanted.write:
        with open(wanted.write, "w", encoding="utf-8") as file:
            write_lines(counts, file)
    for path in damaged:
        print(f"counts that cannot be read, left out: {path}", file=sys.stderr)
    print_folders(counts)


if __name__ == "__main__":
    main()
