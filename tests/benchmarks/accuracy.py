#!/usr/bin/env python3
"""Writes docs/accuracy.md and its plots: predictions of `tonnage curve --cases` against measured serving.

    python3 tests/benchmarks/accuracy.py --program build/release/tonnage --reference ../shared/data/capacity

Reads vllm_serving_open.csv, published_open.csv.gz and vllm_serving_peer_errors.csv of the reference folder; figures of rows
that a fit had not seen come from models/errors.csv, which `tonnage calibrate --hierarchy --folds` made.
"""
import argparse
import collections
import csv
import math
import os
import subprocess
import tempfile

from one_row import published

KINDS = {"tpot": "time per output token", "ttft": "time to first token", "e2e": "end to end", "throughput": "output tokens/s"}


def quantile(values, p):
    values = sorted(values)
    return values[int(p * (len(values) - 1) + 0.5)]


def predict(program, rows, folder):
    """The rows with what is predicted for them."""
    given, out = os.path.join(folder, "given.csv"), os.path.join(folder, "predicted.csv")
    with open(given, "w", newline="") as f:
        writer = csv.DictWriter(f, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    subprocess.run([program, "curve", "--cases", given, "--quiet", "-o", out], check=True)
    with open(out, newline="") as f:
        return list(csv.DictReader(f))


def figures_of_vllm(row):
    """(kind, metric, measured) of an online case."""
    for kind, column in (("tpot", "tpot_mean_ms"), ("e2e", "e2e_mean_ms"), ("ttft", "ttft_mean_ms"), ("ttft p99", "ttft_p99_ms")):
        if row[column]:
            yield kind, column, float(row[column])


def figures_of_published(row):
    if row["itl_ms"]:
        yield "tpot", "tpot_p50_ms" if row["itl_stat"].endswith("p50") else "tpot_mean_ms", float(row["itl_ms"])
    if row["ttft_ms"]:
        yield "ttft", "ttft_p50_ms" if row["ttft_stat"] == "p50" else "ttft_mean_ms", float(row["ttft_ms"])
    if row["throughput_tok_s"] and row["scenario"] == "offline_max":
        yield "throughput", "output_tokens_per_s", float(row["throughput_tok_s"])


class Errors:
    """Absolute relative errors and coverage of the 80 % interval, by key."""

    def __init__(self):
        self.errors = collections.defaultdict(list)
        self.inside = collections.defaultdict(list)
        self.points = collections.defaultdict(list)
        self.without = 0

    def add(self, key, row, metric, measured):
        value, low, high = (float(row["predicted_" + metric + end]) for end in ("", "_low", "_high"))
        self.errors[key].append(abs(value / measured - 1))
        self.inside[key].append(low <= measured <= high)
        self.points[key].append((measured, value))

    def line(self, key):
        e = self.errors[key]
        return f"{len(e)} | {100 * sum(e) / len(e):.1f} | {100 * quantile(e, 0.5):.1f} | {100 * quantile(e, 0.9):.1f} | {100 * sum(self.inside[key]) / len(e):.0f}"


def plot(path, title, unit, points):
    """Predicted over measured on logarithmic axes, as SVG."""
    size, margin = 420, 48
    values = [v for point in points for v in point if v > 0]
    low, high = math.log10(min(values)), math.log10(max(values))
    at = lambda v: margin + (math.log10(v) - low) / (high - low) * (size - 2 * margin)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}" role="img" aria-label="{title}">',
             f'<rect width="{size}" height="{size}" fill="white"/>',
             f'<line x1="{margin}" y1="{size - margin}" x2="{size - margin}" y2="{margin}" stroke="#888" stroke-dasharray="4 3"/>']
    for p in range(math.ceil(low), math.floor(high) + 1):
        x = at(10 ** p)
        parts.append(f'<text x="{x:.1f}" y="{size - margin + 16}" font-size="10" text-anchor="middle" font-family="sans-serif">{10.0 ** p:g}</text>')
        parts.append(f'<text x="{margin - 6}" y="{size - x + 3:.1f}" font-size="10" text-anchor="end" font-family="sans-serif">{10.0 ** p:g}</text>')
    parts += [f'<circle cx="{at(m):.1f}" cy="{size - at(v):.1f}" r="1.8" fill="#1f5fa8" fill-opacity="0.45"/>' for m, v in points if m > 0 and v > 0]
    parts += [f'<text x="{size / 2}" y="20" font-size="13" text-anchor="middle" font-family="sans-serif">{title}</text>',
              f'<text x="{size / 2}" y="{size - 10}" font-size="11" text-anchor="middle" font-family="sans-serif">measured, {unit}</text>',
              f'<text x="12" y="{size / 2}" font-size="11" text-anchor="middle" font-family="sans-serif" transform="rotate(-90 12 {size / 2})">predicted, {unit}</text>', "</svg>"]
    with open(path, "w") as f:
        f.write("\n".join(parts) + "\n")


