"""kill -9 of the engine, of the keeper, of both: nothing is left behind but PATH.partial and the
state folder; without its keeper alone the run goes on."""

import random
import signal
import unittest

from faults_runner import FaultsTest, rounds, sums, until
from penstock_runner import kill, marked_processes, wait_for_ends

COUNT = 1500
SECONDS = 2  # after which nothing may be left


class Processes(FaultsTest):
    def setUp(self):
        super().setUp()
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()

    def begin(self, *faults, count=COUNT, **more):
        """A run whose last item hangs, so that it does not end; all others have been executed."""
        running = self.start_stages({
            "numbers": self.numbers(count, step=20),
            "act": self.stage("act", "numbers", [*faults, f"{count}=hang*1"], **more),
            "sum": self.stage("sum", "act", silent=True), "save": self.write(source="sum")},
            env={"TMPDIR": str(self.temporary)})
        self.until_ledger(running, lambda entries: any(
            e.place == str(count) and e.task == "act" for e in entries), "the last item")
        return running

    def kill_keeper(self, running):
        """Unless the run has ended by then."""
        until(lambda: running.processes("penstock-keeper") or running.process.poll() is not None,
              "the keeper, or the end")
        for keeper in running.processes("penstock-keeper"):
            kill(keeper)

    def assert_nothing_is_left(self):
        left = wait_for_ends(marked_processes(self.mark), SECONDS)
        self.assertEqual(left, [])
        own = {"pipeline.yaml", "ledger", "tmp", "stdout.0", "stderr.0", ".penstock"}
        self.assertEqual({path.name for path in self.folder.iterdir()} - own, {"out.partial"})
        self.assertEqual(list(self.temporary.iterdir()), [])

    def test_engine(self):
        running = self.begin()
        running.stop()
        self.assert_nothing_is_left()

    def test_engine_with_children_of_workers(self):
        """Of the worker's group, of another session, and without a parent."""
        running = self.begin("7=breed*1", "20=breed*1")
        running.stop()
        self.assert_nothing_is_left()

    def test_engine_with_workers_that_are_deaf(self):
        running = self.begin("100=hang_deaf*1")
        running.stop()
        self.assert_nothing_is_left()

    def test_engine_first_and_then_the_keeper(self):
        running = self.begin()
        running.process.kill()
        self.kill_keeper(running)
        running.process.wait()
        self.assert_nothing_is_left()

    def test_keeper_first_and_then_the_engine(self):
        running = self.begin()
        self.kill_keeper(running)
        running.stop()
        self.assert_nothing_is_left()

    def test_engine_at_many_moments_of_its_start(self):
        """From before it has a keeper until it is at work."""
        chance = random.Random(self.id())
        for _ in range(rounds()):
            running = self.start_stages({
                "numbers": self.numbers(10, faults=["10=hang"]),
                "save": self.write(source="numbers")})
            wait_for_ends([running.pid], chance.random() * 0.2)
            running.stop()
            self.assertEqual(wait_for_ends(marked_processes(self.mark), SECONDS), [])

    def test_a_second_run_takes_the_folder_of_a_killed_one(self):
        self.begin().stop()
        ended = self.run_stages({"numbers": self.numbers(10),
                                 "save": self.write(source="numbers")}, "--fresh")
        self.assert_ended(ended, 0, done=10)
        self.assertEqual(self.lines(), list(range(1, 11)))

    @staticmethod
    def send(pids, number):
        for pid in pids:
            kill(pid, number)  # the source may have ended: it has nothing more to do

    def test_a_machine_that_stood_still_costs_no_attempt(self):
        """All processes are stopped for longer than a call may take."""
        running = self.start_stages({
            "numbers": self.numbers(10),
            "act": self.stage("act", "numbers", takes="700ms", policies={"timeout": "3s"}),
            "save": self.write(source="act")})
        self.until_ledger(running, lambda _: self.calls("act", "1"), "the first item")
        pids = [running.pid, *running.processes()]
        self.send(pids, signal.SIGSTOP)
        self.assertEqual(wait_for_ends([running.pid], 4.5), [running.pid])
        self.send(pids, signal.SIGCONT)
        self.assert_ended(running.wait(), 0, done=10, retried=0, restarts=0)

    # The keeper alone.

    def finishes(self, running, **account):
        self.assert_ended(running.wait(), 0, done=COUNT, dead=0, **account)
        self.assertEqual(self.lines(), sums(COUNT)[-1:])

    def test_keeper(self):
        """No item is charged for it, not even the one in hand."""
        running = self.begin()
        self.kill_keeper(running)
        self.finishes(running, retried=0)
        self.assertEqual(self.executions("act")[COUNT], 2)

    def test_keeper_with_children_of_workers(self):
        running = self.begin("7=breed_near*1")
        self.kill_keeper(running)
        self.finishes(running, retried=0)

    def test_keeper_at_many_moments(self):
        chance = random.Random(self.id())
        moments = sorted(chance.sample(range(2, COUNT), rounds()))
        running = self.start_stages({
            "numbers": self.numbers(COUNT, step=20),
            "act": self.stage("act", "numbers", takes="1ms"),
            "sum": self.stage("sum", "act", policies={"snapshot": {"every": "20ms"}}, silent=True),
            "save": self.write(source="sum")})
        for moment in moments:
            self.until_ledger(running, lambda entries, moment=moment: any(
                e.task == "act" and e.place.isdigit() and int(e.place) >= moment
                for e in entries), f"{moment}")
            self.kill_keeper(running)
        self.finishes(running, retried=0)

    def test_keeper_as_soon_as_it_is_there(self):
        """While it looks at the plugins there is no run that could go on."""
        for _ in range(rounds()):
            running = self.start_stages({"numbers": self.numbers(10),
                                         "save": self.write(source="numbers")})
            self.kill_keeper(running)
            ended = running.wait()
            if ended.status == 2:
                self.assertIn("the keeper was killed; try again", ended.stderr)
                continue
            self.assert_ended(ended, 0, done=10)
            self.assertEqual(self.lines(), list(range(1, 11)))


if __name__ == "__main__":
    unittest.main()
