"""The question bank: asked in several modules, drawn from sets, changed without touching what was asked before."""

import pytest

from core.errors import DomainError
from core.models import Event
from courses import services, versions
from courses.draws import allot
from courses.models import CheckItem, Question, QuestionTag
from courses.services.bank import ask_in_check, copy_question, freeze_asked
from courses.services.publishing import asks_too_little
from tests.factories import CheckFactory, ModuleFactory, QuestionFactory, UserFactory, add_question, asked

pytestmark = pytest.mark.django_db


def bank(tag: str, count: int, *, frozen=True) -> list[Question]:
    """Return so many true-or-false questions with a tag."""
    found = []
    for _ in range(count):
        question = QuestionFactory(kind="true_false", right_is_true=True)
        question.tags.add(QuestionTag.objects.get_or_create(slug=tag)[0])
        if frozen:
            versions.freeze(question)
        found.append(question)
    return found


def draw(unit, tag: str, count: int, position: int) -> CheckItem:
    return CheckItem.objects.create(unit=unit, tag=QuestionTag.objects.get(slug=tag), count=count, position=position)


def shown(attempt) -> list[Question]:
    return [answer.version.question for answer in attempt.answers.select_related("version__question")]


@pytest.fixture
def check(db):
    """One fixed question, then two drawn from six."""
    check = CheckFactory(questions=1, max_attempts=None)
    bank("mechanisms", 6)
    draw(check, "mechanisms", 2, 2)
    return check


# Draws --------------------------------------------------------------------------------------------
def test_a_draw_stands_behind_the_fixed_question_and_asks_none_twice(check, participant):
    (fixed,) = asked(check)
    for _ in range(10):
        questions = shown(services.start_attempt(user=UserFactory(), unit=check))
        assert questions[0] == fixed
        assert len(set(questions)) == 3


def test_people_draw_differently(check):
    drawn = {frozenset(shown(services.start_attempt(user=UserFactory(), unit=check))) for _ in range(25)}
    assert len(drawn) > 3  # of fifteen; that 25 people see three at the most has odds below 1 in 10^14


def test_a_draw_stays_within_an_attempt_and_a_new_attempt_draws_anew(check, participant):
    attempt = services.start_attempt(user=participant, unit=check)
    first = shown(attempt)
    assert shown(services.start_attempt(user=participant, unit=check)) == first
    seen = set()
    for _ in range(25):
        services.submit_attempt(attempt=attempt)
        attempt = services.start_attempt(user=participant, unit=check)
        seen.add(frozenset(shown(attempt)))
    assert len(seen) > 3


def test_a_question_that_the_check_asks_anyway_is_never_drawn(check):
    (fixed,) = asked(check)
    fixed.tags.add(QuestionTag.objects.get(slug="mechanisms"))
    CheckItem.objects.filter(tag__isnull=False).update(position=0, count=6)
    questions = shown(services.start_attempt(user=UserFactory(), unit=check))
    assert len(questions) == len(set(questions)) == 7
    assert questions[-1] == fixed


def test_a_draw_asks_only_what_may_be_asked_and_was_frozen(check, participant):
    Question.objects.filter(tags__slug="mechanisms").update(is_active=False)
    bank("mechanisms", 2, frozen=False)
    assert len(shown(services.start_attempt(user=participant, unit=check))) == 1


def test_overlapping_sets_give_each_draw_what_it_needs():
    """The first draw must leave the second its only questions, whatever chance says."""
    for _ in range(50):
        wide, narrow = allot([["a", "b", "c", "d"], ["a", "b"]], [2, 2])
        assert (set(wide), set(narrow)) == ({"c", "d"}, {"a", "b"})


def test_too_little_gives_what_there_is():
    first, second = allot([["a"], ["a"]], [3, 1])
    assert sorted(first + second) == ["a"]
    assert allot([], []) == []


