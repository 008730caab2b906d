"""What the `sandbox` of a pool forbids, tried by a plugin that tries everything and by programs
that it starts; and that without one the same goes through."""

import ctypes
import errno
import os
import signal
import socket
import struct
import subprocess
import unittest

from penstock_runner import TEST_PLUGINS, PenstockTest

TRIES = """
pipeline: tries
pools:
  default: {processes: 1}
  kept: {processes: 1%s}
stages:
  lines: {task: files.lines, with: {paths: ["-"]}}
  try: {task: trespass.try, from: lines, pool: kept, with: {fails: %s}}
  out: {task: files.write, from: try, with: {path: "-"}}
"""

DENIED = "Permission denied"
UNPERMITTED = "Operation not permitted"


def landlock_version():
    """What the kernel has of it; 0: nothing."""
    create_ruleset, ask_for_version = 444, 1
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, libc.syscall(create_ruleset, None, ctypes.c_size_t(0), ask_for_version))


def without(*calls):
    """Between fork and exec: from here on the kernel does not know these system calls."""
    load, if_equal, end, allow, refuse = 0x20, 0x15, 0x06, 0x7fff0000, 0x00050000 | errno.ENOSYS
    program = [(load, 0, 0, 0)]
    for number in calls:
        program += [(if_equal, 0, 1, number), (end, 0, 0, refuse)]
    program.append((end, 0, 0, allow))
    code = b"".join(struct.pack("HBBI", *one) for one in program)

    def forget():
        libc = ctypes.CDLL(None, use_errno=True)
        buffer = ctypes.create_string_buffer(code)
        header = ctypes.create_string_buffer(
            struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer)))
        if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, header) != 0:
            raise OSError(ctypes.get_errno(), "no filter")
    return forget


class SandboxTest(PenstockTest):
    def setUp(self):
        super().setUp()
        if not landlock_version():
            self.skipTest("this kernel has no Landlock")
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.addCleanup(self.listener.close)
        self.port = self.listener.getsockname()[1]
        self.victim = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
        self.addCleanup(self.end_victim)
        self.named = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.named.close)
        self.named.bind(str(self.folder / "named"))
        self.write("out/there", "text")

    def end_victim(self):
        self.victim.stdin.close()
        self.victim.wait()

    def tried(self, sandbox, *lines, **options):
        """What has come of each line."""
        ended = self.run_pipeline(TRIES % (sandbox and f", sandbox: {sandbox}", "false"), "--fresh",
                                  stdin="\n".join(lines).encode(), **options)
        self.assert_ended(ended, 0, done=len(lines))
        return dict(line.split("\t") for line in ended.stdout.decode().splitlines())

    def failed(self, sandbox, line, **options):
        """How the only attempt of an item ends that is not allowed what it tries."""
        ended = self.run_pipeline(TRIES % (f", sandbox: {sandbox}", "true"), "--fresh",
                                  stdin=line.encode(), **options)
        self.assert_ended(ended, 1, dead=1)
        letter, = self.dead_items("tries")
        return letter["attempts"][-1], ended

    def network(self):
        return [f"connect {self.port}", f"thread {self.port}", "bind 0", "datagram named"]

    def writing(self):
        return ["write new", "folder made", f"write {self.folder}/other", "mode new",
                "truncate new", "device made.device", "remove new"]

    def writing_in_list(self):
        return ["write out/new", "truncate out/there", "read out/there", "folder out/made",
                "write out/made/deep", "remove out/made/deep"]

    def others(self):
        pid = self.victim.pid
        return [f"trace {pid}", f"peek {pid}", f"memory {pid}", f"descriptor {pid}", "ring"]


