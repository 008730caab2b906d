"""What a dead worker has made outlives it: outputs that are still handed out, payloads that are
still read, snapshots too large for a descriptor. Who is killed is left to chance."""

import collections
import random
import re
import unittest

from faults_runner import FaultsTest, rounds, until
from penstock_runner import kill

WORD = re.compile(rb"[A-Za-z'\x80-\xff]+")


class Payloads(FaultsTest):
    def kill_anyone(self, running, output):
        """Each time the file has grown: a run gives up when five in a row do not come to work."""
        chance, kills, written = random.Random(self.id()), 0, 0
        partial = self.folder / f"{output}.partial"

        def size():
            try:
                return partial.stat().st_size
            except OSError:
                return 0
        while kills < rounds():
            until(lambda: size() > written or running.process.poll() is not None, "more output")
            if running.process.poll() is not None:
                break
            written = size()
            workers = running.processes("penstock-worker")
            kills += kill(chance.choice(workers)) if workers else 0
        self.assertGreater(kills, 0)
        return running.wait()

    def test_outputs_that_are_still_handed_out_when_their_maker_dies(self):
        """A call makes more than the queue takes; its worker dies when the call has ended."""
        copies, count = 3000, 5
        running = self.start_stages({
            "numbers": self.numbers(count),
            "act": self.stage("act", "numbers", copies=copies),
            "save": self.stage("lines", "act", path="out", takes="300us",
                               policies={"queue": {"items": 64}})}, pool={"processes": 1})
        for number in range(1, count + 1):
            entries = self.until_ledger(running, lambda entries, number=number: [
                e for e in entries if e.task == "lines" and e.place == str(number)], f"{number}")
            self.assertLess(len(entries), copies)
            kill(self.calls("act", str(number))[-1])
        self.assert_ended(running.wait(), 0, done=count, dead=0)
        self.assertEqual(collections.Counter(self.lines()),
                         {number: copies for number in range(1, count + 1)})

    def test_payloads_in_shared_memory(self):
        chance = random.Random(7)
        lines = [b"%d " % i + bytes(chance.choices(b"abcdef", k=chance.randrange(2000)))
                 for i in range(30000)]
        self.write("text", b"\n".join(lines) + b"\n")
        running = self.start_stages({
            "lines": self.stage("files.lines", paths=["text"]),
            "upper": self.stage("text.upper", "lines"),
            "save": self.write(source="upper")})
        ended = self.kill_anyone(running, "out")
        self.assert_ended(ended, 0, done=len(lines), dead=0)
        self.assertEqual(sorted(self.read("out").splitlines()),
                         sorted(line.upper() for line in lines))

    def test_words_are_counted_right(self):
        chance = random.Random(8)
        words = [bytes(chance.choices(b"abcdefgh'", k=chance.randrange(1, 9)))
                 for _ in range(5000)]
        text = b"\n".join(b" ".join(chance.choices(words, k=12)) for _ in range(150000))
        self.write("text", text)
        running = self.start_stages({
            "chunks": self.stage("files.chunks", paths=["text"], size="16KiB"),
            "copy": self.stage("files.write", "chunks", path="copy"),
            "counts": self.stage("text.count_words", "chunks"),
            "totals": self.stage("text.sum_counts", "counts",
                                 policies={"snapshot": {"every": "20ms"}}),
            "save": self.stage("files.write", "totals", path="out.tsv")})
        ended = self.kill_anyone(running, "copy")
        self.assert_ended(ended, 0, dead=0)
        self.assertEqual(sorted(self.read("copy").splitlines()), sorted(text.splitlines()))
        counts = collections.Counter(WORD.findall(text))
        expected = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
        self.assertEqual(self.read("out.tsv"), b"".join(b"%s\t%d\n" % row for row in expected))


if __name__ == "__main__":
    unittest.main()
