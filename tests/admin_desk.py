"""What tests of the administration share: the team signed in, and one small module."""

import pytest

from accounts.models import User
from accounts.services import give_consent
from core.translations import LANGUAGES
from courses.models import CheckItem, Choice, Module, Question, Unit
from programme.models import Theme


def person(email: str, **fields) -> User:
    user = User.objects.create_user(email, "right-horse-staple", name=email.split("@")[0], **fields)
    give_consent(user=user, language="en")
    return user


@pytest.fixture
def chief(db, client):
    user = person("chief@example.org", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def texts(**fields) -> dict:
    """Return each text in every language: texts(title="A") -> {"title_en": "A en", …}."""
    return {f"{name}_{code}": f"{value} {code}" for name, value in fields.items() for code in LANGUAGES}


def make_module(slug: str = "money", **fields) -> Module:
    theme, _made = Theme.objects.get_or_create(code="money", defaults={"name_en": "Money"})
    module = Module(slug=slug, theme=theme, **(texts(title=slug, summary="Sum", objectives="Aim") | fields))
    module.mark_translated(*LANGUAGES)
    module.save()
    return module


def make_check(module: Module, slug: str = "check", **fields) -> Unit:
    unit = Unit(module=module, slug=slug, kind="check", pass_mark=60, **(texts(title="Check", body="Body") | fields))
    unit.mark_translated(*LANGUAGES)
    unit.save()
    return unit


def make_question(unit: Unit, key: str = "q") -> Question:
    question = Question(key=key, kind="single", **texts(prompt="Why?", explanation="So."))
    question.mark_translated(*LANGUAGES)
    question.save()
    CheckItem.objects.create(unit=unit, question=question, position=unit.items.count() + 1)
    for n in (1, 2):
        choice = Choice(question=question, position=n, is_right=n == 1, **texts(label=f"Choice {n}", feedback="Said"))
        choice.mark_translated(*LANGUAGES)
        choice.save()
    return question


def form_data(response) -> dict:
    """Return what a browser would send back from an admin page, formsets included."""
    parts, data = [response.context["adminform"].form], {}
    for inline in response.context["inline_admin_formsets"]:
        parts += [inline.formset.management_form, *inline.formset.forms]
    for part in parts:
        for bound in part:
            value = bound.value()
            if value is not None and value is not False:
                data[bound.html_name] = value
    return data
