"""Invents input for the pipelines of configs/: large enough to be disturbed, the same for the same
seed, and with everything in it that real files have."""

import csv
import io
import json
import subprocess

ARTICLES = ["tea", "coffee, ground", 'teapot "Ilmenau"', "Käse", "cups\nand saucers", "cane sugar"]
MIB = 1 << 20


def text(chance, size):
    """Lines of words, some in capitals, the last line without an end."""
    words = [bytes(chance.choices(b"abcdeFGHIJ'\xc3\xa9", k=chance.randint(1, 8)))
             for _ in range(3000)] + [b"penstock", b"Penstock"]
    block = b"\n".join(b" ".join(chance.choices(words, k=chance.randint(0, 16)))
                       for _ in range(8000))
    return b"\n".join([block] * max(1, size // len(block)))


def tree(chance, count, size):
    """Files by their paths: of all sizes up to `size`, in folders whose names sort strangely."""
    folders = ["tree", "tree/a", "tree/a-b", "tree/a/b", "tree/A", "tree/\u00e4 o"]
    names = {f"{chance.choice(folders)}/{chance.choice(['', ' ', '-', 'é'])}{number}.bin":
             chance.choice([0, 1, 63, 64, 65, 4096, chance.randrange(size), size])
             for number in range(count)}
    names |= {"tree/two\nlines": 12, "tree/back\\slash": 12, "tree/cr\rhere": 5}
    return {name: chance.randbytes(length) for name, length in names.items()}


def photo(chance, width, height, *options):
    """A JPEG image of slanting stripes, by cjpeg, which has to be there."""
    colours = [chance.randbytes(3) for _ in range(5)]
    line = b"".join(colours[x * 5 // (width + height)] for x in range(width + height))
    pixels = b"".join(line[3 * y:3 * (y + width)] for y in range(height))
    return subprocess.run(["cjpeg", *options], input=b"P6 %d %d 255\n" % (width, height) + pixels,
                          check=True, capture_output=True).stdout


def photos(chance, count, most):
    """Images by their paths: wide, high, small, grey and progressive ones."""
    options = [[], ["-grayscale"], ["-progressive"], ["-sample", "1x1"]]
    return {f"photos/{chance.choice(['', 'a/', 'b c/'])}{number}.jpg":
            photo(chance, chance.randint(1, most), chance.randint(1, most), *options[number % 4])
            for number in range(count)}


def customers(chance, count):
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["customer", "name", "city"])
    for number in chance.sample(range(2 * count), count):
        rows.writerow([number, f"Customer, No. {number}", chance.choice(["Ghent", "São Paulo"])])
    return text.getvalue()


def orders(chance, count, bad=0.02):
    """A CSV file in which some orders come twice, lack a quantity or are bad rows."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["order", "day", "customer", "article", "quantity", "price"])
    for number in range(count):
        row = [number if chance.random() < 0.99 else chance.randrange(count),
               f"2026-0{chance.randint(1, 9)}-{chance.randint(10, 28)}", chance.randrange(400),
               chance.choice(ARTICLES), chance.choice([1, 2, 12, ""]), chance.randrange(9999) / 100]
        if chance.random() < bad:
            row = chance.choice([row[:1], row[:5], [*row, "more"], [*row[:5], "free"],
                                 [*row[:4], "two", row[5]]])
        rows.writerow(row)
    return text.getvalue()


def log(chance, count):
    """JSON lines, a few of which are none."""
    lines = []
    for number in range(count):
        record = {"time": f"12:{number % 60:02}", "level": chance.choice(["error", "info"]),
                  "service": f"s{chance.randrange(9)}", "message": chance.choice(
                      ["ok", "a \"quoted\" word", "tab\tand \u00fc, \U0001f600", "C:\\temp", ""]),
                  "request": {"id": number, "ms": chance.choice([0, 17, -3, 1.5, 123456789])}}
        if chance.random() < 0.1:
            del record[chance.choice(["request", "service", "message"])]
        line = json.dumps(record, ensure_ascii=chance.random() < 0.5)
        if chance.random() < 0.02:
            line = chance.choice([line[:-1], "", line + "}", "nothing", "  "])
        lines.append(line)
    return "\n".join(lines) + "\n"


def urls(chance, server, count):
    """URLs of a server of http_server.py: pages, and some that it does not have or give."""
    paths = [chance.choice([f"bytes/{n}?{chance.randrange(1 << 15)}", f"bytes/{n}?0",
                            f"flaky/{n}?1", f"status/{n}?404", f"nothing/{n}"])
             for n in range(count)]
    return "".join(server.url(path) + "\n" for path in paths)