class Forbidden(SandboxTest):
    def test_without_a_sandbox_all_of_it_goes(self):
        if os.geteuid() != 0:
            self.skipTest("only root may all of it")
        lines = (self.network() + self.writing() + self.writing_in_list() + self.others() +
                 ["read /etc/hostname", "write /dev/null", "pair", "memfd",
                  f"signal {self.victim.pid}"])
        self.assertEqual(self.tried("", *lines), dict.fromkeys(lines, "ok"))

    def test_network_off(self):
        refused = self.network() + self.others()
        allowed = ["pair", "memfd", "write new", "mode new", "remove new", "read /etc/hostname"]
        self.assertEqual(self.tried("{network: off}", *refused, *allowed),
                         {**dict.fromkeys(refused, DENIED), **dict.fromkeys(allowed, "ok")})

    def test_a_file_system_to_read(self):
        self.write("new", "old")
        refused = self.writing() + self.others()
        # A descriptor that was open before, standard output, still works.
        allowed = ["read /etc/hostname", "read new", "write /dev/null", "pair", "memfd",
                   f"connect {self.port}"]
        self.assertEqual(self.tried("{filesystem: read-only}", *refused, *allowed),
                         {**dict.fromkeys(refused, DENIED), **dict.fromkeys(allowed, "ok")})
        self.assertEqual(self.read("new"), b"old")

    def test_a_list_of_paths(self):
        self.write("new", "old")
        refused = (["read /etc/hostname", "read new", f"read {self.folder}", "mode out/there",
                    "read out/../new", "device out/device", "read /proc/1/cmdline",
                    f"memory {self.victim.pid}"] + self.writing())
        allowed = self.writing_in_list() + ["write single", "write /dev/null", "read /dev/urandom",
                                            "read /proc/self/maps", "pair", "memfd"]
        self.write("single", "")
        self.assertEqual(self.tried("{filesystem: [out, ./single]}", *refused, *allowed),
                         {**dict.fromkeys(refused, DENIED), **dict.fromkeys(allowed, "ok")})
        self.assertEqual(self.tried("{filesystem: []}", "write out/new", "memfd"),
                         {"write out/new": DENIED, "memfd": "ok"})

    def test_what_a_task_starts_is_kept_as_well(self):
        lines = ["run true", "run cat /etc/hostname", "run ls -l /", "run echo > by_shell",
                 f"run bash -c 'echo > /dev/tcp/127.0.0.1/{self.port}'"]
        self.assertEqual(self.tried("", *lines), dict.fromkeys(lines, "ok"))
        os.remove(self.folder / "by_shell")
        tried = self.tried("{network: off, filesystem: read-only}", *lines)
        # Listing asks who the owners are, over a socket where there is a server for that.
        self.assertEqual([tried[line] for line in lines[:3]], ["ok"] * 3)
        self.assertIn(DENIED, tried[lines[3]])
        self.assertEqual(tried[lines[4]], f"status 1: bash: socket: {DENIED}")
        self.assertFalse((self.folder / "by_shell").exists())
        # Programs have to be in the list, too.
        self.assertEqual(self.tried("{filesystem: [out]}", "run true")["run true"],
                         f"status 127: sh: {DENIED}")
        self.assertEqual(self.tried("{filesystem: [out, /bin]}", "run true", "run echo > new",
                                    "run echo > out/new"),
                         {"run true": "ok", "run echo > out/new": "ok",
                          "run echo > new": f"status 2: sh: 1: cannot create new: {DENIED}"})

    def test_workers_are_kept_from_each_other(self):
        both = TRIES.replace("with: {path:", "pool: kept, with: {path:")
        for sandbox in "{network: on}", "{network: off}", "{filesystem: read-only}":
            reading, writing = os.pipe()
            with open(reading, "rb") as stdin, open(writing, "wb") as lines:
                running = self.start_pipeline(both % (f", sandbox: {sandbox}", "false"), "--fresh",
                                              stdin=stdin)
                lines.write(b"pair\n")
                lines.flush()
                running.until(lambda: running.stdout, "the first line")
                workers = running.processes("penstock-worker")
                self.assertEqual(len(workers), 3)
                for pid in (*workers, running.pid, *running.processes("penstock-keeper")):
                    lines.write(f"read /proc/{pid}/mem\n".encode())
                lines.flush()
                # The source's worker ends with its input.
                running.until(lambda: running.stdout.count(b"\n") == 6, "all lines")
            ended = running.wait()
            self.assert_ended(ended, 0, done=6)
            outcomes = [line.split("\t")[1] for line in ended.stdout.decode().splitlines()]
            # A process reaches its own memory.
            self.assertEqual(sorted(outcomes), [DENIED] * 4 + ["ok"] * 2, sandbox)

    @unittest.skipIf(landlock_version() < 6, "signals are fenced from Linux 6.12 on")
    def test_signals_to_others(self):
        lines = [f"signal {self.victim.pid}", "signal -1", "run kill -0 $$; sleep 100 & kill $!"]
        self.assertEqual(self.tried("{network: on}", *lines),
                         dict(zip(lines, [UNPERMITTED, DENIED, "ok"])))

    def test_a_successor_has_the_sandbox_too(self):
        ended = self.run_pipeline(TRIES % (", sandbox: {network: off}", "false"),
                                  stdin=f"crash\nconnect {self.port}\n".encode())
        self.assert_ended(ended, 1, done=1, dead=1)
        self.assertEqual(ended.stdout.decode(), f"connect {self.port}\t{DENIED}\n")

    def test_sources_and_sinks_in_a_sandbox(self):
        self.write("in/a.txt", "one\ntwo\n")
        copy = """
pipeline: copy
pools: {default: {sandbox: {network: off, filesystem: %s}}}
stages:
  lines: {task: files.lines, with: {paths: [in/*.txt]}}
  upper: {task: text.upper, from: lines}
  save: {task: files.write, from: upper, with: {path: out/copy.txt}}
"""
        self.assert_ended(self.run_pipeline(copy % "[in, out]"), 0, done=2)
        self.assertEqual(sorted(self.read("out/copy.txt").split()), [b"ONE", b"TWO"])
        self.assert_ended(self.run_pipeline(copy % "[in, out]", "--fresh", "--outputs", "else"), 0,
                          done=2)
        self.assertEqual(sorted(self.read("else/save/out/copy.txt").splitlines()),
                         sorted(self.read("out/copy.txt").splitlines()))
        ended = self.run_pipeline(copy % "read-only", "--fresh")
        self.assertEqual(ended.status, 4, str(ended))
        self.assertIn("stage `save` (files.write): open failed", ended.stderr)
        self.assertIn("the sandbox of this pool has `network: off` and `filesystem: read-only`",
                      ended.stderr)


