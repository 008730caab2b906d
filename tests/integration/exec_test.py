"""The plugin `exec` in the real program: real commands, and what becomes of them when their call,
their worker, the keeper or the engine ends."""

import hashlib
import json
import os
import signal
import unittest
from pathlib import Path

from penstock_runner import PenstockTest, command_of, kill, wait_for_ends

LINES = """
pipeline: commands
pools: {default: {processes: %s}}
stages:
  lines: {task: files.lines, with: {paths: ["-"]}}
  run: {task: exec.run, from: lines, with: %s%s}
  out: {task: files.write, from: run, with: {path: "-"}}
"""

# Waits for its end the first time it is run, and succeeds the next time. "left" is a process that
# it has started itself.
ONCE = """#!/bin/sh
if mkdir first 2>/dev/null; then
  sleep 1000 & echo $! > left
  echo $$ > pid.new && mv pid.new pid
  wait
fi
echo "done"
"""


class Commands(PenstockTest):
    def run_lines(self, settings, more="", processes=2, **options):
        return self.run_pipeline(LINES % (processes, json.dumps(settings), more), **options)

    def letters(self):
        """The messages of the last attempts of all dead letters."""
        return [letter["attempts"][-1]["message"] for letter in self.dead_items("commands")]

    def test_checksums_of_files_as_sha256sum_prints_them(self):
        for number in range(20):
            self.write(f"d/file {number}.bin", os.urandom(number * 1000))
        ended = self.run_pipeline("""
pipeline: sums
stages:
  list: {task: files.list, with: {paths: ["d/*"]}}
  sums: {task: exec.run, from: list, with: {argv: [sha256sum, -b, --, "{path}"]}}
  out: {task: files.write, from: sums, with: {path: "-"}}
""")
        self.assert_ended(ended, 0, done=20)
        expected = [f"{hashlib.sha256(path.read_bytes()).hexdigest()} *d/{path.name}".encode()
                    for path in (self.folder / "d").iterdir()]
        self.assertEqual(sorted(ended.stdout.splitlines()), sorted(expected))

    def test_what_a_shell_would_take_apart_stays_whole(self):
        lines = [b"$HOME", b"`id`", b"a;b|c&d", b"'\"\\", b"*", b"", b"-n", b"\xff\xfe"]
        ended = self.run_lines({"argv": ["printf", "%s|%s", "{}", "{#}"]},
                               stdin=b"".join(line + b"\n" for line in lines), processes=1)
        self.assert_ended(ended, 0)
        self.assertEqual(sorted(ended.stdout.splitlines()),
                         sorted(line + b"|lines:%d" % n for n, line in enumerate(lines)))

    def test_large_items_through_a_filter_byte_for_byte(self):
        contents = [os.urandom(48 << 20), os.urandom(65536), os.urandom(65537), b"", b"\n"]
        for number, content in enumerate(contents):
            self.write(f"d/{number}", content)
        ended = self.run_pipeline("""
pipeline: filter
stages:
  list: {task: files.list, with: {paths: ["d/*"]}}
  read: {task: files.read_listed, from: list}
  cat: {task: exec.run, from: read, with: {argv: [cat], output: bytes}}
  save: {task: files.save, from: cat, with: {path: "copies/{id}"}}
""")
        self.assert_ended(ended, 0, done=len(contents))
        for number, content in enumerate(contents):
            self.assertEqual(self.read(f"copies/list:{number}%2Fread:0%2Fcat:0"), content)

    def test_lines_become_items(self):
        ended = self.run_lines({"argv": ["seq", "{}"], "output": "lines"}, stdin=b"3\n0\n50000\n",
                               processes=1)
        self.assert_ended(ended, 0, done=3)
        numbers = sorted([*range(1, 4), *range(1, 50001)])
        self.assertEqual(sorted(int(line) for line in ended.stdout.split()), numbers)

    def test_a_failure_has_status_and_stderr(self):
        ended = self.run_lines({"argv": ["sh", "-c", "echo no {} >&2; exit {}"]},
                               stdin=b"0\n7\n")
        self.assert_ended(ended, 1, done=1, dead=1, retried=0)
        self.assertEqual(self.letters(), ["`sh` ended with status 7; stderr: no 7"])

    def test_a_signal_is_named_and_kills_no_worker(self):
        ended = self.run_lines({"argv": ["sh", "-c", "kill -{} $$"]}, stdin=b"SEGV\nKILL\nTERM\n")
        self.assert_ended(ended, 1, dead=3, restarts=0)
        self.assertEqual(sorted(message.split(";")[0] for message in self.letters()),
                         ["`sh` was killed by SIGKILL", "`sh` was killed by SIGSEGV",
                          "`sh` was killed by SIGTERM"])

    def test_a_failure_is_tried_again_where_the_stage_says_so(self):
        script = "mkdir tried-{} 2>/dev/null && exit 1; echo {}"
        ended = self.run_lines({"argv": ["sh", "-c", script]},
                               ", retry: {attempts: 2, backoff: 1ms}", stdin=b"1\n2\n")
        self.assert_ended(ended, 0, done=2, retried=2)

    def test_a_program_that_is_not_there_ends_the_run_at_once(self):
        ended = self.run_lines({"argv": ["no-such-program"]}, stdin=b"1\n2\n")
        self.assertNotIn(ended.status, (0, 1), str(ended))
        self.assertIn("there is no program 'no-such-program' in PATH", ended.stderr)
        self.assertEqual(ended.account["done"] + ended.account["dead"], 0)

    def test_a_field_that_is_not_there_is_told_with_those_that_are(self):
        self.write("d/x", b"1")
        ended = self.run_pipeline("""
pipeline: commands
stages:
  list: {task: files.list, with: {paths: ["d/*"]}}
  run: {task: exec.run, from: list, with: {argv: [echo, "{name}"]}}
  out: {task: files.write, from: run, with: {path: "-"}}
""")
        self.assert_ended(ended, 1, dead=1)
        self.assertIn("no field 'name', only path, size", self.letters()[0])

    def test_an_endless_output_ends_at_the_limit(self):
        ended = self.run_lines({"argv": ["cat", "/dev/zero"], "max_stdout": "3MiB"}, stdin=b"1\n")
        self.assert_ended(ended, 1, dead=1)
        self.assertIn("`max_stdout` allows, 3145728 bytes", self.letters()[0])
        ended = self.run_lines({"argv": ["head", "-c", "2M", "/dev/zero"]}, ", max_output: 1MiB",
                               stdin=b"1\n")
        self.assert_ended(ended, 1, dead=1)
        self.assertIn("`max_output`", ended.stderr)


