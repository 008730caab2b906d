"""Runs the real program for tests: a folder for each, output in files, a deadline on every wait.

Every process that a test starts, and all that those start, carry the test's mark in their
environment; when the test ends none may be left. CTest says where the program is: PENSTOCK_BIN, the
folder of the build's programs.
"""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import uuid
from pathlib import Path

BIN = Path(os.environ["PENSTOCK_BIN"])
PENSTOCK = BIN / "penstock"
TEST_PLUGINS = BIN / "test_plugins"
SOURCE = Path(__file__).resolve().parents[2]

DEADLINE = 60  # seconds that anything here may take at most; a machine may be slow
MARK = "PENSTOCK_TEST_MARK"
SUMMARY = re.compile(
    r"items: in=(?P<in>\d+) done=(?P<done>\d+) dead=(?P<dead>\d+) pending=(?P<pending>\d+) "
    r"retried=(?P<retried>\d+) restarts=(?P<restarts>\d+) time=(?P<time>\d+\.\d\d)s")


def marked_processes(mark):
    """The pids of all processes, zombies aside, that have the mark in their environment."""
    wanted, found = f"{MARK}={mark}".encode(), []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            if wanted in Path("/proc", entry, "environ").read_bytes().split(b"\0"):
                found.append(int(entry))
        except OSError:  # it has ended meanwhile
            pass
    return found


