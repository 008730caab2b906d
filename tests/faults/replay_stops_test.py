"""Replays that are refused, or that end before their time: what was given up stays on the list
until the outputs have what came of it.

PENSTOCK_FAULT_ROUNDS says how often a replay is killed (default 20).
"""

import os
import resource
import signal
import unittest

from faults_runner import rounds
from replay_runner import ONCE, ReplayTest
from penstock_runner import kill, wait_for_ends


class Refusals(ReplayTest):
    def test_where_nothing_is_to_be_had(self):
        self.assert_refused("no run has been here", self.line(9))
        self.assertEqual(self.run_stages(self.line(9)).status, 0)
        self.assert_refused("no item was given up", self.line(9))

    def test_a_run_that_is_not_finished(self):
        stages = self.halves(50, "7=permanent")
        self.interrupt(stages, 10)
        before = self.everything()
        self.assert_refused("the run in there is not finished: `penstock run --resume`", stages)
        self.assertEqual(self.everything(), before)

    def test_stages_and_inputs_that_are_gone(self):
        self.give_up(self.line(9, "5=throw"), 1)
        stages = self.line(9)
        stages["other"] = stages.pop("act")
        stages["save"]["from"] = "other"
        self.assert_refused("an item was given up by stage `act`, which the pipeline has no more",
                            stages)
        lines = self.lines_of("1 keep.fail=1")
        stages = {"rows": lines, "two": self.flow("flow.keep", "rows", "keep"),
                  "save": self.write(source="two")}
        self.give_up(stages, 1)
        stages["two"] = self.stage("flow.sides", {"left": "rows", "right": "rows"})
        self.assert_refused("the task of stage `two` has no main input any more", stages,
                            "--outputs", "trial")

    def test_stateful_stages(self):
        def stages(*faults):
            return {"numbers": self.numbers(9), "act": self.act("numbers", *faults),
                    "sum": self.stage("sum", "act"), "save": self.write(source="sum")}
        self.give_up(stages("5=throw"), 1)
        before = self.everything()
        self.assert_refused("stage `sum` (faulty.sum) has given what it had to give, so that "
                            "nothing can be added to it; --outputs DIR", stages())
        self.assertEqual(self.everything(), before)
        self.assertEqual(self.ledger(), [])
        self.assert_replayed(self.replay(stages(), "--outputs", "trial"), done=1)
        self.assertEqual(self.lines("trial/save/out"), [5, 5])

    def test_a_folder_in_use(self):
        self.give_up(self.line(9, "5=throw"), 1)
        running = self.start_replay(self.line(9, "5=hang"))
        running.until(lambda: self.calls("act", "5"), "it is under way")
        self.assert_refused("in use", self.line(9))
        self.assertEqual(self.run_stages(self.line(9)).status, 2)
        running.stop()

    def test_too_large(self):
        """Several MiB come again; what is larger than the journal keeps is named."""
        stages = {"rows": self.lines_of("1 a.pad=5000000 b.fail=1", "2 a.pad=68000000 b.fail=1"),
                  "a": self.flow("flow.act", "rows", "a"),
                  "b": self.flow("flow.act", "a", "b", **ONCE), "save": self.write(source="b")}
        self.give_up(stages, 2)
        stages["b"] = self.flow("flow.act", "a", "healthy")
        self.assert_refused("item rows:1/a:0 is too large", stages)
        self.assert_replayed(self.replay(stages, "rows:0/a:0"), done=1)
        self.assertEqual(self.read("out"), b"1 a.pad=5000000 b.fail=1" + 5000000 * b"." + b"\n")
        self.assertEqual(list(self.tried()), [("b", "rows:1/a:0")])


