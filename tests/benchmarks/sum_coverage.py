#!/usr/bin/env python3
"""Coverage of sums over the whole horizon, from sample paths: what a quarter's load is to its weeks.

    sum_coverage.py --program build/release/tonnage [--series 250] [--paths 300] [--windows 6] [--only hourly]

Each series is forecast at the test part and at windows of the same length inside the training part (as in window_coverage.py); the sum
of what came is compared with the quantiles of the summed paths, and, for comparison, with sums of each step's quantiles (steps that all err together).
Series of a group share their times, so that one window says little. Prints a Markdown table by group: 80 and 95 % coverage by window, mean and standard
deviation over the windows, and the mean were steps to err together. Prints "skipped" where the reference data are absent.
"""
import argparse
import collections
import csv
import math
import pathlib
import statistics
import subprocess
import tempfile

from open_series import groups, numbers, season_of, share, windowed


def forecasts(program, cut, season, horizon, paths, folder):
    """Sorted sums of paths, and summed quantiles, by series."""
    source, out, drawn = folder / "in.csv", folder / "out.csv", folder / "paths.csv"
    with open(source, "w", newline="") as file:
        csv.writer(file).writerows([["id", "train"]] + [[name, " ".join(known)] for name, (known, _) in cut.items()])
    subprocess.run([program, "forecast", source, "--season", str(season), "--horizon", str(horizon), "--levels", "80,95", "--paths", str(paths), "--paths-out", drawn,
                    "--format", "csv", "-o", out, "--quiet"], check=True)
    sums, quantiles = collections.defaultdict(lambda: [0.0] * paths), collections.defaultdict(lambda: [0.0] * 4)
    with open(drawn, newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for series, path, _, _, value in rows:
            sums[series][int(path) - 1] += float(value)
    with open(out, newline="") as file:
        for r in csv.DictReader(file):
            for i, name in enumerate(("q0.1", "q0.9", "q0.025", "q0.975")):
                quantiles[r["series"]][i] += float(r[name])
    return {name: sorted(values) for name, values in sums.items()}, quantiles


def inside(program, rows, window, paths):
    """By series: whether the sum lies inside 80 and 95 % of the paths, and of summed quantiles, and 1."""
    cut, horizon = windowed(rows, window), int(rows[0]["h"])
    if not cut:
        return []
    with tempfile.TemporaryDirectory() as folder:
        sums, quantiles = forecasts(program, cut, season_of(rows), horizon, paths, pathlib.Path(folder))
    counts = []
    for name, (_, ahead) in cut.items():
        real, drawn, q = sum(numbers(" ".join(ahead))[:horizon]), sums[name], quantiles[name]
        if math.isnan(real):
            continue
        at = [drawn[min(paths - 1, int(p * paths))] for p in (0.1, 0.9, 0.025, 0.975)]
        counts.append((at[0] <= real <= at[1], at[2] <= real <= at[3], q[0] <= real <= q[1], q[2] <= real <= q[3], 1))
    return counts


def cells(windows):
    """By window, mean and standard deviation, and the mean were steps to err together."""
    told = [[share(c, i) for c in windows if c] for i in range(4)]
    mean = [statistics.mean(t) for t in told]
    spread = " / ".join(f"{statistics.stdev(t):.1f}" if len(t) > 1 else "" for t in told[:2])
    return [f"{share(c, 0):.1f} / {share(c, 1):.1f}" if c else "" for c in windows] + [f"{mean[0]:.1f} / {mean[1]:.1f}", spread, f"{mean[2]:.1f} / {mean[3]:.1f}"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--series", type=int, default=250)
    parser.add_argument("--paths", type=int, default=300)
    parser.add_argument("--windows", type=int, default=6)
    parser.add_argument("--only", default="", help="a frequency")
    options = parser.parse_args()
    print("| group | series | steps | " + " | ".join(f"{w} before" if w else "test part" for w in range(options.windows)) + " | mean 80 / 95 | standard deviation | steps err together |")
    print("|---|" + "---|" * (options.windows + 5))
    every = [[] for _ in range(options.windows)]
    for (source, frequency), rows in groups():
        if options.only not in ("", frequency):
            continue
        windows = [inside(options.program, rows[:options.series], w, options.paths) for w in range(options.windows)]
        every = [a + b for a, b in zip(every, windows)]
        print(f"| {source} {frequency} | {len(windows[0])} | {rows[0]['h']} | " + " | ".join(cells(windows)) + " |", flush=True)
    if any(every):
        print(f"| all | {len(every[0])} | | " + " | ".join(cells(every)) + " |")


if __name__ == "__main__":
    main()
