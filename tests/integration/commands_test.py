"""explain, graph, dry runs, and workers under another program."""

import fcntl
import json
import os
import select
import shutil
import subprocess
import termios
import unittest

from penstock_runner import TEST_PLUGINS, PenstockTest

SMALL = """\
pipeline: small
vars: {COUNT: "10"}
pools:
  default: {processes: 3, memory: 1GiB}
stages:
  numbers: {task: sample.numbers, with: {count: "${COUNT}"}}
  odd: {task: sample.odd, from: numbers, on_failure: skip}
  save: {task: files.write, from: odd, with: {path: "${OUT:-out}"}}
  rest: {task: files.write, from: numbers, with: {path: rest}}
"""

WORKERS = """\
pipeline: workers
stages:
  numbers: {task: sample.numbers, with: {count: 200}}
  worker: {task: sample.worker, from: numbers}
  save: {task: files.write, from: worker, with: {path: out}}
"""

WRAPPER = """#!/bin/sh
# Says what it is given, and becomes the worker. A person at a terminal has to let it go on.
echo "under $1 $# at $(tty)"
shift
if [ -t 0 ]; then read line; echo "read $line"; fi
exec "$@"
"""


# The same with no limit, which a worker under a sanitizer does not fit into.
UNLIMITED = SMALL.replace(", memory: 1GiB", "")


class Commands(PenstockTest):
    def setUp(self):
        super().setUp()
        self.write("small.yaml", SMALL)

    def command(self, name, *words, **options):
        return self.penstock(name, "small.yaml", "--plugin-path", TEST_PLUGINS, *words, **options)


class Explain(Commands):
    def values(self, *words, **options):
        ended = self.command("explain", "--json", *words, **options)
        self.assertEqual((ended.status, ended.stderr), (0, ""))
        explained = json.loads(ended.stdout)
        found = {value["name"]: value for value in explained["values"]}
        for part in explained["pools"] + explained["stages"]:
            for value in part["values"]:
                found[f"{part['name']}.{value['name']}"] = value
        return explained, found

    def test_texts_without_a_letter_are_in_quotes(self):
        self.write("small.yaml", SMALL.replace("path: rest", 'path: "-"'))
        self.assertEqual(self.values()[1]["rest.with.path"]["value"], '"-"')
        self.write("greet.yaml", "pipeline: greet\nstages:\n"
                   "  line: {task: files.lines, with: {paths: [in]}}\n"
                   "  greet: {task: sample.greet, from: line,\n"
                   '          with: {greeting: "", marks: ["!", a]}}\n'
                   "  save: {task: files.write, from: greet, with: {path: out}}\n")
        ended = self.penstock("explain", "greet.yaml", "--plugin-path", TEST_PLUGINS)
        self.assertIn('  with.greeting        "" ', ended.stdout.decode())
        self.assertIn('  with.marks           ["!", a] ', ended.stdout.decode())

    def test_each_value_names_its_origin(self):
        self.write("values.yaml", "OUT: elsewhere\n")
        explained, values = self.values("--vars", "values.yaml", "--processes", "5",
                                        env={"COUNT": "7"})
        self.assertEqual(values["default.processes"], {
            "name": "processes", "value": "5", "origin": "option", "place": "--processes"})
        self.assertEqual(values["default.memory"], {
            "name": "memory", "value": "1GiB", "origin": "file", "place": "small.yaml:4"})
        self.assertEqual(values["numbers.with.count"], {
            "name": "with.count", "value": "10", "origin": "file", "place": "small.yaml:6",
            "variables": [{"name": "COUNT", "from": "small.yaml:2"}]})
        self.assertEqual(values["save.with.path"]["variables"],
                         [{"name": "OUT", "from": "values.yaml:1"}])
        self.assertEqual(values["memory"]["origin"], "auto")
        self.assertEqual(values["odd.queue.items"], {
            "name": "queue.items", "value": "1024", "origin": "default"})
        self.assertEqual(explained["private_memory"], 8 << 30)

    def test_the_environment_and_defaults_are_named(self):
        _, values = self.values()
        self.assertEqual(values["save.with.path"]["variables"],
                         [{"name": "OUT", "from": "default"}])
        _, values = self.values(env={"OUT": "here"})
        self.assertEqual(values["save.with.path"]["value"], "here")
        self.assertEqual(values["save.with.path"]["variables"],
                         [{"name": "OUT", "from": "environment"}])

    def test_the_processes_are_those_that_run(self):
        explained, _ = self.values()
        self.write("small.yaml", UNLIMITED.replace("sample.odd", "sample.crowd")
                   .replace("on_failure: skip", "with: {folder: .}"))
        running = self.start("run", "small.yaml", "--plugin-path", TEST_PLUGINS,
                             "--set", "COUNT=3000")  # more than may wait, so that the source stays
        # The engine is not among those below it.
        running.until(lambda: len(running.processes()) + 1 == explained["processes"],
                      "as many processes as were told")
        self.write("go", "")
        self.assertEqual(running.wait().status, 0)

    def test_text_and_findings(self):
        ended = self.command("explain", "--set", "COUNT=3")
        self.assertEqual(ended.status, 0)
        text = ended.stdout.decode()
        self.assertIn("pipeline small of small.yaml: 4 stages, 1 pool\n", text)
        self.assertIn("  with.count           3                    "
                      "small.yaml:6, ${COUNT} by --set\n", text)
        self.write("small.yaml", SMALL.replace("from: odd", "from: od"))
        ended = self.command("explain")
        self.assertEqual((ended.status, ended.stdout), (2, b""))
        self.assertIn("did you mean `odd`?", ended.stderr)


