"""pip-audit on the locked requirements: no known vulnerability. Packages that it could not look up are never a pass."""

import json
import subprocess
import sys

from benchmarks.audit.verdicts import Verdict
from benchmarks.harness import ROOT, Failure, table

LOCKS = ("requirements.txt", "requirements-dev.txt")


def prepare() -> None:
    """Raises: Failure when pip-audit is not installed."""
    if subprocess.run([sys.executable, "-m", "pip_audit", "--version"], capture_output=True).returncode:
        raise Failure("pip-audit is missing (make audit installs it with requirements-dev.txt)")


def run() -> list[Verdict]:
    verdicts = []
    for lock in LOCKS:
        packages, trouble = look_up(lock)
        unknown = [one for one in packages if "skip_reason" in one]
        holes = [(one["name"], one["version"], hole["id"]) for one in packages for hole in one.get("vulns", [])]
        print(f"Dependency audit of {lock}: {len(packages)} packages, {len(unknown)} that could not be looked up")
        if unknown or trouble:
            print(trouble or unknown[0]["skip_reason"])
        table([[name, version, hole] for name, version, hole in holes], ["package", "version", "vulnerability"])
        judged = bool(packages) and not unknown and not trouble
        figure = len(holes) if judged or holes else None  # a hole that was found is one, whatever else is unknown
        verdicts.append(Verdict(f"known vulnerabilities in the packages of {lock}", figure, "<= 0"))
    return verdicts


def look_up(lock: str) -> tuple[list[dict], str]:
    """Return (packages as pip-audit sees them, why it could not look). A package without an answer has `skip_reason`."""
    command = [sys.executable, "-m", "pip_audit", "-r", lock, "--require-hashes", "--disable-pip", "--format", "json"]
    done = subprocess.run([*command, "--progress-spinner", "off"], cwd=ROOT, capture_output=True, text=True)
    try:
        return json.loads(done.stdout)["dependencies"], ""
    except (ValueError, KeyError):
        return [], f"the database could not be reached: {(done.stderr.strip().splitlines() or ['no answer'])[-1]}"
