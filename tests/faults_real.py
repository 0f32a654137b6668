#!/usr/bin/env python3
"""The real program on the real system: killed while it writes, a full device, a closed pipe, folders that cannot be written.

Ends with 'N passed, N failed'; exit 1 on failure.
"""

import argparse
import json
import os
import pathlib
import pty
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20270101
KILLS = 40
NOBODY = 65534

SCENARIO = """tonnage: 1
name: tiny
horizon: {start: 2027-01-01, periods: 2, period: quarter}
blocks: {all: 2190 h}
outcomes: {base: 1}
regions: {west: {site: cloud, provider: acme}}
origins: {home: {west: 20 ms}}
pools:
  west-now: {region: west, node: h100x8, offer: on-demand, price: 50 USD/h}
  west-1y: {region: west, node: h100x8, offer: reserved, term: 1 year, price: 30 USD/h, limit: 2 nodes}
workloads:
  chat: {capacity: {h100x8: [{accelerators: 8, load: 10 requests/s, power: 8 kW}]}, demand: {table: demand.csv}}
checks: [cost <= 1 G USD]
"""
FILES = {
    "tiny.yaml": SCENARIO,
    "demand.csv": "period,block,outcome,workload,origin,requests_per_s\n1,all,base,chat,home,20\n2,all,base,chat,home,25\n",
    "history.csv": "time,value\n2026-01-01,7\n2026-01-02,7\n2026-01-03,7\n2026-01-04,7\n",
    "cases.csv": "case,model,accelerator,tensor_parallel,input_tokens,output_tokens,rate_per_s\na,llama-3.1-8b,h100-sxm,1,900,200,1\n",
}
FORMATS = ["table", "markdown", "csv", "json", "jsonl", "html", "xlsx"]
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "COLUMNS": "100"}


def commands():
    for command in ["plan", "check", "forecast", "curve", "allocate", "tco", "asks", "levers", "sweep --over policies.headroom=0,5%"]:
        for form in FORMATS:
            name, *more = command.split()
            yield [name, "tiny.yaml", *more, "--format", form]
    for form in ["junit", "sarif"]:
        yield ["check", "tiny.yaml", "--format", form]
    for form in FORMATS:
        yield ["diff", "tiny.yaml", "tiny.yaml", "--format", form]
        yield ["catalog", "offers", "--format", form]
        yield ["forecast", "history.csv", "--horizon", "2", "--format", form]
    yield ["explain", "tiny.yaml", "cost"]
    yield ["curve", "--model", "llama-3.1-8b", "--node", "h100x8", "--input", "900", "--output", "200"]
    yield ["curve", "--cases", "cases.csv"]
    for command in ["catalog", "schema", "schema --format markdown", "schema --explain pools.a.price", "completion bash",
                    "completion zsh", "completion fish", "man", "--version", "--help", "plan --help"]:
        yield command.split()


class Tests:
    def __init__(self, program):
        self.program = program
        self.passed = self.failed = 0
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tonnage-faults-"))
        for name, text in FILES.items():
            (self.folder / name).write_text(text)
        self.folder.chmod(0o755)

    def check(self, good, what):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}")

    def run(self, args, stdout=subprocess.PIPE, **options):
        return subprocess.run([self.program, *args], cwd=self.folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                              stdout=stdout, stderr=subprocess.PIPE, timeout=60, **options)

    def names(self):
        return {p.name for p in self.folder.iterdir()}


