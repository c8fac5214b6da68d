"""The letter for the employer: one page, in any language, with both clocks."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from pypdf import PdfReader

from accounts.services import give_consent
from clinics.employer_letter import document
from core import jobs
from core.models import Job
from tests.factories import BlockFactory, DelegateFactory, DelegationFactory, SessionFactory, TeamMemberFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def delegate(participant):
    participant.organisation, participant.position = "Congress of Trade Unions", "Researcher"
    participant.zone = "America/Mexico_City"
    participant.save()
    give_consent(user=participant, language="en")
    delegation = DelegationFactory()
    TeamMemberFactory(edition=delegation.edition, role="manager", user=UserFactory(name="Lucía Fernández"))
    for week in range(4):
        starts_on = delegation.edition.starts_on + timedelta(days=week)
        SessionFactory(block=BlockFactory(edition=delegation.edition, number=week + 1, starts_on=starts_on))
    return DelegateFactory(delegation=delegation, user=participant)


def read(job: Job) -> PdfReader:
    assert jobs.perform(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error
    return PdfReader(io.BytesIO(job.file.file.read()))


def asked(client_of, delegate, language="en") -> Job:
    url = reverse("clinics:employer_letter", args=[delegate.edition.slug])
    answer = client_of(delegate.user).post(url, {"language": language})
    job = Job.objects.latest("pk")
    assert answer["Location"].endswith(f"/jobs/{job.key}/")
    return job


@pytest.mark.parametrize(
    ("language", "word"), [("en", "Release from duty"), ("fr", "Clinic"), ("es", "Clinic")]
)  # fmt: skip
def test_letter_is_one_page_and_names_person_dates_and_clocks(client_of, delegate, language, word):
    paper = read(asked(client_of, delegate, language))

    text = paper.pages[0].extract_text()
    assert len(paper.pages) == 1
    assert paper.root_object["/Lang"].startswith(language)
    for said in ("Demo Participant", "Congress of Trade Unions", "Researcher", "Lucía Fernández", "2027", word):
        assert said in text
    assert ("14:00–15:30" if language != "fr" else "14\u00a0h\u00a000–15\u00a0h\u00a030") in text.replace("\u202f", "\u00a0")
    assert ("06:00–07:30" if language != "fr" else "6\u00a0h\u00a000–7\u00a0h\u00a030") in text


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_long_names_and_many_sessions_stay_on_one_page(client_of, delegate, language):
    person = delegate.user
    person.name = "Maximiliana Wolfeschlegelsteinhausenbergerdorff " * 4
    person.organisation, person.position = "Confederación Sindical " * 8, "Directora general adjunta " * 7
    person.name, person.organisation, person.position = person.name[:200], person.organisation[:200], person.position[:200]
    person.save()
    for day in range(10):
        block = BlockFactory(edition=delegate.edition, number=10 + day, starts_on=delegate.edition.starts_on)
        SessionFactory(block=block, title_en="A long title of a session " * 4, title_fr="Un long titre de séance " * 4)

    assert len(read(asked(client_of, delegate, language)).pages) == 1


def test_one_clock_is_told_where_both_are_the_same(delegate):
    delegate.user.zone = delegate.edition.zone

    assert len(document(delegate, "en")["columns"]) == 3


def test_same_letter_is_made_once(client_of, delegate):
    first = asked(client_of, delegate)
    read(first)

    assert asked(client_of, delegate) == first


def test_letter_is_for_whoever_takes_part(client_of, delegate, outsider, visitor):
    url = reverse("clinics:employer_letter", args=[delegate.edition.slug])
    give_consent(user=outsider, language="en")

    assert client_of(delegate.user).get(url).status_code == 200
    assert client_of(outsider).get(url).status_code == client_of(outsider).post(url).status_code == 404
    assert visitor.get(url).status_code == 302
    delegate.state = "withdrawn"
    delegate.save()
    assert client_of(delegate.user).post(url).status_code == 404


def test_whoever_left_meanwhile_gets_a_sentence(client_of, delegate):
    job = asked(client_of, delegate)
    delegate.state = "withdrawn"
    delegate.save()

    jobs.perform(job.pk)

    job.refresh_from_db()
    assert job.result["refused"]
