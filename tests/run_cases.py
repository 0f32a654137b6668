#!/usr/bin/env python3
"""Runs test cases, each a file FOLDER/**/NAME.test that holds inputs, commands and what must come out.

    A power in the wrong unit: energy in place of power.
    === file: bad.yaml
    tonnage: 1
    ...
    === run: check bad.yaml
    === exit: 2
    === stdout:
    === stderr:
    error [unknown-unit]: ...

The first lines say what the case is about. Sections begin with '=== NAME: ARGUMENT' and hold the lines up to the next one:

    file: PATH      an input file, as it stands here
    bytes: PATH     an input file from a Python expression: bytes, text, or anything that yields them piece by piece;
                    'sparse(text, size)' is a file of that size that begins with the text
    stdin:          standard input as text; 'stdin: bytes' for an expression
    folder: PATH    an empty folder
    link: PATH      a symbolic link to the one line below
    run: ARGS       'tonnage ARGS', quoted as in a shell, NAME=VALUE before it for the environment; what follows is about this
                    run. A case may have several runs
    exit: N         the exit code (default 0)
    stdout:         exact text; 'stdout: any' for whatever it is
    stderr:         the same
    made: PATH      exact text of a file after the run; 'made: PATH any' when it must only be there
    absent: PATH    a file that must not be there after the run

Expected text shows control characters other than the line feed by their pictures (U+2400 and on), so that a case can be read
and an escape character cannot hide. Each case runs in a folder of its own with LC_ALL=C, TZ=UTC and COLUMNS=100 alone in the
environment, under limits of memory and time: a bad input must not make the program large or slow.
"""

import argparse
import csv
import difflib
import os
import pathlib
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
MEMORY_BYTES = 1 << 30
TIME_S = 20
NO_NEWLINE = "\\ no newline at the end\n"
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "COLUMNS": "100"}


class Section:
    def __init__(self, name, argument, line):
        self.name, self.argument, self.line = name, argument, line
        self.text = ""

    def written(self):
        return f"=== {self.name}:{' ' + self.argument if self.argument else ''}\n{self.text}"


class Case:
    """The head and the sections of a file, in order."""

    known = {"file", "bytes", "stdin", "folder", "link", "run", "exit", "stdout", "stderr", "made", "absent"}

    def __init__(self, path):
        self.path = path
        self.head = ""
        self.sections = []
        for number, line in enumerate(read(path).splitlines_keeping()):
            if line.startswith("=== "):
                name, colon, argument = line[4:].rstrip("\n").partition(":")
                if not colon or name not in self.known:
                    raise SystemExit(f"{path}:{number + 1}: unknown section '{name}'")
                self.sections.append(Section(name, argument.strip(), number + 1))
            elif self.sections:
                self.sections[-1].text += line
            else:
                self.head += line
        if not any(s.name == "run" for s in self.sections):
            raise SystemExit(f"{path}: no 'run' section")

    def inputs(self):
        first = next(i for i, s in enumerate(self.sections) if s.name == "run")
        return [s for s in self.sections[:first] if s.name in ("file", "bytes", "folder", "link")]

    def runs(self):
        """Each run section with the sections about it. Standard input stands before its run."""
        out, stdin = [], None
        for section in self.sections:
            if section.name == "stdin":
                stdin = section
            elif section.name == "run":
                out.append((section, stdin, []))
                stdin = None
            elif out:
                out[-1][2].append(section)
        return out

    def save(self):
        self.path.write_bytes((self.head + "".join(s.written() for s in self.sections)).encode("utf-8", "surrogateescape"))


class Text(str):
    """Lines end at the line feed alone: a carriage return is content."""

    def splitlines_keeping(self):
        return re.findall(r"[^\n]*\n|[^\n]+$", self)


def read(path):
    return Text(path.read_bytes().decode("utf-8", "surrogateescape"))


def sparse(text, size):
    """Stands for a file of `size` bytes that begins with `text`; what follows are holes, read as NUL."""
    return ("sparse", text.encode(), size)


def pieces(expression, where):
    try:
        value = eval(expression, {"sparse": sparse})  # the cases are part of the project
    except Exception as problem:
        raise SystemExit(f"{where}: {problem}")
    if isinstance(value, (str, bytes)):
        value = [value]
    return value if isinstance(value, tuple) else (p.encode() if isinstance(p, str) else p for p in value)


def write_input(folder, section, where):
    path = folder / section.argument
    path.parent.mkdir(parents=True, exist_ok=True)
    if section.name == "folder":
        path.mkdir(exist_ok=True)
    elif section.name == "link":
        path.symlink_to(section.text.strip())
    elif section.name == "file":
        path.write_bytes(section.text.encode("utf-8", "surrogateescape"))
    else:
        content = pieces(section.text.strip(), where)
        with open(path, "wb") as out:
            if isinstance(content, tuple):
                out.write(content[1])
                out.truncate(content[2])
            else:
                for piece in content:
                    out.write(piece)


