"""The plugin `files` in the real program: what it reads and writes, and what is there meanwhile."""

import json
import os
import resource
import select
import signal
import subprocess
import unittest

from penstock_runner import TEST_PLUGINS, PenstockTest

COPY = """
pipeline: copy
stages:
  in: {task: files.%s, with: {paths: %s}}
  out: {task: files.write, from: in, with: {path: %s, format: %s}}
"""

NUMBERS = """
pipeline: numbers
stages:
  numbers: {task: sample.numbers, with: {count: %d}}
  save: {task: files.write, from: numbers, with: {path: %s}}
"""


class Reading(PenstockTest):
    def copy(self, source, paths, path="-", form="auto", **options):
        """What one source reads, straight into files.write: the order stays."""
        ended = self.run_pipeline(COPY % (source, json.dumps(paths), path, form), **options)
        self.assert_ended(ended, 0, dead=0, pending=0)
        return ended.stdout

    def test_lines_of_several_files_in_their_order(self):
        self.write("d/b.txt", b"b1\n\nb3")
        self.write("d/a.txt", b"a1\r\n\ta2\n")
        self.write("d/.hidden", b"no\n")
        self.write("d/deep/er/c.txt", b"c\n")
        self.assertEqual(self.copy("lines", ["d/*.txt"]), b"a1\r\n\ta2\nb1\n\nb3\n")
        self.assertEqual(self.copy("lines", ["d/**/c.*", "d/[b-z].txt", "d/a.txt"]),
                         b"c\nb1\n\nb3\na1\r\n\ta2\n")

    def test_chunks_are_the_file_byte_for_byte(self):
        content = b"".join(b"%d: %s\n" % (n, b"x" * (n % 777)) for n in range(20000))
        self.write("text", content)
        self.assertEqual(self.copy("chunks", ["text"]), content)

    def test_the_list_of_files_with_their_sizes(self):
        self.write("d/one", b"1")
        self.write("d/\u00fc two", b"22")
        self.write("d/none", b"")
        self.assertEqual(self.copy("list", ["d/*"], form="tsv"),
                         "d/none\t0\nd/one\t1\nd/\u00fc two\t2\n".encode())
        self.assertEqual([json.loads(line) for line in self.copy("list", ["d/o*"]).splitlines()],
                         [{"path": "d/one", "size": 1}])

    def test_standard_input_by_each_source(self):
        self.write("d/one", b"1")
        self.write("d/two", b"22")
        self.assertEqual(self.copy("lines", ["-"], stdin=b"a\n\nb"), b"a\n\nb\n")
        self.assertEqual(self.copy("chunks", ["-"], stdin=b"a\n\nb\n"), b"a\n\nb\n")
        self.assertEqual(self.copy("list", ["-"], form="tsv", stdin=b"d/two\nd/one\n"),
                         b"d/two\t2\nd/one\t1\n")
        self.assertEqual(self.copy("lines", ["-"], stdin=b""), b"")

    def test_a_large_standard_input_through_a_pipe(self):
        with subprocess.Popen(["seq", "500000"], stdout=subprocess.PIPE) as source:
            copied = self.copy("lines", ["-"], stdin=source.stdout)
        self.assertEqual(copied, b"".join(b"%d\n" % n for n in range(1, 500001)))

    def test_the_content_of_named_files_into_files_of_their_own(self):
        contents = {"x": b"\0\xff\n", "y": b"", "z": os.urandom(3 << 20)}
        for name, content in contents.items():
            self.write(f"d/{name}", content)
        text = """
pipeline: copies
stages:
  list: {task: files.list, with: {paths: ["d/*"]}}
  read: {task: files.read_listed, from: list}
  save: {task: files.save, from: read, with: {path: "copies/{id}"}}
"""
        self.assert_ended(self.run_pipeline(text), 0, done=3)
        for number, content in enumerate(contents.values()):
            self.assertEqual(self.read(f"copies/list:{number}%2Fread:0"), content)
        # Once more: what is there already, with the same content, counts as written.
        self.assert_ended(self.run_pipeline(text), 0, done=3)
        self.write("d/x", b"changed")
        ended = self.run_pipeline(text)
        self.assert_ended(ended, 1, done=2, dead=1)
        self.assertIn("'copies/list:0%2Fread:0' is there already", ended.stderr)

    def test_a_path_that_is_not_there_is_an_item_that_fails(self):
        self.write("here", b"content")
        ended = self.run_pipeline("""
pipeline: read
stages:
  paths: {task: files.lines, with: {paths: ["-"]}}
  read: {task: files.read, from: paths}
  save: {task: files.write, from: read, with: {path: "-"}}
""", stdin=b"here\nnowhere\n/\n")
        self.assert_ended(ended, 1, done=1, dead=2)
        self.assertEqual(ended.stdout, b"content\n")
        self.assertIn("cannot open 'nowhere'", ended.stderr)

    def test_formats_by_the_ending_of_the_path(self):
        self.write("d/x", b"1")
        for path, row in (("o/x.tsv", b"d/x\t1\n"), ("o/x.jsonl", b'{"path":"d/x","size":1}\n'),
                          ("o/x.txt", b'{"path":"d/x","size":1}\n')):
            self.copy("list", ["d/*"], path=path)
            self.assertEqual(self.read(path), row)
        self.write("text", b'a\tb\\n"\n')
        self.assertEqual(self.copy("lines", ["text"], form="tsv"), b'a\\tb\\\\n"\n')
        self.assertEqual(self.copy("lines", ["text"], form="jsonl"), b'"a\\tb\\\\n\\""\n')

    def test_two_sources_cannot_share_the_standard_input(self):
        ended = self.run_pipeline("""
pipeline: both
stages:
  a: {task: files.lines, with: {paths: ["-"]}}
  b: {task: files.lines, with: {paths: ["-"]}}
  out: {task: files.write, from: [a, b], with: {path: "-"}}
""", stdin=b"a\n")
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn("only one can", ended.stderr)

    def test_a_source_that_takes_more_than_there_is(self):
        ended = self.run_pipeline("""
pipeline: greedy
stages:
  greedy: {task: careless.greedy, with: {path: "-"}}
  out: {task: files.write, from: greedy, with: {path: out}}
""", stdin=b"a\nb\n")
        self.assert_ended(ended, 4, done=0)
        self.assertIn("stopped early: stage `greedy` (careless.greedy): its worker died in "
                      "produce: protocol violation: it stands where there is no standard input; "
                      "3 times in a row", ended.stderr)


