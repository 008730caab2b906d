"""The plugin `postgres` in the real program, against a real server and its own psql."""

import json
import os
import random
import select
import socket
import threading
import unittest
from pathlib import Path

from penstock_runner import PenstockTest, kill
from postgres_server import Server

LOAD = """
pipeline: load
stages:
  rows: {task: csv.rows, ignore: [rejects], with: {paths: [in.csv]}}
  save: {task: postgres.insert, from: rows, with: {connection: "%s", table: people%s}}
"""


def people(count):
    """The CSV of that many rows of five columns."""
    lines = (f"{i},name {i % 1000},{i / 4},{i % 7} Long Street,{i % 2}" for i in range(count))
    return "id,name,height,street,odd\n" + "\n".join(lines) + "\n"


def users(running, library):
    """The workers that have loaded this library."""
    def uses(pid):
        try:
            return library in Path(f"/proc/{pid}/maps").read_text(errors="replace")
        except OSError:  # it has ended
            return False
    return [pid for pid in running.processes("penstock-worker") if uses(pid)]


class PostgresTest(PenstockTest):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        super().setUp()
        self.server.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def query(self, sql):
        return self.server.query(sql)

    def load(self, more="", *words, **options):
        return self.start_pipeline(LOAD % (self.server.connection, more), *words, **options)

    def letters(self):
        return self.dead_items("load")

    def until_stored(self, running, size):
        """Waits until the table takes so many bytes, with rows that are not committed."""
        def stored():
            answer = self.query("SELECT pg_relation_size(to_regclass('people'))")
            return int(answer[0][0] or 0) >= size
        running.until(stored, f"{size} bytes in the table")

    def assert_holds(self, count, table="people"):
        answer = self.query(f"SELECT count(*), count(DISTINCT id), min(id), max(id) FROM {table}")
        self.assertEqual(answer, [[str(count), str(count), "0", str(count - 1)]])


class Insert(PostgresTest):
    def test_the_table_is_made_and_each_row_is_there_once(self):
        self.write("in.csv", people(5000))
        self.assert_ended(self.load(", create: true").wait(), 0, done=5000)
        self.assert_holds(5000)
        self.assertEqual(self.query("SELECT * FROM people WHERE id = 4321"),
                         [["4321", "name 321", "1080.25", "2 Long Street", "1"]])
        self.assert_ended(self.load().wait(), 0, done=5000)
        self.assertEqual(self.query("SELECT count(*), count(DISTINCT id) FROM people"),
                         [["10000", "5000"]])

    def test_rows_that_are_refused_are_dead_and_the_others_are_there(self):
        self.query("CREATE TABLE towns (street text PRIMARY KEY);"
                   "INSERT INTO towns SELECT n || ' Long Street' FROM generate_series(0, 5) AS n;"
                   "CREATE TABLE people (id integer PRIMARY KEY CHECK (id != 4242), name text, "
                   "height real, street text REFERENCES towns DEFERRABLE INITIALLY DEFERRED, "
                   "odd integer)")
        self.write("in.csv", people(6000) + "17,again,0,1 Long Street,0\n")
        ended = self.load().wait()
        homeless = [i for i in range(6000) if i % 7 == 6]
        self.assert_ended(ended, 1, dead=len(homeless) + 2, retried=0, restarts=0)
        gone = {*homeless, 4242}
        self.assertEqual(self.query("SELECT id FROM people ORDER BY id"),
                         [[str(i)] for i in range(6000) if i not in gone])
        told = [letter["attempts"][0]["message"] for letter in self.letters()]
        self.assertEqual(sum("SQLSTATE 23503" in text for text in told), len(homeless))
        self.assertEqual(sum("SQLSTATE 23514" in text for text in told), 1)
        self.assertEqual(sum("Key (id)=(17) already exists. (SQLSTATE 23505)" in text
                             for text in told), 1)

    def test_what_a_column_cannot_take_costs_no_commit(self):
        self.query("CREATE TABLE people (id integer NOT NULL, name varchar(8), n smallint)")
        self.write("in.csv", "id,name,n\n1,short,1\n2,much too long,2\n,null,3\n4,big,70000\n"
                             "5,text,some\n6,last,6\n")
        ended = self.load().wait()
        self.assert_ended(ended, 1, done=2, dead=4)
        self.assertEqual(self.query("SELECT * FROM people"),
                         [["1", "short", "1"], ["6", "last", "6"]])
        self.assertNotIn("commit failed", ended.stderr)

    def test_an_upsert_leaves_the_last_of_each_key(self):
        chosen = random.Random(5)
        pairs = [(chosen.randrange(400), number) for number in range(5000)]
        pairs[2500] = (400, 2500)
        self.write("in.csv", "id,n\n" + "".join(f"{a},{b}\n" for a, b in pairs))
        self.query("CREATE TABLE people (id integer PRIMARY KEY, n integer CHECK (n != 2500), "
                   "kept text DEFAULT 'yes')")
        ended = self.load(", mode: upsert, key: [id]").wait()
        self.assert_ended(ended, 1, done=4999, dead=1)
        pairs.remove((400, 2500))
        self.assertEqual({int(a): int(b) for a, b in self.query("SELECT id, n FROM people")},
                         dict(pairs))
        self.assertEqual(self.query("SELECT DISTINCT kept FROM people"), [["yes"]])

    def test_what_cannot_be_is_refused_before_anything_is_taken(self):
        self.write("in.csv", people(3))
        for more, text in (("", "has no table 'people'"),
                           (", create: true, schema: none", None),
                           (", mode: upsert", "needs `key`")):
            ended = self.load(more).wait()
            self.assertIn(ended.status, (2,) if text else (2, 4), str(ended))
            self.assertIn(text or "3F000", ended.stderr)

    def test_the_password_is_told_nobody(self):
        self.write("in.csv", people(3))
        pipeline = LOAD % (self.server.connection.replace("dbname=postgres", "dbname=none") +
                           " password=hushhush", "")
        ended = self.run_pipeline(pipeline)
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn('database "none" does not exist', ended.stderr)
        for text in (ended.stderr, json.dumps(ended.summary)):
            self.assertNotIn("hushhush", text)


