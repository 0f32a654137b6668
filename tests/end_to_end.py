#!/usr/bin/env python3
"""Whole runs of the program, from the outside: plans that check_plan.py accepts, identical bytes wherever a run takes place,
sums that agree across formats, known answers, real demand, random fleets.

    end_to_end.py --program PATH [--only PART...]      parts: examples cases sums schema real mixed fleets
                                                    determinism

What is optional (reference data beside the checkout, jsonschema, a locale) is reported as SKIPPED when it is absent. The last
line is 'N passed, N failed, N skipped'; exit code 1 when something failed.
"""

import argparse
import csv
import datetime
import decimal
import io
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_plan  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
EXAMPLES = sorted(path.relative_to(ROOT / "examples") for path in (ROOT / "examples").glob("*/*.yaml"))
COMMANDS = [["plan"], ["allocate"], ["tco"], ["tco", "--by", "period,category"], ["forecast"], ["curve"], ["simulate", "--requests", "500"]]
FORMATS = ["table", "markdown", "csv", "json", "jsonl", "html", "xlsx"]
LARGEST = "assistant"  # its commands after the first in two formats: solving it takes most of the time, and writers are shared
WIDE = "0.02"  # a gap at which the largest is planned in a second or two
SOLVING = ("plan", "allocate", "tco", "asks", "levers", "commitments", "sweep")
PLAIN = {"LC_ALL": "C", "TZ": "UTC", "COLUMNS": "100", "PATH": os.environ.get("PATH", "")}
DONE = (0, 3)  # done, or done and a check of the scenario failed


class Tests:
    def __init__(self, program, seeds):
        self.seeds = seeds
        self.program = str(pathlib.Path(program).resolve())
        self.passed = self.failed = self.skipped = 0
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tonnage-end-to-end-"))

    def that(self, holds, where, message=""):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {where}{': ' + str(message) if message != '' else ''}")
        return holds

    def skip(self, what):
        self.skipped += 1
        print(f"SKIPPED: {what}")

    def run(self, args, cwd, **environment):
        return subprocess.run([self.program, *map(str, args)], cwd=cwd, env={**PLAIN, **environment}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)

    def plan(self, scenario, cwd, *more, where=None):
        """The plan's JSON, checked; None when there is none."""
        where = where or f"plan {scenario}"
        result = self.run(["plan", scenario, "--format", "json", *more], cwd)
        if not self.that(result.returncode in DONE, where, f"exit {result.returncode}: {result.stderr.decode(errors='replace')[:500]}"):
            return None
        text = result.stdout.decode()
        checks = check_plan.check(where, text)
        self.that(checks is not None and checks.failed == 0, where, "check_plan" if checks is None else f"check_plan: {checks.failed} of {checks.passed + checks.failed} failed")
        return json.loads(text)


def examples(tests):
    for example in EXAMPLES:
        tests.plan(example, ROOT / "examples")
    tests.plan("outgrowing/outgrowing.yaml", ROOT / "examples", "--reasons", "full", "--alternatives", "least:nodes", where="outgrowing, with all reasons")


# ---- the same bytes ----

def other_locale():
    known = subprocess.run(["locale", "-a"], stdout=subprocess.PIPE, text=True).stdout.lower().split()
    return next((name for name in ("de_DE.UTF-8", "de_DE.utf8") if name.lower() in known), None)


def determinism(tests):
    german = other_locale()
    if german is None:
        tests.skip("the locale de_DE.UTF-8 is not here: C.UTF-8 in its place")
    other = tests.folder / "somewhere else"
    shutil.copytree(ROOT / "examples", other)
    all_different = {"LC_ALL": german or "C.UTF-8", "TZ": "Asia/Tokyo"}
    outcome = lambda result: (result.returncode, result.stdout, result.stderr)
    for example in EXAMPLES:
        for command in COMMANDS:
            for form in FORMATS if command == COMMANDS[0] or example.stem != LARGEST else ("table", "json"):
                where = f"{' '.join(command)} {example} --format {form}"
                args = [*command, example, "--format", form, *(["--gap", WIDE] if example.stem == LARGEST and command[0] in SOLVING else [])]
                first = tests.run([*args, "--threads", "1"], ROOT / "examples")
                if not tests.that(first.returncode in DONE and first.stdout, where, f"exit {first.returncode}: {first.stderr[:300]}"):
                    continue
                second = tests.run([*args, "--threads", "2"], other, **all_different)
                if tests.that(outcome(first) == outcome(second), where, "other bytes with other threads, locale, time zone and folder"):
                    continue
                for name, result in (("again", tests.run([*args, "--threads", "1"], ROOT / "examples")), ("2 threads", tests.run([*args, "--threads", "2"], ROOT / "examples")),
                                     ("locale", tests.run([*args, "--threads", "1"], ROOT / "examples", LC_ALL=all_different["LC_ALL"])),
                                     ("time zone", tests.run([*args, "--threads", "1"], ROOT / "examples", TZ="Asia/Tokyo")), ("folder", tests.run([*args, "--threads", "1"], other))):
                    if outcome(result) != outcome(first):
                        print(f"  by itself: {name}")


