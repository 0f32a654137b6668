#!/usr/bin/env python3
"""What `tonnage check` says to the systems that run it: JUnit, SARIF and annotations of GitHub are read back and agree.

    findings.py --program PATH [--sarif-schema sarif-schema-2.1.0.json]

The schema (OASIS publishes it) is checked where it is given and python3-jsonschema is installed; what it asks of the parts that are
used is checked by hand in any case. Ends with 'N passed, N failed'; exit 1 on failure.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree

from tally import check, finish

HEAD = '''tonnage: 1
name: "<tiny> & \\u202e|x"
horizon: {start: 2027-01-01, periods: 2, period: quarter}
blocks: {all: 2190 h}
outcomes: {base: 1}
origins: {home: {west: 20 ms}}
regions: {west: {site: cloud, provider: acme}}
'''
WORKLOADS = '''workloads:
  "(x)%0A::error::": {capacity: {h100x8: [{accelerators: 8, load: 10 requests/s, power: 8 kW}]}, demand: {constant: 25 requests/s, origins: {home: 100 %}}}
'''
CHECKS = '''checks:
  - cost <= 1 M USD
  - cost.p90 <= 200 k USD
  - {check: power <= 1 kW, level: warn}
  - "unmet.(x)%0A::error:: < 0"
  - increase <= 5 %
'''
POOL = "pools: {now: {region: west, node: h100x8, offer: on-demand, price: 50 USD/h%s}}\n"
# scenario, exit code, kinds in the order in which they are said
CASES = {
    "a name, with %20.yaml": (HEAD + POOL % "" + WORKLOADS + CHECKS, 3, ["passed", "passed", "failure", "warning", "failure", "skipped"]),
    "holds.yaml": (HEAD + POOL % "" + WORKLOADS + "checks: [cost <= 1 M USD]\n", 0, ["passed", "passed"]),
    "none.yaml": (HEAD + POOL % "" + WORKLOADS, 0, ["passed"]),
    "warned.yaml": (HEAD + POOL % ", colour: red" + WORKLOADS, 2, ["error"]),
    "mistaken.yaml": (HEAD.replace("USD", "usd") + POOL % ", limit: two" + WORKLOADS + "checks: [cost <= 1 kg, costs <= 1 USD]\n", 2, ["error"] * 3),
    "broken.yaml": ("tonnage: 1\nname: [\n", 2, ["error"]),
    "unfulfilled.yaml": (HEAD + POOL % ", limit: 1 node" + WORKLOADS + CHECKS, 4, ["passed", "error"]),
}



def kind_of(case):
    if case.find("failure") is not None:
        return "failure"
    if case.find("error") is not None:
        return "error"
    if case.find("skipped") is not None:
        return "skipped"
    return "warning" if case.find("system-out") is not None else "passed"


def message_of(case):
    part = case.find("system-out")
    if part is not None:
        return part.text.replace("warning: ", "", 1)
    return next(case.iter(kind_of(case))).get("message")


def read_junit(name, text):
    """Kinds, and (level, message, line) of what has not passed."""
    root = xml.etree.ElementTree.fromstring(text)
    suite = root.find("testsuite")
    cases = suite.findall("testcase")
    kinds = [kind_of(c) for c in cases]
    for part in (root, suite):
        counts = [int(part.get(a)) for a in ("tests", "failures", "errors", "skipped")]
        check(counts == [len(kinds)] + [kinds.count(k) for k in ("failure", "error", "skipped")], name + ": counts of JUnit")
    check(all(c.get("name") and c.get("classname") for c in cases), name + ": names of JUnit")
    return kinds, [("error" if k in ("failure", "error") else "warning", message_of(c), int(c.get("line") or 0)) for k, c in zip(kinds, cases) if k != "passed"]


def read_sarif(name, text, file, lines, validate):
    log = json.loads(text)
    if validate:
        validate(log)
    check(log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json") and len(log["runs"]) == 1, name + ": SARIF 2.1.0")
    run = log["runs"][0]
    rules = [r["id"] for r in run["tool"]["driver"]["rules"]]
    check(len(set(rules)) == len(rules) and all(r["shortDescription"]["text"] for r in run["tool"]["driver"]["rules"]), name + ": rules of SARIF")
    out = []
    for result in run["results"]:
        check(result["ruleId"] in rules and result["level"] in ("error", "warning") and result["message"]["text"], name + ": a result of SARIF")
        place = (result.get("locations") or [{}])[0].get("physicalLocation", {})
        region = place.get("region", {})
        if place:
            check(urllib.parse.unquote(place["artifactLocation"]["uri"]) == file, name + ": file of SARIF")
        if region:
            line = lines[region["startLine"] - 1]  # lines and columns count from 1, the end column is behind the last character
            check(1 <= region["startColumn"] < region.get("endColumn", len(line) + 2) <= len(line) + 2, name + ": region of SARIF")
        out.append((result["level"], result["message"]["text"], region.get("startLine", 0)))
    return out


def read_github(name, text, file):
    def plain(value):
        return urllib.parse.unquote(value)
    out = []
    for line in text.splitlines():
        found = re.fullmatch(r"::(error|warning) ([^:]*)::(.*)", line)
        check(found is not None, name + ": an annotation: " + line)
        if not found:
            continue
        level, properties, message = found.groups()
        values = dict(p.split("=", 1) for p in properties.split(","))
        check("title" in values and ("file" not in values or plain(values["file"]) == file), name + ": properties of an annotation")
        out.append((level, plain(message), int(values.get("line", 0))))
    return out


def schema_check(path):
    import jsonschema
    schema = json.loads(pathlib.Path(path).read_text())
    validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())

    def validate(log):
        errors = [e.message for e in validator.iter_errors(log)]
        check(not errors, "SARIF's schema: " + "; ".join(errors[:3]))
    return validate


def main(arguments):
    program = str(pathlib.Path(arguments[arguments.index("--program") + 1]).resolve())
    validate = schema_check(arguments[arguments.index("--sarif-schema") + 1]) if "--sarif-schema" in arguments else None
    for name, (text, code, kinds) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, name).write_text(text, encoding="utf-8")
            said = {}
            for form in ("junit", "sarif", "github", "table", "markdown", "csv", "json", "html", "xlsx"):
                run = subprocess.run([program, "check", name, "--format", form], cwd=folder, capture_output=True)
                check(run.returncode == code, "%s: %s ends with %d: %s" % (name, form, run.returncode, run.stderr.decode()))
                written = set(kinds) != {"passed"} if form == "github" else form in ("junit", "sarif") or code != 2
                check(bool(run.stdout) == written, "%s: %s is written" % (name, form))
                check("\u202e" not in run.stdout.decode("utf-8", "replace"), "%s: %s carries a mark that turns the text" % (name, form))
                said[form] = run.stdout
            found, junit = read_junit(name, said["junit"].decode())
            check(found == kinds, "%s: %s" % (name, found))
            check(read_sarif(name, said["sarif"].decode(), name, text.split("\n"), validate) == junit, name + ": SARIF and JUnit")
            check(read_github(name, said["github"].decode(), name) == junit, name + ": GitHub and JUnit")
    return finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
