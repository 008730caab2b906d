"""What a soak measures about each second, and the bounds of it.

A Series is one figure. It has an absolute bound, held at every sample, and a margin: the greatest
of its last third is not above the greatest of its first third by more than that, in the whole soak
and in each span of it. A span is the life of one engine, or the resumes of one run: what leaks
there begins anew with the next and would not show in the whole.
"""

import os
import re
import statistics
from pathlib import Path

from memory_test import Footprint
from penstock_runner import command_of, marked_processes

from matrix.ends import OWN, names_in_shared_memory, unheld_names

MIB = 1 << 20
PROGRAM = re.compile(r"[^ ]*/penstock(?:-(keeper|worker|probe))?(?= |$)")

# Of each process of that kind, the largest: descriptors, threads, RSS and PSS in MiB. First the
# bound, then the margin. An engine has a few descriptors for each worker.
PROCESS_BOUNDS = {
    "engine": {"descriptors": (80, 16), "threads": (6, 1), "RSS": (40, 6), "PSS": (32, 6)},
    "keeper": {"descriptors": (24, 8), "threads": (2, 1), "RSS": (12, 2), "PSS": (8, 2)},
    # One that leaks is replaced when it has 16 MiB; it is looked at four times a second.
    "worker": {"descriptors": (32, 8), "threads": (2, 1), "RSS": (96, 48), "PSS": (96, 48)},
}
# Of all together.
BOUNDS = {
    "processes": (20, 6),
    "PSS of all, MiB": (200, 64),
    "shared memory, MiB": (64, 24),
    "state folder, MiB": (24, 18),  # the log begins anew when it has 16 MiB
    "run.db, MiB": (1, 0.25),
    "files in the state folder": (8, 2),
    "files in TMPDIR": (4, 2),
    "other files": (4, 2),
    "names in /dev/shm": (0, 0),
}
# At each resume, when nobody has the folder.
RESUME_BOUNDS = {
    "state folder at a resume, MiB": (24, 18),
    "run.db at a resume, MiB": (1, 0.25),
    "files at a resume": (8, 2),
    "rows of the journal at a resume": (120, 40),
}
LEAST = 9  # values of which there is a first and a last third


class Series:
    def __init__(self, name, most, margin):
        self.name, self.most, self.margin = name, most, margin
        self.spans = {}  # by what they are called: pairs of a second and a value

    @property
    def samples(self):
        return [sample for span in self.spans.values() for sample in span]

    @property
    def greatest(self):
        return max((value for _, value in self.samples), default=0)

    def add(self, second, value, span):
        self.spans.setdefault(span, []).append((second, value))
        if value > self.most:
            raise AssertionError(f"{self.name}: {value:g} after {second:.0f} s, in {span}; the "
                                 f"bound is {self.most:g}\n{self.told(self.samples)}")

    def check_growth(self):
        self.check_thirds(self.samples, "the whole soak")
        for span, samples in self.spans.items():
            self.check_thirds(samples, span)

    def check_thirds(self, samples, where):
        if len(samples) < LEAST:
            return
        third = len(samples) // 3
        first = max(value for _, value in samples[:third])
        second, last = max(samples[-third:], key=lambda sample: sample[1])
        if last > first + self.margin:
            raise AssertionError(
                f"{self.name} grew in {where}: {last:g} after {second:.0f} s, in the last third; "
                f"the greatest of the first third is {first:g}, and the margin {self.margin:g}\n"
                f"{self.told(samples)}")

    @staticmethod
    def told(samples):
        return "second=value: " + " ".join(f"{second:.0f}={value:g}" for second, value in samples)


class Samples:
    """All series of a soak, which runs in the folder of `test`."""

    def __init__(self, test):
        self.test = test
        self.names = set()  # of /dev/shm, at the sample before
        self.series = {}
        for role, bounds in PROCESS_BOUNDS.items():
            for figure, (most, margin) in bounds.items():
                self.make(f"{figure} of the {role}", most, margin)
        for name, (most, margin) in (BOUNDS | RESUME_BOUNDS).items():
            self.make(name, most, margin)

    def make(self, name, most, margin):
        self.series[name] = Series(name, most, margin)

    def check_growth(self):
        for series in self.series.values():
            series.check_growth()

    def take(self, second, life):
        """One of everything; `life` is the life of the engine that there is."""
        processes = self.processes()
        figures = dict.fromkeys(BOUNDS, 0) | {"processes": len(processes)}
        for pid, role in processes.items():
            for figure, value in figures_of(pid).items():
                name = f"{figure} of the {role}"
                figures[name] = max(figures.get(name, 0), value)
                if figure == "PSS":
                    figures["PSS of all, MiB"] += value
        figures["shared memory, MiB"] = sum(Footprint.extents(processes).values()) / MIB
        figures |= self.state_folder()
        figures["files in TMPDIR"] = len(os.listdir(self.test.temporary))
        figures["other files"] = len(self.other_files())
        figures["names in /dev/shm"] = self.new_names()
        for name, value in figures.items():
            if name in self.series:  # a probe comes and goes
                self.series[name].add(second, value, life)

    def take_at_resume(self, second, run, rows):
        for name, value in zip(RESUME_BOUNDS, (*self.state_folder().values(), rows)):
            self.series[name].add(second, value, run)

    def processes(self):
        """What each process of the soak is, by its pid."""
        found = {}
        for pid in marked_processes(self.test.mark):
            match = PROGRAM.match(command_of(pid))
            found[pid] = (match[1] or "engine") if match else "other"
        return found

    def state_folder(self):
        sizes = {}
        for folder, _, names in os.walk(self.test.folder / ".penstock"):
            for path in (Path(folder, name) for name in names):
                try:
                    sizes[path] = os.lstat(path).st_size / MIB
                except FileNotFoundError:  # it has gone meanwhile
                    pass
        journal = sum(size for path, size in sizes.items() if path.name == "run.db")
        return {"state folder, MiB": sum(sizes.values()), "run.db, MiB": journal,
                "files in the state folder": len(sizes)}

    def other_files(self):
        own = {f"{name}{end}" for name in self.test.own for end in ("", ".partial", ".epoch")}
        return [name for name in os.listdir(self.test.folder)
                if name not in own and not OWN.fullmatch(name)]

    def new_names(self):
        """How many names stay in /dev/shm and are held by none but us; others come and go."""
        names = names_in_shared_memory() - self.test.names_before
        stayed = names & self.names
        self.names = names
        return len(unheld_names(stayed, self.test.mark))

    def told(self):
        """The greatest of each figure, and its median."""
        return "; ".join(
            f"{name} {series.greatest:.4g} ({statistics.median(values):.4g})"
            for name, series in self.series.items()
            if (values := [value for _, value in series.samples]))


def figures_of(pid):
    """Of one process; none if it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        found = {"descriptors": len(os.listdir(f"/proc/{pid}/fd")),
                 "threads": field(status, "Threads"), "RSS": field(status, "VmRSS") / 1024}
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
        return found | {"PSS": field(rollup, "Pss") / 1024}
    except (OSError, TypeError):  # a zombie has no memory
        return {}


def field(text, name):
    return int(re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)[1])
