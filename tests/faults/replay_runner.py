"""Runs that give items up, and `penstock dead replay`, which runs these once more."""

import json

from resume_runner import ResumeTest
from penstock_runner import TEST_PLUGINS

ONCE = {"retry": {"attempts": 1}}


class ReplayTest(ResumeTest):
    def act(self, source, *faults, **policies):
        return self.stage("act", source, faults, ONCE | policies)

    def line(self, count, *faults):
        """Numbers through `first` and `act`, which has these faults, into a file."""
        return {"numbers": self.numbers(count), "first": self.act("numbers"),
                "act": self.act("first", *faults), "save": self.write(source="act")}

    def lines_of(self, *lines):
        """A source of lines of text, for the plugin `flow`."""
        self.write("in", "".join(line + "\n" for line in lines))
        return self.stage("files.lines", paths=["in"])

    def flow(self, task, source, name, **policies):
        more = {"ignore": ["rejects"]} if task == "flow.act" else {}
        return self.stage(task, source, policies=more | policies, name=name)

    def give_up(self, stages, dead, **options):
        """Runs them to their end, with so many letters, and forgets what the tasks did."""
        ended = self.run_stages(stages, **options)
        self.assertEqual(ended.status, 1, str(ended))
        self.assertEqual(len(self.letters()), dead, str(ended))
        self.ledger_path.write_text("")
        return ended

    def start_replay(self, stages, *words, top=None, **options):
        self.write("pipeline.yaml", json.dumps(json.loads(self.text_of(stages)) | (top or {})))
        return self.start("dead", "replay", "pipeline.yaml", *words, "--plugin-path", TEST_PLUGINS,
                          **options)

    def replay(self, stages, *words, **options):
        return self.start_replay(stages, *words, **options).wait()

    def assert_replayed(self, ended, done, dead=0):
        self.assert_ended(ended, 1 if dead else 0, done=done, dead=dead, pending=0,
                          **{"in": done + dead})

    def assert_refused(self, text, stages, *words, **options):
        ended = self.replay(stages, *words, **options)
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn(text, ended.stderr)

    # What the state folder says.

    def tried(self):
        """How often each item that is given up was tried, by stage and item."""
        return {(stage, item): len(json.loads(attempts))
                for stage, item, attempts in self.letters()}

    def account(self, stage=""):
        """What is done there, and what is dead."""
        return self.journal(f"SELECT done, dead FROM account WHERE stage = '{stage}'")[0]

    def everything(self):
        """Every row of the journal."""
        tables = [name for name, in self.journal("SELECT name FROM sqlite_master "
                                                 "WHERE type = 'table' ORDER BY name")]
        return {name: self.journal(f"SELECT * FROM {name}") for name in tables}

    def files(self, beside=()):
        """The content of every file that sinks have written."""
        return {path.name: path.read_bytes() for path in self.folder.glob("out*")
                if path.is_file() and path.name not in beside}
