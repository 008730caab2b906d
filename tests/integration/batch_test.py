"""`batch`: how many items a call of a task that takes several has, and who answers for what goes
wrong in one."""

import collections
import os
import time
import unittest

from flow_runner import FlowTest, numbered
from penstock_runner import until

RETRY = {"attempts": 3, "backoff": "1ms", "outcomes": ["crashed"]}


class Batches(FlowTest):
    def calls(self, stage="a"):
        """Of each call the attempts of its items."""
        lines = self.taken(f"{stage}.calls")
        return [[int(word) for word in line.split(" ")[1:]] for line in lines]

    def sizes(self, stage="a"):
        return [len(call) for call in self.calls(stage)]

    def chain(self, lines, **keys):
        return {"lines": self.lines(lines), "a": self.acts("a", "lines", **keys),
                "save": self.save("a")}

    def test_no_call_has_more_items_than_it_says(self):
        for items in (1, 7, 500):
            with self.subTest(items=items):
                (self.folder / "a.calls").unlink(missing_ok=True)
                ended = self.run_flow(self.chain(numbered(3000),
                                                 batch={"items": items, "wait": "1s"}))
                self.assert_ended(ended, 0, **{"in": 3000, "done": 3000})
                self.assertEqual(sum(self.sizes()), 3000)
                self.assertEqual(max(self.sizes()), items)
                # It waits for a full one; only the last ones are not.
                self.assertLess(len(self.sizes()), 3000 / items + 3)
                self.assertEqual(sorted(self.paths(), key=int), [str(n) for n in range(1, 3001)])

    def test_nor_more_bytes(self):
        lines = numbered(200, lambda n: "." * (20000 if n == 100 else 990))
        ended = self.run_flow(self.chain(lines, batch={"items": 100, "bytes": "4KiB"}))
        self.assert_ended(ended, 0, **{"in": 200, "done": 200})
        self.assertEqual(sum(self.sizes()), 200)
        self.assertEqual(max(self.sizes()), 4)
        self.assertEqual(sorted(self.taken()), sorted(lines))

    def test_without_the_key_it_is_given_what_waits(self):
        ended = self.run_flow(self.chain(numbered(3000)))
        self.assert_ended(ended, 0, **{"in": 3000, "done": 3000})
        self.assertEqual(sum(self.sizes()), 3000)
        self.assertGreater(max(self.sizes()), 1)

    def test_a_batch_that_does_not_fill_leaves_when_its_time_has_come(self):
        ours, theirs = os.pipe()
        stages = self.chain([], batch={"items": 100, "wait": "400ms"})
        stages["lines"]["with"]["paths"] = ["-"]
        running = self.start_flow(stages, stdin=ours)
        os.close(ours)
        try:
            until(lambda: len(running.processes("penstock-worker")) == 4, "all are there")
            began = time.monotonic()
            os.write(theirs, b"1\n2\n")
            until((self.folder / "a.calls").exists, "a call")
            first = time.monotonic() - began
            self.assertGreater(first, 0.39)
            os.write(theirs, b"3\n4\n5\n")
            until(lambda: len(self.calls()) > 1, "another call")
            os.write(theirs, b"6\n")
        finally:
            os.close(theirs)  # nothing more can come: that is not waited for
        ended = running.wait()
        self.assert_ended(ended, 0, **{"in": 6, "done": 6})
        self.assertEqual(self.sizes(), [2, 3, 1])

    def test_an_end_is_not_waited_for(self):
        ended = self.run_flow(self.chain(numbered(5), batch={"items": 100, "wait": "1h"}))
        self.assert_ended(ended, 0, **{"in": 5, "done": 5})
        self.assertEqual(self.sizes(), [5])

    def test_a_batch_that_finds_no_more_room_before_it_is_not_waited_for(self):
        lines = numbered(200, lambda n: "." * 500)
        ended = self.run_flow(self.chain(lines, batch={"items": 100, "wait": "1h"},
                                         queue={"bytes": "4KiB"}))
        self.assert_ended(ended, 0, **{"in": 200, "done": 200})
        self.assertGreater(max(self.sizes()), 1)

    def guilty(self, words, **keys):
        lines = numbered(100, lambda n: words if n == 37 else "")
        ended = self.run_flow(self.chain(lines, batch={"items": 50, "wait": "1s"}, **keys))
        self.assertEqual(sorted(self.paths(), key=int),
                         [str(n) for n in range(1, 101) if n != 37])
        letter, = self.dead_letters()
        self.assertEqual(letter["item"], "lines:36")
        return letter, ended

    def test_of_a_batch_that_crashes_only_the_guilty_one_is_charged(self):
        letter, ended = self.guilty("a.crash=9", retry=RETRY)
        self.assert_ended(ended, 1, **{"in": 100, "done": 99, "dead": 1, "retried": 2})
        self.assertEqual([attempt["signal"] for attempt in letter["attempts"]], [11] * 3)
        # The other half was not disturbed; the guilty half was run one by one, each for its own.
        sizes = collections.Counter(self.sizes())
        self.assertEqual(sizes, {50: 2, 1: 49 + 3})
        attempts = collections.Counter(a for call in self.calls() if len(call) == 1 for a in call)
        self.assertEqual(attempts, {1: 50, 2: 1, 3: 1})

    def test_of_a_batch_that_fails_likewise(self):
        letter, ended = self.guilty("a.fail=9")
        self.assert_ended(ended, 1, **{"in": 100, "done": 99, "dead": 1, "retried": 0})
        self.assertEqual([attempt["message"] for attempt in letter["attempts"]],
                         ["told to fail: 37"])

    def test_an_innocent_batch_costs_no_attempt(self):
        # It crashes in company and not alone: nobody can say for whose sake.
        ended = self.run_flow({**self.chain(numbered(20, lambda n: "a.crash=1" if n == 5 else ""),
                                            batch={"items": 20, "wait": "1s"}, retry=RETRY)})
        self.assert_ended(ended, 0, **{"in": 20, "done": 20, "retried": 1})

    def test_what_was_made_from_one_item_is_in_its_account_alone(self):
        for together, dead in ((False, 1), (True, 10)):
            with self.subTest(together=together):
                ended = self.run_flow({
                    "lines": self.lines(numbered(40, lambda n: "b.fail=9" if n == 17 else "")),
                    "a": self.acts("a", "lines", together, batch={"items": 10, "wait": "1s"}),
                    "b": self.act("b", "a"),
                    "save": self.save("b"),
                }, processes=1)
                self.assert_ended(ended, 1, **{"in": 40, "done": 40 - dead, "dead": dead})
                self.assertEqual(len(self.paths()), 39)
                self.assertEqual(self.account_of(ended, "a", "in", "done", "dead"), (40, 40, 0))

    def test_many_outputs_of_one_of_a_batch(self):
        for together in (False, True):
            with self.subTest(together=together):
                ended = self.run_flow({
                    "lines": self.lines(numbered(20, lambda n: "a.kids=1500 b@9.fail=9"
                                                 if n == 7 else "")),
                    "a": self.acts("a", "lines", together, batch={"items": 10, "wait": "1s"}),
                    "b": self.act("b", "a"),
                    "save": self.save("b"),
                }, processes=1)
                dead = 10 if together else 1
                self.assert_ended(ended, 1, **{"in": 20, "done": 20 - dead, "dead": dead})
                self.assertEqual(len(self.paths()), 19 + 1499)

    def test_in_order(self):
        def words(n):
            return (f"a.delay={n % 5} " + ("a.kids=3 " if n % 10 == 0 else "") +
                    ("a.fail=9 " if n % 17 == 0 else "") + ("a.reject" if n % 23 == 0 else ""))
        ended = self.run_flow({
            "lines": self.lines(numbered(300, words)),
            "a": self.acts("a", "lines", batch={"items": 8}, ordered=True, queue={"items": 16}),
            "save": self.save("a"),
        }, processes=3)
        dead = [n for n in range(1, 301) if n % 17 == 0]
        self.assert_ended(ended, 1, **{"in": 300, "dead": len(dead)})
        expected = []
        for n in range(1, 301):
            if n in dead or n % 23 == 0:
                continue
            expected += [f"{n}/{k}" for k in range(3)] if n % 10 == 0 else [str(n)]
        self.assertEqual(self.paths(), expected)

    def test_by_keys(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(1000, lambda n: f"k.key={n % 50}" +
                                         (" keep.fail=9" if n % 100 == 0 else ""))),
            "k": self.stage("flow.key", "lines", {"name": "k"}),
            "keep": self.stage("flow.keeps", "k", {"name": "keep", "calls": "calls"},
                               partition=3, batch={"items": 16}, snapshot={"every": "10ms"}),
            "save": self.save("keep"),
        })
        self.assert_ended(ended, 1, **{"in": 1000, "done": 990, "dead": 10})
        homes, last = {}, {}
        for line in self.taken():
            instance, place, path, key = line.split(" ")[:4]
            self.assertEqual(homes.setdefault(key, instance), instance)
            self.assertEqual(int(place), last.get(instance, (-1, 0))[0] + 1)
            self.assertGreater(int(path), last.get(instance, (-1, 0))[1])
            last[instance] = (int(place), int(path))
        self.assertEqual(len(self.taken()), 990)
        sizes = [int(line.split(" ")[1]) for line in self.taken("calls")]
        self.assertLessEqual(max(sizes), 16)
        self.assertGreater(max(sizes), 1)

    def test_in_a_sink_that_commits(self):
        def words(n):
            return "save.crash=9" if n == 500 else "save.fail=9" if n == 900 else ""
        ended = self.run_flow({
            "lines": self.lines(numbered(2000, words)),
            "save": self.stage("flow.save", "lines",
                               {"name": "save", "path": "out", "calls": "calls"},
                               batch={"items": 50}, retry=RETRY),
        })
        self.assert_ended(ended, 1, **{"in": 2000, "done": 1998, "dead": 2})
        # Exactly once, and in order.
        self.assertEqual(self.paths(), [str(n) for n in range(1, 2001) if n not in (500, 900)])
        letters = {letter["item"]: letter for letter in self.dead_letters()}
        self.assertEqual(set(letters), {"lines:499", "lines:899"})
        self.assertEqual(len(letters["lines:499"]["attempts"]), 3)
        self.assertEqual(len(letters["lines:899"]["attempts"]), 1)


class Interrupted(FlowTest):
    def test_what_was_made_together_is_gone_on_with(self):
        """One of two sinks has committed what the other has not: the batches are known again."""
        stages = {"lines": self.lines(numbered(3000)),
                  "a": self.acts("a", "lines", together=True, batch={"items": 5, "wait": "1s"}),
                  "fast": self.save("a", "fast"),
                  "slow": self.save("a", "slow", rate="1500/s")}
        for least in 200, 600, 1000:
            running = self.start_flow(stages, "--resume")
            out = self.folder / "slow.partial"
            running.until(lambda least=least, out=out:
                          out.exists() and out.read_bytes().count(b"\n") > least, f"{least} lines")
            running.stop()
        ended = self.run_flow(stages, "--resume")
        self.assert_ended(ended, 0, **{"in": 3000, "done": 3000, "pending": 0})
        for name in "fast", "slow":
            self.assertEqual(set(self.paths(name)), {str(n) for n in range(1, 3001)})


if __name__ == "__main__":
    unittest.main()
