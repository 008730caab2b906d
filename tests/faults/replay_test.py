"""`penstock dead replay`: what was given up is run again, from the stage that gave it up on, with
its own id; what comes of it is added to what sinks have; and the journal knows of it."""

import json
import sqlite3
import unittest
from contextlib import closing

from replay_runner import ONCE, ReplayTest


class Items(ReplayTest):
    def test_from_the_stage_that_gave_it_up_on(self):
        self.give_up(self.line(20, "5=throw", "7=abort"), 2)
        self.assertEqual((self.account(), self.account("act")), ((18, 2), (18, 2)))
        self.assert_replayed(self.replay(self.line(20)), done=2)
        self.assertEqual(self.ledger("numbers"), [])
        self.assertEqual(self.executions("act"), {5: 1, 7: 1})  # `first` would make two of each
        self.assertEqual(sorted(self.lines()), list(range(1, 21)))
        self.assertEqual(self.letters(), [])
        for stage in "", "first", "act", "save":
            self.assertEqual(self.account(stage), (20, 0), stage)
        self.assert_refused("no item was given up", self.line(20))

    def test_stages_behind_get_what_comes(self):
        stages = self.line(20, "5=throw")
        stages["last"] = self.act("act")
        stages["save"]["from"] = "last"
        self.give_up(stages, 1)
        stages["act"] = self.act("first")
        self.assert_replayed(self.replay(stages), done=1)
        self.assertEqual(self.executions("act"), {5: 2})
        self.assertEqual(self.account("last"), (20, 0))
        self.assertEqual(self.lines()[-1], 5)

    def test_those_that_are_named(self):
        self.give_up(self.line(20, "5=throw", "7=throw", "9=throw"), 3)
        before = self.everything()
        self.assert_refused("no item `numbers:99` was given up", self.line(20),
                            "numbers:4/first:0", "numbers:99")
        self.assertEqual(self.everything(), before)
        ended = self.replay(self.line(20), "numbers:4/first:0", "numbers:8/first:0")
        self.assert_replayed(ended, done=2)
        self.assertEqual(list(self.tried()), [("act", "numbers:6/first:0")])
        self.assertEqual(self.account(), (19, 1))
        self.assertEqual(sorted(self.lines()), [n for n in range(1, 21) if n != 7])

    def test_what_fails_again_stays_with_all_its_attempts(self):
        self.give_up(self.line(20, "5=throw", "7=abort"), 2)
        stages = self.line(20, "7=throw")
        stages["act"]["retry"] = {"attempts": 2, "backoff": "1ms", "outcomes": ["failed"]}
        ended = self.replay(stages)
        self.assert_replayed(ended, done=1, dead=1)
        self.assertIn("item numbers:6/first:0, attempt 2", ended.stderr)
        self.assertIn("1 item was given up; `penstock dead list pipeline.yaml`", ended.stderr)
        letter, = self.dead_letters()
        self.assertEqual(letter["item"], "numbers:6/first:0")
        self.assertEqual([attempt["cause"] for attempt in letter["attempts"]],
                         ["killed by SIGABRT (aborted)"] + ["failed: thrown on purpose"] * 2)
        self.assertEqual((self.account(), self.account("act")), ((19, 1), (19, 1)))
        self.assertEqual(self.replay(stages).status, 1)
        self.assertEqual(self.tried(), {("act", "numbers:6/first:0"): 5})
        self.assert_replayed(self.replay(self.line(20)), done=1)
        self.assertEqual(sorted(self.lines()), list(range(1, 21)))

    def test_a_stack_is_kept_that_was_looked_up_later(self):
        self.give_up(self.line(20, "5=throw"), 1)
        self.assertEqual(self.replay(self.line(20, "5=segv")).status, 1)
        letter, = self.dead_letters()
        self.assertIn("fault.cpp", " ".join(letter["attempts"][1]["stack"]))

    def test_what_is_given_up_further_down(self):
        stages = self.line(20, "5=throw")
        self.give_up(stages, 1)
        stages = self.line(20)
        stages["act"]["with"]["copies"] = 3
        stages["last"] = self.act("act", "5=throw*3")  # it is in the ledger once before
        stages["save"]["from"] = "last"
        self.assert_replayed(self.replay(stages), done=0, dead=1)
        made = {f"numbers:4/first:0/act:{n}" for n in range(3)}
        given_up = {item for stage, item in self.tried() if stage == "last"}
        self.assertEqual(len(given_up), 2)
        self.assertLess(given_up, made)
        self.assertEqual((self.account(), self.account("act"), self.account("last")),
                         ((19, 1), (20, 0), (1, 2)))
        self.assertEqual(self.lines()[19:], [5])
        stages["last"] = self.act("act")
        self.assert_replayed(self.replay(stages), done=2)
        self.assertEqual((self.account(), self.letters()), ((20, 0), []))
        self.assertEqual(self.lines()[19:], [5, 5, 5])

    def test_given_up_by_several_stages(self):
        """The same item, whose id alone does not say which of them it was."""
        def stages(*faults):
            return {"numbers": self.numbers(9), "one": self.act("numbers", *faults),
                    "two": self.act("numbers", *faults), "save": self.write(source="one"),
                    "other": self.write(source="two") | {"with": {"path": "out.other"}}}
        self.give_up(stages("4=throw", "6=throw"), 4)
        self.assertEqual(self.account(), (7, 2))
        self.assertEqual(self.replay(stages("6=throw"), "numbers:3").status, 0)
        self.assertEqual(set(self.tried()), {("one", "numbers:5"), ("two", "numbers:5")})
        self.assertEqual(self.account(), (8, 1))
        replayed = self.replay(stages())
        self.assert_replayed(replayed, done=2)
        self.assertEqual((self.account(), self.account("two")), ((9, 0), (9, 0)))
        for name in "out", "out.other":
            self.assertEqual(sorted(self.lines(name)), list(range(1, 10)))

    def test_the_other_branch_is_left_alone(self):
        def stages(*faults):
            return {"numbers": self.numbers(9), "one": self.act("numbers", *faults),
                    "save": self.write(source="one"),
                    "other": self.stage("lines", "numbers", path="out.other"),
                    "both": self.write(source=["one", "numbers"]) | {"with": {"path": "out.both"}}}
        self.give_up(stages("4=throw"), 1)
        before, at = self.files(), (self.folder / "out.other").stat().st_mtime_ns
        self.assert_replayed(self.replay(stages()), done=1)
        self.assertEqual(self.ledger("lines"), [])
        self.assertEqual((self.folder / "out.other").stat().st_mtime_ns, at)
        self.assertEqual(self.files(), before | {"out": before["out"] + b"4\n",
                                                 "out.both": before["out.both"] + b"4\n"})

    def test_what_a_sink_gives_up_is_read(self):
        """The sink that reads it ends only after the other one, which waits for all."""
        def stages(*faults):
            return {"numbers": self.numbers(9), "act": self.act("numbers", *faults),
                    "save": self.write(source="act"),
                    "bad": self.stage("files.write", "save.failed", path="out.bad")}
        self.give_up(stages("4=throw"), 1)
        self.assert_replayed(self.replay(stages()), done=1)
        self.assertEqual(sorted(self.lines()), list(range(1, 10)))
        self.assertEqual(self.read("out.bad"), b"")

    def test_callbacks_hear_of_it_by_its_own_id(self):
        self.give_up(self.line(9, "4=throw"), 1)
        told = {"callbacks": {on: {"task": "flow.note", "with": {"path": "told"}}
                              for on in ("item_done", "item_failed")}}
        self.assert_replayed(self.replay(self.line(9), top=told), done=1)
        note, = self.read("told").decode().splitlines()
        self.assertEqual(note.split("|")[2:5], ["numbers:3/first:0", "1", "done"])

    def test_a_stage_may_be_called_replay(self):
        stages = {"replay": self.numbers(9), "act": self.act("replay", "4=throw"),
                  "save": self.write(source="act")}
        self.give_up(stages, 1)
        stages["act"] = self.act("replay")
        self.assert_replayed(self.replay(stages), done=1)
        self.assertEqual(self.account("replay"), (9, 0))