class Writing(PenstockTest):
    def test_the_file_grows_beside_its_name_until_it_is_complete(self):
        self.write("out", "of before\n")
        running = self.start_pipeline("""
pipeline: partial
stages:
  lines: {task: files.lines, with: {paths: ["-"]}}
  gate: {task: sample.gate, from: lines, parallel: 1, with: {path: go}}
  both: {task: files.write, from: [lines, gate], with: {path: out}}
""", stdin=b"one\ntwo\n")
        partial = self.folder / "out.partial"
        running.until(lambda: partial.exists() and partial.read_bytes() == b"one\ntwo\n",
                      "what was committed")
        self.assertEqual(self.read("out"), b"of before\n")
        self.write("go", "")
        self.assert_ended(running.wait(), 0, done=2)
        self.assertEqual(self.read("out"), b"one\ntwo\none\ntwo\n")
        self.assertFalse(partial.exists())

    def test_what_an_interrupted_run_left_is_replaced(self):
        self.write("out.partial", "rubbish\n" * 1000)
        self.assert_ended(self.run_pipeline(NUMBERS % (3, "out")), 0)
        self.assertEqual(self.read("out"), b"0\n1\n2\n")
        self.assertFalse((self.folder / "out.partial").exists())

    def stopped_run(self, how, *words, stdin=None):
        """Its last lines, of a run that is stopped when something of it is in `a/out`."""
        partial = self.folder / "a/out.partial"
        partial.unlink(missing_ok=True)
        source = ("{task: sample.blobs, with: {count: 3, size: 3}}" if stdin is None else
                  "{task: files.lines, with: {paths: ['-']}}")
        running = self.start_pipeline(f"""
pipeline: stopped
stages:
  items: {source}
  odd: {{task: sample.gate, from: items, with: {{path: go}}}}
  save: {{task: files.write, from: [items, odd], with: {{path: a/out}}}}
  each: {{task: files.save, from: odd, with: {{path: "b/{{n}}.txt"}}}}
""", *words, stdin=stdin or subprocess.DEVNULL)
        running.until(lambda: partial.exists() and partial.stat().st_size, "what was committed")
        self.write("b/9.txt.partial", "of a worker that was killed")
        running.signal(how)
        running.until_stderr("once more")
        running.signal(how)
        ended = running.wait()
        self.assertEqual(ended.status, 128 + how, str(ended))
        self.assertRegex(ended.stderr.splitlines()[-1], "^items: ")
        self.assertEqual(ended.summary["partial"], ["a/out.partial", "b/9.txt.partial"])
        return ended

    def test_the_last_lines_of_a_run_that_was_stopped_name_what_is_unfinished(self):
        for how in signal.SIGINT, signal.SIGTERM:
            with self.subTest(how):
                ended = self.stopped_run(how, "--fresh")
                self.assertTrue(ended.summary["resumable"])
                self.assertEqual(ended.stderr.splitlines()[-2],
                                 "not finished: a/out.partial, b/9.txt.partial; `--resume` goes on "
                                 "with them")

    def test_so_do_those_of_one_that_cannot_be_gone_on_with(self):
        ended = self.stopped_run(signal.SIGINT, stdin=b"1\n2\n3\n")
        self.assertFalse(ended.summary["resumable"])
        self.assertEqual(ended.stderr.splitlines()[-2],
                         "not finished: a/out.partial, b/9.txt.partial; this run cannot be gone on "
                         "with, the next one begins anew")

    def test_those_of_a_run_that_came_to_its_end_do_not(self):
        self.write("out.partial.partial", "of somebody else")
        ended = self.run_pipeline(NUMBERS % (3, "out"))
        self.assert_ended(ended, 0)
        self.assertEqual((ended.summary["partial"], ended.summary["resumable"]), ([], False))
        self.assertNotIn("not finished", ended.stderr)

    def test_a_run_that_is_refused_leaves_no_file(self):
        (self.folder / "taken").mkdir()
        sinks = {"files": "a.txt", "csv": "b.csv", "json": "c.jsonl"}
        lines = "\n".join(f"  {plugin}: {{task: {plugin}.write, from: numbers, with: {{path: "
                          f"{path}}}}}" for plugin, path in sinks.items())
        ended = self.run_pipeline(f"""
pipeline: refused
stages:
  numbers: {{task: sample.numbers, with: {{count: 1000}}}}
{lines}
  none: {{task: files.write, from: numbers, with: {{path: taken}}}}
""")
        self.assert_ended(ended, 2, done=0)
        self.assertIn("'taken' is a folder, not a file", ended.stderr)
        self.assertEqual([path.name for path in self.folder.glob("*.*") if path.name[:2] in
                          ("a.", "b.", "c.")], [])

    def test_folders_on_the_way_are_made(self):
        self.assert_ended(self.run_pipeline(NUMBERS % (2, "a/b/c/out")), 0)
        self.assertEqual(self.read("a/b/c/out"), b"0\n1\n")

    def test_a_failed_run_leaves_the_old_output(self):
        self.write("out", "of before\n")
        ended = self.run_pipeline("""
pipeline: stop
stages:
  numbers: {task: sample.numbers, with: {count: 1000}}
  odd: {task: sample.odd, from: numbers, on_failure: stop}
  save: {task: files.write, from: odd, with: {path: out}}
""")
        self.assert_ended(ended, 4)
        self.assertEqual(self.read("out"), b"of before\n")

    def test_a_folder_in_the_place_of_the_output(self):
        (self.folder / "out").mkdir()
        ended = self.run_pipeline(NUMBERS % (3, "out"))
        self.assert_ended(ended, 2, **{"in": 0})
        self.assertIn("'out' is a folder, not a file", ended.stderr)

    def test_an_output_that_cannot_be_made(self):
        self.write("file", "")
        ended = self.run_pipeline(NUMBERS % (3, "file/out"))
        self.assertIn(ended.status, (2, 4), str(ended))
        self.assert_closes(ended)
        self.assertIn("stage `save` (files.write): open failed", ended.stderr)
        self.assertEqual(ended.account["in"], 0)


