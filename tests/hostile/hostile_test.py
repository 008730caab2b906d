"""Workers that write random bytes over all that they can write of the shared memory, and that send
random descriptors: the engine neither crashes nor hangs nor believes a lie, and what honest workers
make beside them comes out byte for byte.

PENSTOCK_HOSTILE_SEEDS says how many seeds each attack has, PENSTOCK_HOSTILE_FROM the first one.
"""

import collections
import os
import random
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
from penstock_runner import PenstockTest, until  # noqa: E402

ATTACKS = ["scribble", "home", "descriptors", "answers", "line", "cursors", "crash", "pages",
           "letters", "swell", "keep", "any"]
# What the engine says of each lie that is told in a call.
LIES = {
    "long output": "an output longer than its descriptor",
    "output nowhere": "an output without a payload",
    "output of the input": "an output outside the input of its call",
    "block of another": "it named extent 1048576, which is not its own",
    "page": "a page of outputs without form",
    "port": "an output that its task does not declare",
    "member": "an output made from an item that its call does not have",
    "too many": "too many outputs of one call",
    "two answers": "two answers to one call",
    "two questions": "it asked twice for the id of one item",
    "input": "its task does not declare that it reads the input",
    "memory": "it asked for memory that no call needs",
    "extent": "it dropped an extent that is not its own",
    "readiness": "it was ready twice",
    "kind": "a descriptor of kind 255",
    "stranger": "it speaks of a call that is not in its hands",
    "ending": "a call that ended in a way that there is not",
    "unrun": "it did not run a call",
    "damage": "it found damage where there is nothing to be damaged",
}
SEEDS = int(os.environ.get("PENSTOCK_HOSTILE_SEEDS", "2"))
FROM = int(os.environ.get("PENSTOCK_HOSTILE_FROM", "1"))
LINES = 400
DEADLINE = 90
# Of the engine's own memory; a sanitizer takes some, too.
PEAK = int(os.environ.get("PENSTOCK_HOSTILE_PEAK_MIB", "64")) << 20

# A worker that lies fails its own items; one that sits at one place ends the run after a while.
STATUSES = {0, 1, 3, 4}

PIPELINE = """
pipeline: hostile
memory: 96MiB
pools:
  default: {{processes: 2}}
  enemies: {{processes: 2}}
stages:
  lines: {{task: files.lines, with: {{paths: [lines.txt]}}}}
  upper: {{task: text.upper, from: lines, retry: {{attempts: 10, backoff: 1ms}}}}
  save: {{task: files.write, from: upper, with: {{path: honest.txt, format: lines}}}}
{stages}
"""

HOW = ("pool: enemies, timeout: {timeout}, retry: {{attempts: 2, backoff: 1ms}}, "
       "with: {{how: {how}, seed: {seed}, every: {every}{more}}}")

STAGES = {
    "transform": """
  attack: {{task: hostile.pass, from: lines, HOW}}
  again: {{task: hostile.pass, from: attack, HOW}}
  waste: {{task: files.write, from: again, with: {{path: waste.txt, format: lines}}}}
""",
    "source": """
  attack: {{task: hostile.make, HOW}}
  waste: {{task: files.write, from: attack, with: {{path: waste.txt, format: lines}}}}
""",
    "stateful": """
  attack: {{task: hostile.gather, from: lines, snapshot: {{every: 5ms}}, HOW}}
  waste: {{task: files.write, from: attack, with: {{path: waste.txt, format: lines}}}}
""",
    "sink": """
  attack: {{task: hostile.drop, from: lines, HOW}}
""",
}

QUIET = """
pipeline: quiet
pools: {default: {processes: 1}}
stages:
  lines: {task: files.lines, with: {paths: [lines.txt]}}
  attack: {task: hostile.pass, from: lines, with: {how: lie all begun, every: 1}}
  save: {task: files.write, from: attack, with: {path: out}}
"""


