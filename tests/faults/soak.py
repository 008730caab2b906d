"""A soak: a pipeline with a task that leaks, a slow sink, poison and a stateful stage runs for a
long time, while its workers, its keeper and its engine are killed and the engine resumed.

soak.py [--seconds N] [--seed S] [--bin DIR]

About each second it measures descriptors, threads, memory, processes and files, which have bounds
and may not grow; at the end of each run, and it makes one after the other, the output is held
against the input, and the end against the checks of the fault matrix. What is chosen by chance
follows from the seed, which is printed first; what that meets depends on the machine.
PENSTOCK_SOAK_SECONDS in the environment is the default of --seconds (else 600), PENSTOCK_BIN that
of --bin, the folder of the programs (else build/release/bin).
"""

import argparse
import os
import random
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE.parent / "integration", HERE):
    sys.path.insert(0, str(folder))


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float,
                        default=float(os.environ.get("PENSTOCK_SOAK_SECONDS", "600")))
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--bin", type=Path, help="folder of the programs", default=Path(
        os.environ.get("PENSTOCK_BIN", HERE.parents[1] / "build/release/bin")))
    return parser.parse_args()


def main():
    wanted = options()
    print(f"seed {wanted.seed}, {wanted.seconds:g} s", flush=True)
    os.environ["PENSTOCK_BIN"] = str(wanted.bin.resolve())
    from soak.chaos import Soak  # which asks where the programs are as it is loaded
    soak = Soak(wanted.seed, wanted.seconds)
    try:
        soak.last()
    except AssertionError:
        print(f"{traceback.format_exc()}\nIt did not pass, {soak.second:.0f} s after its start. "
              f"The same choices again: soak.py --seconds {wanted.seconds:g} --seed {wanted.seed}")
        return 1
    finally:
        print(soak.figures(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
