"""Holds the wording of findings against the golden texts: each piece of prose in the sources that
make findings has to occur in one of them, or in a unit test where no file can bring it about.

usage: wording_test.py SOURCE_FOLDER
"""

import re
import sys
import unittest
from pathlib import Path

SOURCE = Path(sys.argv[1])
ROOMS = ["engine/spec", "engine/plan", "engine/base/units.cpp"]
UNITS = ["tests/unit/spec", "tests/unit/plan", "tests/unit/base"]

# Comments are matched too, so that quotes in them begin nothing.
TOKEN = re.compile(r"""//[^\n]*|'(?:\\.|[^'\\\n])+'|"((?:\\.|[^"\\\n])*)\"""")
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "0": "\0"}


def files(path):
    path = SOURCE / path
    return sorted(path.glob("*.cpp")) if path.is_dir() else [path]


def literals(text):
    """The string literals of C++ source, without those of #include lines."""
    text = re.sub(r"^#include.*$", "", text, flags=re.MULTILINE)
    for found in TOKEN.finditer(text):
        if found[1] is not None:
            yield re.sub(r"\\(.)", lambda escape: ESCAPES.get(escape[1], escape[1]), found[1])


def is_prose(literal):
    return re.search(r"\w \w", literal) is not None


class Wording(unittest.TestCase):
    def test_every_text_is_pinned(self):
        pinned = "\n".join(path.read_text(encoding="utf-8", errors="replace")
                           for path in sorted((SOURCE / "tests/golden/findings").glob("*.txt")))
        # A literal of a test may be cut in two by the end of a line.
        units = "".join(literal for folder in UNITS for path in files(folder)
                        for literal in literals(path.read_text(encoding="utf-8")))
        texts = [(path, literal) for room in ROOMS for path in files(room)
                 for literal in literals(path.read_text(encoding="utf-8")) if is_prose(literal)]
        self.assertGreater(len(texts), 200, "the sources have been read")
        missing = [f"{path.name}: {literal!r}" for path, literal in texts
                   if literal not in pinned and literal not in units]
        self.assertEqual(missing, [], "no golden text shows these:\n  " + "\n  ".join(missing))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
