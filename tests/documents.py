#!/usr/bin/env python3
"""Documents that show what the program prints must be true.

    documents.py --program PATH [--update]

Runs the sessions of README.md, docs/cookbook.md and docs/ci.md (in examples/) and of the puzzles (each in its folder), and makes docs/scenario.md and docs/tonnage.1 again; compares, or with --update rewrites. A session is a block ```console whose first line is `$ tonnage …` `$ printf …` or `$ cat …`; it runs in examples/. A block that begins with `$ ` and
another command is not run. With --update the shown output is replaced by the real one.
"""
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))


def session(program, block, folder):
    """The block with real output in place of the shown one."""
    out = []
    for line in block.split("\n"):
        if not line.startswith("$ "):
            continue
        out.append(line)
        environment = {"PATH": os.path.dirname(program) + ":/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "COLUMNS": "100"}
        run = subprocess.run(["bash", "-c", line[2:]], cwd=folder, env=environment, capture_output=True, text=True, timeout=900)
        out += (run.stdout + run.stderr).rstrip("\n").split("\n") if run.stdout or run.stderr else []
    return "\n".join(out)


MADE = {"docs/scenario.md": ["schema", "--format", "markdown"], "docs/tonnage.1": ["man"], "docs/columns.md": ["schema", "--tables"], "docs/outputs.md": ["schema", "--outputs", "--format", "markdown"]}


def columns(program):
    """Of every table of docs/columns.md: whether its example writes the columns that are listed. Returns mistakes and their number."""
    text = open(os.path.join(ROOT, "docs", "columns.md"), encoding="utf-8").read()
    sections = re.findall(r"^## (.*?)\n.*?```console\n\$ (.*?)\n```\n(.*?)(?=^## |\Z)", text, re.S | re.M)
    mistakes = []
    environment = {"PATH": os.path.dirname(program) + ":/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "PROGRAM": program}
    for title, command, table in sections:
        listed = re.findall(r"^\| `(.*?)` \|", table, re.M)
        several = {"FIELD": "[^,]+(?:,[^,]+)*", "PATH": "[^,]+(?:,[^,]+)*", "qLEVEL": r"q[0-9.]+(?:,q[0-9.]+)*"}
        pattern = ",".join(several.get(name, re.escape(name)) for name in listed)
        command = re.sub(r"\btonnage (?=[a-z])", '"$PROGRAM" ', command)
        run = subprocess.run(["bash", "-c", command], cwd=os.path.join(ROOT, "examples"), env=environment, capture_output=True, text=True, timeout=900)
        header = run.stdout.split("\n", 1)[0]
        if not re.fullmatch(pattern, header):
            mistakes.append("docs/columns.md, %s: %s is written, %s are listed; %s" % (title, header, ",".join(listed), run.stderr[:300]))
    return mistakes, len(sections)


def main(arguments):
    program = os.path.abspath(arguments[arguments.index("--program") + 1])
    update = "--update" in arguments
    passed = failed = 0
    for name, command in MADE.items():
        path = os.path.join(ROOT, name)
        real = subprocess.run([program] + command, capture_output=True, check=True).stdout
        if update:
            with open(path, "wb") as file:
                file.write(real)
        if os.path.exists(path) and open(path, "rb").read() == real:
            passed += 1
        else:
            failed += 1
            print("%s is not what 'tonnage %s' prints" % (name, " ".join(command)))
    mistakes, tables = columns(program)
    passed += tables - len(mistakes)
    failed += len(mistakes)
    print("\n".join(mistakes), end="\n" if mistakes else "")
    puzzles = sorted(glob.glob(os.path.join(ROOT, "examples", "puzzles", "*", "README.md")))
    for path in [os.path.join(ROOT, name) for name in ("README.md", "docs/cookbook.md", "docs/ci.md")] + puzzles:
        folder = os.path.dirname(path) if path in puzzles else os.path.join(ROOT, "examples")
        text = open(path, encoding="utf-8").read()

        def check(match):
            nonlocal passed, failed
            shown = match.group(1).rstrip("\n")
            if not shown.startswith(("$ tonnage", "$ printf", "$ cat")):
                return match.group(0)
            real = session(program, shown, folder)
            if real == shown:
                passed += 1
            elif update:
                passed += 1
                return "```console\n" + real + "\n```"
            else:
                failed += 1
                print("%s shows\n%s\n--- but the program prints\n%s\n" % (path, shown, real))
            return match.group(0)

        text = re.sub(r"```console\n(.*?)```", check, text, flags=re.S)
        if update:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
