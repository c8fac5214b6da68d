"""The home page leads a visitor to the clinic that she could come to next."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from clinics.models import Edition
from tests.factories import DelegationFactory, EditionFactory, WeekFactory

pytestmark = pytest.mark.django_db


def home(visitor) -> str:
    return visitor.get("/en/").content.decode()


def test_an_open_call_comes_before_an_earlier_clinic_that_takes_nobody_more(visitor):
    DelegationFactory(edition=EditionFactory(state="preparation", starts_on=date(2027, 1, 4)))
    open_call = EditionFactory(state="call_open", starts_on=date(2027, 5, 3))
    DelegationFactory(edition=open_call)
    WeekFactory(edition=open_call)

    page = home(visitor)

    assert open_call.title_en in page
    assert "Malawi" in page
    assert "Week title 1 en" in page
    assert "Apply for the next clinic" in page
    assert page.count("Clinic edition") == 1


def test_a_clinic_whose_call_is_over_is_shown_without_the_button(visitor):
    edition = EditionFactory(state="call_open", apply_by=timezone.now() - timedelta(hours=1))
    DelegationFactory(edition=edition)

    page = home(visitor)

    assert edition.title_en in page
    assert "Apply for the next clinic" not in page


def test_without_a_clinic_to_come_home_speaks_of_none(visitor):
    DelegationFactory(edition=EditionFactory(state="draft"))
    DelegationFactory(edition=EditionFactory(state="closed"))

    page = home(visitor)

    assert "Next clinic" not in page
    assert Edition.objects.count() == 2