class Graph(Commands):
    def test_boxes_and_lines(self):
        ended = self.command("graph", env={"LC_ALL": "C.UTF-8"})
        self.assertEqual((ended.status, ended.stderr), (0, ""))
        self.assertIn("│ numbers  sample.numbers │", ended.stdout.decode())
        self.assertIn("▼", ended.stdout.decode())
        self.assertLessEqual(max(map(len, ended.stdout.decode().splitlines())), 80)

    def test_ascii_where_the_locale_has_no_more(self):
        for words, env in (((), {"LC_ALL": "C"}), (("--ascii",), {"LC_ALL": "C.UTF-8"})):
            ended = self.command("graph", *words, env=env)
            self.assertIn("| numbers  sample.numbers |", ended.stdout.decode("ascii"))

    def test_mermaid(self):
        ended = self.command("graph", "--format", "mermaid")
        self.assertEqual(ended.stdout.decode(), """\
flowchart TD
  s0(["numbers<br/>sample.numbers"])
  s1["odd<br/>sample.odd"]
  s2(["save<br/>files.write"])
  s3(["rest<br/>files.write"])
  s0 --> s1
  s1 --> s2
  s0 --> s3
""")

    def test_dot(self):
        ended = self.command("graph", "--format", "dot")
        self.assertTrue(ended.stdout.startswith(b'digraph "small" {\n'))
        if shutil.which("dot"):
            drawn = subprocess.run(["dot", "-Tsvg"], input=ended.stdout, capture_output=True,
                                   timeout=60, check=True)
            self.assertEqual(drawn.stderr, b"")
            self.assertIn(b"sample.odd", drawn.stdout)


class Runs(Commands):
    def test_a_dry_run_checks_and_touches_nothing(self):
        before = sorted(os.listdir(self.folder))
        ended = self.command("run", "--dry-run")
        self.assertEqual((ended.status, ended.stderr), (0, ""))
        self.assertTrue(ended.stdout.startswith(b"""\
pipeline small of small.yaml: 4 stages, 1 pool
  numbers  sample.numbers  source
  odd      sample.odd      transform, from numbers
  save     files.write     sink, from odd
  rest     files.write     sink, from numbers

processes: 8, the engine and its keeper among them
  3 workers of pool default          odd
  1 worker of pool default, its own  numbers
"""), ended.stdout.decode())
        after = [name for name in sorted(os.listdir(self.folder)) if not name.startswith("std")]
        self.assertEqual(after, [name for name in before if not name.startswith("std")])
        self.write("small.yaml", SMALL.replace("sample.odd", "sample.ood"))
        ended = self.command("run", "--dry-run")
        self.assertEqual((ended.status, ended.stdout), (2, b""))
        self.assertIn("did you mean `sample.odd`?", ended.stderr)

    def test_limit(self):
        self.write("small.yaml", UNLIMITED)
        self.assert_ended(self.command("run", "--limit", "4"), 0, **{"in": 4, "done": 4})
        self.assertEqual(self.read("rest").split(), [b"0", b"1", b"2", b"3"])

    def test_processes(self):
        for count in ("1", "3"):
            ended = self.run_pipeline(WORKERS, "--processes", count)
            self.assert_ended(ended, 0, done=200)
            self.assertLessEqual(len(set(self.read("out").split())), int(count))
        explained = json.loads(self.penstock("explain", "pipeline.yaml", "--plugin-path",
                                             TEST_PLUGINS, "--processes", "3", "--json").stdout)
        self.assertEqual(explained["processes"], 2 + 3 + 2)


