"""Callbacks: told of every end, beside the work, and never a danger to it."""

import json
import os
import re
import signal
import unittest

from flow_runner import FlowTest, numbered
from penstock_runner import kill, until

NAMES = ("kind", "stage", "item", "attempt", "outcome", "cause", "seconds", "value")
EVENTS = ("item_done", "item_failed", "stage_done", "run_done")


class CallbacksTest(FlowTest):
    def note(self, ends="", path="notes", takes="0ms", **keys):
        return {"task": "flow.note", "with": {"path": path, "ends": ends, "takes": takes}, **keys}

    def run_with(self, callbacks, lines=None, stages=None, **options):
        return self.start_with(callbacks, lines, stages, **options).wait()

    def start_with(self, callbacks, lines=None, stages=None, **options):
        stages = stages or {
            "lines": self.lines(lines if lines is not None else numbered(50)),
            "a": self.act("a", "lines"),
            "save": self.save("a"),
        }
        return self.start_flow(stages, "--fresh", top={"callbacks": callbacks}, **options)

    def notes(self, name="notes"):
        """What the task `note` was told, in its order."""
        notes = []
        for line in self.taken(name) if (self.folder / name).exists() else []:
            note = dict(zip(NAMES, line.split("|")))
            notes.append(note | {"attempt": int(note["attempt"]),
                                 "seconds": float(note["seconds"]),
                                 "value": json.loads(note["value"])})
        return notes

    def told(self, event, name="notes"):
        return [note for note in self.notes(name) if note["kind"] == event]

    def report(self, ended, number=0):
        return ended.summary["callbacks"][number]


