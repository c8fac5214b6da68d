"""Country profiles: facts with date and source, a list and a map that say the same, and what staff are held to."""

import json
import re
from datetime import date
from xml.etree import ElementTree

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext, override

from core.changes import content_changed
from core.errors import DomainError
from core.models import Event
from core.starter import ContentFaults, Folder
from programme import maps
from programme.enums import FactKind
from programme.loaders import FOLDER
from programme.loaders.countries import load_countries
from programme.loaders.vocabularies import load_sub_regions
from programme.models import CountryFact, CountryProfile, GlossaryTerm, ResourceCountry
from programme.services.publishing import publish, unpublish
from search.models import SearchDoc
from tests.admin_desk import form_data
from tests.factories import CountryFactory, FactFactory, ResourceFactory, SubRegionFactory, texts
from tests.programme.test_pages import cold

pytestmark = pytest.mark.django_db

LINE = re.compile(r'<a class="row-link" href="/\w\w/countries/(\w\w)/">([^<]*)</a>')
SPOT = re.compile(r'<a href="/\w\w/countries/(\w\w)/"><title>([^<]*)</title>')


def original(language: str) -> str:
    """Return the note that a text is shown in another language than the reader's."""
    with override(language):
        return gettext("This text is not yet available in your language. You are reading the original.")


def drawn(html: str) -> ElementTree.Element:
    """Return the map of a page as XML."""
    return ElementTree.fromstring(re.search(r"<svg.*?</svg>", html, re.DOTALL)[0])  # noqa: S314  our own page


# A profile ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("language", "month"), [("en", "as of April 2025"), ("fr", "avril 2025"), ("es", "abril de 2025")])
def test_profile_is_read_in_its_language(visitor, language, month):
    FactFactory()
    html = visitor.get(f"/{language}/countries/mw/").text
    assert f"In short, what is known of this country {language}" in html
    assert f"It was launched {language}." in html
    assert month in html
    assert '<a href="https://www.undp.org/malawi" rel="noopener">UNDP, 2025</a>' in html
    assert original(language) not in html


def test_profile_says_that_it_is_illustrative_as_of_its_newest_fact(visitor):
    fact = FactFactory()
    FactFactory(profile=fact.profile, kind="accelerator", as_of=date(2025, 12, 10))
    html = visitor.get("/en/countries/mw/").text
    assert "Illustrative, compiled from public sources; as of December 2025, the date of the newest fact." in html


def test_facts_stand_in_the_order_of_their_kinds(visitor):
    profile = CountryFactory()
    for kind in reversed(FactKind.values):
        FactFactory(profile=profile, kind=kind)
    assert re.findall(r'<h2 id="(\w+)">', visitor.get("/en/countries/mw/").text)[: len(FactKind)] == FactKind.values


def test_a_profile_without_facts_says_so(visitor):
    CountryFactory()
    html = visitor.get("/en/countries/mw/").text
    assert "No fact is filled in yet." in html
    assert "as of" not in html


def test_fallback_says_so_fact_by_fact(visitor):
    fact = FactFactory(body_fr="")
    FactFactory(profile=fact.profile, kind="accelerator")
    html = visitor.get("/fr/countries/mw/").text
    assert html.count(original("fr")) == 1
    assert '<div lang="en"><p>It was launched en.</p>' in html
    assert "<div><p>It was launched fr.</p>" in html


def test_a_term_is_explained_once_on_the_page(visitor):
    GlossaryTerm.objects.create(slug="levy", **texts("term", "Levy"), **texts("definition", "A tax"))
    fact = FactFactory(body_en="A [levy](term:levy).")
    FactFactory(profile=fact.profile, kind="accelerator", body_en="Another [levy](term:levy).")
    html = visitor.get("/en/countries/mw/").text
    assert html.count('id="g-levy"') == 1
    assert html.count('href="#g-levy"') == 2


