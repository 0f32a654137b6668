#!/usr/bin/env python3
"""Writes docs/accuracy-one-pass.md: `tonnage curve` of models that answer in one pass against MLPerf Inference results.

    python3 tests/benchmarks/one_pass.py --program build/release/tonnage --reference ../shared/data/capacity --date 2026-11-28

Reads the rows `mlperf_offline` and `mlperf_server` of quality A of published_open.csv.gz (MLPerf Inference v4.1 and v5.1, closed division).
"""
import argparse
import collections
import csv
import gzip
import json
import os
import re
import statistics
import subprocess

NODES = {"H100-SXM": "h100x1", "H200-SXM": "h200x8", "H100-PCIe": "h100-pciex8", "L40S": "l40sx4", "L4": "l4x1", "GH200-96GB": "gh200x1", "MI325X": "mi325xx8"}
# Model of the catalogue, precision, options, the server scenario's limit on P99, and what a sample is in requests of the catalogue.
MODELS = {
    "ResNet50": ("resnet50", "int8", [], "15ms", 1),
    "BERT-large": ("bert-large", "fp8", ["--input", "180"], "130ms", 1),
    "SDXL-base": ("sdxl-base", "fp8", [], None, 1),
    "DLRM-v2": ("dlrm-v2", "fp8", [], None, None),
    "DLRM-v2 99.9": ("dlrm-v2", "bf16", [], None, None),
    "Whisper-large-v3": ("whisper-large-v3", "bf16", [], None, 63.46 / 100),
}
HEAD = """<!-- Made by: python3 tests/benchmarks/one_pass.py --date {date} -->
# Models that answer in one pass, against MLPerf

Measured on {date} with `python3 tests/benchmarks/one_pass.py --date {date}` (reference data beside the checkout). Samples/s of one accelerator:
median, lowest and highest of MLPerf Inference v4.1 and v5.1, closed division (`mlcommons/inference_results_v4.1` and `_v5.1`, result
summaries; systems of several accelerators, divided by their number; precisions as that table assumes them), and what `tonnage curve` says of the same chip:
offline the throughput of full batches, server the load under the benchmark's limit on P99 (`mlperf.conf` of `mlcommons/inference`: 15 ms for ResNet-50,
130 ms for BERT). Nothing here was fitted to these rows: efficiencies are those of decoders.

| model | chip | scenario | results | MLPerf, samples/s | lowest to highest | tonnage | tonnage / MLPerf |
|---|---|---|---|---|---|---|---|
"""
PAIRS = 270
SPREAD = """
Offline, {} pairs of model and chip, samples of DLRM-v2 taken as {} pairs: measured over computed is {:.2f} at the 10th percentile, {:.2f} in the median and {:.2f} at the
90th. Plans take the outer two as the 80 % interval of what a replica of such a model carries.
"""
TAIL = """
What a sample is:

- **BERT**: a question of SQuAD, taken as 180 tokens (from memory; the summaries do not say).
- **DLRM-v2**: 100 to 700 pairs of a user and an item (`recommendation/dlrm_v2/pytorch/README.md` of `mlcommons/inference`); a request of the catalogue's
  `dlrm-v2` is one pair. The last column is therefore how many pairs a sample would have if `tonnage` were right; the benchmark's mean is about 270 (from memory).
  The results of 99.9 % accuracy calculate the interaction in 16 bits: compared with bf16.
- **Whisper**: a window of 30 s with 63.46 tokens on average; the catalogue's request has 100. Compared in tokens.

What is off, and why as far as it is known:

- ResNet-50 on L40S: 0.6 of what is measured. Its second-level cache (96 MB) keeps the values between convolutions, which the roofline moves through memory.
- Cards that a power limit holds below their peaks (H100 PCIe, L4) reach less than the same share of them.
- SDXL (1.1 to 1.6 of what is measured) and Whisper (1.7 to 2.0): not explained. Normalisations, and the small products of each word, may reach less than the shares of decoders do.
"""


def measured(reference):
    groups = collections.defaultdict(list)
    with gzip.open(os.path.join(reference, "published_open.csv.gz"), "rt", newline="") as f:
        for row in csv.DictReader(f):
            if row["scenario"] not in ("mlperf_offline", "mlperf_server") or row["quality"] != "A":
                continue
            rate = re.search(r"samples/s ([\d.]+)", row["note"])
            high = "-99.9 " in row["note"]
            model = row["model"] + (" 99.9" if high and row["model"] == "DLRM-v2" else "")
            if rate and model in MODELS and row["hardware"] in NODES and not (high and row["model"] == "BERT-large"):
                groups[model, row["hardware"], row["scenario"][7:]].append(float(rate[1]) / int(row["n_gpus"]))
    return groups


def predicted(program, model, chip, scenario):
    name, precision, options, limit, _ = MODELS[model]
    slo = limit if scenario == "server" else "100000 s"
    out = subprocess.run([program, "curve", "--model", name, "--precision", precision, "--node", NODES[chip], *options, "--slo", f"e2e.p99={slo}", "--format", "json"],
                         check=True, capture_output=True, text=True)
    curve = json.loads(out.stdout)["curve"]
    least = min(p["accelerators"] for p in curve)
    last = [p for p in curve if p["accelerators"] == least][-1]
    return (last["load_per_s"] if scenario == "server" else last["load_per_s"] / last["utilisation"]) / least


def spread(rows):
    """10th percentile, median and 90th of measured over computed throughput, offline."""
    rows = sorted(rows)
    return [rows[int(p * (len(rows) - 1) + 0.5)] for p in (0.1, 0.5, 0.9)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/release/tonnage")
    parser.add_argument("--reference", default="../shared/data/capacity")
    parser.add_argument("--date", required=True)
    parser.add_argument("--out", default="docs/accuracy-one-pass.md")
    arguments = parser.parse_args()
    text, ratios = HEAD.format(date=arguments.date), []
    for (model, chip, scenario), rates in sorted(measured(arguments.reference).items()):
        if scenario == "server" and MODELS[model][3] is None:
            continue
        found, unit = predicted(arguments.program, model, chip, scenario), MODELS[model][4]
        middle = statistics.median(rates)
        ratio = f"{found / middle:.0f} pairs" if unit is None else f"{found / unit / middle:.2f}"
        if scenario == "offline":
            ratios.append((unit or PAIRS) * middle / found)
        said = found if unit is None else found / unit
        text += f"| {model} | {chip} | {scenario} | {len(rates)} | {middle:.4g} | {min(rates):.4g} to {max(rates):.4g} | {said:.4g} | {ratio} |\n"
    with open(arguments.out, "w") as f:
        f.write(text + SPREAD.format(len(ratios), PAIRS, *spread(ratios)) + TAIL)


if __name__ == "__main__":
    main()
