"""Does what a document tells its reader to do, and compares what comes out.

usage: document_test.py DOCUMENT BIN_FOLDER [--prefix FOLDER] [--copy FOLDER]

A block behind a paragraph that ends with "`NAME`:" becomes the file NAME. The lines behind "$ " of
a console block are run by bash, one block after the other in one folder; what stands between them
is what they print. A block that begins with "items:" is the last line on stderr of the one before.

The reader stands in the repository, as far as sdk/ and build/release go, or with --prefix in an
empty folder beside an installation; --copy puts the content of a folder there first.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(?:^(?P<before>[^\n]*)\n\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$",
                   re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w./-]+)`:$")
LONGEST = 120  # seconds that one block may take


def without_time(line):
    return re.sub(r"time=\S+", "time=", line)


def options(words):
    parser = argparse.ArgumentParser()
    parser.add_argument("document", type=Path)
    parser.add_argument("bin", type=Path)
    parser.add_argument("--prefix", type=Path)
    parser.add_argument("--copy", type=Path)
    return parser.parse_args(words)


class Document(unittest.TestCase):
    def test_it_does_what_it_says(self):
        self.assertTrue((ASKED.bin / "penstock").exists(), f"{ASKED.bin}/penstock is not there")
        with tempfile.TemporaryDirectory() as folder:
            if ASKED.copy:
                shutil.copytree(ASKED.copy, folder, dirs_exist_ok=True)
            if not ASKED.prefix:
                self.stand_in_repository(folder)
            self.follow(folder, BLOCK.finditer(ASKED.document.read_text(encoding="utf-8")))

    def stand_in_repository(self, folder):
        Path(folder, "sdk").symlink_to(SOURCE / "sdk")
        Path(folder, "build").mkdir()
        Path(folder, "build/release").symlink_to(ASKED.bin.parent)

    def follow(self, folder, blocks):
        ran, errors = 0, ""
        for block in blocks:
            text, name = block["text"], FILE.search(block["before"] or "")
            if block["kind"] == "console":
                errors = self.run_block(folder, text)
                ran += 1
            elif text.startswith("items:"):
                last = errors.rstrip().rsplit("\n", 1)[-1]
                self.assertEqual(without_time(last), without_time(text.rstrip()), errors)
            elif name:
                Path(folder, name[1]).write_text(text, encoding="utf-8")
        self.assertGreater(ran, 0, "the document has no console block")

    def run_block(self, folder, text):
        lines = text.splitlines()
        commands = "\n".join(line[2:] for line in lines if line.startswith("$ "))
        expected = [line for line in lines if not line.startswith("$ ")]
        environment = dict(os.environ, PATH=f"{ASKED.bin}:{os.environ['PATH']}")
        if ASKED.prefix:
            environment["CMAKE_PREFIX_PATH"] = str(ASKED.prefix)
        ended = subprocess.run(["bash", "-c", commands], cwd=folder, env=environment,
                               stdin=subprocess.DEVNULL, capture_output=True, text=True,
                               timeout=LONGEST, check=False)
        self.assertEqual(ended.stdout.splitlines(), expected, f"{commands}\n{ended.stderr}")
        return ended.stderr


if __name__ == "__main__":
    ASKED = options(sys.argv[1:])
    unittest.main(argv=sys.argv[:1])
