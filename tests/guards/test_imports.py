"""One staircase of imports, leftwards only: core < reminders < accounts < … < results; the roof sees all."""

import ast
import re

import pytest

from tests.guards.house import ROOF, ROOT, STAIRCASE, product_files, relative, standing_apps

REFERENCE = re.compile(r"^(?:admin:([a-z]+)_|(?:emails/)?([a-z]+)[.:/])\w")  # courses.Module, courses:list, courses/list.html
BESIDE = {"tests", "benchmarks", "manage"}
SIGNALS = ("django.dispatch", ".signals")


def may_not_see(app: str) -> set[str]:
    """Return the packages that an app must not name: those above it, the roof and what stands beside the product."""
    return {*STAIRCASE[STAIRCASE.index(app) + 1 :], ROOF, *BESIDE}


def imported(node) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def docstrings(tree) -> set[int]:
    """Return the ids of string nodes that are statements of their own: words for readers, not references."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def referred(text: str) -> str:
    """Return the app that a string refers to, "" for none."""
    found = REFERENCE.match(text)
    return (found[1] or found[2]) if found and " " not in text else ""


def steps_up(source: str, app: str) -> list[str]:
    """Return what a file of an app names that it must not: imports, strings that refer, receivers of signals."""
    tree, banned, found = ast.parse(source), may_not_see(app), []
    words = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            found.append(f"{node.lineno}: relative import")
        for name in imported(node):
            if name.split(".")[0] in banned:
                found.append(f"{node.lineno}: imports {name}")
            if name.startswith(SIGNALS[0]) or SIGNALS[1] in f".{name}":
                found.append(f"{node.lineno}: imports signals: {name}")
        text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in words
        if text and referred(node.value) in banned:
            found.append(f"{node.lineno}: refers to {node.value!r}")
        if (app_before := depended_on(node)) in banned:
            found.append(f"{node.lineno}: migration depends on {app_before}")
    return found


def depended_on(node) -> str:
    """Return the app of a migration's dependency, ("courses", "0001_initial"), "" for any other node."""
    pair = [getattr(part, "value", None) for part in node.elts] if isinstance(node, ast.Tuple) else []
    return pair[0] if len(pair) == 2 and re.match(r"\d{4}_", str(pair[1])) else ""


def test_staircase_is_only_climbed_downwards():
    found, examined = [], 0
    for path in product_files(migrations=True):
        app = relative(path).split("/")[0]
        if app != ROOF:
            examined += 1
            found += [f"{relative(path)}:{line}" for line in steps_up(path.read_text(), app)]

    assert examined > 50
    assert not found, "\n".join(found)


def test_every_app_stands_on_the_staircase():
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")} - {ROOF}

    assert len(apps) >= 5
    assert apps == set(standing_apps())


@pytest.mark.parametrize(
    "source",
    [
        "from courses.models import Module",
        "import courses",
        "def later():\n    from courses import services",
        "from fdw_portal import views",
        "from tests.factories import person",
        "from . import models",
        "from .models import User",
        "x = ForeignKey('courses.Module')",
        "x = apps.get_model('courses.Module')",
        "x = importlib.import_module('courses.models')",
        "x = reverse('courses:module_list')",
        "x = f\"{reverse('admin:courses_module_changelist')}?x\"",
        "x = render(request, 'courses/module_list.html')",
        "from django.dispatch import receiver",
        "from django.db.models.signals import post_save",
        "from allauth.account import signals",
        "dependencies = [('courses', '0001_initial')]",
    ],
)
def test_planted_step_up_is_caught(source):
    assert steps_up(source, "accounts")


@pytest.mark.parametrize(
    "source",
    [
        "from core.models import Event",
        "from reminders.services import tell",
        "x = reverse('accounts:profile')",
        "x = 'courses'",
        "'''See courses.models.'''",
        "x = 'results of the search'",
        "dependencies = [('core', '0001_initial')]",
    ],
)
def test_step_down_is_allowed(source):
    assert not steps_up(source, "accounts")
