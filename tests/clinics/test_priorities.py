"""Country priorities are written together: fields never meet, both texts of one field are kept, codes come from the lists."""

import pytest

from clinics.enums import EditionState, PriorityField
from clinics.models import Priorities, PriorityText
from clinics.services.priorities import MOST, missing, open_priorities, save_field, settle_field
from core import own_texts
from core.errors import DomainError
from core.models import TextVersion, object_key
from tests.factories import (
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    MechanismFactory,
    PrioritiesFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def save(priorities, field="deficit", text="Nine in ten are informal", author=None, had=0, language="en"):
    facts = {"field": field, "text": text, "language": language, "had": had}
    return save_field(priorities=priorities, author=author or UserFactory(), **facts)


def test_priorities_are_opened_once(participant):
    delegation = DelegationFactory()

    assert open_priorities(delegation) == open_priorities(delegation)
    assert Priorities.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_open_them_at_once_open_the_same(at_once):
    delegation = DelegationFactory()

    first, second = at_once(*[lambda: open_priorities(delegation)] * 2)

    assert first == second


def test_each_field_has_its_writer_language_and_version(participant, participant_fr):
    priorities = PrioritiesFactory()

    save(priorities, "deficit", "Nine in ten are informal", participant)
    save(priorities, "obstacle", "Personne n’a chiffré le plan", participant_fr, language="fr")
    save(priorities, "deficit", "Eight in ten are informal", participant, had=1)

    found = {row.field: (row.text, row.language, row.version, row.written_by) for row in PriorityText.objects.all()}
    assert found["deficit"] == ("Eight in ten are informal", "en", 2, participant)
    assert found["obstacle"] == ("Personne n’a chiffré le plan", "fr", 1, participant_fr)
    assert Priorities.objects.get().version == 3


def test_the_second_of_two_in_one_field_finds_both_texts(participant, outsider):
    priorities = PrioritiesFactory()
    save(priorities, text="Hers", author=participant)

    late = save(priorities, text="His", author=outsider, had=0)

    assert (late.row.text, late.aside.text) == ("Hers", "His")
    assert Priorities.objects.get().version == 1


def test_different_fields_never_conflict_though_the_page_is_old(participant, outsider):
    priorities = PrioritiesFactory()
    save(priorities, "deficit", "One", participant)

    assert save(priorities, "obstacle", "Two", outsider, had=0).changed


@pytest.mark.django_db(transaction=True)
def test_two_first_texts_of_one_field_at_the_same_moment_are_both_kept(at_once):
    priorities, first, second = PrioritiesFactory(), UserFactory(), UserFactory()

    found = at_once(
        lambda: save(priorities, text="Of the first", author=first),
        lambda: save(priorities, text="Of the second", author=second),
    )

    assert sorted(one.changed for one in found) == [False, True]
    assert {PriorityText.objects.get().text, TextVersion.objects.get(is_aside=True).text} == {"Of the first", "Of the second"}


@pytest.mark.django_db(transaction=True)
def test_different_fields_saved_at_the_same_moment_both_stand_and_both_count(at_once):
    priorities, author = PrioritiesFactory(), UserFactory()

    at_once(*(lambda field=field: save(priorities, field, field, author) for field in ("deficit", "obstacle", "institution")))

    assert set(PriorityText.objects.values_list("text", flat=True)) == {"deficit", "obstacle", "institution"}
    assert Priorities.objects.get().version == 3


def test_settling_keeps_what_stands_or_puts_hers_in_its_place(participant, outsider):
    priorities = PrioritiesFactory()
    save(priorities, text="Hers", author=participant)
    save(priorities, text="His", author=outsider, had=0)

    assert settle_field(priorities=priorities, field="deficit", author=outsider, had=1, mine=True).changed

    row = PriorityText.objects.get()
    assert (row.text, row.version) == ("His", 2)
    assert own_texts.waiting_aside([row], outsider) == {}
    assert [one.text for one in own_texts.versions_of(row)] == ["His", "His", "Hers"]
    assert settle_field(priorities=priorities, field="deficit", author=outsider, had=1, mine=True) is None


def test_keeping_what_stands_changes_no_text(participant, outsider):
    priorities = PrioritiesFactory()
    save(priorities, text="Hers", author=participant)
    save(priorities, text="His", author=outsider, had=0)

    settle_field(priorities=priorities, field="deficit", author=outsider, had=1, mine=False)

    assert PriorityText.objects.get().text == "Hers"
    assert own_texts.waiting_aside([PriorityText.objects.get()], outsider) == {}


def test_a_third_text_that_came_in_between_is_not_overwritten_by_a_choice(participant, outsider):
    priorities = PrioritiesFactory()
    save(priorities, text="Hers", author=participant)
    save(priorities, text="His", author=outsider, had=0)
    save(priorities, text="Hers, better", author=participant, had=1)

    written = settle_field(priorities=priorities, field="deficit", author=outsider, had=1, mine=True)

    row = PriorityText.objects.get()
    assert written.aside.text == "His"
    assert row.text == "Hers, better"
    assert object_key(row) in own_texts.waiting_aside([row], outsider)


# Codes --------------------------------------------------------------------------------------------
def test_mechanisms_are_codes_of_the_vocabulary_each_once_in_its_order(participant):
    priorities = PrioritiesFactory()
    for place, code in enumerate(("levy", "bond", "contributions")):
        MechanismFactory(code=code, position=place)

    save(priorities, "mechanisms", "contributions\nlevy\nlevy", participant, language="fr")

    row = PriorityText.objects.get()
    assert (row.text, row.language) == ("levy\ncontributions", "en")
    assert not save(priorities, "mechanisms", "levy\r\ncontributions", participant, had=1, language="es").changed


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("mechanisms", "levy\nno-such"),
        ("mechanisms", "<script>"),
        ("mechanisms", "a\n" * 25_000),
        ("inff_stage", "nearly"),
        ("inff_stage", "inception\nstrategy"),
    ],
)
def test_a_code_that_is_not_in_the_list_is_refused(field, text):
    MechanismFactory(code="levy")
    priorities = PrioritiesFactory()

    with pytest.raises(DomainError) as refused:
        save(priorities, field, text)

    assert refused.value.code == "code"
    assert not PriorityText.objects.exists()