class Told(CallbacksTest):
    """What is told, to tasks and to commands."""

    LINES = numbered(30, lambda n: {3: "a.fail=9", 4: "a.crash=1", 5: "a.crash=9"}.get(n, ""))

    def assert_told(self, notes):
        self.assertEqual({note["kind"] for note in notes}, set(EVENTS))
        by = {event: [note for note in notes if note["kind"] == event] for event in EVENTS}
        self.assertEqual({note["item"] for note in by["item_done"]},
                         {f"lines:{n}" for n in range(30) if n not in (2, 4)})
        self.assertEqual(len(by["item_done"]), 28)
        for note in by["item_done"]:
            self.assertEqual((note["stage"], note["outcome"], note["cause"], note["value"]),
                             ("lines", "done", "", None))
            self.assertLess(note["seconds"], 60)
        failed = {note["item"]: note for note in by["item_failed"]}
        self.assertEqual(set(failed), {"lines:2", "lines:4"})
        for item, cause, attempt in (("lines:2", "failed: told to fail: 3", 1),
                                     ("lines:4", "killed by SIGSEGV (segmentation fault)", 3)):
            self.assertEqual((failed[item]["stage"], failed[item]["outcome"], failed[item]["cause"],
                              failed[item]["attempt"]), ("a", "dead", cause, attempt))
        self.assertEqual(failed["lines:2"]["value"], "3 a.fail=9")
        stages = {note["stage"]: note for note in by["stage_done"]}
        self.assertEqual(set(stages), {"lines", "a", "save"})
        self.assertEqual(stages["a"]["value"], {"in": 30, "done": 28, "dead": 2, "pending": 0,
                                                "skipped": 0, "handled": 0, "retried": 3})
        run, = by["run_done"]
        self.assertEqual((run["outcome"], run["cause"]), ("done", ""))
        self.assertEqual(run["value"], {"in": 30, "done": 28, "dead": 2, "pending": 0,
                                        "skipped": 0, "handled": 0, "retried": 3})

    def test_to_a_task(self):
        ended = self.run_with({event: self.note() for event in EVENTS}, self.LINES)
        self.assert_ended(ended, 1, **{"in": 30, "done": 28, "dead": 2})
        self.assert_told(self.notes())
        reports = {report["event"]: report for report in ended.summary["callbacks"]}
        self.assertEqual({event: reports[event]["called"] for event in EVENTS},
                         {"item_done": 28, "item_failed": 2, "stage_done": 3, "run_done": 1})
        self.assertEqual({report["failed"] + report["dropped"] for report in reports.values()}, {0})

    def test_to_a_command(self):
        command = {"exec": ["tee", "-a", "notes.jsonl"]}
        ended = self.run_with({event: command for event in EVENTS}, self.LINES)
        self.assert_ended(ended, 1, **{"in": 30, "done": 28, "dead": 2})
        notes = self.json_lines("notes.jsonl")
        for note in notes:
            self.assertEqual(tuple(note), NAMES)
        self.assert_told(notes)
        self.assertEqual(ended.stdout, b"")  # what a command prints is nobody's data

    def test_of_some_stages_alone(self):
        self.run_with({
            "item_done": [self.note(path="of_more", stages="more"), self.note(path="of_both")],
            "stage_done": self.note(path="of_a", stages=["a"]),
            "item_failed": [self.note(path="at_b", stages=["b"]), self.note(path="at_a",
                                                                           stages="a")],
        }, stages={
            "lines": self.lines(numbered(20, lambda n: "a.fail=9" if n == 7 else "")),
            "more": self.lines(numbered(10), "more"),
            "a": self.act("a", "lines"),
            "b": self.act("b", "more"),
            "save": self.save(["a", "b"]),
        })
        self.assertEqual({note["stage"] for note in self.notes("of_more")}, {"more"})
        self.assertEqual(len(self.notes("of_more")), 10)
        self.assertEqual(len(self.notes("of_both")), 29)
        self.assertEqual([note["stage"] for note in self.notes("of_a")], ["a"])
        self.assertEqual([note["item"] for note in self.notes("at_a")], ["lines:6"])
        self.assertEqual(self.notes("at_b"), [])

    def test_how_an_item_was_done(self):
        for how, outcome in (({"on_failure": "skip"}, "skipped"), ({}, "handled")):
            with self.subTest(outcome=outcome):
                (self.folder / "notes").unlink(missing_ok=True)
                stages = {
                    "lines": self.lines(numbered(9, lambda n: "a.fail=9" if n == 5 else "")),
                    "a": self.act("a", "lines", **how),
                    "save": self.save("a"),
                }
                if not how:
                    stages["failed"] = self.records("a.failed")
                self.run_with({"item_done": self.note(), "item_failed": self.note()}, stages=stages)
                self.assertEqual({note["item"]: note["outcome"] for note in self.notes()
                                  if note["outcome"] != "done"}, {"lines:4": outcome})
                self.assertEqual(len(self.notes()), 9)

    def test_of_a_partitioned_stage_once(self):
        self.run_with({"stage_done": self.note()}, stages={
            "readings": self.stage("flow.readings", with_={"count": 500, "keys": 10}),
            "count": self.stage("flow.count", "readings", partition=3),
            "save": self.records("count", "seen"),
        })
        self.assertEqual([note["stage"] for note in self.notes()], ["readings", "count", "save"])
        self.assertEqual(self.notes()[1]["value"]["done"], 500)

    def test_after_a_run_that_stops_early(self):
        ended = self.run_with({"run_done": self.note(), "item_failed": self.note()}, stages={
            "lines": self.lines(numbered(100, lambda n: "a.fail=9" if n == 7 else "")),
            "a": self.act("a", "lines", on_failure="stop"),
            "save": self.save("a"),
        })
        self.assertEqual(ended.status, 4, str(ended))
        note, = self.notes()
        self.assertEqual((note["kind"], note["outcome"]), ("run_done", "stopped"))
        self.assertIn("`on_failure: stop`", note["cause"])

    def test_after_an_interrupt(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                (self.folder / "notes").unlink(missing_ok=True)
                running = self.start_with({"run_done": self.note(), "item_done": self.note()},
                                          numbered(5000, lambda n: "a.delay=5"))
                running.until(lambda: len(self.notes()) > 3, "something is done")
                running.signal(number)
                ended = running.wait()
                self.assertEqual(ended.status, status, str(ended))
                self.assert_closes(ended)
                note, = self.told("run_done")
                self.assertEqual((note["outcome"], note["cause"]),
                                 ("stopped", f"stopped by {number.name}"))
                self.assertEqual(len(self.told("item_done")), ended.account["done"])


class Troubled(CallbacksTest):
    """Whatever becomes of a callback: the work is done, the status is 0, nothing stays behind."""

    def assert_work_done(self, ended, count=50):
        self.assert_ended(ended, 0, **{"in": count, "done": count, "dead": 0, "restarts": 0})
        self.assertEqual(len(self.taken()), count)
        self.assertEqual(self.dead_letters(), [])

    def test_one_that_fails(self):
        ended = self.run_with({"item_done": self.note("fail")})
        self.assert_work_done(ended)
        report = self.report(ended)
        self.assertEqual((report["called"], report["failed"], report["last_failure"]),
                         (50, 50, "failed: no one is at home"))
        self.assertEqual(len(self.notes()), 50)
        self.assertEqual(ended.stderr.count("callback `item_done` (flow.note) failed: "), 3)
        self.assertIn("callback item_done (flow.note): called 50 times, failed 50 times, the last "
                      "time: no one is at home\n", ended.stderr)

    def test_one_that_crashes(self):
        ended = self.run_with({"item_done": self.note("crash")}, numbered(20))
        self.assert_work_done(ended, 20)
        report = self.report(ended)
        self.assertEqual((report["called"], report["failed"]), (20, 20))
        self.assertIn("SIGSEGV", report["last_failure"])
        self.assertEqual(len(self.notes()), 20)

    def test_one_that_hangs(self):
        ended = self.run_with({"stage_done": self.note("hang", timeout="200ms")})
        self.assert_work_done(ended)
        report = self.report(ended)
        self.assertEqual((report["called"], report["failed"], report["last_failure"]),
                         (3, 3, "timed out after 0.2 s"))

    def test_a_command_that_hangs(self):
        ended = self.run_with({"run_done": {"exec": ["sleep", "1000"], "timeout": "200ms"}})
        self.assert_work_done(ended)
        self.assertEqual(self.report(ended)["failed"], 1)
        self.assertIn("timed out after 0.2 s", self.report(ended)["last_failure"])

    def test_a_command_that_fails(self):
        ended = self.run_with({"item_done": {"exec": ["sh", "-c", "echo gone >&2; exit 3"]}},
                              numbered(5))
        self.assert_work_done(ended, 5)
        self.assertEqual(self.report(ended)["failed"], 5)
        self.assertIn("status 3", self.report(ended)["last_failure"])
        self.assertIn("gone", self.report(ended)["last_failure"])

    def test_a_command_that_does_not_exist(self):
        ended = self.run_with({"item_done": {"exec": ["no-such-program", "x"]}})
        self.assert_work_done(ended)
        report = self.report(ended)
        self.assertEqual(report["failed"], report["called"])
        self.assertIn("no-such-program", report["last_failure"])

    def test_one_that_cannot_be_opened(self):
        for how, why in (("refuse", "it does not want to"), ("falter", "not now"),
                         ("die", "status 7")):
            with self.subTest(how=how):
                heed = self.note(how) | {"task": "flow.heed"}
                ended = self.run_with({"item_done": [self.note(how), heed],
                                       "run_done": [self.note(how), heed]})
                self.assert_work_done(ended)
                self.assertEqual(len(ended.summary["callbacks"]), 4)
                for report in ended.summary["callbacks"]:
                    self.assertEqual((report["called"], report["dropped"]), (0, 0))
                    self.assertIn(why, report["last_failure"])
                self.assertIn("cannot be called, and is given up", ended.stderr)

    def test_one_whose_worker_is_killed(self):
        running = self.start_with({"item_done": self.note(takes="3ms")}, numbered(200))
        running.until(lambda: len(self.notes()) > 10, "some are told")
        for pid in running.processes("penstock-worker"):
            if self.is_callback(pid):
                kill(pid)
        ended = running.wait()
        self.assert_ended(ended, 0, **{"in": 200, "done": 200})
        self.assertEqual(self.report(ended)["called"], 200)
        self.assertLessEqual(self.report(ended)["failed"], 1)
        self.assertGreaterEqual(len({note["item"] for note in self.notes()}), 199)

    def is_callback(self, pid):
        """It is the last that was started."""
        return pid == max(self.started[0].processes("penstock-worker"))

    def test_one_that_is_slow_holds_sources_up_and_it_is_said(self):
        ended = self.run_with({"item_done": self.note(takes="100us")}, numbered(20000))
        self.assert_ended(ended, 0, **{"in": 20000, "done": 20000})
        report = self.report(ended)
        self.assertEqual((report["called"], report["dropped"]), (20000, 0))
        self.assertGreater(report["held_up_seconds"], 0.05)
        self.assertEqual(len(self.notes()), 20000)
        self.assertRegex(ended.stderr,
                         r"callback `item_done` \(flow.note\) is slower than the work: "
                         r"1\d{4} completions wait for it, and sources now wait, too; `overflow: "
                         r"drop` at the callback lets them go on\n")
        self.assertRegex(ended.stderr, r"sources waited \d+\.\d s for it\n")

    def test_or_drops_what_is_too_much_and_counts_it(self):
        ended = self.run_with({"item_done": self.note(takes="200us", overflow="drop")},
                              numbered(30000))
        self.assert_ended(ended, 0, **{"in": 30000, "done": 30000})
        report = self.report(ended)
        self.assertGreater(report["dropped"], 1000)
        self.assertEqual(report["called"] + report["dropped"], 30000)
        self.assertEqual(len(self.notes()), report["called"], str(ended))
        self.assertEqual(report["held_up_seconds"], 0)
        self.assertIn(f"; {report['dropped']} were dropped, since too many waited\n", ended.stderr)

    def test_a_second_interrupt_does_not_wait_for_it(self):
        running = self.start_with({"run_done": self.note("hang")}, numbered(3))
        running.until(self.notes, "the callback runs")
        running.signal(signal.SIGINT)
        ended = running.wait(5)
        self.assertEqual(ended.status, 0, str(ended))  # the work was done

    def test_one_that_hangs_does_not_hold_up_a_run_that_was_stopped(self):
        running = self.start_with({"item_done": self.note("hang")},
                                  numbered(500, lambda n: "a.delay=5"))
        running.until(self.notes, "the callback runs")
        running.signal(signal.SIGTERM)
        ended = running.wait(10)
        self.assertEqual(ended.status, 143, str(ended))
        self.assert_closes(ended)
        self.assertLessEqual(self.report(ended)["called"], 1)


class Many(CallbacksTest):
    """A command for each item: the memory does not grow with their number."""

    COUNT = int(os.environ.get("PENSTOCK_CALLBACK_ITEMS", "20000"))

    def test_a_command_for_each_item(self):
        running = self.start_with({"item_done": {"exec": ["/bin/true"]}}, numbered(self.COUNT))
        resident = re.compile(r"VmHWM:\s+(\d+) kB")
        peaks = {}

        def look():
            for pid in [running.pid, *running.processes("penstock-worker")]:
                try:
                    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
                        found = resident.search(status.read())
                except OSError:
                    continue
                if found:
                    peaks[pid] = int(found.group(1))
            return running.process.poll() is not None

        until(look, "the run is over", 300)
        ended = running.wait()
        self.assert_ended(ended, 0, **{"in": self.COUNT, "done": self.COUNT})
        report = self.report(ended)
        self.assertEqual((report["called"], report["failed"], report["dropped"]),
                         (self.COUNT, 0, 0))
        self.assertLess(ended.summary["engine_peak_rss"], 64 << 20)
        for peak in peaks.values():
            self.assertLess(peak, 64 << 10)


if __name__ == "__main__":
    unittest.main()
