"""A soak: one run after the other in the same folder, each killed again and again, until the time
is over. What is killed, and when, is chosen by chance."""

import collections
import ctypes
import os
import random
import resource
import time

from penstock_runner import command_of, kill, wait_for_ends

from matrix.ends import names_in_shared_memory
from soak.flow import SoakFlow
from soak.samples import Samples

# How often each is killed, of so many times. Every second run keeps its engine from its beginning
# to its end: what an engine leaks takes time to show.
DECK = {"a worker": 6, "the keeper": 2, "the engine": 4, "everything": 2}
KILLS_THE_ENGINE = {"the engine", "everything"}
LONGEST_RUN, SHORTEST_RUN = 60, 5  # seconds, if nothing was killed
HANG = 180  # seconds in which no task is called
PR_SET_CHILD_SUBREAPER = 36


class Soak:
    def __init__(self, seed, seconds):
        self.flow = SoakFlow()
        self.flow.seed = seed
        self.samples = Samples(self.flow)
        self.seconds = seconds
        self.began = time.monotonic()
        self.next_sample, self.next_line = 0, 60
        self.runs, self.lives, self.items, self.again, self.workers = 0, 0, 0, 0, 0
        self.kills, self.deck = collections.Counter(), []

    @property
    def second(self):
        return time.monotonic() - self.began

    def last(self):
        """Soaks for the given time. An AssertionError says what was wrong."""
        become_subreaper()
        self.flow.setUp()
        try:
            while self.runs == 0 or self.second < self.seconds:
                self.run()
            self.samples.check_growth()
        finally:
            self.flow.doCleanups()
            reap_orphans()

    def run(self):
        """A run with an input of its own, until it is done and has been held against that."""
        self.runs += 1
        wanted = min(LONGEST_RUN, self.seconds / 3, self.seconds - self.second)
        wanted = max(wanted, SHORTEST_RUN)
        flow, until = self.flow, self.second + 10 * wanted + 2 * HANG
        flow.chance = random.Random(f"{flow.id()} {self.runs}")
        flow.names_before = names_in_shared_memory()
        stages = flow.new_input(wanted)
        while True:
            self.lives += 1
            running = flow.start_stages(stages, "--resume")
            ended = self.live(running, until)
            if ended or flow.is_finished():
                break
            self.samples.take_at_resume(self.second, f"run {self.runs}", flow.rows())
        self.workers += flow.assert_right(ended)
        self.items += len(flow.good) + len(flow.poison)
        self.again += flow.executions("act").total() - len(flow.good) - len(flow.poison)
        flow.check_end_of_run()

    def live(self, running, until):
        """The life of one engine: what it has come to, or None if it was killed."""
        life = f"run {self.runs}, the engine's life {self.lives}"
        next_kill = self.second + self.gap()
        length, moved = 0, self.second
        while True:
            due = min(next_kill, self.next_sample)
            if not wait_for_ends([running.pid], max(due - self.second, 0)):
                return running.wait()
            if self.second >= self.next_sample:
                self.take_sample(running, life)
                before, length = length, self.flow.ledger_path.stat().st_size
                moved = moved if length == before else self.second
                self.assert_moves(running, moved, until)
            if self.second >= next_kill:
                next_kill = self.second + self.gap()
                if self.second < self.seconds and self.kill(running):
                    # It may have ended before the signal came.
                    return None if running.process.wait() < 0 else running.wait()

    def take_sample(self, running, life):
        reap_orphans(spared=running.pid)
        self.samples.take(self.second, life)
        self.next_sample = self.second + 1
        if self.second >= self.next_line:
            print(self.told(), flush=True)
            self.next_line = self.second - self.second % 60 + 60

    def assert_moves(self, running, moved, until):
        if self.second < min(moved + HANG, until):
            return
        below = "\n".join(f"{pid} {command_of(pid)}" for pid in running.processes())
        raise AssertionError(f"run {self.runs} hangs: its tasks were last called {moved:.0f} s "
                             f"after the start\n{below}\n{running.stderr[-4000:]}")

    # Kills.

    def gap(self):
        chance = self.flow.chance
        return chance.uniform(0, 0.3) if chance.random() < 0.25 else chance.expovariate(1 / 2.8)

    def kill(self, running):
        """Whoever is next; answers whether that was the engine, too."""
        what = self.draw()
        if what == "the engine":
            victims = [running.pid]
        elif what == "everything":
            victims = [running.pid, *running.processes()]
            self.flow.chance.shuffle(victims)
        else:
            program = "penstock-keeper" if what == "the keeper" else "penstock-worker"
            there = sorted(running.processes(program))
            victims = [self.flow.chance.choice(there)] if there else []
        killed = [pid for pid in victims if kill(pid)]
        self.kills[what] += bool(killed)
        return what in KILLS_THE_ENGINE

    def draw(self):
        while True:
            if not self.deck:
                self.deck = list(collections.Counter(DECK).elements())
                self.flow.chance.shuffle(self.deck)
            what = self.deck.pop()
            if self.runs % 2 == 1 or what not in KILLS_THE_ENGINE:
                return what

    # What is told.

    def told(self):
        kinds = ", ".join(f"{self.kills[what]} of {what}" for what in DECK)
        return (f"{self.second / 60:4.1f} min: {self.kills.total()} kills ({kinds}), "
                f"{self.lives - self.runs} resumes, {self.runs} runs, {self.items} items "
                f"({self.again} executions more), {self.workers} workers for the leaking task, "
                f"{self.cores():.2f} cores")

    def cores(self):
        """How much of the machine all of it has taken on average, this program included."""
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in used) / self.second

    def figures(self):
        return f"{self.told()}; the greatest (the median): {self.samples.told()}"


def become_subreaper():
    """What loses its parent becomes a child of this program, so that what it has used is known."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans(spared=None):
    """Those that have ended, up to the one that somebody else waits for."""
    ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
    try:
        while (child := os.waitid(os.P_ALL, 0, ended)) and child.si_pid != spared:
            os.waitpid(child.si_pid, 0)
    except ChildProcessError:  # there are none
        pass
