"""A PostgreSQL server for tests: of its own, in a temporary folder, reached by a socket there.

It refuses to run as root, so there it runs as the user `postgres` or `nobody`. It ends with the
test's process, however that ends.
"""

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from penstock_runner import until


def programs():
    """The folder of initdb and postgres, of the newest version; None if there is none."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    newest = max(found, key=lambda path: int(Path(path).parts[-3]), default=shutil.which("initdb"))
    return Path(newest).parent if newest else None


def other_user():
    """Where this is root: who else can own a server."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    raise unittest.SkipTest("this is root, and there is no other user to run PostgreSQL as")


class Server:
    def __init__(self):
        self.programs = programs()
        if self.programs is None or not shutil.which("setpriv"):
            raise unittest.SkipTest("no PostgreSQL server here (packages postgresql, util-linux)")
        self.folder = Path(tempfile.mkdtemp(prefix="penstock-pg-"))
        self.process = None
        self.user = other_user() if os.geteuid() == 0 else None
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        try:
            initdb = [self.programs / "initdb", "-D", self.folder / "data", "-A", "trust",
                      "-U", "tester", "-E", "UTF8", "--no-sync", "--no-locale"]
            subprocess.run([*self.as_user(), *initdb],
                           cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
            self.start()
        except BaseException:
            self.stop()
            raise

    def as_user(self):
        """Of a command that runs as that user and ends when this process does."""
        owner = [f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}",
                 "--clear-groups"] if self.user else []
        return ["setpriv", *owner, "--pdeathsig=QUIT"]

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [*self.as_user(), self.programs / "postgres", "-D", self.folder / "data",
                 "-k", self.folder, "-c", "listen_addresses=", "-c", "fsync=off",
                 "-c", "shared_buffers=32MB", "-c", "max_connections=30",
                 # In its folder, and not in /dev/shm, where tests beside it look for what is left.
                 "-c", "dynamic_shared_memory_type=mmap"],
                cwd=self.folder, stdout=log, stderr=log)
        until(self.ready, "the server is ready")

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError((self.folder / "log").read_text(errors="replace")[-4000:])
        return subprocess.run(["psql", *self.options(), "-c", "SELECT 1"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def crash(self):
        """Ends it at once, as if the machine had been switched off; start() brings it back."""
        self.process.send_signal(subprocess.signal.SIGQUIT)
        self.process.wait(30)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(subprocess.signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def connection(self):
        return f"host={self.folder} user=tester dbname=postgres"

    def options(self):
        return ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.connection]

    def query(self, sql):
        """Its rows as lists of text."""
        ended = subprocess.run(["psql", *self.options(), "-F", "\x1f", "-c", sql],
                               capture_output=True, text=True)
        if ended.returncode != 0:
            raise AssertionError(ended.stderr)
        return [line.split("\x1f") for line in ended.stdout.splitlines()]