class Faults(PostgresTest):
    def test_the_server_is_switched_off_and_on(self):
        self.query("CREATE TABLE people (id integer PRIMARY KEY, name text, height real, "
                   "street text, odd integer)")
        self.write("in.csv", people(300_000))
        running = self.load(", reconnect: 60s")
        self.until_stored(running, 2_000_000)
        self.server.crash()
        self.server.start()
        self.assert_ended(running.wait(120), 0, done=300_000, dead=0)
        self.assert_holds(300_000)

    def test_a_commit_whose_answer_is_lost_counts(self):
        self.lose_a_connection(forwarded=True)

    def test_a_commit_that_is_lost_comes_again(self):
        self.lose_a_connection(forwarded=False)

    def lose_a_connection(self, forwarded):
        self.write("in.csv", people(100_000))
        with Proxy(self.folder, self.server.folder / ".s.PGSQL.5432", forwarded) as proxy:
            connection = self.server.connection.replace(str(self.server.folder), str(self.folder))
            ended = self.run_pipeline(LOAD % (connection, ", create: true"))
            self.assertEqual(proxy.cut, 2)
        self.assert_ended(ended, 0, done=100_000, dead=0)
        self.assert_holds(100_000)

    def test_three_kills_in_the_search_for_bad_rows(self):
        self.query("CREATE TABLE people (id integer PRIMARY KEY CHECK (id % 500 != 7), name text, "
                   "height real, street text, odd integer)")
        self.write("in.csv", people(160_000))  # an epoch has 32 Ki items at most
        running = self.load()
        for moment in (1, 2, 3):
            running.until(lambda: running.stderr.count("commit failed") >= moment and
                          any(kill(pid) for pid in users(running, "libpostgres.so")),
                          "a commit has failed and a worker is killed", 120)
        self.assert_ended(running.wait(120), 1, done=159_680, dead=320)
        self.assertEqual(self.query("SELECT count(*), count(DISTINCT id) FROM people"),
                         [["159680", "159680"]])


class Proxy(threading.Thread):
    """Stands before the server's socket; cuts the connection at the third COMMIT, two times."""

    def __init__(self, folder, server, forwarded):
        super().__init__(daemon=True)
        self.server, self.forwarded = str(server), forwarded
        self.cut = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / ".s.PGSQL.5432"))
        self.listener.listen()
        self.wake, self.waker = socket.socketpair()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.waker.close()
        self.join()
        self.listener.close()
        self.wake.close()

    def run(self):
        while True:
            ready, _, _ = select.select([self.listener, self.wake], [], [])
            if self.wake in ready:
                return
            with self.listener.accept()[0] as client, socket.socket(socket.AF_UNIX) as server:
                server.connect(self.server)
                if not self.forward(client, server):
                    return

    def forward(self, client, server):
        commits = 0
        while True:
            ready, _, _ = select.select([client, server, self.wake], [], [])
            if self.wake in ready:
                return False
            for source, target in ((client, server), (server, client)):
                if source not in ready:
                    continue
                data = source.recv(1 << 16)
                if not data:
                    return True
                commits += source is client and b"COMMIT\0" in data
                if commits == 3 and self.cut < 2:
                    self.cut += 1
                    if self.forwarded:
                        server.sendall(data)
                        server.recv(1 << 16)  # its answer: the epoch is committed
                    return True
                target.sendall(data)