class Ends(ReplayTest):
    COUNT = 60

    def given_up(self, count=COUNT):
        """All of them, and the pipeline as it is when what they failed for is mended."""
        stages = self.line(count, "every=throw")
        stages["save"]["queue"] = {"items": 4}
        self.give_up(stages, count)
        stages["act"] = self.act("first", takes="2ms")
        return stages

    def act(self, source, *faults, takes="0us", **policies):
        return self.stage("act", source, faults, ONCE | policies, takes=takes)

    def assert_all_there(self, count=COUNT):
        self.assertEqual(sorted(self.lines()), list(range(1, count + 1)))
        self.assertEqual((self.letters(), self.account()), ([], (count, 0)))
        self.assertEqual(self.account("act"), (count, 0))
        self.assertFalse((self.folder / "out.partial").exists())

    def test_killed_at_any_moment(self):
        left = rounds()
        while left > 0:
            stages, before = self.given_up(), self.letters()
            while self.letters():
                running = self.start_replay(stages)
                if left == 0 or not self.reaches_an_end(running):
                    running.wait()
                    continue
                for pid in [running.pid, *running.processes()]:
                    kill(pid)
                running.process.wait()
                left -= 1
                if self.letters():
                    self.assertEqual(self.letters(), before)
            if (self.folder / "out.partial").exists():
                self.assertEqual(self.replay(stages).status, 0)
            self.assert_all_there()

    def reaches_an_end(self, running):
        """Some time after its first call."""
        seen = len(self.ledger("act"))
        while running.process.poll() is None and len(self.ledger("act")) == seen:
            wait_for_ends([running.pid], 0.002)
        return bool(wait_for_ends([running.pid], self.chance.random() * 0.15))

    def test_killed_with_more_in_the_output_than_the_journal_knows(self):
        """As a data base has it, which cannot be cut back: nothing is lost, and 5 comes twice."""
        def stages(*faults):
            return {"numbers": self.numbers(9), "act": self.act("numbers", *faults),
                    "own": self.stage("lines", "act", path="out.own", own_epochs=True)}
        self.give_up(stages("5=throw", "7=throw"), 2)
        running = self.start_replay(stages("7=hang"))
        running.until(lambda: 5 in self.lines("out.own"), "5 is there")
        kill(running.pid)
        running.process.wait()
        self.assertEqual(len(self.letters()), 2)
        self.assert_replayed(self.replay(stages()), done=2)
        self.assertEqual(sorted(self.lines("out.own")[7:]), [5, 5, 7])
        self.assertEqual((self.letters(), self.account()), ([], (9, 0)))

    def test_killed_while_sinks_finish(self):
        """What they have is known then, although it has not its name yet; and can have it later."""
        def stages(*faults):
            return {"numbers": self.numbers(9), "act": self.act("numbers", *faults),
                    "lines": self.stage("lines", "act", ("finish=hang*1",) if not faults else (),
                                        path="out.lines"),
                    "save": self.write(source="act")}
        self.give_up(stages("5=throw"), 1)
        running = self.start_replay(stages())
        running.until(lambda: self.calls("lines", "finish"), "a sink finishes")
        kill(running.pid)
        running.process.wait()
        self.assertEqual((self.letters(), self.account()), ([], (9, 0)))
        self.assertEqual(self.replay(stages()).status, 0)
        for name in "out", "out.lines":
            self.assertEqual(sorted(self.lines(name)), list(range(1, 10)))
        self.assertFalse((self.folder / "out.partial").exists())
        self.assert_refused("no item was given up", stages())

    def test_the_first_sink_does_not_finish_before_the_last_has_all(self):
        """Or what it has could not be taken back."""
        def stages(*faults, hang=()):
            return {"numbers": self.numbers(9), "act": self.act("numbers", *faults),
                    "last": self.act("act", *hang), "save": self.write(source="act"),
                    "lines": self.stage("lines", "last", path="out.lines")}
        self.give_up(stages("5=throw"), 1)
        before = self.files()
        running = self.start_replay(stages(hang=["5=hang*2"]))  # `act` is in the ledger, too
        running.until(lambda: len(self.calls("act", "5")) == 2 and
                      (self.folder / "out.partial").exists(), "a sink has all that it gets")
        kill(running.pid)
        running.process.wait()
        self.assertEqual(len(self.letters()), 1)
        self.assert_replayed(self.replay(stages()), done=1)
        self.assertEqual(self.files(), {name: old + b"5\n" for name, old in before.items()})

    def test_a_signal(self):
        for number, status in (signal.SIGINT, 130), (signal.SIGTERM, 143):
            with self.subTest(signal=number):
                stages = self.given_up() | {"act": self.act("first", takes="50ms")}
                running = self.start_replay(stages)
                running.until(lambda: len(self.ledger("act")) > 10, "some are done")
                running.signal(number)
                ended = running.wait()
                written = len((self.folder / "out.partial").read_text().splitlines())
                self.assert_ended(ended, status, done=written, dead=0)
                self.assertEqual(len(self.letters()), self.COUNT - written)
                self.assertEqual(ended.stderr.splitlines()[-2],
                                 "not finished: out.partial; `penstock dead replay pipeline.yaml` "
                                 "goes on with it")
                self.assertEqual(self.account(), (written, self.COUNT - written))
                self.assert_replayed(self.replay(stages), done=self.COUNT - written)
                self.assert_all_there()

    def test_a_signal_and_items_that_make_many(self):
        """What one of them has made further down is given up again, and no letter beside it."""
        def stages(*faults, last=()):
            many = {"parallel": 1}
            tree = {"numbers": self.numbers(1), "act": self.act("numbers", *faults),
                    "last": self.act("act", *last, **many), "save": self.write(source="last")}
            tree["act"]["with"]["copies"] = 3
            return tree
        self.give_up(stages("1=throw"), 1)
        running = self.start_replay(stages(last=["1=throw*2", "1=sleep3000"]))
        running.until(lambda: len(self.calls("act", "1")) == 3, "the second is under way")
        running.signal(signal.SIGINT)
        self.assertEqual(running.wait().status, 130)
        self.assertEqual(self.tried(), {("act", "numbers:0"): 1})
        self.assertEqual(self.account(), (0, 1))

    def test_a_full_disk(self):
        stages = self.given_up(400)
        for path in self.folder.glob("out*"):
            self.assertEqual(path.read_bytes(), b"")

        def limit():
            # The journal has a file that grows, too.
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
        big = {**stages, "act": self.act("first") | {"task": "faulty.act"}}
        big["act"]["with"]["copies"] = 2000
        ended = self.replay(big, preexec=limit)
        self.assertEqual(ended.status, 3, str(ended))
        self.assertIn("out", ended.stderr)
        left = len(self.letters())
        self.assertGreater(left, 0)
        self.assert_replayed(self.replay(stages), done=left)
        self.assertEqual((self.letters(), self.account()), ([], (400, 0)))
        self.assertEqual(set(self.lines()), set(range(1, 401)))

    def test_it_is_the_past_for_the_next_run(self):
        for words in (), ("--resume",):
            with self.subTest(words=words):
                stages = self.given_up(9)
                running = self.start_replay(stages)
                running.until(lambda: self.ledger("act"), "it is under way")
                kill(running.pid)
                running.process.wait()
                stages["act"] = self.act("first", "5=throw")
                self.assertEqual(self.run_stages(stages, *words).status, 1)
                self.assertEqual(self.tried(), {("act", "numbers:4/first:0"): 1})
                self.assertEqual(sorted(self.lines()), [n for n in range(1, 10) if n != 5])
                stages["act"] = self.act("first")
                self.assert_replayed(self.replay(stages), done=1)
                self.assert_all_there(9)


class Debugger(ReplayTest):
    GDB = '#!/bin/sh\necho "$0 $*" >> gdb.words\nshift\nexec "$@"\n'

    def test_one_item_under_gdb(self):
        (self.write("bin/gdb", self.GDB)).chmod(0o755)
        path = {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}
        self.give_up(self.line(20, "5=throw", "7=throw"), 2)
        for items in (), ("numbers:4/first:0", "numbers:6/first:0"):
            self.assert_refused("--gdb is for one ITEM", self.line(20), *items, "--gdb", env=path)
        self.assert_refused("no item `nix` was given up", self.line(20), "nix", "--gdb", env=path)
        self.assertFalse((self.folder / "gdb.words").exists())
        ended = self.replay(self.line(20), "numbers:4/first:0", "--gdb", env=path)
        self.assert_replayed(ended, done=1)
        words, = self.read("gdb.words").decode().splitlines()
        self.assertRegex(words, r"/gdb --args .*/penstock-worker\b")
        self.assertEqual(self.executions("act"), {5: 1})
        self.assertEqual(list(self.tried()), [("act", "numbers:6/first:0")])


if __name__ == "__main__":
    unittest.main()
