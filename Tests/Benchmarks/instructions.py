#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts user-space instructions by callgrind and compares them with the figures kept beside this program.

    Tests/Benchmarks/instructions.py            measure and compare; exit 1 when one has grown by more than 5 %
    Tests/Benchmarks/instructions.py --keep     measure and keep the figures in instructions.json

Exact to a fraction of a percent and independent of other load, but slow: two runs each, about a minute in all. Needs
valgrind, and the release build of `Instructions`, which `make bench` makes.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "..", "..", ".build", "release", "Instructions")
KEPT = os.path.join(HERE, "instructions.json")
# name: (argument, count, what one of them is)
CASES = {
    "echo of 16 bytes": ("echo", 2000, 1),
    "echo of 16 bytes over TLS, both sides": ("secure", 2000, 1),
    "delivery of a group event, async handler": ("delivery", 20, 200),
    "delivery of a group event, sync handler": ("sync", 20, 200),
    "GET /hello": ("request", 2000, 1),
}


def instructions(program, case, count):
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", program, case, str(count)]
        done = subprocess.run(command, capture_output=True, text=True)
        found = re.search(r"Collected\s*:\s*(\d+)", done.stderr)
        if done.returncode != 0 or not found:
            sys.exit(f"{' '.join(command)}: {done.stderr[-600:]}")
        return int(found.group(1))


def main():
    if subprocess.run(["which", "valgrind"], capture_output=True).returncode != 0:
        print("valgrind is not installed: no instructions are counted")
        return
    with tempfile.TemporaryDirectory() as folder:
        # valgrind 3.19 cannot read Swift's debug information.
        program = os.path.join(folder, "Instructions")
        subprocess.run(["strip", "-g", "-o", program, PROGRAM], check=True)
        now = {}
        for name, (case, count, each) in CASES.items():
            more = instructions(program, case, 2 * count) - instructions(program, case, count)
            now[name] = round(more / count / each)
    kept = json.load(open(KEPT)) if os.path.exists(KEPT) else {}
    grown = False
    for name, figure in now.items():
        before = kept.get(name)
        change = f"{100 * (figure / before - 1):+.1f} %" if before else "new"
        print(f"{figure:>8} instructions  {name}  ({change})")
        grown = grown or bool(before) and figure > 1.05 * before
    if "--keep" in sys.argv:
        with open(KEPT, "w") as out:
            json.dump(now, out, indent=2)
            out.write("\n")
    elif grown:
        sys.exit("a figure has grown by more than 5 %")


if __name__ == "__main__":
    main()
