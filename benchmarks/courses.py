"""Courses: reading, finding where to go on, saving answers; with 2,000 learners and with a tenth of them."""

import io
from urllib.parse import urlencode

from benchmarks import floor
from benchmarks.harness import Claim, House, Site, Target, percentile, table, threads, weigh

FULL = {"learners": 2000, "records": 100_000, "modules": 6}
TINY = {"learners": 20, "records": 500, "modules": 2}
MOST_TIMES_FLOOR = 1.8
MOST_GROWTH = 1.3
MOST_SAVING_MS = 40
MOST_FILE_S = 3
FIRST_VIEW, WARM = 40 * 1024, 14 * 1024
MOST_OVER_FLOOR = 6  # queries
BIG_TABLES = ["courses_unitrecord", "courses_attempt", "courses_answer", "reminders_letter", "accounts_user"]


def seed(learners: int, records: int, modules: int) -> dict:
    """Make the starter refresher, modules like it, people, their records and open attempts. Runs inside the site.

    Returns: cookies of four readers (a third of the way) and four writers (with an open attempt), and the paths.
    """
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db.models import F
    from django.db.models.functions import Length

    from benchmarks import inside
    from courses import services
    from courses.models import Attempt, Module, Unit

    call_command("load_starter", stdout=io.StringIO())
    refresher = Module.objects.get(slug="technical-refresher")
    for n in range(modules):
        _copy(refresher, n)
    large = _large(refresher)
    ids = inside.people(learners)
    _records(ids, records)
    inside.letters(ids[:200], 30)
    check = Unit.objects.get(module=refresher, kind="check")
    for user in get_user_model().objects.filter(pk__in=ids[: max(8, learners // 4)]):
        services.start_attempt(user=user, unit=check)
    inside.settle()
    largest = Unit.objects.filter(module=refresher).order_by(F("size").desc()).annotate(size=Length("body_html_fr")).first()
    attempt = Attempt.objects.get(user=ids[4], unit=check)
    answers = [_right_form(answer) for answer in attempt.answers.select_related("version")]
    home = f"/courses/{refresher.slug}/"
    return {
        "readers": inside.cookies(ids[:4]),
        "writers": inside.cookies(ids[4:8]),
        "answers": answers,
        "paths": {
            "home": "/",
            "module list": "/courses/",
            "module": home,
            "unit": f"{home}{largest.slug}/",
            "check": f"{home}{check.slug}/",
            "attempt": f"{home}{check.slug}/attempts/1/",
            "inbox": "/reminders/",
            "module of 30 units": f"/courses/{large.slug}/",
            "unit with a film": f"/courses/{large.slug}/unit-0/",
        },
    }


def _copy(module, number: int) -> None:
    """Copy a module with its reading units under another slug."""
    from courses.models import Module, Unit

    units = list(Unit.objects.filter(module=module).exclude(kind="check"))
    copy = Module.objects.get(pk=module.pk)
    copy.pk, copy._state.adding, copy.slug, copy.position = None, True, f"generated-{number}", number + 1
    copy.kind = "self_guided"
    copy.save()
    for unit in units:
        unit.pk, unit._state.adding, unit.module = None, True, copy
        unit.save()


def _large(module):
    """Make a module of 30 units, every third a film with sound and captions in three languages on another site."""
    from courses.models import Medium, Module, Unit

    unit = Unit.objects.filter(module=module).exclude(kind="check").first()
    large = Module.objects.get(pk=module.pk)
    large.pk, large._state.adding, large.slug, large.position = None, True, "generated-large", 99
    large.save()
    for n in range(30):
        unit.pk, unit._state.adding, unit.module, unit.slug, unit.position = None, True, large, f"unit-{n}", n
        unit.kind = "reading" if n % 3 else "video"
        unit.save()
        Medium.objects.bulk_create(
            Medium(unit=unit, kind=kind, language=code, url=f"https://films.example/{n}", bytes=9_000_000, seconds=300)
            for kind in ("video", "audio", "captions")
            for code in ("en", "fr", "es")
            if n % 3 == 0
        )
    return large


def _records(ids: list[int], records: int) -> None:
    """Give every learner the same number of unit records, most of them completed, spread over 60 days."""
    from datetime import timedelta

    from django.utils import timezone

    from courses.models import Unit, UnitRecord

    now = timezone.now()
    units = list(Unit.objects.order_by("module__position", "position").values_list("pk", flat=True))
    each = min(len(units), records // len(ids))
    UnitRecord.objects.bulk_create(
        [
            UnitRecord(
                user_id=pk, unit_id=unit, block=turn % 9,
                seen_at=now - timedelta(minutes=(turn * 97 + pk * 13) % 86_400),
                completed_at=None if turn % 5 == 4 else now - timedelta(days=turn % 60),
            )
            for pk in ids
            for turn, unit in enumerate(units[:each])
        ],
        batch_size=2000,
    )  # fmt: skip
    if len(ids) * each != records:
        raise SystemExit(f"{len(ids) * each} unit records instead of {records}: {len(units)} units are too few")


def files(module: str = "") -> dict[str, float]:
    """Return {what: seconds of the slowest module}: the zip of each module, and its PDF in each language. Runs inside."""
    import time

    from core import pdf
    from courses.exchange.writing import archive_of
    from courses.models import Module
    from courses.pdf import dated, document

    def seconds(act) -> float:
        start = time.perf_counter()
        act()
        return time.perf_counter() - start

    modules = list(Module.objects.filter(slug=module) if module else Module.objects.select_related("theme"))
    zips = [seconds(lambda one=one: archive_of(one)) for one in modules]
    pdfs = [
        seconds(lambda one=one, code=code: pdf.render("module", dated(document(one, code))))
        for one in modules
        for code in ("en", "fr", "es")
    ]
    return {"zip": max(zips), "PDF": max(pdfs)}


def _right_form(answer) -> list[str]:
    """Return field values that a question takes, as its form would send them."""
    from courses import versions

    content = answer.version.content
    if content["kind"] in versions.PLACED:
        return [f"{choice['key']}:{versions.place_of(content, choice)}" for choice in content["choices"]]
    if "choices" in content:
        return [c["key"] for c in content["choices"] if c["right"]]
    if content["kind"] == "true_false":
        return ["true"]
    return ["12"] if content["kind"] == "numeric" else ["fiscal space"]


def run(house: House) -> list[Claim]:
    sizes = TINY if house.tiny else FULL
    tenth = sizes | {"learners": max(8, sizes["learners"] // 10)}
    tenth["records"] = tenth["learners"] * (sizes["records"] // sizes["learners"])
    full, small = house.site("courses"), house.site("courses_tenth")
    facts, few = full.ask("courses:seed", **sizes), small.ask("courses:seed", **tenth)
    paths = {name: f"/fr{path}" for name, path in facts["paths"].items()}
    reader = facts["readers"][0]
    asked = full.ask("inside:queries", paths={"floor": floor.PATH} | readable(paths), cookie=reader)
    counts = {name: len(statements) for name, statements in asked.items()}
    taken = full.ask("courses:files")
    with house.serve(full, small):
        loads, visitor = loaded(house, full, small, paths, facts, few)
        saving = save_answers(house, full, paths["attempt"], facts)
        weights = weighed(full, facts)
    claims = judge_load(loads, visitor, counts)
    claims += judge_saving(saving)
    claims += judge_weights(weights)
    claims += [Claim(f"module as {what}, s, slowest", round(time, 2), f"<= {MOST_FILE_S}") for what, time in taken.items()]
    claims += [judge_scans(house, full, readable(paths), reader)]
    return claims


def readable(paths: dict[str, str]) -> dict[str, str]:
    """Return the pages that every signed-in reader has (an attempt is its writer's own)."""
    return {name: path for name, path in paths.items() if name != "attempt"}


def loaded(house: House, full: Site, small: Site, paths: dict, facts: dict, few: dict) -> tuple:
    """Load the floor, every page, and the judged ones at a tenth of the data, all interleaved."""
    targets = {"floor": floor.target(full, facts["readers"])}
    for name, path in readable(paths).items():
        targets[name] = Target(full, path, tuple(facts["readers"]))
        if name in ("module list", "module", "unit"):
            targets[f"{name}, a tenth"] = Target(small, path, tuple(few["readers"]))
    targets["attempt"] = Target(full, paths["attempt"], (facts["writers"][0],))
    loads = house.measure(targets)
    visitor = house.measure({"unit, visitor, cached": Target(full, paths["unit"])})
    return loads, visitor


def save_answers(house: House, site: Site, attempt: str, facts: dict) -> list[float]:
    """Let four writers save answers to their own attempts, as the page's script does; return the times in ms."""
    answers = facts["answers"]

    def act(n: int, turn: int) -> int:
        cookie = facts["writers"][n]
        token = cookie.partition("csrftoken=")[2].partition(";")[0]
        position = turn % len(answers) + 1
        fields = [("position", position), ("client_id", f"{n}-{turn}"), ("age", "0")]
        fields += [(f"q{position}", value) for value in answers[position - 1]]
        headers = {"Cookie": cookie, "X-CSRFToken": token, "Content-Type": "application/x-www-form-urlencoded"}
        return site.fetch(f"{attempt}answer/", method="POST", body=urlencode(fields), headers=headers).status

    threads(act, 1)
    return threads(act, 1 if house.tiny else 10)


def weighed(site: Site, facts: dict) -> dict[str, tuple]:
    """Return {page: (first view, warm, parts)} of the heaviest language, in bytes on the wire."""
    found = {}
    for language in ("en", "fr", "es"):
        for name, path in facts["paths"].items():
            cookie = facts["writers"][0]
            found[f"{name}, signed in ({language})"] = weigh(site, f"/{language}{path}", cookie)
            if name not in ("attempt", "inbox"):
                found[f"{name}, visitor ({language})"] = weigh(site, f"/{language}{path}")
    return found


def judge_load(loads: dict, visitor: dict, counts: dict) -> list[Claim]:
    base = loads["floor"].rate
    rows = [
        [name, load.rate, load.p50, load.p95, f"{base / load.rate:.2f}", load.cpu, counts.get(name, "")]
        for name, load in (loads | visitor).items()
    ]
    table(rows, ["courses", "req/s", "p50 ms", "p95 ms", "× floor", "CPU ms", "queries"])
    times = {name: round(base / load.rate, 2) for name, load in (loads | visitor).items()}
    claims = [Claim(f"{name}, times the floor", times[name], f"<= {MOST_TIMES_FLOOR}") for name in ("module list", "unit")]
    claims += [Claim(f"{name}, times the floor", times[name]) for name in ("home", "module", "check", "attempt", "inbox")]
    for name in ("module list", "module", "unit"):
        growth = round(loads[f"{name}, a tenth"].rate / loads[name].rate, 2)
        claims.append(Claim(f"{name}, ten times the data costs", growth, f"<= {MOST_GROWTH}"))
    cached = visitor["unit, visitor, cached"].rate / base
    claims.append(Claim("unit for a visitor from the cache, times the floor's rate", round(cached, 1)))
    for name in counts:
        if name != "floor":
            claims.append(
                Claim(f"{name}, queries over the floor", counts[name] - counts["floor"], f"<= {MOST_OVER_FLOOR}", timed=False)
            )
    return claims


def judge_saving(times: list[float]) -> list[Claim]:
    p50, p95 = percentile(times, 50), percentile(times, 95)
    table([["4 writers", len(times), p50, p95, times[-1]]], ["saving an answer", "saves", "p50 ms", "p95 ms", "most ms"])
    return [
        Claim("saving an answer, p50 ms, 4 writers", round(p50, 1)),
        Claim("saving an answer, p95 ms, 4 writers", round(p95, 1), f"<= {MOST_SAVING_MS}"),
    ]


def judge_weights(weights: dict[str, tuple]) -> list[Claim]:
    kib = 1024
    rows = [[name, first / kib, warm / kib, len(parts)] for name, (first, warm, parts) in weights.items()]
    table(sorted(rows, key=lambda row: -row[1]), ["on the wire, heads included", "first KiB", "warm KiB", "requests"])
    heaviest = max(weights, key=lambda name: weights[name][0])
    parts = [[name, size] for name, size in weights[heaviest][2]]
    table(parts, [f"parts of {heaviest}", "bytes"])
    warmest = max(weights, key=lambda name: weights[name][1])
    return [
        Claim(f"heaviest first view, bytes: {heaviest}", weights[heaviest][0], f"<= {FIRST_VIEW}", timed=False),
        Claim(f"heaviest warm view, bytes: {warmest}", weights[warmest][1], f"<= {WARM}", timed=False),
    ]


def judge_scans(house: House, site: Site, paths: dict, cookie: str) -> Claim:
    """Judge that no page reads a growing table from end to end (a tiny table is always read so)."""
    found = site.ask("inside:scans", paths=paths, cookie=cookie, tables=BIG_TABLES)
    if found and not house.tiny:
        print("sequential scans:", *found, sep="\n  ")
    return Claim("sequential scans on growing tables", len(found), "<= 0")
