"""Whole programs of the library, programs/*.cpp: how they end, and what they do not need."""

import os
import subprocess
import unittest

from penstock_runner import BIN, PenstockTest, Running

PROGRAM = BIN / "pools_at_end"
ALL_DONE = sorted(f"done {number}" for number in range(20))


class LibraryProgram(PenstockTest):
    def run_program(self, *words, preexec=None):
        running = Running(self, [PROGRAM, *words], subprocess.DEVNULL, None, self.environment(),
                          None, preexec)
        self.started.append(running)
        return running.wait()


class Ends(LibraryProgram):
    """No process may be left behind: PenstockTest looks."""

    def assert_all_done(self, ended, status=0):
        self.assertEqual((ended.status, ended.stderr), (status, ""), str(ended))
        self.assertEqual(sorted(ended.stdout.decode().splitlines()), ALL_DONE)

    def test_a_pool_in_main_that_is_left_open_finishes_its_calls(self):
        self.assert_all_done(self.run_program("local"))

    def test_a_global_pool_that_is_left_open_finishes_its_calls(self):
        self.assert_all_done(self.run_program("global"))

    def test_a_global_pool_finishes_its_calls_after_exit(self):
        self.assert_all_done(self.run_program("exit"), status=3)

    def test_main_returns_after_a_shutdown_that_did_not_wait(self):
        self.assert_all_done(self.run_program("shutdown"))


class Begins(LibraryProgram):
    def test_own_tasks_without_worker_guard_are_refused_with_the_line_to_add(self):
        ended = self.run_program("unguarded")
        self.assertEqual(ended.status, 0, str(ended))
        self.assertIn("let main() begin with\n  penstock::worker_guard(argc, argv);",
                      ended.stdout.decode())
        self.assertEqual(ended.stderr, "")

    def test_own_types_without_worker_guard_are_refused_with_the_line_to_add(self):
        ended = self.run_program("types")
        self.assertEqual((ended.status, ended.stderr), (0, ""), str(ended))
        self.assertEqual(
            ended.stdout.decode(),
            "manager: the server is this program itself, which has to be started again to have the "
            "types that it registers: let main() begin with\n"
            "  penstock::worker_guard(argc, argv);\n")

    def test_standard_streams_are_passed_on(self):
        ended = self.run_program("streams")
        self.assertEqual((ended.status, ended.stderr), (0, ""), str(ended))
        self.assertEqual(sorted(ended.stdout.decode().split()), ["bye", "hello", "hello"])

    def test_a_program_whose_standard_streams_are_closed(self):
        for closed in ((1,), (2,), (0, 1, 2)):
            with self.subTest(closed):
                ended = self.run_program("streams", preexec=lambda: [os.close(fd) for fd in closed])
                self.assertEqual((ended.status, ended.stderr), (0, ""), str(ended))


if __name__ == "__main__":
    unittest.main()