class StandardOutput(PenstockTest):
    COUNT = 100000

    def start_numbers(self, **options):
        return self.start_pipeline(NUMBERS % (self.COUNT, '"-"'), **options)

    def assert_lack(self, ended, text):
        self.assert_ended(ended, 3, dead=0)
        self.assertIn("standard output", ended.stderr)
        self.assertIn(text, ended.stderr)

    def test_it_gets_everything(self):
        ended = self.start_numbers().wait()
        self.assert_ended(ended, 0, done=self.COUNT)
        self.assertEqual(ended.stdout, b"".join(b"%d\n" % n for n in range(self.COUNT)))

    def test_a_slow_reader_gets_everything(self):
        reader, writer = os.pipe()
        running = self.start_numbers(stdout=writer)
        running.until(lambda: not select.select([], [writer], [], 0)[1], "a full pipe")
        os.close(writer)
        with open(reader, "rb") as output:
            self.assertEqual(output.read(), b"".join(b"%d\n" % n for n in range(self.COUNT)))
        self.assert_ended(running.wait(), 0, done=self.COUNT)

    def test_a_reader_that_has_gone(self):
        reader, writer = os.pipe()
        running = self.start_numbers(stdout=writer)
        os.close(writer)
        with open(reader, "rb") as output:
            self.assertEqual(output.readline(), b"0\n")
        self.assert_lack(running.wait(), "Broken pipe")

    def test_a_closed_one(self):
        ended = self.start_numbers(preexec=lambda: os.close(1)).wait()
        self.assert_lack(ended, "is closed")
        self.assertEqual(ended.account["in"], 0)

    def test_a_full_device(self):
        with open("/dev/full", "wb") as full:
            self.assert_lack(self.start_numbers(stdout=full).wait(), "No space left on device")


