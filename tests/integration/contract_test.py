"""Tasks in C that break the contract of plugins in their calls: each is told what it did, in the
dead letter or in the reason why the run has ended, and nothing else is touched by it."""

import unittest

from penstock_runner import PenstockTest


class Broken(PenstockTest):
    def run_with(self, how, at, more="", memory="1GiB", policy=""):
        """make -> pass -> gather -> keep, of which one does that."""
        def with_(stage):
            return f'with: {{how: "{how if stage == at else ""}"}}'
        return self.run_pipeline(f"""
pipeline: broken
memory: {memory}
pools: {{default: {{processes: 1}}}}
stages:
  make: {{task: unruly.make, {with_("make")}}}
  pass: {{task: unruly.pass, from: make, {policy if at == "pass" else ""}{with_("pass")}}}
  gather: {{task: unruly.gather, from: pass, {more}{with_("gather")}}}
  keep: {{task: unruly.keep, from: gather, {with_("keep")}}}
""", "--fresh")

    def test_as_it_stands(self):
        self.assert_ended(self.run_with("", "pass"), 0, **{"in": 1, "done": 1, "dead": 0})

    # In `run`.

    def assert_fails(self, how, message, more="", policy=""):
        """The item is given up with that message, by a worker that lives on."""
        for at in ("pass", "gather"):
            with self.subTest(how=how, at=at):
                ended = self.run_with(how, at, more if at == "pass" else "", policy=policy)
                self.assert_ended(ended, 1, **{"in": 1, "done": 0, "dead": 1, "restarts": 0})
                letter, = self.dead_items("broken")
                self.assertEqual(letter["stage"], at)
                self.assertEqual([attempt["message"] for attempt in letter["attempts"]], [message])

    def test_a_value_at_no_address(self):
        self.assert_fails("no address", "it emitted a value of 5 bytes at no address")

    def test_an_output_that_it_does_not_declare(self):
        self.assert_fails("no output", "it emitted on output 9, and it declares 1")

    def test_made_from_an_item_that_it_was_not_given(self):
        self.assert_fails("no item", "it says that it emits what it made from item 7 of the call, "
                                     "which has 1")

    def test_a_failure_without_a_reason(self):
        self.assert_fails("no reason", "the task gave no reason")
        self.assert_fails("no words", "the task gave no reason")

    def test_of_two_reasons_the_first_counts_and_nothing_is_loaned_behind_it(self):
        self.assert_fails("fail twice", "the first reason")

    def test_what_only_a_source_can_say_is_a_failure_for_good(self):
        self.assert_fails("changed", "not what it was",
                          policy="retry: {outcomes: [failed]}, ")

    def test_a_key_that_is_too_long(self):
        ended = self.run_with("long key", "pass", "partition: 2, ")
        self.assert_ended(ended, 1, **{"in": 1, "done": 0, "dead": 1, "restarts": 0})
        letter, = self.dead_items("broken")
        self.assertEqual(letter["attempts"][0]["message"],
                         "it emitted a key of 70000 bytes; one has at most 65535")

    def test_an_answer_that_nobody_asked_for(self):
        """It reaches nobody, and does not stand for the answer of a later call."""
        for at in ("pass", "gather"):
            ended = self.run_with("answers in run", at)
            self.assert_ended(ended, 0, **{"in": 1, "done": 1, "restarts": 0})

    # Elsewhere.

    def assert_ends(self, how, at, message, status=4):
        with self.subTest(how=how, at=at):
            ended = self.run_with(how, at)
            self.assert_ended(ended, status, dead=0)
            self.assertIn(f"stage `{at}` (unruly.{at}): {message}", ended.summary["reason"])

    def test_an_instance_that_is_not_made(self):
        for at in ("make", "pass", "gather", "keep"):
            self.assert_ends("no instance", at, "open failed: the task gave no reason")

    def test_an_output_outside_of_run(self):
        told = "it emitted outside of run, produce and finish"
        for at in ("make", "pass", "gather"):
            self.assert_ends("emit in open", at, f"open failed: {told}", status=2)
        self.assert_ends("emit in mark", "gather", f"snapshot failed: {told}")
        self.assert_ends("emit in mark", "keep", f"commit failed: {told}")

    def test_an_output_in_close(self):
        """Everything is done by then; what it says still reaches a person."""
        for at in ("make", "pass", "gather"):
            with self.subTest(at=at):
                ended = self.run_with("emit in close", at)
                self.assert_ended(ended, 0, **{"in": 1, "done": 1})
                self.assertIn("close failed: it emitted outside of run, produce and finish",
                              ended.stderr)

    def test_who_speaks_in_close(self):
        """Of a transform it comes when the worker leaves, which is no call of the engine's."""
        for how in ("speaks in close", "answers in close"):
            for at in ("make", "pass", "gather", "keep"):
                with self.subTest(how=how, at=at):
                    ended = self.run_with(how, at)
                    self.assert_ended(ended, 0, **{"in": 1, "done": 1, "restarts": 0})
                    self.assertNotIn("protocol violation", ended.stderr)
                    if how == "speaks in close":
                        self.assertIn("goodbye", ended.stderr)

    def test_two_answers_and_none(self):
        for at, call in (("make", "produce"), ("gather", "snapshot"), ("keep", "commit")):
            self.assert_ends("two answers", at, f"{call} failed: it answered twice")
            if at != "keep":
                self.assert_ends("no answer", at, f"{call} failed: its snapshot answered nothing")
        # What a sink knows of its place it may keep to itself.
        self.assert_ended(self.run_with("no answer", "keep"), 0, **{"in": 1, "done": 1})

    def test_what_memory_has_no_room_for(self):
        """Whatever becomes of it is copied, since it is no loan."""
        for at, call, more in (("pass", "failed", ""), ("pass", "failed", "partition: 2, "),
                               ("make", "produce failed", ""), ("keep", "commit failed", "")):
            with self.subTest(at=at, more=more):
                ended = self.run_with("large", at, more, memory="24MiB")
                self.assert_ended(ended, 3, dead=0)
                for words in (f"`{at}`", f"{call}: a call needs ", "raise `memory`"):
                    self.assertIn(words, ended.summary["reason"])

    def test_a_snapshot_that_it_cannot_go_on_from(self):
        self.assert_ends("no way back", "gather", "open failed: nobody knows that place")


if __name__ == "__main__":
    unittest.main()
