"""What every benchmark needs: its own PostgreSQL and Redis, sites under gunicorn, wrk, and the judgement.

Nothing here imports Django: whatever needs it runs in a process of its own, with the site's environment
(`Site.ask`). Everything started is stopped, and everything written is removed, also after Ctrl-C.
"""

import contextlib
import gzip
import json
import os
import pwd
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 4
WORKERS = 2
STARTED: set[int] = set()  # servers running now, for their processor time
ASSET = re.compile(r'<(?:link[^>]+rel="(?:stylesheet|icon)"[^>]*|script|img|source)\b[^>]*>')
ADDRESS = re.compile(r'(?:href|src)="([^"]+)"')
CSS_ADDRESS = re.compile(r"url\(['\"]?([^)'\"]+)")

# One connection a thread, one cookie a connection; the summary as one line of JSON.
LUA = """
local threads = 0
local cookies = { %s }
function setup(thread)
  thread:set("cookie", cookies[threads %% #cookies + 1])
  threads = threads + 1
end
function init(args)
  if cookie and cookie ~= "" then wrk.headers["Cookie"] = cookie end
  wrk.headers["Accept-Encoding"] = "gzip"
end
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('\\n{"requests": %%d, "seconds": %%f, "bad": %%d, "p50": %%f, "p95": %%f}\\n', summary.requests,
    summary.duration / 1e6, errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000))
end
"""


class Failure(Exception):
    """The benchmark itself cannot run; the message says what is missing."""


@dataclass(frozen=True)
class Claim:
    """One sentence that a figure supports or refutes.

    Args: target: such as "<= 1.8" or ">= 200"; None for a figure that is only told.
    timed: judged by a clock, so not judged on a tiny run.
    """

    claim: str
    figure: float
    target: str | None = None
    timed: bool = True

    def holds(self, tiny: bool) -> bool | None:
        """Return whether the figure meets the target; None when nothing is judged."""
        if self.target is None or (tiny and self.timed):
            return None
        sign, _space, bound = self.target.partition(" ")
        return self.figure <= float(bound) if sign == "<=" else self.figure >= float(bound)


@dataclass
class Load:
    """What a page stood: the medians of its runs."""

    rates: list[float] = field(default_factory=list)
    p50s: list[float] = field(default_factory=list)
    p95s: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """Return the processor's ms a request, of gunicorn, PostgreSQL and Redis together: steadier than a clock."""
        return statistics.median(self.cpus)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def p50(self) -> float:
        return statistics.median(self.p50s)

    @property
    def p95(self) -> float:
        return statistics.median(self.p95s)


@dataclass(frozen=True)
class Target:
    """A page under load: which site, which path, and one Cookie header a connection ("" for a visitor)."""

    site: "Site"
    path: str
    cookies: tuple[str, ...] = ("",)


# Processes ----------------------------------------------------------------------------------------
def cpu_seconds() -> float:
    """Return the processor time that the servers we started have used, with their children (0 where there is no /proc)."""
    facts = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = path.read_text().rpartition(")")[2].split()
            facts[int(path.parent.name)] = (int(words[1]), sum(map(int, words[11:15])))  # parent; own and ended children's
    ours = set(STARTED)
    for _generation in range(3):
        ours |= {pid for pid, (parent, _ticks) in facts.items() if parent in ours}
    return sum(ticks for pid, (_parent, ticks) in facts.items() if pid in ours) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(ready: Callable[[], bool], what: str, process: subprocess.Popen, log: Path, seconds: int = 60) -> None:
    """Wait until a server answers. Raises Failure with the end of its log when it dies or stays silent."""
    STARTED.add(process.pid)
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            if ready():
                return
        time.sleep(0.05)
    tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
    raise Failure(f"{what} did not start:\n{tail}")


def stop(process: subprocess.Popen, how: int = signal.SIGTERM) -> None:
    STARTED.discard(process.pid)
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), 1):
        return True


def program(name: str, package: str, *folders: Path) -> str:
    """Return the path of a program. Raises Failure naming the package that brings it."""
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")])
    found = shutil.which(name, path=path)
    if not found:
        raise Failure(f"{name} is missing (Debian: apt-get install {package})")
    return found


