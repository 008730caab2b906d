"""The plugin `sqlite` in the real program, against Python's own sqlite3 module."""

import os
import random
import sqlite3
import unittest
from contextlib import closing
from pathlib import Path

from penstock_runner import PenstockTest, kill

LOAD = """
pipeline: load
stages:
  rows: {task: csv.rows, ignore: [rejects], with: {paths: [in.csv]}}
  save: {task: sqlite.insert, from: rows, with: {database: out.db, table: people%s}}
"""


def people(count):
    """Rows of five columns, and the CSV that they come from."""
    rows = [(i, f"name {i % 1000}", i / 4, f"{i % 7} Long Street", i % 2) for i in range(count)]
    lines = ["id,name,height,street,odd", *(",".join(map(str, row)) for row in rows)]
    return rows, "\n".join(lines) + "\n"


def holders(running, name):
    """The workers that have this file open."""
    def holds(pid):
        try:
            return any(os.readlink(link).endswith(f"/{name}")
                       for link in Path(f"/proc/{pid}/fd").iterdir())
        except OSError:  # it has ended
            return False
    return [pid for pid in running.processes("penstock-worker") if holds(pid)]


class SqliteTest(PenstockTest):
    def make(self, name, sql):
        with closing(sqlite3.connect(self.folder / name)) as database:
            database.executescript(sql)

    def query(self, name, sql):
        with closing(sqlite3.connect(self.folder / name, timeout=30)) as database:
            return database.execute(sql).fetchall()

    def last_row(self):
        """How many rows are committed; 0 before the table is there."""
        try:
            return self.query("out.db", "SELECT max(rowid) FROM people")[0][0] or 0
        except sqlite3.OperationalError:
            return 0

    def kill_at(self, running, name, moments):
        """Kills who has the file open, each time that so many rows are there."""
        for moment in moments:
            def dies():
                if self.last_row() < moment:
                    return False
                return any(kill(pid) for pid in holders(running, name))
            running.until(dies, f"{moment} rows are committed and a worker is killed")


class Insert(SqliteTest):
    def test_each_row_is_there_once_and_of_its_type(self):
        rows, text = people(5000)
        self.write("in.csv", text)
        self.assert_ended(self.run_pipeline(LOAD % ", create: true"), 0, done=5000)
        self.assertEqual(self.query("out.db", "SELECT * FROM people"), rows)
        types = self.query("out.db", "SELECT name, type FROM pragma_table_info('people')")
        self.assertEqual([name for name, _ in types], ["id", "name", "height", "street", "odd"])
        self.assertEqual([kind for _, kind in types][1::2], ["TEXT", "TEXT"])

    def test_a_second_run_does_not_take_the_first_for_its_own(self):
        self.write("in.csv", people(300)[1])
        for run in (1, 2, 3):
            self.assert_ended(self.run_pipeline(LOAD % ", create: true"), 0, done=300)
            self.assertEqual(self.query("out.db", "SELECT count(*) FROM people"), [(300 * run,)])

    def test_rows_that_are_refused_are_dead_and_the_others_are_there(self):
        rows, text = people(3000)
        twice = [row for row in rows if row[0] % 10 == 3]
        text += "".join(",".join(map(str, row)) + "\n" for row in twice)
        self.write("in.csv", text)
        self.make("out.db", "CREATE TABLE people (id INTEGER PRIMARY KEY, name, height, street, "
                            "odd CHECK (id != 77))")
        ended = self.run_pipeline(LOAD % "")
        self.assert_ended(ended, 1, done=2999, dead=301, retried=0, restarts=0)
        self.assertEqual(self.query("out.db", "SELECT * FROM people ORDER BY id"),
                         [row for row in rows if row[0] != 77])
        told = [letter["attempts"][0]["message"] for letter in self.dead_items("load")]
        self.assertEqual(sum("UNIQUE constraint failed: people.id" in text for text in told), 300)
        self.assertEqual(sum("CHECK constraint failed" in text for text in told), 1)

    def test_an_upsert_leaves_the_last_of_each_key(self):
        chosen = random.Random(5)
        pairs = [(chosen.randrange(400), number) for number in range(5000)]
        self.write("in.csv", "id,n\n" + "".join(f"{a},{b}\n" for a, b in pairs))
        ended = self.run_pipeline(LOAD % ", mode: upsert, key: [id], create: true")
        self.assert_ended(ended, 0, done=5000)
        self.assertEqual(dict(self.query("out.db", "SELECT id, n FROM people")), dict(pairs))

    def test_two_stages_write_to_one_database(self):
        rows, text = people(5000)
        self.write("in.csv", text)
        ended = self.run_pipeline(
            LOAD % ", create: true" +
            "  also: {task: sqlite.insert, from: rows,\n"
            "         with: {database: out.db, table: others, columns: [id], create: true}}\n")
        self.assert_ended(ended, 0, done=5000)
        self.assertEqual(self.query("out.db", "SELECT * FROM people"), rows)
        self.assertEqual(self.query("out.db", "SELECT * FROM others"), [row[:1] for row in rows])

    def test_what_cannot_be_is_refused_before_anything_is_taken(self):
        self.write("in.csv", people(3)[1])
        ended = self.run_pipeline(LOAD % "")
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn("'out.db': cannot open", ended.stderr)
        self.make("out.db", "CREATE TABLE other (id)")
        ended = self.run_pipeline(LOAD % "")
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn("has no table 'people'", ended.stderr)


class Rows(SqliteTest):
    COPY = """
pipeline: copy
stages:
  rows: {task: sqlite.rows, with: {database: in.db, %s}}
  save: {task: sqlite.insert, from: rows, with: {database: out.db, table: people, create: true}}
"""

    def copied_with_a_kill(self, count, parameters):
        rows, _ = people(count)
        self.make("in.db",
                  "CREATE TABLE people (id INTEGER PRIMARY KEY, name, height, street, odd)")
        with closing(sqlite3.connect(self.folder / "in.db")) as database:
            database.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", rows)
            database.commit()
        running = self.start_pipeline(self.COPY % parameters)
        self.kill_at(running, "in.db", [count // 10, count // 3])
        self.assert_ended(running.wait(), 0, done=count, restarts=2)
        self.assertEqual(self.query("out.db", "SELECT * FROM people ORDER BY rowid"), rows)

    def test_a_source_that_is_killed_goes_on_behind_its_key(self):
        self.copied_with_a_kill(200_000, "table: people, key: id")

    def test_a_source_that_is_killed_goes_on_at_its_row(self):
        self.copied_with_a_kill(200_000, 'query: "SELECT * FROM people ORDER BY id"')


class Million(SqliteTest):
    def test_three_kills_of_the_sink(self):
        count, seed = 1_000_000, int(os.environ.get("PENSTOCK_SEED", "1"))
        self.write("in.csv", people(count)[1])
        running = self.start_pipeline(LOAD % ", create: true")
        chosen = random.Random(seed)
        moments = sorted(chosen.randrange(1, count * 3 // 4) for _ in range(3))
        self.kill_at(running, "out.db", moments)
        ended = running.wait(deadline=300)
        self.assert_ended(ended, 0, done=count, dead=0, restarts=3)
        self.assertEqual(
            self.query("out.db", "SELECT count(*), count(DISTINCT id), min(id), max(id), "
                                 "sum(height) FROM people"),
            [(count, count, 0, count - 1, sum(range(count)) / 4)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
