"""The pages of country priorities: written with and without a script, conflicts, notes, signing, reading, translating."""

import pytest
from django.urls import reverse

from clinics.enums import PriorityField
from clinics.models import Priorities, PriorityText, Signature
from clinics.priorities_sheet import HELP, changes_of, place
from clinics.services.priorities import save_field
from core.models import TextTranslation, TextVersion
from courses.models import Note, Reflection
from tests.clinics.test_signatures import member, ready, signed
from tests.factories import (
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    MechanismFactory,
    PrioritiesFactory,
    TeamMemberFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db
DEFICIT = place("deficit")


@pytest.fixture
def delegation(participant):
    """A delegation of Malawi in which the participant sits for the workers."""
    return DelegateFactory(delegation=DelegationFactory(edition=EditionFactory(slug="clinic")), user=participant).delegation


def url(name: str, language="en") -> str:
    args = ["clinic"] if name == "list" else ["clinic", "mw"]
    return reverse(f"clinics:priorities_{name}", args=args).replace("/en/", f"/{language}/", 1)


def save(delegation, field="deficit", text="Nine in ten are informal", author=None, had=0, language="en"):
    priorities, _new = Priorities.objects.get_or_create(delegation=delegation)
    facts = {"field": field, "text": text, "language": language, "had": had}
    return save_field(priorities=priorities, author=author or delegation.delegates.first().user, **facts)


def typed(**fields) -> dict:
    """Return a form in which fields (by code) were typed: text, or (text, version she had)."""
    data = {}
    for code, given in fields.items():
        text, had = given if isinstance(given, tuple) else (given, 0)
        data |= {f"q{place(code)}": text, f"had{place(code)}": had, f"l{place(code)}": "en"}
    return data


def one(code, text, had=0, **more) -> dict:
    """Return what the script sends for one field."""
    return {"position": place(code), **typed(**{code: (text, had)}), "client_id": "a-1", "age": 0, **more}


# Writing ------------------------------------------------------------------------------------------
def test_the_sheet_shows_every_field_with_what_belongs_there(client_of, participant, delegation):
    save(delegation)
    html = client_of(participant).get(url("edit")).text

    assert all(str(label) in html for label in PriorityField.labels[:1])
    assert len(HELP) == len(PriorityField)
    assert html.count("For example:") == len(PriorityField)
    assert "Nine in ten are informal</textarea>" in html
    assert "Last written by Demo Participant" in html
    assert "1 of 12 fields have a text." in html


def test_looking_at_the_sheet_writes_nothing(client_of, participant, delegation):
    client_of(participant).get(url("edit"))

    assert not Priorities.objects.exists()


def test_a_field_is_marked_with_its_language_and_an_empty_one_takes_the_readers(client_of, participant, delegation):
    save(delegation, "obstacle", "Personne n’a chiffré le plan", language="fr")
    html = client_of(participant).get(url("edit", "es")).text

    assert f'id="q{place("obstacle")}-1" name="q{place("obstacle")}" rows="5" maxlength="5000" lang="fr"' in html
    assert f'id="q{DEFICIT}-1" name="q{DEFICIT}" rows="5" maxlength="5000" lang="es"' in html


def test_the_form_saves_all_that_was_changed(client_of, participant, delegation):
    save(delegation)
    data = typed(deficit=("Nine in ten are informal", 1), obstacle="Nobody costed it") | {"save": str(DEFICIT)}

    answer = client_of(participant).post(url("save"), data)

    assert answer.status_code == 302
    assert answer.url == url("edit") + f"#q{DEFICIT}"
    assert {row.field: row.version for row in PriorityText.objects.all()} == {"deficit": 1, "obstacle": 1}


def test_the_form_saves_ticked_mechanisms_and_a_stage(client_of, participant, delegation):
    for code in ("levy", "bond", "fund"):
        MechanismFactory(code=code)
    data = {
        f"q{place('mechanisms')}": ["levy", "fund"],
        f"had{place('mechanisms')}": 0,
        f"q{place('inff_stage')}": "strategy",
        f"had{place('inff_stage')}": 0,
    }

    client_of(participant).post(url("save"), data)

    assert {row.field: row.text for row in PriorityText.objects.all()} == {"mechanisms": "levy\nfund", "inff_stage": "strategy"}
    html = client_of(participant).get(url("edit")).text
    assert html.count(" checked") == 2


def test_the_last_tick_can_be_taken_away(client_of, participant, delegation):
    MechanismFactory(code="levy")
    save(delegation, "mechanisms", "levy")

    client_of(participant).post(url("save"), {f"had{place('mechanisms')}": 1})

    assert PriorityText.objects.get().text == ""


def test_what_cannot_be_saved_comes_back_with_its_reason(client_of, participant, delegation):
    answer = client_of(participant).post(url("save"), typed(deficit="x" * 50_000, obstacle="Fine"))

    assert answer.status_code == 400
    assert "yours has 50000" in answer.text
    assert "x" * 50_000 in answer.text
    assert PriorityText.objects.get().text == "Fine"


def test_a_state_that_does_not_allow_writing_gives_back_what_was_typed(client_of, participant, delegation):
    type(delegation.edition).objects.update(state="follow_up")
    browser = client_of(participant)

    answer = browser.post(url("save"), typed(deficit="My words"))

    assert answer.status_code == 409
    assert "My words" in answer.text
    assert "Priorities are not written at this stage" in answer.text
    assert browser.post(url("save"), one("deficit", "My words")).status_code == 409
    assert "<textarea" not in browser.get(url("edit")).text


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"position": "99"}, 400),
        ({"position": "0"}, 400),
        ({"position": "x"}, 400),
        ({"position": str(DEFICIT), f"q{DEFICIT}": "x", f"l{DEFICIT}": "de", f"had{DEFICIT}": "0"}, 400),
        ({"position": str(DEFICIT), f"q{DEFICIT}": "x", f"l{DEFICIT}": "en", f"had{DEFICIT}": "9" * 30}, 400),
        ({"position": str(DEFICIT), f"q{DEFICIT}": "x", f"l{DEFICIT}": "en", f"had{DEFICIT}": "-1"}, 400),
        ({"position": str(place("mechanisms")), f"q{place('mechanisms')}": "forged", f"had{place('mechanisms')}": "0"}, 400),
    ],
)
def test_forged_input_is_refused(client_of, participant, delegation, data, status):
    assert client_of(participant).post(url("save"), data).status_code == status
    assert not PriorityText.objects.exists()


