"""Memory: budgets and limits that hold, payloads that are written once, and an engine that stays
small however many items pass."""

import os
import subprocess
import unittest
from pathlib import Path

from penstock_runner import TEST_PLUGINS, PenstockTest, until

MIB = 1 << 20


class Limits(PenstockTest):
    def test_outputs_beyond_their_limit_fail_the_call(self):
        ended = self.run_pipeline("""
pipeline: output
stages:
  numbers: {task: files.lines, with: {paths: ["-"]}}
  sizes: {task: sample.parse, from: numbers}
  fill: {task: sample.fill, from: sizes, max_output: 1MiB}
  drop: {task: sample.drop, from: fill}
""", stdin=b"1000\n1048576\n1048577\n5\n")
        self.assert_ended(ended, 1, done=3, dead=1, retried=0, restarts=0)
        self.assertIn("item numbers:2/sizes:0", ended.stderr)
        self.assertIn("`max_output`", ended.stderr)
        self.assertIn("1048577", ended.stderr)
        self.assertIn("1048576", ended.stderr)

    def test_many_small_outputs_count_together(self):
        ended = self.run_pipeline("""
pipeline: output
stages:
  numbers: {task: sample.numbers, with: {count: 5}}
  many: {task: sample.many, from: numbers, max_output: 1MiB, with: {count: 1000000}}
  drop: {task: sample.drop, from: many}
""")
        self.assert_ended(ended, 1, done=0, dead=5, retried=0, restarts=0)
        self.assertEqual(ended.stage("drop")["in"], 0)

    def test_an_item_that_needs_too_much_private_memory_dies_alone(self):
        ended = self.run_pipeline("""
pipeline: hoard
pools: {small: {processes: 2, memory: 128MiB}}
stages:
  lines: {task: files.lines, with: {paths: ["-"]}}
  sizes: {task: sample.parse, from: lines}
  hoard: {task: sample.hoard, from: sizes, pool: small}
  save: {task: files.write, from: hoard, with: {path: out}}
""", stdin=b"1\n2\n400\n3\n500\n4\n")
        self.assert_ended(ended, 1, done=4, dead=2)
        self.assertEqual(sorted(self.read("out").split()), [b"1", b"2", b"3", b"4"])
        self.assertIn("memory", ended.stderr)

    def test_shared_payloads_do_not_count_as_private(self):
        ended = self.run_pipeline("""
pipeline: shared
pools: {small: {processes: 1, memory: 64MiB}}
stages:
  blobs: {task: sample.blobs, with: {count: 3, size: 100MiB}}
  pass: {task: sample.pass, from: blobs, pool: small}
  drop: {task: sample.drop, from: pass}
""")
        self.assert_ended(ended, 0, done=3, restarts=0)


