"""Reads an .xlsx with the standard library and calculates the few functions that Tonnage writes."""
import io
import math
import re
import xml.etree.ElementTree as ET
import zipfile
from decimal import Decimal, ROUND_HALF_UP

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
TOKEN = re.compile(r'\s*(?:(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?)|"(?P<text>[^"]*)"|(?P<call>[A-Z]+)\(|(?P<ref>(?:\w+!)?\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)|(?P<sign>[-+*/=(),]))')


def column_of(letters):
    value = 0
    for letter in letters:
        value = value * 26 + ord(letter) - 64
    return value


def place(reference):
    letters, digits = re.match(r"\$?([A-Z]+)\$?(\d+)$", reference).groups()
    return int(digits), column_of(letters)


def rounded(value, digits):
    """Half away from zero, as spreadsheets do it: on the shortest decimal text."""
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-int(digits)), rounding=ROUND_HALF_UP))


class Workbook:
    def __init__(self, data):
        self.archive = zipfile.ZipFile(io.BytesIO(data))
        assert self.archive.testzip() is None
        self.strings = []
        if "xl/sharedStrings.xml" in self.archive.namelist():
            for item in self.parse("xl/sharedStrings.xml"):
                self.strings.append("".join(t.text or "" for t in item.iter(MAIN + "t")))
        links = {r.get("Id"): r.get("Target") for r in self.parse("xl/_rels/workbook.xml.rels")}
        self.files, self.cells, self.formulas = {}, {}, {}
        for sheet in self.parse("xl/workbook.xml").iter(MAIN + "sheet"):
            name = sheet.get("name")
            self.files[name] = "xl/" + links[sheet.get(LINK)].lstrip("/").replace("xl/", "")
            self.cells[name], self.formulas[name] = self.read(self.files[name])
        self.known = {}

    def parse(self, name):
        return ET.fromstring(self.archive.read(name))

    def read(self, name):
        cells, formulas = {}, {}
        for cell in self.parse(name).iter(MAIN + "c"):
            at, value, formula = place(cell.get("r")), cell.find(MAIN + "v"), cell.find(MAIN + "f")
            if formula is not None:
                formulas[at] = formula.text
            if value is None or value.text is None:
                continue
            kind = cell.get("t")
            cells[at] = self.strings[int(value.text)] if kind == "s" else value.text if kind in ("str", "e") else float(value.text)
        return cells, formulas

    def set(self, sheet, at, value):
        self.cells[sheet][at] = value
        self.known = {}

    def value(self, sheet, at):
        """Calculated, never the value that was stored with a formula."""
        if at not in self.formulas[sheet]:
            return self.cells[sheet].get(at)
        key = (sheet, at)
        if key not in self.known:
            self.known[key] = Formula(self, sheet, self.formulas[sheet][at]).result()
        return self.known[key]

    def table(self, sheet, row=1, stop="total"):
        """Rows below a row of heads, up to the first one that is empty or begins with `stop`: a list of dictionaries."""
        heads = {c: v for (r, c), v in self.cells[sheet].items() if r == row}
        out = []
        while True:
            row += 1
            first = self.value(sheet, (row, 1))
            if (stop is not None and first == stop) or all(self.value(sheet, (row, c)) is None for c in heads):
                return out
            out.append({name: self.value(sheet, (row, c)) for c, name in heads.items()})


class Formula:
    def __init__(self, book, sheet, text):
        self.book, self.sheet = book, sheet
        self.tokens, at = [], 0
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise ValueError("cannot read formula " + text)
            self.tokens.append((found.lastgroup, found.group(found.lastgroup)))
            at = found.end()
        self.at = 0

    def result(self):
        value = self.comparison()
        assert self.at == len(self.tokens)
        return value

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else (None, None)

    def comparison(self):
        value = self.total()
        if self.peek() == ("sign", "="):
            self.at += 1
            return value == self.total()
        return value

    def total(self):
        value = self.product()
        while self.peek() in (("sign", "+"), ("sign", "-")):
            sign = 1 if self.peek()[1] == "+" else -1
            self.at += 1
            value += sign * self.product()
        return value

    def product(self):
        value = self.factor()
        while self.peek() in (("sign", "*"), ("sign", "/")):
            times = self.peek()[1] == "*"
            self.at += 1
            other = self.factor()
            value = value * other if times else value / other if other else math.nan
        return value

    def factor(self):
        kind, text = self.tokens[self.at]
        self.at += 1
        if (kind, text) == ("sign", "-"):
            return -self.factor()
        if (kind, text) == ("sign", "("):
            value = self.comparison()
            assert self.peek() == ("sign", ")")
            self.at += 1
            return value
        if kind == "number":
            return float(text)
        if kind == "text":
            return text
        if kind == "ref":
            return self.reference(text)
        assert kind == "call", text
        arguments = []
        while self.peek() != ("sign", ")"):
            arguments.append(self.comparison())
            if self.peek() == ("sign", ","):
                self.at += 1
        self.at += 1
        return {"SUM": self.sum, "PRODUCT": self.product_of, "ROUND": self.round, "SUMIFS": self.sumifs, "POWER": lambda a: a[0] ** a[1], "IF": lambda a: a[1] if a[0] else a[2]}[text](arguments)

    def reference(self, text):
        sheet, cells = text.split("!") if "!" in text else (self.sheet, text)
        if ":" not in cells:
            return self.book.value(sheet, place(cells))
        (top, left), (bottom, right) = (place(c) for c in cells.split(":"))
        return [self.book.value(sheet, (r, c)) for r in range(top, bottom + 1) for c in range(left, right + 1)]

    @staticmethod
    def flat(arguments):
        for one in arguments:
            for value in one if isinstance(one, list) else [one]:
                if isinstance(value, float):
                    yield value

    def sum(self, arguments):
        return math.fsum(self.flat(arguments))

    def product_of(self, arguments):
        value = 1.0
        for one in self.flat(arguments):
            value *= one
        return value

    def round(self, arguments):
        return rounded(*arguments)

    def sumifs(self, arguments):
        values, tests = arguments[0], list(zip(arguments[1::2], arguments[2::2]))
        return math.fsum(v for i, v in enumerate(values) if isinstance(v, float) and all(cells[i] == wanted for cells, wanted in tests))
