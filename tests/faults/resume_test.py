"""kill -9 of the engine, and of all that belongs to it, again and again: whoever goes on with the
run has each item in the output once, an account that is exact, and executes again only what was
under way.

PENSTOCK_FAULT_ROUNDS says how often each kind of run is killed (default 20).
"""

import json
import signal
import sqlite3
import unittest
from contextlib import closing

from faults_runner import sums
from penstock_runner import kill, wait_for_ends
from resume_runner import ResumeTest

# An item takes 1 ms, and two are at work: so many come through in the time that it may take until
# an item in the output is known to be there, on a machine that is busy; and the queues.
AT_ONCE = 600
RETRY = {"retry": {"attempts": 9, "backoff": "1ms", "outcomes": ["failed", "crashed"]}}


class Kills(ResumeTest):
    def flow(self, count, *faults):
        few = {"queue": {"items": 32}}
        return {"numbers": self.numbers(count, step=16),
                "act": self.stage("act", "numbers", faults, RETRY | few, takes="1ms"),
                "save": self.write(source="act", policies=few)}

    def kill_engine(self, running):
        kill(running.pid)

    def kill_all(self, running):
        pids = [running.pid, *running.processes()]
        self.chance.shuffle(pids)
        for pid in pids:
            kill(pid)

    def kill_workers_and_engine(self, running):
        """A worker now and then before the engine."""
        for _ in range(self.chance.randrange(3)):
            workers = running.processes("penstock-worker")
            if workers:
                kill(self.chance.choice(workers))
            wait_for_ends([running.pid], self.chance.random() * 0.05)
        self.chance.choice([self.kill_engine, self.kill_all])(running)

    def each_once(self, kill, at_once=AT_ONCE):
        count = self.chance.randrange(200, 2001)
        faults = [f"{self.chance.randrange(1, count)}={how}*1" for how in ("kill", "throw")]

        def check(ended, lives):
            self.assertEqual(sorted(self.lines()), list(range(1, count + 1)), str(ended))
            if ended:
                self.assert_account(ended, count)
            self.assertEqual(sorted(self.executions("act")), list(range(1, count + 1)))
            self.assert_bounded("act", count, lives, at_once)
        self.survives(lambda: self.flow(count, *faults), kill, check)

    def test_engine(self):
        self.each_once(self.kill_engine)

    def test_engine_keeper_and_workers(self):
        self.each_once(self.kill_all)

    def test_workers_besides(self):
        self.each_once(self.kill_workers_and_engine, at_once=AT_ONCE + 32)

    def test_a_stateful_stage_in_the_middle(self):
        """What it had made goes on from the journal, and nothing comes into its sum twice."""
        count = self.chance.randrange(200, 1001)
        for policies in {}, {"ordered": True}:
            def stages(policies=policies):
                return {"numbers": self.numbers(count, step=16),
                        "sum": self.stage("sum", "numbers", takes="500us",
                                          policies={"snapshot": {"every": "30ms"}}),
                        "act": self.stage("act", "sum", policies=RETRY),
                        "save": self.write(source="act", policies=policies)}

            def check(ended, lives, policies=policies):
                lines = self.lines()
                self.assertEqual(lines if policies else sorted(lines), sums(count), str(ended))
                if ended:
                    self.assert_ended(ended, 0, done=count, dead=0, pending=0, **{"in": count})
                    self.assertEqual(ended.stage("sum")["done"], count)
                    self.assertEqual(ended.stage("save")["done"], count + 1)
                self.assert_bounded("sum", count, lives, AT_ONCE)
            with self.subTest(policies=policies):
                self.survives(stages, self.kill_workers_and_engine, check)

    def test_an_item_that_is_given_up_stays_one_dead_letter(self):
        count = self.chance.randrange(200, 1001)
        dead = self.chance.randrange(1, count)

        def stages():
            flow = self.flow(count)
            flow["act"]["with"]["faults"] = [f"{dead}=permanent"]
            return flow | {"other": self.stage("lines", "act", path="out.other", own_epochs=True)}

        def check(ended, lives):
            alive = [n for n in range(1, count + 1) if n != dead]
            self.assertEqual(sorted(self.lines()), alive, str(ended))
            self.assertEqual(sorted(self.lines("out.other")), alive, str(ended))
            self.assertEqual([item for _, item, _ in self.letters()], [self.letters()[0][1]])
            if ended:
                self.assert_ended(ended, 1, done=count - 1, dead=1, pending=0, **{"in": count})
                self.assertEqual(ended.stage("act")["dead"], 1)
                self.assertEqual(ended.stage("other")["done"], count - 1)
            self.assert_bounded("act", count, lives, AT_ONCE)
        self.survives(stages, self.kill_engine, check)