class Under(Commands):
    def setUp(self):
        super().setUp()
        self.write("wrap.sh", WRAPPER).chmod(0o755)

    def test_a_stage_runs_under_a_command(self):
        ended = self.command("run", "--under", "odd=./wrap.sh 'two words'")
        self.assert_ended(ended, 0, done=10)
        self.assertIn("under two words 2 at not a tty\n", ended.stderr)
        self.assertEqual(ended.stderr.count("under two words"), 1)

    def test_every_kind_of_stage_can(self):
        ended = self.command("run", *(word for stage in ("numbers", "odd", "save", "rest")
                                      for word in ("--under", f"{stage}=./wrap.sh {stage}")))
        self.assert_ended(ended, 0, done=10)
        for stage in ("numbers", "odd", "save", "rest"):
            self.assertIn(f"under {stage} 2 at not a tty", ended.stderr)

    def test_time_outs_are_off(self):
        self.write("small.yaml", SMALL.replace("sample.odd", "sample.slow").replace(
            "on_failure: skip", "with: {wait: 200ms}, timeout: 50ms, retry: {attempts: 1}"))
        self.assert_ended(self.command("run", "--limit", "2"), 1, dead=2)
        self.assert_ended(self.command("run", "--limit", "2", "--under", "odd=./wrap.sh x"), 0,
                          done=2)

    def test_a_death_is_reported_as_ever(self):
        self.write("mortal.sh", '#!/bin/sh\n[ -e died ] && exec "$@"\ntouch died\nkill -SEGV $$\n'
                   ).chmod(0o755)
        ended = self.command("run", "--under", "odd=./mortal.sh")
        self.assert_ended(ended, 0, done=10, restarts=1)
        self.assertIn("of pool `under odd` ended between two calls: killed by SIGSEGV",
                      ended.stderr)

    def test_what_cannot_be_run_is_refused(self):
        ended = self.command("run", "--under", "odd=no-such-program")
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn("no-such-program: cannot be executed: no such file or directory",
                      ended.stderr)
        ended = self.command("run", "--under", "even=./wrap.sh")
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn("there is no stage `even`", ended.stderr)

    @unittest.skipUnless(shutil.which("valgrind"), "valgrind is not there")
    def test_valgrind(self):
        ended = self.command("run", "--under", "odd=valgrind --error-exitcode=9")
        self.assert_ended(ended, 0, done=10, restarts=0)
        self.assertIn("ERROR SUMMARY: 0 errors", ended.stderr)


class UnderAtTerminal(Commands):
    """The program in a session of its own, in the foreground of its terminal."""

    def setUp(self):
        super().setUp()
        self.write("wrap.sh", WRAPPER).chmod(0o755)

    def on_terminal(self, *words, answers=()):
        """Status and all that was shown; each answer is typed when its text has come."""
        master, slave = os.openpty()
        self.addCleanup(os.close, master)

        def take_terminal():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for descriptor in range(3):
                os.dup2(slave, descriptor)

        running = self.start("run", "small.yaml", "--plugin-path", TEST_PLUGINS, *words,
                             preexec=take_terminal, env={"TERM": "xterm", "NO_COLOR": "1"})
        modes = termios.tcgetattr(slave)
        shown, waiting = "", list(answers)

        def look():
            nonlocal shown
            while select.select([master], [], [], 0)[0]:
                shown += os.read(master, 65536).decode()
            if waiting and waiting[0][0] in shown:
                os.write(master, waiting.pop(0)[1].encode())
            return running.process.poll() is not None

        self.started_until(look, running)
        look()
        self.assertEqual(termios.tcgetattr(slave), modes, "the terminal is as it was")
        os.close(slave)
        return running.process.returncode, shown.replace("\r\n", "\n")

    def started_until(self, look, running):
        try:
            running.until(look, "its end")
        except AssertionError:
            if running.process.poll() is None:
                raise

    def test_its_worker_has_the_terminal(self):
        status, shown = self.on_terminal("--under", "odd=./wrap.sh x",
                                         answers=[("under x 2 at /dev/pts/", "go on\n")])
        self.assertEqual(status, 0, shown)
        self.assertIn("read go on\n", shown)
        self.assertRegex(shown.splitlines()[-1], "^items: in=10 done=10 ")

    def test_ctrl_c_is_the_workers(self):
        self.write("wrap.sh", '#!/bin/sh\ntrap "echo caught; exec $*" INT\necho ready\n'
                   'while :; do sleep 1; done\n').chmod(0o755)
        status, shown = self.on_terminal("--under", "odd=./wrap.sh",
                                         answers=[("ready", "\x03")])
        self.assertEqual(status, 0, shown)
        self.assertIn("caught", shown)
        self.assertIn("items: in=10 done=10 ", shown)

    def test_the_terminal_comes_back_from_whoever_died_with_it(self):
        self.write("wrap.sh", '#!/bin/sh\n[ -e died ] && exec "$@"\ntouch died\nstty raw -echo\n'
                   'kill -KILL $$\n').chmod(0o755)
        status, shown = self.on_terminal("--under", "odd=./wrap.sh")
        self.assertEqual(status, 0, shown)
        self.assertIn("ended between two calls: killed by SIGKILL", shown)

    @unittest.skipUnless(shutil.which("gdb"), "gdb is not there")
    def test_gdb(self):
        status, shown = self.on_terminal(
            "--under", "odd=gdb -q -nx -ex 'set debuginfod enabled off' --args",
            answers=[("(gdb) ", "run\n"), ("exited normally", "quit\n")])
        self.assertEqual(status, 0, shown)
        self.assertIn("items: in=10 done=10 ", shown)


if __name__ == "__main__":
    unittest.main()