def processor_seconds(pid):
    """What the process has had of a processor; nothing if it has ended."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
    except OSError:
        return None
    return sum(map(int, after_name.split()[11:13])) / os.sysconf("SC_CLK_TCK")


def lines_of(seed):
    """Lines of which no two are equal, some of them longer than a descriptor or a page."""
    dice = random.Random(seed)
    for number in range(LINES):
        size = dice.choice([0, 10, 30, 100, 1000, 5000])
        yield f"line {number} " + "".join(dice.choices("abcdefghij ", k=size))


class Hostile(PenstockTest):
    def attack(self, kind, how, seed, every, timeout="300ms"):
        lines = list(lines_of(seed))
        self.write("lines.txt", "".join(line + "\n" for line in lines))
        for left in ("honest.txt", "honest.txt.partial", "waste.txt", "waste.txt.partial"):
            (self.folder / left).unlink(missing_ok=True)
        more = ", count: 400" if kind == "source" else ""
        stages = STAGES[kind].replace("HOW", HOW).format(how=how, seed=seed, every=every, more=more,
                                                       timeout=timeout)
        ended = self.run_pipeline(PIPELINE.format(stages=stages), "--fresh",
                                  deadline=DEADLINE)

        self.assertIn(ended.status, STATUSES, str(ended))
        self.assert_closes(ended)
        self.assertLess(ended.summary["engine_peak_rss"], PEAK, str(ended))
        self.dead_items("hostile")  # each of them is JSON
        self.honest(ended, [line.upper() for line in lines])
        return ended

    def honest(self, ended, expected):
        """What the honest branch delivered: nothing twice, nothing else, all of it at the end."""
        whole = self.folder / "honest.txt"
        path = whole if whole.exists() else self.folder / "honest.txt.partial"
        text = path.read_text(encoding="ascii") if path.exists() else ""
        delivered = collections.Counter(text.splitlines())
        wrong = delivered - collections.Counter(expected)
        self.assertFalse(wrong, f"not what an honest worker made: {list(wrong)[:3]}\n{ended}")
        self.assertTrue(not text or text.endswith("\n"), str(ended))
        if ended.status in (0, 1):
            self.assertEqual(delivered, collections.Counter(expected), str(ended))
            self.assertTrue(whole.exists(), str(ended))

    def attacks(self, kind, every):
        for how in ATTACKS:
            for seed in range(FROM, FROM + SEEDS):
                with self.subTest(kind=kind, how=how, seed=seed):
                    self.attack(kind, how, seed, every)

    def test_transform(self):
        self.attacks("transform", every=20)

    def test_what_is_to_be_given_back_is_not_believed(self):
        ended = self.attack("transform", "keep", FROM, every=20)
        self.assertIn("protocol violation: it ran a call that it was to give back", ended.stderr)

    def test_what_cannot_be_taken_back_costs_no_time(self):
        """A worker says that it has begun all its calls, the first of which takes 2 s: the engine
        does not look again and again whether there is one to be taken back."""
        self.write("lines.txt", "".join(f"line {n}\n" for n in range(LINES)))
        running = self.start_pipeline(QUIET)
        seconds = [0.0]

        def ended():
            seconds[0] = processor_seconds(running.pid) or seconds[0]
            return running.process.poll() is not None

        until(ended, "its end", DEADLINE)
        ended = running.wait()
        self.assert_ended(ended, 0, done=LINES, restarts=0)
        self.assertGreater(ended.seconds, 2)
        self.assertLess(seconds[0], 0.5)

    def test_each_lie_is_named(self):
        lies = [("transform", lie, words, 5) for lie, words in LIES.items()]
        lies += [(kind, "answer nowhere", "an answer without a payload", 1)
                 for kind in ("stateful", "sink")]
        for kind, lie, words, every in lies:
            # One is told at length: it comes rarely, and its stages have the time for it.
            long = {"every": 50, "timeout": "30s"} if lie == "too many" else {}
            with self.subTest(kind=kind, lie=lie):
                ended = self.attack(kind, f"lie {lie}", FROM, **{"every": every, **long})
                self.assertIn(f"protocol violation: {words}", ended.stderr)

    def test_source(self):
        self.attacks("source", every=10)

    def test_stateful(self):
        self.attacks("stateful", every=60)

    def test_sink(self):
        self.attacks("sink", every=60)


if __name__ == "__main__":
    unittest.main()
