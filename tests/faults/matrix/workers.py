"""What workers do beside their calls: they leak, fork, print, do not come to work; and so many of
them die that nothing may depend on how many there were."""

import os
from pathlib import Path

from faults_runner import FaultsTest
from memory_test import Footprint
from penstock_runner import kill, wait_for_ends
from starts_test import COUNT as STARTED_COUNT, TASKS, Starts

from matrix.rows import row

MIB = 1 << 20
# PENSTOCK_FAULT_DEATHS in the environment says how many.
DEATHS = int(os.environ.get("PENSTOCK_FAULT_DEATHS", "10000"))


@row("every item leaks 40 MiB, the limit is 1 GiB, 60 items", "60 of 60; status 0")
def leaks(this):
    with this.case() as case:
        ended = case.run_stages({"numbers": case.numbers(60),
                                 "act": case.stage("act", "numbers", ["every=leak40"]),
                                 "save": case.write(source="act")}, pool={"memory": "1GiB"})
        case.assert_ended(ended, 0, done=60)
        case.assertEqual(sorted(case.lines()), list(range(1, 61)))


@row("a task forks a child that lives on, or daemonizes, or closes all descriptors",
     "the run ends well; the child is gone")
def children(this):
    for how in "breed", "breed_daemon", "close_all":
        with this.case() as case:
            item = this.chance.randrange(1, 51)
            ended = case.run_stages({
                "numbers": case.numbers(50),
                "act": case.stage("act", "numbers", [f"{item}={how}*1"]),
                "save": case.write(source="act")})
            case.assert_ended(ended, 0, done=50, dead=0)
            case.assertEqual(sorted(case.lines()), list(range(1, 51)))


@row("a task prints 100 MB to stdout and stderr, binary, too",
     "results are intact; what is shown is tagged, limited and no control code; no hang")
def floods(this):
    with this.case() as case:
        running = case.start_stages({
            "numbers": case.numbers(50),
            "act": case.stage("act", "numbers", [f"{this.chance.randrange(1, 51)}=flood"]),
            "save": case.write(source="act")})
        ended = running.wait()
        case.assert_ended(ended, 0, done=50, restarts=0, retried=0)
        case.assertEqual(sorted(case.lines()), list(range(1, 51)))
        case.assertEqual(ended.stdout, b"")
        raw = running.stderr_path.read_bytes()
        case.assertLess(len(raw), 10 * MIB)
        case.assertEqual(set(range(32)) & set(raw), {10})
        raw.decode()  # it is text
        for line in raw.decode().splitlines()[:-1]:
            case.assertRegex(line, r"^\[worker-\d+\] |^warning: |^progress: ")


@row("a worker dies in init, always; every second time; takes 20 s in init",
     "refused with the cause before anything was taken, status 4 with the cause later; success; "
     "others serve meanwhile")
def starts(this):
    with this.case(Starts, files=["out"]) as case:
        case.refused_before_anything_was_taken(this.chance.choice(list(TASKS)))
    with this.case(Starts, files=["out"]) as case:
        case.ends_the_run_later(this.chance.choice(list(TASKS)))
    with this.case(Starts) as case:
        case.is_right(case.run_with("act", "open=kill%2", recycle={"items": 5}))
    with this.case(Starts) as case:
        ended = case.run_with("act", "open=sleep20000*1", processes=2)
        case.is_right(ended, restarts=0)
        case.assertLess(ended.seconds, 10)
        case.assertEqual(case.executions("act").total(), STARTED_COUNT)


class Chaos(FaultsTest):
    COUNT, KILLS = 2000, 64
    SECONDS = 14.5  # in which they come: 4 processes have 15 s of work
    WITHIN = 25  # the run has to end

    def kill_at_random(self, running):
        """Whoever it hits: source and sink, too."""
        moments = sorted(self.chance.random() * self.SECONDS for _ in range(self.KILLS))
        before = 0
        for moment in moments:
            self.assertTrue(wait_for_ends([running.pid], moment - before), running.stderr[-3000:])
            before = moment
            while not kill(self.chance.choice(running.processes("penstock-worker"))):
                pass

    def seconds_with_kills(self):
        stages = {"numbers": self.numbers(self.COUNT)}
        for name, source in ("one", "numbers"), ("two", "one"), ("three", "two"):
            stages[name] = self.stage("act", source, takes="10ms")
        stages["save"] = self.write(source="three")
        running = self.start_stages(stages, pool={"processes": 4})
        self.until_ledger(running, lambda _: self.calls("act", "1"), "the first item")
        self.kill_at_random(running)
        ended = running.wait()
        self.assert_ended(ended, 0, done=self.COUNT, dead=0)
        self.assertEqual(sorted(self.lines()), list(range(1, self.COUNT + 1)))
        executions = self.executions("act")
        self.assertEqual(len(executions), self.COUNT)
        self.assertLessEqual(executions.total() - 3 * self.COUNT, self.KILLS)
        return ended.seconds


@row("64 kills in 20 s, 4 processes, 2,000 items of 30 ms, three stages",
     "2,000 are delivered once; status 0; under 25 s; at most 64 are executed again")
def chaos(this):
    # Another process of a busy machine may take the time: it is held to the best of three.
    with this.case(Chaos) as case:
        seconds = []
        while not seconds or (seconds[-1] >= case.WITHIN and len(seconds) < 3):
            case.ledger_path.write_text("")
            seconds.append(case.seconds_with_kills())
        case.assertLess(seconds[-1], case.WITHIN, seconds)


def size_of(running):
    """What an engine has: descriptors, MiB resident, MiB of memory shared with workers."""
    status = Path(f"/proc/{running.pid}/status").read_text(encoding="utf-8")
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return (len(os.listdir(f"/proc/{running.pid}/fd")), int(resident.split()[1]) >> 10,
            sum(Footprint.extents([running.pid]).values()) >> 20)


@row(f"{DEATHS:,} deaths in one run: each item kills its worker on its first attempt",
     "the run ends, each item delivered once; the engine has as many descriptors, as much memory "
     "of its own and for payloads as after the first deaths")
def many_deaths(this):
    with this.case() as case:
        running = case.start_stages({
            "numbers": case.numbers(DEATHS),
            "act": case.stage("act", "numbers", ["every=kill*1"], {"retry": {"backoff": "1ms"}}),
            "save": case.write(source="act")})
        sizes = []
        for share in 0.1, 0.9:
            least = int(DEATHS * share) * len("act 1000 10000\n")
            running.until(lambda least=least: case.ledger_path.stat().st_size > least, "deaths")
            sizes.append(size_of(running))
        ended = running.wait(300)
        case.assert_ended(ended, 0, done=DEATHS, dead=0, retried=DEATHS, restarts=DEATHS)
        case.assertEqual(sorted(case.lines()), list(range(1, DEATHS + 1)))
        case.assertEqual(set(case.executions("act").values()), {2})
        for before, after, more in zip(*sizes, (16, 8, 64)):
            case.assertLess(after, before + more, sizes)