def until(condition, what, deadline=DEADLINE):
    """The first true value that condition() gives; looks again and again, and fails in time."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what}")
        select.select([], [], [], 0.005)


def kill(pid, number=signal.SIGKILL):
    """Sends a signal; False if the process had ended already."""
    try:
        os.kill(pid, number)
        return True
    except ProcessLookupError:
        return False


def wait_for_ends(pids, deadline):
    """Waits until none of the processes is there any more; answers those that still are."""
    end = time.monotonic() + deadline
    left = []
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            ready, _, _ = select.select([descriptor], [], [], max(0, end - time.monotonic()))
            if not ready:
                left.append(pid)
        finally:
            os.close(descriptor)
    return left


def command_of(pid):
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        return " ".join(word.decode(errors="replace") for word in words)
    except OSError:
        return ""


class Ended:
    """What a run of the program has come to."""

    def __init__(self, status, stdout, stderr, seconds, summary):
        self.status = status
        self.stdout = stdout  # bytes
        self.stderr = stderr  # text
        self.seconds = seconds
        self.summary = summary  # of --summary, or None

    @property
    def account(self):
        """The last line on stderr, as numbers by their names."""
        lines = self.stderr.splitlines()
        match = SUMMARY.fullmatch(lines[-1]) if lines else None
        if not match:
            raise AssertionError(f"the last line is no summary: {self.stderr[-2000:]}")
        return {name: int(value) for name, value in match.groupdict().items() if name != "time"}

    def stage(self, name):
        return next(stage for stage in self.summary["stages"] if stage["name"] == name)

    def __str__(self):
        return f"status {self.status} after {self.seconds:.1f} s\n{self.stderr[-4000:]}"


class Running:
    """The program while it runs. It is killed if nobody has waited for its end."""

    def __init__(self, test, words, stdin, stdout, environment, summary, preexec):
        self.test, self.summary_path = test, summary
        number = len(test.started)
        self.stdout_path = test.folder / f"stdout.{number}"
        self.stderr_path = test.folder / f"stderr.{number}"
        self.began = time.monotonic()
        with open(self.stderr_path, "wb") as err, open(self.stdout_path, "wb") as out:
            self.process = subprocess.Popen(
                [str(word) for word in words], cwd=test.folder, stdin=stdin,
                stdout=out if stdout is None else stdout, stderr=err, env=environment,
                preexec_fn=preexec)
        self.pid = self.process.pid

    @property
    def stderr(self):
        return self.stderr_path.read_text(encoding="utf-8", errors="replace")

    @property
    def stdout(self):
        return self.stdout_path.read_bytes()

    def processes(self, program=""):
        """The pids of what runs below it, those only whose command line has `program` in it."""
        return [pid for pid in marked_processes(self.test.mark)
                if pid != self.pid and program in command_of(pid)]

    def until(self, condition, what, deadline=DEADLINE):
        """The first true value of condition(), which has to come before the program ends."""
        def while_it_runs():
            value = condition()
            if not value and self.process.poll() is not None:
                raise AssertionError(f"it has ended before {what}: {self.stderr}")
            return value
        return until(while_it_runs, f"{what}: {self.stderr}", deadline)

    def until_stderr(self, text, deadline=DEADLINE):
        self.until(lambda: text in self.stderr, f"{text!r} on stderr", deadline)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, deadline=DEADLINE):
        try:
            status = self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            below = "\n".join(f"{pid} {command_of(pid)}" for pid in self.processes())
            self.stop()
            raise AssertionError(f"still there after {deadline} s\n{below}\n{self.stderr[-4000:]}")
        summary = None
        if self.summary_path and self.summary_path.exists():
            summary = json.loads(self.summary_path.read_text(encoding="utf-8"))
        return Ended(status, self.stdout, self.stderr, time.monotonic() - self.began, summary)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class PenstockTest(unittest.TestCase):
    """A test with a folder of its own, in which the program runs."""

    maxDiff = 4000

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="penstock-test-"))
        self.mark = uuid.uuid4().hex
        self.started = []
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.leave_no_process)

    def leave_no_process(self):
        for running in self.started:
            running.stop()
        left = wait_for_ends(marked_processes(self.mark), deadline=5)
        told = [f"{pid} {command_of(pid)}" for pid in left]
        for pid in left:
            kill(pid)
        self.assertEqual(told, [], "processes were left behind")

    def dead_items(self, pipeline):
        """The dead letters that the state folder of this pipeline holds."""
        state = f".penstock/{pipeline}"
        if not (self.folder / state / "run.db").exists():
            return []
        listed = subprocess.run([PENSTOCK, "dead", "list", "pipeline", "--json", "--state", state],
                                cwd=self.folder, capture_output=True, check=True)
        return [json.loads(line) for line in listed.stdout.splitlines()]

    def write(self, name, text):
        """A file in the folder of the test."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name):
        return (self.folder / name).read_bytes()

    def environment(self, **more):
        return dict(os.environ, **{MARK: self.mark}, **more)

    def start(self, *words, stdin=subprocess.DEVNULL, stdout=None, env=None, summary=None,
              preexec=None, prefix=()):
        """Starts `penstock WORDS`; stdin is bytes, an open file or descriptor."""
        if isinstance(stdin, bytes):
            stdin = open(self.write(f"stdin.{len(self.started)}", stdin), "rb")
            self.addCleanup(stdin.close)
        running = Running(self, [*prefix, PENSTOCK, *words], stdin, stdout,
                          self.environment(**(env or {})), summary, preexec)
        self.started.append(running)
        return running

    def penstock(self, *words, deadline=DEADLINE, **options):
        """Runs `penstock WORDS` to its end."""
        return self.start(*words, **options).wait(deadline)

    def start_pipeline(self, text, *words, name="pipeline.yaml", **options):
        """Starts `penstock run` with a pipeline of that text and with --summary."""
        self.write(name, text)
        summary = self.folder / f"summary.{len(self.started)}.json"
        return self.start("run", name, "--plugin-path", TEST_PLUGINS, "--summary", summary, *words,
                          summary=summary, **options)

    def run_pipeline(self, text, *words, deadline=DEADLINE, **options):
        return self.start_pipeline(text, *words, **options).wait(deadline)

    def assert_closes(self, ended):
        """in = done + dead + pending, for the run and for each stage."""
        accounts = [ended.account]
        if ended.summary:
            accounts += [ended.summary, *ended.summary["stages"]]
        for account in accounts:
            self.assertEqual(account["in"],
                             account["done"] + account["dead"] + account["pending"], str(ended))

    def assert_ended(self, ended, status, **account):
        """Its status, the numbers of the summary line that are given, and that it adds up."""
        self.assertEqual(ended.status, status, str(ended))
        real = ended.account
        self.assertEqual({name: real[name] for name in account}, account, str(ended))
        self.assert_closes(ended)
