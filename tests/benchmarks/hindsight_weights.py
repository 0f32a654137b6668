#!/usr/bin/env python3
"""What the best fixed combination of the methods would have scored, had its weights been known in hindsight.

    hindsight_weights.py --program build/release/tonnage [--groups "M3 other" ...] [--windows 3]

Each method that forecasts alone at the test part and at windows inside the training part; weights, at least zero and summing to one, that give the least OWA
at the test part itself, as far as descent finds them (OWA is not convex in the weights: the true least may be a little lower). A bar that only such weights
reach is met by luck. Beside it the best method in hindsight, the combination as the program makes it, and weights fitted to the windows before, which is what one could have known. OWA as in M4,
against the last value (series without a season). Prints a Markdown table and the weights. Prints "skipped" where the reference data are absent.
"""
import argparse
import collections
import csv
import math
import pathlib
import subprocess
import tempfile

from open_series import groups, numbers, windowed

ROUNDS = 600


def forecasts(program, source, horizon, method, out):
    run = subprocess.run([program, "forecast", source, "--season", "1", "--horizon", horizon, *(["--methods", method] if method else []), "--format", "csv", "-o", out, "--quiet"],
                         stderr=subprocess.DEVNULL)
    found = collections.defaultdict(list)
    if run.returncode == 0:
        with open(out, newline="") as file:
            for r in csv.DictReader(file):
                found[r["series"]].append(float(r["mean"]))
    return found


class Window:
    """Forecasts of every method for one window, and what came."""

    def __init__(self, program, rows, window, methods, folder):
        cut, source, out = windowed(rows, window), folder / "in.csv", folder / "out.csv"
        with open(source, "w", newline="") as file:
            csv.writer(file).writerows([["id", "train"]] + [[name, " ".join(known)] for name, (known, _) in cut.items()])
        alone = {m: forecasts(program, source, rows[0]["h"], m, out) for m in [*methods, ""]}
        self.points, self.series = [], 0  # (actual, size of a step, steps, by method) of every step
        self.made = []                    # the program's own combination
        self.last = []
        for name, (known, ahead) in cut.items():
            y, x = numbers(" ".join(ahead)), numbers(" ".join(known))
            steps = [abs(b - a) for a, b in zip(x, x[1:])]
            if not sum(steps):
                continue
            self.series += 1
            for k, actual in enumerate(y):
                self.points.append((actual, sum(steps) / len(steps), len(y), [alone[m][name][k] if alone[m][name] else math.nan for m in methods]))
                self.made.append(alone[""][name][k])
                self.last.append(x[-1])
        self.usable = {m for i, m in enumerate(methods) if all(math.isfinite(p[3][i]) for p in self.points)}
        self.base = self.errors(self.last)

    def errors(self, values):
        smape = sum(200 * abs(y - z) / ((abs(y) + abs(z)) or 1) / n for (y, _, n, _), z in zip(self.points, values))
        return smape / self.series, sum(abs(y - z) / unit / n for (y, unit, n, _), z in zip(self.points, values)) / self.series

    def owa(self, values):
        smape, mase = self.errors(values)
        return 0.5 * (smape / self.base[0] + mase / self.base[1])

    def combined(self, weights, columns):
        return [sum(w * p[3][c] for w, c in zip(weights, columns)) for p in self.points]

    def slopes(self, values):
        """By point: how the OWA changes with the forecast."""
        out = []
        for (y, unit, n, _), z in zip(self.points, values):
            sign, size = (z > y) - (z < y), (abs(y) + abs(z)) or 1
            relative = 200 * (sign / size - abs(y - z) * (1 if z > 0 else -1) / size**2)
            out.append(0.5 / self.series / n * (relative / self.base[0] + sign / unit / self.base[1]))
        return out


def best_weights(windows, columns):
    """Least mean OWA over the windows by exponentiated gradients (Kivinen & Warmuth 1997); the best of all rounds."""
    logs, best = [0.0] * len(columns), (math.inf, [])
    for turn in range(ROUNDS):
        raw = [math.exp(v - max(logs)) for v in logs]
        weights = [v / sum(raw) for v in raw]
        gradient, owa = [0.0] * len(columns), 0
        for window in windows:
            values = window.combined(weights, columns)
            owa += window.owa(values) / len(windows)
            for slope, point in zip(window.slopes(values), window.points):
                for i, c in enumerate(columns):
                    gradient[i] += slope * point[3][c] / len(windows)
        best = min(best, (owa, weights))
        mean = sum(w * g for w, g in zip(weights, gradient))
        largest = max(abs(g - mean) for g in gradient) or 1
        logs = [v - 2 / math.sqrt(turn + 1) * (g - mean) / largest for v, g in zip(logs, gradient)]
    return best[1]


def told(weights, names):
    return ", ".join(f"{name} {100 * w:.0f} %" for w, name in sorted(zip(weights, names), reverse=True) if w >= 0.02)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--groups", nargs="+", default=["M3 other", "M3 yearly", "M1 yearly", "tourism yearly"])
    parser.add_argument("--windows", type=int, default=3)
    options = parser.parse_args()
    listed = subprocess.run([options.program, "forecast", "--methods", "list", "x.csv"], capture_output=True, text=True).stdout
    methods = [line.split()[0] for line in listed.splitlines() if line.strip()]
    print("| group | methods | as combined | best method in hindsight | best weights in hindsight | all methods alike | weights of the windows before, at the test part |\n|---|---|---|---|---|---|---|")
    notes = []
    for (source, frequency), rows in groups():
        group = f"{source} {frequency}"
        if group not in options.groups:
            continue
        with tempfile.TemporaryDirectory() as folder:
            windows = [Window(options.program, rows, w, methods, pathlib.Path(folder)) for w in range(options.windows + 1) if windowed(rows, w)]
        usable = [c for c, m in enumerate(methods) if all(m in w.usable for w in windows)]
        seen, columns = set(), []  # without a season some methods are the same
        for c in usable:
            key = tuple(round(p[3][c], 6) for p in windows[0].points)
            if key not in seen:
                seen.add(key), columns.append(c)
        test, names = windows[0], [methods[c] for c in columns]
        hindsight, before = best_weights([test], columns), best_weights(windows[1:], columns)
        alone = min((test.owa([p[3][c] for p in test.points]), methods[c]) for c in columns)
        alike = test.owa(test.combined([1 / len(columns)] * len(columns), columns))
        print(f"| {group} | {len(columns)} | {test.owa(test.made):.3f} | {alone[0]:.3f} ({alone[1]}) | {test.owa(test.combined(hindsight, columns)):.3f} | {alike:.3f} | "
              f"{test.owa(test.combined(before, columns)):.3f} |", flush=True)
        notes.append(f"{group}: in hindsight {told(hindsight, names)}; by the windows before {told(before, names)}.")
    if notes:
        print("\n" + "\n\n".join(notes))


if __name__ == "__main__":
    main()
