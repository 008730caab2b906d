"""Branches: named outputs, the output `failed`, fan-out, fan-in and diamonds, and what the account
says of items of which a part is given up."""

import unittest

from flow_runner import FlowTest, numbered


class Edges(FlowTest):
    def test_a_named_output_goes_to_its_readers_and_the_main_one_to_its_own(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(900, lambda n: "a.reject" if n % 3 == 0 else "")),
            "a": self.act("a", "lines", ignore=[]),
            "good": self.save("a", "good"),
            "bad": self.save("a.rejects", "bad"),
            "also_bad": self.save("a.rejects", "also_bad"),
        })
        self.assert_ended(ended, 0, **{"in": 900, "done": 900})
        self.assertEqual(sorted(map(int, self.paths("good"))),
                         [n for n in range(1, 901) if n % 3])
        for name in ("bad", "also_bad"):
            self.assertEqual(sorted(map(int, self.paths(name))), list(range(3, 901, 3)))

    def test_an_output_that_is_ignored_is_dropped_and_its_items_are_done(self):
        lines = numbered(300, lambda n: "a.reject" if n % 3 == 0 else "")
        for ignore, status in (([], 2), (["rejects"], 0)):
            ended = self.run_flow({
                "lines": self.lines(lines),
                "a": self.act("a", "lines", ignore=ignore),
                "save": self.save("a"),
            })
            self.assertEqual(ended.status, status, str(ended))
        self.assertIn("rejects", self.started[0].stderr)
        self.assert_ended(ended, 0, **{"in": 300, "done": 300})
        self.assertEqual(len(self.paths()), 200)

    def test_a_diamond_mixes_both_of_its_ways(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(500, lambda n: "b.kids=3 c.none")),
            "a": self.act("a", "lines", queue={"items": 1}),
            "b": self.act("b", "a", queue={"items": 1}),
            "c": self.act("c", "a", queue={"items": 1}),
            "save": self.save(["a", "b", "c"], queue={"items": 1}),
        })
        self.assert_ended(ended, 0, **{"in": 500, "done": 500})
        expected = [str(n) for n in range(1, 501)]
        expected += [f"{n}/{k}" for n in range(1, 501) for k in range(3)]
        self.assertEqual(sorted(self.paths()), sorted(expected))

    def test_one_item_becomes_a_thousand_on_each_of_two_outputs(self):
        ended = self.run_flow({
            "lines": self.lines(["1 a.kids=1000", "2 a.kids=1000 b.reject", "3"]),
            "a": self.act("a", "lines"),
            "b": self.act("b", "a", ignore=[]),
            "c": self.act("c", "b.rejects"),
            "save": self.save("b"),
            "rest": self.save("c", "rest"),
        })
        self.assert_ended(ended, 0, **{"in": 3, "done": 3})
        self.assertEqual(sorted(self.paths()), sorted([f"1/{k}" for k in range(1000)] + ["3"]))
        self.assertEqual(sorted(self.paths("rest")), sorted(f"2/{k}" for k in range(1000)))
        self.assertEqual(self.account_of(ended, "a", "in", "done"), (3, 3))
        self.assertEqual(self.account_of(ended, "b", "in", "done"), (2001, 2001))

    def test_named_inputs_come_to_the_function_of_their_name(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(2000)),
            "a": self.act("a", "lines"),
            "more": self.lines(numbered(1000), "more"),
            "both": self.stage("flow.sides", {"left": ["a", "lines"], "right": "more"}),
            "save": self.save("both"),
        })
        self.assert_ended(ended, 0, **{"in": 3000, "done": 3000})
        self.assertEqual(sorted(self.taken()),
                         sorted(f"{n} {1002 if n <= 1000 else 2}" for n in range(1, 2001)))