def killed(t):
    """kill -9 at any moment leaves the old file or the new one, whole, and nothing beside it.

    Between the naming of the new file and its renaming lies one moment in which it stands beside the old one under a
    fixed name; a kill that hits it leaves that file, whole, and the next run takes it away.
    """
    out = t.folder / "out.json"
    command = ["plan", "tiny.yaml", "-o", "out.json"]
    begin = time.monotonic()
    t.check(t.run(command).returncode == 0, "plan -o out.json")
    duration = time.monotonic() - begin
    new = out.read_bytes()
    json.loads(new)
    names = t.names()
    old = json.dumps({"old": "x" * 100_000}).encode()
    moments = random.Random(SEED)
    hit = 0
    for number in range(KILLS):
        out.write_bytes(old)
        # Most moments near the end, where the file is written.
        moment = duration * (moments.uniform(0, 1.2) if number % 2 else moments.uniform(0.7, 1.1))
        program = subprocess.Popen([t.program, *command], cwd=t.folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moment)
        program.kill()
        program.wait()
        hit += program.returncode == -signal.SIGKILL
        now = out.read_bytes()
        left = t.names() - names
        if left == {".out.json.tonnage-new"}:
            t.check((t.folder / ".out.json.tonnage-new").read_bytes() == new, f"killed after {moment:.4f} s: the file beside is not whole")
            t.run(command)
            left = t.names() - names
        t.check(now in (old, new) and not left, f"killed after {moment:.4f} s: {len(now)} bytes, left beside: {sorted(left)}")
    t.check(hit > 0, "no run was killed in time")
    out.unlink()