# The script ---------------------------------------------------------------------------------------
def test_the_script_saves_one_field_and_hears_what_stands(client_of, participant, delegation):
    browser = client_of(participant)

    told = browser.post(url("save"), one("deficit", "First ")).json()

    assert (told["kept"], told["shown"], told["had"]) == (True, ["First"], 1)
    assert browser.post(url("save"), one("deficit", "First")).json()["had"] == 1
    assert browser.post(url("save"), one("deficit", "First, longer")).json()["had"] == 2  # its answer had been lost
    assert TextVersion.objects.filter(is_aside=True).count() == 0


def test_the_script_hears_that_somebody_was_quicker_and_the_page_then_shows_both(client_of, participant, outsider, delegation):
    save(delegation, text="Hers", author=DelegateFactory(delegation=delegation, user__name="Grace Banda").user)
    browser = client_of(participant)

    answer = browser.post(url("save"), one("deficit", "Mine"))

    assert answer.status_code == 409
    assert "Grace Banda has saved another text here since" in answer.json()["error"]
    html = browser.get(url("edit")).text
    assert "Two of you wrote here at the same time" in html
    assert "This stands, by Grace Banda" in html
    assert "<p>Mine</p>" in html
    assert "Two of you" not in client_of(delegation.delegates.last().user).get(url("edit")).text


@pytest.mark.parametrize(("do", "stands"), [("keep", "Hers"), ("mine", "Mine")])
def test_she_chooses_between_the_two(client_of, participant, delegation, do, stands):
    save(delegation, text="Hers", author=DelegateFactory(delegation=delegation).user)
    browser = client_of(participant)
    browser.post(url("save"), one("deficit", "Mine"))

    answer = browser.post(f"{url('save')}?field={DEFICIT}&do={do}&had=1", typed(deficit=("Hers", 1)))

    assert answer.url == f"{url('edit')}#q{DEFICIT}"
    assert PriorityText.objects.get().text == stands
    assert "Two of you" not in browser.get(url("edit")).text
    assert "Mine" in browser.get(f"{url('history')}?field={DEFICIT}").text


