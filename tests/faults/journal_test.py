"""The state folder between two runs: what is refused, and with which words; who else is in there,
and who may look into it; and a disk that is full."""

import json
import os
import resource
import shutil
import signal
import stat
import unittest

from resume_runner import ResumeTest  # knows where penstock_runner is
from penstock_runner import TEST_PLUGINS, kill

COUNT = 300
LEAST = 100  # items that have ended before the interruption


class Words(ResumeTest):
    """What `run` is told to do with what it finds."""

    def test_neither_resume_nor_fresh(self):
        stages = self.halves(COUNT)
        self.interrupt(stages, LEAST)
        before = self.ledger_path.read_text(), self.read("out.partial"), self.items_ended()
        text = self.refused(stages)
        for word in self.state, "unfinished", "--resume", "--fresh", f"{before[2]} of the ":
            self.assertIn(word, text)
        self.assertEqual(
            (self.ledger_path.read_text(), self.read("out.partial"), self.items_ended()), before)
        self.assert_all(self.run_stages(stages, "--resume"), COUNT)

    def test_fresh(self):
        stages = self.halves(COUNT)
        self.interrupt(stages, LEAST)
        self.ledger_path.write_text("")
        stages["act"]["with"]["faults"] = []
        self.assert_all(self.run_stages(stages, "--fresh"), COUNT)
        self.assertEqual(self.executions("act").total(), COUNT)

    def test_nothing_to_resume(self):
        """Where there is nothing, and where the last run has finished, each of them begins anew."""
        stages = self.halves(COUNT)
        stages["act"]["with"]["faults"] = []
        for words in ["--resume"], [], ["--resume"], ["--fresh"], ["--resume", "--force"], []:
            with self.subTest(words=words):
                self.ledger_path.write_text("")
                self.assert_all(self.run_stages(stages, *words), COUNT)
                self.assertEqual(self.executions("act").total(), COUNT)
                self.assertEqual(self.run_state(), "finished")

    def test_a_run_that_took_nothing_leaves_nothing(self):
        stages = self.halves(COUNT)
        stages["act"]["with"]["faults"] = []
        stages["numbers"]["with"]["faults"] = ["open=permanent"]
        self.refused(stages)
        stages["numbers"]["with"]["faults"] = []
        self.assert_all(self.run_stages(stages), COUNT)

    def test_resume_and_fresh_at_once(self):
        stages = self.halves(COUNT)
        self.interrupt(stages, LEAST)
        self.refused(stages, "--resume", "--fresh")
        self.assertEqual(self.run_state(), "unfinished")

    def explained(self, stages):
        self.write("pipeline.yaml", self.text_of(stages))
        ended = self.penstock("explain", "pipeline.yaml", "--plugin-path", TEST_PLUGINS, "--resume",
                              "--json")
        self.assertEqual(ended.status, 0, str(ended))
        return json.loads(ended.stdout)

    def test_what_is_run_again_is_explained(self):
        stages = self.halves(COUNT)
        self.assertFalse(self.explained(stages)["unfinished"])
        self.interrupt(stages, LEAST)
        said = self.explained(stages)
        self.assertTrue(said["unfinished"])
        self.assertEqual(said["changes"], [])
        begun = self.executions("act").total()
        ended = self.run_stages(stages, "--resume")
        self.assert_all(ended, COUNT)
        self.assertEqual(self.executions("act").total() - begun, COUNT - said["ended"])

        self.ledger_path.write_text("")
        stages["act"]["with"]["takes"] = "1ms"
        self.interrupt(self.halves(COUNT), LEAST, "--fresh")
        self.assertEqual(self.explained(stages)["changes"],
                         ["stage `act`, parameter `takes` was not set and is 1ms"])

    # Another pipeline than before.

    def changed(self, change, *told, count=COUNT):
        stages = self.halves(COUNT)
        self.interrupt(stages, LEAST)
        before = self.items_ended()
        change(stages)
        text = self.refused(stages, "--resume")
        for word in self.state, "--force", "--fresh", *told:
            self.assertIn(word, text)
        self.assertEqual((self.run_state(), self.items_ended()), ("unfinished", before))
        ended = self.run_stages(stages, "--resume", "--force")
        self.assert_ended(ended, 0, done=count, dead=0, pending=0, **{"in": count})
        self.assertEqual(sorted(self.lines()), list(range(1, count + 1)), str(ended))

    def test_a_parameter(self):
        self.changed(lambda stages: stages["numbers"]["with"].update(count=400),
                     "stage `numbers`, parameter `count` changed from 300 to 400", count=400)

    def test_a_task(self):
        def change(stages):
            stages["act"] |= {"task": "sample.number", "with": {}}
        self.changed(change, "stage `act`, task changed from faulty.act to sample.number",
                     "stage `act`, parameter `ledger`")

    def test_from(self):
        def change(stages):
            stages["more"] = {"task": "sample.number", "from": "act"}
            stages["save"]["from"] = "more"
        self.changed(change, "stage `save`, from changed from act to more", "stage `more`, task")

    def test_several_at_once(self):
        def change(stages):
            stages["act"]["with"]["takes"] = "2ms"
            stages["save"]["with"]["format"] = "jsonl"
        self.changed(change, "parameter `takes` was not set", "2ms", "stage `save`, parameter")

    def test_how_it_runs_may_change(self):
        """Neither policies nor processes change what comes out."""
        stages = self.halves(COUNT)
        self.interrupt(stages, LEAST)
        stages["act"] |= {"timeout": "30s", "retry": {"attempts": 7}, "queue": {"items": 5}}
        self.assert_all(self.run_stages(stages, "--resume", "--processes", "3"), COUNT)

    def test_the_path_of_a_source(self):
        for name in "one", "two":
            self.write(name, "".join(f"{n}\n" for n in range(1, COUNT + 1)))
        stages = {"lines": {"task": "files.lines", "with": {"paths": ["one"]}, "rate": "200/s"},
                  "save": self.write(source="lines")}
        self.interrupt(stages, LEAST)
        stages["lines"]["with"]["paths"] = ["two"]
        text = self.refused(stages, "--resume")
        for word in "stage `lines`, parameter `paths`", "one", "two", "--force", "--fresh":
            self.assertIn(word, text)
        stages["lines"]["with"]["paths"] = ["one"]
        self.assert_all(self.run_stages(stages, "--resume"), COUNT)

    def test_the_content_of_an_input(self):
        text = "".join(f"{n}\n" for n in range(1, COUNT + 1))
        self.write("input", text)
        stages = {"lines": {"task": "files.lines", "with": {"paths": ["input"]}, "rate": "300/s"},
                  "save": self.write(source="lines")}
        self.interrupt(stages, LEAST)
        before = self.items_ended()
        self.assertEqual(self.explained(stages)["inputs"], [])
        self.write("input", text + f"{COUNT + 1}\n")
        trouble, = self.explained(stages)["inputs"]
        self.assertIn(trouble, self.refused(stages, "--resume"))
        for word in "stage `lines`", "'input' has changed", "--force", "--fresh":
            self.assertIn(word, trouble)
        self.assertEqual((self.run_state(), self.items_ended()), ("unfinished", before))
        self.assertFalse((self.folder / "out").exists())
        self.assert_all(self.run_stages(stages, "--resume", "--force"), COUNT + 1)

    # What cannot be read again.

    def test_standard_input(self):
        reader, pipe = os.pipe()
        stages = {"lines": self.stage("files.lines", paths=["-"]),
                  "save": self.write(source="lines")}
        text = "".join(f"{n}\n" for n in range(1, COUNT + 1)).encode()
        running = self.start_stages(stages, stdin=reader)
        os.close(reader)
        os.write(pipe, text)
        running.until(lambda: self.items_ended() >= LEAST, "lines have ended")
        running.stop()
        os.close(pipe)
        self.cannot_go_on(stages, "lines", stdin=text)

    def test_a_source_without_snapshot(self):
        stages = self.halves(COUNT)
        stages["numbers"] = self.stage("stream", count=COUNT, step=16)
        self.interrupt(stages, LEAST)
        self.cannot_go_on(stages, "numbers")

    def cannot_go_on(self, stages, stage, **options):
        for words in ["--resume"], ["--resume", "--force"]:
            said = self.refused(stages, *words)
            for word in self.state, f"stage `{stage}`", "cannot be gone on with", "--fresh":
                self.assertIn(word, said)
        self.assert_all(self.run_stages(stages, "--fresh", **options), COUNT)

    def test_nobody_is_told_to_resume_what_cannot_be(self):
        stages = self.halves(COUNT)
        stages["numbers"] = self.stage("stream", count=COUNT, step=16)
        self.interrupt(stages, LEAST)
        self.assert_all(self.run_stages(stages), COUNT)  # anew


