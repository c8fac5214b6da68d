"""The library: found by links, counted without tracking, followed by feed, hidden while a draft."""

import re
import xml.etree.ElementTree as ET
from html import unescape

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import StoredFile
from core.sitemaps import VISITOR
from core.starter import ContentFaults, Folder
from programme.enums import State
from programme.library import Narrowed
from programme.loaders.library import load_library
from programme.loaders.vocabularies import load_themes
from programme.models import Document, Resource
from programme.services.library import drop_document, set_countries, set_document
from programme.services.publishing import publish, unpublish
from search.models import SearchDoc
from tests.factories import WEBM, ResourceFactory, ThemeFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 " + bytes(range(91))
ATOM = {"a": "http://www.w3.org/2005/Atom"}
TITLE = re.compile(r'class="row-link" href="/../library/([a-z0-9-]+)/"')


def record(slug: str, *, languages=("en",), countries=(), themes=(), **fields) -> Resource:
    made = ResourceFactory(slug=slug, **fields)
    for code in languages:
        set_document(resource=made, language=code, url=f"https://www.ilo.org/{slug}/{code}")
    set_countries(resource=made, codes=list(countries))
    made.themes.set(themes)
    return made


def with_file(slug: str = "guide", **fields) -> Document:
    return set_document(resource=ResourceFactory(slug=slug, **fields), language="en", upload=ContentFile(PDF, "guide.pdf"))


def shown(browser, query: str = "", language: str = "en") -> list[str]:
    """Return the slugs of the records that a list shows, in order."""
    response = browser.get(f"/{language}/library/{query}")
    assert response.status_code == 200
    return TITLE.findall(response.content.decode())


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def five():
    """Five records that differ in everything that can be filtered."""
    social, debt = ThemeFactory(code="social", words="Social"), ThemeFactory(code="debt", words="Debt")
    record("old", year=1999, is_archive=True, kind="article", themes=[debt])
    record("new", year=2025, kind="guideline", languages=["en", "fr"], countries=["MW", "KE"], themes=[social, debt])
    record("middle", year=2021, kind="guideline", languages=["es"], countries=["MW"], licence="cc-by-4.0")
    record("undated", year=None, kind="report", countries=["CI"], themes=[social])
    record("twenty", year=2020, kind="report")


# The list -----------------------------------------------------------------------------------------
def test_newest_first_undated_behind_archive_last_and_marked(visitor, five):
    assert shown(visitor) == ["new", "middle", "twenty", "undated", "old"]
    html = visitor.get("/en/library/").content.decode()
    assert html.count('<span class="tag">Archive</span>') == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?kind=guideline", ["new", "middle"]),
        ("?language=fr", ["new"]),
        ("?year=2020s", ["new", "middle", "twenty"]),
        ("?year=2021", ["middle"]),
        ("?year=none", ["undated"]),
        ("?country=MW", ["new", "middle"]),
        ("?country=mw", ["new", "middle"]),
        ("?theme=debt", ["new", "old"]),
        ("?licence=cc-by-4.0", ["middle"]),
        ("?kind=guideline&country=MW&language=es", ["middle"]),
        ("?kind=guideline&theme=social&utm_source=x", ["new"]),
        ("?kind=", ["new", "middle", "twenty", "undated", "old"]),
        ("?kind=report&country=MW", []),
    ],
)
def test_filters_are_links_and_combine(visitor, five, query, found):
    assert shown(visitor, query) == found


@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize(
    "query",
    ["?kind=cat", "?year=20x4", "?year=%C2%B2", "?year=99999999999999999999", "?country=%F0%9F%98%80", "?theme=" + "x" * 10_000,
     "?language=de", "?kind=%22%3E%3Cscript%3E", "?page=7", "?page=999999999999"],
)  # fmt: skip
def test_what_is_unknown_finds_nothing_calmly_and_adds_no_weight(visitor, five, language, query):
    response = visitor.get(f"/{language}/library/{query}")

    assert response.status_code == 200
    assert not TITLE.search(response.content.decode()) or "page=9999" in query  # an odd page number is the first page
    assert b"<script>" not in response.content
    assert len(response.content) < 40_000


def test_nul_is_refused(visitor):
    assert visitor.get("/en/library/?kind=%00").status_code == 400


def facets(query: dict) -> dict[str, dict[str, int]]:
    found = Narrowed(VISITOR, query)
    return {str(facet.label): {option.value: option.count for option in facet.options} for facet in found.facets}