class Many(PenstockTest):
    """Descriptors, zombies and private memory of the one worker, early and late."""

    def test_nothing_is_left_of_many_commands(self):
        running = self.start_pipeline(
            LINES.replace('path: "-"}}\n', "path: out}}\n", 2).replace('["-"]', '["in"]') %
            (1, json.dumps({"argv": ["sh", "-c", "cat; echo; echo $PPID"], "output": "lines"}), ""),
            stdin=self.numbers(2500))
        early = self.worker_after(running, 600)
        late = self.worker_after(running, 4500)
        self.assert_ended(running.wait(), 0, done=2500)
        self.assertEqual(early["pid"], late["pid"])
        self.assertLessEqual(late["descriptors"], early["descriptors"] + 8)
        self.assertLessEqual(late["children"], 1)
        self.assertLess(late["kib"], early["kib"] + 1024)

    def numbers(self, count):
        self.write("in", b"".join(b"%d\n" % n for n in range(count)))

    def worker_after(self, running, lines):
        """What the worker that starts the commands holds, once so many lines are written."""
        partial = self.folder / "out.partial"
        running.until(lambda: partial.exists() and partial.read_bytes().count(b"\n") >= lines,
                      f"{lines} lines")
        pid = int(partial.read_bytes().split(b"\n")[1])
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        memory = next(line for line in status if line.startswith("RssAnon:"))
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return {"pid": pid, "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
                "children": len(children), "kib": int(memory.split()[1])}


