"""`ordered`: by the number of the source item and the path of emits, whatever happens on the way.

PENSTOCK_ORDER_SEEDS in the environment says how many random runs there are; without it as many as
fit into some seconds.
"""

import os
import random
import time
import unittest

from flow_runner import FlowTest, in_order, numbered
from penstock_runner import kill, until

STAGES = "abc"
ATTEMPTS = 2
RETRY = {"attempts": ATTEMPTS, "backoff": "1ms"}
CHOICES = [("save",), ("c",), ("c", "save"), ("a", "b", "c", "save"), ("b", "save")]
SECONDS = 60  # for the random runs


class Story:
    """What random dice say is to become of each line, and so what comes out at the end."""

    def __init__(self, seed, count, prefix="", crashes=0.01):
        self.dice = random.Random(seed)
        self.crashes = crashes
        self.lines, self.expected, self.dead = [], [], 0
        for number in range(1, count + 1):
            words = {}
            for stage in STAGES:
                self.choose(words, stage)
            path = f"{prefix}{number}"
            self.lines.append(" ".join([path, *(f"{word}={n}" for word, n in words.items())]))
            ends = self.follow(path, words, STAGES)
            self.dead += None in ends
            self.expected += [end for end in ends if end]

    def choose(self, words, stage):
        dice = self.dice
        if dice.random() < 0.5:
            words[f"{stage}.delay"] = dice.randrange(1, 4)
        if dice.random() < 0.15:
            words[f"{stage}.fail"] = dice.choice([1, 1, 9])
        if dice.random() < self.crashes:
            words[f"{stage}.crash"] = dice.choice([1, 1, 9])
        if dice.random() < 0.2:
            words[f"{stage}.kids"] = dice.choice([0, 2, 3])
        if dice.random() < 0.1:
            words[f"{stage}@1.fail"] = 9

    def follow(self, path, words, stages):
        """The paths that come of it, in order; None for one that is given up."""
        if not stages:
            return [path]
        stage, index = stages[0], path.rsplit("/")[-1]

        def word(what):
            return words.get(f"{stage}.{what}") or (words.get(f"{stage}@{index}.{what}") or 0)
        if max(word("fail"), word("crash")) >= ATTEMPTS:
            return [None]
        if f"{stage}.kids" not in words:
            return self.follow(path, words, stages[1:])
        return [end for kid in range(words[f"{stage}.kids"])
                for end in self.follow(f"{path}/{kid}", words, stages[1:])]


