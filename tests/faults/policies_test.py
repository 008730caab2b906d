"""What a stage says is to become of items that fail: retry, on_failure, on_death; and when a run
gives up. In each the account closes, for the run and for each stage."""

import unittest

from faults_runner import FaultsTest, sums

COUNT = 40
NUMBERS = list(range(1, COUNT + 1))


class Policies(FaultsTest):
    def run_act(self, faults, policies=None, count=COUNT, **pool):
        return self.run_stages({"numbers": self.numbers(count),
                                "act": self.stage("act", "numbers", faults, policies),
                                "save": self.write(source="act")}, pool=pool)

    def without(self, *numbers):
        self.assertEqual(sorted(self.lines()), [n for n in NUMBERS if n not in numbers])

    # Retry.

    def test_a_failure_is_not_tried_again_unless_the_stage_says_so(self):
        ended = self.run_act(["7=throw*1"])
        self.assert_ended(ended, 1, done=COUNT - 1, dead=1, retried=0)
        self.without(7)

    def test_retry_makes_failures_be_tried_again(self):
        ended = self.run_act(["7=throw*2"], {"retry": {"attempts": 3, "backoff": "10ms"}})
        self.assert_ended(ended, 0, done=COUNT, dead=0, retried=2, restarts=0)
        self.assertEqual(self.executions("act")[7], 3)
        self.assertEqual(ended.stage("act")["retried"], 2)
        self.without()

    def test_a_crash_is_tried_again(self):
        self.assert_ended(self.run_act(["7=kill*2"]), 0, done=COUNT, retried=2, restarts=2)
        self.without()

    def test_attempts_of_one_item_may_end_in_different_ways(self):
        ended = self.run_act(["7=hang*1", "7=kill*2", "7=throw"],
                             {"retry": {"attempts": 4, "backoff": "10ms"}, "timeout": "2s"})
        self.assert_ended(ended, 1, dead=1, retried=3, restarts=2)
        attempts = self.dead_letters()[0]["attempts"]
        self.assertEqual([attempt["cause"] for attempt in attempts],
                         ["timed out after 2 s", attempts[1]["cause"],
                          "failed: thrown on purpose",
                          "failed: thrown on purpose"])
        self.assertIn("SIGKILL", attempts[1]["cause"])

    def test_outcomes_say_which_endings_are_tried_again(self):
        ended = self.run_act(["7=throw", "9=kill*1"], {"retry": {"outcomes": ["crashed"]}})
        self.assert_ended(ended, 1, dead=1, retried=1)
        self.assertEqual(self.executions("act")[7], 1)

    def test_outcomes_that_do_not_name_a_crash(self):
        ended = self.run_act(["7=throw*1", "9=kill"], {"retry": {"outcomes": ["failed"]}})
        self.assert_ended(ended, 1, dead=1, retried=1)
        self.assertEqual(self.executions("act")[9], 1)

    def test_a_task_says_that_it_is_of_no_use(self):
        ended = self.run_act(["7=permanent"], {"retry": {"attempts": 5}})
        self.assert_ended(ended, 1, dead=1, retried=0)

    def test_a_task_says_that_it_is_worth_another_attempt(self):
        self.assert_ended(self.run_act(["7=transient*2"]), 0, done=COUNT, retried=2)

    def test_the_pause_doubles(self):
        ended = self.run_act(["7=throw*2"], {"retry": {"attempts": 3, "backoff": "400ms"}})
        self.assert_ended(ended, 0, done=COUNT, retried=2)
        self.assertGreater(ended.seconds, 0.75 * (0.4 + 0.8))  # chance takes a quarter at most

    def test_the_pause_has_a_limit(self):
        retry = {"attempts": 12, "backoff": "10ms", "max_backoff": "20ms"}
        ended = self.run_act(["7=throw*11"], {"retry": retry})
        self.assert_ended(ended, 0, done=COUNT, retried=11)
        self.assertLess(ended.seconds, 15)  # what doubling would take

    def test_the_pause_delays_the_item_alone(self):
        ended = self.run_act(["1=throw*1"], {"retry": {"attempts": 2, "backoff": "1s"}},
                             processes=1)
        self.assert_ended(ended, 0, done=COUNT)
        self.assertEqual([e.place for e in self.ledger("act") if e.place.isdigit()],
                         [str(n) for n in (*NUMBERS, 1)])

    # What becomes of what is given up.

    def test_dead_letter(self):
        ended = self.run_act(["7=throw"])
        self.assert_ended(ended, 1, dead=1)
        act, save = ended.stage("act"), ended.stage("save")
        self.assertEqual((act["in"], act["done"], act["dead"]), (COUNT, COUNT - 1, 1))
        self.assertEqual((save["in"], save["done"], save["dead"]), (COUNT - 1, COUNT - 1, 0))
        self.assertEqual(ended.summary["dead_letters"].split("/")[-1], "run.db")

    def test_skip(self):
        ended = self.run_act(["7=throw", "9=kill"], {"on_failure": "skip"})
        self.assert_ended(ended, 0, done=COUNT, dead=0, retried=2)
        self.assertEqual((ended.summary["skipped"], ended.stage("act")["skipped"]), (2, 2))
        self.assertEqual(self.dead_letters(), [])
        self.without(7, 9)

    def test_stop(self):
        ended = self.run_act(["7=throw"], {"on_failure": "stop"}, processes=1)
        self.assert_ended(ended, 4, dead=0)
        self.assertGreater(ended.account["pending"], 0)
        self.assertIn("`on_failure: stop`", ended.stderr)
        self.assertIn("thrown on purpose", ended.summary["reason"])
        self.assertFalse((self.folder / "out").exists())

    def test_stop_after_the_last_attempt(self):
        ended = self.run_act(["7=kill"], {"on_failure": "stop"})
        self.assert_ended(ended, 4, dead=0, retried=2)
        self.assertEqual(self.executions("act")[7], 3)

    def test_an_item_that_one_of_its_two_readers_gives_up(self):
        ended = self.run_stages({"numbers": self.numbers(COUNT),
                                 "act": self.stage("act", "numbers", ["7=throw"]),
                                 "one": self.write(source="act"),
                                 "two": self.stage("lines", "numbers", path="two")})
        self.assert_ended(ended, 1, done=COUNT - 1, dead=1)
        self.without(7)
        self.assertEqual(self.lines("two"), NUMBERS)

    def test_what_a_stateful_stage_made_and_is_given_up(self):
        """It is no source item, so it counts on top of them."""
        ended = self.run_stages({"numbers": self.numbers(COUNT),
                                 "sum": self.stage("sum", "numbers"),
                                 "act": self.stage("act", "sum", ["6=throw"]),
                                 "save": self.write(source="act")})
        self.assert_ended(ended, 1, done=COUNT, dead=1, **{"in": COUNT + 1})
        self.assertEqual(sorted(self.lines()), [n for n in sums(COUNT) if n != 6])
        self.assertTrue(self.dead_letters()[0]["item"].startswith("sum.0."))

    # When everything goes wrong.

    def test_two_poison_items_side_by_side_in_one_process(self):
        ended = self.run_act(["20=kill", "21=kill"], processes=1)
        self.assert_ended(ended, 1, done=COUNT - 2, dead=2, retried=4, restarts=6)
        self.without(20, 21)
        executions = self.executions("act")
        self.assertEqual((executions.pop(20), executions.pop(21)), (3, 3))
        self.assertEqual(set(executions.values()), {1})

    def test_all_items_are_poison(self):
        ended = self.run_act(["every=kill"], {"retry": {"backoff": "1ms"}})
        self.assert_ended(ended, 1, done=0, dead=COUNT)
        self.assertEqual(len(self.dead_letters()), COUNT)
        self.assertEqual(self.lines(), [])

    def test_too_many_items_are_poison(self):
        ended = self.run_act(["every=kill"], {"retry": {"attempts": 1}}, count=500)
        self.assert_ended(ended, 4, done=0)
        self.assertIn("50 items in a row", ended.summary["reason"])
        self.assertTrue(50 <= ended.account["dead"] < 60, str(ended))
        self.assertEqual(len(self.dead_letters()), ended.account["dead"])

    def test_all_items_are_refused(self):
        """A task that says no says something of its items, not of itself."""
        ended = self.run_act(["every=throw"], count=500)
        self.assert_ended(ended, 1, done=0, dead=500)

    def test_half_of_the_items_are_poison(self):
        faults = [f"{n}=kill" for n in range(1, 201, 2)]
        ended = self.run_act(faults, {"retry": {"attempts": 1}}, count=200)
        self.assert_ended(ended, 1, done=100, dead=100)

    # Tasks without a snapshot or a commit.

    def test_a_source_that_cannot_go_on_where_it_stopped(self):
        ended = self.run_stages({"stream": self.stage("stream", count=COUNT, step=5,
                                                      faults=["20=kill"]),
                                 "save": self.write(source="stream")})
        self.assert_ended(ended, 4, dead=0)
        self.assertIn("the source gives no snapshot to go on from", ended.summary["reason"])

    def test_such_a_source_may_die_before_it_has_given_anything(self):
        ended = self.run_stages({"stream": self.stage("stream", count=COUNT,
                                                      faults=["produce=kill*2"]),
                                 "save": self.write(source="stream")})
        self.assert_ended(ended, 0, done=COUNT, restarts=2)

    def test_a_sink_without_commit_is_given_again_what_it_had_in_hand(self):
        ended = self.run_stages({"numbers": self.numbers(COUNT),
                                 "ledger": self.stage("ledger", "numbers",
                                                      ["20=kill*1", "30=throw"])})
        self.assert_ended(ended, 1, done=COUNT - 1, dead=1, retried=1, restarts=1)
        executions = self.executions("ledger")
        self.assertEqual(executions.pop(20), 2)
        self.assertEqual(set(executions.values()), {1})

    def forgetful(self, faults, **policies):
        return self.run_stages({"numbers": self.numbers(COUNT),
                                "sum": self.stage("forgetful", "numbers", faults, policies),
                                "save": self.write(source="sum")})

    def test_a_stateful_task_without_snapshot_is_refused(self):
        ended = self.forgetful([])
        self.assertEqual(ended.status, 2)
        self.assertIn("on_death: stop", ended.stderr)

    def test_on_death_stop(self):
        ended = self.forgetful(["30=kill"], on_death="stop")
        self.assert_ended(ended, 4)
        self.assertIn("`on_death: stop`", ended.summary["reason"])
        self.assertEqual(len(self.calls("forgetful", "open")), 1)

    def test_on_death_stop_and_nobody_dies(self):
        self.assert_ended(self.forgetful([], on_death="stop"), 0, done=COUNT)
        self.assertEqual(self.lines(), [sum(NUMBERS)])


if __name__ == "__main__":
    unittest.main()
