"""Each pipeline of configs/ on the data that comes along, on generated and on difficult input, and
while its workers are killed; what it has to make of them is known from other programs.

PENSTOCK_SEED chooses the input and the moments of the kills (default 1), PENSTOCK_KILLS how many
moments each pipeline has (default 10).
"""

import os
import random
import re
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

import example_inputs
import examples
from examples import CONFIGS, EXAMPLES
from http_server import Server
from penstock_runner import SOURCE, PenstockTest, command_of

SEED = os.environ.get("PENSTOCK_SEED", "1")
KILLS = int(os.environ.get("PENSTOCK_KILLS", "10"))


class ConfigsTest(PenstockTest):
    def setUp(self):
        super().setUp()
        self.chance = random.Random(f"{SEED} {type(self).__name__}")

    def start_example(self, example):
        summary = self.folder / f"summary.{len(self.started)}.json"
        words = [*example.command(), "--summary", summary]
        return self.start(*words, summary=summary)

    def assert_right(self, example, status=0):
        """Runs it, and compares its output with that of the others."""
        expected = example.expected()
        ended = self.start_example(example).wait()
        self.assertEqual(ended.status, status, str(ended))
        self.assert_closes(ended)
        self.assert_same(example.found(ended), expected)
        return ended

    def assert_same(self, found, expected):
        """Shows where they part; both may be large."""
        if found != expected:
            texts = repr(found), repr(expected)
            at = max(0, len(os.path.commonprefix(texts)) - 100)
            self.fail("…{}…\n is not\n…{}…".format(*(text[at:at + 300] for text in texts)))

    def serve(self):
        server = Server()
        self.addCleanup(server.stop)
        return server

    def write_all(self, files):
        for name, content in files.items():
            self.write(name, content)

    def write_photos(self, count, most):
        if not shutil.which("cjpeg"):
            self.skipTest("cjpeg is not installed")
        self.write_all(example_inputs.photos(self.chance, count, most))


