"""What one measured row is worth: each deployment of the published closed loops is calibrated on its row of the middle
concurrency, and its other rows are predicted with and without that.

  python3 tests/benchmarks/one_row.py --program build/release/tonnage [--deployments N]
"""
import argparse
import collections
import csv
import gzip
import os
import subprocess
import tempfile

KEYS = ("source_group", "model", "precision", "kv_precision", "hardware", "engine", "engine_version", "tp", "pp", "ep", "dp", "isl", "osl")
FIGURES = (("TPOT", "itl_ms", "predicted_tpot_mean_ms"), ("TTFT", "ttft_ms", "predicted_ttft_mean_ms"))


def write(path, rows):
    with open(path, "w", newline="") as f:
        table = csv.DictWriter(f, rows[0].keys(), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def predict(program, path, overlay):
    command = [program, "curve", "--cases", path, "--format", "csv", "--quiet"] + (["--overlay", overlay] if overlay else [])
    return list(csv.DictReader(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()))


def once(rows):
    """Each measurement once: some are in the tables under two names of a model, or in two publications."""
    near = lambda a, b: all(abs(float(a[f] or 0) - float(b[f] or 0)) <= 0.002 * float(a[f] or 0) for f in ("ttft_ms", "itl_ms", "throughput_tok_s"))
    alike, kept = collections.defaultdict(list), []
    # InferenceX and its DeepSeek-R1 first: what it measured, under the name that its scripts have.
    for row in sorted(rows, key=lambda r: (not r["source_group"].startswith("inferencex/"), r["model"] == "DeepSeek-V3")):
        others = alike[tuple(row[k] for k in ("hardware", "precision", "engine", "isl", "osl", "tp", "concurrency", "request_rate", "scenario"))]
        if not any(near(other, row) and other["source_group"] != row["source_group"] for other in others):
            kept.append(row["id"])
        others.append(row)
    kept = set(kept)
    return [row for row in rows if row["id"] in kept]


def published(reference, scenarios):
    """Rows of quality A that `curve --cases` predicts, each measurement once."""
    with gzip.open(os.path.join(reference, "published_open.csv.gz"), "rt", newline="") as f:
        return once([r for r in csv.DictReader(f) if r["quality"] == "A" and r["disagg"] in ("", "agg") and r["scenario"] in scenarios])


def deployments(reference):
    groups = collections.defaultdict(list)
    for row in published(reference, ("closed",)):
        if row["itl_ms"]:
            groups[tuple(row[k] for k in KEYS)].append(row)
    return [sorted(rows, key=lambda r: float(r["concurrency"] or 0)) for _, rows in sorted(groups.items()) if len(rows) >= 3]


def errors_of(predictions):
    for row in predictions:
        for name, measured, predicted in FIGURES:
            if row["reason"] == "" and row[measured]:
                yield name, abs(float(row[predicted]) / float(row[measured]) - 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/release/tonnage")
    parser.add_argument("--reference", default="../shared/data/capacity")
    parser.add_argument("--deployments", type=int, default=0, help="every Nth so that about so many are looked at; 0: all")
    options = parser.parse_args()
    groups = deployments(options.reference)
    step = max(1, len(groups) // options.deployments) if options.deployments else 1
    errors, used = collections.defaultdict(list), 0
    with tempfile.TemporaryDirectory() as folder:
        one, others, overlay = (os.path.join(folder, name) for name in ("one.csv", "others.csv", "mine.yaml"))
        for rows in groups[::step]:
            middle = len(rows) // 2
            write(one, [rows[middle]])
            write(others, rows[:middle] + rows[middle + 1:])
            made = subprocess.run([options.program, "calibrate", one, "-o", overlay, "--quiet"], capture_output=True, text=True)
            if made.returncode != 0:
                continue  # the deployment cannot be predicted at all: no case is lost to the comparison
            used += 1
            for how, file in (("shipped", None), ("one row", overlay)):
                for name, error in errors_of(predict(options.program, others, file)):
                    errors[name, how].append(error)
    print(f"{used} deployments of {len(groups[::step])}\n\n| figure | constants | rows | median error, % | P90 |\n|---|---|---|---|---|")
    for (name, how), values in sorted(errors.items()):
        values.sort()
        at = lambda p: 100 * values[int(p * (len(values) - 1) + 0.5)]
        print(f"| {name} | {how} | {len(values)} | {at(0.5):.1f} | {at(0.9):.1f} |")


if __name__ == "__main__":
    main()