class Rows(PostgresTest):
    def test_each_type(self):
        self.query("CREATE TABLE t (id integer, big bigint, small smallint, yes boolean, "
                   "r real, d double precision, n numeric, s text, b bytea, j jsonb, "
                   "at timestamptz);"
                   "SET timezone = 'UTC';"
                   "INSERT INTO t VALUES (1, -9223372036854775808, 7, true, 0.5, 0.1, "
                   "12345678901234567890.10, E'a\\tb\\n\\\\', '\\x00ff', '{\"a\": [1]}', "
                   "'2024-02-29 12:00:00+00'), (3, 0, 0, false, 'NaN', '-Infinity', 0, '', '', "
                   "'null', NULL); INSERT INTO t VALUES (2)")
        ended = self.run_pipeline("""
pipeline: types
stages:
  rows: {task: postgres.rows, with: {connection: "%s options='-c timezone=UTC'", table: t, key: id}}
  save: {task: files.write, from: rows, with: {path: out.jsonl}}
""" % self.server.connection)
        self.assert_ended(ended, 0, done=3)
        first, second, third = [json.loads(line) for line in self.read("out.jsonl").splitlines()]
        self.assertEqual(first, {
            "id": 1, "big": -2**63, "small": 7, "yes": True, "r": 0.5, "d": 0.1,
            "n": "12345678901234567890.10", "s": "a\tb\n\\", "b": "AP8=", "j": '{"a": [1]}',
            "at": "2024-02-29 12:00:00+00"})
        self.assertEqual(set(list(second.values())[1:]), {None})
        self.assertEqual(third["s"], "")
        self.assertEqual(third["b"], "")

    COPY = """
pipeline: copy
stages:
  rows: {task: postgres.rows, with: {connection: "%s", %s}}
  save: {task: files.write, from: rows, with: {path: out.jsonl}}
"""

    def copied_with_a_kill(self, parameters):
        self.query("CREATE TABLE people AS SELECT n AS id, 'name ' || n AS name "
                   "FROM generate_series(1, 300000) AS n")
        running = self.start_pipeline(self.COPY % (self.server.connection, parameters))
        for size in (100_000, 2_000_000):
            def dies():
                path = self.folder / "out.jsonl.partial"
                if not path.exists() or path.stat().st_size < size:
                    return False
                return any(kill(pid) for pid in users(running, "libpostgres.so"))
            running.until(dies, f"{size} bytes are written and a worker is killed")
        self.assert_ended(running.wait(), 0, done=300_000, restarts=2)
        expected = "".join(f'{{"id":{n},"name":"name {n}"}}\n' for n in range(1, 300_001))
        self.assertEqual(self.read("out.jsonl").decode(), expected)

    def test_a_source_that_is_killed_goes_on_behind_its_key(self):
        self.copied_with_a_kill("table: people, key: id, count: true")

    def test_a_source_that_is_killed_goes_on_at_its_row(self):
        self.copied_with_a_kill('query: "SELECT * FROM people ORDER BY id"')

    def test_a_query_that_is_wrong(self):
        ended = self.run_pipeline(self.COPY % (self.server.connection, 'query: "SELECT x FROM y"'))
        self.assertEqual(ended.status, 2, str(ended))
        self.assertIn('relation "y" does not exist (SQLSTATE 42P01)', ended.stderr)


class Million(PostgresTest):
    def test_three_kills_of_the_sink(self):
        count, seed = 1_000_000, int(os.environ.get("PENSTOCK_SEED", "1"))
        self.write("in.csv", people(count))
        self.query("CREATE TABLE people (id integer, name text, height real, street text, "
                   "odd integer)")
        running = self.load()
        chosen = random.Random(seed)
        for share in sorted(chosen.uniform(0, 0.7) for _ in range(3)):
            self.until_stored(running, int(70 * count * share))
            running.until(lambda: any(kill(pid) for pid in users(running, "libpostgres.so")),
                          "a worker is killed")
        self.assert_ended(running.wait(300), 0, done=count, dead=0, restarts=3)
        self.assert_holds(count)


if __name__ == "__main__":
    unittest.main(verbosity=2)
