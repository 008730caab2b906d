"""`shared`: objects that tasks of several stages, in several workers, have together."""

import collections
import json
import unittest

from flow_runner import FlowTest, numbered
from penstock_runner import TEST_PLUGINS


class Shared(FlowTest):
    def test_what_one_stage_writes_another_reads(self):
        words = [f"{'w' * (1 + n % 7)}{n % 50}" for n in range(2000)]
        objects = {name: name for name in ("lines", "longest", "lengths", "words", "queue")}
        ended = self.run_flow({
            "read": self.lines(words),
            "note": self.stage("sharing.note", "read", objects),
            "tell": self.stage("sharing.tell", "note", objects, on_death="stop"),
            "save": self.save("tell"),
        }, processes=3, top={"shared": {
            "lines": {"type": "value", "of": "i64", "initial": "-5"},
            "longest": {"type": "value"},
            "lengths": {"type": "array", "of": "i64", "size": 10},
            "words": {"type": "map"},
            "queue": {"type": "queue", "of": "text", "size": 2000},
        }})
        self.assert_ended(ended, 0, **{"in": 2000, "done": 2000})
        longest, lengths = max(map(len, words)), collections.Counter(map(len, words))
        told = self.taken()
        self.assertEqual(told[0], "lines 1995")
        self.assertEqual(told[1].split()[0], "longest")
        self.assertIn(told[1].split()[1], [word for word in words if len(word) == longest])
        counts = [f"{word} {count}" for word, count in sorted(collections.Counter(words).items())]
        self.assertEqual(told[2:], [f"length {n}: {lengths[n]}" for n in sorted(lengths)] +
                         counts + ["queued 2000"])

    def test_a_lock_whose_holder_dies_is_handed_on(self):
        lines = numbered(500)
        lines[200] = "die"
        ended = self.run_flow({
            "read": self.lines(lines),
            "step": self.stage("sharing.step", "read",
                               {"turns": "turns", "pair": "pair", "deaths": "deaths"}),
            "count": self.stage("sharing.count", "step", {"pair": "pair"}, on_death="stop"),
            "save": self.save("count"),
        }, processes=4, top={"shared": {
            "turns": {"type": "mutex"},
            "pair": {"type": "array", "of": "i64", "size": 2},
            "deaths": {"type": "value", "of": "i64"},
        }})
        self.assert_ended(ended, 0, **{"in": 500, "done": 500, "restarts": 1})
        self.assertEqual(self.taken(), ["abandoned", "steps 500 500"])

    def test_workers_wait_for_each_other(self):
        meeting = {"barrier": "all", "met": "met", "permits": "permits"}
        alone = {"processes": 1}
        ended = self.run_flow({
            "read": self.lines(numbered(20)),
            "late": self.lines(numbered(1), "late.in"),
            "one": self.stage("sharing.meet", "read", meeting, pool="one"),
            "other": self.stage("sharing.meet", "read", meeting, pool="other"),
            "wait": self.stage("sharing.await", "late", {"met": "met"}),
            "free": self.stage("sharing.await", "late"),
            "save": self.save(["one", "other"]),
            "saved": self.save(["wait", "free"], "late.out"),
        }, top={"shared": {
            "all": {"type": "barrier", "parties": 2, "timeout": "60s"},
            "met": {"type": "event"},
            "permits": {"type": "bounded_semaphore", "initial": 2},
        }, "pools": {"default": alone, "one": alone, "other": alone}})
        self.assert_ended(ended, 0, **{"in": 21, "done": 21})
        self.assertEqual(len(self.taken()), 40)
        self.assertEqual(sorted(self.taken("late.out")), ["1 after it", "1 without"])

    def test_who_waits_too_long_at_a_barrier_is_told(self):
        ended = self.run_flow({
            "read": self.lines(numbered(1)),
            "meet": self.stage("sharing.meet", "read",
                               {"barrier": "two", "met": "met", "permits": "permits"}),
            "save": self.save("meet"),
        }, top={"shared": {
            "two": {"type": "barrier", "parties": 2, "timeout": "50ms"},
            "met": {"type": "event"},
            "permits": {"type": "bounded_semaphore"},
        }})
        self.assert_ended(ended, 1, dead=1)
        self.assertIn("broken", ended.stderr)

    def test_a_map_and_a_queue_hold_what_they_may(self):
        objects = {name: name for name in ("lines", "longest", "lengths", "words", "queue")}
        for small in ({"words": {"type": "map", "bytes": "1KiB"}},
                      {"queue": {"type": "queue", "bytes": "1MiB"}}):
            with self.subTest(small=small):
                ended = self.run_flow({
                    "read": self.lines([f"{n} " * 50_000 for n in range(10, 25)]),
                    "note": self.stage("sharing.note", "read", objects, timeout="200ms",
                                       retry={"attempts": 1}),
                    "save": self.save("note"),
                }, top={"shared": {
                    "lines": {"type": "value"}, "longest": {"type": "value"},
                    "lengths": {"type": "array", "size": 10}, "words": {"type": "map",
                                                                        "bytes": "64MiB"},
                    "queue": {"type": "queue"}, **small}})
                self.assertEqual(ended.account["done"] + ended.account["dead"], 15)
                self.assertGreater(ended.account["dead"], 0, str(ended))

    def test_one_is_asked_for_by_its_name(self):
        stages = {"read": self.lines(numbered(5)),
                  "count": self.stage("sharing.by_name", "read"),
                  "save": self.save("count")}
        ended = self.run_flow(stages, top={"shared": {
            "counter": {"type": "value", "of": "i64", "initial": 10}}})
        self.assert_ended(ended, 0, done=5)
        self.assertEqual(sorted(int(line.split()[1]) for line in self.taken()), list(range(10, 15)))
        ended = self.run_flow(stages, top={"shared": {"counter": {"type": "mutex"}}})
        self.assert_ended(ended, 1, dead=5)
        self.assertIn('shared object "counter" is of another kind', ended.stderr)
        ended = self.run_flow(stages)
        self.assert_ended(ended, 1, dead=5)
        self.assertIn('shared object "counter" is not known here', ended.stderr)

    def test_each_run_has_its_own(self):
        top = {"shared": {"counter": {"type": "value", "of": "i64"}}}
        for _ in range(2):
            self.run_flow({"read": self.lines(numbered(3)),
                           "count": self.stage("sharing.by_name", "read"),
                           "save": self.save("count")}, top=top)
            self.assertEqual(sorted(line.split()[1] for line in self.taken()), ["0", "1", "2"])

    def test_more_than_there_is(self):
        ended = self.run_flow({"read": self.lines(numbered(3)), "save": self.save("read")},
                              top={"shared": {"all": {"type": "memory", "bytes": "1TiB"}}})
        self.assertEqual(ended.status, 3, str(ended))
        self.assertIn("shared object `all`: ", ended.stderr)

    def test_they_are_explained(self):
        self.write("shared.yaml", self.text_of(
            {"read": self.lines(numbered(3)), "save": self.save("read")},
            shared={"meet": {"type": "barrier", "parties": 3, "timeout": "2s"},
                    "sizes": {"type": "array", "of": "i32", "size": 10}}))
        told = json.loads(self.penstock("explain", "shared.yaml", "--json").stdout)["shared"]
        self.assertEqual(
            [(one["name"], one["type"], {v["name"]: v["value"] for v in one["values"]})
             for one in told],
            [("meet", "barrier", {"parties": "3", "timeout": "2s"}),
             ("sizes", "array of i32", {"size": "10", "bytes": "40"})])
        self.assertIn(b"shared sizes: array of i32",
                      self.penstock("explain", "shared.yaml").stdout)

    def test_what_a_task_takes_is_shown(self):
        shown = self.penstock("inspect", "sharing.note", "--plugin-path",
                              TEST_PLUGINS).stdout.decode()
        for line in ("with lines: shared value of i64, required   how many there were",
                     "with words: shared map of int, required   how often there was each"):
            self.assertIn(line, shown)


if __name__ == "__main__":
    unittest.main()
