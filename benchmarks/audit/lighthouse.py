"""Lighthouse, as a phone, on one page of each kind: at least 95 in all four categories."""

import json
import os
import statistics
import subprocess

from benchmarks.audit import tools
from benchmarks.audit.portal import LANGUAGES, Page, Portal
from benchmarks.audit.verdicts import Verdict
from benchmarks.harness import Failure, table

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TARGET = 95
AGAIN = 2  # further runs of a page that misses the target in speed, for a median: one busy moment of the machine is no finding
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"


def prepare() -> None:
    """Raises: Failure naming what is missing."""
    tools.node()
    tools.chromium()
    tools.node_modules()


def run(portal: Portal) -> list[Verdict]:
    verdicts, rows = [], []
    for page in one_a_kind(portal.listed()):
        runs = [look(portal, page.path)]
        if runs[0]["performance"] < TARGET:
            runs += [look(portal, page.path) for _time in range(AGAIN)]
        scores = {name: statistics.median(found[name] for found in runs) for name in CATEGORIES}
        missed = sorted({reason for found in runs for reason in found["missed"]})
        rows.append([page.kind, page.path, *(round(scores[name]) for name in CATEGORIES)])
        if min(scores.values()) < TARGET:
            print(f"{page.path}: {', '.join(missed)}", flush=True)
        verdicts.append(
            Verdict(f"Lighthouse, lowest category: {page.kind} ({page.path})", min(scores.values()), f">= {TARGET}")
        )
    print("\nLighthouse, mobile")
    table(sorted(rows, key=lambda row: min(row[2:])), ["kind", "page", *CATEGORIES])
    return verdicts


def one_a_kind(pages: list[Page]) -> list[Page]:
    """Return one page of each kind, the languages in turn."""
    kinds = list(dict.fromkeys(page.kind for page in pages))
    found = []
    for n, kind in enumerate(kinds):
        own = [page for page in pages if page.kind == kind]
        wanted = f"/{LANGUAGES[n % len(LANGUAGES)]}/"
        found.append(next((page for page in own if page.path.startswith(wanted)), own[0]))
    return found


def look(portal: Portal, path: str) -> dict:
    """Return {category: score of 100} and `missed`, the audits that cost points. Raises: Failure."""
    out = portal.folder / "lighthouse.json"
    out.unlink(missing_ok=True)
    command = [tools.node(), str(tools.node_modules() / "lighthouse" / "cli" / "index.js"), portal.url + path, "--quiet"]
    command += ["--output=json", f"--output-path={out}", f"--chrome-flags={FLAGS}", f"--only-categories={','.join(CATEGORIES)}"]
    done = subprocess.run(
        command, env=os.environ | {"CHROME_PATH": tools.chromium()}, capture_output=True, text=True, timeout=300
    )
    if not out.exists():
        raise Failure(f"Lighthouse on {path}: {done.stderr[-1500:]}")
    report = json.loads(out.read_text())
    if report.get("runtimeError"):  # such as a page that answers 500
        return dict.fromkeys(CATEGORIES, 0) | {"missed": [report["runtimeError"]["message"]]}
    found = {name: (report["categories"][name]["score"] or 0) * 100 for name in CATEGORIES}
    weighty = {ref["id"] for name in CATEGORIES for ref in report["categories"][name]["auditRefs"] if ref["weight"]}
    audits = {name: audit["score"] for name, audit in report["audits"].items() if name in weighty}
    return found | {"missed": [name for name, score in audits.items() if score is not None and score < 0.9]}
