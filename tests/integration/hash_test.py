"""The plugin `hash`, beside sha256sum and Python's hashlib."""

import hashlib
import json
import os
import random
import subprocess
import unittest

from penstock_runner import PenstockTest

CHECKSUMS = """
pipeline: checksums
stages:
  files: {task: files.list, with: {paths: ["tree/**/*"]}}
  sums: {task: hash.sha256_file, from: files}
  lines: {task: hash.sum_line, from: sums}
  out: {task: files.write, from: lines, with: {path: SHA256SUMS}}
"""


class Hash(PenstockTest):
    def tree(self, names):
        content = random.Random(1)
        for number, name in enumerate(names):
            self.write(f"tree/{name}", content.randbytes(number * number * 997))
        return [f"tree/{name}" for name in names]

    def test_checksums_of_a_tree_are_those_of_sha256sum(self):
        paths = self.tree(["empty", "a b", "sub/folder/x", "line\nbreak", "back\\slash", "cr\rx",
                           "\N{GREEK SMALL LETTER PI}", "*", "-n",
                           *(f"many/{n}" for n in range(60))])
        self.assert_ended(self.run_pipeline(CHECKSUMS), 0, done=len(paths), dead=0)
        reference = subprocess.run(["sha256sum", *paths], cwd=self.folder, check=True,
                                   capture_output=True).stdout
        self.assertEqual(sorted(self.read("SHA256SUMS").splitlines(True)),
                         sorted(reference.splitlines(True)))
        subprocess.run(["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"],
                       cwd=self.folder, check=True)

    def test_a_file_that_is_gone_costs_nothing_but_itself(self):
        paths = self.tree(["one", "two"])
        names = "\n".join([paths[0], "tree/gone", paths[1]]) + "\n"
        ended = self.run_pipeline("""
pipeline: named
stages:
  names: {task: files.lines, with: {paths: ["-"]}}
  sums: {task: hash.sha256_file, from: names}
  lines: {task: hash.sum_line, from: sums}
  out: {task: files.write, from: lines, with: {path: sums}}
""", stdin=names.encode())
        self.assert_ended(ended, 1, done=2, dead=1, retried=0, restarts=0)
        letter = json.dumps(self.dead_items("named"))
        self.assertIn("cannot open 'tree/gone': No such file or directory", letter)
        self.assertEqual(len(self.read("sums").splitlines()), 2)

    def test_items_have_digests_too(self):
        lines = [b"", b"abc", b"\xff\x00\xfe", b"x" * 100_000, b"cr\rx"]
        for task, digest in (("sha256", lambda line: hashlib.sha256(line).hexdigest()),
                             ("xxh3", {b"": "2d06800538d394c2", b"abc": "78af5f94892f3950"}.get)):
            given = [line for line in lines if digest(line)]
            ended = self.penstock("map", f"hash.{task}", stdin=b"\n".join(given) + b"\n")
            self.assertEqual(ended.status, 0, str(ended))
            self.assertEqual(ended.stdout.decode().split(), [digest(line) for line in given])


class Limited(PenstockTest):
    def test_a_file_that_is_larger_than_a_worker_may_be(self):
        path = self.write("tree/large", b"")
        os.truncate(path, 256 << 20)
        pools = "\npools:\n  default: {memory: 128MiB}\n"
        self.assert_ended(self.run_pipeline(CHECKSUMS + pools), 0, done=1)
        digest = hashlib.sha256(bytes(256 << 20)).hexdigest()
        self.assertEqual(self.read("SHA256SUMS"), f"{digest}  tree/large\n".encode())


if __name__ == "__main__":
    unittest.main()