# ---- sums ----

def rows_of(tests, args, cwd):
    result = tests.run([*args, "--format", "csv"], cwd)
    return list(csv.DictReader(io.StringIO(result.stdout.decode())))


def add(rows, column):
    return sum((decimal.Decimal(row[column]) for row in rows), decimal.Decimal(0))


NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def decimal_of(text):
    return decimal.Decimal(text.replace(",", ""))


def terminal_totals(text):
    """(sum of the printed rows, printed total) of every column under a row 'total'. Numbers of a column end at one place."""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        if line.split()[:1] != ["total"]:
            continue
        for total in NUMBER.finditer(line):
            parts, k = [], i - 1
            while k >= 0 and lines[k].strip():
                parts += [decimal_of(m.group()) for m in NUMBER.finditer(lines[k]) if m.end() == total.end()]
                k -= 1
            yield sum(parts), decimal_of(total.group())


def markdown_totals(text):
    table = []
    for line in text.splitlines() + [""]:
        if not line.startswith("|"):
            table = []
            continue
        table.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        if table[-1][0] == "total":
            for column, cell in enumerate(table[-1]):
                if NUMBER.fullmatch(cell):
                    yield sum(decimal_of(row[column]) for row in table[2:-1] if NUMBER.fullmatch(row[column])), decimal_of(cell)


def sums(tests):
    cwd = ROOT / "examples"
    for example in EXAMPLES:
        headline = next(decimal.Decimal(row["value"]) for row in rows_of(tests, ["plan", example], cwd) if row["measure"] == "cost_present_value")
        lines = rows_of(tests, ["tco", example], cwd)
        tests.that(add(lines, "x_present_value_usd") == headline, f"tco {example}", f"lines sum to {add(lines, 'x_present_value_usd')}, the plan says {headline}")
        cost = add(lines, "x_cost_usd")
        for by in ("period", "pool", "category", "region", "year", "quarter", "provider", "workload", "region,pool,year"):
            groups = rows_of(tests, ["tco", example, "--by", by], cwd)
            where = f"tco {example} --by {by}"
            tests.that(groups and add(groups, "present_value_usd") == headline, where, f"present values sum to {add(groups, 'present_value_usd')}, the plan says {headline}")
            tests.that(groups and add(groups, "cost_usd") == cost, where, f"costs sum to {add(groups, 'cost_usd')}, the lines to {cost}")
            keys = [tuple(row[field] for field in by.split(",")) for row in groups]
            tests.that(len(set(keys)) == len(keys), where, "a group stands twice")
        for command in ("plan", "tco"):
            document = json.loads(tests.run([command, example, "--format", "json"], cwd).stdout, parse_float=check_plan.exact)
            ledger = document["ledger"]
            tests.that(ledger["totals"]["present_value_usd"] == headline, f"{command} {example} in JSON", f"{ledger['totals']['present_value_usd']}, the plan says {headline}")
            tests.that(sum(line["present_value_usd"] for line in ledger["lines"]) == headline, f"{command} {example} in JSON", "its lines do not sum to the headline")
            tests.that(ledger["totals"]["cost_usd"] == cost, f"{command} {example} in JSON", "its cost is not that of the lines")
        for args in (["plan"], ["tco"], ["tco", "--by", "pool"], ["tco", "--by", "region,category"], ["tco", "--by", "year"]):
            for form, totals in (("table", terminal_totals), ("markdown", markdown_totals)):
                found = list(totals(tests.run([*args, example, "--format", form], cwd).stdout.decode()))
                where = f"{' '.join(args)} {example} --format {form}"
                tests.that(found, where, "no row 'total'")
                for total, told in found:
                    tests.that(total == told, where, f"printed rows sum to {total}, printed total {told}")


# ---- the schema ----

