"""`penstock test`: what the `tests` of a pipeline file find out, and what they leave behind."""

import json
import os
import unittest

from penstock_runner import TEST_PLUGINS, PenstockTest
from sandbox_test import landlock_version

STAGES = """
pipeline: words
pools: {default: {processes: 2, memory: 128MiB}}
stages:
  lines:  {task: files.lines, with: {paths: [in.txt]}}
  found:  {task: text.grep, from: lines, with: {pattern: "^a"}, timeout: 500ms}
  odd:    {task: sample.odd, from: numbers, ignore: main}
  numbers: {task: sample.numbers, with: {count: 3}}
  counts: {task: text.count_words, from: [found, found.rejects]}
  totals: {task: text.sum_counts, from: counts}
  people: {task: csv.rows, with: {paths: [people.csv]}, ignore: rejects}
  joined: {task: table.join, from: {left: people, right: people}, with: {on: [town]}}
  skipped: {task: sample.odd, from: numbers, on_failure: skip, ignore: main}
  print:  {task: files.write, from: joined, with: {path: "-"}}
  save:   {task: files.write, from: totals, with: {path: out/words.tsv}}
tests:
"""


class TestsTest(PenstockTest):
    def setUp(self):
        super().setUp()
        self.write("in.txt", "alpha\nbeta\n")
        self.write("people.csv", "name,town\nAda,London\n")
        (self.folder / "tmp").mkdir()

    def make_tests(self, tests, *words, stages=STAGES):
        """Runs `penstock test`, which has to leave nothing behind."""
        self.write("words.yaml", stages + tests)
        before = self.files()
        number = len(self.started)
        ended = self.penstock("test", "words.yaml", "--plugin-path", TEST_PLUGINS, *words,
                              env={"TMPDIR": str(self.folder / "tmp")})
        self.assertEqual(self.files() - {f"stdout.{number}", f"stderr.{number}"}, before)
        return ended

    def files(self):
        return {os.path.relpath(os.path.join(folder, name), self.folder)
                for folder, folders, names in os.walk(self.folder) for name in folders + names}

    def reports(self, tests, *words, **options):
        """The reports by the names of the tests."""
        ended = self.make_tests(tests, "--json", *words, **options)
        reports = [json.loads(line) for line in ended.stdout.splitlines()]
        failed = sum(not report["ok"] for report in reports)
        self.assertEqual(ended.status, 1 if failed else 0, str(ended))
        for report in reports:
            self.assertEqual(report["ok"], report["problems"] == [], report)
        return {report["test"]: report for report in reports}

    def assert_pass(self, tests):
        for name, report in self.reports(tests).items():
            self.assertEqual(report["problems"], [], name)

    def problems(self, test):
        """Of the only test: what is not as it says."""
        report, = self.reports(f"  t: {test}\n").values()
        return report["problems"]


class Kinds(TestsTest):
    def test_a_transform_with_named_outputs(self):
        self.assert_pass("""
  main output: {stage: found, input: [abc, xyz, a c], output: [abc, a c]}
  both:        {stage: found, input: [abc, xyz], output: {main: [abc], rejects: [xyz]}}
  one of them: {stage: found, input: [abc, xyz], output: {rejects: [xyz]}}
  nothing:     {stage: found, input: [], output: []}
  no output is looked at: {stage: found, input: [abc]}
  a map:       {stage: counts, input: [be to be], output: [{to: 1, be: 2}]}
""")
        self.assertEqual(self.problems("{stage: found, input: [abc, xyz], output: [abc, xyz]}"),
                         ["the output has 1 value, not 2; the first that is missing is\n\"xyz\""])
        self.assertEqual(self.problems("{stage: found, input: [abc, axy], output: [abc]}"),
                         ["the output has 2 values, not 1; the first more is\n\"axy\""])
        self.assertEqual(self.problems("{stage: found, input: [xyz], output: {rejects: [xyy]}}"),
                         ["value 1 of the output `rejects` is\n\"xyz\"\nand not\n\"xyy\""])
        self.assertEqual(self.problems("{stage: counts, input: [be to be], output: [{be: 2}]}"),
                         ["value 1 of the output is\n{\"be\":2,\"to\":1}\nand not\n{\"be\":2}"])

    def test_outputs_of_a_transform_stand_in_the_order_of_its_items(self):
        items = ", ".join(f"a{n}" for n in range(2000))
        self.assert_pass(f"  t: {{stage: found, input: [{items}], output: [{items}]}}\n")

    def test_a_stateful_task(self):
        self.assert_pass("""
  sums:
    stage: totals
    input: [{be: 2, to: 1}, {be: 3}]
    output: [{word: be, count: 5}, {word: to, count: 1}]
""")
        problem, = self.problems(
            "{stage: totals, input: [{be: 2}], output: [{word: be, count: 3}]}")
        self.assertIn('"count":2', problem)

    def test_a_stateful_task_of_several_inputs(self):
        self.assert_pass("""
  pairs:
    stage: joined
    input:
      right: [{town: "7", river: Seine}]
      left:  [{name: Ada, town: "7"}]
    output: [{name: Ada, town: "7", river: Seine}]
  a number is no text:
    stage: joined
    input: {right: [{town: 7, river: Seine}], left: [{name: Ada, town: "7"}]}
    output: []
""")

    def test_a_source(self):
        self.assert_pass("  t: {stage: lines, output: [alpha, beta]}\n")
        self.assertEqual(self.problems("{stage: lines, output: [alpha]}"),
                         ["the output has 2 values, not 1; the first more is\n\"beta\""])

    def test_a_sink_writes_nothing_at_its_own_place(self):
        self.write("out/words.tsv", "of an earlier run")
        ended = self.make_tests("""
  file:  {stage: save, input: [{word: be, count: 5}]}
  print: {stage: print, input: [{name: Ada}]}
""", "--json")
        self.assertEqual(ended.status, 0, str(ended))
        self.assertEqual(len(ended.stdout.splitlines()), 2)
        self.assertEqual(self.read("out/words.tsv"), b"of an earlier run")

    def test_a_sink_that_may_write_its_own_file_alone(self):
        if not landlock_version():
            self.skipTest("this kernel has no Landlock")
        stages = STAGES.replace(
            "memory: 128MiB}", "memory: 128MiB, sandbox: {filesystem: [in.txt, people.csv]}}")
        ended = self.make_tests("  t: {stage: save, input: [{word: be, count: 5}]}\n",
                                stages=stages)
        self.assertEqual(ended.status, 0, ended.stdout.decode())


