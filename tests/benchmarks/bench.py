#!/usr/bin/env python3
"""Wall time and peak memory of the program: plans of the examples and of a generated fleet, and --version.

    bench.py --program PATH [--runs N] [--fleet SIZE]

Prints a table in Markdown; asserts nothing. The fleet is left out when its generator is not beside the checkout.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GENERATOR = ROOT.parent / "shared" / "tools" / "fleet_scenario.py"


def measure(program, args, cwd):
    """Seconds, peak resident MB and exit code of one run."""
    start = time.perf_counter()
    child = subprocess.Popen([program, *args], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    return seconds, usage.ru_maxrss / 1024, child.returncode


def row(name, program, args, cwd, runs):
    results = [measure(program, args, cwd) for _ in range(runs)]
    times, memory = [r[0] for r in results], [r[1] for r in results]
    codes = sorted({r[2] for r in results})
    print(f"| {name} | {min(times):.3f} | {statistics.median(times):.3f} | {min(memory):.1f} | {statistics.median(memory):.1f} | {', '.join(map(str, codes))} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--fleet", default="small", help="size of the generated fleet: tiny, small, medium")
    options = parser.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    print("| run | min s | median s | min MB | median MB | exit |\n| --- | ---: | ---: | ---: | ---: | --- |")
    row("--version", program, ["--version"], ROOT, options.runs)
    for example in sorted((ROOT / "examples").glob("*/*.yaml")):
        row(f"plan {example.stem}", program, ["plan", example.name, "--format", "json"], example.parent, options.runs)
    with tempfile.TemporaryDirectory(prefix="tonnage-bench-") as folder:
        made = GENERATOR.exists() and subprocess.run([sys.executable, str(GENERATOR), options.fleet, "1", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        if made:
            row(f"plan fleet {options.fleet} 1", program, ["plan", "fleet.yaml", "--format", "json"], folder, options.runs)
        else:
            print("\nSKIPPED: the generator of fleets is not here or does not run (it needs numpy)")


if __name__ == "__main__":
    main()