class Failed(FlowTest):
    """What an item leaves behind at a stage whose output `failed` is read."""

    def records_of(self, words, task, faults=(), count=20, **keys):
        """The record of item 7, and how the run ended. The task's own output is not needed."""
        stages = {
            "lines": self.lines(numbered(count, lambda n: words if n == 7 else "")),
            "a": task("a", "lines", **keys),
            "failed": self.records("a.failed"),
        }
        if stages["a"]["task"] not in ("flow.save",):
            stages["save"] = self.save("a")
        ended = self.run_flow(stages)
        records = self.json_lines("failed.jsonl")
        self.assertEqual(len(records), 1, str(ended))
        self.assert_ended(ended, 0, **{"in": count, "done": count, "dead": 0})
        self.assertEqual(self.dead_letters(), [])
        self.assertEqual(ended.summary["handled"], 1, str(ended))
        self.assertEqual(self.account_of(ended, "a", "in", "done", "dead", "handled"),
                         (count, count, 0, 1))
        return records[0], ended

    def test_of_a_transform(self):
        record, _ = self.records_of("a.fail=9", self.act,
                                    retry={"attempts": 3, "backoff": "1ms"})
        self.assertEqual(set(record), {"item", "stage", "task", "cause", "attempts", "payload"})
        self.assertEqual((record["item"], record["stage"], record["task"], record["payload"]),
                         ("lines:6", "a", "flow.act", "7 a.fail=9"))
        self.assertEqual(record["cause"], "failed: told to fail: 7")
        self.assertEqual([attempt["message"] for attempt in record["attempts"]],
                         ["told to fail: 7"] * 3)
        self.assertEqual(len(self.paths()), 19)

    def test_of_a_stateful_task(self):
        record, _ = self.records_of(
            "a.fail=9", lambda name, source: self.stage("flow.keep", source, {"name": name}))
        self.assertEqual((record["stage"], record["task"]), ("a", "flow.keep"))
        self.assertEqual(record["payload"], "7 a.fail=9")
        # The one that failed left no trace in what the task keeps.
        self.assertEqual([line.split(" ")[:3] for line in self.taken()],
                         [["a", str(i), str(n)] for i, n in
                          enumerate(n for n in range(1, 21) if n != 7)])

    def test_of_a_sink(self):
        def sink(name, source):
            return self.stage("flow.save", source, {"name": name, "path": "out", "calls": "calls"})
        record, _ = self.records_of("a.fail=9", sink)
        self.assertEqual((record["stage"], record["task"]), ("a", "flow.save"))
        self.assertEqual(self.paths(), [str(n) for n in range(1, 21) if n != 7])

    def test_a_crash_comes_with_its_stack_and_its_signal(self):
        record, _ = self.records_of("a.crash=9", self.act,
                                    retry={"attempts": 2, "backoff": "1ms"})
        self.assertEqual(len(record["attempts"]), 2)
        for attempt in record["attempts"]:
            self.assertEqual(attempt["signal"], 11)
            self.assertIn("flow.cpp:", "\n".join(attempt["stack"]))
            self.assertIn("SIGSEGV", attempt["cause"])

    def test_of_a_large_item(self):
        stages = {
            "lines": self.lines(["7 grow.pad=3000000 a.fail=9"]),
            "grow": self.act("grow", "lines"),
            "a": self.act("a", "grow"),
            "mend": self.stage("flow.mend", "a.failed"),
            "save": self.save(["a", "mend"]),
        }
        ended = self.run_flow(stages)
        self.assert_ended(ended, 0, **{"in": 1, "done": 1})
        self.assertEqual(self.taken(), ["7 grow.pad=3000000 a.fail=9" + "." * 3000000])

    def test_with_a_key_behind_the_payload(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(20, lambda n: f"k.key={n % 3}" +
                                         (" a.fail=9" if n == 7 else ""))),
            "k": self.stage("flow.key", "lines", {"name": "k"}),
            "a": self.stage("flow.keep", "k", {"name": "a"}, partition=3),
            "save": self.save("a"),
            "failed": self.records("a.failed"),
        })
        self.assert_ended(ended, 0, **{"in": 20, "done": 20})
        self.assertEqual([record["payload"] for record in self.json_lines("failed.jsonl")],
                         ["7 k.key=1 a.fail=9"])

    def test_a_record_that_itself_fails_makes_its_item_dead(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(50, lambda n: "a.fail=9" if n % 10 == 0 else "")),
            "a": self.act("a", "lines"),
            "blame": self.stage("flow.blame", "a.failed"),
            "save": self.save(["a", "blame"]),
        })
        self.assert_ended(ended, 1, **{"in": 50, "done": 45, "dead": 5})
        letters = self.dead_letters()
        self.assertEqual([letter["stage"] for letter in letters], ["blame"] * 5)
        self.assertEqual({letter["item"] for letter in letters},
                         {f"lines:{n}/a:failed" for n in range(9, 50, 10)})
        self.assertEqual(ended.summary["handled"], 5)

    def test_a_record_of_a_record_that_failed_is_taken_in_its_turn(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(50, lambda n: "a.fail=9" if n % 10 == 0 else "")),
            "a": self.act("a", "lines"),
            "blame": self.stage("flow.blame", "a.failed"),
            "save": self.save(["a", "blame"]),
            "failed": self.records("blame.failed"),
        })
        self.assert_ended(ended, 0, **{"in": 50, "done": 50, "dead": 0})
        records = self.json_lines("failed.jsonl")
        self.assertEqual([record["stage"] for record in records], ["blame"] * 5)
        self.assertEqual({record["payload"]["payload"] for record in records},
                         {f"{n} a.fail=9" for n in range(10, 51, 10)})


