"""`checksum: on`: a payload that its maker changes after it has handed it on is found by its
reader, and the maker is named; nothing else is ever found."""

import re
import unittest

from flow_runner import FlowTest, numbered

LINES = numbered(60, lambda n: "a.damage" if n == 20 else "")


class Damage(FlowTest):
    def damaged(self, checksum, read, stages=None, lines=LINES, **options):
        ended = self.run_flow({
            "lines": self.lines(lines),
            "a": self.stage("flow.damage", "lines", {"name": "a"}),
            "b": read,
            **(stages or {"save": self.save("b")}),
        }, top={"checksum": "on"} if checksum else None, **options)
        return ended

    def assert_found(self, ended, stage="b"):
        """Item 20 is dead, with the text; who made it is told, and is not there any more."""
        self.assert_ended(ended, 1, **{"in": 60, "done": 59, "dead": 1})
        letter, = self.dead_letters()
        self.assertEqual((letter["stage"], letter["item"]), (stage, "lines:19/a:0"))
        cause = letter["attempts"][-1]["cause"]
        found = re.fullmatch(r"failed: its payload of 4096 bytes was changed after (worker-\d+) "
                             r"\(stage `a`\) had handed it on", cause)
        self.assertTrue(found, cause)
        self.assertIn(f"{found.group(1)} is ended: protocol violation: stage `{stage}`, item "
                      "lines:19/a:0: its payload of 4096 bytes was changed", ended.stderr)
        self.assertEqual(len(letter["attempts"]), 1)

    def test_before_a_transform(self):
        lines = [f"{line} b.delay=5" for line in LINES]
        ended = self.damaged(True, self.act("b", "a"), lines=lines)
        self.assert_found(ended)
        self.assertGreaterEqual(ended.account["restarts"], 1)
        self.assertEqual(sorted(map(int, self.paths())), [n for n in range(1, 61) if n != 20])

    def test_in_a_batch(self):
        read = self.acts("b", "a", batch={"items": 30, "wait": "1s"})
        self.assert_found(self.damaged(True, read))
        self.assertEqual(sorted(map(int, self.paths())), [n for n in range(1, 61) if n != 20])

    def test_before_a_stateful_task(self):
        self.assert_found(self.damaged(True, self.stage("flow.keep", "a", {"name": "b"})))
        self.assertEqual(len(self.paths()), 59)

    def test_before_a_sink(self):
        for own_epochs in (False, True):
            with self.subTest(own_epochs=own_epochs):
                (self.folder / "out").unlink(missing_ok=True)
                ended = self.run_flow({
                    "lines": self.lines(LINES),
                    "a": self.stage("flow.damage", "lines", {"name": "a"}),
                    "b": self.stage("flow.save", "a", {"name": "b", "path": "out", "calls": "calls",
                                                       "own_epochs": own_epochs},
                                    batch={"items": 1}),
                }, top={"checksum": "on"}, processes=1)
                self.assert_found(ended)
                # What its maker had in hand when it was ended comes later.
                self.assertEqual(sorted(map(int, self.paths())),
                                 [n for n in range(1, 61) if n != 20])

    def test_what_is_passed_on_of_it_is_found_by_the_next_one(self):
        # `act` hands on a view of what it was given, without a look at most of it.
        ended = self.run_flow({
            "lines": self.lines(LINES),
            "a": self.stage("flow.damage", "lines", {"name": "a"}),
            "b": self.act("b", "a"),
            "c": self.act("c", "b"),
            "save": self.save("c"),
        }, top={"checksum": "on"})
        self.assert_found(ended)

    def test_without_it_nobody_looks(self):
        ended = self.damaged(False, self.act("b", "a"))
        self.assert_ended(ended, 0, **{"in": 60, "done": 60, "restarts": 0})
        self.assertEqual(sum(line.endswith("!") for line in self.taken()), 1)