# Notes --------------------------------------------------------------------------------------------
@pytest.fixture
def note(participant):
    unit = UnitFactory()
    asked = Reflection.objects.create(unit=unit, key="gap", prompt_en="What is the gap?", prompt_fr="?", prompt_es="?")
    return Note.objects.create(
        user=participant, unit=unit, reflection=asked, text="Three per cent", typed_at=unit.module.changed_at
    )


def test_her_own_note_becomes_a_draft_that_nobody_else_sees(client_of, participant, outsider, delegation, note):
    DelegateFactory(delegation=delegation, user=outsider)
    save(delegation, text="So far")
    browser = client_of(participant)
    assert "Three per cent" in browser.get(url("edit")).text
    assert "Three per cent" not in client_of(outsider).get(url("edit")).text

    answer = browser.post(f"{url('save')}?note=1", {"into1": str(DEFICIT), **typed(obstacle="Kept on the way")})

    assert answer.url == f"{url('edit')}?note=1&into={DEFICIT}#q{DEFICIT}"
    html = browser.get(answer.url.partition("#")[0]).text
    assert "So far\n\nThree per cent</textarea>" in html
    assert {row.text for row in PriorityText.objects.all()} == {"So far", "Kept on the way"}
    assert "Three per cent" not in client_of(outsider).get(f"{url('edit')}?note=1&into={DEFICIT}").text


def test_whoever_looks_on_as_her_sees_no_note_and_writes_nothing(client_of, staff, participant, delegation, note):
    browser = client_of(staff)
    browser.post(reverse("admin:accounts_user_look", args=[participant.pk]), {"reason": "A question by mail"})

    html = browser.get(url("edit")).text

    assert "Priorities of Malawi" in html
    assert "Three per cent" not in html
    assert browser.post(url("save"), typed(deficit="Words")).status_code == 403
    assert not PriorityText.objects.exists()


@pytest.mark.parametrize("query", ["?note=7&into=2", "?note=1&into=99", f"?note=1&into={place('mechanisms')}"])
def test_a_note_that_is_not_there_lays_nothing(client_of, participant, delegation, note, query):
    assert "as a draft: nobody else" not in client_of(participant).get(url("edit") + query).text


# Who --------------------------------------------------------------------------------------------
def test_the_leading_team_writes_and_others_find_nothing(client_of, tutor, outsider, delegation):
    TeamMemberFactory(edition=delegation.edition, user=tutor)

    assert client_of(tutor).post(url("save"), one("deficit", "Of the tutor")).status_code == 200
    for name in ("edit", "history", "sign"):
        assert client_of(outsider).get(url(name)).status_code == 404
    assert client_of(outsider).post(url("save"), one("deficit", "x")).status_code == 404


@pytest.mark.parametrize("facts", [{"delegation__country": "KE"}, {"state": "withdrawn"}])
def test_another_delegation_and_who_left_find_nothing(client_of, delegation, facts):
    if country := facts.pop("delegation__country", ""):
        facts["delegation"] = DelegationFactory(edition=delegation.edition, country=country)
    user = DelegateFactory(**{"delegation": delegation} | facts).user

    assert client_of(user).get(url("edit")).status_code == 404
    assert client_of(user).post(url("save"), one("deficit", "x")).status_code == 404


# History ------------------------------------------------------------------------------------------
def test_the_history_shows_who_changed_what_word_by_word(client_of, participant, delegation):
    other = DelegateFactory(delegation=delegation, user__name="Grace Banda").user
    save(delegation, text="Nine in ten are informal")
    save(delegation, text="Eight in ten are informal", author=other, had=1)

    html = client_of(participant).get(f"{url('history')}?field={DEFICIT}").text

    assert "<del>Nine</del><ins>Eight</ins>" in html
    assert html.index("Grace Banda") < html.index("Demo Participant")


