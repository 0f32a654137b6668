#!/usr/bin/env python3
"""Everything that commands write as JSON is valid by 'tonnage schema --outputs', and all that the schema names is written somewhere.

    output_schema.py --program PATH

Takes the JSON of the golden cases, of the examples of docs/columns.md and of some commands more. A document with a member misspelt, left out or of
another type must not pass. Ends with 'N passed, N failed'; exit 1 on failure. Without python3-jsonschema it is SKIPPED.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

from tally import check, finish, skipped

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCENARIO = "assistant/assistant.yaml"
CASES = "../tests/cases/"
MODEL = "--model llama-3.1-8b --node h100x8 --input 900 --output 200"
LOAD_TESTS = "printf '%s' | tonnage " % "\\n".join([
    "case,experiment,model,accelerator,tp,precision,engine,input_tokens,output_tokens,rate_per_s,ttft_mean_ms,tpot_mean_ms",
    "low,a,llama-3.1-8b,h100-sxm,1,bf16,vllm,500,200,4,30,8.1", "high,b,llama-3.1-8b,h100-sxm,1,bf16,vllm,500,200,20,41,11.6", ""])
MORE = [  # in examples/; JSON is asked for
    "tonnage plan startup/startup.yaml --reasons full --alternatives least:nodes",
    "tonnage plan %s" % SCENARIO,
    "tonnage plan outgrowing/outgrowing.yaml",
    "tonnage plan startup/startup.yaml --format json | tonnage allocate startup/startup.yaml --present /dev/stdin",
    "tonnage plan %scommitted_spend.yaml --set 'policies.committed_spend.acme.2027=20 USD'" % CASES,
    "tonnage plan %slead_time_value.yaml --reasons full" % CASES,
    "tonnage allocate %sprovider_share.yaml" % CASES,
    "tonnage allocate %sexchanged_commitments.yaml" % CASES,
    "tonnage allocate %scvar_capacity.yaml --set 'policies.cvar={level: 90 %%, weight: 1}'" % CASES,
    "tonnage allocate %scommitted_spend.yaml --set 'pools.own.limit=1 node' --set 'pools.cloud.limit=2 nodes'" % CASES,
    "tonnage tco startup/startup.yaml --set 'costs.licences.price=85 k USD/month'",
    "tonnage tco startup/startup.yaml --unit-costs",
    "tonnage tco startup/startup.yaml --efficiency",
    "tonnage tco startup/startup.yaml --uncertainty --samples 64 --budget '10 M USD'",
    "tonnage tco outgrowing/outgrowing.yaml --uncertainty --adapt --samples 8 --budget '8 M USD'",
    "tonnage tco startup/startup.yaml --format csv | head -n 4 | sed s/,aws,/,other,/g | tonnage tco startup/startup.yaml --actuals /dev/stdin",
    "tonnage forecast startup/startup.yaml",
    "tonnage curve startup/startup.yaml",
    "tonnage curve startup/startup.yaml --simulate --requests 200",
    "tonnage curve %s --simulate --requests 200" % MODEL,
    "tonnage curve --model resnet50 --node l4x1 --slo e2e.p99=50ms",
    "tonnage curve %s --search --price '32 USD/h' --cost-ceiling '2 USD' --power-budget '2 MW'" % MODEL,
    "tonnage curve --model mixtral-8x7b --node h100x8 --input 900 --output 200 --search",
    "tonnage simulate %s --arrival closed:8 --requests 100" % MODEL,
    LOAD_TESTS + "curve --cases /dev/stdin",
    LOAD_TESTS + "calibrate --hierarchy --only link /dev/stdin",
    LOAD_TESTS + "calibrate --hierarchy --only link --folds 2 /dev/stdin",
    "tonnage catalog",
]


def golden_documents():
    """Of the golden cases, and of what their runs read back."""
    for path in sorted((ROOT / "tests" / "golden").glob("*.test")):
        for part in re.split(r"^=== [^\n]*\n", path.read_text(encoding="utf-8"), flags=re.M):
            if part.lstrip().startswith("{"):
                try:
                    document = json.loads(part)
                except ValueError:
                    continue  # JSON of others, or the head of a longer one
                if isinstance(document, dict) and "kind" in document:
                    yield path.name, document


def written(program, call):
    """A shell's command with the program in it, with JSON in place of CSV."""
    environment = dict(os.environ, PATH=os.path.dirname(program) + os.pathsep + os.environ["PATH"], LC_ALL="C", TZ="UTC")
    run = subprocess.run(call, shell=True, cwd=ROOT / "examples", env=environment, capture_output=True, text=True, timeout=600)
    try:
        return call, json.loads(run.stdout)
    except ValueError:
        return call, run.stderr or "no JSON"