class NoAlarm(FlowTest):
    """What is whole is never found to be damaged, wherever it lies and whoever handed it on."""

    def run_whole(self, stages, count, **options):
        ended = self.run_flow(stages, top={"checksum": "on"}, **options)
        self.assert_ended(ended, 0, **{"in": count, "done": count, "restarts": 0})
        return ended

    def test_of_views_and_parts_passed_on(self):
        lines = numbered(500, lambda n: "." * (n * 7))
        self.run_whole({
            "lines": self.lines(lines),
            "a": self.act("a", "lines"),
            "b": self.act("b", "a"),
            "c": self.stage("flow.damage", "b", {"name": "c"}),
            "d": self.act("d", "c"),
            "save": self.save("b"),
            "save_d": self.save("d", "d"),
        }, 500)
        self.assertEqual(sorted(self.taken()), sorted(lines))
        self.assertEqual(sorted(line.rstrip() for line in self.taken("d")), sorted(lines))

    def test_of_keys_behind_values(self):
        lines = numbered(500, lambda n: f"k.key={'y' * (n % 100)}{n % 9} " + "." * (n * 7))
        self.run_whole({
            "lines": self.lines(lines),
            "k": self.stage("flow.key", "lines", {"name": "k"}),
            "keep": self.stage("flow.keep", "k", {"name": "keep"}, partition=3),
            "also": self.act("also", "k"),
            "save": self.save("keep"),
            "save_also": self.save("also", "also"),
        }, 500)
        self.assertEqual(sorted(self.taken("also")), sorted(lines))
        self.assertEqual(len(self.taken()), 500)

    def test_of_batches(self):
        lines = numbered(500, lambda n: "." * (n * 7))
        self.run_whole({
            "lines": self.lines(lines),
            "a": self.acts("a", "lines", batch={"items": 32}),
            "b": self.acts("b", "a", batch={"items": 7}),
            "save": self.save("b"),
        }, 500)
        self.assertEqual(sorted(self.taken()), sorted(lines))

    def test_of_outputs_by_the_thousand(self):
        pad = "." * 300
        self.run_whole({
            "lines": self.lines([f"1 a.kids=3000 {pad}", f"2 a.kids=3000 {pad}"]),
            "a": self.act("a", "lines"),
            "b": self.act("b", "a", queue={"items": 50}),
            "save": self.save("b"),
        }, 2)
        self.assertEqual(len(self.taken()), 6000)

    def test_of_the_standard_input(self):
        lines = numbered(30000, lambda n: "." * (n % 200))
        stages = {
            "lines": self.stage("files.lines", with_={"paths": ["-"]}),
            "a": self.act("a", "lines"),
            "save": self.save("a", ordered=True),
        }
        ended = self.run_flow(stages, top={"checksum": "on"},
                              stdin="".join(line + "\n" for line in lines).encode())
        self.assert_ended(ended, 0, **{"in": 30000, "done": 30000, "restarts": 0})
        self.assertEqual(self.taken(), lines)

    def test_of_records_of_failures_and_completions(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(200, lambda n: "." * n + " a.fail=9"
                                         if n % 2 else "." * n)),
            "a": self.act("a", "lines"),
            "mend": self.stage("flow.mend", "a.failed"),
            "save": self.save(["a", "mend"]),
        }, top={"checksum": "on", "callbacks": {
            "item_done": {"task": "flow.note", "with": {"path": "notes"}},
            "run_done": {"task": "flow.note", "with": {"path": "notes"}}}})
        self.assert_ended(ended, 0, **{"in": 200, "done": 200, "restarts": 0})
        self.assertEqual(len(self.taken("notes")), 201)
        self.assertEqual(len(self.taken()), 200)

    def test_across_deaths_and_replays(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(300, lambda n: "." * (n * 5) +
                                         (" keep.crash=1" if n % 100 == 0 else ""))),
            "keep": self.stage("flow.keep", "lines", {"name": "keep"},
                               retry={"attempts": 3, "backoff": "1ms"},
                               snapshot={"every": "10ms"}),
            "save": self.save("keep"),
        }, top={"checksum": "on"})
        self.assert_ended(ended, 0, **{"in": 300, "done": 300, "restarts": 3})
        self.assertNotIn("protocol violation", ended.stderr)
        self.assertEqual(len(self.taken()), 300)


if __name__ == "__main__":
    unittest.main()
