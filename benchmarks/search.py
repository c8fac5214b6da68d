"""Search: 100,000 texts on PostgreSQL and on SQLite; common and rare words, near misses, keeping in step."""

import io
import itertools
import random
import sys
import time
from urllib.parse import quote

from benchmarks.harness import Claim, House, Site, cpu_seconds, percentile, table, threads, weigh
from benchmarks.harness import run as run_command

FULL = {"terms": 32_000, "units": 1_400, "readers": 200}
TINY = {"terms": 150, "units": 20, "readers": 10}
MOST_COMMON_MS, MOST_RARE_MS = 150, 60
FIRST_VIEW, WARM = 40 * 1024, 14 * 1024
TABLES = ["search_searchdoc", "search_spelling"]
LANGUAGES = ("en", "fr", "es")
ENDINGS = {
    "en": ("ing", "ment", "er", "y", ""),
    "fr": ("ement", "eur", "ation", "e", "ure"),
    "es": ("ción", "ero", "idad", "o", "ar"),
}
# Each in nearly a third of the texts of its language, in a twentieth of the titles.
COMMON = {
    "en": ["financing", "ministry", "employment", "budget"],
    "fr": ["financement", "ministère", "emploi", "budget"],
    "es": ["financiación", "ministerio", "empleo", "presupuesto"],
}
SYLLABLES = ["".join(pair) for pair in itertools.product("bcdfglmnprstv", "aeiou")]


def vocabulary(language: str, size: int = 12_000) -> list[str]:
    """Return made words, the same in every run. Pure."""
    chance = random.Random(language)
    words = {
        "".join(chance.choices(SYLLABLES, k=chance.choice((2, 3, 3, 4)))) + chance.choice(ENDINGS[language])
        for _ in range(size)
    }
    return sorted(words, key=lambda word: chance.random())


class Writer:
    """Writes texts in which words are as frequent as in real ones: the n-th word 1/n as often as the first."""

    def __init__(self, language: str):
        self.chance, self.common = random.Random(f"texts {language}"), COMMON[language]
        self.words = vocabulary(language)
        self.weights = list(itertools.accumulate(1 / (n + 20) for n in range(len(self.words))))

    def text(self, length: int, often: float) -> str:
        words = self.chance.choices(self.words, cum_weights=self.weights, k=length)
        words += [word for word in self.common if self.chance.random() < often]
        self.chance.shuffle(words)
        return " ".join(words)


def seed(terms: int, units: int, readers: int) -> dict:
    """Make glossary terms and units in three languages and index them. Runs inside the site.

    Returns: {"cookies", "rebuild_s", "again_s", "docs", "words"}.
    """
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import inside
    from courses.models import Module, Unit
    from programme.models import GlossaryTerm, Theme
    from search.models import SearchDoc, Spelling

    writers = {code: Writer(code) for code in LANGUAGES}

    def texts(field: str, length: int, often: float) -> dict:
        return {f"{field}_{code}": writer.text(length, often) for code, writer in writers.items()}

    GlossaryTerm.objects.bulk_create(
        [
            GlossaryTerm(slug=f"made-{n}", **texts("term", 3, 0.05), **texts("definition", 60, 0.3))
            for n in range(terms)
        ],
        batch_size=1000,
    )  # fmt: skip
    theme = Theme.objects.create(code="made", **texts("name", 2, 0))
    for start in range(0, units, 40):
        module = Module.objects.create(
            slug=f"made-{start}", theme=theme, state="published", audience="member" if start % 80 else "public",
            **texts("title", 4, 0.05), **texts("summary", 20, 0.3), **texts("objectives", 20, 0.3),
        )  # fmt: skip
        Unit.objects.bulk_create(
            Unit(module=module, slug=f"unit-{n}", position=n, **texts("title", 4, 0.05), **texts("body", 700, 0.6))
            for n in range(min(40, units - start))
        )
    facts = {}
    for name in ("rebuild_s", "again_s"):
        begun = time.perf_counter()
        call_command("search_rebuild", stdout=io.StringIO())
        facts[name] = round(time.perf_counter() - begun, 1)
    if connection.vendor == "postgresql":
        inside.settle()
    ids = inside.people(readers)
    facts |= {"docs": SearchDoc.objects.count(), "words": Spelling.objects.values("language", "word").distinct().count()}
    return facts | {"cookies": inside.cookies(ids[:4]), "engine": connection.vendor, "rare": rare_words(), "hits": hits()}


def rare_words() -> dict[str, list[str]]:
    """Return {language: words that a few dozen texts hold at the most}."""
    from search import engines, finding
    from search.models import SearchDoc
    from search.query import parse

    found = {}
    for code in LANGUAGES:
        words = [word for word in vocabulary(code)[-2000:] if len(word) > 6][:200]
        rows = {w: SearchDoc.objects.matching(parse(w).demand(code)).values("object_key")[: finding.MOST_HITS] for w in words}
        counts = engines.counts(rows)
        found[code] = [word for word, count in counts.items() if 1 <= count <= 60][:40]
    return found


def hits() -> dict[str, int]:
    """Return {common word: how many texts hold it}."""
    from search.models import SearchDoc
    from search.query import parse

    return {word: SearchDoc.objects.matching(parse(word).demand("fr")).count() for word in COMMON["fr"]}


