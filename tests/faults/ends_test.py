"""What of /dev/shm the checks of an end take for left behind, and what for somebody else's."""

import os
import subprocess
import sys
import unittest
from unittest import mock

from faults_runner import PenstockTest
from penstock_runner import marked_processes

from matrix import ends

# Has a name there until its standard input ends; takes it away as it goes.
HOLDER = """
import mmap, os, sys
path = sys.argv[1]
with open(path, "xb") as file:
    file.truncate(4096)
with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
    print("ready", flush=True)
    sys.stdin.read()
os.unlink(path)
"""


class Names(PenstockTest):
    def setUp(self):
        super().setUp()
        self.path = ends.SHARED_MEMORY / f"ends-test-{os.getpid()}"
        self.addCleanup(self.path.unlink, missing_ok=True)

    def hold(self):
        holder = subprocess.Popen([sys.executable, "-c", HOLDER, self.path], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(holder.communicate)
        self.assertEqual(holder.stdout.readline(), "ready\n")
        return holder

    def unheld(self):
        return ends.unheld_names({self.path.name}, self.mark)

    def test_one_that_nobody_holds_is_left_behind(self):
        self.path.touch()
        self.assertEqual(self.unheld(), {self.path.name})

    def test_one_that_another_holds_is_not(self):
        self.hold()
        self.assertEqual(self.unheld(), set())

    def test_one_that_goes_with_its_holder_while_this_looks_is_not(self):
        holder = self.hold()

        def it_ends(mark):
            holder.communicate()
            return marked_processes(mark)

        with mock.patch.object(ends, "marked_processes", it_ends):
            self.assertEqual(self.unheld(), set())


if __name__ == "__main__":
    unittest.main()
