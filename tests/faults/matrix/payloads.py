"""Workers that lie about what they made; payloads of every size; flows that are uneven."""

import collections

from checksum_test import Damage
from faults_runner import FaultsTest
from hostile_test import ATTACKS, PEAK, Hostile

from matrix.rows import row

MIB = 1 << 20
# Of so many calls one attacks; a worker that attacks in each does not come to a lie worth its name.
EVERY = {"transform": 20, "source": 10, "stateful": 60, "sink": 60}
# Around what a descriptor holds, a slot, a page, a ring, an extent.
EDGES = [48, 64, 4096, 1024, 65536, 16 * MIB]


@row("a worker answers with lengths, offsets, ids, states that are lies; answers twice; overwrites "
     "all it can write",
     "it is killed and named, nothing of that call is delivered; with `checksum: on` damaged "
     "payloads are found, and their maker blamed; honest workers' output is exact")
def lies(this):
    for how in this.chance.sample(ATTACKS, 4):
        kind = this.chance.choice(list(EVERY))
        with this.case(Hostile, files=["lines.txt"]) as case:
            case.attack(kind, how, this.chance.randrange(1 << 31), EVERY[kind])
    with this.case(Hostile, files=["lines.txt"]) as case:
        ended = case.attack("transform", "descriptors", this.chance.randrange(1 << 31), 5)
        case.assertIn(" is ended: protocol violation: ", ended.stderr)
    this.each(Damage, "test_before_a_transform", "test_before_a_sink",
              "test_without_it_nobody_looks", files=["calls", "in"])


class Sizes(FaultsTest):
    def passes(self, text, count):
        """Through a task that hands on what it was given, in order."""
        self.write("in", text)
        ended = self.run_stages({
            "lines": self.stage("files.lines", paths=["in"], max_line="200MiB"),
            "pass": self.stage("sample.pass", "lines"),
            "save": self.write(source="pass", policies={"ordered": True})})
        self.assert_ended(ended, 0, done=count, retried=0, restarts=0)
        self.assertTrue(self.read("out") == text, "the output differs")  # too long to be shown
        return ended

    def line(self, size):
        some = self.chance.randbytes(min(size, 4099)).replace(b"\n", b"?")
        return (some * (size // max(len(some), 1) + 1))[:size]


@row("a 100 MB item among ten small ones; sizes 0, 1, slot, slot ± 1, ring ± 1; a million empty "
     "items", "every byte is there, once")
def sizes(this):
    with this.case(Sizes, files=["in"]) as case:
        lines = [case.line(this.chance.randrange(100)) for _ in range(10)]
        lines.insert(this.chance.randrange(11), case.line(100_000_000))
        case.passes(b"".join(line + b"\n" for line in lines), 11)
    with this.case(Sizes, files=["in"]) as case:
        lengths = [0, 1, *(edge + more for edge in EDGES for more in (-1, 0, 1))]
        this.chance.shuffle(lengths)
        case.passes(b"".join(case.line(size) + b"\n" for size in lengths), len(lengths))
    with this.case(Sizes, files=["in"]) as case:
        ended = case.passes(b"\n" * 1_000_000, 1_000_000)
        case.assertLess(ended.summary["engine_peak_rss"], PEAK)


@row("a slow sink; one stage 100 times slower; a diamond; a fan-out of 1,000",
     "flat memory, no deadlock")
def uneven(this):
    def flow(count, times, stages, name="out"):
        """Each number comes out so many times, and the engine stays small."""
        running = case.start_stages({"numbers": case.numbers(count)} | stages)
        ended = running.wait(240)  # on a machine that has more to do; 4 s if it has not
        case.assert_ended(ended, 0, done=count)
        case.assertEqual(collections.Counter(case.lines(name)),
                         {number: times for number in range(1, count + 1)})
        case.assertLess(ended.summary["engine_peak_rss"], PEAK)
    with this.case() as case:
        flow(50_000, 1, {"save": case.stage("lines", "numbers", path="out", takes="20us")})
    with this.case() as case:
        flow(2000, 2, {
            "fast": case.stage("act", "numbers", takes="10us", policies={"queue": {"items": 1}}),
            "slow": case.stage("act", "numbers", takes="1ms", policies={"queue": {"items": 1}}),
            "save": case.write(source=["fast", "slow"],
                               policies={"queue": {"items": 1}, "ordered": True})})
    with this.case() as case:
        flow(200, 1000, {"act": case.stage("act", "numbers", copies=1000),
                         "save": case.write(source="act", policies={"queue": {"items": 10}})})
