"""A list costs the same queries with one row and with three."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from courses import services
from courses.models import Module
from courses.services.notes import save_note, set_bookmark
from programme.models import Enquiry
from programme.services.library import set_document
from tests.factories import (
    CheckFactory,
    EnquiryFactory,
    ModuleFactory,
    NewsletterFactory,
    ResourceFactory,
    ThemeFactory,
    UnitFactory,
    UserFactory,
    texts,
)
from tests.guards.cast import letter, stored, term

pytestmark = pytest.mark.django_db
CONVERSATION = "8b1f6a52-9d0e-4c0b-9a43-1f3f5b0c7d11"


def queries(act) -> int:
    """Return how many queries an act costs with every cache empty."""
    for kept in caches.all(initialized_only=False):
        kept.clear()
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


def growth(more, act) -> tuple[int, int]:
    """Return the queries of an act with one row and with three. Args: more: f(n) makes the n-th row."""
    more(1)
    act()  # the first visit writes what later ones find
    one = queries(act)
    more(2)
    more(3)
    act()
    return one, queries(act)


def module_with_unit(n: int) -> Module:
    return UnitFactory(module=ModuleFactory(slug=f"module-of-{n}"), slug="unit").module


def more_letters(n):
    letter(User.objects.get(email="participant@demo.example"))


def more_terms(n):
    term(f"term-{n}")


def more_units(n):
    unit = UnitFactory(
        module=Module.objects.get_or_create(
            slug="module-of-0", defaults={"theme": ModuleFactory().theme, "state": "published"}
        )[0]
    )
    term(f"term-{n}")
    type(unit).objects.filter(pk=unit.pk).update(body_html_en=f'<p>A</p><div data-terms="term-{n}"></div>')


def more_attempts(n):
    """Hand in one attempt after another at the same check."""
    person = User.objects.get(email="participant@demo.example")
    module = Module.objects.filter(slug="checked").first() or ModuleFactory(slug="checked")
    unit = module.units.first() or CheckFactory(module=module, slug="check", max_attempts=None)
    services.submit_attempt(attempt=services.start_attempt(user=person, unit=unit))


def more_notes(n):
    """Keep a note, an answer and a bookmark in one more module."""
    person = User.objects.get(email="participant@demo.example")
    unit = module_with_unit(n).units.get()
    reflection = unit.reflections.create(key=f"country-{n}", **texts("prompt", f"Where does it stand? {n}"))
    save_note(user=person, unit=unit, text="Ask the ministry")
    save_note(user=person, unit=unit, reflection=reflection, text="In the second phase")
    set_bookmark(user=person, unit=unit, keep=True)


def in_module(**kwargs):
    return {"module": "module-of-0"} | kwargs


def more_conversations(n):
    person = User.objects.get(email="participant@demo.example")
    EnquiryFactory(user=person, email=person.email)


def more_said(n):
    """One more answer in a conversation, with a file."""
    kept = {"key": CONVERSATION, "defaults": {"reference": "FDW-7KQ4-M2", "email": "a@x.example", "due_at": timezone.now()}}
    enquiry, _made = Enquiry.objects.get_or_create(**kept)
    said = enquiry.messages.create(kind="reply", author=UserFactory(), text="Yes.")
    said.attachments.add(stored(enquiry.audience))


def more_records(n):
    """Put one more record with a link, a country and a theme into the library."""
    made = ResourceFactory(slug=f"record-{n}")
    made.themes.add(ThemeFactory())
    made.countries.create(code=("MW", "KE", "CI")[n - 1])
    set_document(resource=made, language="en", url="https://www.ilo.org/")


def more_issues(n):
    NewsletterFactory(slug=f"issue-of-{n}")


LISTS = [
    ("courses:module_list", {}, module_with_unit),
    ("courses:module_detail", in_module(), more_units),
    ("courses:my_notes", {}, more_notes),
    ("reminders:letter_list", {}, more_letters),
    ("programme:glossary", {}, more_terms),
    ("home", {}, module_with_unit),
    ("courses:unit_detail", {"module": "checked", "unit": "check"}, more_attempts),
    ("programme:resource_list", {}, more_records),
    ("programme:newsletter", {}, more_issues),
    ("programme:enquiry_list", {}, more_conversations),
    ("programme:enquiry_detail", {"key": CONVERSATION}, more_said),
]


@pytest.mark.parametrize(("name", "kwargs", "more"), LISTS, ids=[name for name, *_rest in LISTS])
def test_list_costs_the_same_for_a_person(client_of, participant, name, kwargs, more):
    browser = client_of(participant)

    def act():
        assert browser.get(reverse(name, kwargs=kwargs)).status_code == 200

    one, three = growth(more, act)

    assert 0 < one == three
    assert one <= 14  # two of them for her keys by clinics, asked once an hour


@pytest.mark.parametrize(
    ("name", "kwargs", "more"), [LISTS[0], LISTS[1], LISTS[4], LISTS[5]], ids=lambda value: str(value)[:20]
)
def test_list_costs_the_same_for_a_visitor(visitor, name, kwargs, more):
    one, three = growth(more, lambda: visitor.get(reverse(name, kwargs=kwargs)))

    assert 0 < one == three <= 8


def test_query_a_row_is_caught():
    one, three = growth(module_with_unit, lambda: [m.theme.name for m in Module.objects.all()])

    assert three > one
