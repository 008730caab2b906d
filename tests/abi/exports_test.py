#!/usr/bin/env python3
"""exports_test.py NM PLUGIN...: each plugin exports penstock_plugin, as data, and nothing else.

With --state-only, other symbols may be there as long as none of them is state of the SDK's."""
import subprocess
import sys


def main() -> int:
    arguments = sys.argv[1:]
    state_only = "--state-only" in arguments
    nm, *plugins = [argument for argument in arguments if argument != "--state-only"]
    wrong = []
    for plugin in plugins:
        listing = subprocess.run([nm, "-DC", "--defined-only", plugin], check=True,
                                 capture_output=True, text=True).stdout
        symbols = [line.split(maxsplit=2)[1:] for line in listing.splitlines()]
        if not any(name == "penstock_plugin" and kind in "DR" for kind, name in symbols):
            wrong.append(f"{plugin}: penstock_plugin is not exported as data")
        for kind, name in symbols:
            if name == "penstock_plugin":
                continue
            if not state_only or (kind in "uBbDd" and "penstock" in name):
                wrong.append(f"{plugin}: {name} ({kind}) is exported too")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
