"""`python -m benchmarks.audit [--quick] [nu axe lighthouse dependencies]`: judge the pages, one JSON line a claim."""

import argparse
import importlib
import json
import signal
import sys
from datetime import UTC, datetime

from benchmarks.__main__ import machine
from benchmarks.audit.portal import Portal
from benchmarks.audit.verdicts import Verdict
from benchmarks.harness import Failure

PARTS = ["nu", "axe", "lighthouse", "dependencies"]
NEEDS_PORTAL = {"nu", "axe", "lighthouse"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="ONLY", help=f"of: {', '.join(PARTS)} (all when none is named)")
    parser.add_argument("--quick", action="store_true", help="one page of each kind in each language")
    given = parser.parse_args()
    if unknown := set(given.only) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}\n", flush=True)
    parts = {name: importlib.import_module(f"benchmarks.audit.{name}") for name in given.only or PARTS}
    try:
        for part in parts.values():
            part.prepare()
        verdicts = judge(parts, quick=given.quick)
    except Failure as failure:
        print(f"cannot audit: {failure}", file=sys.stderr)
        return 2
    for verdict in verdicts:
        print(json.dumps(verdict.as_row(), ensure_ascii=False))
    print(summary(verdicts))
    return 1 if any(verdict.holds is False for verdict in verdicts) else 0


def judge(parts: dict, *, quick: bool) -> list[Verdict]:
    """Run the parts one after the other, those that look at pages on one portal of their own. Raises: Failure."""
    if not NEEDS_PORTAL & set(parts):
        return [verdict for part in parts.values() for verdict in part.run()]
    with Portal(quick=quick) as portal:
        return [
            verdict for name, part in parts.items() for verdict in (part.run(portal) if name in NEEDS_PORTAL else part.run())
        ]


def summary(verdicts: list[Verdict]) -> str:
    """Return the last line: how many hold, and what could not be judged."""
    judged = [verdict for verdict in verdicts if verdict.holds is not None]
    unknown = [verdict.claim for verdict in verdicts if verdict.holds is None and verdict.target]
    words = f"{sum(verdict.holds for verdict in judged)} of {len(judged)} judged claims hold"
    return words + (f"; not judged, so not passed: {'; '.join(unknown)}" if unknown else "")


if __name__ == "__main__":
    sys.exit(main())
