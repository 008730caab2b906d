"""A server on loopback for tests: each path misbehaves in its own way."""

import gzip
import json
import socket
import ssl
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHUNK = b"0123456789abcdef" * 1024


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.server.connections += 1

    def log_message(self, *_):
        pass

    def answer(self, status=200, body=b"", headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        with self.server.lock:
            self.server.requests.append((path, time.monotonic()))
            self.server.seen[path] = self.server.seen.get(path, 0) + 1
        try:
            getattr(self, "get_" + path.strip("/").split("/")[0])(query)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def get_hello(self, _):
        self.answer(body=b"hello\n", headers=[("Content-Type", "text/plain"), ("X-Two", "a"),
                                              ("x-two", "b"), ("Set-Cookie", "a=1"),
                                              ("Set-Cookie", "b=2")])

    def get_bytes(self, query):
        self.answer(body=(CHUNK * (int(query) // len(CHUNK) + 1))[:int(query)])

    def get_chunked(self, query):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(int(query)):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK))
        self.wfile.write(b"0\r\nX-Trailer: t\r\n\r\n")

    def get_gzip(self, query):
        self.answer(body=gzip.compress(bytes(int(query))), headers=[("Content-Encoding", "gzip")])

    def get_echo(self, _):
        self.answer(body=json.dumps({k.lower(): v for k, v in self.headers.items()}).encode())

    def get_status(self, query):
        self.answer(int(query), b"why", [("Retry-After", "7")] if query == "429" else [])

    def get_flaky(self, query):
        """`query` times 503, then 200."""
        again = self.server.seen[self.path.partition("?")[0]] <= int(query)
        self.answer(503 if again else 200, b"" if again else b"at last")

    def get_nothing(self, _):
        self.send_response(204)
        self.end_headers()

    def get_to(self, query):
        self.answer(302, b"moved", [("Location", query)])

    def get_loop(self, _):
        self.get_to("/loop")

    def get_hops(self, query):
        left = int(query)
        self.answer(302 if left else 200, b"x", [("Location", f"/hops?{left - 1}")] if left else [])

    def get_silent(self, _):
        """Says nothing until the other side has closed the connection."""
        self.close_connection = True
        self.connection.settimeout(60)
        self.connection.recv(1)
        self.server.left.set()

    def get_stalled(self, _):
        self.answer(body=b"part", length=1000)
        self.wfile.flush()
        self.get_silent(_)

    def get_stalled_once(self, _):
        first = self.server.seen["/stalled_once"] == 1
        if first:
            self.get_stalled(_)
        else:
            self.answer(body=b"whole")

    def get_short(self, _):
        self.answer(body=b"part", length=1000)
        self.close_connection = True

    def get_reset(self, _):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def get_nonsense(self, _):
        self.wfile.write(b"what is this\r\n\r\n")
        self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.left = threading.Event()  # somebody gave up to wait for an answer
        self.connections = 0
        self.requests = []  # (path, when)
        self.seen = {}
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.scheme = "https"
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def handle_error(self, *_):
        pass

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}/{path}"

    def stop(self):
        self.shutdown()
        self.server_close()
