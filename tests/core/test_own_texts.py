"""What people write in several languages: nothing is lost, nothing is merged by machine, a translation says what it is of."""

import pytest

from clinics.models import PriorityText
from core import own_texts
from core.enums import Provenance
from core.errors import DomainError
from core.models import TextTranslation, TextVersion, object_key
from tests.factories import PrioritiesFactory, UserFactory

pytestmark = pytest.mark.django_db
HUMAN, MACHINE = Provenance.HUMAN, Provenance.MACHINE


def written(text="Formal jobs by 2030", language="en", author=None, field="plan_goal", priorities=None) -> PriorityText:
    """Return a text with one version."""
    row = PriorityText(priorities=priorities or PrioritiesFactory(), field=field, language=language)
    return own_texts.write(row=row, text=text, language=language, author=author or UserFactory(), had=0).row


def write(row, text, author, had, language="en", **how):
    return own_texts.write(row=row, text=text, language=language, author=author, had=had, **how)


def translate(row, text="Des emplois formels", language="fr", provenance=HUMAN, **how):
    return own_texts.translate(row=row, language=language, text=text, provenance=provenance, **how)


# Writing ------------------------------------------------------------------------------------------
def test_each_change_is_a_version_with_its_writer(participant, participant_fr):
    row = written("First", author=participant)

    write(row, "Deuxième", participant_fr, had=1, language="fr", reason="clearer")

    row.refresh_from_db()
    assert (row.text, row.language, row.version, row.written_by) == ("Deuxième", "fr", 2, participant_fr)
    found = [(one.number, one.text, one.language, one.author, one.reason) for one in own_texts.versions_of(row)]
    assert found == [(2, "Deuxième", "fr", participant_fr, "clearer"), (1, "First", "en", participant, "")]


def test_the_slower_of_two_writers_loses_nothing(participant, outsider):
    row = written("Base")
    write(row, "Hers", participant, had=1)

    late = write(row, "His", outsider, had=1)

    assert not late.changed
    assert (late.row.text, late.row.version) == ("Hers", 2)
    assert (late.aside.text, late.aside.number, late.aside.is_aside) == ("His", 2, True)
    assert own_texts.waiting_aside([row], outsider) == {object_key(row): late.aside}
    assert own_texts.waiting_aside([row], participant) == {}


def test_the_same_late_text_sent_again_stands_once(participant, outsider):
    row = written("Base")
    write(row, "Hers", participant, had=1)

    first, again = (write(row, "His", outsider, had=1).aside for _ in range(2))

    assert first == again
    assert TextVersion.objects.filter(is_aside=True).count() == 1


def test_what_is_typed_on_after_a_conflict_takes_the_place_of_what_waits(participant, outsider):
    row = written("Base")
    write(row, "Hers", participant, had=1)
    write(row, "His", outsider, had=1)

    write(row, "His, longer", outsider, had=1)

    assert [one.text for one in TextVersion.objects.filter(is_aside=True)] == ["His, longer"]


def test_a_settled_conflict_stays_among_the_versions_and_waits_no_more(participant, outsider):
    row = written("Base")
    write(row, "Hers", participant, had=1)
    write(row, "His", outsider, had=1)

    assert [own_texts.settle(row=row, author=one) for one in (participant, outsider, outsider)] == [0, 1, 0]

    assert own_texts.waiting_aside([row], outsider) == {}
    assert "His" in [one.text for one in own_texts.versions_of(row)]
    write(row, "His", outsider, had=1)  # an old message comes in again
    assert own_texts.waiting_aside([row], outsider) == {}
    write(row, "Something else", outsider, had=1)
    assert own_texts.waiting_aside([row], outsider)[object_key(row)].text == "Something else"


def test_equal_text_changes_nothing_whatever_version_it_comes_from(participant, outsider):
    row = written("Base", author=participant)
    write(row, "Hers", participant, had=1)

    assert not write(row, " Hers\r\n", outsider, had=1).changed
    assert not TextVersion.objects.filter(is_aside=True).exists()
    assert row.__class__.objects.get().version == 2


