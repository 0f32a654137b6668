#!/usr/bin/env python3
"""Runs the command of every puzzle in examples/puzzles and checks what its README says about the answer.

    puzzles.py --program PATH [--seed N]

documents.py compares the shown output to the byte; this asks whether the conclusions hold, for any seed: when a change of the
step model turns one over, the text has to be written anew.
"""
import csv
import glob
import io
import os
import re
import shlex
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))


class Rows:
    """The rows of a command's CSV. Values that are not there are None."""

    def __init__(self, text):
        self.rows = [{k: self.value(v) for k, v in row.items()} for row in csv.DictReader(io.StringIO(text))]

    @staticmethod
    def value(text):
        try:
            return float(text)
        except ValueError:
            return text or None

    def __iter__(self):
        return iter(self.rows)

    def where(self, **wanted):
        return [r for r in self.rows if all(r[k] == v for k, v in wanted.items())]

    def column(self, name, **wanted):
        return [r[name] for r in self.where(**wanted)]

    def one(self, name, **wanted):
        found = self.column(name, **wanted)
        assert len(found) == 1, (name, wanted, len(found))
        return found[0]

    def cheapest(self):
        return min((r for r in self.rows if r["slo"] == "held"), key=lambda r: r["usd_per_hour"])["fleet"]


def rising(values):
    return all(a <= b for a, b in zip(values, values[1:]))


def usd(rows, fleet):
    return rows.one("usd_per_hour", fleet=fleet)


SPLIT = ("at 2048", "at 4096")
APART = ("H100>H100", "H100>A100", "A100>H100", "A100>A100")