def test_saves_of_one_person_in_a_row_are_one_change(participant, outsider):
    from clinics.views.priorities import PAUSE

    delegation = DelegateFactory(user=participant).delegation
    for had, text in enumerate(("A", "A b", "A b c")):
        save(delegation, text=text, had=had)
    save(delegation, text="A b c d", author=outsider, had=3)
    versions = list(TextVersion.objects.all())

    found = changes_of(versions, {}, "deficit", PAUSE)

    assert [(one.first, one.version.number, one.before, one.words) for one in found] == [
        (4, 4, "A b c", "A b c d"),
        (1, 3, "", "A b c"),
    ]


def test_the_history_is_paged(client_of, participant, delegation, monkeypatch):
    monkeypatch.setattr("clinics.views.priorities.VERSIONS", 2)
    for had in range(3):
        save(delegation, text=f"Words {had}", had=had)

    html = client_of(participant).get(f"{url('history')}?field={DEFICIT}").text

    assert "before=" in html


# Signing ------------------------------------------------------------------------------------------
def test_she_reads_all_and_signs_with_one_button(client_of, participant, delegation):
    priorities = ready(delegation=delegation)
    browser = client_of(participant)
    html = browser.get(url("sign")).text
    assert "Sign version 4 for the side “Workers”" in html
    assert "has no member; published as “not represented”" in html

    answer = browser.post(url("sign"), {"side": "workers", "version": "4", "agrees_public": "yes"})

    assert answer.status_code == 302
    signature = Signature.objects.get()
    assert (signature.user, signature.side, signature.version, signature.agrees_public) == (participant, "workers", 4, True)
    priorities.refresh_from_db()
    assert priorities.published_at


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        ({"side": "workers", "version": "3"}, 409, "you read version 3, now it is 4"),
        ({"side": "government", "version": "4"}, 400, "Only a member of this side signs for it."),
        ({"side": "", "version": ""}, 400, "Only a member of this side signs for it."),
    ],
)
def test_a_forged_or_late_signature_says_why_it_does_not_count(client_of, participant, delegation, data, status, words):
    ready(delegation=delegation)

    answer = client_of(participant).post(url("sign"), data)

    assert answer.status_code == status
    assert words in answer.text
    assert not Signature.objects.exists()


def test_a_tutor_reads_but_does_not_sign(client_of, tutor, delegation):
    TeamMemberFactory(edition=delegation.edition, user=tutor)
    ready(delegation=delegation)

    assert "You do not sign" in client_of(tutor).get(url("sign")).text
    assert client_of(tutor).post(url("sign"), {"side": "workers", "version": "4"}).status_code == 403


def test_a_side_takes_it_off_the_country_page_and_puts_it_back(client_of, participant, delegation):
    priorities = ready(delegation=delegation)
    signed(priorities, participant)
    browser = client_of(participant)

    browser.post(url("agree"), {"do": "withdraw"})
    priorities.refresh_from_db()
    assert not priorities.is_public
    browser.post(url("agree"), {"do": "give"})
    priorities.refresh_from_db()
    assert priorities.is_public
    assert browser.post(url("agree"), {"do": "burn"}).status_code == 400


# Read by the clinic ---------------------------------------------------------------------------------
def test_everyone_in_the_edition_reads_what_is_published(client_of, participant, outsider, delegation):
    other = DelegateFactory(delegation=DelegationFactory(edition=delegation.edition, country="KE")).user
    assert "No delegation has published" in client_of(other).get(url("list")).text
    assert client_of(other).get(url("detail")).status_code == 404
    signed(ready(delegation=delegation), participant)

    html = client_of(other).get(url("list")).text

    assert "Malawi" in html
    assert "Employers: not represented" in html
    page = client_of(other).get(url("detail")).text
    assert "Words on deficit" in page
    assert "Demo Participant" in page
    assert client_of(outsider).get(url("list")).status_code == 404
    assert client_of(outsider).get(url("detail")).status_code == 404


