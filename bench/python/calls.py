"""Calls by Python's multiprocessing.Pool, with two workers.

calls.py MEASURE COUNT prints the seconds from the moment that the pool stands to the last result.
"""

import sys
import time
from multiprocessing import Pool

PROCESSES = 2


def noop(value):
    return value


def apply(pool, count):
    for number in range(count):
        assert pool.apply(noop, (number,)) == number


def submit(pool, count):
    results = [pool.apply_async(noop, (number,)) for number in range(count)]
    assert sum(result.get() for result in results) == count * (count - 1) // 2


def map_ints(pool, count):
    assert len(pool.map(noop, range(count))) == count


MEASURES = {"apply": apply, "async": submit, "map": map_ints}


def main():
    measure, count = MEASURES[sys.argv[1]], int(sys.argv[2])
    with Pool(PROCESSES) as pool:
        pool.map(noop, range(PROCESSES))
        start = time.perf_counter()
        measure(pool, count)
        print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
