"""House rules that no tool knows: tasks, translated fields, names, migrations, docstrings."""

import importlib
import inspect
import re
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.utils.functional import Promise
from modeltranslation.translator import NotRegistered, translator

from core.richtext import RenderedField
from fdw_portal.celery import app as celery
from tests.guards.house import ROOT, our_models, relative, standing_apps

HOOKS = {"Command", "Meta"}


# Celery ------------------------------------------------------------------------------------------
def unknown_tasks(schedule: dict, names) -> list[str]:
    return [entry for entry, facts in schedule.items() if facts["task"] not in names]


def everlasting(schedule: dict) -> list[str]:
    """Return the entries whose messages never expire: after a night without a worker they would all ring at once."""
    return [entry for entry, facts in schedule.items() if not facts.get("options", {}).get("expires")]


def test_beat_rings_tasks_that_exist():
    celery.loader.import_default_modules()

    assert settings.CELERY_BEAT_SCHEDULE
    assert not unknown_tasks(settings.CELERY_BEAT_SCHEDULE, celery.tasks)
    assert not everlasting(settings.CELERY_BEAT_SCHEDULE)


def test_planted_beat_entry_is_caught():
    planted = {"x": {"task": "reminders.tasks.gone"}}

    assert unknown_tasks(planted, celery.tasks) == everlasting(planted) == ["x"]


# Models ------------------------------------------------------------------------------------------
def untranslated(model) -> list[str]:
    """Return the rendered fields of a model that, or whose source, are not registered for translation."""
    names = [f.name for f in model._meta.get_fields() if isinstance(f, RenderedField) and not getattr(f, "language", None)]
    try:
        known = translator.get_options_for_model(model).all_fields
    except NotRegistered:
        known = []
    sources = {name: model._meta.get_field(name).source for name in names}
    return [name for name in names if name not in known or sources[name] not in known]


def unnamed(models) -> list[str]:
    """Return the models whose name is not translatable."""
    return [
        model._meta.label
        for model in models
        if not (isinstance(model._meta.verbose_name, Promise) and isinstance(model._meta.verbose_name_plural, Promise))
    ]


def test_rendered_fields_are_translated():
    rendered = [m for m in our_models() if any(isinstance(f, RenderedField) for f in m._meta.get_fields())]

    assert rendered
    assert not [(model, names) for model in rendered if (names := untranslated(model))]


def test_untranslated_rendered_field_is_caught(monkeypatch):
    from courses.models import Unit

    monkeypatch.setattr(translator, "get_options_for_model", lambda model: SimpleNamespace(all_fields=["title"]))

    assert untranslated(Unit) == ["body_html", "transcript_html"]


def test_models_have_translated_names():
    models = our_models()

    assert len(models) > 12
    assert not unnamed(models)


def test_unnamed_model_is_caught():
    planted = SimpleNamespace(_meta=SimpleNamespace(label="x.Y", verbose_name="y", verbose_name_plural="ys"))

    assert unnamed([planted]) == ["x.Y"]


def automatic(names) -> list[str]:
    return [name for name in names if re.search(r"(^|_)auto_|_auto\b", name)]


def test_migrations_have_names():
    names = [relative(path) for path in ROOT.glob("*/migrations/0*.py")]

    assert len(names) >= 5
    assert not automatic(names)
    assert automatic(["courses/migrations/0002_auto_20261122_0148.py"])


# Docstrings --------------------------------------------------------------------------------------
def modules_of(app: str):
    """Return the modules of an app, without migrations and commands."""
    paths = [
        p for p in (ROOT / app).rglob("*.py") if not {"migrations", "management"} & set(p.parts) and p.name != "__init__.py"
    ]
    return [importlib.import_module(relative(p).removesuffix(".py").replace("/", ".")) for p in sorted(paths)]


def inherited(owner, name: str) -> bool:
    """Say whether a method fills in what a base class declares: its meaning is told there."""
    return any(name in vars(base) for base in owner.__mro__[1:])


def methods(owner) -> list[tuple[str, object]]:
    found = []
    for name, value in vars(owner).items():
        value = getattr(value, "fget", value)
        value = getattr(value, "__func__", value)
        if inspect.isfunction(value) and not name.startswith("_") and not inherited(owner, name):
            found.append((f"{owner.__name__}.{name}", value))
    return found


def public_in(module) -> tuple[list, list]:
    """Return the public (functions, classes) that a module itself defines."""
    own = [(n, v) for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__ and not n.startswith("_")]
    functions = [(n, v) for n, v in own if inspect.isfunction(v)]
    return functions, [v for n, v in own if inspect.isclass(v) and n not in HOOKS]


def must_speak(module, app: str) -> list[tuple[str, object]]:
    """Return what must have a docstring: services, rules, QuerySet methods; in `core` everything public."""
    functions, classes = public_in(module)
    room = module.__name__.split(".", 1)[1].split(".")[0]
    told = functions if app == "core" or room in ("services", "rules") else []
    told = told + [(owner.__name__, owner) for owner in classes if app == "core"]
    for owner in classes:
        if app == "core" or owner.__name__.endswith("QuerySet"):
            told = told + methods(owner)
    return told


def silent(told) -> list[str]:
    return [name for name, value in told if not own_words(value)]


def own_words(thing) -> bool:
    """Say whether a function or class has a docstring of its own; what a dataclass makes up does not count."""
    words = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    return bool(words) and not words.startswith(f"{thing.__name__}(")


def test_what_others_use_says_what_it_does():
    told = [(f"{m.__name__}.{n}", f) for app in standing_apps() for m in modules_of(app) for n, f in must_speak(m, app)]

    assert len(told) > 80
    assert not silent(told), "\n".join(silent(told))


class PlantedQuerySet:
    def open(self):
        return self

    def closed(self):
        """Return the closed ones."""
        return self


@pytest.mark.parametrize("app", ["core", "courses"])
def test_silent_method_is_caught(app):
    planted = SimpleNamespace(__name__="courses.models", PlantedQuerySet=PlantedQuerySet)
    PlantedQuerySet.__module__ = "courses.models"

    assert silent(must_speak(planted, app)) == ["PlantedQuerySet", "PlantedQuerySet.open"][app == "courses" :]