class Accounts(FlowTest):
    """The account closes: in the summary line, the summary file, and for each stage."""

    def test_a_dead_item_among_the_thousand_children_of_one(self):
        ended = self.run_flow({
            "lines": self.lines(["1 a.kids=1000 b@617.fail=9", "2 a.kids=1000", "3"]),
            "a": self.act("a", "lines"),
            "b": self.act("b", "a"),
            "save": self.save("b"),
        })
        self.assert_ended(ended, 1, **{"in": 3, "done": 2, "dead": 1})
        self.assertEqual(len(self.paths()), 2000)
        self.assertEqual([letter["item"] for letter in self.dead_letters()], ["lines:0/a:617"])
        self.assertEqual(self.account_of(ended, "a", "in", "done", "dead"), (3, 3, 0))
        self.assertEqual(self.account_of(ended, "b", "in", "done", "dead"), (2001, 2000, 1))
        self.assertEqual(self.account_of(ended, "save", "in", "done", "dead"), (2000, 2000, 0))

    def test_one_dead_of_two_branches(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(300, lambda n: "b.fail=9" if n % 3 == 0 else "")),
            "a": self.act("a", "lines"),
            "b": self.act("b", "lines"),
            "save": self.save(["a", "b"]),
        })
        self.assert_ended(ended, 1, **{"in": 300, "done": 200, "dead": 100})
        self.assertEqual(len(self.paths()), 500)
        self.assertEqual(self.account_of(ended, "b", "in", "done", "dead"), (300, 200, 100))

    def test_both_dead_of_two_branches_are_one_dead_item(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(30, lambda n: "a.fail=9 b.fail=9" if n % 3 == 0 else "")),
            "a": self.act("a", "lines"),
            "b": self.act("b", "lines"),
            "save": self.save(["a", "b"]),
        })
        self.assert_ended(ended, 1, **{"in": 30, "done": 20, "dead": 10})
        self.assertEqual(len(self.dead_letters()), 20)

    def test_skipped_items_are_done_and_said_to_be_skipped(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(300, lambda n: "a.fail=9" if n % 3 == 0 else "")),
            "a": self.act("a", "lines", on_failure="skip"),
            "save": self.save("a"),
        })
        self.assert_ended(ended, 0, **{"in": 300, "done": 300, "dead": 0})
        self.assertEqual(ended.summary["skipped"], 100)
        self.assertEqual(self.account_of(ended, "a", "in", "done", "dead", "skipped"),
                         (300, 300, 0, 100))
        self.assertEqual(self.dead_letters(), [])

    def test_a_failed_output_that_is_taken(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(300, lambda n: "a.fail=9" if n % 3 == 0 else "")),
            "a": self.act("a", "lines"),
            "save": self.save("a"),
            "failed": self.records("a.failed"),
        })
        self.assert_ended(ended, 0, **{"in": 300, "done": 300, "dead": 0})
        self.assertEqual(ended.summary["handled"], 100)
        self.assertEqual(self.account_of(ended, "a", "in", "done", "handled"), (300, 300, 100))
        self.assertEqual(self.account_of(ended, "failed", "in", "done"), (100, 100))

    def test_a_join_whose_left_side_ends_early(self):
        ended = self.run_flow({
            "few": self.lines(numbered(3), "few"),
            "many": self.lines(numbered(5000, lambda n: "sides.fail=1" if n == 4999 else ""),
                               "many"),
            "join": self.stage("flow.sides", {"left": "few", "right": "many"},
                               queue={"items": 4}),
            "save": self.save("join"),
        })
        self.assert_ended(ended, 1, **{"in": 5003, "done": 5002, "dead": 1})
        self.assertEqual(len(self.taken()), 4999)
        self.assertEqual(self.account_of(ended, "join", "in", "done", "dead"), (5003, 5002, 1))


if __name__ == "__main__":
    unittest.main()
