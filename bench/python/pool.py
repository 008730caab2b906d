"""The peer: what Python's multiprocessing.Pool makes of the same work, with two processes.

pool.py MEASURE COUNT [SIZE] does one measure, in a process of its own, and prints its seconds: for
`ten` of nothing (the whole program is timed from outside), for all others from the moment that the
pool stands to the last result.
"""

import sys
import time
from multiprocessing import Pool

PROCESSES = 2


def noop(value):
    return value


def touch(block):
    for at in range(0, len(block), 4096):
        block[at]
    return block


def chunked(pool, count, _):
    """As one writes it: the pool cuts the range into chunks, a failure loses a whole chunk."""
    assert len(pool.map(noop, range(count))) == count


def one_by_one(pool, count, _):
    """Each item a task of its own with a result of its own, as ours are."""
    assert sum(1 for _ in pool.imap_unordered(noop, range(count))) == count


def trip(pool, count, _):
    for number in range(count):
        assert pool.apply(noop, (number,)) == number


def blobs(pool, count, size):
    blocks = (bytes(size) for _ in range(count))
    first = pool.imap_unordered(touch, blocks)
    assert sum(len(block) for block in pool.imap_unordered(touch, first)) == count * size


def ten(pool, count, _):
    assert pool.map(noop, range(count)) == list(range(count))


def main():
    measure, count = globals()[sys.argv[1]], int(sys.argv[2])
    size = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    with Pool(PROCESSES) as pool:
        pool.map(noop, range(PROCESSES))
        start = time.perf_counter()
        measure(pool, count, size)
        print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
