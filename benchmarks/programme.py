"""The programme's public face: visitors' pages from the cache against the floor, their weight, and what they ask when cold."""

import io

from benchmarks import floor
from benchmarks.harness import Claim, House, Site, Target, table, weigh

FULL = {"learners": 2000, "resources": 500, "people": 200}
TINY = {"learners": 20, "resources": 20, "people": 4}
LEAST_TIMES_FLOOR = 3
MOST_QUERIES = 8  # of a visitor's page, every cache empty
FIRST_VIEW, WARM = 40 * 1024, 14 * 1024
PATHS = {
    "home": "/",
    "page": "/about/how-a-clinic-works/",
    "questions": "/faq/",
    "countries and map": "/countries/",
    "country": "/countries/mw/",
    "mechanisms": "/mechanisms/",
    "mechanism": "/mechanisms/blended-finance/",
    "vocabularies": "/vocabularies/",
    "glossary": "/glossary/",
    "library": "/library/",
    "library, narrowed": "/library/?kind=report&country=MW",
    "partners": "/partners/",
    "team": "/team/",
    "newsletter": "/newsletter/",
    "contact": "/contact/",
}
WITH_A_FORM = ("newsletter", "contact")  # never kept


def seed(learners: int, resources: int, people: int) -> dict:
    """Load the starter content, add records to the library and readers with letters. Runs inside the site."""
    from django.core.management import call_command
    from django.utils import timezone

    from benchmarks import inside
    from core.changes import together
    from programme.models import Resource, ResourceCountry

    call_command("load_starter", stdout=io.StringIO())
    with together():
        made = Resource.objects.bulk_create(
            Resource(
                slug=f"bench-{n}", kind=("report", "guideline", "factsheet")[n % 3], year=2000 + n % 26,
                state="published", published_at=timezone.now(),
                **{f"title_{c}": f"A report on paying for jobs, part {n}" for c in ("en", "fr", "es")},
                **{f"summary_{c}": "Figures and lessons of one year, country by country." for c in ("en", "fr", "es")},
            )
            for n in range(resources)
        )  # fmt: skip
        ResourceCountry.objects.bulk_create(
            ResourceCountry(resource=row, code=("MW", "ZM", "KE", "GH", "RW")[row.pk % 5]) for row in made
        )
    ids = inside.people(learners)
    inside.letters(ids[:people], 30)
    inside.settle()
    return {"cookies": inside.cookies(ids[:4])}


def cold(paths: dict[str, str]) -> dict[str, int]:
    """Return {name: queries} of a visitor's first view with every cache empty, by the test client with all middleware."""
    from django.core.cache import caches
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    found = {}
    for name, path in paths.items():
        client = Client(SERVER_NAME="127.0.0.1")
        client.get(path)  # loads code and templates
        for kept in caches.all(initialized_only=False):
            kept.clear()
        with CaptureQueriesContext(connection) as captured:
            status = client.get(path).status_code
        if status != 200:
            raise SystemExit(f"{path} answered {status}")
        found[name] = len(captured)
    return found


def run(house: House) -> list[Claim]:
    site = house.site("programme")
    cookies = site.ask("programme:seed", **(TINY if house.tiny else FULL))["cookies"]
    paths = {name: f"/fr{path}" for name, path in PATHS.items()}
    asked = site.ask("programme:cold", paths=paths)
    kept = {name: path for name, path in paths.items() if name not in WITH_A_FORM}
    with house.serve(site):
        targets = {"floor": floor.target(site, cookies)} | {name: Target(site, path) for name, path in kept.items()}
        loads = house.measure(targets)
        fresh = {name: again(site, path) for name, path in kept.items()}
        weights = {f"{name} ({code})": weigh(site, f"/{code}{PATHS[name]}") for name in paths for code in ("en", "fr", "es")}
    return judge(loads, asked, fresh, weights)


def again(site: Site, path: str) -> int:
    """Return the status of a second view that brings the ETag of the first."""
    return site.fetch(path, headers={"If-None-Match": site.fetch(path).etag}).status


def judge(loads: dict, asked: dict[str, int], fresh: dict[str, int], weights: dict) -> list[Claim]:
    """Return the claims, and print the table."""
    base = loads["floor"].rate
    table(
        [
            [name, load.rate, load.p50, load.p95, f"{load.rate / base:.2f}", asked.get(name, ""), fresh.get(name, "")]
            for name, load in loads.items()
        ],
        ["programme, visitor", "req/s", "p50 ms", "p95 ms", "× the floor's rate", "queries cold", "seen before"],
    )
    slowest = min((name for name in loads if name != "floor"), key=lambda name: loads[name].rate)
    heaviest = max(weights, key=lambda name: weights[name][0])
    warmest = max(weights, key=lambda name: weights[name][1])
    return [
        Claim(
            f"slowest visitors' page from the cache ({slowest}), times the floor's rate",
            round(loads[slowest].rate / base, 2),
            f">= {LEAST_TIMES_FLOOR}",
        ),
        Claim("visitors' pages, most queries when cold", max(asked.values()), f"<= {MOST_QUERIES}", timed=False),
        Claim(
            "visitors' pages answered 304 to those who have them",
            sum(status == 304 for status in fresh.values()),
            f">= {len(fresh)}",
            timed=False,
        ),
        Claim(f"heaviest first view ({heaviest}), bytes", weights[heaviest][0], f"<= {FIRST_VIEW}", timed=False),
        Claim(f"heaviest warm view ({warmest}), bytes", weights[warmest][1], f"<= {WARM}", timed=False),
    ]