def yaml_loader():
    """Scalars as YAML 1.2 has them: dates stay text, only true and false are boolean."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {}
    for tag, pattern, first in (("bool", r"true|false", "tf"), ("null", r"null|~|", "n~\0"), ("int", r"[-+]?[0-9]+", "-+0123456789"),
                                ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789")):
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), None if "\0" in first else list(first))
    return lambda text: yaml.load(text, Loader)


def schema(tests):
    made = subprocess.run([sys.executable, str(ROOT / "examples" / "make_demand.py"), "--check"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    tests.that(made.returncode == 0, "examples/make_demand.py --check", made.stdout)
    try:
        import jsonschema
        load = yaml_loader()
    except ImportError as missing:
        tests.skip(f"examples against the schema: {missing}")
        return
    text = tests.run(["schema"], ROOT).stdout
    document = json.loads(text)
    validator = jsonschema.validators.validator_for(document, default=jsonschema.Draft7Validator)
    validator.check_schema(document)
    scenarios = [ROOT / "examples" / e for e in EXAMPLES] + sorted((ROOT / "tests" / "cases").glob("*.yaml"))
    for path in scenarios:
        errors = sorted(validator(document).iter_errors(load(path.read_text(encoding="utf-8"))), key=lambda e: list(map(str, e.path)))
        tests.that(not errors, f"schema: {path.relative_to(ROOT)}", "; ".join(f"{'.'.join(map(str, e.path))}: {e.message}" for e in errors[:3]))
    wrong = load((ROOT / "examples" / EXAMPLES[0]).read_text(encoding="utf-8"))
    wrong["regoins"] = wrong.pop("regions")
    tests.that(list(validator(document).iter_errors(wrong)), "schema", "a misspelt key passes")


# ---- real demand ----

REAL = """tonnage: 1
name: {name}
as_of: {start}
horizon: {{start: {start}, periods: {periods}, period: {period}}}
regions: {{west: {{site: cloud}}, own: {{site: own, power: 400 kW, electricity: 0.08 USD/kWh, pue: 1.2}}}}
origins: {origins}
pools:
  now: {{region: west, node: h100x8, offer: on-demand, price: 55 USD/h}}
  year: {{region: west, node: h100x8, offer: reserved, term: 1 year, price: 33 USD/h}}
  bought: {{region: own, node: h100x8, offer: purchase, price: 285 k USD, lead_time: 1 month}}
workloads:
  chat:
    model: llama-3.1-70b
    precision: fp8
    shape: {{input: {{mean: 1100}}, output: {{mean: 240}}}}
    slo: {{tpot: {{p95: 50 ms}}}}
    gaps: interpolate
    demand: {{history: demand.csv, unit: {unit}}}