@pytest.mark.parametrize(("count", "refused"), [(6, False), (7, True)])
def test_publishing_refuses_a_draw_from_too_few(check, count, refused):
    CheckItem.objects.filter(tag__isnull=False).update(count=count)
    if not refused:
        return services.publish_module(module=check.module, actor=None)
    with pytest.raises(DomainError) as refusal:
        services.publish_module(module=check.module, actor=None)
    assert "which has only 6" in str(refusal.value)


def test_what_the_check_asks_anyway_is_not_there_to_be_drawn(check):
    CheckItem.objects.filter(tag__isnull=False).update(count=6)
    fixed = Question.objects.filter(tags__slug="mechanisms").first()
    CheckItem.objects.create(unit=check, question=fixed, position=3)
    assert "which has only 5" in str(asks_too_little(check))


def test_publishing_freezes_what_may_be_drawn(check, participant):
    fresh = bank("mechanisms", 1, frozen=False)[0]
    services.publish_module(module=check.module, actor=None)
    fresh.refresh_from_db()
    assert fresh.version


# Reuse --------------------------------------------------------------------------------------------
@pytest.fixture
def shared(check):
    """A question asked in two modules."""
    other = CheckFactory(module=ModuleFactory(), questions=0)
    question = asked(check).get()
    ask_in_check(question=question, unit=other)
    question.other = other
    return question


def test_changing_a_shared_question_changes_no_past_result_and_both_modules_ask_the_new_one(shared, check, participant):
    old = shared.prompt_en
    past = services.start_attempt(user=participant, unit=shared.other)
    right = next(c["key"] for c in past.answers.get().version.content["choices"] if c["right"])
    services.save_answer(attempt=past, answer=past.answers.select_related("version").get(), raw=[right], language="en")
    past = services.submit_attempt(attempt=past)
    shared.choices.update(is_right=False)
    shared.choices.filter(position=3).update(is_right=True)
    Question.objects.filter(pk=shared.pk).update(prompt_en="Asked anew")
    services.publish_module(module=check.module, actor=None)
    past.refresh_from_db()
    answer = past.answers.select_related("version").get()
    assert (past.score, answer.is_right, answer.version.content["prompt"]["en"]) == (100, True, old)
    for unit in (check, shared.other):
        new = services.start_attempt(user=UserFactory(), unit=unit)
        assert new.answers.select_related("version").first().version.content["prompt"]["en"] == "Asked anew"


def test_asking_in_a_check_puts_it_last_and_once(shared, check):
    first = ask_in_check(question=shared, unit=check)
    assert ask_in_check(question=shared, unit=check) == first
    new = ask_in_check(question=QuestionFactory(), unit=check)
    assert new.position == 3


def test_freezing_what_a_check_asks_names_what_it_cannot_ask(check):
    broken = QuestionFactory(kind="numeric")
    ask_in_check(question=broken, unit=check)
    (reason,) = freeze_asked(unit=check)
    assert "Give the right number." in reason
    assert "Prompt" in reason


@pytest.mark.parametrize("kind", ["single", "matching", "ordering"])
def test_copy_takes_texts_choices_and_tags_and_is_not_asked(kind, staff):
    check = CheckFactory(questions=0)
    question = add_question(check, kind, {}, [True, False, False], 1)
    question.tags.add(QuestionTag.objects.create(slug="mechanisms"))
    copies = [copy_question(question=question, actor=staff) for _ in range(2)]
    assert [copy.key for copy in copies] == [f"{question.key}-copy", f"{question.key}-copy-2"]
    copy = Question.objects.get(pk=copies[0].pk)
    assert (copy.version, copy.is_active, copy.stale()) == (None, False, [])
    told = [(c.label_fr, c.match_es, c.is_right) for c in copy.choices.all()]
    assert told == [(c.label_fr, c.match_es, c.is_right) for c in question.choices.all()]
    assert [tag.slug for tag in copy.tags.all()] == ["mechanisms"]
    assert Event.objects.about(question).filter(act="copy").count() == 2


def test_copy_of_a_long_key_has_a_key(staff):
    question = QuestionFactory(key="k" * 80)
    assert copy_question(question=question, actor=staff).key == "k" * 70 + "-copy"
