"""The administration of an edition: its form, its plan, its states. What a rule refuses is said beside the field."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinics.models import Block, Edition, Session, TeamMember, Week
from core.audiences import keys_for
from core.models import Event
from tests.admin_desk import form_data
from tests.factories import (
    BlockFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    SessionFactory,
    SubRegionFactory,
    TeamMemberFactory,
    UserFactory,
    WeekFactory,
)

pytestmark = pytest.mark.django_db
LISTED = {"languages", "interpretation", "fallback_languages"}


@pytest.fixture
def desk(client_of, staff):
    return client_of(staff)


def fresh(row):
    return type(row)._default_manager.get(pk=row.pk)


def url_of(edition, name="change") -> str:
    return reverse(f"admin:clinics_edition_{name}", args=[edition.pk])


def sent(desk, edition, **changed):
    """Send an edition's form as a browser would, with some inputs changed."""
    url = url_of(edition)
    return desk.post(url, form_data(desk.get(url)) | changed)


def faults(response) -> dict:
    assert response.status_code == 200
    return response.context["adminform"].form.errors


# The form -----------------------------------------------------------------------------------------
def test_new_edition_is_made_and_leads_to_its_plan(desk):
    region = SubRegionFactory()
    url = reverse("admin:clinics_edition_add")
    data = form_data(desk.get(url)) | {
        "slug": "west-2027", "sub_region": region.pk, "languages": ["en", "fr"], "zone": "Africa/Accra",
        "starts_on": "2027-03-01", "ends_on": "2027-03-19", "apply_day": "2027-01-31", "apply_clock": "",
    }  # fmt: skip
    data |= {f"{name}_en": "Text" for name in Edition.required_texts}

    response = desk.post(url, data)

    edition = Edition.objects.get(slug="west-2027")
    assert response["Location"] == url_of(edition, "plan")
    assert (edition.state, edition.languages, edition.interpretation) == ("draft", ["en", "fr"], [])
    assert edition.apply_by == datetime(2027, 1, 31, 23, 59, tzinfo=UTC)


def test_form_that_is_sent_back_unchanged_changes_nothing(desk):
    edition = EditionFactory(interpretation=["fr"])
    before = Edition.objects.filter(pk=edition.pk).values().get()

    assert sent(desk, edition).status_code == 302

    after = Edition.objects.filter(pk=edition.pk).values().get()
    differing = {name for name in before if before[name] != after[name]} - {"changed_at", "source_hashes", "apply_by"}
    assert not differing
    assert abs((before["apply_by"] - after["apply_by"]).total_seconds()) < 60
    assert not Event.objects.filter(act="change dates").exists()


def test_end_before_start_is_refused_beside_the_field(desk):
    edition = EditionFactory()

    assert list(faults(sent(desk, edition, ends_on="2027-01-01"))) == ["ends_on"]
    assert fresh(edition).ends_on == date(2027, 2, 19)


def test_unknown_zone_is_refused_beside_the_field(desk):
    edition = EditionFactory()

    assert list(faults(sent(desk, edition, zone="Mars/Olympus"))) == ["zone"]


def test_capacity_below_the_seats_taken_is_refused_beside_the_field(desk):
    delegate = DelegateFactory()
    DelegateFactory(delegation=delegate.delegation)

    assert list(faults(sent(desk, delegate.edition, capacity="1"))) == ["capacity"]


def test_deadline_is_typed_in_the_editions_zone(desk):
    edition = EditionFactory(zone="America/Mexico_City")

    sent(desk, edition, apply_day="2027-01-15", apply_clock="18:00")

    assert fresh(edition).apply_by == datetime(2027, 1, 16, 0, 0, tzinfo=UTC)
    assert Event.objects.get(act="change deadline").after == {"apply_by": "2027-01-15T18:00:00-06:00"}


def test_hour_that_the_clocks_skip_is_refused(desk):
    edition = EditionFactory(zone="Europe/Zurich", starts_on=date(2027, 5, 3))

    assert list(faults(sent(desk, edition, apply_day="2027-03-28", apply_clock="02:30"))) == ["apply_clock"]


