"""The plugin `json` in the real program, against jq and Python's own json module."""

import json
import random
import shutil
import subprocess
import unittest

from penstock_runner import PenstockTest

COPY = """
pipeline: copy
stages:
  in: {task: json.lines, with: {paths: [%s]}}
  out: {task: json.write, from: in, with: {path: "%s"}}
  rejects: {task: json.write, from: in.rejects, with: {path: rejects.json}}
"""

SELECT = """
pipeline: select
stages:
  in: {task: %s, ignore: %s, with: {paths: [in.json]}}
  chosen: {task: json.select, from: in, with: {fields: %s, where: %s}}
  out: {task: json.write, from: chosen, with: {path: out.json}}
  rest: {task: json.write, from: chosen.rest, with: {path: rest.json}}
"""

CHARACTERS = ['"', "\\", "/", "\b", "\f", "\n", "\r", "\t", "\0", "\x1f", "\x7f", " ", "a",
              "\u00e9", "\u2028", "\uffff", "\U0001f600", "{", "]", ":", ","]


class Values:
    """Random JSON, of what jq 1.6 writes as we do: its numbers are floats of 64 bits."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self):
        return "".join(self.random.choices(CHARACTERS, k=self.random.randrange(12)))

    def value(self, depth=0):
        kind = self.random.randrange(6 if depth > 4 else 8)
        if kind == 0:
            return self.random.choice([None, True, False])
        if kind in (1, 2):
            return self.random.randrange(-2**53, 2**53) >> self.random.randrange(50)
        if kind == 3:
            return self.random.randrange(-10**6, 10**6) + self.random.choice([0.5, 0.25, 0.125])
        if kind in (4, 5):
            return self.text()
        if kind == 6:
            return [self.value(depth + 1) for _ in range(self.random.randrange(5))]
        return {self.text(): self.value(depth + 1) for _ in range(self.random.randrange(6))}

    def lines(self, count):
        for _ in range(count):
            yield json.dumps(self.value(), ensure_ascii=self.random.random() < 0.5,
                             separators=self.random.choice([(",", ":"), (" , ", " : ")]))


def jq(content, *words):
    return subprocess.run(["jq", "-c", *words], input=content, stdout=subprocess.PIPE, check=True,
                          timeout=60).stdout


def ignored(source):
    return "[rejects]" if source == "json.lines" else "[]"


def lines_of(content):
    return [json.loads(line) for line in content.splitlines()]


class Copying(PenstockTest):
    def copy(self, content, path="out.json", source="in.json", **options):
        if source != '"-"':
            self.write(source, content)
        ended = self.run_pipeline(COPY % (source, path), **options)
        self.assert_ended(ended, 0, dead=0, pending=0)
        return ended.stdout if path == "-" else self.read(path)

    @unittest.skipUnless(shutil.which("jq"), "jq is not installed")
    def test_byte_for_byte_as_jq(self):
        content = "\n".join(Values(1).lines(3000)).encode()
        expected = jq(content, ".")
        self.assertEqual(self.copy(content), expected)
        self.assertEqual(self.copy(b"", "-", '"-"', stdin=content), expected)
        self.assertEqual(self.read("rejects.json"), b"")

    @unittest.skipUnless(shutil.which("jq"), "jq is not installed")
    def test_equal_keys_as_jq(self):
        content = b'{"a":1,"b":{"c":1,"c":[2]},"a":{"x":1}}\n{"":0,"":1}\n'
        self.assertEqual(self.copy(content), jq(content, "."))

    def test_the_same_values_as_python_reads(self):
        numbers = ["1.0", "1e2", "-0.0", "5e-324", "1.7976931348623157e308", "0.1", "123456789.125",
                   "9223372036854775807", "-9223372036854775808", "18446744073709551615"]
        content = "\n".join([*Values(2).lines(2000), *numbers]).encode()
        copied = lines_of(self.copy(content))
        expected = lines_of(content)
        self.assertEqual(copied, expected)
        self.assertEqual([type(one) for one in copied], [type(one) for one in expected])

    def test_lines_that_are_no_json_go_to_rejects(self):
        bad = [b"{", b'{"a":1,}', b"01", b"1e400", b"18446744073709551616", b"nul", b'"\xff"',
               b'"\\ud800"', b"1 2", b"[" * 70 + b"]" * 70]
        content = b"".join(b"%d\r\n%s\n\n" % (n, line) for n, line in enumerate(bad))
        self.assertEqual(lines_of(self.copy(content)), list(range(len(bad))))
        rejects = lines_of(self.read("rejects.json"))
        self.assertEqual([one["line"] for one in rejects], [3 * n + 2 for n in range(len(bad))])
        self.assertEqual([one["text"] for one in rejects],
                         [line.decode(errors="replace") for line in bad])
        self.assertTrue(all(one["file"] == "in.json" and one["reason"] for one in rejects))

    def test_a_line_larger_than_what_the_engine_reads_at_a_time(self):
        content = json.dumps({"x": ["text"] * 200_000}, separators=(",", ":")).encode() + b"\n"
        self.assertEqual(self.copy(content), content)
        self.assertEqual(self.copy(b"", "-", '"-"', stdin=content), content)


class Selecting(PenstockTest):
    RECORDS = [{"id": n, "level": ["debug", "info", "error"][n % 3], "ms": n / 4 if n % 5 else None,
                "user": {"name": f"user{n % 7}", "tags": [n % 2, "x"]}} for n in range(2000)]

    def select(self, fields, where, source="json.lines"):
        content = b"".join(json.dumps(one, separators=(",", ":")).encode() + b"\n"
                           for one in self.RECORDS)
        self.write("in.json", content)
        ended = self.run_pipeline(SELECT % (source, ignored(source), json.dumps(fields),
                                               json.dumps(where)))
        self.assert_ended(ended, 0, done=len(self.RECORDS))
        return [sorted(lines_of(self.read(name)), key=lambda one: one["id"])
                for name in ("out.json", "rest.json")]

    def test_fields_and_conditions_from_records_and_from_text(self):
        def meets(one):
            return one["level"] in ("info", "error") and one["ms"] is not None and one["ms"] >= 20.5
        where = ['level in ["info", "error"]', "ms >= 20.5"]
        expected = [{"id": one["id"], "name": one["user"]["name"], "odd": one["user"]["tags"][0]}
                    for one in self.RECORDS if meets(one)]
        rest = [one for one in self.RECORDS if not meets(one)]
        for source in ("json.lines", "files.lines"):
            with self.subTest(source=source):
                self.assertEqual(
                    self.select(["id", "user.name", "odd=user.tags.0"], where, source),
                    [expected, rest])

    def test_whole_records(self):
        chosen, rest = self.select([], ["user.tags.0 == 1", "ms exists"])
        self.assertEqual(chosen, [one for one in self.RECORDS
                                  if one["id"] % 2 == 1 and one["ms"] is not None])
        self.assertEqual(len(chosen) + len(rest), len(self.RECORDS))

    def test_a_condition_that_is_none_is_refused_before_anything_is_read(self):
        self.write("in.json", "{}\n")
        ended = self.run_pipeline(SELECT % ("json.lines", "[rejects]", "[a]", '["a=1"]'))
        self.assertNotEqual(ended.status, 0)
        self.assertEqual(ended.account["done"], 0)
        self.assertIn("the condition 'a=1' is not understood", ended.stderr)

    def test_what_is_no_record_is_a_dead_letter(self):
        self.write("in.json", '{"a":1}\n[1]\nnot json\n')
        ended = self.run_pipeline(SELECT % ("files.lines", "[]", "[a]", "[]"))
        self.assert_ended(ended, 1, done=1, dead=2)
        self.assertEqual(self.read("out.json"), b'{"a":1}\n')


if __name__ == "__main__":
    unittest.main()
