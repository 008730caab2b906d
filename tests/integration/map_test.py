"""`penstock map`: lines of the standard input through one task."""

import json
import os
import select
import shlex
import subprocess
import unittest

from penstock_runner import SOURCE, TEST_PLUGINS, PenstockTest

MATH = """#include <penstock/plugin.hpp>

PENSTOCK_PLUGIN("math", "1.0.0", "arithmetic for everyone") {
  plugin.transform("square", "the square of a number", [](std::int64_t x) { return x * x; });
}
"""


def numbers(count):
    return b"".join(b"%d\n" % n for n in range(count))


class Map(PenstockTest):
    def map(self, task, stdin, *words, **options):
        return self.start_map(task, stdin, *words, **options).wait()

    def start_map(self, task, stdin, *words, **options):
        return self.start("map", task, "--plugin-path", TEST_PLUGINS, *words, stdin=stdin,
                          **options)

    def assert_mapped(self, ended, output, status=0, **account):
        self.assert_ended(ended, status, **account)
        self.assertEqual(ended.stdout, output)

    def assert_refused(self, ended, *texts):
        self.assertEqual(ended.status, 2, str(ended))
        self.assertEqual(ended.stdout, b"")
        for text in texts:
            self.assertIn(text, ended.stderr)


class OneCommand(Map):
    def test_a_plugin_of_three_lines_squares_a_million_numbers_in_order(self):
        self.write("math.cpp", MATH)
        command = shlex.split(os.environ.get("CXX", "g++"))
        subprocess.run([*command, "-std=c++20", "-shared", "-fPIC", "-I", SOURCE / "sdk/include",
                        "-o", "libmath.so", "math.cpp"], cwd=self.folder, check=True)
        lines = b"".join(b"%d\n" % n for n in range(1, 1000001))
        ended = self.penstock("map", "math.square", "--plugin-path", ".", stdin=lines)
        self.assert_ended(ended, 0, **{"in": 1000000, "done": 1000000, "retried": 0, "restarts": 0})
        self.assertTrue(ended.stdout == b"".join(b"%d\n" % (n * n) for n in range(1, 1000001)))
        print(f"a million lines in {ended.seconds:.2f} s")


class Lines(Map):
    def test_text_is_taken_as_it_is(self):
        self.assert_mapped(
            self.map("sample.greet", "a\n\n b\\n\t\u00e9\r\nlast".encode(),
                     "--with", "greeting=hi", "--with", "times=2", "--with", 'marks=["!", ","]'),
            "hi hi a!,\nhi hi !,\nhi hi  b\\n\t\u00e9!,\nhi hi last!,\n".encode(), done=4)

    def test_numbers(self):
        self.assert_mapped(self.map("sample.half", b"3\n1e3\n-0.5\n7\r\n"),
                           b"1.5\n500.0\n-0.25\n3.5\n")
        self.assert_mapped(self.map("sample.number", b"-9223372036854775808\n007\n"),
                           b"-9223372036854775808\n7\n")

    def test_structs_are_json(self):
        ended = self.map("sample.mirror", b'{"x": 1, "y": 2}\n{"y":-1.5,"x":1e2, "more": [1]}\n')
        self.assert_ended(ended, 0)
        self.assertEqual([json.loads(line) for line in ended.stdout.splitlines()],
                         [{"x": 2, "y": 1}, {"x": -1.5, "y": 100}])
        ended = self.map("sample.older",
                         '{"name":"\\u00e9\u65e5","numbers":[1,2],"place":{"x":0,"y":1}}\n'
                         '{"name":"b","numbers":[],"place":null}\n'.encode())
        self.assert_ended(ended, 0)
        self.assertEqual([json.loads(line) for line in ended.stdout.splitlines()],
                         [{"name": "\u00e9\u65e5!", "numbers": [2, 3], "place": {"x": 0, "y": 1}},
                          {"name": "b!", "numbers": [], "place": None}])

    def test_a_line_that_does_not_parse_is_a_failed_item_with_its_number(self):
        ended = self.map("sample.number", b"1\n2\nx\n4\n1.5\n99999999999999999999\n\n8\n")
        self.assert_mapped(ended, b"1\n2\n4\n8\n", status=1, done=4, dead=4, retried=0)
        for number, line in ((3, "x"), (5, "1.5"), (6, "99999999999999999999"), (7, "")):
            self.assertIn(f"item line:{number}, attempt 1", ended.stderr)
            self.assertIn(f"`{line}` is not an integer", ended.stderr)

    def test_json_that_does_not_fit(self):
        ended = self.map("sample.mirror",
                         b'{"x":1,"y":2}\n{"x":"a","y":2}\n[1]\n{"x":1}\nnope\n{"x":1,"y":2\n')
        self.assert_ended(ended, 1, done=1, dead=5)
        self.assertEqual(len(ended.stdout.splitlines()), 1)
        for number in range(2, 7):
            self.assertIn(f"item line:{number}, attempt 1", ended.stderr)

    def test_what_a_task_refuses(self):
        ended = self.map("sample.odd", numbers(10))
        self.assert_mapped(ended, b"1\n3\n5\n7\n9\n", status=1, done=5, dead=5)
        self.assertIn("item line:5, attempt 1", ended.stderr)
        self.assertIn("even: 4", ended.stderr)
        self.assertNotIn("protocol", ended.stderr)

    def test_many_outputs_of_a_line_stay_together_and_in_order(self):
        ended = self.map("sample.many", numbers(100), "--with", "count=700")
        self.assert_mapped(ended, b"".join(b"%d\n" % n * 700 for n in range(100)), done=100)

    def test_a_line_of_five_mebibytes(self):
        line = b"long " * (1 << 20)
        self.assert_mapped(self.map("text.upper", b"a\n" + line + b"\nb"),
                           b"A\n" + line.upper() + b"\nB\n", done=3)


