"""What the plugin `postgres` refuses, against a real server: records that make no row, keys that
are none, and an account of epochs that somebody else has changed."""

import json
import unittest

from postgres_test import PostgresTest, kill, users

LOAD = """
pipeline: load
stages:
  digits: {task: files.lines, with: {paths: [items]}}
  items: {task: careless.raw, from: digits}
  save: {task: postgres.insert, from: items, with: {connection: "%s", table: t%s}}
"""

# The second file waits until `go` is there.
GATED = """
pipeline: gated
stages:
  first: {task: files.lines, with: {paths: [first]}}
  second: {task: files.lines, with: {paths: [second]}}
  gate: {task: sample.gate, from: second, with: {path: go}}
  items: {task: careless.raw, from: [first, gate]}
  save: {task: postgres.insert, from: items, with: {connection: "%s", table: t}}
"""

READ = """
pipeline: read
stages:
  rows: {task: postgres.rows, with: {connection: "%s", %s}}
  save: {task: files.write, from: rows, rate: 20000/s, with: {path: out.jsonl}}
"""


def cbor(value):
    """Of a small number, a short text, or a record as a list of pairs: names may come twice."""
    if isinstance(value, int):
        return bytes([value])
    if isinstance(value, str):
        return bytes([0x60 + len(value)]) + value.encode()
    return bytes([0xa0 + len(value)]) + b"".join(cbor(part) for pair in value for part in pair)


class Records(PostgresTest):
    def refusals(self, items, more="", **account):
        """What is told of the dead ones among the items, which are bytes."""
        self.write("items", "".join(item.hex() + "\n" for item in items))
        ended = self.run_pipeline(LOAD % (self.server.connection, more), "--processes", "1")
        self.assert_ended(ended, 1, restarts=0, **account)
        return [letter["attempts"][-1]["message"] for letter in self.dead_items("load")]

    def test_two_fields_of_one_name(self):
        self.query("CREATE TABLE t (id integer, n integer)")
        twins = [cbor([("id", 1), ("id", 2)]), cbor([("id", 1), ("n", 2), ("id", 3)])]
        for more in ("", ", columns: [n, id]"):
            told = self.refusals([*twins, cbor([("n", 1), ("id", 4)])], more, done=1, dead=2)
            self.assertEqual(told, ["the record has two fields called 'id'"] * 2)
        self.assertEqual(self.query("SELECT id, n FROM t"), [["4", "1"], ["4", "1"]])

    def test_items_that_make_no_row(self):
        self.query("CREATE TABLE t (id integer PRIMARY KEY, n integer)")
        deep = b"\xa1\x62id" + b"\x81" * 200 + b"\xf6"
        told = self.refusals([
            cbor([("id", 1)]), cbor("x"), cbor([]), cbor([("id", 2), ("other", 3)]),
            cbor([("n", 4)]), cbor([("id", 5), ("n", 6)])[:5], b"\xff", deep], done=1, dead=7)
        self.assertEqual(told[:4], [
            "a row is made of a record, and this item is text",
            "a row cannot be made of a record without fields",
            "table 't' has no column 'other'; `columns` says which fields are to be taken",
            "the record has no field 'id', and the column needs a value"])
        for text in told[4:6]:
            self.assertTrue(text.startswith("the item is damaged: "), text)
        self.assertEqual(told[6:], ["a value is damaged or nested too deeply"])
        self.assertEqual(self.query("SELECT id FROM t"), [["1"]])

    def test_an_upsert_needs_its_key_even_where_the_column_does_not(self):
        self.query("CREATE TABLE t (id serial PRIMARY KEY, n integer)")
        told = self.refusals([cbor([("n", 1)]), cbor([("n", 1), ("id", 7)])],
                             ", mode: upsert, key: [id]", done=1, dead=1)
        self.assertEqual(told, ["the record has no field 'id', and the column needs a value"])

    def test_an_item_that_cannot_be_a_table_leaves_none(self):
        told = self.refusals([cbor("x"), cbor([]), cbor([("id", 1)])], ", create: true",
                             done=1, dead=2)
        self.assertEqual(told, ["a table cannot be made of an item that is no record",
                                "a table cannot be made of a record without fields"])
        self.assertEqual(self.query("SELECT id FROM t"), [["1"]])

    def test_nor_does_one_that_is_damaged_or_names_a_field_twice(self):
        twins = cbor([("id", "one"), ("id", 2)])
        cut = cbor([("id", "one"), ("n", 2)])[:-1]
        for more in (", create: true", ", create: true, columns: [id, n]"):
            told = self.refusals([twins, cut, cbor([("id", 1), ("n", 2)])], more, done=1, dead=2)
            self.assertEqual(told[0], "the record has two fields called 'id'")
            self.assertTrue(told[1].startswith("the item is damaged: "), told[1])
            self.assertEqual(self.query("SELECT pg_typeof(id), n FROM t"), [["bigint", "2"]])
            self.query("DROP TABLE t")

    def test_columns_that_the_table_has_not(self):
        self.query("CREATE TABLE t (id integer, n integer)")
        self.write("items", cbor([("id", 1)]).hex() + "\n")
        for more, text in ((", columns: [id, m]", "table 't' has no column 'm'"),
                           (", mode: upsert, key: [m]", "table 't' has no column 'm'"),
                           (", mode: upsert, key: [id]", "SQLSTATE 42P10")):
            ended = self.run_pipeline(LOAD % (self.server.connection, more))
            self.assertEqual(ended.status, 2, str(ended))
            self.assertIn(text, ended.stderr)


