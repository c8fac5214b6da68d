"""Who may read: the object permission agrees with `visible_to`, for every model, role and object."""

import pytest
import rules
from rules.permissions import permissions as registered

from core.rules import may_read
from tests.guards.cast import ROLES
from tests.guards.house import our_models

pytestmark = pytest.mark.django_db


def readable_models() -> list:
    return [model for model in our_models() if hasattr(model._default_manager.get_queryset(), "visible_to")]


def missing(models, scene: dict) -> list[str]:
    """Return the models of which the scene holds no object: a new one needs a place there."""
    shown = {type(obj) for obj in scene.values()}
    return [model._meta.label for model in models if model not in shown]


def read_permission(obj) -> str:
    return f"{obj._meta.app_label}.read_{obj._meta.model_name}"


def disagreements(cast: dict, objects) -> tuple[list[str], int]:
    """Return (what disagrees, how many pairs of person and object were compared)."""
    found, compared = [], 0
    for role, user in cast.items():
        for obj in objects:
            seen = type(obj).objects.visible_to(user).filter(pk=obj.pk).exists()
            compared += 1
            if may_read(user, obj) != seen:
                found.append(f"{role}, {obj._meta.label}: may_read says {not seen}")
            name = read_permission(obj)
            if name in registered and user.has_perm(name, obj) != seen:
                found.append(f"{role}, {obj._meta.label}: {name} says {not seen}")
    return found, compared


def readable(scene: dict) -> list:
    models = readable_models()
    return [obj for obj in scene.values() if type(obj) in models]


def test_every_readable_model_is_examined(scene):
    models = readable_models()

    assert len(models) >= 15
    assert not missing(models, scene)


def test_permission_agrees_with_visible_to(cast, scene):
    found, compared = disagreements(cast, readable(scene))

    assert compared >= 15 * len(ROLES)
    assert "courses.read_module" in registered
    assert not found, "\n".join(found)


def test_every_read_permission_names_a_model():
    known = {f"{model._meta.app_label}.read_{model._meta.model_name}" for model in readable_models()}

    assert {name for name in registered if ".read_" in name} <= known


def test_permission_that_says_yes_to_all_is_caught(cast, scene):
    rules.add_perm("accounts.read_consent", rules.always_true)
    try:
        found, _compared = disagreements(cast, [scene["consent"]])
    finally:
        rules.remove_perm("accounts.read_consent")

    assert len(found) == len(ROLES) - 1  # right for the owner alone


def test_model_outside_the_scene_is_caught(scene):
    models = readable_models()
    left = {name: obj for name, obj in scene.items() if name != "letter"}

    assert missing(models, left) == ["reminders.Letter"]
