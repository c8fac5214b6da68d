"""Pages about the programme: read in three languages, marked where they fall back, hidden while they are drafts."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.starter import Folder
from programme.enums import Section
from programme.loaders import FOLDER
from programme.loaders.pages import load_pages
from programme.models import GlossaryTerm, Page
from programme.services.publishing import publish, unpublish
from search.models import SearchDoc
from tests.factories import ExpertFactory, FaqEntryFactory, PageFactory, PartnerFactory, texts

pytestmark = pytest.mark.django_db


def cold(client, url) -> int:
    """Return how many queries a page costs with every cache empty."""
    for kept in caches.all(initialized_only=False):
        kept.clear()
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_page_is_read_in_its_language(visitor, language):
    PageFactory(slug="introduction")
    html = visitor.get(f"/{language}/about/introduction/").text
    assert f"<h1>Title introduction {language}</h1>" in html
    assert f'<p id="b1">First {language}.</p>' in html
    assert f'<meta name="description" content="In short, what this page of the programme says {language}">' in html
    assert "You are reading the original." not in html


def test_page_that_falls_back_says_so_and_marks_its_language(visitor):
    PageFactory(slug="introduction", body_fr="", fallback_languages=["fr"])
    html = visitor.get("/fr/about/introduction/").text
    assert '<h1 lang="en">Title introduction en</h1>' in html
    assert '<div class="reading" lang="en">' in html
    assert "fr." not in html.partition('class="reading"')[2].partition("</div>")[0]
    assert '<div class="alert">' in html
    assert '<div class="alert">' not in visitor.get("/es/about/introduction/").text


def test_fallback_is_marked_in_lists_too(visitor):
    PageFactory(slug="introduction", body_fr="", fallback_languages=["fr"])
    assert '<li lang="en"><a class="row-link" href="/fr/about/introduction/">Title introduction en</a>' in (
        visitor.get("/fr/about/").text
    )


def test_draft_is_for_staff_alone(visitor, client_of, participant, staff):
    PageFactory(slug="introduction", state="draft")
    desk = client_of(staff)
    assert visitor.get("/en/about/introduction/").status_code == 404
    assert client_of(participant).get("/en/about/introduction/").status_code == 404
    assert "Draft: only the programme team sees this page." in desk.get("/en/about/introduction/").text
    assert "Title introduction" not in visitor.get("/en/about/").text
    assert 'class="tag care"' in desk.get("/en/about/").text


def test_preview_may_be_framed_by_us_and_looks_as_readers_see_it(client_of, staff, visitor):
    PageFactory(slug="introduction", state="draft")
    page = client_of(staff).get("/en/about/introduction/?preview=1")
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert "Draft" not in page.text
    assert visitor.get("/en/about/introduction/?preview=1").status_code == 404


def test_members_page_leads_visitors_to_sign_in(visitor, client_of, participant):
    PageFactory(slug="inside", audience="member")
    assert visitor.get("/en/about/inside/")["Location"] == "/en/accounts/login/?next=/en/about/inside/"
    assert client_of(participant).get("/en/about/inside/").status_code == 200


def test_archive_says_so(visitor):
    PageFactory(slug="old", is_archive=True, section=Section.ARCHIVE)
    assert "Archive: this page is kept for the record." in visitor.get("/en/about/old/").text


def test_sources_and_other_pages_of_the_section_stand_at_the_foot(visitor):
    PageFactory(slug="one", **texts("sources", "[ILO](https://www.ilo.org), 2024"))
    PageFactory(slug="two")
    PageFactory(slug="elsewhere", section=Section.LEGAL)
    PageFactory(slug="hidden", state="draft")
    html = visitor.get("/en/about/one/").text
    assert '<a href="https://www.ilo.org" rel="noopener">ILO</a>, 2024 en' in html
    below = html.partition('id="others"')[2].partition("</main>")[0]
    assert "Title two en" in below
    assert "Title one" not in below
    assert "Title elsewhere" not in below
    assert "Title hidden" not in below


def test_term_has_its_note_after_its_block(visitor):
    GlossaryTerm.objects.create(slug="levy", **texts("term", "Levy"), **texts("definition", "A tax"))
    PageFactory(slug="money", body_fr="Un [prélèvement](term:levy).\n\nEnsuite.")
    html = visitor.get("/fr/about/money/").text
    assert html.index('href="#g-levy"') < html.index('id="g-levy"') < html.index('id="b2"')


def test_only_a_long_page_lists_its_headings(visitor):
    long = "\n\n".join(f"## Part {n} & more\n\n{'word ' * 500}" for n in range(4))
    PageFactory(slug="long", body_en=long)
    PageFactory(slug="short")
    assert '<a href="#b3">Part 1 &amp; more</a>' in visitor.get("/en/about/long/").text
    assert "On this page" not in visitor.get("/en/about/short/").text


def test_second_reading_asks_nothing_and_answers_304(visitor, django_assert_num_queries):
    PageFactory(slug="introduction")
    first = visitor.get("/en/about/introduction/")
    assert not first.cookies
    with django_assert_num_queries(0):
        again = visitor.get("/en/about/introduction/", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304


def test_edit_is_seen_at_once(visitor, staff, django_capture_on_commit_callbacks):
    page = PageFactory(slug="introduction")
    assert visitor.get("/en/about/introduction/").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        unpublish(obj=page, actor=staff)
    assert visitor.get("/en/about/introduction/").status_code == 404


@pytest.mark.parametrize("path", ["/en/about/", "/en/about/page-of-0/"])
def test_pages_cost_the_same_at_one_and_three(visitor, client_of, participant, path):
    PageFactory(slug="page-of-0")
    one = cold(visitor, path), cold(client_of(participant), path)
    PageFactory()
    PageFactory(body_fr="")
    assert (cold(visitor, path), cold(client_of(participant), path)) == one
    assert one[0] <= 5


def test_odd_addresses_are_not_found(visitor):
    assert visitor.get("/en/about/none/").status_code == 404
    assert visitor.get("/en/about/%00/").status_code == 400
    assert visitor.get(f"/en/about/{'x' * 3000}/").status_code == 404


# Starter content ----------------------------------------------------------------------------------
def test_starter_pages_stand_whole_in_every_language(vocabularies):
    assert load_pages() >= 15
    assert load_pages() == 0
    assert not [page for page in Page.objects.all() if page.gaps() or page.stale() or page.published_at is None]
    assert not Page.objects.exclude(state="published").exists()
    assert Page.objects.filter(is_archive=True).exists()
    assert {"terms", "copyright", "disclaimer", "accessibility"} <= set(
        Page.objects.filter(section=Section.LEGAL).values_list("slug", flat=True)
    )


def test_staff_edits_and_deletions_survive_loading_again():
    load_pages()
    Page.objects.filter(slug="outcomes").update(title_en="Ours")
    Page.objects.filter(slug="terms").delete()
    assert load_pages() == 0
    assert Page.objects.get(slug="outcomes").title_en == "Ours"
    assert not Page.objects.filter(slug="terms").exists()


def test_broken_files_are_named_and_nothing_is_written(tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "pages.yaml").write_text("- {slug: a, section: nowhere, position: 1}\n- {slug: b, position: 2}\n")
    for code in ("en", "fr", "es"):
        for slug in "ab":
            (tmp_path / "pages" / f"{slug}.{code}.md").write_text("---\ntitle: T\nsummary: S\n---\nBody\n")
    with pytest.raises(Exception, match="pages.yaml:1: section") as told:
        load_pages(Folder(tmp_path))
    assert "pages.yaml:2: “section” is missing" in str(told.value)
    assert not Page.objects.exists()


def test_every_page_has_its_files():
    assert len([name for name in FOLDER.names() if name.startswith("pages/") and name.endswith(".md")]) % 3 == 0


# The index ----------------------------------------------------------------------------------------
def test_published_texts_stand_in_the_index_in_whole_languages_alone(staff):
    page = PageFactory(slug="introduction", state="draft", body_fr="", fallback_languages=["fr"])
    others = [FaqEntryFactory(slug="who", state="draft"), PartnerFactory(state="draft"), ExpertFactory(state="draft")]
    for row in (page, *others):
        publish(obj=row, actor=staff)
    urls = set(SearchDoc.objects.values_list("url", flat=True))
    assert {"/en/about/introduction/", "/es/about/introduction/", "/fr/faq/who/"} <= urls
    assert "/fr/about/introduction/" not in urls
    assert f"/fr/partners/#{others[1].code}" in urls
    assert f"/es/team/#p{others[2].pk}" in urls
    for row in (page, *others):
        unpublish(obj=row, actor=staff)
    assert not SearchDoc.objects.exists()
