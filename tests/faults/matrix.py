"""The fault matrix: every row of it, with the real program, so many rounds each.

matrix.py [--rounds N] [--rows PATTERN] [--seed S] [--table FILE]

A round's seed is the seed that is printed at the start plus the number of rounds before it, so
that `--rounds 1 --seed S` repeats any one of them. The status is 1 if a row did not pass.
PENSTOCK_BIN in the environment is the folder of the programs; default: build/release/bin.
"""

import argparse
import os
import random
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE.parent / "integration", HERE.parent / "hostile", HERE):
    sys.path.insert(0, str(folder))
os.environ.setdefault("PENSTOCK_BIN", str(HERE.parents[1] / "build/release/bin"))

# The order of these is the order of the rows.
from matrix import deaths, calls, workers, engines, lacks, payloads, surroundings  # noqa: E402,F401
from matrix.rows import ROWS  # noqa: E402
from matrix.table import Result, write_table  # noqa: E402


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1, help="of each row")
    parser.add_argument("--rows", default="", help="those whose name or fault matches")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--table", type=Path, help="Markdown file with what came of it; what it "
                        "says of rows that are not run stays")
    return parser.parse_args()


def main():
    wanted = options()
    rows = [row for row in ROWS if re.search(wanted.rows, f"{row.name} {row.fault}")]
    print(f"seed {wanted.seed}, {len(rows)} rows, {wanted.rounds} rounds each", flush=True)
    results = {}
    for row in rows:
        result = results[row.name] = Result()
        for seed in range(wanted.seed, wanted.seed + wanted.rounds):
            this = row.round(seed)
            result.add(this)
            if this.wrong:
                print(f"{this.wrong}\n{row.name} did not pass. This round again: "
                      f"matrix.py --rows '^{row.name} ' --seed {seed}", flush=True)
        print(f"{result.passed:3}/{result.rounds} {result.seconds:6.1f} s  {row.name}", flush=True)
        for reason in sorted(result.skipped):
            print(f"      left out: {reason}", flush=True)
        if wanted.table:
            write_table(wanted.table, ROWS, results)
    return 0 if all(result.passed == result.rounds for result in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
