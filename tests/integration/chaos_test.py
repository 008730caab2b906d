"""`penstock chaos`: who keeps the account passes, who does not is found out; and what it rests on,
`run --outputs` and `run --attempts`.
"""

import re
import unittest

from penstock_runner import SOURCE, TEST_PLUGINS, PenstockTest

# About half a second, so that there is time to be hit.
NUMBERS = """
pipeline: numbers
pools: {default: {processes: 2}}
stages:
  numbers: {task: sample.numbers, with: {count: 100}, rate: 200/s}
"""

END = re.compile(r"chaos: (\d+) kills?(?:, (\d+) of the engine,)? in (\d+) runs?, \S+ s: (.*)")


class ChaosTest(PenstockTest):
    def setUp(self):
        super().setUp()
        (self.folder / "tmp").mkdir()

    def chaos(self, file, *words, **options):
        return self.penstock("chaos", file, "--plugin-path", TEST_PLUGINS, *words,
                             env={"TMPDIR": str(self.folder / "tmp")}, **options)

    def chaos_of(self, stages, *words, **options):
        self.write("numbers.yaml", NUMBERS + stages)
        return self.chaos("numbers.yaml", *words, **options)

    def left(self):
        """What it has left in the folder for temporary files. ThreadSanitizer's run time makes a
        file there at each start, which stays where the process is killed before it is unlinked."""
        return [path for path in (self.folder / "tmp").iterdir()
                if not path.name.startswith("tsan.rodata.")]

    def assert_passed(self, ended, kills):
        """Answers how many engines were killed."""
        self.assertEqual((ended.status, ended.stdout), (0, b""), str(ended))
        end = END.fullmatch(ended.stderr.splitlines()[-1])
        self.assertIsNotNone(end, str(ended))
        self.assertEqual((int(end[1]), end[4]), (kills, "all as without"))
        self.assertEqual(self.left(), [])
        return int(end[2] or 0)


class Passed(ChaosTest):
    def test_the_example(self):
        for name in ("configs", "docs"):
            (self.folder / name).symlink_to(SOURCE / name)
        ended = self.chaos("configs/wordcount.yaml", "--engine", "--seed", "7")
        self.assertGreater(self.assert_passed(ended, 20), 0)
        self.assertEqual(ended.stderr.splitlines()[0], "chaos: seed 7")
        self.assertRegex(ended.stderr, r"\nchaos: quiet   items: in=\d+ done=\d+ dead=0 ")
        self.assertRegex(ended.stderr, r"\nchaos: round 1  \d+ kills?, \d+ of the engine: as with")
        self.assertFalse((self.folder / "out").exists())
        self.assertFalse((self.folder / ".penstock").exists())

    def test_workers_alone(self):
        ended = self.chaos_of("  save: {task: files.write, from: numbers, with: {path: out.txt}}\n",
                              "--kills", "8")
        self.assertEqual(self.assert_passed(ended, 8), 0)
        self.assertRegex(ended.stderr, r"\Achaos: seed [1-9]\d*\n")
        self.assertFalse((self.folder / "out.txt").exists())

    def test_an_item_that_kills_its_worker_is_given_up_as_without(self):
        ended = self.chaos_of("""
  work: {task: careless.poison, from: numbers, with: {at: 7}}
  save: {task: files.write, from: work, with: {path: out.txt}}
""", "--engine", "--kills", "6")
        self.assert_passed(ended, 6)
        self.assertIn("chaos: quiet   items: in=100 done=99 dead=1 ", ended.stderr)

    def test_items_that_fail_are_given_up_as_without(self):
        ended = self.chaos_of("""
  work: {task: sample.odd, from: numbers}
  save: {task: files.write, from: work, with: {path: out.txt}}
  gone: {task: files.write, from: work.failed, with: {path: gone.jsonl}}
""", "--engine", "--kills", "6")
        self.assert_passed(ended, 6)
        self.assertRegex(ended.stderr, r"quiet   items: in=100 .* handled=50,")

    def test_an_output_that_is_another_one_each_time_is_not_compared(self):
        ended = self.chaos_of("""
  time: {task: exec.run, from: numbers, with: {argv: [date, +%N]}}
  save: {task: files.write, from: time, with: {path: times}}
  also: {task: files.write, from: numbers, with: {path: "-"}}
""", "--kills", "3")
        self.assert_passed(ended, 3)
        self.assertIn("chaos: output save/times is another one each time, and is not compared\n",
                      ended.stderr)
        self.assertNotIn("output also/stdout", ended.stderr)


class Tables(ChaosTest):
    def test_of_a_table_the_rows_are_compared(self):
        rows = "".join(f"{n},name {n}\n" for n in range(2000))
        self.write("in.csv", "id,name\n" + rows)
        ended = self.chaos_of("""
  rows: {task: csv.rows, with: {paths: [in.csv]}, ignore: rejects, rate: 4000/s}
  save: {task: sqlite.insert, from: rows, with: {database: out.db, table: people, create: true}}
  drop: {task: files.write, from: numbers, with: {path: numbers}}
""", "--engine", "--kills", "10")
        self.assert_passed(ended, 10)
        self.assertNotIn("not compared", ended.stderr)


