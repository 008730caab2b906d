"""What the pipelines of configs/ have to make of their input, worked out by other programs:
coreutils, jq, zstd, djpeg and cjpeg, and Python's own csv, json, gzip, sqlite3 and urllib.

An example reads the same files as its pipeline, whatever they hold, and answers what the output has
to be and what it is, in a form that can be compared. Where a page promises no order, both are
sorted.
"""

import csv
import glob
import gzip
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import unittest
import urllib.error
import urllib.request
from collections import defaultdict
from contextlib import closing

from penstock_runner import BIN, SOURCE
from text_test import lines_of, table, words_of

CONFIGS = SOURCE / "configs"
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")
PLUGIN = re.compile(r"\btask: (\w+)\.")


def printed_by(words, content=None, folder=None):
    """What a program prints; without it the test is skipped."""
    if not shutil.which(words[0]):
        raise unittest.SkipTest(f"{words[0]} is not installed")
    return subprocess.run(words, input=content, cwd=folder, check=True,
                          capture_output=True).stdout


def csv_row(values):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(["" if v is None else v for v in values])
    return text.getvalue()[:-1].encode()


def sorted_table(content):
    """The first row of a CSV file, and the others in order; a quoted one may go over lines."""
    rows = []
    for line in lines_of(content):
        if rows and rows[-1].count(b'"') % 2:
            rows[-1] += b"\n" + line
        else:
            rows.append(line)
    return rows[:1] + sorted(rows[1:])


class Example:
    config = ""

    def __init__(self, folder, **settings):
        self.folder, self.settings = folder, settings
        self.path = CONFIGS / f"{self.config}.yaml"
        text = self.path.read_text(encoding="utf-8")
        self.values = dict(VARIABLE.findall(text)) | settings
        for plugin in PLUGIN.findall(text):
            if not (BIN / f"plugins/lib{plugin}.so").exists():
                raise unittest.SkipTest(f"the plugin {plugin} was left out of this build")

    def command(self):
        sets = (("--set", f"{name}={value}") for name, value in self.settings.items())
        return ["run", self.path, *(word for pair in sets for word in pair)]

    def files(self, name="INPUT"):
        """The files of a pattern, in the order of their bytes."""
        found = glob.glob(self.values[name], root_dir=self.folder, recursive=True)
        return sorted((f for f in found if (self.folder / f).is_file()), key=os.fsencode)

    def input(self, name="INPUT"):
        return (self.folder / self.values[name]).read_bytes()

    def output(self, ended, name="OUTPUT", ending=""):
        path = self.values[name]
        return ended.stdout if path == "-" else (self.folder / (path + ending)).read_bytes()

    def tree(self, *below):
        """The files below the output's folder, by their paths there."""
        top = self.folder.joinpath(self.values["OUTPUT"], *below)
        return {str(p.relative_to(top)): p.read_bytes() for p in sorted(top.rglob("*"))
                if p.is_file()}


class WordCount(Example):
    config = "wordcount"

    def expected(self):
        return table(sum((words_of((self.folder / f).read_bytes()) for f in self.files()),
                         words_of(b"")))

    def found(self, ended):
        return self.output(ended)


class Grep(Example):
    config = "grep"

    def expected(self):
        pattern = self.values["PATTERN"].encode()
        return sorted(line for f in self.files()
                      for line in lines_of((self.folder / f).read_bytes())
                      if re.search(pattern, line))

    def found(self, ended):
        return sorted(lines_of(self.output(ended)))


class Checksums(Example):
    config = "checksums"

    def expected(self):
        return printed_by(["sha256sum", "--", *self.files()], folder=self.folder)

    def found(self, ended):
        return self.output(ended)