def test_counts_say_what_a_choice_would_leave(five):
    everything = facets({})
    assert everything["Kind"] == {"report": 2, "guideline": 2, "article": 1}
    assert everything["Year"] == {"2020s": 3, "1990s": 1, "none": 1}
    assert everything["Country"] == {"CI": 1, "KE": 1, "MW": 2}

    narrowed = facets({"kind": "guideline"})
    assert narrowed["Kind"] == everything["Kind"]  # another kind would take the place of this one
    assert narrowed["Country"] == {"KE": 1, "MW": 2}
    assert narrowed["Language"] == {"en": 1, "fr": 1, "es": 1}


def test_years_of_a_chosen_decade_stand_behind_it(five):
    assert list(facets({"year": "2020s"})["Year"]) == ["2020s", "2025", "2021", "2020", "1990s", "none"]


def test_each_choice_can_be_taken_away_alone(visitor, five):
    html = unescape(visitor.get("/en/library/?kind=guideline&country=MW").content.decode())
    removals = re.findall(r'<a class="go" href="([^"]*)">remove<', html)

    assert removals == ["/en/library/?country=MW", "/en/library/?kind=guideline"]


def test_canonical_leaves_filters_out(visitor, five):
    assert b'<link rel="canonical" href="http://localhost:8000/en/library/">' in visitor.get("/en/library/?kind=report").content


def test_pages_of_25_keep_the_filters(visitor):
    for n in range(27):
        record(f"r{n:02d}", year=2000 + n)
    record("other", kind="article")

    assert len(shown(visitor, "?kind=report")) == 25
    assert shown(visitor, "?kind=report&page=2") == ["r01", "r00"]
    first = unescape(visitor.get("/en/library/?kind=report").content.decode())
    second = unescape(visitor.get("/en/library/?kind=report&page=2").content.decode())
    assert 'rel="next" href="/en/library/?kind=report&page=2"' in first
    assert 'rel="prev" href="/en/library/?kind=report"' in second
    assert 'rel="next"' not in second


def test_names_are_in_the_reader_s_language(visitor, five):
    html = visitor.get("/fr/library/?country=CI&theme=social").content.decode()

    assert "Côte d’Ivoire" in html
    assert "<b>Social fr</b>" in html


def test_a_record_without_the_reader_s_language_is_marked(visitor):
    record("half", title_es="", fallback_languages=["es"])

    assert b'<div lang="en"><a class="row-link"' in visitor.get("/es/library/").content


# Cost ---------------------------------------------------------------------------------------------
def test_cold_list_and_record_cost_the_same_with_more_rows(visitor, settings):
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "VisitorPageCache" not in m]

    def cost(url: str) -> int:
        for kept in caches.all(initialized_only=False):
            kept.clear()
        with CaptureQueriesContext(connection) as found:
            assert visitor.get(url).status_code == 200
        return len(found)

    record("a0", countries=["MW"], themes=[ThemeFactory()])
    addresses = ["/en/library/", "/en/library/?kind=report&country=MW", "/en/library/a0/", "/en/library/feed/"]
    before = [cost(url) for url in addresses]
    for n in (1, 2):
        record(f"a{n}", languages=["en", "fr", "es"], countries=["MW", "KE", "CI"], themes=[ThemeFactory(), ThemeFactory()])
    set_document(resource=Resource.objects.get(slug="a0"), language="fr", upload=ContentFile(PDF, "x.pdf"))
    set_countries(resource=Resource.objects.get(slug="a0"), codes=["MW", "KE", "CI"])

    assert [cost(url) for url in addresses] == before
    assert max(before) <= 8


def test_list_comes_from_the_page_cache(visitor, five, django_assert_num_queries):
    etag = visitor.get("/en/library/?kind=report")["ETag"]

    with django_assert_num_queries(0):
        assert visitor.get("/en/library/?kind=report", headers={"If-None-Match": etag}).status_code == 304


def test_a_person_s_second_look_costs_two_queries_more_than_the_floor(client_of, participant, five):
    browser = client_of(participant)
    browser.get("/en/library/")
    with CaptureQueriesContext(connection) as found:
        browser.get("/en/library/")
    assert sum("programme_" in query["sql"] for query in found) <= 2


