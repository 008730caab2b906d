"""Runs pipelines of the plugin `faulty` and knows, from the ledger that its tasks keep, which
process did what and how often."""

import collections
import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
from penstock_runner import PenstockTest, until  # noqa: E402

FAULT_SOURCE = Path(__file__).resolve().parent / "plugins/fault.cpp"
Entry = collections.namedtuple("Entry", "task place pid")


def line_of(remark):
    """The place in fault.cpp of the line that ends with this comment, as a stack shows it."""
    lines = FAULT_SOURCE.read_text(encoding="utf-8").splitlines()
    return f"fault.cpp:{next(i for i, line in enumerate(lines, 1) if line.endswith(remark))}"


def rounds():
    return int(os.environ.get("PENSTOCK_FAULT_ROUNDS", "20"))


def sums(count):
    """What `sum` makes of 1 to count: the sum after each number, and the last one again."""
    return [n * (n + 1) // 2 for n in (*range(1, count + 1), count)]


def holds(pid, name):
    """Whether the process has a file of that name open."""
    try:
        return any(os.readlink(link).endswith(f"/{name}")
                   for link in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:  # it has ended
        return False


class FaultsTest(PenstockTest):
    """A test of pipelines that are given as maps; all stages of `faulty` write to one ledger."""

    def setUp(self):
        super().setUp()
        self.ledger_path = self.folder / "ledger"
        self.ledger_path.touch()

    def stage(self, task, source=None, faults=(), policies=None, **parameters):
        """A stage; a task without a dot is of the plugin `faulty`."""
        if "." not in task:
            task = f"faulty.{task}"
            parameters |= {"ledger": str(self.ledger_path), "faults": list(faults)}
        return {"task": task, **({"from": source} if source else {}), "with": parameters,
                **(policies or {})}

    def numbers(self, count, **more):
        return self.stage("numbers", count=count, **more)

    def write(self, *name_and_text, **more):
        """With a stage to read from: files.write to `out`. Else a file, as in PenstockTest."""
        if name_and_text:
            return super().write(*name_and_text)
        return self.stage("files.write", path="out", **more)

    def text_of(self, stages, **pool):
        return json.dumps({"pipeline": "faults", "pools": {"default": {"processes": 2} | pool},
                           "stages": stages})

    def start_stages(self, stages, *words, pool=None, **options):
        return self.start_pipeline(self.text_of(stages, **(pool or {})), *words, **options)

    def run_stages(self, stages, *words, **options):
        return self.start_stages(stages, *words, **options).wait()

    # What came of it.

    def ledger(self, task=None, pid=None):
        """The entries of one task; the last line may still be on its way."""
        lines = self.ledger_path.read_text(encoding="utf-8").split("\n")[:-1]
        entries = [Entry(words[0], words[1], int(words[2])) for words in map(str.split, lines)]
        return [entry for entry in entries
                if task in (None, entry.task) and pid in (None, entry.pid)]

    def executions(self, task):
        """How often each number was given to the task."""
        return collections.Counter(int(entry.place) for entry in self.ledger(task)
                                   if entry.place.isdigit())

    def calls(self, task, place):
        return [entry.pid for entry in self.ledger(task) if entry.place == place]

    def lines(self, name="out"):
        return [int(line) for line in self.read(name).split()]

    def dead_letters(self):
        return self.dead_items("faults")

    # What is done to it.

    def until_ledger(self, running, condition, what):
        def seen():
            ended = running.process.poll()
            value = condition(self.ledger())
            if not value:
                self.assertIsNone(ended, running.stderr)
            return value
        return until(seen, f"{what}\n{running.stderr}")

    def told_twice(self, running, first, second):
        """What it has come to when a second signal has followed the first: within a second."""
        running.signal(first)
        running.until_stderr("once more")
        began = time.monotonic()
        running.signal(second)
        ended = running.wait()
        self.assertLess(time.monotonic() - began, 1)
        self.assert_ended(ended, 128 + first, dead=0)
        return ended
