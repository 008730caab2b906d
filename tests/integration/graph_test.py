"""Graphs, pools and bounds: who gets what, how many run where, and what the account says of it."""

import json
import os
import unittest

from penstock_runner import TEST_PLUGINS, PenstockTest


def numbers(count):
    return b"".join(b"%d\n" % n for n in range(count))


class Edges(PenstockTest):
    def lines(self, name):
        return sorted(self.read(name).split(), key=int)

    def test_every_reader_gets_each_item(self):
        ended = self.run_pipeline("""
pipeline: fan_out
stages:
  numbers: {task: sample.numbers, with: {count: 5000}}
  one: {task: sample.number, from: numbers}
  two: {task: sample.many, from: numbers, with: {count: 2}}
  save_one: {task: files.write, from: one, with: {path: one}}
  save_two: {task: files.write, from: two, with: {path: two}}
  save_all: {task: files.write, from: numbers, with: {path: all}}
""")
        self.assert_ended(ended, 0, **{"in": 5000, "done": 5000})
        expected = numbers(5000).split()
        self.assertEqual(self.read("all"), numbers(5000))
        self.assertEqual(self.lines("one"), expected)
        self.assertEqual(self.lines("two"), sorted(expected * 2, key=int))
        for stage, count in (("numbers", 5000), ("one", 5000), ("two", 5000), ("save_one", 5000),
                             ("save_two", 10000), ("save_all", 5000)):
            self.assertEqual((ended.stage(stage)["in"], ended.stage(stage)["done"]), (count,) * 2)

    def test_a_stage_reads_several(self):
        ended = self.run_pipeline("""
pipeline: fan_in
stages:
  numbers: {task: sample.numbers, with: {count: 3000}}
  more: {task: sample.numbers, with: {count: 2000}}
  one: {task: sample.number, from: numbers}
  both: {task: sample.number, from: [one, more, numbers]}
  save: {task: files.write, from: both, with: {path: all}}
""")
        self.assert_ended(ended, 0, **{"in": 5000, "done": 5000})
        self.assertEqual(self.lines("all"),
                         sorted(numbers(3000).split() * 2 + numbers(2000).split(), key=int))
        self.assertEqual(ended.stage("both")["in"], 8000)

    def test_stages_may_stand_in_any_order_in_the_file(self):
        ended = self.run_pipeline("""
pipeline: backwards
stages:
  save: {task: files.write, from: two, with: {path: all}}
  two: {task: sample.number, from: one}
  one: {task: sample.number, from: numbers}
  numbers: {task: sample.numbers, with: {count: 10}}
""")
        self.assert_ended(ended, 0, **{"in": 10, "done": 10})
        self.assertEqual(self.lines("all"), numbers(10).split())

    def test_an_empty_source(self):
        ended = self.run_pipeline("""
pipeline: empty
stages:
  none: {task: sample.numbers, with: {count: 0}}
  some: {task: sample.numbers, with: {count: 5}}
  one: {task: sample.number, from: none}
  save_none: {task: files.write, from: one, with: {path: none}}
  save_both: {task: files.write, from: [none, some], with: {path: both}}
""")
        self.assert_ended(ended, 0, **{"in": 5, "done": 5})
        self.assertEqual((self.read("none"), self.read("both")), (b"", numbers(5)))

    def test_an_item_that_becomes_nothing_is_done(self):
        ended = self.run_pipeline("""
pipeline: nothing
stages:
  numbers: {task: sample.numbers, with: {count: 100}}
  none: {task: sample.many, from: numbers, with: {count: 0}}
  save: {task: files.write, from: none, with: {path: out}}
""")
        self.assert_ended(ended, 0, **{"in": 100, "done": 100})
        self.assertEqual(ended.stage("save")["in"], 0)

    def test_an_item_is_dead_if_one_of_its_ways_is(self):
        ended = self.run_pipeline("""
pipeline: half
stages:
  numbers: {task: sample.numbers, with: {count: 100}}
  odd: {task: sample.odd, from: numbers}
  save: {task: files.write, from: [numbers, odd], with: {path: out}}
""")
        self.assert_ended(ended, 1, **{"in": 100, "done": 50, "dead": 50})
        self.assertEqual(len(self.lines("out")), 150)
        self.assertEqual(len(self.dead_items("half")), 50)

    def test_one_item_becomes_a_million(self):
        ended = self.run_pipeline("""
pipeline: explosion
stages:
  numbers: {task: sample.numbers, with: {count: 2}}
  many: {task: sample.many, from: numbers, with: {count: 500000}}
  drop: {task: sample.drop, from: many}
""")
        self.assert_ended(ended, 0, **{"in": 2, "done": 2})
        self.assertEqual(ended.stage("drop")["done"], 1000000)


