"""Sources, stateful tasks and sinks that go wrong in each of their calls: what they had done comes
back from their last snapshot or commit, and the output is right byte for byte."""

import unittest

from faults_runner import FaultsTest, sums

COUNT = 300
NUMBERS = list(range(1, COUNT + 1))
WITHOUT_30 = [n for n in NUMBERS if n != 30]


class Pinned(FaultsTest):
    def run_with(self, numbers=(), total=(), lines=(), policies=None, own_epochs=False):
        """numbers -> sum -> lines, with these faults."""
        return self.run_stages({
            "numbers": self.numbers(COUNT, step=20, faults=numbers),
            "sum": self.stage("sum", "numbers", total,
                              {"snapshot": {"every": "10ms"}} | (policies or {}), takes="100us"),
            "save": self.stage("lines", "sum", lines, policies, path="out",
                               own_epochs=own_epochs)})

    def recovers(self, ended=None, **faults):
        ended = ended or self.run_with(**faults)
        self.assert_ended(ended, 0, done=COUNT, dead=0)
        self.assertEqual(self.lines(), sums(COUNT))
        return ended

    def gives_up(self, stage, *words, **faults):
        """Status 4, and the reason names the stage and has these words in it."""
        ended = self.run_with(**faults)
        self.assert_ended(ended, 4)
        for word in (f"`{stage}`", *words):
            self.assertIn(word, ended.summary["reason"])
        return ended

    # An item that one of them cannot take.

    def prefix_sums_without_30(self):
        total = [sum(WITHOUT_30[:i]) for i in range(1, COUNT)]
        return total + total[-1:]

    def test_stateful_throws_at_an_item(self):
        ended = self.run_with(total=["30=throw"])
        self.assert_ended(ended, 1, done=COUNT - 1, dead=1, restarts=0)
        self.assertEqual(self.lines(), self.prefix_sums_without_30())
        self.assertEqual(self.executions("sum")[30], 1)
        self.assertEqual(len(set(self.calls("sum", "open"))), 1, "the same process goes on")

    def test_stateful_dies_at_an_item(self):
        ended = self.run_with(total=["30=kill"])
        self.assert_ended(ended, 1, done=COUNT - 1, dead=1, restarts=3, retried=2)
        self.assertEqual(self.lines(), self.prefix_sums_without_30())
        self.assertEqual(self.executions("sum")[30], 3)

    def test_stateful_throws_once(self):
        ended = self.recovers(total=["30=throw*1"],
                              policies={"retry": {"attempts": 2, "backoff": "10ms"}})
        self.assertEqual(ended.account["retried"], 1)

    def test_stateful_dies_once(self):
        self.assertEqual(self.recovers(total=["30=kill*1"]).account["retried"], 1)

    def sink_alone(self, *faults, policies=None):
        return self.run_stages({"numbers": self.numbers(COUNT),
                                "save": self.stage("lines", "numbers", faults, policies,
                                                   path="out")})

    def test_sink_throws_at_an_item(self):
        self.assert_ended(self.sink_alone("30=throw"), 1, done=COUNT - 1, dead=1, restarts=0)
        self.assertEqual(self.lines(), WITHOUT_30)

    def test_sink_dies_at_an_item(self):
        self.assert_ended(self.sink_alone("30=kill"), 1, done=COUNT - 1, dead=1, retried=2)
        self.assertEqual(self.lines(), WITHOUT_30)

    def test_sink_throws_once(self):
        retry = {"retry": {"attempts": 2, "backoff": "10ms"}}
        self.assert_ended(self.sink_alone("30=throw*1", policies=retry), 0, retried=1)
        self.assertEqual(self.lines(), NUMBERS)

    def test_sink_throws_at_an_item_that_is_skipped(self):
        ended = self.sink_alone("30=throw", policies={"on_failure": "skip"})
        self.assert_ended(ended, 0, done=COUNT, dead=0)
        self.assertEqual(self.lines(), WITHOUT_30)

    def test_sink_throws_at_an_item_and_the_run_stops(self):
        ended = self.sink_alone("30=throw", policies={"on_failure": "stop"})
        self.assert_ended(ended, 4)
        self.assertEqual(self.lines(), NUMBERS[:ended.account["done"]])

    def test_sink_times_out_at_an_item(self):
        self.assert_ended(self.sink_alone("30=hang", policies={"timeout": "300ms"}), 1, dead=1)
        self.assertEqual(self.lines(), WITHOUT_30)

    def test_many_items_that_a_sink_throws_at(self):
        bad = list(range(10, COUNT, 10))
        self.assert_ended(self.sink_alone(*[f"{n}=throw" for n in bad]), 1, dead=len(bad))
        self.assertEqual(self.lines(), [n for n in NUMBERS if n not in bad])

    # Produce.

    def test_source_throws_once(self):
        self.recovers(numbers=["produce=throw*1"])

    def test_source_throws_between_two_items(self):
        self.recovers(numbers=["30=throw*1", "99=throw*1"])

    def test_source_dies_between_two_items(self):
        self.assertEqual(self.recovers(numbers=["30=kill*1", "99=kill*2"]).account["restarts"], 3)

    def test_source_always_throws(self):
        self.gives_up("numbers", "produce", "thrown on purpose", numbers=["30=throw"])

    def test_source_always_dies(self):
        self.gives_up("numbers", "produce", "SIGKILL", numbers=["30=kill"])

    def test_source_says_that_it_is_of_no_use(self):
        self.gives_up("numbers", "it can never succeed", numbers=["30=permanent"])
        self.assertEqual(self.executions("numbers")[30], 1)

    # Snapshot and commit.

    def test_snapshot_of_a_source_fails_once(self):
        self.recovers(numbers=["snapshot=throw*1"])

    def test_source_dies_in_its_snapshot(self):
        self.recovers(numbers=["snapshot=kill*2"])

    def test_snapshot_of_a_stateful_task_fails_once(self):
        self.recovers(total=["snapshot=throw*1"])

    def test_stateful_dies_in_its_snapshot(self):
        self.recovers(total=["snapshot=kill*2"])

    def test_stateful_always_dies_in_its_snapshot(self):
        self.gives_up("sum", "snapshot", "SIGKILL", total=["snapshot=kill"])

    def test_snapshot_of_a_stateful_task_always_fails(self):
        self.gives_up("sum", "snapshot", "thrown on purpose", total=["snapshot=throw"])

    def test_commit_fails_once(self):
        self.recovers(lines=["commit=throw*1"])

    def test_sink_dies_before_it_has_committed(self):
        self.recovers(lines=["commit=kill*2"])

    def test_sink_dies_when_it_has_committed(self):
        self.recovers(lines=["committed=kill*2"])

    def test_sink_that_knows_its_epochs_dies_before_it_has_committed(self):
        self.recovers(lines=["commit=kill*2"], own_epochs=True)

    def test_sink_that_knows_its_epochs_dies_whenever_it_has_committed(self):
        """Each of these commits counts, though nobody has heard of it: there is progress."""
        self.recovers(lines=["committed=kill*6"], own_epochs=True)
        executions = self.calls("lines", str(sums(COUNT)[0]))
        self.assertEqual(len(executions), 1, "what was committed is not done again")

    def test_commit_throws_when_it_has_committed(self):
        self.recovers(lines=["committed=throw*2"], own_epochs=True)

    def test_sink_always_dies_in_commit(self):
        self.gives_up("save", "commit", "SIGKILL", lines=["commit=kill"])

    def test_commit_always_fails(self):
        self.gives_up("save", "commit", "thrown on purpose", lines=["commit=throw"])

    # Finish and close.

    def test_finish_fails_once(self):
        self.recovers(total=["finish=throw*1"], lines=["finish=throw*1"])

    def test_they_die_in_finish(self):
        self.recovers(total=["finish=kill*2"], lines=["finish=kill*2"])

    def test_stateful_always_dies_in_finish(self):
        self.gives_up("sum", "finish", "SIGKILL", total=["finish=kill"])

    def test_finish_of_a_stateful_task_always_fails(self):
        self.gives_up("sum", "finish", "thrown on purpose", total=["finish=throw"])

    def test_sink_always_dies_in_finish(self):
        self.gives_up("save", "finish", "SIGKILL", lines=["finish=kill"])

    def test_finish_of_a_sink_always_fails(self):
        self.gives_up("save", "finish", "thrown on purpose", lines=["finish=throw"])

    def test_they_die_in_close(self):
        """Everything is done by then."""
        self.recovers(numbers=["close=kill"], total=["close=kill"], lines=["close=exit3"])

    def test_close_fails(self):
        ended = self.recovers(numbers=["close=throw"], total=["close=throw"],
                              lines=["close=throw"])
        self.assertIn("close failed: thrown on purpose", ended.stderr)


if __name__ == "__main__":
    unittest.main()
