"""What runs with Django set up, in a process of its own on one site: `python -m benchmarks.inside module:function '{…}'`."""

import importlib
import json
import re
import secrets
import sys


def people(count: int, prefix: str = "learner", language: str = "fr") -> list[int]:
    """Make people who have agreed to the notice and confirmed a zone; return their ids."""
    from django.conf import settings

    from accounts.models import User

    User.objects.bulk_create(
        [
            User(
                email=f"{prefix}{n}@bench.example", name=f"Learner {n}", password="!", language=language, country="MW",
                zone="Africa/Blantyre", zone_confirmed=True, consent_version=settings.CONSENT_VERSION,
            )
            for n in range(count)
        ],
        batch_size=1000,
    )  # fmt: skip
    return list(User.objects.filter(email__startswith=prefix).order_by("pk").values_list("pk", flat=True))


def cookies(ids: list[int]) -> list[str]:
    """Sign people in by Django's own session engine; return their Cookie headers, as a browser would send them."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.middleware.csrf import CSRF_SECRET_LENGTH

    from accounts.models import User
    from core.middleware import LAST_PERSON, person_mark

    engine = import_module(settings.SESSION_ENGINE)
    found = []
    for user in User.objects.filter(pk__in=ids).order_by("pk"):
        session = engine.SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        token = secrets.token_hex(CSRF_SECRET_LENGTH)[:CSRF_SECRET_LENGTH]
        found.append(f"sessionid={session.session_key}; csrftoken={token}; {LAST_PERSON}={person_mark(user)}")
    return found


def letters(ids: list[int], each: int) -> None:
    """Put letters into inboxes, one in three unread, so that the badge counts among rows."""
    from django.utils import timezone

    from reminders.enums import Channel, State
    from reminders.models import Letter

    now = timezone.now()
    Letter.objects.bulk_create(
        [
            Letter(
                kind="bench", recipient_id=pk, target=f"bench:{n}", channel=Channel.INBOX, state=State.SENT, sent_at=now,
                subject="Bench", text="Bench", read_at=None if n % 3 == 0 else now,
            )
            for pk in ids
            for n in range(each)
        ],
        batch_size=1000,
    )  # fmt: skip


def settle() -> None:
    """Let the planner know the tables, as autovacuum would within minutes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _client(cookie: str):
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1", HTTP_ACCEPT_ENCODING="gzip")
    for part in filter(None, cookie.split("; ")):
        name, _sign, value = part.partition("=")
        client.cookies[name] = value
    return client


def _statements(client, path: str) -> list[dict]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(path)  # fills what is kept: templates, content types, audience keys, the row of reading
    with CaptureQueriesContext(connection) as captured:
        status = client.get(path).status_code
    if status != 200:
        raise SystemExit(f"{path} answered {status}")
    return captured.captured_queries


def queries(paths: dict[str, str], cookie: str) -> dict[str, list[str]]:
    """Return {name: the SQL of one warm request} of pages, by the test client with the whole middleware."""
    client = _client(cookie)
    return {name: [statement["sql"] for statement in _statements(client, path)] for name, path in paths.items()}


def scans(paths: dict[str, str], cookie: str, tables: list[str]) -> list[str]:
    """Return "page: table (rows removed)" for each sequential scan on one of these tables, by EXPLAIN ANALYZE."""
    from django.db import connection

    client, found = _client(cookie), []
    for name, path in paths.items():
        for statement in _statements(client, path):
            if not statement["sql"].startswith("SELECT") or not any(f'"{t}"' in statement["sql"] for t in tables):
                continue
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE) " + statement["sql"].replace("%", "%%"), [])
                plan = "\n".join(row[0] for row in cursor.fetchall())
            found += [f"{name}: {t}" for t in tables if re.search(rf"Seq Scan on {t}\b", plan)]
    return found


def profile(path: str, cookie: str, times: int = 300) -> str:
    """Return where the time of one page goes: cProfile over the test client, sorted by own time and by cumulated."""
    import cProfile
    import io
    import pstats

    client = _client(cookie)
    for _n in range(20):
        client.get(path)
    profiler = cProfile.Profile()
    profiler.enable()
    for _n in range(times):
        client.get(path)
    profiler.disable()
    out = io.StringIO()
    stats = pstats.Stats(profiler, stream=out)
    stats.sort_stats("tottime").print_stats(45)
    stats.sort_stats("cumulative").print_stats(110)
    return out.getvalue()


def main() -> None:
    import django

    django.setup()
    place, _colon, name = sys.argv[1].partition(":")
    function = getattr(importlib.import_module(f"benchmarks.{place}"), name)
    print(json.dumps(function(**json.loads(sys.argv[2]))))


if __name__ == "__main__":
    main()