class Streams(Map):
    def test_a_pipe(self):
        with subprocess.Popen(["seq", "100000"], stdout=subprocess.PIPE) as source:
            self.assert_mapped(self.map("sample.number", source.stdout),
                               b"".join(b"%d\n" % n for n in range(1, 100001)), done=100000)

    def test_nothing(self):
        self.assert_mapped(self.map("sample.number", subprocess.DEVNULL), b"", **{"in": 0})

    def test_a_closed_input(self):
        ended = self.map("sample.number", None, preexec=lambda: os.close(0))
        self.assert_ended(ended, 4, **{"in": 0})
        self.assertIn("the standard input is closed", ended.stderr)

    def test_a_folder_as_input(self):
        folder = os.open("/", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        ended = self.map("sample.number", folder)
        self.assert_ended(ended, 4, **{"in": 0})
        self.assertIn("standard input", ended.stderr)

    def test_a_closed_output(self):
        ended = self.map("sample.number", numbers(10), preexec=lambda: os.close(1))
        self.assert_ended(ended, 3)
        self.assertIn("standard output", ended.stderr)

    def test_a_full_output(self):
        with open("/dev/full", "wb") as full:
            self.assert_ended(self.map("sample.number", numbers(100000), stdout=full), 3)

    def test_a_reader_that_has_seen_enough(self):
        reader, writer = os.pipe()
        running = self.start_map("sample.number", numbers(300000), stdout=writer)
        os.close(writer)
        with open(reader, "rb") as output:
            self.assertEqual(output.readline(), b"0\n")
        ended = running.wait()
        self.assert_ended(ended, 3)
        self.assertIn("standard output", ended.stderr)

    def test_a_reader_that_comes_late_gets_everything(self):
        reader, writer = os.pipe()
        running = self.start_map("sample.number", numbers(100000), stdout=writer)
        running.until(lambda: not select.select([], [writer], [], 0)[1], "a full pipe")
        os.close(writer)
        with open(reader, "rb") as output:
            first = output.readline()
            self.assertEqual(first + output.read(), numbers(100000))
        self.assert_ended(running.wait(), 0, done=100000)

    def test_lines_come_out_while_others_are_still_to_come(self):
        reader, writer = os.pipe()
        running = self.start_map("sample.number", reader)
        os.close(reader)
        for number in (b"1\n", b"22\n", b"333\n"):
            os.write(writer, number)
            running.until(lambda number=number: running.stdout.endswith(number), "the line")
        os.close(writer)
        self.assert_mapped(running.wait(), b"1\n22\n333\n", done=3)


class Options(Map):
    def test_unordered(self):
        ended = self.map("sample.number", numbers(50000), "--unordered", "-j", "4")
        self.assert_ended(ended, 0, done=50000)
        self.assertEqual(sorted(ended.stdout.splitlines(), key=int), numbers(50000).splitlines())

    def test_unordered_does_not_wait_for_a_slow_line(self):
        running = self.start_map("sample.crowd", numbers(2), "--unordered", "-j", "2",
                                 "--with", f"folder={self.folder}")
        running.until(lambda: (self.folder / "at_work.1").exists(), "the second line in hand")
        self.write("go", "")
        ended = running.wait()
        self.assertEqual(sorted(ended.stdout.split()), [b"0", b"1"])

    def test_so_many_processes(self):
        running = self.start_map("sample.crowd", numbers(3), "-j", "3",
                                 "--with", f"folder={self.folder}")
        running.until(lambda: len(list(self.folder.glob("at_work.*"))) == 3, "three at work")
        self.assertEqual(len(running.processes("penstock-worker")), 3)
        self.write("go", "")
        self.assert_mapped(running.wait(), numbers(3), done=3)

    def test_a_call_that_takes_longer_than_its_time(self):
        ended = self.map("sample.slow", b"7\n", "--with", "wait=60s", "--timeout", "200ms")
        self.assert_mapped(ended, b"", status=1, dead=1, retried=2, restarts=3)
        self.assertIn("item line:1, attempt 3", ended.stderr)
        self.assertIn("timed out after 0.2 s", ended.stderr)

    def test_parameters_are_checked(self):
        self.assert_refused(self.map("sample.greet", b"a\n", "--with", "greting=hi"),
                            "no parameter `greting`", "did you mean `greeting`?")
        self.assert_refused(self.map("sample.greet", b"a\n", "--with", "times=12"),
                            "it can be from 1 to 9")
        self.assert_refused(self.map("sample.greet", b"a\n", "--with", "times"), "NAME=VALUE")
        self.assert_refused(self.map("sample.gate", b"a\n"), "path")

        self.assert_refused(self.map("sample.greet", b"a\n", "--with", "times=12"),
                            "--with times=…: parameter `times`")

    def test_lists(self):
        for words in (("--with", "marks=!", "--with", "marks=[?]"),
                      ("--with", 'marks=["!", "[?]"]')):
            self.assert_mapped(self.map("sample.greet", b"a\n", *words), b"hello a![?]\n", done=1)
        self.assert_mapped(self.map("sample.greet", b"a\n", "--with", "greeting=[x]"),
                           b"[x] a\n", done=1)
        ended = self.map("sample.greet", b"a\n", "--with", "times=1", "--with", "marks=[a, {b: c}]")
        self.assert_refused(ended, "--with marks=…:1:5: parameter `marks`", "such as [b=c]")
        ended = self.map("sample.greet", b"a\n", "--with", "times=1", "--with", "times=2")
        self.assert_refused(ended, "--with times=…: parameter `times`", "is a list")

    def test_what_leaves_by_other_outputs_is_told(self):
        ended = self.map("text.grep", b"a\nb\nab\nc\n", "--with", "pattern=a")
        self.assert_mapped(ended, b"a\nab\n", done=4)
        self.assertIn("2 items left by the output rejects, which map does not print\n",
                      ended.stderr)
        ended = self.map("text.grep", b"a\n", "--with", "pattern=a")
        self.assertNotIn("rejects", ended.stderr)

    def test_tasks_that_cannot_be_mapped(self):
        self.assert_refused(self.map("sample.nothing", b""), "no task `nothing`")
        self.assert_refused(self.map("sample.gret", b""), "did you mean `sample.greet`?")
        self.assert_refused(self.map("sample.numbers", b""), "is a source")
        self.assert_refused(self.map("sample.drop", b""), "is a sink")
        self.assert_refused(self.map("text.sum_counts", b""), "is a stateful task")
        self.assert_refused(self.map("nowhere.at_all", b""), "no plugin 'nowhere'")
        self.assert_refused(self.map("upper", b""), "PLUGIN.TASK")


if __name__ == "__main__":
    unittest.main()