class Faults(TestsTest):
    """Each fault happens to the item that it is meant for, as often as it is meant."""

    def test_what_is_tried_again(self):
        self.assert_pass("""
  crash: {stage: found, input: [a, ab, ac], faults: [{crash: 2, times: 2}],
          attempts: {1: 1, 2: 3, 3: 1}, output: [a, ab, ac]}
  once:  {stage: found, input: [a, ab], faults: [{crash: 2}], attempts: {1: 1, 2: 2},
          output: [a, ab]}
  exit:  {stage: found, input: [a, ab], faults: [{exit: 1, times: 2}], attempts: {1: 3, 2: 1},
          output: [a, ab]}
  hang:  {stage: found, input: [a, ab], faults: [{hang: 1}], attempts: {1: 2, 2: 1},
          output: [a, ab]}
  slow:  {stage: found, input: [a, ab], faults: [{slow: 1, by: 20ms}], attempts: {1: 1},
          output: [a, ab]}
  too slow: {stage: found, input: [a], faults: [{slow: 1, by: 5s}], attempts: {1: 2}, output: [a]}
  several: {stage: found, input: [a, ab, ac], faults: [{crash: 1}, {exit: 2, times: 2}, {hang: 3}],
            attempts: {1: 2, 2: 3, 3: 2}, output: [a, ab, ac]}
""")

    def test_what_is_given_up(self):
        self.assert_pass("""
  crash: {stage: found, input: [a, ab], faults: [{crash: 2, times: 3}], output: [a],
          attempts: {2: 3}, dead: {2: SIGSEGV}}
  exit:  {stage: found, input: [a, ab], faults: [{exit: 1, times: 3}], output: [ab], dead: [1]}
  hang:  {stage: found, input: [a], faults: [{hang: 1, times: 3}], dead: {1: timed out}}
  error: {stage: found, input: [a, ab], faults: [{error: 1}], output: [ab], attempts: {1: 1},
          dead: {1: an error that the test wants}}
  oom:   {stage: counts, input: [a, ab], faults: [{oom: 1, times: 3}], output: [{ab: 1}],
          dead: {1: memory}}
  of the task: {stage: odd, input: [1, 2, 3], output: [1, 3], dead: {2: "even: 2"}}
  skipped: {stage: skipped, input: [1, 2], output: [1], dead: [2], status: 0}
  skipped as well: {stage: skipped, input: [1, 2], output: [1], dead: [2]}
""")

    def test_a_full_disk_stops_a_sink(self):
        self.assert_pass("""
  full: {stage: save, input: [{word: a, count: 1}], faults: [{disk_full: 1}], status: 3}
  no disk is needed: {stage: found, input: [a], faults: [{disk_full: 1, times: 9}], output: [a]}
""")
        problem, = self.problems(
            "{stage: save, input: [{word: a, count: 1}], faults: [{disk_full: 1}]}")
        self.assertTrue(problem.startswith("it ended with status 3, not 0:\n"), problem)
        self.assertIn("No space left on device", problem)

    def test_a_stateful_task_goes_on_from_its_snapshot(self):
        self.assert_pass("""
  sums:
    stage: totals
    input: [{be: 2}, {to: 1}, {be: 3}]
    faults: [{crash: 1}, {crash: 3, times: 2}]
    attempts: {1: 2, 2: 1, 3: 3}
    output: [{word: be, count: 5}, {word: to, count: 1}]
  without what was given up:
    stage: totals
    input: [{be: 2}, {to: 1}, {be: 3}]
    faults: [{error: 3}]
    dead: [3]
    output: [{word: be, count: 2}, {word: to, count: 1}]
""")

    def test_an_item_is_counted_through_all_inputs(self):
        self.assert_pass("""
  second input:
    stage: joined
    input: {left: [{name: Ada, town: Rome}], right: [{town: Rome, river: Tiber}]}
    faults: [{crash: 2}]
    attempts: {1: 1, 2: 2}
    output: [{name: Ada, town: Rome, river: Tiber}]
""")

    def test_what_was_expected_of_a_fault_and_did_not_come(self):
        self.assertEqual(
            self.problems("{stage: found, input: [a, ab], faults: [{crash: 2}], "
                          "attempts: {1: 2, 2: 1}}"),
            ["item 1 was tried once, not 2 times", "item 2 was tried 2 times, not once"])
        self.assertEqual(self.problems("{stage: found, input: [a], dead: [1]}"),
                         ["it ended with status 0, not 1", "item 1 was not given up"])
        self.assertEqual(self.problems("{stage: odd, input: [1, 2], status: 1}"),
                         ["item 2 was given up: failed: even: 2"])
        self.assertEqual(self.problems("{stage: odd, input: [2], dead: {1: odd}}"),
                         ["item 1 was given up by\nfailed: even: 2\nand not by\nodd"])