def vllm_part(rows, peers, out):
    errors = Errors()
    wrong = 0
    for row in rows:
        wrong += (row["predicted_saturated"] == "true") != (row["overloaded"] == "1")
        if row["overloaded"] == "1":
            continue
        name = row["model"].split("/")[-1].split("-Instruct")[0]
        for kind, metric, measured in figures_of_vllm(row):
            errors.add((kind, "all"), row, metric, measured)
            errors.add((kind, "model", name), row, metric, measured)
            errors.add((kind, "chip", row["hardware"]), row, metric, measured)
    out.append(f"## Online serving with vLLM\n\n{len(rows)} cases at constant request rates on H100, A100 and L40S. Overload is told right in {len(rows) - wrong} of {len(rows)}. "
               "In sample: the table of efficiencies was fitted with these cases among others; what to expect of cases that it has not seen is in the last section.\n")
    out.append("| figure | cases | mean error, % | median | P90 | in the 80 % interval, % |\n|---|---|---|---|---|---|")
    for kind in ("tpot", "e2e", "ttft", "ttft p99"):
        out.append(f"| {KINDS.get(kind, 'time to first token, P99')} | {errors.line((kind, 'all'))} |")
    out.append("\nMean errors of published simulators on 38 experiments of the same kind, as their authors' records give them (mean over experiments, %):\n")
    out.append("| simulator | TPOT (inter-token) | end to end | TTFT | TTFT P99 |\n|---|---|---|---|---|")
    table = collections.defaultdict(dict)
    for row in peers:
        if row["set"] == "ground_truth" and row["level"] == "all":
            table[row["peer"]][row["metric"]] = float(row["mean_ape_pct"])
    for peer, values in sorted(table.items()):
        cell = lambda metric: f"{values[metric]:.1f}" if metric in values else ""
        out.append(f"| {peer} | {cell('itl_mean')} | {cell('e2e_mean')} | {cell('ttft_mean')} | {cell('ttft_p99')} |")
    mean = lambda kind: 100 * sum(errors.errors[kind, "all"]) / len(errors.errors[kind, "all"])
    out.append(f"| **tonnage**, in sample | {mean('tpot'):.1f} | {mean('e2e'):.1f} | {mean('ttft'):.1f} | {mean('ttft p99'):.1f} |")
    for title, key in (("model", "model"), ("accelerator", "chip")):
        out.append(f"\n| {title} | cases | TPOT, mean % | TTFT, mean % | TTFT P99, mean % |\n|---|---|---|---|---|")
        for name in sorted({k[2] for k in errors.errors if k[1] == key}):
            cell = lambda kind: f"{100 * sum(errors.errors[kind, key, name]) / len(errors.errors[kind, key, name]):.1f}"
            out.append(f"| {name} | {len(errors.errors['tpot', key, name])} | {cell('tpot')} | {cell('ttft')} | {cell('ttft p99')} |")
    return errors


