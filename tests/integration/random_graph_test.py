"""Random graphs, bounds and pools, each compared with what a few lines of Python say has to come.

A failing one prints its seed; `SEEDS=17,18 random_graph_test.py` runs these alone."""

import collections
import os
import random
import unittest

from penstock_runner import PenstockTest

SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "").split(",") if seed] or range(25)


class Graph:
    """A pipeline file, and for each sink the numbers that it has to get."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        chance = self.random
        self.stages, self.items, self.expected = [], {}, {}
        pools = [f"p{n}" for n in range(chance.randint(1, 3))]
        self.pools = {name: self.pool() for name in pools}
        for number in range(chance.randint(1, 3)):
            count = chance.choice([0, 1, 10, 300, 3000])
            self.add(f"source{number}", "numbers", [], f"count: {count}",
                     collections.Counter(range(count)))
        self.taken = sum(map(sum, (items.values() for items in self.items.values())))
        for number in range(chance.randint(1, 6)):
            self.add_transform(f"stage{number}")
        unread = set(self.items) - {name for _, name in self.edges()}
        for number in range(chance.randint(1, 2)):
            self.add_sink(f"sink{number}", chance.sample(sorted(self.items), 1))
        if unread:
            self.add_sink("last", sorted(unread))

    def pool(self):
        chance = self.random
        keys = [f"processes: {chance.randint(1, 4)}"]
        if chance.random() < 0.3:
            keys.append("recycle: {items: %d}" % chance.choice([50, 200]))
        return ", ".join(keys)

    def edges(self):
        return [(name, source) for name, _, sources, *_ in self.stages for source in sources]

    def bounds(self):
        chance, keys = self.random, []
        if chance.random() < 0.5:
            keys.append("queue: {items: %d}" % chance.choice([1, 2, 5, 64]))
        return keys

    def add(self, name, task, sources, with_, items, keys=()):
        self.stages.append((name, task, sources, with_, list(keys)))
        if items is not None:
            self.items[name] = items

    def arriving(self, sources):
        return sum((self.items[source] for source in sources), collections.Counter())

    def add_transform(self, name):
        chance = self.random
        sources = chance.sample(sorted(self.items), chance.randint(1, min(2, len(self.items))))
        arriving, keys = self.arriving(sources), self.bounds()
        keys.append(f"pool: {chance.choice(sorted(self.pools))}")
        if chance.random() < 0.3:
            keys.append(f"parallel: {chance.randint(1, 3)}")
        task = chance.choice(["number", "many", "odd"])
        if task == "many":
            count = chance.choice([0, 1, 2, 3])
            if sum(arriving.values()) < 20 and chance.random() < 0.5:
                count = 1000
            items = collections.Counter({x: n * count for x, n in arriving.items()})
            return self.add(name, task, sources, f"count: {count}", items, keys)
        if task == "odd":
            arriving = collections.Counter({x: n for x, n in arriving.items() if x % 2})
            keys.append("on_failure: skip")
        self.add(name, task, sources, "", arriving, keys)

    def add_sink(self, name, sources):
        self.add(name, "files.write", sources, f"path: {name}", None, self.bounds())
        self.expected[name] = +self.arriving(sources)

    def text(self):
        used = {key[len("pool: "):] for *_, keys in self.stages for key in keys
                if key.startswith("pool: ")}
        pools = "".join(f"  {name}: {{{self.pools[name]}}}\n" for name in sorted(used))
        lines = []
        for name, task, sources, with_, keys in self.random.sample(self.stages, len(self.stages)):
            parts = [f"task: {task if '.' in task else 'sample.' + task}"]
            if sources:
                parts.append(f"from: [{', '.join(sources)}]")
            if with_:
                parts.append(f"with: {{{with_}}}")
            lines.append(f"  {name}: {{{', '.join(parts + keys)}}}\n")
        memory = self.random.choice(["", "memory: 64MiB\n"])
        return f"pipeline: random\n{memory}pools:\n{pools}stages:\n{''.join(lines)}"


class RandomGraphs(PenstockTest):
    def test_every_item_comes_out_where_it_has_to(self):
        for seed in SEEDS:
            graph = Graph(seed)
            text = graph.text()
            with self.subTest(f"seed {seed}\n{text}"):
                ended = self.run_pipeline(text)
                self.assert_ended(ended, 0, **{"in": graph.taken, "done": graph.taken,
                                               "retried": 0, "restarts": 0})
                for name, expected in graph.expected.items():
                    self.assertEqual(collections.Counter(map(int, self.read(name).split())),
                                     expected)


if __name__ == "__main__":
    unittest.main()
