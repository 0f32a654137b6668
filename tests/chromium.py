"""Headless Chromium, driven over its debugging pipe: pages from disk, without a network, in light, dark and print, at any width."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


def installed():
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Chromium:
    """A browser with one page. Messages end with a zero byte, each way."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()
        command = [installed(), "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--host-resolver-rules=MAP * ~NOTFOUND", "--hide-scrollbars", "--force-color-profile=srgb",
                   "--user-data-dir=" + self.folder.name, "about:blank"]
        shell = 'exec 3<&%d 4>&%d; exec "$@"' % (to_read, to_write)
        self.process = subprocess.Popen(["bash", "-c", shell, "bash", *command], pass_fds=(to_read, to_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.buffer, self.number, self.events = b"", 0, []
        self.session = None
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def message(self, seconds):
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            if not select.select([self.back], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("Chromium does not answer")
            data = os.read(self.back, 1 << 20)
            if not data:
                raise OSError("Chromium has ended")
            self.buffer += data
        one, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.to, json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message(120)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise ValueError("%s: %s" % (method, answer["error"]))
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, event):
        while not any(one.get("method") == event for one in self.events):
            self.events.append(self.message(120))

    def open(self, address):
        """Opens a page and forgets what was said of the one before."""
        self.events = []
        self.call("Page.navigate", url=address)
        self.wait_for("Page.loadEventFired")

    def complaints(self):
        """What the console and the log got, and requests other than for the page itself."""
        out = []
        for one in self.events:
            parameters = one.get("params", {})
            if one.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
                out.append(json.dumps(parameters)[:300])
            if one.get("method") == "Network.requestWillBeSent" and not parameters["request"]["url"].startswith(("file:", "blob:", "data:")):
                out.append("asks for " + parameters["request"]["url"])
        return out

    def look(self, scheme="light", width=1280, height=900, media=""):
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def evaluate(self, script):
        """The value of an expression, or of the promise that it is."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise ValueError(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def photograph(self, path, whole=True, clip=None):
        parameters = {"format": "png", "captureBeyondViewport": whole}
        if whole and not clip:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        if clip:
            parameters["clip"] = clip
        data = base64.b64decode(self.call("Page.captureScreenshot", **parameters)["data"])
        with open(path, "wb") as file:
            file.write(data)
        return data

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
        except (OSError, TimeoutError, ValueError):
            self.process.kill()
        self.process.wait(20)
        os.close(self.to)
        os.close(self.back)
        try:
            self.folder.cleanup()
        except OSError:
            pass  # it writes for a moment more
