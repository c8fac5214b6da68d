"""The country’s public page shows published priorities that every signing side wants there, and no others."""

import pytest

from clinics.models import Edition
from clinics.services.priorities import publish_as_is, withdraw_agreement
from clinics.templatetags.clinics import MOST_COPIES, country_priorities
from core import own_texts
from core.enums import Provenance
from tests.clinics.test_signatures import member, ready, save, signed
from tests.factories import CountryFactory, DelegationFactory, EditionFactory

pytestmark = pytest.mark.django_db
PAGE = "/en/countries/mw/"


def published(agrees=True, **facts):
    """Return published priorities of Malawi, signed by the workers alone."""
    priorities = ready(**facts)
    user = member(priorities, user__name="Grace Banda")
    signed(priorities, user, agrees=agrees)
    priorities.refresh_from_db()
    return priorities, user


def test_visitors_read_what_the_sides_agreed_to_show(visitor):
    CountryFactory()
    priorities, _user = published()

    html = visitor.get(PAGE).text

    assert "Priorities of its delegation" in html
    assert "Words on deficit" in html
    assert priorities.delegation.edition.title_en in html
    assert "Workers: " in html
    assert "Government: not represented" in html
    assert "Grace Banda" not in html


def test_what_a_side_does_not_want_there_is_not_there(visitor):
    CountryFactory()
    published(agrees=False)

    assert "Words on deficit" not in visitor.get(PAGE).text


def test_what_staff_published_without_signatures_is_not_there(visitor, staff):
    CountryFactory()
    publish_as_is(priorities=ready(), actor=staff, reason="Week 1 begins")

    assert "Words on deficit" not in visitor.get(PAGE).text


def test_the_cached_page_follows_each_publishing_and_each_withdrawal(visitor, django_capture_on_commit_callbacks):
    CountryFactory()
    assert "Words on deficit" not in visitor.get(PAGE).text
    with django_capture_on_commit_callbacks(execute=True):
        priorities, user = published()
    assert "Words on deficit" in visitor.get(PAGE).text
    save(priorities, "deficit", "Not yet published", user, had=1)
    assert "Not yet published" not in visitor.get(PAGE).text

    with django_capture_on_commit_callbacks(execute=True):
        withdraw_agreement(priorities=priorities, actor=user, side="workers")

    assert "Words on deficit" not in visitor.get(PAGE).text


def test_a_draft_edition_and_another_country_show_nothing(visitor):
    CountryFactory()
    published(delegation=DelegationFactory(country="KE"))
    draft, _user = published()
    Edition.objects.filter(pk=draft.delegation.edition_id).update(state="draft")

    assert "Priorities of its delegation" not in visitor.get(PAGE).text


def test_a_translation_stands_with_its_origin(visitor):
    CountryFactory()
    priorities, _user = published()
    row = priorities.texts.get(field="deficit")
    own_texts.translate(row=row, language="fr", text="Neuf sur dix", provenance=Provenance.MACHINE)

    html = visitor.get("/fr/countries/mw/").text

    assert "Neuf sur dix" in html
    assert '<div lang="en"><p>Words on deficit</p></div>' in html
    assert '<div lang="en"><p>Words on plan_goal</p></div>' in html


@pytest.mark.parametrize(("language", "queries"), [("en", 1), ("fr", 2)])
@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_one_query_and_one_for_translations(language, queries, count, django_assert_num_queries):
    from django.utils.translation import override

    for _n in range(count):
        published(delegation=DelegationFactory(edition=EditionFactory()))
    with override(language), django_assert_num_queries(queries):
        assert len(country_priorities("mw")["copies"]) == count


def test_a_country_without_any_costs_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert country_priorities("MW") == {"copies": []}


def test_only_the_newest_of_many_editions_are_shown():
    for _n in range(MOST_COPIES + 1):
        published(delegation=DelegationFactory(edition=EditionFactory()))

    copies = country_priorities("mw")["copies"]

    assert len(copies) == MOST_COPIES
    assert copies[0]["at"] > copies[-1]["at"]


def test_a_visitors_page_stays_cached(visitor, django_assert_num_queries):
    CountryFactory()
    published()
    visitor.get(PAGE)
    with django_assert_num_queries(0):
        visitor.get(PAGE)
