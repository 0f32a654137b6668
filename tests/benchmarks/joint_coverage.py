#!/usr/bin/env python3
"""Coverage of the 99th percentile of a total, from joint sample paths: rolling origins over ten hourly series.

    joint_coverage.py --program build/release/tonnage [--origins 12] [--horizon 168] [--paths 1000]

Each origin is a run of `tonnage forecast --paths` on what was known then; the total of a future is the sum of its paths over the
series. Prints how often the real total was at or below the 99th percentile, with a standard error that takes a whole origin as
one draw, and the same for 50, 90 and 95. Prints "skipped" where the reference data are absent.
"""
import argparse
import collections
import csv
import math
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared/data/forecast/nab_mentions_hourly.csv"
LEVELS = (0.5, 0.9, 0.95, 0.99)


def totals(path, paths, horizon):
    sums = [[0.0] * paths for _ in range(horizon)]
    with open(path, newline="") as file:
        for series, j, k, _, value in list(csv.reader(file))[1:]:
            if series != "total":
                sums[int(k) - 1][int(j) - 1] += float(value)
    return sums


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--origins", type=int, default=12)
    parser.add_argument("--horizon", type=int, default=168)
    parser.add_argument("--paths", type=int, default=1000)
    options = parser.parse_args()
    if not DATA.exists():
        print("skipped: the reference data are not here")
        return
    table = collections.defaultdict(dict)
    for row in csv.DictReader(open(DATA)):
        if row["value"]:
            table[row["time"]][row["series"]] = float(row["value"])
    times = sorted(table)
    names = sorted({name for values in table.values() for name in values})
    complete = [t for t in times if len(table[t]) == len(names)]
    n, h = len(complete), options.horizon
    first = 24 * 28  # four weeks known at least
    origins = [first + (n - h - first) * i // max(1, options.origins - 1) for i in range(options.origins)]
    inside = {level: [] for level in LEVELS}
    with tempfile.TemporaryDirectory() as folder:
        known, drawn = os.path.join(folder, "known.csv"), os.path.join(folder, "paths.csv")
        for origin in origins:
            with open(known, "w") as file:
                file.write("time," + ",".join(names) + "\n")
                for t in complete[:origin]:
                    file.write(t + "," + ",".join(repr(table[t][name]) for name in names) + "\n")
            subprocess.run([options.program, "forecast", known, "--season", "168", "--horizon", str(h), "--paths", str(options.paths), "--paths-out", drawn,
                            "--threads", "1", "--quiet", "--format", "csv", "-o", os.path.join(folder, "out.csv")], check=True)
            for level in LEVELS:
                inside[level].append([])
            for k, sums in enumerate(totals(drawn, options.paths, h)):
                actual = sum(table[complete[origin + k]][name] for name in names)
                sums.sort()
                for level in LEVELS:
                    inside[level][-1].append(actual <= sums[min(options.paths - 1, math.ceil(level * options.paths) - 1)])
    words = []
    for level in LEVELS:
        shares = [sum(one) / len(one) for one in inside[level]]
        mean = sum(shares) / len(shares)
        error = math.sqrt(sum((s - mean) ** 2 for s in shares) / (len(shares) - 1) / len(shares))
        words.append(f"{100 * level:.0f} %: {100 * mean:.2f} (standard error {100 * error:.2f})")
    count = len(origins) * h
    binomial = 100 * math.sqrt(0.99 * 0.01 / count)
    print(f"Total of {len(names)} hourly series, {len(origins)} rolling origins, horizons 1 to {h}, {options.paths} joint paths, {count:,} forecasts of the total; share of real totals at or below "
          f"the quantile of the summed paths: {'; '.join(words)}. The binomial error of the 99 % were the hours independent is {binomial:.2f} points; they are not, "
          "so the standard errors take a whole origin as one draw (overlapping origins still share hours).")


if __name__ == "__main__":
    main()
