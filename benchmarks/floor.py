"""The floor: the least that a signed-in page costs. Every other subject is measured against it."""

from benchmarks.harness import Claim, House, Site, Target, table

PATH = "/fr/benchmark/floor/"
LEAST = 200
MOST_QUERIES = 4


def seed(learners: int) -> dict:
    """Make people with letters. Runs inside the site. Returns: {"cookies": four Cookie headers}."""
    from benchmarks import inside

    ids = inside.people(learners)
    inside.letters(ids[:200], 30)
    inside.settle()
    return {"cookies": inside.cookies(ids[:4])}


def target(site: Site, cookies: list[str]) -> Target:
    return Target(site, PATH, tuple(cookies))


def run(house: House) -> list[Claim]:
    site = house.site("floor")
    cookies = site.ask("floor:seed", learners=20 if house.tiny else 2000)["cookies"]
    asked = site.ask("inside:queries", paths={"floor": PATH}, cookie=cookies[0])["floor"]
    visitor = "/fr/accounts/privacy/"
    with house.serve(site):
        loads = house.measure({"floor": target(site, cookies), "visitor": Target(site, visitor)})
    rows = [["floor, signed in", loads["floor"].rate, loads["floor"].p50, loads["floor"].p95, loads["floor"].cpu, len(asked)]]
    rows.append(
        ["privacy, visitor, cached", loads["visitor"].rate, loads["visitor"].p50, loads["visitor"].p95, loads["visitor"].cpu, 0]
    )
    table(rows, ["floor", "req/s", "p50 ms", "p95 ms", "CPU ms", "queries"])
    return [
        Claim("floor page, requests a second", round(loads["floor"].rate, 1), f">= {LEAST}"),
        Claim("floor page, queries", len(asked), f"<= {MOST_QUERIES}", timed=False),
    ]