class Lack(PenstockTest):
    """The disk is full: status 3, and the account says what is pending."""

    def assert_lack(self, ended, *texts):
        self.assert_ended(ended, 3, dead=0)
        self.assertGreater(ended.account["pending"], 0)
        for text in texts:
            self.assertIn(text, ended.stderr)

    def test_a_full_device(self):
        self.assert_lack(self.run_pipeline(NUMBERS % (300000, "/dev/full")), "`save`",
                         "No space left on device")

    def test_a_full_file_system(self):
        self.write("pipeline.yaml", NUMBERS % (300000, "full/out"))
        (self.folder / "full").mkdir()
        mounted = ["unshare", "-rm", "sh", "-c",
                   'mount -t tmpfs -o size=256k none full && exec "$@"', "sh"]
        if subprocess.run([*mounted, "true"], cwd=self.folder, capture_output=True,
                          check=False).returncode != 0:
            self.skipTest("a file system cannot be mounted here")
        ended = self.penstock("run", "pipeline.yaml", "--plugin-path", TEST_PLUGINS, prefix=mounted)
        self.assert_lack(ended, "'full/out.partial'", "No space left on device")

    def test_a_limit_of_the_size_of_files(self):
        # Large enough for what the processes share, which counts as files, too.
        limit = 256 << 20
        ended = self.run_pipeline(
            "pipeline: large\nstages:\n"
            "  blobs: {task: sample.blobs, with: {count: 400, size: 1MiB}}\n"
            "  save: {task: files.write, from: blobs, with: {path: out}}\n",
            preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.assert_lack(ended, "'out.partial'", "File too large")

    def test_a_limit_that_allows_no_shared_memory(self):
        ended = self.run_pipeline(
            NUMBERS % (3, "out"),
            preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16)))
        self.assertEqual(ended.status, 3, str(ended))
        self.assertIn("file too large", ended.stderr.lower())


if __name__ == "__main__":
    unittest.main()
