"""`rate` and `parallel`: what protects that which a task talks to; `max_output` and `queue`, which
protect the engine. Times have a lower bound alone: a machine may be slow."""

import unittest

from flow_runner import FlowTest, numbered


class Rates(FlowTest):
    def assert_paced(self, stages, least, count, **options):
        ended = self.run_flow(stages, **options)
        self.assert_ended(ended, 0, **{"in": count, "done": count})
        self.assertGreater(ended.summary["seconds"], least)
        return ended

    def test_of_a_source(self):
        stages = {"lines": self.lines(numbered(100)), "save": self.save("lines")}
        stages["lines"]["rate"] = "200/s"
        # A twentieth of a second's items may come at once.
        self.assert_paced(stages, 0.4, 100)

    def test_of_a_transform(self):
        self.assert_paced({
            "lines": self.lines(numbered(100)),
            "a": self.act("a", "lines", rate="200/s"),
            "save": self.save("a"),
        }, 0.4, 100, processes=3)

    def test_of_a_stateful_task_and_a_sink(self):
        for name in ("keep", "save"):
            with self.subTest(stage=name):
                stages = {
                    "lines": self.lines(numbered(100)),
                    "keep": self.stage("flow.keep", "lines", {"name": "keep"}),
                    "save": self.save("keep"),
                }
                stages[name]["rate"] = "200/s"
                self.assert_paced(stages, 0.4, 100)

    def test_of_items_and_not_of_batches(self):
        self.assert_paced({
            "lines": self.lines(numbered(100)),
            "a": self.acts("a", "lines", rate="200/s", batch={"items": 10, "wait": "0ms"}),
            "save": self.save("a"),
        }, 0.4, 100)

    def test_in_minutes(self):
        stages = {"lines": self.lines(numbered(6)), "save": self.save("lines")}
        stages["lines"]["rate"] = "600/min"
        self.assert_paced(stages, 0.45, 6)

    def test_without_it_there_is_no_pause(self):
        ended = self.run_flow({"lines": self.lines(numbered(20000)), "save": self.save("lines")})
        self.assertLess(ended.summary["seconds"], 20)


class Bounds(FlowTest):
    def test_parallel_calls_are_no_more_than_it_says(self):
        stages = {
            "numbers": self.stage("sample.numbers", with_={"count": 2000}),
            "alone": self.stage("sample.alone", "numbers", {"path": str(self.folder / "lock")},
                                parallel=1),
            "save": self.save("alone"),
        }
        ended = self.run_flow(stages, processes=4)
        self.assert_ended(ended, 0, **{"in": 2000, "done": 2000})

    def test_of_batches_each_is_one_of_them(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(200, lambda n: "a.delay=2")),
            "a": self.acts("a", "lines", parallel=1, batch={"items": 10, "wait": "1s"}),
            "save": self.save("a"),
        }, processes=4)
        self.assert_ended(ended, 0, **{"in": 200, "done": 200})
        self.assertGreater(ended.summary["seconds"], 0.4)

    def test_outputs_beyond_max_output_fail_their_item(self):
        words = {3: "a.pad=5000", 5: "a.kids=100", 7: "a.pad=4000"}
        ended = self.run_flow({
            "lines": self.lines(numbered(10, lambda n: words.get(n, ""))),
            "a": self.act("a", "lines", max_output="4KiB"),
            "save": self.save("a"),
        })
        self.assert_ended(ended, 1, **{"in": 10, "done": 8, "dead": 2})
        letters = {letter["item"]: letter["attempts"][0]["cause"]
                   for letter in self.dead_letters()}
        self.assertEqual(set(letters), {"lines:2", "lines:4"})
        self.assertIn("its outputs come to more than `max_output` allows: 0 bytes, then one of "
                      "5012, and the limit is 4096", letters["lines:2"])
        self.assertNotIn("5/0", self.paths())  # nothing of a failed call counts

    def test_queues_of_one_item_and_of_few_bytes(self):
        for queue in ({"items": 1}, {"bytes": "1KiB"}):
            with self.subTest(queue=queue):
                ended = self.run_flow({
                    "lines": self.lines(numbered(300, lambda n: "a.pad=700 b.kids=2")),
                    "a": self.act("a", "lines", queue=queue),
                    "b": self.act("b", "a", queue=queue),
                    "keep": self.stage("flow.keep", "b", {"name": "keep"}, queue=queue,
                                       snapshot={"every": "5ms"}),
                    "save": self.save("keep", queue=queue),
                }, processes=3)
                self.assert_ended(ended, 0, **{"in": 300, "done": 300})
                self.assertEqual(len(self.taken()), 600)


if __name__ == "__main__":
    unittest.main()
