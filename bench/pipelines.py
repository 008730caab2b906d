"""Pipelines, with Python's multiprocessing.Pool beside them. Both have two processes for the work.

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

import json
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import Measure, microseconds, milliseconds, per_second, python

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
    start = time.perf_counter()
    printed = python("pool.py", measure, *arguments)
    whole = time.perf_counter() - start
    return whole if measure == "ten" else float(printed)


def gigabytes(count, seconds):
    return count * MIB / seconds / 1e9


def measures(build, less):
    """The rows, by name; `less` times fewer items."""
    penstock = Penstock(build)
    items, slow, trips, blobs = 1_000_000 // less, 100_000 // less, 10_000 // less, 2_000 // less
    return {
        "chunked": Measure("no-op items, Python's in chunks", "items/s",
                           lambda: per_second(items, penstock.items(items)),
                           lambda: per_second(items, pool("chunked", items))),
        "items": Measure("no-op items, each tracked", "items/s",
                         lambda: per_second(items, penstock.items(items)),
                         lambda: per_second(slow, pool("one_by_one", slow))),
        "trip": Measure("one item alone (4 crossings; Python's 2)", "us",
                        lambda: microseconds(trips, penstock.trip(trips)),
                        lambda: microseconds(trips, pool("trip", trips)), False),
        "blobs": Measure("items of 1 MiB through two stages", "GB/s",
                         lambda: gigabytes(blobs, penstock.blobs(blobs)),
                         lambda: gigabytes(blobs // 4, pool("blobs", blobs // 4, MIB))),
        "ten": Measure("a whole run of ten items", "ms",
                       lambda: milliseconds(10, penstock.items(10)),
                       lambda: milliseconds(10, pool("ten", 10)), False),
    }