class Budget(PenstockTest):
    def blobs(self, count, size, memory):
        return self.run_pipeline(f"""
pipeline: budget
memory: {memory}
stages:
  blobs: {{task: sample.blobs, with: {{count: {count}, size: {size}}}}}
  one: {{task: sample.pass, from: blobs}}
  two: {{task: sample.pass, from: one}}
  drop: {{task: sample.drop, from: two}}
  save: {{task: files.write, from: two, with: {{path: /dev/null}}}}
""")

    def test_a_small_budget_holds_the_source_back(self):
        for count, size in ((10, "60MiB"), (10, "40MiB"), (200, "4MiB"), (3000, "100KiB"),
                            (200000, "100")):
            with self.subTest(size=size):
                self.assert_ended(self.blobs(count, size, "64MiB"), 0, done=count)

    def test_an_item_that_can_never_fit_ends_the_run_with_its_reason(self):
        ended = self.blobs(3, "100MiB", "64MiB")
        self.assert_ended(ended, 3, done=0)
        self.assertIn("`memory` allows", ended.stderr)
        self.assertIn("raise `memory`", ended.stderr)

    def test_the_same_in_a_transform(self):
        ended = self.run_pipeline("""
pipeline: budget
memory: 64MiB
stages:
  lines: {task: files.lines, with: {paths: ["-"]}}
  sizes: {task: sample.parse, from: lines}
  fill: {task: sample.fill, from: sizes}
  drop: {task: sample.drop, from: fill}
""", stdin=b"1000\n20000000\n30000000\n200000000\n10\n")
        self.assert_ended(ended, 3)
        self.assertIn("`fill`", ended.stderr)
        self.assertIn("raise `memory`", ended.stderr)

    def test_what_a_call_made_before_it_failed_is_free_for_the_next(self):
        ended = self.run_pipeline("""
pipeline: spoilt
memory: 19MiB
pools: {default: {processes: 1}}
stages:
  numbers: {task: sample.numbers, with: {count: 40}}
  spoil: {task: sample.spoil, from: numbers, with: {size: 6MiB}}
  drop: {task: sample.drop, from: spoil}
""")
        self.assert_ended(ended, 1, done=0, dead=40, restarts=0)

    def test_what_a_sink_has_not_committed_is_not_waited_for(self):
        ended = self.run_pipeline("""
pipeline: retained
memory: 64MiB
stages:
  blobs: {task: sample.blobs, with: {count: 100, size: 5MiB}}
  save: {task: files.write, from: blobs, with: {path: out}}
""")
        self.assert_ended(ended, 0, done=100)
        self.assertEqual((self.folder / "out").stat().st_size, 100 * (5 * MIB + 1))


class Footprint:
    """What all processes of a run take together: private and file pages shared out among those that
    have them, and each page of an extent once, mapped or not."""

    def __init__(self, running):
        self.running = running

    def bytes(self):
        pids = [self.running.pid, *self.running.processes()]
        return sum(map(self.private, pids)) + sum(self.extents(pids).values())

    @staticmethod
    def private(pid):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
        except OSError:
            return 0
        fields = dict(line.split(":") for line in text.splitlines()[1:])
        return sum(int(fields[name].split()[0]) * 1024 for name in ("Pss_Anon", "Pss_File"))

    @staticmethod
    def extents(pids):
        found = {}
        for pid in pids:
            try:
                for entry in os.scandir(f"/proc/{pid}/fd"):
                    if os.readlink(entry.path).startswith("/memfd:"):
                        status = os.stat(entry.path)
                        found[status.st_dev, status.st_ino] = status.st_blocks * 512
            except OSError:  # it ends
                pass
        return found


class LargeItem(PenstockTest):
    SIZE = 200 * MIB

    def test_it_is_written_once_and_held_once(self):
        def start(name, size):
            return self.start_pipeline(f"""
pipeline: {name}
pools: {{a: {{processes: 1}}, b: {{processes: 1}}, c: {{processes: 1}}, d: {{processes: 1}}}}
stages:
  blobs: {{task: sample.blobs, with: {{count: 1, size: {size}}}}}
  one: {{task: sample.pass, from: blobs, pool: a}}
  two: {{task: sample.pass, from: one, pool: b}}
  three: {{task: sample.pass, from: two, pool: c}}
  gate: {{task: sample.gate, from: three, pool: d, with: {{path: go_{name}}}}}
  drop: {{task: sample.drop_bytes, from: gate}}
""", name=f"{name}.yaml")

        def peak(name, size):
            """The largest footprint until the item stands before the gate, and until the end."""
            running = start(name, size)
            footprint, largest, waited = Footprint(running), [0], [0]

            def at_the_gate():
                largest[0] = max(largest[0], footprint.bytes())
                # The source has gone when its item has; then the rest is soon done.
                waited[0] += len(running.processes("penstock-worker")) < 6
                return waited[0] > 20

            running.until(at_the_gate, "the item before the gate")
            self.write(f"go_{name}", "")

            def over():
                largest[0] = max(largest[0], footprint.bytes())
                return running.process.poll() is not None

            until(over, "its end")
            ended = running.wait()
            self.assert_ended(ended, 0, done=1)
            return largest[0], ended.summary["payload_bytes"]

        idle, _ = peak("idle", 64)
        largest, written = peak("large", self.SIZE)
        print(f"item {self.SIZE / MIB:.0f} MiB, idle {idle / MIB:.1f} MiB, "
              f"largest {largest / MIB:.1f} MiB")
        self.assertLess(largest, 1.2 * self.SIZE + idle)
        self.assertLess(written, self.SIZE + MIB)
        self.assertGreaterEqual(written, self.SIZE)


