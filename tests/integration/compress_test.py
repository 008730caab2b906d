"""The plugin `compress`, beside gzip, zstd and Python's zlib."""

import gzip
import json
import random
import subprocess
import unittest
import zlib

from penstock_runner import PenstockTest, kill

MIB = 1 << 20


def packing(task, output, gathered="size: 64KiB"):
    """The lines of input.jsonl that have an even number, compressed into one file."""
    return f"""
pipeline: packing
pools:
  default: {{processes: 2}}
stages:
  lines: {{task: files.lines, with: {{paths: [input.jsonl]}}}}
  even:
    task: text.grep
    from: lines
    ordered: true
    ignore: rejects
    with: {{pattern: '"even":true'}}
  pieces: {{task: files.gather, from: even, snapshot: {{every: 50ms}}, with: {{{gathered}}}}}
  packed: {{task: compress.{task}, from: pieces, ordered: true}}
  out: {{task: files.write, from: packed, with: {{path: {output}}}}}
"""


class Compress(PenstockTest):
    def lines(self, count):
        text = random.Random(1)
        rows = [json.dumps({"n": n, "even": n % 2 == 0, "text": "%x" % text.getrandbits(300)},
                           separators=(",", ":")) + "\n" for n in range(count)]
        self.write("input.jsonl", "".join(rows))
        return "".join(rows[::2]).encode()

    def output_of(self, *words):
        return subprocess.run(words, cwd=self.folder, check=True, capture_output=True).stdout

    def each(self, task, content, level=None):
        """What the task makes of a file's content."""
        self.write("input", content)
        given = f", with: {{level: {level}}}" if level else ""
        ended = self.run_pipeline(f"""
pipeline: each
stages:
  paths: {{task: files.lines, with: {{paths: [paths]}}}}
  read: {{task: files.read, from: paths}}
  work: {{task: compress.{task}, from: read{given}}}
  out: {{task: files.write, from: work, with: {{path: output, format: raw}}}}
""")
        self.assert_ended(ended, 0, done=1)
        return self.read("output")

    def setUp(self):
        super().setUp()
        self.write("paths", "input\n")


class Streams(Compress):
    def test_lines_are_filtered_and_compressed_into_one_file(self):
        expected = self.lines(20_000)
        for task, name, program in (("gzip", "out.jsonl.gz", "gzip"),
                                    ("zstd", "out.jsonl.zst", "zstd")):
            ended = self.run_pipeline(packing(task, name))
            self.assert_ended(ended, 0, done=20_000, dead=0)
            self.assertEqual(self.output_of(program, "-dc", name), expected)
        self.assertEqual(gzip.decompress(self.read("out.jsonl.gz")), expected)
        self.assertLess(len(self.read("out.jsonl.gz")), len(expected))

    def test_no_line_at_all_makes_a_valid_file(self):
        self.write("input.jsonl", "")
        for task, program in (("gzip", "gzip"), ("zstd", "zstd")):
            self.assert_ended(self.run_pipeline(packing(task, "none.gz")), 0)
            self.assertEqual(self.output_of(program, "-dc", "--", "none.gz")
                             if task == "gzip" else self.output_of(program, "-dcf", "none.gz"), b"")

    def test_the_file_is_whole_whichever_worker_dies(self):
        expected = self.lines(60_000)
        moments = random.Random(7)
        running = self.start_pipeline(packing("gzip", "out.gz", "size: 16KiB"))
        killed = 0
        for _ in range(10):
            wanted = moments.randrange(1, 40) * 8192
            partial = self.folder / "out.gz.partial"
            grown = running.until(
                lambda: running.process.poll() is not None or (self.folder / "out.gz").exists() or
                partial.exists() and partial.stat().st_size >= wanted, "growth")
            workers = running.processes("penstock-worker")
            if running.process.poll() is not None or not workers or not grown:
                break
            killed += kill(moments.choice(workers))
        ended = running.wait()
        self.assert_ended(ended, 0, done=60_000, dead=0)
        self.assertGreater(killed, 0)
        self.assertEqual(gzip.decompress(self.read("out.gz")), expected)


class Files(Compress):
    CONTENT = (b"a line of text that comes again, and again\n" * 5_000 +
               random.Random(2).randbytes(MIB))

    def test_gzip_is_that_of_zlib_and_says_no_time(self):
        for level in (1, 6, 9):
            stream = zlib.compressobj(level, zlib.DEFLATED, 31)
            self.assertEqual(self.each("gzip", self.CONTENT, level),
                             stream.compress(self.CONTENT) + stream.flush())
        self.write("packed.gz", self.each("gzip", self.CONTENT))
        self.assertEqual(self.output_of("gzip", "-dc", "packed.gz"), self.CONTENT)

    def test_zstd_is_read_by_zstd(self):
        for level in (1, 3, 19):
            self.write("packed.zst", self.each("zstd", self.CONTENT, level))
            self.assertEqual(self.output_of("zstd", "-dc", "packed.zst"), self.CONTENT)

    def test_what_the_programs_write_is_read(self):
        self.write("content", self.CONTENT)
        for words, task in ((("gzip", "-c"), "gunzip"), (("gzip", "-1c"), "gunzip"),
                            (("zstd", "-c"), "unzstd"), (("zstd", "-19c"), "unzstd")):
            packed = self.output_of(*words, "content")
            self.assertEqual(self.each(task, packed), self.CONTENT)
            self.assertEqual(self.each(task, packed + packed), self.CONTENT * 2)
        piped = subprocess.run(["zstd", "-c"], input=self.CONTENT, check=True,
                               capture_output=True).stdout  # it does not know its size
        self.assertEqual(self.each("unzstd", piped), self.CONTENT)

    def test_bad_data_is_a_dead_letter_and_no_more(self):
        good = gzip.compress(b"good")
        for name, content in (("good", good), ("cut", good[:-3]), ("plain", b"no gzip"),
                              ("bomb", gzip.compress(bytes(64 * MIB)))):
            self.write(name, content)
        self.write("paths", "good\ncut\nplain\nbomb\n")
        ended = self.run_pipeline("""
pipeline: bad
stages:
  paths: {task: files.lines, with: {paths: [paths]}}
  read: {task: files.read, from: paths}
  work: {task: compress.gunzip, from: read, with: {max_size: 1MiB}}
  out: {task: files.write, from: work, with: {path: output, format: raw}}
""")
        self.assert_ended(ended, 1, done=1, dead=3, retried=0, restarts=0)
        self.assertEqual(self.read("output"), b"good")
        letters = json.dumps(self.dead_items("bad"))
        for text in (f"it ends at byte {len(good) - 3}", "this is no gzip data",
                     "the content comes to more than 1MiB"):
            self.assertIn(text, letters)


if __name__ == "__main__":
    unittest.main()
