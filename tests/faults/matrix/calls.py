"""Calls that do not end as they should: they take for ever, leave, throw, or stand still."""

import signal

from faults_runner import FaultsTest
from items_test import OneItem
from penstock_runner import kill, wait_for_ends

from matrix.rows import row

# Those that end a process, with what stands in the cause. SIGXFSZ is refused work, not a death.
STOPS = {signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
HARMLESS = {signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH, signal.SIGXFSZ}
LEAVES = {"exit0": "exited with status 0", "leave0": "exited with status 0",
          "exit3": "exited with status 3", "abort": "killed by SIGABRT",
          "terminate": "killed by SIGABRT", "overflow": "killed by SIGSEGV",
          "segv": "killed by SIGSEGV"}
ENDLESS = ["hang", "hang_deaf", "spin_deaf", f"raise{int(signal.SIGSTOP)}"]


@row("an item never returns, blocks all signals, spins, is stopped; `timeout: 3s`",
     "SIGTERM, grace, SIGKILL; dead with `timed out after 3 s`; others are delivered meanwhile")
def never_returns(this):
    count = 200
    with this.case() as case:
        bad = dict(zip(this.chance.sample(range(1, count + 1), len(ENDLESS)), ENDLESS))
        faults = [f"{item}={how}" for item, how in bad.items()]
        policies = {"timeout": "3s", "retry": {"attempts": 1}}
        running = case.start_stages({"numbers": case.numbers(count),
                                     "act": case.stage("act", "numbers", faults, policies),
                                     "save": case.write(source="act")},
                                    pool={"processes": len(ENDLESS) + 1})
        good = sorted(set(range(1, count + 1)) - set(bad))

        def delivered():
            path = case.folder / "out.partial"
            return path.exists() and sorted(case.lines(path.name)) == good
        running.until(delivered, "the other items")
        case.assertNotIn("timed out", running.stderr)
        ended = running.wait()
        case.assert_ended(ended, 1, done=len(good), dead=len(bad), restarts=len(bad))
        case.assertEqual(sorted(case.lines()), good)
        for letter in case.dead_letters():
            attempt, = letter["attempts"]
            case.assertIn("timed out after 3 s", attempt["cause"])
            case.assertTrue(2.9 < attempt["seconds"] < 5, letter)


@row("no time-out is set, and an item takes long",
     "a line after 10 s names item, age and pid; Ctrl-C works, and `--resume` after it")
def takes_long(this):
    with this.case() as case:
        item = this.chance.randrange(1, 51)
        stages = {"numbers": case.numbers(50),
                  "act": case.stage("act", "numbers", [f"{item}=hang*1"]),
                  "save": case.write(source="act")}
        running = case.start_stages(stages)
        running.until_stderr("has been running for 10 s")
        told, = [line for line in running.stderr.splitlines() if "has been running" in line]
        for word in "stage `act`", f"item numbers:{item - 1} ", \
                f"(pid {case.calls('act', str(item))[0]})":
            case.assertIn(word, told)
        case.told_twice(running, signal.SIGINT, signal.SIGINT)
        case.assert_ended(case.run_stages(stages, "--resume"), 0, done=50)
        case.assertEqual(sorted(case.lines()), list(range(1, 51)))


@row("an item calls `exit(0)`, `_exit(0)`, `abort`, `std::terminate`, overflows its stack, raises "
     "each signal", "never a success; the cause is exact; what harms nobody is done")
def leaves(this):
    numbers = sorted(set(range(1, signal.SIGRTMAX + 1)) - STOPS - HARMLESS)
    ways = LEAVES | {f"raise{int(number)}": f"killed by {name_of(number)}" for number in numbers}
    ways |= {f"raise{int(number)}": None for number in HARMLESS}
    count = 3 * len(ways)  # enough that are done between the others
    with this.case() as case:
        items = [3 * n + this.chance.randrange(1, 4) for n in range(len(ways))]
        hows = this.chance.sample(list(ways), len(ways))
        act = case.stage("act", "numbers", [f"{item}={how}" for item, how in zip(items, hows)],
                         {"retry": {"attempts": 1}})
        ended = case.run_stages({"numbers": case.numbers(count), "act": act,
                                 "save": case.write(source="act")})
        causes = {letter["payload"]: letter["attempts"][0] for letter in case.dead_letters()}
        dead = {item: ways[how] for item, how in zip(items, hows) if ways[how]}
        case.assertEqual({item: hows[items.index(item)] for item in set(dead) ^ set(causes)}, {})
        for item, cause in dead.items():
            how = hows[items.index(item)]
            case.assertRegex(causes[item]["cause"], rf"\b{cause}\b", how)
            if how.startswith("raise"):
                case.assertEqual(causes[item]["signal"], int(how.removeprefix("raise")))
        case.assert_ended(ended, 1, dead=len(dead), done=count - len(dead), restarts=len(dead))
        case.assertEqual(sorted(case.lines()), sorted(set(range(1, count + 1)) - set(dead)))


def name_of(number):
    if number == signal.SIGPOLL:  # SIGIO has the same number
        return "SIGPOLL"
    names = {signal.Signals(known).name for known in signal.valid_signals()
             if known == number < signal.SIGRTMIN}
    return names.pop() if names else f"signal {number}"


@row("an item throws a `std::exception`, an `int`, an unknown type",
     "its text is in the dead letter; the same process serves the next item")
def throws(this):
    for how, text in (("throw", "thrown on purpose"), ("throw_int", "int"), ("throw_odd", "Odd")):
        with this.case(OneItem) as case:
            case.fails(how, text)


class Stopped(FaultsTest):
    COUNT = 200

    def stop_one(self, *faults, policies, **pool):
        """Stops a worker in mid-item for three seconds."""
        item = self.chance.randrange(2, self.COUNT)
        act = self.stage("act", "numbers", [f"{item}={how}*1" for how in (*faults, "sleep2000")],
                         policies, takes="20ms")
        running = self.start_stages({"numbers": self.numbers(self.COUNT), "act": act,
                                     "save": self.write(source="act")}, pool=pool)
        pid = self.until_ledger(running, lambda _: self.calls("act", str(item)), "the item")[0]
        if faults:  # they come before the sleep
            self.until_ledger(running, lambda _: blocks(pid, signal.SIGTERM), "its deafness")
        kill(pid, signal.SIGSTOP)
        wait_for_ends([pid], 3)
        kill(pid, signal.SIGCONT)
        ended = running.wait()
        self.assertEqual(sorted(self.lines()), list(range(1, self.COUNT + 1)), str(ended))
        executions = self.executions("act")
        times = executions.pop(item)
        self.assertEqual(set(executions.values()), {1})
        return ended, times


def blocks(pid, number):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as status:
            mask = next(line for line in status if line.startswith("SigBlk:"))
    except OSError:
        return False
    return bool(int(mask.split()[1], 16) >> (number - 1) & 1)


@row("SIGSTOP of a worker for 3 s, with a time-out above and below",
     "above: 200 are delivered once, nothing is retried; below: that item is tried again, and a "
     "late answer refused")
def stopped_worker(this):
    with this.case(Stopped) as case:
        ended, times = case.stop_one(policies={"timeout": "10s"})
        case.assert_ended(ended, 0, done=case.COUNT, retried=0, restarts=0)
        case.assertEqual(times, 1)
    with this.case(Stopped) as case:
        ended, times = case.stop_one(policies={"timeout": "1s"})
        case.assert_ended(ended, 0, done=case.COUNT, retried=1, restarts=1)
        case.assertEqual(times, 2)
    with this.case(Stopped) as case:  # goes on within the grace, and answers
        ended, times = case.stop_one("deaf", policies={"timeout": "1s"}, grace="5s")
        case.assert_ended(ended, 0, done=case.COUNT)
        # The answer counts, or the call is made again: never both.
        case.assertEqual(times, 1 + ended.account["retried"])