# One record ---------------------------------------------------------------------------------------
def test_record_tells_what_it_is(visitor):
    record("guide", authors="ILO & UNDP", year=2021, licence="cc-by-4.0", countries=["MW"], languages=["fr", "en"])
    html = visitor.get("/en/library/guide/").content.decode()

    assert "ILO &amp; UNDP" in html
    assert 'rel="license noopener">Creative Commons Attribution 4.0' in html
    assert html.index('hreflang="en" lang="en" rel="noopener">English') < html.index('hreflang="fr" lang="fr" rel="noopener"')
    assert "leads to ilo.org" in html
    assert 'href="/en/library/?country=MW">Malawi' in html  # no profile is published
    assert '"@type":"DigitalDocument"' in html
    assert '"license":"https://creativecommons.org/licenses/by/4.0/"' in html


def test_document_without_an_address_says_so(visitor):
    made = ResourceFactory(slug="lost", is_archive=True)
    set_document(resource=made, language="en")
    html = visitor.get("/en/library/lost/").content.decode()

    assert "no address known yet" in html
    assert "Archive: kept for the record" in html
    assert visitor.get("/en/library/lost/en/").status_code == 404


@pytest.mark.parametrize(("language", "size"), [("en", "1.5\xa0MB"), ("fr", "1,5\xa0Mio"), ("es", "1,5\xa0MB")])
def test_size_is_written_as_the_reader_writes_numbers(visitor, language, size):
    made = ResourceFactory(slug="large")
    set_document(resource=made, language="en", url="https://www.ilo.org/x", size=1_572_864)
    html = visitor.get(f"/{language}/library/large/").content.decode()

    assert size in html


def test_draft_is_hidden_with_its_files(visitor, staff, client_of):
    document = with_file()
    resource, address = document.resource, document.get_absolute_url()
    assert visitor.get(address).status_code == 200
    unpublish(obj=resource, actor=staff)
    document.file.refresh_from_db()

    assert visitor.get("/en/library/guide/").status_code == 404
    assert visitor.get(address).status_code == 404
    assert visitor.get(document.file.get_absolute_url()).status_code in (302, 404)
    assert body(client_of(staff).get(address)) == PDF
    publish(obj=resource, actor=staff)
    assert body(visitor.get(document.file.get_absolute_url())) == PDF


def test_record_for_members_leads_visitors_to_sign_in(visitor, client_of, outsider):
    address = with_file(audience="member").get_absolute_url()

    assert "/accounts/login/" in visitor.get(address)["Location"]
    assert body(client_of(outsider).get(address)) == PDF
    assert shown(visitor) == []


# Downloads ----------------------------------------------------------------------------------------
def counted(document: Document) -> int:
    return Document.objects.get(pk=document.pk).downloads


def test_file_comes_with_ranges(visitor):
    address = with_file().get_absolute_url()
    whole, part = visitor.get(address), visitor.get(address, headers={"Range": "bytes=10-19"})

    assert (body(whole), whole["Accept-Ranges"]) == (PDF, "bytes")
    assert (part.status_code, body(part), part["Content-Range"]) == (206, PDF[10:20], "bytes 10-19/100")
    assert visitor.get(address, headers={"Range": "bytes=100-"}).status_code == 416
    changed = visitor.get(address, headers={"Range": "bytes=10-19", "If-Range": '"older"'})
    assert (changed.status_code, body(changed)) == (200, PDF)


@pytest.mark.parametrize(
    ("method", "headers", "counts"),
    [
        ("get", {}, 1),
        ("get", {"Range": "bytes=0-9"}, 1),
        ("get", {"Range": "bytes=0-"}, 1),
        ("get", {"Range": "bytes=10-19"}, 0),
        ("get", {"Range": "bytes=100-"}, 0),
        ("head", {}, 0),
        ("get", {"If-None-Match": "etag"}, 0),
    ],
)
def test_only_a_download_from_the_first_byte_counts(visitor, method, headers, counts):
    document = with_file()
    headers = {name: f'"{document.file.sha256[:20]}"' if value == "etag" else value for name, value in headers.items()}
    response = getattr(visitor, method)(document.get_absolute_url(), headers=headers)
    if response.streaming:
        response.getvalue()

    assert counted(document) == counts
    assert not response.cookies


def test_what_staff_look_at_in_a_preview_does_not_count(client_of, staff):
    document = with_file()
    client_of(staff).get(f"{document.get_absolute_url()}?preview=1").getvalue()

    assert counted(document) == 0