def test_a_coded_field_may_be_emptied(participant):
    priorities = PrioritiesFactory()
    save(priorities, "inff_stage", "strategy", participant)

    assert save(priorities, "inff_stage", "", participant, had=1).row.text == ""


# Bad input ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"field": "salary"}, "field"),
        ({"field": ""}, "field"),
        ({"language": "de"}, "language"),
        ({"text": "x" * 50_000}, "long"),
        ({"text": "x" * (MOST + 1)}, "long"),
    ],
)
def test_bad_input_is_refused_with_a_reason_and_nothing_half_done(given, code):
    priorities = PrioritiesFactory()

    with pytest.raises(DomainError) as refused:
        save(priorities, **given)

    assert refused.value.code == code
    assert str(refused.value)
    assert not PriorityText.objects.exists()
    assert Priorities.objects.get().version == 0


@pytest.mark.parametrize("state", list(EditionState))
def test_writing_follows_the_state_of_the_edition(state):
    priorities = PrioritiesFactory(delegation__edition=EditionFactory(state=state))
    if state in ("preparation", "running"):
        assert save(priorities).changed
        return
    with pytest.raises(DomainError) as refused:
        save(priorities)
    assert refused.value.code == "state"


def test_required_fields_are_told_in_their_order():
    priorities = PrioritiesFactory()
    save(priorities, "financing_gap", "0.7 per cent of GDP")

    assert missing(priorities) == [PriorityField.PLAN_GOAL, PriorityField.DEFICIT, PriorityField.SUPPORT_SOUGHT]


def test_saving_costs_the_same_with_one_field_and_with_twelve(participant, django_assert_max_num_queries):
    priorities = PrioritiesFactory(delegation=DelegateFactory(user=participant).delegation)
    save(priorities, "deficit", "Words", participant)
    with django_assert_max_num_queries(12):
        save(priorities, "deficit", "Other words", participant, had=1)
    for field in PriorityField:
        if not field.is_coded and field != PriorityField.DEFICIT:
            save(priorities, field, "Words", participant)
    with django_assert_max_num_queries(12):
        save(priorities, "deficit", "Last words", participant, had=2)