def test_profile_shows_neighbours_and_what_the_library_holds_of_it(visitor):
    profile = FactFactory().profile
    CountryFactory(code="ZM", sub_region=profile.sub_region)
    CountryFactory(code="NA", sub_region=profile.sub_region, state="draft")
    CountryFactory(code="KE")
    for slug, code, state in (("of-malawi", "MW", "published"), ("of-kenya", "KE", "published"), ("draft", "MW", "draft")):
        ResourceCountry.objects.create(resource=ResourceFactory(slug=slug, state=state), code=code)
    html = visitor.get("/en/countries/mw/").text
    near = html.partition('id="neighbours"')[2].partition("</main>")[0]
    assert "Zambia" in near
    assert not any(name in near for name in ("Malawi", "Namibia", "Kenya"))
    assert '<a class="row-link" href="/en/library/of-malawi/">Title of-malawi en</a>' in html
    assert "Title of-kenya" not in html
    assert "Title draft" not in html
    assert '<a href="/en/library/?country=MW">All about Malawi</a>' in html


def test_draft_is_for_staff_alone(visitor, client_of, participant, staff):
    CountryFactory(state="draft")
    assert visitor.get("/en/countries/mw/").status_code == 404
    assert client_of(participant).get("/en/countries/mw/").status_code == 404
    assert "Draft: only the programme team sees this page." in client_of(staff).get("/en/countries/mw/").text
    assert "/countries/mw/" not in visitor.get("/en/countries/").text
    assert "/countries/mw/" in client_of(staff).get("/en/countries/").text


def test_capitals_lead_to_the_one_address(visitor):
    CountryFactory()
    answer = visitor.get("/fr/countries/MW/")
    assert (answer.status_code, answer["Location"]) == (301, "/fr/countries/mw/")


@pytest.mark.parametrize("code", ["zz", "mwi", "m", "%00", "%F0%9F%87%B2%F0%9F%87%BC", "..", "1", "x" * 10_000])
def test_odd_codes_are_answered_calmly(visitor, code):
    CountryFactory()
    assert visitor.get(f"/en/countries/{code}/").status_code in (400, 404)


def test_profile_tells_search_engines_what_it_is_about(visitor):
    FactFactory()
    html = visitor.get("/es/countries/mw/").text
    found = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html)[1])["@graph"]
    assert [one["@type"] for one in found] == ["Article", "BreadcrumbList"]
    assert found[0]["about"] == [{"@type": "Country", "name": "Malawi", "identifier": "MW"}]


@pytest.mark.parametrize("path", ["/fr/countries/", "/fr/countries/mw/"])
def test_pages_cost_the_same_at_one_and_three(visitor, client_of, participant, path):
    fact = FactFactory()
    ResourceCountry.objects.create(resource=ResourceFactory(), code="MW")
    one = cold(visitor, path), cold(client_of(participant), path)
    for kind, code in (("accelerator", "ZM"), ("national_plan", "KE")):
        FactFactory(profile=fact.profile, kind=kind, body_es="")
        FactFactory(profile=CountryFactory(code=code, sub_region=fact.profile.sub_region))
        ResourceCountry.objects.create(resource=ResourceFactory(), code="MW")
    assert (cold(visitor, path), cold(client_of(participant), path)) == one
    assert one[0] <= 8


def test_second_reading_asks_nothing(visitor, django_assert_num_queries):
    FactFactory()
    first = visitor.get("/en/countries/")
    with django_assert_num_queries(0):
        assert visitor.get("/en/countries/", headers={"if-none-match": first["ETag"]}).status_code == 304


# The list and the map -----------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_map_and_list_show_the_same_countries_under_the_same_names(visitor, language):
    for code in ("MW", "ZM", "GH", "RW", "KE"):
        CountryFactory(code=code)
    html = visitor.get(f"/{language}/countries/").text
    assert sorted(LINE.findall(html)) == sorted(SPOT.findall(html))
    assert len(SPOT.findall(html)) == 5
    assert "not on this map" not in html


