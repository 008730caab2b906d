"""What a machine may lack: room on a disk, a reader of the output, shared memory, descriptors,
processes, address space, folders that can be written."""

import os
import resource
import stat
import subprocess
from pathlib import Path

from faults_runner import FaultsTest, holds
from files_test import Lack, StandardOutput
from penstock_runner import BIN, PENSTOCK
from resume_runner import ResumeTest

from matrix.rows import row

COUNT = 200
NOBODY = 54321  # a user who has no processes
MIB = 1 << 20


class SmallDisk:
    """A file system of its own at DISK, in a name space that ends when this does."""

    def __init__(self, case, size):
        self.folder = case.folder
        (self.folder / "disk").mkdir()
        # It holds on to nothing of the test but a pipe, whose end is its end.
        self.holder = subprocess.Popen(
            ["unshare", "-rm", "sh", "-c",
             f"mount -t tmpfs -o size={size} none disk && echo mounted && exec cat"],
            cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        case.addCleanup(self.end)
        if self.holder.stdout.readline() != b"mounted\n":
            case.skipTest("a small disk: no file system can be mounted here")
        self.prefix = ["nsenter", "-t", str(self.holder.pid), "-U", "-m", "-w",
                       "--preserve-credentials"]

    def grow(self):
        subprocess.run([*self.prefix, "mount", "-o", "remount,size=64m", "disk"], check=True)

    def read(self, name):
        return (Path(f"/proc/{self.holder.pid}/root{self.folder}/disk") / name).read_bytes()

    def end(self):
        self.holder.communicate()


class FullDisk(ResumeTest):
    def lines_of_chance(self):
        return b"".join(b"%d %s\n" % (n, b"x" * self.chance.randrange(4000)) for n in range(COUNT))

    def test_a_small_disk(self):
        lines = self.lines_of_chance()
        disk = SmallDisk(self, self.chance.randrange(4096, len(lines) - 8192))
        self.write("in", lines)
        stages = {"lines": {"task": "files.lines", "with": {"paths": ["in"]}},
                  "save": self.stage("files.write", "lines", path="disk/out")}
        ended = self.run_stages(stages, prefix=disk.prefix)
        self.assert_ended(ended, 3, dead=0)
        for word in "'disk/out.partial'", "No space left on device":
            self.assertIn(word, ended.stderr)
        whole = disk.read("out.partial").rpartition(b"\n")[0] + b"\n"
        self.assertTrue(lines.startswith(whole) and whole.count(b"\n") >= ended.account["done"])
        disk.grow()
        self.assert_account(self.run_stages(stages, "--resume", prefix=disk.prefix), COUNT)
        self.assertEqual(disk.read("out"), lines)

    def test_at_a_byte(self):
        """A file that may not grow stands for the disk."""
        stages = {"numbers": self.numbers(COUNT, step=8),
                  "act": self.stage("act", "numbers", takes="20ms"),
                  "save": self.write(source="act")}
        room = self.chance.randrange(1, 600)
        running = self.start_stages(stages)

        def limited():
            for pid in running.processes("penstock-worker"):
                if holds(pid, "out.partial"):
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (room, room))
                    return True
            return False
        running.until(limited, "somebody who writes")
        ended = running.wait()
        self.assert_ended(ended, 3, dead=0)
        for word in "out.partial'", "File too large":
            self.assertIn(word, ended.stderr)
        self.assert_all(self.run_stages(stages, "--resume"), COUNT)


@row("the output's disk is full at a random byte, then freed and the run resumed; stdout is "
     "`/dev/full`; `| head -1`",
     "status 3 with path and cause; no torn record; each of 200 is there once in the end")
def full_disk(this):
    this.each(FullDisk, "test_a_small_disk", files=["in", "disk"])
    this.each(FullDisk, "test_at_a_byte")
    this.each(StandardOutput, "test_a_full_device", "test_a_reader_that_has_gone")
    this.each(Lack, "test_a_full_device")


