#!/usr/bin/env python3
"""Accuracy, calibration and time of `tonnage forecast` and of statsforecast on the same series, as docs/accuracy-forecast.md.

    forecast_accuracy.py --program build/release/tonnage --python PYTHON [--out docs/accuracy-forecast.md] [--work FOLDER] [--reuse]
    forecast_accuracy.py --program build/release/tonnage --peers-from docs/accuracy-forecast.md [--blocks build/release/tests/blocks_bench] …

Needs the reference data and scorer beside the checkout (../shared) and a Python with statsforecast for the peers. Each contestant
runs in its own process with one thread; --reuse keeps the scorer's output that FOLDER already holds; --peers-from takes the peers' columns of an
earlier table, whose series and peers are the same. Prints "skipped" and
succeeds where the reference data are absent.
"""
import argparse
import csv
import datetime
import os
import pathlib
import re
import subprocess
import sys

from open_series import DATA, groups, season_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
LINE = re.compile(r"^(ok |BAD) (\S+) (\S+) n=(\d+) OWA ([\d.]+)(?: \(bar ([\d.]+)\))? 95 %: ([\d.]+) \(([\d.]+)-([\d.]+)\) 80 %: ([\d.]+) MSIS ([\d.]+) ([\d.]+) ms/series")
TIME_BARS = {"hourly": 100, "daily": 50, "monthly": 20}
PEERS = {"AutoETS, AutoCES, DOT: mean": "ets,ces,dot", "MSTL": "mstl"}