class Keys(PostgresTest):
    def read_rows(self, parameters, status):
        ended = self.run_pipeline(READ % (self.server.connection, parameters), "--fresh")
        self.assertEqual(ended.status, status, str(ended))
        return ended.stderr

    def test_columns_that_are_not_told_apart_or_are_not_there(self):
        self.query("CREATE TABLE t (id integer)")
        told = self.read_rows('query: "SELECT id, id FROM t"', 2)
        self.assertIn("the query gives two columns called 'id': name them with AS", told)
        told = self.read_rows("table: t, key: none", 2)
        self.assertIn('column "none" does not exist', told)
        # Each table has it, and no row shows it.
        told = self.read_rows("table: t, key: ctid", 2)
        self.assertIn("there is no column 'ctid' to be the key", told)

    def test_keys_that_are_null_or_equal(self):
        self.query("CREATE TABLE t (id integer, twice integer);"
                   "INSERT INTO t VALUES (1, 5), (NULL, 5)")
        self.assertIn("row 2: the key 'id' is null: no row can come after it",
                      self.read_rows("table: t, key: id", 4))
        self.assertIn("row 2: two rows have one key 'twice'; take a unique column",
                      self.read_rows("table: t, key: twice", 4))

    def test_rows_that_have_changed_since_they_were_read(self):
        self.query("CREATE TABLE t AS SELECT n AS id, 'name ' || n AS name "
                   "FROM generate_series(1, 300000) AS n")
        pipeline = READ % (self.server.connection, 'query: "SELECT * FROM t ORDER BY id"')
        running = self.start_pipeline(pipeline)
        partial = self.folder / "out.jsonl.partial"
        running.until(lambda: partial.exists() and partial.stat().st_size > 100_000,
                      "some rows are written")
        self.query("UPDATE t SET name = 'another' WHERE id = 1")
        running.until(lambda: any(kill(pid) for pid in users(running, "libpostgres.so")),
                      "a worker is killed")
        ended = running.wait()
        self.assertEqual(ended.status, 4, str(ended))
        self.assertRegex(ended.stderr, r"the first \d+ rows are not those that were read before")

        pipeline = pipeline.replace("rate: 20000/s, ", "")
        ended = self.run_pipeline(pipeline, "--resume")
        self.assertEqual(ended.status, 2, str(ended))
        self.assertRegex(ended.stderr, r"the first \d+ rows are not .*; --force goes on")
        ended = self.run_pipeline(pipeline, "--resume", "--force")
        self.assertEqual(ended.status, 0, str(ended))
        lines = (self.folder / "out.jsonl").read_text(encoding="ascii").splitlines()
        self.assertEqual(sorted(json.loads(line)["id"] for line in lines),
                         list(range(1, 300_001)))


class Epochs(PostgresTest):
    def after_a_commit(self, do):
        """What becomes of a run if do(running) is done between two of its commits."""
        self.query("CREATE TABLE t (id integer)")
        self.write("first", cbor([("id", 1)]).hex() + "\n")
        self.write("second", cbor([("id", 2)]).hex() + "\n")
        running = self.start_pipeline(GATED % self.server.connection)
        running.until(lambda: self.query("SELECT to_regclass('t')") and
                      self.query("SELECT id FROM t") == [["1"]], "its first row is committed")
        do(running)
        self.write("go", "")
        ended = running.wait()
        self.assert_ended(ended, 4, done=1, pending=1)
        self.assertEqual(self.query("SELECT id FROM t"), [["1"]])
        return ended.stderr

    def test_a_database_that_has_forgotten_the_run(self):
        def forget(running):
            self.query("DELETE FROM _penstock_epochs")
            running.until(lambda: any(kill(pid) for pid in users(running, "libpostgres.so")),
                          "a worker is killed")
        self.assertRegex(self.after_a_commit(forget),
                         r"this run has committed \d+ epochs to it, and it knows of none")

    def test_another_process_that_has_taken_over(self):
        def take_over(_):
            self.query("UPDATE _penstock_epochs SET holder = gen_random_uuid()")
        self.assertRegex(self.after_a_commit(take_over),
                         r"another process writes as \S+ now; this one has lost the pen")


if __name__ == "__main__":
    unittest.main(verbosity=2)