def postgres_program(name: str) -> str:
    newest_first = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True)
    return program(name, "postgresql", *newest_first)


def unprivileged() -> dict:
    """Return what makes a child process drop root's privileges, as PostgreSQL demands; nothing for other users."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            person = pwd.getpwnam(name)
            return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    raise Failure("running as root, and neither `postgres` nor `nobody` exists to run PostgreSQL")


class Services:
    """PostgreSQL and Redis of our own, for the time of a run. Use as a context manager."""

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        try:
            self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="fdw-bench-")))
            self.redis_port = self._redis()
            self.postgres_port = self._postgres()
            self.prepare()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *error) -> None:
        self._stack.close()

    def prepare(self) -> None:
        """Do what a subclass needs once both run."""

    def environment(self, database: str, number: int = 0) -> dict[str, str]:
        """Return the variables that lead a portal to a database and a Redis number of ours."""
        return {
            "DATABASE_URL": f"postgres://fdw@127.0.0.1:{self.postgres_port}/{database}",
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/{number}",
            "SECRET_KEY": "for-benchmarks-only",
            "FDW_HTTPS": "0",
        }

    def _redis(self) -> int:
        port, log = free_port(), self.folder / "redis.log"
        command = [program("redis-server", "redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--appendonly", "no", "--dir", str(self.folder), "--logfile", str(log), "--databases", "64"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._stack.callback(stop, process)
        wait_for(lambda: listens(port), "Redis", process, log)
        return port

    def _postgres(self) -> int:
        """Start PostgreSQL as it is installed: default settings, fsync on, so that saving costs what it costs."""
        lower = unprivileged()
        home = Path(tempfile.mkdtemp(prefix="fdw-bench-pg-"))
        self._stack.callback(shutil.rmtree, home, ignore_errors=True)
        if lower:
            os.chown(home, lower["user"], lower["group"])
        port, log = free_port(), self.folder / "postgres.log"
        init = [
            postgres_program("initdb"),
            "-D",
            str(home / "data"),
            "-U",
            "fdw",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]
        run(init, cwd=home, env={"PATH": os.environ["PATH"]}, **lower)
        command = [postgres_program("postgres"), "-D", str(home / "data"), "-p", str(port), "-k", str(home)]
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out, cwd=home, **lower)
        self._stack.callback(stop, process, signal.SIGINT)
        ask = [postgres_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        wait_for(lambda: subprocess.run(ask, timeout=5).returncode == 0, "PostgreSQL", process, log)
        return port


class House(Services):
    """Our own services, and the sites that are measured on them."""

    def __init__(self, tiny: bool = False):
        self.tiny = tiny
        self.runs = 1 if tiny else 3
        self.seconds = 1 if tiny else 5
        self.wrk = None if tiny and not shutil.which("wrk") else program("wrk", "wrk")
        self._sites = 0

    def prepare(self) -> None:
        """Collect the static files and compile the catalogues, once for every site."""
        self.static = self.folder / "static"
        embedded = {"DJANGO_SETTINGS_MODULE": "fdw_portal.settings", "DATABASE_URL": "", "REDIS_URL": ""}
        embedded |= {"FDW_DATA_DIR": str(self.folder / "build"), "STATIC_ROOT": str(self.static)}
        for act in (["collectstatic", "--noinput"], ["compile_catalogues"]):
            run([sys.executable, "manage.py", *act], env=os.environ | embedded)

    def site(self, name: str) -> "Site":
        """Make an empty, migrated site: a database, a Redis number, a data folder."""
        self._sites += 1
        create = [postgres_program("createdb"), "-h", "127.0.0.1", "-p", str(self.postgres_port), "-U", "fdw", name]
        run(create)
        site = Site(self, name, self._sites)
        run([sys.executable, "manage.py", "migrate", "-v0"], env=site.env)
        return site

    def serve(self, *sites: "Site") -> contextlib.ExitStack:
        """Serve sites until the returned context ends."""
        stack = contextlib.ExitStack()
        try:
            for site in sites:
                site.start(stack, self.folder / f"{site.name}.log")
        except BaseException:
            stack.close()
            raise
        return stack

    def measure(self, targets: dict[str, Target]) -> dict[str, Load]:
        """Load pages in turn, several rounds over, so that a busy moment of the machine hits them all alike."""
        loads = {name: Load() for name in targets}
        for target in targets.values():  # warm: caches, connections, compiled templates
            hammer(self, target, 1)
        for _round in range(self.runs):
            for name, target in targets.items():
                before = cpu_seconds()
                found = hammer(self, target, self.seconds)
                loads[name].cpus.append((cpu_seconds() - before) * 1000 / max(1, found["requests"]))
                loads[name].rates.append(found["requests"] / found["seconds"])
                loads[name].p50s.append(found["p50"])
                loads[name].p95s.append(found["p95"])
        return loads


class Site:
    """One portal with its own data, as it runs in production but for the proxy."""

    def __init__(self, house: House, name: str, number: int):
        self.house, self.name, self.port = house, name, free_port()
        self.env = (
            os.environ
            | house.environment(name, number)
            | {
                "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
                "FDW_DATA_DIR": str(house.folder / name),
                "STATIC_ROOT": str(house.static),
                "SITE_URL": f"http://127.0.0.1:{self.port}",
                "ALLOWED_HOSTS": "127.0.0.1",
                "FDW_COMPRESS": "1",
                "FDW_DEMO": "0",
                "DEBUG": "0",
                "LOG_LEVEL": "WARNING",
            }
        )

    def ask(self, function: str, **arguments):
        """Run `module:function(**arguments)` of benchmarks/ with Django set up on this site; return its answer."""
        command = [sys.executable, "-m", "benchmarks.inside", function, json.dumps(arguments)]
        return json.loads(run(command, env=self.env).splitlines()[-1])

    def start(self, stack: contextlib.ExitStack, log: Path) -> None:
        command = [sys.executable, "-m", "gunicorn", "fdw_portal.wsgi", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--workers", str(WORKERS), "--worker-class", "sync", "--log-level", "warning", "--no-control-socket"]
        with log.open("ab") as out:
            process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=out, stderr=out)
        stack.callback(stop, process)
        wait_for(lambda: self.fetch("/health/").status == 200, f"gunicorn for {self.name}", process, log)

    def fetch(self, path: str, *, method: str = "GET", body: str | None = None, headers: dict | None = None) -> "Reply":
        """Do one request on a connection of its own, as a sync worker ends them."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            head = sum(len(k) + len(v) + 4 for k, v in response.getheaders()) + 19  # the lines, the status, the empty line
            said = {name: response.getheader(name) or "" for name in ("Content-Encoding", "ETag")}
            return Reply(response.status, response.read(), head, said["Content-Encoding"], said["ETag"])
        finally:
            connection.close()


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    head_bytes: int
    encoding: str
    etag: str

    @property
    def wire_bytes(self) -> int:
        return self.head_bytes + len(self.body)

    @property
    def text(self) -> str:
        """Return the body as text, unpacked."""
        if self.encoding == "br":
            import brotli

            return brotli.decompress(self.body).decode()
        return (gzip.decompress(self.body) if self.encoding == "gzip" else self.body).decode()