def calls():
    for line in re.findall(r"^\$ (.*)$", (ROOT / "docs" / "columns.md").read_text(encoding="utf-8"), re.M):
        at = line.rindex("tonnage ")
        yield line[:at] + line[at:].replace("--format csv", "--format json")
    for call in MORE:
        yield call + " --format json"


class Schema:
    """Validates documents and notes which members of the schema they have."""

    def __init__(self, document):
        import jsonschema
        kind = jsonschema.validators.validator_for(document)
        kind.check_schema(document)
        self.root, self.validator, self.seen = document, kind(document), set()

    def mistakes(self, document):
        return ["%s: %s" % ("/".join(map(str, e.absolute_path)), e.message[:200]) for e in self.validator.iter_errors(document)]

    def resolved(self, schema):
        return self.root["$defs"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema

    def note(self, schema, value):
        schema = self.resolved(schema)
        for choice in schema.get("anyOf", []):
            if isinstance(value, dict) and set(choice["properties"]) >= set(value):
                self.note(choice, value)
        if isinstance(value, list):
            for one in value:
                self.note(schema.get("items", {}), one)
        elif isinstance(value, dict):
            for name, one in value.items():
                below = schema.get("properties", {}).get(name)
                if below is not None:
                    self.seen.add(id(below))
                    self.note(below, one)
                elif isinstance(schema.get("additionalProperties"), dict):
                    self.note(schema["additionalProperties"], one)

    def members(self):
        """(path, schema) of everything that has a name."""
        stack = [(name, one) for name, one in self.root["$defs"].items()]
        while stack:
            path, schema = stack.pop()
            for name, below in schema.get("properties", {}).items():
                yield path + "." + name, below
                stack.append((path + "." + name, below))
            for below in [schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", [])]:
                if isinstance(below, dict):
                    stack.append((path, below))


def misspelt(value, path=()):
    """Every place with a name, as far as three lists deep."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield path, name
            if name not in ("scenario", "files", "inputs", "places"):
                yield from misspelt(below, path + (name,))
    elif isinstance(value, list) and value:
        yield from misspelt(value[0], path + (0,))


def with_change(document, path, name, change):
    copy = json.loads(json.dumps(document))
    at = copy
    for step in path:
        at = at[step]
    change(at, name)
    return copy


def cannot_pass(schema, kind, document):
    """A member misspelt, left out, or of another type."""
    def misspell(at, name):
        at[name + "x"] = at.pop(name)

    def retype(at, name):
        at[name] = [[at[name]]] if not isinstance(at[name], list) else "text"

    for path, name in misspelt(document):
        if set(path) & {"round_trip_ms", "reach", "mean_nodes"} or (path and path[0] == "sweep" and "." in name):
            continue  # names are data there
        if kind == "cases" and path:
            continue  # columns are those of the file
        for change in (misspell, retype):
            if len(path) > 4 and kind in ("plan", "ledger", "allocation"):
                continue
            check(schema.mistakes(with_change(document, path, name, change)), "%s: %s of %s passes (%s)" % (kind, name, list(path), change.__name__))


def smallest_of_each(documents):
    out = {}
    for where, document in documents:
        size = len(json.dumps(document))
        if document["kind"] not in out or size < out[document["kind"]][0]:
            out[document["kind"]] = (size, document)
    return {kind: document for kind, (_, document) in out.items()}


def main(arguments):
    program = os.path.abspath(arguments[arguments.index("--program") + 1])
    try:
        import jsonschema  # noqa: F401
    except ImportError:
        skipped.append("schema of outputs: python3-jsonschema is not installed")
        return finish()
    schema = Schema(json.loads(subprocess.run([program, "schema", "--outputs"], capture_output=True, text=True).stdout))
    documents = list(golden_documents())
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for call, document in pool.map(lambda call: written(program, call), calls()):
            check(isinstance(document, dict), "%s: %s" % (call, document))
            if isinstance(document, dict):
                documents.append((call, document))
    for where, document in documents:
        mistakes = schema.mistakes(document)
        check(not mistakes, "%s: %s" % (where, mistakes[:4]))
        schema.note({"$ref": "#/$defs/" + document["kind"]}, document)
    kinds = set(schema.root["properties"]["kind"]["enum"])
    check({document["kind"] for _, document in documents} == kinds, "kinds that nothing writes: %s" % sorted(kinds - {d["kind"] for _, d in documents}))
    for path, member in schema.members():
        check(id(member) in schema.seen, "the schema names %s, which nothing writes" % path)
    for kind, document in smallest_of_each(documents).items():
        cannot_pass(schema, kind, document)
    return finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