def published_part(rows, out):
    errors, reasons = Errors(), collections.Counter()
    for row in rows:
        if row["reason"]:
            reasons[row["reason"].split(":")[0].split("'")[0].strip()] += 1
            continue
        for kind, metric, measured in figures_of_published(row):
            load = row["scenario"].split("_")[0]
            errors.add((load, kind), row, metric, measured)
            if load != "open":
                for what in ("engine", "hardware", "model", "precision"):
                    engine = row["engine"].split()[0]
                    errors.add((kind, what, engine if what == "engine" else row[what]), row, metric, measured)
    out.append(f"\n## Published tables\n\n{len(rows)} rows of quality A, each measurement once (some are in the tables under two names of a model, or in two publications): closed loops of InferenceX and of NVIDIA's gap analysis, TensorRT-LLM's offline pages and others, most without the engine's settings "
               "(defaults are assumed). In sample, as above; the fit aims 1.5 % to the slow side of them, so that capacity is seldom overstated.\n")
    out.append("| load | figure | rows | mean error, % | median | P90 | in the 80 % interval, % |\n|---|---|---|---|---|---|---|")
    for load, kind in sorted(k for k in errors.errors if len(k) == 2):
        out.append(f"| {load} | {KINDS[kind]} | {errors.line((load, kind))} |")
    for what in ("engine", "hardware", "model", "precision"):
        out.append(f"\n| {what} | rows | TPOT, median % | P90 | TTFT, median % | P90 | tokens/s, median % | P90 |\n|---|---|---|---|---|---|---|---|")
        for name in sorted({k[2] for k in errors.errors if len(k) == 3 and k[1] == what}):
            cells, count = [], 0
            for kind in ("tpot", "ttft", "throughput"):
                e = errors.errors.get((kind, what, name), [])
                count = max(count, len(e))
                cells.append(f"{100 * quantile(e, 0.5):.0f} | {100 * quantile(e, 0.9):.0f}" if e else " | ")
            out.append(f"| {name} | {count} | {' | '.join(cells)} |")
    if reasons:
        out.append("\nNot predicted: " + "; ".join(f"{n} rows, {reason}" for reason, n in reasons.most_common()) + ".")
    return errors


def left_out_part(path, out):
    out.append("\n## What to expect of cases that were not seen\n\nThe fit was repeated without parts of the groups (a publication on one model and chip; an experiment) and without each chip in turn, and what was left out "
               "was predicted. The 8th and 92nd percentiles of measured over predicted are the 80 % intervals that `curve --cases` prints. "
               "\"stated\": the test states the engine's limits.\n")
    out.append("| figure | evidence | cases | mean error, % | median | P90 | 80 % of measured over predicted |\n|---|---|---|---|---|---|---|")
    with open(path, newline="") as f:
        for row in csv.DictReader(f):
            metric, evidence = row["name"].split(".", 1)
            out.append(f"| {metric} | {evidence.replace('_', ' ').replace('.', ', ')} | {row['cases']} | {100 * float(row['mean_error']):.1f} | {100 * float(row['median_error']):.1f} | {100 * float(row['p90_error']):.1f} | {float(row['low_ratio']):.2f} to {float(row['high_ratio']):.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/release/tonnage")
    parser.add_argument("--reference", default="../shared/data/capacity")
    parser.add_argument("--out", default="docs/accuracy.md")
    parser.add_argument("--date", required=True, help="of the run, for the document")
    options = parser.parse_args()
    reference = lambda name: os.path.join(options.reference, name)
    with open(reference("vllm_serving_open.csv"), newline="") as f:
        online = list(csv.DictReader(f))
    with open(reference("vllm_serving_peer_errors.csv"), newline="") as f:
        peers = list(csv.DictReader(f))
    rows = published(options.reference, ("closed", "offline_max", "open_poisson"))
    out = [f"<!-- Made by: python3 tests/benchmarks/accuracy.py --date {options.date} -->\n# How accurate capacity is\n",
           f"Measured on {options.date} with `python3 tests/benchmarks/accuracy.py --date {options.date}` (reference data beside the checkout). Errors are absolute and relative to the measurement. "
           "Time per output token is (end to end - TTFT) / (output tokens - 1).\n"]
    with tempfile.TemporaryDirectory() as folder:
        vllm = vllm_part(predict(options.program, online, folder), peers, out)
        tables = published_part(predict(options.program, rows, folder), out)
    left_out_part(os.path.join(os.path.dirname(options.out) or ".", "..", "models", "errors.csv"), out)
    base = os.path.splitext(options.out)[0]
    plot(base + "-tpot.svg", "Time per output token, published closed loops", "ms", tables.points["closed", "tpot"])
    plot(base + "-ttft.svg", "Time to first token, published closed loops", "ms", tables.points["closed", "ttft"])
    plot(base + "-throughput.svg", "Offline throughput, published", "tokens/s", tables.points["offline", "throughput"])
    plot(base + "-vllm.svg", "End to end, vLLM online", "ms", vllm.points["e2e", "all"])
    name = os.path.basename(base)
    out.append("\n## Predicted against measured\n\n" + "\n".join(f"![{title}]({name}-{end}.svg)" for end, title in (("vllm", "End to end, vLLM online"), ("tpot", "Time per output token"), ("ttft", "Time to first token"), ("throughput", "Offline throughput"))))
    with open(options.out, "w") as f:
        f.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