class Million(PenstockTest):
    COUNT = 1000000

    def test_the_engine_stays_flat(self):
        ended = self.run_pipeline(f"""
pipeline: flat
stages:
  numbers: {{task: sample.numbers, with: {{count: {self.COUNT}}}}}
  one: {{task: sample.number, from: numbers}}
  two: {{task: sample.number, from: one}}
  three: {{task: sample.number, from: two}}
  drop: {{task: sample.drop, from: three}}
""", deadline=500)
        self.assert_ended(ended, 0, done=self.COUNT)
        print(f"{self.COUNT} items in {ended.summary['seconds']:.1f} s, "
              f"engine {ended.summary['engine_peak_rss'] / MIB:.1f} MiB")
        self.assertLess(ended.summary["engine_peak_rss"], 64 * MIB)


class TenMillion(Million):
    COUNT = 10000000


class LongInput(PenstockTest):
    """What has been read of the standard input is given back when it has been used."""

    LINE = b"x" * 999 + b"\n"
    LINES = 400000

    def feed(self, *words, **options):
        """Its input is 400 MB; answers how the program ended, and the most shared memory it had."""
        ours, theirs = os.pipe()
        running = self.start(*words, stdin=ours, **options)
        os.close(ours)
        peak = 0
        block = self.LINE * 1000
        with open(theirs, "wb", buffering=0) as pipe:
            for _ in range(self.LINES // 1000):
                left = memoryview(block)
                while left:
                    left = left[pipe.write(left):]
                peak = max(peak, self.shared(running))
        return running.wait(200), peak

    @staticmethod
    def shared(running):
        """Bytes of the memory that the engine and its workers share, each counted once."""
        pids = [running.pid, *running.processes("penstock-worker")]
        return sum(Footprint.extents(pids).values())

    def assert_flat(self, peak):
        print(f"{self.LINES} KB of input, {peak / MIB:.0f} MiB of shared memory")
        self.assertLess(peak, 100 * MIB)

    def test_of_map(self):
        ended, peak = self.feed("map", "sample.pass", "--plugin-path", TEST_PLUGINS,
                                stdout=subprocess.DEVNULL)
        self.assert_ended(ended, 0, done=self.LINES)
        self.assert_flat(peak)

    def test_of_a_pipeline(self):
        self.write("long.yaml", """
pipeline: long
stages:
  lines: {task: files.lines, with: {paths: ["-"]}}
  pass: {task: sample.pass, from: lines}
  drop: {task: sample.drop_bytes, from: pass}
""")
        ended, peak = self.feed("run", "long.yaml", "--plugin-path", TEST_PLUGINS)
        self.assert_ended(ended, 0, done=self.LINES)
        self.assert_flat(peak)


class SlowStage(PenstockTest):
    def test_the_engine_stays_flat_before_it(self):
        """A source that could make far more, before a stage that takes a millisecond an item."""
        def engine_peak(count):
            ended = self.run_pipeline(f"""
pipeline: slow
stages:
  blobs: {{task: sample.blobs, with: {{count: {count}, size: 10KiB}}}}
  slow: {{task: sample.slow_block, from: blobs, with: {{wait: 1ms}}}}
  drop: {{task: sample.drop, from: slow}}
""")
            self.assert_ended(ended, 0, done=count)
            return ended.summary["engine_peak_rss"]

        few, many = engine_peak(2000), engine_peak(12000)
        self.assertLess(many, few + 4 * MIB)
        self.assertLess(many, 64 * MIB)


if __name__ == "__main__":
    unittest.main()
