"""Python's queues, pipes, locks and managers between this process and a second one.

objects.py MEASURE COUNT [SIZE] prints its figures in a line: seconds for COUNT of them, but
`latency` the microseconds that half and 99 of 100 messages stay below, and `lock` the microseconds
that half of the hand-overs stay below.
"""

import sys
import time
from multiprocessing import Lock, Manager, Pipe, Process, Queue, RawArray

HELD = 20_000  # nanoseconds that a lock is held while the other process waits for it
WANTS, GOT, RELEASED = 0, 2, 4  # words that both share: of each process; when the lock was let go


def share_below(values, hundredth):
    return sorted(values)[len(values) * hundredth // 100] / 1e3


def put_all(queue, count):
    for number in range(count):
        queue.put(number)


def queue_rate(count):
    queue = Queue(1000)
    other = Process(target=put_all, args=(queue, count))
    other.start()
    assert queue.get() == 0
    start = time.perf_counter()
    for number in range(1, count):
        assert queue.get() == number
    seconds = time.perf_counter() - start
    other.join()
    return [seconds]


def put_when_asked(there, back, count):
    for _ in range(count):
        back.get()
        there.put(time.monotonic_ns())


def queue_latency(count):
    there, back = Queue(), Queue()
    other = Process(target=put_when_asked, args=(there, back, count))
    other.start()
    took = []
    for _ in range(count):
        back.put(0)
        sent = there.get()
        took.append(time.monotonic_ns() - sent)
    other.join()
    return [share_below(took, 50), share_below(took, 99)]


def echo(connection, count):
    for _ in range(count):
        connection.send_bytes(connection.recv_bytes())


def pipe(count, size):
    here, there = Pipe()
    other = Process(target=echo, args=(there, count))
    other.start()
    message = bytes(size)
    here.send_bytes(message)  # the other is up
    here.recv_bytes()
    start = time.perf_counter()
    for _ in range(1, count):
        here.send_bytes(message)
        assert len(here.recv_bytes()) == size
    seconds = time.perf_counter() - start
    other.join()
    return [seconds]


def until(words, place, value):
    while words[place] < value:
        time.sleep(0)


def take_turns(lock, words, me, count):
    """Has the lock `count` times, each time after the other process has had it, who stands waiting
    before it is released. Answers how long each hand-over to this process took."""
    other, took = 1 - me, []
    until(words, GOT, me)  # process 0 begins
    for turn in range(1, count + 1):
        next_of_other = min(turn + me, count)
        words[WANTS + me] = turn
        lock.acquire()
        took.append(time.monotonic_ns() - words[RELEASED])
        words[GOT + me] = turn
        until(words, WANTS + other, next_of_other)
        end = time.monotonic_ns() + HELD
        while time.monotonic_ns() < end:
            pass
        words[RELEASED] = time.monotonic_ns()
        lock.release()
        until(words, GOT + other, next_of_other)
    return took


def lock(count):
    mutex, words = Lock(), RawArray("q", 5)
    other = Process(target=take_turns, args=(mutex, words, 1, count))
    other.start()
    took = take_turns(mutex, words, 0, count)
    other.join()
    return [share_below(took[1:], 50)]


def of_dict(operation):
    def measure(count):
        with Manager() as manager:
            shared = manager.dict()
            shared["key"] = 0
            start = time.perf_counter()
            operation(shared, count)
            return [time.perf_counter() - start]
    return measure


def get(shared, count):
    for _ in range(count):
        assert shared["key"] == 0


def put(shared, count):
    for number in range(count):
        shared["key"] = number


MEASURES = {"queue": queue_rate, "latency": queue_latency, "pipe": pipe, "lock": lock,
            "get": of_dict(get), "set": of_dict(put)}


def main():
    print(*MEASURES[sys.argv[1]](*map(int, sys.argv[2:])))


if __name__ == "__main__":
    main()
