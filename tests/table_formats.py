#!/usr/bin/env python3
"""Tables of asks, levers, sweep, diff and check are the same in every format; names in them run nothing; locales change nothing.

    table_formats.py --program PATH

CSV, JSON, JSONL, XLSX and HTML are read back and compared, Markdown with the page. Ten locales are made with localedef where it is
installed. Ends with 'N passed, N failed'; exit 1 on failure.
"""
import csv
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import formats
import workbook
from formats import close
from tally import check, finish, skipped

FLEET = '''tonnage: 1
name: %(name)s
as_of: 2026-11-01
horizon: {start: 2027-01-01, periods: 3, period: quarter}
blocks: {all: 2190 h}
outcomes: {low: 0.25, base: 0.5, high: 0.25}
finance: {discount_rate: 8 %%, hours: 730}
regions:
  %(region)s: {site: own, electricity: 0.08 USD/kWh, pue: 1.3}
  east: {site: cloud, provider: %(provider)s}
origins: {%(origin)s: {%(region)s: 20 ms, east: 90 ms}}
pools:
  %(pool)s: {region: %(region)s, node: h100x8, offer: purchase, price: 300 k USD, lead_time: 2 months, life: 5 years, limit: 5 nodes}
  away: {region: east, node: h100x8, offer: on-demand, price: 55 USD/h}
workloads:
  %(workload)s: {capacity: {h100x8: [{accelerators: 8, load: 10 requests/s, power: 8 kW}]}, demand: {table: demand.csv}}
checks: [cost <= 1 G USD, {check: nodes <= 1, level: warn}]
'''
PLAIN = {"name": "fleet", "region": "west", "provider": "acme", "origin": "home", "pool": "bought", "workload": "chat"}
NASTY = {"name": '"=HYPERLINK(\\"http://example.com\\",\\"x\\")\\n<script>alert(1)</script>|\\u202e|"', "region": '"<script>alert(1)</script>"', "provider": '"@SUM(A1)|x"',
         "origin": '"-2+3|cmd"', "pool": '"+cmd|\' /C calc\'!A0"', "workload": '"</script><b onclick"'}
COMMANDS = {"asks": ["asks", "fleet.yaml"], "levers": ["levers", "fleet.yaml", "--only", "price,headroom"], "sweep": ["sweep", "fleet.yaml", "--over", "policies.headroom=0:20:10 %"],
            "diff": ["diff", "fleet.yaml", "other.yaml"], "check": ["check", "fleet.yaml"]}
LOCALES = ["de_DE", "fr_FR", "tr_TR", "ar_EG", "fa_IR", "hi_IN", "ja_JP", "ru_RU", "pt_BR", "da_DK"]


def write_fleet(folder, names):
    demand = "period,block,outcome,workload,origin,requests_per_s\n"
    plain = {k: json.loads(v) if v.startswith('"') else v for k, v in names.items()}
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    for period, loads in enumerate([(20, 30, 40), (20, 40, 60), (20, 50, 80)], 1):
        for outcome, load in zip(("low", "base", "high"), loads):
            writer.writerow([period, "all", outcome, plain["workload"], plain["origin"], load])
    pathlib.Path(folder, "demand.csv").write_text(demand + rows.getvalue(), encoding="utf-8")
    pathlib.Path(folder, "fleet.yaml").write_text(FLEET % names, encoding="utf-8")
    pathlib.Path(folder, "other.yaml").write_text(FLEET.replace("300 k USD", "330 k USD") % names, encoding="utf-8")


def same(a, b):
    """Cells of two formats; a text that a spreadsheet would run has an apostrophe in CSV."""
    a, b = "" if a is None else a, "" if b is None else b
    try:
        return close(a, b)
    except ValueError:
        return str(a).lstrip("'") == str(b).lstrip("'") or formats.re.sub(r"\\[ux][0-9a-f]+", "", str(b)) == formats.re.sub(r"[\n\u202e]", "", str(a).lstrip("'"))


def same_rows(name, rows, others):
    different = [(a, b) for a, b in zip(rows, others) if set(a) != set(b) or not all(same(a[k], b[k]) for k in a)]
    check(len(rows) == len(others) and rows and not different, "%s: %s" % (name, different[:1] or (len(rows), len(others))))


def json_rows(document, columns):
    return next(([dict(r) for r in rows] for rows in document.values() if isinstance(rows, list) and rows and set(rows[0]) == set(columns)), [])