def test_a_translation_is_labelled_and_an_older_one_says_so(client_of, participant, delegation):
    signed(ready(delegation=delegation), participant)
    browser = client_of(participant)
    form = browser.get(f"{url('detail', 'fr')}?translate={DEFICIT}").text
    assert 'name="of" value="1"' in form

    given = {"field": str(DEFICIT), "of": "1", "text": "Neuf sur dix"}
    assert browser.post(url("translate", "fr"), given).status_code == 302

    translation = TextTranslation.objects.get()
    assert (translation.language, translation.provenance, translation.translator) == ("fr", "human", participant)
    html = browser.get(url("detail", "fr")).text
    assert "Neuf sur dix" in html
    assert '<div lang="en"><p>Words on deficit</p></div>' in html
    assert 'class="care"' not in html.partition('id="f2"')[2].partition('id="f5"')[0]
    TextTranslation.objects.update(of_version=7)
    assert 'class="care"' in browser.get(url("detail", "fr")).text.partition('id="f2"')[2].partition('id="f5"')[0]


@pytest.mark.parametrize(
    ("language", "given", "status"),
    [
        ("en", {"field": str(DEFICIT), "of": "1", "text": "x"}, 400),
        ("fr", {"field": str(DEFICIT), "of": "1", "text": " "}, 400),
        ("fr", {"field": str(DEFICIT), "of": "1", "text": "x" * 50_000}, 400),
        ("fr", {"field": "99", "of": "1", "text": "x"}, 404),
        ("fr", {"field": str(place("mechanisms")), "of": "1", "text": "x"}, 404),
    ],
)
def test_a_bad_translation_is_refused(client_of, participant, delegation, language, given, status):
    signed(ready(delegation=delegation), participant)

    assert client_of(participant).post(url("translate", language), given).status_code == status
    assert not TextTranslation.objects.exists()


def test_who_belongs_to_another_delegation_does_not_translate(client_of, participant, delegation):
    signed(ready(delegation=delegation), participant)
    other = DelegateFactory(delegation=DelegationFactory(edition=delegation.edition, country="KE")).user

    given = {"field": str(DEFICIT), "of": "1", "text": "x"}
    assert client_of(other).post(url("translate", "fr"), given).status_code == 403
    assert "?translate=" not in client_of(other).get(url("detail", "fr")).text


# Cost ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["edit", "history", "sign", "list", "detail"])
def test_pages_cost_the_same_however_much_is_written(client_of, participant, delegation, name, django_assert_max_num_queries):
    signed(ready(delegation=delegation), participant)
    browser = client_of(participant)
    browser.get(url(name))
    with django_assert_max_num_queries(16):
        browser.get(url(name))
    member(delegation.priorities, "employers")
    for code in ("obstacle", "institution", "sdg_target"):
        save(delegation, code, "More words")
    for code in ("KE", "ZM", "RW"):
        PrioritiesFactory(delegation=DelegationFactory(edition=delegation.edition, country=code))
    with django_assert_max_num_queries(16):
        browser.get(url(name))


def test_the_sheet_is_light(client_of, participant, delegation):
    signed(ready(delegation=delegation), participant)

    assert len(client_of(participant).get(url("edit")).content) < 60_000


def test_admin_page_shows_delegation_by_side_and_publishes_with_a_reason(client_of, staff, participant, delegation):
    priorities = ready(delegation=delegation)
    member(priorities, "employers")
    browser = client_of(staff)
    address = reverse("admin:clinics_edition_priorities", args=[delegation.edition.pk])
    html = browser.get(address).text
    assert "4 of 12" in html
    assert html.count('<span class="care">not signed</span>') == 2
    assert "not represented" in html

    assert browser.post(address, {"delegation": delegation.pk, "reason": " "}).status_code == 400
    assert browser.post(address, {"delegation": delegation.pk, "reason": "Week 1 begins"}).status_code == 302
    priorities.refresh_from_db()
    assert priorities.published_at
    assert client_of(participant).get(address).status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_admin_page_costs_the_same_for_any_number_of_delegations(
    client_of, staff, delegation, count, django_assert_max_num_queries
):
    for code in ("KE", "ZM", "RW")[:count]:
        member(ready(delegation=DelegationFactory(edition=delegation.edition, country=code)))
    browser = client_of(staff)
    address = reverse("admin:clinics_edition_priorities", args=[delegation.edition.pk])
    browser.get(address)
    with django_assert_max_num_queries(13):
        browser.get(address)
