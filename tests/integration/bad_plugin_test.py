"""Plugins that go wrong, through `run`, `check`, `plugins` and `map`: refused with one line that
says why, in time, and never mapped by the engine. Good ones that everybody may write, likewise."""

import os
import shutil
import unittest
from pathlib import Path

from penstock_runner import BIN, PENSTOCK, PenstockTest

BAD = BIN / "bad_plugins"
LONGEST = 10  # seconds that any refusal may take
ALLOW = "PENSTOCK_ALLOW_WRITABLE_PLUGINS"
DANGER = "anybody on this system could put code there that runs as you"

# What the one line says, for plugins that the build makes.
REASONS = {
    "other_version": "version 99.7 of the plugin contract, this Penstock speaks 1.2",
    "no_symbol": "does not export the symbol penstock_plugin",
    "other_symbol": "its symbol penstock_plugin is not a plugin's",
    "lacks_library": "needs the library libgone.so, which is not found",
    "lacks_symbol": "uses the symbol nowhere_defined, which nothing defines",
    "throws": "in a static constructor: killed by SIGABRT (aborted)",
    "exits": "in a static constructor: it exited with status 0",
    "crashes": "in a static constructor: killed by SIGSEGV",
    "sleeps": "did not answer within",
    "sleeps_later": "did not answer within",
    "crashes_later": "where it describes its tasks: killed by SIGBUS",
    "misnamed": "its plugin is called 'another'",
}


class PluginTest(PenstockTest):
    def pipeline(self, plugin):
        self.write("pipeline.yaml", f"""
pipeline: bad
stages:
  lines: {{task: files.lines, with: {{paths: ["-"]}}}}
  work: {{task: {plugin}.anything, from: lines}}
  save: {{task: files.write, from: work, with: {{path: out}}}}
""")

    def place(self, name):
        """A folder with this one plugin of the build."""
        shutil.copy(BAD / f"lib{name}.so", self.folder)

    def map_files(self, running):
        """All files that the engine has had mapped, from now to its end."""
        seen = set()
        while running.process.poll() is None:
            try:
                if os.readlink(f"/proc/{running.pid}/exe") != str(PENSTOCK.resolve()):
                    continue  # not yet
                maps = Path(f"/proc/{running.pid}/maps").read_text(encoding="utf-8")
            except OSError:
                break
            seen.update(line.split(None, 5)[5] for line in maps.splitlines()
                        if len(line.split(None, 5)) == 6)
        return seen

    def assert_refused(self, name, reason):
        self.pipeline(name)
        for command in ("run", "check"):
            running = self.start(command, "pipeline.yaml", "--plugin-path", self.folder)
            seen = self.map_files(running)
            ended = running.wait()
            self.assertEqual(ended.status, 2, str(ended))
            self.assertLess(ended.seconds, LONGEST)
            told = [line for line in ended.stderr.splitlines() if reason in line]
            self.assertEqual(len(told), 1, str(ended))
            self.assertIn("pipeline.yaml:5:16: ", told[0])
            self.assertEqual([path for path in seen if f"lib{name}.so" in path], [])
            self.assertNotIn("items:", ended.stderr)
        self.assertFalse((self.folder / "out").exists())
        self.assertFalse((self.folder / ".penstock").exists())