policies: {{headroom: 10 %, availability: 97 %}}
"""


def burst_sessions(path, folder):
    base = datetime.datetime(2026, 1, 1)
    with open(path, newline="") as source, open(folder / "demand.csv", "w") as out:
        out.write("time,value\n")
        for row in csv.DictReader(source):
            out.write(f"{base + datetime.timedelta(hours=int(row['hour_index']))},{row['requests_by_session_start']}\n")
    return REAL.format(name="sessions", start="2026-04-01", periods=6, period="month", origins="{}", unit="requests/h")


def minutes(path, folder):
    with open(path, newline="") as source, open(folder / "demand.csv", "w") as out:
        out.write("time,origin,value\n")
        for row in csv.DictReader(source):
            if row["partial_minute"] == "0":
                out.write(f"{row['minute_utc']},{row['series'].rsplit('_', 1)[1]},{row['requests']}\n")
    return REAL.format(name="minutes", start="2023-11-20", periods=4, period="week", origins="{code: {west: 20 ms, own: 30 ms}, conv: {west: 20 ms, own: 30 ms}}", unit="requests/min")


def real(tests):
    for name, write in (("burstgpt1_sessions_hourly.csv", burst_sessions), ("azure_llm2023_per_minute.csv", minutes)):
        path = SHARED / "data" / "forecast" / name
        if not path.exists():
            tests.skip(f"reference data forecast/{name} is not here")
            continue
        folder = tests.folder / path.stem
        folder.mkdir()
        (folder / "scenario.yaml").write_text(write(path, folder))
        document = tests.plan("scenario.yaml", folder, where=f"plan of {name}")
        if document is None:
            continue
        for forecast in document["demand"]["forecasts"]:
            test = forecast["backtest"]
            short = any("shorter than three weeks" in remark for remark in document["demand"]["remarks"])
            tests.that(test is not None or short, f"forecast of {name}", "neither a backtest nor a word that the history is too short for one")
            if test is None:
                print(f"{name}: {forecast['method']}: {forecast['reason']}")
            if test is not None:
                print(f"{name}: {forecast['method']}: error on the past {100 * test['error']:.1f} %, seasonal naive {100 * test['naive_error']:.1f} %, "
                      f"{test['origins']} forecasts of up to {test['horizon_steps']} steps, {100 * test['coverage_80']:.0f} % inside the 80 % interval")


# ---- random fleets ----

def fleets(tests):
    tool = SHARED / "tools" / "fleet_scenario.py"
    if not tool.exists():
        tests.skip("the generator of fleets is not here")
        return
    for seed in range(1, 21):
        folder = tests.folder / f"tiny-{seed}"
        made = subprocess.run([sys.executable, str(tool), "tiny", str(seed), str(folder)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if made.returncode != 0:
            tests.skip(f"the generator of fleets does not run: {made.stdout.strip().splitlines()[-1]}")
            return
        tests.plan("fleet.yaml", folder, where=f"fleet tiny {seed}")
    folder = tests.folder / "tiny-outcomes"
    subprocess.run([sys.executable, str(tool), "tiny", "3", str(folder), "4"], check=True)
    tests.plan("fleet.yaml", folder, where="fleet tiny 3 with 4 outcomes")


# ---- random scenarios with every kind of offer, limit and policy ----

def random_scenario(seed):
    draw, cost, site, token = random.Random(seed), random.Random(1000 + seed), random.Random(2000 + seed), random.Random(3000 + seed)
    later = random.Random(4000 + seed)
    kind, periods = draw.choice([("month", 5), ("quarter", 4), ("week", 6)])
    regions, pools, origins = [], [], []
    names = ["own", "colo", "cloud"][: draw.randint(2, 3)]
    for name in names:
        place = {"own": f"site: own, electricity: {draw.uniform(40, 160):.1f} USD/MWh, pue: {draw.uniform(1.05, 1.6):.2f}, carbon: {draw.randint(0, 500)} g/kWh" + cost.choice(["", ", carbon_market: 20 g/kWh"]),
                 "colo": f"site: colo, colocation: {draw.randint(90, 250)} USD/kW/month, electricity: 0.09 USD/kWh, pue: 1.4", "cloud": "site: cloud, provider: acme"}[name]
        if name != "cloud" and draw.random() < 0.6:
            place += f", power: {draw.randint(150, 700)} kW"
            place += site.choice(["", f", power_offer: {{price: {site.randint(4, 12)} M USD/MW, lead_time: {site.choice(['2 weeks', '1 month', '2 months'])}, limit: {site.randint(100, 900)} kW}}", ", power_offer: {price: 9 M USD/MW, life: 10 years}"])
        place += site.choice(["", "", f", space: {site.randint(20, 60)} nodes"])
        if name == "own":
            place += cost.choice(["", f", facility: {{price: {cost.randint(6, 14)} USD/W, life: {cost.randint(10, 20)} years, operation: {cost.randint(0, 40)} USD/kW/month}}"])
        if draw.random() < 0.4:
            place += f", egress: {draw.uniform(0, 3e-6):.3g} USD/request"
        regions.append(f"  {name}: {{{place}}}")
    for origin in ("near", "far"):
        origins.append(f"  {origin}: {{" + ", ".join(f"{r}: {draw.choice([10, 40, 90, 150])} ms" for r in names) + "}")
    def pool(name, text):
        pools.append(f"  {name}: {{{text}}}")
    for region in names:
        for node in draw.sample(["h100x8", "l40sx8", "b200x8"], 2):
            at = f"region: {region}, node: {node}"
            if region != "cloud":
                if draw.random() < 0.7:
                    held = f", held: [{{nodes: {draw.randint(1, 3)}, until: 2027-02-28}}]" if draw.random() < 0.3 else ""
                    arriving = f", arriving: [{{nodes: {draw.randint(1, 3)}, on: 2027-02-01}}]" if draw.random() < 0.3 else ""
                    pool(f"{region}-{node}-own", f"{at}, offer: owned, nodes: {draw.randint(0, 4)}, price: {draw.randint(60, 400)} k USD, life: {draw.choice([4, 5])} years{held}{arriving}")
                pool(f"{region}-{node}-buy", f"{at}, offer: purchase, price: {draw.randint(60, 450)} k USD, life: {draw.choice([4, 5, 6])} years, lead_time: {draw.choice(['0 days', '2 weeks', '1 month', '45 days', '2.5 months'])}"
                     + draw.choice(["", f", supply: [{draw.randint(0, 3)}, {draw.randint(0, 5)}, {draw.randint(1, 9)}]", ", limited_by_supply: true"]) + later.choice(["", "", ", accounting: straight-line"]) + draw.choice(["", f", limit: {draw.randint(2, 12)} nodes"])
                     + cost.choice(["", f", residual: {cost.randint(1, 30)} %", f", residual: {cost.randint(1, 50)} k USD"]) + token.choice(["", f", decommission: {token.randint(1, 20)} k USD"]))
                pool(f"{region}-{node}-lease", f"{at}, offer: lease, price: {draw.randint(8, 40)} USD/h, term: {draw.choice(['1 month', '6 months', '2 years'])}" + draw.choice(["", f", min: {draw.randint(1, 2)} nodes"]))
            else:
                pool(f"{region}-{node}-demand", f"{at}, offer: on-demand, price: {draw.uniform(20, 90):.2f} USD/h" + draw.choice(["", f", limit: {draw.randint(40, 90)} nodes"]))
                pool(f"{region}-{node}-year", f"{at}, offer: reserved, term: {draw.choice(['3 months', '1 year'])}, price: {draw.choice(['31.5 USD/h', '15 k USD/month'])}, upfront: {cost.choice(['none', 'partial', 'all'])}"
                     + later.choice(["", f", held: [{{nodes: {later.randint(1, 3)}, until: {later.choice(['2027-02-28', '2028-12-31'])}}}]"]) + ("EXCHANGE" if later.random() < 0.5 else ""))
                pool(f"{region}-{node}-spot", f"{at}, offer: spot, price: {draw.uniform(6, 30):.2f} USD/h, interruption: {draw.randint(0, 20)} %/day{token.choice(['', ', restart: 90 min'])}, limit: {draw.randint(1, 9)} nodes")
    years = [one.split(":")[0].strip() for one in pools if "-year:" in one]
    for i, one in enumerate(pools):
        others = [name for name in years if not one.startswith(f"  {name}:")]
        pools[i] = one.replace("EXCHANGE", f", converts_to: [{', '.join(others)}]" if others else "")
    def capacity(scale):
        return "capacity: {" + ", ".join(f"{node}: [{{accelerators: {draw.choice([1, 2, 3, 8])}, load: {scale * draw.uniform(1, 4):.3f} requests/s, power: {draw.randint(300, 9000)} W}}]" for node in ("h100x8", "l40sx8", "b200x8")) + "}"
    hosted = token.random() < 0.4
    if hosted:
        pools.append(f"  {names[-1]}-hosted: {{region: {names[-1]}, offer: api, serves: [chat{token.choice(['', ', search'])}], price: {token.uniform(0.3, 3):.2f} USD/M tokens"
                     + token.choice(["", f", input_price: {token.uniform(0.05, 0.8):.2f} USD/M tokens"]) + token.choice(["", f", limit: {token.randint(20, 900)} M tokens/h"]) + "}")
    versions = later.choice(["", "", f"\n    versions: [{{from: 2027-0{later.randint(1, 3)}-15, model: llama-3.1-8b, share: {later.randint(10, 100)} %}}]"])
    shape = "\n    shape: {input: {mean: 900}, output: {mean: 240}}" if hosted or versions else ""
    shares = draw.choice(["near: 60 %, far: 40 %", "near: 100 %"])
    workloads = [f"  chat:\n    {capacity(3)}{shape}{versions}\n    team: {site.choice(['assistants', 'search'])}\n    priority: 1\n    demand: {{start: {draw.randint(20, 200)} requests/s, growth: {draw.randint(-20, 200)} %/year, origins: {{{shares}}}}}\n"
                 f"    protected: {draw.choice([40, 100])} %\n    events: [{{name: launch, date: 2027-02-15, effect: +{draw.randint(10, 60)} %, ramp: 3 weeks, probability: 70 %}}]",
                 f"  search:\n    {capacity(5)}{shape}\n    team: search\n    priority: 2\n    demand: {{constant: {draw.randint(20, 300)} requests/s, origins: {{near: 50 %, far: 50 %}}}}" + draw.choice(["", "\n    reach: 100 ms"]),
                 f"  index:\n    {capacity(6)}\n    priority: 3\n    deadline: 2 days\n    demand: {{constant: {draw.randint(10, 200)} requests/s}}"]
    policies = [f"headroom: {draw.choice([0, 10, 25])} %", f"availability: {draw.choice([90, 97, 100])} %", "unmet: {2: 0.0005 USD/request, 3: 0.0001 USD/request}"]
    if draw.random() < 0.6:
        policies.append("survive: any one region" if draw.random() < 0.5 else f"survive: {{regions: [{names[0]}], in: peak block, weight: {draw.choice([0, 8])} h/month}}")
    if seed % 3 == 0:
        policies.append(f"min_replicas: {1 + seed % 2 * 2}")
    if seed % 5 == 2:
        policies.append("fairness: max-min")
        workloads[1] = workloads[1].replace("priority: 2", "priority: 3")
    if seed % 4 == 1:
        policies.append("churn: 20 %/month")
    if seed % 2 == 1:
        workloads[0] += f"\n    move_cost: {draw.randint(0, 3000)} USD"
    if draw.random() < 0.4:
        policies.append(f"budget: {{capex: {draw.uniform(0.3, 4):.2f} M USD/{kind}}}" if kind != "week" else "budget: {capex: 3 M USD/quarter}")
    finance = f"{{discount_rate: {draw.choice([0, 7, 15])} %, compounding: {draw.choice(['effective', 'nominal-monthly', 'annual'])}, timing: {draw.choice(['start', 'mid', 'end'])}, hours: {draw.choice(['calendar', '730'])}, staff: {cost.choice(['2 %', '40 k USD/month'])}, energy_escalation: {draw.choice([0, 3])} %/year, escalation_base: 2026-06-01{token.choice(['', '', ', horizon_end: run-off'])}}}"
    blocks = draw.choice(["", "blocks: {night: 300 h, day: 300 h, peak: 130 h}\n"])
    outcomes = draw.choice(["", "outcomes: {low: 0.25, base: 0.5, high: 0.25}\n"])
    beside = lambda: cost.choice(["", f", embodied: {cost.randint(800, 3000)} kg, network: {cost.randint(5, 25)} %, maintenance: {cost.randint(1, 8)} %/year", f", network: {cost.randint(5, 40)} k USD, storage: {cost.randint(1, 9)} %"])
    costs = f"costs: {{people: {{price: {cost.randint(10, 90)} k USD/month}}, switches: {{price: {cost.randint(1, 9)} M USD, life: 4 years, region: {cost.choice(names)}}}}}\n"
    supply = costs + "nodes: {" + ", ".join(f"{n}: {{accelerator: {a}, count: 8, supply: [{draw.randint(1, 6)}, {draw.randint(2, 9)}]{beside()}}}" for n, a in (("h100x8", "h100-sxm"), ("l40sx8", "l40s"), ("b200x8", "b200-sxm"))) + "}\n"
    return (f"tonnage: 1\nname: random-{seed}\nas_of: {draw.choice(['2026-11-24', '2027-01-01'])}\nhorizon: {{start: 2027-01-01, periods: {periods}, period: {kind}}}\n{blocks}{outcomes}{supply}"
            f"regions:\n" + "\n".join(regions) + "\norigins:\n" + "\n".join(origins) + "\npools:\n" + "\n".join(pools) + "\nworkloads:\n" + "\n".join(workloads)
            + "\npolicies:\n  " + "\n  ".join(policies) + f"\nfinance: {finance}\n")


def replan(tests, folder, seed, plan):
    """The same scenario with more demand, from the plan that was made."""
    if seed % 8 != 3:
        return
    (folder / f"{seed}.json").write_bytes(plan)
    things = ["nodes", "power", "own", "capex"] + (["carbon"] if re.search(r"carbon: [1-9]", (folder / f"{seed}.yaml").read_text()) else [])
    alternatives = [word for thing in things for word in ("--alternatives", f"least:{thing}")]
    result = tests.run(["plan", f"{seed}.yaml", "--set", "workloads.search.demand.constant=250 requests/s", "--present", f"{seed}.json", *alternatives, "--format", "json"], folder)
    if tests.that(result.returncode in DONE, f"random scenario {seed} again", f"exit {result.returncode}: {result.stderr.decode()[:500]}"):
        checks = check_plan.check(f"random scenario {seed} again", result.stdout.decode())
        tests.that(checks is not None and checks.failed == 0, f"random scenario {seed} again", "check_plan")


def mixed(tests):
    folder = tests.folder / "mixed"
    folder.mkdir()
    planned = 0
    for seed in range(1, tests.seeds + 1):
        (folder / f"{seed}.yaml").write_text(random_scenario(seed))
        result = tests.run(["check", f"{seed}.yaml"], folder)
        if not tests.that(result.returncode == 0, f"random scenario {seed}", result.stderr.decode()[:800]):
            continue
        result = tests.run(["plan", f"{seed}.yaml", "--format", "json"], folder)
        if result.returncode == 4:  # no plan is an answer too
            continue
        if not tests.that(result.returncode in DONE, f"random scenario {seed}", f"exit {result.returncode}: {result.stderr.decode()[:500]}"):
            continue
        checks = check_plan.check(f"random scenario {seed}", result.stdout.decode())
        replan(tests, folder, seed, result.stdout)
        tests.that(checks is not None and checks.failed == 0, f"random scenario {seed}", "check_plan")
        planned += 1
    tests.that(2 * planned >= tests.seeds, "random scenarios", f"only {planned} of {tests.seeds} have a plan")


# ---- cases whose answer is known ----

KNOWN = [
    # case, values set, cost, relaxation, limit with what more of it saves and what less of it costs
    ("power_shadow_price", [], 85, 85, ("power", "here", 200, 200)),
    ("power_shadow_price", ["regions.here.power=160 kW"], 75, 75, None),
    ("power_shadow_price", ["regions.here.power=150 kW"], 75, 75, ("power", "here", 0, 200)),
    ("power_shadow_price", ["regions.here.power=60 kW"], 93, 93, ("power", "here", 200, 200)),
    ("unmet_price", [], 26, 26, ("supply", "unit", 3, 3)),
    ("unmet_price", ["workloads.load.demand.constant=11 requests/s"], 31, 31, ("supply", "unit", 3, 3)),
    ("unmet_price", ["pools.unit.supply=[9]"], 23, 23, ("supply", "unit", 3, 3)),
    ("unmet_price", ["pools.unit.supply=[10]"], 20, 20, ("supply", "unit", 0, 3)),
    ("lead_time_value", ["pools.own.lead_time=4 months"], 70, 70, None),
    ("lead_time_value", [], 70, 70, None),
    ("lead_time_value", ["pools.own.lead_time=6 months"], 90, 90, None),
    ("lead_time_value", ["pools.own.lead_time=8 months"], 130, 130, None),
    ("lead_time_value", ["pools.own.lead_time=12 months"], 210, 210, None),
    ("deferrable_batch", ["workloads.batch.demand.constant=2 requests/s"], 8, 8, None),
    ("deferrable_batch", ["workloads.batch.demand.constant=3 requests/s"], 8, 8, None),
    ("deferrable_batch", [], 9, 8.75, None),
    ("n_minus_1_integer", [], 17, 16.5, None),
    ("n_minus_1_symmetric", [], 400, 400, None),
    ("n_minus_1_symmetric", ["policies.survive=none"], 300, 300, None),
    ("unlike_loads", [], 22, 20.2, None),
    ("follow_the_sun", [], 12, 12, None),
    ("follow_the_sun", ["workloads.load.reach=50 ms"], 20, 20, None),
    ("granularity_cover", [], 12, 35 / 3, None),
    ("newsvendor_commitment", [], 69920, 69920, None),
    ("comparative_advantage", [], 1500, 1450, ("supply", "a", 50, 50)),
    ("melange_example", [], 4.68, 4.12875, None),
    ("melange_whole", [], 6.70, 4.12875, None),
    ("melange_slices", [], 5.69, 4.12875, None),
    ("cvar_capacity", [], 29.05, 29.05, None),
    ("provider_share", [], 13, 13, None),
    ("committed_spend", [], 13, 13, None),
    ("committed_spend", ["policies.committed_spend.acme.2027=30 USD"], 30, 30, None),
    ("committed_spend", ["policies.committed_spend.acme.2027=0 USD"], 10, 10, None),
    ("committed_spend", ["costs={rack: {price: 4.5 USD/month, region: cloud}}"], 16, 16, None),   # 4.5 of the 9 are spent: 3 nodes there, 7 own
    ("provider_share", ["policies.provider_share.acme.min=0 %"], 10, 10, None),
    ("exchanged_commitments", [], 144, 120, None),
    ("exchanged_commitments", ["workloads.load.demand.constant=3 requests/s"], 120, 120, None),
]


def cases(tests):
    for name, sets, cost, relaxation, limit in KNOWN:
        more = [part for one in sets for part in ("--set", one)]
        where = f"case {name} {' '.join(sets)}".strip()
        document = tests.plan(f"{name}.yaml", ROOT / "tests" / "cases", *more, "--gap", "0", where=where)
        if document is None:
            continue
        proof = document["plan"]["proof"]
        tests.that(abs(document["headline"]["cost_usd"] - cost) <= 1e-6, where, f"costs {document['headline']['cost_usd']}, expected {cost}")
        tests.that(abs(proof["relaxation_usd"] - relaxation) <= 1e-6, where, f"relaxation {proof['relaxation_usd']}, expected {relaxation}")
        worth = {(row["kind"], row["name"]): (row["worth_usd"], row["loss_usd"]) for row in document["plan"]["limits"]}
        expected = {} if limit is None else {limit[:2]: limit[2:]}
        same = worth.keys() == expected.keys() and all(abs(a - b) <= 1e-6 * max(1.0, b) for k in expected for a, b in zip(worth[k], expected[k]))
        tests.that(same, where, f"limits {worth}, expected {expected}")
    worst_outcomes(tests)
    churn(tests)
    lead_times(tests)
    nearly_as_cheap(tests)
    smallest_conflict(tests)


def worst_outcomes(tests):
    """All weight on the worst tenth: 97 nodes, 34.55 on average over that tenth."""
    where, weight = "case cvar_capacity, worst tenth", 10000
    document = tests.plan("cvar_capacity.yaml", ROOT / "tests" / "cases", "--set", f"policies.cvar={{level: 90 %, weight: {weight}}}", "--gap", "0", where=where)
    if document is not None:
        proof, pool = document["plan"]["proof"], document["plan"]["pools"][0]
        tests.that(pool["in_service_nodes"] == [97], where, f"holds {pool['in_service_nodes']}")
        tests.that(abs(proof["risk_usd"] / weight - 34.55) <= 1e-6, where, f"the worst tenth costs {proof['risk_usd'] / weight}")


def present_plan(tests, name, *sets):
    """The file of a plan that holds and runs 6 and 4 nodes' worth."""
    path = tests.folder / f"{name}-present.json"
    result = tests.run(["plan", f"{name}.yaml", *[part for one in sets for part in ("--set", one)], "-o", path], ROOT / "tests" / "cases")
    tests.that(result.returncode == 0, f"present plan of {name}", result.stderr.decode())
    return path


