"""One server and one browser for all tests, a fresh visitor for each, and no way out."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
# --no-sandbox: a browser started by root has none; the others keep pictures equal everywhere.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars")
PATIENCE_MS = 30_000


class Server(NamedTuple):
    url: str
    pid: int


@pytest.fixture(scope="session")
def server(chromium, tmp_path_factory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "log"
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "--server.address", "127.0.0.1", "--server.headless", "true"],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for_answer(f"{url}/_stcore/health", process, log)
        yield Server(url, process.pid)
    finally:
        process.terminate()
        process.wait(10)
    assert "Traceback" not in log.read_text(), log.read_text()[-3000:]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_answer(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.25)
        else:
            return
    raise AssertionError(f"the server did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no Chromium: none of {', '.join(NAMES)} is installed")
    playwright = pytest.importorskip("playwright.sync_api")
    playwright.expect.set_options(timeout=PATIENCE_MS)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, headless=True, args=[*ARGUMENTS])
        yield browser
        browser.close()


@pytest.fixture
def look() -> dict:
    """How the visitor's browser is set up; a test module may say otherwise."""
    return {}


@pytest.fixture
def page(chromium, server, look) -> Iterator:
    """A visitor who can reach this server only, and whose console stays free of errors."""
    settings = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **look}
    context = chromium.new_context(base_url=server.url, **settings)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    outside, errors = [], []

    def admit(route):
        if route.request.url.startswith((server.url, "data:", "blob:")):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    def note(message):
        # A deep link asks for two addresses that are not there: streamlit/streamlit#7074.
        place = (message.location or {}).get("url", "")
        if message.type == "error" and "/_stcore/" not in place:
            errors.append(f"{message.text} {place}")

    context.route("**/*", admit)
    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    exceptions = 0 if page.is_closed() else page.get_by_test_id("stException").count()
    context.close()
    assert (outside, errors, exceptions) == ([], [], 0)