class Ends(PenstockTest):
    """A command never outlives its call, its worker, the keeper or the engine."""

    def start_once(self, more="", grace="2s"):
        path = self.write("once", ONCE)
        path.chmod(0o755)
        text = LINES % (1, json.dumps({"argv": ["./once"]}), more)
        running = self.start_pipeline(
            text.replace("processes: 1", f"processes: 1, grace: {grace}"), stdin=b"item\n")
        pid = self.folder / "pid"
        running.until(pid.exists, "the command")
        return running, [int(self.read("pid")), int(self.read("left"))]

    def parent_of(self, pid):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return int(stat.rpartition(")")[2].split()[1])

    def assert_gone(self, pids):
        left = [f"{pid} {command_of(pid)}" for pid in wait_for_ends(pids, 10)]
        self.assertEqual(left, [])

    def test_a_timeout_ends_the_command_and_what_it_started(self):
        running, pids = self.start_once(", timeout: 3s")
        self.assert_gone(pids)
        ended = running.wait()
        self.assert_ended(ended, 0, done=1, retried=1)
        self.assertEqual(ended.stdout, b"done\n")

    def test_a_command_that_ignores_sigterm(self):
        ended = self.run_pipeline(
            LINES % (1, json.dumps({"argv": ["sh", "-c", "trap '' TERM; while :; do :; done"]}),
                     ", timeout: 300ms, retry: {attempts: 1}"), stdin=b"item\n")
        self.assert_ended(ended, 1, dead=1)

    def test_a_killed_worker(self):
        running, pids = self.start_once()
        os.kill(self.parent_of(pids[0]), signal.SIGKILL)
        self.assert_gone(pids)
        self.assert_ended(running.wait(), 0, done=1, retried=1, restarts=1)

    def test_a_killed_keeper(self):
        running, pids = self.start_once()
        os.kill(self.parent_of(self.parent_of(pids[0])), signal.SIGKILL)
        self.assert_gone(pids[:1])
        self.assert_ended(running.wait(), 0, done=1)
        kill(pids[1])  # an orphan with nobody to take it in

    def test_a_killed_engine(self):
        running, pids = self.start_once()
        running.signal(signal.SIGKILL)
        running.process.wait()
        self.assert_gone(pids)

    def test_a_child_with_a_session_of_its_own_ends_with_the_run(self):
        script = "setsid sh -c 'echo $$ > pid.new; mv pid.new pid; sleep 1000' & "
        script += "while [ ! -e pid ]; do sleep 0.01; done; echo out"
        ended = self.run_pipeline(LINES % (1, json.dumps({"argv": ["sh", "-c", script]}), ""),
                                  stdin=b"item\n")
        self.assert_ended(ended, 0, done=1)
        self.assertEqual(ended.stdout, b"out\n")
        self.assert_gone([int(self.read("pid"))])

    def test_an_interrupt_of_the_terminal_does_not_reach_the_command(self):
        self.write("wait", "#!/bin/sh\ntouch running\nwhile [ ! -e go ]; do sleep 0.01; done\n"
                   "touch finished\n").chmod(0o755)
        running = self.start_pipeline(LINES % (1, json.dumps({"argv": ["./wait"]}), ""),
                                      stdin=b"item\n", preexec=os.setsid)
        running.until((self.folder / "running").exists, "the command")
        os.killpg(running.pid, signal.SIGINT)
        running.until_stderr("SIGINT")
        self.write("go", "")
        self.assert_ended(running.wait(), 130, dead=0)
        self.assertTrue((self.folder / "finished").exists())


if __name__ == "__main__":
    unittest.main()