def test_link_leads_on_and_is_not_counted(visitor):
    record("linked")

    response = visitor.get("/en/library/linked/en/")
    assert (response.status_code, response["Location"]) == (302, "https://www.ilo.org/linked/en")
    assert counted(Document.objects.get()) == 0
    assert visitor.get("/en/library/linked/fr/").status_code == 404
    assert visitor.get("/en/library/linked/xx/").status_code == 404
    assert visitor.post("/en/library/linked/en/").status_code == 405


def test_replaced_and_dropped_files_are_deleted(django_capture_on_commit_callbacks):
    document = with_file(kind="recording")
    with django_capture_on_commit_callbacks(execute=True):
        document = set_document(resource=document.resource, language="en", upload=ContentFile(WEBM, "film.webm"))
    assert StoredFile.objects.get().content_type == "video/webm"
    with django_capture_on_commit_callbacks(execute=True):
        drop_document(document=document)
    assert not StoredFile.objects.exists()


# Feeds --------------------------------------------------------------------------------------------
def feed(browser, query: str = "", language: str = "en"):
    response = browser.get(f"/{language}/library/feed/{query}")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/atom+xml")
    return ET.fromstring(response.content)  # noqa: S314


def test_feed_has_the_filters_of_its_list(visitor, five):
    found = feed(visitor, "?kind=guideline&country=MW", "fr")
    titles = [entry.findtext("a:title", None, ATOM) for entry in found.findall("a:entry", ATOM)]

    assert titles == ["Title middle fr", "Title new fr"]
    places = {link.get("rel"): link.get("href") for link in found.findall("a:link", ATOM)}
    assert places["alternate"] == "http://localhost:8000/fr/library/?kind=guideline&country=MW"
    assert places["self"] == "http://localhost:8000/fr/library/feed/?kind=guideline&country=MW"
    assert found.find("a:entry/a:link", ATOM).get("href") == "http://localhost:8000/fr/library/middle/"
    assert all(
        entry.findtext("a:id", None, ATOM) and entry.findtext("a:updated", None, ATOM)
        for entry in found.findall("a:entry", ATOM)
    )


def test_feed_holds_what_visitors_may_read_whoever_asks(client_of, staff):
    record("open")
    record("hidden", state="draft")
    record("members", audience="member")

    assert len(feed(client_of(staff)).findall("a:entry", ATOM)) == 1


def test_feed_of_nothing_is_whole(visitor):
    assert not feed(visitor, "?kind=cat&theme=" + "x" * 10_000).findall("a:entry", ATOM)


def test_feed_is_announced_and_unchanged_ones_are_304(visitor, five):
    html = unescape(visitor.get("/en/library/?kind=report").content.decode())
    assert (
        'type="application/atom+xml" title="Library: Report" href="http://localhost:8000/en/library/feed/?kind=report"' in html
    )
    assert '<a href="/en/library/feed/?kind=report" type="application/atom+xml">Follow this choice' in html
    etag = visitor.get("/en/library/feed/?kind=report")["ETag"]
    assert visitor.get("/en/library/feed/?kind=report", headers={"If-None-Match": etag}).status_code == 304


# Starter content and search -----------------------------------------------------------------------
def test_starter_records_load_once_and_staff_edits_stay(visitor):
    load_themes()
    assert load_library() == 20
    Resource.objects.filter(slug="addis-ababa-action-agenda").update(authors="UN")

    assert load_library() == 0
    assert Resource.objects.get(slug="addis-ababa-action-agenda").authors == "UN"
    assert Resource.objects.filter(state=State.PUBLISHED).count() == 20
    assert Resource.objects.filter(is_archive=True).count() >= 4
    assert not Document.objects.filter(file__isnull=False).exists()  # linked, not copied
    assert [
        place.code for place in Resource.objects.get(slug="malawi-integrated-national-financing-strategy").countries.all()
    ] == ["MW"]


def test_a_record_is_found_by_title_theme_and_country():
    load_themes()
    load_library()

    texts = SearchDoc.objects.filter(kind="resource", language="es")
    assert texts.count() == 20


def test_loaded_record_whose_theme_is_unknown_is_a_fault(tmp_path):
    text = (
        "- slug: a\n  kind: report\n  title: {en: A, fr: A, es: A}\n  summary: {en: B, fr: B, es: B}\n  authors: ILO\n"
        "  year: 2020\n  archive: false\n  licence: linked\n  countries: []\n  themes: [nothing]\n  documents: []\n"
    )
    (tmp_path / "library.yaml").write_text(text)
    with pytest.raises(ContentFaults, match="library.yaml:10: unknown theme: nothing"):
        load_library(Folder(tmp_path))
    assert not Resource.objects.exists()
