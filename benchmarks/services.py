"""`python -m benchmarks.services COMMAND …`: run a command with a PostgreSQL and a Redis of its own, on free ports."""

import os
import signal
import subprocess
import sys

from benchmarks.harness import Failure, Services


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Services() as services:
            return subprocess.run(sys.argv[1:], env=os.environ | services.environment("postgres")).returncode
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
