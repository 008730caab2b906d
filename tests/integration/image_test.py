"""The plugin `image`. The images are made by an encoder of a few lines: grey, each block of 8 by 8
pixels of one shade, so that what a thumbnail has to show is known."""

import json
import shutil
import struct
import subprocess
import unittest

from penstock_runner import PenstockTest


class Bits:
    def __init__(self):
        self.value, self.count = 0, 0

    def put(self, value, count):
        self.value, self.count = self.value << count | value, self.count + count

    def bytes(self):
        self.put((1 << -self.count % 8) - 1, -self.count % 8)
        return self.value.to_bytes(self.count // 8, "big").replace(b"\xff", b"\xff\x00")


def jpeg(blocks_wide, blocks_high, shade, width=None, height=None):
    """A baseline JPEG image; shade(x, y) of a block is 0 to 255."""
    def segment(marker, content):
        return struct.pack(">BBH", 0xff, marker, len(content) + 2) + content
    sizes = range(12)  # a code of four bits for each size of a difference
    bits, last = Bits(), 0
    for y in range(blocks_high):
        for x in range(blocks_wide):
            level = (shade(x, y) - 128) * 8
            difference, last = level - last, level
            size = abs(difference).bit_length()
            bits.put(size, 4)
            bits.put(difference if difference > 0 else difference + (1 << size) - 1, size)
            bits.put(0, 1)  # no more in this block
    frame = struct.pack(">BHHB3B", 8, height or blocks_high * 8, width or blocks_wide * 8, 1,
                        1, 0x11, 0)
    return (b"\xff\xd8" + segment(0xdb, b"\0" + b"\1" * 64) + segment(0xc0, frame) +
            segment(0xc4, bytes([0x00, 0, 0, 0, len(sizes)] + [0] * 12 + list(sizes))) +
            segment(0xc4, bytes([0x10, 1] + [0] * 15 + [0])) +
            segment(0xda, bytes([1, 1, 0x00, 0, 63, 0])) + bits.bytes() + b"\xff\xd9")


def size_of(content):
    """Width and height of a JPEG image."""
    at = 2
    while content[at + 1] != 0xc0:
        at += 2 + struct.unpack(">H", content[at + 2:at + 4])[0]
    height, width = struct.unpack(">HH", content[at + 5:at + 9])
    return width, height


THUMBNAILS = """
pipeline: thumbnails
stages:
  files: {task: files.list, with: {paths: ["photos/**/*.jpg"]}}
  small: {task: image.thumbnail_file, from: files, with: {width: 64, height: 64, quality: 95}}
  save: {task: files.save, from: small, with: {path: "out/{path/}", content: content}}
"""


class Image(PenstockTest):
    def photos(self):
        """Halves, the left one dark, in several sizes and folders."""
        sizes = {"a.jpg": (64, 32), "2024/b.jpg": (32, 64), "2024/sea/c.jpg": (100, 100),
                 "2025/b.jpg": (16, 4), "d e.jpg": (4, 4)}
        for name, (wide, high) in sizes.items():
            self.write(f"photos/{name}",
                       jpeg(wide, high, lambda x, y, wide=wide: 60 if x < wide // 2 else 200))
        return sizes

    def assert_halves(self, content, wanted):
        self.assertEqual(size_of(content), wanted)
        if not shutil.which("djpeg"):
            return
        pixels = subprocess.run(["djpeg", "-pnm"], input=content, check=True,
                                capture_output=True).stdout
        width, height = wanted
        rows = pixels[-width * height:]
        for y in range(height):
            row = rows[y * width:(y + 1) * width]
            for x in range(width):
                if abs(x + 0.5 - width / 2) > 9:  # beyond a block of the edge
                    self.assertAlmostEqual(row[x], 60 if x < width // 2 else 200, delta=4)

    def test_thumbnails_of_a_folder_keep_their_places(self):
        sizes = self.photos()
        self.assert_ended(self.run_pipeline(THUMBNAILS), 0, done=len(sizes), dead=0)
        for name, (wide, high) in sizes.items():
            scale = min(1, 64 / (8 * max(wide, high)))
            wanted = (round(8 * wide * scale), round(8 * high * scale))
            self.assert_halves(self.read(f"out/photos/{name}"), wanted)

    def test_a_bad_image_costs_nothing_but_itself(self):
        sizes = self.photos()
        whole = self.read("photos/a.jpg")
        self.write("photos/cut.jpg", whole[:len(whole) // 2])
        self.write("photos/text.jpg", "no image")
        self.write("photos/bomb.jpg", jpeg(8, 8, lambda x, y: 9, width=65000, height=65000))
        ended = self.run_pipeline(THUMBNAILS)
        self.assert_ended(ended, 1, done=len(sizes), dead=3, retried=0, restarts=0)
        letters = json.dumps(self.dead_items("thumbnails"))
        for text in ("'photos/cut.jpg': the JPEG image cannot be read: Premature end of JPEG file",
                     "'photos/text.jpg': the JPEG image cannot be read: Not a JPEG file",
                     "'photos/bomb.jpg': the JPEG image is too large: it has 65000 x 65000"):
            self.assertIn(text, letters)

    def test_images_that_are_items(self):
        self.photos()
        ended = self.run_pipeline("""
pipeline: items
stages:
  files: {task: files.list, with: {paths: [photos/a.jpg]}}
  read: {task: files.read_listed, from: files}
  small: {task: image.thumbnail, from: read, with: {width: 100, height: 10, quality: 95}}
  save: {task: files.save, from: small, with: {path: "out/{n}.jpg"}}
""")
        self.assert_ended(ended, 0, done=1)
        self.assertEqual(size_of(self.read("out/1.jpg")), (20, 10))


if __name__ == "__main__":
    unittest.main()
