"""A real portal as `make run` starts it (web, worker, beat, file mail), and a real Chromium."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from email import message_from_bytes, policy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "journey-password-7"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def pytest_collection_modifyitems(items):
    for item in items:
        if "journeys" in str(item.fspath):
            item.add_marker(pytest.mark.journey)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine: the journeys did not run"))


class Portal:
    """One running portal: its address, its mail, its processes."""

    def __init__(self, folder: Path):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")},
            "PORT": str(self.port), "FDW_DATA_DIR": str(folder), "DEMO_PASSWORD": PASSWORD, "FDW_DEMO": "1",
        }  # fmt: skip

    def start(self):
        self.log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fdw_portal.run"], cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log,
            start_new_session=True,
        )  # fmt: skip
        wait_for(self._answers, 240, lambda: (self.folder / "log").read_text(errors="replace")[-2000:])

    def _answers(self):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/health/", timeout=5) as answer:
            return answer.status == 200

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.log.close()

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def letters(self, address: str) -> list:
        """Return the mails to an address, oldest first."""
        found = []
        for path in sorted((self.folder / "mail").glob("*.log"), key=lambda p: p.stat().st_mtime):
            for part in path.read_bytes().split(b"-" * 79 + b"\n"):
                if part.strip():
                    message = message_from_bytes(part, policy=policy.default)
                    if address in str(message["To"]):
                        found.append(message)
        return found

    def code(self, address: str) -> str:
        """Return the code of the newest mail to an address."""
        wait_for(lambda: self.letters(address), 20)
        text = self.letters(address)[-1].get_body(("plain",)).get_content()
        return re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", text, re.M)[1]


def wait_for(condition, seconds: float, say=lambda: ""):
    """Return the condition's value once it is true; fail after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain. {say()}")


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    portal = Portal(tmp_path_factory.mktemp("portal"))
    portal.start()
    yield portal
    portal.stop()


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@pytest.fixture
def device(chromium, portal):
    """Return f(**options) -> page on a new device; a script error or a CSP violation fails the test."""
    contexts, faults = [], []

    def make(width=360, **options):
        context = chromium.new_context(
            viewport={"width": width, "height": 740},
            base_url=portal.url,
            locale="fr-FR",
            timezone_id="Africa/Kigali",
            **options,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="session")
def clinics(portal) -> dict:
    """Editions and people of `clinic_data`, once for all journeys of clinics."""
    said = portal.manage("shell", "-v0", "-c", "from tests.journeys.clinic_data import make; make()")
    return json.loads(said.splitlines()[-1]) | {"url": portal.url}


def enter(page, clinics: dict, handle: str):
    """Sign somebody of `clinics` in on a new device, without the form; return its page."""
    page.context.add_cookies([{"name": "sessionid", "value": clinics["sessions"][handle], "url": clinics["url"]}])
    return page


def main(page):
    return page.locator("main")


def sign_in(page, who: str, language="fr", following=""):
    page.goto(f"/{language}/accounts/login/" + (f"?next={following}" if following else ""))
    page.fill("[name=login]", f"{who}@demo.example")
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