def churn(tests):
    folder = ROOT / "tests" / "cases"
    present = present_plan(tests, "churn_break_even", "pools.dear.limit=6 nodes", "pools.cheap.limit=4 nodes")
    for periods, cost, moved in ((2, 32, 0), (3, 45, 6)):
        where = f"case churn_break_even, {periods} periods"
        document = tests.plan("churn_break_even.yaml", folder, "--gap", "0", "--set", f"horizon.periods={periods}", "--present", present, where=where)
        if document is not None:
            tests.that(abs(document["headline"]["cost_usd"] - cost) <= 1e-6, where, f"costs {document['headline']['cost_usd']}, expected {cost}")
            tests.that(abs(sum(m["replicas"] for m in document["plan"]["moves"]) - moved) <= 1e-6, where, f"moves {document['plan']['moves']}")
    where = "case churn_break_even, 3 periods, at most 30 % a month"
    document = tests.plan("churn_break_even.yaml", folder, "--gap", "0", "--set", "horizon.periods=3", "--set", "policies.churn=30 %/month", "--present", present, where=where)
    if document is not None:  # three of ten move first and pay back 0.5 each; three more would have only two periods
        tests.that(abs(document["headline"]["cost_usd"] - 46.5) <= 1e-4, where, f"costs {document['headline']['cost_usd']}, expected 46.5")
    present = present_plan(tests, "churn_minimal_replan", "pools.one.limit=6 nodes", "pools.two.limit=4 nodes", "workloads.load.demand.constant=10 requests/s")
    where = "case churn_minimal_replan"
    document = tests.plan("churn_minimal_replan.yaml", folder, "--gap", "0", "--present", present, where=where)
    if document is not None:
        nodes = [pool["in_service_nodes"][0] for pool in document["plan"]["pools"]]
        tests.that(document["headline"]["cost_usd"] == 12 and not document["plan"]["moves"], where, f"costs {document['headline']['cost_usd']}, moves {document['plan']['moves']}")
        tests.that(sum(nodes) == 12 and nodes[0] >= 6 and nodes[1] >= 4, where, f"holds {nodes}")


