"""What a run is started in and who can see it: its parent, the clock, the state folder, secrets,
texts with control codes."""

import os
import re
import signal
import sqlite3
import time
import uuid
from contextlib import closing
from pathlib import Path

from damage_test import Damage
from faults_runner import FaultsTest
from journal_test import Neighbours
from penstock_runner import BIN, TEST_PLUGINS, kill, wait_for_ends
from resume_runner import ResumeTest

from matrix.rows import row

COUNT = 200
STOPPED = 10  # seconds
CLOCK_SHIFT = BIN / "libclock_shift.so"
ALLOW = "PENSTOCK_ALLOW_WRITABLE_PLUGINS"


class Surroundings(FaultsTest):
    def begin(self, *faults, takes="2ms", policies=None, **options):
        return self.start_stages({
            "numbers": self.numbers(COUNT),
            "act": self.stage("act", "numbers", faults, policies, takes=takes),
            "save": self.write(source="act")}, **options)

    def works(self, running, **account):
        """What stderr says may be nowhere: the summary has the account."""
        ended = running.wait()
        self.assertEqual(ended.status, 0, str(ended))
        account = {"in": COUNT, "done": COUNT, "dead": 0, "pending": 0} | account
        self.assertEqual({name: ended.summary[name] for name in account}, account)
        self.assertEqual(sorted(self.lines()), list(range(1, COUNT + 1)))
        with closing(sqlite3.connect(self.folder / ".penstock/faults/run.db")) as journal:
            self.assertEqual(journal.execute("PRAGMA integrity_check").fetchall(), [("ok",)])

    def until_begun(self, running, count):
        running.until(lambda: self.executions("act").total() >= count, f"{count} items")

    def set_clock(self, seconds):
        """At once, in all processes of the run."""
        (self.folder / "shift.new").write_text(str(seconds))
        (self.folder / "shift.new").rename(self.folder / "shift")


def closed(*descriptors):
    def preexec():
        for descriptor in descriptors:
            os.close(descriptor)
    return preexec


def ignoring(*signals):
    def preexec():
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
    return preexec


@row("fds 0 to 2 closed at start; SIGCHLD and SIGPIPE ignored by the parent; the clock set an hour "
     "off; the engine stopped for 10 s", "works; no false time-out")
def odd_start(this):
    with this.case(Surroundings) as long:
        standing = long.begin(takes="20ms", policies={"timeout": "1s"})
        long.until_begun(standing, 20)
        standing.signal(signal.SIGSTOP)
        until = time.monotonic() + STOPPED

        for gone in (0,), (1,), (2,), (0, 1, 2):
            with this.case(Surroundings) as case:
                case.works(case.begin("7=kill*1", preexec=closed(*gone)), restarts=1)
        with this.case(Surroundings) as case:
            case.works(case.begin("7=kill*1", "9=breed*1", preexec=ignoring(
                signal.SIGCHLD, signal.SIGPIPE)), retried=1, restarts=1)
        with this.case(Surroundings, files=["shift"]) as case:
            if not CLOCK_SHIFT.exists():
                case.skipTest(f"the clock: {CLOCK_SHIFT.name} was not built")
            running = case.begin("9=throw*1", takes="10ms",
                                 policies={"timeout": "2s", "retry": {"attempts": 3, "outcomes": [
                                     "failed"]}},
                                 env={"LD_PRELOAD": CLOCK_SHIFT,
                                      "CLOCK_SHIFT": str(case.folder / "shift")})
            for begun, seconds in (30, 3600), (80, -3600), (130, 0):
                case.until_begun(running, begun)
                case.set_clock(seconds)
            case.works(running, retried=1, restarts=0)

        wait_for_ends([standing.pid], until - time.monotonic())
        standing.signal(signal.SIGCONT)
        long.works(standing, retried=0, restarts=0)


class Folder(ResumeTest):
    """Who plants something where the run writes, or where its plugins lie."""

    def stages(self):
        return {"numbers": self.numbers(COUNT), "save": self.write(source="numbers")}

    def test_a_link(self, place):
        """It is refused, or of a file that is made anew taken away; nobody writes where it leads
        to."""
        target = self.folder / "elsewhere"
        target.mkdir()
        state = self.folder / self.state
        state.parent.mkdir()
        if place:
            state.mkdir()
            (target / "file").write_text("somebody's")
            (state / place).symlink_to(target / "file")
        else:
            state.symlink_to(target)
        before = sorted((path.name, path.read_bytes()) for path in target.iterdir())
        for words in [], ["--resume"]:
            ended = self.run_stages(self.stages(), *words)
            if place != "run.db-wal":
                self.assertEqual(ended.status, 2, str(ended))
                self.assertIn(self.state, ended.stderr)
        self.assertEqual(sorted((path.name, path.read_bytes()) for path in target.iterdir()),
                         before)
        (state / place if place else state).unlink(missing_ok=True)

    def test_plugins_that_others_may_write(self, way):
        """Of a good plugin: `way` says what of it is open to all."""
        there = self.folder / "open"
        there.mkdir()
        file = there / "libfaulty.so"
        file.write_bytes((TEST_PLUGINS / "libfaulty.so").read_bytes())
        folder, place = there, there
        if way == "link":
            folder = self.folder / "links"
            folder.mkdir()
            (folder / "libfaulty.so").symlink_to(file)
        if way == "file":
            place = file
        for path, mode in (folder, 0o755), (there, 0o755), (file, 0o755), (place, 0o777):
            path.chmod(mode)
        words = ["run", "pipeline.yaml", "--plugin-path", folder]
        self.write("pipeline.yaml", self.text_of(self.stages()))
        ended = self.penstock(*words)
        self.assertEqual(ended.status, 2, str(ended))
        for told in str(place), "mode 0777", "chmod o-w", ALLOW:
            self.assertIn(told, ended.stderr)
        self.assertEqual(self.ledger(), [])
        self.assert_ended(self.penstock(*words, env={ALLOW: "1"}), 0, done=COUNT)
        place.chmod(0o755)
        self.assert_ended(self.penstock(*words), 0, done=COUNT)


