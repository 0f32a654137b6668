#!/usr/bin/env python3
"""Every format of one plan carries the same figures.

    formats.py --program PATH

Reads CSV, JSON, Markdown, XLSX (calculated by tests/workbook.py, and by LibreOffice where it is installed) and HTML (as written, and as
Chromium shows it where it is installed) back and compares them. Also: HTML is well formed and reaches for nothing outside, names cannot
run anything, two runs give the same bytes, a workbook does not go to a terminal. Ends with 'N passed, N failed'; exit 1 on failure.
"""
import csv
import html.parser
import io
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

import workbook
from tally import check, finish, skipped

ROOT = pathlib.Path(__file__).resolve().parent.parent
LARGEST = "examples/assistant/assistant.yaml"
SCENARIOS = [LARGEST, "tests/cases/power_shadow_price.yaml", "tests/cases/lead_time_value.yaml", "tests/cases/committed_spend.yaml"]
VOID = {"meta", "link", "br", "img", "input", "hr"}
NASTY = '''tonnage: 1
name: "=HYPERLINK(\\"http://example.com\\",\\"x\\")\\n<script>alert(1)</script>|\\u202e|"
horizon: {start: 2027-01-01, periods: 2, period: quarter}
blocks: {all: 2190 h}
outcomes: {base: 1}
regions: {"<script>alert(1)</script>": {site: cloud, provider: "@SUM(A1)"}}
origins: {"-2+3|cmd": {"<script>alert(1)</script>": 20 ms}}
pools:
  "+1|x\\"'>&": {region: "<script>alert(1)</script>", node: h100x8, offer: on-demand, price: 50 USD/h}
  "@A1": {region: "<script>alert(1)</script>", node: h100x8, offer: reserved, term: 1 year, price: 10 USD/h, limit: 1 nodes}
workloads:
  "</script><b onclick": {capacity: {h100x8: [{accelerators: 8, load: 10 requests/s, power: 8 kW}]}, demand: {constant: 25 requests/s, origins: {"-2+3|cmd": 100 %}}}
'''



def close(a, b):
    return a is not None and b is not None and abs(float(a) - float(b)) <= 1e-6 + 1e-9 * abs(float(b))