def test_country_off_the_map_is_in_the_list_and_counted(visitor):
    for code in ("MW", "MU", "NP"):  # the map shows neither islands of this size nor Asia
        CountryFactory(code=code)
    html = visitor.get("/en/countries/").text
    assert {code for code, _name in LINE.findall(html)} == {"mw", "mu", "np"}
    assert {code for code, _name in SPOT.findall(html)} == {"mw"}
    assert "2 countries of the list are not on this map." in html


def test_list_without_a_country_on_the_map_has_no_map(visitor):
    CountryFactory(code="NP")
    html = visitor.get("/en/countries/").text
    assert "<svg" not in html
    assert "Nepal" in html


def test_list_stands_by_sub_region_and_by_name_with_stage_and_date(visitor):
    west, south = SubRegionFactory(code="west"), SubRegionFactory(code="south")
    FactFactory(profile=CountryFactory(code="ZM", sub_region=south))
    CountryFactory(code="MW", sub_region=south, inff_stage="inception", accelerator="not_listed")
    CountryFactory(code="GH", sub_region=west)
    html = visitor.get("/en/countries/").text
    places = [html.index(f">{words}<") for words in ("Region west en", "Region south en")]
    assert places == sorted(places)
    assert [code for code, _name in LINE.findall(html)] == ["gh", "mw", "zm"]
    zambia = html.partition(">Zambia</a>\n")[2].partition("</ul>")[0]
    assert "Financing strategy" in zambia
    assert "as of April 2025" in zambia
    malawi = html.partition(">Malawi</a>\n")[2].partition("</ul>")[0]
    assert "Inception" in malawi
    assert "Not listed" in malawi
    assert "as of" not in malawi


def test_overview_without_profiles_says_where_to_go(visitor):
    html = visitor.get("/en/countries/").text
    assert "No country profile is published yet." in html
    assert "<svg" not in html


def test_map_is_sound_named_and_without_style(visitor):
    CountryFactory(code="RW")
    html = visitor.get("/en/countries/").text
    svg = drawn(html)
    assert svg.get("role") == "group"
    assert svg.get("aria-label")
    assert f'id="{svg.get("aria-describedby")}"' in html
    assert not [part for part in svg.iter() if "style" in part.attrib or part.tag.endswith(("style", "script"))]
    assert [part.tag for part in svg.find("a")] == ["title", "path", "circle", "text"]
    assert "imply no endorsement" in html


def test_map_is_light(visitor):
    for code in maps.drawing()["countries"]:
        CountryFactory(code=code)
    html = visitor.get("/en/countries/").text
    assert len(SPOT.findall(html)) == 50
    assert len(re.search(r"<svg.*?</svg>", html, re.DOTALL)[0]) < 24_000  # letters, before compression


# Publishing ---------------------------------------------------------------------------------------
def test_publishing_asks_for_whole_facts_and_names_them(staff):
    profile = CountryFactory(state="draft")
    FactFactory(profile=profile, body_es="")
    with pytest.raises(DomainError) as refusal:
        publish(obj=profile, actor=staff)
    assert "ES: Integrated national financing framework" in str(refusal.value)
    assert profile.languages() == ["en", "fr"]
    profile.fallback_languages = ["es"]
    publish(obj=profile, actor=staff)
    assert Event.objects.about(profile).get().act == "publish"


def test_facts_are_read_by_those_who_read_the_profile(participant, staff):
    fact = FactFactory(profile=CountryFactory(state="draft"))
    assert not CountryFact.objects.visible_to(participant).exists()
    publish(obj=fact.profile, actor=staff)
    assert CountryFact.objects.visible_to(participant).get() == fact


@pytest.mark.parametrize(
    "sources",
    [
        "UNDP", [{"title": "UNDP"}], [{"title": "UNDP", "url": "ftp://undp.org"}], [{"title": " ", "url": "https://undp.org"}],
        [{"title": "UNDP", "url": "javascript:alert(1)"}], [{"title": "UNDP", "url": 7}], ["https://undp.org"], {"a": 1},
    ],
)  # fmt: skip
def test_broken_sources_are_refused(sources):
    fact = FactFactory()
    fact.sources = sources
    with pytest.raises(ValidationError) as refusal:
        fact.full_clean()
    assert list(refusal.value.message_dict) == ["sources"]


