#!/usr/bin/env python3
"""How the time of a plan grows: a medium fleet, and with twice its workloads, regions or periods, and with three outcomes.

    growth.py --program PATH [--seed N]

Processor time of `allocate` on one thread, smallest of --runs. Prints a table in Markdown; asserts nothing. Needs the generator of fleets
beside the checkout, and numpy.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GENERATOR = ROOT.parent / "shared" / "tools" / "fleet_scenario.py"
# Workloads, origins, regions, node types, offers, periods, blocks, regions that can be lost; then outcomes.
CASES = [("medium fleet", (25, 8, 12, 6, 6, 13, 4, 4), 1), ("twice the workloads", (50, 8, 12, 6, 6, 13, 4, 4), 1), ("twice the regions", (25, 8, 24, 6, 6, 13, 4, 4), 1),
         ("twice the periods", (25, 8, 12, 6, 6, 26, 4, 4), 1), ("three outcomes", (25, 8, 12, 6, 6, 13, 4, 4), 3)]


def generator():
    spec = importlib.util.spec_from_file_location("fleet_scenario", GENERATOR)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plan(program, scenario):
    """Processor seconds of one run, and the proof of its plan."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        child = subprocess.Popen([program, "allocate", scenario, "--threads", "1", "--quiet", "-o", out.name], stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"allocate ended with {child.returncode} on {scenario}")
        return usage.ru_utime + usage.ru_stime, json.load(open(out.name))["plan"]["proof"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=2)
    options = parser.parse_args()
    if not GENERATOR.exists():
        sys.exit("the generator of fleets is not beside the checkout")
    fleets = generator()
    program = str(pathlib.Path(options.program).resolve())
    print("| fleet | columns | rows | s | times the first | gap, % |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    first = None
    for name, dimensions, outcomes in CASES:
        fleets.SIZES["medium"] = dimensions
        with tempfile.TemporaryDirectory(prefix="tonnage-growth-") as folder:
            fleets.write(fleets.make("medium", options.seed, outcomes), folder)
            runs = [plan(program, os.path.join(folder, "fleet.yaml")) for _ in range(options.runs)]
        seconds, proof = min(run[0] for run in runs), runs[0][1]
        first = first or seconds
        print(f"| {name} | {proof['columns']} | {proof['rows']} | {seconds:.1f} | {seconds / first:.1f} | {100 * proof['gap']:.4f} |", flush=True)


if __name__ == "__main__":
    main()
