#!/usr/bin/env python3
"""Coverage of intervals by group at several times: how far one window of a competition says whether intervals are calibrated.

    window_coverage.py --program build/release/tonnage [--windows 6] [--only weekly] [--last 30]

Series of a competition share their times, so that a calm or wild window moves the coverage of a whole group at once; resampling series does not
show it. Window 0 is the test part, forecast from the training part; window w ends w horizons before the end of the training part and is
forecast from what is before it, where enough is left. Prints a Markdown table: 80 and 95 % coverage by window, mean and standard deviation over the
windows, and for the test part the 95 % intervals of both from resampling whole series, as the scorer has them; "(not)" where such an interval does not meet
77-83 or 93-97 %. The interval of the mean over windows is Student's t of the windows, which are near to independent: 80 outside it is more than windows
explain. With --last only so many of the last values are known, as of a young series. Prints "skipped" where the reference data are absent.
"""
import argparse
import collections
import csv
import math
import pathlib
import statistics
import subprocess
import tempfile

from open_series import groups, numbers, resampled, season_of, share, windowed

BARS = (77, 83), (93, 97)  # of a group's 80 and 95 % coverage
STUDENT_975 = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}  # by degrees of freedom


def inside(program, rows, window, season, folder, last=0):
    """By series: values inside the 80 % and the 95 % interval, and all values."""
    cut = windowed(rows, window)
    if not cut:
        return []
    source, out = folder / "in.csv", folder / "out.csv"
    with open(source, "w", newline="") as file:
        csv.writer(file).writerows([["id", "train"]] + [[name, " ".join(known[-last:])] for name, (known, _) in cut.items()])
    subprocess.run([program, "forecast", source, "--season", str(season), "--horizon", rows[0]["h"], "--levels", "80,95", "--format", "csv", "-o", out, "--quiet"], check=True)
    counts = collections.defaultdict(lambda: [0, 0, 0])
    with open(out, newline="") as file:
        for r in csv.DictReader(file):
            value = numbers(cut[r["series"]][1][int(r["step"]) - 1])[0]
            if not math.isnan(value):
                hit = (float(r["q0.1"]) <= value <= float(r["q0.9"]), float(r["q0.025"]) <= value <= float(r["q0.975"]), 1)
                counts[r["series"]] = [a + b for a, b in zip(counts[r["series"]], hit)]
    return list(counts.values())


def interval(counts, i):
    """Of the coverage from resampling whole series, and whether it meets the bar."""
    low, high = resampled(counts, i)
    return f"{low:.1f}-{high:.1f}{'' if low <= BARS[i][1] and high >= BARS[i][0] else ' (not)'}"


def of_mean(values):
    """95 % interval of the mean of windows."""
    if len(values) < 2:
        return ""
    reach = STUDENT_975.get(len(values) - 1, 2.2) * statistics.stdev(values) / math.sqrt(len(values))
    return f"{statistics.mean(values) - reach:.1f}-{min(100, statistics.mean(values) + reach):.1f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--windows", type=int, default=6)
    parser.add_argument("--only", default="", help="a frequency")
    parser.add_argument("--last", type=int, default=0)
    options = parser.parse_args()
    series = groups()
    if not series:
        return
    print("| group | " + " | ".join("test part" if w == 0 else f"{w} before" for w in range(options.windows)) + " | mean 80 / 95 | standard deviation | 80 %, interval of the mean | test part, 80 % resampled | 95 % resampled |")
    print("|---|" + "---|" * (options.windows + 5))
    for (source, frequency), rows in series:
        if options.only not in ("", frequency):
            continue
        with tempfile.TemporaryDirectory() as folder:
            windows = [inside(options.program, rows, w, season_of(rows), pathlib.Path(folder), options.last) for w in range(options.windows)]
        cells = [f"{share(c, 0):.1f} / {share(c, 1):.1f}" if c else "" for c in windows]
        told = [[share(c, i) for c in windows if c] for i in (0, 1)]
        spread = " / ".join(f"{statistics.stdev(t):.1f}" if len(t) > 1 else "" for t in told)
        name = f"{source} {frequency}" + (f", {options.last} values" if options.last else "")
        mean = " / ".join(f"{statistics.mean(t):.1f}" for t in told)
        print(f"| {name} | " + " | ".join([*cells, mean, spread, of_mean(told[0]), interval(windows[0], 0), interval(windows[0], 1)]) + " |", flush=True)


if __name__ == "__main__":
    main()