class Ordered(FlowTest):
    def chain(self, lines, ordered=("save",), queue=None, **keys):
        """A source, three stages one behind the other, and a sink; which of them take in order."""
        stages, before = {"lines": self.lines(lines)}, "lines"
        for name in STAGES:
            stages[name] = self.act(name, before, retry=RETRY, **keys)
            before = name
        stages["save"] = self.save(before)
        for name in ordered:
            stages[name]["ordered"] = True
        for name, stage in stages.items():
            if queue and name != "lines":
                stage["queue"] = queue
        return stages

    def assert_story(self, ended, story, name="out"):
        self.assertEqual(self.paths(name), story.expected, str(ended))

    def test_without_it_items_come_as_they_are_done(self):
        lines = numbered(200, lambda n: "a.delay=20" if n % 20 == 1 else "")
        ended = self.run_flow(self.chain(lines, ordered=()), processes=3)
        self.assert_ended(ended, 0, **{"in": 200, "done": 200})
        self.assertNotEqual(self.paths(), in_order(self.paths()))

    def test_source_order_with_gaps_by_many_seeds(self):
        fixed = "PENSTOCK_ORDER_SEEDS" in os.environ
        seeds = int(os.environ.get("PENSTOCK_ORDER_SEEDS", "1000"))
        end = time.monotonic() + SECONDS
        for seed in range(seeds):
            if not fixed and time.monotonic() > end:
                self.assertGreater(seed, 100)
                break
            story = Story(seed, 12)
            ordered = CHOICES[seed % len(CHOICES)]
            queue = {"items": 1} if seed % 3 else None
            with self.subTest(seed=seed, ordered=ordered, queue=queue):
                self.folder.joinpath("out").unlink(missing_ok=True)
                ended = self.run_flow(self.chain(story.lines, ordered, queue), processes=3)
                self.assert_story(ended, story)
                self.assert_ended(ended, 1 if story.dead else 0, **{"in": 12, "dead": story.dead})

    def test_a_long_run_with_queues_of_one(self):
        story = Story(1, 2000, crashes=0.002)
        ended = self.run_flow(self.chain(story.lines, ("a", "b", "c", "save"), {"items": 1}),
                              processes=3)
        self.assert_story(ended, story)
        self.assert_ended(ended, 1, **{"in": 2000, "dead": story.dead})

    def test_an_ordered_transform_hands_on_in_order(self):
        lines = numbered(200, lambda n: "a.delay=20 a.kids=2" if n % 20 == 1 else "")
        ended = self.run_flow({
            "lines": self.lines(lines),
            "a": self.act("a", "lines", ordered=True),
            "b": self.stage("flow.keep", "a", {"name": "b"}),
            "save": self.save("b"),
        }, processes=3)
        self.assert_ended(ended, 0, **{"in": 200, "done": 200})
        paths = [line.split(" ")[2] for line in self.taken()]
        self.assertEqual(paths, [path for n in range(1, 201)
                                 for path in ([f"{n}/0", f"{n}/1"] if n % 20 == 1 else [f"{n}"])])

    def test_what_one_call_makes_by_the_thousand_stays_in_its_place(self):
        for queue in ({"items": 1}, {"items": 50}, None):
            with self.subTest(queue=queue):
                lines = ["1 a.delay=50", "2 a.kids=1500 b@700.delay=30 b@1200.fail=9",
                         "3 a.kids=600 b.kids=2", "4"]
                ended = self.run_flow(self.chain(lines, ("b", "save"), queue), processes=3)
                self.assert_ended(ended, 1, **{"in": 4, "done": 3, "dead": 1})
                expected = ["1", *(f"2/{k}" for k in range(1500) if k != 1200)]
                expected += [f"3/{k}/{i}" for k in range(600) for i in range(2)] + ["4"]
                self.assertEqual(self.paths(), expected)

    def test_a_thousand_of_a_thousand(self):
        lines = ["1 a.kids=1000 b@3.kids=1000 b@900.kids=1000 c@999.delay=5", "2"]
        ended = self.run_flow(self.chain(lines, ("save",), {"items": 3}), processes=3)
        self.assert_ended(ended, 0, **{"in": 2, "done": 2})
        expected = []
        for k in range(1000):
            expected += [f"1/{k}/{i}" for i in range(1000)] if k in (3, 900) else [f"1/{k}"]
        self.assertEqual(self.paths(), expected + ["2"])

    def test_each_of_several_sources_has_its_own_order(self):
        one, two = Story(7, 300, crashes=0), Story(8, 200, "9", crashes=0)
        stages = self.chain(one.lines, ("save",), {"items": 2})
        stages["more"] = self.lines(two.lines, "more")
        stages["a"]["from"] = ["lines", "more"]
        ended = self.run_flow(stages, processes=3)
        self.assert_ended(ended, 1, **{"in": 500, "dead": one.dead + two.dead})
        # The numbers of the two overlap; a line says what is to become of it, and so whose it is.
        taken = self.taken()
        self.assertEqual([p for p in self.paths_of(taken, two.lines)], two.expected)
        self.assertEqual([p for p in self.paths_of(taken, one.lines)], one.expected)

    def paths_of(self, taken, lines):
        numbers = {line.split(" ")[0] + line.partition(" ")[2] for line in lines}
        for line in taken:
            path, _, words = line.partition(" ")
            if path.split("/")[0] + words in numbers:
                yield path

    def test_order_across_branches_of_one_item(self):
        """An item that two stages read comes from both, in their order, before the next does."""
        ended = self.run_flow({
            "lines": self.lines(numbered(200, lambda n: f"a.delay={n % 3} b.delay={n % 2 * 3}")),
            "a": self.act("a", "lines"),
            "b": self.act("b", "lines"),
            "save": self.save(["a", "b"], ordered=True, queue={"items": 1}),
        }, processes=3)
        self.assert_ended(ended, 0, **{"in": 200, "done": 200})
        self.assertEqual(self.paths(), [str(n) for n in range(1, 201) for _ in range(2)])

    def test_what_is_taken_from_failed_stands_in_the_place_of_its_item(self):
        lines = numbered(200, lambda n: "a.delay=5 a.fail=9" if n % 7 == 0 else "")
        ended = self.run_flow({
            "lines": self.lines(lines),
            "a": self.act("a", "lines"),
            "mend": self.stage("flow.mend", "a.failed"),
            "save": self.save(["a", "mend"], ordered=True),
        }, processes=3)
        self.assert_ended(ended, 0, **{"in": 200, "done": 200})
        self.assertEqual(self.paths(), [str(n) for n in range(1, 201)])

    def test_what_others_wait_for_gets_into_a_stateful_task_and_a_sink(self):
        """The records of items behind it have filled the queue that is read behind both."""
        lines = ["1 a.delay=100", *(f"{n} a.fail=9" for n in range(2, 40))]
        for ordered in (False, True):
            with self.subTest(ordered=ordered):
                ended = self.run_flow({
                    "lines": self.lines(lines),
                    "a": self.act("a", "lines"),
                    "keep": self.stage("flow.keep", "a", {"name": "keep"}, ordered=ordered,
                                       snapshot={"every": "1h"}),
                    "out": self.save("keep", ordered=ordered),
                    "also": self.save("a", "also", ordered=ordered),
                    "failed": self.records(["a.failed", "keep.failed", "also.failed"],
                                           ordered=True, queue={"items": 1}),
                }, processes=2, deadline=20)
                self.assert_ended(ended, 0, **{"in": 39, "done": 39})
                items = [record["item"] for record in self.json_lines("failed.jsonl")]
                self.assertEqual(items, [f"lines:{n}" for n in range(1, 39)])

    def test_after_a_stateful_stage_by_the_thousand(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(9, lambda n: "b.kids=1300" if n % 4 == 1 else "")),
            "b": self.stage("flow.keep", "lines", {"name": "b"}, snapshot={"every": "1s"}),
            "save": self.save("b", ordered=True, queue={"items": 20}),
        })
        self.assert_ended(ended, 0, **{"in": 9, "done": 9})
        paths = [line.split(" ")[2] for line in self.taken()]
        self.assertEqual(paths, [path for n in range(1, 10)
                                 for path in ([f"{n}/{k}" for k in range(1300)] if n % 4 == 1
                                              else [f"{n}"])])

    def test_after_a_stateful_stage_it_is_that_stages_order(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(500, lambda n: "c.delay=10" if n % 50 == 0 else "")),
            "b": self.stage("flow.keep", "lines", {"name": "c"}, snapshot={"every": "5ms"}),
            "c": self.act("c", "b"),
            "save": self.save("c", ordered=True),
        }, processes=3)
        self.assert_ended(ended, 0, **{"in": 500, "done": 500})
        self.assertEqual([line.split(" ")[1] for line in self.taken()],
                         [str(n) for n in range(500)])

    def test_while_workers_are_killed(self):
        story = Story(11, 3000, crashes=0)
        stages = self.chain(story.lines, ("a", "c"), {"items": 4})
        stages["save"] = self.stage("flow.save", "c",
                                    {"name": "save", "path": "out", "calls": "calls"})
        running = self.start_flow(stages, processes=3)
        killed, dice = 0, random.Random(11)
        while running.process.poll() is None and killed < 12:
            workers = running.processes("penstock-worker")
            if not workers:
                continue
            size = self.size_of("out")
            if not kill(dice.choice(workers)):
                continue
            killed += 1
            until(lambda: self.size_of("out") > size or running.process.poll() is not None,
                  "something is written again")
        ended = running.wait()
        self.assertGreater(killed, 3, str(ended))
        # A kill may be the last of an item's two attempts: what is there is in order all the same.
        taken = self.paths()
        self.assertEqual(taken, in_order(taken))
        self.assertEqual(len(set(taken)), len(taken))
        expected = set(story.expected)
        self.assertLessEqual(set(taken), expected)
        self.assertLessEqual(len(expected) - len(taken), 3 * killed, str(ended))
        self.assert_closes(ended)

    def size_of(self, name):
        path = self.folder / name
        return path.stat().st_size if path.exists() else 0


if __name__ == "__main__":
    unittest.main()
