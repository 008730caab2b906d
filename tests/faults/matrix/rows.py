"""A row of the matrix: a function that is given a Round, with the fault and what must happen."""

import os
import random
import time
import traceback
import unittest
from contextlib import contextmanager

from faults_runner import FaultsTest

from matrix.ends import Checked

ROWS = []


class Row:
    def __init__(self, function, fault, must):
        self.function, self.fault, self.must = function, fault, must
        self.name = function.__name__

    def round(self, seed):
        """Runs it once."""
        this = Round(f"{self.name} {seed}")
        began = time.monotonic()
        try:
            self.function(this)
        except Exception:  # a row must not end the others
            this.wrong = shortened(traceback.format_exc())
        this.seconds = time.monotonic() - began
        return this


def row(fault, must):
    """The function below is this row of the table."""
    def add(function):
        ROWS.append(Row(function, fault, must))
        return function
    return add


class Round:
    """One round of a row. Each of its cases has a folder, a mark, a TMPDIR and the end checks of
    its own. A case that cannot be had here is left out, and its reason kept."""

    def __init__(self, seed):
        self.seed = seed
        self.chance = random.Random(seed)
        self.cases = 0
        self.skipped = []
        self.wrong, self.seconds = None, 0

    @contextmanager
    def case(self, kind=FaultsTest, kills=1, files=()):
        """A test of that class. `kills`: what rounds() says in it; `files`: what may be left in
        its folder beside what it is seen to write."""
        self.cases += 1
        case = type(kind.__name__, (Checked, kind), {})()
        case.seed = f"{self.seed} {self.cases}"
        with environment(PENSTOCK_FAULT_ROUNDS=str(kills)):
            try:
                case.setUpClass()
                case.setUp()
                case.chance = random.Random(case.id())
                case.own |= set(files)
                yield case
                case.check_end()
            except unittest.SkipTest as reason:
                self.skipped.append(str(reason))
            finally:
                case.doCleanups()
                case.doClassCleanups()

    def each(self, kind, *names, **options):
        """Runs these tests of the class, each as a case."""
        for name in names:
            with self.case(kind, **options) as case:
                getattr(case, name)()


@contextmanager
def environment(**variables):
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def shortened(text, most=6000):
    return text if len(text) <= most else f"{text[:most // 2]}\n[…]\n{text[-most // 2:]}"
