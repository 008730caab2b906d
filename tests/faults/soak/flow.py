"""The pipeline of a soak, whose result is known:

    numbers -> act -> save            every number that is not poison, once
                 \\--> sum -> slow     the sums so far, and the last one again

`act` leaks with each item, in a pool that replaces workers for it; now and then an item is poison,
or fails once. `sum` is stateful, with snapshots. `save` has a rate, and `slow` takes its time; both
write exactly once. `save` paces all of it: what `sum` makes between two snapshots goes out at once,
however long the queue behind it then is.
"""

import collections
import json

from resume_runner import ResumeTest

from matrix.ends import Checked

POOLS = {"default": {"processes": 1},
         # An item leaks 1 MiB. Nothing comes near to the limit as long as workers are replaced.
         "leaky": {"processes": 2, "memory": "192MiB", "recycle": {"memory": "16MiB"}}}
# More attempts than chance kills a worker with the same item in hand.
RETRY = {"retry": {"attempts": 6, "backoff": "10ms", "max_backoff": "100ms"}}
SHORT = RETRY | {"queue": {"items": 16}}
PER_SECOND = 34  # items, of which the sinks could take 40
POISON = ["permanent", "throw", "kill"]
PASSING = ["throw*1", "kill*1", "transient*1"]  # at the first execution alone


class SoakFlow(Checked, ResumeTest):
    """One folder with one state folder; a run in it after the other."""

    def new_input(self, seconds):
        """The stages of a run that takes about so long."""
        count = int(seconds * PER_SECOND)
        odd = self.chance.sample(range(1, count + 1), 8)
        poison, passing = odd[:3], odd[3:]
        faults = ["every=leak1"]
        faults += [f"{item}={how}" for item, how in zip(poison, self.chance.sample(POISON, 3))]
        faults += [f"{item}={self.chance.choice(PASSING)}" for item in passing]
        if self.chance.random() < 0.3:  # with a stack, which takes a moment to be told
            faults.append(f"{passing[0]}=segv*1")
        self.poison, self.passing = sorted(poison), passing
        self.good = sorted(set(range(1, count + 1)) - set(poison))
        for name in "save", "slow", "slow.epoch":
            (self.folder / name).unlink(missing_ok=True)
        self.ledger_path.write_text("")
        return {
            "numbers": self.numbers(count, step=8),
            "act": self.stage("act", "numbers", faults, SHORT | {"pool": "leaky"}),
            "save": self.stage("files.write", "act", policies=SHORT | {"rate": "40/s"},
                               path="save"),
            "sum": self.stage("sum", "act", policies=SHORT | {"snapshot": {"every": "100ms"}}),
            "slow": self.stage("lines", "sum", policies=SHORT, path="slow", takes="25ms",
                               own_epochs=self.chance.random() < 0.5)}

    def text_of(self, stages, **pool):
        return json.dumps({"pipeline": "faults", "pools": POOLS, "stages": stages})

    def rows(self):
        """Of the journal, the dead letters aside."""
        tables = [name for name, in self.journal("SELECT name FROM sqlite_master "
                                                 "WHERE type = 'table' AND name != 'dead'")]
        return sum(count for name in tables
                   for count, in self.journal(f"SELECT count(*) FROM {name}"))

    def is_finished(self):
        """Before it is begun the journal is that of the run before, which had another name."""
        pipeline = self.journal("SELECT value FROM run WHERE name = 'pipeline'")
        return pipeline == [("faults",)] and self.run_state() == "finished"

    # What a run has come to.

    def assert_right(self, ended):
        """`ended` is None if the engine was killed when all was done. Answers how many workers
        the task that leaks has had."""
        told = str(ended)
        if ended:
            self.assertEqual(ended.status, 1, told)
        self.assert_same(self.lines("save"), self.good, "in `save`", told)
        sums = sorted(self.lines("slow"))
        total = sum(self.good)
        self.assertEqual(sums[-2:], [total, total], told)
        # Each step of the sum is one item.
        steps = [after - before for before, after in zip([0, *sums], sums[:-1])]
        self.assert_same(steps, self.good, "in the sums", told)
        executions = self.executions("act")
        self.assert_same(executions.keys(), self.good + self.poison, "in the ledger", told)
        self.assertEqual([item for item in self.passing if executions[item] < 2], [], told)
        letters = self.dead_letters()
        self.assert_same([letter["payload"] for letter in letters], self.poison,
                         "of the dead letters", told)
        self.assertEqual({letter["stage"] for letter in letters}, {"act"}, told)
        good, dead = len(self.good), len(self.poison)
        self.assertEqual(self.journal("SELECT done, dead FROM account WHERE stage = ''"),
                         [(good, dead)], told)
        if ended:
            self.assert_ended(ended, 1, done=good, dead=dead, pending=0, **{"in": good + dead})
            accounts = {stage["name"]: [stage[name] for name in ("in", "done", "dead", "pending")]
                        for stage in ended.summary["stages"]}
            all_good = [good, good, 0, 0]
            self.assertEqual(accounts, {
                "numbers": [good + dead, good + dead, 0, 0], "act": [good + dead, good, dead, 0],
                "save": all_good, "sum": all_good, "slow": [good + 1, good + 1, 0, 0]}, told)
        workers = len({entry.pid for entry in self.ledger("act")})
        self.assertGreater(workers, (good + dead) // 64, "none is replaced for its leaks")
        return workers

    def assert_same(self, found, wanted, where, told):
        """The same numbers, each as often; shows those alone that are not."""
        found, wanted = collections.Counter(found), collections.Counter(wanted)
        self.assertEqual((sorted((wanted - found).elements()), sorted((found - wanted).elements())),
                         ([], []), f"lost, and too many, {where}\n{told}")

    def check_end_of_run(self):
        self.check_end()
        for name in "after", "after.yaml":  # with these it looked whether the folder is free
            (self.folder / name).unlink()
