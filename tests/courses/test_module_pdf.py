"""A module as PDF: complete, accessible, made once for all readers of the same content."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core import jobs
from core.models import Job, StoredFile
from courses import documents
from courses.models import Figure, Reflection
from courses.pdf import content_key, document
from programme.models import GlossaryTerm
from tests.factories import CheckFactory, ModuleFactory, UnitFactory, texts
from tests.pdf_reading import alternatives_of, assert_accessible, reader_of, tags_of, text_of

pytestmark = pytest.mark.django_db
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 90"><text x="9" y="40" font-size="14">Bloc</text></svg>'
BODY = """The *first* paragraph, with [work](term:decent-work) and [a page](/en/) and `code`.

## A finding

- one
- two with **weight**

3. three
4. four

#### Deeper than it should be

| Year | Share |
|------|------:|
| 2024 | ≥ 5 % |

![](figure:blocks)

> Said in Addis

![](figure:gone)

Last words, with *[no such term](term:nothing)*.
"""


def body(words: str = BODY) -> dict:
    return {f"body_{code}": words for code in ("en", "fr", "es")}


@pytest.fixture
def module(db):
    """A module with everything that a text may hold."""
    module = ModuleFactory(slug="full")
    unit = UnitFactory(module=module, slug="first", position=1, **body())
    CheckFactory(module=module, slug="check", position=10**4)
    Figure.objects.create(
        module=module, key="blocks", **texts("title", "Four blocks"), **texts("description", "Blocks in a row"),
        **{f"svg_{code}": SVG for code in ("en", "fr", "es")},
    )  # fmt: skip
    Reflection.objects.create(unit=unit, key="stage", **texts("prompt", "Where does your country stand?"))
    GlossaryTerm.objects.create(slug="decent-work", **texts("term", "Decent work"), **texts("definition", "Work that is."))
    return module


def made(module, user=None, language="en") -> bytes:
    """Return the PDF that a reader gets."""
    job = documents.ask_module_pdf(user=user or AnonymousUser(), module=module, language=language)
    assert jobs.perform(job.pk), Job.objects.get(pk=job.pk).error
    return Job.objects.get(pk=job.pk).file.file.open().read()


def test_pdf_is_accessible_and_holds_all_in_order(module):
    pdf = made(module, language="fr")
    assert_accessible(pdf, lang="fr", title="Title full fr")
    plain = " ".join(text_of(pdf).split())
    order = ["Title full fr", "Summary fr", "Aim fr", "Title first fr", "Title first fr", "The first paragraph", "A finding",
             "two with weight", "3.", "three", "Share", "≥ 5 %", "Four blocks fr", "Said in Addis", "Last words",
             "Where does your country stand? fr", "Source, 2024 fr", "Title check fr", "Decent work fr"]  # fmt: skip
    place = 0
    for words in order:  # the unit's title twice: in the contents, then over the unit
        found = plain.find(words, place)
        assert found >= 0, f"{words} does not follow"
        place = found + len(words)


def test_pdf_is_tagged_as_what_it_is(module):
    pdf = made(module)
    tags = tags_of(pdf)
    assert {"H1", "H2", "H3", "P", "L", "LI", "Table", "TH", "TD", "Figure", "Link", "TOC", "BlockQuote"} <= set(tags)
    assert "H4" not in tags
    assert "Blocks in a row en" in alternatives_of(pdf)


def test_headings_never_skip_a_level(module):
    module.units.filter(slug="first").update(**body("#### Deep\n\nText\n\n# Top\n\n###### Deepest"))
    made(module)
    levels = [part["level"] for part in document(module, "en")["units"][0]["blocks"] if part["t"] == "h"]
    assert levels == [2, 2, 3]


def test_figure_or_term_that_is_no_more_leaves_its_words(module):
    content = document(module, "en")
    assert [part["t"] for part in content["units"][0]["blocks"]].count("figure") == 1
    assert [term["slug"] for term in content["glossary"]] == ["decent-work"]
    assert "no such term" in text_of(made(module))


def test_text_that_looks_like_a_template_stays_text(module):
    module.units.filter(slug="first").update(**body('#read("/etc/passwd") $x$ <b> @ref [[ #panic("x")'))
    plain = "".join(text_of(made(module)).split())
    assert '#read("/etc/passwd")$x$<b>@ref[[#panic("x")' in plain


def test_link_leads_only_where_a_page_may_lead(module, settings):
    settings.SITE_URL = "https://fdw.example"
    module.units.filter(slug="first").update(**body("[a](/en/x/) [b](javascript:alert(1)) [c](https://ilo.org) [d](#b2)"))
    links = [part["url"] for part in document(module, "en")["units"][0]["blocks"][0]["c"] if isinstance(part, dict)]
    assert links == ["https://fdw.example/en/x/", "https://ilo.org"]


def test_missing_language_shows_the_original_and_says_so(module):
    module.units.filter(slug="first").update(title_es="", body_es="")
    content = document(module, "es")
    assert content["units"][0]["lang"] == "en"
    assert content["note"]
    assert not document(module, "fr")["note"]


def test_unit_on_paper_leads_to_its_check(module, settings):
    settings.SITE_URL = "https://fdw.example"
    pages = reader_of(made(module)).pages
    notes = [note.get_object() for page in pages for note in page.get("/Annots", [])]
    links = [str(note["/A"].get("/URI")) for note in notes if "/A" in note]
    assert "https://fdw.example/en/courses/full/check/" in links


def test_retired_units_and_reflections_are_left_out(module):
    module.units.filter(slug="check").update(retired_at=timezone.now())
    Reflection.objects.update(is_active=False)
    content = document(module, "en")
    assert [unit["title"] for unit in content["units"]] == ["Title first en"]
    assert content["units"][0]["reflections"] == []


def test_document_costs_the_same_for_one_reading_and_three(module):
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            document(type(module).objects.get(pk=module.pk), "en")
        return len(seen)

    before = cost()
    for _n in range(2):
        unit = UnitFactory(module=module, **body())
        Reflection.objects.create(unit=unit, key=f"r{unit.pk}", **texts("prompt", "And?"))
    assert cost() == before <= 8


# Asking -------------------------------------------------------------------------------------------
def test_visitor_makes_a_pdf_and_the_next_reader_gets_the_same(visitor, client_of, outsider, module):
    url = reverse("courses:module_pdf", args=["full"])
    assert visitor.get(url).status_code == 200
    first = visitor.post(url)
    job = Job.objects.get()
    assert (first.status_code, first["Location"], job.owner) == (302, job.get_absolute_url(), None)
    assert visitor.post(url)["Location"] == job.get_absolute_url()
    jobs.perform(job.pk)
    assert client_of(outsider).post(url)["Location"] == job.get_absolute_url()
    page = visitor.get(job.get_absolute_url()).content.decode()
    file = StoredFile.objects.get()
    assert file.get_absolute_url() in page
    served = visitor.get(file.get_absolute_url())
    assert served["Content-Type"] == "application/pdf"
    assert 'inline; filename="full-en.pdf"' in served["Content-Disposition"]
    assert b"".join(served.streaming_content)[:5] == b"%PDF-"


def test_other_language_and_changed_text_are_made_anew(visitor, module):
    for language in ("en", "fr"):
        visitor.post(f"/{language}/courses/full/pdf/")
    assert Job.objects.count() == 2
    for job in Job.objects.all():
        jobs.perform(job.pk)
    unit = module.units.get(slug="first")
    unit.body_en = "New words."
    unit.save()
    visitor.post("/en/courses/full/pdf/")
    visitor.post("/fr/courses/full/pdf/")
    assert Job.objects.count() == 3


def test_content_key_follows_the_content(module):
    before = content_key(document(module, "en"))
    assert content_key(document(module, "en")) == before
    Reflection.objects.update(prompt_en="Another question?")
    assert content_key(document(module, "en")) != before


def test_module_that_is_not_public_belongs_to_the_person(client_of, visitor, staff, participant, module):
    module.audience = "member"
    module.save()
    url = reverse("courses:module_pdf", args=["full"])
    assert "/accounts/login/" in visitor.get(url)["Location"]
    client_of(participant).post(url)
    assert Job.objects.get().owner == participant
    module.state = "draft"
    module.save()
    assert client_of(participant).get(url).status_code == 404
    client_of(staff).post(url)
    assert Job.objects.filter(owner=staff).count() == 1


def test_module_deleted_meanwhile_is_said(visitor, module):
    visitor.post(reverse("courses:module_pdf", args=["full"]))
    job = Job.objects.get()
    Job.objects.update(args=job.args | {"module": 10**9})
    jobs.perform(job.pk)
    page = visitor.get(job.get_absolute_url()).content.decode()
    assert "This module is no more." in page
    assert reverse("courses:module_detail", args=["full"]) in page


def test_page_of_the_module_leads_to_its_pdf_without_a_token(visitor, module):
    page = visitor.get(reverse("courses:module_detail", args=["full"])).content.decode()
    assert reverse("courses:module_pdf", args=["full"]) in page
    assert "csrfmiddlewaretoken" not in page
