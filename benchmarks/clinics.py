"""Clinics: the home of an edition and the page of a delegation with 200 participants and 20 past editions; a release."""

import io

from benchmarks import floor
from benchmarks.harness import Claim, House, Site, Target, table, weigh

FULL = {"participants": 200, "past": 20, "applications": 1000}
TINY = {"participants": 20, "past": 2, "applications": 20}
COUNTRIES = ["MW", "ZM", "KE", "RW", "TZ", "UG", "ET", "MZ", "NA", "BW"]
GROUPS = ["labour", "finance", "employers", "workers"]
MOST_TIMES_FLOOR = 2
MOST_OVER_FLOOR = 6  # queries
MOST_RELEASE_S = 60
FIRST_VIEW, WARM = 40 * 1024, 14 * 1024
JUDGED = ("edition home", "delegation")


def seed(participants: int, past: int, applications: int) -> dict:
    """Make a running edition, past ones, and one whose decisions wait for their release. Runs inside the site.

    Returns: cookies of four participants of one delegation (of two when tiny), and the paths.
    """
    from datetime import timedelta

    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.utils import timezone

    from benchmarks import inside

    call_command("load_starter", stdout=io.StringIO())
    staff = get_user_model().objects.create_superuser("staff@bench.example", None, name="Staff")
    ids = inside.people(participants)
    monday = timezone.now().date() - timedelta(days=timezone.now().weekday())
    for number in range(past):
        _edition(f"past-{number}", monday - timedelta(weeks=6 * (number + 1)), "closed", ids[: participants // 4], staff)
    now = _edition("bench", monday - timedelta(weeks=1), "running", ids, staff)
    _written(now, ids)
    _call(monday + timedelta(weeks=6), inside.people(applications, prefix="applicant"), staff)
    inside.letters(ids[:200], 30)
    inside.settle()
    return {
        "readers": inside.cookies(ids[:: len(COUNTRIES)][:4]),  # of the first delegation, whose page is read
        "paths": {
            "edition home": "/clinics/bench/home/",
            "delegation": "/clinics/bench/delegations/mw/",
            "clinics": "/clinics/",
            "edition": "/clinics/bench/",
            "my clinics": "/clinics/mine/",
        },
    }


def _edition(slug: str, starts_on, state: str, ids: list[int], staff):
    """Make an edition with the default plan, ten delegations, and these people spread over them."""
    from datetime import timedelta

    from clinics.models import Delegate, Edition
    from clinics.services.delegations import add_delegation
    from clinics.services.planning import kept, make_plan
    from core.changes import content_changed
    from programme.models import SubRegion

    words = "A clinic of three weeks, in which delegations learn together how decent work is financed."
    fields = ("title", "summary", "description", "cost", "equipment", "certificate_rules")
    edition = Edition(slug=slug, sub_region=SubRegion.objects.first(), zone="Africa/Blantyre", is_open_call=False)
    edition.starts_on, edition.ends_on = starts_on, starts_on + timedelta(days=18)
    kept(edition, **{field: dict.fromkeys(("en", "fr", "es"), f"{words[:60]} {slug}") for field in fields})
    make_plan(edition=edition, actor=staff)
    seats = dict.fromkeys(GROUPS, 1 + len(ids) // 40)
    places = [add_delegation(edition=edition, country=code, seats=seats, actor=staff) for code in COUNTRIES]
    Delegate.objects.bulk_create(
        Delegate(edition=edition, delegation=places[n % len(places)], user_id=pk, group=GROUPS[n // 10 % 4])
        for n, pk in enumerate(ids)
    )
    Edition.objects.filter(pk=edition.pk).update(state=state)
    edition.refresh_from_db()
    content_changed(edition)
    return edition


def _written(edition, ids: list[int]) -> None:
    """Let every delegation have tasks and priorities that one side has signed."""
    from clinics.models import DelegationTask, Priorities, PriorityText, Signature

    for delegation in edition.delegations.all():
        owner = delegation.delegates.first()
        tasks = [DelegationTask(delegation=delegation, title=f"Ask {n}", language="en", owner=owner) for n in range(8)]
        DelegationTask.objects.bulk_create(tasks)
        priorities = Priorities.objects.create(delegation=delegation, version=10)
        fields = ("plan_goal", "deficit", "financing_gap", "support_sought")
        PriorityText.objects.bulk_create(
            PriorityText(priorities=priorities, field=field, text="Informality " * 40, language="en", version=1)
            for field in fields
        )
        Signature.objects.create(priorities=priorities, side="workers", user=owner.user, version=10)


def _call(starts_on, ids: list[int], staff) -> None:
    """Make an edition whose applications are all decided: a third offers, a third waiting, a third not selected."""
    from django.utils import timezone

    from clinics.models import Application, Edition

    edition = _edition("call", starts_on, "selection", [], staff)
    Edition.objects.filter(pk=edition.pk).update(is_open_call=True, apply_by=timezone.now())
    edition.delegations.model.objects.filter(edition=edition).first().seats.update(number=500)
    decisions = [("offer", ""), ("wait", "group_full"), ("decline", "balance")]
    Application.objects.bulk_create(
        Application(
            edition=edition, user_id=pk, state="submitted", language=("en", "fr", "es")[n % 3], country=COUNTRIES[n % 10],
            group=GROUPS[n // 10 % 4], motivation="Why I come. " * 60, submitted_at=timezone.now(),
            decision=decisions[n % 3][0], decision_reason=decisions[n % 3][1], decided_by=staff,
        )
        for n, pk in enumerate(ids)
    )  # fmt: skip


def release() -> dict:
    """Release all decisions that wait, by the job that staff start; return how many and how long. Runs inside the site."""
    import time

    from django.contrib.auth import get_user_model

    from clinics.models import Application, Edition
    from clinics.services import deciding
    from core import jobs
    from reminders.models import Letter

    edition, staff = Edition.objects.get(slug="call"), get_user_model().objects.get(email="staff@bench.example")
    before = Letter.objects.filter(channel="mail").count()
    job = deciding.release(edition=edition, mark=deciding.preview(edition, staff).mark, actor=staff)
    start = time.perf_counter()
    if not jobs.perform(job.pk):
        raise SystemExit("the release was not finished")
    seconds = time.perf_counter() - start
    told = Letter.objects.filter(channel="mail").count() - before
    left = Application.objects.filter(edition=edition, released_at=None).count()
    return {"seconds": seconds, "letters": told, "left": left}


def run(house: House) -> list[Claim]:
    sizes = TINY if house.tiny else FULL
    site = house.site("clinics")
    facts = site.ask("clinics:seed", **sizes)
    paths = {name: f"/fr{path}" for name, path in facts["paths"].items()}
    reader = facts["readers"][0]
    asked = site.ask("inside:queries", paths={"floor": floor.PATH} | paths, cookie=reader)
    counts = {name: len(statements) for name, statements in asked.items()}
    with house.serve(site):
        targets = {"floor": floor.target(site, facts["readers"])}
        targets |= {name: Target(site, path, tuple(facts["readers"])) for name, path in paths.items()}
        loads = house.measure(targets)
        weights = weighed(site, facts)
    released = site.ask("clinics:release")
    return judge(loads, counts, sizes["past"]) + judge_weights(weights) + judge_release(released, sizes["applications"])


def weighed(site: Site, facts: dict) -> dict[str, tuple]:
    """Return {page and language: (first view, warm, parts)} in bytes on the wire, signed in."""
    reader = facts["readers"][0]
    pages = {f"{name} ({code})": f"/{code}{path}" for name, path in facts["paths"].items() for code in ("en", "fr", "es")}
    return {name: weigh(site, path, reader) for name, path in pages.items()}


def judge(loads: dict, counts: dict, past: int) -> list[Claim]:
    """Return the claims about time and queries, and print the table."""
    base = loads["floor"].rate
    rows = [
        [name, load.rate, load.p50, load.p95, f"{base / load.rate:.2f}", load.cpu, counts[name]] for name, load in loads.items()
    ]
    table(rows, [f"clinics, {past} past editions", "req/s", "p50 ms", "p95 ms", "× floor", "CPU ms", "queries"])
    claims = []
    for name in loads:
        if name != "floor":
            target = f"<= {MOST_TIMES_FLOOR}" if name in JUDGED else None
            claims.append(Claim(f"{name}, times the floor", round(base / loads[name].rate, 2), target))
    over = max(counts[name] - counts["floor"] for name in JUDGED)
    claims.append(Claim("edition home and delegation, most queries over the floor", over, f"<= {MOST_OVER_FLOOR}", timed=False))
    return claims


def judge_weights(weights: dict[str, tuple]) -> list[Claim]:
    """Return the claims about weight."""
    heaviest = max(weights, key=lambda name: weights[name][0])
    warmest = max(weights, key=lambda name: weights[name][1])
    return [
        Claim(f"heaviest first view ({heaviest}), bytes", weights[heaviest][0], f"<= {FIRST_VIEW}", timed=False),
        Claim(f"heaviest warm view ({warmest}), bytes", weights[warmest][1], f"<= {WARM}", timed=False),
    ]


def judge_release(released: dict, applications: int) -> list[Claim]:
    """Return the claims about a release: how long, and that everybody was told once."""
    return [
        Claim(f"release of {applications} decisions as a job, s", round(released["seconds"], 1), f"<= {MOST_RELEASE_S}"),
        Claim("applicants told of a release, of all", released["letters"] / applications, ">= 1", timed=False),
        Claim("decisions not released by it", released["left"], "<= 0", timed=False),
    ]