def test_a_page_that_shows_an_old_text_unchanged_is_no_conflict(participant, outsider):
    row = written("Base", author=participant)
    write(row, "Hers", participant, had=1)

    late = write(row, "Base", outsider, had=1)

    assert (late.changed, late.aside, late.row.text) == (False, None, "Hers")


def test_an_empty_field_that_was_left_empty_is_no_conflict(outsider):
    row = written("Base")

    late = write(row, "", outsider, had=0)

    assert (late.changed, late.aside) == (False, None)


def test_whose_answer_was_lost_on_the_line_is_in_no_conflict_with_herself(participant):
    row = written("A", author=participant)  # the answer to this save never reached her

    later = write(row, "A, longer", participant, had=0)

    assert (later.changed, later.aside, later.row.version) == (True, None, 2)
    assert not write(row, "A", participant, had=0).changed  # the first message, sent again
    assert PriorityText.objects.get().text == "A, longer"


def test_her_own_later_text_does_not_overwrite_what_another_wrote_in_between(participant, outsider):
    row = written("A", author=participant)
    write(row, "B", outsider, had=1)
    write(row, "C", participant, had=2)

    late = write(row, "D", participant, had=1)

    assert late.aside.text == "D"
    assert late.row.text == "C"


def test_a_version_that_does_not_exist_yet_is_no_licence_to_overwrite(participant, outsider):
    row = written("A", author=participant)

    assert write(row, "B", outsider, had=99).aside.text == "B"


def test_only_the_language_may_be_corrected(participant):
    row = written("Emplois", language="en", author=participant)

    assert write(row, "Emplois", participant, had=1, language="fr").row.language == "fr"
    assert PriorityText.objects.get().version == 2


@pytest.mark.parametrize(
    ("text", "language", "code"), [("x" * 20_001, "en", "long"), ("x", "de", "language"), ("x", "", "language")]
)
def test_bad_input_is_refused_and_leaves_nothing(participant, text, language, code):
    row = PriorityText(priorities=PrioritiesFactory(), field="deficit", language="en")

    with pytest.raises(DomainError) as refused:
        own_texts.write(row=row, text=text, language=language, author=participant, had=0)

    assert refused.value.code == code
    assert not PriorityText.objects.exists()
    assert not TextVersion.objects.exists()


def test_control_characters_never_enter_a_row(participant):
    assert written("a\x00b\r\nc", author=participant).text == "ab\nc"


def test_writing_asks_the_database_three_times(participant, django_assert_num_queries):
    row = written(author=participant)
    with django_assert_num_queries(5):  # with the transaction's own two
        write(row, "Another", participant, had=1)
    with django_assert_num_queries(3):
        write(row, "Another", participant, had=2)


@pytest.mark.django_db(transaction=True)
def test_two_who_save_at_the_same_moment_keep_both_texts(at_once):
    row, first, second = written("Base"), UserFactory(), UserFactory()

    found = at_once(
        lambda: write(row, "Of the first", first, had=1),
        lambda: write(row, "Of the second", second, had=1),
    )

    assert sorted(one.changed for one in found) == [False, True]
    (late,) = [one for one in found if one.aside]
    stands = PriorityText.objects.get()
    assert {stands.text, late.aside.text} == {"Of the first", "Of the second"}
    assert stands.version == 2


# Translating --------------------------------------------------------------------------------------
def test_a_reader_sees_her_language_where_a_translation_stands(participant_fr):
    row = written("Formal jobs")
    translate(row, "Des emplois formels", translator=participant_fr)

    french, spanish, english = (own_texts.shown_in([row], code)[row.pk] for code in ("fr", "es", "en"))

    assert (french.text, french.language, french.is_original, french.provenance) == (
        "Des emplois formels",
        "fr",
        False,
        "human",
    )
    assert (spanish.text, spanish.language, spanish.is_original) == ("Formal jobs", "en", True)
    assert english.is_original