def test_dates_that_change_are_in_the_log(desk, staff):
    edition = EditionFactory()

    sent(desk, edition, ends_on="2027-02-26")

    event = Event.objects.get(act="change dates")
    assert (event.actor, event.before["ends_on"], event.after["ends_on"]) == (staff, "2027-02-19", "2027-02-26")


def test_dates_and_call_of_a_closed_edition_are_fixed(desk):
    edition = EditionFactory(state="closed")
    data = {"starts_on": "2027-03-01", "ends_on": "2027-03-19", "zone": "UTC", "apply_day": "2028-01-01", "is_open_call": ""}

    response = sent(desk, edition, **data)

    assert response.status_code == 302
    after = fresh(edition)
    assert (after.starts_on, after.zone, after.is_open_call, after.apply_by) == (
        edition.starts_on, "Africa/Blantyre", True, edition.apply_by,
    )  # fmt: skip


def test_state_and_address_are_not_typed(desk):
    edition = EditionFactory()

    sent(desk, edition, state="closed", slug="elsewhere")

    assert (fresh(edition).state, fresh(edition).slug) == ("preparation", edition.slug)


def test_published_edition_is_not_left_without_a_language(desk):
    edition = EditionFactory()

    assert list(faults(sent(desk, edition, cost_fr=""))) == ["cost_fr"]
    assert sent(desk, edition, cost_fr="", fallback_languages=["fr"]).status_code == 302


def test_languages_are_boxes_and_at_least_one_is_ticked(desk):
    edition = EditionFactory()
    html = desk.get(url_of(edition)).content.decode()

    assert 'type="checkbox" name="languages" value="fr"' in html
    assert list(faults(sent(desk, edition, languages=[]))) == ["languages"]


def test_edition_with_seats_taken_or_published_is_not_deleted(desk):
    for edition in (EditionFactory(), DelegateFactory(delegation__edition__state="draft").edition):
        assert desk.post(reverse("admin:clinics_edition_delete", args=[edition.pk]), {"post": "yes"}).status_code == 403
    draft = EditionFactory(state="draft")
    assert desk.post(reverse("admin:clinics_edition_delete", args=[draft.pk]), {"post": "yes"}).status_code == 302


def test_only_staff_with_the_permission_open_the_pages(client_of, tutor, visitor):
    edition = EditionFactory()
    clerk = client_of(UserFactory(is_staff=True))

    for name in ("change", "plan", "standing", "preview"):
        assert clerk.get(url_of(edition, name)).status_code == 403
        assert client_of(tutor).get(url_of(edition, name)).status_code in (302, 403)
        assert visitor.get(url_of(edition, name)).status_code == 302


# The team -----------------------------------------------------------------------------------------
def test_who_joins_the_team_reads_the_delegations_at_once(desk, tutor):
    delegation = DelegationFactory()
    assert delegation.key not in keys_for(fresh(tutor))

    sent(desk, delegation.edition, **{
        "team-TOTAL_FORMS": "1", "team-0-role": "tutor", "team-0-user": tutor.pk, "team-0-language": "fr",
        "team-0-languages": ["fr", "es"], "team-0-edition": delegation.edition.pk,
    })  # fmt: skip

    assert TeamMember.objects.get().languages == ["fr", "es"]
    assert delegation.key in keys_for(fresh(tutor))
    assert Event.objects.get(act="change team").after == {"team": [f"{tutor.pk}:tutor"]}


def test_who_leaves_the_team_reads_nothing_any_more(desk, tutor):
    delegation = DelegationFactory()
    TeamMemberFactory(edition=delegation.edition, user=tutor)
    assert delegation.key in keys_for(fresh(tutor))

    sent(desk, delegation.edition, **{"team-0-DELETE": "on"})

    assert not keys_for(fresh(tutor)) & {delegation.key, delegation.edition.key, delegation.edition.team_key}


def test_focal_point_without_a_country_is_refused_beside_the_field(desk):
    edition = EditionFactory()

    response = sent(desk, edition, **{
        "team-TOTAL_FORMS": "1", "team-0-role": "focal_point", "team-0-name": "Ada", "team-0-email": "a@x.example",
        "team-0-language": "en",
    })  # fmt: skip

    assert "country" in response.context["inline_admin_formsets"][0].formset.errors[0]


