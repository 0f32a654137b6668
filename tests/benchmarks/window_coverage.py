#!/usr/bin/env python3
"""Coverage of intervals by group at several times: how far one window of a competition says whether intervals are calibrated.

    window_coverage.py --program build/release/tonnage [--windows 6]

Series of a competition share their times, so that a calm or wild window moves the coverage of a whole group at once; resampling series does not
show it. Window 0 is the test part, forecast from the training part; window w ends w horizons before the end of the training part and is
forecast from what is before it, where enough is left. Prints a Markdown table: 80 and 95 % coverage by window, mean and standard deviation over the
windows, and for the test part the 95 % interval of the 80 % coverage from resampling whole series. Prints "skipped" where the reference data are absent.
"""
import argparse
import collections
import csv
import math
import pathlib
import random
import statistics
import subprocess
import tempfile

from open_series import groups, numbers, season_of

LEAST = {"yearly": 9, "other": 16, "quarterly": 20, "monthly": 48, "weekly": 60, "hourly": 500, "daily": 300}  # values that a forecast is made from
FEWEST = 30  # series that a window is told of


def at_window(row, window):
    """What is known, and what comes; nothing where too little is left."""
    known, ahead, horizon = row["train"].split(), row["test"].split(), int(row["h"])
    if window == 0:
        return known, ahead
    end = len(known) - horizon * (window - 1)
    return (known[:end - horizon], known[end - horizon:end]) if end - horizon >= LEAST[row["freq"]] else None


def inside(program, rows, window, season, folder):
    """By series: values inside the 80 % and the 95 % interval, and all values."""
    cut = {row["id"]: parts for row in rows if (parts := at_window(row, window))}
    if len(cut) < FEWEST:
        return []
    source, out = folder / "in.csv", folder / "out.csv"
    with open(source, "w", newline="") as file:
        csv.writer(file).writerows([["id", "train"]] + [[name, " ".join(known)] for name, (known, _) in cut.items()])
    subprocess.run([program, "forecast", source, "--season", str(season), "--horizon", rows[0]["h"], "--levels", "80,95", "--format", "csv", "-o", out, "--quiet"], check=True)
    counts = collections.defaultdict(lambda: [0, 0, 0])
    with open(out, newline="") as file:
        for r in csv.DictReader(file):
            value = numbers(cut[r["series"]][1][int(r["step"]) - 1])[0]
            if not math.isnan(value):
                hit = (float(r["q0.1"]) <= value <= float(r["q0.9"]), float(r["q0.025"]) <= value <= float(r["q0.975"]), 1)
                counts[r["series"]] = [a + b for a, b in zip(counts[r["series"]], hit)]
    return list(counts.values())


def share(counts, i):
    return 100 * sum(c[i] for c in counts) / sum(c[2] for c in counts)


def resampled(counts):
    rng = random.Random(1)
    shares = sorted(share([counts[rng.randrange(len(counts))] for _ in counts], 0) for _ in range(400))
    return f"{shares[9]:.1f}-{shares[389]:.1f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--windows", type=int, default=6)
    options = parser.parse_args()
    series = groups()
    if not series:
        return
    print("| group | " + " | ".join("test part" if w == 0 else f"{w} before" for w in range(options.windows)) + " | mean 80 / 95 | standard deviation | 80 % of the test part, its interval |")
    print("|---|" + "---|" * (options.windows + 3))
    for (source, frequency), rows in series:
        with tempfile.TemporaryDirectory() as folder:
            windows = [inside(options.program, rows, w, season_of(rows), pathlib.Path(folder)) for w in range(options.windows)]
        cells = [f"{share(c, 0):.1f} / {share(c, 1):.1f}" if c else "" for c in windows]
        told = [[share(c, i) for c in windows if c] for i in (0, 1)]
        spread = " / ".join(f"{statistics.stdev(t):.1f}" if len(t) > 1 else "" for t in told)
        print(f"| {source} {frequency} | " + " | ".join(cells) + f" | {statistics.mean(told[0]):.1f} / {statistics.mean(told[1]):.1f} | {spread} | {resampled(windows[0])} |", flush=True)


if __name__ == "__main__":
    main()
