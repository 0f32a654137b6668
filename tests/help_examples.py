#!/usr/bin/env python3
"""The examples that the help of a command shows do run, and the manual page has them too.

    help_examples.py --program PATH

Ends with 'N passed, N failed'; exit 1 on failure.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from tally import check, finish

ROOT = pathlib.Path(__file__).resolve().parent.parent
CASES = '''case,experiment,model,accelerator,tp,precision,engine,input_tokens,output_tokens,rate_per_s,ttft_mean_ms,tpot_mean_ms
low,a,llama-3.1-8b,h100-sxm,1,bf16,vllm,500,200,4,30,8.1
high,b,llama-3.1-8b,h100-sxm,1,bf16,vllm,500,200,20,41,11.6
'''
BENCH = '{"model_id": "meta-llama/Llama-3.1-8B-Instruct", "completed": 1000, "total_input_tokens": 512000, "total_output_tokens": 128000, "request_rate": 8.0, "burstiness": 1.0, "max_concurrency": null, "mean_ttft_ms": 33.5, "mean_tpot_ms": 8.9, "output_throughput": 1010.5}'
FILES = {
    "requests.csv": "time,value\n" + "".join("2026-%02d-%02d,%d\n" % (m, d, 100 + 3 * m + d % 7) for m in (7, 8, 9, 10) for d in range(1, 31)),
    "loadtests.csv": CASES,
    "bench.json": BENCH,
    "bill.csv": "item,nodes,hours,price,total\na,2,730,50,73000\nb,3,730,40,87600\n",
}


def main(arguments):
    program = pathlib.Path(arguments[arguments.index("--program") + 1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "examples" / "startup" / "startup.yaml", folder + "/fleet.yaml")
        for name, text in FILES.items():
            pathlib.Path(folder, name).write_text(text)
        os.symlink(program, folder + "/tonnage")
        environment = {"PATH": folder + ":/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "COLUMNS": "100"}

        def run(command):
            return subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=600)

        run("tonnage plan fleet.yaml --set pools.va-h100.price=60USD/h -o plan.json")
        manual = run("tonnage man").stdout.replace("\\-", "-").replace("\\\\", "\\")
        commands = re.findall(r"^  ([a-z]+) ", run("tonnage --help").stdout.split("Subcommands:")[1], re.M)
        for command in commands:
            shown = re.findall(r"^  (tonnage .*)$", run("tonnage %s --help" % command).stdout.split("Examples:")[-1], re.M)
            own = [e for e in shown if e.startswith("tonnage " + command)]
            check(len(own) >= 2 and all(e in manual for e in shown), "%s: two examples in help and manual page: %s" % (command, shown))
            for example in shown:
                before = set(os.listdir(folder))
                done = run(example)
                wrote = done.stdout or set(os.listdir(folder)) - before
                check(done.returncode == 0 and wrote, "%s: exit %d: %s" % (example, done.returncode, done.stderr[:400]))
    return finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
