"""System calls and malloc of the engine that fail, one at a time: it ends with a status and a line
that says why, and a resume completes.

A library that is preloaded lets the Nth call fail. PENSTOCK_FAULT_ROUNDS says how many of the first
hundred calls of each kind are tried, chosen by chance; 100 are all of them.
"""

import errno
import unittest
from pathlib import Path

from faults_runner import rounds
from penstock_runner import BIN
from resume_runner import ResumeTest

LIBRARY = Path(BIN) / "libfailing_calls.so"
CALLS = {"malloc": errno.ENOMEM, "write": errno.ENOSPC, "fsync": errno.EIO, "mmap": errno.ENOMEM,
         "memfd_create": errno.ENFILE, "fallocate": errno.ENOSPC, "fork": errno.EAGAIN,
         "epoll_ctl": errno.ENOMEM}
COUNT = 200

PIPELINE = """
pipeline: faults
stages:
  read: {task: files.lines, with: {paths: in.txt}}
  upper: {task: text.upper, from: read}
  counts: {task: text.count_words, from: read}
  totals: {task: text.sum_counts, from: counts, snapshot: {every: 5ms}}
  save: {task: files.write, from: upper, with: {path: out}}
  words: {task: files.write, from: totals, with: {path: out.tsv, format: tsv}}
"""


class Calls(ResumeTest):
    def fails(self, call, nth):
        self.clear()
        environment = {"LD_PRELOAD": str(LIBRARY),
                       "PENSTOCK_FAIL_CALL": f"{call} {nth} {CALLS[call]}"}
        ended = self.run_pipeline(PIPELINE, env=environment)
        self.assertIn(ended.status, (0, 2, 3, 4), str(ended))
        self.assertTrue(ended.stderr.strip(), "it says nothing")
        if ended.status != 0:
            again = self.run_pipeline(PIPELINE, "--resume")
            self.assertEqual(again.status, 0, f"{ended}\n{again}")
        lines = sorted(self.read("out").splitlines())
        self.assertEqual(lines, sorted(b"LINE %d" % n for n in range(COUNT)), str(ended))
        self.assertEqual(self.read("out.tsv"), b"line\t%d\n" % COUNT, str(ended))
        return ended.status

    def clear(self):
        for path in [*self.folder.glob("out*"), *self.folder.glob(".penstock/faults/*")]:
            path.unlink()

    def test_each_call_may_fail(self):
        self.write("in.txt", "".join(f"line {n}\n" for n in range(COUNT)))
        for call in CALLS:
            statuses = set()
            chosen = self.chance.sample(range(1, 101), min(rounds(), 100))
            for nth in sorted({1, *chosen}):  # of some calls there are few
                with self.subTest(call=call, nth=nth):
                    statuses.add(self.fails(call, nth))
            with self.subTest(call=call):
                self.assertGreater(len(statuses), 1, "none of them was made to fail")


if __name__ == "__main__":
    unittest.main()
