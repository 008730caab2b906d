"""Our own measurements, with Python's multiprocessing.Pool (pool.py) beside them in the same run.

usage: run.py BUILD_FOLDER [--repeat 5] [--only MEASURE] [--quick]

Each figure is the median of --repeat runs; ours and Python's take turns, so that a slow minute of
the machine is shared. Both have two processes for the work. What is measured:

items   10^6 no-op items through one transform, each tracked by itself. Ours is the whole program,
        start and end included, and crosses processes twice (source to transform to sink). Python's
        begins when its pool stands; once with the chunks that Pool.map chooses, once item by item.
trip    One item alone on its way: the source emits the next only when the sink has seen the last
        (they share a page for this, see plugins/bench.cpp). Ours is source, engine, transform,
        engine, sink: four crossings; Python's is Pool.apply: caller, worker, caller: two.
blobs   Items of 1 MiB through two stages, every page read in each. GB/s counts an item once. Our
        source fills each block anew; Python's hands out zeros.
ten     Wall time of a whole program that does ten items, from exec to exit.
"""

import argparse
import json
import os
import platform
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
MIB = 1 << 20


class Penstock:
    """Runs pipelines that are written here, each in a folder that is thrown away."""

    def __init__(self, build):
        self.program = build / "bin" / "penstock"
        self.plugins = build / "bench" / "plugins"
        if not self.program.exists():
            sys.exit(f"bench: {self.program} is not there; run ./dev bench, which builds it")

    def run(self, stages, count):
        """The wall seconds of one run and its folder's gate file, if it made one."""
        lines = "".join(f"  {name}: {stage}\n" for name, stage in stages.items())
        text = f"pipeline: bench\npools:\n  default: {{processes: 2}}\nstages:\n{lines}"
        with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
            file = Path(folder, "bench.yaml")
            file.write_text(text, encoding="utf-8")
            command = [self.program, "run", file, "--plugin-path", self.plugins,
                       "--progress", "none", "--summary", "summary.json"]
            start = time.perf_counter()
            ended = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            seconds = time.perf_counter() - start
            if ended.returncode != 0:
                sys.exit(f"bench: status {ended.returncode} of\n{text}{ended.stderr}")
            summary = json.loads(Path(folder, "summary.json").read_text(encoding="utf-8"))
            if not summary["in"] == summary["done"] == count:
                sys.exit(f"bench: the account is not {count} done items: {summary}")
            gate = Path(folder, "gate")
            return seconds, gate.read_bytes() if gate.exists() else b""

    def items(self, count):
        stages = {"numbers": f"{{task: bench.numbers, with: {{count: {count}}}}}",
                  "noop": "{task: bench.noop, from: numbers}",
                  "end": "{task: bench.drop_numbers, from: noop}"}
        return self.run(stages, count)[0]

    def trip(self, count):
        stages = {"alone": f"{{task: bench.alone, with: {{count: {count}, gate: gate}}}}",
                  "noop": "{task: bench.noop, from: alone}",
                  "seen": "{task: bench.seen, from: noop, with: {gate: gate}}"}
        _, gate = self.run(stages, count)
        _, first, last = struct.unpack("=QQQ", gate[:24])
        return (last - first) / 1e9

    def blobs(self, count):
        stages = {"blobs": f"{{task: bench.blobs, with: {{count: {count}, size: 1MiB}}}}",
                  "first": "{task: bench.touch, from: blobs}",
                  "second": "{task: bench.touch, from: first}",
                  "end": "{task: bench.drop_blobs, from: second}"}
        return self.run(stages, count)[0]


def pool(measure, *arguments):
    command = [sys.executable, HERE / "pool.py", measure, *map(str, arguments)]
    start = time.perf_counter()
    printed = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    whole = time.perf_counter() - start
    return whole if measure == "ten" else float(printed.stdout)


class Measure:
    """One row: two ways to get seconds for so many items, and how a figure comes from them."""

    def __init__(self, text, unit, ours, peer, figure, more_is_better=True):
        self.text, self.unit, self.ours, self.peer = text, unit, ours, peer
        self.figure, self.more_is_better = figure, more_is_better

    def row(self, repeat):
        ours, peer = [], []
        for _ in range(repeat):
            ours.append(self.figure(*self.ours()))
            peer.append(self.figure(*self.peer()))
        left, right = statistics.median(ours), statistics.median(peer)
        ratio = left / right if self.more_is_better else right / left
        return f"{self.text:<44}{left:>13,.4g}{right:>13,.4g} {self.unit:<8}{ratio:>8.1f}x"


def measures(penstock, quick):
    less = 10 if quick else 1
    items, slow, trips, blobs = 1_000_000 // less, 100_000 // less, 10_000 // less, 2_000 // less

    def per_second(count, seconds):
        return count / seconds

    def microseconds(count, seconds):
        return seconds / count * 1e6

    def gigabytes(count, seconds):
        return count * MIB / seconds / 1e9

    def milliseconds(_, seconds):
        return seconds * 1e3

    return {
        "chunked": Measure("no-op items, Python's in chunks", "items/s",
                           lambda: (items, penstock.items(items)),
                           lambda: (items, pool("chunked", items)), per_second),
        "items": Measure("no-op items, each tracked", "items/s",
                         lambda: (items, penstock.items(items)),
                         lambda: (slow, pool("one_by_one", slow)), per_second),
        "trip": Measure("one item alone (4 crossings; Python's 2)", "us",
                        lambda: (trips, penstock.trip(trips)),
                        lambda: (trips, pool("trip", trips)), microseconds, False),
        "blobs": Measure("items of 1 MiB through two stages", "GB/s",
                         lambda: (blobs, penstock.blobs(blobs)),
                         lambda: (blobs // 4, pool("blobs", blobs // 4, MIB)), gigabytes),
        "ten": Measure("a whole run of ten items", "ms",
                       lambda: (10, penstock.items(10)),
                       lambda: (10, pool("ten", 10)), milliseconds, False),
    }


def main():
    parser = argparse.ArgumentParser(description="measurements, Python's Pool beside ours")
    parser.add_argument("build", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", metavar="MEASURE")
    parser.add_argument("--quick", action="store_true", help="a tenth of the items")
    options = parser.parse_args()
    rows = measures(Penstock(options.build.resolve()), options.quick)
    if options.only and options.only not in rows:
        parser.error(f"no measure {options.only}; there are {', '.join(rows)}")
    print(f"{os.cpu_count()} cores, Linux {platform.release()}, {platform.machine()}, "
          f"Python {platform.python_version()}, medians of {options.repeat}, 2 processes")
    print(f"{'':<44}{'penstock':>13}{'Pool':>13} {'':<8}{'ratio':>9}")
    for name, measure in rows.items():
        if options.only in (None, name):
            print(measure.row(options.repeat), flush=True)


if __name__ == "__main__":
    main()