def interrupted(t):
    """Ctrl-C ends many plans with those that were made; a terminal sees how far they are, a pipe does not."""
    command = ["sweep", str(HERE.parent / "examples/startup/startup.yaml"), "--over", "pools.va-h100.price=50.1:149.9:0.1 USD/h", "--threads", "1", "--format", "json"]  # minutes
    try:
        screen, terminal = pty.openpty()
    except OSError:
        print("SKIPPED interrupt: no terminal is to be had here")
        return
    with tempfile.TemporaryFile() as out:
        program = subprocess.Popen([t.program, *command], cwd=t.folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=out, stderr=terminal)
        os.close(terminal)
        seen = b""
        while re.search(rb"planned [1-9]\d* of 999", seen) is None:
            seen += os.read(screen, 4096)
        program.send_signal(signal.SIGINT)
        program.wait()
        while select.select([screen], [], [], 0)[0]:
            try:
                seen += os.read(screen, 4096)
            except OSError:  # nothing is left, and nobody at the other end
                break
        os.close(screen)
        out.seek(0)
        rows = json.loads(out.read())["sweep"]
    made = [row for row in rows if row["status"] == "optimal"]
    t.check(program.returncode == 130, f"sweep, interrupted: exit {program.returncode}")
    t.check(len(rows) == 999 and 0 < len(made) < 999, f"sweep, interrupted: {len(made)} of {len(rows)} planned")
    t.check(all(row["status"] == "stopped" for row in rows if row not in made), "sweep, interrupted: a row that is neither planned nor stopped")
    t.check(re.search(rb"planned \d+ of 999", seen) is not None and seen.endswith(b"\r\x1b[Kstopped: what was planned so far was written\r\n"), f"sweep, interrupted: {seen[-300:]!r}")
    for moment in [1, 2, 4, 8, 16, 32]:  # before planning began it ends at once, as any program
        program = subprocess.Popen([t.program, *command], cwd=t.folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(moment)
        program.send_signal(signal.SIGINT)
        messages = program.stderr.read()
        if program.wait() != -signal.SIGINT or messages != b"":
            break
    t.check(program.returncode == 130 and messages == b"stopped: what was planned so far was written\n", f"sweep in a pipe, interrupted: exit {program.returncode}, {messages!r}")


def full_device(t):
    """A full disk is an error of every command and format, told in one line."""
    if not os.path.exists("/dev/full"):
        print("SKIPPED /dev/full is not here")
        return
    for command in commands():
        with open("/dev/full", "wb") as full:
            result = t.run(command, stdout=full)
        t.check(result.returncode == 1 and result.stderr == b"error [io]: cannot write standard output: No space left on device\n",
                f"{' '.join(command)} > /dev/full: exit {result.returncode}, {result.stderr!r}")
    for form in FORMATS:
        result = t.run(["plan", "tiny.yaml", "--format", form, "-o", "/dev/full"])
        t.check(result.returncode == 1 and result.stderr == b"error [io]: cannot write /dev/full: No space left on device\n",
                f"plan --format {form} -o /dev/full: exit {result.returncode}, {result.stderr!r}")


def closed_pipe(t):
    """A reader that has seen enough is no error."""
    for command in commands():
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            result = t.run(command, stdout=pipe)
        t.check(result.returncode == 0 and result.stderr == b"", f"{' '.join(command)} into a closed pipe: exit {result.returncode}, {result.stderr!r}")
        program = subprocess.Popen([t.program, *command], cwd=t.folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = program.stdout.readline()
        program.stdout.close()
        messages = program.stderr.read()
        t.check(program.wait() == 0 and messages == b"" and first != b"", f"{' '.join(command)} | head -1: exit {program.returncode}, {messages!r}")


def no_standard_output(t):
    """Started without a standard output: an error, and no other file is taken for it."""
    result = t.run(["plan", "tiny.yaml"], stdout=subprocess.DEVNULL, preexec_fn=lambda: os.close(1))
    t.check(result.returncode == 1 and result.stderr == b"error [io]: cannot write standard output: Bad file descriptor\n",
            f"plan >&-: exit {result.returncode}, {result.stderr!r}")
    out = t.folder / "out.json"
    t.check(t.run(["plan", "tiny.yaml", "-o", "out.json"], stdout=subprocess.DEVNULL, preexec_fn=lambda: os.close(1)).returncode == 0 and out.exists(),
            "plan -o out.json >&-")
    json.loads(out.read_text())
    out.unlink()


def bad_targets(t):
    """An output that cannot be written: exit 1, one line, and what was there stays."""
    (t.folder / "plans").mkdir()
    for target, reason in [("plans", "Is a directory"), ("nowhere/plan.json", "No such file or directory"), ("tiny.yaml/plan.json", "Not a directory")]:
        before = t.names()
        result = t.run(["plan", "tiny.yaml", "-o", target])
        t.check(result.returncode == 1 and result.stderr.decode() == f"error [io]: cannot write {target}: {reason}\n" and t.names() == before,
                f"plan -o {target}: exit {result.returncode}, {result.stderr!r}")
    os.rmdir(t.folder / "plans")


def read_only_folder(t):
    """A folder that may not be written: the old file stays. Root may write anywhere, so this is done as nobody."""
    folder = t.folder / "locked"
    folder.mkdir()
    old = b"the old file\n"
    (folder / "plan.json").write_bytes(old)
    (folder / "plan.json").chmod(0o644)
    folder.chmod(0o555)
    options = {}
    if os.geteuid() == 0:
        options = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        try:
            readable = t.run(["--version"], **options).returncode == 0
        except (PermissionError, OSError):
            readable = False
        if not readable:
            print("SKIPPED read-only folder: nobody may not run the program")
            shutil.rmtree(folder)
            return
    try:
        for target in ["locked/plan.json", "locked/new.json"]:
            result = t.run(["plan", "tiny.yaml", "-o", target], **options)
            t.check(result.returncode == 1 and result.stderr.decode() == f"error [io]: cannot write {target}: Permission denied\n",
                    f"plan -o {target} in a read-only folder: exit {result.returncode}, {result.stderr!r}")
        t.check((folder / "plan.json").read_bytes() == old and {p.name for p in folder.iterdir()} == {"plan.json"}, "the read-only folder changed")
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def input_that_may_not_be_read(t):
    """A file that may not be read is told at the place that names it."""
    table = t.folder / "demand.csv"
    table.chmod(0)
    options = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    try:
        result = t.run(["plan", "tiny.yaml"], **options)
        t.check(result.returncode == 2 and b"demand.csv: Permission denied\n  --> tiny.yaml:12:" in result.stderr, f"a table that may not be read: exit {result.returncode}, {result.stderr!r}")
    except (PermissionError, OSError):
        print("SKIPPED file that may not be read: nobody may not run the program")
    finally:
        table.chmod(0o644)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default=str(HERE.parent / "build/release/tonnage"))
    options = parser.parse_args()
    t = Tests(str(pathlib.Path(options.program).resolve()))
    try:
        for part in [killed, interrupted, full_device, closed_pipe, no_standard_output, bad_targets, read_only_folder, input_that_may_not_be_read]:
            part(t)
    finally:
        shutil.rmtree(t.folder, ignore_errors=True)
    print(f"{t.passed} passed, {t.failed} failed")
    return 1 if t.failed else 0


if __name__ == "__main__":
    sys.exit(main())
