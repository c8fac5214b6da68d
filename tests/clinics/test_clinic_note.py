"""A clinic on two pages: never more, complete, accessible, made once for all readers of the same content."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinics import documents
from clinics.documents import document
from clinics.services.planning import make_plan
from core import jobs
from core.models import Job
from core.translations import LANGUAGES
from courses.pdf import content_key
from tests.factories import BlockFactory, DelegationFactory, EditionFactory, SessionFactory, TeamMemberFactory, WeekFactory
from tests.pdf_reading import assert_accessible, reader_of, text_of

pytestmark = pytest.mark.django_db
COUNTRIES = ("MW", "KE", "ZM", "GH", "RW", "UG")
LONG = "This sentence says something that a ministry wants to know before it sends anybody. "


def long_texts() -> dict:
    lengths = {"summary": 560, "description": 7900, "cost": 1400, "equipment": 1400, "certificate_rules": 1400}
    return {f"{name}_{code}": (LONG * 100)[:n] for name, n in lengths.items() for code in LANGUAGES}


def made(edition, language="en") -> bytes:
    """Return the note that a reader gets."""
    job = documents.ask_note(user=AnonymousUser(), edition=edition, language=language)
    assert jobs.perform(job.pk), Job.objects.get(pk=job.pk).error
    return Job.objects.get(pk=job.pk).file.file.open().read()


@pytest.fixture
def edition(staff):
    """An edition with everything that a note may hold."""
    found = make_plan(edition=EditionFactory(slug="south", state="call_open", interpretation=["fr"]), actor=staff)
    for country in COUNTRIES:
        DelegationFactory(edition=found, country=country)
    TeamMemberFactory(edition=found, user__name="Ama Mensah", role="manager", organisation="ITC-ILO")
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_note_is_two_pages_at_most_accessible_and_complete(edition, language):
    pdf = made(edition, language)
    plain = " ".join(text_of(pdf).split())

    assert_accessible(pdf, lang=language, title=f"Clinic south {language}")
    assert len(reader_of(pdf).pages) <= 2
    for words in (f"No fee {language}.", f"A phone {language}.", f"Three webinars {language}.", f"What happens {language}.",
                  "Malawi", "Ama Mensah", "/clinics/south/", "2027"):  # fmt: skip
        assert words in plain


@pytest.mark.parametrize("language", LANGUAGES)
def test_longest_texts_still_fit_two_pages_and_refer_to_the_page(staff, language):
    edition = make_plan(edition=EditionFactory(slug="long", state="call_open", **long_texts()), actor=staff)
    for country in (*COUNTRIES, "TZ", "ZW", "NA", "BW", "LS", "SZ"):
        DelegationFactory(edition=edition, country=country)

    pdf = made(edition, language)

    assert len(reader_of(pdf).pages) <= 2
    assert "/clinics/long/" in text_of(pdf)


def test_note_of_a_bare_edition_is_one_page():
    pdf = made(EditionFactory(state="call_open"))

    assert len(reader_of(pdf).pages) == 1


def test_times_stand_in_the_editions_zone_and_in_utc(edition):
    plain = " ".join(text_of(made(edition)).split())

    assert "14:00–15:30 Central Africa Time (12:00–13:30 UTC)" in plain


def test_missing_language_shows_the_original_and_says_so(edition):
    type(edition).objects.filter(pk=edition.pk).update(title_es="", fallback_languages=["es"])
    edition.refresh_from_db()

    content = document(edition, "es")

    assert (content["text_lang"], content["title"]) == ("en", "Clinic south en")
    assert content["note"]
    assert not document(edition, "fr")["note"]


def test_content_costs_the_same_for_one_block_and_country_and_for_three():
    edition = EditionFactory(state="call_open")

    def more(number, country):
        WeekFactory(edition=edition, number=number)
        SessionFactory(block=BlockFactory(edition=edition, number=number))
        DelegationFactory(edition=edition, country=country)

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            document(type(edition).objects.select_related("sub_region").get(pk=edition.pk), "fr")
        return len(seen)

    more(1, "MW")
    one = cost()
    edition.save()  # the outline is read anew
    more(2, "KE")
    more(3, "ZM")

    assert cost() == one <= 12


def test_next_reader_gets_the_same_note_until_something_changes(visitor, client_of, outsider, edition):
    url = f"/en/clinics/{edition.slug}/note/"
    assert visitor.get(url).status_code == 200
    first = visitor.post(url)
    job = Job.objects.get()
    assert (first.status_code, first["Location"], job.owner) == (302, job.get_absolute_url(), None)
    jobs.perform(job.pk)

    assert client_of(outsider).post(url)["Location"] == job.get_absolute_url()
    edition.cost_en = "Another price"
    edition.save()
    assert visitor.post(url)["Location"] != job.get_absolute_url()


def test_content_key_follows_seats_and_sessions(edition):
    before = content_key(document(edition, "en"))
    assert content_key(document(edition, "en")) == before

    edition.delegations.first().seats.update(number=7)

    assert content_key(document(edition, "en")) != before


def test_note_of_a_draft_is_for_staff_and_belongs_to_them(visitor, client_of, staff):
    edition = EditionFactory(state="draft")
    url = f"/en/clinics/{edition.slug}/note/"

    assert visitor.post(url).status_code == 404
    assert client_of(staff).post(url).status_code == 302
    assert Job.objects.get().owner == staff


def test_edition_deleted_meanwhile_is_said(visitor, edition):
    visitor.post(f"/en/clinics/{edition.slug}/note/")
    job = Job.objects.get()
    Job.objects.update(args=job.args | {"edition": 10**9})
    jobs.perform(job.pk)

    assert "This edition is no more." in visitor.get(job.get_absolute_url()).content.decode()
