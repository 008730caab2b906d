"""What the program says on its command line: findings, refusals, the account, and progress."""

import os
import re
import select
import shutil
import subprocess
import unittest

from penstock_runner import BIN, DEADLINE, TEST_PLUGINS, PenstockTest

SMALL = """
pipeline: small
stages:
  numbers: {task: sample.numbers, with: {count: "${COUNT:-10}"}}
  odd: {task: sample.odd, from: numbers, on_failure: skip}
  save: {task: files.write, from: odd, with: {path: "${OUT:-out}"}}
"""

GATED = """
pipeline: gated
stages:
  blobs: {task: sample.blobs, with: {count: 3, size: 8}}
  gate: {task: sample.gate, from: blobs, with: {path: go}}
  save: {task: files.write, from: gate, with: {path: out}}
"""

TWELVE = """\
pipeline: twelve mistakes
memory: 64MB
pools:
  default: {proceses: 2}
  heavy: {processes: 010}
stages:
  read: {task: files.chunks, with: {paths: ["*"], sise: 1MiB}}
  read: {task: files.lines, with: {paths: "*"}}
  counts: {task: text.cuont_words, from: raed, chain: off}
  upper: {task: text.upper, from: read, timeout: 5, pool: heavy}
  save: {task: files.write, from: upper, with: {path: "${OUTPUT}"}}
  lost: {task: files.lines, with: {paths: ["*"]}}
"""

TWELVE_FINDINGS = {
    (1, 11): "cannot be a pipeline's name",
    (2, 9): "write 64MiB",
    (4, 13): "did you mean `processes`?",
    (5, 22): "looks octal",
    (7, 51): "did you mean `size`?",
    (8, 3): "`read` is given twice",
    (9, 18): "did you mean `text.count_words`?",
    (9, 42): "did you mean `read`?",
    (9, 48): "`chain` of stage `counts` is not in this version",
    (10, 50): "write 5ms or 5s",
    (11, 56): "`${OUTPUT}` is defined nowhere",
    (12, 3): "nobody reads what stage `lost` emits",
}

LATER_COMMANDS = "new report top tap scale pause continue drain reload schema node".split()
LATER_OPTIONS = ("--report --trace --joblog --metrics "
                 "--dashboard --dashboard-addr --autotune --cluster").split()
LATER_KEYS = {
    "top": ("cluster: {}",),
    "pool": ("start: zygote",),
    "stage": ("chain: off",),
}


