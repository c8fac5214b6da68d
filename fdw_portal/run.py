"""The one command behind `make run`: prepare, then web, worker and beat under honcho, until Ctrl-C."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from environs import Env
from honcho.manager import Manager

env = Env()
PYTHON = sys.executable
BIN = Path(PYTHON).parent


def manage(*words: str) -> str:
    """Run a management command; on failure show what it said and stop."""
    done = subprocess.run([PYTHON, "manage.py", *words], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"manage.py {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def prepare(data: Path) -> str:
    """Make database, catalogues, content and demo people. Safe to repeat. Returns: the demo password."""
    manage("compile_catalogues")
    manage("migrate", "--noinput")
    manage("load_starter")
    manage("rerender")
    said = manage("load_demo")
    manage("collectstatic", "--noinput")
    shutil.rmtree(data / "broker", ignore_errors=True)  # messages of a stopped run are only bells; rows are the queue
    return said.rsplit(": ", 1)[1].strip()


def main() -> None:
    data, port = Path(env.str("FDW_DATA_DIR", "var")), env.int("PORT", 8000)
    print("Preparing the portal …", flush=True)
    password = prepare(data)
    print(
        f"\n  Financing Decent Work is open at  http://localhost:{port}\n\n"
        f"  Sign in as  participant@  participant-fr@  participant-es@  tutor@  staff@   demo.example\n"
        f"  password    {password}\n"
        f"  mail lands in  {data / 'mail'};  administration: http://localhost:{port}/admin/\n",
        flush=True,
    )
    manager = Manager()
    for name, command in commands(port).items():
        manager.add_process(name, command, env=dict(os.environ, PYTHONUNBUFFERED="1"), quiet=False)
    manager.loop()
    sys.exit(manager.returncode)


def commands(port: int) -> dict[str, str]:
    """Return the three processes: one web process with threads, one worker, one beat."""
    binds = f"--bind 127.0.0.1:{port}" + (f" --bind [::1]:{port}" if has_ipv6() else "")
    return {
        "web": f"{BIN}/gunicorn fdw_portal.wsgi {binds} --threads 8 --no-control-socket",
        "worker": f"{BIN}/celery -A fdw_portal worker --concurrency 1 --purge --without-gossip --without-mingle -l warning",
        "beat": f"{BIN}/celery -A fdw_portal beat -l warning",
    }


def has_ipv6() -> bool:
    """Say whether this machine has an IPv6 loopback, which browsers may try first for localhost."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