class Html(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.mistakes, self.tables, self.scripts, self.charts = [], [], [], [], 0, 0
        self.cell = self.table = None
        self.feed(text)
        self.close()
        if self.open:
            self.mistakes.append("left open: %s" % self.open)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if "id" in values:
            self.ids.append(values["id"])
        for name, value in attributes:
            if name.startswith("on") or name == "style" or name in ("src", "action", "srcset", "data") or (name == "href" and not value.startswith("#")):
                self.mistakes.append("%s has %s=%r" % (tag, name, value))
        self.scripts += tag == "script"
        if tag == "svg":
            self.charts += 1
            if values.get("role") != "img" or "aria-labelledby" not in values:
                self.mistakes.append("a chart without a name")
        if tag == "title" and self.open and self.open[-1] == "svg":
            self.charts -= 1  # has its title
        if tag == "table":
            self.table = {"name": values["data-name"], "heads": [], "rows": [], "total": [], "part": ""}
            self.tables.append(self.table)
        if tag in ("thead", "tbody", "tfoot"):
            self.table["part"] = tag
        if tag == "tr" and self.table["part"] == "tbody":
            self.table["rows"].append([])
        if tag in ("td", "th"):
            self.cell = [values.get("data-value"), "", values.get("data-name")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.mistakes.append("</%s> closes %s" % (tag, self.open[-1:]))
            return
        self.open.pop()
        if tag in ("td", "th") and self.cell is not None:
            part = self.table["part"]
            (self.table["heads"] if part == "thead" else self.table["total"] if part == "tfoot" else self.table["rows"][-1]).append(tuple(self.cell))
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell[1] += data

    def named(self, name):
        return next((t for t in self.tables if t["name"] == name), None)


def records(table):
    """Exact values by the names that CSV has."""
    names = [head[2] for head in table["heads"]]
    return [{n: exact if exact is not None else text for n, (exact, text, _) in zip(names, row)} for row in table["rows"]]


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = os.path.abspath(path), folder

    def __call__(self, *arguments, zone="UTC"):
        run = subprocess.run([self.path, *map(str, arguments)], cwd=self.folder, env={"LC_ALL": "C", "TZ": zone, "COLUMNS": "100"}, capture_output=True, timeout=300)
        return run.returncode, run.stdout, run.stderr.decode()

    def output(self, *arguments, **more):
        if arguments[0] in ("plan", "tco") and any(str(one).endswith(LARGEST) for one in arguments):
            arguments += ("--gap", "0.02")  # in a second or two
        return self(*arguments, **more)[1]


def same_facts(name, rows, others, where):
    """Each row of the CSV in another format, by its four names."""
    def key(row):
        return tuple(str(row[k] or "").lstrip("'") for k in ("table", "name", "period", "measure"))
    found = {key(row): row["value"] for row in others}
    missing = []
    for row in rows:
        a, b = row["value"], found.get(key(row), "absent")
        if not (a == (b or "") or (b not in (None, "", "absent") and re.match(r"^-?[\d.e+-]+$", a) and re.match(r"^-?[\d.e+-]+$", str(b)) and close(a, b))):
            missing.append((key(row), a, b))
    check(not missing and len(found) == len(rows), "%s: %s differs from CSV: %s" % (name, where, missing[:3]))


def json_facts(plan):
    head = {"cost_present_value": "cost_usd", "cost_p10": "cost_p10_usd", "cost_p50": "cost_p50_usd", "cost_p90": "cost_p90_usd", "demand_growth": "demand_growth", "forecast_error": "forecast_error", "used_mean": "used_mean", "used_peak": "used_peak"}
    def fact(table, name, period, measure, value):
        return {"table": table, "name": name, "period": period or "", "measure": measure, "value": "" if value is None else value}
    out = [fact("headline", "plan", "", measure, plan["headline"][key]) for measure, key in head.items()]
    out += [fact("headline", "plan", "", "gap", plan["plan"]["proof"]["gap"]), fact("headline", "plan", "", "capex", plan["ledger"]["capex_usd"])]
    for order in plan["plan"]["orders"]:
        out += [fact("orders", order["pool"], order["period"], m, order[k]) for m, k in (("nodes", "nodes"), ("order_by", "order_by"), ("present_value", "present_value_usd"))]
    periods = [p["name"] for p in plan["facts"]["periods"]]
    for pool in plan["plan"]["pools"]:
        for t, period in enumerate(periods):
            out.append(fact("pools", pool["pool"], period, "in_service", pool["in_service_nodes"][t]))
            if pool["rented_node_hours"][t] > 0:
                out.append(fact("pools", pool["pool"], period, "rented", pool["rented_node_hours"][t]))
    for limit in plan["plan"]["limits"]:
        names = ("limits", limit["kind"] + " " + limit["name"], limit["period"])
        out.append(fact(*names, "worth", limit["worth_usd"]))
        if limit["loss_usd"] is not None:
            out.append(fact(*names, "loss", limit["loss_usd"]))
    out += [fact("capacity_cost", k, "", "present_value", v) for k, v in plan["ledger"]["capacity_cost_present_value_usd"].items()]
    return out


def markdown_tables(text):
    out = []
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        rows = [[re.sub(r"\\(.)", r"\1", c.strip()) for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in block.strip().split("\n")]
        if len(rows) > 2:
            out.append(rows[2:])
    return out


def check_page(name, text):
    page = Html(text)
    check(not page.mistakes, "%s: HTML: %s" % (name, page.mistakes[:3]))
    check(len(page.ids) == len(set(page.ids)), name + ": ids are not unique")
    check(page.charts == 0, name + ": a chart has no title")
    check(page.scripts == 1, name + ": not one script")
    check(len(text.encode()) <= 2 << 20, name + ": larger than 2 MB")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    check(policy and policy.group(1).startswith("default-src 'none';") and "unsafe" not in policy.group(1), name + ": policy")
    check(all(cell[1] for t in page.tables for row in t["rows"] for cell in row if cell[0] is not None), name + ": a number is not shown")
    check(not re.search(r"https?://(?!example\.com)", text), name + ": names an address outside")
    return page


def check_workbook(name, book, plan):
    """Formulas give what is stored with them and what the JSON says; a price moves the total by its lines."""
    wrong = [(s, at) for s in book.formulas for at in book.formulas[s] if not close(book.value(s, at), book.cells[s].get(at))]
    check(not wrong, "%s: formulas differ from their stored values: %s" % (name, wrong[:3]))
    lines, ledger = book.table("ledger"), plan["ledger"]
    check(len(lines) == len(ledger["lines"]), name + ": lines of the ledger")
    different = [i for i, (a, b) in enumerate(zip(lines, ledger["lines"])) if not (close(a["cost_usd"], b["cost_usd"]) and close(a["present_value_usd"], b["present_value_usd"]) and a["category"] == b["category"] and (a["pool"] or "") == b["pool"])]
    check(not different, "%s: lines differ from JSON: %s" % (name, different[:3]))
    totals = ledger["totals"]
    check(close(book.value("summary", (4, 3)), totals["present_value_usd"]) and close(book.value("summary", (5, 3)), totals["cost_usd"]), name + ": the summary's total")
    for sheet in ("cost_by_period", "cost_by_pool"):
        column = "total_usd" if sheet == "cost_by_period" else "present_value_usd"
        check(close(sum(row[column] for row in book.table(sheet)), totals["present_value_usd"]), "%s: %s" % (name, sheet))
    for row, one in enumerate(book.table("assumptions"), start=2):
        if not one["path"].endswith((".price", ".electricity", ".pue")):
            continue
        before = one["value"]
        book.set("assumptions", (row, 3), before * 1.25)
        moved = 0.25 * sum(line["present_value_usd"] for line in ledger["lines"] if any(f["path"] == one["path"] for f in line["factors"]))
        now = book.value("summary", (4, 3)) - totals["present_value_usd"]
        check(abs(now - moved) <= 1e-4 + 1e-9 * abs(moved) and moved > 0, "%s: %s moves the total by %s, not %s" % (name, one["path"], now, moved))
        book.set("assumptions", (row, 3), before)
    check(any(isinstance(v, float) and 40000 < v < 60000 for v in (r["start"] for r in book.table("periods"))), name + ": dates are dates")


def plan_formats(program, scenario):
    name = os.path.basename(scenario)
    path = ROOT / scenario
    text = program.output("plan", path, "--format", "html").decode()
    plan = json.loads(program.output("plan", path, "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(program.output("plan", path, "--format", "csv").decode())))
    data = program.output("plan", path, "--format", "xlsx")
    page, book = check_page(name, text), workbook.Workbook(data)
    same_facts(name, rows, json_facts(plan), "JSON")
    same_facts(name, rows, records(page.named("facts")), "HTML")
    same_facts(name, rows, book.table("facts"), "XLSX")
    check_workbook(name, book, plan)
    shown = [[[c[1] for c in row] for row in t["rows"]] + ([[c[1] for c in t["total"]]] if t["total"] else []) for t in page.tables]
    for table in markdown_tables(program.output("plan", path, "--format", "markdown").decode()):
        check(table in shown, "%s: no table of the page shows what Markdown does: %s" % (name, table[0]))
    in_browser(name, text, page)
    in_office(program, name, data, plan)


def cost_formats(program, scenario):
    name = "tco " + os.path.basename(scenario)
    path = ROOT / scenario
    ledger = json.loads(program.output("tco", path, "--format", "json"))["ledger"]
    totals = ledger["totals"]
    lines = list(csv.DictReader(io.StringIO(program.output("tco", path, "--format", "csv").decode())))
    check(close(sum(float(r["x_cost_usd"]) for r in lines), totals["cost_usd"]), name + ": CSV")
    page = check_page(name, program.output("tco", path, "--format", "html").decode())
    table = page.named("cost")
    check(close(table["total"][2][0], totals["cost_usd"]) and close(table["total"][3][0], totals["present_value_usd"]), name + ": HTML")
    book = workbook.Workbook(program.output("tco", path, "--format", "xlsx"))
    check(close(book.value("summary", (5, 3)), totals["cost_usd"]), name + ": XLSX")
    shown = [[[c[1] for c in row] for row in t["rows"]] + ([[c[1] for c in t["total"]]] if t["total"] else []) for t in page.tables]
    check(markdown_tables(program.output("tco", path, "--format", "markdown").decode())[0] in shown, name + ": Markdown")
    for command in (["tco", path, "--uncertainty", "--samples", "4096"], ["allocate", path], ["forecast", path], ["curve", path], ["check", path], ["diff", path, path], ["catalog", "nodes"]):
        check_page(str(command[0]), program.output(*command, "--format", "html").decode())
        check(len(workbook.Workbook(program.output(*command, "--format", "xlsx")).cells) > 1, "%s as XLSX" % command[0])


def in_browser(name, text, page):
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser:
        skipped.append(name + " in Chromium")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "page.html")
        file.write_text(text, encoding="utf-8")
        run = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=" + folder + "/profile", "--dump-dom", file.as_uri()], capture_output=True, text=True, timeout=180)
    if run.returncode != 0 or "</html>" not in run.stdout:
        skipped.append(name + " in Chromium, which does not start here")
        return
    check("CONSOLE" not in run.stderr, name + ": console of the browser: " + "".join(re.findall(r".*CONSOLE.*", run.stderr))[:300])
    shown = Html(run.stdout)
    check([t["rows"] for t in shown.tables] == [t["rows"] for t in page.tables], name + ": figures in the browser")
    heads = sum(len(t["heads"]) for t in page.tables)
    check(run.stdout.count("<button") == heads + len(page.tables), name + ": a button for each column and table")


def in_office(program, name, data, plan):
    """With every stored result taken out and a price changed, so that nothing but a calculation can give the total."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if not office:
        skipped.append(name + " in LibreOffice")
        return
    book = workbook.Workbook(data)
    with tempfile.TemporaryDirectory() as folder:
        source, archive = pathlib.Path(folder, "in.xlsx"), zipfile.ZipFile(io.BytesIO(data))
        rate = next((row for row, one in enumerate(book.table("assumptions"), start=2) if one["what"] == "discount rate"), None)
        price = next((row for row, one in enumerate(book.table("assumptions"), start=2) if one["path"].endswith(".price")), None)
        with zipfile.ZipFile(source, "w") as out:
            for part in archive.namelist():
                xml = archive.read(part)
                if part.startswith("xl/worksheets/"):
                    xml = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", xml)
                for row in filter(None, (price, rate) if part == book.files["assumptions"] else ()):
                    twice = repr(book.cells["assumptions"][(row, 3)] * 2).encode()
                    xml, count = re.subn(rb'(<c r="C%d"[^>]*><v>)[^<]*' % row, rb"\g<1>" + twice, xml)
                    check(count == 1, name + ": the cell of a price or rate")
                out.writestr(part, xml)
        for row in filter(None, (price, rate)):
            book.set("assumptions", (row, 3), book.cells["assumptions"][(row, 3)] * 2)
        run = subprocess.run([office, "-env:UserInstallation=file://" + folder + "/profile", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", folder + "/out", str(source)], capture_output=True, timeout=300)
        result = pathlib.Path(folder, "out", "in.xlsx")
        if run.returncode != 0 or not result.exists():
            skipped.append(name + " in LibreOffice, which does not start here")
            return
        calculated = workbook.Workbook(result.read_bytes())
    wrong = [(s, at) for s in book.formulas for at in book.formulas[s] if not close(calculated.cells[s].get(at), book.value(s, at))]
    check(not wrong, "%s: LibreOffice calculates otherwise: %s" % (name, [(w, calculated.cells[w[0]].get(w[1]), book.value(*w)) for w in wrong[:3]]))


def live_rate(program):
    """The workbook at another discount rate is the cost that the program gives at it, in both sums, whatever the compounding."""
    for case, more in (("h100_ownership", []), ("datacenter_kernel", []), ("focus_commitment", ["--set", "pools.committed.upfront=partial"])):
        path = ROOT / "tests" / "cases" / "tco" / (case + ".yaml")
        for compounding in ("effective", "nominal-monthly", "annual"):
            for timing in ("start", "mid"):
                sets = more + ["--set", "finance.compounding=" + compounding, "--set", "finance.timing=" + timing]
                name = "%s, %s, payments at the %s" % (case, compounding, timing)
                book = workbook.Workbook(program.output("tco", path, *sets, "--format", "xlsx"))
                rate = next(row for row, one in enumerate(book.table("assumptions"), start=2) if one["what"] == "discount rate")
                planned = book.value("summary", (4, 3))
                for percent in (0, 3, 15):
                    book.set("assumptions", (rate, 3), percent / 100)
                    totals = json.loads(program.output("tco", path, *sets, "--set", "finance.discount_rate=%d %%" % percent, "--format", "json"))["ledger"]["totals"]
                    check(close(book.value("summary", (4, 3)), totals["present_value_usd"]) and close(book.value("summary", (5, 3)), totals["cost_usd"]),
                          "%s at %d %%: %s, %s in the workbook, %s" % (name, percent, book.value("summary", (4, 3)), book.value("summary", (5, 3)), totals))
                check(not close(book.value("summary", (4, 3)), planned), name + ": the rate moves nothing")


def harmless_names(program):
    path = pathlib.Path(program.folder, "nasty.yaml")
    path.write_text(NASTY, encoding="utf-8")
    for command in ("plan", "tco", "allocate"):
        code, out, error = program(command, path, "--format", "html")
        check(code == 0, "nasty names: %s ends with %d: %s" % (command, code, error))
        if code != 0:
            continue
        text = out.decode()
        check_page("nasty " + command, text)
        check("\u202e" not in text and "<script>alert" not in text and "onclick>" not in text, command + ": HTML runs a name")
        data = program.output(command, path, "--format", "xlsx")
        book = workbook.Workbook(data)
        formulas = [f for sheet in book.formulas.values() for f in sheet.values()]
        check(not any("HYPERLINK" in f or "A1)" in f or "cmd" in f for f in formulas), command + ": XLSX runs a name")
        check(any("HYPERLINK" in s for s in book.strings) and not any("\u202e" in s or "\n" in s for s in book.strings), command + ": XLSX keeps the name as a text")
        if command == "plan":
            in_browser("nasty plan", text, Html(text))


def to_terminal(program):
    try:
        leader, follower = pty.openpty()
    except OSError:
        skipped.append("XLSX to a terminal: there is no terminal to be had here")
        return
    run = subprocess.run([program.path, "catalog", "nodes", "--format", "xlsx"], stdout=follower, stderr=subprocess.PIPE)
    os.close(follower)
    os.close(leader)
    check(run.returncode == 2 and b"a workbook is not for a terminal" in run.stderr, "XLSX to a terminal")


def same_bytes(program):
    path = ROOT / SCENARIOS[0]
    first = [program.output("plan", path, "--format", form) for form in ("html", "xlsx")]
    time.sleep(2.1)  # clocks of archives have steps of two seconds
    second = [program.output("plan", path, "--format", form, "--threads", "1", zone="Asia/Tokyo") for form in ("html", "xlsx")]
    check(first[0] == second[0], "HTML differs between runs")
    check(first[1] == second[1], "XLSX differs between runs")
    to_terminal(program)
    for form in ("html", "xlsx"):
        with open("/dev/full", "w") as full:
            run = subprocess.run([program.path, "catalog", "nodes", "--format", form], stdout=full, stderr=subprocess.PIPE)
        check(run.returncode == 1 and b"No space left" in run.stderr, form + " to a full device")


def locked(program):
    """A plan is made again to the byte under its lock; other prices, in the scenario or in the program, are refused by name."""
    scenario, lock = pathlib.Path(program.folder, "locked.yaml"), pathlib.Path(program.folder, "plan.lock")
    text = NASTY.replace("50 USD/h", "40 USD/h")
    scenario.write_text(text, encoding="utf-8")
    for form in ("json", "html", "xlsx"):
        first = program("plan", scenario, "--lock", lock, "--format", form)
        again = program("plan", scenario, "--lock", lock, "--format", form, "--threads", "1", zone="Asia/Tokyo")
        check(first[0] == 0 and first == again, "locked: %s is not the same again: %s" % (form, first[2]))
    pins = lock.read_text(encoding="utf-8")
    scenario.write_text(text.replace("40 USD/h", "41 USD/h"), encoding="utf-8")
    for command in (["plan"], ["check"], ["allocate"], ["tco"], ["asks"], ["levers"], ["commitments"], ["sweep", "--over", "policies.headroom=0,5%"]):
        code, out, error = program(command[0], scenario, *command[1:], "--lock", lock)
        check(code == 2 and not out and "file locked.yaml is " in error and "error [lock]" in error, "locked: %s takes other prices: %s" % (command[0], error))
    scenario.write_text(text, encoding="utf-8")
    for pin in ("catalogue", "version"):
        lock.write_text(re.sub("(?m)^%s: .*" % pin, pin + ": 0", pins), encoding="utf-8")
        code, out, error = program("plan", scenario, "--lock", lock)
        check(code == 2 and not out and re.search("  %s is .*, locked is 0" % pin, error), "locked: another %s: %s" % (pin, error))


def main(arguments):
    with tempfile.TemporaryDirectory() as folder:
        program = Program(arguments[arguments.index("--program") + 1], folder)
        for scenario in SCENARIOS:
            plan_formats(program, scenario)
        cost_formats(program, SCENARIOS[0])
        live_rate(program)
        harmless_names(program)
        locked(program)
        same_bytes(program)
    return finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