class Pixels:
    """A PNM image: bytes of one or three channels."""

    def __init__(self, content):
        head = re.match(rb"P([56])\n(\d+) (\d+)\n255\n", content)
        self.channels = 1 if head[1] == b"5" else 3
        self.width, self.height = int(head[2]), int(head[3])
        self.bytes = content[head.end():]

    def mean(self, width, height):
        """Each pixel is the mean of the area that it covers, rounded; as PNM."""
        parts = [[(at, min((at + 1) * to, (i + 1) * of) - max(at * to, i * of))
                  for at in range(i * of // to, ((i + 1) * of - 1) // to + 1)]
                 for of, to in ((self.width, width), (self.height, height)) for i in range(to)]
        columns, rows = parts[:width], parts[width:]
        whole, out = self.width * self.height, bytearray()
        for row in rows:
            for column in columns:
                for channel in range(self.channels):
                    total = sum(down * across *
                                self.bytes[(y * self.width + x) * self.channels + channel]
                                for y, down in row for x, across in column)
                    out.append((2 * total + whole) // (2 * whole))
        return b"P%d\n%d %d\n255\n%s" % (5 if self.channels == 1 else 6, width, height, out)


class Thumbnails(Example):
    config = "thumbnails"

    def thumbnail(self, path):
        def pixels(parts):
            return printed_by(["djpeg", "-pnm", "-scale", f"1/{parts}", path], folder=self.folder)
        most, photo = int(self.values["SIZE"]), Pixels(pixels(1))
        longer = max(photo.width, photo.height)
        if longer <= most:
            return pixels(1)
        width, height = (max(1, (2 * side * most + longer) // (2 * longer))
                         for side in (photo.width, photo.height))
        parts = next(p for p in (8, 4, 2, 1) if p == 1 or (-(-photo.width // p) >= 2 * width and
                                                            -(-photo.height // p) >= 2 * height))
        return Pixels(pixels(parts)).mean(width, height)

    def expected(self):
        return {f: printed_by(["cjpeg", "-quality", "85", "-optimize"], self.thumbnail(f))
                for f in self.files()}

    def found(self, ended):
        return self.tree()


class ThumbnailsExec(Example):
    config = "thumbnails-exec"

    def __init__(self, folder, **settings):
        super().__init__(folder, **settings)
        for program in ("djpeg", "cjpeg"):
            if not shutil.which(program):
                raise unittest.SkipTest(f"{program} is not installed")

    def expected(self):
        command = 'djpeg -scale "$1" "$2" | cjpeg -quality 85'
        return {f"{n}.jpg": printed_by(["sh", "-c", command, "sh", self.values["SCALE"], f],
                                       folder=self.folder)
                for n, f in enumerate(self.files(), 1)}

    def found(self, ended):
        return self.tree()


class Orders(Example):
    """A CSV file of orders: its columns have types, and a row that does not fit has a reason."""

    COLUMNS = {"order": int, "day": str, "customer": int, "article": str, "quantity": int,
               "price": float}

    def rows(self):
        """Good rows as lists, bad ones as (line, text, reason)."""
        text = self.input().decode()
        lines, reader, good, bad = text.split("\n"), csv.reader(io.StringIO(text)), [], []
        next(reader, None)
        begin = reader.line_num
        for row in reader:
            first, begin = begin, reader.line_num
            if not row:
                continue
            reason = self.wrong_with(row)
            if reason:
                bad.append((first + 1, "\n".join(lines[first:begin]), reason))
            else:
                good.append([None if not value and kind is not str else kind(value)
                             for value, kind in zip(row, self.COLUMNS.values())])
        return good, bad

    def wrong_with(self, row):
        if len(row) != len(self.COLUMNS):
            return f"it has {len(row)} field{'s' if len(row) > 1 else ''} where there are 6 columns"
        for value, (name, kind) in zip(row, self.COLUMNS.items()):
            try:
                kind(value or 0)
            except ValueError:
                return f"column '{name}' has '{value}', which is no {kind.__name__}"
        return ""


class CsvToSqlite(Orders):
    config = "csv-to-sqlite"

    def expected(self):
        good, bad = self.rows()
        latest = {row[0]: tuple(row) for row in good}
        rejects = b"".join(csv_row((self.values["INPUT"], *row)) + b"\n" for row in bad)
        return ([latest[order] for order in sorted(latest)],
                b"file,line,text,reason\n" + rejects)

    def found(self, ended):
        with closing(sqlite3.connect(self.folder / self.values["OUTPUT"])) as database:
            # The first row makes the table.
            there = database.execute("SELECT * FROM sqlite_master WHERE name = 'orders'").fetchall()
            select = 'SELECT * FROM orders ORDER BY "order"'
            rows = database.execute(select).fetchall() if there else []
        return rows, self.output(ended, "REJECTS")


class Aggregate(Orders):
    config = "aggregate"

    def expected(self):
        groups, odd = defaultdict(list), []
        for row in self.rows()[0]:
            if row[4] is None or row[5] is None:
                odd.append(csv_row(row))
            else:
                groups[row[3]].append(row)
        totals = [csv_row((article, len(rows), sum(row[4] for row in rows),
                           min(row[5] for row in rows), max(row[5] for row in rows)))
                  for article, rows in groups.items()]
        return ([b"article,orders,sum_quantity,min_price,max_price", *sorted(totals)],
                [csv_row(self.COLUMNS), *sorted(odd)])

    def found(self, ended):
        return (sorted_table(self.output(ended)), sorted_table(self.output(ended, "REJECTS")))


class Join(Example):
    config = "join"

    def records(self, name):
        """As csv.rows guesses them; where quotes stand is not seen here."""
        rows = csv.reader(io.StringIO(self.input(name).decode()))
        header = next(rows, [])
        return [dict(zip(header, map(self.guessed, row))) for row in rows
                if len(row) == len(header)]

    @staticmethod
    def guessed(text):
        for kind, pattern in ((int, r"-?\d+"), (float, r"-?\d+\.\d+")):
            if re.fullmatch(pattern, text):
                return kind(text)
        return text or None

    def expected(self):
        customers = defaultdict(list)
        for customer in self.records("WITH"):
            customers[customer["customer"]].append(customer)
        columns = ["order", "day", "article", "quantity", "price", "customer", "name", "city"]
        rows = [csv_row((order | customer).get(column) for column in columns)
                for order in self.records("INPUT")
                for customer in customers.get(order["customer"], [{}])]
        return [csv_row(columns), *sorted(rows)]

    def found(self, ended):
        return sorted_table(self.output(ended))


class JsonFilter(Example):
    config = "json-filter"

    def expected(self):
        good, bad = [], []
        for number, line in enumerate(lines_of(self.input()), 1):
            try:
                json.loads(line)
                good.append(line)
            except ValueError:
                if line.strip():
                    bad.append((self.values["INPUT"], number, line.decode(errors="replace")))
        chosen = printed_by(
            ["jq", "-c", "--arg", "level", self.values["LEVEL"],
             "select(.level == $level) | {time, service, message, ms: .request.ms}"],
            b"\n".join(good))
        return chosen, chosen, bad

    def found(self, ended):
        bad = [json.loads(line) for line in lines_of(self.output(ended, ending=".rejects"))]
        return (gzip.decompress(self.output(ended, ending=".gz")),
                printed_by(["zstd", "-dc"], self.output(ended, ending=".zst")),
                [(row["file"], row["line"], row["text"]) for row in bad])


class Fetch(Example):
    """Asks the server for the same, three times at most."""

    config = "fetch"

    def answers(self):
        """The body that comes for each URL, or None."""
        bodies = {}
        for url in self.input().decode().split("\n"):
            for _ in range(3 if url else 0):
                bodies[url] = self.answer(url)
                if bodies[url] is not None:
                    break
        return bodies

    @staticmethod
    def answer(url):
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return answer.read()
        except (urllib.error.URLError, ValueError):
            return None

    def expected(self):
        bodies = self.answers()
        pages = {url.replace("%", "%25").replace("/", "%2F"): body
                 for url, body in bodies.items() if body is not None}
        return pages, sorted(url for url, body in bodies.items() if body is None)

    def failures(self, ended):
        rows = list(csv.reader(io.StringIO(self.output(ended, ending="/failures.csv").decode())))
        assert rows[0] == ["url", "reason"]
        return rows[1:]

    def found(self, ended):
        return self.tree("pages"), sorted(url for url, _ in self.failures(ended))


EXAMPLES = [WordCount, Grep, Checksums, Thumbnails, ThumbnailsExec, CsvToSqlite, Aggregate, Join,
            JsonFilter, Fetch]