# Of each puzzle: what is claimed, and whether it holds for the results of the README's commands.
CLAIMS = {
    "01-split-pools": [
        ("a split at 2,048 or 4,096 tokens saves a fifth", lambda r: min(usd(r[0], f) for f in SPLIT) <= 0.8 * usd(r[0], "one pool")),
        ("a border at 512 is dearer", lambda r: min(usd(r[0], f) for f in SPLIT) < usd(r[0], "at 512"))],
    "02-heavy-tails": [
        ("the SLO is missed at every number of replicas", lambda r: set(r[0].column("slo")) == {"missed"}),
        ("the P99 hardly moves from 48 to 192 replicas", lambda r: r[0].one("ttft_p99_ms", replicas=192) > 0.85 * r[0].one("ttft_p99_ms", replicas=48)),
        ("use is low at 48 replicas", lambda r: r[0].one("occupancy_share", replicas=48) < 0.3),
        ("six replicas of four have the lowest P99 of 24 GPUs", lambda r: min(r[1], key=lambda row: row["ttft_p99_ms"])["fleet"] == "6 of 4")],
    "03-cheapest-gpu": [
        ("the H100 is cheapest", lambda r: r[0].cheapest() == "H100"),
        ("the A10G cannot do it", lambda r: r[0].one("slo", fleet="A10G") == "missed" and r[0].one("replicas", fleet="A10G") is None),
        ("two A100s that share a prompt are cheaper than single ones", lambda r: usd(r[0], "2 A100") < usd(r[0], "A100"))],
    "04-next-node": [
        ("replicas rise with load", lambda r: rising(r[0].column("replicas"))),
        ("the second node is due between 10 and 30 requests/s", lambda r: r[0].one("replicas", load_per_s=10) <= 8 < r[0].one("replicas", load_per_s=30)),
        ("a replica carries more in the largest fleet", lambda r: 100 / r[0].one("replicas", load_per_s=100) > 1.05 * 10 / r[0].one("replicas", load_per_s=10))],
    "05-router": [
        ("prefix-aware has the lowest mean and P50 of TTFT", lambda r: all(min(r[0].where(load_per_s=x), key=lambda row: row[k])["router"] == "prefix" for x in (14, 18) for k in ("ttft_mean_ms", "ttft_p50_ms"))),
        ("counting tokens beats counting requests at 22/s", lambda r: r[0].one("ttft_mean_ms", load_per_s=22, router="least-tokens") < r[0].one("ttft_mean_ms", load_per_s=22, router="least-requests")),
        ("round robin has the highest P99 at 18/s", lambda r: max(r[0].where(load_per_s=18), key=lambda row: row["ttft_p99_ms"])["router"] == "round-robin")],
    "06-mixed-types": [
        ("no mix is cheaper than H100s alone", lambda r: r[0].cheapest() == "H100"),
        ("A100s with H100s are cheaper than A100s alone", lambda r: usd(r[0], "A100+H100") < usd(r[0], "A100")),
        ("A10Gs do not make A100s cheaper", lambda r: usd(r[0], "A10G+A100") >= usd(r[0], "A100"))],
    "07-disaggregate": [
        ("apart is cheaper by a twentieth at 15 ms", lambda r: min(usd(r[0], f) for f in APART) <= 0.95 * min(usd(r[0], "H100"), usd(r[0], "A100"))),
        ("both parts on H100s are the cheapest pairing at 15 ms", lambda r: r[0].cheapest() == "H100>H100"),
        ("apart and together are within a seventh at 60 ms", lambda r: abs(min(usd(r[1], f) for f in APART) / min(usd(r[1], "H100"), usd(r[1], "A100")) - 1) <= 1 / 7),
        ("prefill on H100s and decode on A100s beats the reverse at 60 ms", lambda r: usd(r[1], "H100>A100") < usd(r[1], "A100>H100"))],
    "08-shed-power": [
        ("nine replicas hold the SLO for 15 minutes", lambda r: r[0].one("slo", replicas=9) == "held"),
        ("eight are saturated", lambda r: r[0].one("saturated", replicas=8) == "true"),
        ("a third of the power is shed", lambda r: r[0].one("power_w", replicas=9) <= 0.67 * r[0].one("power_w", replicas=16))],
    "09-tokens-per-watt": [
        ("tokens per joule rise with load", lambda r: rising([row["output_tokens_per_j"] for row in r[0] if row["saturated"] == "false"])),
        ("fivefold from 1 to 10 requests/s", lambda r: r[0].one("output_tokens_per_j", load_per_s=10) > 5 * r[0].one("output_tokens_per_j", load_per_s=1))],
    "10-small-model": [
        ("cost falls with the border", lambda r: rising([-usd(r[0], f) for f in ("70B", "8B<=2048", "8B")])),
        ("by a quarter at 2,048 tokens", lambda r: usd(r[0], "8B<=2048") <= 0.75 * usd(r[0], "70B"))],
}


def run(program, folder, command, seed):
    arguments = shlex.split(command)[1:] + ["--format", "csv"] + (["--seed", seed] if seed else [])
    done = subprocess.run([program] + arguments, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, (command, done.returncode, done.stderr)
    return Rows(done.stdout)


def main(arguments):
    program = os.path.abspath(arguments[arguments.index("--program") + 1])
    seed = arguments[arguments.index("--seed") + 1] if "--seed" in arguments else ""
    passed = failed = 0
    folders = sorted(glob.glob(os.path.join(ROOT, "examples", "puzzles", "[0-9]*")))
    for folder in folders:
        name = os.path.basename(folder)
        text = open(os.path.join(folder, "README.md"), encoding="utf-8").read()
        commands = re.findall(r"^\$ (tonnage .*)$", text, flags=re.M)
        results = [run(program, folder, command, seed) for command in commands]
        for claim, holds in CLAIMS[name]:
            if holds(results):
                passed += 1
            else:
                failed += 1
                print("%s: it no longer holds that %s" % (name, claim))
    missing = set(CLAIMS) - {os.path.basename(f) for f in folders}
    print("%d passed, %d failed" % (passed, failed + len(missing)))
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
