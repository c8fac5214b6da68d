"""What staff publish is complete in every language, or says which language shows the source."""

import pytest
from django.contrib.auth.models import AnonymousUser

from core.errors import DomainError
from core.models import Event
from programme.enums import State
from programme.loaders import put_published
from programme.models import Page
from programme.services.publishing import publish, unpublish

pytestmark = pytest.mark.django_db


def page(**texts) -> Page:
    whole = {f"{field}_{code}": f"{field} {code}" for field in ("title", "summary", "body") for code in ("en", "fr", "es")}
    return Page.objects.create(slug="introduction", **(whole | texts))


def test_draft_is_for_staff_alone(staff, participant):
    made = page()
    assert not Page.objects.visible_to(AnonymousUser()).exists()
    assert not Page.objects.visible_to(participant).exists()
    assert Page.objects.visible_to(staff).get() == made


def test_published_page_is_for_all_and_logged(staff):
    made = page()
    publish(obj=made, actor=staff)
    publish(obj=made, actor=staff)
    assert Page.objects.visible_to(AnonymousUser()).get() == made
    assert Event.objects.about(made).filter(act="publish").count() == 1


def test_incomplete_language_is_refused_and_named(staff):
    made = page(body_es="")
    with pytest.raises(DomainError) as refusal:
        publish(obj=made, actor=staff)
    assert "ES: text" in str(refusal.value)
    assert Page.objects.get().state == State.DRAFT


def test_language_marked_as_fallback_may_be_incomplete(staff):
    made = page(body_es="", fallback_languages=["es"])
    publish(obj=made, actor=staff)
    assert made.state == State.PUBLISHED
    assert made.reading_language("es") == "en"


def test_taken_back_it_is_hidden_again(staff):
    made = page()
    publish(obj=made, actor=staff)
    unpublish(obj=made, actor=staff, reason="a figure is wrong")
    assert not Page.objects.visible_to(AnonymousUser()).exists()
    assert Event.objects.about(made).first().reason == "a figure is wrong"


def test_new_files_do_not_publish_what_staff_took_back(staff):
    texts = {f"{field}_{code}": f"{field} {code}" for field in ("title", "summary", "body") for code in ("en", "fr", "es")}
    put_published(Page, {"slug": "terms"}, texts)
    made = Page.objects.visible_to(AnonymousUser()).get()
    unpublish(obj=made, actor=staff)
    assert put_published(Page, {"slug": "terms"}, texts | {"title_en": "Terms of use"})
    made.refresh_from_db()
    assert (made.title_en, made.state) == ("Terms of use", State.DRAFT)
