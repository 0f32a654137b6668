#!/usr/bin/env python3
"""Fails when a module includes a higher floor, when a public header shows a private library, or when a room gets too large."""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
FLOOR = dict(core=0, documents=1, optimize=1, catalog=2, scenario=3, forecast=4, capacity=4, allocate=4, tco=4, pipeline=5, report=6, cli=7)
PRIVATE = ("nlohmann/", "CLI/", "catch2/", "spdlog/", "yaml.h", "xlsxwriter.h", "interfaces/highs_c_api.h", "Eigen/")
ONLY = {"yaml.h": "scenario", "interfaces/highs_c_api.h": "optimize", "CLI/": "cli", "xlsxwriter.h": "report"}


def files(top):
    for folder, _, names in os.walk(os.path.join(ROOT, top)):
        for name in sorted(names):
            if name.endswith((".hpp", ".cpp")):
                yield os.path.join(folder, name)


def main():
    mistakes, checked = [], 0
    for path in list(files("include/tonnage")) + list(files("src")):
        relative = os.path.relpath(path, ROOT)
        public = relative.startswith("include")
        module = relative.split(os.sep)[2 if public else 1]
        text = open(path, encoding="utf-8").read()
        lines = text.count("\n")
        checked += 1
        if lines > (250 if public else 500):
            mistakes.append("%s has %d lines" % (relative, lines))
        for found in re.findall(r'#include [<"]([^>"]+)[>"]', text):
            if found.startswith("tonnage/"):
                other = found.split("/")[1]
                higher = FLOOR[other] > FLOOR[module]
                sideways = FLOOR[other] == FLOOR[module] and other != module
                if higher or sideways:
                    mistakes.append("%s (%s) includes %s" % (relative, module, found))
            if public and found.startswith(PRIVATE):
                mistakes.append("%s is public and includes %s" % (relative, found))
            for library, home in ONLY.items():
                if found.startswith(library) and module != home:
                    mistakes.append("%s includes %s, which only %s knows" % (relative, found, home))
    for mistake in mistakes:
        print(mistake)
    print("%d passed, %d failed" % (checked - len(mistakes), len(mistakes)))
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