def lead_times(tests):
    """Each month of lead time beyond five costs 20."""
    for months, value in ((4, 0), (5, 0), (6, 20), (8, 20), (12, 20)):
        where = f"case lead_time_value, {months} months, what one less saves"
        document = tests.plan("lead_time_value.yaml", ROOT / "tests" / "cases", "--gap", "0", "--set", f"pools.own.lead_time={months} months", "--reasons", "full", where=where)
        if document is not None:
            told = [row["month_less_saves_usd"] for row in document["plan"]["reasons"]["lead_times"] if row["pool"] == "own"]
            tests.that(len(told) == (months < 12) and all(abs(x - value) <= 1e-6 for x in told), where, f"told {told}")


def nearly_as_cheap(tests):
    where = "case mga_min_use"
    document = tests.plan("mga_min_use.yaml", ROOT / "tests" / "cases", "--gap", "0", "--alternatives", "least:first", "--alternatives", "least:there", "--alternatives", "least:nodes", "--within", "2 %", where=where)
    if document is not None:
        told = [(a["least"], a["name"], a["use"], a["least_use"], a["cost_usd"]) for a in document["plan"]["alternatives"]]
        expected = [("pool", "first", 100, 80, 102), ("region", "there", 0, 0, 100), ("nodes", "", 100, 100, 100)]
        same = len(told) == 3 and all(a[:2] == b[:2] and all(abs(x - y) <= 1e-6 for x, y in zip(a[2:], b[2:])) for a, b in zip(told, expected))
        tests.that(document["headline"]["cost_usd"] == 100 and same, where, f"told {told}, expected {expected}")


