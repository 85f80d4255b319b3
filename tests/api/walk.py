"""A technician's whole task on the pages, in a real browser at a real server."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(
    folder: Path,
    *options: str,
    place: Path | str = "",
    seconds: float = 120,
    program: Sequence[str] = ("-m", "api.command"),
):
    """`sparewise serve` in a process of its own; yields its address and the process."""
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if place:
        environment["SPAREWISE_DATABASE_URL"] = str(place)
    words = [sys.executable, *program, "serve", "--port", str(port), *options]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(words, cwd=folder, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process, time.monotonic() + seconds)
        yield address, process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(address: str, process: subprocess.Popen, until: float) -> None:
    while True:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=1):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.1)


def needs_chromium() -> None:
    """Skips where no browser is installed; CI must have one."""
    if Path(CHROMIUM).exists() or shutil.which("chromium"):
        return
    if os.environ.get("CI") == "true":
        pytest.fail("Chromium is missing, which .ci/run installs")
    pytest.skip("Chromium is not installed")


@contextmanager
def browser() -> Iterator:
    """Chromium as it is installed."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or CHROMIUM
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield chromium
        finally:
            chromium.close()


def sign_in(page, address: str, name: str, password: str) -> None:
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/find*")
