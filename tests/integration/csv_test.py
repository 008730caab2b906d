"""The plugin `csv` in the real program, against Python's own csv module."""

import csv
import io
import json
import random
import unittest

from penstock_runner import PenstockTest

# Order and bytes stay: one source, straight into one sink.
COPY = """
pipeline: copy
stages:
  in: {task: csv.rows, ignore: [rejects], with: {paths: %s, types: text%s}}
  out: {task: csv.write, from: in, with: {path: "%s"%s}}
"""

JSON = """
pipeline: json
stages:
  in: {task: csv.rows, with: {paths: %s%s}}
  rows: {task: files.write, from: in, with: {path: rows.jsonl}}
  rejects: {task: files.write, from: in.rejects, with: {path: rejects.jsonl}}
"""

PIECES = ["", "a", "0", "-7", "1.5", "true", " ", ",", ";", "\t",
          '"', '""', "\n", "\r\n", "\\", "'",
          "x,y", "\u00e9", "\U0001f600", "\x7f", "long " * 40, "\ufeff"]


def random_rows(seed, columns, count):
    chosen = random.Random(seed)
    for _ in range(count):
        yield ["".join(chosen.choice(PIECES) for _ in range(chosen.randrange(4)))
               for _ in range(columns)]


def as_csv(rows, **form):
    out = io.StringIO(newline="")
    csv.writer(out, **form).writerows(rows)
    return out.getvalue().encode()


class Copying(PenstockTest):
    def copy(self, content, reading="", writing="", path="out.csv", paths='["in.csv"]', **options):
        self.write("in.csv", content)
        ended = self.run_pipeline(COPY % (paths, reading, path, writing), **options)
        self.assert_ended(ended, 0, dead=0, pending=0)
        return ended.stdout if path == "-" else self.read(path)

    def test_random_rows_in_every_form_come_back_byte_for_byte(self):
        forms = [
            ({"lineterminator": "\r\n"}, "", ", line_end: crlf"),
            ({"lineterminator": "\r\n", "delimiter": ";"}, ', separator: ";"',
             ', separator: ";", line_end: crlf'),
            ({"lineterminator": "\r\n", "delimiter": "\t", "quoting": csv.QUOTE_ALL},
             ', separator: "\\t"', ', separator: "\\t", line_end: crlf, quoting: all'),
            ({"lineterminator": "\r\n", "quoting": csv.QUOTE_NONNUMERIC}, "",
             ", line_end: crlf, quoting: text"),
        ]
        for seed, (form, reading, writing) in enumerate(forms):
            header = [[f"name {n}" for n in range(seed + 2)]]
            content = as_csv(header + list(random_rows(seed, seed + 2, 400)), **form)
            with self.subTest(form=form):
                self.assertEqual(self.copy(content, reading, writing), content)

    def test_one_column_and_its_empty_rows(self):
        content = as_csv([["only"], [""], ["x"], [""]], lineterminator="\n")
        self.assertEqual(self.copy(content), content)

    def test_standard_input_to_standard_output(self):
        rows = [["a", "b"], *random_rows(99, 2, 3000)]
        content = as_csv(rows, lineterminator="\r\n")
        copied = self.copy(b"", path="-", paths='["-"]', writing=", line_end: crlf", stdin=content)
        self.assertEqual(copied, content)

    def test_a_field_larger_than_what_the_engine_reads_at_a_time(self):
        large = ("line of \"text\"\n" * 100_000)
        content = as_csv([["id", "text"], ["1", large], ["2", "x"]], lineterminator="\r\n")
        self.assertEqual(self.copy(content, writing=", line_end: crlf"), content)
        self.assertEqual(self.copy(b"", path="-", paths='["-"]', writing=", line_end: crlf",
                                   stdin=content), content)


class Records(PenstockTest):
    def records(self, content, more="", **options):
        self.write("in.csv", content)
        ended = self.run_pipeline(JSON % ('["in.csv"]', more), **options)
        self.assert_ended(ended, 0, dead=0, pending=0)
        return [[json.loads(line) for line in self.read(name).splitlines()]
                for name in ("rows.jsonl", "rejects.jsonl")]

    def test_the_same_records_as_python_reads(self):
        rows = [["a", "b", "c"], *random_rows(7, 3, 2000)]
        content = as_csv(rows, lineterminator="\n")
        expected = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
        self.assertEqual(self.records(content, ", types: text"), [expected, []])

    def test_inferred_values(self):
        [rows, _] = self.records(b'i,f,b,n,t,q\n1,1.5,true,,007,"1"\n-2,1e3,False,,x,""\n')
        self.assertEqual(rows, [
            {"i": 1, "f": 1.5, "b": True, "n": None, "t": "007", "q": "1"},
            {"i": -2, "f": 1000.0, "b": False, "n": None, "t": "x", "q": ""}])

    def test_rejects_with_their_places(self):
        rows, rejects = self.records(b'n,t\n1,"a\nb"\nx,c\n2\n3,"d"e\n4,f\n', ', types: ["n:int"]')
        self.assertEqual(rows, [{"n": 1, "t": "a\nb"}, {"n": 4, "t": "f"}])
        self.assertEqual([(one["file"], one["line"], one["text"]) for one in rejects],
                         [("in.csv", 4, "x,c"), ("in.csv", 5, "2"), ("in.csv", 6, '3,"d"e')])
        self.assertEqual([one["reason"] for one in rejects], [
            "column 'n' has 'x', which is no int",
            "it has 1 field where there are 2 columns",
            "something follows the closing quote of a field"])

    def test_a_bad_row_ends_the_run_where_that_is_wanted(self):
        self.write("in.csv", "a,b\n1,2\n3\n")
        ended = self.run_pipeline(JSON % ('["in.csv"]', ", on_bad: fail"))
        self.assertEqual(ended.status, 4, str(ended))
        self.assertIn("'in.csv' line 3 is no row: it has 1 field where there are 2 columns",
                      ended.stderr)
        self.assertFalse((self.folder / "rows.jsonl").exists())

    def test_a_record_with_a_field_too_many_is_a_dead_letter(self):
        self.write("1.csv", "a,b\n1,2\n")
        self.write("2.csv", "b,c\n3,4\n")
        pipeline = COPY % ('["1.csv", "2.csv"]', "", "out.csv", "%s")
        ended = self.run_pipeline(pipeline % "")
        self.assert_ended(ended, 1, done=1, dead=1)
        self.assertEqual(self.read("out.csv"), b"a,b\n1,2\n")
        ended = self.run_pipeline(pipeline % ", extra: ignore")
        self.assert_ended(ended, 0, done=2)
        self.assertEqual(self.read("out.csv"), b"a,b\n1,2\n,3\n")


if __name__ == "__main__":
    unittest.main()
