"""docs/multiprocessing-cases.md names, for each case of CPython's tests, tests that are there.

usage: multiprocessing_cases_test.py
"""

import re
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
PAGE = (SOURCE / "docs/multiprocessing-cases.md").read_text(encoding="utf-8")

SECTION = re.compile(r"^### `(\w+)`$(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w./]+)`: (.+)")
REASON = re.compile(r"none: \S.*")
LITERAL_GAP = re.compile(r'"\s*"')  # a text that goes over several lines


def rows():
    """(class, case, what stands beside it)"""
    return [(section[1], row[1], row[2])
            for section in SECTION.finditer(PAGE) for row in ROW.finditer(section[2])]


def tests_of(path):
    """The names of the tests in a file: of Catch2, or functions of Python's unittest."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return re.findall(r"^    def (test_\w+)\(", text, re.MULTILINE)
    return re.findall(r'TEST_CASE\(\s*"([^"]*)"', LITERAL_GAP.sub("", text))


class Cases(unittest.TestCase):
    def test_as_many_cases_as_the_page_says(self):
        said = int(re.search(r"(\d+) cases", PAGE)[1])
        self.assertEqual(len(rows()), said)
        self.assertEqual(PAGE.count("\n| `test"), said, "a row outside a section, or ill-formed")

    def test_no_case_stands_twice(self):
        cases = [row[:2] for row in rows()]
        self.assertEqual(len(cases), len(set(cases)))

    def test_every_test_that_is_named_exists_and_is_run(self):
        for of, case, beside in rows():
            for named in [] if REASON.fullmatch(beside) else beside.split("<br>"):
                with self.subTest(f"{of}.{case}"):
                    self.assert_there(named)

    def assert_there(self, named):
        match = NAMED.fullmatch(named)
        self.assertIsNotNone(match, f"neither a test nor a reason: {named}")
        path = SOURCE / "tests" / match[1]
        self.assertTrue(path.is_file(), f"no file tests/{match[1]}")
        self.assertIn(match[2], tests_of(path))
        listed = (path.parent / "CMakeLists.txt").read_text(encoding="utf-8")
        self.assertRegex(listed, rf"\b{re.escape(path.name)}\b")


if __name__ == "__main__":
    unittest.main()
