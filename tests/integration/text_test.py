"""The pipelines in configs/ on real text, compared with a few lines of Python that follow the same
rules and share no code with the plugins."""

import collections
import random
import re
import unittest
from pathlib import Path

from penstock_runner import SOURCE, PenstockTest

WORDCOUNT = SOURCE / "configs/wordcount.yaml"
GREP = SOURCE / "configs/grep.yaml"
WORD = re.compile(rb"[A-Za-z'\x80-\xff]+")
MIB = 1 << 20


def words_of(text):
    return collections.Counter(word.lower() for word in WORD.findall(text))


def table(counts):
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return b"".join(b"%s\t%d\n" % row for row in rows)


def lines_of(text):
    """Lines without their ends; what follows the last end is a line, unless it is empty."""
    lines = text.split(b"\n")
    return lines if lines[-1] else lines[:-1]


class Text(PenstockTest):
    def run_config(self, config, *words, **options):
        summary = self.folder / "summary.json"
        return self.start("run", config, "--summary", summary, *words, summary=summary,
                          **options).wait()

    def count(self, pattern, *words):
        return self.run_config(WORDCOUNT, "--set", f"INPUT={pattern}", *words)

    def assert_counted(self, content):
        """Writes the content into a file, and compares what comes of it."""
        self.write("text", content)
        ended = self.count("text", "--set", "OUTPUT=words.tsv")
        self.assert_ended(ended, 0, dead=0, pending=0, retried=0, restarts=0)
        self.assertEqual(self.read("words.tsv"), table(words_of(content)))
        self.assertFalse((self.folder / "words.tsv.partial").exists())
        return ended

    def grep(self, pattern, content, *words):
        self.write("text", content)
        ended = self.run_config(GREP, "--set", "INPUT=text", "--set", f"PATTERN={pattern}", *words)
        self.assert_ended(ended, 0, dead=0, pending=0, retried=0, restarts=0)
        return sorted(lines_of(ended.stdout))


