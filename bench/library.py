"""The library, with Python's multiprocessing beside it. Both sides do the same, between two
processes unless it is said otherwise: bench/library/*.cpp and python/calls.py, python/objects.py.

apply      Pool.apply of a no-op: a call and its result, one at a time.
async      Pool.apply_async of no-ops, all submitted first, then all results taken. Two workers.
map        Pool.map of a million ints through a no-op. Two workers.
queue      One process puts small ints, the other gets them: messages a second.
latency    A message alone on its way through a queue, from before put() to after get(), half of
           them and 99 of 100 (the other process answers before the next is sent).
pipe       There and back through a pipe, in bytes: 8 B, 64 KiB, 1 MiB.
lock       From before the release of a lock to after its acquisition by a process that has been
           waiting for it for some 20 us; half of them.
dict       get and set of one key of a manager's dict.
"""

from measure import Measure, microseconds, output_of, per_second, python

SIZES = {"8 B": 8, "64 KiB": 64 << 10, "1 MiB": 1 << 20}


class Sides:
    """Runs one measure of ours, and the same of Python's; each prints its figures in a line."""

    def __init__(self, build):
        self.program = build / "bin" / "bench_library"

    def ours(self, measure, *arguments):
        return self.figures(output_of([self.program, measure, *arguments]))

    @staticmethod
    def peer(measure, *arguments):
        program = "calls.py" if measure in ("apply", "async", "map") else "objects.py"
        return Sides.figures(python(program, measure, *arguments))

    @staticmethod
    def figures(printed):
        return [float(word) for word in printed.split()]


def measures(build, less):
    """The rows, by name; `less` times fewer of everything."""
    sides = Sides(build)

    def row(text, unit, figure, measure, count, fewer=1, *arguments, more_is_better=False):
        """Python does `fewer` times less; figures do not depend on it."""
        few = max(1, count // fewer)
        return Measure(text, unit,
                       lambda: figure(count, sides.ours(measure, count, *arguments)[0]),
                       lambda: figure(few, sides.peer(measure, few, *arguments)[0]),
                       more_is_better)

    def latency(text, which):
        count = 20_000 // less
        return Measure(text, "us", lambda: sides.ours("latency", count)[which],
                       lambda: sides.peer("latency", count)[which], False)

    def pipe(size):
        count = {8: 20_000, 64 << 10: 10_000, 1 << 20: 1_000}[SIZES[size]] // less
        return row(f"Pipe, {size} there and back", "us", microseconds, "pipe", count, 2,
                   SIZES[size])

    def rate(text, unit, measure, count, fewer):
        return row(text, unit, per_second, measure, count // less, fewer, more_is_better=True)

    return {
        "apply": row("Pool.apply, one at a time", "us", microseconds, "apply", 20_000 // less, 2),
        "async": rate("Pool.apply_async, then get", "calls/s", "async", 200_000, 10),
        "map": rate("Pool.map of a million ints", "ints/s", "map", 1_000_000, 1),
        "queue": rate("Queue, put to get", "messages/s", "queue", 1_000_000, 10),
        "latency": latency("Queue, one message alone: median", 0),
        "latency99": latency("Queue, one message alone: 99 of 100", 1),
        "pipe8": pipe("8 B"),
        "pipe64K": pipe("64 KiB"),
        "pipe1M": pipe("1 MiB"),
        "lock": Measure("Mutex, from release to the one who waits", "us",
                        lambda: sides.ours("lock", 5_000 // less)[0],
                        lambda: sides.peer("lock", 5_000 // less)[0], False),
        "get": row("Manager dict, get", "us", microseconds, "get", 20_000 // less, 4),
        "set": row("Manager dict, set", "us", microseconds, "set", 20_000 // less, 4),
    }