def test_a_translation_of_an_older_version_says_so(participant):
    row = written("Formal jobs", author=participant)
    translate(row)
    row = write(row, "Formal jobs for all", participant, had=1).row

    shown = own_texts.shown_in([row], "fr")[row.pk]

    assert (shown.text, shown.is_stale) == ("Des emplois formels", True)
    translate(row, "Des emplois formels pour toutes et tous")
    assert not own_texts.shown_in([row], "fr")[row.pk].is_stale


def test_who_translates_slowly_translates_what_she_read(participant):
    row = written("Formal jobs", author=participant)
    row = write(row, "Formal jobs for all", participant, had=1).row

    translate(row, "Des emplois formels", of=1)

    assert own_texts.shown_in([row], "fr")[row.pk].is_stale
    assert TextTranslation.objects.get().of_version == 1


def test_a_text_that_was_taken_away_is_not_shown_in_its_translation(participant):
    row = written("Formal jobs", author=participant)
    translate(row)
    row = write(row, "", participant, had=1).row

    assert own_texts.shown_in([row], "fr")[row.pk].text == ""


def test_a_machine_never_replaces_a_person_of_the_same_version(participant):
    row = written(author=participant)
    translate(row, "Par elle")

    with pytest.raises(DomainError) as refused:
        translate(row, "Par la machine", provenance=MACHINE)

    assert refused.value.code == "human"
    row = write(row, "Another text", participant, had=1).row
    assert translate(row, "Par la machine", provenance=MACHINE).provenance == MACHINE


def test_a_person_replaces_a_machine():
    row = written()
    translate(row, "Par la machine", provenance=MACHINE)

    translate(row, "Par elle")

    assert own_texts.shown_in([row], "fr")[row.pk].provenance == HUMAN
    assert not TextVersion.objects.filter(is_aside=True).exists()


def test_what_a_person_translated_is_kept_when_another_replaces_it(participant, outsider):
    row = written()
    first = translate(row, "Par elle", translator=participant)

    translate(row, "Par lui", translator=outsider)
    translate(row, "Par lui", translator=outsider)

    kept = TextVersion.objects.get(object_key=object_key(first))
    assert (kept.text, kept.author, kept.number, kept.is_aside) == ("Par elle", participant, 1, True)


def test_an_older_version_never_takes_the_place_of_a_newer_translation(participant):
    row = written(author=participant)
    row = write(row, "Newer", participant, had=1).row
    translate(row, "Plus récent")

    with pytest.raises(DomainError) as refused:
        translate(row, "Ancien", of=1)

    assert refused.value.code == "changed"


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [("en", "x", "language"), ("de", "x", "language"), ("fr", " \n", "empty"), ("fr", "x" * 40_001, "long")],
)
def test_a_bad_translation_is_refused(language, text, code):
    row = written()

    with pytest.raises(DomainError) as refused:
        translate(row, text, language)

    assert refused.value.code == code
    assert not TextTranslation.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_texts_is_shown_with_one_query(count, django_assert_num_queries):
    rows = [written(field=field) for field in ("plan_goal", "deficit", "obstacle")[:count]]
    for row in rows:
        translate(row)

    with django_assert_num_queries(1):
        assert {one.text for one in own_texts.shown_in((row for row in rows), "fr").values()} == {"Des emplois formels"}
    with django_assert_num_queries(0):
        own_texts.shown_in(rows, "en")


# Forgetting ---------------------------------------------------------------------------------------
def test_a_text_is_forgotten_with_all_that_hangs_on_it(participant, outsider):
    row, other = written(author=participant), written(author=participant)
    translate(row, "Par elle")
    translate(row, "Par lui", translator=outsider)
    translate(other)

    own_texts.forget(row)

    assert {one.object_key for one in TextVersion.objects.all()} == {object_key(other)}
    assert TextTranslation.objects.get().object_key == object_key(other)