class Bounds(PenstockTest):
    def test_queues_of_one_item(self):
        ended = self.run_pipeline("""
pipeline: narrow
stages:
  numbers: {task: sample.numbers, with: {count: 3000}}
  one: {task: sample.number, from: numbers, queue: {items: 1}}
  two: {task: sample.many, from: one, with: {count: 3}, queue: {items: 1}}
  three: {task: sample.number, from: [two, one], queue: {items: 1, bytes: 1KiB}}
  save: {task: files.write, from: three, with: {path: out}, queue: {items: 1}}
""")
        self.assert_ended(ended, 0, **{"in": 3000, "done": 3000})
        self.assertEqual(ended.stage("save")["done"], 12000)

    def test_so_many_at_a_time(self):
        ended = self.run_pipeline("""
pipeline: alone
pools: {default: {processes: 4}}
stages:
  numbers: {task: sample.numbers, with: {count: 2000}}
  alone: {task: sample.alone, from: numbers, parallel: 1, with: {path: here}}
  save: {task: files.write, from: alone, with: {path: out}}
""")
        self.assert_ended(ended, 0, **{"in": 2000, "done": 2000})

    def crowd(self, processes, items, *words):
        return self.start_pipeline(f"""
pipeline: crowd
pools: {{default: {{processes: {processes}}}}}
stages:
  numbers: {{task: sample.numbers, with: {{count: {items}}}}}
  crowd: {{task: sample.crowd, from: numbers, with: {{folder: "{self.folder}"}}}}
  save: {{task: files.write, from: crowd, with: {{path: out}}}}
""", *words)

    def at_work(self):
        return len(list(self.folder.glob("at_work.*")))

    def finish(self, running, items):
        self.write("go", "")
        self.assert_ended(running.wait(), 0, **{"in": items, "done": items})

    def test_sixty_four_processes_work_at_once(self):
        running = self.crowd(64, 64)
        running.until(lambda: self.at_work() == 64, "64 at work")
        # Beside them the sink, and the source as long as it has not been told to go.
        self.assertIn(len(running.processes("penstock-worker")), (65, 66))
        self.finish(running, 64)

    def test_one_process(self):
        running = self.crowd(1, 5)
        running.until(lambda: self.at_work() == 1, "one at work")
        self.assertIn(len(running.processes("penstock-worker")), (2, 3))
        self.finish(running, 5)

    def test_the_command_line_has_the_last_word_on_processes(self):
        running = self.crowd(1, 3, "--processes", "3")
        running.until(lambda: self.at_work() == 3, "three at work")
        self.finish(running, 3)

    def test_a_limit_of_items(self):
        for limit in (1, 10, 999):
            ended = self.run_pipeline("""
pipeline: limit
stages:
  numbers: {task: sample.numbers, with: {count: 1000000}}
  one: {task: sample.number, from: numbers}
  save: {task: files.write, from: one, with: {path: out}}
""", "--limit", limit)
            self.assert_ended(ended, 0, **{"in": limit, "done": limit})
            self.assertEqual(sorted(self.read("out").split(), key=int), numbers(limit).split())

    def test_a_limit_of_items_counts_for_each_source(self):
        ended = self.run_pipeline("""
pipeline: limit
stages:
  some: {task: sample.numbers, with: {count: 1000}}
  more: {task: sample.numbers, with: {count: 1000}}
  few: {task: sample.numbers, with: {count: 3}}
  save: {task: files.write, from: [some, more, few], with: {path: out}}
""", "--limit", "10")
        self.assert_ended(ended, 0, **{"in": 23, "done": 23})
        self.assertEqual(sorted(self.read("out").split()),
                         sorted(numbers(10).split() * 2 + numbers(3).split()))


