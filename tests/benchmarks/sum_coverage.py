#!/usr/bin/env python3
"""Coverage of sums over the whole horizon, from sample paths: what a quarter's load is to its weeks.

    sum_coverage.py --program build/release/tonnage [--series 250] [--paths 1000]

Each series is forecast from its training part; the sum of its test part is compared with the quantiles of the summed paths, and, for
comparison, with sums of each step's quantiles (steps that all err together). Prints a Markdown table by group. Prints "skipped"
where the reference data are absent.
"""
import argparse
import collections
import csv
import math
import pathlib
import subprocess
import tempfile

from open_series import groups, numbers, season_of


def forecasts(program, rows, season, horizon, paths, folder):
    """Sorted sums of paths, and summed quantiles, by series."""
    source, out, drawn = folder / "in.csv", folder / "out.csv", folder / "paths.csv"
    with open(source, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "train"])
        writer.writerows([r["id"], r["train"]] for r in rows)
    subprocess.run([program, "forecast", source, "--season", str(season), "--horizon", str(horizon), "--levels", "80,95", "--paths", str(paths), "--paths-out", drawn,
                    "--format", "csv", "-o", out, "--quiet"], check=True)
    sums, quantiles = collections.defaultdict(lambda: [0.0] * paths), collections.defaultdict(lambda: [0.0] * 4)
    with open(drawn, newline="") as file:
        for series, path, _, _, value in list(csv.reader(file))[1:]:
            sums[series][int(path) - 1] += float(value)
    with open(out, newline="") as file:
        for r in csv.DictReader(file):
            for i, name in enumerate(("q0.1", "q0.9", "q0.025", "q0.975")):
                quantiles[r["series"]][i] += float(r[name])
    return {name: sorted(values) for name, values in sums.items()}, quantiles


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--series", type=int, default=250)
    parser.add_argument("--paths", type=int, default=1000)
    options = parser.parse_args()
    series = groups()
    if not series:
        return
    print("| group | series | steps | 80 % of paths | 95 % of paths | 80 %, steps err together | 95 %, steps err together |\n|---|---|---|---|---|---|---|")
    totals = [0] * 5
    for (source, frequency), rows in series:
        rows = rows[:options.series]
        horizon, inside = int(rows[0]["h"]), [0] * 5
        with tempfile.TemporaryDirectory() as folder:
            sums, quantiles = forecasts(options.program, rows, season_of(rows), horizon, options.paths, pathlib.Path(folder))
        for r in rows:
            real, drawn, q = sum(numbers(r["test"])[:horizon]), sums[r["id"]], quantiles[r["id"]]
            if math.isnan(real):
                continue
            at = [drawn[min(options.paths - 1, int(p * options.paths))] for p in (0.1, 0.9, 0.025, 0.975)]
            counts = (1, at[0] <= real <= at[1], at[2] <= real <= at[3], q[0] <= real <= q[1], q[2] <= real <= q[3])
            inside = [a + b for a, b in zip(inside, counts)]
        totals = [a + b for a, b in zip(totals, inside)]
        print(f"| {source} {frequency} | {inside[0]} | {horizon} | " + " | ".join(f"{100 * v / inside[0]:.1f}" for v in inside[1:]) + " |", flush=True)
    print(f"| all | {totals[0]} | | " + " | ".join(f"{100 * v / totals[0]:.1f}" for v in totals[1:]) + " |")


if __name__ == "__main__":
    main()
