"""Installs a build and moves what was installed: usage: install.py BUILD_FOLDER FOLDER [COMPONENT]

FOLDER is made anew and becomes the prefix. It is staged with DESTDIR under a prefix that does not
exist on this machine, so nothing that is found later can have been found by an absolute path.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ELSEWHERE = "/nowhere/penstock"


def install(build, folder, component=None):
    chosen = ["--component", component] if component else []
    with tempfile.TemporaryDirectory() as staged:
        subprocess.run(["cmake", "--install", build, "--prefix", ELSEWHERE, *chosen], check=True,
                       stdout=subprocess.DEVNULL, env=dict(os.environ, DESTDIR=staged))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.move(staged + ELSEWHERE, folder)


if __name__ == "__main__":
    install(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