class WordCount(Text):
    def test_the_documents(self):
        (self.folder / "docs").symlink_to(SOURCE / "docs")
        expected = collections.Counter()
        for path in (SOURCE / "docs").rglob("*.md"):
            expected += words_of(path.read_bytes())
        ended = self.run_config(WORDCOUNT)
        self.assert_ended(ended, 0)
        self.assertEqual(self.read("out/wordcount.tsv"), table(expected))

    def test_the_licences_of_the_system(self):
        expected, files = collections.Counter(), 0
        for path in Path("/usr/share/common-licenses").iterdir():
            expected += words_of(path.read_bytes())
            files += 1
        ended = self.count("/usr/share/common-licenses/*", "--set", "OUTPUT=-")
        self.assert_ended(ended, 0, **{"in": files, "done": files})
        self.assertEqual(ended.stdout, table(expected))

    def test_an_empty_file(self):
        ended = self.assert_counted(b"")
        self.assertEqual(ended.account["in"], 0)

    def test_no_end_of_the_last_line(self):
        self.assert_counted(b"one two\ntwo three")

    def test_apostrophes_and_bytes_above_127(self):
        self.assert_counted("Don't 'quote' D\u00e9j\u00e0-vu \u00dcBER \u65e5\u672c x9y _a_\r\nA\tb"
                            .encode())

    def test_one_line_of_five_mebibytes(self):
        self.assert_counted(b"word " * MIB + b"\nshort\n")

    def test_one_word_of_five_mebibytes(self):
        self.assert_counted(b"w" * (5 * MIB))

    def test_binary_garbage(self):
        self.assert_counted(random.Random(1).randbytes(3 * MIB))

    def test_lines_of_all_lengths_around_the_size_of_a_piece(self):
        self.write("lengths.yaml", """
pipeline: lengths
stages:
  chunks: {task: files.chunks, with: {paths: [text], size: 1KiB}}
  counts: {task: text.count_words, from: chunks}
  totals: {task: text.sum_counts, from: counts}
  save: {task: files.write, from: totals, with: {path: words.tsv}}
""")
        content = b"".join(b"%d-%s\n" % (n, b"x y" * (n // 3)) for n in range(1000, 1050))
        content += b"a b\n" * 300 + b"\n" * 3000
        self.write("text", content)
        self.assert_ended(self.penstock("run", "lengths.yaml"), 0)
        self.assertEqual(self.read("words.tsv"), table(words_of(content)))

    def test_a_glob_that_matches_nothing_is_refused(self):
        ended = self.count("nothing-here/*.txt")
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn("nothing-here/*.txt", ended.stderr)
        self.assertIn("allow_empty", ended.stderr)
        self.assertFalse((self.folder / "out/wordcount.tsv").exists())

    def test_no_file_at_all_where_that_is_allowed(self):
        self.write("none.yaml", """
pipeline: none
stages:
  chunks: {task: files.chunks, with: {paths: ["nothing/*"], allow_empty: true}}
  counts: {task: text.count_words, from: chunks}
  totals: {task: text.sum_counts, from: counts}
  save: {task: files.write, from: totals, with: {path: words.tsv}}
""")
        self.assert_ended(self.penstock("run", "none.yaml"), 0, **{"in": 0})
        self.assertEqual(self.read("words.tsv"), b"")

    def test_standard_input(self):
        content = b"to be or not to be\n" * 20000 + b"that"
        ended = self.run_config(WORDCOUNT, "--set", "INPUT=-", "--set", "OUTPUT=-", stdin=content)
        self.assert_ended(ended, 0, dead=0, pending=0)
        self.assertEqual(ended.stdout, table(words_of(content)))


class Grep(Text):
    TEXT = b"one penstock\nnothing\nPenstock two\r\n\nthe last penstock"

    def test_the_documents(self):
        (self.folder / "docs").symlink_to(SOURCE / "docs")
        expected = [line for path in (SOURCE / "docs").rglob("*.md")
                    for line in lines_of(path.read_bytes()) if re.search(rb"[Pp]enstock", line)]
        ended = self.run_config(GREP)
        self.assert_ended(ended, 0)
        self.assertEqual(sorted(lines_of(ended.stdout)), sorted(expected))

    def test_lines_keep_every_byte(self):
        self.assertEqual(self.grep("[Pp]enstock", self.TEXT),
                         [b"Penstock two\r", b"one penstock", b"the last penstock"])

    def test_a_pattern_without_special_characters(self):
        self.assertEqual(self.grep("penstock", self.TEXT), [b"one penstock", b"the last penstock"])

    def test_an_empty_file(self):
        self.assertEqual(self.grep("a", b""), [])

    def test_empty_lines(self):
        self.assertEqual(self.grep("^$", b"a\n\nb\n\n\n"), [b""] * 3)

    def test_one_line_of_five_mebibytes(self):
        line = b"hay " * (5 * MIB // 4) + b"needle"
        self.assertEqual(self.grep("needle", line + b"\nanother needle\nhay\n"),
                         [b"another needle", line])

    def test_binary_garbage(self):
        content = random.Random(2).randbytes(2 * MIB)
        expected = [line for line in lines_of(content) if re.search(rb"[x-z]{2}", line)]
        self.assertGreater(len(expected), 10)
        self.assertEqual(self.grep("[x-z]{2}", content), sorted(expected))

    def test_standard_input(self):
        ended = self.run_config(GREP, "--set", "INPUT=-", "--set", "PATTERN=9$",
                                stdin=b"".join(b"%d\n" % n for n in range(100000)))
        self.assert_ended(ended, 0, **{"in": 100000, "done": 100000})
        self.assertEqual(len(lines_of(ended.stdout)), 10000)

    def test_a_bad_expression_is_refused(self):
        self.write("text", b"a\n")
        ended = self.run_config(GREP, "--set", "INPUT=text", "--set", "PATTERN=(")
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn("'(' is no regular expression", ended.stderr)


class Large(Text):
    """Text that would not fit into the memory that the engine may take."""

    SIZE = 50 * MIB

    def assert_small(self, ended):
        self.assertLess(ended.summary["engine_peak_rss"], 48 * MIB)

    def test_it_is_small_for_little_text_too(self):
        ended = self.count("/usr/share/common-licenses/*", "--set", "OUTPUT=-")
        self.assert_ended(ended, 0)
        self.assert_small(ended)

    def test_the_engine_stays_small(self):
        chance, blocks = random.Random(3), []
        vocabulary = [bytes(chance.choices(b"abcdefghijklmnoprstuvwy'", k=chance.randint(1, 14)))
                      for _ in range(20000)]
        for _ in range(8):
            words = chance.choices(vocabulary, k=MIB // 8)
            for at in range(11, len(words), 12):
                words[at] += b".\n"
            blocks.append(b" ".join(words) + b"\n")
        counts = [words_of(block) for block in blocks]
        used, size = collections.Counter(), 0
        with open(self.folder / "text", "wb") as file:
            while size < self.SIZE:
                block = chance.randrange(len(blocks))
                used[block] += 1
                size += file.write(blocks[block])
        expected = collections.Counter()
        for block, times in used.items():
            for word, count in counts[block].items():
                expected[word] += times * count

        ended = self.count("text", "--set", "OUTPUT=words.tsv")
        self.assert_ended(ended, 0, dead=0, pending=0, retried=0, restarts=0)
        self.assertEqual(self.read("words.tsv"), table(expected))
        self.assert_small(ended)
        print(f"{size // MIB} MiB in {ended.summary['seconds']:.2f} s, "
              f"engine {ended.summary['engine_peak_rss'] / MIB:.1f} MiB")


class Huge(Large):
    SIZE = 500 * MIB


if __name__ == "__main__":
    unittest.main()
