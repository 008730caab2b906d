"""The plugin `http` in the real program, against a server on loopback."""

import base64
import json
import os
import shutil
import socket
import subprocess
import unittest

from http_server import CHUNK, Server
from penstock_runner import PenstockTest, kill

PIPELINE = """
pipeline: fetch
pools: {default: {processes: %d, grace: 20s}}
stages:
  urls: {task: files.lines, with: {paths: ["-"]}}
  get: {task: http.get, from: urls, with: %s%s}
  out: {task: files.write, from: get, with: {path: "-", format: jsonl}}
"""


class HttpTest(PenstockTest):
    def serve(self, **options):
        server = Server(**options)
        self.addCleanup(server.stop)
        return server

    def fetch_text(self, settings, more, processes):
        return PIPELINE % (processes, json.dumps(settings), more)

    def fetch(self, urls, settings=None, more="", processes=1, **options):
        ended = self.run_pipeline(self.fetch_text(settings or {}, more, processes),
                                  stdin="".join(url + "\n" for url in urls).encode(), **options)
        self.assert_closes(ended)
        return ended

    def records(self, ended):
        records = [json.loads(line) for line in ended.stdout.splitlines()]
        for record in records:
            record["body"] = base64.b64decode(record["body"])
        return {record["url"]: record for record in records}

    def fetch_one(self, url, settings=None, **options):
        ended = self.fetch([url], settings, **options)
        self.assert_ended(ended, 0, done=1)
        return self.records(ended)[url]

    def letters(self):
        return self.dead_items("fetch")

    def assert_fails(self, url, text, attempts, settings=None, **options):
        """It is given up after so many attempts: 1 where another one is of no use."""
        ended = self.fetch([url], settings, **options)
        self.assert_ended(ended, 1, dead=1, restarts=0)
        letter = self.letters()[-1]
        self.assertIn(text, letter["attempts"][-1]["message"])
        self.assertEqual(len(letter["attempts"]), attempts, letter)