def run(command: list[str], **options) -> str:
    """Run a command in the project; return what it printed. Raises Failure with its errors."""
    done = subprocess.run(command, capture_output=True, text=True, **({"cwd": ROOT} | options))
    if done.returncode:
        raise Failure(f"{' '.join(command[:5])} failed:\n{done.stderr[-3000:]}{done.stdout[-1000:]}")
    return done.stdout


# Load ---------------------------------------------------------------------------------------------
def hammer(house: House, target: Target, seconds: int) -> dict:
    """Load one page for some seconds with 4 connections, a session each. Raises Failure on any answer but 200."""
    url = f"http://127.0.0.1:{target.site.port}{target.path}"
    reply = target.site.fetch(target.path, headers={"Cookie": target.cookies[0]} if target.cookies[0] else {})
    if reply.status != 200:
        raise Failure(f"{url} answered {reply.status}")
    if house.wrk is None:
        return _by_hand(target, seconds)
    script = house.folder / "load.lua"
    script.write_text(LUA % ", ".join(f'"{cookie}"' for cookie in target.cookies))
    command = [
        house.wrk,
        "-t",
        str(CONNECTIONS),
        "-c",
        str(CONNECTIONS),
        "-d",
        f"{seconds}s",
        "--latency",
        "-s",
        str(script),
        url,
    ]
    found = json.loads(run(command).strip().splitlines()[-1])
    if found["bad"]:
        raise Failure(f"{url}: {found['bad']} of {found['requests']} requests failed")
    return found