def smallest_conflict(tests):
    where = "case conflict_single"
    folder = ROOT / "tests" / "cases"
    result = tests.run(["allocate", "conflict_single.yaml", "--format", "json"], folder)
    told = json.loads(result.stdout)["plan"]["conflicts"]
    tests.that(result.returncode == 4 and told == [
        "cannot hold together: all load of w1 in 2027-01; all load of w2 in 2027-01; limit of eu in 2027-01",
        "enough alone: 3 requests/s of w1 from each origin need not be served",
        "enough alone: 3 requests/s of w2 from each origin need not be served",
        "enough alone: 3 nodes more: limit of eu"], where, f"exit {result.returncode}: {told}")
    for change in ("pools.eu.limit=13 nodes", "workloads.w1.demand.constant=3 requests/s", "workloads.w2.demand.constant=4 requests/s"):
        result = tests.run(["allocate", "conflict_single.yaml", "--set", change, "--format", "json"], folder)
        tests.that(result.returncode == 0, f"{where} {change}", f"exit {result.returncode}")


PARTS = {"examples": examples, "cases": cases, "sums": sums, "schema": schema, "real": real, "mixed": mixed, "fleets": fleets, "determinism": determinism}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--seeds", type=int, default=40, help="random scenarios of the part mixed")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    options = parser.parse_args()
    tests = Tests(options.program, options.seeds)
    try:
        for part in options.only:
            PARTS[part](tests)
    finally:
        shutil.rmtree(tests.folder, ignore_errors=True)
    print(f"{tests.passed} passed, {tests.failed} failed, {tests.skipped} skipped")
    return 1 if tests.failed else 0


if __name__ == "__main__":
    sys.exit(main())
