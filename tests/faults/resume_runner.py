"""Runs that are interrupted and gone on with. The moments are chosen by chance: a failure names the
seed, which PENSTOCK_SEED in the environment repeats."""

import os
import random
import shutil
import sqlite3
from contextlib import closing

from faults_runner import FaultsTest, rounds, until
from penstock_runner import wait_for_ends

SEED = os.environ.get("PENSTOCK_SEED") or str(random.SystemRandom().randrange(1 << 32))


class ResumeTest(FaultsTest):
    state = ".penstock/faults"

    def setUp(self):
        super().setUp()
        self.chance = random.Random(f"{SEED} {self.id()}")

    def shortDescription(self):
        return f"PENSTOCK_SEED={SEED}"

    # What the journal says.

    def journal(self, sql):
        """Rows of run.db; none while it is being made. Changes nothing in it."""
        path = f"file:{self.folder / self.state / 'run.db'}?mode=ro"
        try:
            with closing(sqlite3.connect(path, uri=True, timeout=10)) as database:
                return database.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []

    def run_state(self):
        return (self.journal("SELECT value FROM run WHERE name = 'state'") or [("none",)])[0][0]

    def items_ended(self):
        return (self.journal("SELECT done + dead FROM account WHERE stage = ''") or [(0,)])[0][0]

    def letters(self):
        return self.journal("SELECT stage, item, attempts FROM dead")

    # A run that stops half-way.

    def halves(self, count, *faults, policies=None, **parameters):
        """`act` has one item at a time, and stays with that in the middle the first time."""
        one = {"parallel": 1, "queue": {"items": 32}}
        return {"numbers": self.numbers(count, step=16),
                "act": self.stage("act", "numbers", [f"{count // 2}=hang*1", *faults],
                                  one | (policies or {}), **parameters),
                "save": self.write(source="act")}

    def begin(self, stages, least, *words, **options):
        """Runs them until the journal knows of so many items that have ended, and all that are to
        wait do so."""
        running = self.start_stages(stages, *words, **options)
        faults = stages.get("act", {"with": {}})["with"].get("faults", [])
        for place in (fault.split("=")[0] for fault in faults if fault.endswith("=hang*1")):
            running.until(lambda place=place: self.calls("act", place), f"{place} is begun")
        # In this order: until it is unfinished it may be the journal of the run before.
        running.until(lambda: self.run_state() == "unfinished" and self.items_ended() >= least,
                      f"{least} items have ended")
        return running

    def interrupt(self, stages, least, *words, **options):
        """Begins them, and kills the engine."""
        running = self.begin(stages, least, *words, **options)
        running.stop()

    def refused(self, stages, *words, **options):
        """What stderr says when they are refused."""
        ended = self.run_stages(stages, *words, **options)
        self.assertEqual(ended.status, 2, str(ended))
        return ended.stderr

    def assert_all(self, ended, count, name="out"):
        """Every number is in the output once, and the account of the run and each stage says so."""
        self.assertEqual(sorted(self.lines(name)), list(range(1, count + 1)), str(ended))
        self.assert_account(ended, count)

    def assert_account(self, ended, count):
        self.assert_ended(ended, 0, done=count, dead=0, pending=0, **{"in": count})
        for stage in ended.summary["stages"]:
            self.assertEqual((stage["in"], stage["done"]), (count, count), str(stage))

    # One that is killed again and again.

    def reaches_a_moment(self, running):
        """Waits until some time after its start, or until its tasks have done some more. False: it
        has ended by itself."""
        if self.chance.random() < 0.3:
            return bool(wait_for_ends([running.pid], self.chance.random() * 0.3))
        size = self.ledger_path.stat().st_size + self.chance.randrange(4000)
        until(lambda: self.ledger_path.stat().st_size >= size or running.process.poll() is not None,
              f"a moment: {running.stderr}")
        return running.process.poll() is None

    def survives(self, stages, kill, check, reaches=None):
        """Lets them be killed and gone on with, until they are done: from the beginning again until
        there were rounds() kills. Each time `check` is given what ended (None if that was the last
        kill's work), and how many kills there were."""
        left = rounds()
        while left > 0:
            shutil.rmtree(self.folder / ".penstock", ignore_errors=True)
            for path in self.folder.glob("out*"):
                path.unlink()
            self.ledger_path.write_text("")
            before, ended, lives = left, None, []
            while True:
                running = self.start_stages(stages(), "--resume")
                if left == 0 or not (reaches or self.reaches_a_moment)(running):
                    ended = running.wait()
                    break
                kill(running)
                running.process.wait()
                left -= 1
                if self.run_state() == "finished":
                    break
                lives.append((self.items_ended(), len(self.ledger())))
            self.assertEqual([last for last, _ in lives], sorted(last for last, _ in lives))
            with self.subTest(kills=before - left):
                check(ended, lives)

    def assert_bounded(self, task, count, lives, at_once):
        """What the journal had as ended is not executed again. Of the rest, a kill costs what was
        under way: what had come through `task` and had not been committed and noted, each of which
        happens every 20 ms, and what waited or was at work there."""
        entries = self.ledger()
        for ended, length in lives:
            after = {e.place for e in entries[length:] if e.task == task and e.place.isdigit()}
            self.assertLessEqual(len(after), count - ended)
        again = self.executions(task).total() - count
        self.assertLessEqual(again, (len(lives) + 1) * at_once)
        return again