def tables(program, name, command):
    out = {form: program.output(*command, "--format", form) for form in ("csv", "json", "jsonl", "html", "xlsx", "markdown", "table")}
    rows = list(csv.DictReader(io.StringIO(out["csv"].decode())))
    same_rows(name + ": JSONL differs from CSV", rows, [json.loads(line) for line in out["jsonl"].decode().splitlines()])
    same_rows(name + ": JSON differs from CSV", rows, json_rows(json.loads(out["json"]), rows[0]))
    book = workbook.Workbook(out["xlsx"])
    if name == "asks":
        sheets = list(dict.fromkeys(r["provider"] for r in rows))
        found = [dict(r, provider=s) for s, sheet in zip(sheets, [n for n in book.cells if n != "summary"]) for r in book.table(sheet)]
        check(len(book.cells) == 1 + len(sheets), "asks: a sheet for each provider: %s" % list(book.cells))
    else:
        found = book.table("data", stop=None)
    dates = lambda row: {k: v for k, v in row.items() if k not in ("order_by", "in_service")}  # dates are numbers there
    same_rows(name + ": XLSX differs from CSV", [dates(r) for r in rows], [dates(r) for r in found])
    page = formats.check_page(name, out["html"].decode())
    shown = [[[c[1] for c in row] for row in t["rows"]] + ([[c[1] for c in t["total"]]] if t["total"] else []) for t in page.tables]
    for table in formats.markdown_tables(out["markdown"].decode()):
        check(table in shown, "%s: no table of the page shows what Markdown does: %s" % (name, table[0]))
    return out, book, page


def harmless(name, out, book, page):
    for form in ("html", "markdown", "table", "jsonl", "json"):
        check("\u202e" not in out[form].decode(), "%s: %s carries a mark that turns the text" % (name, form))
    text = out["html"].decode()
    check("<script>alert" not in text and "onclick>" not in text, name + ": HTML runs a name")
    check(not formats.re.search(r"(?<!\\)<script>", out["markdown"].decode()), name + ": Markdown carries a tag")
    widths = [[len(formats.re.findall(r"(?<!\\)\|", line)) for line in block.strip().split("\n")] for block in formats.re.findall(r"(?:^\|.*\n)+", out["markdown"].decode(), formats.re.M)]
    check(all(len(set(w)) == 1 for w in widths), name + ": a name breaks a table of Markdown")
    for row in csv.reader(io.StringIO(out["csv"].decode())):
        for cell in row:
            number = formats.re.fullmatch(r"-?[\d.]+(?:e[+-]?\d+)?|-?inf|-?nan|-", cell)
            check(number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), "%s: a spreadsheet would run %r" % (name, cell))
    texts = [f for sheet in book.formulas.values() for f in sheet.values()]
    check(not any("HYPERLINK" in f or "A1" in f or "cmd" in f for f in texts), name + ": XLSX runs a name")
    if name == "asks":
        formats.in_browser("nasty asks", text, page)


def same_in_locales(program, folder):
    maker = shutil.which("localedef")
    path = pathlib.Path(folder, "locales")
    path.mkdir()
    made = [one for one in LOCALES if maker and subprocess.run([maker, "-i", one, "-f", "UTF-8", str(path / (one + ".UTF-8"))], capture_output=True).returncode in (0, 1) and (path / (one + ".UTF-8")).exists()]
    if len(made) < 10:
        skipped.append("locales: only %d of 10 can be made here" % len(made))
    for command in [*COMMANDS.values(), ["plan", "fleet.yaml"], ["tco", "fleet.yaml"], ["forecast", "fleet.yaml"], ["commitments", "fleet.yaml"]]:
        for form in ("table", "markdown", "csv", "json", "jsonl", "html", "xlsx"):
            first = program.output(*command, "--format", form)
            for one in made:
                run = subprocess.run([program.path, *command, "--format", form], cwd=program.folder, env={"LC_ALL": one + ".UTF-8", "LANG": one + ".UTF-8", "LOCPATH": str(path), "TZ": "UTC", "COLUMNS": "100"}, capture_output=True)
                check(run.stdout == first, "%s as %s differs in %s" % (command[0], form, one))


def series_names(program, folder):
    """Names of the series of a file are as harmless, in fans too."""
    names = [json.loads(name) for name in NASTY.values()]
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow(["series", "t", "value"])
    for name in names:
        writer.writerows([name, "2026-%02d-01" % month, 100 + 10 * month] for month in range(1, 13))
    pathlib.Path(folder, "series.csv").write_text(rows.getvalue(), encoding="utf-8")
    command = ["forecast", "series.csv", "--horizon", "3", "--methods", "naive"]
    out = {form: program.output(*command, "--format", form) for form in ("csv", "json", "jsonl", "html", "xlsx", "markdown", "table")}
    read = {row["series"] for row in json.loads(out["json"])["forecast"]}
    check(read == set(names), "forecast: JSON gives other names: %s" % sorted(read))
    harmless("forecast", out, workbook.Workbook(out["xlsx"]), formats.check_page("nasty series", out["html"].decode()))


def main(arguments):
    for names, kind in ((PLAIN, "plain"), (NASTY, "nasty")):
        with tempfile.TemporaryDirectory() as folder:
            program = formats.Program(arguments[arguments.index("--program") + 1], folder)
            write_fleet(folder, names)
            for name, command in COMMANDS.items():
                code, _, error = program(*command)
                check(code == 0, "%s %s ends with %d: %s" % (kind, name, code, error))
                if code == 0:
                    out, book, page = tables(program, name, command)
                    harmless(name, out, book, page)
            if kind == "plain":
                same_in_locales(program, folder)
            else:
                series_names(program, folder)
    return finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