# The plan -----------------------------------------------------------------------------------------
def test_default_plan_is_made_by_one_button(desk):
    edition = EditionFactory(state="draft")
    assert "Make the default plan" in desk.get(url_of(edition, "plan")).content.decode()

    response = desk.post(url_of(edition, "plan"), {"shape": "3x3"}, follow=True)

    html = response.content.decode()
    assert edition.blocks.count() == 3
    assert "Make the default plan" not in html
    for part in (*edition.weeks.all(), *edition.blocks.all(), *edition.sessions.all()):
        assert reverse(f"admin:clinics_{part._meta.model_name}_change", args=[part.pk]) in html


def test_plan_that_does_not_fit_says_why(desk):
    edition = EditionFactory(state="draft", starts_on=date(2027, 2, 3))

    response = desk.post(url_of(edition, "plan"), {"shape": "3x4"})

    assert response.status_code == 409
    assert "3 February 2027 is none" in response.content.decode()
    assert not Week.objects.exists()


def test_part_is_added_to_its_edition_and_leads_back_to_the_plan(desk):
    edition = EditionFactory(state="draft", zone="Africa/Nairobi")
    block = BlockFactory(edition=edition)
    url = f"{reverse('admin:clinics_session_add')}?edition={edition.pk}"
    page = desk.get(url)
    data = form_data(page) | {"block": block.pk, "day": "2027-02-03", "clock": "14:00", "title_en": "Webinar"}

    response = desk.post(url, data)

    session = Session.objects.get()
    assert response["Location"] == url_of(edition, "plan")
    assert (session.edition, session.starts_at) == (edition, datetime(2027, 2, 3, 11, tzinfo=UTC))


def test_session_is_shown_and_kept_in_its_own_zone(desk):
    session = SessionFactory()
    url = reverse("admin:clinics_session_change", args=[session.pk])
    data = form_data(desk.get(url))
    assert (data["day"], str(data["clock"])) == (date(2027, 2, 3), "14:00:00")

    desk.post(url, data | {"clock": "15:30"})

    assert fresh(session).starts_at == datetime(2027, 2, 3, 13, 30, tzinfo=UTC)


def test_block_of_another_edition_is_no_choice(desk):
    session, other = SessionFactory(), BlockFactory(edition=EditionFactory())
    url = reverse("admin:clinics_session_change", args=[session.pk])

    assert list(faults(desk.post(url, form_data(desk.get(url)) | {"block": other.pk}))) == ["block"]


def test_part_of_a_closed_edition_is_neither_changed_nor_added_nor_deleted(desk):
    block = BlockFactory(edition__state="closed")
    change = reverse("admin:clinics_block_change", args=[block.pk])
    add = f"{reverse('admin:clinics_week_add')}?edition={block.edition_id}"
    data = form_data(desk.get(add)) | {"number": 9, "starts_on": "2027-02-01", "ends_on": "2027-02-05", "title_en": "X"}

    assert desk.post(change, {"number": "2"}).status_code == 403
    assert desk.post(reverse("admin:clinics_block_delete", args=[block.pk]), {"post": "yes"}).status_code == 403
    assert "no longer changes" in str(faults(desk.post(add, data)))
    assert (fresh(block).number, Week.objects.count()) == (1, 0)


@pytest.mark.parametrize("part", ["week", "block", "session"])
def test_part_of_a_closed_edition_is_still_read(desk, part):
    session = SessionFactory(block__edition__state="closed")
    row = {"week": WeekFactory(edition=session.edition), "block": session.block, "session": session}[part]

    assert desk.get(reverse(f"admin:clinics_{part}_change", args=[row.pk])).status_code == 200


def test_staff_who_may_only_look_read_the_form(client_of):
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_edition"))
    session = SessionFactory()

    assert client_of(clerk).get(url_of(session.edition)).status_code == 200
    assert client_of(clerk).get(url_of(session.edition, "plan")).status_code == 403


