"""The standard input, which nobody can read twice: a slow writer feeds it through a pipe while the
worker that reads it is killed again and again, and no byte is lost."""

import os
import random
import signal
import unittest

from faults_runner import FaultsTest, holds, rounds, until
from penstock_runner import kill


class StandardInput(FaultsTest):
    def setUp(self):
        super().setUp()
        reader, self.pipe = os.pipe()
        self.running = self.start_stages({
            "lines": self.stage("files.lines", paths=["-"]),
            "save": self.write(source="lines")}, stdin=reader)
        os.close(reader)
        self.chance = random.Random(self.id())

    def kill_source(self):
        def source():
            workers = self.running.processes("penstock-worker")
            others = [pid for pid in workers if not holds(pid, "out.partial")]
            return others[0] if len(workers) == 2 and len(others) == 1 else None
        kill(until(source, f"a source and a sink: {self.running.stderr}"))

    def feed(self, text):
        """All of it, however often the pipe is full."""
        while text:
            text = text[os.write(self.pipe, text):]

    def until_written(self, size):
        output = self.folder / "out.partial"
        until(lambda: output.exists() and output.stat().st_size >= size,
              f"{size} bytes of output: {self.running.stderr}")

    def ends_with(self, lines, least_restarts=1):
        os.close(self.pipe)
        ended = self.running.wait()
        self.assert_ended(ended, 0, done=len(lines), dead=0)
        self.assertEqual(self.read("out"), b"".join(line + b"\n" for line in lines))
        self.assertGreaterEqual(ended.account["restarts"], least_restarts)

    def random_lines(self, count):
        return [bytes(self.chance.choices(b"abcdef ", k=self.chance.randrange(200)))
                for _ in range(count)]

    def test_killed_again_and_again(self):
        lines = []
        for number in range(rounds()):
            some = self.random_lines(200)
            text = b"".join(line + b"\n" for line in some)
            # Not always where a line ends, and sometimes before the source has seen any of it.
            cut = self.chance.randrange(len(text))
            before = sum(len(line) + 1 for line in lines)
            self.feed(text[:cut])
            if number % 2 == 0 and cut > 0:
                self.until_written(before + text[:cut].rfind(b"\n") + 1)
            self.kill_source()
            self.feed(text[cut:])
            lines += some
        self.ends_with(lines, least_restarts=rounds() // 2)

    def test_stopped_by_a_signal(self):
        """Its worker leaves without a call that would end it: there is nothing to say of that."""
        self.feed(b"one\ntwo\n")
        self.until_written(len(b"one\ntwo\n"))
        self.running.signal(signal.SIGTERM)
        ended = self.running.wait()
        os.close(self.pipe)
        self.assert_ended(ended, 143, done=2, dead=0, restarts=0)
        self.assertNotIn("error:", ended.stderr)

    def test_killed_while_it_waits_for_the_first_line(self):
        self.kill_source()
        self.feed(b"one\n")
        self.kill_source()
        self.feed(b"two\n")
        self.ends_with([b"one", b"two"])

    def test_killed_after_the_last_line_and_before_the_end(self):
        self.feed(b"one\ntwo\nthree without an end")
        self.until_written(len(b"one\ntwo\n"))
        self.kill_source()
        self.ends_with([b"one", b"two", b"three without an end"])

    def test_killed_in_the_midst_of_a_long_line(self):
        long = bytes(self.chance.choices(b"xyz", k=3_000_000))
        self.feed(b"short\n" + long[:1_000_000])
        self.kill_source()
        self.feed(long[1_000_000:2_000_000])
        self.kill_source()
        self.feed(long[2_000_000:] + b"\nend\n")
        self.ends_with([b"short", long, b"end"])

    def test_killed_under_full_load(self):
        lines = []
        for _ in range(rounds()):
            some = self.random_lines(3000)
            self.feed(b"".join(line + b"\n" for line in some))
            self.kill_source()
            lines += some
        self.ends_with(lines)


class Unreadable(FaultsTest):
    def ends_with(self, problem, **options):
        ended = self.run_stages({"lines": self.stage("files.lines", paths=["-"]),
                                 "save": self.write(source="lines")}, **options)
        self.assert_ended(ended, 4, **{"in": 0})
        self.assertEqual(ended.summary["reason"], f"stage `lines`: {problem}")

    def test_closed(self):
        self.ends_with("the standard input is closed", preexec=lambda: os.close(0))

    def test_a_folder(self):
        folder = os.open("/", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        self.ends_with("reading the standard input failed: Is a directory", stdin=folder)


if __name__ == "__main__":
    unittest.main()
