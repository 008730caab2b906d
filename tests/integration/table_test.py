"""table.join and table.aggregate in pipelines, compared with a few lines of Python that share no
code with the plugin; also while the worker that holds the state is killed."""

import collections
import fractions
import json
import random
import unittest

from penstock_runner import PenstockTest, kill

SHOPS, ARTICLES = 40, 500


def rows_of(text):
    return sorted(json.dumps(json.loads(line), sort_keys=True) for line in text.splitlines())


def in_rows(records):
    return sorted(json.dumps(record, sort_keys=True) for record in records)


class Table(PenstockTest):
    SALES = 20000

    def setUp(self):
        super().setUp()
        chance = random.Random(5)
        self.sales = [{"shop": f"shop {chance.randrange(SHOPS)}",
                       "article": chance.randrange(2 * ARTICLES),
                       "amount": chance.choice([None, chance.randrange(-1000, 1000)]),
                       "weight": chance.uniform(-1, 1) * 10 ** chance.randrange(-9, 9)}
                      for _ in range(self.SALES)]
        self.articles = [{"article": number, "name": f"article {number}", "weight": 1.5}
                         for number in chance.sample(range(2 * ARTICLES), ARTICLES)]
        self.csv("sales.csv", self.sales)
        self.csv("articles.csv", self.articles)

    def csv(self, name, records):
        lines = [",".join(records[0])]
        lines += [",".join("" if value is None else str(value) for value in record.values())
                  for record in records]
        self.write(name, "\n".join(lines) + "\n")

    def joined(self, kind):
        named = {article["article"]: article for article in self.articles}
        sold = {sale["article"] for sale in self.sales}
        for sale in self.sales:
            article = named.get(sale["article"])
            if article:
                yield sale | {"name": article["name"], "right_weight": article["weight"]}
            elif kind != "inner":
                yield sale
        if kind == "outer":
            yield from (a for a in self.articles if a["article"] not in sold)

    def totals(self):
        groups = collections.defaultdict(list)
        for sale in self.sales:
            if sale["amount"] is not None:
                groups[sale["shop"]].append(sale)
        for shop, sales in groups.items():
            amounts = [sale["amount"] for sale in sales]
            weights = [sale["weight"] for sale in sales]
            yield {"shop": shop, "count": len(sales), "sum_amount": sum(amounts),
                   "sum_weight": float(sum(map(fractions.Fraction, weights))),
                   "min_weight": min(weights), "max_amount": max(amounts),
                   "mean_amount": sum(amounts) / len(sales)}

    def write_join(self, kind, more=""):
        self.write("join.yaml", f"""
pipeline: join
stages:
  sales: {{task: csv.rows, with: {{paths: [sales.csv]}}, ignore: rejects}}
  articles: {{task: csv.rows, with: {{paths: [articles.csv]}}, ignore: rejects}}
  pairs:
    task: table.join
    from: {{left: sales, right: articles}}
    with: {{on: article, kind: {kind}}}
    {more}
  write: {{task: files.write, from: pairs, with: {{path: pairs.jsonl}}}}
""")

    def write_totals(self, more=""):
        self.write("totals.yaml", f"""
pipeline: totals
stages:
  sales: {{task: csv.rows, with: {{paths: [sales.csv]}}, ignore: rejects}}
  totals:
    task: table.aggregate
    from: sales
    with: {{by: shop, sum: [amount, weight], min: weight, max: amount, mean: amount}}
    {more}
  write: {{task: files.write, from: totals, with: {{path: totals.jsonl}}}}
  odd: {{task: files.write, from: totals.rejects, with: {{path: odd.jsonl}}}}
""")

    def assert_totals(self):
        self.assertEqual(rows_of(self.read("totals.jsonl")), in_rows(self.totals()))
        self.assertEqual(rows_of(self.read("odd.jsonl")),
                         in_rows(sale for sale in self.sales if sale["amount"] is None))


class Join(Table):
    def test_all_kinds(self):
        for kind in ("inner", "left", "outer"):
            with self.subTest(kind):
                self.write_join(kind)
                self.assert_ended(self.penstock("run", "join.yaml"), 0, dead=0, pending=0)
                self.assertEqual(rows_of(self.read("pairs.jsonl")), in_rows(self.joined(kind)))

    def test_in_parts(self):
        self.write_join("outer", "partition: {instances: 3, by: article}")
        self.assert_ended(self.penstock("run", "join.yaml"), 0, dead=0, pending=0)
        self.assertEqual(rows_of(self.read("pairs.jsonl")), in_rows(self.joined("outer")))


class Aggregate(Table):
    def test_groups_in_order(self):
        self.write_totals()
        self.assert_ended(self.penstock("run", "totals.yaml"), 0, dead=0, pending=0)
        self.assert_totals()
        shops = [json.loads(line)["shop"] for line in self.read("totals.jsonl").splitlines()]
        self.assertEqual(shops, sorted(shops))

    def test_in_parts(self):
        self.write_totals("partition: {instances: 3, by: shop}")
        self.assert_ended(self.penstock("run", "totals.yaml"), 0, dead=0, pending=0)
        self.assert_totals()


class Killed(Table):
    """Workers are killed while output appears: of the sources, the stateful stage and the sinks."""

    SALES = 150000

    def run_killing(self, pipeline, output, sizes):
        chance = random.Random(6)
        running = self.start("run", pipeline)
        partial = self.folder / (output + ".partial")
        for size in sizes:
            running.until(lambda: partial.exists() and partial.stat().st_size >= size,
                          f"{size} bytes of {output}")
            while not kill(chance.choice(running.processes("penstock-worker"))):
                pass
        ended = running.wait()
        self.assert_ended(ended, 0, dead=0, pending=0)
        self.assertGreater(ended.account["restarts"], 0)

    def test_a_join(self):
        self.write_join("outer", "snapshot: {every: 50ms}")
        self.run_killing("join.yaml", "pairs.jsonl", (100_000, 2_000_000, 5_000_000, 8_000_000))
        self.assertEqual(rows_of(self.read("pairs.jsonl")), in_rows(self.joined("outer")))

    def test_totals(self):
        self.write_totals("snapshot: {every: 50ms}")
        self.run_killing("totals.yaml", "odd.jsonl", (50_000, 1_000_000, 2_000_000, 3_000_000))
        self.assert_totals()


if __name__ == "__main__":
    unittest.main()