class Neighbours(ResumeTest):
    """Who else is in the folder, and who may look into it."""

    def test_a_second_engine(self):
        stages = self.halves(COUNT)
        first = self.begin(stages, LEAST)
        worker = first.processes("penstock-worker")[0]
        os.kill(worker, signal.SIGSTOP)
        for words in [], ["--resume"], ["--fresh"]:
            self.assertIn(f"in use by pid {first.pid}", self.refused(stages, *words))
        kill(first.pid)
        second = self.start_stages(stages, "--resume")
        first.process.wait()
        self.assert_all(second.wait(), COUNT)

    def test_whoever_comes_at_once_after_the_death(self):
        stages = self.halves(COUNT)
        stages["act"]["with"]["faults"] = []
        stages["act"]["with"]["takes"] = "5ms"
        running = self.begin(stages, 1)
        for least in range(20, 120, 20):
            running.until(lambda least=least: self.items_ended() >= least, f"{least} have ended")
            kill(running.pid)
            running.process.wait()
            running = self.start_stages(stages, "--resume")
        self.assert_all(running.wait(), COUNT)

    def test_nobody_else_can_read_it(self):
        for mask in 0, 0o777:
            with self.subTest(umask=oct(mask)):
                shutil.rmtree(self.folder / ".penstock", ignore_errors=True)
                (self.folder / ".penstock").mkdir(mode=0o700)
                self.ledger_path.write_text("")
                stages = self.halves(COUNT)
                stages["save"] = self.stage("ledger", "act")
                del stages["act"]["queue"]
                # What the tasks write is not for the engine to mend: there are no other files.
                super(ResumeTest, self).write("masked.yaml", self.text_of(stages))
                words = ["run", "masked.yaml", "--plugin-path", TEST_PLUGINS]
                running = self.start(*words, preexec=lambda mask=mask: os.umask(mask) and None)
                running.until(lambda: self.calls("act", str(COUNT // 2)), "one hangs")
                running.until(lambda: self.items_ended() >= LEAST, f"{LEAST} items have ended")
                folder = self.folder / self.state
                modes = {path.name: oct(stat.S_IMODE(path.stat().st_mode))
                         for path in folder.iterdir()}
                self.assertEqual(oct(stat.S_IMODE(folder.stat().st_mode)), oct(0o700))
                self.assertEqual(modes, dict.fromkeys(modes, oct(0o600)))
                self.assertLessEqual({"lock", "run.db", "run.db-wal"}, set(modes))
                running.stop()
                ended = self.penstock(*words, "--resume",
                                      preexec=lambda mask=mask: os.umask(mask) and None)
                self.assert_ended(ended, 0, done=COUNT, dead=0, pending=0)


class Disk(ResumeTest):
    """Files that may not grow stand for a disk that is full."""

    def test_while_it_runs(self):
        stages = self.halves(2000, takes="3ms")
        stages["act"]["with"]["faults"] = []
        for _ in range(3):
            # Of the engine alone, and once it has all the memory that it needs.
            running = self.begin(stages, self.items_ended() + 30, "--resume")
            size = (self.folder / self.state / "run.db-wal").stat().st_size
            size += self.chance.randrange(50_000)
            resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            ended = running.wait()
            self.assertEqual(ended.status, 3, str(ended))
            self.assertIn("the journal cannot be written", ended.summary["reason"])
            self.assertIn(f"{self.state}/run.db", ended.stderr)
            self.assert_closes(ended)
        self.assert_all(self.run_stages(stages, "--resume"), 2000)

    def test_before_it_begins(self):
        stages = self.halves(COUNT)
        stages["act"]["with"]["faults"] = []

        def small():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        ended = self.run_stages(stages, preexec=small)
        self.assertEqual(ended.status, 3, str(ended))
        self.assertIn(self.state, ended.stderr)
        self.assert_all(self.run_stages(stages), COUNT)


if __name__ == "__main__":
    unittest.main()