# Found --------------------------------------------------------------------------------------------
def test_profile_is_found_by_its_facts_in_each_language_and_not_when_it_is_a_draft(staff):
    fact = FactFactory(body_fr="Une assurance contre la sécheresse.")
    content_changed(fact)
    rows = SearchDoc.objects.filter(kind="country")
    assert sorted(rows.values_list("language", "title", "url")) == [
        ("en", "Malawi", "/en/countries/mw/"),
        ("es", "Malawi", "/es/countries/mw/"),
        ("fr", "Malawi", "/fr/countries/mw/"),
    ]
    assert "sécheresse" in rows.get(language="fr").text
    unpublish(obj=fact.profile, actor=staff)
    assert not rows.exists()


# The administration -------------------------------------------------------------------------------
def change_page(profile: CountryProfile) -> str:
    return reverse("admin:programme_countryprofile_change", args=[profile.pk])


def test_sources_are_edited_as_lines(client_of, staff):
    fact, desk = FactFactory(), client_of(staff)
    data = form_data(desk.get(change_page(fact.profile)))
    assert data["facts-0-sources"] == "UNDP, 2025 | https://www.undp.org/malawi"
    data["facts-0-sources"] += "\r\n\r\nA | B, 2024 | https://inff.org/country/malawi "
    assert desk.post(change_page(fact.profile), data).status_code == 302
    fact.refresh_from_db()
    assert fact.sources[1:] == [{"title": "A | B, 2024", "url": "https://inff.org/country/malawi"}]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("UNDP, 2025", "Line 1: write the title, a vertical bar, and the web address."),
        ("UNDP, 2025 | undp.org", "Source 1 has no web address that begins with http:// or https://."),
        ("| https://undp.org", "Source 1 has no title."),
    ],
)
def test_a_source_without_title_or_address_is_refused_beside_the_field_and_stays_typed(client_of, staff, typed, said):
    fact, desk = FactFactory(), client_of(staff)
    page = desk.get(change_page(fact.profile))
    answer = desk.post(change_page(fact.profile), form_data(page) | {"facts-0-sources": typed})
    form = answer.context["inline_admin_formsets"][0].formset.forms[0]
    assert form.errors == {"sources": [said]}
    assert f">\n{typed}</textarea>" in answer.text
    fact.refresh_from_db()
    assert len(fact.sources) == 1


def test_a_fact_needs_its_date(client_of, staff):
    fact, desk = FactFactory(), client_of(staff)
    page = desk.get(change_page(fact.profile))
    answer = desk.post(change_page(fact.profile), form_data(page) | {"facts-0-as_of": ""})
    assert list(answer.context["inline_admin_formsets"][0].formset.forms[0].errors) == ["as_of"]


def test_untouched_profile_changes_nothing(client_of, staff):
    fact, desk = FactFactory(), client_of(staff)
    page = desk.get(change_page(fact.profile))
    assert desk.post(change_page(fact.profile), form_data(page)).status_code == 302
    assert CountryFact.history.count() == 1


def test_staff_are_told_when_readers_miss_a_fact(client_of, staff):
    fact, desk = FactFactory(), client_of(staff)
    data = form_data(desk.get(change_page(fact.profile)))
    answer = desk.post(change_page(fact.profile), data | {"facts-0-body_es": ""}, follow=True)
    assert "“Malawi” is published, and readers miss texts in: ES." in answer.text


def test_a_new_profile_is_chosen_from_the_countries_and_keeps_its_code(client_of, staff):
    region, desk = SubRegionFactory(), client_of(staff)
    page = desk.get(reverse("admin:programme_countryprofile_add"))
    assert '<option value="MW">Malawi</option>' in page.text
    data = form_data(page) | {"code": "MW", "sub_region": region.pk, "summary_en": "Known.", "audience": "public"}
    assert desk.post(reverse("admin:programme_countryprofile_add"), data).status_code == 302
    profile = CountryProfile.objects.get()
    assert profile.is_draft
    assert 'name="code"' not in desk.get(change_page(profile)).text
    again = desk.post(reverse("admin:programme_countryprofile_add"), data)
    assert "code" in again.context["adminform"].form.errors