def _by_hand(target: Target, seconds: int) -> dict:
    """Do what wrk does, slowly: for tiny runs where wrk is not installed and no time is judged."""

    def once(n: int, _turn: int) -> int:
        cookie = target.cookies[n % len(target.cookies)]
        return target.site.fetch(target.path, headers={"Cookie": cookie} if cookie else {}).status

    times = threads(once, seconds)
    return {"requests": len(times), "seconds": seconds, "p50": percentile(times, 50), "p95": percentile(times, 95)}


def threads(act: Callable[[int, int], int], seconds: float, count: int = CONNECTIONS) -> list[float]:
    """Let `count` threads do act(thread, turn) -> HTTP status for some seconds; return every time in ms, sorted.

    Raises Failure when a status is not 200.
    """
    times: list[float] = []
    bad: list[str] = []

    def work(n: int) -> None:
        turn, end = 0, time.monotonic() + seconds
        while time.monotonic() < end and not bad:
            begun = time.perf_counter()
            try:
                if (status := act(n, turn)) != 200:
                    bad.append(str(status))
            except OSError as error:
                bad.append(repr(error))
            times.append((time.perf_counter() - begun) * 1000)
            turn += 1

    crew = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    if bad:
        raise Failure(f"requests failed: {bad[0]}")
    return sorted(times)


def percentile(ordered: list[float], n: int) -> float:
    """Return the n-th percentile of sorted numbers (nearest rank)."""
    return ordered[min(len(ordered) - 1, max(0, -(-n * len(ordered) // 100) - 1))]


def weigh(site: Site, path: str, cookie: str = "") -> tuple[int, int, list[tuple[str, int]]]:
    """Return a page's bytes on the wire (first view, warm) and its parts: head and body of HTML and each own file."""
    headers = {"Accept-Encoding": "gzip, deflate, br"}
    page = site.fetch(path, headers=headers | ({"Cookie": cookie} if cookie else {}))
    if page.status != 200:
        raise Failure(f"{path} answered {page.status}")
    parts = [(path, page.wire_bytes)]
    waiting = list(_assets(page.text))
    seen = set()
    while waiting:
        address = waiting.pop(0)
        if address in seen or not address.startswith("/"):
            continue
        seen.add(address)
        asset = site.fetch(address, headers=headers)
        if asset.status != 200:
            raise Failure(f"{address} answered {asset.status}")
        parts.append((address, asset.wire_bytes))
        if address.endswith(".css"):
            folder = address.rsplit("/", 1)[0]
            waiting += [f"{folder}/{name}" for name in CSS_ADDRESS.findall(asset.text) if not name.startswith(("data:", "/"))]
    return sum(size for _name, size in parts), page.wire_bytes, parts


def _assets(html: str) -> Iterator[str]:
    for tag in ASSET.finditer(html):
        if found := ADDRESS.search(tag[0]):
            yield found[1]


# Printing -----------------------------------------------------------------------------------------
def table(rows: list[list], heads: list[str]) -> None:
    """Print a table, numbers to the right."""
    cells = [heads, *[[f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[n]) for row in cells) for n in range(len(heads))]
    for row in cells:
        print("  ".join(c.ljust(w) if n == 0 else c.rjust(w) for n, (c, w) in enumerate(zip(row, widths, strict=True))))
    print(flush=True)
