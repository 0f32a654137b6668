#!/usr/bin/env python3
"""Pages as a browser draws them: each chart is there, within its box, with words that can be read; nothing serious keeps anybody out.

    browser.py --program PATH [--axe axe.min.js] [--pictures FOLDER]

Every kind of page is opened from disk, without a network, in light and dark, wide and as a phone has it, and measured by tests/browser.js;
axe-core looks too where it is given. A chart that is taken out, cut off or painted over must be noticed. --pictures keeps the screenshots.
Without Chromium all of it is SKIPPED. Ends with 'N passed, N failed'; exit 1 on failure.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import chromium
from tally import check, finish, skipped

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Page: arguments, and the charts that it must have: the beginnings of their ids, and how many.
PAGES = {
    "plan": (["plan", "assistant/assistant.yaml"], {"demand-": 4, "fleet-": 3, "cost": 1, "waterfall": 1, "gantt": 1, "idle": 1, "flows": 1}),
    "startup": (["plan", "startup/startup.yaml"], {"demand-": 1, "fleet-": 2, "cost": 1, "waterfall": 1, "idle": 1, "flows": 1}),
    "adaptation": (["tco", "outgrowing/outgrowing.yaml", "--uncertainty", "--adapt", "--samples", "8"], {"tornado": 1}),
    "uncertainty": (["tco", "assistant/assistant.yaml", "--uncertainty", "--samples", "1024"], {"tornado": 1}),
    "diff": (["diff", "startup/startup.yaml", "OTHER"], {"bridge": 1}),
    "series": (["forecast", "assistant/chat.csv", "--horizon", "12", "--methods", "theta"], {"fan-": 2}),
    "forecast": (["forecast", "assistant/assistant.yaml"], {"demand-": 4}),
    "allocate": (["allocate", "startup/startup.yaml"], {}),
    "cost": (["tco", "startup/startup.yaml"], {}),
    "asks": (["asks", "startup/startup.yaml"], {}),
    "levers": (["levers", "startup/startup.yaml", "--only", "price"], {}),
    "commitments": (["commitments", "startup/startup.yaml"], {}),
    "sweep": (["sweep", "startup/startup.yaml", "--over", "policies.headroom=0,10%,20%"], {"sweep-": 1}),
    "check": (["check", "startup/startup.yaml"], {}),
    "catalog": (["catalog", "accelerators"], {}),
}
LOOKS = {"light": {}, "dark": {"scheme": "dark"}, "phone": {"width": 390, "height": 844}}
SERIOUS = ("serious", "critical")


def pages(program, folder):
    other = pathlib.Path(folder, "other.yaml")
    other.write_text((ROOT / "examples" / "startup" / "startup.yaml").read_text(encoding="utf-8").replace("150 requests/s", "210 requests/s").replace("55.04 USD/h", "49 USD/h"), encoding="utf-8")
    for name, (arguments, charts) in PAGES.items():
        arguments = [str(other) if one == "OTHER" else one for one in arguments]
        run = subprocess.run([program, *arguments, "--format", "html", "--quiet"], cwd=ROOT / "examples", capture_output=True, timeout=600)
        check(run.returncode in (0, 3), "%s ends with %d: %s" % (name, run.returncode, run.stderr.decode()[:300]))
        file = pathlib.Path(folder, name + ".html")
        file.write_bytes(run.stdout)
        yield name, file, charts


def measure(browser, name, look, charts):
    measured = browser.evaluate((ROOT / "tests" / "browser.js").read_text(encoding="utf-8"))
    check(not measured, "%s, %s: %s" % (name, look, measured[:6]))
    figures = browser.evaluate("Array.from(document.querySelectorAll('figure')).filter(f => f.querySelector('svg')).map(f => f.id.replace(/^figure-/, ''))")
    for chart, count in charts.items():
        found = [one for one in figures if one == chart or (chart.endswith("-") and one.startswith(chart))]
        check(len(found) == count, "%s, %s: %d charts %s, not %d, of %s" % (name, look, len(found), chart, count, figures))


def picture(browser, name, look, folder):
    """More than one colour where each chart is: it is painted, not only laid out."""
    for figure in browser.evaluate("Array.from(document.querySelectorAll('figure svg')).map(s => { const b = s.getBoundingClientRect(); return [s.closest('figure').id, b.left + scrollX, b.top + scrollY, b.width, b.height]; })"):
        clip = {"x": figure[1], "y": figure[2], "width": figure[3], "height": figure[4], "scale": 1}
        data = browser.photograph(os.path.join(folder, "chart.png"), clip=clip)
        check(len(data) > 1500, "%s, %s: %s is an empty picture of %d bytes" % (name, look, figure[0], len(data)))


def axe(browser, name, look, script):
    browser.evaluate(script + "; undefined")
    found = browser.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => [v.impact, v.id, v.nodes.length, v.nodes[0].html.slice(0, 160)]))")
    check(not [one for one in found if one[0] in SERIOUS], "%s, %s: axe: %s" % (name, look, found[:4]))


def noticed(browser, file):
    """What is spoilt on purpose is found."""
    script = (ROOT / "tests" / "browser.js").read_text(encoding="utf-8")
    spoil = {
        "a chart of no size": "document.querySelector('figure svg').style.display = 'none'",
        "words over words": "(t => { t[1].setAttribute('x', t[0].getAttribute('x')); t[1].setAttribute('y', t[0].getAttribute('y')); t[1].setAttribute('class', t[0].getAttribute('class') || ''); })(document.querySelectorAll('figure svg text'))",
        "words cut off": "document.querySelector('figure svg text').setAttribute('x', '-400')",
        "pale words": "document.querySelector('figure svg text').style.fill = '#dddddd'",
        "a pale paragraph": "document.querySelector('main p').style.color = '#cccccc'",
        "a bar outside": "document.querySelector('figure svg rect').setAttribute('x', '5000')",
        "a shape without a look": "document.querySelector('figure svg rect').setAttribute('class', 'nothing')",
        "a line without a look": "document.querySelector('#figure-demand-1 polyline').setAttribute('class', 'nothing')",
        "a button without a name": "document.querySelector('thead button').textContent = ''",
        "a skipped level": "document.querySelector('h2').outerHTML = '<h4>x</h4>'",
        "a chart without a name": "document.querySelector('figure svg').removeAttribute('aria-labelledby')",
        "a wide page": "document.body.style.minWidth = '5000px'",
        "a header without a scope": "document.querySelector('thead th').removeAttribute('scope')",
    }
    for name, change in spoil.items():
        browser.open(file.as_uri())
        browser.evaluate(change + "; undefined")
        check(browser.evaluate(script), "%s is not noticed" % name)


def main(arguments):
    program = os.path.abspath(arguments[arguments.index("--program") + 1])
    script = pathlib.Path(arguments[arguments.index("--axe") + 1]).read_text(encoding="utf-8") if "--axe" in arguments else None
    keep = arguments[arguments.index("--pictures") + 1] if "--pictures" in arguments else None
    if not chromium.installed():
        skipped.append("pages in Chromium, which is not installed")
        return finish()
    if script is None:
        skipped.append("axe-core, which was not given")
    browser = chromium.Chromium()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name, file, charts in pages(program, folder):
                for look, how in LOOKS.items():
                    browser.look(**how)
                    browser.open(file.as_uri())
                    measure(browser, name, look, charts)
                    picture(browser, name, look, folder)
                    if script:
                        axe(browser, name, look, script)
                    check(not browser.complaints(), "%s, %s: %s" % (name, look, browser.complaints()[:2]))
                    if keep:
                        browser.photograph(os.path.join(keep, "%s-%s.png" % (name, look)))
            browser.look()
            noticed(browser, pathlib.Path(folder, "plan.html"))
    finally:
        browser.close()
    return finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