class Lacking(FaultsTest):
    """A run that works, or ends with 2 or 3 and names what there is too little of."""

    def run_under(self, what=None, **options):
        ended = self.run_stages({"numbers": self.numbers(COUNT),
                                 "act": self.stage("act", "numbers"),
                                 "save": self.write(source="act")}, **options)
        if what is None:
            self.assertEqual(ended.status, 0, str(ended))
        self.assertIn(ended.status, (0, 2, 3), str(ended))
        if ended.status == 0:
            self.assertEqual(sorted(self.lines()), list(range(1, COUNT + 1)))
        else:
            self.assertIn(what, ended.stderr)
        return ended

    def limited(self, limit, value, user=None):
        def preexec():
            resource.setrlimit(limit, (value, value))
            if user:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
        return preexec

    def least_to_load(self):
        """MiB of address space with which the program comes as far as its own first line."""
        for mebibytes in range(8, 1024):
            tried = subprocess.run([PENSTOCK, "--version"], capture_output=True, check=False,
                                   preexec_fn=self.limited(resource.RLIMIT_AS, mebibytes * MIB))
            if tried.returncode == 0:
                return mebibytes
        self.skipTest("ulimit -v: a build that takes all addresses")

    def mounted(self, script):
        prefix = ["unshare", "-rm", "sh", "-c", script + ' && exec "$@"', "sh"]
        tried = subprocess.run([*prefix, "true"], cwd=self.folder, capture_output=True, check=False)
        if tried.returncode != 0:
            self.skipTest("/dev/shm full or absent: no file system can be mounted here")
        return prefix

    def as_nobody(self):
        """The tasks and the program write and read as that user."""
        if os.geteuid() != 0:
            self.skipTest("ulimit -u: it counts all processes of a user; only root can be another")
        for folder in [BIN, *BIN.resolve().parents]:
            if not os.stat(folder).st_mode & stat.S_IXOTH:
                self.skipTest(f"ulimit -u: {folder} is closed to other users")
        for path in self.folder, self.temporary, self.ledger_path:
            os.chown(path, NOBODY, NOBODY)
        return NOBODY


# An empty folder of devices, without shm.
WITHOUT_SHM = """mkdir -p dev && mount -t tmpfs none dev &&
for name in null zero full random urandom tty; do touch dev/$name &&
mount --bind /dev/$name dev/$name; done && mount --rbind dev /dev"""
FULL_SHM = """mount -t tmpfs -o size=4k none /dev/shm && head -c 4096 /dev/zero >/dev/shm/full"""


@row("`/dev/shm` full or absent, `ulimit -n 32`, `-u`, `-v`, TMPDIR read-only, HOME unset",
     "works, or status 2 or 3 that names what is missing, and how much is needed")
def lacks(this):
    for script in FULL_SHM, WITHOUT_SHM:
        with this.case(Lacking, files=["dev"]) as case:
            case.run_under(prefix=case.mounted(script))
    for variables in ["TMPDIR=/proc/self"], ["-u", "HOME"], ["-u", "TMPDIR"]:
        with this.case(Lacking) as case:
            case.run_under(prefix=["env", *variables])
    for count in 32, this.chance.randrange(7, 32):
        with this.case(Lacking) as case:
            case.run_under(f"raise the limit (ulimit -n), which is {count}: an engine takes about",
                           preexec=case.limited(resource.RLIMIT_NOFILE, count))
    for most in 24, 24, 256:
        with this.case(Lacking) as case:
            mebibytes = case.least_to_load() + this.chance.randrange(most)
            case.run_under("memory", preexec=case.limited(resource.RLIMIT_AS, mebibytes * MIB))
    for count in 1, 2, this.chance.randrange(3, 16):
        with this.case(Lacking) as case:
            case.run_under("ulimit -u", preexec=case.limited(
                resource.RLIMIT_NPROC, count, case.as_nobody()))
