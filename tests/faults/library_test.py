"""A program that uses the library is killed: no process, no shared memory and no file is left."""

import os
import signal
import subprocess
import unittest
from pathlib import Path

from faults_runner import PenstockTest
from penstock_runner import BIN, Running, marked_processes, wait_for_ends

SECONDS = 20  # after which nothing may be left


def memories(pid):
    """What a process has of memory without a name, by what is the same in all that have it."""
    found = set()
    try:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            if os.readlink(link).startswith("/memfd:"):
                status = os.stat(link)
                found.add((status.st_dev, status.st_ino))
    except OSError:  # it has ended, or is another user's
        pass
    return found


def names_in_shared_memory():
    return {path.name for path in Path("/dev/shm").iterdir() if "penstock" in path.name}


class Killed(PenstockTest):
    def setUp(self):
        super().setUp()
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.names_before = names_in_shared_memory()

    def begin(self):
        running = Running(self, [BIN / "fault_holder"], subprocess.DEVNULL, None,
                          self.environment(TMPDIR=str(self.temporary)), None, None)
        self.started.append(running)
        running.until(lambda: b"ready" in running.stdout, "all of it is there")
        return running

    def assert_nothing_is_left(self, memory):
        self.assertEqual(wait_for_ends(marked_processes(self.mark), SECONDS), [])
        holders = [pid for pid in os.listdir("/proc") if pid.isdigit() and memories(pid) & memory]
        self.assertEqual(holders, [])
        self.assertEqual(list(self.temporary.iterdir()), [])
        self.assertEqual({path.name for path in self.folder.iterdir()
                          if not path.name.startswith("std")}, {"tmp"})
        self.assertLessEqual(names_in_shared_memory(), self.names_before)

    def test_nothing_is_left_of_a_program_that_is_killed(self):
        for number in signal.SIGKILL, signal.SIGTERM, signal.SIGINT:
            with self.subTest(number.name):
                running = self.begin()
                memory = memories(running.pid)
                shared = [pid for pid in running.processes() if memories(pid) & memory]
                self.assertGreaterEqual(len(shared), 3, "the process and those of the pool")
                self.assertGreater(len(running.processes()), len(shared), "a manager's server")
                running.signal(number)
                self.assertEqual(running.process.wait(SECONDS), -number)
                self.assert_nothing_is_left(memory)


if __name__ == "__main__":
    unittest.main()
