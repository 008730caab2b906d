"""docs/pipeline-file.md shows every key that the language has, at work in a file that is run there.

usage: all_keys_test.py
"""

import re
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
PAGE = (SOURCE / "docs/pipeline-file.md").read_text(encoding="utf-8")
KEYS = (SOURCE / "engine/spec/keys.cpp").read_text(encoding="utf-8")

# The sets of which each key has a heading; of the others it stands below that of the set.
WITH_HEADINGS = ("top", "pool", "stage", "callbacks", "callback", "test")

SET = re.compile(r'const KeySet (\w+)_keys\{\s*"([^"]+)",\s*\{(.*?)\},\s*\{(.*?)\}', re.DOTALL)
FILE = re.compile(r"`([\w.-]+)`:\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def words(text):
    return re.findall(r'"(\w+)"', text)


def key_sets():
    """Name of the set -> the keys that are read, the keys that are refused."""
    return {found[1]: (words(found[3]), words(found[4])) for found in SET.finditer(KEYS)}


def section_of(key):
    """What stands under the heading that names the key, up to the next heading."""
    found = re.search(rf"^### [^\n]*`{key}`[^\n]*$(.*?)(?=^##|\Z)", PAGE,
                      re.MULTILINE | re.DOTALL)
    return found[1] if found else None


class AllKeys(unittest.TestCase):
    def setUp(self):
        self.sets = key_sets()
        self.examples = "\n".join(text for _, text in FILE.findall(PAGE))

    def test_the_sets_have_been_read(self):
        self.assertLessEqual({"top", "pool", "stage", "callbacks", "callback", "retry", "batch"},
                             self.sets.keys())
        self.assertGreater(sum(len(known) for known, _ in self.sets.values()), 50)

    def test_every_key_has_a_section(self):
        for name in WITH_HEADINGS:
            for key in self.sets[name][0]:
                self.assertIsNotNone(section_of(key), f"no heading names `{key}` of {name}")

    def test_every_key_within_a_key_is_in_its_section(self):
        for name, (known, _) in self.sets.items():
            if name in WITH_HEADINGS or name == "input":
                continue
            for key in known:
                section = section_of(name) or section_of(f"{name}s")
                self.assertIn(key, section, f"`{key}` of `{name}`")

    def test_every_key_is_at_work_in_an_example(self):
        for name, (known, _) in self.sets.items():
            for key in known:
                self.assertRegex(self.examples, rf"\b{key}:", f"`{key}` of {name}")

    def test_every_example_is_run(self):
        commands = "\n".join(line for block in CONSOLE.findall(PAGE)
                             for line in block.splitlines() if line.startswith("$ "))
        names = [name for name, _ in FILE.findall(PAGE)]
        self.assertEqual(len(names), PAGE.count("```yaml"), "an example that has no file name")
        self.assertEqual(len(names), len(set(names)), "two examples of one name")
        for name in names:
            self.assertIn(f"$ penstock run {name}", commands)

    def test_what_is_not_in_this_version_is_said(self):
        said = PAGE[PAGE.index("Not in this version"):]
        for _, not_yet in self.sets.values():
            for key in not_yet:
                self.assertIn(f"`{key}`", said)

    def test_every_key_is_in_the_list(self):
        table = PAGE[PAGE.index("## All keys"):]
        for name in WITH_HEADINGS:
            for key in self.sets[name][0]:
                self.assertIn(f"`{key}`", table)

    def test_links_lead_somewhere(self):
        anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
                   for title in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)}
        for link in re.findall(r"\(#([\w-]+)\)", PAGE):
            self.assertIn(link, anchors)


if __name__ == "__main__":
    unittest.main()