class Pools(PenstockTest):
    def pids(self, pool, items, *words):
        ended = self.run_pipeline(f"""
pipeline: pids
pools: {{default: {pool}}}
stages:
  numbers: {{task: sample.numbers, with: {{count: {items}}}}}
  worker: {{task: sample.worker, from: numbers}}
  save: {{task: files.write, from: worker, with: {{path: out}}}}
""", *words)
        self.assert_ended(ended, 0, done=items, retried=0, restarts=0)
        return self.read("out").split()

    def test_one_process_does_it_all(self):
        self.assertEqual(len(set(self.pids("{processes: 1}", 1000))), 1)

    def test_workers_are_replaced_after_so_many_items(self):
        pids = self.pids("{processes: 1, recycle: {items: 10}}", 100)
        self.assertEqual([pids.count(pid) for pid in set(pids)], [10] * 10)

    def test_workers_are_replaced_that_have_grown(self):
        ended = self.run_pipeline("""
pipeline: leak
pools: {default: {processes: 1, recycle: {memory: 64MiB}}}
stages:
  numbers: {task: sample.numbers, with: {count: 200}}
  leak: {task: sample.leak, from: numbers, with: {size: 1MiB}}
  save: {task: files.write, from: leak, with: {path: out}}
""")
        self.assert_ended(ended, 0, done=200, retried=0, restarts=0)
        self.assertGreater(len(set(self.read("out").split())), 1)

    def told_in(self, pool, *argv):
        """What a command says that a worker of this pool runs."""
        ended = self.run_pipeline(f"""
pipeline: told
pools: {{default: {pool}}}
stages:
  numbers: {{task: sample.numbers, with: {{count: 1}}}}
  told: {{task: exec.run, from: numbers, with: {{stdin: none, argv: {json.dumps(argv)}}}}}
  save: {{task: files.write, from: told, with: {{path: out}}}}
""")
        self.assert_ended(ended, 0, done=1)
        return self.read("out").decode().strip()

    def test_workers_are_as_nice_as_their_pool_says(self):
        ours = os.nice(0)
        self.assertEqual(self.told_in("{processes: 1}", "nice"), str(ours))
        self.assertEqual(self.told_in(f"{{nice: {min(19, ours + 3)}}}", "nice"),
                         str(min(19, ours + 3)))

    def test_workers_run_on_the_cores_of_their_pool(self):
        core = max(os.sched_getaffinity(0))
        self.assertEqual(
            self.told_in(f"{{cpus: [{core}]}}", "sed", "-n", "s/^Cpus_allowed_list:.//p",
                         "/proc/self/status"), str(core))

    def commits(self, durability):
        ended = self.run_pipeline(f"""
pipeline: commits
durability: {durability}
stages:
  numbers: {{task: sample.numbers, rate: 50/s, with: {{count: 25}}}}
  save: {{task: sample.commits, from: numbers, with: {{path: {durability}}}}}
""")
        self.assert_ended(ended, 0, done=25)
        return self.read(durability).decode().split()

    def test_each_epoch_reaches_the_disk_where_the_file_says_so(self):
        self.assertEqual(set(self.commits("full")), {"synced"})
        normal = self.commits("normal")
        self.assertIn("written", normal)
        self.assertEqual(normal[-1], "synced")

    def test_each_pool_has_its_processes_and_environment(self):
        ended = self.run_pipeline("""
pipeline: pools
pools:
  red: {processes: 1, env: {COLOUR: red, EMPTY: ""}}
  blue: {processes: 1, env: {COLOUR: "blue = ${SHADE}"}}
vars: {SHADE: dark}
stages:
  lines: {task: files.lines, with: {paths: ["-"]}}
  red: {task: sample.variable, from: lines, pool: red}
  blue: {task: sample.variable, from: lines, pool: blue}
  save_red: {task: files.write, from: red, with: {path: red}}
  save_blue: {task: files.write, from: blue, with: {path: blue}}
""", stdin=b"COLOUR\nEMPTY\nINHERITED\n", env={"INHERITED": "yes", "EMPTY": "no"})
        self.assert_ended(ended, 0, done=3)
        self.assertEqual(self.read("red"), b"red\n\nyes\n")
        self.assertEqual(self.read("blue"), b"blue = dark\nno\nyes\n")


class State(PenstockTest):
    GATED = """
pipeline: gated
stages:
  blobs: {task: sample.blobs, with: {count: 3, size: 8}}
  gate: {task: sample.gate, from: blobs, with: {path: go}}
  save: {task: files.write, from: gate, with: {path: "${OUT:-out}"}}
"""

    def test_a_folder_in_use_is_refused(self):
        running = self.start_pipeline(self.GATED)
        running.until(lambda: (self.folder / "out.partial").exists(), "its output")
        second = self.penstock("run", "pipeline.yaml", "--plugin-path", TEST_PLUGINS,
                               "--set", "OUT=other")
        self.assertEqual(second.status, 2, str(second))
        self.assertIn(".penstock/gated", second.stderr)
        self.assertIn(str(running.pid), second.stderr)
        self.write("go", "")
        third = self.penstock("run", "pipeline.yaml", "--plugin-path", TEST_PLUGINS,
                              "--set", "OUT=other", "--state", "elsewhere")
        self.assert_ended(third, 0, done=3)
        self.assert_ended(running.wait(), 0, done=3)

    def test_it_is_free_again_after_a_killed_run(self):
        running = self.start_pipeline(self.GATED)
        running.until(lambda: (self.folder / "out.partial").exists(), "its output")
        running.stop()
        self.write("go", "")
        self.assert_ended(self.run_pipeline(self.GATED, "--resume"), 0, done=3)

    def test_a_folder_that_cannot_be_made(self):
        self.write("file", "")
        ended = self.run_pipeline(self.GATED, "--state", "file/state")
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn("file/state", ended.stderr)

    def test_only_its_owner_may_look_into_it(self):
        self.write("go", "")
        self.assert_ended(self.run_pipeline(self.GATED), 0)
        self.assertEqual((self.folder / ".penstock/gated").stat().st_mode & 0o777, 0o700)


if __name__ == "__main__":
    unittest.main()