def indexing(turns: int) -> dict[str, list[float]]:
    """Return the ms in which a term and a unit are written anew in the index, their words in the text changed."""
    from django.db import transaction

    from courses.models import Unit
    from programme.models import GlossaryTerm
    from search.services import index

    taken: dict[str, list[float]] = {"term": [], "unit": []}
    for name, rows, field in (("term", GlossaryTerm.objects.all(), "definition"), ("unit", Unit.objects.all(), "body")):
        for row in rows.filter(**({"slug__startswith": "made-"} if name == "term" else {"module__slug__startswith": "made-"}))[
            :turns
        ]:
            setattr(row, f"{field}_fr", f"{row.text(field, 'fr')} financement changé")
            row.save()
            begun = time.perf_counter()
            with transaction.atomic():
                index(row)
            taken[name].append((time.perf_counter() - begun) * 1000)
    return {name: sorted(times) for name, times in taken.items()}


# Outside the site ---------------------------------------------------------------------------------
def embedded(house: House) -> Site:
    """Make an empty, migrated site as `make run` has it: SQLite, no Redis."""
    site = Site(house, "search_sqlite", 0)
    site.env |= {"DATABASE_URL": "", "REDIS_URL": ""}
    run_command([sys.executable, "manage.py", "migrate", "-v0"], env=site.env)
    return site


def asked(facts: dict) -> dict[str, list[str]]:
    """Return {what: addresses}: as many different ones as a minute of readers brings."""
    rare = facts["rare"]
    typed = {
        "common": [word for code in LANGUAGES for word in COMMON[code]],
        "two common": [" ".join(pair) for code in LANGUAGES for pair in itertools.combinations(COMMON[code], 2)],
        "rare": [word for code in LANGUAGES for word in rare[code]],
        "rare and common": [f"{word} {COMMON[code][0]}" for code in LANGUAGES for word in rare[code][:12]],
        "phrase": [f'"{one} {other}"' for code in LANGUAGES for one, other in itertools.permutations(COMMON[code], 2)],
        "misspelt": [word[:3] + word[4:] for code in LANGUAGES for word in rare[code][:12]],
        "beginning": [word[:5] for code in LANGUAGES for word in rare[code][:12]],
        "nothing": [f"zqx{n}wv" for n in range(20)],
    }
    found = {what: [f"/fr/search/?q={quote(one)}" for one in words] for what, words in typed.items()}
    found["common, page 3, one kind"] = [f"{path}&page=3&kind=term" for path in found["common"]]
    return found


def timed(site: Site, paths: list[str], cookie: str, seconds: float, count: int) -> list[float]:
    """Return the ms of pages asked for in turn by so many readers at once."""
    headers = {"Cookie": cookie} if cookie else {}
    for path in paths[:4]:
        site.fetch(path, headers=headers)
    return threads(lambda n, turn: site.fetch(paths[(turn * 7 + n) % len(paths)], headers=headers).status, seconds, count)


def run(house: House) -> list[Claim]:
    sizes = TINY if house.tiny else FULL
    claims: list[Claim] = []
    for site, engine in ((house.site("search"), "PostgreSQL"), (embedded(house), "SQLite")):
        facts = site.ask("search:seed", **sizes)
        print(f"{engine}: {facts['docs']} texts, {facts['words']} words; hits {facts['hits']}")
        print(f"  rebuilt in {facts['rebuild_s']} s, looked through again in {facts['again_s']} s\n", flush=True)
        claims += judge_pages(house, site, engine, facts)
        written = site.ask("search:indexing", turns=5 if house.tiny else 60)
        for name, times in written.items():
            figure = round(percentile(times, 50), 1)
            claims.append(Claim(f"{engine}: writing one {name} anew in the index, three languages, median ms", figure))
        claims.append(Claim(f"{engine}: rebuilding the index of {facts['docs']} texts, s", facts["rebuild_s"]))
        if engine == "PostgreSQL":
            rare = {path: path for what in ("rare", "misspelt", "nothing") for path in asked(facts)[what][:4]}
            found = site.ask("inside:scans", paths=rare, cookie=facts["cookies"][0], tables=TABLES)
            print("\n".join(found))
            # Not judged on a tiny run, like what is timed: a small table is read whole, and rightly so.
            claims.append(Claim("PostgreSQL: reads of a whole table for rare words", len(found), "<= 0"))
    return claims


def judge_pages(house: House, site: Site, engine: str, facts: dict) -> list[Claim]:
    """Load each sort of query, by a visitor and by a member, alone and four at once."""
    rows, claims = [], []
    paths, seconds = asked(facts), 0.5 if house.tiny else 6
    with house.serve(site):
        for who, cookie in (("visitor", ""), ("member", facts["cookies"][0])):
            for what, addresses in paths.items():
                before = cpu_seconds()
                alone = timed(site, addresses, cookie, seconds, 1)
                cpu = (cpu_seconds() - before) * 1000 / len(alone)
                crowd = timed(site, addresses, cookie, seconds / 2, 4)
                figures = [percentile(alone, 50), percentile(alone, 95), cpu, percentile(crowd, 95)]
                rows.append([f"{engine}, {who}: {what}", *figures])
                most = MOST_RARE_MS if what == "rare" else MOST_COMMON_MS
                claims.append(
                    Claim(f"{engine}, {who}: search page, {what}, p95 ms", round(percentile(alone, 95), 1), f"<= {most}")
                )
        first, warm, _parts = weigh(site, paths["common"][0], facts["cookies"][0])
    table(rows, ["page", "p50 ms", "p95 ms", "CPU ms", "p95 ms, 4 at once"])
    claims.append(Claim(f"{engine}: search page, first view, bytes", first, f"<= {FIRST_VIEW}", timed=False))
    claims.append(Claim(f"{engine}: search page, warm, bytes", warm, f"<= {WARM}", timed=False))
    return claims
