"""docs/failures.md: the rows, how often each passed and how long a round takes; our peers."""

import re

INTRODUCTION = """# What happens when something fails

Every way to fail that we know of is a row of the fault matrix: workers and engine are killed,
stopped, started in odd places and lied to, the disk is full, the journal damaged, at moments that
chance chooses.
Each round runs the real program, in a folder of its own, with tasks that do to each item what they
are told, and keep a ledger of what they have executed: nothing here rests on what the engine says
of itself. This page is written by the run itself:

```
python3 tests/faults/matrix.py --rounds 20 --table docs/failures.md
```

`--rows PATTERN` runs some of the rows, `--seed S` repeats a round, whose seed is printed if it
fails. The tests run each row once, with a new seed (`ctest -R 'faults: matrix'`).

Whatever a row does, its end is held against the same checks
([`ends.py`](../tests/faults/matrix/ends.py)):

* the account closes, `in = done + dead + pending`, for the run and for each stage, and the
  [status](command-line.md#statuses) says what the account does; the engine is not dead by a signal;
* after two seconds no process of the run is there, found by a mark in its environment; no name in
  `/dev/shm`, no file in `TMPDIR`; outside the state folder stands nothing but the output, or, while
  the run can be gone on with, `PATH.partial`, which its last lines name;
* another run can take the state folder: no lock is left.

## For ten minutes

The soak has all at once: a task that leaks, so that its workers are replaced again and again; a
stateful stage; slow sinks that write exactly once; items that are poison and items that fail once.
A worker, the keeper, the engine or everything is killed every few seconds, and the engine resumed.

```
python3 tests/faults/soak.py --seconds 600
```

Each second it measures descriptors, threads and memory of engine, keeper and workers, how many
processes there are, the state folder and whatever lies outside of it. Each figure has a bound, and
its greatest in the last third may not be above the greatest of the first
([`samples.py`](../tests/faults/soak/samples.py) has the margins), neither in the whole nor in the
life of one engine. A run that is done is held against its input and the checks above, and the next
one begins in the same folders. The tests soak for 30 seconds.

## The rows

A row that does not pass every time is a defect of Penstock.

| fault | what happens | passed | seconds a round |
| --- | --- | --- | --- |
"""

PEERS = """
## Others under the same faults

Measured, with the same faults:

| program | fault | what happens |
| --- | --- | --- |
| `multiprocessing.Pool` | a worker is killed | hangs for ever |
| `concurrent.futures.ProcessPoolExecutor`, loky | a worker is killed | hundreds of good calls \
fail; processes and shared memory are left behind |
| dask | one item of 1,001 is poison | runs all 1,001 items again for it |
| GNU parallel, gearman | the disk is full, or a command exits 0 early | status 0, and output is \
missing |
| Celery with late acknowledgement | workers are killed at random | it survives: 2,000 of 2,000 \
in 31 s |
| Celery with late acknowledgement | an item is poison | never ends |

No one of them both survives chaos and ends by itself on poison.
"""

LINE = re.compile(r"\| (?P<fault>.*?) \| .* \| (?P<passed>\d+/\d+)(?P<left>.*?) \| "
                  r"(?P<seconds>[\d.]+) \|")


class Result:
    """Of one row: so many rounds, and what was left out of them."""

    def __init__(self, passed=0, rounds=0, seconds=0.0):
        self.passed, self.rounds, self.total = passed, rounds, seconds * rounds
        self.skipped = set()

    def add(self, this):
        self.rounds += 1
        self.passed += not this.wrong
        self.total += this.seconds
        self.skipped |= set(this.skipped)

    @property
    def seconds(self):
        return self.total / self.rounds

    def line(self, row):
        left = "".join(f"; left out: {reason}" for reason in sorted(self.skipped))
        return (f"| {cell(row.fault)} | {cell(row.must)} | {self.passed}/{self.rounds}{left} | "
                f"{self.seconds:.1f} |\n")


def cell(text):
    return text.replace("|", "\\|")


def lines_of(path):
    """What the table says already, by the fault."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return {match["fault"]: match[0] + "\n" for match in LINE.finditer(text)}


def write_table(path, rows, results):
    """With the results of those rows that were run, by their names; of the others what stands
    there."""
    before = lines_of(path)
    lines = []
    for row in rows:
        if row.name in results:
            lines.append(results[row.name].line(row))
        else:
            never = f"| {cell(row.fault)} | {cell(row.must)} | not run | |\n"
            lines.append(before.get(cell(row.fault), never))
    path.write_text(INTRODUCTION + "".join(lines) + PEERS, encoding="utf-8")
