"""Ctrl-C and SIGTERM: running calls may finish, what is done is in the output, the account says
what is pending, and no worker is left; a second signal is obeyed at once."""

import os
import signal
import time
import unittest

from faults_runner import FaultsTest

COUNT = 10000


class Signals(FaultsTest):
    def begin(self, *faults, preexec=None):
        running = self.start_stages({
            "numbers": self.numbers(COUNT),
            "act": self.stage("act", "numbers", faults, takes="20ms"),
            "save": self.stage("lines", "act", path="out")}, "--fresh", preexec=preexec)
        self.until_ledger(running, lambda entries: any(e.task == "act" and e.place == "6"
                                                       for e in entries), "item 6")
        return running

    def assert_stopped(self, ended, status):
        """Running calls have finished, and what is done is what has been committed."""
        self.assert_ended(ended, status, dead=0)
        account = ended.account
        self.assertGreater(account["pending"], 0)
        begun = self.executions("act")
        self.assertEqual(set(begun.values()), {1})
        self.assertEqual(ended.stage("act")["done"], len(begun))
        self.assertEqual(len(self.lines()), account["done"])
        self.assertLessEqual(set(self.lines()), set(begun))

    def test_sigint(self):
        running = self.begin()
        running.signal(signal.SIGINT)
        ended = running.wait()
        self.assert_stopped(ended, 130)
        self.assertIn("SIGINT", ended.summary["reason"])

    def test_sigterm(self):
        running = self.begin()
        running.signal(signal.SIGTERM)
        ended = running.wait()
        self.assert_stopped(ended, 143)
        self.assertIn("SIGTERM", ended.summary["reason"])

    def test_ctrl_c_reaches_all_processes_of_a_terminal_and_hurts_none(self):
        running = self.begin(preexec=os.setpgrp)
        os.killpg(running.pid, signal.SIGINT)
        ended = running.wait()
        self.assert_stopped(ended, 130)
        self.assertEqual(ended.account["restarts"], 0)

    def test_a_second_signal_ends_it_within_a_second(self):
        for first, second in ((signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT)):
            with self.subTest(first=first, second=second):
                self.ledger_path.write_text("")
                self.told_twice(self.begin("6=hang_deaf"), first, second)

    def test_a_call_that_does_not_end_has_ten_seconds(self):
        running = self.begin("6=hang_deaf")
        began = time.monotonic()
        running.signal(signal.SIGINT)
        self.assert_ended(running.wait(), 130, dead=0)
        self.assertTrue(9.5 < time.monotonic() - began < 13)

    def test_while_workers_are_opened(self):
        running = self.start_stages({"numbers": self.numbers(COUNT, faults=["open=hang"]),
                                     "save": self.write(source="numbers")})
        self.until_ledger(running, lambda entries: entries, "open")
        running.signal(signal.SIGINT)
        running.until_stderr("once more")
        running.signal(signal.SIGINT)
        self.assert_ended(running.wait(), 130, done=0, **{"in": 0})

    def test_while_items_wait_for_another_attempt(self):
        running = self.start_stages({
            "numbers": self.numbers(10),
            "act": self.stage("act", "numbers", ["5=throw"],
                              {"retry": {"attempts": 9, "backoff": "1h", "max_backoff": "1h"}}),
            "save": self.stage("lines", "act", path="out")})
        running.until_stderr("next attempt in")
        running.signal(signal.SIGINT)
        ended = running.wait(5)
        self.assert_ended(ended, 130, dead=0)
        self.assertGreaterEqual(ended.account["pending"], 1)


if __name__ == "__main__":
    unittest.main()
