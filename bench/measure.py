"""One row of a table of measurements: ours and Python's, and what the one is in terms of the other.
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def output_of(words):
    """What a program prints; a measurement that fails ends all."""
    words = [str(word) for word in words]
    ended = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                           stderr=subprocess.PIPE, check=False)
    if ended.returncode != 0:
        sys.exit(f"bench: status {ended.returncode} of {' '.join(words)}\n{ended.stderr}")
    return ended.stdout


def python(program, *arguments):
    return output_of([sys.executable, HERE / "python" / program, *arguments])


class Measure:
    """Two functions that measure once and answer a figure each. Both take turns, so that a slow
    minute of the machine is shared; medians stand in the row."""

    def __init__(self, text, unit, ours, peer, more_is_better=True):
        self.text, self.unit, self.ours, self.peer = text, unit, ours, peer
        self.more_is_better = more_is_better

    def row(self, repeat):
        ours, peer = [], []
        for _ in range(repeat):
            ours.append(self.ours())
            peer.append(self.peer())
        left, right = statistics.median(ours), statistics.median(peer)
        ratio = left / right if self.more_is_better else right / left
        return f"{self.text:<44}{left:>13,.4g}{right:>13,.4g} {self.unit:<10}{ratio:>7.1f}x"


def per_second(count, seconds):
    return count / seconds


def microseconds(count, seconds):
    return seconds / count * 1e6


def milliseconds(_, seconds):
    return seconds * 1e3
