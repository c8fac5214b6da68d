"""Who has not: three lists with counts, by country, each leading to an announcement."""

import pytest
from django.urls import reverse
from django.utils import timezone

from clinics.models import Signature
from courses.models import UnitRecord
from reminders.enums import Channel, State
from tests.factories import (
    ActivityFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    InvitationFactory,
    LetterFactory,
    PrioritiesFactory,
    UnitFactory,
    UserFactory,
    WeekFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(db):
    edition = EditionFactory(slug="clinic")
    ActivityFactory(week=WeekFactory(edition=edition), kind="refresher", module=UnitFactory().module)
    return edition


def page(client_of, staff, edition, **query):
    return client_of(staff).get(reverse("admin:clinics_edition_who_has_not", args=[edition.pk]), query)


def counts(answer) -> dict:
    return {one["code"]: one["count"] for one in answer.context["lists"]}


def names(answer, code) -> list:
    return [row.name for one in answer.context["lists"] if one["code"] == code for row in one["rows"]]


def test_each_list_holds_exactly_who_is_behind(client_of, staff, edition):
    delegation = DelegationFactory(edition=edition)
    behind = DelegateFactory(delegation=delegation, user=UserFactory(name="Grace"))
    begun = DelegateFactory(delegation=delegation, group="labour", user=UserFactory(name="Ama"))
    unit = edition.weeks.get().activities.get().module.units.get()
    UnitRecord.objects.create(user=begun.user, unit=unit, seen_at=timezone.now(), block=1)
    Signature.objects.create(priorities=PrioritiesFactory(delegation=delegation, version=1), side="government", version=1)
    InvitationFactory(delegation=delegation, name="Kofi")
    InvitationFactory(delegation=delegation, state="declined", name="Yes and no")

    answer = page(client_of, staff, edition)

    assert counts(answer) == {"not_answered": 1, "not_started": 1, "not_signed": 1}
    assert names(answer, "not_started") == [f"Grace <{behind.user.email}>"]
    assert names(answer, "not_signed") == ["Grace"]
    assert names(answer, "not_answered")[0].startswith("Kofi <")


def test_letters_sent_are_counted_and_planned_ones_are_not(client_of, staff, edition):
    invited = InvitationFactory(delegation=DelegationFactory(edition=edition))
    for kind, state in (
        ("clinics.invitation", State.SENT),
        ("clinics.invitation_due", State.SENT),
        ("clinics.x", State.PLANNED),
    ):
        LetterFactory(kind=kind, target=f"clinics.invitation:{invited.pk}", channel=Channel.MAIL, state=state)

    answer = page(client_of, staff, edition)

    assert next(one for one in answer.context["lists"] if one["code"] == "not_answered")["rows"][0].letters == 2


def test_one_country_can_be_chosen_and_an_unknown_one_means_all(client_of, staff, edition):
    for code in ("MW", "KE"):
        DelegateFactory(delegation=DelegationFactory(edition=edition, country=code))

    assert counts(page(client_of, staff, edition))["not_started"] == 2
    assert counts(page(client_of, staff, edition, country="KE"))["not_started"] == 1
    assert counts(page(client_of, staff, edition, country="nowhere"))["not_started"] == 2


def test_each_list_leads_to_an_announcement_to_these_people(client_of, staff, edition):
    DelegateFactory(delegation=DelegationFactory(edition=edition))

    html = page(client_of, staff, edition).content.decode()

    assert f"{reverse('admin:clinics_edition_announce', args=[edition.pk])}?to=not_started" in html


@pytest.mark.parametrize("many", [1, 3])
def test_queries_do_not_grow(client_of, staff, edition, many, django_assert_num_queries):
    for code in ("MW", "KE", "ZM")[:many]:
        delegation = DelegationFactory(edition=edition, country=code)
        DelegateFactory(delegation=delegation)
        InvitationFactory(delegation=delegation)
    client = client_of(staff)
    url = reverse("admin:clinics_edition_who_has_not", args=[edition.pk])
    client.get(url)

    with django_assert_num_queries(10):
        client.get(url)


def test_only_who_manages_editions_reads_it(client_of, tutor, edition):
    url = reverse("admin:clinics_edition_who_has_not", args=[edition.pk])
    clerk = UserFactory(is_staff=True)

    assert client_of(tutor).get(url).status_code == 302
    assert client_of(clerk).get(url).status_code == 403
