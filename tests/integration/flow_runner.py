"""Runs pipelines that are given as maps, of the plugin `flow`, whose items say what is to become of
them: see plugins/flow.cpp for the words."""

import json

from penstock_runner import PenstockTest


class FlowTest(PenstockTest):
    """A test of one pipeline `flow`. Sources read files that the test writes."""

    def lines(self, lines, name="in"):
        """A source of these lines, which stand in a file of that name."""
        self.write(name, "".join(line + "\n" for line in lines))
        return {"task": "files.lines", "with": {"paths": [name]}}

    def stage(self, task, source=None, with_=None, **keys):
        return {"task": task, **({"from": source} if source else {}),
                **({"with": with_} if with_ else {}), **keys}

    def act(self, name, source, **keys):
        return self.stage("flow.act", source, {"name": name}, **{"ignore": ["rejects"]} | keys)

    def acts(self, name, source, together=False, **keys):
        with_ = {"name": name, "calls": f"{name}.calls", "together": together}
        return self.stage("flow.acts", source, with_, **{"ignore": ["rejects"]} | keys)

    def save(self, source, path="out", **keys):
        return self.stage("files.write", source, {"path": path}, **keys)

    def records(self, source, path="failed.jsonl", **keys):
        return self.stage("json.write", source, {"path": path}, **keys)

    def text_of(self, stages, processes=2, **top):
        pools = {"default": {"processes": processes}}
        return json.dumps({"pipeline": "flow", "pools": pools, **top, "stages": stages})

    def start_flow(self, stages, *words, processes=2, top=None, **options):
        return self.start_pipeline(self.text_of(stages, processes, **(top or {})), *words,
                                   **options)

    def run_flow(self, stages, *words, deadline=60, **options):
        return self.start_flow(stages, *words, **options).wait(deadline)

    # What came of it.

    def taken(self, name="out"):
        """The lines of a file that the pipeline wrote."""
        return self.read(name).decode().splitlines()

    def paths(self, name="out"):
        return [line.split(" ")[0] for line in self.taken(name)]

    def json_lines(self, name):
        return [json.loads(line) for line in self.taken(name)]

    def dead_letters(self):
        return self.dead_items("flow")

    def account_of(self, ended, stage, *names):
        return tuple(ended.stage(stage)[name] for name in names)


def numbered(count, words=lambda n: ""):
    """Lines 1 to count, each with the words that words(n) says."""
    return [f"{n} {words(n)}".rstrip() for n in range(1, count + 1)]


def in_order(paths):
    """Paths such as 17/3 as people order them: by number, then by the index of each emit."""
    return sorted(paths, key=lambda path: [int(part) for part in path.split("/")])
