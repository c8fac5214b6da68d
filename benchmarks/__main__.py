"""`python -m benchmarks [--tiny] [ONLY …]`: run the benchmarks, print tables, then one JSON line a claim."""

import argparse
import importlib
import json
import os
import platform
import signal
import sys
from datetime import UTC, datetime

from benchmarks.harness import Failure, House

SUBJECTS = ["floor", "courses", "programme", "search", "clinics"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="ONLY", help=f"of: {', '.join(SUBJECTS)} (all when none is named)")
    parser.add_argument("--tiny", action="store_true", help="little data, no time judged: for CI")
    given = parser.parse_args()
    if unknown := set(given.only) - set(SUBJECTS):
        parser.error(f"no such subject: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}{', tiny: no time is judged' if given.tiny else ''}\n", flush=True
    )
    claims = []
    try:
        with House(tiny=given.tiny) as house:
            for subject in given.only or SUBJECTS:
                claims += importlib.import_module(f"benchmarks.{subject}").run(house)
    except Failure as failure:
        print(f"cannot measure: {failure}", file=sys.stderr)
        return 2
    verdicts = [claim.holds(given.tiny) for claim in claims]
    for claim, holds in zip(claims, verdicts, strict=True):
        print(
            json.dumps(
                {"claim": claim.claim, "figure": claim.figure, "target": claim.target, "holds": holds}, ensure_ascii=False
            )
        )
    broken, judged = verdicts.count(False), len(verdicts) - verdicts.count(None)
    print(f"{judged - broken} of {judged} judged claims hold, {len(verdicts) - judged} figures told only")
    return 1 if broken else 0


def machine() -> str:
    """Return what the figures were measured on."""
    with open("/proc/meminfo") as memory:
        gib = int(memory.readline().split()[1]) / 2**20
    load = os.getloadavg()[0]
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {gib:.0f} GiB, {system}, load {load:.1f} at start"


if __name__ == "__main__":
    sys.exit(main())