class AsTheyStand(ConfigsTest):
    """In the root of the repository, with nothing set."""

    def setUp(self):
        super().setUp()
        for name in ("configs", "docs"):
            (self.folder / name).symlink_to(SOURCE / name)

    def test_each_one_is_tested_and_in_the_list(self):
        files = {path.stem for path in CONFIGS.glob("*.yaml")}
        self.assertEqual({example.config for example in EXAMPLES}, files)
        page = (SOURCE / "docs/examples.md").read_text(encoding="utf-8")
        self.assertEqual(set(re.findall(r"\(\.\./configs/([\w-]+)\.yaml\)", page)), files)

    def test_each_one_does_what_it_says(self):
        for kind in EXAMPLES:
            if kind is examples.Fetch:  # its list names a port
                continue
            with self.subTest(kind.config):
                self.assert_right(kind(self.folder))

    def test_their_tests_pass(self):
        tested = [path.name for path in CONFIGS.glob("*.yaml") if "\ntests:" in path.read_text()]
        self.assertIn("wordcount.yaml", tested)
        for name in tested:
            ended = self.penstock("test", f"configs/{name}")
            self.assertEqual(ended.status, 0, f"{ended.stdout.decode()}{ended}")

    def test_a_list_of_urls(self):
        port = self.serve_folder(SOURCE)
        urls = (CONFIGS / "data/urls.txt").read_text(encoding="utf-8")
        self.write("urls.txt", urls.replace(":8000", f":{port}"))
        example = examples.Fetch(self.folder, INPUT="urls.txt")
        ended = self.assert_right(example)
        missing = f"http://127.0.0.1:{port}/no/such/page"
        self.assertEqual(example.failures(ended),
                         [[missing, f"{missing}: the server answered 404 Not Found"]])

    def serve_folder(self, folder):
        """The server that the example names; answers its port."""
        server = subprocess.Popen(
            ["python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"], cwd=folder,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        return int(re.search(rb"port (\d+)", server.stdout.readline())[1])


class Difficult(ConfigsTest):
    """Empty files, single lines, no end of the last line, and what is damaged."""

    CONTENTS = (b"", b"\n", b"one line", b"one line\n", b"a\n\n\nlast without an end")
    HEADER = "order,day,customer,article,quantity,price"

    def each(self, make_example, contents):
        for content in contents:
            with self.subTest(content):
                self.write("in", content)
                self.assert_right(make_example(f"out{len(self.started)}"))

    def test_words_and_patterns(self):
        self.each(lambda out: examples.WordCount(self.folder, INPUT="in", OUTPUT=out),
                  self.CONTENTS)
        self.each(lambda out: examples.Grep(self.folder, INPUT="in", OUTPUT=out, PATTERN="e|^$"),
                  self.CONTENTS)

    def test_checksums_of_files_with_strange_names(self):
        self.write_all(example_inputs.tree(self.chance, 200, 100_000))
        self.assert_right(examples.Checksums(self.folder, INPUT="tree/**/*"))
        self.each(lambda out: examples.Checksums(self.folder, INPUT="in", OUTPUT=out),
                  self.CONTENTS)

    def test_checksums_where_a_file_cannot_be_read(self):
        for name in ("a", "c"):
            self.write(f"tree/{name}", name)
        (self.folder / "tree/b").symlink_to("/proc/self/mem")
        example = examples.Checksums(self.folder, INPUT="tree/[ac]", OUTPUT="sums")
        expected = example.expected()
        example.settings["INPUT"] = "tree/*"
        ended = self.start_example(example).wait()
        self.assert_ended(ended, 1, done=2, dead=1)
        self.assert_same(example.found(ended), expected)

    def test_photos_of_all_shapes(self):
        example = examples.Thumbnails(self.folder, INPUT="photos/**/*.jpg", SIZE="37")
        self.write_photos(24, 300)
        self.assert_right(example)
        self.assert_right(example)  # what is there stays

    def test_photos_with_programs(self):
        example = examples.ThumbnailsExec(self.folder, INPUT="photos/**/*.jpg", SCALE="3/8")
        self.write_photos(24, 300)
        self.assert_right(example)

    def test_a_photo_that_is_none(self):
        for kind in (examples.Thumbnails, examples.ThumbnailsExec):
            with self.subTest(kind.config):
                example = kind(self.folder, INPUT="photos/[a-y].jpg")
                self.write_photos(0, 1)
                for name in "ab":
                    self.write(f"photos/{name}.jpg", example_inputs.photo(self.chance, 64, 48))
                expected = example.expected()
                example.settings["INPUT"] = "photos/*.jpg"
                self.write("photos/z.jpg", "no image")
                ended = self.start_example(example).wait()
                self.assert_ended(ended, 1, done=2, dead=1, retried=0, restarts=0)
                self.assert_same(example.found(ended), expected)

    def rows(self):
        good, bad = "1,2026-01-01,7,tea,2,1.5", "2,2026-01-01,7,tea,two,1.5"
        return [text.encode() for text in (
            self.HEADER, self.HEADER + "\n", f"{self.HEADER}\n{good}", f"{self.HEADER}\n{bad}",
            f"{self.HEADER}\n\n{good}\n\n\n{bad}\n1,,,,,", f"{self.HEADER}\n{good}\n{good}\n")]

    def test_rows_into_a_table(self):
        def example(out):
            return examples.CsvToSqlite(self.folder, INPUT="in", OUTPUT=f"{out}.db",
                                        REJECTS=f"{out}.csv")
        self.each(example, self.rows())

    def test_rows_again_into_the_same_table(self):
        example = examples.CsvToSqlite(self.folder, INPUT="in", OUTPUT="o.db", REJECTS="r.csv")
        orders = example_inputs.orders(self.chance, 500)
        for text in (orders, orders, orders.replace(",12,", ",13,")):
            self.write("in", text)
            self.assert_right(example)

    def test_totals(self):
        self.each(lambda out: examples.Aggregate(self.folder, INPUT="in", OUTPUT=out,
                                                 REJECTS=f"{out}.rejects"), self.rows())

    def test_pairs(self):
        for name, text in (("none", "customer,name,city\n"), ("one", "customer,name,city\n7,A,B"),
                           ("two", "customer,name,city\n7,A,B\n7,A,C\n8,A,\n")):
            self.write(name, text)
            self.each(lambda out, name=name: examples.Join(self.folder, INPUT="in", WITH=name,
                                                           OUTPUT=out), self.rows())

    def test_json_that_is_none(self):
        record = b'{"level":"error","time":1,"message":"m","request":{"ms":5}}'
        self.each(lambda out: examples.JsonFilter(self.folder, INPUT="in", OUTPUT=out),
                  [b"", b"\n", record, record + b"\n", b'{"level":"error"', b"{}\n[\n" + record,
                   b'{"level":"info"}\n' + record + b"\n\n" + record[:-2]])

    def test_urls_that_lead_nowhere(self):
        server = self.serve()
        self.write("in", server.url("hello") + "\nno url\nhttp://127.0.0.1:1/\n" +
                   server.url("status?500"))
        example = examples.Fetch(self.folder, INPUT="in", OUTPUT="out", RATE="1000/s")
        ended = self.assert_right(example)
        self.assertEqual(ended.account["retried"], 4)
        reasons = dict(example.failures(ended))
        self.assertIn("no URL that can be fetched", reasons["no url"])
        self.assertIn("127.0.0.1 port 1", reasons["http://127.0.0.1:1/"])
        told = (self.folder / "out/run.json").read_text()
        self.assertIn('"kind":"run_done"', told)
        self.assertIn('"handled":3', told)

    def test_no_url_at_all(self):
        self.write("in", "")
        self.assert_right(examples.Fetch(self.folder, INPUT="in", OUTPUT="out"))


class Killed(ConfigsTest):
    """kill -9 of a worker at moments that the seed chooses, one in each run: nobody can tell from
    the output, and the status is 0."""

    def assert_right_whoever_dies(self, make_example):
        expected = make_example("none").expected()
        example = make_example("out.0")
        ended = self.start_example(example).wait()
        self.assert_ended(ended, 0, dead=0, pending=0, restarts=0)
        self.assert_same(example.found(ended), expected)
        kills = restarts = 0
        while kills < KILLS:
            example = make_example(f"out.{len(self.started)}")
            self.assertLess(len(self.started), 20 * KILLS, "it ends before anybody can be killed")
            running = self.start_example(example)
            kills += self.kill_one(running, self.chance.random() * ended.seconds)
            disturbed = running.wait()
            self.assert_ended(disturbed, 0, dead=0, pending=0)
            self.assert_same(example.found(disturbed), expected)
            restarts += disturbed.account["restarts"]
        self.assertGreater(restarts, 0)

    def kill_one(self, running, after):
        """After so many seconds; False if the run has ended before."""
        try:
            running.process.wait(after)
        except subprocess.TimeoutExpired:
            try:
                os.kill(self.chance.choice(self.workers(running)), signal.SIGKILL)
                return True
            except (IndexError, OSError):  # there is none yet, or none any more
                pass
        return False

    @staticmethod
    def workers(running):
        """The children of the keeper. (One of theirs looks like a worker until it is a program.)"""
        return sorted(int(pid) for keeper in running.processes("penstock-keeper")
                      for pid in Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()
                      if "penstock-worker" in command_of(int(pid)))

    def test_words(self):
        self.write("in", example_inputs.text(self.chance, 12 * example_inputs.MIB))
        self.assert_right_whoever_dies(
            lambda out: examples.WordCount(self.folder, INPUT="in", OUTPUT=out))

    def test_patterns(self):
        self.write("in", example_inputs.text(self.chance, 3 * example_inputs.MIB))
        self.assert_right_whoever_dies(
            lambda out: examples.Grep(self.folder, INPUT="in", OUTPUT=out, PATTERN="enstock.*F"))

    def test_checksums(self):
        self.write_all(example_inputs.tree(self.chance, 400, example_inputs.MIB))
        self.assert_right_whoever_dies(
            lambda out: examples.Checksums(self.folder, INPUT="tree/**/*", OUTPUT=out))

    def test_thumbnails(self):
        self.write_photos(40, 500)
        self.assert_right_whoever_dies(
            lambda out: examples.Thumbnails(self.folder, INPUT="photos/**/*.jpg", OUTPUT=out,
                                            SIZE="32"))

    def test_thumbnails_with_programs(self):
        self.write_photos(60, 400)
        self.assert_right_whoever_dies(
            lambda out: examples.ThumbnailsExec(self.folder, INPUT="photos/**/*.jpg", OUTPUT=out))

    def test_rows_into_a_table(self):
        self.write("in", example_inputs.orders(self.chance, 30000))
        self.assert_right_whoever_dies(
            lambda out: examples.CsvToSqlite(self.folder, INPUT="in", OUTPUT=f"{out}.db",
                                             REJECTS=f"{out}.csv"))

    def test_totals(self):
        self.write("in", example_inputs.orders(self.chance, 30000))
        self.assert_right_whoever_dies(
            lambda out: examples.Aggregate(self.folder, INPUT="in", OUTPUT=out,
                                           REJECTS=f"{out}.rejects"))

    def test_pairs(self):
        self.write("in", example_inputs.orders(self.chance, 20000))
        self.write("with", example_inputs.customers(self.chance, 250))
        self.assert_right_whoever_dies(
            lambda out: examples.Join(self.folder, INPUT="in", WITH="with", OUTPUT=out))

    def test_json(self):
        self.write("in", example_inputs.log(self.chance, 30000))
        self.assert_right_whoever_dies(
            lambda out: examples.JsonFilter(self.folder, INPUT="in", OUTPUT=out))

    def test_urls(self):
        server = self.serve()
        self.write("in", example_inputs.urls(self.chance, server, 150))

        def example(out):
            server.seen.clear()  # some pages are there at the second attempt alone
            return examples.Fetch(self.folder, INPUT="in", OUTPUT=out, RATE="1000/s")
        self.assert_right_whoever_dies(example)

    def test_what_was_printed_may_come_again_but_is_never_missing(self):
        self.write("in", example_inputs.text(self.chance, 2 * example_inputs.MIB))
        example = examples.Grep(self.folder, INPUT="in", PATTERN="^P")
        expected = set(example.expected())
        seconds = self.start_example(example).wait().seconds
        for _ in range(KILLS):
            running = self.start_example(example)
            self.kill_one(running, self.chance.random() * seconds)
            ended = running.wait()
            self.assert_ended(ended, 0, dead=0, pending=0)
            self.assertEqual([line for line in expected if line not in ended.stdout], [])


if __name__ == "__main__":
    unittest.main()
