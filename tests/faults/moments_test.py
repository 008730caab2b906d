"""kill -9 of each worker at many moments that a seed chooses: with an item in hand, where it is
made to wait for its death, and wherever it just is. The output is right byte for byte, and only
what was in hand, or came after the last mark, was executed again.

PENSTOCK_FAULT_ROUNDS says how many moments each kind has (default 20).
"""

import random
import unittest

from faults_runner import FaultsTest, holds, rounds, sums, until
from penstock_runner import kill

COUNT = 1500
NUMBERS = list(range(1, COUNT + 1))


class Moments(FaultsTest):
    def choose(self, task):
        """Numbers at which a worker of `task` is killed, and those of them that it waits in."""
        chance = random.Random(f"{self.id()} {task}")
        moments = chance.sample(range(2, COUNT), rounds())
        waits = {moment for moment in moments if chance.random() < 0.5}
        return moments, waits

    @staticmethod
    def faults(waits):
        return [f"{number}=hang*1" for number in sorted(waits)]

    def kill_at(self, running, chosen):
        """Kills at all moments, in the order in which they come: in a number that a worker waits
        in, and as soon as the number, or a later one, has been begun."""
        left = {(task, moment) for task, (moments, _) in chosen.items() for moment in moments}
        waiting = {(task, moment) for task, (_, waits) in chosen.items() for moment in waits}

        def due():
            ended = running.process.poll() is not None
            began, reached, last = {}, {}, {}
            for entry in filter(lambda entry: entry.place.isdigit(), self.ledger()):
                task, number = entry.task, int(entry.place)
                began.setdefault((task, number), entry.pid)
                reached[task] = max(reached.get(task, 0), number)
                last[task] = entry.pid
            pids = {(task, moment): began.get((task, moment)) if (task, moment) in waiting
                    else last[task] if reached.get(task, 0) >= moment else None
                    for task, moment in left}
            return {this: pid for this, pid in pids.items() if pid} or ended
        while left:
            found = until(due, f"{sorted(left)}\n{running.stderr}")
            if found is True:
                break
            for pid in set(found.values()):
                kill(pid)
            left -= set(found)
        self.assertFalse(left & waiting, running.stderr)

    def again(self, task, mark):
        """Numbers that a successor did again although its predecessor had a mark behind them. The
        last mark of a predecessor may have been given and not heard of."""
        lives, wrong = [], []
        for entry in self.ledger(task):
            if entry.place == "open":
                lives.append([])
            elif lives:
                lives[-1].append(entry.place)
        for before, after in zip(lives, lives[1:]):
            marks = [i for i, place in enumerate(before) if place == mark]
            covered = before[:marks[-2]] if len(marks) > 1 else []
            wrong += set(filter(str.isdigit, covered)) & set(after)
        self.assertGreater(len(lives), 1)
        return wrong

    def test_transform(self):
        moments, waits = self.choose("act")
        act = self.stage("act", "numbers", self.faults(waits), takes="100us")
        running = self.start_stages({"numbers": self.numbers(COUNT), "act": act,
                                     "sum": self.stage("sum", "act", silent=True),
                                     "save": self.write(source="sum")})
        self.kill_at(running, {"act": (moments, waits)})
        ended = running.wait()
        self.assert_ended(ended, 0, done=COUNT, dead=0)
        self.assertEqual(self.lines(), sums(COUNT)[-1:])
        executions = self.executions("act")
        self.assertEqual(sorted(executions), NUMBERS)
        self.assertTrue(waits <= {n for n, times in executions.items() if times > 1})
        self.assertLessEqual(executions.total() - COUNT, rounds())
        self.assertEqual(self.executions("sum"), {n: 1 for n in NUMBERS})

    def test_source(self):
        moments, waits = self.choose("numbers")
        running = self.start_stages({
            "numbers": self.numbers(COUNT, step=8, faults=self.faults(waits), takes="100us"),
            "sum": self.stage("sum", "numbers"), "save": self.write(source="sum")})
        self.kill_at(running, {"numbers": (moments, waits)})
        self.assert_ended(running.wait(), 0, done=COUNT, dead=0, retried=0)
        self.assertEqual(self.lines(), sums(COUNT))
        self.assertEqual(self.executions("sum"), {n: 1 for n in NUMBERS})
        produced = self.executions("numbers")
        self.assertEqual(sorted(produced), NUMBERS)
        self.assertLessEqual(produced.total() - COUNT, rounds() * 2 * 8)

    def test_stateful(self):
        moments, waits = self.choose("sum")
        total = self.stage("sum", "numbers", self.faults(waits), takes="100us",
                           policies={"snapshot": {"every": "20ms"}})
        running = self.start_stages({"numbers": self.numbers(COUNT), "sum": total,
                                     "save": self.write(source="sum")})
        self.kill_at(running, {"sum": (moments, waits)})
        self.assert_ended(running.wait(), 0, done=COUNT, dead=0)
        self.assertEqual(self.lines(), sums(COUNT))
        self.assertEqual(self.again("sum", "snapshot"), [])
        self.assertEqual(self.executions("numbers"), {n: 1 for n in NUMBERS})

    def sink(self, **more):
        moments, waits = self.choose("lines")
        lines = self.stage("lines", "numbers", self.faults(waits), takes="100us", path="out",
                           **more)
        running = self.start_stages({"numbers": self.numbers(COUNT), "save": lines})
        self.kill_at(running, {"lines": (moments, waits)})
        self.assert_ended(running.wait(), 0, done=COUNT, dead=0)
        self.assertEqual(self.lines(), NUMBERS)
        self.assertEqual(self.again("lines", "commit"), [])

    def test_sink(self):
        self.sink()

    def test_sink_that_knows_its_epochs(self):
        self.sink(own_epochs=True)

    def test_files_write(self):
        """It keeps no ledger: the moments are those of its source, and of it what it has open."""
        moments, _ = self.choose("numbers")
        running = self.start_stages({
            "numbers": self.numbers(COUNT, step=8, takes="1ms"),
            "save": self.write(source="numbers")})

        written = 0

        def size():
            try:
                return (self.folder / "out.partial").stat().st_size
            except FileNotFoundError:  # it is not there yet, or has its name
                return 0

        def writer():
            """One that has come further than those before it: of three deaths in a row, with
            nothing committed between, the third ends the run."""
            if running.process.poll() is not None:
                return True
            return size() > written and next((pid for pid in running.processes("penstock-worker")
                                              if holds(pid, "out.partial")), None)
        for moment in sorted(moments):
            self.until_ledger(running, lambda entries, moment=moment: any(
                e.place.isdigit() and int(e.place) >= moment for e in entries), f"{moment}")
            pid = until(writer, "somebody who writes")
            if pid is True:
                break
            written = size()
            kill(pid)
        ended = running.wait()
        self.assert_ended(ended, 0, done=COUNT, dead=0)
        self.assertEqual(self.lines(), NUMBERS)
        self.assertGreater(ended.account["restarts"], 0)

    def test_all_of_them_at_once(self):
        tasks = ["numbers", "act", "sum", "lines"]
        chosen = {task: self.choose(task) for task in tasks}
        waits = {task: self.faults(chosen[task][1]) for task in tasks}
        running = self.start_stages({
            "numbers": self.numbers(COUNT, step=8, faults=waits["numbers"], takes="50us"),
            "act": self.stage("act", "numbers", waits["act"], takes="50us"),
            "sum": self.stage("sum", "act", waits["sum"], silent=True,
                              policies={"snapshot": {"every": "20ms"}}),
            "check": self.stage("lines", "act", waits["lines"], path="check"),
            "save": self.write(source="sum")})
        self.kill_at(running, chosen)
        self.assert_ended(running.wait(), 0, done=COUNT, dead=0)
        self.assertEqual(self.lines(), sums(COUNT)[-1:])
        self.assertEqual(sorted(self.lines("check")), NUMBERS)


if __name__ == "__main__":
    unittest.main()