class Outputs(ReplayTest):
    def test_files_get_it_at_their_end(self):
        """A table has no second header, and nothing changes where nothing comes."""
        rows = [{"n": n} | ({"extra": "!"} if n in (4, 7) else {}) for n in range(9)]
        self.write("in", "".join(json.dumps(row) + "\n" for row in rows))

        def stages(extra, dead=()):
            faults = [f"{n}=throw" for n in dead]
            return {"rows": self.stage("json.lines", policies={"ignore": "rejects"}, paths=["in"]),
                    "table": self.stage("csv.write", "rows", policies=ONCE, path="out.csv",
                                        extra=extra),
                    "numbers": self.numbers(9), "act": self.act("numbers", *faults),
                    "save": self.write(source="act"),
                    "json": self.stage("json.write", "act", path="out.jsonl")}
        self.give_up(stages("fail", (2, 3)), 4)
        first = self.files()
        self.assertEqual(first["out.csv"].splitlines()[0], b"n")
        self.assertEqual(self.replay(stages("fail", (2, 3))).status, 1)
        self.assertEqual(self.files(), first)
        self.assertEqual(self.replay(stages("ignore", (3,)), "rows:4", "numbers:1", "numbers:2"
                                     ).status, 1)
        second = self.files()
        self.assertEqual(second, {"out": first["out"] + b"2\n",
                                  "out.csv": first["out.csv"] + b"4\n",
                                  "out.jsonl": first["out.jsonl"] + b"2\n"})
        self.assert_replayed(self.replay(stages("ignore")), done=2)
        self.assertEqual(self.files(), {"out": second["out"] + b"3\n",
                                        "out.csv": second["out.csv"] + b"7\n",
                                        "out.jsonl": second["out.jsonl"] + b"3\n"})
        self.assertEqual((self.account(), self.letters()), ((18, 0), []))

    def test_a_file_that_is_not_as_it_was(self):
        """Nobody's lines are cut away."""
        self.give_up(self.line(9, "5=throw"), 1)
        old = self.read("out")
        for content in old + b"mine\n", b"mine\n":
            self.write("out", content)
            ended = self.replay(self.line(9))
            self.assertIn(ended.status, (2, 4), str(ended))
            self.assertIn("is gone", ended.stderr)
            self.assertEqual((self.read("out"), len(self.letters())), (content, 1))
        self.assertEqual(self.account(), (8, 1))
        self.write("out", old)
        self.assert_replayed(self.replay(self.line(9)), done=1)

    def test_tables_get_rows(self):
        """Which stand there once; of packed values, and of others."""
        def table(checks):
            with closing(sqlite3.connect(self.folder / "out.db")) as database:
                for name in "packed", "named":
                    rows = []
                    if checks == "":
                        rows = database.execute(f"SELECT * FROM {name}").fetchall()
                        database.execute(f"DROP TABLE {name}")
                    database.execute(f"CREATE TABLE {name} (key, number {checks})")
                    database.executemany(f"INSERT INTO {name} VALUES (?, ?)", rows)
                database.commit()

        def rows():
            with closing(sqlite3.connect(self.folder / "out.db")) as database:
                return [database.execute(f"SELECT key, number FROM {name} ORDER BY 2").fetchall()
                        for name in ("packed", "named")]

        def insert(source, name):
            return self.stage("sqlite.insert", source, policies=ONCE, database="out.db", table=name)
        stages = {"rows": self.stage("flow.readings", count=40, keys=3),
                  "named": self.stage("flow.named", "rows"),
                  "one": insert("rows", "packed"), "two": insert("named", "named")}
        table("CHECK (number NOT IN (7, 30))")
        self.give_up(stages, 4)
        table("")
        self.assert_replayed(self.replay(stages, "rows:7", "rows:30/named:0"), done=2)
        self.assertEqual((len(self.letters()), self.account()), (2, (38, 2)))
        self.assert_replayed(self.replay(stages), done=2)
        packed, named = rows()
        self.assertEqual(packed, [(n * 7919 % 3, n) for n in range(40)])
        self.assertEqual(named, [(f"key number {key}", n) for key, n in packed])
        self.assertEqual((self.letters(), self.account()), ([], (40, 0)))

    def test_bytes(self):
        self.write("in", "a line\n" * 9)
        stages = {"chunks": self.stage("files.chunks", paths=["in"], size=20),
                  "zip": self.stage("compress.gzip", "chunks"),
                  "plain": self.stage("compress.gunzip", "zip", policies=ONCE, max_size=1),
                  "save": self.write(source="plain")}
        chunks = self.run_stages(stages).account["dead"]
        self.assertGreater(chunks, 1)
        stages["plain"] = self.stage("compress.gunzip", "zip")
        self.assert_replayed(self.replay(stages), done=chunks)
        self.assertEqual(self.read("out").count(b"a line"), 9)

    def test_sinks_that_do_not_say_how_they_go_on(self):
        """One that is cut back without having promised it, and one that keeps its epochs itself."""
        def stages(*faults):
            return {"numbers": self.numbers(20), "act": self.act("numbers", *faults),
                    "save": self.stage("lines", "act", path="out"),
                    "own": self.stage("lines", "act", path="out.own", own_epochs=True)}
        self.give_up(stages("5=throw", "7=throw"), 2)
        self.assertEqual(self.replay(stages("7=throw")).status, 1)
        self.assert_replayed(self.replay(stages()), done=1)
        for name in "out", "out.own":
            self.assertEqual(self.lines(name)[18:], [5, 7])
            self.assertEqual(sorted(self.lines(name)), list(range(1, 21)))

    def test_a_trial(self):
        """Outputs lie elsewhere, and the state folder stays as it is."""
        self.give_up(self.line(20, "5=throw", "7=throw"), 2)
        before, files = self.everything(), self.files()
        ended = self.replay(self.line(20, "7=throw"), "--outputs", "trial")
        self.assert_replayed(ended, done=1, dead=1)
        self.assertEqual(self.read("trial/save/out"), b"5\n")
        self.assertEqual((self.everything(), self.files()), (before, files))
        self.assert_replayed(self.replay(self.line(20)), done=2)

    def test_a_trial_of_stateful_stages(self):
        """Two inputs, which get what came to them; and keys, which lead to the same instance."""
        words = "k.key={} keep.fail=9 left.fail=9 right.fail=9"
        lines = [f"{n} " + words.format(n % 7) for n in range(20)]

        def stages(name):
            sides = {"left": self.flow("flow.act", "rows", "l"),
                     "right": self.flow("flow.act", "rows", "r")}
            return {"rows": self.lines_of(*lines), "key": self.flow("flow.key", "rows", "k"),
                    "keep": self.flow("flow.keep", "key", name, partition=4),
                    "kept": self.write(source="keep"), **sides,
                    "sides": self.stage("flow.sides", {"left": "left", "right": "right"}),
                    "seen": self.write(source="sides") | {"with": {"path": "out.seen"}}}
        healthy = self.run_stages(stages("healthy"))
        self.assertEqual(healthy.status, 0, str(healthy))
        kept = [line.split() for line in self.read("out").decode().splitlines()]
        homes = {words[2]: words[0] for words in kept}
        self.give_up(stages("keep"), 20)
        self.assert_refused("stage `keep` (flow.keep) has given what it had to give",
                            stages("healthy"))
        before = self.everything()
        self.assert_replayed(self.replay(stages("healthy"), "--outputs", "trial"), done=20)
        kept = [line.split() for line in self.read("trial/kept/out").decode().splitlines()]
        self.assertEqual({words[2]: words[0] for words in kept}, homes)
        self.assertEqual(self.everything(), before)

    def test_a_trial_of_a_stage_with_two_inputs(self):
        def stages(timeout, *more):
            return {"left": self.lines_of("1 sides.delay=1500", "2"),
                    "right": self.stage("files.lines", paths=["in"]),
                    "sides": self.stage("flow.sides", {"left": "left", "right": "right"},
                                        policies=ONCE | {"timeout": timeout}),
                    "seen": self.write(source="sides")}
        self.give_up(stages("700ms"), 2)
        self.assertEqual(self.read("out"), b"2 1001\n")
        self.assertEqual(sorted(self.journal("SELECT item, input FROM dead")),
                         [("left:0", "left"), ("right:0", "right")])
        ended = self.replay(stages("30s"), "right:0", "--outputs", "trial")
        self.assert_replayed(ended, done=1)
        self.assertEqual(self.read("trial/seen/out"), b"1 1000\n")


if __name__ == "__main__":
    unittest.main()