def feed(pipe, content):
    """Writes standard input until it ends or the program has read enough."""
    try:
        with pipe:
            for piece in content:
                pipe.write(piece)
    except BrokenPipeError:
        pass


def shown(data):
    """Output as a case holds it."""
    text = "".join(chr(0x2400 + ord(c)) if c < " " and c != "\n" else "\u2421" if c == "\x7f" else c
                   for c in data.decode("utf-8", "surrogateescape"))
    return text if not text or text.endswith("\n") else text + "\n" + NO_NEWLINE


def call(options, folder, run, stdin, where):
    def limit():
        if options.memory_limit:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    environment = dict(ENVIRONMENT)
    environment.update((name, value) for name, value in os.environ.items() if name.endswith("SAN_OPTIONS"))
    words = shlex.split(run.argument)
    while words and re.match(r"[A-Z_]+=", words[0]):
        name, value = words.pop(0).split("=", 1)
        environment[name] = value
    program = subprocess.Popen([options.program, *words], cwd=folder, env=environment, preexec_fn=limit,
                               stdin=subprocess.PIPE if stdin else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if stdin:
        content = pieces(stdin.text.strip(), where) if stdin.argument == "bytes" else [stdin.text.encode("utf-8", "surrogateescape")]
        pipe, program.stdin = program.stdin, None
        threading.Thread(target=feed, args=(pipe, content), daemon=True).start()
    try:
        out, err = program.communicate(timeout=options.time_limit)
        return program.returncode, shown(out), shown(err)
    except subprocess.TimeoutExpired:
        program.kill()
        out, err = program.communicate()
        return f"stopped after {options.time_limit} s", shown(out), shown(err)


def difference(what, expected, actual):
    return "".join(difflib.unified_diff(expected.splitlines(True), actual.splitlines(True), f"{what}, expected", f"{what}, actual"))


def compare_run(folder, expectations, code, out, err, run, case, update):
    """The differences of one run as text; with `update` they become what is expected."""
    given = {s.name: s for s in expectations if s.name in ("exit", "stdout", "stderr")}
    problems = ""
    at = case.sections.index(run) + 1
    actual = {"exit": str(code), "stdout": out, "stderr": err}
    for name in ("exit", "stdout", "stderr"):
        section = given.get(name)
        if section is None:
            section = Section(name, "0" if name == "exit" else "", 0)
            if update and actual[name]:
                case.sections.insert(at, section)
        at = case.sections.index(section) + 1 if section in case.sections else at
        expected = section.argument if name == "exit" else section.text
        if section.argument == "any" or expected == actual[name]:
            continue
        if name == "exit":
            problems += f"exit code {code}, expected {expected}\n"
        else:
            problems += difference(name, expected, actual[name])
        if update and not str(code).startswith("stopped"):
            if name == "exit":
                section.argument = actual[name]
            else:
                section.text = actual[name]
    for section in expectations:
        if section.name == "absent" and (folder / section.argument).exists():
            problems += f"'{section.argument}' is there and must not be\n"
        if section.name == "made":
            name, _, any_form = section.argument.partition(" ")
            path = folder / name
            made = shown(path.read_bytes()) if path.is_file() else None
            if made is None:
                problems += f"'{name}' was not made\n"
            elif any_form != "any" and made != section.text:
                problems += difference(name, section.text, made)
                if update:
                    section.text = made
    return problems


def run_case(path, options):
    """Empty when the case holds, else what is wrong."""
    case = Case(path)
    problems = ""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tonnage-case-"))
    try:
        for section in case.inputs():
            write_input(folder, section, f"{path}:{section.line}")
        for run, stdin, expectations in case.runs():
            code, out, err = call(options, folder, run, stdin, f"{path}:{run.line}")
            wrong = compare_run(folder, expectations, code, out, err, run, case, options.update)
            if wrong:
                problems += f"$ tonnage {run.argument}\n{wrong}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.update and problems:
        case.save()
    return problems


# ---- the gallery of messages ----

GALLERY_HEAD = """<!-- Made by: python3 tests/run_cases.py --gallery docs/errors.md tests/bad -->
# Messages

Every error and warning of Tonnage has a code, in brackets. Here each is shown once: an input that draws it, the command, and what
the program says. All mistakes of all files are reported in one run, in the order of the files; errors come before warnings.
Nothing is written when there is an error. `tonnage explain CODE` prints what stands here about a code.

"""
MEANINGS = HERE.parent / "docs/messages.csv"
# The catalogue is compiled in and checked by the tests of the catalogue: no input draws its codes.
SHIPPED_DATA = "catalog-"
# Nor these: a mistake of the program itself, and a machine without memory.
NO_INPUT = {"internal", "memory", "solver"}
MESSAGE = re.compile(r"^(error|warning) \[([a-z0-9-]+)\]", re.M)


def codes_of_source():
    """Codes as they stand in the source: the first text of a call that reports."""
    call_with_code = re.compile(r'\b(?:error|warning|fail|refuse)\(\s*(?:\w+(?:\.\w+)*,\s*)?"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)"\s*,')
    codes = set()
    for path in sorted((HERE.parent / "src").rglob("*.cpp")):
        text = path.read_text()
        codes.update(call_with_code.findall(text))
        codes.update(code for _, code in re.findall(r'"(error|warning) \[([a-z-]+)\]', text))
    return {code for code in codes - NO_INPUT if not code.startswith(SHIPPED_DATA)}


def meanings_of_codes():
    with open(MEANINGS, newline="") as file:
        return {row["code"]: f"{row['meaning']} {row['remedy']}" for row in csv.DictReader(file)}


def one_input(section):
    if section.name == "folder":
        return f"`{section.argument}` is a folder.\n\n"
    if section.name == "link":
        return f"`{section.argument}` is a symbolic link to `{section.text.strip()}`.\n\n"
    name = section.argument if section.name in ("file", "bytes") else "standard input"
    python = section.name == "bytes" or section.argument == "bytes"
    kind = "python" if python else "csv" if name.endswith(".csv") else "yaml"
    made = ", made by the expression" if python else ""
    return f"`{name}`{made}\n\n```{kind}\n{section.text}```\n\n"


def gallery_entry(code, meaning, severity, case, runs):
    run, stdin, expectations = runs
    err = next((s.text for s in expectations if s.name == "stderr"), "")
    exit_code = next((s.argument for s in expectations if s.name == "exit"), "0")
    text = f"## {code}\n\n{severity.capitalize()}. {meaning}\n\nFor example: {' '.join(case.head.split())}\n\n"
    for section in case.inputs() + ([stdin] if stdin else []):
        text += one_input(section)
    return text + f"```console\n$ tonnage {run.argument}\n{err}```\n\nExit code {exit_code}.\n\n"


def gallery(paths):
    """The page, from cases that hold; and what is missing: codes that no case shows, or without a meaning."""
    best = {}
    for path in paths:
        case = Case(path)
        for run in case.runs():
            stderr = next((s.text for s in run[2] if s.name == "stderr"), "")
            for severity, code in MESSAGE.findall(stderr):
                # The shortest case is the clearest; one that shows this code alone is clearer still.
                cost = (len(set(MESSAGE.findall(stderr))), sum(len(s.text) for s in case.inputs()) + len(stderr), str(path))
                if code not in best or cost < best[code][0]:
                    best[code] = (cost, severity, case, run)
    meanings = meanings_of_codes()
    codes = sorted(set(best) | NO_INPUT)
    page = GALLERY_HEAD + "".join(f"- [{code}](#{code})\n" for code in codes) + "\n"
    for code in codes:
        meaning = meanings.pop(code, "")
        if code in best:
            _, severity, case, run = best[code]
            page += gallery_entry(code, meaning, severity, case, run)
        else:
            page += f"## {code}\n\nError. {meaning}\n\n"
    missing = [f"code '{code}' is in the source, but no case shows it" for code in sorted(codes_of_source() - set(best))]
    missing += [f"code '{code}' has no meaning in {MEANINGS.name}" for code in codes if f"## {code}\n\nError. \n" in page or f"## {code}\n\nWarning. \n" in page]
    missing += [f"code '{code}' of {MEANINGS.name} is none of the program's" for code in sorted(meanings)]
    return page.rstrip("\n") + "\n", missing


def write_gallery(options, paths):
    page, missing = gallery(paths)
    for message in missing:
        print(message, file=sys.stderr)
    target = pathlib.Path(options.gallery)
    if options.check:
        if not target.exists() or target.read_text() != page:
            print(f"{target} is not what the cases say; make it anew without --check", file=sys.stderr)
            return False
    else:
        target.write_text(page)
    return not missing


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="+", metavar="FOLDER|FILE")
    parser.add_argument("--program", default=str(HERE.parent / "build/release/tonnage"))
    parser.add_argument("--update", action="store_true", help="write what comes out into the cases; read the difference before you keep it")
    parser.add_argument("--no-memory-limit", dest="memory_limit", action="store_false", help="for programs built with sanitizers, which reserve terabytes")
    parser.add_argument("--time-limit", type=float, default=TIME_S, metavar="SECONDS")
    parser.add_argument("--gallery", metavar="FILE", help="write the page of all messages from the cases, when all of them hold")
    parser.add_argument("--check", action="store_true", help="with --gallery: compare only")
    options = parser.parse_args()
    options.program = str(pathlib.Path(options.program).resolve())
    paths = []
    for given in map(pathlib.Path, options.paths):
        if not given.exists():
            raise SystemExit(f"there is no '{given}'")
        paths += sorted(given.rglob("*.test")) if given.is_dir() else [given]
    failed = 0
    for path in paths:
        problems = run_case(path, options)
        if problems:
            failed += 1
            print(f"{'UPDATED' if options.update else 'FAILED'} {path}\n{problems}")
    good = True
    if options.gallery and (failed == 0 or options.update):
        good = write_gallery(options, paths)
    print(f"{len(paths) - failed} passed, {failed} failed")
    return 1 if (failed and not options.update) or not good else 0


if __name__ == "__main__":
    sys.exit(main())
