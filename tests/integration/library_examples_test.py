"""The examples of the library, docs/examples/*.cpp: each is run, and prints what the Python program
in its first lines would print.
"""

import re
import subprocess
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from penstock_runner import BIN, SOURCE, PenstockTest, Running

EXAMPLES = BIN / "examples"


class ExampleTest(PenstockTest):
    def printed_by(self, name, *words):
        """The lines on its stdout. It has to end well, and to say nothing on stderr."""
        program = EXAMPLES / name
        if not program.exists():
            self.skipTest(f"the example {name} was left out of this build")
        running = Running(self, [program, *words], subprocess.DEVNULL, None, self.environment(),
                          None, None)
        self.started.append(running)
        ended = running.wait()
        self.assertEqual((ended.status, ended.stderr), (0, ""), str(ended))
        return [line.rstrip() for line in ended.stdout.decode().splitlines()]


class Classics(ExampleTest):
    def test_each_example_is_tested_and_in_the_list(self):
        files = {path.stem for path in (SOURCE / "docs/examples").glob("*.cpp")}
        tested = set(re.findall(r'printed_by\("(\w+)"', Path(__file__).read_text("utf-8")))
        self.assertEqual(tested, files)
        page = (SOURCE / "docs/examples.md").read_text(encoding="utf-8")
        self.assertEqual(set(re.findall(r"\(examples/(\w+)\.cpp\)", page)), files)

    def test_hello_process(self):
        self.assertEqual(self.printed_by("hello_process"), ["hello bob", "exit code 0"])

    def test_queue(self):
        self.assertEqual(self.printed_by("queue"), ["42, no reading, hello"])

    def test_pipe(self):
        self.assertEqual(self.printed_by("pipe"),
                         ["hello", "from", "the", "other", "side", "the end"])

    def test_lock(self):
        lines = self.printed_by("lock")
        self.assertEqual(sorted(lines), [f"hello world {number}" for number in range(10)])

    def test_shared_state(self):
        self.assertEqual(self.printed_by("shared_state"),
                         ["3.1415927", "0 -1 -2 -3 -4 -5 -6 -7 -8 -9"])

    def test_manager(self):
        self.assertEqual(self.printed_by("manager"), ["1: one", "2: two", "9 8 7 6 5 4 3 2 1 0"])

    def test_pool(self):
        lines = self.printed_by("pool")
        self.assertEqual(lines[:-2], ["0 1 4 9 16 25 36 49 64 81", "sum 285", "400",
                                      "we lacked patience"])
        self.assertEqual(sorted(lines[-2:]),  # as they get ready
                         ["app.root:24: failed: no root of a negative number", "root 1.5"])


class Messages(ExampleTest):
    """Five messages of three seconds each for three processes."""

    def test_three_begin_and_the_others_as_places_get_free(self):
        lines = self.printed_by("messages", "3")
        self.assertEqual(lines[-1], "all done")
        self.assertEqual(set(lines[:4]), {"all submitted", *self.lines("start", range(3))})
        # They print at the same time, if two places get free.
        self.assertEqual(sorted(line for line in lines if line.startswith("start"))[3:],
                         self.lines("start", (3, 4)))
        self.assert_at_most_at_work(lines, 3)

    def test_each_one_has_its_callback_when_it_has_ended(self):
        for seconds in ("0", "0.05"):
            with self.subTest(seconds):
                lines = self.printed_by("messages", seconds)
                self.assertEqual(len(lines), 5 * 3 + 2)
                for number in range(5):
                    places = [lines.index(f"{what} message {number}")
                              for what in ("start", "end", "done")]
                    self.assertEqual(places, sorted(places))
                self.assertEqual(lines[-1], "all done")

    @staticmethod
    def lines(what, numbers):
        return [f"{what} message {number}" for number in numbers]

    def assert_at_most_at_work(self, lines, most):
        at_work = 0
        for line in lines:
            at_work += line.startswith("start") - line.startswith("end")
            self.assertLessEqual(at_work, most)


class Site(ThreadingHTTPServer):
    """A few pages that refer to each other, on loopback; knows how often each was asked for."""

    daemon_threads = True
    PAGES = {
        "/": '<a href="first">1</a> <a class="x" href="/deep/second#part">2</a>'
             '<a href="http://elsewhere.invalid/">another server</a>',
        "/first": '<A HREF="/">back</A> <a href="missing">not there</a>',
        "/deep/second": '<a href="third">3</a><a href="../first">1</a>',
        "/deep/third": '<a href="/broken">breaks off</a>',
        "/nowhere": "no page refers to this one",
    }

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Page)
        self.asked = []
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Page(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        if self.path == "/broken":
            return  # the connection is closed without an answer
        text = Site.PAGES.get(self.path, "nothing here").encode()
        self.send_response(200 if self.path in Site.PAGES else 404)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class Crawler(ExampleTest):
    def setUp(self):
        super().setUp()
        self.site = Site()
        self.addCleanup(self.site.server_close)
        self.addCleanup(self.site.shutdown)

    def test_every_page_that_can_be_reached_and_no_other(self):
        lines = self.printed_by("crawler", f"{self.site.address}/", "3")
        lines = [line.replace(self.site.address, "") for line in lines]
        self.assertEqual(lines[0], "200 /")
        failed = [line for line in lines if line.startswith("failed")]
        self.assertEqual(sorted(set(lines) - set(failed)),
                         ["200 /", "200 /deep/second", "200 /deep/third", "200 /first",
                          "404 /missing"])
        self.assertEqual(len(lines), 6)
        self.assertRegex(failed[0], "^failed /broken: .*Server returned nothing")
        once = [path for path in self.site.asked if path != "/broken"]
        self.assertEqual(len(once), len(set(once)))
        self.assertEqual(self.site.asked.count("/broken"), 2)  # tried again

    def test_no_more_pages_than_wanted(self):
        self.assertEqual(len(self.printed_by("crawler", f"{self.site.address}/", "2", "2")), 2)
        self.assertEqual(len(self.site.asked), 2)

    def test_a_server_that_is_not_there(self):
        lines = self.printed_by("crawler", "http://127.0.0.1:1/", "1")
        self.assertEqual(len(lines), 1)
        self.assertRegex(lines[0], "^failed http://127.0.0.1:1/: .*connect")


if __name__ == "__main__":
    unittest.main()
