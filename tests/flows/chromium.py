"""Debian's Chromium without a window, driven over its DevTools protocol; and a server that sends ranges of files."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome")
START, ANSWER = 60, 60  # seconds


def find_chromium() -> str | None:
    """The browser's program, where one is installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass
class Page:
    """One open page: evaluates scripts, takes screenshots."""

    line: ClientConnection
    size: tuple[int, int]
    count: int = 0
    said: list[str] = field(default_factory=list)  # errors that the page wrote to its console

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self.count += 1
        self.line.send(json.dumps({"id": self.count, "method": method, "params": params}))
        while True:
            answer = json.loads(self.line.recv(timeout=ANSWER))
            if answer.get("method") == "Runtime.exceptionThrown":
                self.said.append(json.dumps(answer["params"]))
            if answer.get("id") == self.count:
                assert "error" not in answer, answer
                found: dict[str, Any] = answer["result"]
                return found

    def run(self, script: str) -> Any:
        """The value of an expression; one that promises a value is waited for."""
        found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)
        end = time.monotonic() + ANSWER
        while self.run("document.readyState") != "complete" or self.run("location.href") != address:
            assert time.monotonic() < end, f"{address} does not load"
            time.sleep(0.05)

    def screenshot(self) -> np.ndarray:
        """What the window shows: height x width x 3, uint8."""
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@contextmanager
def open_page(program: str, folder: Path, width: int, height: int) -> Iterator[Page]:
    """A browser with a profile of its own and one empty page of that size; it is gone afterwards."""
    options = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars"]
    options += ["--autoplay-policy=no-user-gesture-required", "--mute-audio", "--force-device-scale-factor=1"]
    options += ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [program, *options, f"--user-data-dir={folder}", "--remote-debugging-port=0", "about:blank"]
    with (folder.parent / "chromium.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder.parent)})
    try:
        with connect(_page_address(folder, process), max_size=None) as line:
            page = Page(line, (width, height))
            page.call("Page.enable")
            page.call("Runtime.enable")
            page.call(
                "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
            )
            yield page
    finally:
        process.terminate()
        process.wait(timeout=30)


def _page_address(folder: Path, process: subprocess.Popen[bytes]) -> str:
    import httpx

    end, written = time.monotonic() + START, folder / "DevToolsActivePort"
    while not (written.exists() and written.read_text().count("\n")):
        assert process.poll() is None, "the browser ended"
        assert time.monotonic() < end, "the browser does not start"
        time.sleep(0.05)
    port = written.read_text().splitlines()[0]
    pages = httpx.get(f"http://127.0.0.1:{port}/json/list", trust_env=False).json()
    address: str = next(each["webSocketDebuggerUrl"] for each in pages if each["type"] == "page")
    return address


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """The files of a folder over HTTP, whole or in ranges; gives the address."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles

    app = Starlette(routes=[Mount("/", StaticFiles(directory=folder))])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        end = time.monotonic() + START
        while not server.started:
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)