def test_list_of_profiles_costs_the_same_and_says_which_language_is_whole(client_of, staff):
    desk, path = client_of(staff), reverse("admin:programme_countryprofile_changelist")
    fact = FactFactory(body_fr="")
    one = cold(desk, path)
    for code in ("ZM", "KE"):
        FactFactory(profile=CountryFactory(code=code, sub_region=fact.profile.sub_region))
    assert cold(desk, path) == one
    html = desk.get(path).text
    assert '<span class="lang-state">FR <span class="care">1 missing</span></span>' in html
    assert "April 2025" in html


# Starter content ----------------------------------------------------------------------------------
def test_starter_profiles_stand_whole(vocabularies):
    load_sub_regions()
    assert load_countries() == 5
    assert load_countries() == 0
    profiles = CountryProfile.objects.all()
    assert not [profile for profile in profiles if profile.gaps() or profile.is_draft or profile.published_at is None]
    assert not [fact for fact in CountryFact.objects.all() if fact.stale()]
    assert CountryFact.objects.filter(sources=[]).count() <= 1  # one fact says that nothing was found
    assert all(maps.is_on_map(profile.code) for profile in profiles)


COUNTRY = """code: MW
sub_region: south
inff_stage: strategy
accelerator: roadmap
summary: {en: "A", fr: "B", es: "C"}
facts:
- kind: inff
  text: {en: "One", fr: "Un", es: "Uno"}
  as_of: 2025-04-16
  sources: [{title: "UNDP", url: "https://undp.org"}]
- kind: accelerator
  text: {en: "Two", fr: "Deux", es: "Dos"}
  as_of: 2025-04-16
  sources: []
"""


@pytest.fixture
def country_file(tmp_path):
    """Return f(text) -> a folder with this one country."""
    SubRegionFactory(code="south")
    (tmp_path / "countries").mkdir()

    def folder(text: str) -> Folder:
        (tmp_path / "countries" / "mw.yaml").write_text(text)
        return Folder(tmp_path)

    return folder


def test_changed_file_changes_its_facts_and_what_staff_wrote_stays_until_then(country_file):
    assert load_countries(country_file(COUNTRY)) == 1
    CountryFact.objects.filter(kind="inff").update(body_en="By staff")
    assert load_countries(country_file(COUNTRY)) == 0
    assert CountryFact.objects.get(kind="inff").body_en == "By staff"
    assert load_countries(country_file(COUNTRY.partition("- kind: accelerator")[0].replace("One", "First"))) == 1
    assert [(fact.kind, fact.body_en) for fact in CountryFact.objects.all()] == [("inff", "First")]


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (("sub_region: south", "sub_region: north"), 2),
        (("kind: inff", "kind: gossip"), 7),
        (("https://undp.org", "undp.org"), 10),
        (("as_of: 2025-04-16\n  sources: []", "as_of: soon\n  sources: []"), 13),
        (('  sources: [{title: "UNDP"', '  sources: [{name: "UNDP"'), 10),
    ],
)
def test_fault_of_a_file_is_named_with_its_line_and_nothing_is_written(country_file, wrong, line):
    with pytest.raises(ContentFaults) as refusal:
        load_countries(country_file(COUNTRY.replace(*wrong)))
    assert f"countries/mw.yaml:{line}: " in str(refusal.value)
    assert not CountryProfile.objects.exists()


def test_every_starter_file_is_named_by_its_code():
    names = [name for name in FOLDER.names() if name.startswith("countries/")]
    assert len(names) == 5
    for name in names:
        assert f"code: {name[10:12].upper()}\n" in FOLDER.read(name).decode()