def score(name, tool, environment, work, reuse):
    out = work / (re.sub(r"\W+", "-", name) + ".txt")
    if not (reuse and out.exists()):
        run = subprocess.run([sys.executable, str(SHARED / "tools/forecast_score.py"), str(tool), str(DATA), str(work / "files")],
                             capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONWARNINGS": "ignore", **environment})
        out.write_text(run.stdout)
        if not run.stdout:
            sys.exit(f"{name}: {run.stderr[-500:]}")
    rows, pooled = {}, ""
    for line in out.read_text().split("\n"):
        if found := LINE.match(line):
            rows[found[2], found[3]] = found
        elif "pooled" in line:
            pooled = line.split()[-1]
    return rows, pooled


def wrapper(python, work):
    """The peer as a program, whatever Python runs this script."""
    path = work / "peer"
    path.write_text(f"#!/bin/sh\nexec '{python}' '{SHARED}/tools/peer_statsforecast' \"$@\"\n")
    path.chmod(0o755)
    return path


def earlier_peers(path):
    """Columns of the peers by group, their pooled coverage, and when and with what they were measured, from a table that this script made."""
    text = pathlib.Path(path).read_text()
    rows = {cells[1]: (cells[5:7], cells[12:14]) for line in text.split("\n") if len(cells := [c.strip() for c in line.split("|")]) == 15 and cells[2].isdigit()}
    pooled = re.search(r"\(statsforecast: (.*?)\)\.", text)[1]
    measured = re.search(r"statsforecast (\S+) behind the same command line(?:, measured on (\S+))?;", text)
    return rows, pooled, measured[1], measured[2] or re.search(r"Made on (\S+) by", text)[1]


def table(ours, peers):
    lines = ["| group | series | OWA | bar | " + " | ".join(f"{p}, OWA" for p in PEERS) + " | 95 % | its interval | 80 % | MSIS | ms a series | " + " | ".join(f"{p}, 95 %, ms" for p in PEERS) + " |",
             "|---|" + "---|" * (8 + 2 * len(PEERS))]
    for group, row in ours.items():
        owa, rest = peers[f"{group[0]} {group[1]}"]
        lines.append(f"| {group[0]} {group[1]} | {row[4]} | {row[5]} | {row[6] or ''} | " + " | ".join(owa) + f" | {row[7]} | {row[8]}-{row[9]} | {row[10]} | {row[11]} | {row[12]} | " +
                     " | ".join(rest) + " |")
    return lines


def measured_peers(options, work):
    """The same as earlier_peers, measured now."""
    peer = wrapper(options.python, work)
    found = {name: score(name, peer, {"PEER_MODELS": models}, work, options.reuse) for name, models in PEERS.items()}
    rows = {}
    for group in {g for table, _ in found.values() for g in table}:
        theirs = [table.get(group) for table, _ in found.values()]
        rows[" ".join(group)] = [t[5] if t else "failed" for t in theirs], [f"{t[7]}, {t[12]}" if t else "" for t in theirs]
    version = subprocess.run([options.python, "-c", "import statsforecast; print(statsforecast.__version__)"], capture_output=True, text=True).stdout.strip()
    return rows, ", ".join(f"{name} {p}" for name, (_, p) in found.items()), version, str(datetime.date.today())


def processor_seconds(command):
    before = os.times()
    subprocess.run(command, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def times(program, work):
    """Processor time of the full ensemble and 1,000 joint paths, one thread, reading and writing included, least of three runs, as a Markdown table."""
    lines = ["| group | series | processor ms a series, 1,000 paths too | bar |", "|---|---|---|---|"]
    for (source, frequency), rows in groups():
        known = work / "known.csv"
        with open(known, "w", newline="") as file:
            csv.writer(file).writerows([["id", "train"]] + [[row["id"], row["train"]] for row in rows])
        used = min(processor_seconds([program, "forecast", known, "--season", str(season_of(rows)), "--horizon", rows[0]["h"], "--paths", "1000", "--paths-out", os.devnull,
                                      "--threads", "1", "--quiet", "--format", "csv", "-o", os.devnull]) for _ in range(3))
        lines.append(f"| {source} {frequency} | {len(rows)} | {1000 * used / len(rows):.1f} | {TIME_BARS.get(frequency, '')} |")
    return "\n".join(lines)


def printed(benchmark, program, *more):
    """What another benchmark beside this one prints."""
    return subprocess.run([sys.executable, str(ROOT / f"tests/benchmarks/{benchmark}.py"), "--program", program, *more], capture_output=True, text=True).stdout.strip()


def windows_of(program):
    """Coverage by window; rows of weekly series of which only the last values are known stand below the others."""
    young = [printed("window_coverage", program, "--only", "weekly", "--last", last).split("\n")[-1] for last in ("20", "30", "45")]
    return "\n".join([printed("window_coverage", program), *young])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--out", default="")
    parser.add_argument("--work", default=str(ROOT / "build/accuracy"))
    parser.add_argument("--reuse", action="store_true")
    parser.add_argument("--peers-only", action="store_true")
    parser.add_argument("--peers-from", default="")
    parser.add_argument("--blocks", default="")
    options = parser.parse_args()
    if not DATA.exists():
        print("skipped: the reference data are not here")
        return
    work = pathlib.Path(options.work)
    work.mkdir(parents=True, exist_ok=True)
    peers, peers_pooled, version, day = earlier_peers(options.peers_from) if options.peers_from else measured_peers(options, work)
    if options.peers_only:
        return
    ours, pooled = score("tonnage", os.path.abspath(options.program), {}, work, options.reuse)
    joint, sums, hindsight, windows = *(printed(name, options.program) for name in ("joint_coverage", "sum_coverage", "hindsight_weights")), windows_of(options.program)
    blocks = subprocess.run([options.blocks, str(SHARED / "data/forecast")], capture_output=True, text=True).stdout.strip() if options.blocks else ""
    text = ["# How accurate the forecasts are", "",
            f"Made on {datetime.date.today()} by `python3 tests/benchmarks/forecast_accuracy.py --program build/release/tonnage --python PYTHON --out docs/accuracy-forecast.md`: "
            f"3,415 series of the M1, M3, M4 (hourly and weekly), tourism and NN5 competitions, each forecast from its training part and compared with its test part; "
            f"statsforecast {version} behind the same command line, measured on {day}; one thread each on a shared machine. OWA as in M4 (below 1: better than Naive 2); "
            f"in brackets the 95 % interval of a coverage, from resampling whole series. Times of this table are by the clock, "
            f"beside other work, of point forecasts and intervals, with reading and writing; the section on time has those of the processor.", "",
            *table(ours, peers), "",
            f"Pooled 95 % coverage: {pooled} % (statsforecast: {peers_pooled}).", ""]
    if windows:
        text += ["## Coverage by window", "", "80 / 95 % coverage at the test part and at windows of the same length before it, each forecast from what was known then (`tests/benchmarks/window_coverage.py`; windows with "
                 "30 series or more). The bar of a group is that the interval from resampling its series meets 77-83 (80 %) and 93-97 (95 %) at the test part; '(not)' where it does not. Series of a group share their times: from one "
                 "window to the next the coverage of a whole group moves as the standard deviation says, several times what resampling series shows; no method knows whether the next window is calm or wild, so that one that is right on "
                 "average leaves the bar at some. Whether intervals are right on average is told by the interval of the mean over windows (Student's t). "
                 "Weekly series of which only the last 20 to 45 values are known, as of a young workload, are forecast without a season (`--only weekly --last 20`).", "", windows, ""]
    text += ["## Time", "", "All members, trials and 1,000 joint paths of a series on one thread (time of the processor, the least of three runs beside other work).", "", times(options.program, work), ""]
    if joint:
        text += ["## Joint sample paths", "", joint, ""]
    if sums:
        text += ["## Sums over the horizon", "", "The sum over a whole horizon against the quantiles of summed paths, 80 / 95 %, at the test part and at windows before it (`tests/benchmarks/sum_coverage.py`, up to 250 series a group), and, "
                 "over all windows, against sums of each step's quantiles. A sum is one number a series, so that it moves with the times of a group more than single steps do.", "", sums, ""]
    if hindsight:
        text += ["## What weights of the methods could reach", "", "OWA at the test part of the best fixed combination of all methods of `--methods list`, its weights fitted on the test part itself by descent, so that the true least may be a little lower "
                 "(`tests/benchmarks/hindsight_weights.py`; series without a season). Beside it the combination as made, and weights of least OWA on the three windows before the test part, which could have been known.", "", hindsight, ""]
    if blocks:
        text += ["## Blocks of alike hours", "", "What blocks hide of the hours of the week (`tests/benchmarks/blocks_bench.cpp`), as they are made and by k-medoids with as many blocks: how far the highest hour lies above "
                 "the mean of its block, and the root mean square distance of an hour from the mean of its block, over the mean load. Weekly means of eight weeks; series together: their hours have one set of blocks.", "", blocks, ""]
    if options.out:
        pathlib.Path(options.out).write_text("\n".join(text))
    print("\n".join(text))


if __name__ == "__main__":
    main()
