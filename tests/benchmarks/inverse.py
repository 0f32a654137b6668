"""The inverse of a prediction, which is what a plan uses: the highest load under a limit on the time per output token.

Each measured row of a published closed loop is a limit (its TPOT) and the load that meets it (requests per second by Little's law); the
load that is predicted for that limit lies between the predictions of the deployment's rows. In sample: the shipped constants were fitted
to these rows among others.

  python3 tests/benchmarks/inverse.py --program build/release/tonnage
"""
import argparse
import math
import os
import tempfile

from one_row import deployments, predict, write


def load_of(row, tpot_ms, ttft_ms):
    """Requests per second of a closed loop."""
    return float(row["concurrency"]) / (1e-3 * (ttft_ms + (float(row["osl"]) - 1) * tpot_ms))


def load_at(points, limit_ms):
    """Predicted load at a limit, between (TPOT, load) in order of TPOT, on logarithmic axes; nothing outside them."""
    for (below, low), (above, high) in zip(points, points[1:]):
        if below <= limit_ms <= above and below < above:
            share = math.log(limit_ms / below) / math.log(above / below)
            return low * (high / low) ** share
    return None


def errors_of(rows):
    rows = [r for r in rows if r["reason"] == "" and r["ttft_ms"]]
    points = sorted((float(r["predicted_tpot_mean_ms"]), load_of(r, float(r["predicted_tpot_mean_ms"]), float(r["predicted_ttft_mean_ms"]))) for r in rows)
    for row in rows:
        predicted = load_at(points, float(row["itl_ms"]))
        if predicted:
            yield predicted / load_of(row, float(row["itl_ms"]), float(row["ttft_ms"])) - 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/release/tonnage")
    parser.add_argument("--reference", default="../shared/data/capacity")
    options = parser.parse_args()
    groups = deployments(options.reference)
    errors, limits = [], 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rows.csv")
        for rows in groups:
            write(path, rows)
            errors += errors_of(predict(options.program, path, None))
            limits += len(rows)
    sizes = sorted(abs(e) for e in errors)
    at = lambda p: 100 * sizes[int(p * (len(sizes) - 1) + 0.5)]
    over = 100 * sum(e > 0.2 for e in errors) / len(errors)
    print("| deployments | limits within the predicted curve | median error, % | P90 | overstated by more than 20 %, % |\n|---|---|---|---|---|")
    print(f"| {len(groups)} | {len(errors)} of {limits} | {at(0.5):.1f} | {at(0.9):.1f} | {over:.1f} |")


if __name__ == "__main__":
    main()