class FoundOut(ChaosTest):
    def test_a_careless_sink(self):
        ended = self.chaos_of("  save: {task: careless.append, from: numbers, "
                              "with: {path: numbers.txt}}\n", "--kills", "60", "--seed", "3")
        self.assertEqual((ended.status, ended.stdout), (1, b""), str(ended))
        self.assertRegex(ended.stderr, r"\nchaos: it differs:\n  \| output save/numbers.txt: "
                                       r"it has besides \d+ lines?, such as `\d+`\n")
        self.assertRegex(ended.stderr, r"\nchaos: round \d+  \d+ kills?: not as without\n")
        folder, = self.left()
        *_, end, again = ended.stderr.splitlines()
        self.assertTrue(end.endswith(f": not as without; what it left is in {folder}"), end)
        self.assertEqual(again, "  the same words with `--seed 3` choose the same moments again")
        quiet = (folder / "quiet/outputs/save/numbers.txt").read_text().splitlines()
        self.assertEqual(quiet, [str(n) for n in range(100)])
        found, = folder.glob("round-*/outputs/save/numbers.txt")
        self.assertGreater(len(found.read_text().splitlines()), 100)
        self.assertFalse((self.folder / "numbers.txt").exists())


class Refused(ChaosTest):
    def assert_refused(self, ended, *texts):
        self.assertEqual((ended.status, ended.stdout), (2, b""), str(ended))
        for text in texts:
            self.assertIn(text, ended.stderr)
        self.assertEqual(self.left(), [])

    def test_standard_input(self):
        self.write("input.yaml", """
pipeline: input
stages:
  lines: {task: files.lines, with: {paths: ["-"]}}
  save: {task: files.write, from: lines, with: {path: out.txt}}
""")
        self.assert_refused(self.chaos("input.yaml", stdin=b"a\nb\n"),
                            "it has no items here", "nothing on standard input")

    def test_a_sink_that_writes_who_knows_where(self):
        self.assert_refused(
            self.chaos_of("  drop: {task: sample.drop, from: numbers}\n"),
            "--outputs: stage `drop` (sample.drop) writes no file that could lie elsewhere",
            "`output_file`")

    def test_what_does_not_end_well_by_itself(self):
        self.assert_refused(
            self.chaos_of("""
  work: {task: sample.odd, from: numbers, on_failure: stop}
  save: {task: files.write, from: work, with: {path: out.txt}}
"""), "without any chaos it ends with status 4", "even: 0")

    def test_what_cannot_be_run(self):
        self.assert_refused(self.chaos_of("  save: {task: files.wriet, from: numbers}\n"),
                            "without any chaos it ends with status 2", "did you mean")
        self.assert_refused(self.chaos("none.yaml"), "none.yaml")


class Trials(PenstockTest):
    """`run --outputs` and `run --attempts`."""

    SAVE = """
  save:  {task: files.write, from: numbers, with: {path: out/numbers.txt}}
  print: {task: files.write, from: numbers, with: {path: "-"}}
  apart: {task: files.save, from: numbers, with: {path: "%s/each/{n}.txt"}}
"""

    def test_outputs_lie_elsewhere(self):
        self.write("out/numbers.txt", "of an earlier run")
        apart = self.folder / "apart"
        ended = self.run_pipeline(NUMBERS + self.SAVE % apart, "--limit", "2", "--outputs", "trial")
        self.assert_ended(ended, 0, done=2)
        self.assertEqual(ended.stdout, b"")
        self.assertEqual(self.read("out/numbers.txt"), b"of an earlier run")
        self.assertFalse(apart.exists())
        self.assertEqual(self.read("trial/save/out/numbers.txt"), b"0\n1\n")
        self.assertEqual(self.read("trial/print/stdout"), b"0\n1\n")
        self.assertEqual(self.read(f"trial/apart/{apart}/each/1.txt"), b"0\n")

    def test_a_sink_that_cannot_be_redirected_is_a_finding(self):
        ended = self.run_pipeline(NUMBERS + "  drop: {task: sample.drop, from: numbers}\n",
                                  "--outputs", "trial")
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn("--outputs: stage `drop` (sample.drop) writes no file", ended.stderr)
        self.assertFalse((self.folder / "trial").exists())

    def test_attempts(self):
        poison = """
  work: {task: careless.poison, from: numbers, with: {at: 1}}
  save: {task: files.write, from: work, with: {path: out.txt}}
"""
        for attempts in (1, 5):
            ended = self.run_pipeline(NUMBERS + poison, "--limit", "3", "--attempts", attempts,
                                      "--fresh")
            self.assert_ended(ended, 1, done=2, dead=1, retried=attempts - 1)
            letter, = self.dead_items("numbers")
            self.assertEqual(len(letter["attempts"]), attempts)


if __name__ == "__main__":
    unittest.main()