class Answers(HttpTest):
    def test_a_record_has_everything(self):
        server = self.serve()
        record = self.fetch_one(server.url("hello"))
        self.assertEqual(record["body"], b"hello\n")
        self.assertEqual((record["status"], record["final_url"]), (200, server.url("hello")))
        self.assertEqual(record["headers"]["content-type"], "text/plain")
        self.assertEqual(record["headers"]["x-two"], "a, b")
        self.assertEqual(record["headers"]["set-cookie"], "a=1\nb=2")
        self.assertTrue(0 < record["seconds"] < 60)

    def test_bodies_of_every_size_byte_for_byte(self):
        server = self.serve()
        sizes = [0, 1, 65_000, 65_536, 65_537, 300_000, 20_000_000]
        ended = self.fetch([server.url(f"bytes?{size}") for size in sizes], processes=2)
        self.assert_ended(ended, 0, done=len(sizes))
        records = self.records(ended)
        for size in sizes:
            body = (CHUNK * (size // len(CHUNK) + 1))[:size]
            self.assertEqual(records[server.url(f"bytes?{size}")]["body"], body)

    def test_chunks_of_unknown_length(self):
        server = self.serve()
        for count in (0, 1, 500):
            record = self.fetch_one(server.url(f"chunked?{count}"))
            self.assertEqual(record["body"], CHUNK * count)
            self.assertNotIn("x-trailer", record["headers"])

    def test_a_compressed_body_arrives_decompressed(self):
        record = self.fetch_one(self.serve().url("gzip?5000000"))
        self.assertEqual(record["body"], bytes(5_000_000))

    def test_no_body_at_all(self):
        record = self.fetch_one(self.serve().url("nothing"))
        self.assertEqual((record["status"], record["body"]), (204, b""))

    def test_redirects_are_followed_to_a_limit(self):
        server = self.serve()
        record = self.fetch_one(server.url("hops?5"))
        self.assertEqual((record["final_url"], record["status"]), (server.url("hops?0"), 200))
        self.assert_fails(server.url("hops?6"), "redirects", 1)
        record = self.fetch_one(server.url("hops?1"), {"max_redirects": 0, "accept": [302]})
        self.assertEqual((record["status"], record["headers"]["location"]), (302, "/hops?0"))

    def test_one_connection_serves_all_items(self):
        server = self.serve()
        ended = self.fetch([server.url(path) for path in
                            [f"bytes?{n}" for n in range(200)] + ["status?404"] * 5])
        self.assert_ended(ended, 1, done=200, dead=5)
        self.assertEqual(server.connections, 1)
        self.assertEqual(len(server.requests), 205)

    def test_bodies_are_saved_under_a_name_from_the_record(self):
        server = self.serve()
        self.write("urls", "".join(server.url(f"bytes?{n}") + "\n" for n in (10, 100_000)))
        ended = self.run_pipeline("""
pipeline: save
pools: {default: {processes: 1}}
stages:
  urls: {task: files.lines, with: {paths: [urls]}}
  get: {task: http.get, from: urls}
  save: {task: files.save, from: get, with: {path: "pages/{n}-{status}", content: body}}
""")
        self.assert_ended(ended, 0, done=2)
        self.assertEqual(self.read("pages/1-200"), CHUNK[:10])
        self.assertEqual(len(self.read("pages/2-200")), 100_000)

    def test_accepted_statuses_are_passed_on(self):
        server = self.serve()
        record = self.fetch_one(server.url("status?404"), {"accept": [200, 404]})
        self.assertEqual((record["status"], record["body"]), (404, b"why"))


class Requests(HttpTest):
    def echo(self, server, settings=None, path="echo", **options):
        return json.loads(self.fetch_one(server.url(path), settings, **options)["body"])

    def test_headers(self):
        sent = self.echo(self.serve(), {"headers": ["X-A: b", "Accept: text/html"],
                                        "user_agent": "robot/1", "authorization": "Bearer t"})
        self.assertEqual((sent["x-a"], sent["accept"]), ("b", "text/html"))
        self.assertEqual((sent["user-agent"], sent["authorization"]), ("robot/1", "Bearer t"))

    def test_authorization_stays_at_its_own_server(self):
        server, other = self.serve(), self.serve()
        settings = {"authorization": "Bearer t", "headers": ["Cookie: c=1"]}
        sent = self.echo(server, settings, path="to?" + other.url("echo"))
        self.assertNotIn("authorization", sent)
        self.assertNotIn("cookie", sent)
        sent = self.echo(server, settings, path="to?/echo")
        self.assertEqual(sent["authorization"], "Bearer t")

    def test_nothing_comes_from_the_environment(self):
        server = self.serve()
        self.write(".netrc", "machine 127.0.0.1 login me password secret\n")
        nobody = "http://127.0.0.1:1"
        sent = self.echo(server, env={"HOME": str(self.folder), "http_proxy": nobody,
                                      "ALL_PROXY": nobody, "all_proxy": nobody, "no_proxy": ""})
        self.assertNotIn("authorization", sent)

    def test_the_rate_of_one_server(self):
        server = self.serve()
        ended = self.fetch([server.url(f"bytes?{n}") for n in range(10)], {"per_host_rate": 20})
        self.assert_ended(ended, 0, done=10)
        times = sorted(when for _, when in server.requests)
        # 9 gaps of 50 ms as they are sent; the first may arrive late.
        self.assertGreater(times[-1] - times[0], 0.3)

    def test_certificates_are_checked(self):
        if shutil.which("openssl") is None:
            self.skipTest("no openssl here, to make a certificate with")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=IP:127.0.0.1"],
                       cwd=self.folder, check=True, capture_output=True)
        self.write("both.pem", self.read("cert.pem") + self.read("key.pem"))
        server = self.serve(certificate=self.folder / "both.pem")
        self.assert_fails(server.url("hello"), "certificate", 1)
        record = self.fetch_one(server.url("hello"), {"ca_file": "cert.pem"})
        self.assertEqual(record["body"], b"hello\n")


class Failures(HttpTest):
    def test_statuses_that_another_attempt_may_change(self):
        server = self.serve()
        for status, text in ((500, "500 Internal Server Error"), (503, "503 Service"),
                             (429, "429 Too Many Requests; it asks to be left alone "
                                   "(Retry-After) for 7")):
            self.assert_fails(server.url(f"status?{status}"), text, 3)
        record = self.fetch_one(server.url("flaky?2"))
        self.assertEqual(record["body"], b"at last")

    def test_statuses_that_none_will_change(self):
        server = self.serve()
        for status in (400, 401, 403, 404, 410, 304):
            self.assert_fails(server.url(f"status?{status}"), f"the server answered {status}", 1)

    def test_connections_that_break(self):
        server = self.serve()
        for path in ("reset", "short"):
            self.assert_fails(server.url(path), server.url(path), 3)
        self.assert_fails(server.url("nonsense"), "HTTP/0.9", 1)

    def test_nobody_listens(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://user:secret@127.0.0.1:{unused.getsockname()[1]}/"
            self.assert_fails(url, "http://***@127.0.0.1", 3)
        self.assertNotIn("secret", self.letters()[-1]["attempts"][-1]["message"])

    def test_what_takes_too_long(self):
        server = self.serve()
        for path in ("silent", "stalled"):
            self.assert_fails(server.url(path), "timed out", 3, {"timeout": "200ms"})

    def test_what_is_too_large(self):
        server = self.serve()
        for path in ("bytes?3000000", "chunked?500", "gzip?3000000"):
            self.assert_fails(server.url(path), "`max_size` allows, 2097152 bytes", 1,
                              {"max_size": "2MiB"})

    def test_what_is_no_url(self):
        for url, text in (("", "empty"), ("example.org/x", "no URL that can be fetched"),
                          ("http://a b/", "no URL that can be fetched"),
                          ("file:///etc/passwd", "only http and https"),
                          ("http://", "no URL that can be fetched")):
            self.assert_fails(url, text, 1)

    def test_a_redirect_never_leaves_http(self):
        server = self.serve()
        self.assert_fails(server.url("to?file:///etc/passwd"), "file", 1)
        self.assert_fails(server.url("loop"), "redirects", 1)

    def test_a_cancelled_call_ends_soon(self):
        server = self.serve()
        running = self.start_pipeline(
            self.fetch_text({"timeout": "10min"}, ", timeout: 300ms", 1),
            stdin=server.url("stalled").encode())
        running.until(server.left.is_set, "the connection's end, before the worker is killed", 15)
        running.stop()

    def test_a_killed_worker(self):
        server = self.serve()
        running = self.start_pipeline(self.fetch_text({"timeout": "10min"}, "", 1),
                                      stdin=server.url("stalled_once").encode())
        running.until(lambda: server.requests, "the request")
        for pid in running.processes("penstock-worker"):
            if self.has_socket(pid, server):
                kill(pid)
        self.assert_ended(running.wait(), 0, done=1, retried=1, restarts=1)

    def has_socket(self, pid, server):
        """Whether the process is there and has a connection to the server."""
        port = f":{server.server_address[1]:04X}"
        try:
            with open(f"/proc/{pid}/net/tcp", encoding="ascii") as table:
                inodes = {line.split()[9] for line in table.readlines()[1:]
                          if line.split()[2].endswith(port)}
            links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        except OSError:  # it, or a descriptor of it, has gone meanwhile
            return False
        return any(link == f"socket:[{inode}]" for link in links for inode in inodes)


if __name__ == "__main__":
    unittest.main()