class Told(TestsTest):
    TESTS = """
  good: {stage: found, input: [a, b], output: [a]}
  bad:  {stage: found, input: [a, b], output: [b]}
  the third: {stage: counts, input: [be], output: [{be: 1}]}
"""

    def test_a_line_for_each_test_and_below_it_what_differs(self):
        ended = self.make_tests(self.TESTS)
        self.assertEqual((ended.status, ended.stderr), (1, "3 tests, 1 failed\n"))
        self.assertRegex(ended.stdout.decode(), r"""\Aok      good \(\d+\.\d\d s\)
FAILED  bad \(\d+\.\d\d s\)
        value 1 of the output is
        "a"
        and not
        "b"
ok      the third \(\d+\.\d\d s\)
\Z""")

    def test_some_alone(self):
        ended = self.make_tests(self.TESTS, "--only", "the third", "--only", "good")
        self.assertEqual((ended.status, ended.stderr), (0, "2 tests, 0 failed\n"))
        self.assertEqual([line.split(b"(")[0] for line in ended.stdout.splitlines()],
                         [b"ok      good ", b"ok      the third "])
        self.assertEqual(self.reports(self.TESTS, "--only", "bad").keys(), {"bad"})

    def test_json(self):
        reports = self.reports(self.TESTS)
        self.assertEqual(list(reports), ["good", "bad", "the third"])
        self.assertEqual(reports["bad"].keys(), {"test", "ok", "seconds", "problems"})
        self.assertEqual(reports["bad"]["problems"],
                         ["value 1 of the output is\n\"a\"\nand not\n\"b\""])

    def assert_refused(self, ended, text):
        self.assertEqual((ended.status, ended.stdout), (2, b""), str(ended))
        self.assertIn(text, ended.stderr)

    def test_what_cannot_be_tested_is_refused(self):
        self.assert_refused(self.make_tests(self.TESTS, "--only", "godo"),
                            "there is no test `godo`")
        self.assert_refused(self.make_tests("", stages=STAGES.replace("tests:\n", "")),
                            "there are no tests: `tests: {NAME: {stage:")
        self.assert_refused(self.make_tests("  t: {stage: fuond, input: [a]}\n"),
                            "did you mean `found`?")
        self.assert_refused(self.penstock("test", "none.yaml"), "none.yaml")

    def test_values_of_variables(self):
        ended = self.make_tests("  t: {stage: found, input: [\"${X}\"], output: [\"${X}\"]}\n",
                                "--set", "X=abc")
        self.assertEqual(ended.status, 0, str(ended))

    def test_a_run_takes_no_notice_of_tests(self):
        self.write("words.yaml", STAGES + self.TESTS)
        ended = self.penstock("run", "words.yaml", "--plugin-path", TEST_PLUGINS)
        self.assertIn(ended.status, (0, 1), str(ended))
        self.assertEqual(self.read("out/words.tsv"), b"alpha\t1\nbeta\t1\n")


if __name__ == "__main__":
    unittest.main()