def test_part_that_ends_before_it_starts_is_refused_beside_the_field(desk):
    week = WeekFactory()
    url = reverse("admin:clinics_week_change", args=[week.pk])

    assert list(faults(desk.post(url, form_data(desk.get(url)) | {"ends_on": "2027-01-01"}))) == ["ends_on"]


def test_part_of_a_published_edition_stands_in_every_language(desk):
    block = BlockFactory()
    url = reverse("admin:clinics_block_change", args=[block.pk])

    assert list(faults(desk.post(url, form_data(desk.get(url)) | {"title_es": ""}))) == ["title_es"]


def test_deleting_a_part_leads_back_to_the_plan(desk):
    block = BlockFactory()

    response = desk.post(reverse("admin:clinics_block_delete", args=[block.pk]), {"post": "yes"})

    assert (response["Location"], Block.objects.count()) == (url_of(block.edition, "plan"), 0)


def test_plan_costs_the_same_with_one_block_and_with_three(desk, django_assert_num_queries):
    edition = EditionFactory()

    def more(n):
        SessionFactory(block=BlockFactory(edition=WeekFactory(edition=edition, number=n).edition, number=n))

    more(1)
    desk.get(url_of(edition, "plan"))
    with CaptureQueriesContext(connection) as seen:
        desk.get(url_of(edition, "plan"))
    more(2)
    more(3)
    with django_assert_num_queries(len(seen)):
        desk.get(url_of(edition, "plan"))


# The states ---------------------------------------------------------------------------------------
def ready(state="draft") -> Edition:
    """Return an edition that lacks nothing."""
    session = SessionFactory(block__edition__state=state, block__edition__published_at=None)
    DelegationFactory(edition=session.edition)
    return session.edition


def test_all_that_a_draft_lacks_is_listed_and_nothing_moves(desk):
    edition = BlockFactory(edition__state="draft", title_fr="").edition

    html = desk.get(url_of(edition, "standing")).content.decode()
    response = desk.post(url_of(edition, "standing"), {"onwards": "1", "from": "draft"})

    for words in ("lacks texts in FR", "No country has seats.", "has no webinar."):
        assert words in html
    assert (response.status_code, fresh(edition).state) == (409, "draft")


def test_edition_moves_onwards_and_is_public(desk, visitor):
    edition = ready()

    assert desk.post(url_of(edition, "standing"), {"onwards": "1", "from": "draft"}).status_code == 302

    assert fresh(edition).state == "call_open"
    assert visitor.get(edition.get_absolute_url()).status_code == 200


def test_button_pressed_twice_moves_once(desk):
    edition = ready()
    answers = [desk.post(url_of(edition, "standing"), {"onwards": "1", "from": "draft"}).status_code for _n in range(2)]

    assert (answers, fresh(edition).state) == ([302, 409], "call_open")


def test_edition_goes_back_with_a_reason_alone(desk, staff):
    edition = ready("selection")

    refused = desk.post(url_of(edition, "standing"), {"back": "1", "from": "selection", "reason": " "})
    assert (refused.status_code, fresh(edition).state) == (409, "selection")
    desk.post(url_of(edition, "standing"), {"back": "1", "from": "selection", "reason": "Too few from employers"})

    assert fresh(edition).state == "call_open"
    assert Event.objects.get(act="move edition").reason == "Too few from employers"


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_first_and_last_state_have_one_way(desk, state):
    html = desk.get(url_of(EditionFactory(state=state), "standing")).content.decode()

    assert ('name="onwards"' in html, 'name="back"' in html) == (state == "draft", state == "closed")


def test_draft_is_looked_at_as_readers_will_see_it(desk):
    edition = EditionFactory(state="draft")

    response = desk.get(url_of(edition, "preview") + "?language=fr&width=768")

    html = response.content.decode()
    assert f'src="/fr/clinics/{edition.slug}/?preview=1"' in html
    assert 'width="768"' in html
    assert "frame-src 'self'" in response["Content-Security-Policy"]


def test_translation_desk_leads_to_the_parts_of_editions(desk):
    block = BlockFactory(title_fr="")

    html = desk.get("/admin/translations/").content.decode()

    assert reverse("admin:clinics_block_change", args=[block.pk]) in html