class Refusals(PenstockTest):
    def assert_refused(self, ended, *texts):
        self.assertEqual(ended.status, 2, str(ended))
        self.assertEqual(ended.stdout, b"")
        for text in texts:
            self.assertIn(text, ended.stderr)

    def test_twelve_mistakes_are_named_in_one_run(self):
        self.write("twelve.yaml", TWELVE)
        for command in ("check", "run"):
            ended = self.penstock(command, "twelve.yaml")
            self.assert_refused(ended)
            found = re.split(r"^twelve\.yaml:(\d+):(\d+): ", ended.stderr, flags=re.MULTILINE)
            self.assertEqual(found[0], "")
            told = {(int(line), int(column)): text
                    for line, column, text in zip(found[1::3], found[2::3], found[3::3])}
            self.assertEqual(sorted(told), sorted(TWELVE_FINDINGS))
            for place, text in TWELVE_FINDINGS.items():
                self.assertIn(text, told[place])
                self.assertIn("^\n", told[place])

    def test_a_good_file(self):
        self.write("small.yaml", SMALL)
        ended = self.penstock("check", "small.yaml", "--plugin-path", TEST_PLUGINS)
        self.assertEqual((ended.status, ended.stdout, ended.stderr),
                         (0, b"small.yaml: ok, 3 stages, 1 pool\n", ""))

    def test_two_plugins_of_one_name(self):
        self.write("small.yaml", SMALL)
        shutil.copy(TEST_PLUGINS / "libsample.so", self.folder)
        ended = self.penstock("check", "small.yaml", "--plugin-path", TEST_PLUGINS)
        self.assertEqual((ended.status, ended.stderr), (0, ""))
        ended = self.penstock("check", "small.yaml",
                              env={"PENSTOCK_PLUGIN_PATH": str(TEST_PLUGINS)})
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn("there are two: ", ended.stderr)
        self.assertIn("name one in `plugins`, by its path", ended.stderr)

    def test_a_file_that_is_no_plugin_is_told_of_beside_those_that_are(self):
        self.write("more/libbroken.so", "no library")
        ended = self.penstock("plugins", "--plugin-path", "more")
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn("more/libbroken.so: is not a shared library", ended.stderr)
        self.assertIn(b"text.upper", ended.stdout)

    def test_dead_letters_where_no_run_has_been(self):
        self.write("small.yaml", SMALL)
        for words in (["small.yaml"], ["small.yaml", "--state", "elsewhere"]):
            self.assert_refused(self.penstock("dead", "list", *words),
                                "no run has been here; name the folder of the run with --state")
        self.write("nameless.yaml", "stages: {}\n")
        self.assert_refused(self.penstock("dead", "list", "nameless.yaml"), "nameless.yaml:1:")

    def test_programs_that_are_not_started_by_hand(self):
        for program, text in (("penstock-worker", "It is started by penstock itself"),
                              ("penstock-keeper", "it is of no use alone")):
            ended = subprocess.run([BIN / program], stdin=subprocess.DEVNULL, capture_output=True,
                                   check=False, timeout=DEADLINE)
            self.assertEqual(ended.returncode, 2, ended.stderr)
            self.assertIn(text, ended.stderr.decode())

    def test_inspect_knows_what_may_have_been_meant(self):
        ended = self.penstock("inspect", "text.gerp")
        self.assertEqual((ended.status, ended.stdout), (2, b""))
        self.assertIn("no task `gerp`; did you mean `text.grep`?", ended.stderr)

    def test_commands_of_later_versions(self):
        for command in LATER_COMMANDS:
            self.assert_refused(self.penstock(command, "x"),
                                f"the command `{command}` is not in this version")

    def test_options_of_later_versions(self):
        self.write("small.yaml", SMALL)
        for option in LATER_OPTIONS:
            self.assert_refused(self.penstock("run", "small.yaml", option),
                                f"the option `{option}` is not in this version")

    def test_keys_of_later_versions(self):
        for place, keys in LATER_KEYS.items():
            for key in keys:
                self.write("later.yaml", "\n".join([
                    "pipeline: later", key if place == "top" else "",
                    "pools: {default: {%s}}" % (key if place == "pool" else "processes: 1"),
                    "stages:",
                    "  numbers: {task: sample.numbers, with: {count: 1}}",
                    "  number: {task: sample.number, from: numbers, %s}" % (
                        key if place == "stage" else "queue: {items: 1}"),
                    "  drop: {task: sample.drop, from: number}", ""]))
                with self.subTest(key=key):
                    self.assert_refused(
                        self.penstock("check", "later.yaml", "--plugin-path", TEST_PLUGINS),
                        "not in this version")

    def test_wrong_words(self):
        self.assert_refused(self.penstock(), "no command is given")
        self.assert_refused(self.penstock("rnu"), "did you mean `run`?")
        self.assert_refused(self.penstock("run"), "FILE is missing")
        self.assert_refused(self.penstock("run", "nowhere.yaml"), "nowhere.yaml", "does not exist")
        self.assert_refused(self.penstock("run", "x", "--sett", "a=b"), "did you mean `--set`?")
        self.assert_refused(self.penstock("run", "x", "--processes", "0"), "1 is the least")

    def test_an_output_that_takes_nothing(self):
        self.write("small.yaml", SMALL)
        reader, gone = os.pipe()
        os.close(reader)
        self.addCleanup(os.close, gone)
        dry_run = ("run", "small.yaml", "--dry-run", "--plugin-path", TEST_PLUGINS)
        for words in (("plugins",), ("inspect", "text"), ("--help",), dry_run):
            with open("/dev/full", "wb") as full:
                ended = self.penstock(*words, stdout=full)
            told = [(ended, "No space left on device; the output is not complete"),
                    (self.penstock(*words, stdout=gone),
                     "its reader has gone; the output is not complete"),
                    (self.penstock(*words, preexec=lambda: os.close(1)),
                     "it is closed; start the program with one that takes data")]
            for ended, text in told:
                self.assertEqual((ended.status, ended.stderr), (3, f"penstock: stdout: {text}\n"))

    def test_a_program_without_plugins_says_where_they_can_be(self):
        for program in ("penstock", "penstock-keeper", "penstock-probe"):
            self.write(program, (BIN / program).read_bytes()).chmod(0o755)
        ended = subprocess.run([self.folder / "penstock", "plugins"], capture_output=True,
                               check=False, timeout=DEADLINE, env=self.environment())
        self.assertEqual(
            (ended.returncode, ended.stdout, ended.stderr),
            (0, b"", b"no plugins found: name a folder with --plugin-path or "
                     b"PENSTOCK_PLUGIN_PATH\n"))


