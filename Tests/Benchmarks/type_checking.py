#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long the compiler takes to check the types of each query of the tests.

For a quiet machine. Builds the tests first, with the same options as `make test`, to take the modules and the arguments
from there; prints the slowest expressions, and exits with 1 if one takes more than 100 ms.
"""
import json
import pathlib
import re
import subprocess
import sys

LIMIT = 100
# Where the queries are; other tests compare long lists, which is no query's matter.
FILES = re.compile(r"(SeedQueries\w+|\w+Cases|TypedQueries)\.swift")
PACKAGE = pathlib.Path(__file__).resolve().parents[2]
BUILD = ["swift", "build", "--traits", "App", "--explicit-target-dependency-import-check", "error", "--build-tests"]
WITH_VALUE = {"-emit-module-path", "-output-file-map", "-index-store-path", "-num-threads"}
ALONE = {"-emit-dependencies", "-emit-module", "-c", "-incremental", "-serialize-diagnostics", "-enable-batch-mode",
         "-parseable-output", "-warnings-as-errors"}


def arguments(module):
    """The compiler's arguments for a module, to check types only."""
    text = (PACKAGE / ".build/debug.yaml").read_text()
    start = re.search(rf'^  "C\.{module}-[^"]*\.module":$', text, re.M)
    if not start:
        sys.exit(f"{module} has not been built")
    line = re.compile(r"^    args: (\[.*\])$", re.M).search(text, start.end())
    given = iter(json.loads(line[1]))
    kept = []
    for argument in given:
        if argument in WITH_VALUE:
            next(given)
        elif argument not in ALONE:
            kept.append(argument)
    return kept + ["-typecheck", "-no-warnings-as-errors", "-Xfrontend", "-warn-long-expression-type-checking=1"]


def main():
    subprocess.run(BUILD, cwd=PACKAGE, check=True, stdout=subprocess.DEVNULL)
    times = {}
    run = subprocess.run(arguments("ModelsTests"), capture_output=True, text=True, cwd=PACKAGE)
    output = run.stdout + run.stderr
    if run.returncode:
        sys.exit(output[-4000:])
    for file, row, time in re.findall(r"^(/\S+?\.swift):(\d+):\d+: warning: expression took (\d+)ms", output, re.M):
        if FILES.search(file):
            times[f"{pathlib.Path(file).name}:{row}"] = int(time)
    slowest = sorted(times.items(), key=lambda item: -item[1])
    for place, time in slowest[:10]:
        print(f"{time:5} ms  {place}")
    print(f"{len(times)} expressions of 1 ms and more; the limit is {LIMIT} ms")
    sys.exit(1 if slowest and slowest[0][1] > LIMIT else 0)


main()