class BadPlugin(PluginTest):
    def test_the_watch_sees_what_is_mapped(self):
        running = self.start("map", "text.upper", stdin=b"a\n")
        self.assertIn(str(PENSTOCK.resolve()), self.map_files(running))

    def test_missing(self):
        self.assert_refused("nowhere", "there is no plugin")

    def test_a_text_file(self):
        self.write("libtold.so", "this is no library\n")
        self.assert_refused("told", "is not a shared library")

    def test_an_empty_file(self):
        self.write("libempty.so", b"")
        self.assert_refused("empty", "is empty")

    def test_a_pipe(self):
        os.mkfifo(self.folder / "libpipe.so")
        self.assert_refused("pipe", "is a FIFO, not a library")

    def test_a_folder(self):
        (self.folder / "libfolder.so").mkdir()
        self.assert_refused("folder", "is a folder, not a library")

    def test_a_library_cut_short(self):
        whole = (BAD / "libgood.so").read_bytes()
        for number, size in enumerate((64, 4096, len(whole) // 2, len(whole) - 1)):
            with self.subTest(size=size):
                name = f"cut{number}"
                self.write(f"lib{name}.so", whole[:size])
                self.assert_refused(name, "cut short")
        self.write("libstump.so", whole[:10])
        self.assert_refused("stump", "is not a shared library")

    def test_a_file_that_may_not_be_read(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        self.place("good")
        (self.folder / "libgood.so").chmod(0)
        self.assert_refused("good", "permission denied")

    def test_several_bad_ones_are_told_at_once_and_in_time(self):
        for name in ("sleeps", "sleeps_later", "exits"):
            self.place(name)
        self.write("pipeline.yaml", """
pipeline: bad
stages:
  lines: {task: files.lines, with: {paths: ["-"]}}
  a: {task: sleeps.anything, from: lines}
  b: {task: sleeps_later.anything, from: a}
  c: {task: exits.anything, from: b}
  save: {task: files.write, from: c, with: {path: out}}
""")
        ended = self.penstock("check", "pipeline.yaml", "--plugin-path", self.folder)
        self.assertEqual(ended.status, 2, str(ended))
        self.assertLess(ended.seconds, LONGEST)
        for place in ("pipeline.yaml:5:", "pipeline.yaml:6:", "pipeline.yaml:7:"):
            self.assertIn(place, ended.stderr)

    def test_plugins_lists_the_good_and_the_bad(self):
        for name in ("good", "exits", "throws"):
            self.place(name)
        ended = self.penstock("plugins", "--plugin-path", self.folder)
        self.assertEqual(ended.status, 2, str(ended))
        for name in ("good", "files", "text"):
            self.assertIn(name, ended.stdout.decode())
        exits, throws = ended.stderr.splitlines()
        self.assertTrue(exits.startswith(f"{self.folder}/libexits.so: ends its process"), exits)
        self.assertIn(REASONS["exits"], exits)
        self.assertIn(REASONS["throws"], throws)

    def test_map_and_inspect_refuse_it_too(self):
        self.place("exits")
        for words in (("map", "exits.anything"), ("inspect", "exits")):
            ended = self.penstock(*words, "--plugin-path", self.folder)
            self.assertEqual(ended.status, 2, str(ended))
            self.assertIn(REASONS["exits"], ended.stderr)


class WritableByOthers(PluginTest):
    """A plugin that ends every process that loads it: what is said of it shows whether that has
    been tried."""

    def setUp(self):
        super().setUp()
        self.place("throws")
        self.file = self.folder / "libthrows.so"
        self.folder.chmod(0o755)

    def test_a_file(self):
        self.file.chmod(0o666)
        self.assert_refused("throws", f"{self.file}: has mode 0666: {DANGER}; "
                                      f"`chmod o-w {self.file}` ends that, {ALLOW}=1 in the")

    def test_a_folder(self):
        self.folder.chmod(0o777)
        self.assert_refused("throws", f"{self.file}: lies in the folder {self.folder}, which has "
                                      f"mode 0777: {DANGER}; `chmod o-w {self.folder}` ends that")

    def test_a_folder_such_as_tmp(self):
        self.folder.chmod(0o1777)
        self.assert_refused("throws", f"mode 1777: {DANGER}; move it to a folder of your own, ")

    def test_a_link(self):
        there = self.folder / "there"
        there.mkdir()
        there.chmod(0o777)
        self.file.rename(there / "libthrows.so")
        self.file.symlink_to("there/libthrows.so")
        self.assert_refused("throws", f"{self.file}: leads to {there}/libthrows.so in the folder "
                                      f"{there}, which has mode 0777: {DANGER}")

    def test_by_its_path(self):
        self.folder.chmod(0o777)
        self.write("pipeline.yaml", """
pipeline: bad
plugins: [files, ./libthrows.so]
stages:
  lines: {task: files.lines, with: {paths: ["-"]}}
  work: {task: throws.anything, from: lines}
  save: {task: files.write, from: work, with: {path: out}}
""")
        ended = self.penstock("run", "pipeline.yaml")
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn(f"pipeline.yaml:3:18: plugin `throws` cannot be used: ./libthrows.so: lies "
                      f"in the folder ., which has mode 0777: {DANGER}", ended.stderr)

    def test_every_command_that_would_load_it(self):
        self.folder.chmod(0o777)
        self.pipeline("throws")
        path = ["--plugin-path", self.folder]
        for words in (["map", "throws.anything"], ["inspect", "throws"], ["inspect", self.file],
                      ["plugins"], ["check", "pipeline.yaml"], ["explain", "pipeline.yaml"],
                      ["graph", "pipeline.yaml"], ["test", "pipeline.yaml"],
                      ["chaos", "pipeline.yaml"], ["dead", "replay", "pipeline.yaml"]):
            with self.subTest(words):
                ended = self.penstock(*words, *path)
                self.assertEqual(ended.status, 2, str(ended))
                self.assertIn(f"{self.file}: lies in the folder", ended.stderr)
                self.assertNotIn(REASONS["throws"], ended.stderr)
        ended = self.penstock("plugins", *path)
        self.assertIn("files", ended.stdout.decode())

    def test_the_environment_allows_it(self):
        self.folder.chmod(0o777)
        words = ["inspect", "throws", "--plugin-path", self.folder]
        self.assertIn(DANGER, self.penstock(*words, env={ALLOW: "yes"}).stderr)
        ended = self.penstock(*words, env={ALLOW: "1"})
        self.assertIn(REASONS["throws"], ended.stderr)
        self.assertNotIn(DANGER, ended.stderr)

    def test_a_folder_from_which_nothing_is_taken(self):
        self.folder.chmod(0o777)
        ended = self.penstock("map", "text.upper", "--plugin-path", self.folder, stdin=b"a\n")
        self.assertEqual((ended.status, ended.stdout), (0, b"A\n"), str(ended))


def test_of(name, reason):
    def test(self):
        self.place(name)
        self.assert_refused(name, reason)
    return test


for bad, why in REASONS.items():
    setattr(BadPlugin, f"test_{bad}", test_of(bad, why))


if __name__ == "__main__":
    unittest.main()