class Branch(ResumeTest):
    """One source, into a file, which can be cut back, and into a data base, which cannot."""

    COUNT = 900
    DEAD = 77

    def stages(self):
        with closing(sqlite3.connect(self.folder / "out.db")) as database:
            database.execute("CREATE TABLE IF NOT EXISTS readings (key, number CHECK (number != "
                             f"{self.DEAD}))")
        return {"rows": {"task": "flow.readings", "with": {"count": self.COUNT, "keys": 7},
                         "rate": "2000/s"},
                "save": self.write(source="rows"),
                "table": {"task": "sqlite.insert", "from": "rows",
                          "with": {"database": "out.db", "table": "readings"}}}

    def reaches(self, running):
        return bool(wait_for_ends([running.pid], self.chance.random() * 0.6))

    def kill_engine(self, running):
        kill(running.pid)
        if self.chance.random() < 0.5:
            for pid in running.processes("penstock-worker"):
                kill(pid)

    def test_exactly_once_in_both(self):
        def check(ended, lives):
            numbers = list(range(self.COUNT))
            written = [json.loads(line)["number"] for line in self.read("out").splitlines()]
            self.assertEqual(sorted(written), numbers, str(ended))
            with closing(sqlite3.connect(self.folder / "out.db")) as database:
                rows = database.execute("SELECT number FROM readings ORDER BY 1").fetchall()
            numbers.remove(self.DEAD)
            self.assertEqual([number for number, in rows], numbers, str(ended))
            self.assertEqual([stage for stage, _, _ in self.letters()], ["table"])
            if ended:
                self.assert_ended(ended, 1, done=self.COUNT - 1, dead=1, pending=0)
                self.assertEqual(ended.stage("save")["done"], self.COUNT)
                self.assertEqual(ended.stage("table")["dead"], 1)
        self.survives(self.stages, self.kill_engine, check, self.reaches)