class Told(SandboxTest):
    def test_the_call_that_was_refused(self):
        attempt, ended = self.failed("{network: off}", f"connect {self.port}")
        self.assertEqual(attempt["message"],
                         f"connect {self.port}: {DENIED}\n"
                         "the sandbox of this pool has `network: off`: socket() was refused")
        self.assertIn("socket() was refused", ended.stderr)
        attempt, _ = self.failed("{filesystem: [out]}", "mode out/there")
        self.assertIn("the sandbox of this pool has `filesystem: [out]`: chmod() was refused",
                      attempt["message"])
        attempt, _ = self.failed("{network: on}", f"peek {self.victim.pid}")
        self.assertIn("the sandbox of this pool keeps tasks from other processes: "
                      "process_vm_readv() was refused", attempt["message"])

    def test_an_error_that_sounds_like_it(self):
        attempt, _ = self.failed("{filesystem: read-only}", "write new")
        self.assertEqual(attempt["message"], f"write new: {DENIED}\n"
                         "the sandbox of this pool has `filesystem: read-only`")
        attempt, _ = self.failed("{network: off, filesystem: [out, /bin]}", "run echo > new")
        self.assertIn("\nthe sandbox of this pool has `network: off` and "
                      "`filesystem: [out, /bin]`", attempt["message"])
        attempt, _ = self.failed("{filesystem: read-only}", "read nothing")
        self.assertEqual(attempt["message"], "read nothing: No such file or directory")

    def test_what_one_call_was_refused_is_not_said_of_the_next(self):
        ended = self.run_pipeline(TRIES % (", sandbox: {network: off}", "true"),
                                  stdin=f"connect {self.port}\nread nothing\n".encode())
        self.assert_ended(ended, 1, dead=2)
        messages = [letter["attempts"][-1]["message"] for letter in self.dead_items("tries")]
        self.assertEqual(sorted("sandbox" in message for message in messages), [False, True])

    def test_a_thread_that_blocks_all_signals(self):
        attempt, _ = self.failed("{network: off}", f"blocked {self.port}")
        self.assertEqual(attempt["signal"], signal.SIGSYS)
        self.assertIn("the sandbox of its pool", attempt["message"])


class Refused(SandboxTest):
    def refused(self, sandbox, preexec=None):
        ended = self.run_pipeline(TRIES % (f", sandbox: {sandbox}", "false"), stdin=b"pair\n",
                                  preexec=preexec)
        self.assertEqual((ended.status, ended.stdout), (2, b""), str(ended))
        return ended.stderr

    def test_a_path_that_is_not_there(self):
        told = self.refused("{filesystem: [out, nowhere]}")
        self.assertIn("pipeline.yaml:5:52: the sandbox of pool `kept` allows `nowhere`, which is "
                      "not there\n", told)
        self.assertIn("make it first", told)

    def test_a_kernel_that_cannot(self):
        create_ruleset, enforce = 444, 446
        for sandbox in "{network: off}", "{filesystem: read-only}", "{filesystem: [out]}":
            told = self.refused(sandbox, preexec=without(create_ruleset))
            self.assertIn("stage `try` (trespass.try): open failed: no sandbox: this kernel has no "
                          "Landlock", told)
            told = self.refused(sandbox, preexec=without(enforce))
            self.assertIn("no sandbox: Landlock refuses to be put to use: Function not "
                          "implemented", told)

    def test_explain_shows_it(self):
        self.write("tries.yaml", TRIES % (", sandbox: {network: off, filesystem: [out]}", "false"))
        ended = self.penstock("explain", "tries.yaml", "--plugin-path", TEST_PLUGINS)
        self.assertEqual(ended.status, 0, str(ended))
        for name, value in ("sandbox.network", "off"), ("sandbox.filesystem", "[out]"):
            self.assertRegex(ended.stdout.decode(),
                             rf"(?m)^ *{name} +{value.replace('[', '.')} +tries\.yaml:5$")


if __name__ == "__main__":
    unittest.main()
