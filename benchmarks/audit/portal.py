"""A portal of our own to be audited: embedded, with the starter content and the demo people, under gunicorn."""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.harness import ROOT, Failure, free_port, run, stop, wait_for

PASSWORD = "audit-password-9"
PREPARE = (
    ["compile_catalogues"],
    ["migrate", "-v0"],
    ["load_starter"],
    ["rerender"],
    ["load_demo"],
    ["collectstatic", "--noinput", "-v0"],
)
OPEN = ("accounts/login/", "accounts/signup/", "accounts/password/reset/", "accounts/privacy/", "courses/verify/")
OWN = (
    "",
    "courses/",
    "courses/mine/",
    "courses/statements/",
    "reminders/",
    "accounts/profile/",
    "accounts/data/",
    "accounts/email/",
)
LANGUAGES = ("en", "fr", "es")


@dataclass(frozen=True)
class Page:
    """One address to look at, and the name of its URL: pages of one name are of one kind."""

    path: str
    kind: str


class Portal:
    """Runs while the context lasts; everything is written into a temporary folder. Args: quick: one page of each kind."""

    def __init__(self, *, quick: bool = False):
        self.quick, self.port = quick, free_port()
        self.url = f"http://localhost:{self.port}"

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        try:
            self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="fdw-audit-")))
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *error) -> None:
        self._stack.close()

    def _start(self) -> None:
        own = {
            "DJANGO_SETTINGS_MODULE": "fdw_portal.settings", "DATABASE_URL": "", "REDIS_URL": "", "DEBUG": "0",
            "FDW_DEMO": "1", "DEMO_PASSWORD": PASSWORD, "FDW_DATA_DIR": str(self.folder / "data"), "PORT": str(self.port),
            "SITE_URL": self.url, "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        self.env = os.environ | own
        print("preparing a portal with starter and demo content …", flush=True)
        for act in PREPARE:
            run([sys.executable, "manage.py", *act], env=self.env)
        self.log = log = self.folder / "gunicorn.log"
        command = [sys.executable, "-m", "gunicorn", "fdw_portal.wsgi", "--bind", f"127.0.0.1:{self.port}", "--threads", "8"]
        with log.open("wb") as out:
            process = subprocess.Popen([*command, "--no-control-socket"], cwd=ROOT, env=self.env, stdout=out, stderr=out)
        self._stack.callback(stop, process)
        wait_for(lambda: self.fetch("/health/")[0] == 200, "gunicorn", process, log)

    def fetch(self, path: str) -> tuple[int, str]:
        """Return the status and the text that a visitor gets at a path."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def listed(self) -> list[Page]:
        """Return the public pages of the sitemap with the names of their URLs; a quick run, one of each in each language."""
        status, listing = self.fetch("/sitemap.xml")
        if status != 200:
            raise Failure(f"the sitemap answered {status}:\n{self.log.read_text(errors='replace')[-2000:]}")
        paths = [urlsplit(unescape(found)).path for found in re.findall(r"<loc>([^<]*)</loc>", listing)]
        pages = [Page(path, kind) for path, kind in zip(paths, self.names(paths), strict=True)]
        return one_of_each(pages) if self.quick else pages

    def names(self, paths: list[str]) -> list[str]:
        """Return the URL name of each path."""
        command = [sys.executable, "-m", "benchmarks.inside", "audit.names:of_paths", json.dumps({"paths": paths})]
        return json.loads(run(command, env=self.env).splitlines()[-1])

    def open_forms(self) -> list[Page]:
        """Return the public pages with forms, which the sitemap leaves out."""
        return [Page(f"/{code}/{path}", path) for path in OPEN for code in LANGUAGES]

    def sign_in(self, page, who: str) -> None:
        """Sign a demo person in, in a browser's page."""
        page.goto(f"{self.url}/en/accounts/login/")
        page.fill("[name=login]", f"{who}@demo.example")
        page.fill("[name=password]", PASSWORD)
        with page.expect_navigation():
            page.press("[name=password]", "Enter")
        if page.query_selector("[name=password]"):
            raise AssertionError(f"{who} could not sign in")

    def own_pages(self) -> list[Page]:
        """Return a signed-in person's main pages, with a module, a unit and a check."""
        found = {page.kind: page for page in self.listed() if page.kind.startswith("courses:")}
        paths = [f"/{LANGUAGES[n % 3]}/{path}" for n, path in enumerate(OWN)]
        return [Page(path, "own") for path in paths] + [Page(page.path, "own") for page in found.values()]


def one_of_each(pages: list[Page]) -> list[Page]:
    """Return the first page of each kind in each language."""
    found = {}
    for page in pages:
        found.setdefault((page.kind, page.path[:4]), page)
    return list(found.values())
