"""Our own measurements, with Python's multiprocessing beside them in the same run.

usage: run.py BUILD_FOLDER [--repeat 5] [--only MEASURE]... [--quick]

Each figure is the median of --repeat runs; ours and Python's take turns, so that a slow minute of
the machine is shared. pipelines.py and library.py say what each measure is. --only takes the name
of a measure, or of a part: `pipelines`, `library`.
"""

import argparse
import os
import platform
from pathlib import Path

import library
import pipelines

PARTS = {"pipelines": pipelines, "library": library}


def chosen(parts, only):
    """The measures of all parts that are asked for, part by part."""
    for part, rows in parts.items():
        wanted = [row for name, row in rows.items() if not only or {part, name} & only]
        if wanted:
            yield part, wanted


def main():
    parser = argparse.ArgumentParser(description="measurements, Python's beside ours")
    parser.add_argument("build", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", metavar="MEASURE", action="append", default=[])
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    options = parser.parse_args()
    less = 10 if options.quick else 1
    parts = {name: part.measures(options.build.resolve(), less) for name, part in PARTS.items()}
    names = set(parts).union(*parts.values())
    for name in options.only:
        if name not in names:
            parser.error(f"no measure {name}; there are {', '.join(sorted(names))}")
    print(f"{os.cpu_count()} cores, Linux {platform.release()}, {platform.machine()}, "
          f"Python {platform.python_version()}, medians of {options.repeat}")
    for part, rows in chosen(parts, set(options.only)):
        print(f"{part:<44}{'penstock':>13}{'Python':>13} {'':<10}{'ratio':>8}")
        for row in rows:
            print(row.row(options.repeat), flush=True)


if __name__ == "__main__":
    main()
