"""What is held of the end of every round of every row, whatever it did: the account closes, the
status says what the account does, no engine died by itself, and nothing is left behind.

`Checked` is mixed into a class of tests; `check_end` looks at all that the test has started.
"""

import json
import os
import re
import time
from pathlib import Path

from penstock_runner import (SUMMARY, TEST_PLUGINS, PenstockTest, command_of, marked_processes,
                             wait_for_ends)

SECONDS = 2  # after which nothing may be left
STATUSES = {0, 1, 2, 3, 4, 130, 143}
RESUMABLE = {3, 4, 130, 143, -9}
OUTPUT = re.compile(r'\b(?:path|database)"?: *"?([^",}\s]+)')
OWN = re.compile(r"pipeline\.yaml|tmp|\.penstock|ledger|(stdout|stderr|stdin)\.\d+|"
                 r"summary\.\d+\.json")
SHARED_MEMORY = Path("/dev/shm")
LAST_WORDS = "penstock: out of memory: give it more, or the pipeline fewer processes"


def names_in_shared_memory():
    return set(os.listdir(SHARED_MEMORY))


def unheld_names(names, mark):
    """Those that no process but this test's has mapped. What others hold is not ours, nor what has
    gone when all processes have been looked at: one of them took it away, and ended."""
    if not names:
        return names
    ours, held = set(marked_processes(mark)), set()
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            maps = Path("/proc", entry, "maps").read_text(encoding="utf-8", errors="replace")
        except OSError:  # it has ended
            continue
        if int(entry) not in ours:
            held |= {name for name in names if f"{SHARED_MEMORY}/{name}" in maps}
    return (names - held) & names_in_shared_memory()


class Checked(PenstockTest):
    """A test with a TMPDIR of its own and a seed, by which all that chance chooses is repeated."""

    seed = 0

    def id(self):
        return f"{type(self).__name__} {self.seed}"

    def setUp(self):
        self.own, self.runs = set(), []
        self.names_before = names_in_shared_memory()
        super().setUp()
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir(exist_ok=True)

    def environment(self, **more):
        return super().environment(**({"TMPDIR": str(self.temporary)} | more))

    def write(self, *words, **more):
        made = super().write(*words, **more)
        if isinstance(made, Path):
            name = made.relative_to(self.folder).parts[0]
            self.own.add(name)
            if name.endswith(".yaml"):
                text = made.read_text(encoding="utf-8", errors="replace")
                self.own |= {Path(path).parts[0] for path in OUTPUT.findall(text)}
        return made

    def start(self, *words, **more):
        running = super().start(*words, **more)
        if words[0] == "run":
            self.runs.append(running)
        return running

    def check_end(self):
        for running in self.started:
            self.assert_status(running)
        for running in self.runs:
            self.assert_account_of(running)
        self.assert_no_process()
        self.assert_no_name()
        self.assertEqual(os.listdir(self.temporary), [], "in TMPDIR")
        self.assert_no_file()
        for folder in (self.folder / ".penstock").glob("*"):
            if folder.is_dir():
                self.assert_folder_is_free(folder)
        self.assert_no_process()

    # Statuses and accounts.

    def assert_status(self, running):
        status = running.process.returncode
        self.assertIsNotNone(status, f"it was not waited for\n{running.stderr[-2000:]}")
        # Only a test sends a SIGKILL; whether it meant this one it says by what it asserts.
        self.assertIn(status, STATUSES | {-9}, running.stderr[-4000:])

    def assert_account_of(self, running):
        """The last line and the summary close, for the run and for each stage, and agree."""
        status = running.process.returncode
        if status == -9:
            return
        accounts = []
        lines = running.stderr.splitlines()
        match = SUMMARY.fullmatch(lines[-1]) if lines else None
        if match:
            accounts.append({name: float(value) for name, value in match.groupdict().items()})
        if running.summary_path and running.summary_path.exists():
            summary = json.loads(running.summary_path.read_text(encoding="utf-8"))
            accounts += [summary, *summary["stages"]]
        told = running.stderr[-4000:]
        for account in accounts:
            self.assertEqual(account["in"], account["done"] + account["dead"] + account["pending"],
                             f"{account}\n{told}")
        if not accounts:  # it did not come to a run
            self.assertTrue(status == 2 or (status == 3 and len(lines) == 1),
                            f"no account of status {status}\n{told}")
            return
        run = accounts[0]
        for other in accounts[1:2]:
            self.assertEqual([other[name] for name in ("in", "done", "dead", "pending")],
                             [run[name] for name in ("in", "done", "dead", "pending")], told)
        if status == 0:
            self.assertEqual((run["done"], run["dead"], run["pending"]), (run["in"], 0, 0), told)
        elif status == 1:
            self.assertTrue(run["dead"] > 0 and run["pending"] == 0, told)
        elif status == 2:  # it took nothing; what had ended before may be told
            self.assertEqual(run["pending"], 0, told)
            if "--resume" not in running.process.args:
                self.assertEqual(run["in"], 0, told)

    # What is left.

    def assert_no_process(self):
        left = wait_for_ends(marked_processes(self.mark), SECONDS)
        self.assertEqual([f"{pid} {command_of(pid)}" for pid in left], [], "left behind")

    def assert_no_name(self):
        new = names_in_shared_memory() - self.names_before
        end = time.monotonic() + SECONDS
        while new and time.monotonic() < end:  # others come and go
            new = unheld_names(new, self.mark)
        self.assertEqual(new, set(), f"in {SHARED_MEMORY}")

    def assert_no_file(self):
        """Outside the state folder: what the pipeline writes, and PATH.partial of it while a run
        can be gone on with."""
        # Of a run that was refused, what an earlier one left is not the business.
        statuses = [running.process.returncode for running in self.runs]
        last = next((status for status in reversed(statuses) if status != 2), 0)
        allowed = set(self.own)
        for path in self.own:
            allowed |= {f"{path}.epoch", f"{path}.partial" if last in RESUMABLE else path}
        # An engine that was killed as it wrote its summary: the next of that name replaces it.
        allowed |= {f"{running.summary_path.name}.partial" for running in self.runs
                    if running.summary_path and running.process.returncode == -9}
        left = [path.name for path in self.folder.iterdir()
                if path.name not in allowed and not OWN.fullmatch(path.name)]
        self.assertEqual(left, [], f"left behind by a run of status {last}")
        self.assert_named()

    def assert_named(self):
        """What the last run has left unfinished stands in its last lines, unless it was killed, or
        had no memory left to look for it."""
        if not self.runs or self.runs[-1].process.returncode not in RESUMABLE - {-9}:
            return
        told = self.runs[-1].stderr.splitlines()[-2:]
        if told[-1:] == [LAST_WORDS]:
            return
        for path in self.folder.glob("*.partial"):
            if path.name.removesuffix(".partial") in self.own:
                self.assertIn(path.name, "\n".join(told))

    def assert_folder_is_free(self, folder):
        """Nobody has its lock any more: another run takes it."""
        stages = {"numbers": {"task": "faulty.numbers", "with": {"count": 3, "ledger": "after"}},
                  "save": {"task": "faulty.ledger", "from": "numbers", "with": {"ledger": "after"}}}
        super().write("after.yaml", json.dumps({"pipeline": "after", "stages": stages}))
        ended = self.penstock("run", "after.yaml", "--fresh", "--state", folder, "--plugin-path",
                              TEST_PLUGINS)
        self.assert_ended(ended, 0, done=3)
