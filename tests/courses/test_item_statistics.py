"""How questions are answered, as staff read it: first tries, all tries, what was chosen, placed and typed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Event
from courses import services, versions
from courses.enums import QuestionKind
from courses.models import Answer, Attempt, CheckItem, QuestionTag
from courses.services.item_statistics import item_statistics, rows_for_export
from tests.factories import CheckFactory, ModuleFactory, QuestionFactory, UserFactory, add_question, asked

pytestmark = pytest.mark.django_db
URL = "/en/courses/money/answers/"


@pytest.fixture
def module(db):
    return ModuleFactory(slug="money")


@pytest.fixture
def check(module):
    return CheckFactory(module=module, max_attempts=None)


def content(check, position) -> dict:
    return asked(check).get(items__position=position).version.content


def key(check, position, n) -> str:
    return content(check, position)["choices"][n]["key"]


def hand_in(user, check, **raw):
    """Answer by position ("q3"), hand in, return the attempt."""
    attempt = services.start_attempt(user=user, unit=check)
    for answer in attempt.answers.select_related("version"):
        if f"q{answer.position}" in raw:
            values = raw[f"q{answer.position}"]
            services.save_answer(
                attempt=attempt, answer=answer, raw=[values] if isinstance(values, str) else values, language="en"
            )
    return services.submit_attempt(attempt=attempt)


def statistics(module, language="en") -> list:
    (check,) = item_statistics(module, language)
    return check.questions


def test_share_right_at_first_try_and_overall(module, check, participant, outsider):
    hand_in(participant, check, q3="false")
    hand_in(participant, check, q3="true")
    hand_in(outsider, check, q3="true")
    total = statistics(module)[2].total
    assert (total.asked, total.right, total.share) == (3, 2, 67)
    assert (total.first_asked, total.first_right, total.first_share) == (2, 1, 50)


def test_first_try_is_the_first_handed_in_whatever_its_number(module, check, participant):
    """After two accounts were merged the numbers have a gap."""
    hand_in(participant, check, q3="true")
    hand_in(participant, check, q3="false")
    Attempt.objects.filter(number=2).update(number=9)
    Attempt.objects.filter(number=1).update(number=4)
    assert statistics(module)[2].total.first_right == 1


def test_shares_of_choices_with_their_feedback(module, check, participant, outsider, tutor):
    hand_in(participant, check, q1=key(check, 1, 0), q2=[key(check, 2, 0), key(check, 2, 1)], q3="true")
    hand_in(outsider, check, q1=key(check, 1, 1), q2=[key(check, 2, 1)], q3="true")
    hand_in(tutor, check, q1=key(check, 1, 1))
    single, multiple, true_false, *_rest = statistics(module, "fr")
    assert [(s.label, s.is_right, s.count, s.percent, s.feedback) for s in single.shares] == [
        ("Choice 1 fr", True, 1, 33, "Why 1 fr"),
        ("Choice 2 fr", False, 2, 67, "Why 2 fr"),
        ("Choice 3 fr", False, 0, 0, "Why 3 fr"),
    ]
    assert [s.count for s in multiple.shares] == [1, 2, 0]
    assert [s.count for s in true_false.shares] == [2, 0]
    assert (true_false.total.blank, true_false.total.asked) == (1, 3)


def test_five_commonest_wrong_numbers_and_texts(module, check):
    typed = ["7"] * 3 + ["8"] * 2 + ["1", "2", "3", "4", "2.5", "2.55"]
    for n, value in enumerate(typed):
        hand_in(UserFactory(), check, q4=value, q5=f"wrong {n % 2}")
    numeric, short = statistics(module)[3:]
    assert [(s.label, s.count) for s in numeric.shares][:2] == [("7", 3), ("8", 2)]
    assert len(numeric.shares) == 5
    assert numeric.total.right == 2
    assert [(s.label, s.count) for s in short.shares] == [("wrong 0", 6), ("wrong 1", 5)]


@pytest.mark.parametrize("kind", [QuestionKind.MATCHING, QuestionKind.ORDERING])
def test_share_right_of_each_pair_or_place(module, participant, outsider, kind):
    check = CheckFactory(module=module, questions=0, max_attempts=None)
    frozen = add_question(check, kind, {}, [False] * 3, 1).version.content
    put = {c["label"]["en"]: f"{c['key']}:{versions.place_of(frozen, c)}" for c in frozen["choices"]}
    hand_in(participant, check, q1=list(put.values()))
    hand_in(outsider, check, q1=[put["Choice 2 en"]])
    (question,) = statistics(module)
    assert [(s.label.split(" →")[0], s.count, s.of) for s in question.shares] == [
        ("Choice 1 en", 1, 2),
        ("Choice 2 en", 2, 2),
        ("Choice 3 en", 1, 2),
    ]
    assert question.total.right == 1
    assert ("Match 1 en" in question.shares[0].label) == (kind == QuestionKind.MATCHING)


def test_open_attempts_and_staff_do_not_count(module, check, participant, staff):
    hand_in(staff, check, q3="true")
    attempt = services.start_attempt(user=participant, unit=check)
    Answer.objects.filter(attempt=attempt, position=3).update(value=True, saved_at=timezone.now())
    assert [question.total.asked for question in statistics(module)] == [0] * 5


def test_versions_are_told_apart_and_summed(module, check, participant, outsider):
    hand_in(participant, check, q1=key(check, 1, 0), q3="true")
    question = asked(check).get(items__position=3)
    question.right_is_true = False
    question.save()
    single = asked(check).get(items__position=1)
    first = single.choices.get(position=1)
    first.label_en = "Better said"
    first.save()
    gone = single.choices.get(position=3)
    gone.delete()
    for changed in (question, single):
        versions.freeze(type(changed).objects.get(pk=changed.pk))
    hand_in(outsider, check, q1=key(check, 1, 0), q3="true")
    one, _two, three, *_rest = statistics(module)
    assert [(number, tally.asked, tally.right) for number, tally in three.versions] == [(1, 1, 1), (2, 1, 0)]
    assert (three.total.asked, three.total.right) == (2, 1)
    assert [(s.label, s.is_right) for s in three.shares] == [("True", False), ("False", True)]
    assert [(s.label, s.count, s.of) for s in one.shares] == [
        ("Better said", 2, 2),
        ("Choice 2 en", 0, 2),
        ("Choice 3 en", 0, 1),
    ]


def test_a_question_in_two_modules_is_counted_where_it_was_asked(module, check, participant):
    other = CheckFactory(module=ModuleFactory(slug="other"), questions=0)
    shared = asked(check).get(items__position=3)
    CheckItem.objects.create(unit=other, question=shared, position=1)
    hand_in(participant, other, q1="true")
    assert statistics(module)[2].total.asked == 0
    (line,) = statistics(other.module)
    assert (line.key, line.total.right) == (shared.key, 1)


def test_drawn_questions_stand_after_the_fixed_ones(module, check, participant):
    tag = QuestionTag.objects.create(slug="mechanisms")
    question = QuestionFactory(kind="true_false", right_is_true=True, key="aaa-drawn")
    question.tags.add(tag)
    versions.freeze(question)
    CheckItem.objects.create(unit=check, tag=tag, count=1, position=0)
    hand_in(participant, check)
    assert [(q.key, q.is_asked) for q in statistics(module)][-1] == ("aaa-drawn", False)


def test_statistics_cost_four_queries_however_many_answer(module, check, participant, outsider):
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            item_statistics(module, "en")
        return len(seen)

    hand_in(participant, check, q3="true")
    one = cost()
    for user in (outsider, UserFactory(), UserFactory()):
        hand_in(user, check, q3="true", q4="7", q5="words")
    CheckFactory(module=module)
    assert cost() == one <= 4


def test_export_has_a_row_a_question_and_a_row_an_answer(module, check, participant):
    hand_in(participant, check, q1=key(check, 1, 0), q4="7")
    headers, rows = rows_for_export(module)
    assert {len(row) for row in rows} == {len(headers)}
    assert len([row for row in rows if row[5] == ""]) == 5
    assert rows[1][5:9] == ["Choice 1 en", "yes", 1, 1]
    assert any(row[5] == "7" and row[6] == "no" for row in rows)


# The page -----------------------------------------------------------------------------------------
def test_page_shows_numbers_bars_and_feedback(module, check, client_of, staff, participant):
    hand_in(participant, check, q1=key(check, 1, 1), q4="7")
    for language in ("en", "fr", "es"):
        page = client_of(staff).get(URL.replace("/en/", f"/{language}/")).content.decode()
        assert f"Choice 2 {language}" in page
        assert f"Why 2 {language}" in page
        assert '<rect width="100" height="10" class="share-clay"/>' in page
        assert "100&nbsp;%" in page
        assert "style=" not in page


def test_page_without_answers_says_so(module, check, client_of, staff):
    assert "Nobody has handed in an answer yet." in client_of(staff).get(URL).content.decode()
    ModuleFactory(slug="empty")
    assert "no knowledge check" in client_of(staff).get("/en/courses/empty/answers/").content.decode()


def test_looking_is_logged_once_a_person_and_day(module, check, client_of, staff, time_machine):
    time_machine.move_to("2026-11-22T10:00:00Z", tick=False)
    for _ in range(3):
        assert client_of(staff).get(URL).status_code == 200
    assert Event.objects.about(module).filter(act="look at answers", actor=staff).count() == 1
    time_machine.shift(timedelta(days=1))
    client_of(staff).get(URL)
    assert Event.objects.about(module).filter(act="look at answers").count() == 2


def test_only_who_may_see_progress_looks(module, check, client_of, participant, visitor):
    assert client_of(participant).get(URL).status_code == 403
    assert visitor.get(URL).status_code == 302
    assert not Event.objects.filter(act="look at answers").exists()


def test_module_page_leads_staff_there_and_nobody_else(module, check, client_of, participant, staff, visitor):
    assert URL in client_of(staff).get(module.get_absolute_url()).content.decode()
    for reader in (visitor, client_of(participant)):
        assert URL not in reader.get(module.get_absolute_url()).content.decode()


def test_page_costs_the_same_for_one_person_and_for_three(module, check, client_of, staff):
    client = client_of(staff)

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(URL).status_code == 200
        return len(seen)

    hand_in(UserFactory(), check, q3="true")
    cost()
    one = cost()
    for _ in range(2):
        hand_in(UserFactory(), check, q3="false", q4="7")
    assert cost() == one
