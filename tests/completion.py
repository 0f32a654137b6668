#!/usr/bin/env python3
"""Completion in the shells themselves: keys go to an interactive bash, zsh and fish, what they make of the line is read back.

    completion.py --program PATH

A shell that is not installed is SKIPPED. Ends with 'N passed, N failed'; exit 1 on failure.
"""
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

from tally import check, finish, skipped

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCENARIO = """tonnage: 1
name: small
horizon: {start: 2027-01-01, periods: 2, period: quarter}
blocks: {all: 2190 h}
outcomes: {base: 1}
regions: {west: {site: cloud, provider: acme}, east: {site: cloud, provider: bolt}}
origins: {home: {west: 20 ms, east: 30 ms}}
pools:
  rented: {region: west, node: h100x8, offer: on-demand, price: 50 USD/h}
  "a $(touch ran) pool": {region: east, node: h100x8, offer: on-demand, price: 60 USD/h}
workloads:
  chat: {capacity: {h100x8: [{accelerators: 8, load: 10 requests/s, power: 8 kW}]}, demand: {constant: 20 requests/s}}
"""
# What is typed before the tabulator, and the words that the command then has (after its name).
LINES = [
    ("catalog acc", ["catalog", "accelerators"]),
    ("catalog accelerators h100-s", ["catalog", "accelerators", "h100-sxm"]),
    ("catalog nodes h100-p", ["catalog", "nodes", "h100-pciex8"]),
    ("plan sma", ["plan", "small.yaml"]),
    ("plan small.yaml --set pools.ren", ["plan", "small.yaml", "--set", "pools.rented."]),
    ("plan small.yaml --set pools.rented.pri", ["plan", "small.yaml", "--set", "pools.rented.price="]),
    ("plan small.yaml --set pools.rented.offer=res", ["plan", "small.yaml", "--set", "pools.rented.offer=reserved"]),
    ("plan small.yaml --set pools.rented.region=ea", ["plan", "small.yaml", "--set", "pools.rented.region=east"]),
    ("plan small.yaml --set=policies.hea", ["plan", "small.yaml", "--set=policies.headroom="]),
    ("plan small.yaml --alternatives least:rent", ["plan", "small.yaml", "--alternatives", "least:rented"]),
    ("plan small.yaml --alternatives least:bo", ["plan", "small.yaml", "--alternatives", "least:bolt"]),
    ("plan small.yaml --alternatives least:a", ["plan", "small.yaml", "--alternatives", "least:a"]),  # acme, and a pool: nothing is decided
    ("explain small.yaml cost[2027-Q2,rent", ["explain", "small.yaml", "cost[2027-Q2,rented]"]),
    ("tco small.yaml --by period,wor", ["tco", "small.yaml", "--by", "period,workload"]),
    ("curve --model mixtral-8x2", ["curve", "--model", "mixtral-8x22b"]),
    ("plan small.yaml --overlay sma", ["plan", "small.yaml", "--overlay", "small.yaml"]),
    ("plan small.yaml --quie", ["plan", "small.yaml", "--quiet"]),
    ("schema --outputs fore", ["schema", "--outputs", "forecast"]),
]


class Shell:
    """An interactive shell on a terminal of its own."""

    def __init__(self, arguments, folder, program):
        self.pid, self.leader = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            environment = {"PATH": folder + "/bin:" + os.environ["PATH"], "HOME": folder, "TERM": "dumb", "LC_ALL": "C.UTF-8", "PS1": "$ ", "HISTFILE": ""}
            os.execvpe(arguments[0], arguments, environment)
        self.text = ""

    def read(self, until, seconds=20):
        """What comes until the mark; all that came when it does not."""
        end = time.monotonic() + seconds
        found = ""
        while until not in found and time.monotonic() < end:
            if select.select([self.leader], [], [], 0.2)[0]:
                try:
                    found += os.read(self.leader, 65536).decode(errors="replace")
                except OSError:
                    break
        return found

    def line(self, keys, mark):
        """Sends a line that prints the mark in two parts, and reads until it has run."""
        os.write(self.leader, (keys + "; echo '%s''%s'\n" % (mark[:2], mark[2:])).encode())
        return self.read(mark)

    def close(self):
        os.close(self.leader)
        try:
            os.kill(self.pid, 9)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)


def words_in(text):
    """<a><b> as the shell's function prints its arguments."""
    found = re.findall(r"=>((?:<[^>]*>)+)\r?\n", text)
    return re.findall(r"<([^>]*)>", found[-1]) if found else None


def typed(shell, before):
    """The words of the line after a tabulator, as the shell's own function is called with them."""
    os.write(shell.leader, before.encode() + b"\t")
    shell.read("\0", 0.8)  # it answers in its own time: there is no mark to wait for
    os.write(shell.leader, b"\n")
    end, out = time.monotonic() + 5, ""
    while words_in(out) is None and time.monotonic() < end:
        out += shell.read(">\r\n", 0.3)
    return words_in(out)


BASH = """source <(command tonnage completion bash)
tonnage() { printf '=>'; printf '<%s>' "$@"; printf '\\n'; }"""
ZSH = """unsetopt zle_bracketed_paste nomatch; autoload -Uz compinit; compinit -u -D
source <(command tonnage completion zsh)
tonnage() { printf '=>'; printf '<%s>' "$@"; printf '\\n'; }"""


def interactive(name, arguments, setup, folder, program):
    if not shutil.which(name):
        skipped.append("completion in %s, which is not installed" % name)
        return
    shell = Shell(arguments, folder, program)
    try:
        for line in setup.split("\n"):
            shell.line(line, "READY")
        for before, words in LINES:
            before = before.replace("[", "\\[") if name == "zsh" else before  # as zsh itself completes it; a bare one begins a pattern there
            for attempt in range(3):  # a loaded machine may not answer a key in time; a wrong answer stays wrong
                found = typed(shell, "tonnage " + before)
                if found == words:
                    break
            check(found == words, "%s: %r and a tabulator give %s, not %s" % (name, before, found, words))
    finally:
        shell.close()


def fish(folder):
    """fish tells what a line may become without keys."""
    if not shutil.which("fish"):
        skipped.append("completion in fish, which is not installed")
        return
    environment = dict(os.environ, PATH=folder + "/bin:" + os.environ["PATH"], HOME=folder, LC_ALL="C.UTF-8")
    for before, words in LINES:
        script = 'tonnage completion fish | source; complete -C "tonnage %s"' % before
        run = subprocess.run(["fish", "--no-config", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
        found = [line.split("\t")[0] for line in run.stdout.splitlines()]
        if words[-1] == before.split(" ")[-1]:
            check(len(found) > 1, "fish: %r gives %s" % (before, found))
        else:
            check(found == [words[-1]], "fish: %r gives %s, not %s; %s" % (before, found, words[-1], run.stderr[:200]))


def main(arguments):
    program = os.path.abspath(arguments[arguments.index("--program") + 1])
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(folder + "/bin")
        os.symlink(program, folder + "/bin/tonnage")
        pathlib.Path(folder, "small.yaml").write_text(SCENARIO, encoding="utf-8")
        interactive("bash", ["bash", "--norc", "--noprofile", "-i"], BASH, folder, program)
        interactive("zsh", ["zsh", "-f", "-i"], ZSH, folder, program)
        fish(folder)
        check(not os.path.exists(folder + "/ran"), "a name of the scenario was run by a shell")
    return finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
