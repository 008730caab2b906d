"""The engine is killed, told to stop, meets another one; and what it goes on from is damaged or
belongs to another run."""

import re
import signal

from damage_test import Damage
from journal_test import COUNT, LEAST, Neighbours, Words
from penstock_runner import TEST_PLUGINS
from resume_runner import ResumeTest
from resume_test import Branch, Kills

from matrix.rows import row


@row("`kill -9` of the engine at 20 random moments, resumed each time; of everything at once",
     "in the end every item is there once; executed again is only what had not reached a committed "
     "epoch or, before a stateful stage, its last stored snapshot; totals are exact")
def killed_engine(this):
    this.each(Kills, "test_engine", "test_engine_keeper_and_workers", kills=20)
    this.each(Kills, "test_a_stateful_stage_in_the_middle", kills=8)
    this.each(Branch, "test_exactly_once_in_both", kills=4)


@row("the journal is cut by 1 to 4,096 bytes, a block of it zeroed, a bit flipped, emptied",
     "a lost tail is done again, or refused where a sink is ahead; damage in the middle is found "
     "and refused with the place; an empty file in a used folder is refused; never silent")
def damaged_journal(this):
    this.each(Damage, "test_the_log_is_cut", "test_a_bit_of_the_log_is_another",
              "test_the_log_is_cut_and_the_output_is_ahead", "test_a_bit_is_another",
              "test_a_block_is_zeroed", "test_it_is_cut", "test_it_is_something_else",
              "test_a_value_is_another", kills=2, files=["kept"])


class Changed(ResumeTest):
    """Who goes on is given something else than before."""

    def test_the_build_of_a_plugin(self):
        """The same code under another build id."""
        stages = self.halves(COUNT)
        self.interrupt(stages, LEAST)
        folder = self.folder / "rebuilt"
        folder.mkdir()
        library = bytearray((TEST_PLUGINS / "libfaulty.so").read_bytes())
        note = re.search(rb"\x04\0\0\0(.\0\0\0)\x03\0\0\0GNU\0", bytes(library), re.DOTALL)
        library[note.end()] ^= 0xff
        (folder / "libfaulty.so").write_bytes(library)
        words = ["run", "pipeline.yaml", "--resume", "--plugin-path", folder]
        ended = self.penstock(*words)
        self.assertEqual(ended.status, 2, str(ended))
        for word in "plugin", "faulty", "--force", "--fresh":
            self.assertIn(word, ended.stderr)
        self.assertEqual(self.run_state(), "unfinished")
        self.assertEqual(self.penstock(*words, "--force").status, 0)
        self.assertEqual(sorted(self.lines()), list(range(1, COUNT + 1)))


@row("a resume with a changed pipeline, parameter, input, plugin",
     "refused, and named what differs; `--force` goes on where that can be")
def changed(this):
    this.each(Words, "test_a_parameter", "test_a_task", "test_from", "test_the_path_of_a_source",
              "test_the_content_of_an_input", files=["one", "two", "input"])
    this.each(Changed, "test_the_build_of_a_plugin", files=["rebuilt"])


@row("a second engine on the same state folder, also while an old worker is stopped",
     "refused, `in use by pid N`; never two executions at once")
def second_engine(this):
    this.each(Neighbours, "test_a_second_engine", "test_whoever_comes_at_once_after_the_death")


class Told(ResumeTest):
    """A run that is told to stop while it starts, works or drains, and is gone on with."""

    COUNT = 300
    FAULTS = {"start": "open={}*1", "work": "70={}*1", "drain": f"{COUNT}={{}}*1"}

    def begin_phase(self, phase, how):
        place = self.FAULTS[phase].split("=")[0]
        deep = {"queue": {"items": self.COUNT}}
        stages = {"numbers": self.numbers(self.COUNT),
                  "act": self.stage("act", "numbers", [self.FAULTS[phase].format(how)], deep,
                                    takes="2ms"),
                  "save": self.write(source="act")}
        running = self.start_stages(stages)
        running.until(lambda: self.calls("act", place), phase)
        if phase == "drain":  # the source has nothing left
            running.until(lambda: self.executions("numbers").total() == self.COUNT, "the end")
        return stages, running

    def goes_on(self, stages):
        begun, written = self.executions("act").total(), 0
        partial = self.folder / "out.partial"
        if partial.exists():
            written = len(partial.read_text(encoding="ascii").splitlines())
        self.assert_all(self.run_stages(stages, "--resume"), self.COUNT)
        return begun, written

    def test_once(self, number, phase):
        stages, running = self.begin_phase(phase, "sleep2000")
        running.signal(number)
        ended = running.wait()
        self.assert_ended(ended, 128 + number, dead=0)
        self.assertIn(number.name, ended.summary["reason"])
        begun, written = self.goes_on(stages)
        self.assertEqual(ended.account["done"], written, str(ended))
        # Calls under way had their end: what is done again is what had not been done.
        self.assertEqual(self.executions("act").total() - begun, self.COUNT - written)

    def test_twice(self, first, second, phase):
        stages, running = self.begin_phase(phase, "hang_deaf")
        self.told_twice(running, first, second)
        self.goes_on(stages)


@row("SIGINT, SIGTERM, a second one, during start, work and drain",
     "status 130, 143; pending is exact; a resume completes; the second: out within 1 s")
def told_to_stop(this):
    signals = [signal.SIGINT, signal.SIGTERM]
    for phase in Told.FAULTS:
        for number in signals:
            with this.case(Told) as case:
                case.test_once(number, phase)
        with this.case(Told) as case:
            case.test_twice(this.chance.choice(signals), this.chance.choice(signals), phase)