class Account(PenstockTest):
    def test_the_last_line_and_the_summary_say_the_same(self):
        ended = self.run_pipeline(SMALL)
        self.assert_ended(ended, 0, **{"in": 10, "done": 10, "dead": 0, "pending": 0})
        self.assertRegex(ended.stderr.splitlines()[-1],
                         r"^items: in=10 done=10 dead=0 pending=0 retried=0 restarts=0 "
                         r"time=\d+\.\d\ds$")
        summary = ended.summary
        for name, value in ended.account.items():
            self.assertEqual(summary[name], value)
        self.assertEqual({name: summary[name] for name in
                          ("version", "pipeline", "status", "reason", "skipped", "dead_letters")},
                         {"version": 1, "pipeline": "small", "status": 0, "reason": "",
                          "skipped": 5, "dead_letters": ""})
        self.assertGreater(summary["engine_peak_rss"], 1 << 20)
        self.assertGreater(summary["seconds"], 0)
        self.assertGreaterEqual(summary["payload_bytes"], 0)
        self.assertEqual(
            summary["stages"],
            [{"name": "numbers", "task": "sample.numbers", "in": 10, "done": 10, "dead": 0,
              "pending": 0, "skipped": 0, "handled": 0, "retried": 0, "total": None},
             {"name": "odd", "task": "sample.odd", "in": 10, "done": 10, "dead": 0, "pending": 0,
              "skipped": 5, "handled": 0, "retried": 0, "total": None},
             {"name": "save", "task": "files.write", "in": 5, "done": 5, "dead": 0, "pending": 0,
              "skipped": 0, "handled": 0, "retried": 0, "total": None}])
        self.assertEqual((summary["handled"], summary["callbacks"]), (0, []))
        self.assertEqual(ended.stderr.splitlines()[-2],
                         "5 items were given up and skipped, as `on_failure: skip` says")

    def test_dead_letters_are_told_with_their_place(self):
        ended = self.run_pipeline(SMALL.replace("skip", "dead_letter"))
        self.assert_ended(ended, 1, done=5, dead=5)
        self.assertEqual(ended.summary["dead_letters"], ".penstock/small/run.db")
        self.assertIn("penstock dead list", ended.stderr.splitlines()[-2])
        letters = self.dead_items("small")
        self.assertEqual(sorted(letter["payload"] for letter in letters), [0, 2, 4, 6, 8])
        unknown = self.penstock("dead", "show", "pipeline.yaml", "numbers:1/odd:0")
        self.assertEqual((unknown.status, unknown.stdout, unknown.stderr),
                         (2, b"", "penstock: no item `numbers:1/odd:0` was given up; `penstock "
                                  "dead list pipeline.yaml` shows those that were\n"))
        self.assertEqual({letter["stage"] for letter in letters}, {"odd"})

    def test_a_stopped_run_has_its_reason_before_the_last_line(self):
        ended = self.run_pipeline(SMALL.replace("skip", "stop"))
        self.assert_ended(ended, 4)
        # The output is there already if an item was done before the one that stops the run.
        told = [line for line in ended.stderr.splitlines() if not line.startswith("not finished: ")]
        self.assertTrue(told[-2].startswith("stopped early: stage `odd`"), ended.stderr)
        self.assertIn("stage `odd`", ended.summary["reason"])

    def test_a_summary_that_cannot_be_written(self):
        self.write("small.yaml", SMALL)
        ended = self.penstock("run", "small.yaml", "--plugin-path", TEST_PLUGINS,
                              "--summary", "nowhere/summary.json")
        self.assert_ended(ended, 3, done=10)
        self.assertIn("nowhere/summary.json", ended.stderr)

    def test_values_from_the_command_line_a_file_and_the_environment(self):
        self.write("vars.yaml", "COUNT: 4\nOUT: from_file\n")
        for words, env, count, out in (
                ((), {}, 10, "out"),
                ((), {"COUNT": "6"}, 6, "out"),
                (("--vars", "vars.yaml"), {"COUNT": "6"}, 4, "from_file"),
                (("--vars", "vars.yaml", "--set", "COUNT=2"), {}, 2, "from_file"),
                (("--set", "COUNT=2", "--set", "COUNT=8", "--set", "OUT=a=b"), {}, 8, "a=b")):
            with self.subTest(words=words, env=env):
                self.assert_ended(self.run_pipeline(SMALL, *words, env=env), 0, **{"in": count})
                self.assertEqual(len(self.read(out).split()), count // 2)

    def test_a_value_that_nothing_asks_for(self):
        ended = self.run_pipeline(SMALL, "--set", "CUONT=1")
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn("CUONT", ended.stderr)


class Progress(PenstockTest):
    def test_plain_lines_where_nobody_watches(self):
        running = self.start_pipeline(GATED, env={"TERM": "xterm"})
        running.until_stderr("progress:")
        self.write("go", "")
        ended = running.wait()
        self.assert_ended(ended, 0, done=3)
        self.assertNotIn("\x1b", ended.stderr)
        self.assertRegex(ended.stderr, r"progress: time=\d.* in=3 done=0 dead=0 pending=3")

    def test_none(self):
        running = self.start_pipeline(GATED, "--progress", "none")
        running.until(lambda: (self.folder / "out.partial").exists(), "its output")
        self.write("go", "")
        self.assertEqual(len(running.wait().stderr.splitlines()), 1)

    def on_terminal(self, **env):
        """What a run writes to a terminal."""
        master, slave = os.openpty()
        self.addCleanup(os.close, master)
        running = self.start_pipeline(GATED, env={"TERM": "xterm", **env},
                                      preexec=lambda: os.dup2(slave, 2))
        os.close(slave)
        text = b""

        def read_some():
            nonlocal text
            if select.select([master], [], [], 0)[0]:
                try:
                    text += os.read(master, 65536)
                except OSError:  # the other end is closed
                    pass
            return text

        running.until(lambda: b"gate" in read_some(), "a line of the stage")
        (self.folder / "go").touch()
        while running.process.poll() is None:
            read_some()
        self.assertEqual(running.wait().status, 0)
        (self.folder / "go").unlink()
        return read_some().decode()

    def test_a_line_a_stage_on_a_terminal_with_and_without_colour(self):
        colour = re.compile(r"\x1b\[[0-9;]*m")
        plain = self.on_terminal(NO_COLOR="1")
        self.assertIsNone(colour.search(plain), plain)
        for stage in ("blobs", "gate", "save"):
            self.assertIn(stage, plain)
        self.assertRegex(plain, r"items: in=3 done=3")
        self.assertIsNotNone(colour.search(self.on_terminal()))


if __name__ == "__main__":
    unittest.main()
