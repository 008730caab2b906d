"""The C++ of docs/from-multiprocessing.md compiles, and its links lead somewhere.

usage: from_multiprocessing_test.py COMPILER INCLUDE_FOLDER...

The first block is a file with a main(); each of the others is put into a function behind it.
"""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "from-multiprocessing.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchor(heading):
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


class Page(unittest.TestCase):
    def test_every_example_compiles(self):
        first, *others = BLOCK.findall(PAGE)
        self.assertGreater(len(others), 20)
        functions = [f"void example_{number}(Pool& pool) {{ {{\n{text}}} }}\n"
                     for number, text in enumerate(others)]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "page.cpp")
            file.write_text("\n".join([first, *functions]), encoding="utf-8")
            includes = [word for path in sys.argv[2:] for word in ("-I", path)]
            ended = subprocess.run(
                [sys.argv[1], "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                 "-Wno-unused", *includes, file], capture_output=True, text=True, check=False)
        self.assertEqual(ended.returncode, 0, ended.stderr[:8000])

    def test_every_python_example_is_python(self):
        for text in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
            compile(text, "page", "exec")

    def test_links_lead_somewhere(self):
        anchors = {anchor(heading) for heading in HEADING.findall(PAGE)}
        for link in re.findall(r"\]\(#([\w-]+)\)", PAGE):
            self.assertIn(link, anchors)
        for link in re.findall(r"\]\(([\w./-]+)\)", PAGE):
            self.assertTrue((DOCS / link).exists(), link)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
