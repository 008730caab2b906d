"""One item among 1,001 that goes wrong: all others are delivered and were executed once, and the
dead letter of that one says what happened at each attempt."""

import unittest

from faults_runner import FaultsTest, line_of, until
from penstock_runner import kill

COUNT, POISON = 1001, 500


class OneItem(FaultsTest):
    def run_with(self, how, policies=None, **pool):
        act = self.stage("act", "numbers", [f"{POISON}={how}"], policies)
        ended = self.run_stages({"numbers": self.numbers(COUNT), "act": act,
                                 "save": self.write(source="act")}, pool=pool)
        self.assert_ended(ended, 1, done=COUNT - 1, dead=1, pending=0, **{"in": COUNT})
        self.assertEqual(sorted(self.lines()),
                         [n for n in range(1, COUNT + 1) if n != POISON])
        executions = self.executions("act")
        attempts = executions.pop(POISON)
        self.assertEqual(set(executions.values()), {1}, "an item was executed twice")
        self.assertEqual(len(executions), COUNT - 1)
        letters = self.dead_letters()
        self.assertEqual(len(letters), 1)
        letter = letters[0]
        self.assertEqual((letter["item"], letter["stage"], letter["payload"]),
                         (f"numbers:{POISON - 1}", "act", POISON))
        self.assertEqual(len(letter["attempts"]), attempts)
        return ended, letter["attempts"]

    def dies(self, how, cause, function=None, remark=None, *, within=5, **more):
        """Three attempts, each in a worker of its own, with that cause and, on top, that line."""
        ended, attempts = self.run_with(how, **more)
        self.assertEqual(len(attempts), 3)
        self.assertEqual(len({attempt["worker"] for attempt in attempts}), 3)
        self.assertEqual((ended.account["retried"], ended.account["restarts"]), (2, 3))
        self.assertLess(ended.seconds, within)
        for attempt in attempts:
            self.assertIn(cause, attempt["cause"])
            if function:
                place = line_of(remark)
                self.assertTrue(any(function in line and line.endswith(place)
                                    for line in attempt["stack"]), attempt["stack"])
        return attempts

    def test_segfault(self):
        for attempt in self.dies("segv", "SIGSEGV", "write_to_nowhere", "// the line of SIGSEGV"):
            self.assertEqual(attempt["signal"], 11)
            self.assertIn("write_to_nowhere", attempt["stack"][0])
            self.assertTrue(any("Act::run" in line for line in attempt["stack"]), attempt)

    def test_segfault_in_a_thread_of_the_task(self):
        self.dies("thread", "SIGSEGV", "write_to_nowhere", "// the line of SIGSEGV")

    def test_abort(self):
        self.dies("abort", "SIGABRT", "give_up_hope", "// the line of SIGABRT")

    def test_stack_overflow(self):
        self.dies("overflow", "SIGSEGV", "fall_down", "// the line of the overflow")

    def test_call_of_a_null_function(self):
        self.dies("null_call", "SIGSEGV", "call_nothing", "// the line of the call")

    def test_last_words(self):
        ended = self.run_stages({"numbers": self.numbers(10), "act": self.stage(
            "act", "numbers", ["7=chatter", "7=kill"]), "save": self.write(source="act")})
        self.assert_ended(ended, 1, done=9, dead=1)
        for attempt in self.dead_letters()[0]["attempts"]:
            self.assertTrue(attempt["stderr"].endswith("line 5000 of what nobody asked for\n"
                                                       "and no newline at the end"))
            self.assertLess(len(attempt["stderr"]), 10_000)

    def test_exit_with_status_0(self):
        for attempt in self.dies("exit0", "status 0"):
            self.assertEqual(attempt["exit"], 0)

    def test_exit_with_status_3(self):
        for attempt in self.dies("exit3", "status 3"):
            self.assertEqual(attempt["exit"], 3)

    def test_kill(self):
        self.dies("kill", "SIGKILL")

    def test_sleep_beyond_the_timeout(self):
        attempts = self.dies("hang", "timed out after 1 s", policies={"timeout": "1s"},
                             within=20)
        for attempt in attempts:
            self.assertTrue(0.9 < attempt["seconds"] < 5, attempt["seconds"])

    def test_sleep_with_all_signals_blocked(self):
        self.dies("hang_deaf", "timed out after 0.5 s", policies={"timeout": "500ms"},
                  grace="100ms")

    def test_spinning_with_sigterm_ignored(self):
        self.dies("spin_deaf", "timed out after 0.5 s", policies={"timeout": "500ms"},
                  grace="100ms")

    def fails(self, how, message):
        """One attempt, and the process that failed serves the next item."""
        ended, attempts = self.run_with(how, processes=1)
        self.assertEqual(len(attempts), 1)
        self.assertIn(message, attempts[0]["message"])
        self.assertEqual((ended.account["retried"], ended.account["restarts"]), (0, 0))
        self.assertEqual(len({entry.pid for entry in self.ledger("act")}), 1)

    def test_throw(self):
        self.fails("throw", "thrown on purpose")

    def test_permanent_failure(self):
        self.fails("permanent", "it can never succeed")

    def test_bad_alloc(self):
        self.fails("bad_alloc", "bad_alloc")

    def test_transient_failure(self):
        ended, _ = self.run_with("transient", {"retry": {"attempts": 2, "backoff": "10ms"}})
        self.assertEqual(ended.account["retried"], 1)
        self.assertEqual(ended.account["restarts"], 0)


class GoesOn(FaultsTest):
    """What an item may do without harm."""

    def run_with(self, how):
        ended = self.run_stages({
            "numbers": self.numbers(50), "act": self.stage("act", "numbers", [f"7={how}"]),
            "save": self.write(source="act")})
        self.assert_ended(ended, 0, done=50, restarts=0, retried=0)
        self.assertEqual(sorted(self.lines()), list(range(1, 51)))
        return ended

    def test_much_on_stderr(self):
        self.assertIn("line 5000 of what nobody asked for", self.run_with("chatter").stderr)

    def test_long_behind_others_that_are_given_elsewhere_meanwhile(self):
        """Its worker has given the others back, and is told to leave as any other is."""
        stages = {"numbers": self.numbers(400), "act": self.stage(
            "act", "numbers", ["200=sleep300"], {"ignore": ["main"]})}
        for _ in range(10):
            self.ledger_path.write_text("", encoding="ascii")
            self.assert_ended(self.run_stages(stages, "--fresh"), 0, done=400, restarts=0)
            self.assertEqual(set(self.executions("act").values()), {1})
            self.assertEqual(sorted(self.calls("act", "close")), sorted(self.calls("act", "open")))

    def test_children_are_gone_when_the_run_has_ended(self):
        self.run_with("breed")  # the runner looks for them

    def test_children_are_gone_when_their_worker_dies(self):
        act = self.stage("act", "numbers", ["7=breed*1", "7=kill*1", "50=hang*1"])
        running = self.start_stages({"numbers": self.numbers(50), "act": act,
                                     "save": self.write(source="act")}, pool={"processes": 1})
        self.until_ledger(running, lambda _: self.calls("act", "50"), "item 50")
        # The source has nothing left to do; what item 7 left behind looks like a worker.
        until(lambda: len(running.processes("penstock-worker")) == 2, "one worker a stage")
        kill(self.calls("act", "50")[0])
        self.assert_ended(running.wait(), 0, done=50, restarts=2, retried=2)


if __name__ == "__main__":
    unittest.main()
