"""run.db, or the write-ahead log beside it, is damaged between two runs: whoever goes on has every
item in the output once, or is refused; never is one lost, or there twice, and nobody told.

PENSTOCK_FAULT_ROUNDS says how often chance damages each (default 20).
"""

import os
import shutil
import signal
import sqlite3
import unittest
from contextlib import closing

from faults_runner import rounds
from resume_runner import ResumeTest

COUNT = 300
LEAST = 100  # items that have ended before the interruption


class Damage(ResumeTest):
    """Of run.db, and of the write-ahead log beside it."""

    def keep(self):
        """What an interrupted run has left, to be damaged several times."""
        self.kept = self.folder / "kept"
        self.kept.mkdir()
        for path in self.folder.glob("out*"):
            shutil.copy(path, self.kept)
        shutil.copytree(self.folder / self.state, self.kept / "state")

    def restore(self):
        for path in self.folder.glob("out*"):
            path.unlink()
        for path in self.kept.glob("out*"):
            shutil.copy(path, self.folder)
        shutil.rmtree(self.folder / self.state)
        shutil.copytree(self.kept / "state", self.folder / self.state)
        return self.folder / self.state / "run.db"

    def settled(self, stages):
        """As SIGINT leaves it: all is in run.db itself."""
        running = self.begin(stages, LEAST)
        running.signal(signal.SIGINT)
        running.until_stderr("once more")
        running.signal(signal.SIGINT)
        self.assertEqual(running.wait().status, 130)
        self.keep()

    def assert_refused(self, stages, *causes):
        """By --resume and without; --fresh begins anew."""
        for words in [], ["--resume"]:
            text = self.refused(stages, *words)
            for word in f"{self.state}/run.db", "--fresh", *causes:
                self.assertIn(word, text)
        self.assert_all(self.run_stages(stages, "--fresh"), COUNT)

    def test_the_log_is_cut(self):
        stages = self.halves(COUNT)
        self.interrupt(stages, LEAST)
        self.keep()
        for _ in range(rounds()):
            log = self.restore().with_name("run.db-wal")
            cut = self.chance.randrange(1, 4097)
            os.truncate(log, log.stat().st_size - cut)
            with self.subTest(cut=cut):
                self.assert_all(self.run_stages(stages, "--resume"), COUNT)

    def test_the_log_is_gone(self):
        stages = self.halves(COUNT)
        self.interrupt(stages, LEAST)
        self.keep()
        for ends in ["-wal"], ["-shm"], ["-wal", "-shm"]:
            with self.subTest(ends=ends):
                path = self.restore()
                for end in ends:
                    path.with_name(path.name + end).unlink()
                self.assert_all(self.run_stages(stages, "--resume"), COUNT)

    def test_a_bit_of_the_log_is_another(self):
        stages = self.halves(COUNT)
        self.interrupt(stages, LEAST)
        self.keep()
        for _ in range(rounds()):
            place = self.flip(self.restore().with_name("run.db-wal"))
            with self.subTest(place=place):
                self.assert_all(self.run_stages(stages, "--resume"), COUNT)

    def flip(self, path):
        content = bytearray(path.read_bytes())
        place = self.chance.randrange(8 * len(content))
        content[place // 8] ^= 1 << place % 8
        path.write_bytes(content)
        return place

    def rows(self):
        with closing(sqlite3.connect(self.folder / "out.db")) as database:
            return database.execute("SELECT number FROM readings ORDER BY 1").fetchall()

    def into_a_data_base(self):
        stages = {"rows": {"task": "flow.readings", "with": {"count": COUNT, "keys": 7},
                           "rate": "200/s"},
                  "table": {"task": "sqlite.insert", "from": "rows",
                            "with": {"database": "out.db", "table": "readings", "create": True}}}
        self.interrupt(stages, LEAST)
        # What is in the data base's own log shall be in the copy.
        with closing(sqlite3.connect(self.folder / "out.db")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.keep()
        return stages

    def assert_exact_or_refused(self, stages):
        """The data base may hold what the journal has lost: nobody can say then what it holds."""
        before = self.rows()
        ended = self.run_stages(stages, "--resume")
        if ended.status == 2:
            self.assertIn("stage `table`", ended.stderr)
            self.assertEqual(self.rows(), before)
            self.assertEqual(self.run_stages(stages, "--resume").status, 2)  # again and again
            self.assertEqual(self.rows(), before)
        else:
            self.assert_account(ended, COUNT)
            self.assertEqual(self.rows(), [(number,) for number in range(COUNT)], str(ended))

    def test_the_log_is_cut_and_the_output_is_ahead(self):
        stages = self.into_a_data_base()
        for _ in range(rounds()):
            log = self.restore().with_name("run.db-wal")
            cut = self.chance.randrange(1, 4097 * 5)
            os.truncate(log, log.stat().st_size - cut)
            with self.subTest(cut=cut):
                self.assert_exact_or_refused(stages)

    def test_the_log_is_gone_and_the_output_is_ahead(self):
        stages = self.into_a_data_base()
        self.restore().with_name("run.db-wal").unlink()
        self.assert_exact_or_refused(stages)

    def exact_or_refused(self, stages):
        """Free space may be damaged at no cost; True where it was refused."""
        ended = self.run_stages(stages, "--resume")
        if ended.status == 2:
            self.assertIn(f"{self.state}/run.db: ", ended.stderr)
            self.assertIn("--fresh", ended.stderr)
            self.assert_all(self.run_stages(stages, "--fresh"), COUNT)
            return True
        self.assert_all(ended, COUNT)
        return False

    def test_a_block_is_zeroed(self):
        stages = self.halves(COUNT)
        self.settled(stages)
        refused = 0
        blocks = (self.kept / "state/run.db").stat().st_size // 4096
        for block in range(blocks):
            with open(self.restore(), "r+b") as file:
                file.seek(block * 4096)
                file.write(bytes(4096))
            with self.subTest(block=block):
                refused += self.exact_or_refused(stages)
        self.assertGreater(refused, blocks // 2)

    def test_a_bit_is_another(self):
        stages = self.halves(COUNT)
        self.settled(stages)
        for _ in range(rounds()):
            with self.subTest(place=self.flip(self.restore())):
                self.exact_or_refused(stages)

    def test_a_value_is_another(self):
        stages = self.halves(COUNT)
        self.settled(stages)
        for change in ("UPDATE account SET done = done + 1", "UPDATE source SET position = 7",
                       "UPDATE run SET value = 'finished' WHERE name = 'state'",
                       "UPDATE origin SET ended = x'00'"):
            with self.subTest(change=change):
                with closing(sqlite3.connect(self.restore())) as database:
                    database.execute(change)
                    database.commit()
                self.assert_refused(stages, "damaged", change.split()[1])

    def test_it_is_cut(self):
        stages = self.halves(COUNT)
        self.settled(stages)
        size = (self.kept / "state/run.db").stat().st_size
        for length in (1, 99, 512, 4095, 4096, size // 2, size - 4096):
            with self.subTest(length=length):
                os.truncate(self.restore(), length)
                self.assert_refused(stages)
        for _ in range(rounds()):  # what is cut away may have been zeros, for which it is taken
            length = self.chance.randrange(size - 4095, size)
            os.truncate(self.restore(), length)
            with self.subTest(length=length):
                self.exact_or_refused(stages)

    def test_it_is_something_else(self):
        stages = self.halves(COUNT)
        self.settled(stages)
        text = self.write("elsewhere", b"not a data base")

        def make_old(path):
            with closing(sqlite3.connect(path)) as database:
                database.execute("PRAGMA user_version = 99")

        kinds = {"it is empty": lambda path: path.write_bytes(b""),
                 "it is a link": lambda path: (path.unlink(), path.symlink_to(text)),
                 "it is not a file": lambda path: (path.unlink(), path.mkdir()),
                 "not a database": lambda path: path.write_bytes(b"some text\n" * 500),
                 "newer penstock": make_old}
        for cause, damage in kinds.items():
            with self.subTest(cause=cause):
                damage(self.restore())
                self.assert_refused(stages, cause)
                self.assertEqual(text.read_bytes(), b"not a data base")

    def test_what_was_written_is_gone(self):
        """A file that lacks what was committed to it is no output to go on with."""
        stages = self.halves(COUNT)
        self.interrupt(stages, LEAST)
        os.truncate(self.folder / "out.partial", 10)
        ended = self.run_stages(stages, "--resume")
        self.assertIn(ended.status, (2, 4), str(ended))
        self.assertIn("out.partial", ended.stderr)
        self.assert_all(self.run_stages(stages, "--fresh"), COUNT)


if __name__ == "__main__":
    unittest.main()