@row("the state folder under any umask; planted links; a plugin folder that others may write",
     "0700, and files 0600; links are refused; so is a plugin whose folder or file others may "
     "write, unless allowed")
def planted(this):
    this.each(Neighbours, "test_nobody_else_can_read_it", files=["masked.yaml"])
    this.each(Damage, "test_it_is_something_else", files=["kept"])
    for place in None, "lock", "run.db", "run.db-wal":
        with this.case(Folder, files=["elsewhere"]) as case:
            case.test_a_link(place)
    for way in "folder", "file", "link":
        with this.case(Folder, files=["open", "links"]) as case:
            case.test_plugins_that_others_may_write(way)


class Shown(FaultsTest):
    """All that a run shows or keeps."""

    def told(self, *words, **options):
        """What `penstock WORDS` prints."""
        ended = self.penstock(*words, **options)
        return ended.stdout + ended.stderr.encode()

    def everything(self, *words):
        """What the runs printed and left, and what other commands show of it."""
        path = ["--plugin-path", TEST_PLUGINS]
        shown = [running.stdout + running.stderr_path.read_bytes() for running in self.started]
        shown += [summary.read_bytes() for summary in self.folder.glob("summary.*")]
        for command in words:
            more = [] if command[0] == "dead" else path
            shown.append(self.told(*command, *more))
        return shown

    def kept(self):
        return [path.read_bytes() for path in (self.folder / ".penstock").rglob("*")
                if path.is_file()]


# Control codes, the newline aside, and those beyond ASCII.
CODES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def command_lines():
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            found.append(Path("/proc", entry, "cmdline").read_bytes())
        except OSError:  # it has ended
            pass
    return found


@row("secrets in the environment, in URLs, in `password:` keys",
     "in no log, summary, dead letter or state folder, and no `/proc/*/cmdline`")
def secrets(this):
    secret = uuid.UUID(int=this.chance.getrandbits(128)).hex
    with this.case(Shown, files=["secret"]) as case:
        super(FaultsTest, case).write("secret", secret)
        case.write("urls", "http://127.0.0.1:1/\n")
        environment = {"PLANTED": secret, "PGPASSWORD": secret}
        stages = {
            "numbers": case.numbers(20),
            "act": case.stage("act", "numbers", ["3=kill", "5=segv", "7=throw", "20=hang*1"],
                              password="${file:secret}"),
            "save": case.write(source="act")}
        if (BIN / "plugins/libhttp.so").exists():
            stages |= {
                "urls": {"task": "files.lines", "with": {"paths": ["urls"]}},
                "get": {"task": "http.get", "from": "urls", "with": {
                    "proxy": "http://user:${file:secret}@127.0.0.1:1",
                    "authorization": "Bearer ${PLANTED}"}},
                "pages": {"task": "files.write", "from": "get", "with": {"path": "pages"}}}
        running = case.start_stages(stages, env=environment)
        running.until(lambda: case.calls("act", "20"), "the last item")
        running.until_stderr("given up")
        seen = command_lines()
        kill(case.calls("act", "20")[0])
        case.assertEqual(running.wait().status, 1)
        stages = {"numbers": case.numbers(20),
                  "rows": {"task": "postgres.insert", "from": "numbers", "with": {
                      "connection": f"postgresql://user:{secret}@127.0.0.1:1/none",
                      "table": "none"}}}
        ended = case.run_stages(stages, env=environment)
        case.assertNotEqual(ended.status, 0)
        seen += case.everything(["explain", "pipeline.yaml"], ["check", "pipeline.yaml"],
                                ["dead", "list", "pipeline.yaml", "--json"]) + case.kept()
        for text in seen:
            place = text.find(secret.encode())
            case.assertEqual(place, -1, text[max(place - 300, 0):place + 100])


@row("an item or a plugin text with escape codes, newlines, `<script>`",
     "shown escaped everywhere")
def odd_texts(this):
    with this.case(Shown, files=["in"]) as case:
        super(FaultsTest, case).write("in", "\x1b[31m<script>\x07 \x9b31m\n\x00\x7f\n")
        stages = {"lines": {"task": "files.lines", "with": {"paths": ["in"]}},
                  "parse": {"task": "sample.parse", "from": "lines"},
                  "numbers": case.numbers(20),
                  "act": case.stage("act", ["numbers", "parse"],
                                    ["3=throw_gaudy", "5=print_gaudy", "7=print_gaudy", "7=kill"]),
                  "gaudy": {"task": "faulty.gaudy", "from": "act"},
                  "save": case.write(source="gaudy")}
        ended = case.run_stages(stages)
        case.assertEqual(ended.status, 1, str(ended))
        state = ["--state", ".penstock/faults"]
        seen = case.everything(
            ["explain", "pipeline.yaml"], ["inspect", "faulty"], ["inspect", "faulty.gaudy"],
            ["plugins"], ["inspect", "faulty", "--json"], ["graph", "pipeline.yaml"],
            ["dead", "list", "pipeline.yaml", *state],
            ["dead", "list", "pipeline.yaml", "--json", *state],
            ["dead", "show", "pipeline.yaml", "lines:0", *state],
            ["dead", "show", "pipeline.yaml", "numbers:2", *state],
            ["dead", "show", "pipeline.yaml", "numbers:6", *state])
        raw = [text for text in seen if CODES.search(text.decode())]  # all of it is text
        case.assertEqual(raw, [])
