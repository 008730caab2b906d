"""`partition`: all items of one key go to one instance, in order; by a field, or by the key that is
given to emit."""

import collections
import json
import re
import unittest

from flow_runner import FlowTest, numbered
from penstock_runner import kill

NO_KEY = ("failed: it emitted a value without a key, and a stage that reads it is partitioned by "
          "that key: emit it as out(value, key), or let that stage say `partition: {instances: N, "
          "by: FIELD}`")


class Keys(FlowTest):
    def key(self, source, **with_):
        return self.stage("flow.key", source, {"name": "k", **with_})

    def keep(self, source, partition=4, **keys):
        return self.stage("flow.keep", source, {"name": "keep"}, partition=partition, **keys)

    def kept(self, name="out"):
        """What each instance took, in its order: path and key of each line."""
        kept = collections.defaultdict(list)
        for line in self.taken(name):
            instance, place, path, *words = line.split(" ")
            key = next(word for word in words if word.startswith("k.key="))
            kept[instance].append((int(place), int(path), key))
        return kept

    def assert_kept(self, count, instances=4):
        """Every path once; each key at one instance; each instance in the order of the source."""
        kept = self.kept()
        self.assertEqual(set(kept), {f"keep.{i}" for i in range(instances)})
        homes = {}
        for instance, lines in kept.items():
            self.assertEqual([place for place, _, _ in lines], list(range(len(lines))))
            self.assertEqual([path for _, path, _ in lines], sorted(path for _, path, _ in lines))
            for _, _, key in lines:
                self.assertEqual(homes.setdefault(key, instance), instance, key)
        paths = sorted(path for lines in kept.values() for _, path, _ in lines)
        self.assertEqual(paths, list(range(1, count + 1)))

    def assert_counted(self, keys, each):
        records = self.json_lines("seen")
        self.assertEqual(sorted(record["key"] for record in records), list(range(keys)))
        self.assertEqual({record["count"] for record in records}, {each})
        self.assertEqual({record["instance"] for record in records},
                         {f"count.{i}" for i in range(4)})

    def run_readings(self, count, keys, partition, **options):
        ended = self.run_flow({
            "readings": self.stage("flow.readings", with_={"count": count, "keys": keys}),
            "count": self.stage("flow.count", "readings", partition=partition),
            "seen": self.records("count", "seen"),
        }, **options)
        self.assert_ended(ended, 0, **{"in": count, "done": count})
        # The report has one line for all instances.
        self.assertEqual([stage["name"] for stage in ended.summary["stages"]],
                         ["readings", "count", "seen"])
        self.assertEqual(self.account_of(ended, "count", "in", "done"), (count, count))
        self.assert_counted(keys, count // keys)

    def test_by_a_field_of_a_struct(self):
        self.run_readings(20000, 100, {"instances": 4, "by": "key"})

    def test_by_a_number_given_to_emit(self):
        self.run_readings(20000, 100, 4)

    def test_by_a_field_of_a_record(self):
        ended = self.run_flow({
            "readings": self.stage("flow.readings", with_={"count": 20000, "keys": 100}),
            "named": self.stage("flow.named", "readings"),
            "sums": self.stage("table.aggregate", "named", {"by": ["key"], "max": ["number"]},
                               partition={"instances": 4, "by": "key"}, ignore="rejects"),
            "seen": self.records("sums", "seen"),
        })
        self.assert_ended(ended, 0, **{"in": 20000, "done": 20000})
        records = self.json_lines("seen")
        self.assertEqual(sorted(record["key"] for record in records),
                         sorted(f"key number {n}" for n in range(100)))
        self.assertEqual({record["count"] for record in records}, {200})

    def test_by_a_field_of_anything(self):
        self.write("in", "".join(json.dumps({"n": n, "key": key, "pad": "." * (n % 100)}) + "\n"
                                 for n in range(3000) for key in (n % 7, f"t{n % 5}", n % 3 == 0)))
        ended = self.run_flow({
            "lines": self.stage("json.lines", with_={"paths": ["in"]}, ignore="rejects"),
            "sums": self.stage("table.aggregate", "lines", {"by": ["key"]},
                               partition={"instances": 3, "by": "key"}, ignore="rejects"),
            "seen": self.records("sums", "seen"),
        })
        self.assert_ended(ended, 0, **{"in": 9000, "done": 9000})
        records = {json.dumps(record["key"]): record["count"] for record in self.json_lines("seen")}
        self.assertEqual(len(records), len(self.taken("seen")))  # each key at one instance
        self.assertEqual(len(records), 7 + 5 + 2)
        self.assertEqual(sum(records.values()), 9000)

    def test_by_text_given_to_emit(self):
        for text in ("k", "k" * 30, "k" * 700):
            with self.subTest(length=len(text)):
                ended = self.run_flow({
                    "lines": self.lines(numbered(2000, lambda n: f"k.key={text}{n * 31 % 50}")),
                    "k": self.key("lines"),
                    "keep": self.keep("k"),
                    "save": self.save("keep"),
                })
                self.assert_ended(ended, 0, **{"in": 2000, "done": 2000})
                self.assert_kept(2000)

    def test_two_readers_have_their_own_partitions_and_others_see_no_key(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(1000, lambda n: f"k.key={n % 50} x.pad=0")),
            "k": self.key("lines", number=True),
            "keep": self.keep("k"),
            "also": self.keep("k", partition=2),
            "save": self.save("keep"),
            "save_also": self.save("also", "also"),
            "plain": self.save("k", "plain"),
        })
        self.assert_ended(ended, 0, **{"in": 1000, "done": 1000})
        self.assert_kept(1000)
        self.assertEqual(set(self.kept("also")), {"also.0", "also.1"})
        self.assertEqual(sorted(self.taken("plain")), sorted(self.taken("in")))

    def test_an_item_that_is_emitted_without_a_key_fails(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(100, lambda n: f"k.key={n}" if n != 42 else "")),
            "k": self.key("lines"),
            "keep": self.keep("k"),
            "save": self.save("keep"),
        })
        self.assert_ended(ended, 1, **{"in": 100, "done": 99, "dead": 1})
        letter, = self.dead_letters()
        self.assertEqual((letter["stage"], letter["payload"]), ("k", "42"))
        self.assertEqual([attempt["cause"] for attempt in letter["attempts"]], [NO_KEY])

    def test_what_an_instance_made_is_named_after_it(self):
        ended = self.run_flow({
            "lines": self.lines(numbered(100, lambda n: f"k.key={n % 10}" +
                                         (" b.fail=9" if n > 90 else ""))),
            "k": self.key("lines"),
            "keep": self.keep("k"),
            "b": self.act("b", "keep"),
            "save": self.save("b"),
        })
        self.assert_ended(ended, 1, **{"in": 110, "done": 100, "dead": 10})
        items = [letter["item"] for letter in self.dead_letters()]
        for item in items:
            self.assertRegex(item, r"^keep\.[0-3]\.[1-9]\d*:\d+$")
        self.assertEqual(len(set(items)), 10)
        self.assertGreater(len({re.match(r"keep\.\d", item).group() for item in items}), 1)

    def test_a_killed_instance_is_followed_by_one_that_goes_on(self):
        keep = self.keep("k", snapshot={"every": "20ms"})
        keep["with"]["pids"] = "pids"
        running = self.start_flow({
            "lines": self.lines(numbered(8000, lambda n: f"k.key={n * 31 % 50} keep.delay=1")),
            "k": self.key("lines"),
            "keep": keep,
            "save": self.save("keep"),
        })
        kills = 0
        for number in range(6):
            running.until(lambda: (self.folder / "pids").exists() and
                          len(self.taken("pids")) >= 4 + number, "all instances are there")
            # Each in turn, the latest of its line.
            mine = [line.split(" ")[1] for line in self.taken("pids")
                    if line.startswith(f"keep.{number % 4} ")]
            if not kill(int(mine[-1])):
                break  # starts took so long that it has had all its items
            kills += 1
        self.assertGreater(kills, 1)
        ended = running.wait()
        self.assert_ended(ended, 0, **{"in": 8000, "done": 8000, "restarts": kills})
        self.assert_kept(8000)


class Million(FlowTest):
    def test_a_million_items_over_ten_thousand_keys(self):
        ended = self.run_flow({
            "readings": self.stage("flow.readings", with_={"count": 1000000, "keys": 10000}),
            "count": self.stage("flow.count", "readings",
                                partition={"instances": 4, "by": "key"}),
            "seen": self.records("count", "seen"),
        }, deadline=200)
        self.assert_ended(ended, 0, **{"in": 1000000, "done": 1000000})
        Keys.assert_counted(self, 10000, 100)


if __name__ == "__main__":
    unittest.main()