class Halves(ResumeTest):
    """Runs that are stopped in the middle, where it is known how far they were."""

    COUNT = 300
    MANY = 2000  # so that it is not over before it is stopped

    def test_a_dead_item_is_not_run_again(self):
        stages = self.halves(self.COUNT, "77=permanent")
        self.interrupt(stages, 100)
        letters = self.letters()
        self.assertEqual(len(letters), 1)
        ended = self.run_stages(stages, "--resume")
        self.assert_ended(ended, 1, done=self.COUNT - 1, dead=1, pending=0)
        self.assertEqual(self.letters(), letters)
        self.assertEqual(self.executions("act")[77], 1)
        self.assertEqual(ended.summary["dead_letters"], f"{self.state}/run.db")

    def test_skipped_stays_skipped(self):
        stages = self.halves(self.COUNT, "77=permanent", policies={"on_failure": "skip"})
        self.interrupt(stages, 100)
        ended = self.run_stages(stages, "--resume")
        self.assert_ended(ended, 0, done=self.COUNT, dead=0, pending=0)
        self.assertEqual((ended.summary["skipped"], ended.stage("act")["skipped"]), (1, 1))
        self.assertEqual(self.executions("act")[77], 1)

    def test_what_a_finished_stage_had_given_up_is_given_up_again(self):
        """The item comes there once more, since elsewhere it has not come to its end."""
        for how, status, dead in (("dead_letter", 1, 1), ("skip", 0, 0)):
            with self.subTest(on_failure=how):
                self.ledger_path.write_text("")
                stages = {"numbers": self.numbers(self.COUNT, step=16),
                          "act": self.stage("act", "numbers", ["77=hang*1"], {"ignore": ["main"]}),
                          "sum": self.stage("sum", "numbers", ["77=permanent"],
                                            {"on_failure": how}, silent=True),
                          "save": self.write(source="sum")}
                running = self.begin(stages, self.COUNT - 1)
                finished = "SELECT finished FROM mark WHERE stage = 'sum'"
                running.until(lambda: self.journal(finished) == [(1,)], "it has finished")
                running.stop()
                letters = self.letters()
                self.assertEqual(len(letters), dead)
                ended = self.run_stages(stages, "--resume")
                self.assert_ended(ended, status, done=self.COUNT - dead, dead=dead, pending=0)
                self.assertEqual((ended.stage("act")["done"], ended.stage("sum")["dead"],
                                  ended.stage("sum")["skipped"]), (self.COUNT, dead, 1 - dead))
                self.assertEqual(self.lines(), [sums(self.COUNT)[-1] - 77])
                self.assertEqual(self.executions("sum")[77], 1)
                self.assertEqual(self.letters(), letters)

    def test_signals(self):
        for number, status in (signal.SIGINT, 130), (signal.SIGTERM, 143):
            with self.subTest(signal=number):
                self.ledger_path.write_text("")
                stages = self.halves(self.MANY, takes="1ms")
                stages["act"]["with"]["faults"] = []
                running = self.begin(stages, 20)
                running.signal(number)
                ended = running.wait()
                taken, begun = (self.executions(task).total() for task in ("numbers", "act"))
                written = len((self.folder / "out.partial").read_text().splitlines())
                self.assert_ended(ended, status, done=written, dead=0, pending=taken - written)
                self.assertEqual(self.items_ended(), written)
                self.assert_all(self.run_stages(stages, "--resume"), self.MANY)
                self.assertEqual(self.run_state(), "finished")
                # All but what was written, and nothing else.
                self.assertEqual(self.executions("act").total() - begun, self.MANY - written)

    def test_signals_again_and_again(self):
        stages = self.halves(self.MANY, takes="1ms")
        stages["act"]["with"]["faults"] = []
        for status in 130, 143, 130, 143:
            before = self.items_ended()
            running = self.begin(stages, before + 20, "--resume")
            running.signal(status - 128)
            self.assert_ended(running.wait(), status, done=self.items_ended(), dead=0)
        self.assert_all(self.run_stages(stages, "--resume"), self.MANY)

    def test_on_failure_stop(self):
        """Goes on where the cause is gone, by itself or by another parameter."""
        for fault, words in ("200=throw*1", ["--resume"]), ("200=throw", ["--resume", "--force"]):
            with self.subTest(fault=fault):
                self.ledger_path.write_text("")
                stages = self.halves(self.COUNT, policies={"on_failure": "stop"})
                stages["act"]["with"]["faults"] = [fault]
                ended = self.run_stages(stages)
                self.assert_ended(ended, 4, dead=0)
                self.assertGreater(ended.account["pending"], 0)
                if "--force" in words:
                    self.assertEqual(self.run_stages(stages, "--resume").status, 4)
                    stages["act"]["with"]["faults"] = []
                    self.assertIn("parameter `faults`", self.refused(stages, "--resume"))
                self.assert_all(self.run_stages(stages, *words), self.COUNT)

    def test_a_limit_is_that_of_the_whole_run(self):
        stages = self.halves(self.COUNT)
        self.interrupt(stages, 100, "--limit", "250")
        ended = self.run_stages(stages, "--resume", "--limit", "250")
        self.assert_all(ended, 250)


if __name__ == "__main__":
    unittest.main()
