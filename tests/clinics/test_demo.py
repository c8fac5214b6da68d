"""The demonstration editions: made once, complete, with people who are obviously demo."""

from collections import Counter

import pytest
import time_machine

from accounts.models import User
from accounts.offers import demo_people
from clinics.demo import demo_clinics
from clinics.models import Application, Delegation, Edition, Priorities
from clinics.services.editions import beyond
from core.audiences import keys_for
from core.models import Event
from programme.loaders.vocabularies import load_sub_regions
from reminders.models import Letter

pytestmark = pytest.mark.django_db
MOST_LETTERS = 60


@pytest.fixture
def made(refresher):
    load_sub_regions()
    demo_people("demo")
    with time_machine.travel("2027-02-10T09:00:00Z", tick=False):  # a Wednesday
        demo_clinics("demo")


def test_three_editions_stand_where_they_should(made):
    found = dict(Edition.objects.values_list("slug", "state"))
    running = Edition.objects.get(slug="demo-southern-and-east-africa")

    assert found == {
        "demo-southern-and-east-africa": "running",
        "demo-west-africa": "selection",
        "demo-east-africa": "closed",
    }
    assert running.weeks.get(number=2).starts_on.isoformat() == "2027-02-08"  # the week of the first run
    assert running.title_en == "Southern and East Africa, February 2027"
    assert running.title_fr == "Afrique australe et de l’Est, février 2027"
    assert running.title_es == "África Meridional y Oriental, febrero de 2027"
    assert not any(edition.gaps() or beyond(edition) for edition in Edition.objects.all())


def test_the_people_who_can_sign_in_belong_to_the_running_edition(made):
    running = Edition.objects.get(slug="demo-southern-and-east-africa")
    seats = {one.user.email: (one.delegation.country, one.group) for one in running.delegates.select_related("user")}

    assert seats["participant@demo.example"] == ("MW", "workers")
    assert seats["participant-fr@demo.example"] == ("RW", "labour")
    assert seats["participant-es@demo.example"] == ("GQ", "employers")
    assert running.team_key in keys_for(User.objects.get(email="tutor@demo.example"))
    assert all(email.endswith("@demo.example") for email in User.objects.values_list("email", flat=True))


def test_malawi_has_published_without_employers_and_rwanda_writes(made):
    malawi = Priorities.objects.get(delegation__country="MW")
    rwanda = Priorities.objects.get(delegation__country="RW")

    assert {one["side"]: one["state"] for one in malawi.published["sides"]} == {
        "government": "signed",
        "employers": "not_represented",
        "workers": "signed",
    }
    assert malawi.is_public
    assert rwanda.texts.count()
    assert not rwanda.published_at


def test_the_call_shows_every_state_and_a_waiting_list(made):
    states = Counter(Application.objects.values_list("state", flat=True))
    ghana = Delegation.objects.get(country="GH")

    assert set(states) == {"draft", "submitted", "offered", "accepted", "waiting", "not_selected", "withdrawn"}
    assert list(Application.objects.line(ghana.edition_id, "GH", "workers").values()) == [1, 2]
    assert Application.objects.filter(decision="offer", state="submitted", released_at=None).exists()
    assert set(ghana.edition.invitations.values_list("state", flat=True)) == {"open", "declined"}


def test_letters_are_few_and_none_tells_of_what_is_over(made):
    finished = Edition.objects.get(slug="demo-east-africa")
    over = [f"clinics.delegate:{pk}" for pk in finished.delegates.values_list("pk", flat=True)]

    assert Letter.objects.filter(channel="mail").count() < MOST_LETTERS
    assert not Letter.objects.filter(target__in=over).exists()


def test_running_again_on_another_day_changes_nothing(made):
    def standing():
        rows = [Edition, Application, Delegation, Priorities, Event, Letter, User]
        return [model.objects.count() for model in rows]

    Edition.objects.filter(slug="demo-west-africa").update(title_en="Renamed by staff")
    before = standing()

    with time_machine.travel("2027-03-20T09:00:00Z", tick=False):
        demo_clinics("demo")

    assert standing() == before
    assert Edition.objects.get(slug="demo-west-africa").title_en == "Renamed by staff"


def test_without_people_or_starter_content_nothing_is_made(db):
    demo_clinics("demo")
    demo_people("demo")
    demo_clinics("demo")

    assert not Edition.objects.exists()
