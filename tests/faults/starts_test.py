"""Workers that do not come to work: they die while they load the plugin or in open, or open fails.
And workers that are replaced on purpose."""

import unittest

from faults_runner import FaultsTest, sums

COUNT = 60
NUMBERS = list(range(1, COUNT + 1))
TASKS = {"numbers": "numbers", "act": "act", "sum": "sum", "save": "lines"}  # by stage


class Starts(FaultsTest):
    def run_with(self, stage=None, *faults, count=COUNT, **pool):
        """numbers -> act -> sum -> lines, with faults in one of them."""
        def of(name):
            return faults if name == stage else ()
        return self.run_stages({
            "numbers": self.numbers(count, step=5, faults=of("numbers")),
            "act": self.stage("act", "numbers", of("act")),
            "sum": self.stage("sum", "act", of("sum"), silent=True),
            "save": self.stage("lines", "sum", of("save"), path="out")}, "--fresh",
            pool={"processes": 1} | pool)

    def is_right(self, ended, **account):
        self.assert_ended(ended, 0, done=COUNT, dead=0, **account)
        self.assertEqual(self.lines(), sums(COUNT)[-1:])

    def test_a_plugin_that_no_worker_can_load(self):
        stages = {"numbers": self.numbers(COUNT),
                  "same": self.stage("dies_loading.same", "numbers"),
                  "save": self.write(source="same")}
        ended = self.run_stages(stages, pool={"processes": 1},
                                env={"FAULTS_LEDGER": str(self.ledger_path)})
        self.assertEqual(ended.status, 2, str(ended))
        self.assertEqual(len(self.calls("dies_loading", "load")), 5)
        self.assertIn("5 workers in a row", ended.stderr)
        self.assertIn("status 9", ended.stderr)

    def refused_before_anything_was_taken(self, stage):
        ended = self.run_with(stage, "open=kill")
        self.assert_ended(ended, 2, **{"in": 0})
        self.assertEqual(len(self.calls(TASKS[stage], "open")), 5)
        self.assertIn("SIGKILL", ended.summary["reason"])

    def run_with_later(self, stage, fault):
        """The fault is in an open after the first, for which a death is the reason."""
        first = {"numbers": "20=kill*1", "act": "20=kill*1", "sum": "20=kill*1",
                 "save": "commit=kill*1"}[stage]
        return self.run_with(stage, first, f"open={fault}+1")

    def ends_the_run_later(self, stage):
        ended = self.run_with_later(stage, "kill")
        self.assert_ended(ended, 4)
        # While others end a call in between, there is progress.
        self.assertGreaterEqual(len(self.calls(TASKS[stage], "open")), 1 + 5)
        self.assertIn("SIGKILL", ended.summary["reason"])

    def test_who_dies_in_open_before_anything_was_taken_is_refused(self):
        for stage in TASKS:
            with self.subTest(stage):
                self.ledger_path.write_text("")
                self.refused_before_anything_was_taken(stage)

    def test_who_dies_in_open_later_ends_the_run(self):
        for stage in TASKS:
            with self.subTest(stage):
                self.ledger_path.write_text("")
                self.ends_the_run_later(stage)

    def test_who_dies_in_open_some_times_is_forgiven(self):
        for stage in TASKS:
            with self.subTest(stage):
                self.ledger_path.write_text("")
                self.is_right(self.run_with(stage, "open=kill*4"), restarts=4, retried=0)

    def test_open_fails_some_times(self):
        for stage in TASKS:
            with self.subTest(stage):
                self.ledger_path.write_text("")
                self.is_right(self.run_with(stage, "open=throw*2"), retried=0)

    def test_open_always_fails(self):
        for stage, task in TASKS.items():
            with self.subTest(stage):
                self.ledger_path.write_text("")
                ended = self.run_with(stage, "open=throw")
                self.assert_ended(ended, 4, **{"in": 0})
                self.assertEqual(len(self.calls(task, "open")), 3)
                for word in (f"`{stage}`", "open", "thrown on purpose"):
                    self.assertIn(word, ended.summary["reason"])

    def test_open_says_that_it_is_of_no_use(self):
        for stage, task in TASKS.items():
            with self.subTest(stage):
                self.ledger_path.write_text("")
                ended = self.run_with(stage, "open=permanent")
                self.assert_ended(ended, 2, **{"in": 0})
                self.assertEqual(len(self.calls(task, "open")), 1)
                self.assertIn("it can never succeed", ended.summary["reason"])

    def test_open_says_later_that_it_is_of_no_use(self):
        for stage, task in TASKS.items():
            with self.subTest(stage):
                self.ledger_path.write_text("")
                ended = self.run_with_later(stage, "permanent")
                self.assert_ended(ended, 4, dead=0)
                self.assertEqual(len(self.calls(task, "open")), 2)
                self.assertIn("it can never succeed", ended.summary["reason"])

    def test_open_lacks_something(self):
        for stage, task in TASKS.items():
            with self.subTest(stage):
                self.ledger_path.write_text("")
                ended = self.run_with(stage, "open=lack")
                self.assert_ended(ended, 3, **{"in": 0})
                self.assertEqual(len(self.calls(task, "open")), 1)
                for word in (f"`{stage}`", "open", "there is none left"):
                    self.assertIn(word, ended.summary["reason"])

    # Workers that are replaced on purpose.

    def test_recycle_after_each_item(self):
        self.is_right(self.run_with(recycle={"items": 1}), restarts=0, retried=0)
        runs = [e for e in self.ledger("act") if e.place.isdigit()]
        self.assertEqual(len({e.pid for e in runs}), COUNT)

    def test_recycle_after_some_items_with_several_stages_in_the_pool(self):
        stages = {"numbers": self.numbers(COUNT),
                  "one": self.stage("act", "numbers"), "two": self.stage("act", "one"),
                  "three": self.stage("act", "two"), "save": self.write(source="three")}
        ended = self.run_stages(stages, pool={"processes": 2, "recycle": {"items": 20}})
        self.assert_ended(ended, 0, done=COUNT, restarts=0)
        self.assertEqual(sorted(self.lines()), NUMBERS)
        runs = [e.pid for e in self.ledger("act") if e.place.isdigit()]
        # Calls that were on their way when it was full are still served.
        self.assertTrue(2 < len(set(runs)) <= 3 * COUNT / 20 + 1, set(runs))

    def test_close_is_called_once_for_each_instance_that_was_opened(self):
        self.is_right(self.run_with())
        for task in TASKS.values():
            self.assertEqual(self.calls(task, "close"), self.calls(task, "open"), task)


if __name__ == "__main__":
    unittest.main()
